//! Logout tokens and frames, of a provider that does wrong in one thing at a time.

use countersign_jose::SigningKey;
use countersign_protocol::params;
use serde_json::{Map, Value, json};

use super::LogoutNotice;
use crate::testing::{
    Bench, CLIENT, ISSUER, T0, altered, decryption_key, encrypted, encrypting, key, metadata, object, other_key,
};
use crate::{CallError, rules};

type Change = fn(&mut Map<String, Value>);

fn claims() -> Map<String, Value> {
    object(json!({
        "iss": ISSUER, "aud": CLIENT, "iat": T0, "exp": T0 + 120, "jti": "j-1", "sub": "alice", "sid": "s-1",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    }))
}

fn signed(key: &SigningKey, typ: &str, claims: &Map<String, Value>) -> String {
    key.sign(typ, claims).unwrap()
}

async fn told(bench: &Bench, token: &str) -> Result<LogoutNotice, &'static str> {
    let body = params::write([("logout_token", token)]);
    bench.client.back_channel_logout(body.as_bytes()).await.map_err(|error| match error {
        CallError::Check(refusal) => refusal.rule.id,
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn a_logout_token_names_user_and_session_and_counts_once() {
    let bench = Bench::new();
    let token = signed(key(), "logout+jwt", &claims());
    let expected = LogoutNotice { sub: Some("alice".into()), sid: Some("s-1".into()) };
    assert_eq!(told(&bench, &token).await, Ok(expected));
    for rule in [&rules::LOGOUT_TOKEN_ISS, &rules::LOGOUT_TOKEN_AUD, &rules::LOGOUT_TOKEN_TIME] {
        assert_eq!(bench.outcomes(rule), [true], "{}", rule.id);
    }
    assert_eq!(told(&bench, &token).await, Err(rules::LOGOUT_TOKEN_ONCE.id));
    bench.advance(119);
    assert_eq!(told(&bench, &token).await, Err(rules::LOGOUT_TOKEN_ONCE.id), "for as long as it is valid");
    bench.advance(61);
    assert_eq!(told(&bench, &token).await, Err(rules::LOGOUT_TOKEN_TIME.id));
}

#[tokio::test]
async fn what_the_text_leaves_open_is_accepted() {
    let cases: [(&str, Change); 3] = [
        ("sid only", |c| drop(c.remove("sub"))),
        ("sub only", |c| drop(c.remove("sid"))),
        ("several audiences", |c| drop(c.insert("aud".into(), json!([CLIENT, "x"])))),
    ];
    for (what, change) in cases {
        let mut claims = claims();
        change(&mut claims);
        assert!(told(&Bench::new(), &signed(key(), "logout+jwt", &claims)).await.is_ok(), "{what}");
    }
    for typ in ["JWT", "LOGOUT+JWT", "application/logout+jwt"] {
        assert!(told(&Bench::new(), &signed(key(), typ, &claims())).await.is_ok(), "{typ}");
    }
}

/// What is wrong with the claims, and the rule that must catch it.
type Fault = (&'static str, Change, &'static crate::Rule);

const FAULTS: &[Fault] = &[
    ("another issuer", |c| drop(c.insert("iss".into(), "https://evil.example".into())), &rules::LOGOUT_TOKEN_ISS),
    ("no issuer", |c| drop(c.remove("iss")), &rules::LOGOUT_TOKEN_ISS),
    ("another audience", |c| drop(c.insert("aud".into(), "other".into())), &rules::LOGOUT_TOKEN_AUD),
    ("no audience", |c| drop(c.remove("aud")), &rules::LOGOUT_TOKEN_AUD),
    ("expired", |c| drop(c.insert("exp".into(), json!(T0 - 60))), &rules::LOGOUT_TOKEN_TIME),
    ("no exp", |c| drop(c.remove("exp")), &rules::LOGOUT_TOKEN_TIME),
    ("good for a year", |c| drop(c.insert("exp".into(), json!(T0 + 31_536_000))), &rules::LOGOUT_TOKEN_TIME),
    ("issued in the future", |c| drop(c.insert("iat".into(), json!(T0 + 61))), &rules::LOGOUT_TOKEN_TIME),
    ("no iat", |c| drop(c.remove("iat")), &rules::LOGOUT_TOKEN_FORM),
    ("no jti", |c| drop(c.remove("jti")), &rules::LOGOUT_TOKEN_FORM),
    ("no events", |c| drop(c.remove("events")), &rules::LOGOUT_TOKEN_EVENT),
    ("another event", |c| drop(c.insert("events".into(), json!({"x": {}}))), &rules::LOGOUT_TOKEN_EVENT),
    (
        "an event that is no object",
        |c| drop(c.insert("events".into(), json!({"http://schemas.openid.net/event/backchannel-logout": true}))),
        &rules::LOGOUT_TOKEN_EVENT,
    ),
    ("a nonce", |c| drop(c.insert("nonce".into(), "n".into())), &rules::LOGOUT_TOKEN_NONCE),
    ("an empty nonce", |c| drop(c.insert("nonce".into(), json!(null))), &rules::LOGOUT_TOKEN_NONCE),
    ("neither sub nor sid", |c| drop((c.remove("sub"), c.remove("sid"))), &rules::LOGOUT_TOKEN_SUBJECT),
    ("empty sub", |c| drop((c.insert("sub".into(), "".into()), c.remove("sid"))), &rules::LOGOUT_TOKEN_SUBJECT),
];

#[tokio::test]
async fn each_fault_of_a_logout_token_is_caught_by_its_rule() {
    for (fault, change, rule) in FAULTS {
        let bench = Bench::new();
        let mut claims = claims();
        change(&mut claims);
        assert_eq!(told(&bench, &signed(key(), "logout+jwt", &claims)).await, Err(rule.id), "{fault}");
        assert_eq!(bench.outcomes(rule).last(), Some(&false), "{fault}: the observer must see it");
    }
}

#[tokio::test]
async fn a_logout_token_of_the_wrong_form_key_or_algorithm_is_refused() {
    let bench = Bench::new();
    let good = signed(key(), "logout+jwt", &claims());
    let (_, rest) = good.split_once('.').unwrap();
    for (fault, token, rule) in [
        ("no JWT", "abc".to_owned(), rules::LOGOUT_TOKEN_FORM.id),
        ("an access token", signed(key(), "at+jwt", &claims()), rules::LOGOUT_TOKEN_FORM.id),
        ("another key", signed(other_key(), "logout+jwt", &claims()), rules::LOGOUT_TOKEN_SIGNATURE.id),
        (
            "altered after it was signed",
            altered(&signed(key(), "logout+jwt", &Map::new()), &Value::Object(claims())),
            rules::LOGOUT_TOKEN_SIGNATURE.id,
        ),
        ("alg none", format!("eyJhbGciOiJub25lIn0.{rest}"), rules::LOGOUT_TOKEN_ALG.id),
        ("alg HS256", format!("eyJhbGciOiJIUzI1NiJ9.{rest}"), rules::LOGOUT_TOKEN_ALG.id),
        ("encrypted", encrypted(decryption_key(), &good), rules::ENCRYPTED_AS_REGISTERED.id),
    ] {
        assert_eq!(told(&bench, &token).await, Err(rule), "{fault}");
    }
    match bench.client.back_channel_logout(b"x=y").await {
        Err(CallError::Check(refusal)) => assert_eq!(refusal.rule, &rules::LOGOUT_TOKEN_FORM),
        other => panic!("{other:?}"),
    }
    assert!(told(&bench, &good).await.is_ok(), "a refused token uses up no jti");
}

#[tokio::test]
async fn logout_tokens_are_encrypted_where_id_tokens_are() {
    let bench = Bench::with(metadata(), encrypting());
    let token = signed(key(), "logout+jwt", &claims());
    assert_eq!(told(&bench, &token).await, Err(rules::ENCRYPTED_AS_REGISTERED.id));
    assert!(told(&bench, &encrypted(decryption_key(), &token)).await.is_ok());
}

#[test]
fn a_frame_names_issuer_and_session_together_or_neither() {
    let client = Bench::new().client;
    let query = |pairs: &[(&str, &str)]| params::write(pairs.iter().copied());
    let (iss, sid) = (("iss", ISSUER), ("sid", "s-1"));
    assert_eq!(client.front_channel_logout(&query(&[iss, sid])).unwrap().as_deref(), Some("s-1"));
    assert_eq!(client.front_channel_logout("").unwrap(), None);
    for wrong in [&[iss][..], &[sid], &[("iss", "https://evil.example"), sid], &[("iss", "https://id.example/"), sid]] {
        let refusal = client.front_channel_logout(&query(wrong)).unwrap_err();
        assert_eq!(refusal.rule, &rules::FRONT_CHANNEL_LOGOUT, "{wrong:?}");
    }
    let repeated = client.front_channel_logout("sid=a&sid=b").unwrap_err();
    assert_eq!(repeated.rule, &rules::CALLBACK_READABLE);
}
