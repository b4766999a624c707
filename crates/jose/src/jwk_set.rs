//! A document of public keys (RFC 7517 §5), bounded, and the choice of keys for a token.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::members::refuse_secrets;
use crate::{Algorithm, Jwk, JwkError, json};

/// The public keys of one issuer or client.
#[derive(Clone, Debug, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    skipped: Vec<(usize, JwkError)>,
}

/// Why a document is not a [`JwkSet`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    /// The document is too long.
    #[error("the key document is {found} bytes long, at most {} are accepted", JwkSet::MAX_BYTES)]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// The document has too many keys.
    #[error("the key document has {found} keys, at most {} are accepted", JwkSet::MAX_KEYS)]
    TooManyKeys {
        /// Their number.
        found: usize,
    },
    /// Not a JSON object with an array `keys`.
    #[error("not a JWK Set: {0}")]
    NotAKeySet(String),
    /// A key that must not be in such a document: it is private or symmetric.
    #[error("key number {index} must not be published: {reason}")]
    SecretKey {
        /// Its place in `keys`, from 0.
        index: usize,
        /// [`JwkError::Private`] or [`JwkError::Symmetric`].
        reason: JwkError,
    },
}

impl JwkSet {
    /// The longest document that is read, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;
    /// The most keys that a document may have.
    pub const MAX_KEYS: usize = 100;

    /// Reads a document. Keys that cannot be used here (unknown type, curve or algorithm, encryption keys, broken
    /// ones) are passed over, as RFC 7517 §5 asks, and remembered in [`skipped`](Self::skipped). One private or
    /// symmetric key makes the whole document unacceptable.
    pub fn parse(document: &[u8]) -> Result<Self, JwkSetError> {
        Self::parse_for(document, Algorithm::RS256)
    }

    /// The same for an owner who said which algorithm their signatures have: an RSA key that names none is then for
    /// that one, if it is one of RSA. Nothing else changes, and a key still has one algorithm only.
    pub fn parse_for(document: &[u8], registered: Algorithm) -> Result<Self, JwkSetError> {
        let rsa = if registered == Algorithm::PS256 { Algorithm::PS256 } else { Algorithm::RS256 };
        let mut set = Self::default();
        for (index, member) in public_members(document)?.iter().enumerate() {
            let parsed = match member {
                Value::Object(object) => Jwk::from_object(object, rsa),
                _ => Err(JwkError::NotJson("not an object".to_owned())),
            };
            match parsed {
                Ok(key) => set.keys.push(key),
                Err(reason) => set.skipped.push((index, reason)),
            }
        }
        Ok(set)
    }

    /// The usable keys, in the order of the document.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys that were passed over: their places in the document and why. For diagnosis.
    pub fn skipped(&self) -> &[(usize, JwkError)] {
        &self.skipped
    }

    /// The document to publish: the usable keys, each with `kty`, `use`, `alg` and `kid`.
    pub fn to_json(&self) -> String {
        // Strings and lists of strings always have a JSON form, so the alternative cannot occur.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The keys that may verify a token with this header: those of that `kid`, or all if the token names none.
    pub(crate) fn named<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a Jwk> {
        self.keys.iter().filter(move |key| kid.is_none() || key.kid() == kid)
    }

    pub(crate) fn candidates<'a>(
        &'a self,
        kid: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a Jwk> {
        self.named(kid).filter(move |key| key.algorithm() == algorithm)
    }
}

impl FromIterator<Jwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect(), skipped: Vec::new() }
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            keys: &'a [Jwk],
        }
        Wire { keys: &self.keys }.serialize(serializer)
    }
}

/// What stands in `keys`: not too much, and nothing that must not be published.
pub(crate) fn public_members(document: &[u8]) -> Result<Vec<Value>, JwkSetError> {
    if document.len() > JwkSet::MAX_BYTES {
        return Err(JwkSetError::TooLarge { found: document.len() });
    }
    let mut object = json::parse_object(document).map_err(JwkSetError::NotAKeySet)?;
    let Some(Value::Array(members)) = object.remove("keys") else {
        return Err(JwkSetError::NotAKeySet("no array \"keys\"".to_owned()));
    };
    if members.len() > JwkSet::MAX_KEYS {
        return Err(JwkSetError::TooManyKeys { found: members.len() });
    }
    for (index, object) in members.iter().enumerate().filter_map(|(index, member)| Some((index, member.as_object()?))) {
        refuse_secrets(object).map_err(|reason| JwkSetError::SecretKey { index, reason })?;
    }
    Ok(members)
}
