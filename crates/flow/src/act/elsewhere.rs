//! An authorization server that belongs to the thief (RFC 9700 §4.4): it knows its clients, leads their users on to the
//! real server, and takes whatever they send to its token endpoint.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    body::Bytes,
    extract::RawQuery,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use countersign_protocol::{Secret, params};
use serde_json::json;

use crate::{
    Trouble,
    app::{ClientApp, Registered},
    loopback::Loopback,
    message::{Exchange, Side},
    stage::discover,
    walk::Walk,
    wire::Pairs,
};

/// Under which name the client is registered at the thief's server.
const CLIENT: &str = "app-at-the-thiefs";
/// Its secret there, if it has one. It is worth nothing anywhere else.
const SECRET: &str = "known-to-the-thief";

/// A login that was begun at the thief's server.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// The client, which believes that it talks to the thief's server.
    pub(super) app: ClientApp,
    /// Where the browser was sent at last: the client's callback.
    pub(super) callback: String,
    received: Arc<Mutex<Pairs>>,
    _server: Loopback,
}

impl Elsewhere {
    /// The user begins a login there, is led on, signs in and approves at the real server.
    pub(super) async fn begin(walk: &Walk<'_>) -> Result<(Self, Vec<Exchange>), Trouble> {
        let (listener, issuer) = Loopback::bind().await?;
        let received = Arc::new(Mutex::new(Pairs::default()));
        let real = walk.stage.metadata.document().authorization_endpoint.clone();
        let router = router(&issuer, (real, walk.client.id.clone()), Arc::clone(&received));
        let server = Loopback::serve(listener, router);
        let metadata = discover(&walk.stage.wire, &issuer).await?;
        let secret = walk.client.secret.as_ref().map(|_| Secret::new(SECRET));
        let redirect_uri = walk.client.redirect_uri.clone();
        let client = Registered { id: CLIENT.to_owned(), secret, redirect_uri };
        let app = walk.stage.begin_at(&metadata, &client)?;
        let mut browser = walk.stage.browser();
        let first = browser.get(&app.url).await?;
        let visit = browser.sign_in(&walk.stage.user, &first, &client.redirect_uri).await?;
        let last = visit.last.ok_or_else(|| Trouble::new("the user was sent nowhere"))?;
        let callback = last.location().unwrap_or_default().to_owned();
        let exchanges = vec![Exchange::of(&first, Side::Both), Exchange::of(&last, Side::Both)];
        Ok((Self { app, callback, received, _server: server }, exchanges))
    }

    /// What came to the thief's token endpoint.
    pub(super) fn received(&self) -> Pairs {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The server: metadata, an authorization endpoint that leads on, a token endpoint that keeps what comes.
fn router(issuer: &str, (real, client_there): (String, String), received: Arc<Mutex<Pairs>>) -> Router {
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "subject_types_supported": ["public"],
    });
    let lead_on = move |RawQuery(query): RawQuery| async move {
        let mut pairs = Pairs::parse(query.unwrap_or_default().as_bytes());
        pairs.set("client_id", &client_there);
        let url = params::append_query(&real, pairs.iter());
        (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response()
    };
    let keep = move |form: Bytes| async move {
        *received.lock().unwrap_or_else(PoisonError::into_inner) = Pairs::parse(&form);
        Json(json!({"access_token": "made-up-by-the-thief", "token_type": "Bearer"})).into_response()
    };
    Router::new()
        .route("/.well-known/openid-configuration", get(|| async move { Json(document) }))
        .route("/authorize", get(lead_on))
        .route("/token", post(keep))
        .fallback(|| async { Response::new(axum::body::Body::empty()) })
}
