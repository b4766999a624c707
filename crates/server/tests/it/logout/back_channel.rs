//! Back-channel logout: the clients of a session are told when it ends, by whatever way it ends, and nobody waits for
//! them.

use std::borrow::Cow;

use countersign_engine::{
    records::{Client, Kind, LogoutNotice, Record, Session},
    session::MAX_ACCOUNTS,
};
use countersign_jose::Unverified;
use countersign_protocol::{Params, Ttl};
use countersign_server::courier::Courier;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{BACK, at_the_shop, bench_with, end_session};
use crate::{
    metrics,
    support::{Ask, Bench, Browser, ISSUER, Log, Peer, Rp, reach_loopback},
};

/// A bench whose shop wants to know, and the shop's server.
async fn bench() -> (Bench, Peer) {
    let bench = bench_with(reach_loopback).await;
    let peer = Peer::start().await;
    let uri = format!("{}/hear?of=logout", peer.origin);
    bench.change::<Client>("shop", |client| client.logout.backchannel_uri = Some(uri)).await;
    (bench, peer)
}

/// Delivers what is due now.
async fn deliver(bench: &Bench) {
    let mut courier = Courier::new(bench.realm.clone());
    courier.round().await.unwrap();
    courier.idle().await;
}

/// The claims of the one logout token that arrived, its signature and type checked.
#[track_caller]
fn told(bench: &Bench, peer: &Peer) -> Value {
    let mut heard = peer.heard();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let heard = heard.remove(0);
    assert_eq!(heard.line, "POST /hear?of=logout HTTP/1.1");
    assert!(heard.head.contains("\r\ncontent-type: application/x-www-form-urlencoded"), "{}", heard.head);
    let form = Params::parse(heard.body.as_bytes()).unwrap();
    assert_eq!(form.names().collect::<Vec<_>>(), ["logout_token"]);
    let keys = bench.realm.keys.load();
    let verified = Unverified::parse(form.find("logout_token").unwrap()).unwrap().verify(keys.public()).unwrap();
    assert_eq!(verified.header().typ.as_deref(), Some("logout+jwt"));
    verified.claims().unwrap()
}

#[tokio::test]
async fn the_client_is_told_whose_session_ended() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    let id_claims = tokens.verified_id_claims(&bench);
    let pairs = [("id_token_hint", tokens.id.as_str()), ("post_logout_redirect_uri", BACK)];
    assert_eq!(browser.arrive(&end_session(&pairs)).await.location(), BACK);
    assert!(peer.heard().is_empty(), "nobody who signs out waits");
    deliver(&bench).await;
    let claims = told(&bench, &peer);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!("shop")));
    assert_eq!((&claims["sub"], &claims["sid"]), (&id_claims["sub"], &id_claims["sid"]));
    assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    assert!(claims.get("nonce").is_none() && claims["jti"].is_string());
    assert_eq!(bench.all::<LogoutNotice>().await.len(), 0);
    deliver(&bench).await;
    assert!(peer.heard().is_empty(), "once is enough");
}

#[tokio::test]
async fn every_way_in_which_a_session_ends_is_told() {
    for way in ["the user signs out", "from the account page", "from another browser", "another account makes room"] {
        let (bench, peer) = bench().await;
        let mut browser = Browser::new(&bench);
        at_the_shop(&bench, &mut browser, "openid", "alice").await;
        match way {
            "the user signs out" => {
                let question = browser.open("/sign-out").await;
                browser.submit(question.press("sign-out")).await.expect(200);
            }
            "from the account page" => {
                let page = browser.open("/account").await;
                browser.submit(page.press("sign-out")).await;
            }
            "from another browser" => {
                let mut other = Browser::new(&bench);
                let page = other.enter_account("alice").await;
                other.submit(page.press_text("Sign out of")).await;
            }
            _ => {
                bench.advance(Ttl::secs(1));
                let session = bench.all::<Session>().await.remove(0).into_inner();
                for n in 1..MAX_ACCOUNTS {
                    let mut more = session.clone();
                    more.id = countersign_protocol::SessionId::parse(&format!("s_{n}")).unwrap();
                    more.subject = countersign_protocol::Subject::parse(&format!("u_{n}")).unwrap();
                    (more.auth_time, more.clients) = (bench.now(), Vec::new());
                    bench.insert(&more).await;
                }
                let login = Rp::of("rival").login("openid").with("prompt", "login").with("login_hint", "bob");
                let page = crate::support::Page::of(browser.authorize(&login).await);
                browser.sign_in(&page, "bob").await;
            }
        }
        deliver(&bench).await;
        let claims = told(&bench, &peer);
        assert_eq!(claims["sub"], "u_alice", "{way}");
    }
}

