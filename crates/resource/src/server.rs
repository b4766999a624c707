//! [`ResourceServer`]: a [`Verifier`] with its keys or its authorization server at hand.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_jose::{JwkSet, Unverified};
use countersign_protocol::Rule;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::address::Address;
use crate::cached::Cached;
use crate::challenge::{Challenger, Rejection};
use crate::clock::Clock;
use crate::discovery::Keys;
use crate::introspector::Introspector;
use crate::metadata::{ProtectedResourceMetadata, WELL_KNOWN};
use crate::{AccessClaims, Authorize, Builder, Checks, Verified, Verifier, bearer};

/// Sees every check of every request.
pub(crate) type Observer = Arc<dyn Fn(&'static Rule, bool) + Send + Sync>;

/// One API and the authorization server that it trusts. Cheap to clone; clones share keys and cache.
#[derive(Clone)]
pub struct ResourceServer(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) verifier: Verifier,
    pub(crate) tokens: Tokens,
    pub(crate) resource: Address,
    pub(crate) challenger: Challenger,
    pub(crate) metadata: ProtectedResourceMetadata,
    pub(crate) clock: Clock,
    pub(crate) observer: Option<Observer>,
    pub(crate) keep_authorization_header: bool,
}

/// How tokens are checked.
pub(crate) enum Tokens {
    /// Here, with the issuer's keys (RFC 9068).
    Jwt(Cached<Keys>),
    /// By the authorization server (RFC 7662).
    Introspected(Box<Introspector>),
}

impl ResourceServer {
    /// Begins with the API's own URL, exactly as clients write it in `resource` and tokens in `aud`, and the issuer
    /// identifier of its authorization server.
    pub fn builder(resource: impl Into<String>, issuer: impl Into<String>) -> Builder {
        Builder::new(resource.into(), issuer.into())
    }

    /// The layer that lets nothing through without a good access token.
    pub fn layer(&self) -> Authorize {
        Authorize::new(self.clone())
    }

    /// Checks the token of a request, for servers other than axum. [`response`](Self::response) writes the refusal.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Verified<AccessClaims>, Rejection> {
        self.authenticate_recording(headers, &mut Checks::default()).await
    }

    /// The response that tells a client why (RFC 6750 §3).
    pub fn response(&self, rejection: &Rejection) -> Response {
        self.0.challenger.response(rejection)
    }

    /// The metadata document (RFC 9728 §2).
    pub fn metadata(&self) -> &ProtectedResourceMetadata {
        &self.0.metadata
    }

    /// Serves the metadata document at its well-known path (RFC 9728 §3.1). It is public: merge it outside of
    /// [`layer`](Self::layer), at the root of the host.
    pub fn metadata_router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        // Strings and lists of strings always have a JSON form.
        let body = Bytes::from(serde_json::to_vec(&self.0.metadata).unwrap_or_default());
        let document = move || async move { ([(CONTENT_TYPE, "application/json")], body).into_response() };
        // An API's path may hold segments that would have been parameters in axum 0.7.
        Router::new().without_v07_checks().route(&self.0.resource.well_known_path(WELL_KNOWN), get(document))
    }

    pub(crate) async fn authenticate_recording(
        &self,
        headers: &HeaderMap,
        checks: &mut Checks,
    ) -> Result<Verified<AccessClaims>, Rejection> {
        let outcome = self.decide(headers, checks).await;
        self.0.observe(checks);
        outcome
    }

    async fn decide(&self, headers: &HeaderMap, checks: &mut Checks) -> Result<Verified<AccessClaims>, Rejection> {
        let Parts { verifier, tokens, clock, .. } = self.0.as_ref();
        let token = bearer::read(headers, checks)?;
        // The time is read after the waiting: a token may have expired meanwhile.
        match tokens {
            Tokens::Jwt(cached) => {
                let token = Verifier::read_jwt(token, checks)?;
                let mut keys = cached.current().await?;
                if !may_know(&keys, &token) {
                    keys = cached.newer(&keys).await?;
                }
                Ok(verifier.jwt(token, &keys, clock(), checks)?)
            }
            Tokens::Introspected(introspector) => {
                let answer = introspector.ask(token).await?;
                Ok(verifier.introspected(token, &answer, clock(), checks)?)
            }
        }
    }
}

impl Parts {
    pub(crate) fn observe(&self, checks: &Checks) {
        if let Some(observer) = &self.observer {
            checks.iter().for_each(|check| observer(check.rule, check.ok));
        }
    }
}

/// Whether these keys can settle the matter. An issuer that names no keys may have changed one silently, so there the
/// signature itself must tell.
fn may_know(keys: &JwkSet, token: &Unverified<'_>) -> bool {
    match token.kid() {
        Some(kid) => keys.keys().iter().any(|key| key.kid() == Some(kid)),
        None => token.clone().verify(keys).is_ok(),
    }
}

impl fmt::Debug for ResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServer")
            .field("verifier", &self.0.verifier)
            .field("metadata", &self.0.metadata)
            .finish_non_exhaustive()
    }
}
