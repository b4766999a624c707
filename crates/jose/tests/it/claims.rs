//! The checks of a JWT's claims (RFC 7519 §4.1, RFC 8725 §3.8 to §3.11, RFC 9068 §4) at their edges.

use std::sync::LazyLock;

use crate::support::Forger;
use countersign_jose::{Audience, ClaimsError, Expect, NumericDate, Typ};
use countersign_protocol::{Timestamp, Ttl};
use serde_json::{Value, json};

static FORGER: LazyLock<Forger> = LazyLock::new(Forger::new);
const NOW: i64 = 1_800_000_000;
const HEADER: &str = r#"{"alg":"ES256","typ":"at+jwt"}"#;

fn expect() -> Expect<'static> {
    Expect {
        issuer: "https://as.example",
        audience: &["https://api.example"],
        typ: Typ::Exactly("at+jwt"),
        now: Timestamp::from_secs(NOW),
        leeway: Ttl::secs(5),
        max_lifetime: None,
    }
}

/// Good claims, with one replaced, or taken out by `null`.
fn claims(claim: &str, value: impl Into<Value>) -> String {
    let mut claims = json!({"iss": "https://as.example", "aud": "https://api.example", "exp": NOW + 60, "iat": NOW});
    claims[claim] = value.into();
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims.to_string()
}

fn check(payload: &str) -> Result<Value, ClaimsError> {
    expect().check(&FORGER.verified(HEADER, payload))
}

#[test]
fn a_good_token_yields_the_callers_type() {
    #[derive(serde::Deserialize)]
    struct Access {
        aud: Audience,
        exp: NumericDate,
    }
    let token = FORGER.verified(HEADER, &claims("sub", "alice"));
    let access: Access = expect().check(&token).unwrap();
    assert!(access.aud.contains("https://api.example"));
    assert_eq!(access.exp.timestamp(), Timestamp::from_secs(NOW + 60));
}

#[test]
fn claims_of_another_shape_than_the_callers_are_refused() {
    #[derive(Debug, serde::Deserialize)]
    struct Access {
        #[expect(dead_code, reason = "only its absence matters")]
        scope: String,
    }
    let error = expect().check::<Access>(&FORGER.verified(HEADER, &claims("sub", "alice"))).unwrap_err();
    assert_eq!(error, ClaimsError::Shape("missing field `scope`".to_owned()));
}

#[test]
fn a_token_is_refused_from_the_second_it_expires_plus_leeway() {
    assert!(check(&claims("exp", NOW + 1)).is_ok());
    assert!(check(&claims("exp", NOW - 4)).is_ok());
    let expired = check(&claims("exp", NOW - 5)).unwrap_err();
    assert_eq!(expired, ClaimsError::Expired { exp: NOW - 5, now: NOW, leeway: 5 });
    assert_eq!(expired.to_string(), "the token expired at 1799999995, 5 seconds ago (leeway 5 s)");
    assert!(check(&claims("exp", json!(1_799_999_995.5))).is_ok());
}

#[test]
fn nbf_and_iat_may_lie_ahead_by_the_leeway_and_no_more() {
    for claim in ["nbf", "iat"] {
        assert!(check(&claims(claim, NOW + 5)).is_ok());
        let early = ClaimsError::InTheFuture { claim, time: NOW + 6, now: NOW, leeway: 5 };
        assert_eq!(check(&claims(claim, NOW + 6)).unwrap_err(), early);
        assert!(check(&claims(claim, Value::Null)).is_ok());
    }
}

#[test]
fn exp_iss_and_aud_are_mandatory() {
    for claim in ["exp", "iss", "aud"] {
        assert_eq!(check(&claims(claim, Value::Null)).unwrap_err(), ClaimsError::Missing(claim));
    }
}

