//! The consent page: what is asked, what can be unticked, what is remembered.

use countersign_engine::records::{Authorization, Client, Origin};

use crate::support::{Bench, Browser, Callback, Page, Rp, claims_of};

async fn consent(bench: &Bench, browser: &mut Browser, rp: &Rp, scope: &str) -> (crate::support::Login, Page) {
    let login = rp.login(scope).with("prompt", "consent");
    let page = Page::of(browser.authorize(&login).await);
    let page = if page.has_button("allow") { page } else { Page::of(browser.sign_in(&page, "alice").await) };
    assert!(page.has_button("allow") && bench.realm.name == "Bench");
    (login, page)
}

#[tokio::test]
async fn the_page_names_the_app_the_user_the_host_and_every_scope_in_words() {
    let bench = Bench::new().await;
    let (_, page) = consent(&bench, &mut Browser::new(&bench), &Rp::of("shop"), "openid email read:files").await;
    let wanted =
        ["The shop app", "shop.example", "alice", "Title of openid", "Title of email", "What read:files means"];
    for words in wanted {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("Title of profile"), "only what is asked for");
    assert!(!page.text.contains("Unverified"));
}

#[tokio::test]
async fn an_app_that_registered_itself_is_called_unverified() {
    let bench = Bench::new().await;
    bench.change::<Client>("shop", |client| client.origin = Origin::Dynamic).await;
    let (_, page) = consent(&bench, &mut Browser::new(&bench), &Rp::of("shop"), "openid").await;
    assert!(page.text.contains("Unverified app"), "{}", page.text);
}

#[tokio::test]
async fn what_is_unticked_is_in_no_token() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let (login, page) = consent(&bench, &mut browser, &shop, "openid email read:files read:profile").await;
    let form = page.with_button("allow").untick("scope:read:files").untick("scope:email").press("allow");
    let callback = Callback::of(&browser.submit(form).await);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    assert_eq!(tokens.scope, "openid read:profile");
    assert_eq!(claims_of(&tokens.access)["scope"], "openid read:profile");
    let refreshed = shop.refresh(&bench, &tokens.refresh).await.expect(200).json();
    assert_eq!(refreshed["scope"], "openid read:profile");
    let wider = [("grant_type", "refresh_token"), ("refresh_token", refreshed["refresh_token"].as_str().unwrap())];
    let wider = [wider[0], wider[1], ("scope", "openid read:files")];
    shop.call(&bench, "/token", &wider).await.refused(400, "invalid_scope");
}

#[tokio::test]
async fn a_required_scope_cannot_be_unticked_even_by_a_forged_form() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let (login, page) = consent(&bench, &mut browser, &shop, "openid read:files").await;
    let form = page.with_button("allow").untick("scope:read:files").press("allow");
    let callback = Callback::of(&browser.submit(form).await);
    assert_eq!(shop.tokens_for(&bench, &callback, &login).await.scope, "openid");
}

#[tokio::test]
async fn a_forged_tick_gives_nothing_that_was_not_asked_for() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    let (login, page) = consent(&bench, &mut browser, &shop, "openid").await;
    let form = page.press("allow").forge("scope:read:files", "read:files").forge("scope:\"", "x");
    let callback = Callback::of(&browser.submit(form).await);
    assert_eq!(shop.tokens_for(&bench, &callback, &login).await.scope, "openid");
}

#[tokio::test]
async fn unticking_everything_is_a_no() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (_, page) = consent(&bench, &mut browser, &Rp::of("shop"), "read:files").await;
    let form = page.with_button("allow").untick("scope:read:files").press("allow");
    assert_eq!(Callback::of(&browser.submit(form).await).get("error"), "access_denied");
    assert!(bench.all::<Authorization>().await.is_empty());
}

#[tokio::test]
async fn denying_tells_the_client_and_remembers_nothing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (login, page) = consent(&bench, &mut browser, &Rp::of("shop"), "openid").await;
    let callback = Callback::of(&browser.submit(page.press("deny")).await);
    assert_eq!((callback.get("error"), callback.get("state")), ("access_denied", login.get("state")));
    assert_eq!(callback.get("iss"), crate::support::ISSUER);
    assert!(bench.all::<Authorization>().await.is_empty());
}

#[tokio::test]
async fn what_was_allowed_once_is_not_asked_again_and_more_is() {
    let bench = Bench::new().await;
    let shop = Rp::of("shop");
    let mut browser = Browser::new(&bench);
    browser.log_in(&shop.login("openid read:files"), "alice").await;
    Callback::of(&browser.authorize(&shop.login("openid")).await).code();
    let page = Page::of(browser.authorize(&shop.login("openid read:profile")).await);
    assert!(page.has_button("allow"));
    Callback::of(&browser.submit(page.press("allow")).await).code();
    let all = bench.all::<Authorization>().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].scope.to_string(), "openid read:files read:profile");
}

#[tokio::test]
async fn a_consent_page_can_be_used_once() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (_, page) = consent(&bench, &mut browser, &Rp::of("shop"), "openid").await;
    Callback::of(&browser.submit(page.press("allow")).await).code();
    let again = browser.submit(page.press("allow")).await.expect(410);
    assert!(Page::of(again).text.contains("finished already"));
}
