//! Fernbook, the web application: a confidential client with a server of its own (OAuth 2.1 §2.1). Its tokens never
//! leave that server; the browser has a cookie and nothing else. Works without JavaScript.

mod actions;
mod api;
mod cookies;
mod history;
mod initiated;
mod login;
mod logout;
mod notebook;
mod page;
mod provider;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use countersign_client::TransactionStore;
use countersign_protocol::Secret;

use crate::edge::Edge;
use crate::site::{Asset, Site, asset, origin};
use api::Api;
pub(crate) use logout::LOGGED_OUT;
use provider::Clients;
use session::Sessions;

/// Where the provider sends the browser back to.
pub(crate) const CALLBACK: &str = "/callback";
/// The same, for the sign-in without PKCE: a client of its own needs a redirect URI of its own.
pub(crate) const LEGACY_CALLBACK: &str = "/callback/legacy";
/// Where anybody may send a user to sign in (OpenID Connect Core §4); the account page's "Open the app" does.
pub(crate) const INITIATE: &str = "/initiate-login";
/// Where the provider says that a session has ended, from server to server.
pub(crate) const BACK_CHANNEL: &str = "/backchannel-logout";
/// The same, for the registration without PKCE.
pub(crate) const LEGACY_BACK_CHANNEL: &str = "/backchannel-logout/legacy";
/// The same in a frame of the browser.
pub(crate) const FRONT_CHANNEL: &str = "/frontchannel-logout";

/// What the pages may do. Logging out everywhere is a form whose answer leads to the provider, and browsers ask the policy
/// about that as well.
fn policy(issuer: &str) -> String {
    let provider = origin(issuer);
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {provider}; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

const ASSETS: [Asset; 2] = [
    ("fernbook.css", "text/css; charset=utf-8", include_str!("../../static/fernbook.css")),
    ("fernbook.svg", "image/svg+xml", include_str!("../../static/fernbook.svg")),
];

/// Most sign-ins under way at once.
const MAX_TRANSACTIONS: usize = 1000;

/// What the web application has to know. Secrets come in memory; none is read from a file or the environment here.
#[derive(Debug, Clone)]
pub struct WebAppConfig {
    /// The authorization server.
    pub issuer: String,
    /// Its client identifier there.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: Secret,
    /// Its own address, without a slash at the end.
    pub base_url: String,
    /// The resource server.
    pub api_url: String,
    /// A second registration for which PKCE is optional, to compare with; without it that choice is not offered.
    pub legacy: Option<LegacyClient>,
    /// Where the authorization server shows a flow step by step, if it does.
    pub explorer_url: Option<String>,
}

/// A registration for the older way: a secret, and no PKCE.
#[derive(Debug, Clone)]
pub struct LegacyClient {
    /// Its client identifier.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: Secret,
}

/// The application: its configuration and what it remembers.
struct WebApp {
    config: WebAppConfig,
    edge: Edge,
    clients: Clients,
    api: Api,
    transactions: TransactionStore,
    sessions: Sessions,
}

type App = Arc<WebApp>;

/// Its routes. The provider is asked for its metadata at the first sign-in, so the two may start in any order.
pub fn router(config: WebAppConfig, edge: &Edge) -> Router {
    let site =
        Site { only_at: Some(config.base_url.clone()), policy: policy(&config.issuer), patience: edge.patience() };
    let app = Arc::new(WebApp {
        clients: Clients::default(),
        api: Api::new(config.api_url.clone(), edge),
        transactions: TransactionStore::new(MAX_TRANSACTIONS),
        sessions: Sessions::default(),
        edge: edge.clone(),
        config,
    });
    let router = Router::new()
        .route("/", get(notebook::landing))
        .route("/login", get(login::login))
        .route(INITIATE, get(initiated::by_link).post(initiated::by_form))
        .route(CALLBACK, get(login::callback))
        .route(LEGACY_CALLBACK, get(login::legacy_callback))
        .route("/notebook", get(notebook::overview))
        .route("/notebook/{name}", get(notebook::sheet))
        .route("/refresh", post(actions::refresh))
        .route("/logout", post(logout::logout))
        .route(LOGGED_OUT, get(logout::logged_out))
        .route(BACK_CHANNEL, post(logout::back_channel))
        .route(LEGACY_BACK_CHANNEL, post(logout::legacy_back_channel))
        .route(FRONT_CHANNEL, get(logout::front_channel))
        .route("/assets/{name}", get(|Path(name): Path<String>| async move { asset(&ASSETS, &name) }))
        .fallback(notebook::not_found)
        .with_state(app);
    site.around(router)
}
