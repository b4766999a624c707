//! What is kept of a client that registered itself, beside what it is.

use countersign_protocol::{HandleHash, Timestamp};
use serde::{Deserialize, Serialize};

/// A client's own registration (RFC 7591, RFC 7592).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dynamic {
    /// Hash of the token with which it manages itself.
    pub access: HandleHash,
    /// The network from which it registered.
    pub network: String,
    /// When it was last used, to the hour; `None`: never.
    pub used_at: Option<Timestamp>,
    /// When it is forgotten, unless it is used before.
    pub expires_at: Timestamp,
    /// When it last changed what users judge it by: its name, its logo, or where it sends them. Who approved before is
    /// asked again.
    pub changed_at: Option<Timestamp>,
    /// Whether an administrator has changed it: from then on its own token can't.
    pub locked: bool,
}
