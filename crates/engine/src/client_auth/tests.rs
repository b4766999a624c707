//! Client authentication: every method, alone, mixed, wrong, replayed.

use countersign_jose::{Algorithm, SigningKey, hash};
use countersign_protocol::{ClientId, ErrorCode, HandleHash, Refusal, Rule, Secret, Timestamp, Ttl, base64url, basic};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Fields, ISSUER, T0, client_key, secret_of},
    client_auth::{Authenticated, rules},
    records::{Client, ClientKeys, ClientKind, ClientSecret, KeySource, Once},
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn claims(t: &Bench) -> Value {
    let exp = t.now.plus(Ttl::secs(60)).secs();
    json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "iat": t.now.secs(), "exp": exp, "jti": "j-1"})
}

fn with(claims: &Value, member: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    match value {
        Value::Null => changed.as_object_mut().unwrap().remove(member),
        value => changed.as_object_mut().unwrap().insert(member.to_owned(), value),
    };
    changed
}

fn form(assertion: &str) -> Fields {
    Fields::of(&[("client_assertion_type", TYPE), ("client_assertion", assertion)])
}

fn signed(claims: &Value) -> Fields {
    form(&client_key().sign("JWT", claims).unwrap())
}

fn unsigned(header: &Value, claims: &Value, signature: impl FnOnce(&str) -> Vec<u8>) -> String {
    let input = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let signature = signature(&input);
    format!("{input}.{}", base64url(signature))
}

fn refused(t: &mut Bench, header: Option<&str>, form: &Fields) -> Refusal {
    t.authenticate(header, form).map(|client| client.id.clone()).unwrap_err()
}

fn rule(t: &mut Bench, form: &Fields) -> &'static Rule {
    refused(t, None, form).rule
}

fn header(id: &str, secret: &str) -> String {
    basic::write(id, &Secret::new(secret)).expose().to_owned()
}

/// Commits what the authentication wants to be remembered.
fn settle(t: &mut Bench, mut client: Authenticated) -> bool {
    t.store.commit(&client.take_writes()).is_some()
}

#[test]
fn each_client_proves_itself_by_its_registered_method_and_no_other() {
    for (registered, id) in [("none", "spa"), ("secret", "web"), ("assertion", "keyed")] {
        for sent in ["none", "secret", "assertion"] {
            let mut t = Bench::new();
            let mine = with(&with(&claims(&t), "iss", json!(id)), "sub", json!(id));
            let form = match sent {
                "none" => Fields::of(&[("client_id", id)]),
                "secret" => Fields::of(&[("client_id", id), ("client_secret", &secret_of(id))]),
                _ => signed(&mine),
            };
            let outcome = t.authenticate(None, &form);
            if registered == sent {
                assert_eq!(outcome.unwrap().id.as_str(), id);
            } else {
                let refusal = outcome.map(|client| client.id.clone()).unwrap_err();
                assert_eq!(refusal.rule, &rules::AUTHENTICATED, "{registered} by {sent}");
                assert_eq!((refusal.code(), refusal.code().status()), (ErrorCode::InvalidClient, 401));
            }
        }
    }
}

#[test]
fn a_secret_is_accepted_in_the_header_and_in_the_form() {
    let mut t = Bench::new();
    let secret = secret_of("web");
    let only_grant = Fields::of(&[("grant_type", "x")]);
    assert!(t.authenticate(Some(&header("web", &secret)), &only_grant).is_ok());
    assert!(t.authenticate(Some(&header("web", &secret)), &only_grant.clone().set("client_id", "web")).is_ok());
    assert!(t.authenticate(None, &t.credentials("web")).is_ok());
    // Another scheme is not client authentication: the form decides.
    assert!(t.authenticate(Some("Bearer abc"), &t.credentials("web")).is_ok());
}

#[test]
fn two_methods_at_once_are_refused_even_when_both_are_right() {
    let mut t = Bench::new();
    let header = header("web", &secret_of("web"));
    let assertion = signed(&claims(&t));
    let cases = [
        (Some(header.as_str()), t.credentials("web")),
        (Some(header.as_str()), assertion.clone()),
        (None, assertion.set("client_id", "keyed").set("client_secret", "x")),
        (Some(header.as_str()), Fields::of(&[("client_id", "other")])),
    ];
    for (header, form) in cases {
        let refusal = refused(&mut t, header, &form);
        assert_eq!((refusal.rule, refusal.code()), (&rules::ONE_METHOD, ErrorCode::InvalidRequest), "{form:?}");
    }
}

#[test]
fn a_request_must_name_its_client_in_a_readable_way() {
    let mut t = Bench::new();
    for form in [Fields::of(&[("grant_type", "x")]), Fields::of(&[("client_id", "")])] {
        assert_eq!(rule(&mut t, &form), &rules::IDENTIFIED, "{form:?}");
    }
    let nameless = refused(&mut t, None, &form("e30.e30.e30"));
    assert_eq!((nameless.rule, nameless.detail.is_some()), (&rules::ASSERTION_VALID, true));
    assert_eq!(rule(&mut t, &Fields::of(&[("client_id", "u_alice")])), &rules::IDENTIFIED, "a subject is no client");
    let form = t.credentials("web");
    for broken in ["Basic ???", "Basic YWJj", "basic Og==x", "Basic JXp6OmE="] {
        assert_eq!(refused(&mut t, Some(broken), &form).rule, &rules::BASIC_FORM, "{broken}");
    }
}

