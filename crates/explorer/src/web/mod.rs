//! What the explorer answers, on the address of the authorization server: two pages with their files, the events, and the
//! buttons. For this computer only, and for these pages only.

mod api;
mod assets;
mod events;
mod files;
mod guard;
pub(crate) mod reply;
mod runs;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

pub(crate) use events::MOST_READERS;

use crate::Explorer;

/// The routes.
pub(crate) fn router(explorer: Arc<Explorer>) -> Router {
    let api = Router::new()
        .route("/events", get(events::stream))
        .route("/flows/{id}", get(api::flow))
        .route("/runs", post(runs::begin))
        .route("/runs/{id}/{what}", post(runs::command))
        .route("/faults", get(api::faults))
        .route("/faults/{name}", post(api::set_fault))
        .route("/clock", get(api::clock).post(api::advance))
        .route("/clear", post(api::clear))
        .fallback(reply::nothing_here)
        .method_not_allowed_fallback(reply::wrong_method)
        .layer(middleware::from_fn(guard::own_pages_only));
    Router::new()
        .route("/explore", get(assets::explore))
        .route("/inspect", get(assets::inspect))
        .route("/explore/assets/{*path}", get(assets::asset))
        .nest("/explore/api", api)
        .method_not_allowed_fallback(reply::wrong_method)
        .layer(middleware::from_fn(guard::this_computer_only))
        .with_state(explorer)
}
