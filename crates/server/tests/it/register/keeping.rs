//! How long clients that registered themselves are kept, and how many there may be.

use std::borrow::Cow;

use countersign_engine::{
    records::{Authorization, Client, Kind, Record, Secondary},
    registration::rules,
};
use countersign_protocol::Ttl;
use countersign_server::{realm::Registration, registrations};
use serde::{Deserialize, Serialize};

use super::{app, register};
use crate::support::{Ask, Bench, Browser, Log, Page, Rp};

/// Registers from an address; the client id.
async fn from(bench: &Bench, address: &str) -> String {
    let reply = bench.send(Ask::post("/register").from(address).json(&app())).await.expect(201);
    reply.json()["client_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_that_nobody_uses_is_forgotten_soon() {
    let bench = Bench::new().await;
    let id = from(&bench, "192.0.2.1").await;
    bench.advance(Ttl::minutes(24 * 60 - 1));
    registrations::look(&bench.realm).await.unwrap();
    assert!(bench.find::<Client>(&id).await.is_some());
    bench.advance(Ttl::minutes(1));
    registrations::look(&bench.realm).await.unwrap();
    assert!(bench.find::<Client>(&id).await.is_none());
    assert!(bench.find::<Client>("shop").await.is_some(), "others stay");
}

#[tokio::test]
async fn each_use_keeps_a_client_and_the_last_one_is_known() {
    let bench = Bench::new().await;
    let body = register(&bench, &app()).await.expect(201).json();
    let (id, secret) = (body["client_id"].as_str().unwrap(), body["client_secret"].as_str().unwrap());
    let rp = Rp::registered(id, secret, "https://new.example/callback");
    let mut browser = Browser::new(&bench);
    rp.tokens_in(&mut browser, &bench, &rp.login("openid"), "alice").await;
    for _ in 0..3 {
        bench.advance(Ttl::days(80));
        registrations::look(&bench.realm).await.unwrap();
        rp.tokens(&bench, "openid", "bob").await;
        let dynamic = bench.find::<Client>(id).await.unwrap().dynamic.clone().unwrap();
        assert_eq!(dynamic.used_at, Some(bench.now()));
        assert_eq!(dynamic.expires_at, bench.now().plus(Ttl::days(90)));
    }
    // Noted once an hour at most.
    let before = bench.find::<Client>(id).await.unwrap();
    bench.advance(Ttl::minutes(59));
    rp.tokens(&bench, "openid", "bob").await;
    assert_eq!(bench.find::<Client>(id).await.unwrap(), before);
    assert!(bench.all::<Authorization>().await.iter().any(|approval| approval.client.as_str() == id));
    bench.advance(Ttl::days(91));
    registrations::look(&bench.realm).await.unwrap();
    assert!(bench.find::<Client>(id).await.is_none());
    assert!(bench.all::<Authorization>().await.iter().all(|approval| approval.client.as_str() != id));
    let page = Page::of(browser.arrive(&rp.login("openid").url()).await.expect(400));
    assert!(page.text.contains("not known here"), "{}", page.text);
}

#[tokio::test]
async fn one_network_registers_so_many_and_others_may_still() {
    let bench = Bench::with(|realm| realm.policy.registration.per_network = 3).await;
    for _ in 0..3 {
        from(&bench, "2001:db8::1").await;
    }
    for address in ["2001:db8::1", "2001:db8::ffff:1"] {
        let reply = bench.send(Ask::post("/register").from(address).json(&app())).await;
        reply.refused(403, "access_denied");
    }
    from(&bench, "2001:db8:0:1::1").await;
    from(&bench, "192.0.2.1").await;
    bench.advance(Ttl::days(1));
    registrations::look(&bench.realm).await.unwrap();
    from(&bench, "2001:db8::1").await;
}

#[tokio::test]
async fn all_together_are_bounded() {
    let bench = Bench::with(|realm| realm.policy.registration.total = 3).await;
    for n in 1..=3 {
        from(&bench, &format!("192.0.2.{n}")).await;
    }
    let refused = bench.send(Ask::post("/register").from("192.0.2.9").json(&app())).await;
    refused.refused(403, "access_denied");
    assert!(refused.json()["error_description"].as_str().unwrap().starts_with(rules::QUOTA.explain));
    registrations::look(&bench.realm).await.unwrap();
    bench.send(Ask::post("/register").from("192.0.2.9").json(&app())).await.refused(403, "access_denied");
    bench.advance(Ttl::days(1));
    registrations::look(&bench.realm).await.unwrap();
    let body = register(&bench, &app()).await.expect(201).json();
    let token = body["registration_access_token"].as_str().unwrap();
    let path = format!("/register/{}", body["client_id"].as_str().unwrap());
    for n in 1..=2 {
        from(&bench, &format!("192.0.2.{n}")).await;
    }
    bench.send(Ask::new("DELETE", path).bearer(token)).await.expect(204);
    from(&bench, "192.0.2.9").await;
}

/// The row of a client that registered itself, if nobody can read it.
#[derive(Clone, Serialize, Deserialize)]
struct Damaged {
    network: String,
}

impl Record for Damaged {
    const KIND: Kind = Kind::Client;
    fn key(&self) -> Cow<'_, str> {
        "c_damaged".into()
    }
    fn secondary(&self) -> (Secondary<'_>, Secondary<'_>) {
        (Some(self.network.as_str().into()), Some(Client::DYNAMIC.into()))
    }
}

#[tokio::test]
async fn a_damaged_row_takes_its_place_and_stops_nobody_else() {
    let bench = Bench::with(|realm| {
        realm.policy.registration.per_network = 3;
        realm.policy.registration.total = 4;
    })
    .await;
    let first = from(&bench, "192.0.2.1").await;
    let network = bench.find::<Client>(&first).await.unwrap().dynamic.clone().unwrap().network;
    bench.insert(&Damaged { network }).await;
    let log = Log::start();
    for _ in 0..3 {
        registrations::look(&bench.realm).await.unwrap();
    }
    let logged = log.stop();
    assert_eq!(logged.matches("c_damaged").count(), 2, "once, as text and as JSON: {logged}");
    from(&bench, "192.0.2.1").await;
    let refused = bench.send(Ask::post("/register").from("192.0.2.1").json(&app())).await;
    refused.refused(403, "access_denied");
    from(&bench, "192.0.2.2").await;
    bench.send(Ask::post("/register").from("192.0.2.3").json(&app())).await.refused(403, "access_denied");
    // Those that can be read go when nobody uses them.
    bench.advance(Ttl::days(1));
    registrations::look(&bench.realm).await.unwrap();
    assert!(bench.find::<Client>(&first).await.is_none());
    for n in 1..=3 {
        from(&bench, &format!("192.0.2.{n}")).await;
    }
    bench.send(Ask::post("/register").from("192.0.2.4").json(&app())).await.refused(403, "access_denied");
}

/// An initial access token says itself how many clients it is good for.
#[tokio::test]
async fn the_bound_of_a_network_is_for_open_registration() {
    let bench = Bench::with(|realm| {
        realm.policy.registration.per_network = 1;
        realm.registration = Registration::InitialAccess;
    })
    .await;
    let token = countersign_protocol::Handle::random(
        countersign_protocol::HandleKind::Registration,
        &mut countersign_server::edge::SystemEntropy,
    );
    let expires_at = bench.now().plus(Ttl::days(1));
    let permission = countersign_engine::records::InitialAccess { hash: token.hash(), remaining: 2, expires_at };
    bench.insert(&permission).await;
    for _ in 0..2 {
        bench.send(Ask::post("/register").bearer(token.expose()).json(&app())).await.expect(201);
    }
}
