//! Keys that two parties agree upon: ECDH-ES with the Concat KDF, alone or with AES key wrap (RFC 7518 §4.6).

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ParsedPublicKey, PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, AesKek, KeyWrap as _};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{ContentEncryption, KeyManagement};
use crate::JwkError;
use crate::members::{Members, octets, text, unsupported};

/// A curve on which keys are agreed upon (RFC 7518 §6.2.1.1, RFC 8037 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    X25519,
}

impl Curve {
    pub(super) const fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::X25519 => &X25519,
        }
    }

    /// Its name, and the octets of a coordinate.
    const fn shape(self) -> (&'static str, usize) {
        match self {
            Self::P256 => ("P-256", 32),
            Self::P384 => ("P-384", 48),
            Self::X25519 => ("X25519", 32),
        }
    }
}

/// A public key for agreements, on its curve.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) curve: Curve,
    members: Members,
    parsed: ParsedPublicKey,
}

impl Point {
    /// Reads the members of a JWK; others than those of the key itself are not looked at.
    pub(super) fn from_object(object: &Map<String, Value>) -> Result<Self, JwkError> {
        let (kty, crv) = (text(object, "kty")?, text(object, "crv")?);
        let curve = match (kty, crv) {
            ("EC", "P-256") => Curve::P256,
            ("EC", "P-384") => Curve::P384,
            ("OKP", "X25519") => Curve::X25519,
            _ => return Err(unsupported("curve", crv)),
        };
        let coordinates = if curve == Curve::X25519 { ["x"].as_slice() } else { &["x", "y"] };
        let mut point = Vec::new();
        for member in coordinates {
            let coordinate = octets(object, member)?;
            if coordinate.len() != curve.shape().1 {
                return Err(JwkError::Invalid("a coordinate has the wrong length for its curve"));
            }
            point.extend(coordinate);
        }
        Self::new(curve, &point)
    }

    /// The public half of a private key.
    pub(super) fn of(curve: Curve, private: &PrivateKey) -> Result<Self, JwkError> {
        let failed = JwkError::Invalid("the private key has no public half");
        let public = private.compute_public_key().map_err(|_| failed.clone())?;
        match (curve, public.as_ref()) {
            (Curve::X25519, point) | (Curve::P256 | Curve::P384, [4, point @ ..]) => Self::new(curve, point),
            _ => Err(failed),
        }
    }

    /// From `x ‖ y`, or from `x` on a curve that has no more. The provider refuses what is not on the curve.
    fn new(curve: Curve, point: &[u8]) -> Result<Self, JwkError> {
        let (crv, _) = curve.shape();
        let (encoded, members) = match curve {
            Curve::X25519 => (point.to_vec(), Members::okp(crv, point)),
            // SEC 1 §2.3.3: 0x04 announces an uncompressed point.
            Curve::P256 | Curve::P384 => ([&[4], point].concat(), Members::ec(crv, point)),
        };
        let parsed = ParsedPublicKey::try_from(UnparsedPublicKey::new(curve.algorithm(), encoded))
            .map_err(|_| JwkError::Invalid("the coordinates are not a point on the curve"))?;
        Ok(Self { curve, members, parsed })
    }

    pub(super) const fn members(&self) -> &Members {
        &self.members
    }
}

/// What the agreed key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// It encrypts the content.
    Direct,
    /// It wraps the content's key with AES-128.
    Wrapped128,
    /// It wraps the content's key with AES-256.
    Wrapped256,
}

impl Transport {
    pub(super) const fn alg(self) -> KeyManagement {
        match self {
            Self::Direct => KeyManagement::EcdhEs,
            Self::Wrapped128 => KeyManagement::EcdhEsA128Kw,
            Self::Wrapped256 => KeyManagement::EcdhEsA256Kw,
        }
    }

    /// `None` for what is no agreement.
    pub(super) const fn of(alg: KeyManagement) -> Option<Self> {
        match alg {
            KeyManagement::RsaOaep256 => None,
            KeyManagement::EcdhEs => Some(Self::Direct),
            KeyManagement::EcdhEsA128Kw => Some(Self::Wrapped128),
            KeyManagement::EcdhEsA256Kw => Some(Self::Wrapped256),
        }
    }

    const fn cipher(self) -> Option<(&'static AesBlockCipher, usize)> {
        match self {
            Self::Direct => None,
            Self::Wrapped128 => Some((&AES_128, 16)),
            Self::Wrapped256 => Some((&AES_256, 32)),
        }
    }
}

/// `apu` and `apv`: what the parties say about themselves (RFC 7518 §4.6.1.2, §4.6.1.3). We send none.
#[derive(Debug, Clone, Default)]
pub(super) struct Parties {
    pub(super) apu: Vec<u8>,
    pub(super) apv: Vec<u8>,
}

/// The key that a private and a public key agree upon (RFC 7518 §4.6.2).
pub(super) fn agreed_key(
    private: &PrivateKey,
    public: &Point,
    transport: Transport,
    enc: ContentEncryption,
    parties: &Parties,
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let (purpose, length) = match transport.cipher() {
        None => (enc.name(), enc.key_len()),
        Some((_, length)) => (transport.alg().name(), length),
    };
    let mut info = Vec::new();
    for text in [purpose.as_bytes(), &parties.apu, &parties.apv] {
        info.extend(u32::try_from(text.len()).map_err(|_| Unspecified)?.to_be_bytes());
        info.extend(text);
    }
    info.extend(u32::try_from(length * 8).map_err(|_| Unspecified)?.to_be_bytes());
    let hash = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(Unspecified)?;
    agree(private, public.parsed.clone(), Unspecified, |secret| {
        let mut key = Zeroizing::new(vec![0; length]);
        sskdf_digest(hash, secret, &info, &mut key)?;
        Ok(key)
    })
}

/// From the agreed key to what is sent and what encrypts the content. `fresh` is the content's key where it is wrapped.
pub(super) fn send(
    transport: Transport,
    agreed: Zeroizing<Vec<u8>>,
    fresh: Zeroizing<Vec<u8>>,
) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Unspecified> {
    let Some((cipher, _)) = transport.cipher() else { return Ok((Vec::new(), agreed)) };
    let mut wrapped = vec![0; fresh.len() + 8];
    let length = AesKek::new(cipher, &agreed)?.wrap(&fresh, &mut wrapped)?.len();
    wrapped.truncate(length);
    Ok((wrapped, fresh))
}

/// From the agreed key and what was sent to what encrypts the content.
pub(super) fn receive(
    transport: Transport,
    agreed: Zeroizing<Vec<u8>>,
    sent: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let Some((cipher, _)) = transport.cipher() else { return Ok(agreed) };
    let mut key = Zeroizing::new(vec![0; sent.len()]);
    let length = AesKek::new(cipher, &agreed)?.unwrap(sent, &mut key)?.len();
    key.truncate(length);
    Ok(key)
}

#[cfg(test)]
mod tests;
