//! Signing in: `GET /login` sends the browser to the provider, `GET /callback` takes it back (OAuth 2.1 §4.1).
//!
//! Every check on the way is the client library's. A failed callback never begins again by itself: a forged one would
//! become a loop.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign_client::{
    Begun, CallError, Callback, Client, ErrorCode, FinishError, IdToken, LoginOptions, Refusal, Timestamp, Tokens,
};
use countersign_protocol::Params;

use super::history::{ago, fingerprint};
use super::initiated::destination;
use super::logout::give_back;
use super::notebook::signed_in;
use super::page::Message;
use super::provider::{Ask, Unready, Variant};
use super::session::{Person, Session};
use super::{App, cookies};
use crate::site::see_other;

/// `GET /login`.
pub(super) async fn login(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).ok();
    let find = |name| params.as_ref().and_then(|params| params.find(name));
    let variant = if find("pkce") == Some("off") { Variant::Legacy } else { Variant::Pkce };
    let ask = Ask::of(find("ask"));
    let session = signed_in(&app, &headers).map(|(_, session)| session);
    // An ID token of the other registration is none that this one may hint with.
    let who = session.filter(|session| session.legacy == (variant == Variant::Legacy));
    let who = who.and_then(|session| session.id_token.clone());
    begin(&app, variant, app.login_options(ask, who), &headers).await
}

/// Sends the browser to the provider, and keeps what has to be known when it comes back.
pub(super) async fn begin(
    app: &App,
    variant: Variant,
    options: Result<LoginOptions, Unready>,
    headers: &HeaderMap,
) -> Response {
    let begun = match begun(app, variant, options).await {
        Ok(begun) => begun,
        Err(why) => return not_ready(app, &why),
    };
    let known = cookies::find(headers, cookies::BROWSER);
    let browser = known.clone().unwrap_or_else(|| app.edge.random());
    app.transactions.put(browser.expose(), begun.transaction, app.edge.now());
    let mut response = see_other(&begun.url);
    if known.is_none() {
        cookies::set(&mut response, cookies::BROWSER, &browser);
    }
    response
}

async fn begun(app: &App, variant: Variant, options: Result<LoginOptions, Unready>) -> Result<Begun, Unready> {
    let client = app.client(variant).await?;
    Ok(client.begin(&options?).map_err(CallError::from)?)
}

/// `GET /callback`.
pub(super) async fn callback(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    come_back(&app, Variant::Pkce, &query.unwrap_or_default(), &headers).await
}

/// `GET /callback/legacy`.
pub(super) async fn legacy_callback(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    come_back(&app, Variant::Legacy, &query.unwrap_or_default(), &headers).await
}

async fn come_back(app: &App, variant: Variant, query: &str, headers: &HeaderMap) -> Response {
    let client = match app.client(variant).await {
        Ok(client) => client,
        Err(why) => return not_ready(app, &why),
    };
    let callback = match client.callback(query) {
        Ok(callback) => callback,
        Err(refusal) => return refused(app, &refusal),
    };
    let browser = cookies::find(headers, cookies::BROWSER);
    let transaction = browser.and_then(|browser| app.transactions.take(browser.expose(), callback.state()));
    let Some(transaction) = transaction else { return unknown(app, headers) };
    let ask = Ask::of(transaction.remembered());
    let destination = destination(transaction.target(), &app.config.base_url);
    match finish(app, client, transaction, &callback, variant).await {
        Ok(session) => {
            if ask == Ask::Afresh {
                session.history.add(app.edge.now(), confirmed(&session, app.edge.now()));
            }
            let cookie = app.edge.random();
            app.sessions.open(&cookie, session, app.edge.now());
            if let Some(old) = cookies::find(headers, cookies::SESSION).and_then(|old| app.sessions.close(&old)) {
                give_back(old);
            }
            let mut response = see_other(&destination);
            cookies::set(&mut response, cookies::SESSION, &cookie);
            response
        }
        Err(error) => failed(app, ask, error),
    }
}

/// The page for a sign-in that came back without anybody signed in.
fn failed(app: &App, ask: Ask, error: FinishError) -> Response {
    match error {
        FinishError::Check(refusal) => refused(app, &refusal),
        FinishError::Denied(error) if ask == Ask::Silently && NEEDS_A_PAGE.iter().any(|code| error.is(*code)) => {
            let text = "Fernbook asked Countersign without showing you a page. The answer: there would have to be one.";
            Message::new(app, "Not without asking you", text)
                .action("/login", "Log in")
                .action("/", "Back to the cover")
                .detail(error)
                .respond(StatusCode::OK)
        }
        FinishError::Denied(error) if error.is(ErrorCode::AccessDenied) => {
            let text = "You said no, and that is fine. Fernbook saw nothing of yours.";
            Message::new(app, "Not this time", text)
                .action("/login", "Log in after all")
                .action("/", "Back to the cover")
                .detail(error)
                .respond(StatusCode::FORBIDDEN)
        }
        error => {
            let text = "The sign-in came back, but could not be finished. Nobody is signed in; begin again.";
            Message::new(app, "Fernbook could not sign you in", text)
                .action("/login", "Begin again")
                .detail(error)
                .respond(StatusCode::BAD_GATEWAY)
        }
    }
}

