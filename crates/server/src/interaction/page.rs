//! From what handlers know to pages with the right status and headers.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use countersign_engine::{
    Cx,
    authorize::PageFailure,
    logout::{WayBack, front_channel::LogoutFrame},
    records::User,
};
use countersign_protocol::RedirectUri;

mod account;
mod login;

pub use account::{account, account_sign_in, ask_sign_out};
pub use login::{SignUpState, choose, consent, sign_in, sign_up};

use super::stop::{Lost, LostCookie, Stop};
pub use crate::pages::{Problem, SignUpProblem};
use crate::{
    observed::Observed,
    pages::{self, Frame, Page, Person},
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

/// A 303 to a page of this server.
pub fn go_on(realm: &Realm, path: &str) -> Response {
    see_other(&realm.path(path))
}

/// The page, or the page that says why there is none.
pub fn or_error(realm: &Realm, cx: &mut Cx<'_>, endpoint: &'static str, outcome: Result<Response, Stop>) -> Response {
    let (mut response, observed) = match outcome {
        Ok(response) => (response, Observed::of(cx, endpoint)),
        Err(Stop::Lost(Lost::Gone)) => {
            (html(&pages::Message::ended(frame(realm)), StatusCode::GONE, ""), Observed::of(cx, endpoint))
        }
        Err(Stop::Lost(Lost::Cookie(lost))) => {
            let (trace_id, observed) = report(cx, endpoint, &lost.refusal.clone().into());
            (cookie_lost(realm, *lost, trace_id), observed)
        }
        Err(Stop::Failed(failure)) => {
            let (trace_id, observed) = report(cx, endpoint, &failure);
            (failed(realm, failure, trace_id), observed)
        }
    };
    observed.attach(&mut response);
    response
}

fn failed(realm: &Realm, failure: Failure, trace_id: String) -> Response {
    match failure {
        Failure::Refused(refusal) => {
            let page = pages::ErrorPage::refused(frame(realm), &refusal, None, trace_id);
            html(&page, StatusCode::BAD_REQUEST, "")
        }
        Failure::Overloaded(_) => busy(realm, 1, trace_id),
        Failure::Fault(_) | Failure::Store(_) => {
            html(&pages::ErrorPage::fault(frame(realm), trace_id), StatusCode::INTERNAL_SERVER_ERROR, "")
        }
    }
}

/// The error page of a request whose client or redirect URI is not proven.
pub fn refused_request(realm: &Realm, cx: &mut Cx<'_>, endpoint: &'static str, failure: PageFailure) -> Response {
    let PageFailure { refusal, client_name, sent, nearest } = failure;
    let (trace_id, observed) = report(cx, endpoint, &refusal.clone().into());
    let mut page = pages::ErrorPage::refused(frame(realm), &refusal, client_name.as_deref(), trace_id);
    if let Some(sent) = sent {
        page = page.comparing(&sent, nearest.as_ref().map(|(uri, _)| uri.as_str()));
    }
    let mut response = html(&page, StatusCode::BAD_REQUEST, "");
    observed.attach(&mut response);
    response
}

/// The page for a browser that lost our cookie, with the way back where there is one.
fn cookie_lost(realm: &Realm, lost: LostCookie, trace_id: String) -> Response {
    let LostCookie { refusal, began_at, came_back_on, path } = lost;
    let next = (began_at != came_back_on && realm.is_own_host(&began_at)).then(|| pages::Next {
        label: format!("Go on at {began_at}"),
        href: format!("{}://{began_at}{}", if realm.is_https() { "https" } else { "http" }, realm.path(&path)),
    });
    let why = refusal.detail.unwrap_or_default();
    html(
        &pages::CookieLost { frame: frame(realm), began_at, came_back_on, why, next, trace_id },
        StatusCode::BAD_REQUEST,
        "",
    )
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

/// The accounts of this browser that were meant are signed out: the page that says so and tells apps in its frames, or
/// the way back to the app that asked.
pub fn signed_out(realm: &Realm, way_back: Option<&WayBack>, frames: &[LogoutFrame]) -> Response {
    let next = way_back.map(|way_back| pages::Next { label: "Continue".to_owned(), href: way_back.location() });
    match &next {
        Some(next) if frames.is_empty() => see_other(&next.href),
        _ => with_frames(realm, next, frames),
    }
}

/// The signed-out page with a way on.
pub fn with_frames(realm: &Realm, next: Option<pages::Next>, frames: &[LogoutFrame]) -> Response {
    let goes_on = next.is_some() && !frames.is_empty();
    let addresses = frames.iter().map(|frame| frame.address.clone()).collect();
    let page = pages::SignedOut { frame: frame(realm), next, frames: addresses, goes_on };
    let mut response = html(&page, StatusCode::OK, "");
    if !frames.is_empty() {
        let mut origins: Vec<&str> = frames.iter().map(|frame| frame.origin.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        let policy = policy("", &format!("frame-src {}; ", origins.join(" ")));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The front page.
pub fn home(realm: &Realm) -> Response {
    let link = |label: &str, path: &str, about: &str| pages::HomeLink {
        label: label.to_owned(),
        href: realm.path(path),
        about: about.to_owned(),
    };
    let page = pages::Home {
        frame: frame(realm),
        account: realm.path("/account"),
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

fn busy(realm: &Realm, secs: u64, trace_id: String) -> Response {
    let page = pages::Message { trace_id: Some(trace_id), ..pages::Message::rate_limited(frame(realm), secs) };
    retry_after(html(&page, StatusCode::SERVICE_UNAVAILABLE, ""), secs)
}

pub(super) fn frame(realm: &Realm) -> Frame {
    Frame { product: realm.name.clone(), issuer: realm.issuer().to_owned() }
}

pub(super) fn person(user: &User) -> Person {
    Person { name: user.display_name().to_owned(), username: user.username.clone() }
}

/// Where forms may lead that end in an authorization response. Browsers apply `form-action` to every redirect that
/// follows, also those of the client's own that come after its callback, and `http://[::1]:…` is not even a valid source:
/// so schemes, not hosts.
pub(super) fn source(uri: &RedirectUri) -> String {
    // The scheme of a registered URI holds letters, digits and "+-." only, so nothing can break out here.
    if uri.is_private_use() { format!("{}:", uri.host_for_display()) } else { "http: https:".to_owned() }
}

fn policy(form_target: &str, more: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; {more}form-action 'self' {form_target}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

pub(super) fn html(page: &impl Page, status: StatusCode, form_target: &str) -> Response {
    let mut response = (status, Html(pages::render(page))).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy(form_target, ""));
    no_store(&mut response);
    response
}

/// A form again: with the status of what was wrong with it, and with how many seconds to wait where that is the trouble.
pub(super) fn shown_again(mut response: Response, wrong: bool, wait: Option<u64>) -> Response {
    match wait {
        Some(secs) => {
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            return retry_after(response, secs);
        }
        None if wrong => *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY,
        None => {}
    }
    response
}

fn retry_after(mut response: Response, secs: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
    response
}
