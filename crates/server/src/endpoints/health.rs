//! `GET /healthz` (the process lives) and `GET /readyz` (it can do its work: store and keys are there).

use axum::{extract::State, http::StatusCode};
use countersign_engine::keys::ALGORITHMS;

use crate::realm::App;

/// The process lives.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work.
pub async fn readyz(State(realm): State<App>) -> (StatusCode, &'static str) {
    let keys = realm.keys.load();
    if !ALGORITHMS.iter().all(|algorithm| keys.signing(*algorithm).is_ok()) {
        return (StatusCode::SERVICE_UNAVAILABLE, "no signing keys\n");
    }
    match realm.store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "store not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "store not ready\n")
        }
    }
}
