//! The members of a JWK that define the key (RFC 7518 §6, RFC 8037 §2), read strictly and written canonically: what
//! signature keys and encryption keys have in common.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{JwkError, base64url, hash, json};

/// Members that only private or symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 8037 §2; `priv` of newer types).
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// A public key in canonical base64url.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kty")]
pub(crate) enum Members {
    #[serde(rename = "RSA")]
    Rsa { e: String, n: String },
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
}

impl Members {
    /// An EC key from `x ‖ y`.
    pub(crate) fn ec(crv: &'static str, point: &[u8]) -> Self {
        let (x, y) = point.split_at(point.len() / 2);
        Self::Ec { crv, x: base64url::encode(x), y: base64url::encode(y) }
    }

    /// A key of an Edwards or Montgomery curve.
    pub(crate) fn okp(crv: &'static str, point: &[u8]) -> Self {
        Self::Okp { crv, x: base64url::encode(point) }
    }

    /// The SHA-256 thumbprint, base64url (RFC 7638 §3): the same for every spelling of the same key.
    pub(crate) fn thumbprint(&self) -> String {
        // Required members only, in the order of their names, without white space. Base64url needs no escapes.
        let canonical = match self {
            Self::Rsa { e, n } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        };
        base64url::encode(hash::sha256(canonical.as_bytes()))
    }
}

/// The numbers of an RSA public key, big-endian, without the leading zero octets that some writers add
/// (RFC 7518 §6.3.1.1).
#[derive(Clone, Copy)]
pub(crate) struct RsaNumbers<'a> {
    pub(crate) n: &'a [u8],
    pub(crate) e: &'a [u8],
}

impl<'a> RsaNumbers<'a> {
    /// Accepts moduli of 2048 to 8192 bits, and exponents that verifiers can bear.
    pub(crate) fn check(n: &'a [u8], e: &'a [u8]) -> Result<Self, JwkError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err(JwkError::Invalid("the RSA modulus must have 2048 to 8192 bits"));
        }
        if e.len() > 4 || e == [1] || e.last().is_none_or(|last| last % 2 == 0) {
            return Err(JwkError::Invalid("the RSA exponent must be odd, above 1 and below 2^32"));
        }
        Ok(Self { n, e })
    }

    pub(crate) fn members(self) -> Members {
        Members::Rsa { e: base64url::encode(self.e), n: base64url::encode(self.n) }
    }
}

/// Refuses private and symmetric keys by name: in a public document they are a leak.
pub(crate) fn refuse_secrets(object: &Map<String, Value>) -> Result<(), JwkError> {
    if object.get("kty").is_some_and(|kty| kty == "oct") {
        return Err(JwkError::Symmetric);
    }
    match PRIVATE_MEMBERS.into_iter().find(|member| object.contains_key(*member)) {
        Some(member) => Err(JwkError::Private(member)),
        None => Ok(()),
    }
}

/// A text member that must be there.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, member: &'static str) -> Result<&'a str, JwkError> {
    object.get(member).and_then(Value::as_str).ok_or(JwkError::Member(member))
}

/// A text member that may be there.
pub(crate) fn optional_text<'a>(
    object: &'a Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'a str>, JwkError> {
    object.contains_key(member).then(|| text(object, member)).transpose()
}

/// A member of octets that must be there.
pub(crate) fn octets(object: &Map<String, Value>, member: &'static str) -> Result<Vec<u8>, JwkError> {
    base64url::decode(text(object, member)?).ok_or(JwkError::Member(member))
}

pub(crate) fn unsupported(what: &str, value: &str) -> JwkError {
    JwkError::Unsupported(format!("{what} {:?}", json::excerpt(value)))
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.split_at(zeros).1
}
