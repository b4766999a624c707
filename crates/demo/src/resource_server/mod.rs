//! Rootcellar, the resource server: `GET /profile` (`read:profile`), `GET /files` and `GET /files/{name}`
//! (`read:files`), its metadata (RFC 9728), and a page that says what it is.
//!
//! It asks the authorization server about every token (RFC 7662), each time: what a user takes back on the account page
//! must be refused by the very next call, which no amount of looking at a signed token can tell.

mod shelf;

use axum::extract::Path;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use countersign_protocol::{ErrorBody, Secret, Ttl};
use countersign_resource::{AccessClaims, BuildError, ResourceServer, Verified, require_scope};
use tower_http::cors::{Any, CorsLayer};

use crate::clients::API_SCOPES;
use crate::edge::Edge;
use crate::site::{Asset, Site, asset, page};
use shelf::Shelf;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const ASSETS: [Asset; 2] = [
    ("rootcellar.css", "text/css; charset=utf-8", include_str!("../../static/rootcellar.css")),
    ("rootcellar.svg", "image/svg+xml", include_str!("../../static/rootcellar.svg")),
];

/// What the resource server has to know.
#[derive(Debug, Clone)]
pub struct ResourceServerConfig {
    /// The authorization server.
    pub issuer: String,
    /// Its own address, which tokens must have in `aud`.
    pub base_url: String,
    /// Its client identifier at the authorization server.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: Secret,
}

/// Its routes. Nothing is fetched before the first token comes.
pub fn router(config: ResourceServerConfig, edge: &Edge) -> Result<Router, BuildError> {
    let mut api = ResourceServer::builder(config.base_url.as_str(), config.issuer.as_str())
        .scopes_supported(API_SCOPES)
        .resource_name("Rootcellar")
        .resource_documentation(format!("{}/", config.base_url))
        .introspect(&config.client_id, &config.client_secret)
        .introspection_cache(Ttl::secs(0))
        .fetch(edge.outgoing())
        .clock(edge.clock());
    if let Some(patience) = edge.patience() {
        api = api.introspection_patience(patience);
    }
    let api = api.build()?;
    // Any origin may call: there is no cookie that would speak for the user, only the token that the caller must have.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET])
        .allow_headers([AUTHORIZATION])
        .expose_headers([WWW_AUTHENTICATE, RETRY_AFTER])
        .max_age(std::time::Duration::from_hours(2));
    let guarded = Router::new()
        .route("/profile", get(profile).layer(require_scope("read:profile")))
        .route("/files", get(files).layer(require_scope("read:files")))
        .route("/files/{name}", get(file).layer(require_scope("read:files")))
        .layer(api.layer());
    let home = Home { issuer: config.issuer, base_url: config.base_url };
    let router = Router::new()
        .route("/", get(move || async move { page(StatusCode::OK, &home) }))
        .route("/assets/{name}", get(|Path(name): Path<String>| async move { asset(&ASSETS, &name) }))
        .merge(guarded)
        .merge(api.metadata_router())
        .fallback(|| async { not_found("There is nothing at this address.") })
        .layer(cors);
    Ok(Site { only_at: None, policy: POLICY.to_owned(), patience: edge.patience() }.around(router))
}

async fn profile(claims: Verified<AccessClaims>) -> Response {
    Json(Shelf::of(&claims.subject).profile()).into_response()
}

async fn files(claims: Verified<AccessClaims>) -> Response {
    Json(serde_json::json!({ "files": Shelf::of(&claims.subject).list() })).into_response()
}

async fn file(claims: Verified<AccessClaims>, Path(name): Path<String>) -> Response {
    match Shelf::of(&claims.subject).file(&name) {
        Some(file) => Json(file).into_response(),
        None => not_found("There is no file of that name on this shelf."),
    }
}

fn not_found(description: &str) -> Response {
    let body =
        ErrorBody { error: "not_found".to_owned(), error_description: Some(description.to_owned()), trace_id: None };
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

#[derive(Clone, askama::Template)]
#[template(path = "rootcellar.html")]
struct Home {
    issuer: String,
    base_url: String,
}
