//! Received compact JWE (RFC 7516 §3.1, §5.2): form first, then one answer to whether it decrypts.

use countersign_protocol::Entropy;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::agreement::{Parties, Point, Transport};
use super::content::{Sealed, open};
use super::{ContentEncryption, DecryptionKey, JweError, KeyManagement};
use crate::{base64url, json};

/// Header members that are refused by their presence alone: a token must not bring its own key or rules, and compressed
/// content would say by its length what it holds (RFC 8725 §3.6, §3.10).
const REFUSED_MEMBERS: [&str; 6] = ["crit", "zip", "jku", "jwk", "x5u", "x5c"];
/// The longest `apu` or `apv`, in octets.
const MAX_PARTY: usize = 256;

/// An encrypted token of the right form. Nothing of it is to be believed yet.
pub struct Encrypted<'a> {
    protected: &'a str,
    header: Header,
    sent_key: Vec<u8>,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

struct Header {
    key: KeyHeader,
    enc: ContentEncryption,
    kid: Option<String>,
    cty: Option<String>,
}

/// How the content's key was sent: an agreement can't be without the sender's half.
pub(super) enum KeyHeader {
    Rsa,
    Agreement { transport: Transport, epk: Point, parties: Parties },
}

/// What an encrypted token held. Whoever knows the public key can have made it: it proves nothing about its sender.
pub struct Decrypted {
    cty: Option<String>,
    content: Zeroizing<Vec<u8>>,
}

impl<'a> Encrypted<'a> {
    /// The longest token that is read or made, in bytes: room for a signed one of the most that is accepted of those.
    pub const MAX_BYTES: usize = 32 * 1024;

    /// Proves the form of a compact JWE: five parts, strict base64url, a header we accept.
    pub fn parse(token: &'a str) -> Result<Self, JweError> {
        if token.len() > Self::MAX_BYTES {
            return Err(JweError::TooLarge { found: token.len() });
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [protected, sent_key, iv, ciphertext, tag] = parts[..] else {
            return Err(JweError::Parts { found: token.split('.').count() });
        };
        let part = |name, text| base64url::decode(text).ok_or(JweError::Base64(name));
        let header = json::parse_object(&part("header", protected)?).map_err(JweError::Header)?;
        let header = Header::from_object(&header)?;
        let sent_key = part("encrypted key", sent_key)?;
        // RFC 7516 §5.2, step 10: where the agreed key encrypts the content, none is sent.
        let agreed = matches!(header.key, KeyHeader::Agreement { transport: Transport::Direct, .. });
        if sent_key.is_empty() != agreed {
            return Err(JweError::EncryptedKey);
        }
        let (iv, ciphertext) = (part("initialization vector", iv)?, part("ciphertext", ciphertext)?);
        Ok(Self { protected, header, sent_key, iv, ciphertext, tag: part("authentication tag", tag)? })
    }

    /// How the content's key was sent.
    pub fn alg(&self) -> KeyManagement {
        self.header.key.alg()
    }

    /// What encrypts the content.
    pub fn enc(&self) -> ContentEncryption {
        self.header.enc
    }

    /// The key that the token says it was encrypted for.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Decrypts with the key that the token names.
    ///
    /// Whatever is wrong with key, vector, ciphertext or tag yields the same error. A content key that does not come out
    /// is replaced by a random one, so that its failure takes the way of any other (RFC 7516 §11.5).
    pub fn decrypt(self, key: &DecryptionKey, entropy: &mut dyn Entropy) -> Result<Decrypted, JweError> {
        if self.alg() != key.alg() {
            return Err(JweError::WrongAlgorithm { expected: key.alg(), found: self.alg() });
        }
        let enc = self.header.enc;
        let mut substitute = Zeroizing::new(vec![0; enc.key_len()]);
        entropy.fill(&mut substitute);
        let content_key = key.content_key(&self.header.key, enc, &self.sent_key);
        let content_key = content_key.ok().filter(|key| key.len() == enc.key_len()).unwrap_or(substitute);
        let aad = self.protected.as_bytes();
        let sealed = Sealed { iv: &self.iv, aad, ciphertext: &self.ciphertext, tag: &self.tag };
        let content = open(enc, &content_key, &sealed).map_err(|_| JweError::NotDecrypted)?;
        Ok(Decrypted { cty: self.header.cty, content })
    }
}

impl Decrypted {
    /// What the content says it is: `JWT` for a signed token (RFC 7519 §5.2).
    pub fn cty(&self) -> Option<&str> {
        self.cty.as_deref()
    }

    /// The content. Cleared on drop.
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

impl KeyHeader {
    const fn alg(&self) -> KeyManagement {
        match self {
            Self::Rsa => KeyManagement::RsaOaep256,
            Self::Agreement { transport, .. } => transport.alg(),
        }
    }

    fn from_object(object: &Map<String, Value>) -> Result<Self, JweError> {
        let name = member(object, "alg")?.ok_or(JweError::Member("alg"))?;
        let alg: KeyManagement = name.parse().map_err(|_| JweError::Algorithm(json::excerpt(name)))?;
        let Some(transport) = Transport::of(alg) else { return Ok(Self::Rsa) };
        let Some(Value::Object(epk)) = object.get("epk") else { return Err(JweError::Member("epk")) };
        let epk = Point::from_object(epk).map_err(JweError::EphemeralKey)?;
        let party = |name| {
            let text = member(object, name)?.unwrap_or_default();
            base64url::decode(text).filter(|party| party.len() <= MAX_PARTY).ok_or(JweError::Member(name))
        };
        Ok(Self::Agreement { transport, epk, parties: Parties { apu: party("apu")?, apv: party("apv")? } })
    }
}

impl Header {
    fn from_object(object: &Map<String, Value>) -> Result<Self, JweError> {
        if let Some(member) = REFUSED_MEMBERS.into_iter().find(|member| object.contains_key(*member)) {
            return Err(JweError::RefusedMember(member));
        }
        let enc = member(object, "enc")?.ok_or(JweError::Member("enc"))?;
        Ok(Self {
            key: KeyHeader::from_object(object)?,
            enc: enc.parse().map_err(|_| JweError::Algorithm(json::excerpt(enc)))?,
            kid: member(object, "kid")?.map(str::to_owned),
            cty: member(object, "cty")?.map(str::to_owned),
        })
    }
}

fn member<'o>(object: &'o Map<String, Value>, name: &'static str) -> Result<Option<&'o str>, JweError> {
    object.get(name).map(|value| value.as_str().ok_or(JweError::Member(name))).transpose()
}

/// Header only: the content is not for logs.
impl std::fmt::Debug for Encrypted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Encrypted");
        debug.field("alg", &self.alg()).field("enc", &self.enc()).field("kid", &self.kid()).finish_non_exhaustive()
    }
}

/// The content type only.
impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decrypted").field("cty", &self.cty).finish_non_exhaustive()
    }
}
