//! The tap: a tower service around the whole of a site. What it passes on is what came, byte for byte, and what it
//! returns is what the site answered; it only looks, and waits where a guided run says so.
//!
//! It sits outside of the site's own limits in time, so that a held message does not run into them.

use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Error, body::Body, extract::Request, response::Response};
use countersign_protocol::steps::Actor;
use countersign_resource::Checks;
use countersign_server::{
    body::{self, Read},
    edge::{Clock as _, Stopwatch},
    observed::Observed,
};
use futures_util::stream;
use http::response;
use tokio::time::sleep;
use tower_service::Service;

use crate::{
    capture, clues,
    exchange::{CheckSeen, Exchange, MAX_BODY, RefusedSeen, RunId, Side},
    hear::listen,
    site::Site,
    watch::Watch,
};

/// A site with a tap around it.
#[derive(Debug, Clone)]
pub(crate) struct Tap<S> {
    watch: Arc<Watch>,
    site: Site,
    inner: S,
}

impl<S> Tap<S> {
    /// Around that service.
    pub(crate) const fn new(watch: Arc<Watch>, site: Site, inner: S) -> Self {
        Self { watch, site, inner }
    }
}

impl<S> Service<Request> for Tap<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The clone has not been polled ready; the one that has must serve this request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let Some(endpoint) = self.site.endpoint(request.method(), request.uri().path()) else {
            return Box::pin(inner.call(request));
        };
        let (watch, site) = (Arc::clone(&self.watch), self.site);
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let read = body::read(body, MAX_BODY).await;
            let mut trip = Trip::begin(&watch, site, endpoint, capture::request(&parts, &read));
            trip.hold(Side::Request).await;
            trip.stopwatch = Stopwatch::start();
            trip.delay().await;
            let (response, heard) = listen(inner.call(Request::from_parts(parts, read.body))).await;
            trip.answer(response?, heard).await
        })
    }
}

/// A request on its way through the tap. Dropped before its end: nobody waits for the answer any more.
struct Trip<'w> {
    watch: &'w Watch,
    id: u64,
    run: Option<RunId>,
    endpoint: &'static str,
    refreshes: bool,
    stopwatch: Stopwatch,
    ended: bool,
}

impl<'w> Trip<'w> {
    fn begin(watch: &'w Watch, site: Site, endpoint: &'static str, seen: crate::exchange::RequestSeen) -> Self {
        let form = seen.body.text.as_deref().unwrap_or_default();
        let refreshes = endpoint == "token" && clues::find(form, "grant_type").as_deref() == Some("refresh_token");
        let begun = watch.recorder.begin(site, endpoint, watch.clock.now().millis(), seen);
        let run = begun.flow.and(begun.run);
        if let (Some(run), Some(flow)) = (run, begun.flow) {
            watch.runs.joined(run, flow);
        }
        Self { watch, id: begun.id, run, endpoint, refreshes, stopwatch: Stopwatch::start(), ended: false }
    }

    async fn hold(&self, side: Side) {
        // Whoever delivers a logout token waits for ten seconds and comes again later, with another token.
        if self.endpoint == "backchannel-logout" {
            return;
        }
        self.watch.gate.pass(self.id, self.run, side).await;
    }

    /// Makes the key set late, if it has to be.
    async fn delay(&self) {
        let delay = self.watch.faults.delay();
        if self.endpoint == "jwks" && !delay.is_zero() {
            tokio::select! {
                () = sleep(delay) => {}
                () = self.watch.closed() => {}
            }
        }
    }

    async fn answer(mut self, response: Response, heard: Vec<CheckSeen>) -> Result<Response, Infallible> {
        let (parts, body) = response.into_parts();
        let read = body::read_answer(body, MAX_BODY).await;
        let took = self.stopwatch.micros();
        let lost = self.refreshes && parts.status.is_success() && self.watch.faults.take_drop();
        let begun = self.watch.recorder.settle(self.id, |exchange| note(exchange, &parts, &read, heard));
        self.run = begun.run.filter(|_| begun.flow.is_some());
        self.hold(Side::Response).await;
        self.ended = true;
        let exchange = self.watch.recorder.update(self.id, |exchange| {
            exchange.took = Some(took);
            exchange.lost = lost;
        });
        self.watch.answered(exchange.as_deref());
        if lost {
            self.watch.tell_faults();
            return Ok(broken());
        }
        Ok(Response::from_parts(parts, read.body))
    }
}

impl Drop for Trip<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let took = self.stopwatch.micros();
            self.watch.recorder.update(self.id, |exchange| {
                exchange.took = Some(took);
                exchange.lost = true;
            });
        }
    }
}

fn note(exchange: &mut Exchange, parts: &response::Parts, read: &Read, heard: Vec<CheckSeen>) {
    exchange.response = Some(capture::response(parts, read));
    exchange.checks = heard;
    if let Some(checks) = parts.extensions.get::<Checks>() {
        let seen = checks.iter().map(|check| CheckSeen::new(check.rule, check.ok, Actor::ResourceServer));
        exchange.checks.extend(seen);
    }
    if let Some(observed) = parts.extensions.get::<Observed>() {
        let by = Actor::AuthorizationServer;
        exchange.checks.extend(observed.checks.iter().map(|check| CheckSeen::new(check.rule, check.ok, by)));
        exchange.engine_flow = observed.flow.as_ref().map(ToString::to_string);
        exchange.trace_id.clone_from(&observed.trace_id);
        exchange.client_id = observed.client.as_ref().map(ToString::to_string).or_else(|| exchange.client_id.take());
        exchange.refused = observed.refused.as_ref().map(RefusedSeen::from);
    } else {
        // The client and the resource server name no refusal; it is the check that they made last, and that failed.
        let failed = exchange.checks.last().filter(|check| !check.ok);
        exchange.refused = failed.map(|check| RefusedSeen { rule: check.rule, detail: None, aside: None });
    }
}

/// An answer that never arrives: its body fails before anything was sent, and the connection is closed.
fn broken() -> Response {
    Response::new(Body::from_stream(stream::iter([Err::<&[u8], _>(Error::new("the answer is lost, on purpose"))])))
}
