//! The Bearer credential of a request (RFC 6750 §2.1): from the Authorization header and from nowhere else.
//!
//! Query and body are not looked at: a URL ends up in logs and histories (OAuth 2.1 §5.1). Another scheme counts as no
//! token, as does none at all, since the client may not know yet what this API wants (RFC 6750 §3.1).

use countersign_jose::Unverified;
use countersign_protocol::Refusal;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::Checks;
use crate::rules::{HEADER_ONLY, ONE_CREDENTIAL, TOKEN_FORM};

/// Finds the token of a request.
pub fn read<'h>(headers: &'h HeaderMap, checks: &mut Checks) -> Result<&'h str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next();
    checks.require(&ONE_CREDENTIAL, values.next().is_none())?;
    let credentials = first.and_then(|value| after_scheme(value.as_bytes()));
    let credentials = checks.require_some(&HEADER_ONLY, credentials)?;
    checks.require_some(&TOKEN_FORM, token68(credentials))
}

/// What follows `Bearer`, in any letter case, and its spaces (RFC 9110 §11.1, §11.4); `None` for another scheme.
fn after_scheme(value: &[u8]) -> Option<&[u8]> {
    let end = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    scheme.eq_ignore_ascii_case(b"bearer").then(|| rest.trim_ascii())
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1).
fn token68(credentials: &[u8]) -> Option<&str> {
    let body = credentials.iter().rposition(|b| *b != b'=').map_or(0, |last| last + 1);
    let (body, _padding) = credentials.split_at(body);
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    let ok = !body.is_empty() && credentials.len() <= Unverified::MAX_BYTES && body.iter().all(allowed);
    if ok { std::str::from_utf8(credentials).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{AUTHORIZATION, read};
    use crate::Checks;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    fn refused(values: &[&str]) -> &'static str {
        read(&headers(values), &mut Checks::default()).unwrap_err().rule.id
    }

    #[test]
    fn the_scheme_is_read_in_any_letter_case() {
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            let headers = headers(&[&format!("{scheme} abc.DEF-_~+/1==")]);
            assert_eq!(read(&headers, &mut Checks::default()).unwrap(), "abc.DEF-_~+/1==");
        }
    }

    #[test]
    fn no_header_and_another_scheme_count_as_no_token() {
        for values in [&[][..], &[""], &["Basic YTpi"], &["DPoP abc"], &["Bearerabc"], &["abc"]] {
            assert_eq!(refused(values), "resource.header_only", "{values:?}");
        }
    }

    #[test]
    fn two_headers_are_refused_even_when_they_agree() {
        assert_eq!(refused(&["Bearer a", "Bearer a"]), "resource.one_credential");
        assert_eq!(refused(&["Basic YTpi", "Bearer a"]), "resource.one_credential");
    }

    #[test]
    fn what_is_not_one_token_is_refused() {
        let huge = format!("Bearer {}", "a".repeat(16 * 1024 + 1));
        for value in
            ["Bearer", "Bearer ", "Bearer a b", "Bearer a,Bearer b", "Bearer =", "Bearer a=b", "Bearer \"a\"", &huge]
        {
            assert_eq!(refused(&[value]), "resource.token_form", "{value:.40}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_yields_only_token_characters(bytes in prop::collection::vec(any::<u8>(), 0..80), bearer: bool) {
            let value = if bearer { [b"Bearer ".as_slice(), &bytes].concat() } else { bytes };
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
                if let Ok(token) = read(&headers, &mut Checks::default()) {
                    prop_assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && b != b',' && b != b'"'));
                }
            }
        }
    }
}
