//! The client-credentials grant: confidential clients, their own scopes, no user.

use countersign_protocol::{ErrorCode, GrantType};

use crate::{
    bench::{Bench, Fields, VAULT, scopes},
    grants::client_credentials::rules,
    records::{Client, Family, Refresh},
};

fn form(t: &Bench, client: &str) -> Fields {
    t.credentials(client).set("grant_type", "client_credentials")
}

#[test]
fn without_scope_a_client_gets_all_that_needs_no_user() {
    let mut t = Bench::new();
    let reply = t.token(&form(&t, "service")).unwrap();
    assert_eq!(reply.scope, scopes("read:files read:profile"));
    assert_eq!((reply.refresh_token, reply.id_token, reply.expires_in), (None, None, 300));
    assert!(t.store.all::<Family>().is_empty() && t.store.all::<Refresh>().is_empty());
    assert!(t.checks.iter().all(|check| check.ok));
}

#[test]
fn a_public_client_is_refused_even_if_registered_for_it() {
    let mut t = Bench::new();
    t.update("spa", |client: &mut Client| {
        client.grant_types.insert(GrantType::ClientCredentials);
    });
    let refusal = t.token(&form(&t, "spa")).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::CONFIDENTIAL, ErrorCode::UnauthorizedClient));
}

#[test]
fn scopes_about_users_and_foreign_ones_are_refused() {
    let mut t = Bench::new();
    let own = form(&t, "service");
    for scope in ["openid", "profile", "email", "address", "phone", "offline_access", "admin", "read:files openid"] {
        let refusal = t.token(&own.clone().set("scope", scope)).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::SCOPE_ALLOWED, ErrorCode::InvalidScope), "{scope}");
    }
    assert_eq!(t.token(&own.set("scope", "read:files")).unwrap().scope, scopes("read:files"));
}

#[test]
fn a_resource_may_be_named() {
    let mut t = Bench::new();
    let reply = t.token(&form(&t, "service").set("resource", VAULT)).unwrap();
    assert!(reply.access_token.starts_with("csat_"));
    let refusal = t.token(&form(&t, "service").set("resource", "https://elsewhere.example")).unwrap_err();
    assert_eq!(refusal.rule.id, "token.resource_allowed");
}

#[test]
fn a_client_with_an_assertion_gets_a_token_and_the_assertion_is_spent_in_the_same_commit() {
    let mut t = Bench::new();
    let claims = serde_json::json!({
        "iss": "keyed", "sub": "keyed", "aud": crate::bench::ISSUER, "exp": t.now.secs() + 60, "jti": "once",
    });
    let assertion = crate::bench::client_key().sign("JWT", &claims).unwrap();
    let form = Fields::of(&[
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ]);
    let raced = t.decide(&form).unwrap();
    assert!(t.token(&form).is_ok());
    assert!(t.commit(raced).is_none());
    assert_eq!(t.token(&form).unwrap_err().rule.id, "client_auth.assertion_once");
}
