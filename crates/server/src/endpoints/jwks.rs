//! `GET /jwks`: the public keys (RFC 7517 §5).

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::realm::App;

/// How long verifiers may keep the document: shorter than a key is published before it signs.
const CACHE: &str = "public, max-age=300, must-revalidate";

/// The endpoint.
pub async fn jwks(State(realm): State<App>) -> Response {
    let document = realm.keys.load().jwks().to_owned();
    ([(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, CACHE)], document).into_response()
}
