//! `/explore/api/runs`: begin one, let the held message go, let all go, cancel.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::StatusCode;

use super::{
    api::read,
    reply::{bad, error, not_found},
};
use crate::{
    Explorer,
    exchange::RunId,
    perform::{self, NotBegun},
};

/// `POST /explore/api/runs`.
pub(crate) async fn begin(State(explorer): State<Arc<Explorer>>, body: Bytes) -> Response {
    let wanted = match read(&body) {
        Ok(wanted) => wanted,
        Err(why) => return bad(why),
    };
    match perform::begin(&explorer, wanted) {
        Ok(run) => (StatusCode::CREATED, Json(run)).into_response(),
        Err(NotBegun::Unknown(why)) => bad(why),
        Err(NotBegun::Busy(other)) => error(
            StatusCode::CONFLICT,
            "busy",
            format!("Another run, {other}, is not over. Finish or cancel it first."),
        ),
    }
}

/// `POST /explore/api/runs/{id}/{what}`.
pub(crate) async fn command(
    State(explorer): State<Arc<Explorer>>,
    Path((id, what)): Path<(String, String)>,
) -> Response {
    let Some(id) = RunId::parse(&id).filter(|id| explorer.watch.runs.find(*id).is_some()) else {
        return not_found("No run of that name is remembered.");
    };
    if explorer.watch.runs.current() != Some(id) {
        return error(StatusCode::CONFLICT, "over", "This run is over.");
    }
    match what.as_str() {
        "next" => explorer.watch.gate.next(id),
        "finish" => explorer.watch.gate.open(id),
        "cancel" => explorer.watch.end_run(id, Some("It was cancelled.".to_owned())),
        _ => return not_found("A run takes next, finish and cancel."),
    }
    StatusCode::NO_CONTENT.into_response()
}
