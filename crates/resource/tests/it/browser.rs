//! Browser apps: the CORS layer stands outside, and nothing passes without a token.

use axum::body::Body;
use axum::routing::any;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, Request};
use tower_http::cors::{Any, CorsLayer};

use crate::world::World;

fn preflight(path: &str) -> Request<Body> {
    Request::options(path)
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization")
        .body(Body::empty())
        .unwrap()
}

fn with_cors() -> World {
    let mut world = World::new();
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]);
    world.app = world.app.layer(cors.allow_headers([AUTHORIZATION]).expose_headers([WWW_AUTHENTICATE]));
    world
}

#[tokio::test]
async fn with_the_cors_layer_outside_a_preflight_is_answered_and_a_refusal_can_be_read() {
    let world = with_cors();
    let answer = world.send(preflight("/files")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers.get("access-control-allow-headers").unwrap(), "authorization");

    let request = Request::get("/files").header("origin", "https://app.example.com").body(Body::empty()).unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers.get("access-control-allow-origin").unwrap(), "*");
    assert_eq!(answer.headers.get("access-control-expose-headers").unwrap(), "www-authenticate");
    assert!(answer.challenge().starts_with("Bearer resource_metadata="));
}

#[tokio::test]
async fn what_looks_like_a_preflight_does_not_reach_a_handler_without_a_token() {
    let mut world = World::new();
    world.app = axum::Router::new().route("/any", any(|| async { "inside" })).layer(world.api.layer());
    for request in [preflight("/any"), Request::options("/any").body(Body::empty()).unwrap()] {
        let answer = world.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, ""));
    }
}
