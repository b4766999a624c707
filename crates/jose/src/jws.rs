//! Received compact JWS (RFC 7515 §3.1, §5.2): form first, then the signature, then the payload may be read.
//!
//! Left out: JSON serialization, detached payloads, several signatures, encryption.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Algorithm, ClaimsError, Header, JwkSet, base64url, json};

/// How many keys a token without `kid` may be tried against: each costs a signature check.
const MOST_CANDIDATES: usize = 4;

/// Why text is not a compact JWS that we would check. Nothing was verified yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is too long.
    #[error("the token is {found} bytes long, at most {} are accepted", Unverified::MAX_BYTES)]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// Not three parts between two dots.
    #[error("a signed token has three parts, this one has {found}{}", if *.found == 5 { " (encrypted tokens are not supported)" } else { "" })]
    Parts {
        /// How many parts there are.
        found: usize,
    },
    /// A part is not strict base64url: padding, white space, other characters, or stray bits at its end.
    #[error("the token's {0} is not base64url without padding")]
    Base64(&'static str),
    /// A part that must have content is empty.
    #[error("the token's {0} is empty")]
    Empty(&'static str),
    /// The header is not one JSON object without duplicate members.
    #[error("the token's header is not a JSON object: {0}")]
    Header(String),
    /// The payload of an unsigned token is not one JSON object without duplicate members.
    #[error("the token's payload is not a JSON object: {0}")]
    Payload(String),
    /// A header member is missing or not a string.
    #[error("the token's header has no usable {0:?}")]
    Member(&'static str),
    /// The header has a member by which a token would choose how it is checked.
    #[error("the token's header has {0:?}, which is never accepted")]
    RefusedMember(&'static str),
    /// `alg` is `none`, in whatever letters: the token is not signed.
    #[error("the token is not signed (\"alg\":\"none\")")]
    NotSigned,
    /// `alg` is a symmetric algorithm: whoever can check such a token could also have made it.
    #[error("the token is signed with the symmetric algorithm {0:?}, only public-key signatures are accepted")]
    Symmetric(String),
    /// `alg` is something else.
    #[error("the token's algorithm {0:?} is not supported (RS256, PS256, ES256, ES384, EdDSA are)")]
    Algorithm(String),
}

/// Why a well-formed token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No key has the token's `kid` (keys without an id never match one). The issuer may have a newer key: fetch its
    /// keys again, then parse and verify once more.
    #[error("no key with the id {kid:?}")]
    UnknownKey {
        /// The token's `kid`.
        kid: String,
    },
    /// The token names no key, and no key has its algorithm.
    #[error("the token names no key, and there is no key for {alg}")]
    NoKey {
        /// The token's `alg`.
        alg: Algorithm,
    },
    /// Too many keys fit; the token must say which (OIDC Core §10.1).
    #[error("{found} keys fit the token, at most {MOST_CANDIDATES} are tried: the token needs a \"kid\" of its own")]
    Ambiguous {
        /// How many fit.
        found: usize,
    },
    /// The key is for another algorithm (RFC 8725 §3.1).
    #[error("the token says {found}, but its key is for {expected}")]
    WrongAlgorithm {
        /// The key's algorithm.
        expected: Algorithm,
        /// The token's `alg`.
        found: Algorithm,
    },
    /// The signature is not that key's signature over this token.
    #[error("the signature does not fit")]
    BadSignature,
}

/// A token of the right form whose signature nobody has checked.
#[derive(Clone)]
pub struct Unverified<'a> {
    signing_input: &'a str,
    header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// The longest token that is read, in bytes.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Proves the form of a compact JWS: three parts, strict base64url, a header we accept.
    pub fn parse(token: &'a str) -> Result<Self, ParseError> {
        if token.len() > Self::MAX_BYTES {
            return Err(ParseError::TooLarge { found: token.len() });
        }
        let found = token.split('.').count();
        let (Some((signing_input, signature)), 3) = (token.rsplit_once('.'), found) else {
            return Err(ParseError::Parts { found });
        };
        let (header, payload) = signing_input.split_once('.').ok_or(ParseError::Parts { found })?;
        let header = json::parse_object(&part("header", header)?).map_err(ParseError::Header)?;
        let header = Header::from_object(&header)?;
        let payload = part("payload", payload)?;
        let signature = part("signature", signature)?;
        Ok(Self { signing_input, header, payload, signature })
    }

    /// The algorithm that the token says it is signed with.
    pub fn alg(&self) -> Algorithm {
        self.header.alg
    }

    /// The key that the token says it is signed with.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The kind of token that it says it is.
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// A text claim that **nobody has vouched for**: only good for finding the keys to check the token with
    /// (`iss`, or `sub` of a client assertion), never for a decision.
    pub fn unverified_claim(&self, name: &str) -> Option<String> {
        match json::parse_object(&self.payload).ok()?.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Which of these claims it does not have at all: for saying all at once what is missing.
    pub fn lacks(&self, names: &[&'static str]) -> Vec<&'static str> {
        let claims = self.claims_object().unwrap_or_default();
        names.iter().copied().filter(|name| !claims.contains_key(*name)).collect()
    }

    pub(crate) fn claims_object(&self) -> Result<Map<String, Value>, ClaimsError> {
        json::parse_object(&self.payload).map_err(ClaimsError::NotClaims)
    }

    /// Checks the signature (RFC 7515 §5.2) with the key that the token names.
    ///
    /// A token without `kid` is tried against the keys of its algorithm, if they are few. The algorithm must be the
    /// key's own in any case.
    pub fn verify(self, keys: &JwkSet) -> Result<Verified, VerifyError> {
        let (kid, alg) = (self.kid(), self.alg());
        let found = keys.candidates(kid, alg).count();
        if found == 0 {
            return Err(match (kid, keys.named(kid).next()) {
                (None, _) => VerifyError::NoKey { alg },
                (Some(kid), None) => VerifyError::UnknownKey { kid: json::excerpt(kid) },
                (Some(_), Some(key)) => VerifyError::WrongAlgorithm { expected: key.algorithm(), found: alg },
            });
        }
        if found > MOST_CANDIDATES {
            return Err(VerifyError::Ambiguous { found });
        }
        let message = self.signing_input.as_bytes();
        if !keys.candidates(kid, alg).any(|key| key.verifies(message, &self.signature)) {
            return Err(VerifyError::BadSignature);
        }
        Ok(Verified { header: self.header, payload: self.payload })
    }
}

/// A token that its key has signed. Whether it is meant for us, and still good, is for [`crate::Expect`] to say.
#[derive(Clone)]
pub struct Verified {
    header: Header,
    payload: Vec<u8>,
}

impl Verified {
    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The signed bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The claims, unchecked: for tokens whose claims follow other rules than a JWT's. Duplicate claims are refused.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, ClaimsError> {
        let claims = self.claims_object()?;
        T::deserialize(Value::Object(claims)).map_err(|error| ClaimsError::Shape(json::excerpt(&error.to_string())))
    }

    pub(crate) fn claims_object(&self) -> Result<Map<String, Value>, ClaimsError> {
        json::parse_object(&self.payload).map_err(ClaimsError::NotClaims)
    }
}

/// Header only: the payload is somebody's data, and the whole text would be a credential.
impl std::fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Header only, as for [`Unverified`].
impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified").field("header", &self.header).finish_non_exhaustive()
    }
}

fn part(name: &'static str, text: &str) -> Result<Vec<u8>, ParseError> {
    if text.is_empty() {
        return Err(ParseError::Empty(name));
    }
    base64url::decode(text).ok_or(ParseError::Base64(name))
}
