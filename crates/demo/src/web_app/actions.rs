//! What changes something here: renewing the tokens. Forms only, each with the session's form token.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_client::RefreshError;
use countersign_protocol::Params;

use super::App;
use super::api::ApiError;
use super::notebook::signed_in;
use super::page::{Message, access_ended};
use super::session::Session;
use crate::site::see_other;

/// `POST /refresh`: a new pair of tokens, though the old ones are still good (OAuth 2.1 §4.3).
pub(super) async fn refresh(State(app): State<App>, headers: HeaderMap, form: Bytes) -> Response {
    let Some((cookie, session)) = signed_in(&app, &headers) else { return see_other("/notebook") };
    if !is_ours(&session, &form) {
        return stale(&app, &session);
    }
    let old = session.keeper.tokens().access_token.secret;
    match session.keeper.replace(&old).await {
        Ok(_) => see_other("/notebook"),
        Err(ended @ RefreshError::SignInAgain(_)) => access_ended(&app, &cookie, &ApiError::from(ended)),
        Err(RefreshError::Failed(why)) => {
            let text = "The authorization server did not renew the tokens just now. The old ones are kept.";
            Message::new(&app, "Not renewed", text)
                .for_session(&app, &session)
                .action("/notebook", "Back to the notebook")
                .detail(why)
                .respond(StatusCode::BAD_GATEWAY)
        }
    }
}

/// Whether a form comes from a page of this session.
pub(super) fn is_ours(session: &Session, form: &[u8]) -> bool {
    let sent = Params::parse(form).ok().and_then(|params| params.find_secret("form_token"));
    sent.is_some_and(|sent| sent == session.form_token)
}

/// The page for one that does not.
pub(super) fn stale(app: &App, session: &Session) -> Response {
    let text =
        "That button was not on a page of this session, so nothing happened. Open the notebook and press it there.";
    Message::new(app, "Nothing happened", text)
        .for_session(app, session)
        .action("/notebook", "Open the notebook")
        .respond(StatusCode::FORBIDDEN)
}
