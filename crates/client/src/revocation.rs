//! Revocation (RFC 7009): the client gives back what it no longer needs.

use countersign_protocol::{Refusal, Secret};
use http::StatusCode;

use crate::check::Checks;
use crate::error::{CallError, ProviderError};
use crate::rules;
use crate::sans_io::{Core, Now};
use crate::wire::{Request, Response};

/// Which kind of token it is; a hint, so that the provider finds it faster (RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `access_token`.
    Access,
    /// `refresh_token`. Revoking it ends the access tokens that came of it too (RFC 7009 §2.1).
    Refresh,
}

impl Core {
    /// The request that revokes a token.
    pub fn revocation_request(&self, token: &Secret, kind: TokenKind, now: &mut Now<'_>) -> Result<Request, CallError> {
        let endpoint = self.metadata.needed("revocation_endpoint", self.metadata.revocation.as_ref(), now.checks)?;
        let hint = match kind {
            TokenKind::Access => "access_token",
            TokenKind::Refresh => "refresh_token",
        };
        self.authenticated(endpoint, vec![("token", token.expose()), ("token_type_hint", hint)], now)
    }
}

/// Reads the reply: status 200 means that the token is dead, whether or not it ever lived (RFC 7009 §2.2).
pub fn read(response: &Response, checks: Checks<'_>) -> Result<(), CallError> {
    if let Some(error) = ProviderError::read("revocation", response) {
        return Err(error.into());
    }
    let status = response.status();
    checks
        .require(&rules::REVOKED, status == StatusCode::OK, || format!("Status {} came; try again", status.as_u16()))?;
    Ok(())
}

impl Core {
    /// Where to send the browser to sign out at the provider too (OpenID Connect RP-Initiated Logout 1.0 §2).
    ///
    /// End your own session first: the user may never come back from there. `state` comes back with the redirect.
    pub fn logout_url(
        &self,
        id_token_hint: Option<&Secret>,
        back: Option<(&str, &str)>,
        checks: Checks<'_>,
    ) -> Result<String, Refusal> {
        let endpoint = self.metadata.needed("end_session_endpoint", self.metadata.end_session.as_ref(), checks)?;
        let mut pairs = vec![("client_id", self.client_id())];
        pairs.extend(id_token_hint.map(|token| ("id_token_hint", token.expose())));
        pairs.extend(back.into_iter().flat_map(|(uri, state)| [("post_logout_redirect_uri", uri), ("state", state)]));
        Ok(countersign_protocol::params::append_query(endpoint.as_str(), pairs))
    }
}
