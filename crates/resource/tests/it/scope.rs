//! Scopes per route (RFC 6750 §3.1).

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use countersign_resource::{AccessClaims, Verified, require_scope, require_scopes};
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use tower::ServiceExt as _;

use crate::world::{World, claims, claims_but, token};

fn with_scope(scope: &str) -> String {
    token(&claims_but(json!({"scope": scope})))
}

#[tokio::test]
async fn a_missing_scope_is_403_and_the_challenge_names_every_scope_of_the_route() {
    let world = World::new();
    for scope in ["read:files", "write:files", "", "read:file", "READ:FILES write:files"] {
        let answer = world.get("/both", &with_scope(scope)).await;
        assert_eq!((answer.status.as_u16(), answer.broken()), (403, "resource.scope"), "{scope}");
        let challenge = answer.challenge();
        assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("resource_metadata="));
        assert!(challenge.contains("scope=\"read:files write:files\""), "{challenge}");
    }
    assert_eq!(world.get("/both", &with_scope("write:files x read:files")).await.status, 200);
    let none = token(&claims_but(json!({"scope": null})));
    assert_eq!(world.get("/files", &none).await.status, 403);
}

#[tokio::test]
async fn an_implied_scope_counts_through_any_number_of_steps_and_circles() {
    let world = World::with(|builder| {
        builder
            .scope_implies("admin", "write:files")
            .scope_implies("write:files", "read:files")
            .scope_implies("read:files", "admin:circle")
            .scope_implies("admin:circle", "read:files")
    });
    for (scope, files, both) in [("admin", 200, 200), ("write:files", 200, 200), ("read:files", 200, 403)] {
        assert_eq!(world.get("/files", &with_scope(scope)).await.status, files, "{scope}");
        assert_eq!(world.get("/both", &with_scope(scope)).await.status, both, "{scope}");
    }
}

async fn guarded() -> &'static str {
    "inside"
}

async fn claimed(claims: Verified<AccessClaims>) -> String {
    claims.into_inner().subject
}

#[tokio::test]
async fn a_mistake_in_the_application_lets_nobody_through() {
    let world = World::new();
    let with_layer = Router::new()
        .route("/space", get(guarded).layer(require_scope("read:files write:files")))
        .route("/empty", get(guarded).layer(require_scope("")))
        .route("/none", get(guarded).layer(require_scopes([])))
        .layer(world.api.layer());
    let without_layer =
        Router::new().route("/scope", get(guarded).layer(require_scope("read:files"))).route("/claims", get(claimed));
    let app = with_layer.merge(without_layer);
    for path in ["/space", "/empty", "/none", "/scope", "/claims"] {
        let token = token(&claims());
        let request =
            Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(b"{\"error\":\"server_error\""), "{path}");
    }
}

#[tokio::test]
async fn a_handler_can_be_tested_with_claims_that_nobody_signed() {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {}", token(&claims())).parse().unwrap());
    let claims = World::new().api.authenticate(&headers).await.unwrap().into_inner();
    assert!(!claims.is_clients_own());
    let text = format!("{claims:?}");
    assert!(text.contains("u_alice") && !text.contains("eyJ"), "{text}");
    assert_eq!(claimed(Verified::without_any_check(claims)).await, "u_alice");
}
