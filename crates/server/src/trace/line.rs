//! What a trace line says: an exchange of which only public things are left.

use axum::{
    http::{HeaderMap, header, request},
    response::Response,
};
use countersign_protocol::{Timestamp, basic, params};
use serde_json::{Value, json};

use super::public::{LEFT_OUT, told, told_back};
use crate::{extract::is_form, observed::Observed, realm::Realm};

/// What a request showed before it was handled, public things only.
#[derive(Debug)]
pub(super) struct Seen {
    method: String,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    bytes: usize,
    traceparent: Option<String>,
    /// The client that the request names; nobody has proven it.
    pub(super) client: Option<String>,
}

impl Seen {
    /// Of a request with its body.
    pub(super) fn of(realm: &Realm, parts: &request::Parts, body: &[u8]) -> Self {
        let (headers, query) = (&parts.headers, parts.uri.query().unwrap_or_default());
        let form = std::str::from_utf8(body).ok().filter(|_| is_form(headers));
        let authorization = text(headers, header::AUTHORIZATION.as_str());
        let basic = authorization.and_then(|value| basic::parse(value).ok().flatten()).map(|pair| pair.id);
        let named = |encoded: Option<&str>| encoded.and_then(|encoded| find(encoded, "client_id"));
        let query_told = if query.is_empty() { String::new() } else { format!("?{}", told(query, realm)) };
        let mut seen = Vec::new();
        for name in ["host", "content-type", "origin"] {
            seen.extend(text(headers, name).map(|value| (name, value.to_owned())));
        }
        // The scheme says how the client proves itself; what follows is the proof.
        let scheme = authorization.and_then(|value| value.split(' ').next());
        let scheme =
            scheme.filter(|scheme| scheme.eq_ignore_ascii_case("basic") || scheme.eq_ignore_ascii_case("bearer"));
        seen.extend(authorization.map(|_| ("authorization", format!("{} {LEFT_OUT}", scheme.unwrap_or(LEFT_OUT)))));
        Self {
            method: parts.method.to_string(),
            target: format!("{}{query_told}", without_handle(parts.uri.path())),
            headers: seen,
            body: form.filter(|form| !form.is_empty()).map(|form| told(form, realm)),
            bytes: body.len(),
            traceparent: text(headers, "traceparent").filter(|value| is_traceparent(value)).map(str::to_owned),
            client: basic.or_else(|| named(form)).or_else(|| named(Some(query))),
        }
    }
}

/// The line of a reply: number, time, and microseconds that it took.
pub(super) fn of((id, at, took): (u64, Timestamp, u64), seen: &Seen, reply: &Response, observed: &Observed) -> Value {
    let checks = observed.checks.iter();
    let checks = checks.map(|check| json!({"rule": check.rule.id, "ok": check.ok, "by": "Authorization Server"}));
    let refused = observed.refused.as_ref();
    json!({
        "id": id,
        "flow": null,
        "run": null,
        "site": "authorization_server",
        "endpoint": observed.endpoint,
        "at": at.millis(),
        "took": took,
        "held": null,
        "lost": false,
        "request": {
            "method": seen.method, "target": seen.target, "version": "HTTP/1.1", "headers": seen.headers,
            "body": seen.body, "bytes": seen.bytes,
        },
        "response": {
            "status": reply.status().as_u16(), "headers": headers(reply.headers()),
            "body": error(observed).map(|error| error.to_string()), "bytes": 0,
        },
        "checks": checks.collect::<Vec<_>>(),
        "refused": refused.map(|refusal| json!({"rule": refusal.rule.id, "detail": refusal.detail})),
        "engine_flow": observed.flow.as_ref().map(ToString::to_string),
        "client_id": observed.client.as_ref().map(ToString::to_string).or_else(|| seen.client.clone()),
        "trace_id": observed.trace_id,
        "traceparent": seen.traceparent,
    })
}

/// What the client was told of an error, in place of the body.
fn error(observed: &Observed) -> Option<Value> {
    let (error, trace_id) = (observed.error?.as_str(), observed.trace_id.as_deref()?);
    Some(match &observed.refused {
        Some(refusal) => {
            json!({"error": error, "error_description": refusal.description(), "trace_id": trace_id})
        }
        None => json!({"error": error, "trace_id": trace_id}),
    })
}

fn headers(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let mut told_of = Vec::new();
    for name in ["content-type", "www-authenticate", "retry-after"] {
        told_of.extend(text(headers, name).map(|value| (name, value.to_owned())));
    }
    if let Some(location) = text(headers, "location") {
        let (address, query) = location.split_once('?').unwrap_or((location, ""));
        let query = if query.is_empty() { String::new() } else { format!("?{}", told_back(query)) };
        told_of.push(("location", format!("{}{query}", without_handle(address))));
    }
    told_of
}

/// The address of a page without the handle that names its request.
fn without_handle(address: &str) -> String {
    let Some((before, rest)) = address.split_once("/interaction/") else { return address.to_owned() };
    let after = rest.split_once('/').map(|(_, page)| format!("/{page}")).unwrap_or_default();
    format!("{before}/interaction/{LEFT_OUT}{after}")
}

/// The form of `traceparent` (W3C Trace Context §3.2): numbers that somebody made up.
fn is_traceparent(value: &str) -> bool {
    value.len() == 55 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn find(encoded: &str, name: &str) -> Option<String> {
    let mut pairs = encoded.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    params::decode(value.as_bytes()).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::without_handle;

    #[test]
    fn the_handle_of_a_page_is_left_out_of_its_address() {
        assert_eq!(without_handle("/interaction/csia_x/consent"), "/interaction/…/consent");
        assert_eq!(without_handle("/interaction/csia_x"), "/interaction/…");
        assert_eq!(without_handle("https://as.example/interaction/csia_x"), "https://as.example/interaction/…");
        assert_eq!(without_handle("/token"), "/token");
    }
}