#[test]
fn impossible_times_are_refused_and_never_overflow() {
    for claim in ["exp", "nbf", "iat"] {
        for value in [
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(-1e300),
            json!(253_402_300_800_i64),
            json!(-253_402_300_800_i64),
            json!("1800000060"),
            json!(true),
            json!([NOW]),
            json!({}),
        ] {
            let error = check(&claims(claim, value.clone())).unwrap_err();
            assert!(matches!(error, ClaimsError::Type { claim: found, .. } if found == claim), "{claim} {value}");
        }
        let null = claims("sub", "alice").replacen('{', &format!(r#"{{"{claim}":null,"#), 1);
        assert!(check(&null).is_err(), "{claim}");
    }
    assert!(matches!(check(&claims("exp", -1)).unwrap_err(), ClaimsError::Expired { .. }));
    assert!(matches!(check(r#"{"exp":1e400}"#).unwrap_err(), ClaimsError::NotClaims(_)));
}

#[test]
fn the_check_survives_clocks_and_leeways_at_their_ends() {
    let token = FORGER.verified(HEADER, &claims("nbf", -253_402_300_799_i64));
    for now in [i64::MIN, i64::MAX, 0] {
        for leeway in [0, u32::MAX] {
            let expect = Expect {
                now: Timestamp::from_millis(now),
                leeway: Ttl::secs(leeway),
                max_lifetime: Some(Ttl::secs(u32::MAX)),
                ..expect()
            };
            let accepted = expect.check::<Value>(&token).is_ok();
            // Only a leeway of 136 years bridges the 57 from the epoch to this token's time.
            assert_eq!(accepted, (now, leeway) == (0, u32::MAX), "{now} {leeway}");
        }
    }
}

#[test]
fn a_bound_on_the_lifetime_is_kept() {
    let bounded = Expect { max_lifetime: Some(Ttl::minutes(1)), ..expect() };
    let check = |exp| bounded.check::<Value>(&FORGER.verified(HEADER, &claims("exp", exp)));
    assert!(check(NOW + 65).is_ok());
    assert_eq!(check(NOW + 66).unwrap_err(), ClaimsError::LivesTooLong { exp: NOW + 66, now: NOW, max: 60 });
}

#[test]
fn the_issuer_must_be_equal_to_the_last_byte() {
    for issuer in ["https://as.example/", "https://AS.example", "https://as.example.evil", "", "http://as.example"] {
        let wrong = ClaimsError::Issuer { expected: "https://as.example".to_owned(), found: issuer.to_owned() };
        assert_eq!(check(&claims("iss", issuer)).unwrap_err(), wrong);
    }
    assert!(matches!(check(&claims("iss", json!(["https://as.example"]))).unwrap_err(), ClaimsError::Type { .. }));
}

#[test]
fn the_audience_may_be_one_or_several_and_must_name_us() {
    assert!(check(&claims("aud", json!(["https://other.example", "https://api.example"]))).is_ok());
    for audience in [json!("https://api.example/"), json!([]), json!(["https://api"]), json!("")] {
        assert!(matches!(check(&claims("aud", audience)).unwrap_err(), ClaimsError::Audience { .. }));
    }
    for audience in [json!(1), json!([["https://api.example"]]), json!(["https://api.example", 1]), json!({})] {
        assert!(matches!(check(&claims("aud", audience)).unwrap_err(), ClaimsError::Type { .. }));
    }
    let message = check(&claims("aud", json!(["a", "b"]))).unwrap_err().to_string();
    assert_eq!(message, r#"expected the audience "https://api.example", the token is for "a, b""#);
}

#[test]
fn any_one_of_several_accepted_audiences_is_enough_and_none_accepts_nothing() {
    let token = FORGER.verified(HEADER, &claims("sub", "alice"));
    assert!(Expect { audience: &["x", "https://api.example"], ..expect() }.check::<Value>(&token).is_ok());
    assert!(Expect { audience: &[], ..expect() }.check::<Value>(&token).is_err());
}

fn with_typ(rule: Typ<'static>, typ: Option<&str>) -> Result<Value, ClaimsError> {
    let header = typ.map_or(json!({"alg": "ES256"}), |typ| json!({"alg": "ES256", "typ": typ}));
    Expect { typ: rule, ..expect() }.check(&FORGER.verified(&header.to_string(), &claims("sub", "alice")))
}

#[test]
fn an_access_token_is_known_by_its_type_in_any_of_its_spellings() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(with_typ(Typ::Exactly("at+jwt"), Some(typ)).is_ok(), "{typ}");
    }
    for typ in ["JWT", "at+jwt ", "text/at+jwt", "application/application/at+jwt", "at", "", "application/"] {
        assert!(with_typ(Typ::Exactly("at+jwt"), Some(typ)).is_err(), "{typ}");
    }
}

/// RFC 9068 §4: an ID token must not pass for an access token; and OIDC's side of the same coin.
#[test]
fn an_id_token_and_an_access_token_cannot_stand_in_for_each_other() {
    let error = with_typ(Typ::Exactly("at+jwt"), None).unwrap_err();
    assert_eq!(error.to_string(), r#"expected a token of type "at+jwt", got one without a type"#);
    assert!(with_typ(Typ::Generic, None).is_ok());
    assert!(with_typ(Typ::Generic, Some("jwt")).is_ok());
    let error = with_typ(Typ::Generic, Some("at+jwt")).unwrap_err();
    assert_eq!(error.to_string(), r#"expected a token of type "JWT", got "at+jwt""#);
}

#[test]
fn a_payload_that_is_no_claims_object_is_refused() {
    for payload in ["[]", "null", "1", "\"x\"", "{", r#"{"exp":1,"exp":2}"#] {
        assert!(matches!(check(payload).unwrap_err(), ClaimsError::NotClaims(_)), "{payload}");
    }
}

#[test]
fn one_recipient_is_written_as_a_string_and_several_as_an_array() {
    assert_eq!(json!(Audience::one("a")), json!("a"));
    assert_eq!(json!(["a", "b"].into_iter().collect::<Audience>()), json!(["a", "b"]));
    assert_eq!(serde_json::from_value::<Audience>(json!(["a"])).unwrap(), Audience::one("a"));
    assert_eq!(serde_json::from_value::<Audience>(json!("a")).unwrap().count(), 1);
    assert!(serde_json::from_value::<Audience>(json!([1])).is_err());
}

#[test]
fn dates_are_written_as_whole_seconds_and_read_with_fractions() {
    assert_eq!(json!(NumericDate::from(Timestamp::from_millis(1999))), json!(1));
    assert_eq!(serde_json::from_value::<NumericDate>(json!(1.5)).unwrap().timestamp(), Timestamp::from_millis(1500));
    assert!(serde_json::from_value::<NumericDate>(json!("1")).is_err());
}
