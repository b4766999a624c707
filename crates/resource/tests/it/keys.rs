//! The issuer's keys over time (OpenID Connect Core §10.1.1).

use countersign_jose::JwkSet;
use countersign_resource::Ttl;
use http::StatusCode;
use serde_json::json;
use tokio::task::{JoinSet, yield_now};

use crate::world::{ISSUER, KEY, NEXT_KEY, World, claims, claims_but, forged, token};

fn next_token() -> String {
    NEXT_KEY.sign("at+jwt", &claims_but(json!({"exp": 1_900_000_000}))).unwrap()
}

fn long_token() -> String {
    token(&claims_but(json!({"exp": 1_900_000_000})))
}

#[tokio::test]
async fn a_thousand_first_requests_lead_to_one_fetch() {
    let world = World::new();
    world.server.gate.forget_permits(100_000);
    let mut requests = JoinSet::new();
    for _ in 0..1000 {
        let world = world.clone();
        requests.spawn(async move { world.get("/files", &token(&claims())).await.status });
    }
    yield_now().await;
    world.server.gate.add_permits(100_000);
    assert!(requests.join_all().await.iter().all(|status| *status == 200));
    assert_eq!((world.server.asked("/jwks"), world.server.asked("authorization-server")), (1, 1));
}

#[tokio::test]
async fn a_thousand_tokens_with_unknown_keys_lead_to_one_fetch_per_cool_down() {
    let world = World::new();
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    for round in 1..=3 {
        world.at(round * 10);
        let mut requests = JoinSet::new();
        for n in 0..1000 {
            let world = world.clone();
            let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": format!("k{n}")});
            requests.spawn(async move { world.get("/files", &forged(&header, &claims())).await.broken() });
        }
        assert!(requests.join_all().await.iter().all(|broken| *broken == "resource.known_key"));
        assert_eq!(world.server.asked("/jwks"), 1 + usize::try_from(round).unwrap());
    }
}

#[tokio::test]
async fn a_new_key_is_found_while_requests_with_the_old_one_run() {
    let world = World::new();
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    world.server.publish(&[&KEY, &NEXT_KEY]);
    world.at(10);
    let mut requests = JoinSet::new();
    for n in 0..200 {
        let world = world.clone();
        let token = if n % 2 == 0 { long_token() } else { next_token() };
        requests.spawn(async move { world.get("/whoami", &token).await.status });
    }
    assert!(requests.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(world.server.asked("/jwks"), 2);
}

#[tokio::test]
async fn a_removed_key_is_refused_once_the_keys_are_fetched_and_after_their_age_at_the_latest() {
    let world = World::with(|builder| builder.key_max_age(Ttl::minutes(2)));
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    world.server.publish(&[&NEXT_KEY]);
    world.at(59);
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    world.at(120);
    assert_eq!(world.get("/whoami", &long_token()).await.broken(), "resource.known_key");
    assert_eq!(world.get("/whoami", &next_token()).await.status, 200);
    assert_eq!(world.server.asked("/jwks"), 2);
}

#[tokio::test]
async fn a_server_that_is_down_or_answers_nonsense_changes_nothing() {
    let world = World::new();
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    let mut now = 0;
    let next: JwkSet = [NEXT_KEY.public_jwk().clone()].into_iter().collect();
    let next = next.to_json();
    for (status, body) in [
        (200, "<html>"),
        (200, ""),
        (200, "{}"),
        (200, r#"{"keys":[]}"#),
        (200, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#),
        (200, r#"{"keys":[{"kty":"unknown"}]}"#),
        (201, next.as_str()),
        (302, &next),
        (404, &next),
        (500, &next),
    ] {
        now += 900;
        world.at(now);
        world.server.page("https://as.example.com/jwks", status, body);
        assert_eq!(world.get("/whoami", &long_token()).await.status, 200, "{status} {body}");
        let unknown = world.get("/whoami", &next_token()).await;
        assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE, "nobody knows whether that key is good");
    }
    world.server.down(true);
    world.at(now + 900);
    assert_eq!(world.get("/whoami", &long_token()).await.status, 200);
    world.server.down(false);
    world.server.publish(&[&NEXT_KEY]);
    world.at(now + 1800);
    assert_eq!(world.get("/whoami", &next_token()).await.status, 200);
}

#[tokio::test]
async fn a_server_that_is_not_up_yet_is_503_and_never_401() {
    let world = World::new();
    world.server.down(true);
    for _ in 0..3 {
        let answer = world.get("/whoami", &token(&claims())).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((answer.headers.get("retry-after").unwrap().to_str().unwrap(), answer.challenge()), ("1", ""));
        assert!(answer.body.contains("temporarily_unavailable"));
    }
    assert_eq!(world.server.asked("authorization-server"), 1);
    world.server.down(false);
    world.at(1);
    assert_eq!(world.get("/whoami", &token(&claims())).await.status, 200);
}

#[tokio::test]
async fn tokens_that_need_no_key_to_be_refused_lead_to_no_fetch() {
    let world = World::new();
    for token in ["garbage", &KEY.sign("JWT", &claims()).unwrap()] {
        assert_eq!(world.get("/whoami", token).await.status, 401);
    }
    assert_eq!(world.server.asked(""), 0);
}

#[tokio::test]
async fn metadata_of_openid_connect_will_do_and_anothers_will_not() {
    let discovery = |issuer: &str, jwks_uri: &str| json!({"issuer": issuer, "jwks_uri": jwks_uri}).to_string();
    let jwks = "https://as.example.com/jwks";
    for (oauth, openid, expected) in [
        (None, Some(discovery(ISSUER, jwks)), 200),
        (Some(discovery("https://evil.example", jwks)), Some(discovery(ISSUER, jwks)), 200),
        (Some(discovery("https://evil.example", jwks)), None, 503),
        (Some(discovery(&format!("{ISSUER}/"), jwks)), None, 503),
        (Some(discovery(ISSUER, "http://as.example.com/jwks")), None, 503),
        (Some(discovery(ISSUER, "file:///etc/jwks")), None, 503),
        (Some(discovery(ISSUER, "")), None, 503),
        (None, None, 503),
    ] {
        let world = World::new();
        let page = |path: &str, body: Option<&String>| {
            let (status, body) = body.map_or((404, ""), |body| (200, body));
            world.server.page(&format!("{ISSUER}/.well-known/{path}"), status, body);
        };
        page("oauth-authorization-server", oauth.as_ref());
        page("openid-configuration", openid.as_ref());
        let status = world.get("/whoami", &token(&claims())).await.status;
        assert_eq!(status, expected, "{oauth:?} {openid:?}");
    }
}

#[tokio::test]
async fn a_configured_jwks_uri_needs_no_metadata() {
    let world = World::with(|builder| builder.jwks_uri("https://as.example.com/jwks"));
    assert_eq!(world.get("/whoami", &token(&claims())).await.status, 200);
    assert_eq!(world.server.asked("authorization-server"), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_no_answer() {
    let world = World::new();
    let metadata = json!({"issuer": ISSUER, "jwks_uri": "https://as.example.com/jwks"}).to_string();
    let padded = metadata + &" ".repeat(256 * 1024);
    world.server.page("https://as.example.com/.well-known/oauth-authorization-server", 200, &padded);
    assert_eq!(world.get("/whoami", &token(&claims())).await.status, 503);
}
