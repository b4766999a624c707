//! Several tabs, several accounts, and the back button. Each authorization request is an interaction of its own, so no
//! tab gets in the way of another (keycloak#36150, #46564).

use crate::support::{Bench, Browser, Callback, Page, Rp};

#[tokio::test]
async fn two_tabs_end_with_the_answer_that_each_began() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (shop, rival) = (Rp::of("shop"), Rp::of("rival"));
    let (first, second) = (shop.login("openid"), rival.login("openid"));
    let first_page = Page::of(browser.authorize(&first).await);
    let second_page = Page::of(browser.authorize(&second).await);
    let second_consent = Page::of(browser.sign_in(&second_page, "alice").await);
    // The first tab still shows its sign-in page, whose form is as good as before.
    let first_consent = Page::of(browser.sign_in(&first_page, "alice").await);
    assert!(first_consent.text.contains("The shop app") && second_consent.text.contains("The rival app"));
    let first_answer = Callback::of(&browser.submit(first_consent.press("allow")).await);
    let second_answer = Callback::of(&browser.submit(second_consent.press("allow")).await);
    assert_eq!(first_answer.get("state"), first.get("state"));
    assert_eq!(second_answer.get("state"), second.get("state"));
    shop.tokens_for(&bench, &first_answer, &first).await;
    rival.tokens_for(&bench, &second_answer, &second).await;
}

#[tokio::test]
async fn reloading_the_sign_in_page_of_another_tab_goes_on_with_who_is_signed_in_now() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let waiting = browser.arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    browser.enter_account("alice").await;
    assert!(browser.open(&waiting).await.has_button("allow"));
}

#[tokio::test]
async fn two_accounts_in_one_browser_are_kept_apart() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid"), "alice").await;
    let page = Page::of(browser.authorize(&shop.login("openid").with("prompt", "select_account")).await);
    let another = page.link("Use another account").to_owned();
    let page = browser.open(&another).await;
    let consent = Page::of(browser.sign_in(&page, "bob").await);
    assert!(consent.text.contains("bob of the bench"));
    Callback::of(&browser.submit(consent.press("allow")).await).code();

    let login = shop.login("openid");
    let choice = Page::of(browser.authorize(&login).await);
    assert!(choice.text.contains("alice of the bench") && choice.text.contains("bob of the bench"));
    let reply = browser.submit(choice.press_text("bob")).await;
    let callback = Callback::of(&browser.follow_to_end(reply).await);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["sub"], "u_bob");
}

/// The page said alice: whatever other tabs did meanwhile, nobody else approves by its form.
#[tokio::test]
async fn a_consent_page_approves_for_whom_it_showed() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let login = shop.login("openid");
    let page = Page::of(browser.authorize(&login).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    // Another tab of the same interaction goes on as bob.
    let another = consent.link("Use another account").to_owned();
    let other_tab = browser.open(&another).await;
    let for_bob = Page::of(browser.sign_in(&other_tab, "bob").await);
    assert!(for_bob.text.contains("bob of the bench"));
    let callback = Callback::of(&browser.submit(consent.press("allow")).await);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["sub"], "u_alice");
}

#[tokio::test]
async fn a_consent_form_for_a_session_of_another_browser_approves_nothing() {
    let bench = Bench::new().await;
    let mut bobs = Browser::new(&bench);
    bobs.enter_account("bob").await;
    let bobs_session = bench.all::<countersign_engine::records::Session>().await[0].id.to_string();
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    let reply = browser.submit(consent.press("allow").without("session").forge("session", &bobs_session)).await;
    assert!(reply.location().starts_with("/interaction/"));
    let reply = browser.submit(consent.press("allow").without("session")).await;
    assert!(reply.location().starts_with("/interaction/"));
    assert!(bench.all::<countersign_engine::records::Code>().await.is_empty());
}

#[tokio::test]
async fn going_back_to_the_sign_in_page_and_signing_in_as_somebody_else_works() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let login = shop.login("openid");
    let sign_in = Page::of(browser.authorize(&login).await);
    browser.sign_in(&sign_in, "alice").await;
    let consent = Page::of(browser.sign_in(&sign_in, "bob").await);
    assert!(consent.text.contains("bob of the bench"));
    let callback = Callback::of(&browser.submit(consent.press("allow")).await);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["sub"], "u_bob");
}

#[tokio::test]
async fn going_back_after_the_end_says_that_it_is_over() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let sign_in = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
    Callback::of(&browser.submit(consent.press("allow")).await).code();
    let path = sign_in.with_button("sign-in").action.replace("/sign-in", "");
    assert_eq!(browser.get(&path).await.status.as_u16(), 410);
    assert_eq!(browser.sign_in(&sign_in, "alice").await.status.as_u16(), 410);
}

#[tokio::test]
async fn signing_out_in_one_tab_sends_the_consent_page_of_another_back_to_sign_in() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    let question = browser.open("/sign-out").await;
    browser.submit(question.press("sign-out")).await.expect(200);
    let reply = browser.submit(consent.press("allow")).await;
    assert!(browser.follow(reply).await.has_button("sign-in"));
}

#[tokio::test]
async fn the_person_who_must_confirm_may_be_somebody_else() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    bench.advance(countersign_protocol::Ttl::secs(1));
    let login = Rp::of("shop").login("openid").with("prompt", "login");
    let page = Page::of(browser.authorize(&login).await);
    let another = page.link("Use another account").to_owned();
    let page = browser.open(&another).await;
    assert!(Page::of(browser.sign_in(&page, "bob").await).text.contains("bob of the bench"));
}

#[tokio::test]
async fn no_browser_holds_more_than_ten_accounts() {
    let bench = Bench::new().await;
    let alice = bench.find::<countersign_engine::records::User>("u_alice").await.unwrap().into_inner();
    let mut browser = Browser::new(&bench);
    for n in 0..12 {
        let mut user = alice.clone();
        user.subject = countersign_protocol::Subject::parse(&format!("u_{n}")).unwrap();
        user.username = format!("user{n}");
        bench.insert(&user).await;
        let page = Page::of(browser.authorize(&Rp::of("shop").login("openid").with("prompt", "select_account")).await);
        let page = if page.has_button("sign-in") {
            page
        } else {
            let another = page.link("Use another account").to_owned();
            browser.open(&another).await
        };
        assert!(Page::of(browser.sign_in(&page, &format!("user{n}")).await).has_button("allow"));
        bench.advance(countersign_protocol::Ttl::secs(1));
    }
    assert_eq!(bench.all::<countersign_engine::records::Session>().await.len(), 10);
}