#[test]
fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    let mut t = Bench::new();
    let nobody = Fields::of(&[("client_id", "nobody"), ("client_secret", "x")]);
    let wrong = nobody.clone().set("client_id", "web");
    let (nobody, wrong) = (refused(&mut t, None, &nobody), refused(&mut t, None, &wrong));
    assert_eq!((nobody.rule, &nobody.detail), (wrong.rule, &wrong.detail));
    assert_eq!(wrong.rule, &rules::AUTHENTICATED);
    assert_ne!(nobody.aside, wrong.aside, "the log may know");
}

#[test]
fn a_secret_is_compared_whole() {
    let mut t = Bench::new();
    let secret = secret_of("web");
    let cut = &secret[..secret.len() - 1];
    for wrong in [cut, "", &secret_of("other"), &format!("{secret}x"), HandleHash::of(&secret).as_str()] {
        let form = t.credentials("web").set("client_secret", wrong);
        assert_eq!(rule(&mut t, &form), &rules::AUTHENTICATED, "{wrong}");
        assert_eq!(refused(&mut t, Some(&header("web", wrong)), &Fields::of(&[])).rule, &rules::AUTHENTICATED);
    }
}

#[test]
fn while_secrets_rotate_both_work_and_an_expired_one_does_not() {
    let mut t = Bench::new();
    let end = T0.plus(Ttl::secs(100));
    t.update("web", |client: &mut Client| {
        let ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) = &mut client.kind else { panic!() };
        secrets[0].expires_at = Some(end);
        let hash = HandleHash::of("the-new-secret");
        secrets.push(ClientSecret { hash, name: "second".to_owned(), created_at: T0, expires_at: None });
    });
    let (old, new) = (t.credentials("web"), t.credentials("web").set("client_secret", "the-new-secret"));
    assert!(t.authenticate(None, &old).is_ok() && t.authenticate(None, &new).is_ok());
    t.now = Timestamp::from_millis(end.millis() - 1);
    assert!(t.authenticate(None, &old).is_ok());
    t.now = end;
    assert_eq!(rule(&mut t, &old), &rules::AUTHENTICATED);
    assert!(t.authenticate(None, &new).is_ok());
}

