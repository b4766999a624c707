//! The account page: connected apps, "Revoke", sessions (M10).

use countersign_engine::records::{Authorization, Client, Session};
use countersign_protocol::Ttl;

use crate::support::{Bench, Browser, Callback, Page, Rp};

#[tokio::test]
async fn the_page_lists_who_has_access_to_what_since_when() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let shop = Rp::of("shop");
    shop.tokens_in(&mut browser, &bench, &shop.login("openid read:files"), "alice").await;
    bench.advance(Ttl::days(1));
    let page = browser.open("/account").await;
    for words in ["The shop app", "shop.example", "Title of read:files", "alice of the bench", "Firefox"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("The rival app"));
}

/// OpenID Connect Core §4: whoever sends a user to an app to sign in says which issuer is meant.
#[tokio::test]
async fn an_app_that_begins_sign_ins_for_others_is_opened_from_here() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let shop = Rp::of("shop");
    shop.tokens_in(&mut browser, &bench, &shop.login("openid"), "alice").await;
    assert!(!browser.open("/account").await.text.contains("Open the app"));
    let uri = "https://shop.example/begin?a=b";
    bench.change::<Client>("shop", |client| client.about.initiate_login_uri = Some(uri.to_owned())).await;
    let page = browser.open("/account").await;
    assert_eq!(page.link("Open the app"), "https://shop.example/begin?a=b&iss=https%3A%2F%2Fas.example");
}

#[tokio::test]
async fn revoking_an_app_ends_all_its_tokens_at_once() {
    let bench = Bench::new().await;
    let (shop, api) = (Rp::of("shop"), Rp::of("api"));
    let mut browser = Browser::new(&bench);
    let first = shop.tokens_in(&mut browser, &bench, &shop.login("openid read:files"), "alice").await;
    let second = shop.tokens(&bench, "openid offline_access", "alice").await;
    let unaffected = shop.tokens(&bench, "openid", "bob").await;
    let page = browser.open("/account").await;
    let done = browser.submit(page.press_text("Revoke")).await;
    assert!(browser.follow(done).await.text.contains("No app has access"));
    for tokens in [&first, &second] {
        assert_eq!(api.introspect(&bench, &tokens.access).await, serde_json::json!({"active": false}));
        bench.send(crate::support::Ask::get("/userinfo").bearer(&tokens.access)).await.refused(401, "invalid_token");
        shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
    }
    assert_eq!(api.introspect(&bench, &unaffected.access).await["active"], true);
    // A new approval does not wake the old tokens.
    let third = shop.tokens(&bench, "openid", "alice").await;
    assert_eq!(api.introspect(&bench, &third.access).await["active"], true);
    shop.refresh(&bench, &first.refresh).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_on_its_way_dies_with_the_approval() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let login = shop.login("openid");
    let callback = browser.log_in(&login, "alice").await;
    let page = browser.open("/account").await;
    browser.submit(page.press_text("Revoke")).await;
    shop.redeem(&bench, callback.code(), &login).await.refused(400, "invalid_grant");
}

/// The page was alice's. If she signs out in another tab, its forms must not act for bob.
#[tokio::test]
async fn a_form_of_one_account_never_acts_for_another() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    let alices = browser.open("/account").await;
    let page = Page::of(browser.authorize(&shop.login("openid").with("prompt", "select_account")).await);
    let another = page.link("Use another account").to_owned();
    let page = browser.open(&another).await;
    let consent = Page::of(browser.sign_in(&page, "bob").await);
    Callback::of(&browser.submit(consent.press("allow")).await).code();
    browser.submit(alices.press("sign-out")).await;
    browser.submit(alices.press_text("Revoke")).await;
    let keys: Vec<_> = bench.all::<Authorization>().await.iter().map(|a| a.subject.to_string()).collect();
    assert!(keys.contains(&"u_bob".to_owned()), "bob's approval was taken away by a form of alice's: {keys:?}");
}

#[tokio::test]
async fn the_page_of_a_chosen_account_shows_that_account_only() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.log_in(&Rp::of("shop").login("openid"), "alice").await;
    bench.advance(Ttl::secs(1));
    let page = Page::of(browser.authorize(&Rp::of("rival").login("openid").with("prompt", "select_account")).await);
    let another = page.link("Use another account").to_owned();
    let page = browser.open(&another).await;
    let consent = Page::of(browser.sign_in(&page, "bob").await);
    Callback::of(&browser.submit(consent.press("allow")).await).code();
    let bobs = browser.open("/account").await;
    assert!(bobs.text.contains("The rival app") && !bobs.text.contains("The shop app"));
    let alices = bobs.link("alice").to_owned();
    let alices = browser.open(&alices).await;
    assert!(alices.text.contains("The shop app") && !alices.text.contains("The rival app"));
}

#[tokio::test]
async fn a_session_elsewhere_can_be_ended() {
    let bench = Bench::new().await;
    let (mut here, mut elsewhere) = (Browser::new(&bench), Browser::new(&bench));
    let shop = Rp::of("shop");
    let tokens = shop.tokens_in(&mut elsewhere, &bench, &shop.login("openid"), "alice").await;
    bench.advance(Ttl::secs(1));
    let login = shop.login("openid offline_access").with("prompt", "login");
    let kept = shop.tokens_in(&mut elsewhere, &bench, &login, "alice").await;
    let page = here.enter_account("alice").await;
    let reply = here.submit(page.press_text("Sign out of")).await;
    assert!(reply.location().starts_with("/account"));
    assert!(elsewhere.open("/account").await.has_button("sign-in"));
    assert!(!here.open("/account").await.has_button("sign-in"));
    shop.refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
    shop.refresh(&bench, &kept.refresh).await.expect(200);
}

#[tokio::test]
async fn nobody_ends_or_revokes_what_is_another_persons() {
    let bench = Bench::new().await;
    let (mut alices, mut bobs) = (Browser::new(&bench), Browser::new(&bench));
    alices.log_in(&Rp::of("shop").login("openid"), "alice").await;
    let session = bench.all::<Session>().await[0].id.to_string();
    let page = bobs.enter_account("bob").await;
    let form = page.press("sign-out").without("session").forge("session", &session);
    bobs.submit(form.clone()).await;
    let revoke = crate::support::Form { action: "/account/revoke".into(), ..form };
    bobs.submit(revoke.forge("client_id", "shop")).await;
    assert!(alices.open("/account").await.text.contains("The shop app"));
}

#[tokio::test]
async fn the_page_without_a_session_asks_to_sign_in_and_shows_nothing() {
    let bench = Bench::new().await;
    let page = Browser::new(&bench).open("/account?as=s_whatever&as=twice").await;
    assert!(page.has_button("sign-in"));
}

/// A stranger who calls again and again without a cookie must not fill the store for a year.
#[tokio::test]
async fn a_browser_that_never_signs_in_is_soon_forgotten() {
    let bench = Bench::new().await;
    for _ in 0..3 {
        Browser::new(&bench).open("/account").await;
        Browser::new(&bench).authorize(&Rp::of("shop").login("openid")).await;
    }
    let mut known = Browser::new(&bench);
    known.enter_account("alice").await;
    bench.advance(Ttl::days(3));
    bench.realm.store.sweep(bench.now(), 1000).await.unwrap();
    assert_eq!(bench.all::<countersign_engine::records::Browser>().await.len(), 1);
    assert!(!known.open("/account").await.has_button("sign-in"));
}
