//! `prompt`, `max_age`, `login_hint`, and who is asked again (OpenID Connect Core §3.1.2.1, OAuth 2.1 §7.3.1).

use countersign_protocol::Ttl;

use super::error_at_client;
use crate::support::{Bench, Browser, Callback, ISSUER, Page, Rp};

#[tokio::test]
async fn prompt_none_without_a_session_is_login_required() {
    let bench = Bench::new().await;
    assert_eq!(error_at_client(&bench, &Rp::of("shop").login("openid").with("prompt", "none")).await, "login_required");
}

#[tokio::test]
async fn prompt_none_with_session_and_consent_is_answered_without_a_page() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid read:files"), "alice").await;
    let login = shop.login("openid").with("prompt", "none");
    let callback = Callback::of(&browser.arrive(&login.url()).await);
    assert_eq!((callback.get("state"), callback.get("iss")), (login.get("state"), ISSUER));
    shop.tokens_for(&bench, &callback, &login).await;
}

#[tokio::test]
async fn prompt_none_names_what_is_missing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let error = async |browser: &mut Browser, login: crate::support::Login| {
        let callback = Callback::of(&browser.arrive(&login.with("prompt", "none").url()).await);
        assert_eq!(callback.get("iss"), ISSUER);
        callback.get("error").to_owned()
    };
    let silent = |id: &str, scope: &str| Rp::of(id).login(scope);
    assert_eq!(error(&mut browser, silent("shop", "openid read:files")).await, "consent_required");
    assert_eq!(error(&mut browser, silent("rival", "openid")).await, "consent_required");
    bench.advance(Ttl::secs(11));
    assert_eq!(error(&mut browser, silent("shop", "openid").with("max_age", "10")).await, "login_required");
    let page = browser.open("/account").await;
    assert!(page.text.contains("alice"));
    // A second account in the same browser makes it ambiguous, until a hint settles it.
    let login = Rp::of("shop").login("openid").with("prompt", "login").with("login_hint", "bob");
    let page = Page::of(browser.authorize(&login).await);
    browser.sign_in(&page, "bob").await;
    assert_eq!(error(&mut browser, silent("shop", "openid")).await, "account_selection_required");
    assert_eq!(error(&mut browser, silent("shop", "openid").with("login_hint", "alice")).await, "");
    assert_eq!(error(&mut browser, silent("shop", "openid").with("login_hint", "bob")).await, "consent_required");
}

#[tokio::test]
async fn prompt_login_asks_for_the_password_of_who_is_signed_in() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    bench.advance(Ttl::secs(5));
    let login = shop.login("openid").with("prompt", "login");
    let page = Page::of(browser.authorize(&login).await);
    assert_eq!(page.with_button("sign-in").field("username"), "alice");
    // Coming again does not get around it.
    let reply = browser.authorize(&login).await;
    assert!(Page::of(reply).has_button("sign-in"));
    let form = page.with_button("sign-in").set("password", crate::support::PASSWORD);
    let reply = browser.submit(form.press("sign-in")).await;
    let callback = Callback::of(&browser.follow_to_end(reply).await);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["auth_time"], bench.now().secs());
}

/// `auth_time` counts whole seconds: a client that wants a new sign-in must see that there was one, however quick it was.
#[tokio::test]
async fn a_sign_in_in_the_second_of_the_last_one_is_dated_in_the_next_and_never_ahead() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let tokens = shop.tokens_in(&mut browser, &bench, &shop.login("openid"), "alice").await;
    let mut last = tokens.verified_id_claims(&bench)["auth_time"].as_i64().unwrap();
    for _ in 0..3 {
        bench.advance_millis(7);
        let login = shop.login("openid").with("prompt", "login");
        let tokens = shop.tokens_in(&mut browser, &bench, &login, "alice").await;
        let claims = tokens.verified_id_claims(&bench);
        let next = claims["auth_time"].as_i64().unwrap();
        assert_eq!((next, &claims["iat"]), (last + 1, &claims["auth_time"]));
        last = next;
    }
    bench.advance(Ttl::secs(60));
    let login = shop.login("openid").with("prompt", "login");
    let tokens = shop.tokens_in(&mut browser, &bench, &login, "alice").await;
    assert_eq!(tokens.verified_id_claims(&bench)["auth_time"], last + 60, "who takes their time does not wait");
}

