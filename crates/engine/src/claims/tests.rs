//! Names and forms of claims (OpenID Connect Core §5.1), and what a scope opens.

mod wanted;

use serde_json::{Value, json};

use super::{OF_ID_TOKENS, RESERVED, check, is_name, of_scope, parse, standard, value_of};
use crate::{bench::Bench, records::User};

#[test]
fn a_standard_claim_has_the_form_that_the_text_gives_it() {
    let table = [
        ("name", json!("Alice"), true),
        ("name", json!(1), false),
        ("name#ja-Kana-JP", json!("アリス"), true),
        ("name", json!("x".repeat(4097)), false),
        ("email_verified", json!(true), true),
        ("email_verified", json!("true"), false),
        ("phone_number_verified", json!(1), false),
        ("updated_at", json!(1_700_000_000), true),
        ("updated_at", json!(-1), false),
        ("updated_at", json!("2026-01-01"), false),
        ("birthdate", json!("1990-12-31"), true),
        ("birthdate", json!("0000-12-31"), true),
        ("birthdate", json!("1990"), true),
        ("birthdate", json!("31.12.1990"), false),
        ("birthdate", json!("1990-13-01"), false),
        ("birthdate", json!("1990-12-00"), false),
        ("birthdate", json!("1990-12"), false),
        ("picture", json!("https://a.example/p.png"), true),
        ("picture", json!("javascript:alert(1)"), false),
        ("website", json!("https://"), false),
        ("profile", json!("https://a.example/a b"), false),
        ("address", json!({"locality": "Wien", "country": "AT"}), true),
        ("address", json!({"formatted": "1 Main St\nTown"}), true),
        ("address", json!({"town": "Wien"}), false),
        ("address", json!({"postal_code": 1010}), false),
        ("address", json!({}), false),
        ("address", json!("Wien"), false),
        ("staff_number", json!(17), true),
        ("https://example.com/groups", json!(["a", "b"]), true),
        ("staff_number", json!("x".repeat(20_000)), false),
        ("sub", json!("u_mallory"), false),
        ("iss#de", json!("x"), false),
        ("a b", json!("x"), false),
        ("", json!("x"), false),
    ];
    for (name, value, ok) in table {
        assert_eq!(check(name, &value).is_ok(), ok, "{name} {value}");
    }
}

#[test]
fn what_is_typed_becomes_the_type_of_the_claim() {
    for (name, typed, value) in [
        ("name", "true", json!("true")),
        ("birthdate", "1990", json!("1990")),
        ("email_verified", "true", json!(true)),
        ("updated_at", "17", json!(17)),
        ("address", r#"{"locality":"Wien"}"#, json!({"locality": "Wien"})),
        ("staff_number", "017", json!("017")),
        ("staff_number", "17", json!("17")),
        ("groups", r#"["a"]"#, json!(["a"])),
    ] {
        assert_eq!(parse(name, typed).unwrap(), value, "{name}={typed}");
    }
    for (name, typed) in [("email_verified", "yes"), ("address", "Wien"), ("updated_at", "today"), ("acr", "1")] {
        assert!(parse(name, typed).is_err(), "{name}={typed}");
    }
}

/// A claim of somebody's own that could pass for what the server says would be a forged token.
#[test]
fn no_claim_of_a_person_can_have_a_name_that_the_server_speaks_with() {
    for name in OF_ID_TOKENS.iter().chain(&RESERVED) {
        assert!(!is_name(name), "{name}");
    }
    let mut t = Bench::new();
    t.update("u_alice", |user: &mut User| {
        let forged = OF_ID_TOKENS.iter().map(|name| ((*name).to_owned(), Value::from("forged")));
        user.claims.extend(forged);
    });
    let alice = t.store.find::<User>("u_alice").unwrap();
    for name in OF_ID_TOKENS {
        assert_eq!(value_of(&alice, name), None, "{name}");
    }
}

#[test]
fn each_standard_claim_is_opened_by_one_scope() {
    let all: Vec<&str> = standard().collect();
    assert_eq!(all.len(), 19, "the twenty of section 5.1, without sub");
    for name in &all {
        let opening = ["profile", "email", "address", "phone", "openid", "offline_access"];
        let count = opening.iter().filter(|scope| of_scope(scope).iter().any(|claim| claim == name)).count();
        assert_eq!(count, 1, "{name}");
    }
    assert!(of_scope("openid").is_empty() && of_scope("read:files").is_empty());
}
