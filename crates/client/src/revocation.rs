//! Revocation (RFC 7009): the client gives back what it no longer needs.

use countersign_protocol::Secret;
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
