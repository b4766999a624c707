//! Request objects over HTTP (OpenID Connect Core §6, RFC 9101): by value, by reference, with keys at an address.

use countersign_engine::records::{Client, KeySource, ObjectAlg};
use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::base64url;
use serde_json::{Value, json};

use crate::support::{Ask, Bench, Browser, ISSUER, Login, Rp, Site, reach_loopback};

/// The client `shop` with that key, and whatever else is changed.
async fn bench(key: &SigningKey, change: impl FnOnce(&mut Client)) -> Bench {
    let bench = Bench::with(reach_loopback).await;
    let jwks = json!({ "keys": [key.public_jwk()] }).to_string();
    bench
        .change::<Client>("shop", |client| {
            client.keys = Some(KeySource::Inline(jwks));
            change(client);
        })
        .await;
    bench
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::ES256).unwrap()
}

/// The parameters of a login as the claims of an object.
fn claims(login: &Login) -> Value {
    let mut claims = json!({"iss": "shop", "aud": ISSUER});
    for (name, value) in &login.params {
        claims[name] = json!(value);
    }
    claims
}

/// What is left outside, with the object.
fn around(login: &Login, name: &str, object: &str) -> Login {
    let outside = ["client_id", "response_type", "scope"];
    let mut around = login.clone();
    around.params.retain(|(name, _)| outside.contains(&name.as_str()));
    around.with(name, object)
}

#[tokio::test]
async fn a_login_by_a_signed_request_object_ends_with_tokens() {
    let key = key();
    let bench = bench(&key, |_| ()).await;
    let shop = Rp::of("shop");
    let login = shop.login("openid email");
    let object = key.sign("oauth-authz-req+jwt", &claims(&login)).unwrap();
    let mut browser = Browser::new(&bench);
    let callback = browser.log_in(&around(&login, "request", &object), "alice").await;
    assert_eq!(callback.get("state"), login.get("state"), "it was in the object only");
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.scope, "email openid");
    assert_eq!(crate::support::claims_of(&tokens.id)["nonce"], login.get("nonce"));
}

/// The conformance suite's `ensure-request-object-with-redirect-uri`: the address in the object counts.
#[tokio::test]
async fn the_redirect_uri_in_the_object_counts_and_the_one_outside_does_not() {
    let key = key();
    let bench = bench(&key, |client| client.request_objects.alg = Some(ObjectAlg::Unsigned)).await;
    let login = Rp::of("shop").login("openid");
    let object = format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(claims(&login).to_string()));
    let wrong = around(&login, "request", &object).with("redirect_uri", "https://shop.example/invalid");
    let callback = Browser::new(&bench).log_in(&wrong, "alice").await;
    assert!(!callback.code().is_empty());
}

#[tokio::test]
async fn a_request_uri_is_fetched_each_time_and_only_where_it_was_registered() {
    let (key, site) = (key(), Site::start().await);
    let uri = site.url("/request.jwt");
    let bench = bench(&key, |client| client.request_objects.uris = vec![uri.clone()]).await;
    let shop = Rp::of("shop");
    for n in 1..=2 {
        let login = shop.login("openid");
        let object = key.sign("JWT", &claims(&login)).unwrap();
        site.put("/request.jwt", object.as_str());
        // A fragment is for caches; the conformance suite sends the hash of something else.
        let hashed = format!("{uri}#{}", base64url([0; 32]));
        let callback = Browser::new(&bench).log_in(&around(&login, "request_uri", &hashed), "alice").await;
        shop.tokens_for(&bench, &callback, &login).await;
        assert_eq!(site.asked("/request.jwt"), n);
    }
    let login = shop.login("openid");
    for (uri, error) in [
        (site.url("/other.jwt"), "invalid_request_uri"),
        ("urn:ietf:params:oauth:request_uri:x".to_owned(), "invalid_request_uri"),
    ] {
        let ask = around(&login, "request_uri", &uri).with("redirect_uri", login.get("redirect_uri"));
        assert_eq!(super::error_at_client(&bench, &ask).await, error, "{uri}");
    }
    assert_eq!(site.asked("/other.jwt"), 0);
}

/// CVE-2020-10770: what can't be had is refused without a word about the network.
#[tokio::test]
async fn what_is_not_there_or_too_large_or_not_an_object_is_an_error_at_the_client() {
    let (key, site) = (key(), Site::start().await);
    let uri = |path: &str| site.url(path);
    let registered = vec![uri("/nothing"), uri("/large"), uri("/html")];
    let bench = bench(&key, |client| client.request_objects.uris = registered).await;
    site.put("/large", "x".repeat(20_000));
    site.put("/html", "<html>");
    let login = Rp::of("shop").login("openid");
    for (path, error) in
        [("/nothing", "invalid_request_uri"), ("/large", "invalid_request_uri"), ("/html", "invalid_request_object")]
    {
        let ask = around(&login, "request_uri", &uri(path)).with("redirect_uri", login.get("redirect_uri"));
        assert_eq!(super::error_at_client(&bench, &ask).await, error, "{path}");
    }
}

#[tokio::test]
async fn keys_at_an_address_of_the_client_are_fetched_for_it() {
    let (key, site) = (key(), Site::start().await);
    site.put("/jwks", json!({ "keys": [key.public_jwk()] }).to_string());
    let bench = bench(&key, |client| client.keys = Some(KeySource::Uri { uri: site.url("/jwks") })).await;
    let login = Rp::of("shop").login("openid");
    let object = key.sign("JWT", &claims(&login)).unwrap();
    let callback = Browser::new(&bench).log_in(&around(&login, "request", &object), "alice").await;
    assert!(!callback.code().is_empty());
}

#[tokio::test]
async fn nothing_is_fetched_for_a_client_that_is_disabled() {
    let (key, site) = (key(), Site::start().await);
    let uri = site.url("/request.jwt");
    let bench = bench(&key, |client| {
        client.request_objects.uris = vec![uri.clone()];
        client.enabled = false;
    })
    .await;
    let login = Rp::of("shop").login("openid");
    let ask = around(&login, "request_uri", &uri).with("redirect_uri", login.get("redirect_uri"));
    assert_eq!(super::error_at_client(&bench, &ask).await, "unauthorized_client");
    assert_eq!(site.asked("/request.jwt"), 0);
}

/// RFC 9101 §10.8: a request object goes through the browser; it must be no key to the token endpoint.
#[tokio::test]
async fn a_request_object_is_no_client_assertion() {
    let bench = Bench::new().await;
    let claims = json!({
        "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": "1", "exp": bench.now().secs() + 60,
    });
    let object = crate::support::assertion_key().sign("oauth-authz-req+jwt", &claims).unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields = [("grant_type", "client_credentials"), ("client_assertion", &object), ("client_assertion_type", kind)];
    bench.send(Ask::post("/token").form(&fields)).await.refused(401, "invalid_client");
}
