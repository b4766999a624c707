//! Why an encrypted token is not read. What the header says is public; behind it there is one failure only.

use super::{Encrypted, KeyManagement};
use crate::JwkError;

/// An encrypted token that was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JweError {
    /// The text is too long.
    #[error("the token is {found} bytes long, at most {} are accepted", Encrypted::MAX_BYTES)]
    TooLarge {
        /// Its length in bytes.
        found: usize,
    },
    /// Not five parts between four dots.
    #[error("an encrypted token has five parts, this one has {found}")]
    Parts {
        /// How many parts there are.
        found: usize,
    },
    /// A part is not strict base64url: padding, white space, other characters, or stray bits at its end.
    #[error("the token's {0} is not base64url without padding")]
    Base64(&'static str),
    /// The header is not one JSON object without duplicate members.
    #[error("the token's header is not a JSON object: {0}")]
    Header(String),
    /// A header member is missing or has the wrong type.
    #[error("the token's header has no usable {0:?}")]
    Member(&'static str),
    /// The header has a member by which a token would choose how it is read.
    #[error("the token's header has {0:?}, which is never accepted")]
    RefusedMember(&'static str),
    /// `alg` or `enc` is none of ours.
    #[error("the token's algorithm {0:?} is not supported")]
    Algorithm(String),
    /// `epk` is no key to agree with.
    #[error("the token's \"epk\" is not usable: {0}")]
    EphemeralKey(JwkError),
    /// An encrypted key where the algorithm has none, or none where it has one.
    #[error("the token's encrypted key does not go with its \"alg\"")]
    EncryptedKey,
    /// The key is for another algorithm.
    #[error("the token says {found}, but its key is for {expected}")]
    WrongAlgorithm {
        /// The key's algorithm.
        expected: KeyManagement,
        /// The token's `alg`.
        found: KeyManagement,
    },
    /// It was altered, or encrypted with another key. Nothing more is said: each detail would help to guess.
    #[error("the token does not decrypt: it was altered, or is for another key")]
    NotDecrypted,
}
