//! Signing out: a question first, then all accounts of this browser.

use crate::support::{Ask, Bench, Browser, Page, Rp};

#[tokio::test]
async fn signing_out_asks_first_and_then_ends_every_session_here() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let shop = Rp::of("shop");
    let tokens = shop.tokens_in(&mut browser, &bench, &shop.login("openid"), "alice").await;
    let question = browser.open("/sign-out").await;
    assert!(question.text.contains("alice of the bench"));
    assert!(!browser.open("/account").await.has_button("sign-in"), "asking ends nothing");
    let before = browser.jar.values();
    let reply = browser.submit(question.press("sign-out")).await.expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_ne!(before, browser.jar.values(), "the cookie changes");
    assert!(browser.open("/account").await.has_button("sign-in"));
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn offline_access_outlives_the_session() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let shop = Rp::of("shop");
    let tokens = shop.tokens_in(&mut browser, &bench, &shop.login("openid offline_access"), "alice").await;
    let question = browser.open("/sign-out").await;
    browser.submit(question.press("sign-out")).await;
    shop.refresh(&bench, &tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn the_cookie_of_before_the_sign_out_opens_nothing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let mut stolen = browser.clone();
    let question = browser.open("/sign-out").await;
    browser.submit(question.press("sign-out")).await;
    assert!(stolen.open("/account").await.has_button("sign-in"));
}

#[tokio::test]
async fn a_foreign_page_cannot_sign_anybody_out() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let question = browser.open("/sign-out").await;
    let forged = question.press("sign-out").without("csrf");
    browser.post_cross_site(forged.clone()).await;
    browser.post_same_site(forged).await;
    assert!(!browser.open("/account").await.has_button("sign-in"));
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_ask() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    assert!(!browser.open("/sign-out").await.has_button("sign-out"));
    let reply = bench.send(Ask::post("/sign-out").form(&[])).await.expect(200);
    assert!(!Page::of(reply).has_button("sign-out"));
}