#[tokio::test]
async fn max_age_asks_again_when_the_sign_in_is_older() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    bench.advance(Ttl::secs(60));
    Callback::of(&browser.authorize(&shop.login("openid").with("max_age", "60")).await).code();
    bench.advance(Ttl::secs(1));
    let page = Page::of(browser.authorize(&shop.login("openid").with("max_age", "60")).await);
    assert_eq!(page.with_button("sign-in").field("username"), "alice");
}

#[tokio::test]
async fn prompt_consent_asks_again() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid").with("prompt", "consent")).await);
    assert!(page.has_button("allow"));
}

/// OpenID Connect Core §11: the user's consent is always there, be it from earlier.
#[tokio::test]
async fn staying_connected_is_never_granted_without_the_users_consent() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    let offline = || shop.login("openid offline_access");
    let silent = Callback::of(&browser.arrive(&offline().with("prompt", "none").url()).await);
    assert_eq!((silent.get("error"), silent.get("code")), ("consent_required", ""));
    let page = Page::of(browser.authorize(&offline()).await);
    let form = page.with_button("allow").untick("scope:offline_access").press("allow");
    let login = offline();
    let unticked = Page::of(browser.authorize(&login).await);
    assert!(unticked.text.contains("Title of offline_access"), "{}", unticked.text);
    browser.submit(form).await;
    let silent = Callback::of(&browser.arrive(&offline().with("prompt", "none").url()).await);
    assert_eq!(silent.get("error"), "consent_required", "it was unticked");
    browser.submit(unticked.press("allow")).await;
    Callback::of(&browser.arrive(&offline().with("prompt", "none").url()).await).code();
}

#[tokio::test]
async fn prompt_select_account_lets_the_user_choose() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid").with("prompt", "select_account")).await);
    assert!(!page.has_button("allow") && !page.has_button("sign-in"), "{}", page.text);
    let reply = browser.submit(page.press_text("alice")).await;
    Callback::of(&browser.follow_to_end(reply).await).code();
}

#[tokio::test]
async fn a_client_that_any_program_could_imitate_never_gets_through_in_silence() {
    let bench = Bench::new().await;
    for id in ["cli", "phone"] {
        let mut browser = Browser::new(&bench);
        browser.log_in(&Rp::of(id).login("openid"), "alice").await;
        let page = Page::of(browser.authorize(&Rp::of(id).login("openid")).await);
        assert!(page.has_button("allow"), "{id}");
        let silent = Rp::of(id).login("openid").with("prompt", "none");
        assert_eq!(Callback::of(&browser.arrive(&silent.url()).await).get("error"), "consent_required");
    }
}

#[tokio::test]
async fn a_session_ends_after_its_time() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    bench.advance(Ttl::days(14));
    let silent = Rp::of("shop").login("openid").with("prompt", "none");
    assert_eq!(Callback::of(&browser.arrive(&silent.url()).await).get("error"), "login_required");
}

/// The consent form of a page that was shown before must not stand in for the password.
#[tokio::test]
async fn a_forged_consent_does_not_get_around_prompt_login_or_max_age() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let shop = Rp::of("shop");
    let consent = Page::of(browser.authorize(&shop.login("openid")).await);
    let consent = Page::of(browser.sign_in(&consent, "alice").await);
    bench.advance(Ttl::secs(20));
    for login in [shop.login("openid").with("prompt", "login"), shop.login("openid").with("max_age", "10")] {
        let page = Page::of(browser.authorize(&login).await);
        let mut forged = consent.press("allow");
        forged.action = page.with_button("sign-in").action.replace("/sign-in", "/consent");
        let reply = browser.submit(forged).await;
        assert!(browser.follow(reply).await.has_button("sign-in"));
    }
    assert!(bench.all::<countersign_engine::records::Code>().await.is_empty());
}

#[tokio::test]
async fn choosing_an_account_does_not_get_around_prompt_login() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    bench.advance(Ttl::secs(1));
    let login = Rp::of("shop").login("openid").with("prompt", "login select_account");
    let page = Page::of(browser.authorize(&login).await);
    let reply = browser.submit(page.press_text("alice")).await;
    assert_eq!(browser.follow(reply).await.with_button("sign-in").field("username"), "alice");
}
