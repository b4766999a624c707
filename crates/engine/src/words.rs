//! Words that details of refusals have in common. Whom a detail may be told to is decided where it is made.

use std::fmt::Display;

use countersign_protocol::{Scope, ScopeSet, Timestamp, text, uri_difference};

use crate::Policy;

/// How long ago that was, in the unit that matters: a double submit comes within milliseconds.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let millis = now.millis().saturating_sub(then.millis()).max(0);
    if millis < 2000 { format!("{millis} ms ago") } else { format!("{} s ago", millis / 1000) }
}

/// An error of another crate as a sentence of its own.
pub(crate) fn sentence(error: &impl Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Where two addresses part, and how. `how` says what the second is: registered, expected.
pub(crate) fn difference(sent: &str, other: &str, how: &str) -> String {
    let (at, words) = (uri_difference::position(sent, other), uri_difference::words(sent, other, how));
    format!("First difference: character {at}. {words}")
}

/// Scopes as a list. One that this server does not offer was made up by whoever asked, and is repeated only if it looks
/// like a scope.
pub(crate) fn scopes(policy: &Policy, set: &ScopeSet) -> String {
    let offered = policy.all_scopes();
    let known = |scope: &str| offered.contains(scope) || text::word(scope).is_some();
    let shown = |scope: &Scope| if known(scope.as_str()) { scope.to_string() } else { "(an unusual one)".to_owned() };
    let list: Vec<String> = set.iter().map(shown).collect();
    if list.is_empty() { "none".to_owned() } else { list.join(" ") }
}

/// What about a resource that is none of ours: the usual mistakes only, since identifiers are not published, and a
/// stranger may be asking.
pub(crate) fn unknown_resource(policy: &Policy, sent: &str) -> String {
    let hint = policy.resources.iter().find_map(|known| uri_difference::Kind::of(sent, &known.uri)?.hint());
    let below = policy.resources.iter().any(|known| {
        sent.strip_prefix(known.uri.trim_end_matches('/')).is_some_and(|rest| rest.starts_with(['/', '?', '#']))
    });
    let known_only = "None is registered under what came; it must equal the identifier byte for byte";
    hint.unwrap_or(if below { "It would match without a part of its path, query or fragment" } else { known_only })
        .to_owned()
}

/// Characters by which a name on a page could look like another: controls, line breaks, changes of direction,
/// and invisible ones. The joiners U+200C and U+200D stay, since Persian and emoji need them.
pub(crate) fn misleads(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    invisible || c.is_control()
}

#[cfg(test)]
mod tests {
    use countersign_protocol::{Scope, ScopeSet, Timestamp};

    use super::{ago, scopes, unknown_resource};
    use crate::bench::{API, Bench};

    #[test]
    fn short_times_are_told_in_milliseconds_and_none_is_negative() {
        let at = Timestamp::from_millis;
        for (now, then, words) in
            [(1030, 1000, "30 ms ago"), (2999, 1000, "1999 ms ago"), (3000, 1000, "2 s ago"), (5, 9, "0 ms ago")]
        {
            assert_eq!(ago(at(now), at(then)), words);
        }
        assert!(ago(at(i64::MAX), at(i64::MIN)).ends_with(" s ago"));
    }

    #[test]
    fn a_scope_that_a_stranger_made_up_is_not_repeated() {
        let mut policy = Bench::new().policy;
        let set = ScopeSet::parse("read:files https://api.example/files Files.Read.All").unwrap();
        assert_eq!(scopes(&policy, &set), "(an unusual one) https://api.example/files read:files");
        policy.scopes[0].scope = Scope::parse("Files.Read.All").unwrap();
        assert_eq!(scopes(&policy, &set), "Files.Read.All https://api.example/files read:files");
        assert_eq!(scopes(&policy, &ScopeSet::default()), "none");
    }

    #[test]
    fn a_resource_that_is_nearly_right_gets_a_hint_and_another_none() {
        let policy = Bench::new().policy;
        for (sent, words) in [
            (format!("{API}/"), "without the slash"),
            (API.replace("https", "http"), "another scheme"),
            (API.to_uppercase(), "upper and lower case"),
            (format!("{API}/files/1"), "without a part of its path"),
            ("https://elsewhere.example".to_owned(), "None is registered"),
            (format!("{API}.evil.example"), "None is registered"),
        ] {
            let hint = unknown_resource(&policy, &sent);
            assert!(hint.contains(words), "{sent}: {hint}");
            assert!(!hint.contains("://"), "{hint}");
        }
    }
}