/// CVE-2024-47000's class: what an administrator disabled must have no effect. Only who proved to be the client is told.
#[test]
fn a_disabled_client_is_told_so_once_it_has_proven_itself() {
    let mut t = Bench::new();
    for id in ["spa", "web", "keyed"] {
        t.update(id, |client: &mut Client| client.enabled = false);
    }
    for form in [t.credentials("spa"), t.credentials("web"), signed(&claims(&t))] {
        assert_eq!(rule(&mut t, &form), &rules::ENABLED);
    }
    let wrong = t.credentials("web").set("client_secret", "wrong");
    assert_eq!(rule(&mut t, &wrong), &rules::AUTHENTICATED);
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

/// The same assertion again with the access to a public client's name gains nothing.
#[test]
fn a_public_client_needs_nothing_and_may_show_nothing() {
    let mut t = Bench::new();
    assert!(t.authenticate(None, &Fields::of(&[("client_id", "spa")])).unwrap().is_public());
    let with_secret = Fields::of(&[("client_id", "spa"), ("client_secret", "anything")]);
    let refusal = refused(&mut t, None, &with_secret);
    assert_eq!(refusal.rule, &rules::AUTHENTICATED);
    assert_eq!(refused(&mut t, Some(&header("spa", "")), &Fields::of(&[])).rule, &rules::AUTHENTICATED);
}

/// Every way of not being proven, for every kind of client and for none: what is said depends on what came alone.
#[test]
fn a_stranger_gets_the_same_words_for_every_client_and_for_none() {
    let assertion = |t: &Bench, id: &str, signature: &SigningKey| {
        let mine = with(&with(&claims(t), "iss", json!(id)), "sub", json!(id));
        form(&signature.sign("JWT", &mine).unwrap())
    };
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let mut t = Bench::new();
    for what in ["nothing", "form", "header", "assertion"] {
        let mut said = Vec::new();
        for id in ["nobody", "web", "keyed", "spa"] {
            let (header, form) = match what {
                "nothing" => (None, Fields::of(&[("client_id", id)])),
                "form" => (None, Fields::of(&[("client_id", id), ("client_secret", "wrong")])),
                "header" => (Some(header(id, "wrong")), Fields::of(&[])),
                _ => (None, assertion(&t, id, &stranger)),
            };
            // A public client is proven by its name.
            if (id, what) == ("spa", "nothing") {
                continue;
            }
            let refusal = refused(&mut t, header.as_deref(), &form);
            assert!(refusal.aside.is_some(), "{id} {what}: the log knows why");
            said.push((refusal.rule.id, refusal.description()));
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{what}: {said:?}");
    }
}

#[test]
fn the_log_learns_what_the_answer_keeps_from_strangers() {
    let mut t = Bench::new();
    let secret = |id: &str| Fields::of(&[("client_id", id), ("client_secret", "wrong")]);
    for (form, words) in [
        (secret("nobody"), "no client has this client_id"),
        (secret("web"), "none of its secrets that still work"),
        (secret("spa"), "registered for none, and used client_secret_post"),
        (secret("keyed"), "registered for private_key_jwt, and used client_secret_post"),
        (Fields::of(&[("client_id", "web")]), "registered for client_secret_basic, and used none"),
    ] {
        let aside = refused(&mut t, None, &form).aside.unwrap();
        assert!(aside.contains(words), "{aside}");
    }
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let unknown_key = form(&stranger.sign("JWT", &claims(&t)).unwrap());
    let aside = refused(&mut t, None, &unknown_key).aside.unwrap();
    assert!(aside.contains("no key with the id"), "{aside}");
}

#[test]
fn what_came_is_told_so_that_the_sender_can_mend_it() {
    let mut t = Bench::new();
    let secret = secret_of("web");
    let cut = format!("cscs_{}", "A".repeat(40));
    let none = Fields::of(&[]);
    let named = Fields::of(&[("client_id", "web")]);
    let two = t.credentials("web");
    let cases: Vec<(Option<String>, Fields, &str)> = vec![
        (Some("Basic d2ViOmErYg==".to_owned()), none.clone(), "form-urlencode client_id and client_secret"),
        (Some("Basic d2ViOjEwMCU=".to_owned()), none.clone(), "form-urlencode client_id and client_secret"),
        (Some("Basic a:b".to_owned()), none.clone(), "not standard base64"),
        (Some("Basic d2Vi".to_owned()), none.clone(), "no colon"),
        (Some(header("x", "s")), named.clone(), "The client_id in the form is not the one in the Authorization header"),
        (Some(header("web", &secret)), two, "in the Authorization header and as client_secret in the form"),
        (None, named.clone().set("client_secret", "hunter2 "), "with white space around it"),
        (None, named.clone().set("client_secret", &cut), "45 characters in place of 52"),
        (None, named.clone().set("client_secret", "csac_x"), "the form of an authorization code"),
        (None, Fields::of(&[("client_id", "u_alice")]), "a user's sub"),
        (None, Fields::of(&[("client_id", &cut)]), "the form of a client secret"),
        (None, Fields::of(&[("client_id", "{{client_id}}\n")]), "white space before or after it"),
        (None, named, "No secret and no assertion came"),
        (None, form("x").without("client_assertion_type"), "It is missing"),
        (None, form("x").set("client_assertion_type", "jwt-bearer"), "It was 'jwt-bearer'"),
    ];
    for (header, form, words) in cases {
        let description = refused(&mut t, header.as_deref(), &form).description();
        assert!(description.contains(words), "{words}: {description}");
        assert!(!description.contains("hunter2") && !description.contains("AAAA"), "no secret: {description}");
    }
}

#[test]
fn what_is_wrong_with_an_assertion_is_told_with_the_difference_of_the_clocks() {
    let mut t = Bench::new();
    let good = claims(&t);
    let at = |secs: i64| json!(T0.secs() + secs);
    let changed = |claim, value| signed(&with(&good, claim, value));
    let empty = with(&with(&good, "jti", Value::Null), "exp", Value::Null);
    let cases = [
        (changed("exp", at(-75)), "It expired 75 s ago: the client's clock is behind"),
        (changed("iat", at(90)), "Its iat lies 90 s in the future: the client's clock is about 90 s ahead"),
        (changed("nbf", at(45)), "Its nbf lies 45 s in the future"),
        (changed("exp", at(90_000)), "It is good for 90000 s; at most 3600 s are accepted"),
        (
            changed("aud", json!("https://as.example/")),
            "must name https://as.example or https://as.example/token; it names",
        ),
        (signed(&empty), "It lacks exp, jti."),
        (changed("jti", json!("")), "Its jti must be a text, and not empty"),
        (changed("sub", json!("web")), "Its sub must be the client_id"),
        (signed(&good).set("client_id", "web"), "Its iss is not the client_id in the form"),
        (form(&client_key().sign("at+jwt", &good).unwrap()), "type 'JWT', got 'at+jwt'"),
        (form(&unsigned(&json!({"alg": "none"}), &good, |_| Vec::new())), "The token is not signed"),
        (form(&unsigned(&json!({"alg": "HS256"}), &good, |_| b"x".to_vec())), "symmetric algorithm 'HS256'"),
        (form("abc"), "three parts, this one has 1"),
    ];
    for (form, words) in cases {
        let refusal = refused(&mut t, None, &form);
        assert_eq!(refusal.rule, &rules::ASSERTION_VALID, "{words}");
        assert!(refusal.description().contains(words), "{words}: {}", refusal.description());
    }
}
