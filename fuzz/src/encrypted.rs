//! Encrypted tokens, and the keys that others publish for them.

use countersign_jose::{ContentEncryption, DecryptionKey, Encrypted, Jwk, JwkSet, KeyManagement, Recipient};
use countersign_protocol::from_base64url;

use crate::decisions::Counter;

/// The key of RFC 7520 §5.5, as PKCS#8.
const PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgr_kHyZ-a06rmxM3yESK84r1otSg-aQcVStkRhA-iCM-hRANCA\
                       ARl7aWhJXfCuugpQ3_jOHAaEKqjdeG7W13hCN5DnAhVHR5S7XVwEWP3-eQN3580Gz3JuoYK9-DKfKfp7s0AhNGc";
/// How what is encrypted there begins.
const CONTENT: &[u8] = b"You can trust us to stick with you through thick and thin";

/// A compact JWE (RFC 7516 §7.1): nothing decrypts but the published token, unchanged.
pub fn jwe(data: &[u8]) {
    let Ok(token) = str::from_utf8(data) else { return };
    let Ok(encrypted) = Encrypted::parse(token) else { return };
    let der = from_base64url(PRIVATE).unwrap_or_default();
    let Ok(key) = DecryptionKey::from_pkcs8(encrypted.alg(), &der) else { return };
    if let Ok(decrypted) = encrypted.decrypt(&key, &mut Counter(0)) {
        assert!(decrypted.content().starts_with(CONTENT), "decrypted what nobody encrypted");
    }
}

/// A JWK Set document (RFC 7517 §5): what is kept can be published and read again, and what is chosen to encrypt for
/// can be encrypted for.
pub fn jwks(data: &[u8]) {
    let _ = Jwk::parse(data);
    let set = JwkSet::parse(data);
    if let Ok(set) = &set {
        let again = JwkSet::parse(set.to_json().as_bytes());
        assert!(again.is_ok_and(|again| again.keys().len() == set.keys().len() && again.skipped().is_empty()));
    }
    for alg in KeyManagement::ALL {
        let Ok(recipient) = Recipient::choose(data, alg, ContentEncryption::A128CbcHs256) else { continue };
        assert!(set.is_ok() && recipient.alg() == alg);
        let token = recipient.encrypt(None, b"", &mut Counter(0));
        // A `kid` may be as long as the document, and what doesn't fit into a token is not made.
        assert!(token.map_or(data.len() > 8_000, |token| Encrypted::parse(&token).is_ok()));
    }
}
