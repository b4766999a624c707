//! A provider that does wrong, in one thing at a time: each classic wrong answer is refused by the rule that names it.
//!
//! The provider is a double of this crate's own (`testing.rs`), since no real one can be made to lie: it answers as an
//! honest one would but for what a row of a table changes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_jose::hash::hmac_sha256;
use countersign_jose::{Algorithm, KeyManagement};
use countersign_protocol::{Prompt, Secret};
use serde_json::{Map, Value, json};

use super::Tamper;
use crate::testing::{
    Bench, CALLBACK, CLIENT, ISSUER, Script, Signed, T0, altered, broken, decryption_key, encrypted, encrypted_for,
    encrypting, key, key_set, metadata, openid, other_key, reply,
};
use crate::{CallError, ClientConfig, DecryptionKey, IdToken, LoginOptions, Metadata, Response, rules};

fn unsigned(header: &str, script: &Script) -> Signed {
    let claims = serde_json::to_vec(&script.claims).unwrap();
    Signed::Not(format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims)))
}

/// A token of the provider's, in which somebody else stands by now.
fn with_bob(script: &Script) -> Signed {
    let bob = Map::from_iter([("sub".to_owned(), "bob".into())]);
    let claims = script.claims.clone().into_iter().chain(bob).collect();
    Signed::Not(altered(&key().sign("JWT", &script.claims).unwrap(), &Value::Object(claims)))
}

/// A token that encryption hides, correctly signed inside.
fn hidden(script: &Script) -> Signed {
    Signed::Not(encrypted(decryption_key(), &key().sign("JWT", &script.claims).unwrap()))
}

