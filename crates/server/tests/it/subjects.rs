//! As whom a client knows a user (OpenID Connect Core §8): by the public subject, or by a pairwise one that its sector
//! shares; and how a client that registers itself proves its sector (Dynamic Client Registration §5).

use std::sync::Arc;

use countersign_engine::records::Client;
use countersign_server::{outbound::Outbound, realm::Registration};
use serde_json::{Value, json};

use crate::support::{Ask, Bench, Browser, Callback, Peer, Reply, Rp, Tokens, claims_of};

const CALLBACK: &str = "https://new.example/callback";

async fn register(bench: &Bench, metadata: &Value) -> Reply {
    bench.send(Ask::post("/register").json(metadata)).await
}

fn app(more: &Value) -> Value {
    let mut metadata = json!({
        "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "id_token_signed_response_alg": "ES256",
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    metadata
}

/// Registers a client that shows its users' subjects to nobody else.
async fn pairwise(bench: &Bench, more: &Value) -> Rp {
    let mut metadata = app(more);
    metadata["subject_type"] = "pairwise".into();
    let reply = register(bench, &metadata).await.expect(201).json();
    assert_eq!(reply["subject_type"], "pairwise", "what was registered is echoed");
    Rp::registered(
        reply["client_id"].as_str().unwrap(),
        reply["client_secret"].as_str().unwrap(),
        metadata["redirect_uris"][0].as_str().unwrap(),
    )
}

async fn alice_at(bench: &Bench, rp: &Rp) -> (String, Tokens) {
    let tokens = rp.tokens(bench, "openid", "alice").await;
    let sub = tokens.verified_id_claims(bench)["sub"].as_str().unwrap().to_owned();
    (sub, tokens)
}

#[tokio::test]
async fn both_types_are_offered_and_public_is_the_default() {
    let bench = Bench::new().await;
    let document = bench.send(Ask::get("/.well-known/openid-configuration")).await.json();
    assert_eq!(document["subject_types_supported"], json!(["public", "pairwise"]));
    assert_eq!(register(&bench, &app(&json!({}))).await.expect(201).json()["subject_type"], "public");
    for wrong in [
        json!({"subject_type": "private"}),
        json!({"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/cb"]}),
    ] {
        register(&bench, &app(&wrong)).await.refused(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn a_pairwise_client_meets_the_same_stranger_everywhere() {
    let bench = Bench::new().await;
    let rp = pairwise(&bench, &json!({})).await;
    let (sub, tokens) = alice_at(&bench, &rp).await;
    assert!(sub.starts_with("u_") && sub != "u_alice", "{sub}");
    assert_eq!(claims_of(&tokens.access)["sub"], sub.as_str());
    let userinfo = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200).json();
    assert_eq!(userinfo["sub"], sub.as_str());
    for asker in [&rp, &Rp::of("api")] {
        assert_eq!(asker.introspect(&bench, &tokens.access).await["sub"], sub.as_str());
    }
    let refreshed = Tokens::of(&rp.refresh(&bench, &tokens.refresh).await);
    assert_eq!(refreshed.verified_id_claims(&bench)["sub"], sub.as_str());
    // The next sign-in, another client of that host, a client of another one.
    assert_eq!(alice_at(&bench, &rp).await.0, sub);
    let sibling = pairwise(&bench, &json!({"redirect_uris": ["https://NEW.example:8443/elsewhere"]})).await;
    assert_eq!(alice_at(&bench, &sibling).await.0, sub);
    let stranger = pairwise(&bench, &json!({"redirect_uris": ["https://stranger.example/callback"]})).await;
    assert_ne!(alice_at(&bench, &stranger).await.0, sub);
}

/// OpenID Connect Core §12.2: the ID token of a refresh says the same `sub` as the first one.
#[tokio::test]
async fn a_client_that_changes_its_type_or_sector_knows_whom_it_knew_by_the_name_that_it_knew() {
    let bench = Bench::new().await;
    let mut metadata = app(&json!({}));
    let body = register(&bench, &metadata).await.expect(201).json();
    let text = |name: &str| body[name].as_str().unwrap();
    let rp = Rp::registered(text("client_id"), text("client_secret"), CALLBACK);
    let path = format!("/register/{}", text("client_id"));
    metadata["client_id"] = body["client_id"].clone();
    let (before, mut tokens) = alice_at(&bench, &rp).await;
    assert_eq!(before, "u_alice");
    for changes in [
        json!({"subject_type": "pairwise"}),
        json!({"subject_type": "pairwise", "redirect_uris": ["https://moved.example/callback"]}),
    ] {
        metadata.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let update = Ask::new("PUT", &path).bearer(text("registration_access_token")).json(&metadata);
        bench.send(update).await.expect(200);
        tokens = Tokens::of(&rp.refresh(&bench, &tokens.refresh).await);
        assert_eq!(tokens.verified_id_claims(&bench)["sub"], before.as_str());
        assert_eq!(claims_of(&tokens.access)["sub"], before.as_str());
        let userinfo = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200).json();
        assert_eq!(userinfo["sub"], before.as_str());
        assert_eq!(rp.introspect(&bench, &tokens.access).await["sub"], before.as_str());
    }
    let moved = Rp::registered(text("client_id"), text("client_secret"), "https://moved.example/callback");
    assert_ne!(alice_at(&bench, &moved).await.0, before, "the next sign-in has the new name");
}

#[tokio::test]
async fn a_pairwise_client_names_users_as_it_knows_them() {
    let bench = Bench::new().await;
    let rp = pairwise(&bench, &json!({})).await;
    let mut browser = Browser::new(&bench);
    let tokens = rp.tokens_in(&mut browser, &bench, &rp.login("openid"), "alice").await;
    let sub = tokens.verified_id_claims(&bench)["sub"].as_str().unwrap().to_owned();
    let naming = |sub: &str| {
        let claims = json!({"id_token": {"sub": {"value": sub}}}).to_string();
        rp.login("openid").with("prompt", "none").with("claims", &claims)
    };
    let hint = rp.login("openid").with("prompt", "none").with("id_token_hint", &tokens.id);
    for login in [hint, naming(&sub)] {
        Callback::of(&browser.arrive(&login.url()).await).code();
    }
    let by_another_name = Callback::of(&browser.arrive(&naming("u_alice").url()).await);
    assert_eq!(by_another_name.get("error"), "login_required");
}

#[tokio::test]
async fn a_sector_is_proven_by_a_document_that_lists_every_redirect_uri() {
    let (peer, trust) = Peer::start_tls().await;
    let bench = Bench::with(|realm| realm.outbound = Arc::new(Outbound::new(trust))).await;
    let other = "https://other.example/callback";
    let sector = format!("{}/redirect_uris.json", peer.origin);
    let metadata = json!({"redirect_uris": [CALLBACK, other], "sector_identifier_uri": sector});
    peer.says("200 OK", &json!([other, "https://third.example/", CALLBACK]).to_string());
    let first = pairwise(&bench, &metadata).await;
    assert_eq!(peer.heard().len(), 1);
    let second = pairwise(&bench, &json!({"redirect_uris": [other], "sector_identifier_uri": sector})).await;
    assert_eq!(alice_at(&bench, &first).await.0, alice_at(&bench, &second).await.0, "one sector, one name");

    let before = bench.all::<Client>().await.len();
    let tries = [
        ("200 OK", json!([CALLBACK]).to_string()),
        ("200 OK", json!({"redirect_uris": [CALLBACK, other]}).to_string()),
        ("200 OK", "[".to_owned()),
        ("404 Not Found", json!([CALLBACK, other]).to_string()),
        ("302 Found", json!([CALLBACK, other]).to_string()),
    ];
    for (status, body) in tries {
        peer.says(status, &body);
        for kind in ["pairwise", "public"] {
            let mut metadata = app(&metadata);
            metadata["subject_type"] = kind.into();
            let reply = register(&bench, &metadata).await;
            reply.refused(400, "invalid_client_metadata");
            assert!(reply.text().contains("sector_identifier_uri"), "{}", reply.text());
        }
    }
    assert_eq!(bench.all::<Client>().await.len(), before);
}

/// CVE-2026-4366, keycloak #50529: the fetch goes nowhere that it should not, and for nobody who may not register.
#[tokio::test]
async fn nothing_is_fetched_from_within_or_for_strangers() {
    let (peer, trust) = Peer::start_tls().await;
    peer.says("200 OK", &json!([CALLBACK]).to_string());
    let metadata = app(&json!({"sector_identifier_uri": format!("{}/list.json", peer.origin)}));
    let inside = Bench::new().await;
    register(&inside, &metadata).await.refused(400, "invalid_client_metadata");
    let closed = Bench::with(|realm| {
        realm.outbound = Arc::new(Outbound::new(trust));
        realm.registration = Registration::InitialAccess;
    });
    register(&closed.await, &metadata).await.refused(401, "invalid_token");
    assert!(peer.heard().is_empty());
    for uri in ["http://127.0.0.1/list.json", "ftp://x.example/", "https://"] {
        let metadata = app(&json!({"sector_identifier_uri": uri}));
        register(&inside, &metadata).await.refused(400, "invalid_client_metadata");
    }
}
