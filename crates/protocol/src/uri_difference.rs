//! How an address that was sent differs from the one that was expected, in words: for the error page and for error
//! descriptions. Whether an address matches is decided elsewhere, byte by byte (OAuth 2.1 §2.3.1).

/// The usual ways in which two addresses differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A slash at the end of what was sent, and of nothing else.
    SlashAdded,
    /// The slash at the end is missing.
    SlashMissing,
    /// White space before or after it.
    Space,
    /// Upper and lower case.
    Case,
    /// One of them is percent-encoded where the other is not.
    Encoding,
    /// `http` for `https`, or the other way round.
    Scheme,
    /// Another host.
    Host,
    /// Another name or address of the computer that one sits at.
    Loopback,
    /// Another port.
    Port,
}

impl Kind {
    /// The usual mistake that explains the whole difference, if one does.
    pub fn of(sent: &str, expected: &str) -> Option<Self> {
        if sent == expected {
            return None;
        }
        if sent.strip_suffix('/') == Some(expected) {
            return Some(Self::SlashAdded);
        }
        if expected.strip_suffix('/') == Some(sent) {
            return Some(Self::SlashMissing);
        }
        if sent.trim() == expected {
            return Some(Self::Space);
        }
        if sent.eq_ignore_ascii_case(expected) {
            return Some(Self::Case);
        }
        if decoded(sent).is_some_and(|sent| Some(sent) == decoded(expected)) {
            return Some(Self::Encoding);
        }
        let (a, b) = (Parts::of(sent)?, Parts::of(expected)?);
        if a.tail == b.tail && a.authority == b.authority {
            return Some(Self::Scheme);
        }
        if a.tail != b.tail || a.scheme != b.scheme {
            return None;
        }
        if a.host() == b.host() {
            return (a.port() != b.port()).then_some(Self::Port);
        }
        let here = |host: &str| ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        Some(if here(a.host()) && here(b.host()) { Self::Loopback } else { Self::Host })
    }

    /// The difference without anything that only the expected address would tell: for strangers who do not know it.
    /// What is left a stranger could find out by sending one more request.
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::SlashAdded => Some("It would match without the slash at its end"),
            Self::SlashMissing => Some("It would match with a slash at its end"),
            Self::Space => Some("It would match without the white space around it"),
            Self::Case => Some("It differs from one that is known in upper and lower case only, and that counts"),
            Self::Encoding => Some("It differs from one that is known in percent-encoding only, and that counts"),
            Self::Scheme => Some("It would match with another scheme (http or https)"),
            Self::Host | Self::Loopback | Self::Port => None,
        }
    }
}

/// What the difference is, in a sentence or two. `how` says what the other address is: registered, expected.
pub fn words(sent: &str, expected: &str, how: &str) -> String {
    let kind = Kind::of(sent, expected);
    let parts = Parts::of(sent).zip(Parts::of(expected));
    match (kind, parts) {
        (Some(Kind::SlashAdded), _) => {
            format!("The address that was sent ends with a slash; the {how} one does not.")
        }
        (Some(Kind::SlashMissing), _) => {
            format!("The {how} address ends with a slash; the one that was sent does not.")
        }
        (Some(Kind::Space), _) => "The address that was sent has a space before or after it.".to_owned(),
        (Some(Kind::Case), _) => "They differ in upper and lower case only, and that counts.".to_owned(),
        (Some(Kind::Encoding), _) => "They differ in percent-encoding only, and that counts.".to_owned(),
        (Some(Kind::Scheme), Some((a, b))) => format!("“{}” was sent where “{}” is {how}.", a.scheme, b.scheme),
        (Some(kind @ (Kind::Host | Kind::Loopback)), Some((a, b))) => {
            let why = if kind == Kind::Loopback { " Both mean this computer, but they are two names." } else { "" };
            format!("The host “{}” was sent where “{}” is {how}.{why}", a.host(), b.host())
        }
        (Some(Kind::Port), Some((a, b))) => port(a.port(), b.port(), how),
        _ => first(sent, expected, how),
    }
}

/// Where the two part: the position of the first character that differs, counted from 1.
pub fn position(sent: &str, expected: &str) -> usize {
    sent.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count().saturating_add(1)
}

fn port(sent: Option<&str>, expected: Option<&str>, how: &str) -> String {
    match (sent, expected) {
        (Some(sent), Some(expected)) => format!("Port {sent} was sent where {expected} is {how}."),
        (Some(sent), None) => format!("Port {sent} was sent; the {how} address has none."),
        (None, expected) => format!("No port was sent; the {how} address has {}.", expected.unwrap_or_default()),
    }
}

/// The first character that differs.
fn first(sent: &str, expected: &str, how: &str) -> String {
    let at = position(sent, expected) - 1;
    match (sent.chars().nth(at), expected.chars().nth(at)) {
        (Some(a), Some(b)) => format!("{} was sent where {} is {how}.", name(a), name(b)),
        (Some(a), None) => format!("The {how} address ends where {} was sent.", name(a)),
        (None, Some(b)) => format!("The address that was sent ends where {} is {how}.", name(b)),
        (None, None) => "The two addresses look the same.".to_owned(),
    }
}

