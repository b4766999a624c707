//! Signing in by password, within an interaction or for the account page.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Path, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{
    Cx, Stored,
    records::{Browser, User},
    session::{Place, SignedIn, makes_room, sign_in, told_apart_from},
};
use countersign_protocol::{HandleHash, Params, Secret, Timestamp};

use super::{
    browser,
    flow::{Flow, with_cookie},
    page,
    stop::Stop,
};
use crate::{
    attempts::Attempt,
    courier,
    edge::SystemEntropy,
    endpoints::token::MAX_RACES,
    extract::Form,
    metrics::SignIn,
    realm::{App, Realm, context},
    reply::Failure,
};

/// The purpose of the form token.
pub const PURPOSE: &str = "sign-in";

/// `GET /interaction/{handle}/sign-in`: sign in with another account than those that are there.
pub async fn get(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = match Flow::load(&realm, &mut cx, &headers, &handle).await {
        Ok(flow) => Ok(page::sign_in(&realm, &flow, None, &page::SignInState::default())),
        Err(stop) => Err(stop),
    };
    page::or_error(&realm, &mut cx, "sign-in", outcome)
}

/// `POST /interaction/{handle}/sign-in`.
pub async fn post(
    State(realm): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(handle): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Response {
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, (&headers, peer), (&handle, &form)).await;
    page::or_error(&realm, &mut cx, "sign-in", outcome)
}

async fn submit(
    realm: &Realm,
    cx: &mut Cx<'_>,
    (headers, peer): (&HeaderMap, SocketAddr),
    (handle, form): (&str, &Form),
) -> Result<Response, Stop> {
    let flow = Flow::load(realm, cx, headers, handle).await?;
    let params = form.params(cx)?;
    let username = params.find("username").unwrap_or_default().to_owned();
    let state = |problem| page::SignInState { username: Some(username.clone()), problem: Some(problem) };
    if !browser::form_is_ours(realm, headers, &flow.browser, PURPOSE, params.find("csrf")) {
        return Ok(page::sign_in(realm, &flow, None, &state(page::Problem::Stale)));
    }
    let user = match check(realm, cx, realm.proxies.client(peer, headers), params).await? {
        Ok(user) => user,
        Err(problem) => return Ok(page::sign_in(realm, &flow, None, &state(problem))),
    };
    let signed_in = enter(realm, cx, &flow.browser, &user, Some(&flow.interaction.hash)).await?;
    // What comes next is fetched by a GET of its own, so that "back" and "reload" never send the password again.
    Ok(with_cookie(realm, page::go_on(realm, &flow.path()), Some(&signed_in.cookie)))
}

/// Checks a user name and a password within the limits, and counts how that went.
pub async fn check(
    realm: &Realm,
    cx: &Cx<'_>,
    address: IpAddr,
    params: &Params,
) -> Result<Result<Stored<User>, page::Problem>, Failure> {
    let checked = within_limits(realm, cx, address, params).await?;
    realm.metrics.signed_in(match &checked {
        Ok(_) => SignIn::Right,
        Err(page::Problem::Wait(_)) => SignIn::Refused,
        Err(_) => SignIn::Wrong,
    });
    Ok(checked)
}

async fn within_limits(
    realm: &Realm,
    cx: &Cx<'_>,
    address: IpAddr,
    params: &Params,
) -> Result<Result<Stored<User>, page::Problem>, Failure> {
    let username = User::canonical(params.find("username").unwrap_or_default());
    let password = params.find_secret("password").unwrap_or_else(|| Secret::new(""));
    let user = realm.store.user_by_name(&username).await?;
    let attempt = Attempt { subject: user.as_ref().map(|user| &user.subject), username: &username, address };
    let checking = match realm.attempts.begin(cx.now, attempt) {
        Ok(checking) => checking,
        Err(wait) => {
            tracing::warn!(%address, wait, "sign-in refused: too many failures");
            return Ok(Err(page::Problem::Wait(wait)));
        }
    };
    let hash = user.as_ref().and_then(|user| user.password.clone());
    let Ok(matches) = realm.passwords.verify(password, hash).await else {
        checking.not_checked();
        return Ok(Err(page::Problem::Wait(1)));
    };
    // A disabled account looks like a wrong password, here and to the limits: whether it exists is nobody's business.
    let Some(user) = user.filter(|user| matches && user.enabled) else {
        checking.failed();
        tracing::info!(%address, "sign-in failed");
        return Ok(Err(page::Problem::NoMatch));
    };
    checking.succeeded();
    Ok(Ok(user))
}

/// Begins or renews the session of a user who proved who they are, and notes it in the interaction.
pub async fn enter(
    realm: &Realm,
    cx: &mut Cx<'_>,
    browser: &Stored<Browser>,
    user: &User,
    interaction: Option<&HandleHash>,
) -> Result<SignedIn, Failure> {
    let mut browser = browser.clone();
    for _ in 0..MAX_RACES {
        let sessions = browser::sessions(realm, cx, &browser).await?;
        if let Some(from) = told_apart_from(&sessions, user) {
            wait_until(realm, cx, from).await;
        }
        let waiting = match interaction {
            Some(hash) => realm.store.interaction(hash).await?,
            None => None,
        };
        let leaving = realm.store.ending(makes_room(&sessions, user).cloned().into_iter().collect()).await?;
        let place = Place { browser: &browser, sessions: &sessions, waiting, leaving };
        let plan = sign_in(cx, &realm.policy, place, user);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            tracing::info!(subject = %user.subject, "signed in");
            courier::ring(realm);
            return Ok(plan.outcome.release(&done));
        }
        browser = fresh_browser(realm, &browser).await?;
    }
    Err(Failure::Overloaded("too many sign-ins in one browser at once"))
}

/// Goes on once the clock shows that time: a sign-in is never dated ahead. No longer than a second, if it was set back.
async fn wait_until(realm: &Realm, cx: &mut Cx<'_>, from: Timestamp) {
    if cx.now < from {
        tokio::time::sleep(realm.clock.until(from).min(Duration::from_secs(1))).await;
        cx.now = cx.now.max(realm.now());
    }
}

/// The browser's row as it is now.
pub async fn fresh_browser(realm: &Realm, browser: &Browser) -> Result<Stored<Browser>, Failure> {
    let found = realm.store.find::<Browser>(browser.id.as_str()).await?;
    found.ok_or(Failure::Overloaded("the browser was forgotten"))
}
