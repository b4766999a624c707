//! The tokens of one signed-in user, renewed ahead of expiry, by one refresh at a time.
//!
//! Parallel refreshes with one refresh token look like theft to a provider, and a new refresh token that is lost ends
//! the session (OAuth 2.1 §4.3.1). So a refresh is shared by all who wait, goes on when they stop waiting, and keeps
//! the new refresh token before it does anything that could fail.

use std::sync::{Arc, Mutex};

use countersign_protocol::{ErrorCode, Refusal, Secret};
use futures_util::FutureExt;

use crate::client::Client;
use crate::error::{CallError, ProviderError};
use crate::id_token::{Expected, IdToken};
use crate::revocation::TokenKind;
use crate::single_flight::{Outcome, SingleFlight, lock};
use crate::token::{TokenReply, Tokens};

/// Why there is no access token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefreshError {
    /// The session is over; only a new sign-in helps.
    #[error("the user has to sign in again: {0}")]
    SignInAgain(Ended),
    /// The refresh failed for now; the refresh token is kept, and the next call tries again.
    #[error(transparent)]
    Failed(#[from] CallError),
}

/// What ended a session.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Ended {
    /// The access token is of no use any longer, and nothing can renew it. Many providers issue refresh tokens only for
    /// the scope `offline_access`.
    #[error("there is no refresh token")]
    NoRefreshToken,
    /// The provider said `invalid_grant`: revoked, expired, or used by somebody else.
    #[error(transparent)]
    Refused(ProviderError),
    /// The refresh yielded an ID token that failed a check; that of another user, for example.
    #[error(transparent)]
    BadIdToken(Refusal),
    /// [`TokenKeeper::revoke`] was called.
    #[error("the tokens were revoked")]
    Revoked,
}

/// Keeps tokens fresh. Cheap to clone; all clones share the tokens.
#[derive(Clone)]
pub struct TokenKeeper {
    session: Arc<Session>,
    flight: Arc<SingleFlight>,
}

struct Session {
    client: Client,
    /// The ID token of the sign-in, to which that of each refresh is compared. Not the newest: a refresh may leave claims
    /// out, and a later one must not bring back others.
    original: Option<IdToken>,
    held: Mutex<Held>,
    store: Box<dyn Fn(&Tokens) + Send + Sync>,
}

struct Held {
    tokens: Tokens,
    ended: Option<Ended>,
}

/// What a caller can't do with.
enum Unwanted<'a> {
    /// A token that is about to end.
    Due,
    /// This very token.
    This(&'a Secret),
}

impl TokenKeeper {
    pub(crate) fn new(client: Client, tokens: Tokens, store: Box<dyn Fn(&Tokens) + Send + Sync>) -> Self {
        let original = tokens.id_token.clone();
        let held = Mutex::new(Held { tokens, ended: None });
        Self { session: Arc::new(Session { client, original, held, store }), flight: Arc::default() }
    }

    /// The tokens as they are now.
    pub fn tokens(&self) -> Tokens {
        lock(&self.session.held).tokens.clone()
    }

    /// An access token that is good for a while yet; refreshes if need be. If that fails for now, but the old access
    /// token is still good, it is returned.
    pub async fn access_token(&self) -> Result<Secret, RefreshError> {
        self.other_than(Unwanted::Due).await
    }

    /// For a resource server that answered 401: an access token other than the one that it did not like.
    pub async fn replace(&self, rejected: &Secret) -> Result<Secret, RefreshError> {
        self.other_than(Unwanted::This(rejected)).await
    }

    /// Revokes the tokens at the provider and renews them no more. If it fails they live on there: call it again.
    pub async fn revoke(&self) -> Result<(), CallError> {
        if let Ok(run) = self.flight.join(|| Err(())) {
            // However it ends, what is held afterwards is what there is to revoke.
            let _ = run.await;
        }
        let tokens = {
            let mut held = lock(&self.session.held);
            held.ended = Some(Ended::Revoked);
            held.tokens.clone()
        };
        match tokens.refresh_token {
            Some(token) => self.session.client.revoke(&token, TokenKind::Refresh).await,
            None => self.session.client.revoke(&tokens.access_token.secret, TokenKind::Access).await,
        }
    }

