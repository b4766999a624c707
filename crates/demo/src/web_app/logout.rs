//! Signing out: here alone, at the provider too (OpenID Connect RP-Initiated Logout 1.0), and here because the provider
//! says that a session of it has ended, from server to server (Back-Channel Logout 1.0) or in a frame of the browser
//! (Front-Channel Logout 1.0).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_protocol::Params;

use super::actions::{is_ours, stale};
use super::notebook::signed_in;
use super::page::Message;
use super::provider::Variant;
use super::session::Session;
use super::{App, cookies};
use crate::site::{framed_by, see_other};

/// Where the browser comes back to.
pub(crate) const LOGGED_OUT: &str = "/logged-out";

/// `POST /logout`: ends the session here and gives the tokens back; with `everywhere`, the browser goes on to the
/// provider and ends its session there.
pub(super) async fn logout(State(app): State<App>, headers: HeaderMap, form: Bytes) -> Response {
    let Some((cookie, session)) = signed_in(&app, &headers) else { return see_other("/") };
    if !is_ours(&session, &form) {
        return stale(&app, &session);
    }
    let everywhere = Params::parse(&form).is_ok_and(|params| params.find("everywhere").is_some());
    let elsewhere = if everywhere { at_provider(&app, &session).await } else { None };
    if let Some(session) = app.sessions.close(&cookie) {
        give_back(session);
    }
    let mut response = see_other(elsewhere.as_deref().unwrap_or(LOGGED_OUT));
    cookies::clear(&mut response, cookies::SESSION);
    response
}

/// Where the provider signs the user out. `state` only joins the two halves: nothing is done when the browser is back.
async fn at_provider(app: &App, session: &Session) -> Option<String> {
    let client = app.client(variant(session.legacy)).await.ok()?;
    let (back, state) = (format!("{}{LOGGED_OUT}", app.config.base_url), app.edge.random());
    client.logout_url(session.id_token.as_ref(), Some((&back, state.expose()))).ok()
}

/// `POST /backchannel-logout`.
pub(super) async fn back_channel(State(app): State<App>, form: Bytes) -> Response {
    told_by_provider(&app, false, &form).await
}

/// `POST /backchannel-logout/legacy`.
pub(super) async fn legacy_back_channel(State(app): State<App>, form: Bytes) -> Response {
    told_by_provider(&app, true, &form).await
}

/// The answers are those of Back-Channel Logout §2.8. That there is no such session is no failure.
async fn told_by_provider(app: &App, legacy: bool, form: &[u8]) -> Response {
    let Ok(client) = app.client(variant(legacy)).await else { return StatusCode::BAD_GATEWAY.into_response() };
    match client.back_channel_logout(form).await {
        Ok(notice) => {
            let ended = app.sessions.close_all(notice.sub.as_deref(), notice.sid.as_deref());
            tracing::info!(sessions = ended.len(), "signed out by the provider");
            ended.into_iter().for_each(give_back);
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "a logout token was refused");
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

/// `GET /frontchannel-logout`: an empty page in a frame of the provider's. The cookie need not come along: `sid` says which
/// session ended, and only the provider and the apps of that session know it.
pub(super) async fn front_channel(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let Ok(client) = app.client(Variant::Pkce).await else { return StatusCode::BAD_GATEWAY.into_response() };
    let status = match client.front_channel_logout(&query.unwrap_or_default()) {
        Ok(Some(sid)) => {
            app.sessions.close_all(None, Some(&sid)).into_iter().for_each(give_back);
            StatusCode::OK
        }
        // Without a name of a session anybody could sign users out with a picture in a page.
        Ok(None) => StatusCode::BAD_REQUEST,
        Err(refusal) => {
            tracing::warn!(%refusal, "a front-channel logout was refused");
            StatusCode::BAD_REQUEST
        }
    };
    framed_by(&app.config.issuer, status)
}

/// `GET /logged-out`.
pub(super) async fn logged_out(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    // The provider sends `state` back; who logged out here alone comes without.
    let everywhere = query.is_some_and(|query| query.contains("state="));
    let text = if everywhere {
        "Fernbook has forgotten you and gave its tokens back, and Countersign has ended its session in this browser."
    } else {
        "Fernbook has forgotten you and gave its tokens back. You may still be signed in at Countersign itself; its account \
         page is where that ends."
    };
    let message = Message::new(&app, "You are logged out", text)
        .action("/login", "Log in again")
        .action("/login?ask=account", "Use another account")
        .action("/login?ask=silent", "Look whether I am signed in");
    let account = format!("{}/account", app.config.issuer);
    if everywhere { message } else { message.action(&account, "Open the account page") }.respond(StatusCode::OK)
}

/// Revokes the tokens of a session that is over (RFC 7009), beside the answer to the user, who need not wait for it.
pub(super) fn give_back(session: Arc<Session>) {
    tokio::spawn(async move {
        if let Err(error) = session.keeper.revoke().await {
            tracing::warn!(%error, "the tokens of a session that ended were not revoked");
        }
    });
}

fn variant(legacy: bool) -> Variant {
    if legacy { Variant::Legacy } else { Variant::Pkce }
}
