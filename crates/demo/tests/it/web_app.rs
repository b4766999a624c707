//! Fernbook: pages, headers, sessions, and what happens when something is not granted, taken back or broken.

use axum::http::StatusCode;
use serde_json::json;

use crate::browser::{ALL, get};
use crate::world::World;

/// Long enough for work that goes on beside an answer: the runtime of these tests has one thread.
async fn let_others_run() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_cover_needs_no_provider_and_offers_to_log_in() {
    let world = World::new();
    let page = get(&world.web_app, "/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says(r#"<a class="button" href="/login">Log in</a>"#));
    assert!(world.issuer().seen.is_empty());
}

#[tokio::test]
async fn no_page_runs_scripts_or_can_be_framed_or_kept() {
    let world = World::new();
    for path in ["/", "/logged-out", "/nowhere", "/callback"] {
        let page = get(&world.web_app, path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"), "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!page.says("<script") && !page.says(" style=") && !page.says("<style"), "{path}");
    }
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there() {
    let world = World::new();
    for (path, media_type) in [("/assets/fernbook.css", "text/css"), ("/assets/fernbook.svg", "image/svg+xml")] {
        let file = get(&world.web_app, path).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(file.header("content-type").starts_with(media_type));
    }
    assert_eq!(get(&world.web_app, "/assets/other.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_sign_in_shows_the_name_and_the_notes() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.notebook(ALL).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("Hello, Alice Liddell"), "{}", page.body);
    assert!(page.says("Shelf ") && page.says("/notebook/letter-to-the-moon.txt"));
    let sheet = browser.open("/notebook/letter-to-the-moon.txt").await;
    assert!(sheet.says("Dear Moon,"));
}

#[tokio::test]
async fn a_name_is_text_and_never_markup() {
    let world = World::new();
    world.issuer().name_in_id_token = true;
    let page = world.browser().notebook(ALL).await;
    assert!(page.says("Hello, Alice &#60;Liddell&#62;"), "{}", page.body);
    assert!(!world.issuer().seen.iter().any(|path| path == "/userinfo"), "the ID token said it already");
}

#[tokio::test]
async fn no_page_holds_a_token() {
    let world = World::new();
    let mut browser = world.browser();
    let notebook = browser.notebook(ALL).await;
    let sheet = browser.open("/notebook/map-of-the-pond.txt").await;
    for page in [notebook, sheet] {
        assert!(!page.says("at-2") && !page.says("rt-3") && !page.says("code-1"), "{}", page.body);
    }
}

#[tokio::test]
async fn what_was_not_approved_is_left_out_and_can_be_asked_for_again() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.notebook("openid profile read:profile").await;
    assert_eq!(page.status, StatusCode::OK);
    // askama writes the apostrophe as it stands in the template.
    assert!(page.says("You didn't let Fernbook see your files."), "{}", page.body);
    assert!(page.says("href=\"/login?ask=consent\""));
    assert!(page.says("Shelf "), "the rest is there");
    assert_eq!(browser.open("/notebook/letter-to-the-moon.txt").await.location(), "/notebook");
    let again = browser.open("/login?ask=consent").await;
    assert!(again.location().contains("prompt=consent"));
}

#[tokio::test]
async fn somebody_who_shares_nothing_is_still_greeted() {
    let world = World::new();
    let page = world.browser().notebook("openid").await;
    assert!(page.says("Hello, friend") && page.says("you kept to yourself"), "{}", page.body);
}

#[tokio::test]
async fn access_that_was_taken_back_is_said_and_ends_the_session() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    world.issuer().revoke_everything();
    let page = browser.open("/notebook").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.says("Your access was taken back") && page.says("Log in again"), "{}", page.body);
    assert!(!browser.cookies.contains_key("fernbook_session"));
    assert_eq!(browser.open("/notebook").await.location(), "/");
    assert!(browser.notebook(ALL).await.says("Hello, Alice"), "a new sign-in works");
}

#[tokio::test]
async fn an_access_token_that_ended_is_renewed_in_passing() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    world.issuer().end_access_tokens();
    let page = browser.open("/notebook").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("it answered 401") && page.says("Swapped the refresh token"), "{}", page.body);
}

