//! RFC 7592: a client looks at what it is, changes it, takes itself out; and can't do anything about what an administrator
//! decided.

use countersign_engine::records::{Authorization, Client};
use countersign_protocol::{HandleKind, Ttl};
use countersign_server::edge::SystemEntropy;
use serde_json::{Value, json};

use super::{app, register};
use crate::support::{Ask, Bench, Browser, Callback, Page, Reply, Rp};

/// A client that has just registered itself.
struct Own {
    id: String,
    secret: String,
    token: String,
    path: String,
}

impl Own {
    async fn new(bench: &Bench) -> Self {
        let body = register(bench, &app()).await.expect(201).json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let path = text("registration_client_uri").strip_prefix("https://as.example").unwrap().to_owned();
        Self { id: text("client_id"), secret: text("client_secret"), token: text("registration_access_token"), path }
    }

    async fn ask(&self, bench: &Bench, method: &str) -> Reply {
        bench.send(Ask::new(method, &self.path).bearer(&self.token)).await
    }

    async fn put(&self, bench: &Bench, metadata: &Value) -> Reply {
        bench.send(Ask::new("PUT", &self.path).bearer(&self.token).json(metadata)).await
    }

    /// What it registered, with what an update needs besides.
    fn metadata(&self) -> Value {
        let mut metadata = app();
        metadata["client_id"] = json!(self.id);
        metadata
    }

    fn with(&self, name: &str, value: Value) -> Value {
        let mut metadata = self.metadata();
        metadata[name] = value;
        metadata
    }

    fn rp(&self) -> Rp {
        Rp::registered(&self.id, &self.secret, "https://new.example/callback")
    }
}

#[tokio::test]
async fn a_client_reads_what_it_is() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let reply = own.ask(&bench, "GET").await.expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    assert_eq!((&body["client_id"], &body["client_name"]), (&json!(own.id), &json!("New app")));
    assert_eq!(body["redirect_uris"], json!(["https://new.example/callback"]));
    assert_eq!(body["registration_access_token"], own.token, "REQUIRED (RFC 7592 section 3)");
    assert_eq!(body["registration_client_uri"], format!("https://as.example{}", own.path));
    assert_eq!(body["client_id_issued_at"], 1_800_000_000);
    assert!(body.get("client_secret").is_none(), "only its hash is kept");
    assert!(!format!("{:?}", bench.memory).contains(&own.token), "and so it is with the token");
}

#[tokio::test]
async fn an_update_replaces_everything_and_leaves_the_secret() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let full = json!({
        "client_id": own.id, "client_secret": own.secret, "client_name": "Renamed",
        "redirect_uris": ["https://new.example/other"], "contacts": ["a@new.example"], "scope": "openid",
    });
    let body = own.put(&bench, &full).await.expect(200).json();
    assert_eq!((&body["client_name"], &body["scope"]), (&json!("Renamed"), &json!("openid")));
    assert_eq!(body["redirect_uris"], json!(["https://new.example/other"]));
    assert!(body.get("client_secret").is_none());
    assert_eq!(body["registration_access_token"], own.token);
    let body = own.put(&bench, &own.metadata()).await.expect(200).json();
    assert!(body.get("contacts").is_none(), "what is left out is gone");
    assert_ne!(body["scope"], "openid", "or the default again");
    own.rp().tokens(&bench, "openid", "alice").await;
}

#[tokio::test]
async fn what_may_not_be_registered_may_not_be_updated_to() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let table = [
        (own.with("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
        (own.with("redirect_uris", json!([])), "invalid_redirect_uri"),
        (own.with("grant_types", json!(["implicit"])), "invalid_client_metadata"),
        (own.with("client_secret", json!("a secret of my own choice, long enough")), "invalid_client_metadata"),
        (own.with("client_id", json!("shop")), "invalid_request"),
        (own.with("client_id", Value::Null), "invalid_request"),
        (own.with("registration_access_token", json!(own.token)), "invalid_request"),
        (own.with("registration_client_uri", json!("https://as.example/x")), "invalid_request"),
        (own.with("client_secret_expires_at", json!(0)), "invalid_request"),
        (own.with("client_id_issued_at", json!(0)), "invalid_request"),
        (json!([]), "invalid_client_metadata"),
    ];
    let before = bench.find::<Client>(&own.id).await.unwrap();
    for (metadata, code) in table {
        own.put(&bench, &metadata).await.refused(400, code);
    }
    assert_eq!(bench.find::<Client>(&own.id).await.unwrap(), before);
}

#[tokio::test]
async fn a_removed_client_is_gone_with_its_tokens_and_approvals() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    own.put(&bench, &own.with("grant_types", json!(["authorization_code", "refresh_token"]))).await.expect(200);
    let tokens = own.rp().tokens(&bench, "openid", "alice").await;
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await["active"], true);
    let reply = own.ask(&bench, "DELETE").await.expect(204);
    assert!(reply.body.is_empty());
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(bench.find::<Client>(&own.id).await.is_none());
    assert!(bench.all::<Authorization>().await.iter().all(|approval| approval.client.as_str() != own.id));
    bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.refused(401, "invalid_token");
    assert_eq!(Rp::of("api").introspect(&bench, &tokens.access).await, json!({"active": false}));
    own.rp().refresh(&bench, &tokens.refresh).await.refused(401, "invalid_client");
    for method in ["GET", "DELETE"] {
        own.ask(&bench, method).await.refused(401, "invalid_token");
    }
}

