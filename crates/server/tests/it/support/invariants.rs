//! What must hold for every reply of this server, whatever was asked.

use axum::http::StatusCode;

use super::ask::Reply;
use serde_json::Value;

/// Panics, naming the request, where a reply breaks one of the rules that all share.
#[track_caller]
pub(crate) fn check(what: &str, authorize: bool, reply: &Reply) {
    let status = reply.status;
    assert!(
        !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE,
        "{what}: {status} {}",
        reply.text()
    );
    // RFC 9700 §4.12: 307 and 308 would send the credentials on, and 301 and 302 leave it to the browser.
    assert!(!status.is_redirection() || status == StatusCode::SEE_OTHER, "{what}: {status}");
    assert_eq!(reply.has("location"), status == StatusCode::SEE_OTHER, "{what}: {status} and Location");
    headers(what, reply);
    // Cross-origin scripts have no business there (RFC 9700 §2.6), nor on any page or redirect.
    if authorize || reply.is_html() || status.is_redirection() {
        let cors = reply.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors.count(), 0, "{what}: CORS");
    }
    if reply.is_html() {
        page(what, reply);
    }
    traced(what, reply);
    if status == StatusCode::UNAUTHORIZED || status.is_redirection() || reply.has("set-cookie") {
        assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    }
}

#[track_caller]
fn headers(what: &str, reply: &Reply) {
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(reply.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(reply.header("referrer-policy"), "no-referrer", "{what}");
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
}

/// Every error says under which name the log knows it.
#[track_caller]
fn traced(what: &str, reply: &Reply) {
    let location = reply.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(location.contains("error="), location.contains("countersign_trace_id="), "{what}: {location}");
    if let Some(body) = serde_json::from_slice::<Value>(&reply.body).ok().filter(|body| body.get("error").is_some()) {
        assert!(body["trace_id"].as_str().is_some_and(|id| id.len() == 12), "{what}: {body}");
    }
    let challenge = reply.headers.get("www-authenticate").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(challenge.contains("error="), challenge.contains("trace_id="), "{what}: {challenge}");
}

#[track_caller]
fn page(what: &str, reply: &Reply) {
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{what}");
    assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    let (text, policy) = (reply.text(), reply.header("content-security-policy"));
    assert!(policy.contains("form-action 'self'"), "{what}: {policy}");
    assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick"), "{what}: inline");
    for script in text.match_indices("<script").map(|(at, _)| &text[at..]) {
        assert!(script.starts_with("<script src=\"/") && policy.contains("script-src 'self'"), "{what}: script");
    }
}
