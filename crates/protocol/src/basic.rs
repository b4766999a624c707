//! The `Authorization: Basic` header as OAuth uses it: both halves form-encoded first (RFC 6749 §2.3.1).

use base64::Engine as _;
use zeroize::Zeroizing;

use crate::{Secret, params};

/// Longest header that is looked at, in bytes.
const MAX_LEN: usize = 4096;

/// What a Basic header holds.
#[derive(Debug)]
pub struct Pair {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// Whether decoding changed something that a client which forgot to encode would not have meant.
    pub doubtful: bool,
}

/// Why a Basic header can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotBasic {
    /// Longer than anybody's credentials.
    #[error("It is longer than {MAX_LEN} bytes")]
    Length,
    /// Not base64, or there were several headers and none of them counts.
    #[error(
        "What follows 'Basic' is not standard base64 with its padding, or there were several Authorization headers"
    )]
    Base64,
    /// Nothing that divides id and secret.
    #[error("There is no colon between client_id and client_secret")]
    Colon,
    /// Not form-encoded: the step that most clients forget.
    #[error("A '%' without two hexadecimal digits, or bytes that are not UTF-8: {FORGOTTEN}")]
    Encoding,
}

/// What to do about credentials that were put into the header as they are.
pub const FORGOTTEN: &str = "form-urlencode client_id and client_secret, each by itself, before base64 (RFC 6749 section \
    2.3.1)";

/// Splits a header value into client id and secret. `Ok(None)` when the scheme is another one.
pub fn parse(header: &str) -> Result<Option<Pair>, NotBasic> {
    let Some((scheme, rest)) = header.split_once(' ') else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    if header.len() > MAX_LEN {
        return Err(NotBasic::Length);
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim_matches(' '));
    let bytes = Zeroizing::new(decoded.map_err(|_| NotBasic::Base64)?);
    let colon = bytes.iter().position(|b| *b == b':').ok_or(NotBasic::Colon)?;
    let id = params::decode(&bytes[..colon]).map_err(|_| NotBasic::Encoding)?;
    let secret = params::decode(&bytes[colon + 1..]).map_err(|_| NotBasic::Encoding)?;
    let doubtful = doubtful(&bytes[..colon]) || doubtful(&bytes[colon + 1..]);
    Ok(Some(Pair { id, secret: Secret::new(secret), doubtful }))
}

/// A plus sign becomes a space, which hardly any secret has. A `%` beside a character that form encoding would have
/// encoded was not put there by form encoding.
fn doubtful(half: &[u8]) -> bool {
    let encoded = |b: &u8| b.is_ascii_alphanumeric() || b"-._*~+%".contains(b);
    half.contains(&b'+') || !half.is_ascii() || (half.contains(&b'%') && !half.iter().all(encoded))
}

/// The header value for a client id and secret.
pub fn write(id: &str, secret: &Secret) -> Secret {
    let pair = Zeroizing::new(format!("{}:{}", params::encode(id), params::encode(secret.expose())));
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{MAX_LEN, NotBasic, parse, write};
    use crate::Secret;

    fn header(pair: &[u8]) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }

    #[test]
    fn ids_and_secrets_with_colons_and_spaces_survive() {
        let header = write("a:b c", &Secret::new("s:%+ t"));
        let pair = parse(header.expose()).unwrap().unwrap();
        assert_eq!((pair.id.as_str(), pair.secret.expose()), ("a:b c", "s:%+ t"));
    }

    #[test]
    fn another_scheme_is_no_error_but_broken_basic_is() {
        assert!(parse("Bearer abc").unwrap().is_none());
        for (broken, why) in [
            ("Basic ???".to_owned(), NotBasic::Base64),
            ("basic YWJj".to_owned(), NotBasic::Colon),
            (header(b"id:100%"), NotBasic::Encoding),
            (header(b"id:\xff"), NotBasic::Encoding),
            (header(&[b'x'; MAX_LEN]), NotBasic::Length),
        ] {
            assert_eq!(parse(&broken).unwrap_err(), why, "{broken}");
            assert!(why.to_string().is_ascii());
        }
    }

    #[test]
    fn credentials_that_may_not_have_been_encoded_are_doubtful() {
        for (raw, doubtful) in [
            ("id:a/b=c!", false),
            ("id:a%2Fb%3D", false),
            ("id:a+b", true),
            ("a+b:c", true),
            ("id:a/%2B", true),
            ("id:caf\u{e9}", true),
        ] {
            assert_eq!(parse(&header(raw.as_bytes())).unwrap().unwrap().doubtful, doubtful, "{raw}");
        }
    }
}
