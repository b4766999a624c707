//! From what handlers know to pages with the right status and headers.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use countersign_engine::{
    Cx,
    authorize::{Account, PageFailure},
    records::{Browser, Client, Origin, User},
};
use countersign_protocol::{RedirectUri, ScopeSet, Timestamp};

use super::{
    account::{self, Overview},
    choose, consent,
    flow::{Flow, Lost, host},
    sign_in, sign_out,
};
pub use crate::pages::Problem;
use crate::{
    pages::{self, Form, Frame, Page, Person},
    realm::Realm,
    reply::{Failure, no_store, report},
};

/// What the sign-in form says when it is shown again.
#[derive(Debug, Clone, Default)]
pub struct SignInState {
    /// What was typed as user name.
    pub username: Option<String>,
    /// Why it is shown again.
    pub problem: Option<Problem>,
}

/// A 303: the browser goes on with a GET, whatever it came with.
pub fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(location) {
        Ok(value) => {
            response.headers_mut().insert(header::LOCATION, value);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    no_store(&mut response);
    response
}

/// The page, or the page that says why there is none.
pub fn or_error(realm: &Realm, cx: &mut Cx<'_>, endpoint: &str, outcome: Result<Response, Failure>) -> Response {
    let failure = match outcome {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    let trace_id = report(cx, endpoint, &failure);
    match failure {
        Failure::Refused(refusal) => {
            let page = pages::ErrorPage::refused(frame(realm), &refusal, None, trace_id);
            html(&page, StatusCode::BAD_REQUEST, "")
        }
        Failure::Overloaded(_) => busy(realm, 1),
        Failure::Fault(_) | Failure::Store(_) => {
            html(&pages::ErrorPage::fault(frame(realm), trace_id), StatusCode::INTERNAL_SERVER_ERROR, "")
        }
    }
}

/// The error page of a request whose client or redirect URI is not proven.
pub fn refused_request(realm: &Realm, cx: &mut Cx<'_>, failure: PageFailure) -> Response {
    let PageFailure { refusal, client_name, sent, nearest } = failure;
    let trace_id = report(cx, "authorize", &refusal.clone().into());
    let mut page = pages::ErrorPage::refused(frame(realm), &refusal, client_name.as_deref(), trace_id);
    if let Some(sent) = sent {
        page = page.comparing(&sent, nearest.as_ref().map(|(uri, _)| uri.as_str()));
    }
    html(&page, StatusCode::BAD_REQUEST, "")
}

/// The sign-in page of an interaction; `again`: the account that must prove itself again.
pub fn sign_in(realm: &Realm, flow: &Flow, again: Option<&Account>, state: &SignInState) -> Response {
    let hint = flow.interaction.request.login_hint.clone();
    let page = pages::SignIn {
        frame: frame(realm),
        app: Some(app(flow)),
        form: form(realm, flow, "sign-in", sign_in::PURPOSE),
        cancel: Some(cancel(realm, flow)),
        username: match (again, &state.username) {
            (Some(account), _) => account.user.username.clone(),
            (None, typed) => typed.clone().or(hint).unwrap_or_default(),
        },
        again: again.map(|account| person(&account.user)),
        problem: state.problem,
        switch: switch(realm, flow, again, again.is_some()),
    };
    shown_again(html(&page, StatusCode::OK, &form_target(flow)), state)
}

/// The sign-in page for the account page, which no app asked for.
pub fn account_sign_in(realm: &Realm, browser: &Browser, state: &SignInState) -> Response {
    let page = pages::SignIn {
        frame: frame(realm),
        app: None,
        form: Form::new("/account/sign-in", realm.form_token(&browser.id, sign_in::PURPOSE)),
        cancel: None,
        username: state.username.clone().unwrap_or_default(),
        again: None,
        problem: state.problem,
        switch: None,
    };
    shown_again(html(&page, StatusCode::OK, ""), state)
}

/// The choice between accounts.
pub fn choose(realm: &Realm, flow: &Flow) -> Response {
    let Some(switch) = switch(realm, flow, None, true) else {
        return sign_in(realm, flow, None, &SignInState::default());
    };
    let page = pages::ChooseAccount { frame: frame(realm), app: app(flow), switch, cancel: Some(cancel(realm, flow)) };
    html(&page, StatusCode::OK, &form_target(flow))
}

/// The consent page for an account.
pub fn consent(realm: &Realm, flow: &Flow, account: &Account) -> Response {
    let granted = account.authorization.as_ref().map(|a| a.scope.clone()).unwrap_or_default();
    let link = |text: &Option<String>| text.as_deref().and_then(pages::WebLink::parse);
    let session = account.session.id.as_str();
    let page = pages::Consent {
        frame: frame(realm),
        app: app(flow),
        unverified: flow.client.origin == Origin::Dynamic,
        person: person(&account.user),
        switch: switch(realm, flow, Some(account), true),
        form: form(realm, flow, "consent", consent::PURPOSE).with("session", session),
        scopes: scopes(realm, &flow.interaction.request.scope, &granted),
        resources: flow.interaction.request.resources.clone(),
        links: pages::AppLinks {
            website: link(&flow.client.client_uri),
            policy: link(&flow.client.policy_uri),
            terms: link(&flow.client.tos_uri),
        },
    };
    html(&page, StatusCode::OK, &form_target(flow))
}

/// An interaction that can't go on in this browser, and what may be the reason.
pub fn lost(realm: &Realm, lost: &Lost, headers: Option<&HeaderMap>) -> Response {
    match lost {
        Lost::Gone => html(&pages::Message::ended(frame(realm)), StatusCode::GONE, ""),
        Lost::Cookie { began_at, path } => {
            let came_back_on = headers.map(host).unwrap_or_default();
            let next = (*began_at != came_back_on && realm.is_own_host(began_at)).then(|| pages::Next {
                label: format!("Go on at {began_at}"),
                href: format!("{}://{began_at}{path}", if realm.is_https() { "https" } else { "http" }),
            });
            let page = pages::CookieLost {
                frame: frame(realm),
                began_at: began_at.clone(),
                came_back_on,
                next,
                trace_id: None,
            };
            html(&page, StatusCode::BAD_REQUEST, "")
        }
    }
}

/// The form that carries an authorization response to the client.
pub fn form_post(realm: &Realm, target: &RedirectUri, fields: &[(&'static str, String)]) -> Response {
    let page = pages::FormPost {
        frame: frame(realm),
        app: None,
        action: target.as_str().to_owned(),
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    let mut response = html(&page, StatusCode::OK, &source(target));
    // The one page with a script: it presses the button.
    let policy = policy(&source(target), "script-src 'self'; ");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The account page.
pub fn account(realm: &Realm, now: Timestamp, overview: &Overview) -> Response {
    let token = realm.form_token(&overview.browser.id, account::PURPOSE);
    let acting = |action: &str| Form::new(action, token.clone()).with("as", overview.session.id.as_str());
    let others = overview.others.iter().map(|(session, user)| pages::OtherAccount {
        person: person(user),
        href: format!("/account?as={}", session.id),
    });
    let page = pages::AccountHome {
        frame: frame(realm),
        person: person(&overview.user),
        others: others.collect(),
        notice: None,
        apps: overview.apps.iter().map(|app| connected(realm, now, app)).collect(),
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

/// The question before signing out.
pub fn ask_sign_out(realm: &Realm, browser: &Browser, users: &[&User]) -> Response {
    let page = pages::SignOut {
        frame: frame(realm),
        app: None,
        people: users.iter().map(|user| person(user)).collect(),
        form: Form::new("/sign-out", realm.form_token(&browser.id, sign_out::PURPOSE)),
        stay: "/account".to_owned(),
    };
    html(&page, StatusCode::OK, "")
}

/// Nobody is signed in any more.
pub fn signed_out(realm: &Realm) -> Response {
    html(&pages::SignedOut { frame: frame(realm), next: None }, StatusCode::OK, "")
}

/// The front page.
pub fn home(realm: &Realm) -> Response {
    let link = |label: &str, path: &str, about: &str| pages::HomeLink {
        label: label.to_owned(),
        href: path.to_owned(),
        about: about.to_owned(),
    };
    let page = pages::Home {
        frame: frame(realm),
        account: "/account".to_owned(),
        documents: vec![
            link("OpenID configuration", "/.well-known/openid-configuration", "OpenID Connect Discovery 1.0"),
            link("Server metadata", "/.well-known/oauth-authorization-server", "RFC 8414"),
            link("Public keys", "/jwks", "JWK Set, RFC 7517"),
        ],
        more: realm.places.clone(),
    };
    html(&page, StatusCode::OK, "")
}

/// Nothing lives at this address.
pub fn not_found(realm: &Realm) -> Response {
    html(&pages::Message::not_found(frame(realm)), StatusCode::NOT_FOUND, "")
}

/// The address exists, but not for this method.
pub fn wrong_method(realm: &Realm) -> Response {
    html(&pages::Message::wrong_method(frame(realm)), StatusCode::METHOD_NOT_ALLOWED, "")
}

fn busy(realm: &Realm, secs: u64) -> Response {
    let page = pages::Message::rate_limited(frame(realm), secs);
    retry_after(html(&page, StatusCode::SERVICE_UNAVAILABLE, ""), secs)
}

fn frame(realm: &Realm) -> Frame {
    Frame { product: realm.name.clone(), issuer: realm.issuer().to_owned() }
}

fn person(user: &User) -> Person {
    Person { name: user.display_name().to_owned(), username: user.username.clone() }
}

fn app(flow: &Flow) -> pages::App {
    pages::App { name: flow.client.name.clone(), destination: destination(flow.interaction.request.target.uri()) }
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
    Form::new(format!("{}/{step}", flow.path()), realm.form_token(&flow.browser.id, purpose))
}

fn cancel(realm: &Realm, flow: &Flow) -> Form {
    form(realm, flow, "cancel", consent::PURPOSE)
}

/// The ways to go on as somebody else than `but`; none where nobody else is signed in and `always` is not set.
fn switch(realm: &Realm, flow: &Flow, but: Option<&Account>, always: bool) -> Option<pages::Switch> {
    let others = flow.accounts.iter().filter(|a| but.is_none_or(|but| but.session.id != a.session.id));
    let accounts: Vec<_> =
        others.map(|a| pages::Choice { session: a.session.id.to_string(), person: person(&a.user) }).collect();
    (always || !accounts.is_empty()).then(|| pages::Switch {
        choose: form(realm, flow, "choose", choose::PURPOSE),
        accounts,
        another: Some(format!("{}/sign-in", flow.path())),
    })
}

fn scopes(realm: &Realm, asked: &ScopeSet, granted: &ScopeSet) -> Vec<pages::ConsentScope> {
    let known = realm.policy.scopes.iter().filter(|info| asked.contains(info.scope.as_str()));
    known
        .map(|info| pages::ConsentScope {
            scope: info.scope.to_string(),
            field: format!("{}{}", consent::TICKED, info.scope),
            title: info.title.clone(),
            description: info.description.clone(),
            required: info.required,
            ticked: true,
            granted: granted.contains(info.scope.as_str()),
        })
        .collect()
}

fn connected(realm: &Realm, now: Timestamp, app: &account::ConnectedApp) -> pages::ConnectedApp {
    let known = |scope: &str| realm.policy.scopes.iter().find(|info| info.scope.as_str() == scope);
    let words = app.authorization.scope.iter().map(|scope| {
        known(scope.as_str()).map_or_else(
            || pages::ScopeWords { title: scope.to_string(), description: String::new() },
            |info| pages::ScopeWords { title: info.title.clone(), description: info.description.clone() },
        )
    });
    let client: Option<&Client> = app.client.as_deref();
    pages::ConnectedApp {
        client_id: app.authorization.client.to_string(),
        name: client.map_or_else(|| app.authorization.client.to_string(), |client| client.name.clone()),
        unverified: client.is_some_and(|client| client.origin == Origin::Dynamic),
        host: client.and_then(|c| c.redirect_uris.first()).map(|uri| uri.host_for_display().to_owned()),
        scopes: words.collect(),
        since: pages::Moment::past(app.authorization.created_at, now),
        last_used: app.used_at.map(|at| pages::Moment::past(at, now)),
    }
}

/// Where forms of an interaction may lead. Browsers apply `form-action` to every redirect that follows, also those of the
/// client's own that come after its callback, and `http://[::1]:…` is not even a valid source: so schemes, not hosts.
fn form_target(flow: &Flow) -> String {
    source(flow.interaction.request.target.uri())
}

fn source(uri: &RedirectUri) -> String {
    // The scheme of a registered URI holds letters, digits and "+-." only, so nothing can break out here.
    if uri.is_private_use() { format!("{}:", uri.host_for_display()) } else { "http: https:".to_owned() }
}

fn policy(form_target: &str, script: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; {script}form-action 'self' {form_target}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

fn html(page: &impl Page, status: StatusCode, form_target: &str) -> Response {
    let mut response = (status, Html(pages::render(page))).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy(form_target, ""));
    no_store(&mut response);
    response
}

fn shown_again(mut response: Response, state: &SignInState) -> Response {
    match state.problem {
        Some(Problem::Wait(secs)) => {
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            retry_after(response, secs)
        }
        Some(Problem::NoMatch | Problem::Stale) => {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        None => response,
    }
}

fn retry_after(mut response: Response, secs: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    response
}

/// What is left of a request whose handler panicked. No request should; if one does, only that one is lost.
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    let body = r#"{"error":"server_error","error_description":"A fault on our side."}"#;
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
