//! What the signed-out page may load.

use super::{LogoutFrame, MAX_FRAMES, frames, is_nameable};
use crate::{
    bench::Bench,
    records::{Client, Session},
};

fn of_alice(t: &Bench) -> Vec<LogoutFrame> {
    frames(&t.policy, &t.store.all::<Session>(), &t.store.all::<Client>())
}

#[test]
fn an_address_gets_issuer_and_session_beside_what_it_has() {
    let mut t = Bench::new();
    let uri = "https://web.example/out?a=b";
    t.update::<Client>("web", |client| client.logout.frontchannel_uri = Some(uri.to_owned()));
    t.update::<Client>("other", |client| client.logout.frontchannel_uri = Some("https://other.example/out".to_owned()));
    t.tokens("web", "openid");
    let session = t.store.all::<Session>().remove(0).id.to_string();
    let address = format!("https://web.example/out?a=b&iss=https%3A%2F%2Fas.example&sid={session}");
    assert_eq!(of_alice(&t), [LogoutFrame { address, origin: "https://web.example".to_owned() }]);
    t.update::<Client>("web", |client| client.enabled = false);
    assert_eq!(of_alice(&t), []);
}

/// CVE-2026-5468 and its class: what is registered must not become a directive of the page's policy.
#[test]
fn only_origins_that_a_policy_can_name_are_loaded() {
    for good in ["https://web.example", "https://web-1.example:8443", "http://127.0.0.1:4000", "http://localhost"] {
        assert!(is_nameable(good), "{good}");
    }
    for bad in
        ["https://[::1]", "https://[;script-src *]", "https://a.example;b", "https://a b", "https://*", "x", "https://"]
    {
        assert!(!is_nameable(bad), "{bad}");
    }
    let mut t = Bench::new();
    t.update::<Client>("web", |client| client.logout.frontchannel_uri = Some("https://[;script-src *]/".to_owned()));
    t.tokens("web", "openid");
    assert_eq!(of_alice(&t), []);
}

#[test]
fn frames_are_bounded() {
    let mut t = Bench::new();
    for n in 0..=MAX_FRAMES {
        let mut client = t.client("web").into_inner();
        client.id = countersign_protocol::ClientId::parse(&format!("web{n}")).unwrap();
        client.logout.frontchannel_uri = Some("https://web.example/out".to_owned());
        t.insert(&client);
        t.code(&format!("web{n}"), "openid");
    }
    assert_eq!(of_alice(&t).len(), MAX_FRAMES);
}
