//! Sprig, the single-page application: a public client whose code runs in the browser (OAuth 2.1 §2.1), in plain ES
//! modules. This server hands out files and knows no token.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::clients::SCOPE;
use crate::site::{Asset, Site, asset, origin};

/// Where the provider sends the browser back to. The page there is the application itself.
pub(crate) const CALLBACK: &str = "/callback";

const SCRIPT: &str = "text/javascript; charset=utf-8";

const PAGE: &str = include_str!("../spa/index.html");

const ASSETS: [Asset; 7] = [
    ("app.js", SCRIPT, include_str!("../spa/app.js")),
    ("errors.js", SCRIPT, include_str!("../spa/errors.js")),
    ("session.js", SCRIPT, include_str!("../spa/session.js")),
    ("view.js", SCRIPT, include_str!("../spa/view.js")),
    ("oauth4webapi.js", SCRIPT, include_str!("../spa/vendor/oauth4webapi.js")),
    ("sprig.css", "text/css; charset=utf-8", include_str!("../spa/sprig.css")),
    ("sprig.svg", "image/svg+xml", include_str!("../spa/sprig.svg")),
];

/// What the single-page application has to know. All of it is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaConfig {
    /// The authorization server.
    pub issuer: String,
    /// Its client identifier there.
    pub client_id: String,
    /// Its own address, without a slash at the end.
    pub base_url: String,
    /// The resource server.
    pub api_url: String,
}

/// `GET /config.json`.
#[derive(Debug, Clone, Serialize)]
struct Settings {
    issuer: String,
    client_id: String,
    redirect_uri: String,
    api: String,
    scope: &'static str,
}

/// Its routes.
pub fn router(config: SpaConfig) -> Router {
    let (issuer, api) = (origin(&config.issuer), origin(&config.api_url));
    // Tokens are in this page's memory: no script but its own, no connection but to the two servers that it needs, and
    // no text that could turn into markup (Trusted Types).
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {issuer} {api}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
    );
    let site = Site { only_at: Some(config.base_url.clone()), policy, patience: None };
    let settings = Settings {
        redirect_uri: format!("{}{CALLBACK}", config.base_url),
        issuer: config.issuer,
        client_id: config.client_id,
        api: config.api_url,
        scope: SCOPE,
    };
    let router = Router::new()
        .route("/", get(application))
        .route(CALLBACK, get(application))
        .route("/config.json", get(move || async move { Json(settings) }))
        .route("/assets/{name}", get(|Path(name): Path<String>| async move { asset(&ASSETS, &name) }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "There is nothing at this address.\n") });
    site.around(router)
}

async fn application() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}
