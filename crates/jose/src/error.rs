//! What can go wrong with our own keys and sealed values. Failures of received keys and tokens have enums of their
//! own, beside the types that they concern.

/// A failure of a private key or of a sealed value. None of the messages holds key bytes or plaintext.
#[derive(Debug, thiserror::Error)]
pub enum JoseError {
    /// The provider could not make a key, a signature or a sealed value.
    #[error("the crypto provider failed to {0}")]
    Provider(&'static str),
    /// The bytes are not a PKCS#8 private key that fits the algorithm (or it is an RSA key outside 2048 to 8192 bits).
    #[error("not a usable PKCS#8 private key for {algorithm}: {reason}")]
    KeyRejected {
        /// The algorithm that the key was to serve.
        algorithm: crate::Algorithm,
        /// The provider's one-word reason.
        reason: String,
    },
    /// The bytes are not a PKCS#8 private key that fits the algorithm.
    #[error("not a usable PKCS#8 private key for {alg}: it needs RSA with 2048 to 8192 bits, P-256 or P-384")]
    DecryptionKeyRejected {
        /// The algorithm that the key was to serve.
        alg: crate::KeyManagement,
    },
    /// The claims could not be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(String),
    /// The token would be longer than any verifier here accepts.
    #[error("the signed token would be {size} bytes long, more than the {limit} that verifiers accept")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The sealed value was changed, cut, made with another key, or belongs to another context.
    #[error("the sealed value does not open: it was altered, or key or context are not those it was sealed with")]
    NotOpened,
}
