//! Headers, for every endpoint and every way in which it answers: CORS where apps in browsers call, and nowhere else
//! (RFC 9700 §2.6); `no-store`; security headers even where a handler has panicked or run out of time. The bench checks
//! the security headers of every reply in all chapters.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::Request,
};
use tower::ServiceExt as _;

use crate::support::{Ask, Bench, Browser, Reply, Rp, secret_of};

/// What apps in browsers may call, with a method that it takes.
const FOR_APPS: [(&str, &str); 10] = [
    ("POST", "/token"),
    ("POST", "/revoke"),
    ("GET", "/userinfo"),
    ("POST", "/register"),
    ("GET", "/register/x"),
    ("PUT", "/register/x"),
    ("DELETE", "/register/x"),
    ("GET", "/jwks"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/openid-configuration"),
];

/// What they may not.
const NOT_FOR_APPS: [(&str, &str); 17] = [
    ("GET", "/"),
    ("GET", "/authorize"),
    ("POST", "/authorize"),
    ("GET", "/interaction/x"),
    ("GET", "/interaction/x/sign-in"),
    ("POST", "/interaction/x/sign-in"),
    ("POST", "/interaction/x/choose"),
    ("POST", "/interaction/x/consent"),
    ("POST", "/interaction/x/cancel"),
    ("GET", "/account"),
    ("POST", "/account/sign-in"),
    ("POST", "/account/revoke"),
    ("POST", "/account/sign-out"),
    ("GET", "/sign-out"),
    ("POST", "/introspect"),
    ("GET", "/readyz"),
    ("GET", "/nowhere"),
];

const ORIGIN: &str = "https://spa.example";

fn from_app(method: &str, path: &str) -> Ask {
    Ask::new(method, path).header("origin", ORIGIN).header("sec-fetch-site", "cross-site")
}

#[track_caller]
fn has_cors(reply: &Reply, what: &str) {
    assert_eq!(reply.header("access-control-allow-origin"), "*", "{what} {}", reply.status);
    assert!(!reply.has("access-control-allow-credentials"), "{what}: cookies are nobody's business there");
    assert!(reply.header("access-control-expose-headers").contains("www-authenticate"), "{what}");
}

#[track_caller]
fn has_no_cors(reply: &Reply, what: &str) {
    let found: Vec<_> = reply.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).collect();
    assert!(found.is_empty(), "{what} {}: {found:?}", reply.status);
}

#[tokio::test]
async fn apps_may_read_every_answer_of_what_is_for_them() {
    let bench = Bench::new().await;
    let tokens = Rp::of("spa").tokens(&bench, "openid", "alice").await;
    let secret = secret_of("service");
    let grant = [("grant_type", "client_credentials")];
    let answers = [
        (from_app("POST", "/token").form(&grant).basic("service", &secret), 200),
        (from_app("POST", "/token").form(&grant).basic("service", "wrong"), 401),
        (from_app("POST", "/token"), 400),
        (from_app("POST", "/token").raw_form(vec![b'x'; 100_000]), 400),
        (from_app("POST", "/revoke").form(&[("client_id", "spa"), ("token", "x")]), 200),
        (from_app("POST", "/revoke").form(&[("client_id", "nobody"), ("token", "x")]), 401),
        (from_app("GET", "/userinfo").bearer(&tokens.access), 200),
        (from_app("POST", "/userinfo").bearer("x"), 401),
        (from_app("GET", "/userinfo"), 401),
        (from_app("POST", "/register").body("application/json", "{"), 400),
        (from_app("POST", "/register").json(&serde_json::json!({"redirect_uris": ["https://x.example/"]})), 201),
        (from_app("GET", "/jwks"), 200),
        (from_app("GET", "/.well-known/openid-configuration"), 200),
    ];
    for (ask, status) in answers {
        let what = format!("{} {}", ask.method, ask.uri);
        let reply = bench.send(ask).await.expect(status);
        has_cors(&reply, &what);
    }
}

/// keycloak#22275: errors without CORS hide their cause from the developer.
#[tokio::test]
async fn a_wrong_method_is_answered_with_cors_in_the_form_of_other_errors() {
    let bench = Bench::new().await;
    for (right, path) in FOR_APPS {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            if FOR_APPS.contains(&(method, path)) || path == "/userinfo" && method == "POST" {
                continue;
            }
            let what = format!("{method} {path}");
            let reply = bench.send(from_app(method, path)).await.expect(405);
            has_cors(&reply, &what);
            assert!(reply.header("allow").contains(right), "{what}: {}", reply.header("allow"));
            assert_eq!(reply.json()["error"], "invalid_request", "{what}");
        }
    }
}

#[tokio::test]
async fn a_preflight_allows_what_clients_send() {
    let bench = Bench::new().await;
    for (method, path) in FOR_APPS {
        let ask = Ask::new("OPTIONS", path)
            .header("origin", ORIGIN)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type");
        let reply = bench.send(ask).await.expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{path}");
        assert!(reply.header("access-control-allow-methods").contains(method), "{path}");
        let headers = reply.header("access-control-allow-headers").to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("content-type"), "{path}: {headers}");
        assert!(!reply.has("access-control-allow-credentials"), "{path}");
        assert_eq!(reply.header("access-control-max-age"), "7200", "{path}");
    }
}

