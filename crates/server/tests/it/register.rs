//! `POST /register` (RFC 7591), what a client does about itself afterwards (RFC 7592), and how long it is kept.

mod keeping;
mod management;

use countersign_engine::records::{Client, InitialAccess};
use countersign_protocol::{Handle, HandleKind, Ttl};
use countersign_server::{edge::SystemEntropy, realm::Registration};
use serde_json::{Value, json};

use crate::support::{Ask, Bench, Browser, Page, Reply, Rp, assertion_key};

async fn register(bench: &Bench, metadata: &Value) -> Reply {
    bench.send(Ask::post("/register").json(metadata)).await
}

fn app() -> Value {
    json!({
        "client_name": "New app", "redirect_uris": ["https://new.example/callback"], "id_token_signed_response_alg": "ES256",
    })
}

#[tokio::test]
async fn a_client_registers_and_logs_in_at_once() {
    let bench = Bench::new().await;
    let reply = register(&bench, &json!({
        "client_name": "New app", "redirect_uris": ["https://new.example/callback"], "grant_types": ["authorization_code",
        "refresh_token"], "scope": "openid email", "id_token_signed_response_alg": "ES256", "unknown_member": [{}],
    }))
    .await
    .expect(201);
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    let (id, secret) = (body["client_id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    assert_eq!(
        (body["client_secret_expires_at"].as_i64(), body["client_id_issued_at"].as_i64()),
        (Some(0), Some(1_800_000_000))
    );
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic", "defaults are echoed");
    assert_eq!((body["scope"].as_str(), body["application_type"].as_str()), (Some("email openid"), Some("web")));
    assert!(body.get("unknown_member").is_none());
    assert_eq!(body["registration_client_uri"], format!("https://as.example/register/{id}"));
    assert!(body["registration_access_token"].as_str().is_some_and(|token| token.starts_with("csrg_")));
    let rp = Rp::registered(id, secret, "https://new.example/callback");
    let login = rp.login("openid email");
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    assert!(consent.text.contains("New app") && consent.text.contains("Unverified"));
    let callback = crate::support::Callback::of(&browser.submit(consent.press("allow")).await);
    rp.tokens_for(&bench, &callback, &login).await;
}

#[tokio::test]
async fn public_and_keyed_clients_get_no_secret() {
    let bench = Bench::new().await;
    let mut public = app();
    public["token_endpoint_auth_method"] = json!("none");
    let mut keyed = app();
    keyed["token_endpoint_auth_method"] = json!("private_key_jwt");
    let set: countersign_jose::JwkSet = [assertion_key().public_jwk().clone()].into_iter().collect();
    keyed["jwks"] = serde_json::from_str(&set.to_json()).unwrap();
    for metadata in [public, keyed] {
        let body = register(&bench, &metadata).await.expect(201).json();
        assert!(body.get("client_secret").is_none() && body.get("client_secret_expires_at").is_none(), "{body}");
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut metadata = app();
    metadata[name] = value;
    metadata
}

async fn refused(cases: Vec<Value>, code: &str) {
    let bench = Bench::new().await;
    let before = bench.all::<Client>().await.len();
    for metadata in cases {
        let reply = register(&bench, &metadata).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (400, code), "{metadata}");
    }
    assert_eq!(bench.all::<Client>().await.len(), before);
}

/// CVE-2026-9086, CVE-2026-29192, CVE-2026-28512.
#[tokio::test]
async fn a_redirect_uri_that_could_go_astray_is_refused() {
    let uris = |uri: &str| with("redirect_uris", json!([uri]));
    let cases = vec![
        uris("javascript:alert(1)"),
        uris("JavaScript:alert(1)"),
        uris("data:text/html,x"),
        uris("vbscript:x"),
        uris("http://new.example/callback"),
        uris("https://new.example/callback#fragment"),
        uris("https://user@new.example/callback"),
        uris("https://new.example\\@evil.example/"),
        uris("/callback"),
        uris("https:///callback"),
        uris("myapp:/callback"),
        uris("com.example.app:/callback"),
        uris("http://127.0.0.1/callback"),
        uris(&format!("https://new.example/{}", "x".repeat(2048))),
        uris("https://*.new.example/callback"),
        uris("https://new.example/\u{e9}"),
        uris(""),
        with("redirect_uris", json!([])),
        with("redirect_uris", json!(vec!["https://new.example/callback"; 51])),
        with("post_logout_redirect_uris", json!(["javascript:alert(1)"])),
    ];
    refused(cases, "invalid_redirect_uri").await;
}

#[tokio::test]
async fn metadata_that_is_not_offered_or_not_well_formed_is_refused() {
    let cases = vec![
        with("redirect_uris", json!("https://new.example/callback")),
        with("grant_types", json!(["implicit"])),
        with("grant_types", json!(["password"])),
        with("response_types", json!(["token"])),
        with("response_types", json!(["code id_token"])),
        with("token_endpoint_auth_method", json!("client_secret_jwt")),
        with("token_endpoint_auth_method", json!("private_key_jwt")),
        with("token_endpoint_auth_method", json!("tls_client_auth")),
        with("id_token_signed_response_alg", json!("none")),
        with("id_token_signed_response_alg", json!("HS256")),
        with("application_type", json!("toaster")),
        with("scope", json!("openid admin")),
        with("scope", json!("openid  email")),
        with("client_name", json!("x".repeat(101))),
        with("client_name", json!("a\nb")),
        with("client_name", json!("a\u{202e}b")),
        with("client_uri", json!("javascript:alert(1)")),
        with("policy_uri", json!("data:text/html,x")),
        with("tos_uri", json!("x")),
        with("logo_uri", json!("javascript:alert(1)")),
        with("default_max_age", json!(-1)),
        with("default_max_age", json!(1e300)),
        json!({
            "redirect_uris": ["https://new.example/"], "token_endpoint_auth_method": "none",
            "grant_types": ["client_credentials", "authorization_code"],
        }),
        json!([]),
        json!("x"),
        json!(null),
    ];
    refused(cases, "invalid_client_metadata").await;
}

#[tokio::test]
async fn a_native_client_may_register_loopback_and_private_use_schemes() {
    let bench = Bench::new().await;
    let metadata = json!({
        "application_type": "native", "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback", "com.example.app:/cb"],
    });
    register(&bench, &metadata).await.expect(201);
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_whatever_it_is() {
    let bench = Bench::new().await;
    let deep = format!("{{\"jwks\":{}{}}}", "[".repeat(30_000), "]".repeat(30_000));
    let bodies = [
        String::new(),
        "{".to_owned(),
        "{}".to_owned(),
        "client_name=x".to_owned(),
        "{\"client_name\":\"\\ud800\"}".to_owned(),
        "{\"client_name\":\"a\",\"client_name\":\"b\"}".to_owned(),
        deep,
        format!("{{\"client_name\":\"{}\"}}", "x".repeat(70_000)),
    ];
    for body in bodies {
        let reply = bench.send(Ask::post("/register").body("application/json", body.clone())).await;
        assert_eq!(reply.status.as_u16(), 400, "{}", &body[..body.len().min(60)]);
        assert!(reply.error().starts_with("invalid_"));
    }
    let broken = bench.send(Ask::post("/register").body("application/json", [b'"', 0xff, b'"'])).await;
    broken.refused(400, "invalid_client_metadata");
}

/// A form or a text is what a foreign page can send without asking; JSON takes a preflight.
#[tokio::test]
async fn only_json_registers() {
    let bench = Bench::new().await;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "application/jso"]
    {
        let reply = bench.send(Ask::post("/register").body(kind, app().to_string())).await;
        reply.refused(400, "invalid_client_metadata");
    }
    let mut without = Ask::post("/register");
    without.body = app().to_string().into_bytes();
    bench.send(without).await.refused(400, "invalid_client_metadata");
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        bench.send(Ask::post("/register").body(kind, app().to_string())).await.expect(201);
    }
}

