//! Parameters of a query or a form: `application/x-www-form-urlencoded`, parsed strictly enough for OAuth.
//!
//! Repeated parameters make the request invalid, empty ones count as absent, unknown ones are kept but nobody asks for
//! them (OAuth 2.1 §3.1). `resource` is the one parameter that may be repeated (RFC 8707 §2). Sizes and counts are
//! bounded.

use crate::{Malformed, Secret};

/// Longest query or form that is parsed, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Most parameters in one request.
pub const MAX_PARAMS: usize = 100;

const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The parameters of one request. Values are secret until somebody parses them into something public.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, Secret)>);

/// Why a query or form can't be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ParamError {
    /// Longer than [`MAX_BYTES`] or more than [`MAX_PARAMS`] parameters.
    #[error("It is too large: at most 64 KiB and 100 parameters are read")]
    TooLarge,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("It is not form-encoded UTF-8 text: each '%' needs two hexadecimal digits")]
    Encoding,
    /// A parameter came twice.
    #[error("The parameter {name} came more than once")]
    Repeated {
        /// Which one; not as it was sent if it looks like no parameter's name.
        name: String,
        /// All parameters that came once: enough, perhaps, to tell the client about it.
        rest: Params,
    },
}

impl Params {
    /// Parses a query string (without `?`) or a form body.
    pub fn parse(raw: &[u8]) -> Result<Self, ParamError> {
        if raw.len() > MAX_BYTES {
            return Err(ParamError::TooLarge);
        }
        let mut list: Vec<(String, Secret)> = Vec::new();
        let mut repeated = None;
        for pair in raw.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            if list.len() == MAX_PARAMS {
                return Err(ParamError::TooLarge);
            }
            let (name, value) = match pair.iter().position(|b| *b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            let name = decode(name).map_err(|_| ParamError::Encoding)?;
            let value = decode(value).map_err(|_| ParamError::Encoding)?;
            if !REPEATABLE.contains(&name.as_str()) && list.iter().any(|(seen, _)| *seen == name) {
                repeated.get_or_insert_with(|| name.clone());
            }
            list.push((name, Secret::new(value)));
        }
        let Some(name) = repeated else { return Ok(Self(list)) };
        let rest = Self(only_once(list));
        Err(ParamError::Repeated { name: shown(name), rest })
    }

    /// The value of a parameter; absent and empty are the same (OAuth 2.1 §3.1).
    pub fn find(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every non-empty value of a repeatable parameter.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.expose()).filter(|v| !v.is_empty())
    }

    /// A value that has to stay secret.
    pub fn find_secret(&self, name: &str) -> Option<Secret> {
        self.0.iter().find(|(n, v)| n == name && !v.expose().is_empty()).map(|(_, v)| v.clone())
    }

    /// The names of all parameters that came, in order, empty ones included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

/// Parameters that came in another form, such as the members of a request object. Of one that comes twice and must not, the
/// first counts.
impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
    }
}

/// The name of a repeated parameter, if it looks like one: descriptions repeat nothing else that a stranger chose.
fn shown(name: String) -> String {
    let plain = (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if plain { name } else { "(with an unusual name)".to_owned() }
}

fn only_once(list: Vec<(String, Secret)>) -> Vec<(String, Secret)> {
    let counted: Vec<bool> =
        list.iter().map(|(name, _)| list.iter().filter(|(other, _)| other == name).count() == 1).collect();
    list.into_iter().zip(counted).filter_map(|(pair, once)| once.then_some(pair)).collect()
}

/// Decodes one form-encoded name or value.
pub fn decode(raw: &[u8]) -> Result<String, Malformed> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, tail @ ..] = rest {
        rest = tail;
        out.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return Err(Malformed("form encoding"));
                };
                rest = tail;
                hex(*high)? << 4 | hex(*low)?
            }
            other => *other,
        });
    }
    String::from_utf8(out).map_err(|_| Malformed("form encoding"))
}

fn hex(digit: u8) -> Result<u8, Malformed> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(Malformed("form encoding")),
    }
}

/// Form-encodes one name or value: the inverse of [`decode`].
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'~' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
    }
    out
}

/// Writes pairs as a query or form body.
pub fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&encode(name));
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

/// Appends pairs to the query of a URL that has no fragment, keeping what is there (OAuth 2.1 §2.3.1).
pub fn append_query<'a>(url: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let glue = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some((_, query)) if query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{url}{glue}{}", write(pairs))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_PARAMS, ParamError, Params, append_query, decode, encode, write};

    #[test]
    fn a_repeated_parameter_is_refused_even_when_both_values_are_equal() {
        for raw in [&b"a=1&b=2&a=1"[..], b"a=&b=2&%61=1"] {
            let Err(ParamError::Repeated { name, rest }) = Params::parse(raw) else { panic!("accepted") };
            assert_eq!(name, "a");
            assert_eq!((rest.find("a"), rest.find("b")), (None, Some("2")));
        }
    }

    #[test]
    fn a_repeated_name_is_repeated_only_if_it_looks_like_one() {
        let long = format!("{0}=1&{0}=2", "a".repeat(41));
        for raw in ["%3Cb%3E=1&%3Cb%3E=2", "Visit+evil.example=1&Visit+evil.example=2", "=1&=2", &long] {
            let Err(error) = Params::parse(raw.as_bytes()) else { panic!("accepted") };
            assert_eq!(error.to_string(), "The parameter (with an unusual name) came more than once", "{raw}");
        }
        let Err(error) = Params::parse(b"code_challenge=1&code_challenge=2") else { panic!("accepted") };
        assert_eq!(error.to_string(), "The parameter code_challenge came more than once");
    }

    #[test]
    fn resource_may_be_repeated() {
        let params = Params::parse(b"resource=a&resource=b").unwrap();
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let params = Params::parse(b"state=&scope&nonce=n").unwrap();
        assert_eq!(params.find("state"), None);
        assert_eq!(params.find("scope"), None);
        assert_eq!(params.find("nonce"), Some("n"));
    }

    #[test]
    fn broken_escapes_and_broken_utf8_are_refused() {
        for bad in [&b"a=%"[..], b"a=%2", b"a=%zz", b"a=%ff", b"\xff=1"] {
            assert!(matches!(Params::parse(bad), Err(ParamError::Encoding)));
        }
    }

    #[test]
    fn counts_and_sizes_are_bounded() {
        let many = (0..=MAX_PARAMS).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(matches!(Params::parse(many.as_bytes()), Err(ParamError::TooLarge)));
        assert!(matches!(Params::parse(&vec![b'a'; 65_537]), Err(ParamError::TooLarge)));
    }

    #[test]
    fn a_query_is_appended_to_what_the_client_registered() {
        assert_eq!(append_query("https://a.example/cb", [("code", "x y")]), "https://a.example/cb?code=x+y");
        assert_eq!(append_query("https://a.example/cb?t=1", [("code", "x")]), "https://a.example/cb?t=1&code=x");
        assert_eq!(append_query("https://a.example/cb?", [("code", "x")]), "https://a.example/cb?code=x");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(name in ".{1,20}", value in ".{1,40}") {
            let params = Params::parse(write([(name.as_str(), value.as_str())]).as_bytes()).unwrap();
            prop_assert_eq!(params.find(&name), Some(value.as_str()));
            prop_assert_eq!(decode(encode(&value).as_bytes()).unwrap(), value);
        }

        #[test]
        fn parsing_never_panics(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Params::parse(&raw);
        }
    }
}
