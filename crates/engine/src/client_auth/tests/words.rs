//! Who is told what: strangers nothing about clients, the log why, the sender what came.

use countersign_jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::{claims, form, header, refused, signed, unsigned};
use crate::{
    bench::{Bench, Fields, T0, client_key, secret_of, with},
    client_auth::rules,
};

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
