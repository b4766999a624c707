//! Traces for an administrator: for one client and a limited time, every reply is written to the log as one line of
//! JSON, in the form of the inspector's exchanges, so that the inspector can be asked what is wrong.
//!
//! Off unless `countersign client trace` turned it on. A line holds rules, outcomes and public parameters; what opens
//! something or is about somebody is not in it, and no answer's body is.

mod line;
mod public;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwap;
use axum::{extract::Request, middleware::Next, response::Response};
use countersign_engine::records::Once;
use countersign_protocol::{ClientId, Timestamp, params};
use countersign_store::Page;

use crate::{body, edge::Stopwatch, observed::Observed, realm::Realm, reply::Failure};
use line::Seen;

/// What the lines go by in the log.
pub const TARGET: &str = "countersign::trace";
/// Most clients that are traced at once.
pub const MOST: usize = 100;

/// Which clients are traced.
#[derive(Debug, Default)]
pub struct Traces {
    until: ArcSwap<BTreeMap<ClientId, Timestamp>>,
    lines: AtomicU64,
}

impl Traces {
    fn is_on_for(&self, client: &str, now: Timestamp) -> bool {
        let until = self.until.load();
        ClientId::parse(client).is_ok_and(|client| until.get(&client).is_some_and(|until| now < *until))
    }
}

/// Looks up which clients are traced now.
pub async fn refresh(realm: &Realm) -> Result<(), Failure> {
    let page = Page { after: Some(Once::TRACED), limit: MOST };
    let rows = realm.store.scan::<Once>(page).await?;
    let traced = rows.iter().filter_map(|row| Some((row.traced()?, row.expires_at)));
    let until: BTreeMap<ClientId, Timestamp> = traced.collect();
    if **realm.traces.until.load() != until {
        let clients: Vec<&str> = until.keys().map(ClientId::as_str).collect();
        tracing::warn!(clients = clients.join(" "), "the clients that are traced have changed");
        realm.traces.until.store(until.into());
    }
    Ok(())
}

/// Runs a request, and writes its line if it is one of a traced client. While nobody is traced it costs one look.
pub async fn run(realm: &Realm, request: Request, next: Next) -> Response {
    if realm.traces.until.load().is_empty() {
        return next.run(request).await;
    }
    let (at, stopwatch) = (realm.now(), Stopwatch::start());
    let (parts, body) = request.into_parts();
    let read = body::read(body, params::MAX_BYTES).await;
    let seen = Seen::of(realm, &parts, &read.bytes);
    let response = next.run(Request::from_parts(parts, read.body)).await;
    let Some(observed) = response.extensions().get::<Observed>() else { return response };
    let client = observed.client.as_ref().map(ClientId::as_str).or(seen.client.as_deref());
    if client.is_some_and(|client| realm.traces.is_on_for(client, at)) {
        let id = realm.traces.lines.fetch_add(1, Ordering::Relaxed) + 1;
        let line = line::of((id, at, stopwatch.micros()), &seen, &response, observed);
        tracing::info!(target: TARGET, "traced {line}");
    }
    response
}
