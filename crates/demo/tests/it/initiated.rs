//! Sign-ins at Fernbook that somebody else asks for (OpenID Connect Core §4).

use axum::body::Body;
use axum::http::{Request, StatusCode};
use countersign_protocol::{Params, params};

use crate::browser::{ALL, Page, get, send};
use crate::issuer::ISSUER;
use crate::world::World;

const TARGET: &str = "http://localhost:4001/notebook/letter-to-the-moon.txt";

fn link(pairs: &[(&str, &str)]) -> String {
    params::append_query("/initiate-login", pairs.iter().copied())
}

/// A form that another site posts: browsers send no cookie along (`SameSite=Lax`).
async fn post(world: &World, pairs: &[(&str, &str)]) -> Page {
    let request = Request::post("/initiate-login").header("content-type", "application/x-www-form-urlencoded");
    send(&world.web_app, request.body(Body::from(params::write(pairs.iter().copied()))).unwrap()).await
}

fn sent(page: &Page) -> Params {
    let (endpoint, query) = page.location().split_once('?').unwrap();
    assert_eq!(endpoint, format!("{ISSUER}/authorize"));
    Params::parse(query.as_bytes()).unwrap()
}

#[tokio::test]
async fn the_issuers_link_signs_the_user_in() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open(&link(&[("iss", ISSUER)])).await;
    let request = sent(&begun);
    assert_eq!((request.find("client_id"), request.find("login_hint")), (Some("demo-web"), None));
    assert!(request.find("code_challenge").is_some() && request.find("prompt").is_none());
    let callback = world.issuer().approve(begun.location(), ALL);
    assert_eq!(browser.open(&callback).await.location(), "/notebook");
    assert!(browser.open("/notebook").await.says("Hello, Alice Liddell"));
}

#[tokio::test]
async fn a_link_may_suggest_the_user_and_name_a_page_of_the_notebook() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open(&link(&[("iss", ISSUER), ("login_hint", "alice"), ("target_link_uri", TARGET)])).await;
    let request = sent(&begun);
    assert_eq!((request.find("login_hint"), request.find("target_link_uri")), (Some("alice"), None));
    let callback = world.issuer().approve(begun.location(), ALL);
    assert_eq!(browser.open(&callback).await.location(), TARGET);
    assert!(browser.open(TARGET).await.says("Dear Moon,"));
}

#[tokio::test]
async fn a_page_that_is_none_of_the_notebooks_is_replaced_by_the_notebook() {
    let world = World::new();
    for path in ["/login", "/initiate-login?iss=http%3A%2F%2Flocalhost%3A4000", "/callback?code=x", "/"] {
        let mut browser = world.browser();
        let target = format!("http://localhost:4001{path}");
        let begun = browser.open(&link(&[("iss", ISSUER), ("target_link_uri", &target)])).await;
        let callback = world.issuer().approve(begun.location(), ALL);
        assert_eq!(browser.open(&callback).await.location(), "/notebook", "{path}");
    }
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_refused_by_name_and_begins_nothing() {
    let world = World::new();
    let elsewhere = |target| vec![("iss", ISSUER), ("target_link_uri", target)];
    let table = [
        (vec![], "client.initiation_iss"),
        (vec![("iss", "https://evil.example")], "client.initiation_iss"),
        (vec![("iss", "http://localhost:4000/")], "client.initiation_iss"),
        (elsewhere("https://evil.example/"), "client.initiation_target"),
        (elsewhere("http://localhost:4001.evil.example/"), "client.initiation_target"),
        (elsewhere("http://localhost:4001@evil.example/"), "client.initiation_target"),
        (elsewhere("http://localhost:4001//evil.example/"), "client.initiation_target"),
        (elsewhere("//evil.example/"), "client.initiation_target"),
        (elsewhere("/notebook"), "client.initiation_target"),
        (vec![("iss", ISSUER), ("iss", ISSUER)], "client.initiation_readable"),
    ];
    for (pairs, rule) in table {
        for page in [get(&world.web_app, &link(&pairs)).await, post(&world, &pairs).await] {
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{pairs:?}");
            assert!(page.says(rule) && page.says("Nothing happened"), "{pairs:?}: {}", page.body);
            assert_eq!((page.header("location"), page.header("set-cookie")), ("", ""), "{pairs:?}");
            assert!(!page.says("href=\"https://evil.example") && !page.says("href=\"//evil"), "{pairs:?}");
        }
    }
}

#[tokio::test]
async fn a_form_is_sent_on_as_a_link_so_that_other_tabs_keep_their_cookie() {
    let world = World::new();
    let mut browser = world.browser();
    let under_way = browser.open("/login").await;
    let pairs = [("iss", ISSUER), ("login_hint", "alice"), ("target_link_uri", TARGET), ("more", "x")];
    let posted = post(&world, &pairs).await;
    assert_eq!((posted.location(), posted.header("set-cookie")), (link(&pairs[..3]).as_str(), ""));
    let begun = browser.open(posted.location()).await;
    let callbacks = [&begun, &under_way].map(|page| world.issuer().approve(page.location(), ALL));
    assert_eq!(browser.open(&callbacks[0]).await.location(), TARGET);
    assert_eq!(browser.open(&callbacks[1]).await.location(), "/notebook");
}

#[tokio::test]
async fn a_link_is_followed_by_who_is_signed_in_already_and_the_session_is_new() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let before = browser.cookies["fernbook_session"].clone();
    assert_eq!(browser.sign_in_at(&link(&[("iss", ISSUER)])).await.location(), "/notebook");
    assert_ne!(browser.cookies["fernbook_session"], before);
}

#[tokio::test]
async fn while_the_provider_is_down_no_link_is_followed() {
    let world = World::new();
    world.set_down(4000, true);
    for page in [get(&world.web_app, &link(&[("iss", ISSUER)])).await, post(&world, &[("iss", ISSUER)]).await] {
        assert_eq!(page.status, StatusCode::BAD_GATEWAY);
        assert!(page.says("Signing in is not possible right now"), "{}", page.body);
    }
}
