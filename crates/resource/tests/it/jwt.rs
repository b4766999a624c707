//! Each check of a JWT access token, failing alone (RFC 9068 §4).

use base64::Engine as _;
use countersign_jose::{Algorithm, hash::hmac_sha256};
use countersign_resource::{Checks, rules};
use serde_json::json;

use crate::world::{API, ISSUER, KEY, NEXT_KEY, OTHER_KIND, T0, World, claims, claims_but, forged, part, token};

async fn broken(token: &str) -> &'static str {
    let answer = World::new().get("/whoami", token).await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    assert!(answer.challenge().contains("error=\"invalid_token\""), "{}", answer.challenge());
    answer.broken()
}

#[tokio::test]
async fn a_good_token_passes_every_rule() {
    let answer = World::new().get("/files", &token(&claims())).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "u_alice"));
    let ids: Vec<_> = answer.checks.iter().flat_map(Checks::iter).map(|check| check.rule.id).collect();
    let expected = rules::ALL.iter().map(|rule| rule.id).filter(|id| *id != "resource.active");
    assert_eq!(ids.len(), expected.clone().count());
    assert!(expected.clone().all(|id| ids.contains(&id)), "{ids:?}");
}

#[tokio::test]
async fn each_wrong_claim_alone_is_refused_by_its_own_rule() {
    for (changes, rule) in [
        (json!({"iss": "https://evil.example"}), "resource.issuer"),
        (json!({"iss": format!("{ISSUER}/")}), "resource.issuer"),
        (json!({"aud": "https://other.example.com"}), "resource.audience"),
        (json!({"aud": format!("{API}/")}), "resource.audience"),
        (json!({"aud": "https://api.example.com"}), "resource.audience"),
        (json!({"aud": []}), "resource.audience"),
        (json!({"exp": T0}), "resource.not_expired"),
        (json!({"exp": T0 - 1}), "resource.not_expired"),
        (json!({"exp": -1}), "resource.not_expired"),
        (json!({"nbf": T0 + 31}), "resource.not_before"),
        (json!({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}), "resource.sender_constraint"),
        (json!({"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}), "resource.sender_constraint"),
        (json!({"cnf": {}}), "resource.sender_constraint"),
        (json!({"cnf": ""}), "resource.sender_constraint"),
    ] {
        assert_eq!(broken(&token(&claims_but(changes.clone()))).await, rule, "{changes}");
    }
    let mut with_null = claims();
    with_null["cnf"] = serde_json::Value::Null;
    assert_eq!(broken(&token(&with_null)).await, "resource.sender_constraint");
}

#[tokio::test]
async fn each_missing_or_mistyped_claim_alone_is_refused() {
    for name in ["iss", "sub", "client_id", "aud", "exp", "iat", "jti"] {
        assert_eq!(broken(&token(&claims_but(json!({name: null})))).await, "resource.required_claims", "{name}");
    }
    for changes in [
        json!({"exp": "1900000000"}),
        json!({"exp": 1e300}),
        json!({"exp": i64::MAX}),
        json!({"exp": i64::MIN}),
        json!({"iat": i64::MIN}),
        json!({"nbf": i64::MIN}),
        json!({"nbf": "now"}),
        json!({"aud": 1}),
        json!({"aud": [API, 1]}),
        json!({"scope": ["read:files"]}),
        json!({"scope": "a  b"}),
        json!({"sub": 1}),
        json!({"client_id": {}}),
    ] {
        assert_eq!(broken(&token(&claims_but(changes.clone()))).await, "resource.required_claims", "{changes}");
    }
}

#[tokio::test]
async fn a_token_is_good_until_its_last_millisecond_and_no_longer() {
    let (world, token) = (World::new(), token(&claims()));
    world.at_millis(299_999);
    assert_eq!(world.get("/whoami", &token).await.status, 200);
    world.at_millis(300_000);
    let answer = world.get("/whoami", &token).await;
    assert_eq!((answer.status.as_u16(), answer.broken()), (401, "resource.not_expired"));
}

#[tokio::test]
async fn the_leeway_holds_for_both_ends() {
    let world = World::with(|builder| builder.leeway(countersign_resource::Ttl::secs(5)));
    let token = token(&claims_but(json!({"nbf": T0 + 5})));
    assert_eq!(world.get("/whoami", &token).await.status, 200);
    world.at_millis(-1);
    assert_eq!(world.get("/whoami", &token).await.broken(), "resource.not_before");
    world.at_millis(304_999);
    assert_eq!(world.get("/whoami", &token).await.status, 200);
    world.at(305);
    assert_eq!(world.get("/whoami", &token).await.broken(), "resource.not_expired");
}

/// M14: an access token is proof of what the bearer may do, an ID token of who signed in.
#[tokio::test]
async fn an_id_token_is_refused_in_words_that_say_so() {
    let id_token = json!({
        "iss": ISSUER, "sub": "u_alice", "aud": "shop", "iat": T0, "exp": T0 + 300, "nonce": "n", "auth_time": T0,
    });
    let answer = World::new().get("/whoami", &KEY.sign("JWT", &id_token).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.broken()), (401, "resource.not_id_token"));
    let description =
        "error_description=\"This is an ID token: it tells the client who signed in. Send the access token";
    assert!(answer.challenge().contains(description), "{}", answer.challenge());
    assert!(answer.body.contains("This is an ID token"));
    let untyped = forged(&json!({"alg": "ES256", "kid": KEY.kid()}), &id_token);
    assert_eq!(broken(&untyped).await, "resource.not_id_token");
}

#[tokio::test]
async fn another_kind_of_jwt_is_refused_by_its_type() {
    for typ in ["JWT", "logout+jwt", "jwt", "at", "at+jwt ", "application/x/at+jwt", "dpop+jwt"] {
        let token = KEY.sign(typ, &claims()).unwrap();
        assert_eq!(broken(&token).await, "resource.access_token_type", "{typ}");
    }
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let token = KEY.sign(typ, &claims()).unwrap();
        assert_eq!(World::new().get("/whoami", &token).await.status, 200, "{typ}");
    }
}

/// CVE-2026-11800: algorithm confusion.
#[tokio::test]
async fn the_token_does_not_choose_how_it_is_checked() {
    let world = World::new();
    world.server.publish(&[&KEY, &OTHER_KIND]);
    let header = |alg: &str, kid: &str| json!({"alg": alg, "typ": "at+jwt", "kid": kid});
    let confused = forged(&header("EdDSA", KEY.kid()), &claims());
    assert_eq!(world.get("/whoami", &confused).await.broken(), "resource.algorithm");

    for alg in ["none", "None", "nOnE", "HS256", "HS512", "ES512", "RSA-OAEP", ""] {
        let token = forged(&header(alg, KEY.kid()), &claims());
        assert_eq!(world.get("/whoami", &token).await.broken(), "resource.jwt_form", "{alg}");
    }
    let unsigned = format!("{}.{}.", part(&header("none", KEY.kid())), part(&claims()));
    assert_eq!(world.get("/whoami", &unsigned).await.broken(), "resource.jwt_form");

    // HMAC with the public key, as everybody can read it, for the secret.
    let input = format!("{}.{}", part(&header("HS256", KEY.kid())), part(&claims()));
    let public = serde_json::to_string(KEY.public_jwk()).unwrap();
    let mac = hmac_sha256(public.as_bytes(), input.as_bytes());
    let mac = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac);
    assert_eq!(world.get("/whoami", &format!("{input}.{mac}")).await.broken(), "resource.jwt_form");
}

