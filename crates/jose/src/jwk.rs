//! One public signature key as JSON (RFC 7517 §4; RFC 7518 §6 for RSA and EC; RFC 8037 §2 for Ed25519).
//!
//! Public keys only: a document with a private or symmetric key in it is a leak, and is refused by name. `x5c` and
//! `x5u` are ignored; keys are trusted for where they come from. The checked form for the crypto provider is kept
//! with the key, so that verifying parses nothing.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::members::{Members, RsaNumbers, octets, optional_text, refuse_secrets, text, unsupported};
use crate::{Algorithm, json};

/// A public key that verifies signatures of exactly one algorithm.
#[derive(Clone, Debug)]
pub struct Jwk {
    algorithm: Algorithm,
    kid: Option<String>,
    members: Members,
    verifier: ParsedPublicKey,
}

/// Why a JSON object is not a [`Jwk`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not a JSON object, or one with duplicate members.
    #[error("the key is not a JSON object: {0}")]
    NotJson(String),
    /// A private key where only public keys belong.
    #[error(
        "the key has the private member {0:?}: this key is compromised, make a new one and publish its public part only"
    )]
    Private(&'static str),
    /// A symmetric key where only public keys belong.
    #[error("the key is symmetric (\"kty\":\"oct\"): a shared secret must never be in a key document")]
    Symmetric,
    /// A member is missing or has the wrong type.
    #[error("the key has no usable {0:?}")]
    Member(&'static str),
    /// `use` or `key_ops` say that the key is not for verifying signatures (RFC 7517 §4.2, §4.3).
    #[error("the key is not for verifying signatures")]
    NotForSignatures,
    /// Key type, curve or algorithm is not one of ours, or they contradict each other.
    #[error("unsupported key: {0}")]
    Unsupported(String),
    /// The numbers do not make a key: wrong length, not on the curve, RSA outside 2048 to 8192 bits.
    #[error("not a valid key: {0}")]
    Invalid(&'static str),
}

impl Jwk {
    /// Reads one key. Its algorithm is `alg`; without `alg`, the one that its curve implies; RSA without `alg` is
    /// RS256, since RFC 8725 §3.1 wants one algorithm per key and RS256 is the one every provider must have (OIDC
    /// Core §15.1).
    pub fn parse(text: &[u8]) -> Result<Self, JwkError> {
        Self::from_object(&json::parse_object(text).map_err(JwkError::NotJson)?, Algorithm::RS256)
    }

    /// `rsa` is the algorithm of an RSA key that names none.
    pub(crate) fn from_object(object: &Map<String, Value>, rsa: Algorithm) -> Result<Self, JwkError> {
        let kty = text(object, "kty")?;
        refuse_secrets(object)?;
        check_purpose(object)?;
        let named = match optional_text(object, "alg")? {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| unsupported("algorithm", name))?),
        };
        let kid = optional_text(object, "kid")?.map(str::to_owned);
        match kty {
            "RSA" => Self::rsa(named.unwrap_or(rsa), kid, &octets(object, "n")?, &octets(object, "e")?),
            "EC" | "OKP" => {
                let crv = text(object, "crv")?;
                let implied = match (kty, crv) {
                    ("EC", "P-256") => Algorithm::ES256,
                    ("EC", "P-384") => Algorithm::ES384,
                    ("OKP", "Ed25519") => Algorithm::EdDSA,
                    _ => return Err(unsupported("curve", crv)),
                };
                if named.is_some_and(|named| named != implied) {
                    return Err(unsupported("algorithm for this curve", crv));
                }
                let mut point = octets(object, "x")?;
                if kty == "EC" {
                    point.extend(octets(object, "y")?);
                }
                Self::point(implied, kid, &point)
            }
            other => Err(unsupported("key type", other)),
        }
    }

    /// An RSA key from big-endian numbers.
    pub(crate) fn rsa(algorithm: Algorithm, kid: Option<String>, n: &[u8], e: &[u8]) -> Result<Self, JwkError> {
        let params = match algorithm {
            Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
            other => return Err(unsupported("algorithm for an RSA key", other.name())),
        };
        let numbers = RsaNumbers::check(n, e)?;
        let verifier = PublicKeyComponents { n: numbers.n, e: numbers.e }
            .to_parsed_public_key(params)
            .map_err(|_| JwkError::Invalid("the RSA modulus is not usable"))?;
        Ok(Self { algorithm, kid, members: numbers.members(), verifier })
    }

    /// An EC key from `x ‖ y`, or an Ed25519 key from its 32 bytes.
    pub(crate) fn point(algorithm: Algorithm, kid: Option<String>, point: &[u8]) -> Result<Self, JwkError> {
        let (params, crv, size): (&'static dyn VerificationAlgorithm, _, _) = match algorithm {
            Algorithm::ES256 => (&ECDSA_P256_SHA256_FIXED, "P-256", 64),
            Algorithm::ES384 => (&ECDSA_P384_SHA384_FIXED, "P-384", 96),
            Algorithm::EdDSA => (&ED25519, "Ed25519", 32),
            other => return Err(unsupported("algorithm for a curve", other.name())),
        };
        if point.len() != size {
            return Err(JwkError::Invalid("a coordinate has the wrong length for its curve"));
        }
        let (encoded, members) = if algorithm == Algorithm::EdDSA {
            (point.to_vec(), Members::okp(crv, point))
        } else {
            // SEC 1 §2.3.3: 0x04 announces an uncompressed point.
            ([&[4], point].concat(), Members::ec(crv, point))
        };
        let verifier = ParsedPublicKey::new(params, encoded)
            .map_err(|_| JwkError::Invalid("the coordinates are not a point on the curve"))?;
        Ok(Self { algorithm, kid, members, verifier })
    }

    /// The one algorithm that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's id, if it has one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The SHA-256 thumbprint, base64url (RFC 7638 §3): the same for every spelling of the same key.
    pub fn thumbprint(&self) -> String {
        self.members.thumbprint()
    }

    pub(crate) fn with_kid(mut self, kid: String) -> Self {
        self.kid = Some(kid);
        self
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify_sig(message, signature).is_ok()
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            #[serde(rename = "use")]
            purpose: &'static str,
            alg: Algorithm,
            #[serde(skip_serializing_if = "Option::is_none")]
            kid: Option<&'a str>,
            #[serde(flatten)]
            members: &'a Members,
        }
        Wire { purpose: "sig", alg: self.algorithm, kid: self.kid(), members: &self.members }.serialize(serializer)
    }
}

fn check_purpose(object: &Map<String, Value>) -> Result<(), JwkError> {
    let fits = match (object.get("use"), object.get("key_ops")) {
        (Some(purpose), _) if purpose != "sig" => false,
        (_, Some(Value::Array(operations))) => operations.iter().any(|operation| operation == "verify"),
        (_, Some(_)) => false,
        (_, None) => true,
    };
    if fits { Ok(()) } else { Err(JwkError::NotForSignatures) }
}
