//! The authorization server's answer about a token (RFC 7662 §2.2). Left out: signed answers (RFC 9701).

use std::fmt;
use std::sync::Arc;

use countersign_protocol::{Malformed, Timestamp};
use serde::Deserialize;

use crate::claims::RawClaims;

/// What the authorization server says about one token. Not a decision: that is
/// [`Verifier::introspected`](crate::Verifier::introspected), at every use.
#[derive(Clone)]
pub struct Introspection(Option<Arc<RawClaims>>);

#[derive(Deserialize)]
struct Reply {
    active: bool,
}

impl Introspection {
    /// Reads the JSON body of an answer. Without `active` it is none.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let malformed = |_| Malformed("introspection answer");
        // Twice over the same bytes: an inactive token's other members are of no interest, nor are their types.
        let reply: Reply = serde_json::from_slice(body).map_err(malformed)?;
        if !reply.active {
            return Ok(Self(None));
        }
        serde_json::from_slice(body).map(|claims| Self(Some(Arc::new(claims)))).map_err(malformed)
    }

    /// The claims, if the token is active.
    pub(crate) fn active(&self) -> Option<&RawClaims> {
        self.0.as_deref()
    }

    /// When the token ends; an answer must not be kept beyond.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        Some(self.active()?.exp?.timestamp())
    }
}

/// Whether the token is active, and no claims: they may be personal data.
impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("active", &self.0.is_some()).finish_non_exhaustive()
    }
}
