//! `GET /jwks`: the public keys (RFC 7517 §5).

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::realm::App;

/// The endpoint.
pub async fn jwks(State(realm): State<App>) -> Response {
    let document = realm.keys.load().jwks().to_owned();
    // Shorter than a key is published before it signs: who keeps to it never meets an unknown key.
    let cache = format!("public, max-age={}, must-revalidate", realm.schedule.cached().as_secs());
    let kind = "application/jwk-set+json".to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], document).into_response()
}
