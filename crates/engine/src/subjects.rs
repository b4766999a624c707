//! As whom a client knows a user (OpenID Connect Core §8): by the same subject as every other client, or by one that only
//! the clients of its sector share.
//!
//! Inside of this server a user is always the one subject of the account. A pairwise one is computed wherever something
//! leaves: ID tokens, JWT access tokens, userinfo, introspection, logout tokens; and wherever a client names somebody.
//! What hangs off a family says what its first ID token said, even if the client has changed its type or sector since.

use countersign_jose::hash::hmac_sha256;
use countersign_protocol::Subject;

use crate::records::SubjectType;

/// The key of pairwise subjects. It may never change: with another one every user would be a stranger to every client.
#[derive(Clone)]
pub struct Pairwise([u8; 32]);

impl Pairwise {
    /// From the bytes that the store keeps sealed.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// As whom a client of that type knows that user.
    pub fn known_as(&self, kind: &SubjectType, subject: &Subject) -> Subject {
        match kind {
            SubjectType::Public => subject.clone(),
            SubjectType::Pairwise { sector } => self.within(sector, subject),
        }
    }

    /// A host name holds no line break, so no two pairs make the same text.
    fn within(&self, sector: &str, subject: &Subject) -> Subject {
        Subject::pairwise(hmac_sha256(&self.0, format!("{sector}\n{subject}").as_bytes()))
    }
}

impl std::fmt::Debug for Pairwise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pairwise(…)")
    }
}

#[cfg(test)]
mod tests;
