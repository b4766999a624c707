//! Whom a token is encrypted for: one public key out of a JWK Set, with the one way in which it is used.

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey, PublicKeyComponents};
use countersign_protocol::Entropy;
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::agreement::{Parties, Point, Transport, agreed_key, send};
use super::content::seal;
use super::{ContentEncryption, Encrypted, KeyManagement};
use crate::jwk_set::public_members;
use crate::members::{Members, RsaNumbers, octets, optional_text, text, unsupported};
use crate::{JoseError, JwkError, JwkSetError, base64url};

/// A recipient of encrypted tokens. The algorithm belongs to the key here, so that the two can't disagree.
pub struct Recipient {
    way: Way,
    kid: Option<String>,
    enc: ContentEncryption,
}

enum Way {
    Rsa(OaepPublicEncryptingKey),
    Agreement(Point, Transport),
}

/// Why nothing can be encrypted for the holder of a key document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// The document is no JWK Set.
    #[error("{0}")]
    Set(#[from] JwkSetError),
    /// No key fits the algorithm.
    #[error("no key for {alg}: one is needed without \"use\" or with \"use\":\"enc\", {}", needed(*alg))]
    NoKey {
        /// The algorithm.
        alg: KeyManagement,
    },
}

const fn needed(alg: KeyManagement) -> &'static str {
    match alg {
        KeyManagement::RsaOaep256 => "of type RSA",
        _ => "on the curve P-256, P-384 or X25519",
    }
}

impl Recipient {
    /// Chooses from a JWK Set document: the first key that fits the algorithm and is not for something else by its
    /// `use`, `key_ops` or `alg`; before others, one that says that it is for encryption (OpenID Connect Core §10.2).
    pub fn choose(document: &[u8], alg: KeyManagement, enc: ContentEncryption) -> Result<Self, RecipientError> {
        let keys = public_members(document)?;
        let objects = || keys.iter().filter_map(Value::as_object).filter(|object| is_for(object, alg));
        let marked = objects().filter(|object| object.get("use").is_some_and(|purpose| purpose == "enc"));
        let mut usable = marked.chain(objects()).filter_map(|object| Self::from_object(object, alg, enc).ok());
        usable.next().ok_or(RecipientError::NoKey { alg })
    }

    fn from_object(object: &Map<String, Value>, alg: KeyManagement, enc: ContentEncryption) -> Result<Self, JwkError> {
        let way = match Transport::of(alg) {
            Some(transport) => Way::Agreement(Point::from_object(object)?, transport),
            None => Way::Rsa(rsa(object)?),
        };
        Ok(Self { way, kid: optional_text(object, "kid")?.map(str::to_owned), enc })
    }

    /// How the content's key is sent.
    pub fn alg(&self) -> KeyManagement {
        match &self.way {
            Way::Rsa(_) => KeyManagement::RsaOaep256,
            Way::Agreement(_, transport) => transport.alg(),
        }
    }

    /// Encrypts into a compact JWE (RFC 7516 §7.1).
    ///
    /// `cty` says what the content is: `JWT` for a token that was signed first (RFC 7519 §5.2), nothing for claims. The
    /// content's key and the vector come from `entropy`; the key pair of an agreement and the seed of OAEP are the crypto
    /// provider's own.
    pub fn encrypt(&self, cty: Option<&str>, content: &[u8], entropy: &mut dyn Entropy) -> Result<String, JoseError> {
        let failed = |_| JoseError::Provider("encrypt a token");
        let mut fresh = Zeroizing::new(vec![0; self.enc.key_len()]);
        entropy.fill(&mut fresh);
        let key = self.key(fresh).map_err(failed)?;
        let mut iv = vec![0; self.enc.iv_len()];
        entropy.fill(&mut iv);

        let header = ProtectedHeader {
            alg: self.alg(),
            enc: self.enc,
            cty,
            kid: self.kid.as_deref(),
            epk: key.ephemeral.as_ref(),
        };
        let header = serde_json::to_vec(&header).map_err(|error| JoseError::Claims(error.to_string()))?;
        let mut token = base64url::encode(header);
        let (ciphertext, tag) = seal(self.enc, &key.content, &iv, token.as_bytes(), content).map_err(failed)?;
        for part in [&key.sent, &iv, &ciphertext, tag.as_slice()] {
            token.push('.');
            base64url::append(part, &mut token);
        }
        if token.len() > Encrypted::MAX_BYTES {
            return Err(JoseError::TooLarge { size: token.len(), limit: Encrypted::MAX_BYTES });
        }
        Ok(token)
    }

    fn key(&self, fresh: Zeroizing<Vec<u8>>) -> Result<KeyOfOne, Unspecified> {
        match &self.way {
            Way::Rsa(key) => {
                let mut sent = vec![0; key.ciphertext_size()];
                let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, &fresh, &mut sent, None)?.len();
                sent.truncate(length);
                Ok(KeyOfOne { sent, content: fresh, ephemeral: None })
            }
            Way::Agreement(point, transport) => {
                let private = PrivateKey::generate(point.curve.algorithm())?;
                let ephemeral = Point::of(point.curve, &private).map_err(|_| Unspecified)?.members().clone();
                let agreed = agreed_key(&private, point, *transport, self.enc, &Parties::default())?;
                let (sent, content) = send(*transport, agreed, fresh)?;
                Ok(KeyOfOne { sent, content, ephemeral: Some(ephemeral) })
            }
        }
    }
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").field("alg", &self.alg()).field("enc", &self.enc).finish_non_exhaustive()
    }
}

/// The content's key of one token, as it is used and as it is sent.
struct KeyOfOne {
    sent: Vec<u8>,
    content: Zeroizing<Vec<u8>>,
    ephemeral: Option<Members>,
}

#[derive(Serialize)]
struct ProtectedHeader<'a> {
    alg: KeyManagement,
    enc: ContentEncryption,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epk: Option<&'a Members>,
}

/// Whether a key says nothing against this use (RFC 7517 §4.2 to §4.4).
fn is_for(object: &Map<String, Value>, alg: KeyManagement) -> bool {
    let operations: &[&str] = match alg {
        KeyManagement::RsaOaep256 => &["wrapKey", "encrypt"],
        // The key operations of an agreement are the private half's; its public half has none (RFC 7517 §4.3).
        _ => &["deriveKey", "deriveBits"],
    };
    let named = |name: &Value| operations.iter().any(|operation| name == operation);
    let by_operations = match object.get("key_ops") {
        None => true,
        Some(Value::Array(named_operations)) => named_operations.is_empty() || named_operations.iter().any(named),
        Some(_) => false,
    };
    let by_use = object.get("use").is_none_or(|purpose| purpose == "enc");
    let by_alg = object.get("alg").is_none_or(|named| named == alg.name());
    by_use && by_operations && by_alg
}

fn rsa(object: &Map<String, Value>) -> Result<OaepPublicEncryptingKey, JwkError> {
    let kty = text(object, "kty")?;
    if kty != "RSA" {
        return Err(unsupported("key type", kty));
    }
    let (n, e) = (octets(object, "n")?, octets(object, "e")?);
    let RsaNumbers { n, e } = RsaNumbers::check(&n, &e)?;
    let refused = JwkError::Invalid("the RSA modulus is not usable");
    let key: Result<PublicEncryptingKey, _> = PublicKeyComponents { n, e }.try_into();
    OaepPublicEncryptingKey::new(key.map_err(|_| refused.clone())?).map_err(|_| refused)
}
