//! The buttons: faults, the clock, forgetting; and a flow as one document.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use countersign_protocol::Ttl;
use http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};

use super::reply::{bad, not_found};
use crate::{Explorer, exchange::Thread, powers::Consent, recording};

/// What `POST …/clock` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: u32,
}

/// What `POST …/faults/…` takes; nothing at all is fine.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    on: Option<bool>,
    seconds: Option<u32>,
    client_id: Option<String>,
    user: Option<String>,
}

/// How late the key set is, if nobody says.
const USUAL_DELAY: u32 = 10;

/// `GET /explore/api/flows/{id}`.
pub(crate) async fn flow(State(explorer): State<Arc<Explorer>>, Path(id): Path<String>) -> Response {
    let found = Thread::parse(&id).and_then(|thread| recording::of(&explorer, thread));
    found.map_or_else(|| not_found("No flow of that name is remembered."), |recording| Json(recording).into_response())
}

/// `GET /explore/api/clock`.
pub(crate) async fn clock(State(explorer): State<Arc<Explorer>>) -> Response {
    Json(explorer.watch.clock.moved()).into_response()
}

/// `POST /explore/api/clock`: the clock goes forward, for every site.
pub(crate) async fn advance(State(explorer): State<Arc<Explorer>>, body: Bytes) -> Response {
    let by: Advance = match read(&body) {
        Ok(by) => by,
        Err(why) => return bad(why),
    };
    explorer.watch.clock.advance(Ttl::secs(by.advance));
    explorer.watch.tell_clock();
    if let Err(failure) = explorer.powers.keys_of_now().await {
        tracing::error!(%failure, "the signing keys were not moved on after the clock was");
    }
    clock(State(explorer)).await
}

/// `GET /explore/api/faults`.
pub(crate) async fn faults(State(explorer): State<Arc<Explorer>>) -> Response {
    Json(explorer.watch.faults.state()).into_response()
}

/// `POST /explore/api/faults/{name}`.
pub(crate) async fn set_fault(
    State(explorer): State<Arc<Explorer>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    let fault: Fault = match read(if body.is_empty() { b"{}" } else { &body }) {
        Ok(fault) => fault,
        Err(why) => return bad(why),
    };
    let (watch, on) = (&explorer.watch, fault.on.unwrap_or(true));
    let done = match name.as_str() {
        "drop-next-refresh" => {
            watch.faults.drop_next_refresh(on);
            Ok(())
        }
        "delay-jwks" => {
            watch.faults.delay_jwks(if on { fault.seconds.unwrap_or(USUAL_DELAY) } else { 0 });
            Ok(())
        }
        "rotate-keys" => explorer.powers.rotate_keys().await,
        "revoke-consent" => explorer.powers.revoke(&Consent { client_id: fault.client_id, user: fault.user }).await,
        _ => return not_found("No fault has that name."),
    };
    match done {
        Ok(()) => {
            watch.tell_faults();
            faults(State(explorer)).await
        }
        Err(failure) => failure.into_response(),
    }
}

/// `POST /explore/api/clear`.
pub(crate) async fn clear(State(explorer): State<Arc<Explorer>>) -> StatusCode {
    explorer.watch.recorder.clear();
    StatusCode::NO_CONTENT
}

/// Reads the JSON of a request, or says what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("The body can't be read: {error}."))
}
