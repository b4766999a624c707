//! Whom the client expects, and how strongly they must have signed in: `login_hint`, `id_token_hint`, `acr_values`,
//! `display`, `ui_locales` (OpenID Connect Core §3.1.2.1, §3.1.2.2), `prompt=create` (Prompt Create 1.0 §4.1).

use countersign_protocol::Ttl;

use super::error_at_client;
use crate::support::{Ask, Bench, Browser, Callback, ISSUER, Page, Rp, Tokens};

/// Alice signs in at the shop, and the shop has her tokens.
async fn alice_at_the_shop(bench: &Bench) -> (Browser, Tokens) {
    let mut browser = Browser::new(bench);
    let tokens = Rp::of("shop").tokens_in(&mut browser, bench, &Rp::of("shop").login("openid"), "alice").await;
    (browser, tokens)
}

#[tokio::test]
async fn a_hint_at_somebody_who_is_not_signed_in_shows_the_sign_in_page_with_the_name_in_it() {
    let bench = Bench::new().await;
    let (mut browser, _) = alice_at_the_shop(&bench).await;
    let login = Rp::of("shop").login("openid").with("login_hint", "bob@example.com");
    let page = Page::of(browser.authorize(&login).await);
    assert_eq!(page.with_button("sign-in").field("username"), "bob@example.com");
    // Alice may go on all the same: it was a hint. But by her own choice.
    let reply = browser.submit(page.press_text("alice")).await;
    Callback::of(&browser.follow_to_end(reply).await).code();
    let silent = Callback::of(&browser.arrive(&login.with("prompt", "none").url()).await);
    assert_eq!((silent.get("error"), silent.get("iss")), ("login_required", ISSUER));
}

#[tokio::test]
async fn a_hint_fits_by_user_name_or_by_email() {
    let bench = Bench::new().await;
    let (mut browser, _) = alice_at_the_shop(&bench).await;
    for hint in ["alice", " ALICE", "Alice@example.com"] {
        let login = Rp::of("shop").login("openid").with("login_hint", hint).with("prompt", "none");
        Callback::of(&browser.arrive(&login.url()).await).code();
    }
}

#[tokio::test]
async fn an_id_token_names_the_user_who_must_be_there_however_old_it_is() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let (mut browser, tokens) = alice_at_the_shop(&bench).await;
    bench.advance(Ttl::days(3));
    let login = || shop.login("openid").with("id_token_hint", &tokens.id);
    Callback::of(&browser.arrive(&login().with("prompt", "none").url()).await).code();
    // Where somebody else is signed in, and nobody is.
    let mut other = Browser::new(&bench);
    other.log_in(&shop.login("openid"), "bob").await;
    for mut browser in [other, Browser::new(&bench)] {
        let silent = Callback::of(&browser.arrive(&login().with("prompt", "none").url()).await);
        assert_eq!((silent.get("error"), silent.get("code")), ("login_required", ""));
        let login = login();
        let page = Page::of(browser.authorize(&login).await);
        assert!(page.has_button("sign-in") && !page.has_button("allow"), "{}", page.text);
        let callback = Callback::of(&browser.sign_in(&page, "alice").await);
        let tokens = shop.tokens_for(&bench, &callback, &login).await;
        assert_eq!(tokens.verified_id_claims(&bench)["sub"], "u_alice");
    }
}

#[tokio::test]
async fn who_signs_in_as_somebody_else_than_the_id_token_names_gets_the_client_nothing() {
    let bench = Bench::new().await;
    let (_, tokens) = alice_at_the_shop(&bench).await;
    let login = Rp::of("shop").login("openid").with("id_token_hint", &tokens.id);
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    let callback = Callback::of(&browser.sign_in(&page, "bob").await);
    assert_eq!((callback.get("error"), callback.get("code")), ("login_required", ""));
    assert_eq!((callback.get("state"), callback.get("iss")), (login.get("state"), ISSUER));
}

#[tokio::test]
async fn what_is_no_id_token_of_ours_for_this_client_is_an_invalid_request() {
    let bench = Bench::new().await;
    let (_, tokens) = alice_at_the_shop(&bench).await;
    let rival = Rp::of("rival").tokens(&bench, "openid", "alice").await;
    let cut = &tokens.id[..tokens.id.len() - 5];
    for hint in [&tokens.access, &tokens.refresh, &rival.id, "x", cut] {
        let login = Rp::of("shop").login("openid").with("id_token_hint", hint);
        assert_eq!(error_at_client(&bench, &login).await, "invalid_request");
    }
}

#[tokio::test]
async fn the_id_token_says_of_which_class_and_how_the_sign_in_was() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["acr_values_supported"], serde_json::json!(["1"]));
    for asked in ["", "1 2", "2 1", "urn:mace:incommon:iap:silver"] {
        let login = Rp::of("shop").login("openid").with("acr_values", asked).with("prompt", "consent");
        let tokens = Rp::of("shop").tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
        let claims = tokens.verified_id_claims(&bench);
        assert_eq!((&claims["acr"], &claims["amr"]), (&"1".into(), &serde_json::json!(["pwd"])), "{asked}");
        let refreshed = Tokens::of(&Rp::of("shop").refresh(&bench, &tokens.refresh).await);
        assert_eq!(refreshed.verified_id_claims(&bench)["acr"], "1", "of the same sign-in");
    }
}

#[tokio::test]
async fn what_is_only_about_looks_and_what_nobody_knows_is_accepted() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("display", "popup").with("ui_locales", "fr-CA se de");
    let login = login.with("claims_locales", "se").with("extra", "foobar");
    Browser::new(&bench).log_in(&login, "alice").await.code();
}

/// Unless the configuration says so, no page here makes accounts, and the metadata names no such prompt.
#[tokio::test]
async fn prompt_create_and_other_unknown_prompts_are_invalid_requests() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    let prompts = document["prompt_values_supported"].as_array().unwrap();
    assert_eq!(prompts.len(), 4);
    for prompt in ["create", "login create", "Login", "none login", "whatever"] {
        let login = Rp::of("shop").login("openid").with("prompt", prompt);
        assert_eq!(error_at_client(&bench, &login).await, "invalid_request", "{prompt}");
    }
}

/// Who is asked for the password again may be somebody else by now.
#[tokio::test]
async fn where_a_password_is_asked_for_again_another_account_may_sign_in() {
    let bench = Bench::new().await;
    let (mut browser, _) = alice_at_the_shop(&bench).await;
    bench.advance(Ttl::secs(5));
    let login = Rp::of("shop").login("openid").with("prompt", "login");
    let page = Page::of(browser.authorize(&login).await);
    assert_eq!(page.with_button("sign-in").field("username"), "alice");
    assert!(!page.reply.text().contains("readonly"));
    let consent = Page::of(browser.sign_in(&page, "bob").await);
    let reply = browser.submit(consent.press("allow")).await;
    let tokens = Rp::of("shop").tokens_for(&bench, &Callback::of(&reply), &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["sub"], "u_bob");
}
