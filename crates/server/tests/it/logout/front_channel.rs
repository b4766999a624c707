//! Front-channel logout: the signed-out page loads the addresses of the session's clients in frames, and goes on.

use countersign_engine::records::Client;
use countersign_protocol::params;
use serde_json::json;

use super::{BACK, at_the_shop, bench_with, end_session, signed_in};
use crate::support::{Ask, Bench, Browser, Page, Reply, Rp};

/// A bench whose shop and rival want to be loaded.
async fn bench() -> Bench {
    let bench = bench_with(|_| ()).await;
    for (client, uri) in [("shop", "https://shop.example/front?of=logout"), ("rival", "https://rival.example/front")] {
        bench.change::<Client>(client, |client| client.logout.frontchannel_uri = Some(uri.to_owned())).await;
    }
    bench
}

/// What the page loads in frames.
fn frames(reply: &Reply) -> Vec<String> {
    let text = reply.text();
    let document = roxmltree::Document::parse_with_options(
        &text,
        roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() },
    );
    let document = document.unwrap();
    let frames = document.descendants().filter(|node| node.has_tag_name("iframe"));
    frames
        .map(|frame| {
            let sandbox = frame.attribute("sandbox").unwrap();
            assert!(!sandbox.contains("top-navigation") && !sandbox.contains("popups"), "{sandbox}");
            frame.attribute("src").unwrap().to_owned()
        })
        .collect()
}

fn loads(uri: &str, sid: &str) -> String {
    params::append_query(uri, [("iss", "https://as.example"), ("sid", sid)])
}

#[tokio::test]
async fn the_page_loads_the_clients_of_the_session_and_goes_on() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let sid = tokens.verified_id_claims(&bench)["sid"].as_str().unwrap().to_owned();
    let pairs = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", BACK), ("state", "a&b\"c")];
    let reply = browser.arrive(&end_session(&pairs)).await.expect(200);
    assert_eq!(frames(&reply), [loads("https://shop.example/front?of=logout", &sid)]);
    let policy = reply.header("content-security-policy").to_owned();
    assert!(policy.contains("; frame-src https://shop.example; "), "{policy}");
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("script-src"), "{policy}");
    let text = reply.text();
    let back = "https://shop.example/signed-out?state=a%26b%22c";
    assert!(text.contains(&format!("<meta http-equiv=\"refresh\" content=\"3; url={back}\"/>")), "{text}");
    let page = Page::of(reply);
    assert!(page.text.contains("Signed out"));
    assert_eq!(page.link("Continue"), back, "for whoever does not want to wait");
    assert!(!signed_in(&mut browser).await);
}

#[tokio::test]
async fn every_way_to_sign_out_here_tells_the_clients_of_what_ends() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let rival = Rp::of("rival");
    let consent = Page::of(browser.authorize(&rival.login("openid")).await);
    browser.submit(consent.press("allow")).await;
    at_the_shop(&bench, &mut browser, "openid", "bob").await;

    // Bob, on the account page.
    let page = browser.open("/account").await;
    let reply = browser.submit(page.press("sign-out")).await.expect(200);
    let found = frames(&reply);
    assert!(found.len() == 1 && found[0].starts_with("https://shop.example/front"), "{found:?}");
    assert_eq!(Page::of(reply).link("Go to your account"), "/account");

    // Alice, by the question.
    let question = browser.open("/sign-out").await;
    let reply = browser.submit(question.press("sign-out")).await.expect(200);
    let found = frames(&reply);
    assert_eq!(found.len(), 2, "{found:?}");
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("; frame-src https://rival.example https://shop.example; "), "{policy}");
    assert!(!reply.text().contains("http-equiv"), "there is nowhere to go");
}

#[tokio::test]
async fn without_clients_to_tell_there_are_no_frames_and_no_stop_on_the_way() {
    let bench = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    bench.change::<Client>("shop", |client| client.enabled = false).await;
    let reply = browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await.expect(200);
    assert!(frames(&reply).is_empty(), "a disabled client is told nothing");
    assert!(!reply.header("content-security-policy").contains("frame-src"));
}

#[tokio::test]
async fn the_metadata_and_the_registration_say_so() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["frontchannel_logout_supported"], true);
    assert_eq!(document["frontchannel_logout_session_supported"], true);
    let metadata = |uri: &str| {
        json!({
            "redirect_uris": ["https://new.example/cb"], "frontchannel_logout_uri": uri,
            "frontchannel_logout_session_required": true,
        })
    };
    let body = bench.send(Ask::post("/register").json(&metadata("https://new.example/out"))).await.expect(201).json();
    assert_eq!(body["frontchannel_logout_uri"], "https://new.example/out");
    assert_eq!(body["frontchannel_logout_session_required"], true);
    for uri in ["https://other.example/out", "https://new.example:444/out", "https://new.example/out#x"] {
        let reply = bench.send(Ask::post("/register").json(&metadata(uri))).await;
        reply.refused(400, "invalid_client_metadata");
    }
}
