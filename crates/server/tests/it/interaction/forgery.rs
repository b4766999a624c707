//! Requests that somebody else made up: cross-site forms, forms of a sibling site, forms with another browser's token.

use countersign_engine::records::{Authorization, Code, Session};

use crate::support::{Bench, Browser, Form, PASSWORD, Page, Rp};

/// Every form of the server, from pages of a signed-in user.
async fn forms(browser: &mut Browser) -> Vec<Form> {
    let login = Rp::of("shop").login("openid");
    let sign_in = Page::of(browser.authorize(&login).await);
    let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
    let account = browser.open("/account").await;
    let sign_out = browser.open("/sign-out").await;
    let select = Page::of(browser.authorize(&login.with("prompt", "select_account")).await);
    vec![
        consent.press("allow"),
        consent.press("deny"),
        sign_in.press("cancel"),
        select.press_text("alice"),
        account.press("sign-out"),
        sign_out.press("sign-out"),
        sign_in.with_button("sign-in").set("username", "bob").set("password", PASSWORD).press("sign-in"),
    ]
}

async fn state(bench: &Bench) -> (usize, usize, Vec<String>) {
    let sessions = bench.all::<Session>().await.iter().map(|s| s.subject.to_string()).collect();
    (bench.all::<Authorization>().await.len(), bench.all::<Code>().await.len(), sessions)
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let forms = forms(&mut browser).await;
    let before = state(&bench).await;
    for form in forms {
        for forged in [form.clone().without("csrf"), form.clone().set("csrf", ""), form.clone().set("csrf", "x")] {
            let reply = browser.submit(forged).await;
            assert!(!reply.has("set-cookie"), "{}", form.action);
        }
    }
    assert_eq!(state(&bench).await, before);
}

/// The token of one form is not the token of another, nor that of another browser.
#[tokio::test]
async fn a_token_is_good_for_one_purpose_in_one_browser() {
    let bench = Bench::new().await;
    let (mut browser, mut attacker) = (Browser::new(&bench), Browser::new(&bench));
    let forms = forms(&mut browser).await;
    let foreign = self::forms(&mut attacker).await;
    let before = state(&bench).await;
    for form in &forms {
        for other in forms.iter().chain(&foreign) {
            if other.field("csrf") != form.field("csrf") {
                browser.submit(form.clone().set("csrf", other.field("csrf"))).await;
            }
        }
    }
    assert_eq!(state(&bench).await, before);
}

/// Even a token that leaked is no use to a page of another site, or of a sibling that could plant a cookie.
#[tokio::test]
async fn a_form_from_elsewhere_does_nothing_even_with_the_right_token() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let forms = forms(&mut browser).await;
    let before = state(&bench).await;
    for form in forms {
        browser.post_cross_site(form.clone()).await;
        browser.post_same_site(form).await;
    }
    assert_eq!(state(&bench).await, before);
}

/// Hydra PR #770: the attacker begins, the victim consents, the attacker gets the code. The address is worth nothing in
/// another browser, at the start and at the end.
#[tokio::test]
async fn an_interaction_of_one_browser_cannot_be_used_in_another() {
    let bench = Bench::new().await;
    let (mut attacker, mut victim) = (Browser::new(&bench), Browser::new(&bench));
    victim.enter_account("alice").await;
    let begun = attacker.arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    for path in [begun.clone(), format!("{begun}/sign-in")] {
        let reply = victim.arrive(&path).await.expect(400);
        let page = Page::of(reply);
        assert!(!page.has_button("allow") && !page.has_button("sign-in"), "{}", page.text);
    }
    let page = Page::of(attacker.get(&begun).await);
    let form = page.with_button("sign-in").set("username", "alice").set("password", PASSWORD).press("sign-in");
    victim.submit(form).await.expect(400);
    assert!(bench.all::<Code>().await.is_empty());
}

#[tokio::test]
async fn signing_somebody_in_from_a_foreign_page_fails() {
    let bench = Bench::new().await;
    let (mut attacker, mut victim) = (Browser::new(&bench), Browser::new(&bench));
    let page = attacker.open("/account").await;
    let form = page.with_button("sign-in").set("username", "bob").set("password", PASSWORD).press("sign-in");
    victim.post_cross_site(form).await;
    assert!(victim.open("/account").await.has_button("sign-in"));
    assert!(bench.all::<Session>().await.is_empty());
}
