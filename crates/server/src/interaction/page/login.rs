//! The pages of an interaction: sign-in, choice of account, consent.

use axum::{http::StatusCode, response::Response};
use countersign_engine::{
    authorize::{Account, ValidatedRequest},
    claims::Told,
    records::Origin,
};
use countersign_protocol::RedirectUri;
use serde_json::{Map, Value};

use super::super::{choose, consent as consent_step, flow::Flow, sign_in as sign_in_step, sign_up as sign_up_step};
use super::{Problem, SignInState, SignUpProblem, frame, html, person, shown_again, source};
use crate::{
    pages::{self, Form},
    passwords::MIN_PASSWORD,
    realm::Realm,
};

/// What the form for making an account says when it is shown again.
#[derive(Debug, Clone, Default)]
pub struct SignUpState {
    /// What was typed as user name.
    pub username: Option<String>,
    /// What was typed as name.
    pub name: String,
    /// Why it is shown again.
    pub problem: Option<SignUpProblem>,
}

/// The sign-in page of an interaction; `again`: the account that must prove itself again.
pub fn sign_in(realm: &Realm, flow: &Flow, again: Option<&Account>, state: &SignInState) -> Response {
    let hint = flow.interaction.request.login_hint.clone();
    let page = pages::SignIn {
        frame: frame(realm),
        app: Some(app(realm, flow)),
        form: form(realm, flow, "sign-in", sign_in_step::PURPOSE),
        cancel: Some(cancel(realm, flow)),
        username: match (again, &state.username) {
            (Some(account), _) => account.user.username.clone(),
            (None, typed) => typed.clone().or(hint).unwrap_or_default(),
        },
        again: again.map(|account| person(&account.user)),
        problem: state.problem,
        switch: switch(realm, flow, again, again.is_some()),
        sign_up: realm.policy.sign_up.then(|| realm.path(&format!("{}/sign-up", flow.path()))),
    };
    let wait = state.problem.and_then(Problem::wait);
    shown_again(html(&page, StatusCode::OK, &form_target(flow)), state.problem.is_some(), wait)
}

/// The page for making an account.
pub fn sign_up(realm: &Realm, flow: &Flow, state: &SignUpState) -> Response {
    let hint = flow.interaction.request.login_hint.clone();
    let page = pages::SignUp {
        frame: frame(realm),
        app: app(realm, flow),
        form: form(realm, flow, "sign-up", sign_up_step::PURPOSE),
        cancel: cancel(realm, flow),
        username: state.username.clone().or(hint).unwrap_or_default(),
        name: state.name.clone(),
        least: MIN_PASSWORD,
        problem: state.problem,
        sign_in: realm.path(&format!("{}/sign-in", flow.path())),
    };
    let wait = state.problem.and_then(SignUpProblem::wait);
    shown_again(html(&page, StatusCode::OK, &form_target(flow)), state.problem.is_some(), wait)
}

/// The choice between accounts.
pub fn choose(realm: &Realm, flow: &Flow) -> Response {
    let Some(switch) = switch(realm, flow, None, true) else {
        return sign_in(realm, flow, None, &SignInState::default());
    };
    let page =
        pages::ChooseAccount { frame: frame(realm), app: app(realm, flow), switch, cancel: Some(cancel(realm, flow)) };
    html(&page, StatusCode::OK, &form_target(flow))
}

/// The consent page for an account.
pub fn consent(realm: &Realm, flow: &Flow, account: &Account) -> Response {
    let session = account.session.id.as_str();
    let page = pages::Consent {
        frame: frame(realm),
        app: app(realm, flow),
        unverified: flow.client.origin == Origin::Dynamic,
        person: person(&account.user),
        switch: switch(realm, flow, Some(account), true),
        form: form(realm, flow, "consent", consent_step::PURPOSE).with("session", session),
        scopes: scopes(realm, flow, account).chain(claims(flow, account)).collect(),
        told: told(realm, flow, account),
        resources: flow.interaction.request.resources.clone(),
    };
    html(&page, StatusCode::OK, &form_target(flow))
}

