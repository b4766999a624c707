//! Software statements (RFC 7591 §2.3): whose are believed, and what they say.

use countersign_jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::{try_register, with};
use crate::{
    bench::Bench,
    policy::SoftwareAuthority,
    registration::{describe, rules},
};

/// A key of somebody whose statements are believed, and a bench that believes them.
fn authority(t: &mut Bench) -> SigningKey {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = [key.public_jwk().clone()].into_iter().collect();
    let issuer = "https://catalogue.example".to_owned();
    t.policy.registration.authorities = vec![SoftwareAuthority { issuer, keys }];
    key
}

#[test]
fn what_a_software_statement_says_goes_before_what_the_client_says() {
    let mut t = Bench::new();
    let key = authority(&mut t);
    let claims = json!({
        "iss": "https://catalogue.example", "iat": t.now.secs(), "client_name": "Known app", "software_id": "known",
        "redirect_uris": ["https://known.example/callback"], "client_name#fr": "Connu", "sub": "x", "unknown": 1,
    });
    let statement = key.sign("JWT", &claims).unwrap();
    let mut metadata = with("software_statement", json!(statement));
    metadata["contacts"] = json!(["a@new.example"]);
    let echoed = serde_json::to_value(describe(&try_register(&mut t, &metadata).unwrap().client)).unwrap();
    assert_eq!(echoed["client_name"], "Known app");
    assert_eq!(echoed["redirect_uris"], json!(["https://known.example/callback"]));
    assert_eq!((&echoed["client_name#fr"], &echoed["software_id"]), (&json!("Connu"), &json!("known")));
    assert_eq!(echoed["contacts"], json!(["a@new.example"]), "what it does not say is the client's to say");
    assert_eq!(echoed["software_statement"], statement, "as it came (RFC 7591 section 3.2.1)");
}

#[test]
fn a_software_statement_that_is_not_surely_good_is_refused() {
    let mut t = Bench::new();
    let key = authority(&mut t);
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let now = t.now.secs();
    let claims = |name: &str, value: Value| {
        let mut claims = json!({"iss": "https://catalogue.example", "client_name": "Known app"});
        claims[name] = value;
        claims
    };
    let sign = |claims: &Value| key.sign("JWT", claims).unwrap();
    let (form, genuine) = (&rules::STATEMENT_FORM, &rules::STATEMENT_GENUINE);
    let table = [
        ("not a statement".to_owned(), form),
        ("eyJhbGciOiJub25lIn0.e30.".to_owned(), form),
        (sign(&claims("iss", Value::Null)), form),
        (sign(&claims("redirect_uris", json!("https://known.example/callback"))), form),
        (sign(&claims("iss", json!("https://other.example"))), &rules::STATEMENT_APPROVED),
        (stranger.sign("JWT", &claims("x", json!(1))).unwrap(), genuine),
        (sign(&claims("exp", json!(now - 60))), genuine),
        (sign(&claims("nbf", json!(now + 60))), genuine),
        (sign(&claims("aud", json!("https://other.example"))), genuine),
    ];
    for (statement, rule) in table {
        let refusal = try_register(&mut t, &with("software_statement", json!(statement))).map(drop).unwrap_err();
        assert_eq!(refusal.rule, rule, "{statement}");
        let code = if rule == &rules::STATEMENT_APPROVED { "unapproved" } else { "invalid" };
        assert_eq!(refusal.code().as_str(), format!("{code}_software_statement"));
    }
    let good = [claims("exp", json!(now + 60)), claims("aud", json!(["https://as.example", "x"]))];
    for claims in good {
        try_register(&mut t, &with("software_statement", json!(sign(&claims)))).unwrap();
    }
    let statement = sign(&claims("redirect_uris", json!(["javascript:alert(1)"])));
    let refusal = try_register(&mut t, &with("software_statement", json!(statement))).map(drop).unwrap_err();
    assert_eq!(refusal.rule, &rules::REDIRECT_URIS, "what it says is checked like anything else");
    t.policy.registration.authorities.clear();
    let refusal = try_register(&mut t, &with("software_statement", json!(sign(&claims("x", json!(1)))))).map(drop);
    assert_eq!(refusal.unwrap_err().rule, &rules::STATEMENT_APPROVED, "without authorities none is believed");
}