#[tokio::test]
async fn tokens_are_renewed_at_the_press_of_a_button() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.notebook(ALL).await;
    let before = world.issuer().seen.iter().filter(|path| *path == "/token").count();
    assert_eq!(browser.press(&page, "/refresh").await.location(), "/notebook");
    let after = world.issuer().seen.iter().filter(|path| *path == "/token").count();
    assert_eq!(after, before + 1);
    world.issuer().token_fault = Some((400, json!({ "error": "invalid_grant" })));
    let page = browser.press(&page, "/refresh").await;
    assert!(page.says("Your access was taken back"), "{}", page.body);
}

#[tokio::test]
async fn a_failed_renewal_keeps_the_session() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.notebook(ALL).await;
    world.issuer().token_fault = Some((503, json!({ "error": "temporarily_unavailable" })));
    let failed = browser.press(&page, "/refresh").await;
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY);
    assert!(failed.says("The old ones are kept"));
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
}

#[tokio::test]
async fn logging_out_ends_the_session_and_gives_the_tokens_back() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.notebook(ALL).await;
    let stolen = browser.cookies["fernbook_session"].clone();
    assert_eq!(browser.press(&page, "/logout").await.location(), "/logged-out");
    assert!(browser.open("/logged-out").await.says("You are logged out"));
    let_others_run().await;
    assert_eq!(world.issuer().live_tokens(), 0);
    browser.cookies.insert("fernbook_session".into(), stolen);
    assert_eq!(browser.open("/notebook").await.status, StatusCode::FORBIDDEN, "the old cookie is worthless");
    assert_eq!(browser.open("/notebook").await.location(), "/", "and forgotten");
}

#[tokio::test]
async fn a_session_that_a_restart_has_lost_is_said_to_be_over() {
    let world = World::new();
    let mut browser = world.browser();
    for path in ["/notebook", "/notebook/letter-to-the-moon.txt"] {
        browser.cookies.insert("fernbook_session".into(), "A".repeat(43));
        assert!(browser.open(path).await.says("You are not logged in any more"));
    }
    browser.cookies.insert("fernbook_session".into(), "A".repeat(43));
    assert_eq!(browser.post("/refresh", "").await.location(), "/notebook");
}

#[tokio::test]
async fn a_form_of_another_page_does_nothing() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    for form in ["", "form_token=", "form_token=x", "form_token=x&form_token=y"] {
        for path in ["/logout", "/refresh"] {
            let page = browser.post(path, form).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} {form}");
            assert!(page.says("Nothing happened"));
        }
    }
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
    assert_eq!(browser.open("/logout").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.post("/logout", &"x".repeat(5000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_session_cookie_is_new_after_each_sign_in() {
    let world = World::new();
    let mut browser = world.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert("fernbook_session".into(), planted.clone());
    browser.notebook(ALL).await;
    let first = browser.cookies["fernbook_session"].clone();
    assert_ne!(first, planted);
    browser.notebook(ALL).await;
    assert_ne!(browser.cookies["fernbook_session"], first);
    browser.cookies.insert("fernbook_session".into(), first);
    assert_eq!(browser.open("/notebook").await.status, StatusCode::FORBIDDEN, "the first session is closed");
}

#[tokio::test]
async fn sign_ins_in_several_tabs_end_in_any_order() {
    let world = World::new();
    let mut browser = world.browser();
    let one = browser.open("/login").await.location().to_owned();
    let two = browser.open("/login").await.location().to_owned();
    let one = world.issuer().approve(&one, ALL);
    let two = world.issuer().approve(&two, ALL);
    assert_eq!(browser.open(&two).await.location(), "/notebook");
    assert_eq!(browser.open(&one).await.location(), "/notebook");
    assert!(browser.open("/notebook").await.says("Hello, Alice"));
}

#[tokio::test]
async fn a_callback_counts_once_and_going_back_to_it_does_no_harm() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login").await;
    let callback = world.issuer().approve(begun.location(), ALL);
    browser.open(&callback).await;
    let session = browser.cookies["fernbook_session"].clone();
    assert_eq!(browser.open(&callback).await.location(), "/notebook");
    assert_eq!(browser.cookies["fernbook_session"], session);
}

#[tokio::test]
async fn a_callback_that_this_browser_did_not_begin_signs_nobody_in() {
    let world = World::new();
    let (mut victim, mut attacker) = (world.browser(), world.browser());
    victim.open("/login").await;
    let begun = attacker.open("/login").await;
    let callback = world.issuer().approve(begun.location(), ALL);
    let page = victim.open(&callback).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.says("This sign-in is not under way here"), "{}", page.body);
    assert!(!victim.cookies.contains_key("fernbook_session"));
}

#[tokio::test]
async fn a_callback_from_another_issuer_is_refused_by_name_of_the_rule() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login").await;
    let callback = world.issuer().approve(begun.location(), ALL);
    let forged = callback.replace("localhost%3A4000", "evil.example");
    assert_ne!(forged, callback);
    let page = browser.open(&forged).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.says("client.iss_matches"), "{}", page.body);
}