#[tokio::test]
async fn only_clients_of_that_session_are_told() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    browser.enter_account("alice").await;
    let question = browser.open("/sign-out").await;
    browser.submit(question.press("sign-out")).await;
    let rival = Rp::of("rival");
    rival.tokens_in(&mut browser, &bench, &rival.login("openid"), "alice").await;
    let question = browser.open("/sign-out").await;
    browser.submit(question.press("sign-out")).await;
    deliver(&bench).await;
    assert!(peer.heard().is_empty() && bench.all::<LogoutNotice>().await.is_empty());
}

#[tokio::test]
async fn a_client_that_fails_is_asked_again_later_and_the_log_says_how_it_went() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    let log = Log::start();
    for status in ["500 Oops", "400 Bad Request", "302 Found"] {
        peer.says(status, "");
        deliver(&bench).await;
        assert_eq!(peer.heard().len(), 1, "{status}: and no redirect is followed");
        deliver(&bench).await;
        assert!(peer.heard().is_empty(), "{status}: not at once again");
        bench.advance(Ttl::minutes(5));
    }
    peer.says("204 No Content", "");
    deliver(&bench).await;
    assert_eq!(told(&bench, &peer)["sub"], "u_alice");
    let log = log.stop();
    for words in ["logout not delivered", "status 500", "status 400", "redirected", "logout delivered", "attempt=4"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains("eyJ"), "no token in the log");
}

#[tokio::test]
async fn a_client_that_never_answers_is_given_up_in_the_end() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    peer.says("503 Service Unavailable", "");
    let mut tries = 0;
    for _ in 0..48 {
        deliver(&bench).await;
        tries += peer.heard().len();
        bench.advance(Ttl::minutes(60));
    }
    assert_eq!((tries, bench.all::<LogoutNotice>().await.len()), (9, 0));
}

/// An administrator sees the queue, and whether it moves.
#[tokio::test]
async fn what_waits_and_how_deliveries_ended_is_counted() {
    let (bench, peer) = bench().await;
    let counts = async || {
        let page = metrics::page(&bench).await;
        let outcome = |outcome: &str| format!("countersign_logout_deliveries_total{{outcome=\"{outcome}\"}}");
        let [waiting, overdue] = ["countersign_logout_notices_waiting", "countersign_logout_notices_overdue_seconds"];
        [waiting.to_owned(), overdue.to_owned(), outcome("delivered"), outcome("failed"), outcome("given_up")]
            .map(|series| metrics::value(&page, &series).unwrap())
    };
    assert_eq!(counts().await, ["0"; 5]);
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    bench.advance(Ttl::secs(7));
    assert_eq!(counts().await, ["1", "7", "0", "0", "0"]);
    peer.says("500 Oops", "");
    deliver(&bench).await;
    assert_eq!(counts().await, ["1", "0", "0", "1", "0"], "it waits, and is not due yet");
    bench.advance(Ttl::secs(10));
    peer.says("200 OK", "");
    deliver(&bench).await;
    assert_eq!(counts().await, ["0", "0", "1", "1", "0"]);
}

/// A row among the notices that is none, the first in their order.
#[derive(Clone, Serialize, Deserialize)]
struct Broken;

impl Record for Broken {
    const KIND: Kind = Kind::LogoutNotice;
    fn key(&self) -> Cow<'_, str> {
        "0".into()
    }
}

#[tokio::test]
async fn a_damaged_notice_is_given_up_and_keeps_nobody_waiting() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    let good = bench.all::<LogoutNotice>().await.remove(0);
    bench.insert(&Broken).await;
    let log = Log::start();
    deliver(&bench).await;
    assert_eq!(told(&bench, &peer)["sid"], good.session.as_str());
    assert!(log.stop().contains("a logout notice is damaged; given up"));
    assert_eq!(bench.all::<LogoutNotice>().await.len(), 0);
    let series = "countersign_logout_deliveries_total{outcome=\"given_up\"}";
    assert_eq!(metrics::value(&metrics::page(&bench).await, series), Some("1".to_owned()));
}

