//! Clients whose keys are at an address of their own (RFC 7591 §2, OpenID Connect Core §10.1.1).

use countersign_engine::records::{Client, ClientKeys, ClientKind, Encryption, KeySource, UserinfoFormat};
use countersign_jose::{Algorithm, ContentEncryption, DecryptionKey, Encrypted, KeyManagement, SigningKey};
use countersign_server::edge::SystemEntropy;
use serde_json::{Value, json};

use super::KIND;
use crate::support::{Ask, Bench, ISSUER, Reply, Rp, Site, T0, reach_loopback};

async fn bench(uri: String) -> Bench {
    let bench = Bench::with(reach_loopback).await;
    bench
        .change::<Client>("keyed", |client| {
            client.kind = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Uri { uri }));
        })
        .await;
    bench
}

fn set(keys: &[&SigningKey]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    json!({ "keys": keys }).to_string()
}

async fn service(bench: &Bench, key: &SigningKey, jti: &str) -> Reply {
    let now = T0.secs();
    let claims = json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": jti, "exp": now + 600});
    let assertion = key.sign("JWT", &claims).unwrap();
    let fields =
        [("grant_type", "client_credentials"), ("client_assertion", &assertion), ("client_assertion_type", KIND)];
    bench.send(Ask::post("/token").form(&fields)).await
}

#[tokio::test]
async fn a_client_rotates_its_keys_without_telling_us() {
    let site = Site::start().await;
    let [old, new] = [(); 2].map(|()| SigningKey::generate(Algorithm::ES256).unwrap());
    site.put("/jwks", set(&[&old]));
    let bench = bench(site.url("/jwks")).await;
    service(&bench, &old, "1").await.expect(200);
    service(&bench, &new, "2").await.refused(401, "invalid_client");
    site.put("/jwks", set(&[&new, &old]));
    bench.advance(countersign_server::client_keys::COOL_DOWN);
    service(&bench, &new, "3").await.expect(200);
    service(&bench, &old, "4").await.expect(200);
    assert_eq!(site.asked("/jwks"), 3, "at first, for a key that was not there, and when it was");
}

#[tokio::test]
async fn without_keys_nobody_is_believed_and_the_network_is_not_described() {
    let site = Site::start().await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let bench = bench(site.url("/nothing")).await;
    let reply = service(&bench, &key, "1").await;
    reply.refused(401, "invalid_client");
    let said = reply.json()["error_description"].as_str().unwrap().to_owned();
    assert!(!said.contains("404") && !said.contains("127.0.0.1"), "{said}");
}

/// CVE-2026-1180: what is on our own network is not asked, unless the configuration says so.
#[tokio::test]
async fn an_address_of_special_use_is_not_asked() {
    let site = Site::start().await;
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    site.put("/jwks", set(&[&key]));
    let bench = Bench::new().await;
    bench
        .change::<Client>("keyed", |client| {
            client.kind = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Uri { uri: site.url("/jwks") }));
        })
        .await;
    service(&bench, &key, "1").await.refused(401, "invalid_client");
    assert_eq!(site.asked("/jwks"), 0);
}

#[tokio::test]
async fn id_tokens_and_userinfo_are_encrypted_for_the_key_that_is_there() {
    let site = Site::start().await;
    let (alg, enc) = (KeyManagement::EcdhEs, ContentEncryption::A128CbcHs256);
    let key = DecryptionKey::generate(alg).unwrap();
    let bench = Bench::with(reach_loopback).await;
    bench
        .change::<Client>("shop", |client| {
            client.keys = Some(KeySource::Uri { uri: site.url("/jwks") });
            client.id_token_encryption = Some(Encryption { alg, enc });
            client.userinfo = UserinfoFormat { signed: None, encrypted: Some(Encryption { alg, enc }) };
        })
        .await;
    let shop = Rp::of("shop");
    let login = shop.login("openid");
    let callback = crate::support::Browser::new(&bench).log_in(&login, "alice").await;
    let refused = shop.redeem(&bench, callback.code(), &login).await;
    refused.refused(400, "invalid_request");
    site.put("/jwks", json!({"keys": [serde_json::to_value(key.public_jwk()).unwrap()]}).to_string());
    bench.advance(countersign_server::client_keys::COOL_DOWN);
    let tokens = shop.tokens_for(&bench, &callback, &login).await;
    let opened = Encrypted::parse(&tokens.id).unwrap().decrypt(&key, &mut SystemEntropy).unwrap();
    assert_eq!(opened.cty(), Some("JWT"));
    let reply = bench.send(Ask::get("/userinfo").bearer(&tokens.access)).await.expect(200);
    let opened = Encrypted::parse(&reply.text()).unwrap().decrypt(&key, &mut SystemEntropy).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(opened.content()).unwrap(), json!({"sub": "u_alice"}));
}
