//! Small records: values that may be seen once, signing keys, initial access tokens.

use std::borrow::Cow;

use countersign_jose::Algorithm;
use countersign_protocol::{ClientId, HandleHash, KeyId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::{Kind, Record, Stored};

/// A value that was seen and must not be seen again (GO-2021-0110: replayed client assertions).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Once {
    /// Purpose and value.
    pub key: String,
    /// When seeing it again would not matter any more.
    pub expires_at: Timestamp,
}

impl Once {
    /// The `jti` of a client assertion, per client (RFC 7523 §3).
    pub fn assertion(client: &ClientId, jti: &str, expires_at: Timestamp) -> Self {
        Self { key: Self::assertion_key(client, jti), expires_at }
    }

    /// Under which key that `jti` is remembered; hashed, so that its length is bounded.
    pub fn assertion_key(client: &ClientId, jti: &str) -> String {
        format!("assertion:{}", HandleHash::of(&format!("{client}\n{jti}")).as_str())
    }

    /// A client's own JWT that was revoked before its time.
    pub fn revoked(token: &TokenId, expires_at: Timestamp) -> Self {
        Self { key: Self::revoked_key(token), expires_at }
    }

    /// Before the name of a client whose replies are traced.
    pub const TRACED: &'static str = "trace:";

    /// That the replies to a client are traced until then.
    pub fn trace(client: &ClientId, until: Timestamp) -> Self {
        Self { key: Self::trace_key(client), expires_at: until }
    }

    /// Under which key that is remembered.
    pub fn trace_key(client: &ClientId) -> String {
        format!("{}{client}", Self::TRACED)
    }

    /// The client whose replies are traced, if that is what this row says.
    pub fn traced(&self) -> Option<ClientId> {
        ClientId::parse(self.key.strip_prefix(Self::TRACED)?).ok()
    }

    /// That somebody adds a signing key to those: nobody else does at the same moment.
    pub fn key_beside(algorithm: Algorithm, others: &[Stored<KeyRecord>], expires_at: Timestamp) -> Self {
        let mut ids: Vec<&str> = others.iter().map(|key| key.id.as_str()).collect();
        ids.sort_unstable();
        Self { key: format!("key:{}:{}", algorithm.name(), HandleHash::of(&ids.join(" ")).as_str()), expires_at }
    }

    /// Under which key that revocation is remembered.
    pub fn revoked_key(token: &TokenId) -> String {
        format!("revoked:{token}")
    }
}

impl Record for Once {
    const KIND: Kind = Kind::Once;
    fn key(&self) -> Cow<'_, str> {
        self.key.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// A signing key, its private half sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// `kid`.
    pub id: KeyId,
    /// The one algorithm that it is used with.
    pub algorithm: Algorithm,
    /// PKCS #8, sealed under the key-encryption key, in base64url.
    pub sealed: String,
    /// Where it stands in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it entered its state.
    pub changed_at: Timestamp,
    /// When an announced key signs, if an administrator wants it to sign ahead of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<Timestamp>,
}

impl Record for KeyRecord {
    const KIND: Kind = Kind::Key;
    fn key(&self) -> Cow<'_, str> {
        self.id.as_str().into()
    }
}

/// A secret of the realm that was drawn once and stays: sealed under the key-encryption key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedValue {
    /// What it is for.
    pub name: String,
    /// The value, sealed, in base64url.
    pub sealed: String,
    /// When it was drawn.
    pub created_at: Timestamp,
}

impl SealedValue {
    /// The name of the key of pairwise subjects (OpenID Connect Core §8.1).
    pub const PAIRWISE: &str = "pairwise subjects";
}

impl Record for SealedValue {
    const KIND: Kind = Kind::SealedValue;
    fn key(&self) -> Cow<'_, str> {
        self.name.as_str().into()
    }
}

/// The life of a signing key: published before it signs, published still after it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, does not sign yet.
    Next,
    /// Signs.
    Current,
    /// Published until its last token has expired.
    Retired,
}

/// Permission to register clients (RFC 7591 §1.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitialAccess {
    /// Hash of the token.
    pub hash: HandleHash,
    /// How many more clients it may register.
    pub remaining: u32,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Record for InitialAccess {
    const KIND: Kind = Kind::InitialAccess;
    fn key(&self) -> Cow<'_, str> {
        self.hash.as_str().into()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}
