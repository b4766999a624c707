//! Signing out: a question first, since a link on a foreign page must not do it.

use axum::{extract::State, http::HeaderMap, response::Response};
use countersign_engine::{
    Cx, Stored,
    records::{Browser, Session, User},
    session,
};
use countersign_protocol::Handle;

use super::{
    browser,
    flow::{Stop, with_cookie},
    page,
    sign_in::fresh_browser,
};
use crate::{
    edge::SystemEntropy,
    endpoints::token::MAX_RACES,
    extract::Form,
    realm::{App, Realm, context},
    reply::Failure,
};

/// The purpose of the form token.
pub const PURPOSE: &str = "sign-out";

/// `GET /sign-out`: the question.
pub async fn get(State(realm): State<App>, headers: HeaderMap) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = ask(&realm, &mut cx, &headers).await;
    page::or_error(&realm, &mut cx, "sign-out", outcome)
}

async fn ask(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap) -> Result<Response, Stop> {
    let Some(browser) = browser::find(realm, cx, headers).await? else { return Ok(page::signed_out(realm)) };
    question(realm, cx, &browser).await
}

async fn question(realm: &Realm, cx: &Cx<'_>, browser: &Browser) -> Result<Response, Stop> {
    let mut users = Vec::new();
    for session in browser::sessions(realm, cx, browser).await? {
        users.extend(realm.store.user(&session.subject).await?);
    }
    if users.is_empty() {
        return Ok(page::signed_out(realm));
    }
    let users: Vec<&User> = users.iter().map(|user| &**user).collect();
    Ok(page::ask_sign_out(realm, browser, &users))
}

/// `POST /sign-out`: all accounts of this browser.
pub async fn post(State(realm): State<App>, headers: HeaderMap, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, &headers, &form).await;
    page::or_error(&realm, &mut cx, "sign-out", outcome)
}

async fn submit(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, form: &Form) -> Result<Response, Stop> {
    let Some(browser) = browser::find(realm, cx, headers).await? else { return Ok(page::signed_out(realm)) };
    let params = form.params(cx)?;
    if !browser::form_is_ours(realm, headers, &browser, PURPOSE, params.find("csrf")) {
        return question(realm, cx, &browser).await;
    }
    let cookie = leave(realm, cx, browser, |_| true).await?;
    Ok(with_cookie(realm, page::signed_out(realm), Some(&cookie)))
}

/// Signs some sessions of a browser out, with the token families that hang off them.
pub async fn leave(
    realm: &Realm,
    cx: &mut Cx<'_>,
    browser: Stored<Browser>,
    which: impl Fn(&Session) -> bool,
) -> Result<Handle, Failure> {
    let mut browser = browser;
    for _ in 0..MAX_RACES {
        let mut sessions = realm.store.sessions_of_browser(&browser.id).await?;
        sessions.retain(|session| which(session));
        let ending = realm.store.ending(sessions).await?;
        let plan = session::sign_out(cx, &realm.policy, &browser, ending);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            return Ok(plan.outcome.release(&done));
        }
        browser = fresh_browser(realm, &browser).await?;
    }
    Err(Failure::Overloaded("the sessions changed again and again"))
}
