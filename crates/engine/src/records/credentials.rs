//! What clients prove themselves with (OAuth 2.1 §2.4): secrets as hashes, or public keys.

use countersign_protocol::{ClientAuthMethod, HandleHash, Timestamp};
use serde::{Deserialize, Serialize};

/// A public client has no credentials at all: one with a secret can't be written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// Runs where its user or anybody can read its code (OAuth 2.1 §2.1).
    Public,
    /// Proves itself.
    Confidential(ClientKeys),
}

/// What a confidential client proves itself with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKeys {
    /// Secrets, several for rotation, sent as Basic header or in the form.
    Secrets {
        /// The registered method; the other of the two is accepted as well (OAuth 2.1 §2.4.1).
        method: ClientAuthMethod,
        /// At most [`MAX_SECRETS`](crate::client_auth::MAX_SECRETS).
        secrets: Vec<ClientSecret>,
    },
    /// Public keys for `private_key_jwt`.
    Jwks(KeySource),
}

/// Where a client's public keys are (RFC 7591 §2): one or the other, never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeySource {
    /// `jwks`: here, as a JWK Set document.
    Inline(String),
    /// `jwks_uri`: at an address of the client.
    Uri {
        /// The address.
        uri: String,
    },
}

/// One client secret, as a hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// Hash of the secret: 256 random bits or, for configured ones, at least 32 characters.
    pub hash: HandleHash,
    /// What the administrator calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; `None`: never.
    pub expires_at: Option<Timestamp>,
}
