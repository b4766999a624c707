//! ID tokens from refreshes, each different from the sign-in's in one thing (OpenID Connect Core §12.2).

use serde_json::{Map, Value, json};

use super::{answer, signed_in};
use crate::testing::{Bench, CLIENT, ISSUER, T0, key, object, openid};
use crate::{Ended, RefreshError, TokenKeeper, rules};

type Claims = Map<String, Value>;
type Change = fn(&mut Claims);

/// The claims of the sign-in's ID token as a refresh should repeat them, five minutes later.
fn repeated(keeper: &TokenKeeper) -> Claims {
    let signed_in = keeper.tokens().id_token.unwrap();
    let claims = signed_in.claims();
    let mut repeated = object(json!({
        "iss": ISSUER, "sub": "alice", "aud": claims.aud, "exp": T0 + 900, "iat": T0 + 300,
        "auth_time": claims.auth_time, "nonce": claims.nonce,
    }));
    repeated.extend(claims.azp.clone().map(|azp| ("azp".to_owned(), azp.into())));
    repeated
}

/// Refreshes after the access token has ended; the provider answers with an ID token of these claims.
async fn refresh_with(bench: &Bench, keeper: &TokenKeeper, claims: &Claims) -> Result<(), &'static str> {
    answer(bench, json!({"id_token": key().sign("JWT", claims).unwrap()}));
    bench.advance(300);
    match keeper.access_token().await {
        Ok(_) => Ok(()),
        Err(RefreshError::SignInAgain(Ended::BadIdToken(refusal))) => Err(refusal.rule.id),
        Err(other) => panic!("{other:?}"),
    }
}

/// What the sign-in's ID token said, what the refreshed one changes, and the rule that must catch it (OpenID Connect Core
/// §12.2).
type Difference = (&'static str, Change, Change, &'static crate::Rule);

const DIFFERENCES: &[Difference] = &[
    ("iss", |_| (), |c| drop(c.insert("iss".into(), "https://evil.example".into())), &rules::ID_TOKEN_ISS),
    ("sub", |_| (), |c| drop(c.insert("sub".into(), "bob".into())), &rules::ID_TOKEN_SAME_USER),
    ("no sub", |_| (), |c| drop(c.remove("sub")), &rules::ID_TOKEN_SUB),
    ("aud of another", |_| (), |c| drop(c.insert("aud".into(), "other".into())), &rules::ID_TOKEN_AUD),
    (
        "one more aud",
        |c| drop(c.insert("azp".into(), CLIENT.into())),
        |c| drop(c.insert("aud".into(), json!([CLIENT, "x"]))),
        &rules::ID_TOKEN_SAME_AUD,
    ),
    ("azp of another", |_| (), |c| drop(c.insert("azp".into(), "other".into())), &rules::ID_TOKEN_AZP),
    ("azp that was not there", |_| (), |c| drop(c.insert("azp".into(), CLIENT.into())), &rules::ID_TOKEN_SAME_AZP),
    (
        "no azp any more",
        |c| drop(c.insert("azp".into(), CLIENT.into())),
        |c| drop(c.remove("azp")),
        &rules::ID_TOKEN_SAME_AZP,
    ),
    ("another nonce", |_| (), |c| drop(c.insert("nonce".into(), "n".into())), &rules::ID_TOKEN_SAME_NONCE),
    (
        "a later auth_time",
        |_| (),
        |c| drop(c.insert("auth_time".into(), json!(T0 + 300))),
        &rules::ID_TOKEN_SAME_AUTH_TIME,
    ),
    (
        "an earlier auth_time",
        |_| (),
        |c| drop(c.insert("auth_time".into(), json!(T0 - 1))),
        &rules::ID_TOKEN_SAME_AUTH_TIME,
    ),
    ("expired", |_| (), |c| drop(c.insert("exp".into(), json!(T0 + 240))), &rules::ID_TOKEN_EXP),
    ("issued in the future", |_| (), |c| drop(c.insert("iat".into(), json!(T0 + 361))), &rules::ID_TOKEN_IAT),
];

#[tokio::test]
async fn an_id_token_from_a_refresh_that_differs_from_the_original_ends_the_session() {
    for (what, original, change, rule) in DIFFERENCES {
        let bench = Bench::new();
        let tokens = bench.sign_in(|script| original(&mut script.claims)).await.unwrap();
        let keeper = bench.client.keep(tokens, |_| ());
        let mut claims = repeated(&keeper);
        change(&mut claims);
        assert_eq!(refresh_with(&bench, &keeper, &claims).await, Err(rule.id), "{what}");
        assert_eq!(bench.outcomes(rule).last(), Some(&false), "{what}: the observer must see it");
    }
}

#[tokio::test]
async fn an_id_token_from_a_refresh_may_leave_out_nonce_and_auth_time_and_list_the_audience_in_any_order() {
    let several = |c: &mut Claims| c.extend(object(json!({"aud": [CLIENT, "x"], "azp": CLIENT})));
    let cases: [(&str, Change, Change); 5] = [
        ("all the same", |_| (), |_| ()),
        ("no nonce", |_| (), |c| drop(c.remove("nonce"))),
        ("no auth_time", |_| (), |c| drop(c.remove("auth_time"))),
        (
            "auth_time though there was none",
            |c| drop(c.remove("auth_time")),
            |c| c.extend(object(json!({"auth_time": T0}))),
        ),
        ("aud the other way round", several, |c| drop(c.insert("aud".into(), json!(["x", CLIENT])))),
    ];
    for (what, original, change) in cases {
        let bench = Bench::new();
        let tokens = bench.sign_in_by(&openid(), |script| original(&mut script.claims)).await.unwrap();
        let keeper = bench.client.keep(tokens, |_| ());
        let mut claims = repeated(&keeper);
        claims.retain(|_, value| !value.is_null());
        change(&mut claims);
        assert_eq!(refresh_with(&bench, &keeper, &claims).await, Ok(()), "{what}");
    }
}

#[tokio::test]
async fn a_refresh_that_leaves_claims_out_does_not_open_the_door_for_a_later_one() {
    for (claim, value, rule) in [
        ("auth_time", json!(T0 + 600), &rules::ID_TOKEN_SAME_AUTH_TIME),
        ("nonce", json!("n"), &rules::ID_TOKEN_SAME_NONCE),
    ] {
        let (bench, keeper) = signed_in().await;
        let mut claims = repeated(&keeper);
        claims.remove(claim);
        assert_eq!(refresh_with(&bench, &keeper, &claims).await, Ok(()));
        claims.insert(claim.into(), value);
        assert_eq!(refresh_with(&bench, &keeper, &claims).await, Err(rule.id), "{claim}");
    }
}
