//! The `Authorization: Basic` header as OAuth uses it: both halves form-encoded first (RFC 6749 §2.3.1).

use base64::Engine as _;
use zeroize::Zeroizing;

use crate::{Malformed, Secret, params};

/// Longest header that is looked at, in bytes.
const MAX_LEN: usize = 4096;

/// Splits a header value into client id and secret. `Ok(None)` when the scheme is another one.
pub fn parse(header: &str) -> Result<Option<(String, Secret)>, Malformed> {
    let malformed = Malformed("Basic authorization header");
    let Some((scheme, rest)) = header.split_once(' ') else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    if header.len() > MAX_LEN {
        return Err(malformed);
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(rest.trim_matches(' ')).map_err(|_| malformed)?;
    let bytes = Zeroizing::new(bytes);
    let colon = bytes.iter().position(|b| *b == b':').ok_or(malformed)?;
    let id = params::decode(&bytes[..colon])?;
    let secret = params::decode(&bytes[colon + 1..])?;
    Ok(Some((id, Secret::new(secret))))
}

/// The header value for a client id and secret.
pub fn write(id: &str, secret: &Secret) -> Secret {
    let pair = Zeroizing::new(format!("{}:{}", params::encode(id), params::encode(secret.expose())));
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{parse, write};
    use crate::Secret;

    #[test]
    fn ids_and_secrets_with_colons_and_spaces_survive() {
        let header = write("a:b c", &Secret::new("s:%+ t"));
        let (id, secret) = parse(header.expose()).unwrap().unwrap();
        assert_eq!((id.as_str(), secret.expose()), ("a:b c", "s:%+ t"));
    }

    #[test]
    fn another_scheme_is_no_error_but_broken_basic_is() {
        assert!(parse("Bearer abc").unwrap().is_none());
        assert!(parse("Basic ???").is_err());
        assert!(parse("basic YWJj").is_err());
    }
}
