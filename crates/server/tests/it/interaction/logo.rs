//! The logo of an app, and where it explains itself (RFC 7591 §2: `logo_uri`, `client_uri`, `policy_uri`, `tos_uri`).

use std::sync::Arc;

use countersign_engine::records::Client;
use countersign_server::logos::{COOL_DOWN, FRESH};

use crate::support::{Ask, Bench, Browser, Page, Peer, Rp, Site, reach_loopback};

/// As much of a GIF as a text may hold.
const GIF: &str = "GIF89a and so on";

async fn bench(logo_uri: &str) -> Bench {
    let bench = Bench::with(reach_loopback).await;
    bench.change::<Client>("shop", |client| client.about.logo_uri = Some(logo_uri.to_owned())).await;
    bench
}

/// The sign-in page of the shop, and the address of the picture on it.
async fn sign_in(browser: &mut Browser) -> (Page, String) {
    let page = Page::of(browser.authorize(&Rp::of("shop").login("openid").with("prompt", "consent")).await);
    let source = source(&page);
    (page, source)
}

fn source(page: &Page) -> String {
    let html = page.reply.text();
    let source = html.split_once("class=\"logo\" src=\"").map_or("", |(_, rest)| rest);
    source.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_pages_show_the_logo_from_this_server_and_nobody_learns_who_looks() {
    let site = Site::start().await;
    site.put("/logo", GIF);
    let bench = bench(&site.url("/logo")).await;
    for _ in 0..3 {
        let mut browser = Browser::new(&bench);
        let (page, logo) = sign_in(&mut browser).await;
        assert!(logo.starts_with("/interaction/") && logo.ends_with("/logo"), "{logo}");
        assert!(page.reply.header("content-security-policy").contains("img-src 'self';"));
        assert!(!page.reply.text().contains(&site.url("/logo")), "no page names the app's server as a source");
        let picture = browser.get(&logo).await.expect(200);
        assert_eq!((picture.text().as_str(), picture.header("content-type")), (GIF, "image/gif"));
        // Opened as a page it may do nothing.
        assert!(picture.header("content-security-policy").starts_with("default-src 'none'; sandbox"));
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        let consent = Page::of(browser.sign_in(&page, "alice").await);
        assert!(consent.has_button("allow"));
        assert_eq!(source(&consent), logo);
    }
    assert_eq!(site.asked("/logo"), 1, "whoever looks, and how often");
    bench.advance(FRESH);
    let mut browser = Browser::new(&bench);
    let (_, logo) = sign_in(&mut browser).await;
    browser.get(&logo).await.expect(200);
    assert_eq!(site.asked("/logo"), 2);
}

#[tokio::test]
async fn what_is_no_picture_is_not_shown_and_not_asked_for_again_at_once() {
    let site = Site::start().await;
    let bench = bench(&site.url("/logo")).await;
    let mut browser = Browser::new(&bench);
    let (_, logo) = sign_in(&mut browser).await;
    let mut asked = 0;
    let large = format!("{GIF}{}", " ".repeat(256 * 1024));
    for content in [None, Some("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), Some(&large)]
    {
        if let Some(content) = content {
            site.put("/logo", content);
        }
        asked += 1;
        for _ in 0..2 {
            browser.get(&logo).await.expect(404);
        }
        assert_eq!(site.asked("/logo"), asked);
        bench.advance(COOL_DOWN);
    }
    site.put("/logo", GIF);
    browser.get(&logo).await.expect(200);
}

#[tokio::test]
async fn only_the_browser_that_began_may_have_it_fetched() {
    let site = Site::start().await;
    site.put("/logo", GIF);
    let bench = bench(&site.url("/logo")).await;
    let (_, logo) = sign_in(&mut Browser::new(&bench)).await;
    bench.send(Ask::get(&logo)).await.expect(404);
    Browser::new(&bench).get(&logo).await.expect(404);
    bench.send(Ask::get("/interaction/csia_nothing/logo")).await.expect(404);
    assert_eq!(site.asked("/logo"), 0);
}

#[tokio::test]
async fn a_special_use_address_is_not_asked_unless_configured() {
    let site = Site::start().await;
    site.put("/logo", GIF);
    let bench = Bench::new().await;
    bench.change::<Client>("shop", |client| client.about.logo_uri = Some(site.url("/logo"))).await;
    let mut browser = Browser::new(&bench);
    let (_, logo) = sign_in(&mut browser).await;
    browser.get(&logo).await.expect(404);
    assert_eq!(site.asked("/logo"), 0);
}

/// What is more urgent goes the same way out as logos.
#[tokio::test]
async fn servers_that_do_not_answer_hold_up_few_fetches_and_no_page() {
    let silent = Peer::start().await;
    silent.falls_silent();
    let bench = Bench::with(reach_loopback).await;
    let wait = |n: usize| {
        let (realm, uri) = (Arc::clone(&bench.realm), format!("{}/{n}", silent.origin));
        tokio::spawn(async move { realm.logos.at(realm.now(), &uri).await })
    };
    let waiting: Vec<_> = (0..4).map(wait).collect();
    let mut heard = 0;
    while heard < waiting.len() {
        heard += silent.heard().len();
        tokio::task::yield_now().await;
    }
    assert_eq!(wait(5).await.unwrap(), None);
    assert!(waiting.iter().all(|fetch| !fetch.is_finished()), "at once, while the others are still waited for");
}

#[tokio::test]
async fn an_app_without_a_logo_has_no_picture() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    let (page, logo) = sign_in(&mut browser).await;
    assert_eq!(logo, "");
    assert!(!page.reply.text().contains("<img"));
    let path = page.with_button("sign-in").action.replace("/sign-in", "/logo");
    browser.get(&path).await.expect(404);
}

#[tokio::test]
async fn sign_in_and_consent_link_to_where_the_app_explains_itself() {
    let bench = Bench::new().await;
    bench
        .change::<Client>("shop", |client| {
            client.client_uri = Some("https://shop.example/".to_owned());
            client.policy_uri = Some("https://shop.example/privacy".to_owned());
            client.tos_uri = Some("https://shop.example/terms".to_owned());
        })
        .await;
    let mut browser = Browser::new(&bench);
    let (sign_in, _) = sign_in(&mut browser).await;
    let consent = Page::of(browser.sign_in(&sign_in, "alice").await);
    for page in [sign_in, consent] {
        assert_eq!(page.link("Website"), "https://shop.example/");
        assert_eq!(page.link("Privacy policy"), "https://shop.example/privacy");
        assert_eq!(page.link("Terms of service"), "https://shop.example/terms");
    }
}
