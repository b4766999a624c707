//! Values sealed under a symmetric key: AES-256-GCM (NIST SP 800-38D), keys derived with HKDF-SHA256 (RFC 5869).
//!
//! For private keys at rest, for a client's pending transactions, and for an answer that only the holder of a token
//! may read again. A sealed value is `nonce (12) ‖ ciphertext ‖ tag (16)`. What it is for belongs into the
//! associated data: a value moved to another row or purpose then does not open. Not JWE.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use crate::JoseError;

const NONCE: usize = 12;

/// A key that seals and opens. Its `Debug` output is redacted.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// Uses these 32 random bytes as they are.
    pub fn from_bytes(key: &[u8; 32]) -> Result<Self, JoseError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| JoseError::Provider("prepare a sealing key"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Derives a key for one purpose from a secret of at least 128 bits of entropy (never a password).
    ///
    /// Keys for different contexts are independent of each other (RFC 5869 §3.2).
    pub fn derive(secret: &[u8], context: &str) -> Result<Self, JoseError> {
        let failed = |_| JoseError::Provider("derive a sealing key");
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"countersign sealing key v1").extract(secret);
        let info = [context.as_bytes()];
        let mut key = Zeroizing::new([0; 32]);
        extracted.expand(&info, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(key.as_mut_slice())).map_err(failed)?;
        Self::from_bytes(&key)
    }

    /// Seals the plaintext and binds it to `aad`, which is not stored and must be given again to open it.
    ///
    /// The nonce must be drawn anew for every value: two values under one nonce reveal each other. With random
    /// nonces, change the key before 2^32 values (SP 800-38D §8.3).
    pub fn seal(&self, nonce: [u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, JoseError> {
        let mut body = Zeroizing::new(plaintext.to_vec());
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
            .map_err(|_| JoseError::Provider("seal a value"))?;
        Ok([&nonce, body.as_slice(), tag.as_ref()].concat())
    }

    /// Opens what [`seal`](Self::seal) made with the same key and the same `aad`.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(JoseError::NotOpened)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), &mut body)
            .map_err(|_| JoseError::NotOpened)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::SealingKey;

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_context_only() {
        let key = SealingKey::derive(b"a secret with enough entropy", "keys at rest").unwrap();
        let sealed = key.seal([7; 12], b"row 1", b"private key").unwrap();
        assert_eq!(key.open(b"row 1", &sealed).unwrap().as_slice(), b"private key");
        assert!(key.open(b"row 2", &sealed).is_err());
        let other = SealingKey::derive(b"a secret with enough entropy", "transactions").unwrap();
        assert!(other.open(b"row 1", &sealed).is_err());
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let key = SealingKey::from_bytes(&[9; 32]).unwrap();
        let sealed = key.seal([1; 12], b"", b"x").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(b"", &changed).is_err(), "byte {at}");
            assert!(key.open(b"", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn an_empty_plaintext_can_be_sealed() {
        let key = SealingKey::from_bytes(&[9; 32]).unwrap();
        let sealed = key.seal([1; 12], b"a", b"").unwrap();
        assert_eq!(sealed.len(), 28);
        assert!(key.open(b"a", &sealed).unwrap().is_empty());
    }

    #[test]
    fn debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", SealingKey::from_bytes(&[1; 32]).unwrap()), "SealingKey(…)");
    }
}
