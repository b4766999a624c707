//! RP-initiated logout: with a good hint at once, without one after a question; and back, but never astray.

use countersign_protocol::Ttl;

use super::{BACK, at_the_shop, bench, end_session, signed_in};
use crate::support::{Ask, Bench, Browser, Page, Rp};

#[tokio::test]
async fn an_id_token_as_hint_signs_out_at_once_and_leads_back_with_state() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    bench.advance(Ttl::days(1));
    let before = browser.jar.values();
    let pairs = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", BACK), ("state", "a b&c")];
    let reply = browser.arrive(&end_session(&pairs)).await;
    assert_eq!(reply.location(), "https://shop.example/signed-out?state=a+b%26c");
    assert_ne!(before, browser.jar.values(), "the cookie changes");
    assert!(!signed_in(&mut browser).await);
    Rp::of("shop").refresh(&bench, &tokens.refresh).await.refused(400, "invalid_grant");
    let silent = Rp::of("shop").login("openid").with("prompt", "none");
    let callback = crate::support::Callback::of(&browser.authorize(&silent).await);
    assert_eq!(callback.get("error"), "login_required");
    let again = browser.arrive(&end_session(&pairs)).await;
    assert_eq!(again.location(), "https://shop.example/signed-out?state=a+b%26c", "nothing is left to end");
}

#[tokio::test]
async fn without_an_address_there_is_a_page_that_says_signed_out() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid offline_access", "alice").await;
    let page = Page::of(browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await.expect(200));
    assert!(page.text.contains("Signed out") && page.title.contains("Signed out"), "{}", page.text);
    assert!(!signed_in(&mut browser).await);
    Rp::of("shop").refresh(&bench, &tokens.refresh).await.expect(200);
}

#[tokio::test]
async fn without_a_hint_the_user_is_asked_and_may_stay() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    at_the_shop(&bench, &mut browser, "openid", "alice").await;
    for pairs in [&[][..], &[("state", "only")], &[("post_logout_redirect_uri", BACK)]] {
        let question = Page::of(browser.arrive(&end_session(pairs)).await.expect(200));
        assert!(question.text.contains("alice of the bench"), "{}", question.text);
        assert!(question.links.iter().any(|(href, _)| href == "/account"), "the way to stay");
        assert!(signed_in(&mut browser).await, "asking ends nothing");
        let form = question.press("sign-out");
        assert!(!form.fields.iter().any(|(_, value)| value.contains("shop.example")), "{form:?}");
    }
    let question = browser.open(&end_session(&[])).await;
    let page = Page::of(browser.submit(question.press("sign-out")).await.expect(200));
    assert!(page.text.contains("Signed out"));
    assert!(!signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_client_that_names_itself_gets_its_user_back_after_the_question() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let pairs = [("client_id", "shop"), ("post_logout_redirect_uri", BACK), ("state", "s")];
    let reply = browser.arrive(&end_session(&pairs)).await.expect(200);
    assert!(reply.header("content-security-policy").contains("form-action 'self' http: https:"));
    let question = Page::of(reply);
    assert!(question.text.contains("The shop app asks to sign you out"), "{}", question.text);
    let forged = question.press("sign-out").set("post_logout_redirect_uri", "https://evil.example/");
    assert!(browser.submit(forged).await.expect(400).is_html());
    assert!(signed_in(&mut browser).await);
    let reply = browser.submit(question.press("sign-out")).await;
    assert_eq!(reply.location(), "https://shop.example/signed-out?state=s");
    assert!(!signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_foreign_hint_leads_to_the_question_and_nowhere_else() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let (head, rest) = tokens.id.split_once('.').unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", rest.split_once('.').unwrap().0);
    for hint in [unsigned, format!("{head}.{}", "x".repeat(rest.len())), tokens.access.clone()] {
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK), ("state", "s")];
        let question = Page::of(browser.arrive(&end_session(&pairs)).await.expect(200));
        assert!(question.has_button("sign-out") && !question.reply.text().contains("shop.example"));
    }
    assert!(signed_in(&mut browser).await);
}