/// Signed with a secret that everybody knows: the text of the provider's public key (RFC 8725 §2.1).
fn mac(script: &Script) -> Signed {
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": key().kid()}).to_string();
    let claims = serde_json::to_vec(&script.claims).unwrap();
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac_sha256(key_set(&[key()]).as_bytes(), input.as_bytes());
    Signed::Not(format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// One fault of the provider, and the rule that must catch it.
type Fault = (&'static str, Tamper, &'static crate::Rule);

const FAULTS: &[Fault] = &[
    ("no state", |s| s.callback.retain(|(n, _)| *n != "state"), &rules::STATE_MATCHES),
    ("empty state", |s| s.callback[1].1.clear(), &rules::STATE_MATCHES),
    ("forged state", |s| s.callback[1].1 = "x".repeat(43), &rules::STATE_MATCHES),
    ("repeated code", |s| s.callback.push(("code", "code-2".into())), &rules::CALLBACK_READABLE),
    ("iss left out though promised", |s| s.callback.truncate(2), &rules::ISS_PRESENT),
    ("iss of another provider (mix-up)", |s| s.callback[2].1 = "https://evil.example".into(), &rules::ISS_MATCHES),
    ("iss with a slash too many", |s| s.callback[2].1.push('/'), &rules::ISS_MATCHES),
    (
        "error without iss",
        |s| s.callback = vec![("error", "access_denied".into()), s.callback.swap_remove(1)],
        &rules::ISS_PRESENT,
    ),
    ("tokens in the URL", |s| s.callback.push(("access_token", "at".into())), &rules::NO_TOKEN_IN_URL),
    ("no code", |s| drop(s.callback.remove(0)), &rules::CODE_PRESENT),
    ("token_type mac", |s| drop(s.token.insert("token_type".into(), "mac".into())), &rules::TOKEN_TYPE_BEARER),
    ("no token_type", |s| drop(s.token.remove("token_type")), &rules::TOKEN_TYPE_BEARER),
    ("no access_token", |s| drop(s.token.remove("access_token")), &rules::ACCESS_TOKEN_PRESENT),
    (
        "access_token with a line break",
        |s| drop(s.token.insert("access_token".into(), "a\nb".into())),
        &rules::ACCESS_TOKEN_PRESENT,
    ),
    ("negative expires_in", |s| drop(s.token.insert("expires_in".into(), (-1).into())), &rules::TOKEN_REPLY_FORM),
    ("refresh_token is a number", |s| drop(s.token.insert("refresh_token".into(), 7.into())), &rules::TOKEN_REPLY_FORM),
    ("no ID token", |s| drop(s.token.insert("id_token".into(), json!(null))), &rules::ID_TOKEN_PRESENT),
    ("not a JWT", |s| s.signed = Signed::Not("abc".into()), &rules::ID_TOKEN_FORM),
    ("alg none", |s| s.signed = unsigned(r#"{"alg":"none"}"#, s), &rules::ID_TOKEN_ALG),
    ("alg NonE", |s| s.signed = unsigned(r#"{"alg":"NonE"}"#, s), &rules::ID_TOKEN_ALG),
    ("HMAC with the public key", |s| s.signed = mac(s), &rules::ID_TOKEN_ALG),
    ("an algorithm that was not agreed on", |s| s.signed = unsigned(r#"{"alg":"RS256"}"#, s), &rules::ID_TOKEN_ALG),
    ("a key in the header", |s| s.signed = unsigned(r#"{"alg":"ES256","jwk":{}}"#, s), &rules::ID_TOKEN_FORM),
    ("an access token as ID token", |s| s.signed = Signed::With(key(), "at+jwt"), &rules::ID_TOKEN_FORM),
    ("unknown kid", |s| s.signed = Signed::By(other_key()), &rules::ID_TOKEN_KEY),
    ("encrypted though nobody asked for it", |s| s.signed = hidden(s), &rules::ENCRYPTED_AS_REGISTERED),
    ("wrong signature", |s| s.signed = unsigned(r#"{"alg":"ES256"}"#, s), &rules::ID_TOKEN_SIGNATURE),
    ("altered after it was signed", |s| s.signed = with_bob(s), &rules::ID_TOKEN_SIGNATURE),
    ("issuer mismatch", |s| drop(s.claims.insert("iss".into(), "https://id.example/".into())), &rules::ID_TOKEN_ISS),
    ("no issuer", |s| drop(s.claims.remove("iss")), &rules::ID_TOKEN_ISS),
    ("wrong aud", |s| drop(s.claims.insert("aud".into(), "other".into())), &rules::ID_TOKEN_AUD),
    (
        "aud that only contains the id as text",
        |s| drop(s.claims.insert("aud".into(), "shop2".into())),
        &rules::ID_TOKEN_AUD,
    ),
    ("no aud", |s| drop(s.claims.remove("aud")), &rules::ID_TOKEN_AUD),
    ("several aud without azp", |s| drop(s.claims.insert("aud".into(), json!([CLIENT, "x"]))), &rules::ID_TOKEN_AZP),
    (
        "several aud with the azp of another",
        |s| drop((s.claims.insert("aud".into(), json!([CLIENT, "x"])), s.claims.insert("azp".into(), "x".into()))),
        &rules::ID_TOKEN_AZP,
    ),
    ("wrong azp", |s| drop(s.claims.insert("azp".into(), "other".into())), &rules::ID_TOKEN_AZP),
    ("expired", |s| drop(s.claims.insert("exp".into(), json!(T0 - 60))), &rules::ID_TOKEN_EXP),
    ("no exp", |s| drop(s.claims.remove("exp")), &rules::ID_TOKEN_EXP),
    ("issued in the future", |s| drop(s.claims.insert("iat".into(), json!(T0 + 61))), &rules::ID_TOKEN_IAT),
    ("not valid yet", |s| drop(s.claims.insert("nbf".into(), json!(T0 + 61))), &rules::ID_TOKEN_IAT),
    ("no iat", |s| drop(s.claims.remove("iat")), &rules::ID_TOKEN_FORM),
    ("missing sub", |s| drop(s.claims.remove("sub")), &rules::ID_TOKEN_SUB),
    ("sub is a number", |s| drop(s.claims.insert("sub".into(), 7.into())), &rules::ID_TOKEN_FORM),
    ("empty sub", |s| drop(s.claims.insert("sub".into(), "".into())), &rules::ID_TOKEN_SUB),
    ("endless sub", |s| drop(s.claims.insert("sub".into(), "x".repeat(256).into())), &rules::ID_TOKEN_SUB),
    ("wrong nonce", |s| drop(s.claims.insert("nonce".into(), "n".into())), &rules::ID_TOKEN_NONCE),
    ("no nonce", |s| drop(s.claims.remove("nonce")), &rules::ID_TOKEN_NONCE),
    ("wrong at_hash", |s| drop(s.claims.insert("at_hash".into(), "AAAA".into())), &rules::ID_TOKEN_AT_HASH),
    ("no auth_time though max_age was asked", |s| drop(s.claims.remove("auth_time")), &rules::ID_TOKEN_AUTH_TIME),
    (
        "auth_time too long ago",
        |s| drop(s.claims.insert("auth_time".into(), json!(T0 - 661))),
        &rules::ID_TOKEN_AUTH_TIME,
    ),
];

#[tokio::test]
async fn each_fault_of_a_provider_is_caught_by_its_rule() {
    for (fault, tamper, rule) in FAULTS {
        let bench = Bench::new();
        let outcome = bench.sign_in(*tamper).await;
        assert!(outcome.is_err(), "{fault}");
        assert_eq!(broken(outcome), rule.id, "{fault}");
        assert_eq!(bench.outcomes(rule).last(), Some(&false), "{fault}: the observer must see it");
    }
}

#[tokio::test]
async fn no_code_leaves_for_the_token_endpoint_before_the_callback_is_proven() {
    let in_reply = |rule: &crate::Rule| rule.id.contains("token") || *rule == rules::ENCRYPTED_AS_REGISTERED;
    for (fault, tamper, rule) in FAULTS.iter().filter(|(_, _, rule)| !in_reply(rule)) {
        let bench = Bench::new();
        bench.sign_in(*tamper).await.unwrap_err();
        assert!(bench.wire.seen("/token").is_empty(), "{fault} ({})", rule.id);
    }
}

/// A demand that goes beyond a plain sign-in, and an answer that does not meet it.
#[tokio::test]
async fn an_answer_to_a_demand_that_does_not_meet_it_is_refused() {
    let demand = LoginOptions { required_acr: vec!["urn:example:2fa".into()], ..openid() };
    let acr = |acr: &'static str| move |s: &mut Script| drop(s.claims.insert("acr".into(), acr.into()));
    let bench = Bench::new();
    assert_eq!(broken(bench.sign_in_by(&demand, acr("pwd")).await), rules::ID_TOKEN_ACR.id);
    assert_eq!(broken(bench.sign_in_by(&demand, |_| ()).await), rules::ID_TOKEN_ACR.id);
    bench.sign_in_by(&demand, acr("urn:example:2fa")).await.unwrap();

    let earlier = bench.sign_in(|_| ()).await.unwrap().id_token;
    let silent = LoginOptions { prompt: vec![Prompt::None], id_token_hint: earlier, ..openid() };
    let somebody_else = bench.sign_in_by(&silent, |s| drop(s.claims.insert("sub".into(), "bob".into()))).await;
    assert_eq!(broken(somebody_else), rules::ID_TOKEN_SAME_USER.id);
    bench.sign_in_by(&silent, |_| ()).await.unwrap();
}

#[tokio::test]
async fn where_encryption_was_registered_a_token_in_the_clear_or_for_another_key_is_refused() {
    let bench = Bench::with(metadata(), encrypting());
    let honest = bench.sign_in(|s| s.signed = hidden(s)).await.unwrap().id_token.unwrap();
    assert_eq!(honest.raw().expose().split('.').count(), 3, "a hint is the signed token");
    assert_eq!(broken(bench.sign_in(|_| ()).await), rules::ENCRYPTED_AS_REGISTERED.id);

    let faults: [Fault; 5] = [
        (
            "for another key",
            |s| {
                let other = DecryptionKey::generate(KeyManagement::EcdhEsA128Kw).unwrap();
                s.signed = Signed::Not(encrypted(&other, &key().sign("JWT", &s.claims).unwrap()));
            },
            &rules::DECRYPTS,
        ),
        (
            "with another algorithm than was registered",
            |s| {
                let other = DecryptionKey::generate(KeyManagement::EcdhEs).unwrap();
                s.signed = Signed::Not(encrypted(&other, &key().sign("JWT", &s.claims).unwrap()));
            },
            &rules::DECRYPTS,
        ),
        ("no JWE", |s| s.signed = Signed::Not("a.b.c.d.e".into()), &rules::DECRYPTS),
        (
            "unsigned inside",
            |s| s.signed = Signed::Not(encrypted(decryption_key(), "eyJhbGciOiJub25lIn0.e30.")),
            &rules::ID_TOKEN_ALG,
        ),
        (
            "signed by somebody else inside",
            |s| {
                let foreign = other_key().sign("JWT", &s.claims).unwrap();
                s.signed = Signed::Not(encrypted(decryption_key(), &foreign));
            },
            &rules::ID_TOKEN_KEY,
        ),
    ];
    for (fault, tamper, rule) in faults {
        assert_eq!(broken(bench.sign_in(tamper).await), rule.id, "{fault}");
    }
}

#[test]
fn metadata_of_another_issuer_is_refused() {
    for issuer in ["https://evil.example", "https://id.example/", "https://ID.example"] {
        let document = serde_json::from_value(json!({ "issuer": issuer })).unwrap();
        let refusal = Metadata::new(ISSUER, document, crate::Checks::unobserved()).unwrap_err();
        assert_eq!(refusal.rule, &rules::METADATA_ISSUER, "{issuer}");
    }
}

/// A reply of the userinfo endpoint.
fn userinfo(kind: &'static str, body: impl Into<Vec<u8>>) -> Response {
    let mut response = reply(200, body);
    response.headers_mut().insert("content-type", kind.parse().unwrap());
    response
}

const JSON: &str = "application/json";
const JWT: &str = "application/jwt";

/// Which rule refuses userinfo; `None` if it is accepted.
async fn refuses_userinfo(bench: &Bench, id_token: &IdToken, answer: Response) -> Option<&'static str> {
    bench.wire.on("/userinfo", move |_| Ok(answer.clone()));
    match bench.client.userinfo(&Secret::new("at-1"), id_token).await {
        Ok(_) => None,
        Err(CallError::Check(refusal)) => Some(refusal.rule.id),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn userinfo_of_somebody_else_or_in_a_form_that_was_not_registered_is_refused() {
    let bench = Bench::new();
    let id_token = bench.sign_in(|_| ()).await.unwrap().id_token.unwrap();
    let signed = |claims: Value| userinfo(JWT, key().sign("JWT", &claims).unwrap());
    assert_eq!(refuses_userinfo(&bench, &id_token, userinfo(JSON, r#"{"sub":"alice"}"#)).await, None);
    assert_eq!(bench.wire.seen("/userinfo")[0].headers()["authorization"], "Bearer at-1");
    for (fault, answer, rule) in [
        ("sub of another", userinfo(JSON, r#"{"sub":"bob"}"#), rules::USERINFO_SUB.id),
        ("no sub", userinfo(JSON, r#"{"name":"Alice"}"#), rules::USERINFO_SUB.id),
        ("sub is a number", userinfo(JSON, r#"{"sub":7}"#), rules::USERINFO_SUB.id),
        ("signed though plain JSON is registered", signed(json!({"sub": "alice"})), rules::USERINFO_FORM.id),
    ] {
        assert_eq!(refuses_userinfo(&bench, &id_token, answer).await, Some(rule), "{fault}");
    }
}

#[tokio::test]
async fn signed_userinfo_is_believed_only_with_the_right_signature_issuer_and_audience() {
    let bench = Bench::with(metadata(), ClientConfig::public(CLIENT, CALLBACK).with_userinfo_alg(Algorithm::ES256));
    let id_token = bench.sign_in(|_| ()).await.unwrap().id_token.unwrap();
    let good = json!({"sub": "alice", "iss": ISSUER, "aud": CLIENT, "name": "Alice"});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        userinfo(JWT, key().sign("JWT", &claims).unwrap())
    };
    assert_eq!(refuses_userinfo(&bench, &id_token, with("aud", json!([CLIENT, "x"]))).await, None);
    assert_eq!(bench.wire.seen("/userinfo")[0].headers()["accept"], JWT);
    let unsigned =
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(good.to_string()));
    for (fault, answer, rule) in [
        ("plain", userinfo(JSON, good.to_string()), rules::USERINFO_FORM.id),
        ("alg none", userinfo(JWT, unsigned), rules::USERINFO_SIGNATURE.id),
        ("unknown key", userinfo(JWT, other_key().sign("JWT", &good).unwrap()), rules::USERINFO_SIGNATURE.id),
        (
            "altered after it was signed",
            userinfo(JWT, altered(&key().sign("JWT", &json!({"sub": "bob"})).unwrap(), &good)),
            rules::USERINFO_SIGNATURE.id,
        ),
        ("another issuer", with("iss", "https://evil.example".into()), rules::USERINFO_PARTIES.id),
        ("another client", with("aud", "other".into()), rules::USERINFO_PARTIES.id),
        ("sub of another", with("sub", "bob".into()), rules::USERINFO_SUB.id),
        ("encrypted", userinfo(JWT, encrypted(decryption_key(), "{}")), rules::ENCRYPTED_AS_REGISTERED.id),
    ] {
        assert_eq!(refuses_userinfo(&bench, &id_token, answer).await, Some(rule), "{fault}");
    }
}

#[tokio::test]
async fn encrypted_userinfo_is_opened_signed_or_not_as_was_registered() {
    let config = || {
        let config = ClientConfig::public(CLIENT, CALLBACK).with_decryption_key(decryption_key().clone());
        config.with_userinfo_encryption(KeyManagement::EcdhEsA128Kw)
    };
    let claims = json!({"sub": "alice", "iss": ISSUER, "aud": CLIENT});
    let plain = userinfo(JWT, encrypted(decryption_key(), &claims.to_string()));
    let nested = userinfo(JWT, encrypted(decryption_key(), &key().sign("JWT", &claims).unwrap()));
    for (config, answer, other) in
        [(config(), plain.clone(), nested.clone()), (config().with_userinfo_alg(Algorithm::ES256), nested, plain)]
    {
        let bench = Bench::with(metadata(), config);
        let id_token = bench.sign_in(|_| ()).await.unwrap().id_token.unwrap();
        assert_eq!(refuses_userinfo(&bench, &id_token, answer.clone()).await, None);
        assert!(refuses_userinfo(&bench, &id_token, other).await.is_some());
        for status in [206, 404, 503] {
            let mut answer = answer.clone();
            *answer.status_mut() = status.try_into().unwrap();
            assert_eq!(refuses_userinfo(&bench, &id_token, answer).await, Some(rules::REPLY_JSON.id), "{status}");
        }
        let signed = userinfo(JWT, key().sign("JWT", &claims).unwrap());
        assert_eq!(refuses_userinfo(&bench, &id_token, signed).await, Some(rules::ENCRYPTED_AS_REGISTERED.id));
    }
}

#[tokio::test]
async fn of_several_keys_the_one_that_the_token_names_opens_it_or_whichever_does() {
    let other = Arc::new(DecryptionKey::generate(KeyManagement::EcdhEsA128Kw).unwrap());
    let bench = Bench::with(metadata(), encrypting().with_decryption_key(Arc::clone(&other)));
    bench.sign_in(|s| s.signed = hidden(s)).await.unwrap();
    let nameless = |s: &mut Script| {
        let mut jwk = serde_json::to_value(other.public_jwk()).unwrap();
        jwk.as_object_mut().unwrap().remove("kid");
        s.signed = Signed::Not(encrypted_for(&jwk, other.alg(), &key().sign("JWT", &s.claims).unwrap()));
    };
    assert!(bench.sign_in(nameless).await.is_ok(), "where it names none, each is tried");
    let without = ClientConfig::public(CLIENT, CALLBACK).with_id_token_encryption(KeyManagement::EcdhEsA128Kw);
    let bench = Bench::with(metadata(), without);
    assert_eq!(broken(bench.sign_in(|s| s.signed = hidden(s)).await), rules::DECRYPTS.id);
}
