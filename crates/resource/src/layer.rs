//! The tower layer: no request passes without a good access token, whatever its method.
//!
//! A CORS preflight carries no token by design (Fetch standard, CORS-preflight fetch), so it is refused here like
//! anything else; the CORS layer belongs outside, where it answers preflights and makes refusals readable. Letting
//! through what looks like a preflight would open every handler that serves OPTIONS to whoever adds two headers.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION};
use http::request;
use tower_layer::Layer;
use tower_service::Service;

use crate::challenge::{Rejection, misconfigured};
use crate::rules::HEADER_ONLY;
use crate::{AccessClaims, Checks, ResourceServer, Verified};

/// The layer of [`ResourceServer::layer`].
#[derive(Debug, Clone)]
pub struct Authorize(ResourceServer);

/// The service of [`Authorize`].
#[derive(Debug, Clone)]
pub struct Authorized<S> {
    server: ResourceServer,
    inner: S,
}

impl Authorize {
    pub(crate) const fn new(server: ResourceServer) -> Self {
        Self(server)
    }
}

impl<S> Layer<S> for Authorize {
    type Service = Authorized<S>;

    fn layer(&self, inner: S) -> Authorized<S> {
        Authorized { server: self.0.clone(), inner }
    }
}

/// A future on the heap, as every tower service with an `async` body has.
pub(crate) type Answer<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<S> Service<Request> for Authorized<S>
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
        let server = self.server.clone();
        // The clone has not been polled ready; the one that has must serve this request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let mut checks = Checks::default();
            let mut response = match server.authenticate_recording(&parts.headers, &mut checks).await {
                Ok(verified) => {
                    admit(&mut parts, server, verified);
                    inner.call(Request::from_parts(parts, body)).await?.into_response()
                }
                Err(rejection) => {
                    hint(&parts, &rejection);
                    server.response(&rejection)
                }
            };
            checks.attach(&mut response);
            Ok(response)
        })
    }
}

/// Hands the claims to the inside, and takes the token away: a handler that can't see it can't pass it on to another
/// API or to a log (RFC 9700 §4.9.3).
fn admit(parts: &mut request::Parts, server: ResourceServer, verified: Verified<AccessClaims>) {
    if server.0.keep_authorization_header {
        if let Some(value) = parts.headers.get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
    } else {
        parts.headers.remove(AUTHORIZATION);
    }
    parts.extensions.insert(verified);
    parts.extensions.insert(server);
}

fn hint(parts: &request::Parts, rejection: &Rejection) {
    let preflight = parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if preflight && matches!(rejection, Rejection::Refused(refusal) if refusal.rule == &HEADER_ONLY) {
        tracing::warn!("a CORS preflight came to the resource server's layer: put the CORS layer outside of it");
    }
}

/// What [`ResourceServer::layer`] found out about the request. Outside of that layer it is the application's mistake,
/// and a 500: better than a handler that takes a stranger for a user.
impl<S: Sync> FromRequestParts<S> for Verified<AccessClaims> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut request::Parts, _state: &S) -> Result<Self, Response> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| misconfigured("a handler asks for claims outside of ResourceServer::layer"))
    }
}
