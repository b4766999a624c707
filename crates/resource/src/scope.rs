//! Scopes per route (RFC 6750 §3.1): a layer for the inside of [`ResourceServer::layer`](crate::ResourceServer::layer).

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use countersign_protocol::{Scope, ScopeSet};
use tower_layer::Layer;
use tower_service::Service;

use crate::challenge::{Rejection, misconfigured};
use crate::layer::Answer;
use crate::rules::SCOPE;
use crate::{AccessClaims, Checks, ResourceServer, Verified};

/// Requires one scope: `get(list).layer(require_scope("read:files"))`.
///
/// Text that is no scope token (RFC 6749 §3.3) lets nothing through: every request gets 500, and the log says why.
pub fn require_scope(scope: &str) -> RequireScope {
    require_scopes([scope])
}

/// Requires every one of these scopes. A client that lacks some is told all of them, so that it can ask for what it has
/// and what it needs in one step-up.
///
/// Fails closed, as [`require_scope`] does, when one is no scope token or when there is none.
pub fn require_scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> RequireScope {
    let needed: Option<ScopeSet> = scopes.into_iter().map(|scope| Scope::parse(scope).ok()).collect();
    RequireScope(needed.filter(|needed| !needed.is_empty()).map(Arc::new))
}

/// The layer of [`require_scope`].
#[derive(Debug, Clone)]
pub struct RequireScope(Option<Arc<ScopeSet>>);

/// The service of [`RequireScope`].
#[derive(Debug, Clone)]
pub struct ScopeRequired<S> {
    needed: Option<Arc<ScopeSet>>,
    inner: S,
}

impl<S> Layer<S> for RequireScope {
    type Service = ScopeRequired<S>;

    fn layer(&self, inner: S) -> ScopeRequired<S> {
        ScopeRequired { needed: self.0.clone(), inner }
    }
}

impl<S> Service<Request> for ScopeRequired<S>
where
    S: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let needed = self.needed.clone();
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let mut checks = Checks::default();
            let mut response = match admit(needed.as_deref(), &request, &mut checks) {
                Ok(()) => inner.call(request).await?.into_response(),
                Err(refusal) => *refusal,
            };
            checks.attach(&mut response);
            Ok(response)
        })
    }
}

fn admit(needed: Option<&ScopeSet>, request: &Request, checks: &mut Checks) -> Result<(), Box<Response>> {
    let extensions = request.extensions();
    let Some(needed) = needed else {
        return Err(Box::new(misconfigured("require_scope was given no scope token")));
    };
    let (Some(claims), Some(server)) = (extensions.get::<Verified<AccessClaims>>(), extensions.get::<ResourceServer>())
    else {
        return Err(Box::new(misconfigured("require_scope is used outside of ResourceServer::layer")));
    };
    let outcome = checks.require_or(&SCOPE, needed.is_subset(&claims.scope), || {
        format!("It needs: {needed}; the token has: {}", claims.scope)
    });
    server.0.observe(checks);
    outcome.map_err(|refusal| {
        let needed = needed.clone();
        Box::new(server.response(&Rejection::InsufficientScope { refusal, needed }))
    })
}
