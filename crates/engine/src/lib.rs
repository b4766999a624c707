//! What an authorization server decides, sans I/O.
//!
//! A decision takes facts (records that somebody loaded), the time and a source of randomness, and yields an outcome
//! with the [`Writes`](write::Writes) that must be durable before the outcome may leave. Nothing here waits, reads a
//! clock or touches a socket; every check is a [`Rule`](countersign_protocol::Rule) applied through
//! [`Cx::require`](cx::Cx::require).

pub mod authorize;
pub mod claims;
pub mod client_auth;
pub mod cx;
pub mod grants;
pub mod keys;
pub mod logout;
pub mod policy;
pub mod records;
pub mod registration;
pub mod session;
pub mod subjects;
pub mod token;
pub mod tokens;
pub(crate) mod words;
pub mod write;

#[cfg(test)]
pub(crate) mod bench;
#[cfg(test)]
mod tests;

pub use cx::Cx;
pub use keys::Keys;
pub use policy::Policy;
pub use records::{Revision, Stored};
pub use subjects::Pairwise;
pub use write::{Committed, Plan, Unsent, Writes};

use countersign_protocol::Rule;

/// A fault on our side: not the client's doing, and none of its business. It becomes `server_error` with a trace
/// id; the source goes to the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A signature could not be made or a sealed value not be opened.
    #[error("key or signature fault: {0}")]
    Jose(#[from] countersign_jose::JoseError),
    /// A record refers to another that is not there.
    #[error("inconsistent records: {0}")]
    Inconsistent(&'static str),
    /// No key for an algorithm that the policy or a client's record promises.
    #[error("no key for {0}")]
    NoKey(&'static str),
}

/// Every rule that this crate applies, for the matrix and the metrics.
pub fn all_rules() -> impl Iterator<Item = &'static Rule> {
    [
        authorize::rules::ALL,
        client_auth::rules::ALL,
        grants::authorization_code::rules::ALL,
        grants::client_credentials::rules::ALL,
        grants::refresh_token::rules::ALL,
        logout::rules::ALL,
        registration::rules::ALL,
        token::rules::ALL,
        tokens::rules::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}
