//! Makes tokens that `SigningKey` refuses to make: any header, any payload, correctly signed with ES256.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_jose::{Algorithm, Jwk, JwkSet, SigningKey, Unverified, Verified};

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// An attacker or a sloppy issuer who owns a good key.
pub(crate) struct Forger {
    pub(crate) key: SigningKey,
    pair: EcdsaKeyPair,
}

impl Forger {
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate(Algorithm::ES256).expect("a key");
        let pkcs8 = key.to_pkcs8().expect("a document");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).expect("the same key");
        Self { key, pair }
    }

    pub(crate) fn keys(&self) -> JwkSet {
        set([&self.key])
    }

    /// A correctly signed token of this header and payload, taken as they are.
    pub(crate) fn token(&self, header: &str, payload: &str) -> String {
        let input = format!("{}.{}", b64(header), b64(payload));
        let signature = self.raw_signature(&input);
        format!("{input}.{}", b64(signature))
    }

    pub(crate) fn raw_signature(&self, input: &str) -> Vec<u8> {
        self.pair.sign_digest(&digest(&SHA256, input.as_bytes())).expect("a signature").as_ref().to_vec()
    }

    /// A verified token with this payload, for tests of what comes after the signature.
    pub(crate) fn verified(&self, header: &str, payload: &str) -> Verified {
        let token = self.token(header, payload);
        Unverified::parse(&token).expect("well-formed").verify(&self.keys()).expect("signed")
    }
}

pub(crate) fn set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> JwkSet {
    keys.into_iter().map(|key| key.public_jwk().clone()).collect()
}

pub(crate) fn jwk(text: &str) -> Jwk {
    Jwk::parse(text.as_bytes()).expect("a key")
}
