//! Rootcellar: scopes, refusals, CORS, metadata.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use crate::browser::{Page, get, send};
use crate::world::World;

async fn call(world: &World, path: &str, token: &str) -> Page {
    let request =
        Request::get(path).header(AUTHORIZATION, format!("Bearer {token}")).header(ORIGIN, "http://localhost:4002");
    send(&world.api, request.body(Body::empty()).unwrap()).await
}

fn json(page: &Page) -> Value {
    serde_json::from_str(&page.body).unwrap()
}

#[tokio::test]
async fn a_scope_opens_what_it_names_and_nothing_else() {
    let world = World::new();
    let profile = world.issuer().access_token("read:profile");
    let files = world.issuer().access_token("read:files");
    let page = call(&world, "/profile", &profile).await;
    assert_eq!((page.status, json(&page)["sub"].as_str()), (StatusCode::OK, Some("u_alice")));
    let page = call(&world, "/files", &files).await;
    assert_eq!(json(&page)["files"].as_array().unwrap().len(), 5);
    for (path, token, needed) in
        [("/files", &profile, "read:files"), ("/files/x", &profile, "read:files"), ("/profile", &files, "read:profile")]
    {
        let page = call(&world, path, token).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        let challenge = page.header("www-authenticate");
        assert!(challenge.contains("insufficient_scope") && challenge.contains(&format!("scope=\"{needed}\"")));
    }
}

#[tokio::test]
async fn one_file_is_shown_whole_and_another_is_not_there() {
    let world = World::new();
    let token = world.issuer().access_token("read:files");
    let page = call(&world, "/files/letter-to-the-moon.txt", &token).await;
    assert!(json(&page)["content"].as_str().unwrap().starts_with("Dear Moon,"));
    let page = call(&world, "/files/nothing.txt", &token).await;
    assert_eq!((page.status, json(&page)["error"].as_str()), (StatusCode::NOT_FOUND, Some("not_found")));
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_refused_by_the_very_next_call() {
    let world = World::new();
    let token = world.issuer().access_token("read:files");
    assert_eq!(call(&world, "/files", &token).await.status, StatusCode::OK);
    world.issuer().revoke_everything();
    let page = call(&world, "/files", &token).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.header("www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn without_a_token_the_answer_says_where_to_read_on() {
    let world = World::new();
    let page = get(&world.api, "/files").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let challenge = page.header("www-authenticate");
    assert!(challenge.contains("http://localhost:4003/.well-known/oauth-protected-resource"), "{challenge}");
    let page = get(&world.api, "/.well-known/oauth-protected-resource").await;
    assert_eq!(json(&page)["resource"], "http://localhost:4003");
    assert_eq!(json(&page)["authorization_servers"][0], "http://localhost:4000");
}

#[tokio::test]
async fn an_issuer_that_is_down_is_no_reason_to_call_a_token_bad() {
    let world = World::new();
    let token = world.issuer().access_token("read:files");
    world.set_down(4000, true);
    assert_eq!(call(&world, "/files", &token).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_page_of_another_origin_may_call_and_read_refusals() {
    let world = World::new();
    let preflight = Request::builder()
        .method(Method::OPTIONS)
        .uri("/files")
        .header(ORIGIN, "http://localhost:4002")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let page = send(&world.api, preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("access-control-allow-headers").contains("authorization"));
    let refused = call(&world, "/files", "nonsense").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    assert!(refused.header("access-control-expose-headers").contains("www-authenticate"));
}

#[tokio::test]
async fn its_own_page_says_what_it_is() {
    let world = World::new();
    let page = get(&world.api, "/").await;
    assert!(page.says("read:profile") && page.says("curl -i http://localhost:4003/files"), "{}", page.body);
    assert_eq!(get(&world.api, "/assets/rootcellar.css").await.status, StatusCode::OK);
    assert_eq!(json(&get(&world.api, "/nowhere").await)["error"], "not_found");
}
