//! ID tokens and userinfo as each client registered them (OpenID Connect Core §2, §5.3.2, §10), read by its own keys.

use countersign_jose::{
    Algorithm, ContentEncryption, DecryptionKey, Encrypted, JwkSet, KeyManagement, Unverified, Verified,
};
use countersign_protocol::ErrorCode;
use serde_json::{Map, Value, json};

use crate::{
    Cx,
    bench::{Bench, ISSUER, rsa_keys},
    records::{Client, Encryption, KeySource, UserinfoFormat},
    tokens::{
        rules,
        userinfo::{Answer, answer},
    },
};

/// The client `web` with that key to encrypt for, and whatever else is changed.
fn bench(key: &DecryptionKey, change: impl FnOnce(&mut Client)) -> Bench {
    let mut t = Bench::new();
    t.keys = rsa_keys();
    let jwks = json!({"keys": [serde_json::to_value(key.public_jwk()).unwrap()]}).to_string();
    t.update("web", |client: &mut Client| {
        client.keys = Some(KeySource::Inline(jwks));
        change(client);
    });
    t
}

fn decrypt(t: &mut Bench, key: &DecryptionKey, token: &str) -> (Option<String>, String) {
    let encrypted = Encrypted::parse(token).unwrap();
    assert_eq!((encrypted.kid(), encrypted.alg()), (Some(key.kid()), key.alg()));
    let decrypted = encrypted.decrypt(key, &mut t.entropy).unwrap();
    (decrypted.cty().map(str::to_owned), String::from_utf8(decrypted.content().to_vec()).unwrap())
}

fn verify(t: &Bench, token: &str) -> Verified {
    let published = JwkSet::parse(t.keys.jwks().as_bytes()).unwrap();
    Unverified::parse(token).unwrap().verify(&published).unwrap()
}

fn userinfo(t: &mut Bench, claims: &Value) -> Answer {
    let (client, claims): (_, Map<String, Value>) = (t.client("web"), claims.as_object().unwrap().clone());
    let realm = crate::token::Realm { policy: &t.policy, keys: t.keys };
    answer(&mut Cx::new(t.now, &mut t.entropy), realm, (&client, None), claims).unwrap().unwrap()
}

fn token(answer: Answer) -> String {
    let Answer::Token(token) = answer else { panic!("{answer:?}") };
    token
}

#[test]
fn an_id_token_is_signed_first_and_encrypted_then_for_the_clients_own_key() {
    for alg in KeyManagement::ALL {
        let key = DecryptionKey::generate(alg).unwrap();
        for enc in ContentEncryption::ALL {
            let mut t = bench(&key, |client| {
                client.id_token_alg = Algorithm::ES256;
                client.id_token_encryption = Some(Encryption { alg, enc });
            });
            let reply = t.tokens("web", "openid");
            let (cty, inner) = decrypt(&mut t, &key, reply.id_token.as_deref().unwrap());
            assert_eq!(cty.as_deref(), Some("JWT"));
            let claims: Value = verify(&t, &inner).claims().unwrap();
            assert_eq!((&claims["sub"], &claims["aud"]), (&json!("u_alice"), &json!("web")));
        }
    }
}

#[test]
fn the_refreshed_id_token_is_encrypted_too_and_an_access_token_never() {
    let (alg, enc) = (KeyManagement::EcdhEs, ContentEncryption::A256Gcm);
    let key = DecryptionKey::generate(alg).unwrap();
    let mut t = bench(&key, |client| client.id_token_encryption = Some(Encryption { alg, enc }));
    let first = t.tokens("web", "openid");
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    decrypt(&mut t, &key, second.id_token.as_deref().unwrap());
    assert!(verify(&t, &second.access_token).payload().starts_with(b"{"));
}

#[test]
fn userinfo_is_json_unless_the_client_asked_for_a_token() {
    let key = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
    let mut t = bench(&key, |_| ());
    let claims = json!({"sub": "u_alice"});
    let Answer::Claims(plain) = userinfo(&mut t, &claims) else { panic!() };
    assert_eq!(Value::Object(plain), claims);
}

/// Core §5.3.2: signed userinfo must say who says it, and to whom.
#[test]
fn signed_userinfo_names_issuer_and_audience() {
    let key = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
    for signed in Algorithm::ALL {
        let mut t = bench(&key, |client| client.userinfo = UserinfoFormat { signed: Some(signed), encrypted: None });
        let answer = userinfo(&mut t, &json!({"sub": "u_alice", "email": "a@example.com"}));
        let verified = verify(&t, &token(answer));
        assert_eq!(verified.header().alg, signed);
        let expected = json!({"sub": "u_alice", "email": "a@example.com", "iss": ISSUER, "aud": "web"});
        assert_eq!(verified.claims::<Value>().unwrap(), expected);
    }
}

#[test]
fn encrypted_userinfo_holds_a_token_if_it_is_signed_as_well_and_claims_if_not() {
    let (alg, enc) = (KeyManagement::EcdhEsA256Kw, ContentEncryption::A128Gcm);
    let key = DecryptionKey::generate(alg).unwrap();
    let claims = json!({"sub": "u_alice"});
    for signed in [None, Some(Algorithm::PS256)] {
        let encrypted = Some(Encryption { alg, enc });
        let mut t = bench(&key, |client| client.userinfo = UserinfoFormat { signed, encrypted });
        let answer = userinfo(&mut t, &claims);
        let (cty, inner) = decrypt(&mut t, &key, &token(answer));
        if signed.is_some() {
            assert_eq!(cty.as_deref(), Some("JWT"));
            assert_eq!(verify(&t, &inner).claims::<Value>().unwrap()["sub"], "u_alice");
        } else {
            assert_eq!((cty, serde_json::from_str::<Value>(&inner).unwrap()), (None, claims.clone()));
        }
    }
}

/// Registration can't know what is at a `jwks_uri`. Whoever asks is told, nothing is used up, nothing goes in the clear.
#[test]
fn without_a_fitting_key_nothing_is_sent() {
    let key = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
    let encryption = Encryption { alg: KeyManagement::RsaOaep256, enc: ContentEncryption::A128Gcm };
    let userinfo = UserinfoFormat { signed: None, encrypted: Some(encryption) };
    let mut t = bench(&key, |client| client.userinfo = userinfo);
    for fetched in [None, Some("{}"), Some(r#"{"keys":[]}"#)] {
        let (client, realm) = (t.client("web"), crate::token::Realm { policy: &t.policy, keys: t.keys });
        let outcome = answer(&mut Cx::new(t.now, &mut t.entropy), realm, (&client, fetched), Map::new()).unwrap();
        let refusal = outcome.map(drop).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::ENCRYPTION_KEY, ErrorCode::InvalidRequest));
    }
    t.update("web", |client: &mut Client| {
        client.id_token_encryption = Some(encryption);
        client.keys = Some(KeySource::Uri { uri: "https://web.example/jwks".to_owned() });
    });
    let code = t.code("web", "openid");
    let refusal = t.redeem("web", &code).unwrap_err();
    assert_eq!(refusal.rule, &rules::ENCRYPTION_KEY);
    assert!(refusal.description().contains("could not be fetched"), "{}", refusal.description());
    t.update("web", |client: &mut Client| client.id_token_encryption = None);
    assert!(t.redeem("web", &code).is_ok(), "the code was not used up");
}
