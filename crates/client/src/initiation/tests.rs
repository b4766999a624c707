//! Who may begin a sign-in, and where it may end.

use countersign_protocol::params;

use crate::testing::{Bench, CLIENT, ISSUER, metadata, openid, query};
use crate::{ClientAuth, ClientConfig, LoginOptions, Rule, rules};

fn request(pairs: &[(&str, &str)]) -> String {
    params::write(pairs.iter().copied())
}

const IDENTIFIED: (&str, &str) = ("iss", ISSUER);

#[tokio::test]
async fn a_sign_in_that_somebody_else_began_suggests_the_user_and_ends_at_the_target() {
    let bench = Bench::new();
    let target = "https://shop.example/orders/7?tab=a%20b#total";
    let parameters = request(&[IDENTIFIED, ("login_hint", "alice@example.com"), ("target_link_uri", target)]);
    let initiation = bench.client.initiation(&parameters).unwrap();
    assert_eq!((initiation.login_hint(), initiation.target()), (Some("alice@example.com"), Some(target)));
    let begun = bench.client.begin(&LoginOptions { initiation: Some(initiation), ..openid() }).unwrap();
    let sent = query(&begun.url);
    assert_eq!(sent.find("login_hint"), Some("alice@example.com"));
    assert_eq!((sent.find("target_link_uri"), sent.find("iss")), (None, None), "the target stays here");

    let cookie = bench.client.seal(&begun.transaction).unwrap();
    let callback = bench.play(bench.script(&begun.url)).unwrap();
    let cookies = format!("{}={}", cookie.name(), cookie.value().expose());
    let kept = bench.client.open(&callback, &cookies).unwrap();
    assert_eq!(kept.target(), Some(target));
    bench.client.finish(kept, &callback).await.unwrap();
    for rule in [&rules::INITIATION_READABLE, &rules::INITIATION_ISS, &rules::INITIATION_TARGET] {
        assert_eq!(bench.outcomes(rule), [true], "{}", rule.id);
    }
}

#[test]
fn an_issuer_alone_is_enough_and_what_the_application_suggests_comes_first() {
    let bench = Bench::new();
    let bare = bench.client.initiation(request(&[IDENTIFIED])).unwrap();
    assert_eq!((bare.login_hint(), bare.target()), (None, None));
    let begun = bench.client.begin(&LoginOptions { initiation: Some(bare), ..openid() }).unwrap();
    assert_eq!((query(&begun.url).find("login_hint"), begun.transaction.target()), (None, None));

    let hinted = bench.client.initiation(request(&[IDENTIFIED, ("login_hint", "bob")])).unwrap();
    let options = LoginOptions { initiation: Some(hinted), login_hint: Some("alice".into()), ..openid() };
    assert_eq!(query(&bench.client.begin(&options).unwrap().url).find("login_hint"), Some("alice"));
}

#[test]
fn the_longest_hint_and_target_fit_into_a_cookie() {
    let bench = Bench::new();
    let (hint, path) = ("h".repeat(1024), "p".repeat(1024 - "https://shop.example/".len()));
    let target = format!("https://shop.example/{path}");
    let parameters = request(&[IDENTIFIED, ("login_hint", &hint), ("target_link_uri", &target)]);
    let initiation = bench.client.initiation(&parameters).unwrap();
    let options = LoginOptions { initiation: Some(initiation), ..LoginOptions::scope("openid profile").unwrap() };
    let begun = bench.client.begin(&options).unwrap();
    bench.client.seal(&begun.transaction).unwrap();
}

fn refused(bench: &Bench, parameters: &[u8], rule: &'static Rule, what: &str) {
    let refusal = bench.client.initiation(parameters).expect_err(what);
    assert_eq!(refusal.rule.id, rule.id, "{what}");
    assert_eq!(bench.outcomes(rule).last(), Some(&false), "{what}: the observer must see it");
}

