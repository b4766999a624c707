//! Request objects (OpenID Connect Core §6, RFC 9101): what counts, who may send which, and each way to be refused.

use countersign_jose::{Algorithm, SigningKey, hash};
use countersign_protocol::{ErrorCode, Prompt, Rule, Ttl, base64url};
use serde_json::{Value, json};

use crate::{
    authorize::{AuthorizationRequest, Failure, Fetched, ValidatedRequest, rules},
    bench::{Bench, Fields, ISSUER, T0, client_key, with},
    records::{Client, KeySource, ObjectAlg},
};

/// The client `web` with a key, and whatever else is changed.
fn bench(change: impl FnOnce(&mut Client)) -> Bench {
    let mut t = Bench::new();
    let jwks = json!({ "keys": [client_key().public_jwk()] }).to_string();
    t.update("web", |client: &mut Client| {
        client.keys = Some(KeySource::Inline(jwks));
        change(client);
    });
    t
}

/// A whole request as an object.
fn claims(t: &Bench) -> Value {
    let mut claims = json!({"iss": "web", "aud": ISSUER, "exp": t.now.secs() + 60, "nonce": "inside", "max_age": 600});
    for (name, value) in t.ask("web", "openid email").pairs() {
        claims[name] = json!(value);
    }
    claims
}

fn signed(claims: &Value) -> String {
    client_key().sign("oauth-authz-req+jwt", claims).unwrap()
}

fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(claims.to_string()))
}

/// What Core §6.1 wants outside, and the object.
fn around(object: &str) -> Fields {
    Fields::of(&[("client_id", "web"), ("response_type", "code"), ("scope", "openid"), ("request", object)])
}

fn valid(t: &mut Bench, fields: &Fields) -> ValidatedRequest {
    t.validated(fields)
}

