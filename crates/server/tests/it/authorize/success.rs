//! Requests that lead to a code.

use crate::support::{Bench, Browser, Callback, ISSUER, Page, Rp};

#[tokio::test]
async fn a_user_signs_in_consents_and_arrives_with_code_state_and_iss() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let login = shop.login("openid profile read:files");
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    assert!(page.text.contains("The shop app") && page.text.contains("shop.example"), "{}", page.text);
    let page = Page::of(browser.sign_in(&page, "alice").await);
    assert!(page.text.contains("Title of read:files"), "{}", page.text);
    let callback = Callback::of(&browser.submit(page.press("allow")).await);
    assert_eq!(callback.uri, "https://shop.example/callback");
    assert_eq!((callback.get("state"), callback.get("iss")), (login.get("state"), ISSUER));
    assert_eq!(callback.params.len(), 3, "code, state, iss, and nothing else: {callback:?}");
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.verified_id_claims(&bench)["nonce"], login.get("nonce"));
}

#[tokio::test]
async fn every_kind_of_client_gets_through_with_pkce() {
    let bench = Bench::new().await;
    for id in ["shop", "poster", "keyed", "spa", "cli", "phone", "older"] {
        let rp = Rp::of(id);
        let tokens = rp.tokens(&bench, "openid read:files offline_access", "alice").await;
        assert!(!tokens.access.is_empty() && !tokens.refresh.is_empty() && !tokens.id.is_empty(), "{id}");
        assert_eq!(tokens.verified_id_claims(&bench)["aud"], id);
    }
}

#[tokio::test]
async fn state_comes_back_byte_for_byte() {
    let bench = Bench::new().await;
    let long = "x".repeat(4096);
    let states =
        ["a b+c%20&d=e;f", "<script>alert('x')</script>", "ü漢🦀", "\u{202e}\u{0}\r\nX: y", " lead and trail ", &long];
    for state in states {
        let login = Rp::of("shop").login("openid").with("state", state);
        let callback = Browser::new(&bench).log_in(&login, "alice").await;
        assert_eq!(callback.get("state"), state);
        let refused = login.with("response_type", "token");
        let reply = Browser::new(&bench).arrive(&refused.url()).await;
        assert_eq!(Callback::of(&reply).get("state"), state);
    }
}

#[tokio::test]
async fn without_state_none_is_made_up() {
    let bench = Bench::new().await;
    for login in [Rp::of("shop").login("openid").without("state"), Rp::of("shop").login("openid").with("state", "")] {
        let callback = Browser::new(&bench).log_in(&login, "alice").await;
        assert!(!callback.params.iter().any(|(name, _)| name == "state"), "{callback:?}");
        assert_eq!(callback.get("iss"), ISSUER);
    }
}

#[tokio::test]
async fn a_query_that_was_registered_is_kept() {
    let bench = Bench::new().await;
    let reply = Browser::new(&bench).arrive(&Rp::of("poster").login("x").with("scope", "\"").url()).await;
    assert!(reply.location().starts_with("https://poster.example/callback?keep=this&error=invalid_scope&"));
}

#[tokio::test]
async fn form_post_carries_code_state_and_iss_in_a_form_and_nothing_in_an_address() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let login = shop.login("openid").with("response_mode", "form_post").with("state", "\"><script>x</script>");
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    let page = Page::of(browser.sign_in(&page, "alice").await);
    let reply = browser.submit(page.press("allow")).await.expect(200);
    let callback = Callback::of_form(&Page::of(reply));
    assert_eq!(callback.uri, "https://shop.example/callback");
    assert_eq!((callback.get("state"), callback.get("iss")), (login.get("state"), ISSUER));
    shop.tokens_for(&bench, &callback, &login).await;
}

/// The answer must not get lost because it is a page and not a redirect.
#[tokio::test]
async fn form_post_answers_after_a_sign_in_that_needs_no_consent() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    shop.tokens(&bench, "openid", "alice").await;
    let login = shop.login("openid").with("response_mode", "form_post");
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&login).await);
    let page = Page::of(browser.sign_in(&page, "alice").await);
    let callback = Callback::of_form(&page);
    shop.tokens_for(&bench, &callback, &login).await;
}

#[tokio::test]
async fn form_post_carries_errors_too() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("response_mode", "form_post").with("prompt", "none");
    let page = Page::of(Browser::new(&bench).arrive(&login.url()).await.expect(200));
    let callback = Callback::of_form(&page);
    assert_eq!((callback.get("error"), callback.get("iss")), ("login_required", ISSUER));
    assert_eq!(callback.get("state"), login.get("state"));
}

#[tokio::test]
async fn the_older_variant_without_challenge_is_for_the_client_that_was_allowed_it() {
    let bench = Bench::new().await;
    let older = Rp::of("older");
    let login = older.login("openid").without("code_challenge").without("code_challenge_method");
    let callback = Browser::new(&bench).log_in(&login, "alice").await;
    let fields = [("grant_type", "authorization_code"), ("code", callback.code())];
    older.call(&bench, "/token", &fields).await.expect(200);
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_empty_ones_are_absent() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("utm_source", "x").with("prompt", "").with("max_age", "");
    Browser::new(&bench).log_in(&login, "alice").await.code();
}

#[tokio::test]
async fn without_scope_the_user_only_says_who_they_are_to_nobody() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let login = shop.login("openid").without("scope");
    let tokens = shop.tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    assert_eq!((tokens.scope.as_str(), tokens.id.as_str()), ("", ""));
}

#[tokio::test]
async fn a_post_comes_back_as_a_get_that_carries_the_cookie() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid");
    let ask = crate::support::Ask::post("/authorize").raw_form(login.query());
    let reply = bench.send(ask).await;
    assert_eq!(reply.location(), login.url());
    assert!(!reply.has("set-cookie"), "a cross-site post can't show which browser it is");
}

#[tokio::test]
async fn a_login_hint_is_filled_in_as_text() {
    let bench = Bench::new().await;
    let login = Rp::of("shop").login("openid").with("login_hint", "\"><script>alert(1)</script>");
    let page = Page::of(Browser::new(&bench).authorize(&login).await);
    assert_eq!(page.with_button("sign-in").field("username"), "\"><script>alert(1)</script>");
}

#[tokio::test]
async fn several_resources_may_be_named() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let login = shop.login("read:files").with("resource", crate::support::VAULT);
    let tokens = shop.tokens_in(&mut Browser::new(&bench), &bench, &login, "alice").await;
    assert!(tokens.access.starts_with("csat_"), "the vault's tokens are opaque");
}