#[tokio::test]
async fn of_several_accounts_the_one_ends_that_the_hint_names() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let alice = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let bob = at_the_shop(&bench, &mut browser, "openid", "bob").await;
    browser.arrive(&end_session(&[("id_token_hint", &alice.id)])).await.expect(200);
    Rp::of("shop").refresh(&bench, &alice.refresh).await.refused(400, "invalid_grant");
    Rp::of("shop").refresh(&bench, &bob.refresh).await.expect(200);
    let page = browser.open("/account").await;
    assert!(page.text.contains("bob of the bench") && !page.text.contains("alice"), "{}", page.text);

    at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let question = browser.open(&end_session(&[("logout_hint", "bob")])).await;
    assert!(question.text.contains("bob of the bench") && !question.text.contains("alice"), "{}", question.text);
    browser.submit(question.press("sign-out")).await.expect(200);
    let page = browser.open("/account").await;
    assert!(page.text.contains("alice of the bench") && !page.text.contains("bob"), "{}", page.text);
}

/// The hint is no credential: in another browser it ends nothing.
#[tokio::test]
async fn a_stolen_hint_signs_nobody_out_elsewhere() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let mut thief = Browser::new(&bench);
    thief.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await.expect(200);
    let mut other = Browser::new(&bench);
    at_the_shop(&bench, &mut other, "openid", "alice").await;
    let page = Page::of(other.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await.expect(200));
    assert!(page.has_button("sign-out"), "another session of hers: she is asked");
    assert!(signed_in(&mut browser).await && signed_in(&mut other).await);
}

#[tokio::test]
async fn a_form_of_the_clients_site_works_as_a_link_does() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let fields = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", BACK)];
    let reply = bench.send(Ask::post("/end-session").form(&fields)).await;
    let next = reply.location().to_owned();
    assert!(next.starts_with("/end-session?"), "{next}");
    assert_eq!(browser.arrive(&next).await.location(), BACK);
    assert!(!signed_in(&mut browser).await);
    let bad = bench.send(Ask::post("/end-session").body("text/plain", "state=x")).await.expect(400);
    assert!(bad.is_html());
}

#[tokio::test]
async fn what_is_not_in_order_ends_nothing_and_says_why() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let hint = ("id_token_hint", tokens.id.as_str());
    let table: [(&[(&str, &str)], &str); 6] = [
        (
            &[hint, ("post_logout_redirect_uri", "https://shop.example/signed-out?foo=bar")],
            "logout.redirect_registered",
        ),
        (&[hint, ("post_logout_redirect_uri", "https://shop.example/callback")], "logout.redirect_registered"),
        (&[("client_id", "shop"), ("post_logout_redirect_uri", "javascript:alert(1)")], "logout.redirect_registered"),
        (&[hint, ("client_id", "rival")], "logout.client_is_hints"),
        (&[("client_id", "nobody")], "logout.client_known"),
        (&[hint, ("state", "a"), ("state", "b")], "logout.parameters_once"),
    ];
    for (pairs, rule) in table {
        let reply = browser.arrive(&end_session(pairs)).await.expect(400);
        assert!(!reply.has("location"));
        let page = Page::of(reply);
        assert!(page.title.starts_with("Error") && page.text.contains(rule), "{pairs:?}: {}", page.text);
        assert!(!page.has_button("sign-out") && page.text.contains("Nobody was signed out"), "{}", page.text);
    }
    assert!(signed_in(&mut browser).await);
}

#[tokio::test]
async fn a_foreign_page_that_posts_the_answer_signs_nobody_out() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let question = browser.open(&end_session(&[])).await;
    browser.post_cross_site(question.press("sign-out")).await.expect(200);
    browser.post_same_site(question.press("sign-out").set("csrf", "guessed")).await.expect(200);
    assert!(signed_in(&mut browser).await);
}

#[tokio::test]
async fn the_metadata_names_the_endpoint() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["end_session_endpoint"], "https://as.example/end-session");
}