    async fn other_than(&self, unwanted: Unwanted<'_>) -> Result<Secret, RefreshError> {
        let session = &self.session;
        let run = self.flight.join(|| {
            let held = lock(&session.held);
            let wanted = held.ended.is_none() && session.must_go(&held, &unwanted);
            let refresh_token = held.tokens.refresh_token.clone().filter(|_| wanted).ok_or(())?;
            let refresh = Arc::clone(session).refresh(refresh_token).boxed();
            Ok(session.client.edge().beside(refresh))
        });
        let ran = run.is_ok();
        let outcome = match run {
            Ok(run) => run.await,
            Err(()) => Ok(()),
        };
        let held = lock(&session.held);
        if let Some(ended) = &held.ended {
            return Err(RefreshError::SignInAgain(ended.clone()));
        }
        let token = &held.tokens.access_token;
        let usable = match &unwanted {
            Unwanted::Due => token.is_valid(session.client.time()) || (ran && outcome.is_ok()),
            Unwanted::This(rejected) => token.secret != **rejected,
        };
        match outcome {
            _ if usable => Ok(token.secret.clone()),
            Err(error) => Err(error.into()),
            Ok(()) => Err(RefreshError::SignInAgain(Ended::NoRefreshToken)),
        }
    }
}

impl Session {
    fn must_go(&self, held: &Held, unwanted: &Unwanted<'_>) -> bool {
        match unwanted {
            Unwanted::Due => held.tokens.access_token.is_due(self.client.time()),
            Unwanted::This(rejected) => held.tokens.access_token.secret == **rejected,
        }
    }

    /// One refresh, with one more attempt if no reply came: a provider that rotates by proof of receipt answers the
    /// same refresh token with the same successor, and with any other the session is lost either way.
    async fn refresh(self: Arc<Self>, refresh_token: Secret) -> Outcome {
        let scope = lock(&self.held).tokens.access_token.scope.clone();
        let request = || self.client.now(|now| self.client.core().refresh_request(&refresh_token, now));
        let mut outcome = self.client.token_reply(request()?, &scope).await;
        if let Err(CallError::Transport(_)) = outcome {
            outcome = self.client.token_reply(request()?, &scope).await;
        }
        match outcome {
            Ok(reply) => self.accept(reply).await,
            Err(CallError::Refused(error)) if error.is(ErrorCode::InvalidGrant) => {
                self.end(Ended::Refused(error));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn accept(&self, reply: TokenReply) -> Outcome {
        if let Some(successor) = reply.refresh_token {
            lock(&self.held).tokens.refresh_token = Some(successor);
        }
        let mut id_token = None;
        if let (Some(original), Some(raw)) = (&self.original, reply.id_token) {
            let expected = Expected::from_refresh(&reply.access_token, original.claims());
            match self.client.verify_id_token(raw, expected).await {
                Ok(newer) => id_token = Some(newer),
                Err(CallError::Check(refusal)) => {
                    self.end(Ended::BadIdToken(refusal));
                    return Ok(());
                }
                // Keys that can't be fetched just now: the ID token of the sign-in still says who it is.
                Err(_) => {}
            }
        }
        let tokens = {
            let mut held = lock(&self.held);
            held.tokens.access_token = reply.access_token;
            if id_token.is_some() {
                held.tokens.id_token = id_token;
            }
            held.tokens.clone()
        };
        (self.store)(&tokens);
        Ok(())
    }

    fn end(&self, ended: Ended) {
        lock(&self.held).ended = Some(ended);
    }
}

impl std::fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeeper").field("tokens", &self.tokens()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
