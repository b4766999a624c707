//! Userinfo (OpenID Connect Core §5.3): each scope opens its claims, and nothing else does.

use countersign_protocol::{ErrorCode, Scope, Subject, Timestamp, Ttl};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, T0, VAULT, scopes},
    records::{Authorization, Client, User},
    tokens::rules,
};

#[test]
fn each_scope_opens_its_own_claims() {
    let table = [
        ("openid", json!({"sub": "u_alice"})),
        (
            "openid profile",
            json!({"sub": "u_alice", "name": "ALICE", "preferred_username": "alice", "updated_at": T0.secs()}),
        ),
        ("openid email", json!({"sub": "u_alice", "email": "alice@example.com", "email_verified": true})),
        ("openid phone", json!({"sub": "u_alice", "phone_number": "+1"})),
        ("openid address", json!({"sub": "u_alice", "address": {"locality": "Wien", "country": "AT"}})),
        (
            "openid email phone read:profile",
            json!({"sub": "u_alice", "email": "alice@example.com", "email_verified": true, "phone_number": "+1"}),
        ),
    ];
    let mut t = Bench::new();
    for (scope, expected) in table {
        let reply = t.tokens("web", scope);
        assert_eq!(Value::Object(t.userinfo(&reply.access_token).unwrap()), expected, "{scope}");
    }
}

#[test]
fn a_stored_claim_can_not_replace_the_subject_but_names_the_user_as_it_wants() {
    let mut t = Bench::new();
    t.update("u_alice", |user: &mut User| {
        user.claims.insert("preferred_username".to_owned(), json!("ali"));
    });
    let reply = t.tokens("web", "openid profile");
    let claims = t.userinfo(&reply.access_token).unwrap();
    assert_eq!((&claims["sub"], &claims["preferred_username"]), (&json!("u_alice"), &json!("ali")));
    assert_eq!(claims.get("staff_number"), None, "no scope opens it");
}

#[test]
fn a_scope_of_the_administrators_own_opens_what_the_administrator_says() {
    let mut t = Bench::new();
    let mut staff = t.policy.scopes[0].clone();
    (staff.scope, staff.claims) = (Scope::parse("staff").unwrap(), vec!["staff_number".to_owned(), "sub".to_owned()]);
    t.policy.scopes.push(staff);
    t.update("web", |client: &mut Client| client.scope = scopes("openid staff"));
    let reply = t.tokens("web", "openid staff");
    let claims = t.userinfo(&reply.access_token).unwrap();
    assert_eq!(Value::Object(claims), json!({"sub": "u_alice", "staff_number": 17}));
}

#[test]
fn updated_at_is_when_the_claims_last_changed_unless_they_say_so_themselves() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid profile");
    t.update("u_alice", |user: &mut User| user.updated_at = Some(T0.plus(Ttl::secs(9))));
    assert_eq!(t.userinfo(&reply.access_token).unwrap()["updated_at"], T0.secs() + 9);
    t.update("u_alice", |user: &mut User| drop(user.claims.insert("updated_at".to_owned(), 17.into())));
    assert_eq!(t.userinfo(&reply.access_token).unwrap()["updated_at"], 17);
}

#[test]
fn a_token_without_openid_is_refused() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "profile email");
    let refusal = t.userinfo(&reply.access_token).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::OPENID_SCOPE, ErrorCode::InsufficientScope));
    assert_eq!(refusal.code().status(), 403);
    let form = t.credentials("service").set("grant_type", "client_credentials");
    let own = t.token(&form).unwrap();
    assert_eq!(t.userinfo(&own.access_token).unwrap_err().rule, &rules::OPENID_SCOPE);
}

#[test]
fn the_token_must_be_meant_for_this_server() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid").set("resource", VAULT);
    let code = t.authorize(&fields).get("code").unwrap();
    let reply = t.redeem("web", &code).unwrap();
    assert!(t.userinfo(&reply.access_token).is_ok(), "openid makes this server one more audience");
    t.policy.issuer = "https://another.example".to_owned();
    let refusal = t.userinfo(&reply.access_token).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::TOKEN_AUDIENCE, ErrorCode::InvalidToken));
}

/// M14: the ID token is the wrong thing to send.
#[test]
fn an_id_token_sent_as_access_token_is_refused_by_name() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid");
    let refusal = t.userinfo(reply.id_token.as_deref().unwrap()).unwrap_err();
    assert_eq!((refusal.rule, refusal.code().status()), (&rules::NOT_ID_TOKEN, 401));
    let refresh = reply.refresh_token.unwrap();
    for wrong in [&refresh[..], "", "x"] {
        assert_eq!(t.userinfo(wrong).unwrap_err().rule.id, "token.known");
    }
}

#[test]
fn an_expired_or_revoked_token_is_refused_and_told_apart() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid");
    t.now = Timestamp::from_millis(T0.plus(Ttl::secs(300)).millis() - 1);
    assert!(t.userinfo(&reply.access_token).is_ok());
    t.now = T0.plus(Ttl::secs(300));
    assert_eq!(t.userinfo(&reply.access_token).unwrap_err().rule, &rules::TOKEN_NOT_EXPIRED);
    let reply = t.tokens("web", "openid");
    t.update("u_alice", |user: &mut User| user.enabled = false);
    assert_eq!(t.userinfo(&reply.access_token).unwrap_err().rule, &rules::TOKEN_NOT_REVOKED);
}

#[test]
fn what_the_user_unticked_since_is_not_told_any_more() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid email");
    let key = Authorization::key_of(&t.client("web").id, &Subject::parse("u_alice").unwrap());
    t.update(&key, |authorization: &mut Authorization| authorization.scope = scopes("openid"));
    assert_eq!(Value::Object(t.userinfo(&reply.access_token).unwrap()), json!({"sub": "u_alice"}));
}
