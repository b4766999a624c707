//! Base64url as JOSE wants it (RFC 7515 §2): no padding, no white space, no stray bits behind the last byte.
//!
//! One byte string has exactly one accepted spelling; otherwise a token could be changed without its signature
//! noticing, and replay caches keyed by token text could be walked around.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn append(bytes: impl AsRef<[u8]>, out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