/// Whether a client exists is nobody else's business, so every wrong proof gets the same answer.
#[tokio::test]
async fn nobody_else_gets_at_a_client() {
    let bench = Bench::new().await;
    let (own, other) = (Own::new(&bench).await, Own::new(&bench).await);
    let random = countersign_protocol::Handle::random(HandleKind::Registration, &mut SystemEntropy);
    let cut = &own.token[..51];
    for token in [other.token.as_str(), random.expose(), cut, own.secret.as_str(), "x"] {
        for path in [own.path.as_str(), "/register/shop", "/register/nobody", "/register/u_alice"] {
            for method in ["GET", "DELETE"] {
                let reply = bench.send(Ask::new(method, path).bearer(token)).await;
                reply.refused(401, "invalid_token");
                assert!(reply.header("www-authenticate").contains("invalid_token"));
            }
            let put = bench.send(Ask::new("PUT", path).bearer(token).json(&own.metadata())).await;
            put.refused(401, "invalid_token");
        }
    }
    bench.send(Ask::get(&own.path)).await.refused(401, "invalid_token");
    assert!(bench.find::<Client>(&own.id).await.is_some());
}

/// CVE-2026-9705 Keycloak: a registration access token re-enabled a disabled client.
#[tokio::test]
async fn a_registration_token_cannot_undo_what_an_administrator_decided() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    bench.change::<Client>(&own.id, |client| client.enabled = false).await;
    for method in ["GET", "DELETE"] {
        own.ask(&bench, method).await.refused(403, "access_denied");
    }
    own.put(&bench, &own.with("enabled", json!(true))).await.refused(403, "access_denied");
    assert!(!bench.find::<Client>(&own.id).await.unwrap().enabled);

    let locked = Own::new(&bench).await;
    let lock = |client: &mut Client| client.dynamic.as_mut().unwrap().locked = true;
    bench.change::<Client>(&locked.id, lock).await;
    locked.ask(&bench, "GET").await.expect(200);
    locked.put(&bench, &locked.metadata()).await.refused(403, "access_denied");
    locked.ask(&bench, "DELETE").await.refused(403, "access_denied");
}

/// A stolen token that sends users elsewhere would otherwise get their codes without a word.
#[tokio::test]
async fn users_are_asked_again_when_an_app_has_another_name_or_address() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let rp = own.rp();
    let mut browser = Browser::new(&bench);
    rp.tokens_in(&mut browser, &bench, &rp.login("openid"), "alice").await;
    Callback::of(&browser.authorize(&rp.login("openid")).await).code();
    bench.advance(Ttl::secs(1));
    own.put(&bench, &own.with("contacts", json!(["a@new.example"]))).await.expect(200);
    Callback::of(&browser.authorize(&rp.login("openid")).await).code();
    for (name, value) in [
        ("client_name", json!("Another name")),
        ("client_name#fr", json!("Un autre nom")),
        ("logo_uri", json!("https://new.example/logo.png")),
        ("redirect_uris", json!(["https://new.example/callback", "https://evil.example/callback"])),
    ] {
        own.put(&bench, &own.with(name, value)).await.expect(200);
        bench.advance(Ttl::secs(1));
        let page = Page::of(browser.authorize(&rp.login("openid")).await);
        let reply = browser.submit(page.press("allow")).await;
        Callback::of(&reply).code();
        Callback::of(&browser.authorize(&rp.login("openid")).await).code();
    }
}

/// The page still had the name from before.
#[tokio::test]
async fn what_changes_while_the_user_reads_is_asked_about_the_next_time() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let (rp, mut browser) = (own.rp(), Browser::new(&bench));
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let page = Page::of(browser.authorize(&rp.login("openid")).await);
    bench.advance(Ttl::secs(1));
    own.put(&bench, &own.with("client_name", json!("Another name"))).await.expect(200);
    bench.advance(Ttl::secs(1));
    Callback::of(&browser.submit(page.press("allow")).await).code();
    assert!(Page::of(browser.authorize(&rp.login("openid")).await).text.contains("Another name"));
}

#[tokio::test]
async fn a_policy_may_give_out_a_new_token_with_each_update() {
    let bench = Bench::with(|realm| realm.policy.registration.rotate_access_tokens = true).await;
    let own = Own::new(&bench).await;
    let body = own.put(&bench, &own.metadata()).await.expect(200).json();
    let next = body["registration_access_token"].as_str().unwrap().to_owned();
    assert_ne!(next, own.token);
    own.ask(&bench, "GET").await.refused(401, "invalid_token");
    let own = Own { token: next, ..own };
    own.ask(&bench, "GET").await.expect(200);
}

#[tokio::test]
async fn a_public_client_that_becomes_confidential_gets_its_secret_once() {
    let bench = Bench::new().await;
    let own = Own::new(&bench).await;
    let body = own.put(&bench, &own.with("token_endpoint_auth_method", json!("none"))).await.expect(200).json();
    assert!(body.get("client_secret").is_none());
    let later = own.with("token_endpoint_auth_method", json!("client_secret_post"));
    let body = own.put(&bench, &later).await.expect(200).json();
    assert!(body["client_secret"].as_str().is_some_and(|secret| secret != own.secret));
    assert_eq!(body["client_secret_expires_at"], 0);
    let again = own.put(&bench, &later).await.expect(200).json();
    assert!(again.get("client_secret").is_none());
}
