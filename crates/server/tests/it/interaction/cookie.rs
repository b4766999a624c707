//! The cookie: its flags, what happens when it is lost, and which one counts.

use countersign_engine::records::Browser as BrowserRecord;

use crate::support::{Ask, Bench, Browser, Page, Rp};

/// The bench as `countersign dev` has it: plain http on localhost.
async fn local() -> Bench {
    Bench::with(|realm| "http://localhost:4000".clone_into(&mut realm.policy.issuer)).await
}

#[tokio::test]
async fn with_https_the_cookie_can_be_set_by_this_host_over_https_only() {
    let bench = Bench::new().await;
    let reply = Browser::new(&bench).arrive(&Rp::of("shop").login("openid").url()).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-countersign=csbr_"), "{cookie}");
    for flag in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(flag), "{flag}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn on_http_the_cookie_works_and_is_as_careful_as_it_can_be() {
    let bench = local().await;
    let mut browser = Browser::new(&bench);
    let reply = browser.arrive(&Rp::of("shop").login("openid").url()).await;
    assert!(reply.header("set-cookie").starts_with("countersign=csbr_"));
    let page = browser.follow(reply).await;
    assert!(page.has_button("sign-in"));
}

/// hydra#1751: the user began on one name of this computer and came back on another.
#[tokio::test]
async fn a_cookie_lost_between_127_0_0_1_and_localhost_is_explained() {
    let bench = local().await;
    let mut browser = Browser::new(&bench);
    "http://127.0.0.1:4000".clone_into(&mut browser.origin);
    let begun = browser.arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    "http://localhost:4000".clone_into(&mut browser.origin);
    let page = Page::of(browser.get(&begun).await.expect(400));
    assert!(page.text.contains("127.0.0.1:4000") && page.text.contains("localhost:4000"), "{}", page.text);
    "http://127.0.0.1:4000".clone_into(&mut browser.origin);
    assert!(browser.open(&begun).await.has_button("sign-in"), "and going back helps");
}

#[tokio::test]
async fn a_host_header_is_shown_as_text_and_leads_nowhere() {
    let bench = local().await;
    let mut browser = Browser::new(&bench);
    let begun = browser.arrive(&Rp::of("shop").login("openid").url()).await.location().to_owned();
    assert!(begun.starts_with("/interaction/"), "no address is ever made from the Host header");
    let reply = bench.send(Ask::get(&begun).header("host", "<img/src=x>.evil.example")).await.expect(400);
    assert!(!reply.text().contains("<img"));
    let page = Page::of(reply);
    assert!(page.links.iter().all(|(href, _)| !href.contains("evil")), "{:?}", page.links);
}

/// CVE-2025-64101, CVE-2026-33495: forwarded headers change no address.
#[tokio::test]
async fn forwarded_headers_change_no_address() {
    let bench = Bench::new().await;
    let forwarded = |ask: Ask| {
        ask.header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "http")
            .header("x-forwarded-prefix", "/evil")
            .header("x-original-url", "/evil")
            .header("forwarded", "host=evil.example;proto=http")
    };
    for path in ["/.well-known/openid-configuration", "/", "/account", "/sign-out", "/nowhere"] {
        let reply = bench.send(forwarded(Ask::get(path))).await;
        assert!(!reply.text().contains("evil"), "{path}");
    }
    let reply = bench.send(forwarded(Ask::get(Rp::of("shop").login("openid").url()))).await;
    assert!(reply.location().starts_with("/interaction/"));
    assert!(reply.header("set-cookie").contains("; Secure"), "X-Forwarded-Proto can't take Secure away");
}

/// CVE-2026-25748: a malformed cookie gets nobody further.
#[tokio::test]
async fn a_malformed_or_foreign_cookie_is_no_cookie() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let real = browser.jar.values().remove(0);
    let name = "__Host-countersign";
    let cookies = [
        format!("{name}={}", &real[..real.len() - 1]),
        format!("{name}={real}A"),
        format!("{name}={}", real.to_uppercase()),
        format!("{name}=\"{real}\""),
        format!("countersign={real}"),
        format!("__host-countersign={real}"),
        name.to_owned(),
        format!("{name}=csbr_"),
        "\u{fc}=1; ;;=; =x".to_owned(),
        "x".repeat(60_000),
    ];
    for cookie in cookies {
        let reply = bench.send(Ask::get("/account").header("cookie", &cookie)).await.expect(200);
        assert!(Page::of(reply).has_button("sign-in"), "{}", &cookie[..cookie.len().min(60)]);
    }
    let good = format!("other=1; {name}=junk; {name}={real}; more=2");
    let reply = bench.send(Ask::get("/account").header("cookie", &good)).await.expect(200);
    assert!(!Page::of(reply).has_button("sign-in"), "junk beside the real one does not lock the user out");
}

#[tokio::test]
async fn the_cookie_of_a_browser_that_was_forgotten_is_replaced() {
    let bench = Bench::new().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let before = browser.jar.values();
    let id = bench.all::<BrowserRecord>().await[0].id.to_string();
    bench.remove::<BrowserRecord>(&id).await;
    assert!(browser.open("/account").await.has_button("sign-in"));
    assert_ne!(browser.jar.values(), before);
}

/// The proxy takes the path off; everything that leads back here must put it on again.
#[tokio::test]
async fn an_issuer_with_a_path_keeps_its_users_under_that_path() {
    let bench = Bench::with(|realm| "https://example.com/auth".clone_into(&mut realm.policy.issuer)).await;
    let login = Rp::of("shop").login("openid");
    let reply = bench.send(Ask::get(login.url())).await;
    let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    let begun = reply.location().strip_prefix("/auth").expect("a path under the issuer").to_owned();
    let page = Page::of(bench.send(Ask::get(&begun).header("cookie", &cookie)).await);
    for button in ["sign-in", "cancel"] {
        let form = page.with_button(button);
        assert!(form.action.starts_with("/auth/interaction/"), "{}", form.action);
    }
    let account = Page::of(bench.send(Ask::get("/account").header("cookie", &cookie)).await);
    assert_eq!(account.with_button("sign-in").action, "/auth/account/sign-in");
    let reply = bench.send(Ask::post("/authorize").raw_form(login.query())).await;
    assert!(reply.location().starts_with("/auth/authorize?"));
    let home = Page::of(bench.send(Ask::get("/")).await);
    let links = home.links.iter().chain(&account.links).chain(&page.links);
    // The app's own, where it explains itself.
    let links = links.filter(|(href, _)| !href.starts_with("https://shop.example/"));
    assert!(links.clone().count() > 3);
    for (href, words) in links {
        assert!(href.starts_with("/auth/"), "{words}: {href}");
    }
}
