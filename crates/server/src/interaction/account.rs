//! The account page: connected apps with "Revoke", and the user's sessions.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{Cx, Writes, records::Session, session::end_sessions};
use countersign_protocol::{ClientId, Params, SessionId, Subject};

use super::{
    browser,
    flow::with_cookie,
    overview::{Overview, overview},
    page,
    sign_in::{check, enter},
    sign_out::leave,
    stop::Stop,
};
use crate::{
    courier,
    edge::SystemEntropy,
    endpoints::token::MAX_RACES,
    extract::Form,
    pages::Next,
    realm::{App, Realm, context},
    reply::Failure,
};

/// The purpose of the form token.
pub const PURPOSE: &str = "account";

const REVOKED: &str = "revoked";
const SIGNED_OUT: &str = "signed-out";

/// What the page says was just done. The address names it, so that a reload does not do it again.
fn notice(done: Option<&str>) -> Option<&'static str> {
    match done? {
        REVOKED => Some("Access was taken back."),
        SIGNED_OUT => Some("That browser is signed out."),
        _ => None,
    }
}

/// `GET /account`.
pub async fn get(State(realm): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = show(&realm, &mut cx, &headers, query.as_deref().unwrap_or_default()).await;
    page::or_error(&realm, &mut cx, "account", outcome)
}

async fn show(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, query: &str) -> Result<Response, Stop> {
    let wanted = Params::parse(query.as_bytes()).unwrap_or_default();
    let (browser, cookie) = browser::find_or_new(realm, cx, headers).await?;
    let response = match overview(realm, cx, &browser, wanted.find("as")).await? {
        Some(overview) => page::account(realm, cx.now, &overview, notice(wanted.find("done"))),
        None => page::account_sign_in(realm, &browser, &page::SignInState::default()),
    };
    Ok(with_cookie(realm, response, cookie.as_ref()))
}

/// `POST /account/sign-in`.
pub async fn sign_in(
    State(realm): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit_sign_in(&realm, &mut cx, (&headers, peer), &form).await;
    page::or_error(&realm, &mut cx, "sign-in", outcome)
}

async fn submit_sign_in(
    realm: &Realm,
    cx: &mut Cx<'_>,
    (headers, peer): (&HeaderMap, SocketAddr),
    form: &Form,
) -> Result<Response, Stop> {
    let (browser, cookie) = browser::find_or_new(realm, cx, headers).await?;
    let params = form.params(cx)?;
    let username = params.find("username").map(str::to_owned);
    let again = |problem| {
        let state = page::SignInState { username: username.clone(), problem: Some(problem) };
        with_cookie(realm, page::account_sign_in(realm, &browser, &state), cookie.as_ref())
    };
    if !browser::form_is_ours(realm, headers, &browser, super::sign_in::PURPOSE, params.find("csrf")) {
        return Ok(again(page::Problem::Stale));
    }
    match check(realm, cx, realm.proxies.client(peer, headers), params).await? {
        Err(problem) => Ok(again(problem)),
        Ok(user) => {
            let signed_in = enter(realm, cx, &browser, &user, None).await?;
            Ok(with_cookie(realm, page::go_on(realm, "/account"), Some(&signed_in.cookie)))
        }
    }
}

/// `POST /account/revoke`: takes a client's access away. All its tokens hang off the approval and die with it.
pub async fn revoke(State(realm): State<App>, headers: HeaderMap, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit_revoke(&realm, &mut cx, &headers, &form).await;
    page::or_error(&realm, &mut cx, "revoke-access", outcome)
}

async fn submit_revoke(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, form: &Form) -> Result<Response, Stop> {
    let Some((overview, params)) = authorized(realm, cx, headers, form).await? else {
        return Ok(page::go_on(realm, "/account"));
    };
    let client = params.find("client_id").and_then(|id| ClientId::parse(id).ok());
    if let Some(client) = client {
        take_away(realm, &client, &overview.user.subject).await?;
    }
    Ok(page::go_on(realm, &format!("/account?as={}&done={REVOKED}", overview.session.id)))
}

/// Removes an approval, whatever else changes it meanwhile.
pub async fn take_away(realm: &Realm, client: &ClientId, subject: &Subject) -> Result<(), Failure> {
    for _ in 0..MAX_RACES {
        let Some(authorization) = realm.store.authorization(client, subject).await? else { return Ok(()) };
        let mut writes = Writes::none();
        writes.delete(&authorization);
        if realm.store.commit(&writes).await?.is_some() {
            tracing::info!(%client, %subject, "access revoked by user");
            return Ok(());
        }
    }
    Err(Failure::Overloaded("the approval changed again and again"))
}

/// `POST /account/sign-out`: ends one session of this user, here or elsewhere.
pub async fn sign_out(State(realm): State<App>, headers: HeaderMap, form: Form) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit_sign_out(&realm, &mut cx, &headers, &form).await;
    page::or_error(&realm, &mut cx, "sign-out", outcome)
}

async fn submit_sign_out(realm: &Realm, cx: &mut Cx<'_>, headers: &HeaderMap, form: &Form) -> Result<Response, Stop> {
    let Some((overview, params)) = authorized(realm, cx, headers, form).await? else {
        return Ok(page::go_on(realm, "/account"));
    };
    let wanted = params.find("session");
    let Some((session, _)) = overview.sessions.iter().find(|(s, _)| Some(s.id.as_str()) == wanted) else {
        return Ok(page::go_on(realm, "/account"));
    };
    if session.browser == overview.browser.id {
        let left = leave(realm, cx, overview.browser.clone(), |s| s.id == session.id).await?;
        let page = if left.frames.is_empty() {
            page::go_on(realm, "/account")
        } else {
            let next = Next { label: "Go to your account".to_owned(), href: realm.path("/account") };
            page::with_frames(realm, Some(next), &left.frames)
        };
        return Ok(with_cookie(realm, page, Some(&left.cookie)));
    }
    end_elsewhere(realm, cx, &session.id).await?;
    Ok(page::go_on(realm, &format!("/account?as={}&done={SIGNED_OUT}", overview.session.id)))
}

/// Ends a session in another browser, whatever else changes it meanwhile.
async fn end_elsewhere(realm: &Realm, cx: &mut Cx<'_>, session: &SessionId) -> Result<(), Failure> {
    for _ in 0..MAX_RACES {
        let Some(session) = realm.store.find::<Session>(session.as_str()).await? else { return Ok(()) };
        let ending = realm.store.ending(vec![session]).await?;
        if realm.store.commit(&end_sessions(cx, &realm.policy, ending)).await?.is_some() {
            courier::ring(realm);
            return Ok(());
        }
    }
    Err(Failure::Overloaded("the session changed again and again"))
}

/// The account that a form of the account page speaks for, if the form is ours.
async fn authorized<'f>(
    realm: &Realm,
    cx: &mut Cx<'_>,
    headers: &HeaderMap,
    form: &'f Form,
) -> Result<Option<(Overview, &'f Params)>, Failure> {
    let Some(browser) = browser::find(realm, cx, headers).await? else { return Ok(None) };
    let params = form.params(cx)?;
    if !browser::form_is_ours(realm, headers, &browser, PURPOSE, params.find("csrf")) {
        return Ok(None);
    }
    let overview = overview(realm, cx, &browser, params.find("as")).await?;
    // The form shows one account; if that one has been signed out meanwhile, no other takes its place.
    let meant = overview.filter(|overview| params.find("as") == Some(overview.session.id.as_str()));
    Ok(meant.map(|overview| (overview, params)))
}