#[tokio::test]
async fn where_registration_is_closed_nobody_registers() {
    let bench = Bench::with(|realm| realm.registration = Registration::Closed).await;
    let bare = Ask::post("/register").json(&app());
    for ask in [bare, Ask::post("/register").json(&app()).bearer("csrg_x")] {
        let reply = bench.send(ask).await;
        reply.refused(401, "invalid_token");
        assert!(reply.json()["error_description"].as_str().unwrap().contains("by an administrator"));
    }
}

#[tokio::test]
async fn an_initial_access_token_is_good_as_often_and_as_long_as_it_says() {
    let bench = Bench::with(|realm| realm.registration = Registration::InitialAccess).await;
    let token = Handle::random(HandleKind::Registration, &mut SystemEntropy);
    let expires_at = bench.now().plus(Ttl::days(1));
    bench.insert(&InitialAccess { hash: token.hash(), remaining: 2, expires_at }).await;
    let with = async |token: &str| bench.send(Ask::post("/register").json(&app()).bearer(token)).await;

    let bare = register(&bench, &app()).await;
    bare.refused(401, "invalid_token");
    assert_eq!(bare.header("www-authenticate"), "Bearer realm=\"countersign\"");
    let cut = &token.expose()[..51];
    for bad in ["x", cut, Handle::random(HandleKind::Registration, &mut SystemEntropy).expose()] {
        let reply = with(bad).await;
        reply.refused(401, "invalid_token");
        assert!(reply.header("www-authenticate").contains("invalid_token"));
    }
    // A registration that is refused does not use it up.
    let bad = Ask::post("/register").json(&json!({"redirect_uris": []})).bearer(token.expose());
    bench.send(bad).await.refused(400, "invalid_redirect_uri");
    with(token.expose()).await.expect(201);
    with(token.expose()).await.expect(201);
    with(token.expose()).await.refused(401, "invalid_token");

    let late = Handle::random(HandleKind::Registration, &mut SystemEntropy);
    bench.insert(&InitialAccess { hash: late.hash(), remaining: 9, expires_at }).await;
    bench.advance(Ttl::days(1));
    with(late.expose()).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn a_registered_name_is_text_on_every_page() {
    let bench = Bench::new().await;
    let mut metadata = app();
    metadata["client_name"] = json!("<script>alert(1)</script>");
    metadata["client_uri"] = json!("https://new.example/\u{22}onclick=x");
    register(&bench, &metadata).await.refused(400, "invalid_client_metadata");
    metadata["client_uri"] = json!("https://new.example/'onclick='x");
    let body = register(&bench, &metadata).await.expect(201).json();
    let rp = Rp::registered(body["client_id"].as_str().unwrap(), "", "https://new.example/callback");
    let mut browser = Browser::new(&bench);
    let sign_in = Page::of(browser.authorize(&rp.login("openid")).await);
    let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
    for page in [sign_in, consent] {
        assert!(!page.reply.text().contains("<script>"));
        assert!(page.text.contains("<script>alert(1)</script>"));
    }
}
