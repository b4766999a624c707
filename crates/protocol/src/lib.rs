//! The words of OAuth 2.1 and OpenID Connect, as types.
//!
//! What lives here: parameters, identifiers, secrets, PKCE, scopes, redirect URIs, error codes, rules and the
//! documents that servers and clients exchange. What does not: decisions (`countersign-engine`), signatures
//! (`countersign-jose`), and anything that waits, reads a clock or draws randomness.

pub mod basic;
pub mod claims;
pub mod error;
pub mod freshness;
pub mod handle;
pub mod ids;
pub mod metadata;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod registration;
pub mod rule;
pub mod scope;
pub mod secret;
pub mod steps;
pub mod text;
pub mod time;
pub mod uri_difference;
pub mod words;

pub use claims::{ClaimRequest, ClaimsRequest};
pub use error::{ErrorBody, ErrorCode};
pub use handle::{Handle, HandleHash, HandleKind};
pub use ids::{AuthorizationId, BrowserId, ClientId, FamilyId, FlowId, KeyId, NoticeId, SessionId, Subject, TokenId};
pub use params::Params;
pub use pkce::{CodeChallenge, CodeVerifier};
pub use redirect_uri::RedirectUri;
pub use rule::{Refusal, Rule};
pub use scope::{Scope, ScopeSet};
pub use secret::Secret;
pub use time::{Timestamp, Ttl};
pub use words::{ApplicationType, ClientAuthMethod, GrantType, Prompt, ResponseMode};

/// Randomness as an argument: the caller owns the source, tests pass a seeded one.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer with random bytes.
    fn fill(&mut self, buffer: &mut [u8]);

    /// 32 random bytes (256 bits), the size of every secret that this project makes.
    fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        bytes
    }
}

/// Text that does not have the form that its specification asks for. Carries the name of the thing, never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct Malformed(pub &'static str);

/// Writes bytes in base64url without padding (RFC 4648 §5).
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding; refuses anything else.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Malformed> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).map_err(|_| Malformed("base64url"))
}