#[track_caller]
fn refused(t: &mut Bench, fields: &Fields) -> (&'static Rule, ErrorCode) {
    match t.validate(fields.encode().as_bytes()) {
        Err(Failure::Redirect(_, refusal)) => (refusal.rule, refusal.code()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_signed_request_object_is_the_request() {
    let mut t = bench(|_| ());
    let object = signed(&claims(&t));
    let request = valid(&mut t, &around(&object));
    assert_eq!((request.nonce.as_deref(), request.target.state()), (Some("inside"), Some("state-1")));
    assert_eq!((request.scope.to_string().as_str(), request.max_age), ("email openid", Some(Ttl::secs(600))));
    assert!(request.challenge.is_some());
}

/// Core §6.3.3: what is in the object counts, what is not there may stand outside.
#[test]
fn for_openid_connect_the_object_comes_first_and_the_rest_from_outside() {
    let mut t = bench(|_| ());
    let object = signed(&with(&claims(&t), "state", Value::Null));
    let fields = around(&object).set("state", "outside").set("nonce", "outside").set("prompt", "login");
    let request = valid(&mut t, &fields.set("redirect_uri", "https://evil.example/"));
    assert_eq!((request.nonce.as_deref(), request.target.state()), (Some("inside"), Some("outside")));
    assert_eq!(request.prompt, [Prompt::Login]);
    assert_eq!(request.target.uri(), &t.client("web").redirect_uris[0], "the one in the object");
}

/// RFC 9101 §6.3, for what is no OpenID Connect request, and for who registered to want no other.
#[test]
fn otherwise_nothing_outside_counts() {
    for required in [false, true] {
        let mut t = bench(|client| client.request_objects.required = required);
        let object = signed(&with(&claims(&t), "state", Value::Null));
        let mut fields = around(&object).set("state", "outside").set("prompt", "login");
        if !required {
            fields = fields.without("scope").without("response_type");
        }
        let request = valid(&mut t, &fields);
        assert_eq!((request.target.state(), request.prompt.len()), (None, 0), "required: {required}");
    }
}

/// RFC 9101 §10.5.
#[test]
fn who_registered_to_send_signed_ones_only_can_not_go_without() {
    let mut t = bench(|client| client.request_objects.required = true);
    let plain = t.ask("web", "openid");
    assert_eq!(refused(&mut t, &plain), (&rules::REQUEST_OBJECT_NEEDED, ErrorCode::InvalidRequest));
    let without_signature = unsigned(&claims(&t));
    let fields = around(&without_signature).set("redirect_uri", plain.get("redirect_uri").unwrap().as_str());
    assert_eq!(refused(&mut t, &fields).0, &rules::REQUEST_OBJECT_ALG);
}

#[test]
fn the_registered_algorithm_is_the_only_one_and_none_is_for_who_registered_it() {
    let wrong = (&rules::REQUEST_OBJECT_ALG, ErrorCode::InvalidRequestObject);
    let table = [
        (None, true, false),
        (Some(ObjectAlg::Signed(Algorithm::ES256)), true, false),
        (Some(ObjectAlg::Signed(Algorithm::ES384)), false, false),
        (Some(ObjectAlg::Unsigned), false, true),
    ];
    for (alg, signed_one, unsigned_one) in table {
        let mut t = bench(|client| client.request_objects.alg = alg);
        // RFC 9101 §5: signed, in any case. OpenID Connect Core §6.1 is another text.
        let unsigned_oauth = around(&unsigned(&claims(&t))).without("scope");
        assert_eq!(refused(&mut t, &unsigned_oauth), wrong, "{alg:?}");
        for (object, accepted) in [(signed(&claims(&t)), signed_one), (unsigned(&claims(&t)), unsigned_one)] {
            let fields = around(&object);
            if accepted {
                assert_eq!(valid(&mut t, &fields).nonce.as_deref(), Some("inside"), "{alg:?}");
            } else {
                assert_eq!(refused(&mut t, &fields), wrong, "{alg:?}");
            }
        }
    }
}

#[test]
fn a_test_bed_lets_who_registered_nothing_leave_objects_unsigned() {
    for (alg, accepted) in [(None, true), (Some(ObjectAlg::Signed(Algorithm::ES256)), false)] {
        let mut t = bench(|client| client.request_objects.alg = alg);
        t.policy.registration.unsigned_request_objects = true;
        let fields = around(&unsigned(&claims(&t)));
        assert_eq!(t.validate(fields.encode().as_bytes()).is_ok(), accepted, "{alg:?}");
    }
}

#[test]
fn an_rsa_key_without_alg_is_for_what_was_registered_to_sign_the_objects() {
    let key = SigningKey::generate(Algorithm::PS256).unwrap();
    let mut jwk = serde_json::to_value(key.public_jwk()).unwrap();
    jwk.as_object_mut().unwrap().remove("alg");
    let jwks = json!({ "keys": [jwk] }).to_string();
    for (alg, accepted) in [(None, false), (Some(ObjectAlg::Signed(Algorithm::PS256)), true)] {
        let mut t = bench(|client| {
            client.keys = Some(KeySource::Inline(jwks.clone()));
            client.request_objects.alg = alg;
        });
        let object = key.sign("JWT", &claims(&t)).unwrap();
        assert_eq!(t.validate(around(&object).encode().as_bytes()).is_ok(), accepted, "{alg:?}");
    }
}

/// CVE-2026-11800's class, at another door: whose key, which token, which kind.
#[test]
fn only_what_the_client_signed_as_a_request_is_one() {
    let mut t = bench(|_| ());
    let good = claims(&t);
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let mut cut = signed(&good);
    cut.truncate(cut.len() - 2);
    let public = serde_json::to_vec(client_key().public_jwk()).unwrap();
    let input = format!("{}.{}", base64url(r#"{"alg":"HS256"}"#), base64url(good.to_string()));
    let symmetric = format!("{input}.{}", base64url(hash::hmac_sha256(&public, input.as_bytes())));
    let table = [
        (stranger.sign("JWT", &good).unwrap(), &rules::REQUEST_OBJECT_SIGNED),
        (cut, &rules::REQUEST_OBJECT_SIGNED),
        (symmetric, &rules::REQUEST_OBJECT_FORM),
        (client_key().sign("client-authentication+jwt", &good).unwrap(), &rules::REQUEST_OBJECT_FORM),
        (client_key().sign("at+jwt", &good).unwrap(), &rules::REQUEST_OBJECT_FORM),
        (client_key().sign("JWT", &json!([1])).unwrap(), &rules::REQUEST_OBJECT_FORM),
        ("a.b.c.d.e".to_owned(), &rules::REQUEST_OBJECT_FORM),
        ("x".to_owned(), &rules::REQUEST_OBJECT_FORM),
    ];
    for (object, rule) in table {
        assert_eq!(refused(&mut t, &around(&object)), (rule, ErrorCode::InvalidRequestObject), "{object}");
    }
    for typ in ["JWT", "jwt", "application/oauth-authz-req+jwt"] {
        let object = client_key().sign(typ, &good).unwrap();
        assert!(t.validate(around(&object).encode().as_bytes()).is_ok(), "{typ}");
    }
    t.update("web", |client: &mut Client| client.keys = None);
    assert_eq!(refused(&mut t, &around(&signed(&good))).0, &rules::REQUEST_OBJECT_SIGNED, "no keys at all");
}

#[test]
fn what_the_object_says_of_itself_must_be_right_and_by_policy_must_be_there() {
    let mut t = bench(|_| ());
    let good = claims(&t);
    let at = |secs: i64| json!(T0.secs() + secs);
    let table = [
        ("iss", json!("other"), false),
        ("iss", Value::Null, true),
        ("aud", json!("https://other.example"), false),
        ("aud", json!(["https://other.example", ISSUER]), true),
        ("aud", Value::Null, true),
        ("exp", at(-31), false),
        ("exp", at(-29), true),
        ("exp", Value::Null, true),
        ("nbf", at(31), false),
        ("nbf", at(29), true),
        ("sub", json!("web"), false),
        ("sub", json!("somebody"), true),
        ("jti", json!("1"), true),
    ];
    for (claim, value, accepted) in table {
        let fields = around(&signed(&with(&good, claim, value.clone())));
        t.policy.strict_request_objects = false;
        if accepted {
            assert!(t.validate(fields.encode().as_bytes()).is_ok(), "{claim} = {value}");
        } else {
            assert_eq!(refused(&mut t, &fields).0, &rules::REQUEST_OBJECT_CLAIMS, "{claim} = {value}");
        }
        t.policy.strict_request_objects = true;
        let strict = t.validate(fields.encode().as_bytes()).is_ok();
        assert_eq!(strict, accepted && !value.is_null(), "{claim} = {value}, strict");
    }
}

#[test]
fn members_are_texts_or_numbers_and_bring_no_other_object() {
    let mut t = bench(|_| ());
    let good = claims(&t);
    let table = [
        ("request", json!("e30.e30.")),
        ("request_uri", json!("https://web.example/request")),
        ("scope", json!(["openid"])),
        ("redirect_uri", json!({})),
        ("nonce", json!([1])),
        ("resource", json!([1])),
        ("claims", json!([])),
    ];
    for (member, value) in table {
        let fields = around(&signed(&with(&good, member, value.clone())));
        assert_eq!(
            refused(&mut t, &fields),
            (&rules::REQUEST_OBJECT_PARAMETERS, ErrorCode::InvalidRequestObject),
            "{member} = {value}"
        );
    }
    let fine = [
        ("unknown", json!([{}])),
        ("claims", json!({"userinfo": {"email": null}})),
        ("claims", json!("{\"userinfo\":{}}")),
        ("resource", json!(["https://api.example"])),
        ("state", Value::Bool(true)),
    ];
    for (member, value) in fine {
        let fields = around(&signed(&with(&good, member, value.clone())));
        assert!(t.validate(fields.encode().as_bytes()).is_ok(), "{member} = {value}");
    }
}

/// RFC 9101 §4: what is not understood is ignored, however much of it there is.
#[test]
fn members_that_mean_nothing_are_passed_over() {
    let mut t = bench(|_| ());
    let mut many = claims(&t);
    for n in 0..200 {
        many[format!("x{n}")] = json!("a");
    }
    assert_eq!(valid(&mut t, &around(&signed(&many))).nonce.as_deref(), Some("inside"));
}

/// Core §6.1 and RFC 9101 §6.3.
#[test]
fn client_and_response_type_may_not_differ() {
    let mut t = bench(|_| ());
    let good = claims(&t);
    let nameless = signed(&with(&good, "client_id", Value::Null));
    assert!(t.validate(around(&nameless).encode().as_bytes()).is_ok(), "an OpenID Connect request names it outside");
    let strict = around(&nameless).without("scope").set("redirect_uri", good["redirect_uri"].as_str().unwrap());
    assert_eq!(refused(&mut t, &strict).0, &rules::REQUEST_OBJECT_AGREES, "another has to do so inside as well");
    let once = around(&signed(&good)).without("response_type");
    assert!(t.validate(once.encode().as_bytes()).is_ok(), "response_type may stand inside only");
    for (member, value) in [("client_id", "spa"), ("response_type", "token")] {
        let fields = around(&signed(&with(&good, member, json!(value))));
        assert_eq!(refused(&mut t, &fields).0, &rules::REQUEST_OBJECT_AGREES, "{member}");
    }
    let both = around(&signed(&good)).set("request_uri", "https://web.example/request");
    assert_eq!(refused(&mut t, &both), (&rules::REQUEST_OBJECT_ONCE, ErrorCode::InvalidRequest));
}

#[test]
fn by_reference_it_is_fetched_from_registered_addresses_only() {
    let address = "https://web.example/request.jwt";
    let mut t = bench(|client| client.request_objects.uris = vec![format!("{address}#old-hash")]);
    let object = signed(&claims(&t));
    let by = |uri: &str| around("").without("request").set("request_uri", uri);
    t.fetched_object = Some(object.clone());
    // The fragment is for caches, and there is none. It may have been made before the object was.
    for uri in [address.to_owned(), format!("{address}#v2"), format!("{address}#{}", base64url([0; 32]))] {
        assert_eq!(valid(&mut t, &by(&uri)).nonce.as_deref(), Some("inside"), "{uri}");
    }
    for uri in ["https://evil.example/", "https://web.example/request.jwt?x=1", "https://web.example/", "x"] {
        let wrong = (&rules::REQUEST_URI_REGISTERED, ErrorCode::InvalidRequestUri);
        assert_eq!(refused(&mut t, &by(uri)), wrong, "{uri}");
    }
    t.fetched_object = None;
    assert_eq!(refused(&mut t, &by(address)), (&rules::REQUEST_URI_FETCHED, ErrorCode::InvalidRequestUri));
    t.fetched_object = Some("<html>".to_owned());
    assert_eq!(refused(&mut t, &by(address)).0, &rules::REQUEST_OBJECT_FORM);
    let file = format!("{object}\n");
    let request = AuthorizationRequest::parse(by(address).encode().as_bytes());
    let kid = request.object_kid(&Fetched { object: Some(file.clone()), keys: None });
    assert_eq!(kid.as_deref(), Some(client_key().kid()), "or a new key would never be fetched");
    t.fetched_object = Some(file);
    assert!(t.validate(by(address).encode().as_bytes()).is_ok(), "a line break at the end is no part of it");
}

/// Core §6.1: `registration` is an object there, as `claims` is. What it is refused with is the same as outside.
#[test]
fn registration_is_not_supported_in_an_object_either() {
    let mut t = bench(|_| ());
    for value in [json!({"client_name": "x"}), json!("{}")] {
        let fields = around(&signed(&with(&claims(&t), "registration", value)));
        assert_eq!(refused(&mut t, &fields), (&rules::NO_REGISTRATION, ErrorCode::RegistrationNotSupported));
    }
}

/// What is wrong is told where the parameters outside prove that it may be: an object can't redirect before it is read.
#[test]
fn a_bad_object_is_answered_at_the_address_outside_or_on_a_page() {
    let mut t = bench(|client| {
        let more = "https://web.example/second";
        client.redirect_uris.push(countersign_protocol::RedirectUri::parse(more).unwrap());
    });
    let bad = with(&claims(&t), "iss", json!("other"));
    let raw = around(&signed(&bad));
    assert!(matches!(t.validate(raw.encode().as_bytes()), Err(Failure::ShowPage(_))), "two to choose from, none named");
    let named = raw.set("redirect_uri", "https://web.example/second").set("state", "outside");
    let Err(Failure::Redirect(target, refusal)) = t.validate(named.encode().as_bytes()) else { panic!() };
    assert_eq!((target.uri().as_str(), target.state()), ("https://web.example/second", Some("outside")));
    assert_eq!(refusal.rule, &rules::REQUEST_OBJECT_CLAIMS);
    let unregistered = with(&claims(&t), "redirect_uri", json!("https://evil.example/"));
    let fields = around(&signed(&unregistered));
    assert!(matches!(t.validate(fields.encode().as_bytes()), Err(Failure::ShowPage(_))), "signed or not");
}

#[test]
fn an_object_that_nobody_looked_at_is_refused() {
    let mut t = bench(|_| ());
    let object = signed(&claims(&t));
    let fields = t.ask("web", "openid").set("request", &object);
    let request = AuthorizationRequest::parse(fields.encode().as_bytes());
    assert!(request.has_object());
    assert_eq!(request.object_kid(&Fetched::default()).as_deref(), Some(client_key().kid()));
    let client = t.client("web");
    let mut cx = crate::Cx::new(t.now, &mut t.entropy);
    let outcome = crate::authorize::validate(&mut cx, &t.policy, request, Some(&client));
    let Err(Failure::Redirect(_, refusal)) = outcome else { panic!() };
    assert_eq!(refusal.rule, &rules::REQUEST_OBJECT_READ);
}

#[test]
fn a_request_that_is_broken_already_is_not_unpacked() {
    let mut t = bench(|_| ());
    let object = signed(&claims(&t));
    let plain = t.ask("web", "openid").set("request", &object);
    let raw = format!("{}&nonce=1&nonce=2", plain.encode());
    let request = AuthorizationRequest::parse(raw.as_bytes());
    let client = t.client("web");
    let mut cx = crate::Cx::new(t.now, &mut t.entropy);
    let request = request.unpack(&mut cx, &t.policy, &client, &Fetched::default());
    assert!(cx.checks().is_empty() && request.has_object());
    let Err(Failure::Redirect(_, refusal)) = t.validate(raw.as_bytes()) else { panic!() };
    assert_eq!(refusal.rule, &rules::PARAMETERS_ONCE);
}

/// RFC 9101 §5.2.1: an address may be hard to guess on purpose.
#[test]
fn neither_an_object_nor_its_address_is_in_debug_output() {
    let t = bench(|_| ());
    let object = signed(&claims(&t));
    for (name, value) in [("request", object.as_str()), ("request_uri", "https://web.example/r/9b2e")] {
        let raw = around("").without("request").set(name, value).encode();
        let said = format!("{:?}", AuthorizationRequest::parse(raw.as_bytes()));
        assert!(!said.contains(value), "{said}");
    }
}
