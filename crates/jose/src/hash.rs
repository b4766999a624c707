//! Hashes, message authentication codes and comparison in constant time.

use aws_lc_rs::{constant_time, digest, hmac};

use crate::{Algorithm, base64url};

/// SHA-256 of the bytes.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    first_32(digest::digest(&digest::SHA256, data).as_ref())
}

/// HMAC-SHA256 (RFC 2104) of the data under the key.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    first_32(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref())
}

/// The `at_hash` of an access token, and likewise the `c_hash` of a code, in an ID token signed with this algorithm
/// (OIDC Core §3.1.3.6, §3.3.2.11): the left half of its hash, base64url.
///
/// The hash is the one that the algorithm uses; for Ed25519 that is SHA-512.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &digest::SHA256,
        Algorithm::ES384 => &digest::SHA384,
        Algorithm::EdDSA => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    base64url::encode(digest.as_ref().split_at(digest.as_ref().len() / 2).0)
}

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// Both callers pass exactly 32 bytes; the types of the provider do not say so.
fn first_32(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}
