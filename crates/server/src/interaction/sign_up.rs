//! Making an account within an interaction (OpenID Connect Prompt Create 1.0), where the configuration offers it.
//!
//! Whoever makes one is signed in with it at once. Whether a user name is taken has to be told here, so asking is limited
//! like guessing passwords: by network.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Path, State},
    http::HeaderMap,
    response::Response,
};
use countersign_engine::{
    Cx,
    records::User,
    session::{Place, SignedIn, makes_room, sign_up},
};
use countersign_protocol::{Params, Secret, Subject};

use super::{
    browser,
    flow::{Flow, with_cookie},
    page::{self, SignUpProblem, SignUpState},
    sign_in::fresh_browser,
    stop::Stop,
};
use crate::{
    attempts::Attempt,
    edge::SystemEntropy,
    endpoints::token::MAX_RACES,
    extract::Form,
    passwords::{MAX_PASSWORD, MIN_PASSWORD, salt},
    realm::{App, Realm, context},
    reply::Failure,
};

/// The purpose of the form token.
pub const PURPOSE: &str = "sign-up";

/// `GET /interaction/{handle}/sign-up`.
pub async fn get(State(realm): State<App>, headers: HeaderMap, Path(handle): Path<String>) -> Response {
    if !realm.policy.sign_up {
        return page::not_found(&realm);
    }
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let flow = Flow::load(&realm, &mut cx, &headers, &handle).await;
    let outcome = flow.map(|flow| page::sign_up(&realm, &flow, &SignUpState::default()));
    page::or_error(&realm, &mut cx, "sign-up", outcome)
}

/// `POST /interaction/{handle}/sign-up`.
pub async fn post(
    State(realm): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(handle): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Response {
    if !realm.policy.sign_up {
        return page::not_found(&realm);
    }
    let mut entropy = SystemEntropy;
    let mut cx = context(&realm, &mut entropy);
    let outcome = submit(&realm, &mut cx, (&headers, peer), (&handle, &form)).await;
    page::or_error(&realm, &mut cx, "sign-up", outcome)
}

async fn submit(
    realm: &Realm,
    cx: &mut Cx<'_>,
    (headers, peer): (&HeaderMap, SocketAddr),
    (handle, form): (&str, &Form),
) -> Result<Response, Stop> {
    let flow = Flow::load(realm, cx, headers, handle).await?;
    let params = form.params(cx)?;
    let again = |problem| {
        let typed = |field: &str| params.find(field).unwrap_or_default().to_owned();
        let state = SignUpState { username: Some(typed("username")), name: typed("name"), problem: Some(problem) };
        Ok(page::sign_up(realm, &flow, &state))
    };
    if !browser::form_is_ours(realm, headers, &flow.browser, PURPOSE, params.find("csrf")) {
        return again(SignUpProblem::Stale);
    }
    let wanted = match Wanted::read(params) {
        Ok(wanted) => wanted,
        Err(problem) => return again(problem),
    };
    let address = realm.proxies.client(peer, headers);
    let attempt = Attempt { subject: None, username: &wanted.username, address };
    let counted = match realm.sign_ups.begin(cx.now, attempt) {
        Ok(counted) => counted,
        Err(wait) => {
            tracing::warn!(%address, wait, "sign-up refused: too many accounts");
            return again(SignUpProblem::Wait(wait));
        }
    };
    if realm.store.user_by_name(&wanted.username).await?.is_some() {
        counted.failed();
        return again(SignUpProblem::Taken);
    }
    let salt = salt(cx.entropy);
    let Ok(hash) = realm.passwords.hash(wanted.password.clone(), salt).await else {
        counted.not_checked();
        return again(SignUpProblem::Wait(1));
    };
    // Each account counts, since each is kept.
    counted.failed();
    let user = wanted.account(cx, hash);
    match enter(realm, cx, &flow, &user).await? {
        Some(signed_in) => Ok(with_cookie(realm, page::go_on(realm, &flow.path()), Some(&signed_in.cookie))),
        None => again(SignUpProblem::Taken),
    }
}

/// What somebody typed, in order.
struct Wanted {
    username: String,
    name: Option<String>,
    password: Secret,
}

impl Wanted {
    fn read(params: &Params) -> Result<Self, SignUpProblem> {
        let username = User::parse_name(params.find("username").unwrap_or_default()).ok_or(SignUpProblem::Username)?;
        let name = params.find("name").map(str::trim).filter(|name| !name.is_empty());
        let name = name.map(|name| User::parse_display_name(name).ok_or(SignUpProblem::Name)).transpose()?;
        let password = params.find_secret("password").unwrap_or_else(|| Secret::new(""));
        let long = password.expose().chars().count() >= MIN_PASSWORD;
        if !long || password.expose().len() > MAX_PASSWORD {
            return Err(SignUpProblem::Password);
        }
        Ok(Self { username, name, password })
    }

    fn account(self, cx: &mut Cx<'_>, hash: String) -> User {
        User {
            subject: Subject::random(cx.entropy),
            username: self.username,
            password: Some(hash),
            claims: self.name.map(|name| ("name".to_owned(), name.into())).into_iter().collect(),
            enabled: true,
            created_at: cx.now,
            updated_at: None,
        }
    }
}

/// Stores the account and begins its session; `None`: somebody was faster with that user name.
async fn enter(realm: &Realm, cx: &mut Cx<'_>, flow: &Flow, user: &User) -> Result<Option<SignedIn>, Failure> {
    let mut browser = flow.browser.clone();
    for _ in 0..MAX_RACES {
        let sessions = browser::sessions(realm, cx, &browser).await?;
        let waiting = realm.store.interaction(&flow.interaction.hash).await?;
        let leaving = realm.store.ending(makes_room(&sessions, user).cloned().into_iter().collect()).await?;
        let place = Place { browser: &browser, sessions: &sessions, waiting, leaving };
        let plan = sign_up(cx, &realm.policy, place, user);
        if let Some(done) = realm.store.commit(&plan.writes).await? {
            tracing::info!(subject = %user.subject, "signed up");
            crate::courier::ring(realm);
            return Ok(Some(plan.outcome.release(&done)));
        }
        if realm.store.user_by_name(&user.username).await?.is_some() {
            return Ok(None);
        }
        browser = fresh_browser(realm, &browser).await?;
    }
    Err(Failure::Overloaded("too many sign-ins in one browser at once"))
}
