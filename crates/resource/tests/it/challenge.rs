//! What clients are told (RFC 6750 §3, RFC 9728 §3 and §5.1).

use std::sync::{Arc, Mutex};

use axum::body::Body;
use countersign_resource::{Builder, ProtectedResourceMetadata, rules};
use http::Request;
use http::header::AUTHORIZATION;
use serde_json::json;

use crate::world::{API, ISSUER, World, claims, claims_but, token};

const METADATA: &str = "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/v1\"";

#[tokio::test]
async fn without_a_token_the_challenge_names_no_error() {
    let world = World::new();
    let none = world.send(Request::get("/files").body(Body::empty()).unwrap()).await;
    let other = world.with_header("/files", "Basic YTpi").await;
    let dpop = world.with_header("/files", &format!("DPoP {}", token(&claims()))).await;
    for answer in [none, other, dpop] {
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, ""));
        assert_eq!(answer.challenge(), format!("Bearer {METADATA}"));
    }
    assert_eq!(world.server.asked(""), 0);
}

/// OAuth 2.1 §5.1: a URL ends up in logs and histories.
#[tokio::test]
async fn a_token_in_the_query_or_in_a_form_is_not_looked_at() {
    let world = World::new();
    let token = token(&claims());
    let query = Request::get(format!("/files?access_token={token}")).body(Body::empty()).unwrap();
    let form = Request::post("/files")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("access_token={token}")))
        .unwrap();
    for request in [query, form] {
        let answer = world.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.challenge()), (401, &*format!("Bearer {METADATA}")));
    }
}

#[tokio::test]
async fn two_headers_are_an_invalid_request() {
    let good = format!("Bearer {}", token(&claims()));
    let request = Request::get("/files").header(AUTHORIZATION, &good).header(AUTHORIZATION, &good);
    let answer = World::new().send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.broken()), (400, "resource.one_credential"));
    assert!(answer.challenge().starts_with("Bearer error=\"invalid_request\", error_description=\""));
}

#[tokio::test]
async fn a_malformed_or_huge_credential_is_an_invalid_request() {
    let world = World::new();
    for value in ["Bearer", "Bearer a b", "Bearer \u{e9}", &format!("Bearer {}", "a".repeat(1_000_000))] {
        let answer = world.with_header("/files", value).await;
        assert_eq!((answer.status.as_u16(), answer.broken()), (400, "resource.token_form"), "{value:.40}");
        assert!(answer.challenge().contains("error=\"invalid_request\"") && answer.challenge().len() < 1000);
    }
}

#[tokio::test]
async fn the_scheme_may_be_in_lower_case() {
    let answer = World::new().with_header("/files", &format!("bearer {}", token(&claims()))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bad_token_is_answered_with_code_description_and_the_same_in_json() {
    let answer = World::new().get("/files", &token(&claims_but(json!({"aud": "https://other.example.com"})))).await;
    let description = "The access token must be meant for this API. Expected https://api.example.com/v1, it is for \
                       https://other.example.com. (RFC 9068 section 4)";
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{description}\", {METADATA}");
    assert_eq!((answer.status.as_u16(), answer.challenge()), (401, &*challenge));
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body, json!({"error": "invalid_token", "error_description": description}));
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/json");
}

#[tokio::test]
async fn what_a_token_says_cannot_break_out_of_the_challenge() {
    let evil = "x\", error=\"none\r\nSet-Cookie: a=b\\";
    for changes in [json!({"aud": evil}), json!({"iss": evil}), json!({"aud": "y".repeat(5000)})] {
        let answer = World::new().get("/files", &token(&claims_but(changes))).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.challenge().matches('"').count(), 6, "{}", answer.challenge());
        assert!(answer.challenge().len() < 800 && answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn the_realm_comes_first_where_there_is_one() {
    let world = World::with(|builder| builder.realm("Files of Example"));
    let answer = world.send(Request::get("/files").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.challenge(), format!("Bearer realm=\"Files of Example\", {METADATA}"));
}

#[tokio::test]
async fn the_metadata_document_is_where_the_challenge_says_and_needs_no_token() {
    let world =
        World::with(|builder| builder.scopes_supported(["read:files", "write:files"]).resource_name("Example Files"));
    let path = "/.well-known/oauth-protected-resource/v1";
    let answer = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/json");
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let expected = json!({
        "resource": API, "authorization_servers": [ISSUER], "scopes_supported": ["read:files", "write:files"],
        "bearer_methods_supported": ["header"], "resource_name": "Example Files",
    });
    assert_eq!(body, expected);
    let document: ProtectedResourceMetadata = serde_json::from_value(body).unwrap();
    assert_eq!(&document, world.api.metadata());
}

#[tokio::test]
async fn the_observer_sees_every_check_once() {
    let seen: Arc<Mutex<Vec<(&str, bool)>>> = Arc::default();
    let log = Arc::clone(&seen);
    let world = World::with(|builder| builder.observer(move |rule, ok| log.lock().unwrap().push((rule.id, ok))));
    assert_eq!(world.get("/files", &token(&claims_but(json!({"scope": "none"})))).await.status, 403);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), rules::ALL.len() - 1);
    assert_eq!(
        (seen.first().unwrap(), seen.last().unwrap()),
        (&("resource.one_credential", true), &("resource.scope", false))
    );
}

#[tokio::test]
async fn the_inside_sees_the_token_only_where_the_application_asked_for_it() {
    let token = token(&claims());
    assert_eq!(World::new().get("/headers", &token).await.body, "");
    assert_eq!(World::with(Builder::keep_authorization_header).get("/headers", &token).await.body, "authorization");
}

#[test]
fn rule_ids_are_unique_and_their_words_fit_into_a_header() {
    let mut ids: Vec<_> = rules::ALL.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rules::ALL.len());
    assert!(rules::ALL.iter().all(|rule| rule.explain.is_ascii() && !rule.explain.contains(['"', '\\'])));
}