/// A character so that it can be seen.
fn name(c: char) -> String {
    match c {
        ' ' => "A space".to_owned(),
        '\t' => "A tab".to_owned(),
        '\n' | '\r' => "A line break".to_owned(),
        c if c.is_ascii_graphic() => format!("“{c}”"),
        c if c.is_alphanumeric() => format!("“{c}” (U+{:04X})", u32::from(c)),
        c => format!("U+{:04X}", u32::from(c)),
    }
}

fn decoded(text: &str) -> Option<String> {
    // A plus sign means a space in forms only, never in an address.
    crate::params::decode(text.replace('+', "%2B").as_bytes()).ok()
}

struct Parts<'a> {
    scheme: &'a str,
    authority: &'a str,
    tail: &'a str,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        Some(Self { scheme, authority, tail })
    }

    fn port(&self) -> Option<&'a str> {
        let (_, port) = self.authority.rsplit_once(':')?;
        port.bytes().all(|b| b.is_ascii_digit()).then_some(port)
    }

    fn host(&self) -> &'a str {
        self.port().map_or(self.authority, |port| &self.authority[..self.authority.len() - port.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Kind, position, words};

    const REGISTERED: &str = "https://app.example/callback";

    #[test]
    fn the_usual_mistakes_are_called_by_their_names() {
        let cases = [
            ("https://app.example/callback/", Some(Kind::SlashAdded), "ends with a slash; the registered one does not"),
            ("http://app.example/callback", Some(Kind::Scheme), "“http” was sent where “https” is registered"),
            (
                "https://app.example:8443/callback",
                Some(Kind::Port),
                "Port 8443 was sent; the registered address has none",
            ),
            ("https://www.app.example/callback", Some(Kind::Host), "“www.app.example” was sent where “app.example”"),
            ("https://app.example/Callback", Some(Kind::Case), "upper and lower case only"),
            ("https://app.example/%63allback", Some(Kind::Encoding), "percent-encoding only"),
            ("https%3A%2F%2Fapp.example%2Fcallback", Some(Kind::Encoding), "percent-encoding only"),
            ("https://app.example/callback ", Some(Kind::Space), "a space before or after it"),
            ("https://app.example/cb", None, "“b” was sent where “a” is registered"),
            ("https://app.example/callback?x=1", None, "The registered address ends where “?” was sent"),
            ("https://app.example/call", None, "The address that was sent ends where “b” is registered"),
            ("https://app.example/callb\u{430}ck", None, "“а” (U+0430) was sent where “a” is registered"),
            ("https://app.example\u{200b}/callback", Some(Kind::Host), "The host"),
            ("https://app.example/%zz", None, "“%” was sent where “c” is registered"),
            (REGISTERED, None, "look the same"),
        ];
        for (sent, kind, expected) in cases {
            assert_eq!(Kind::of(sent, REGISTERED), kind, "{sent}");
            let words = words(sent, REGISTERED, "registered");
            assert!(words.contains(expected), "{sent}: {words}");
        }
        assert!(
            words(REGISTERED, "https://app.example/callback/", "expected").starts_with("The expected address ends")
        );
        let local = words("http://localhost:4001/cb", "http://127.0.0.1:4001/cb", "registered");
        assert!(local.contains("Both mean this computer"), "{local}");
        let ports = words("http://[::1]:4001/cb", "http://[::1]:4002/cb", "expected");
        assert!(ports.contains("Port 4001 was sent where 4002 is expected"), "{ports}");
        assert!(words("https://a.example/", "https://a.example:8443/", "expected").contains("No port was sent"));
        assert_eq!(Kind::of("https://a.example/%zz", "https://b.example/%zy"), None, "neither can be decoded");
    }

    #[test]
    fn the_position_is_that_of_the_first_character_that_differs() {
        assert_eq!(position("https://app.example/cb", REGISTERED), 22);
        assert_eq!(position("", "x"), 1);
        assert_eq!(position("https://app.example/callback/", REGISTERED), 29);
    }

    /// A stranger who guesses addresses learns from a hint only what the next guess would have told as well.
    #[test]
    fn a_hint_never_holds_a_part_of_the_expected_address() {
        let secret = "https://hidden.example:8443/Deep/path";
        for near in ["https://hidden.example:8443/Deep/path/", "http://hidden.example:8443/Deep/path"] {
            let hint = Kind::of(near, secret).and_then(Kind::hint).unwrap();
            assert!(!hint.contains("hidden") && !hint.contains("8443") && !hint.contains("Deep"), "{hint}");
        }
        for far in ["https://hidden.example/Deep/path", "https://other.example:8443/Deep/path", "https://a.example/"] {
            assert_eq!(Kind::of(far, secret).and_then(Kind::hint), None, "{far}");
        }
    }

    proptest! {
        #[test]
        fn comparing_never_panics_and_says_something(sent in ".{0,60}", expected in ".{0,60}") {
            prop_assert!(!words(&sent, &expected, "expected").is_empty());
            prop_assert!(position(&sent, &expected) > 0);
        }

        #[test]
        fn one_changed_character_is_where_the_position_says(at in 0usize..28) {
            let mut changed: Vec<char> = REGISTERED.chars().collect();
            changed[at] = '!';
            let changed: String = changed.into_iter().collect();
            prop_assert_eq!(position(&changed, REGISTERED), at + 1);
            prop_assert!(words(&changed, REGISTERED, "registered").contains(" is registered"));
        }
    }
}