#[tokio::test]
async fn nothing_else_answers_scripts_of_other_origins() {
    let bench = Bench::new().await;
    for (method, path) in NOT_FOR_APPS {
        for method in [method, "OPTIONS", "PUT", "HEAD"] {
            let ask = from_app(method, path).header("access-control-request-method", "POST").form(&[]);
            let reply = bench.send(ask).await;
            assert!(!reply.status.is_success() || method != "OPTIONS", "{method} {path}: {}", reply.status);
            has_no_cors(&reply, &format!("{method} {path}"));
        }
    }
    let redirect = bench.send(from_app("GET", &Rp::of("spa").login("openid").url())).await.expect(303);
    has_no_cors(&redirect, "a good /authorize");
}

/// RFC 9110 §9.3.2: the same headers, and no body.
#[tokio::test]
async fn head_is_get_without_a_body() {
    let bench = Bench::new().await;
    for path in ["/", "/jwks", "/.well-known/openid-configuration", "/userinfo", "/healthz", "/sign-out", "/nowhere"] {
        let (get, head) = (bench.send(Ask::get(path)).await, bench.send(Ask::new("HEAD", path)).await);
        assert_eq!(get.status, head.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(get.header("content-type"), head.header("content-type"), "{path}");
    }
    for path in ["/token", "/revoke", "/introspect", "/register", "/authorize", "/account"] {
        assert_eq!(bench.send(Ask::new("HEAD", path)).await.status.as_u16(), 405, "{path}");
    }
}

#[tokio::test]
async fn addresses_are_exact() {
    let bench = Bench::new().await;
    let paths = [
        "/token/",
        "//token",
        "/Token",
        "/%74oken",
        "/token%2f",
        "/token%00",
        "/token;x",
        "/./token",
        "/x/../token",
        "/.well-known/openid-configuration/",
        "/.well-known/oauth-authorization-server/tenant",
        "/authorize/",
        "/assets/",
        "/assets/%2e%2e%2fCargo.toml",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/../account",
        "/interaction",
        "/interaction/x/y/z",
        "/accountx",
    ];
    for path in paths {
        for method in ["GET", "POST"] {
            bench.send(Ask::new(method, path).form(&[])).await.expect(404);
        }
    }
}

#[tokio::test]
async fn assets_may_be_kept_and_pages_may_not() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let home = browser.open("/").await;
    let text = home.reply.text();
    let asset = text.split('"').find(|part| part.starts_with("/assets/") && part.contains(".css")).unwrap();
    let reply = bench.send(Ask::get(asset)).await.expect(200);
    assert!(reply.header("cache-control").contains("immutable"));
    assert!(reply.header("content-type").starts_with("text/css"));
    let other = asset.replace(|c: char| c.is_ascii_digit(), "0");
    bench.send(Ask::get(other.replace("countersign", "x"))).await.expect(404);
}

#[tokio::test]
async fn with_https_browsers_are_told_to_stay_with_it_and_on_http_they_are_not() {
    let bench = Bench::new().await;
    assert!(bench.send(Ask::get("/jwks")).await.header("strict-transport-security").starts_with("max-age="));
    let local = Bench::with(|realm| "http://localhost:4000".clone_into(&mut realm.policy.issuer)).await;
    assert!(!local.send(Ask::get("/jwks")).await.has("strict-transport-security"));
}

#[track_caller]
fn is_complete(reply: &Reply, what: &str) {
    for name in ["x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"] {
        assert!(reply.has(name), "{what}: {name}");
    }
    assert_eq!(reply.header("cache-control"), "no-store", "{what}");
}

/// No request should panic a handler. If one does, the reply is as careful as any other, and the server goes on.
#[tokio::test]
async fn a_handler_that_panics_still_answers_in_form() {
    let bench = Bench::new().await;
    bench.break_clock();
    for (method, path) in FOR_APPS {
        let reply = bench.send_unchecked(from_app(method, path).form(&[])).await;
        if reply.status.as_u16() == 200 {
            continue; // Documents need no clock.
        }
        reply.refused(500, "server_error");
        has_cors(&reply, path);
        is_complete(&reply, path);
    }
    for (method, path) in
        [("GET", "/authorize"), ("GET", "/account"), ("POST", "/account/revoke"), ("GET", "/sign-out")]
    {
        let reply = bench.send_unchecked(from_app(method, path).form(&[])).await.expect(500);
        assert!(reply.is_html(), "{path}: a person looks at this");
        has_no_cors(&reply, path);
        is_complete(&reply, path);
    }
    let reply = bench.send_unchecked(from_app("POST", "/introspect").form(&[])).await;
    reply.refused(500, "server_error");
    is_complete(&reply, "/introspect");
    assert_eq!(bench.send_unchecked(Ask::get("/healthz")).await.status.as_u16(), 200);
}

/// A body that never ends.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up_in_form() {
    let bench = Bench::new().await;
    for path in ["/token", "/revoke", "/introspect", "/register", "/authorize", "/sign-out"] {
        let kind = if path == "/register" { "application/json" } else { "application/x-www-form-urlencoded" };
        let mut request = Request::post(path).header("content-type", kind).body(Body::new(Endless)).unwrap();
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([192, 0, 2, 1], 1))));
        let response = tokio::time::timeout(Duration::from_secs(31), bench.router().oneshot(request));
        let response = response.await.expect("within half a minute").unwrap();
        let reply =
            Reply { status: response.status(), headers: response.headers().clone(), body: Vec::new(), observed: None };
        assert_eq!(reply.status.as_u16(), 503, "{path}");
        assert!(reply.has("retry-after"), "{path}");
        is_complete(&reply, path);
        if ["/token", "/revoke", "/register"].contains(&path) {
            has_cors(&reply, path);
        }
    }
}
