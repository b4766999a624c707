#![doc = include_str!("../README.md")]

mod address;
mod bearer;
mod builder;
mod cached;
mod challenge;
mod checks;
mod claims;
mod clock;
mod discovery;
mod fetch;
mod introspection;
mod introspection_cache;
mod introspector;
mod layer;
mod metadata;
#[cfg(feature = "reqwest")]
mod reqwest_fetch;
pub mod rules;
mod scope;
mod server;
mod verifier;

pub use address::AddressError;
pub use bearer::read as bearer_token;
pub use builder::{BuildError, BuildFault, Builder};
pub use challenge::Rejection;
pub use checks::{Check, Checks};
pub use claims::{AccessClaims, Verified};
pub use countersign_protocol::{Refusal, Rule, Scope, ScopeSet, Secret, Timestamp, Ttl};
pub use fetch::{Fetch, FetchError, MAX_ANSWER_BYTES};
pub use introspection::Introspection;
pub use layer::{Authorize, Authorized};
pub use metadata::ProtectedResourceMetadata;
#[cfg(feature = "reqwest")]
pub use reqwest_fetch::ReqwestFetch;
pub use scope::{RequireScope, ScopeRequired, require_scope, require_scopes};
pub use server::ResourceServer;
pub use verifier::Verifier;

/// The start of text that came from outside, for messages.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
