//! Fernbook and the session at the provider: signing out there too, being told that it has ended, asking whether there is
//! one, and asking for a fresh one.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign_protocol::{Params, params};

use crate::browser::{ALL, Page, get, send};
use crate::issuer::{ISSUER, SESSION};
use crate::world::World;

/// The provider posts a logout token.
async fn told(world: &World, path: &str, token: &str) -> Page {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(&world.web_app, request.body(Body::from(params::write([("logout_token", token)]))).unwrap()).await
}

/// The value that the page's forms carry.
fn form_token(page: &Page) -> &str {
    let (_, rest) = page.body.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0
}

#[tokio::test]
async fn logging_out_everywhere_ends_the_session_and_goes_to_the_provider_with_the_id_token() {
    let world = World::new();
    let mut browser = world.browser();
    let notebook = browser.notebook(ALL).await;
    assert!(notebook.says("id=\"logout-everywhere\""));
    let policy = notebook.header("content-security-policy");
    assert!(policy.contains(&format!("form-action 'self' {ISSUER};")), "the form's answer leads there: {policy}");
    let page = browser.post("/logout", &format!("form_token={}&everywhere=yes", form_token(&notebook))).await;
    let (endpoint, query) = page.location().split_once('?').unwrap();
    assert_eq!(endpoint, format!("{ISSUER}/end-session"));
    let sent = Params::parse(query.as_bytes()).unwrap();
    assert_eq!(sent.find("client_id"), Some("demo-web"));
    assert_eq!(sent.find("post_logout_redirect_uri"), Some("http://localhost:4001/logged-out"));
    assert_eq!(sent.find("id_token_hint").unwrap().split('.').count(), 3);
    assert!(!browser.cookies.contains_key("fernbook_session"));
    let back = browser.open(&format!("/logged-out?state={}", sent.find("state").unwrap())).await;
    assert!(back.says("Countersign has ended its session"), "{}", back.body);
    assert!(browser.open("/logged-out").await.says("You may still be signed in at Countersign"));
}

#[tokio::test]
async fn a_logout_token_ends_the_session_that_it_names_and_no_other() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let other = world.issuer().logout_token("demo-web", "s_2");
    let answer = told(&world, "/backchannel-logout", &other).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
    let token = world.issuer().logout_token("demo-web", SESSION);
    assert_eq!(told(&world, "/backchannel-logout", &token).await.status, StatusCode::OK);
    assert!(browser.open("/notebook").await.says("You are not logged in any more"));
    let again = told(&world, "/backchannel-logout", &token).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "a token counts once");
}

#[tokio::test]
async fn a_logout_token_of_another_client_and_what_is_none_end_nothing() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let others = world.issuer().logout_token("demo-web-legacy", SESSION);
    for token in [others.as_str(), "x.y.z", ""] {
        assert_eq!(told(&world, "/backchannel-logout", token).await.status, StatusCode::BAD_REQUEST, "{token}");
    }
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
    assert_eq!(told(&world, "/backchannel-logout/legacy", &others).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_frame_of_the_provider_ends_the_session_without_a_cookie_and_nobody_else_may_frame_it() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let address = |pairs: &[(&str, &str)]| params::append_query("/frontchannel-logout", pairs.iter().copied());
    for wrong in [&[][..], &[("sid", SESSION)], &[("iss", "https://evil.example"), ("sid", SESSION)]] {
        assert_eq!(get(&world.web_app, &address(wrong)).await.status, StatusCode::BAD_REQUEST, "{wrong:?}");
    }
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
    let frame = get(&world.web_app, &address(&[("iss", ISSUER), ("sid", SESSION)])).await;
    assert_eq!(frame.status, StatusCode::OK);
    assert_eq!(frame.header("content-security-policy"), format!("default-src 'none'; frame-ancestors {ISSUER}"));
    assert_eq!((frame.header("x-frame-options"), frame.header("cache-control")), ("", "no-store"));
    assert!(browser.open("/notebook").await.says("You are not logged in any more"));
}

#[tokio::test]
async fn a_silent_question_that_would_need_a_page_is_answered_kindly() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login?ask=silent").await;
    assert!(begun.location().contains("prompt=none"));
    let callback = world.issuer().approve(begun.location(), ALL);
    let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let page =
        browser.open(&format!("/callback?error=login_required&state={state}&iss=http%3A%2F%2Flocalhost%3A4000")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("Not without asking you") && page.says("login_required"), "{}", page.body);
    assert_eq!(browser.sign_in_at("/login?ask=silent").await.location(), "/notebook");
}

#[tokio::test]
async fn a_confirmation_is_the_same_users_fresh_and_strong_enough() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let session = browser.cookies["fernbook_session"].clone();
    let begun = browser.open("/login?ask=again").await;
    assert!(begun.location().contains("max_age=0") && begun.location().contains("id_token_hint="));
    world.issuer().somebody_else = Some("u_bob");
    let page = browser.sign_in_at("/login?ask=again").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.says("client.id_token_same_user"), "{}", page.body);
    assert_eq!(browser.cookies["fernbook_session"], session, "the notebook is still Alice's");
    world.issuer().somebody_else = None;
    world.issuer().acr = Some("0");
    assert!(browser.sign_in_at("/login?ask=again").await.says("client.id_token_acr"));
    world.issuer().acr = None;
    assert_eq!(browser.sign_in_at("/login?ask=again").await.location(), "/notebook");
    assert!(browser.open("/notebook").await.says("You confirmed that it is you"));
}
