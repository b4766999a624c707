//! The authorization response (OAuth 2.1 §4.1.2, RFC 9207): read, then checked against the transaction that it claims
//! to finish. The checks run in the order in which trust is built: browser, provider, then content.

use countersign_protocol::params::Params;
use countersign_protocol::{Refusal, Secret, Timestamp};

use crate::check::{Checks, quote};
use crate::error::{CallError, ProviderError};
use crate::rules;
use crate::sans_io::Core;
use crate::transaction::{Transaction, clear_cookie, cookie_name};

/// What the provider made the browser bring. Its `Debug` output shows names only.
#[derive(Debug, Clone)]
pub struct Callback(Params);

/// Why a sign-in ended without tokens.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FinishError {
    /// A check on the callback or the transaction failed: stale, forged, or meant for somebody else. Show a page with a
    /// link to begin again; do not begin again by yourself, or a forged callback becomes a loop.
    #[error(transparent)]
    Check(#[from] Refusal),
    /// The provider answered with an error, such as `access_denied` when the user said no.
    #[error(transparent)]
    Denied(ProviderError),
    /// The callback was good; redeeming its code, or checking the ID token, failed.
    #[error(transparent)]
    Redeem(#[from] CallError),
}

impl Callback {
    /// Reads the query of the callback's URL, without `?`.
    pub fn parse(query: &str, checks: Checks<'_>) -> Result<Self, Refusal> {
        let params = Params::parse(query.as_bytes());
        let why = params.as_ref().err().map(ToString::to_string).unwrap_or_default();
        checks.some(&rules::CALLBACK_READABLE, params.ok(), || why).map(Self)
    }

    /// The `state` that came, or nothing.
    pub fn state(&self) -> &str {
        self.0.find("state").unwrap_or_default()
    }

    /// Whether it brings an error and no code.
    #[cfg(feature = "native")]
    pub(crate) fn is_error(&self) -> bool {
        self.0.find("error").is_some()
    }

    /// The value of this callback's transaction cookie, from a request's `Cookie` header. On `https` only the `__Host-`
    /// name counts: a cookie without it may have been planted by a neighbouring host, with a transaction of its own.
    pub(crate) fn cookie<'a>(&self, cookies: &'a str, redirect_uri: &str) -> Option<&'a str> {
        let wanted = cookie_name(self.state(), redirect_uri);
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    /// The `Set-Cookie` header that removes this callback's transaction cookie.
    pub(crate) fn clear_cookie(&self, redirect_uri: &str) -> String {
        clear_cookie(&cookie_name(self.state(), redirect_uri))
    }
}

impl Core {
    /// Checks a callback against its transaction and yields the code.
    pub fn check_callback(
        &self,
        transaction: &Transaction,
        callback: &Callback,
        now: Timestamp,
        checks: Checks<'_>,
    ) -> Result<Secret, FinishError> {
        self.check_transaction(transaction, callback, now, checks)?;
        self.check_iss(callback, checks)?;
        let params = &callback.0;
        let token = ["access_token", "id_token", "token"].into_iter().find(|name| params.find(name).is_some());
        checks.require(&rules::NO_TOKEN_IN_URL, token.is_none(), || {
            format!("{} came; use response_type=code only", quote(token.unwrap_or_default()))
        })?;
        if let Some(error) = params.find("error") {
            let text = countersign_protocol::error::description_text;
            let description = params.find("error_description").map(text);
            let trace_id = params.find("countersign_trace_id").map(text);
            let (endpoint, error) = ("authorization", text(error));
            return Err(FinishError::Denied(ProviderError { endpoint, error, description, trace_id }));
        }
        Ok(checks.some(&rules::CODE_PRESENT, params.find_secret("code"), || {
            "Neither came; is this address the redirect URI of another flow?".to_owned()
        })?)
    }

    fn check_transaction(
        &self,
        transaction: &Transaction,
        callback: &Callback,
        now: Timestamp,
        checks: Checks<'_>,
    ) -> Result<(), Refusal> {
        checks.require(&rules::STATE_MATCHES, transaction.has_state(callback.state()), || match callback.state() {
            "" => "No state came; the link was not made by this client, or something on the way cut it off".to_owned(),
            _ => "Another state came; the link belongs to another sign-in, or was forged".to_owned(),
        })?;
        let ours = transaction.issuer == self.metadata.issuer() && transaction.client_id == self.client_id();
        checks.require(&rules::TRANSACTION_OURS, ours, || {
            let (issuer, client) = (quote(&transaction.issuer), quote(&transaction.client_id));
            format!("It was begun by {client} at {issuer}; give each provider a redirect URI of its own")
        })?;
        checks.require(&rules::TRANSACTION_FRESH, now < transaction.expires, || {
            let late = now.secs_since(transaction.expires);
            format!("It expired {late} s ago; begin again")
        })
    }

    /// RFC 9207 §2.4: byte for byte; required where it was promised; errors are no exception.
    fn check_iss(&self, callback: &Callback, checks: Checks<'_>) -> Result<(), Refusal> {
        let expected = self.metadata.issuer();
        let Some(iss) = callback.0.find("iss") else {
            let promised = self.metadata.document().authorization_response_iss_parameter_supported;
            return checks.require(&rules::ISS_PRESENT, !promised, || {
                format!("Expected {}; the answer may come from somebody else", quote(expected))
            });
        };
        checks.require(&rules::ISS_MATCHES, iss == expected, || {
            let (expected, found) = (quote(expected), quote(iss));
            format!("Expected {expected}, got {found}; the answer of another provider must not be used here")
        })
    }
}
