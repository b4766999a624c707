//! Signing in by password.

use countersign_engine::records::{Session, User};
use countersign_protocol::Ttl;

use crate::support::{Bench, Browser, Callback, PASSWORD, Page, Rp};

#[tokio::test]
async fn a_wrong_password_shows_the_page_again_with_the_name_and_without_the_password() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let reply = browser.sign_in_with(&page, "alice", "not the password").await;
    assert_eq!(reply.status.as_u16(), 422);
    assert!(!reply.has("set-cookie"));
    let again = Page::of(reply);
    assert_eq!(again.with_button("sign-in").field("username"), "alice");
    assert_eq!(again.with_button("sign-in").field("password"), "");
    assert!(!again.reply.text().contains("not the password"));
    let page = Page::of(browser.sign_in(&again, "alice").await);
    assert!(page.has_button("allow"));
}

/// CVE-2026-23511, CVE-2024-41952: the same bytes for "no such user", "wrong password", "disabled" and "no password set".
#[tokio::test]
async fn whether_an_account_exists_cannot_be_told_from_the_reply() {
    let bench = Bench::new().await;
    bench.change::<User>("u_bob", |user| user.enabled = false).await;
    let mut nopass = bench.find::<User>("u_bob").await.unwrap().into_inner();
    nopass.subject = countersign_protocol::Subject::parse("u_carol").unwrap();
    (nopass.username, nopass.password, nopass.enabled) = ("carol".into(), None, true);
    bench.insert(&nopass).await;
    let mut seen = Vec::new();
    for (name, password) in [("nobody", "wrong"), ("alice", "wrong"), ("bob", PASSWORD), ("carol", PASSWORD)] {
        let mut browser = Browser::new(&bench);
        let page = browser.open("/account").await;
        let reply = browser.sign_in_with(&page, name, password).await;
        let csrf = page.with_button("sign-in").field("csrf").to_owned();
        let text = reply.text().replace(name, "NAME").replace(&csrf, "CSRF");
        seen.push((reply.status, reply.headers.keys().cloned().collect::<Vec<_>>(), text));
    }
    assert!(seen.iter().all(|reply| *reply == seen[0]), "{seen:#?}");
}

#[tokio::test]
async fn the_password_is_sent_once_and_never_again_by_reload_or_back() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let form = page.with_button("sign-in").set("username", "alice").set("password", PASSWORD).press("sign-in");
    let reply = browser.submit(form).await;
    assert!(reply.location().starts_with("/interaction/"), "a redirect, so that the page has an address of its own");
}

#[tokio::test]
async fn the_user_name_is_not_particular_about_case_and_spaces() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = browser.open("/account").await;
    assert!(Page::of(browser.sign_in(&page, "  ALICE ").await).text.contains("alice of the bench"));
}

#[tokio::test]
async fn empty_and_enormous_credentials_are_wrong_credentials() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let long = "x".repeat(30_000);
    for (name, password) in [("", ""), ("alice", ""), ("", PASSWORD), ("alice", &*long), (&*long, "x"), ("\0", "\0")] {
        let page = browser.open("/account").await;
        let reply = browser.sign_in_with(&page, name, password).await;
        assert_eq!(reply.status.as_u16(), 422, "{}", name.len());
    }
}

/// CVE-2026-7507: what was planted before the sign-in is worthless after it.
#[tokio::test]
async fn the_cookie_changes_at_sign_in_and_the_old_one_opens_nothing() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let login = Rp::of("shop").login("openid");
    let page = Page::of(browser.authorize(&login).await);
    let before = browser.clone();
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    assert_ne!(before.jar.values(), browser.jar.values());
    let mut attacker = before;
    assert!(attacker.open("/account").await.has_button("sign-in"));
    let reply = attacker.submit(consent.press("allow")).await;
    assert_eq!(reply.status.as_u16(), 400, "the interaction belongs to the browser that signed in");
    Callback::of(&browser.submit(consent.press("allow")).await).code();
}

#[tokio::test]
async fn signing_in_again_renews_the_session_and_changes_the_cookie() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let before = browser.jar.values();
    let first = bench.all::<Session>().await;
    bench.advance(Ttl::minutes(1));
    let login = Rp::of("shop").login("openid").with("prompt", "login");
    let page = Page::of(browser.authorize(&login).await);
    browser.sign_in(&page, "alice").await;
    let second = bench.all::<Session>().await;
    assert_ne!(before, browser.jar.values());
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(second[0].auth_time > first[0].auth_time);
}

#[tokio::test]
async fn a_user_who_was_disabled_meanwhile_is_signed_out() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    let consent = Page::of(browser.sign_in(&page, "alice").await);
    bench.change::<User>("u_alice", |user| user.enabled = false).await;
    let reply = browser.submit(consent.press("allow")).await;
    assert!(browser.follow(reply).await.has_button("sign-in"));
    assert!(browser.open("/account").await.has_button("sign-in"));
}

#[tokio::test]
async fn cancelling_tells_the_client() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let login = Rp::of("shop").login("openid");
    let page = Page::of(browser.authorize(&login).await);
    let callback = Callback::of(&browser.submit(page.press("cancel")).await);
    assert_eq!((callback.get("error"), callback.get("state")), ("access_denied", login.get("state")));
    let gone = browser.submit(page.press("cancel")).await;
    assert_eq!(gone.status.as_u16(), 410);
}

#[tokio::test]
async fn a_sign_in_that_waits_too_long_is_over() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid")).await);
    bench.advance(Ttl::minutes(30));
    let reply = browser.sign_in(&page, "alice").await;
    assert_eq!(reply.status.as_u16(), 410);
    assert!(browser.open("/account").await.has_button("sign-in"), "and nobody was signed in by it");
}

#[tokio::test]
async fn a_page_of_an_unknown_interaction_says_so() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    for handle in ["x", "csia_", &"x".repeat(5000), "%00", "%ff", "%2e%2e", "..;"] {
        for tail in ["", "/sign-in"] {
            let reply = browser.get(&format!("/interaction/{handle}{tail}")).await;
            assert!(reply.is_html(), "{handle}{tail}: {} {}", reply.status, reply.text());
            assert!([404, 410].contains(&reply.status.as_u16()), "{handle}{tail}: {}", reply.status);
        }
    }
}
