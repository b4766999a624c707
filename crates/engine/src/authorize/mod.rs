//! The authorization endpoint's decisions (OAuth 2.1 §4.1, OpenID Connect Core §3.1.2), in the order of their use:
//! [`AuthorizationRequest::parse`] → [`validate`] → [`next_step`] (until it says finish) → [`approve`].

mod approve;
mod next_step;
mod openid;
mod parameters;
mod request;
mod request_object;
pub mod rules;
mod validate;

#[cfg(test)]
mod tests;

pub use approve::{Approval, Consent, Ticked, approve, refuse};
pub use next_step::{Account, Facts, Step, next_step};
pub use openid::{AcrRequest, OpenId};
pub use request::AuthorizationRequest;
pub use request_object::{Fetched, MAX_OBJECT};
pub use validate::{Failure, PageFailure, RedirectTarget, ValidatedRequest, validate};

use countersign_protocol::{RedirectUri, Refusal, ResponseMode, params};

/// The parameter of a response that tells the trace id of a refusal.
pub const TRACE_ID: &str = "countersign_trace_id";

/// An authorization response on its way to the client.
#[derive(Clone, PartialEq)]
pub struct Response {
    target: RedirectTarget,
    pairs: Vec<(&'static str, String)>,
    refused: Option<Refusal>,
}

impl Response {
    fn new(target: RedirectTarget, issuer: &str, mut pairs: Vec<(&'static str, String)>) -> Self {
        if let Some(state) = target.state() {
            pairs.push(("state", state.to_owned()));
        }
        // Every response, errors too, says who made it: the defence against mix-up (RFC 9207 §2).
        pairs.push(("iss", issuer.to_owned()));
        Self { target, pairs, refused: None }
    }

    /// An error response (OAuth 2.1 §4.1.2.1).
    pub fn error(target: RedirectTarget, issuer: &str, refusal: &Refusal) -> Self {
        let pairs = vec![("error", refusal.code().as_str().to_owned()), ("error_description", refusal.description())];
        Self { refused: Some(refusal.clone()), ..Self::new(target, issuer, pairs) }
    }

    /// Why it is an error response, if it is one.
    pub const fn refused(&self) -> Option<&Refusal> {
        self.refused.as_ref()
    }

    /// Adds the name under which the server's log knows a refusal. Clients ignore what they do not know (RFC 6749 §4.1.2);
    /// a parameter that nobody has registered bears the name of who made it up (RFC 6749 §8.2).
    #[must_use]
    pub fn traced(mut self, trace_id: &str) -> Self {
        self.pairs.push((TRACE_ID, trace_id.to_owned()));
        self
    }

    /// How it travels.
    pub const fn mode(&self) -> ResponseMode {
        self.target.mode()
    }

    /// The redirect URI with the response in its query, for [`ResponseMode::Query`].
    pub fn location(&self) -> String {
        params::append_query(self.target.uri().as_str(), self.pairs.iter().map(|(n, v)| (*n, v.as_str())))
    }

    /// The redirect URI and the fields to post to it, for [`ResponseMode::FormPost`].
    pub fn form(&self) -> (&RedirectUri, &[(&'static str, String)]) {
        (self.target.uri(), &self.pairs)
    }
}

/// Names only: one of the values is the code.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.pairs.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Response").field("target", &self.target).field("names", &names).finish_non_exhaustive()
    }
}