fn app(realm: &Realm, flow: &Flow) -> pages::App {
    let link = |text: &Option<String>| text.as_deref().and_then(pages::WebLink::parse);
    pages::App {
        name: flow.client.name.clone(),
        destination: destination(flow.interaction.request.target.uri()),
        logo: flow.client.about.logo_uri.is_some().then(|| realm.path(&format!("{}/logo", flow.path()))),
        links: pages::AppLinks {
            website: link(&flow.client.client_uri),
            policy: link(&flow.client.policy_uri),
            terms: link(&flow.client.tos_uri),
        },
    }
}

fn destination(uri: &RedirectUri) -> pages::Destination {
    let shown = uri.host_for_display().to_owned();
    if uri.is_loopback() {
        pages::Destination::ThisComputer(shown)
    } else if uri.is_private_use() {
        pages::Destination::ThisDevice(shown)
    } else {
        pages::Destination::Website(shown)
    }
}

fn form(realm: &Realm, flow: &Flow, step: &str, purpose: &str) -> Form {
    Form::new(realm.path(&format!("{}/{step}", flow.path())), realm.form_token(&flow.browser.id, purpose))
}

fn cancel(realm: &Realm, flow: &Flow) -> Form {
    form(realm, flow, "consent", consent_step::PURPOSE)
}

/// The ways to go on as somebody else than `but`; none where nobody else is signed in and `always` is not set.
fn switch(realm: &Realm, flow: &Flow, but: Option<&Account>, always: bool) -> Option<pages::Switch> {
    let others = flow.accounts.iter().filter(|a| but.is_none_or(|but| but.session.id != a.session.id));
    let accounts: Vec<_> =
        others.map(|a| pages::Choice { session: a.session.id.to_string(), person: person(&a.user) }).collect();
    (always || !accounts.is_empty()).then(|| pages::Switch {
        choose: form(realm, flow, "choose", choose::PURPOSE),
        accounts,
        another: Some(realm.path(&format!("{}/sign-in", flow.path()))),
    })
}

fn scopes(realm: &Realm, flow: &Flow, account: &Account) -> impl Iterator<Item = pages::ConsentScope> {
    let asked = &flow.interaction.request.scope;
    let granted = |scope: &str| account.authorization.as_ref().is_some_and(|earlier| earlier.scope.contains(scope));
    let known = realm.policy.scopes.iter().filter(|info| asked.contains(info.scope.as_str()));
    known.map(move |info| pages::ConsentScope {
        scope: info.scope.to_string(),
        field: format!("{}{}", consent_step::TICKED, info.scope),
        title: info.title.clone(),
        description: info.description.clone(),
        required: info.required,
        ticked: true,
        granted: granted(info.scope.as_str()),
    })
}

/// Claims that were asked for one by one, and that no asked scope opens.
fn claims(flow: &Flow, account: &Account) -> impl Iterator<Item = pages::ConsentScope> {
    let granted = |claim: &String| account.authorization.as_ref().is_some_and(|earlier| earlier.claims.contains(claim));
    flow.interaction.request.openid.wanted.singly.iter().map(move |claim| pages::ConsentScope {
        scope: claim.clone(),
        field: format!("{}{claim}", consent_step::TICKED_CLAIM),
        title: pages::claim_words(claim),
        description: String::new(),
        required: false,
        ticked: true,
        granted: granted(claim),
    })
}

/// What the app would be told if everything stays ticked.
fn told(realm: &Realm, flow: &Flow, account: &Account) -> pages::Told {
    let ValidatedRequest { scope, openid, .. } = &flow.interaction.request;
    if !scope.contains("openid") {
        return pages::Told::default();
    }
    let told = Told { policy: &realm.policy, scope, singly: &openid.wanted.singly, wanted: &openid.wanted };
    let words = |claims: Map<String, Value>| claims.keys().map(|name| pages::claim_words(name)).collect();
    pages::Told { at_once: words(told.in_id_token(&account.user)), later: words(told.at_userinfo(&account.user)) }
}

/// Where forms of an interaction may lead. Browsers apply `form-action` to every redirect that follows, also those of the
/// client's own that come after its callback, and `http://[::1]:…` is not even a valid source: so schemes, not hosts.
fn form_target(flow: &Flow) -> String {
    source(flow.interaction.request.target.uri())
}