/// What `prompt=none` is answered with where a page is needed (OpenID Connect Core §3.1.2.6).
const NEEDS_A_PAGE: [ErrorCode; 4] = [
    ErrorCode::LoginRequired,
    ErrorCode::ConsentRequired,
    ErrorCode::AccountSelectionRequired,
    ErrorCode::InteractionRequired,
];

/// What the ID token of a fresh sign-in says. That user, `auth_time` and `acr` are as they must be, the library has checked.
fn confirmed(session: &Session, now: Timestamp) -> String {
    let claims = session.id_token.as_ref().map(IdToken::claims);
    let when = claims.and_then(|claims| claims.auth_time).map(|time| ago(now.secs_since(time.timestamp())));
    let how = claims.and_then(|claims| claims.acr.clone()).unwrap_or_else(|| "not told".to_owned());
    format!("You confirmed that it is you: signed in {} (auth_time), class {how} (acr).", when.unwrap_or_default())
}

async fn finish(
    app: &App,
    client: &Client,
    transaction: countersign_client::Transaction,
    callback: &Callback,
    variant: Variant,
) -> Result<Session, FinishError> {
    let tokens = client.finish(transaction, callback).await?;
    let (person, id_token) = (person(client, &tokens).await, tokens.id_token.clone());
    let history: std::sync::Arc<super::history::History> = std::sync::Arc::default();
    let proof = match variant {
        Variant::Pkce => "the code, the code_verifier and its own secret",
        Variant::Legacy => "the code and its own secret, without PKCE",
    };
    history.add(app.edge.now(), "The browser brought a code back. Fernbook checked state and iss.");
    history.add(
        app.edge.now(),
        format!("Fernbook swapped {proof} for tokens, server to server, and checked the ID token."),
    );
    let (kept, edge) = (std::sync::Arc::clone(&history), app.edge.clone());
    let keeper = client.keep(tokens, move |tokens| {
        let new = fingerprint(&tokens.access_token.secret);
        kept.add(edge.now(), format!("Swapped the refresh token for a new pair; the access token is now {new}."));
    });
    Ok(Session {
        person,
        id_token,
        keeper,
        history,
        form_token: app.edge.random(),
        legacy: variant == Variant::Legacy,
        expires_at: Session::expiry(app.edge.now()),
    })
}

/// Who signed in: from the ID token, and from userinfo where that tells more. Never from the access token, which says
/// what may be done and not who somebody is.
async fn person(client: &Client, tokens: &Tokens) -> Person {
    let Some(id_token) = &tokens.id_token else { return Person { name: None, sub: String::new() } };
    let mut name = id_token.claim::<String>("name");
    if name.is_none() {
        match client.userinfo(&tokens.access_token.secret, id_token).await {
            Ok(info) => name = info.claim("name").or_else(|| info.claim("preferred_username")),
            Err(error) => tracing::warn!(%error, "userinfo did not answer; the name stays unknown"),
        }
    }
    Person { name, sub: id_token.sub().to_owned() }
}

pub(super) fn not_ready(app: &App, why: &Unready) -> Response {
    let text = "Fernbook signs you in with Countersign, which does not answer as it should. Try again in a moment.";
    Message::new(app, "Signing in is not possible right now", text)
        .action("/", "Back to the cover")
        .detail(why)
        .respond(StatusCode::BAD_GATEWAY)
}

fn refused(app: &App, refusal: &Refusal) -> Response {
    let text =
        "The link that brought you here is not one that this sign-in can be finished with. Nobody is signed in by it.";
    Message::new(app, "This sign-in does not fit", text)
        .action("/login", "Begin again")
        .detail(refusal)
        .respond(StatusCode::BAD_REQUEST)
}

/// The callback of a sign-in that this browser did not begin, or has finished. Who is signed in sees the notebook: they
/// went back or reloaded.
fn unknown(app: &App, headers: &HeaderMap) -> Response {
    let session = cookies::find(headers, cookies::SESSION).and_then(|id| app.sessions.find(&id, app.edge.now()));
    if session.is_some() {
        return see_other("/notebook");
    }
    let text = "It was begun in another browser, took longer than a quarter of an hour, was finished before, or \
                Fernbook was restarted. Begin and end a sign-in at the same address: 127.0.0.1 is not localhost.";
    Message::new(app, "This sign-in is not under way here", text)
        .action("/login", "Begin again")
        .detail("No transaction for this browser and this state (RFC 9700 section 4.7).")
        .respond(StatusCode::BAD_REQUEST)
}
