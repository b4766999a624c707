//! Encrypted tokens: compact JWE (RFC 7516), for what may be read by its recipient only.
//!
//! Left out: JSON serialization, compression (`zip`), several recipients, keys that both sides share. Encryption proves
//! nothing about who sent a token: what is to be believed is signed first and encrypted then (RFC 7519 §11.2).

mod agreement;
mod algorithm;
mod content;
mod error;
mod key;
mod received;
mod recipient;

pub use algorithm::{ContentEncryption, KeyManagement, UnknownEncryption};
pub use error::JweError;
pub use key::DecryptionKey;
pub use received::{Decrypted, Encrypted};
pub use recipient::{Recipient, RecipientError};
