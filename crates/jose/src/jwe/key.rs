//! Private keys that decrypt: made, kept and published like signing keys, and never used as such.
//!
//! RSA with 2048 bits or more, P-256 and P-384. Not X25519: the provider can't write such a key as PKCS#8.

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};
use serde::Serialize;
use zeroize::Zeroizing;

use super::agreement::{Curve, Point, Transport, agreed_key, receive};
use super::received::KeyHeader;
use super::{ContentEncryption, KeyManagement};
use crate::JoseError;
use crate::members::{Members, RsaNumbers};

/// A private key for one algorithm. Its `Debug` output shows the public id only.
pub struct DecryptionKey {
    pair: Pair,
    members: Members,
    kid: String,
}

enum Pair {
    Rsa(PrivateDecryptingKey),
    Agreement(Curve, PrivateKey, Transport),
}

impl DecryptionKey {
    /// Makes a new key with randomness of the crypto provider: RSA with 2048 bits, which takes about 100 ms or more, or
    /// P-256.
    pub fn generate(alg: KeyManagement) -> Result<Self, JoseError> {
        let failed = |_| JoseError::Provider("generate a key");
        let pair = match Transport::of(alg) {
            None => Pair::Rsa(PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(failed)?),
            Some(transport) => {
                let private = PrivateKey::generate(Curve::P256.algorithm()).map_err(failed)?;
                Pair::Agreement(Curve::P256, private, transport)
            }
        };
        Self::new(pair)
    }

    /// Reads an unencrypted PKCS#8 document (RFC 5208) in DER, such as [`to_pkcs8`](Self::to_pkcs8) writes.
    pub fn from_pkcs8(alg: KeyManagement, der: &[u8]) -> Result<Self, JoseError> {
        let pair = match Transport::of(alg) {
            None => PrivateDecryptingKey::from_pkcs8(der).ok().map(Pair::Rsa),
            Some(transport) => [Curve::P256, Curve::P384].into_iter().find_map(|curve| {
                let private = PrivateKey::from_private_key_der(curve.algorithm(), der).ok()?;
                Some(Pair::Agreement(curve, private, transport))
            }),
        };
        Self::new(pair.ok_or(JoseError::DecryptionKeyRejected { alg })?)
    }

    fn new(pair: Pair) -> Result<Self, JoseError> {
        let rejected = || JoseError::DecryptionKeyRejected { alg: alg(&pair) };
        let members = match &pair {
            Pair::Rsa(private) => rsa_members(private).ok_or_else(rejected)?,
            Pair::Agreement(curve, private, _) => Point::of(*curve, private).map_err(|_| rejected())?.members().clone(),
        };
        let kid = members.thumbprint();
        Ok(Self { pair, members, kid })
    }

    /// The private key as PKCS#8 in DER. Cleared on drop; seal it before it is stored.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let der: Result<Pkcs8V1Der<'_>, Unspecified> = match &self.pair {
            Pair::Rsa(private) => private.as_der(),
            Pair::Agreement(_, private, _) => private.as_der(),
        };
        der.map(|der| Zeroizing::new(der.as_ref().to_vec())).map_err(|_| JoseError::Provider("export a private key"))
    }

    /// The key's one algorithm.
    pub fn alg(&self) -> KeyManagement {
        alg(&self.pair)
    }

    /// The key's id: its RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public part as a JWK with `use`, `alg` and `kid`, for the JWK Set that senders see.
    pub fn public_jwk(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Wire<'a> {
            #[serde(rename = "use")]
            purpose: &'static str,
            alg: KeyManagement,
            kid: &'a str,
            #[serde(flatten)]
            members: &'a Members,
        }
        Wire { purpose: "enc", alg: self.alg(), kid: &self.kid, members: &self.members }
    }

    /// The content's key; fails without a reason.
    pub(super) fn content_key(
        &self,
        header: &KeyHeader,
        enc: ContentEncryption,
        sent: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        match (&self.pair, header) {
            (Pair::Rsa(private), KeyHeader::Rsa) => {
                let private = OaepPrivateDecryptingKey::new(private.clone())?;
                let mut key = Zeroizing::new(vec![0; private.min_output_size()]);
                let length = private.decrypt(&OAEP_SHA256_MGF1SHA256, sent, &mut key, None)?.len();
                key.truncate(length);
                Ok(key)
            }
            (Pair::Agreement(_, private, transport), KeyHeader::Agreement { transport: named, epk, parties })
                if transport == named =>
            {
                receive(*transport, agreed_key(private, epk, *transport, enc, parties)?, sent)
            }
            _ => Err(Unspecified),
        }
    }
}

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecryptionKey").field("alg", &self.alg()).field("kid", &self.kid).finish_non_exhaustive()
    }
}

const fn alg(pair: &Pair) -> KeyManagement {
    match pair {
        Pair::Rsa(_) => KeyManagement::RsaOaep256,
        Pair::Agreement(_, _, transport) => transport.alg(),
    }
}

/// The provider shows the numbers of signing keys only, so the document is read as one.
fn rsa_members(private: &PrivateDecryptingKey) -> Option<Members> {
    let der: Pkcs8V1Der<'_> = private.as_der().ok()?;
    let pair = RsaKeyPair::from_pkcs8(der.as_ref()).ok()?;
    let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
    let numbers = RsaNumbers::check(n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
    numbers.ok().map(RsaNumbers::members)
}
