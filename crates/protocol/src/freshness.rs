//! How long an answer may be used again, by the word of who sent it (RFC 9111 §4.2, §5.2.2): for key documents, which
//! their servers publish with a lifetime.
//!
//! Left out: everything else that a cache does; `no-store` and a lifetime of zero count as no word at all, since whoever
//! verifies tokens has to keep keys for a while.

use crate::Ttl;

/// The lifetime that is left: `max-age` of `Cache-Control`, less the `Age` that a cache on the way added; at least one
/// second.
pub fn left(cache_control: Option<&str>, age: Option<&str>) -> Option<Ttl> {
    let mut directives = cache_control?.split(',').map(str::trim);
    let value = directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then_some(value.trim().trim_matches('"'))
    })?;
    let max_age: u64 = value.parse().ok().filter(|secs| *secs > 0)?;
    let age: u64 = age.and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    Some(Ttl::secs(u32::try_from(max_age.saturating_sub(age).max(1)).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::left;

    #[test]
    fn a_lifetime_is_max_age_less_the_age_of_the_copy() {
        let secs = |cache_control, age| left(cache_control, age).map(crate::Ttl::as_secs);
        assert_eq!(secs(Some("public, max-age=300, must-revalidate"), None), Some(300));
        assert_eq!(secs(Some("Max-Age=\"60\""), Some("20")), Some(40));
        assert_eq!(secs(Some("max-age=60"), Some("90")), Some(1), "stale on arrival: ask again soon");
        assert_eq!(secs(Some("max-age=99999999999"), Some("x")), Some(u32::MAX));
        for nothing in ["", "no-store", "max-age=0", "max-age=-1", "max-age", "s-maxage=60"] {
            assert_eq!(secs(Some(nothing), None), None, "{nothing}");
        }
        assert_eq!(secs(None, Some("1")), None);
    }
}
