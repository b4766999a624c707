//! The front page, assets, and addresses that do not exist.

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::page;
use crate::{pages, realm::App};

/// `GET /`.
pub async fn home(State(realm): State<App>) -> Response {
    page::home(&realm)
}

/// `GET /assets/{name}`: names carry a hash of the content, so they may be kept for ever.
pub async fn asset(Path(name): Path<String>) -> Response {
    match pages::asset(&format!("/assets/{name}")) {
        Some((kind, bytes)) => {
            let cache = "public, max-age=31536000, immutable";
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], bytes).into_response()
        }
        None => (StatusCode::NOT_FOUND, "no such asset\n").into_response(),
    }
}

/// An address that exists, with a method that it does not take.
pub async fn wrong_method(State(realm): State<App>) -> Response {
    page::wrong_method(&realm)
}

/// Any other address.
pub async fn not_found(State(realm): State<App>) -> Response {
    page::not_found(&realm)
}
