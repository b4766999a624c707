//! The content of an encrypted token: authenticated encryption under the content encryption key (RFC 7518 §5).
//!
//! Opening says nothing but whether it worked, and a CBC padding is looked at only behind a good tag.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::ContentEncryption;
use crate::hash;

/// Octets of the authentication tag, the same for all.
const TAG: usize = 16;

/// Encrypts; yields ciphertext and tag. Each `iv` may be used once with a key.
pub(super) fn seal(
    enc: ContentEncryption,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<(Vec<u8>, [u8; TAG]), Unspecified> {
    let mut body = plaintext.to_vec();
    let Some(gcm) = gcm(enc) else {
        let (mac_key, enc_key) = cbc_keys(key)?;
        let cipher = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, enc_key)?)?;
        cipher.less_safe_encrypt(&mut body, EncryptionContext::Iv128(FixedLength::try_from(iv)?))?;
        let tag = cbc_tag(mac_key, iv, aad, &body);
        return Ok((body, tag));
    };
    let key = LessSafeKey::new(UnboundKey::new(gcm, key)?);
    let nonce = Nonce::try_assume_unique_for_key(iv)?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut body)?;
    Ok((body, tag.as_ref().try_into().map_err(|_| Unspecified)?))
}

/// What is to be opened, as it stands in a token.
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) iv: &'a [u8],
    pub(super) aad: &'a [u8],
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: &'a [u8],
}

/// Decrypts what [`seal`] made under the same key.
pub(super) fn open(enc: ContentEncryption, key: &[u8], sealed: &Sealed<'_>) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    // Of a shorter tag fewer bits would have to be guessed.
    if sealed.tag.len() != TAG || sealed.iv.len() != enc.iv_len() {
        return Err(Unspecified);
    }
    let mut body = Zeroizing::new(sealed.ciphertext.to_vec());
    let length = if let Some(gcm) = gcm(enc) {
        let key = LessSafeKey::new(UnboundKey::new(gcm, key)?);
        let nonce = Nonce::try_assume_unique_for_key(sealed.iv)?;
        key.open_in_place_separate_tag(nonce, Aad::from(sealed.aad), sealed.tag, &mut body)?.len()
    } else {
        let (mac_key, enc_key) = cbc_keys(key)?;
        if !hash::constant_time_eq(&cbc_tag(mac_key, sealed.iv, sealed.aad, &body), sealed.tag) {
            return Err(Unspecified);
        }
        let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_128, enc_key)?)?;
        cipher.decrypt(&mut body, DecryptionContext::Iv128(FixedLength::try_from(sealed.iv)?))?.len()
    };
    body.truncate(length);
    Ok(body)
}

/// The provider's algorithm; `None` for the one that it does not have as a whole.
fn gcm(enc: ContentEncryption) -> Option<&'static Algorithm> {
    match enc {
        ContentEncryption::A128CbcHs256 => None,
        ContentEncryption::A128Gcm => Some(&AES_128_GCM),
        ContentEncryption::A256Gcm => Some(&AES_256_GCM),
    }
}

/// The first half authenticates, the second encrypts (RFC 7518 §5.2.2.1).
fn cbc_keys(key: &[u8]) -> Result<(&[u8], &[u8]), Unspecified> {
    key.split_at_checked(16).filter(|(_, enc_key)| enc_key.len() == 16).ok_or(Unspecified)
}

/// The tag over header, vector, ciphertext and the header's length in bits (RFC 7518 §5.2.2.1).
fn cbc_tag(mac_key: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> [u8; TAG] {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, mac_key));
    for part in [aad, iv, ciphertext, &(aad.len() as u64 * 8).to_be_bytes()] {
        mac.update(part);
    }
    let mut tag = [0; TAG];
    for (to, from) in tag.iter_mut().zip(mac.sign().as_ref()) {
        *to = *from;
    }
    tag
}

#[cfg(test)]
mod tests;