#[tokio::test]
async fn a_token_that_brings_its_own_key_is_refused() {
    for member in ["jwk", "jku", "x5u", "x5c", "crit"] {
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid(), member: NEXT_KEY.public_jwk()});
        assert_eq!(broken(&forged(&header, &claims())).await, "resource.jwt_form", "{member}");
    }
}

#[tokio::test]
async fn a_changed_or_foreign_signature_is_refused() {
    let changed = forged(
        &json!({"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid()}),
        &claims_but(json!({"scope": "read:files admin"})),
    );
    let (input, _) = changed.rsplit_once('.').unwrap();
    let (_, others) = token(&claims()).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(broken(&format!("{input}.{others}")).await, "resource.signature");
    assert_eq!(broken(&NEXT_KEY.sign("at+jwt", &claims()).unwrap()).await, "resource.known_key");
    assert_eq!(KEY.algorithm(), Algorithm::ES256);
}

#[tokio::test]
async fn what_is_no_jwt_at_all_is_refused() {
    for text in ["csat_opaque", "a.b", "a.b.c", "....", "eyJhbGciOiJFUzI1NiJ9..", "a.b.c.d.e"] {
        assert_eq!(broken(text).await, "resource.jwt_form", "{text}");
    }
}

#[tokio::test]
async fn a_further_audience_counts_and_so_do_several_at_once() {
    let world = World::with(|builder| builder.audience("urn:files"));
    for aud in [json!("urn:files"), json!([API]), json!(["https://other.example.com", API])] {
        let token = token(&claims_but(json!({"aud": aud})));
        assert_eq!(world.get("/whoami", &token).await.status, 200);
    }
}
