//! What surrounds every page of the demo: security headers, limits, one host name, and small files built into the
//! program.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use countersign_protocol::redirect_uri::origin_of;
use tower_http::timeout::TimeoutLayer;

/// Longest form that a page posts, in bytes.
const MAX_FORM: usize = 4096;
/// Longest that a request may take: a sign-in calls the provider twice, each at most 20 seconds.
const TIMEOUT: Duration = Duration::from_mins(1);
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The surroundings of one application.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Its own address, if a browser must use no other: cookies and tabs of `127.0.0.1` are not those of `localhost`.
    pub(crate) only_at: Option<String>,
    /// What its pages may do (Content Security Policy Level 3).
    pub(crate) policy: String,
    /// Longest that a request may take; usually a minute.
    pub(crate) patience: Option<Duration>,
}

impl Site {
    /// Puts the surroundings around an application's routes.
    pub(crate) fn around(self, router: Router) -> Router {
        let patience = self.patience.unwrap_or(TIMEOUT);
        router
            .layer(middleware::from_fn_with_state(Arc::new(self), surround))
            .layer(DefaultBodyLimit::max(MAX_FORM))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, patience))
    }

    /// The same page at the right host name, for a request that came by another one.
    fn elsewhere(&self, request: &Request) -> Option<String> {
        let here = self.only_at.as_deref()?;
        let (_, authority) = here.split_once("://")?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let navigates = matches!(*request.method(), Method::GET | Method::HEAD);
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        (navigates && !host.eq_ignore_ascii_case(authority)).then(|| format!("{here}{path}"))
    }
}

async fn surround(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = match site.elsewhere(&request) {
        Some(url) => see_other(&url),
        None => next.run(request).await,
    };
    let policy = HeaderValue::from_str(&site.policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = response.headers_mut();
    // What brings a policy of its own is for a frame.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Sends the browser elsewhere with GET, whatever it sent here (RFC 9110 §15.4.4).
pub(crate) fn see_other(url: &str) -> Response {
    match HeaderValue::from_str(url) {
        Ok(url) => (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An empty page that one site alone may show in a frame.
pub(crate) fn framed_by(site: &str, status: StatusCode) -> Response {
    let policy = format!("default-src 'none'; frame-ancestors {}", origin(site));
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("frame-ancestors 'none'"));
    (status, [(CONTENT_SECURITY_POLICY, policy)]).into_response()
}

/// A page made by a template.
pub(crate) fn page(status: StatusCode, template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A file built into the program: its name, its media type, its content.
pub(crate) type Asset = (&'static str, &'static str, &'static str);

/// One of these files, by name. Browsers ask again each time, so that a new version of the program shows at once.
pub(crate) fn asset(assets: &[Asset], name: &str) -> Response {
    match assets.iter().find(|(known, ..)| *known == name) {
        Some((_, media_type, content)) => {
            ([(CONTENT_TYPE, *media_type), (CACHE_CONTROL, "no-cache")], *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The origin of an address, for a policy; `'none'` for what is no address.
pub(crate) fn origin(url: &str) -> &str {
    origin_of(url).unwrap_or("'none'")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::Site;

    #[test]
    fn a_browser_that_came_by_another_host_name_is_sent_to_the_right_one() {
        let site = Site { only_at: Some("http://localhost:4001".into()), policy: String::new(), patience: None };
        let ask = |host: &str, method: &str| {
            let request = Request::builder().method(method).uri("/login?a=b").header("host", host);
            site.elsewhere(&request.body(Body::empty()).unwrap())
        };
        assert_eq!(ask("127.0.0.1:4001", "GET").unwrap(), "http://localhost:4001/login?a=b");
        assert_eq!(ask("localhost:4001", "GET"), None);
        assert_eq!(ask("LOCALHOST:4001", "GET"), None);
        assert_eq!(ask("127.0.0.1:4001", "POST"), None, "a form is refused by its token, not repeated as GET");
    }
}
