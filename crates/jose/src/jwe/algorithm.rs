//! The algorithms of encrypted tokens (RFC 7518 §4.1, §5.1).
//!
//! Left out for good: `RSA1_5` and `RSA-OAEP` with SHA-1, `dir` and the algorithms of shared secrets and passwords.
//! Left out until somebody needs them: 192-bit keys, and the longer CBC variants.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the content encryption key reaches the recipient (`alg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyManagement {
    /// Encrypted with the recipient's RSA key, OAEP with SHA-256 (RFC 7518 §4.3).
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// Agreed upon with a key pair of this one token (RFC 7518 §4.6).
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    /// Wrapped with AES-128 under a key that was agreed upon (RFC 7518 §4.6).
    #[serde(rename = "ECDH-ES+A128KW")]
    EcdhEsA128Kw,
    /// Wrapped with AES-256 under a key that was agreed upon (RFC 7518 §4.6).
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256Kw,
}

/// What encrypts the content and notices changes to it (`enc`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// AES-128 in CBC mode with HMAC-SHA256 (RFC 7518 §5.2.3): what is taken where a client names none
    /// (OpenID Connect Registration §2).
    #[default]
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-128 in Galois/Counter mode (RFC 7518 §5.3).
    #[serde(rename = "A128GCM")]
    A128Gcm,
    /// AES-256 in Galois/Counter mode (RFC 7518 §5.3).
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

/// An `alg` or `enc` that is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a supported algorithm of encrypted tokens")]
pub struct UnknownEncryption;

impl KeyManagement {
    /// Every algorithm, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::RsaOaep256, Self::EcdhEs, Self::EcdhEsA128Kw, Self::EcdhEsA256Kw];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }
}

impl ContentEncryption {
    /// Every algorithm, in the order in which metadata lists them.
    pub const ALL: [Self; 3] = [Self::A128CbcHs256, Self::A128Gcm, Self::A256Gcm];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// Octets of the content encryption key.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
        }
    }

    /// Octets of the initialization vector.
    pub(super) const fn iv_len(self) -> usize {
        match self {
            Self::A128CbcHs256 => 16,
            Self::A128Gcm | Self::A256Gcm => 12,
        }
    }
}

impl fmt::Display for KeyManagement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyManagement {
    type Err = UnknownEncryption;

    /// Reads the exact name: it is case-sensitive (RFC 7516 §4.1.1).
    fn from_str(name: &str) -> Result<Self, UnknownEncryption> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or(UnknownEncryption)
    }
}

impl FromStr for ContentEncryption {
    type Err = UnknownEncryption;

    /// Reads the exact name: it is case-sensitive (RFC 7516 §4.1.2).
    fn from_str(name: &str) -> Result<Self, UnknownEncryption> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or(UnknownEncryption)
    }
}