#[tokio::test]
async fn a_no_is_taken_kindly() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login").await;
    let callback = world.issuer().approve(begun.location(), ALL);
    let state = callback.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let denied = format!("/callback?error=access_denied&state={state}&iss=http%3A%2F%2Flocalhost%3A4000");
    let page = browser.open(&denied).await;
    assert!(page.says("Not this time") && page.says("Log in after all"), "{}", page.body);
}

#[tokio::test]
async fn a_code_that_the_provider_refuses_signs_nobody_in() {
    let world = World::new();
    let mut browser = world.browser();
    world.issuer().token_fault = Some((400, json!({ "error": "invalid_grant" })));
    let page = browser.sign_in(ALL).await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.says("Nobody is signed in; begin again."), "{}", page.body);
}

#[tokio::test]
async fn a_sign_in_of_yesterday_is_refused() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login").await;
    let callback = world.issuer().approve(begun.location(), ALL);
    world.advance(15 * 60 + 1);
    let page = browser.open(&callback).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_session_ends_after_half_a_day() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    world.advance(12 * 3600);
    assert!(browser.open("/notebook").await.says("You are not logged in any more"));
}

#[tokio::test]
async fn a_provider_that_is_down_is_said_and_asked_again_later() {
    let world = World::new();
    let mut browser = world.browser();
    world.set_down(4000, true);
    let page = browser.open("/login").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.says("Signing in is not possible right now"), "{}", page.body);
    world.set_down(4000, false);
    assert!(browser.notebook(ALL).await.says("Hello, Alice"));
}

#[tokio::test]
async fn a_resource_server_that_is_down_keeps_the_session() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    world.set_down(4003, true);
    let page = browser.open("/notebook").await;
    assert!(page.says("The root cellar does not answer."), "{}", page.body);
    assert_eq!(browser.open("/notebook/letter-to-the-moon.txt").await.status, StatusCode::BAD_GATEWAY);
    world.set_down(4003, false);
    assert!(browser.open("/notebook").await.says("letter-to-the-moon.txt"));
}

#[tokio::test]
async fn a_note_that_is_not_there_is_said_and_a_path_is_no_name() {
    let world = World::new();
    let mut browser = world.browser();
    browser.notebook(ALL).await;
    let calls = |world: &World| world.issuer().seen.iter().filter(|path| *path == "/introspect").count();
    assert!(browser.open("/notebook/no-such-note.txt").await.says("No such note"));
    let before = calls(&world);
    for name in ["..%2Fprofile", ".hidden", "a%3Fb", "%00", "%E2%82%AC"] {
        let page = browser.open(&format!("/notebook/{name}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(calls(&world), before, "the resource server was not asked");
}

#[tokio::test]
async fn the_older_way_sends_no_challenge_and_says_so() {
    let world = World::new();
    let mut browser = world.browser();
    let begun = browser.open("/login?pkce=off").await;
    assert!(begun.location().contains("client_id=demo-web-legacy"));
    assert!(!begun.location().contains("code_challenge"));
    let callback = world.issuer().approve(begun.location(), ALL);
    assert_eq!(browser.open(&callback).await.location(), "/notebook");
    assert!(browser.open("/notebook").await.says("without PKCE"));
    let usual = browser.open("/login").await;
    assert!(usual.location().contains("code_challenge_method=S256"));
}

#[tokio::test]
async fn another_account_can_be_chosen() {
    let world = World::new();
    let page = world.browser().open("/login?ask=account").await;
    assert!(page.location().contains("prompt=select_account"));
}
