//! The pages that no app asks for: account, signing in to it, signing out.

use axum::{http::StatusCode, response::Response};
use countersign_engine::{
    Policy,
    policy::TokenFormat,
    records::{Browser, Client, Origin, User},
};
use countersign_protocol::{SessionId, Timestamp, params};

use super::super::{
    account as account_step,
    overview::{ConnectedApp, Overview},
    sign_in as sign_in_step,
    sign_out::{self, Question},
};
use super::{Problem, SignInState, frame, html, person, shown_again, source};
use crate::{
    pages::{self, Form},
    realm::Realm,
};

/// The sign-in page for the account page, which no app asked for.
pub fn account_sign_in(realm: &Realm, browser: &Browser, state: &SignInState) -> Response {
    let page = pages::SignIn {
        frame: frame(realm),
        app: None,
        form: Form::new(realm.path("/account/sign-in"), realm.form_token(&browser.id, sign_in_step::PURPOSE)),
        cancel: None,
        username: state.username.clone().unwrap_or_default(),
        again: None,
        problem: state.problem,
        switch: None,
        sign_up: None,
    };
    let wait = state.problem.and_then(Problem::wait);
    shown_again(html(&page, StatusCode::OK, ""), state.problem.is_some(), wait)
}

/// The account page.
pub fn account(realm: &Realm, now: Timestamp, overview: &Overview, notice: Option<&str>) -> Response {
    let token = realm.form_token(&overview.browser.id, account_step::PURPOSE);
    let acting = |action: &str| Form::new(realm.path(action), token.clone()).with("as", overview.session.id.as_str());
    let others = overview.others.iter().map(|(session, user)| pages::OtherAccount {
        person: person(user),
        href: realm.path(&format!("/account?as={}", session.id)),
    });
    let page = pages::AccountHome {
        frame: frame(realm),
        person: person(&overview.user),
        others: others.collect(),
        notice: notice.map(str::to_owned),
        apps: overview.apps.iter().map(|app| connected(realm, now, app)).collect(),
        lag: lag(&realm.policy),
        sessions: overview
            .sessions
            .iter()
            .map(|(session, browser)| pages::SessionRow {
                session: session.id.to_string(),
                browser: pages::browser_name(browser.as_ref().map_or("", |browser| browser.user_agent.as_str())),
                signed_in: pages::Moment::past(session.auth_time, now),
                last_active: browser.as_ref().map(|browser| pages::Moment::past(browser.seen_at, now)),
                here: session.id == overview.session.id,
            })
            .collect(),
        revoke: acting("/account/revoke"),
        sign_out: acting("/account/sign-out"),
    };
    html(&page, StatusCode::OK, "")
}

/// JWTs work until they expire wherever they are checked without asking; on a test bed the demo's resource server asks.
fn lag(policy: &Policy) -> Option<String> {
    let jwt = policy.resources.iter().any(|resource| matches!(resource.format, TokenFormat::Jwt(_)));
    (jwt && !policy.loopback_test_bed).then(|| pages::wait(policy.ttl.access.as_secs().into()))
}

/// The question before signing out. The form brings back what the app asked for, so that the answer is checked as the
/// request was.
pub fn ask_sign_out(realm: &Realm, browser: &Browser, people: &[&User], question: &Question<'_>) -> Response {
    let token = realm.form_token(&browser.id, sign_out::PURPOSE);
    let sessions: Vec<&str> = question.sessions.iter().map(SessionId::as_str).collect();
    let mut form = Form::new(realm.path("/sign-out"), token).with("sessions", sessions.join(" "));
    if let Some((client, _)) = &question.request.client {
        form = form.with("client_id", client.as_str());
    }
    if let Some(way_back) = &question.request.way_back {
        form = form.with("post_logout_redirect_uri", way_back.uri().as_str());
        form = way_back.state().map_or(form.clone(), |state| form.with("state", state));
    }
    let page = pages::SignOut {
        frame: frame(realm),
        app: question.request.client.as_ref().map(|(_, name)| name.clone()),
        people: people.iter().map(|user| person(user)).collect(),
        form,
        stay: realm.path("/account"),
    };
    let target = question.request.way_back.as_ref().map(|way_back| source(way_back.uri())).unwrap_or_default();
    html(&page, StatusCode::OK, &target)
}

fn connected(realm: &Realm, now: Timestamp, app: &ConnectedApp) -> pages::ConnectedApp {
    let known = |scope: &str| realm.policy.scopes.iter().find(|info| info.scope.as_str() == scope);
    let words = app.authorization.scope.iter().map(|scope| {
        known(scope.as_str()).map_or_else(
            || pages::ScopeWords { title: scope.to_string(), description: String::new() },
            |info| pages::ScopeWords { title: info.title.clone(), description: info.description.clone() },
        )
    });
    let singly = app.authorization.claims.iter();
    let singly = singly.map(|claim| pages::ScopeWords { title: pages::claim_words(claim), description: String::new() });
    let client: Option<&Client> = app.client.as_deref();
    pages::ConnectedApp {
        client_id: app.authorization.client.to_string(),
        name: client.map_or_else(|| app.authorization.client.to_string(), |client| client.name.clone()),
        unverified: client.is_some_and(|client| client.origin == Origin::Dynamic),
        host: client.and_then(|c| c.redirect_uris.first()).map(|uri| uri.host_for_display().to_owned()),
        scopes: words.chain(singly).collect(),
        since: pages::Moment::past(app.authorization.created_at, now),
        open: client.and_then(|client| open(realm, client)),
        last_used: app.used_at.map(|at| pages::Moment::past(at, now)),
    }
}

/// Where the app begins a sign-in here when a third party asks it to: this server, by its issuer (OpenID Connect Core §4).
fn open(realm: &Realm, client: &Client) -> Option<pages::WebLink> {
    let uri = client.about.initiate_login_uri.as_ref().filter(|_| client.enabled)?;
    pages::WebLink::parse(&params::append_query(uri, [("iss", realm.issuer())]))
}