#[test]
fn a_request_that_cannot_be_read_for_certain_is_refused() {
    let bench = Bench::new();
    let endless = request(&[IDENTIFIED, ("login_hint", &"h".repeat(1025))]);
    let huge = format!("iss=https%3A%2F%2Fid.example&x={}", "x".repeat(64 * 1024));
    for bad in ["iss=a&iss=b", "login_hint=a&iss=b&login_hint=c", "iss=%f", "iss=%ff", &endless, &huge] {
        refused(&bench, bad.as_bytes(), &rules::INITIATION_READABLE, bad.get(..40).unwrap_or(bad));
    }
}

#[test]
fn a_sign_in_at_another_provider_is_never_begun_here() {
    let bench = Bench::new();
    for iss in ["https://evil.example", "https://id.example/", "https://ID.example", "http://id.example", "id.example"]
    {
        refused(&bench, request(&[("iss", iss)]).as_bytes(), &rules::INITIATION_ISS, iss);
    }
    for none in ["", "iss=", "issuer=https%3A%2F%2Fid.example", "login_hint=alice"] {
        refused(&bench, none.as_bytes(), &rules::INITIATION_ISS, none);
    }
}

/// Each of these has led browsers astray somewhere (RFC 9700 §4.11).
#[test]
fn a_target_elsewhere_is_refused_in_every_disguise() {
    let bench = Bench::new();
    for target in [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example:pass@evil.example/",
        "https://shop.example:8443/",
        "https://shop.example\\@evil.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example//evil.example/",
        "https://shop.example/\\evil.example/",
        "https://shop.example/\t/evil.example/",
        "https://shop.example/ok\r\nLocation: https://evil.example/",
        "https://shop.example /",
        "https://shop.exampleevil.example/",
        "https://SHOP.example/",
        "http://shop.example/",
        "//shop.example/",
        "//evil.example/",
        "/orders",
        "orders",
        "\\\\evil.example",
        "https:/shop.example/",
        "https:shop.example/",
        " https://shop.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://shop.example/\u{202e}",
        "https://shop.example/<b>",
    ] {
        let parameters = request(&[IDENTIFIED, ("target_link_uri", target)]);
        refused(&bench, parameters.as_bytes(), &rules::INITIATION_TARGET, target);
    }
    let endless = format!("https://shop.example/{}", "p".repeat(1024));
    let parameters = request(&[IDENTIFIED, ("target_link_uri", &endless)]);
    refused(&bench, parameters.as_bytes(), &rules::INITIATION_TARGET, "endless");
}

#[test]
fn every_page_of_the_applications_own_origin_may_be_a_target() {
    let client = Bench::new().client;
    for target in
        ["https://shop.example", "https://shop.example/", "https://shop.example?a=//b", "https://shop.example/a//b#c"]
    {
        let initiation = client.initiation(request(&[IDENTIFIED, ("target_link_uri", target)])).unwrap();
        assert_eq!(initiation.target(), Some(target));
    }
    let local = client.at("http://localhost:4001/callback").unwrap();
    let at = |target| local.initiation(request(&[IDENTIFIED, ("target_link_uri", target)]));
    assert!(at("http://localhost:4001/notebook").is_ok());
    for other in ["http://localhost:4002/", "http://localhost:40011/", "http://localhost/", "http://127.0.0.1:4001/"] {
        assert_eq!(at(other).unwrap_err().rule, &rules::INITIATION_TARGET, "{other}");
    }
}

#[test]
fn an_application_without_an_origin_has_no_targets() {
    for config in [ClientConfig::public(CLIENT, "com.example.app:/cb"), ClientConfig::service(CLIENT, ClientAuth::None)]
    {
        let client = Bench::with(metadata(), config).client;
        assert!(client.initiation(request(&[IDENTIFIED])).is_ok());
        for target in ["com.example.app:/page", "https://shop.example/", "x"] {
            let refusal = client.initiation(request(&[IDENTIFIED, ("target_link_uri", target)])).unwrap_err();
            assert_eq!(refusal.rule, &rules::INITIATION_TARGET, "{target}");
        }
    }
}