/// Time stands still and jumps when nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn a_silent_client_holds_up_nobody_else() {
    let (bench, silent) = bench().await;
    let (quick, rival) = (Peer::start().await, Rp::of("rival"));
    let uri = format!("{}/hear?of=logout", quick.origin);
    bench.change::<Client>("rival", |client| client.logout.backchannel_uri = Some(uri)).await;
    silent.falls_silent();
    let mut browser = Browser::new(&bench);
    for _ in 0..3 {
        at_the_shop(&bench, &mut browser, "openid", "alice").await;
        browser.authorize(&rival.login("openid")).await;
        let consent = browser.authorize(&rival.login("openid")).await;
        if !consent.status.is_redirection() {
            browser.submit(crate::support::Page::of(consent).press("allow")).await;
        }
        let question = browser.open("/sign-out").await;
        browser.submit(question.press("sign-out")).await.expect(200);
    }
    assert_eq!(bench.all::<LogoutNotice>().await.len(), 6);
    deliver(&bench).await;
    assert_eq!(quick.heard().len(), 3, "the quick one got all of its own");
    assert_eq!(silent.heard().len(), 1, "who does not answer once is not asked again for the rest");
    let waiting = bench.all::<LogoutNotice>().await;
    assert!(waiting.len() == 3 && waiting.iter().all(|notice| notice.due > bench.now()), "{waiting:?}");
}

#[tokio::test]
async fn two_nodes_tell_a_client_once() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    let mut nodes = [Courier::new(bench.realm.clone()), Courier::new(bench.realm.clone())];
    for node in &mut nodes {
        node.round().await.unwrap();
    }
    for node in &mut nodes {
        node.idle().await;
    }
    told(&bench, &peer);
}

/// CVE-2026-1518 and its class: where a client wants to be told is no way into this server's own network.
#[tokio::test]
async fn a_special_use_address_is_not_told_unless_configured() {
    let (bench, peer) = bench().await;
    let strict = bench_with(|_| ()).await;
    let uri = format!("{}/hear", peer.origin);
    strict.change::<Client>("shop", |client| client.logout.backchannel_uri = Some(uri)).await;
    let mut browser = Browser::new(&strict);
    let tokens = at_the_shop(&strict, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    deliver(&strict).await;
    assert!(peer.heard().is_empty());
    assert_eq!(strict.all::<LogoutNotice>().await[0].attempts, 1);
    drop(bench);
}

#[tokio::test]
async fn a_client_that_is_gone_is_not_told() {
    let (bench, peer) = bench().await;
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    bench.change::<Client>("shop", |client| client.enabled = false).await;
    deliver(&bench).await;
    assert!(peer.heard().is_empty() && bench.all::<LogoutNotice>().await.is_empty());
}

#[tokio::test]
async fn a_ring_wakes_the_courier() {
    let (bench, peer) = bench().await;
    let courier = tokio::spawn(Courier::new(bench.realm.clone()).run());
    let mut browser = Browser::new(&bench);
    let tokens = at_the_shop(&bench, &mut browser, "openid", "alice").await;
    browser.arrive(&end_session(&[("id_token_hint", &tokens.id)])).await;
    while !bench.all::<LogoutNotice>().await.is_empty() {
        tokio::task::yield_now().await;
    }
    told(&bench, &peer);
    courier.abort();
}

#[tokio::test]
async fn the_metadata_and_the_registration_say_so() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
    let metadata = json!({
        "redirect_uris": ["https://new.example/cb"], "backchannel_logout_uri": "https://hear.example/logout?a=b",
        "backchannel_logout_session_required": true,
    });
    let body = bench.send(Ask::post("/register").json(&metadata)).await.expect(201).json();
    assert_eq!(body["backchannel_logout_uri"], "https://hear.example/logout?a=b");
    assert_eq!(body["backchannel_logout_session_required"], true);
    let mut wrong = metadata.clone();
    wrong["backchannel_logout_uri"] = json!("https://hear.example/#part");
    bench.send(Ask::post("/register").json(&wrong)).await.refused(400, "invalid_client_metadata");
}
