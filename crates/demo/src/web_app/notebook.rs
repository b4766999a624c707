//! The pages that show something: cover, notebook, one sheet.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_protocol::{ScopeSet, Secret};

use super::api::ApiError;
use super::history::{fingerprint, left};
use super::page::{Frame, Granted, Landing, Message, Notebook, OpenSheet, Shown, TokenFacts, access_ended, trouble};
use super::session::Session;
use super::{App, cookies};
use crate::site::{page, see_other};

/// What each scope means to this application's users.
const SCOPES: [(&str, &str); 4] = [
    ("openid", "know that it is you"),
    ("profile", "know your name"),
    ("read:profile", "see where your shelf is"),
    ("read:files", "read your notes"),
];

/// `GET /`.
pub(super) async fn landing(State(app): State<App>, headers: HeaderMap) -> Response {
    let signed_in = signed_in(&app, &headers);
    let session = signed_in.as_ref().map(|(_, session)| session.as_ref());
    let legacy = app.config.legacy.is_some();
    page(StatusCode::OK, &Landing { frame: Frame::new(&app, session), legacy })
}

/// `GET /notebook`.
pub(super) async fn overview(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some((cookie, session)) = signed_in(&app, &headers) else { return signed_out(&app, &headers) };
    let profile = match shown(app.api.profile(&session).await) {
        Ok(profile) => profile,
        Err(ended) => return access_ended(&app, &cookie, &ended),
    };
    let files = match shown(app.api.files(&session).await) {
        Ok(files) => files.map(|files| files.files),
        Err(ended) => return access_ended(&app, &cookie, &ended),
    };
    let (tokens, now) = (session.keeper.tokens(), app.edge.now());
    let token = TokenFacts {
        fingerprint: fingerprint(&tokens.access_token.secret),
        left: tokens.access_token.expires_at.map(|end| left(end.secs_since(now))),
        refreshable: tokens.refresh_token.is_some(),
    };
    let notebook = Notebook {
        frame: Frame::new(&app, Some(&session)),
        sub: session.person.sub.clone(),
        profile,
        files,
        scopes: granted(&tokens.access_token.scope),
        token,
        legacy: session.legacy,
        events: session.history.newest_first(now),
        explorer_url: app.config.explorer_url.clone(),
        api_url: app.config.api_url.clone(),
    };
    page(StatusCode::OK, &notebook)
}

/// `GET /notebook/{name}`.
pub(super) async fn sheet(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((cookie, session)) = signed_in(&app, &headers) else { return signed_out(&app, &headers) };
    match app.api.file(&session, &name).await {
        Ok(sheet) => page(StatusCode::OK, &OpenSheet { frame: Frame::new(&app, Some(&session)), sheet }),
        Err(why @ ApiError::Ended(_)) => access_ended(&app, &cookie, &why),
        // The notebook says so, and offers to ask again.
        Err(ApiError::NotGranted(_)) => see_other("/notebook"),
        Err(ApiError::NotFound) => {
            let text = "There is no note of that name on your shelf. Somebody else's shelf may have one.";
            Message::new(&app, "No such note", text)
                .for_session(&app, &session)
                .action("/notebook", "Back to the notebook")
                .respond(StatusCode::NOT_FOUND)
        }
        Err(why) => trouble(&app, &session, &why),
    }
}

/// Any other address.
pub(super) async fn not_found(State(app): State<App>) -> Response {
    Message::new(&app, "An empty page", "There is nothing at this address.")
        .action("/", "Back to the cover")
        .respond(StatusCode::NOT_FOUND)
}

/// The session of a request, with the cookie that names it.
pub(super) fn signed_in(app: &App, headers: &HeaderMap) -> Option<(Secret, std::sync::Arc<Session>)> {
    let cookie = cookies::find(headers, cookies::SESSION)?;
    let session = app.sessions.find(&cookie, app.edge.now())?;
    Some((cookie, session))
}

/// Nobody is logged in. Whoever was gets to know why not any more.
fn signed_out(app: &App, headers: &HeaderMap) -> Response {
    if cookies::find(headers, cookies::SESSION).is_none() {
        return see_other("/");
    }
    let text = "You logged out, were away for long, or Fernbook was restarted: it remembers logins in memory only.";
    let mut response = Message::new(app, "You are not logged in any more", text)
        .action("/login", "Log in again")
        .respond(StatusCode::FORBIDDEN);
    cookies::clear(&mut response, cookies::SESSION);
    response
}

/// What can be shown in place of an answer; an ended access can't.
fn shown<T>(outcome: Result<T, ApiError>) -> Result<Shown<T>, ApiError> {
    match outcome {
        Ok(value) => Ok(Shown::Here(value)),
        Err(ApiError::NotGranted(_)) => Ok(Shown::NotGranted),
        Err(why @ ApiError::Ended(_)) => Err(why),
        Err(why) => Ok(Shown::Trouble(why.to_string())),
    }
}

impl<T> Shown<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Shown<U> {
        match self {
            Self::Here(value) => Shown::Here(f(value)),
            Self::NotGranted => Shown::NotGranted,
            Self::Trouble(why) => Shown::Trouble(why),
        }
    }
}

fn granted(scope: &ScopeSet) -> Vec<Granted> {
    SCOPES.iter().map(|&(name, words)| Granted { scope: name, words, yes: scope.contains(name) }).collect()
}
