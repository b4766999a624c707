//! Client assertions (RFC 7523 §3): each claim, each key, and each only once.

use countersign_jose::{Algorithm, SigningKey, hash};
use countersign_protocol::{ClientId, Ttl};
use serde_json::{Value, json};

use super::{claims, form, rule, signed, unsigned};
use crate::{
    bench::{Bench, T0, client_key, with},
    client_auth::{Authenticated, rules},
    records::{Client, ClientKeys, ClientKind, KeySource, Once},
};

/// Commits what the authentication wants to be remembered.
fn settle(t: &mut Bench, mut client: Authenticated) -> bool {
    t.store.commit(&client.take_writes()).is_some()
}

#[test]
fn a_good_assertion_proves_its_client() {
    let mut t = Bench::new();
    let good = claims(&t);
    assert_eq!(t.authenticate(None, &signed(&good)).unwrap().id.as_str(), "keyed");
    let named = signed(&good).set("client_id", "keyed");
    assert!(t.authenticate(None, &named).is_ok());
    let endpoint = with(&good, "aud", json!(["https://as.example/token"]));
    assert!(t.authenticate(None, &signed(&endpoint)).is_ok());
    let typed = client_key().sign("client-authentication+jwt", &good).unwrap();
    assert!(t.authenticate(None, &form(&typed)).is_ok());
}

/// CVE-2026-55669, GO-2026-5732: assertions whose aud, exp or iat nobody looked at.
#[test]
fn an_assertion_with_one_wrong_claim_is_refused() {
    let mut t = Bench::new();
    let good = claims(&t);
    let at = |secs: i64| json!(T0.secs() + secs);
    let table = [
        ("aud", json!("https://other.example")),
        ("aud", json!("https://as.example/")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("sub", json!("web")),
        ("sub", Value::Null),
        ("exp", at(-30)),
        ("exp", Value::Null),
        ("exp", json!("soon")),
        ("exp", json!(i64::MAX)),
        ("exp", json!(1e300)),
        ("iat", at(31)),
        ("nbf", at(31)),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!(7)),
    ];
    for (claim, value) in table {
        let form = signed(&with(&good, claim, value.clone())).set("client_id", "keyed");
        assert_eq!(rule(&mut t, &form), &rules::ASSERTION_VALID, "{claim} = {value}");
    }
    // The issuer names the client, so a wrong one names another.
    let another = with(&with(&good, "iss", json!("web")), "sub", json!("web"));
    assert_eq!(rule(&mut t, &signed(&another)), &rules::AUTHENTICATED);
    let contradiction = signed(&with(&good, "iss", json!("web"))).set("client_id", "keyed");
    assert_eq!(rule(&mut t, &contradiction), &rules::ASSERTION_VALID);
}

#[test]
fn an_assertion_may_live_an_hour_and_clocks_may_differ_by_the_leeway() {
    let mut t = Bench::new();
    let good = claims(&t);
    for (exp, accepted) in [(-30, false), (-29, true), (1, true), (3630, true), (3631, false)] {
        let form = signed(&with(&good, "exp", json!(T0.secs() + exp)));
        assert_eq!(t.authenticate(None, &form).is_ok(), accepted, "exp {exp} s from now");
    }
}

/// CVE-2026-11800: algorithm confusion. The key decides how it is checked, never the token.
#[test]
fn an_assertion_signed_by_anything_but_the_clients_key_is_refused() {
    let mut t = Bench::new();
    let good = claims(&t);
    let key = client_key();
    let (kid, public) = (key.kid(), serde_json::to_vec(key.public_jwk()).unwrap());
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let own_key = json!({"alg": "ES256", "jwk": stranger.public_jwk()});
    let mut cut = key.sign("JWT", &good).unwrap();
    cut.truncate(cut.len() - 1);
    let access = key.sign("at+jwt", &good).unwrap();
    let (_, signature) = access.rsplit_once('.').unwrap();
    let forged = [
        unsigned(&json!({"alg": "none"}), &good, |_| b"x".to_vec()),
        unsigned(&json!({"alg": "none"}), &good, |_| Vec::new()),
        unsigned(&json!({"alg": "HS256", "kid": kid}), &good, |input| {
            hash::hmac_sha256(&public, input.as_bytes()).to_vec()
        }),
        unsigned(&own_key, &good, |_| vec![1; 64]),
        unsigned(&json!({"alg": "ES256", "kid": kid}), &good, |_| vec![0; 64]),
        format!("{}.{signature}", unsigned(&json!({"alg": "ES256"}), &good, |_| Vec::new()).trim_end_matches('.')),
        stranger.sign("JWT", &good).unwrap(),
        cut,
        access,
    ];
    for (n, token) in forged.iter().enumerate() {
        let form = form(token).set("client_id", "keyed");
        // What the assertion itself shows is told; that a signature does not fit would tell of the client's keys.
        let expected = if (4..=6).contains(&n) { &rules::AUTHENTICATED } else { &rules::ASSERTION_VALID };
        assert_eq!(rule(&mut t, &form), expected, "forgery {n}");
    }
}

