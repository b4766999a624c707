//! Who may look. The explorer shows secrets and moves the clock, so it answers this computer only (a foreign name that
//! resolves to it is refused: DNS rebinding), and its buttons work from its own pages only.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

use super::reply::error;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const FETCH_SITE: &str = "sec-fetch-site";

/// Answers requests that name this computer, and puts the headers on every reply.
pub(crate) async fn this_computer_only(request: Request, next: Next) -> Response {
    let mut response = if names_this_computer(request.headers()) {
        next.run(request).await
    } else {
        let why = "Open it as http://localhost, http://127.0.0.1 or http://[::1]; no other name is answered here.";
        error(StatusCode::FORBIDDEN, "access_denied", why)
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Answers what the explorer's own pages and programs without a browser ask.
pub(crate) async fn own_pages_only(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if is_foreign(headers) {
        return error(StatusCode::FORBIDDEN, "access_denied", "Another page may not ask this.");
    }
    if request.method() == Method::POST && !is_json(headers) {
        let why = "Send it with content-type: application/json, which no foreign page can do unasked.";
        return error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", why);
    }
    next.run(request).await
}

fn names_this_computer(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(HOST).iter();
    let (Some(host), None) = (all.next().and_then(|host| host.to_str().ok()), all.next()) else { return false };
    let names = ["localhost", "127.0.0.1", "[::1]"];
    names.iter().any(|name| {
        let rest = host.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name)).map(|_| &host[name.len()..]);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
        })
    })
}

/// Whether another page sent this, by the two headers with which browsers say so.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    let own = text(HOST.as_str()).map(|host| format!("http://{host}"));
    let elsewhere = text(ORIGIN.as_str()).is_some_and(|origin| own.is_none_or(|own| !own.eq_ignore_ascii_case(origin)));
    let site = text(FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none");
    elsewhere || site
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{is_foreign, names_this_computer};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_loopback_names_are_this_computer() {
        for host in ["localhost:4000", "LOCALHOST:4000", "127.0.0.1:4000", "[::1]:4000", "localhost"] {
            assert!(names_this_computer(&headers(&[("host", host)])), "{host}");
        }
        let others = [
            "evil.example",
            "localhost.evil.example:4000",
            "127.0.0.1.evil.example",
            "localhost:4000@evil.example",
            "evil.example:4000",
            "127.0.0.2",
            "[::1].evil.example",
            "localhost:",
            "0.0.0.0:4000",
            "",
        ];
        for host in others {
            assert!(!names_this_computer(&headers(&[("host", host)])), "{host}");
        }
        assert!(!names_this_computer(&HeaderMap::new()));
        let mut two = headers(&[("host", "localhost")]);
        two.append("host", "evil.example".parse().unwrap());
        assert!(!names_this_computer(&two));
    }

    #[test]
    fn another_origin_is_foreign_even_on_this_computer() {
        let host = ("host", "localhost:4000");
        assert!(!is_foreign(&headers(&[host])));
        assert!(!is_foreign(&headers(&[host, ("origin", "http://localhost:4000"), ("sec-fetch-site", "same-origin")])));
        assert!(!is_foreign(&headers(&[host, ("sec-fetch-site", "none")])));
        for origin in ["http://localhost:4001", "https://localhost:4000", "null", "http://evil.example"] {
            assert!(is_foreign(&headers(&[host, ("origin", origin)])), "{origin}");
        }
        for site in ["same-site", "cross-site"] {
            assert!(is_foreign(&headers(&[host, ("sec-fetch-site", site)])), "{site}");
        }
    }
}