#[test]
fn the_key_of_one_client_does_not_prove_another() {
    let mut t = Bench::new();
    let theirs = SigningKey::generate(Algorithm::ES256).unwrap();
    let jwks = format!("{{\"keys\":[{}]}}", serde_json::to_string(theirs.public_jwk()).unwrap());
    t.update("service", |client: &mut Client| {
        client.kind = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Inline(jwks)));
    });
    let mine = with(&with(&claims(&t), "iss", json!("service")), "sub", json!("service"));
    assert_eq!(rule(&mut t, &signed(&mine)), &rules::AUTHENTICATED);
    assert!(t.authenticate(None, &form(&theirs.sign("JWT", &mine).unwrap())).is_ok());
}

/// RFC 7591 §2: keys at the client's own address come as a fact; without them nobody is believed.
#[test]
fn an_assertion_is_checked_with_the_keys_that_were_fetched() {
    let mut t = Bench::new();
    t.update("keyed", |client: &mut Client| {
        let uri = "https://keyed.example/jwks".to_owned();
        client.kind = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Uri { uri }));
    });
    let good = signed(&claims(&t));
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let set = |key: &SigningKey| format!("{{\"keys\":[{}]}}", serde_json::to_string(key.public_jwk()).unwrap());
    let fetched =
        [(None, false), (Some(set(&stranger)), false), (Some("{}".to_owned()), false), (Some(set(client_key())), true)];
    for (document, accepted) in fetched {
        t.fetched_keys = document.clone().map(Into::into);
        let outcome = t.authenticate(None, &good).map(|client| client.key_document().map(str::to_owned));
        assert_eq!(outcome.is_ok(), accepted, "{document:?}");
        match outcome {
            Ok(keys) => assert_eq!(keys, document),
            Err(refusal) => assert_eq!(refusal.rule, &rules::AUTHENTICATED),
        }
    }
}

/// OpenID Connect Registration §2, `token_endpoint_auth_signing_alg`.
#[test]
fn an_assertion_in_another_algorithm_than_the_registered_one_is_refused() {
    let mut t = Bench::new();
    for (registered, accepted) in [(None, true), (Some(Algorithm::ES256), true), (Some(Algorithm::ES384), false)] {
        t.update("keyed", |client: &mut Client| client.assertion_alg = registered);
        let form = signed(&claims(&t));
        assert_eq!(t.authenticate(None, &form).is_ok(), accepted, "{registered:?}");
    }
}

/// An RSA key that names no algorithm is for the one that its owner registered.
#[test]
fn an_rsa_key_without_alg_serves_the_registered_algorithm_and_no_other() {
    let mut t = Bench::new();
    let mine = |t: &Bench| with(&with(&claims(t), "iss", json!("service")), "sub", json!("service"));
    for alg in [Algorithm::RS256, Algorithm::PS256] {
        let key = SigningKey::generate(alg).unwrap();
        let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
        jwk.as_object_mut().unwrap().remove("alg");
        let jwks = json!({ "keys": [jwk] }).to_string();
        for (registered, accepted) in
            [(None, alg == Algorithm::RS256), (Some(alg), true), (Some(Algorithm::ES256), false)]
        {
            t.update("service", |client: &mut Client| {
                client.kind = ClientKind::Confidential(ClientKeys::Jwks(KeySource::Inline(jwks.clone())));
                client.assertion_alg = registered;
            });
            let form = form(&key.sign("JWT", &mine(&t)).unwrap());
            assert_eq!(t.authenticate(None, &form).is_ok(), accepted, "{alg} registered {registered:?}");
        }
    }
}

#[test]
fn an_assertion_needs_its_type() {
    let mut t = Bench::new();
    let good = signed(&claims(&t));
    for wrong in [good.clone().without("client_assertion_type"), good.set("client_assertion_type", "jwt-bearer")] {
        assert_eq!(rule(&mut t, &wrong), &rules::ASSERTION_TYPE);
    }
}

/// GO-2021-0110, CVE-2020-5300: a replayed client assertion.
#[test]
fn an_assertion_works_once() {
    let mut t = Bench::new();
    let (good, later) = (signed(&claims(&t)), signed(&with(&claims(&t), "jti", json!("j-2"))));
    let first = t.authenticate(None, &good).unwrap();
    let raced = t.authenticate(None, &good).unwrap();
    assert!(settle(&mut t, first));
    assert!(!settle(&mut t, raced), "of two at once one wins");
    assert_eq!(rule(&mut t, &good), &rules::ASSERTION_ONCE);
    t.advance(Ttl::secs(89));
    assert_eq!(rule(&mut t, &good), &rules::ASSERTION_ONCE, "it would still be valid, by leeway");
    let second = t.authenticate(None, &later).unwrap();
    assert!(settle(&mut t, second));
}

#[test]
fn a_used_assertion_is_remembered_for_longer_than_it_is_valid() {
    let mut t = Bench::new();
    let client = t.authenticate(None, &signed(&claims(&t))).unwrap();
    assert!(settle(&mut t, client));
    let once = t.store.all::<Once>().remove(0);
    let last_valid = T0.plus(Ttl::secs(60)).plus(t.policy.leeway);
    assert!(once.expires_at > last_valid, "{once:?}");
    assert!(!once.key.contains("j-1"), "hashed: the length is bounded");
}

#[test]
fn two_clients_may_use_the_same_jti() {
    let id = |text| ClientId::parse(text).unwrap();
    assert_ne!(Once::assertion_key(&id("a"), "b"), Once::assertion_key(&id("b"), "b"));
    assert_ne!(Once::assertion_key(&id("a"), "b c"), Once::assertion_key(&id("a b"), "c"));
}
