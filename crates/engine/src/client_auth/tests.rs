//! Client authentication: every method, alone, mixed, wrong, replayed.

mod assertion;
mod words;

use countersign_protocol::{ErrorCode, HandleHash, Refusal, Rule, Secret, Timestamp, Ttl, base64url, basic};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, Fields, ISSUER, T0, client_key, secret_of, with},
    client_auth::rules,
    records::{Client, ClientKeys, ClientKind, ClientSecret},
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn claims(t: &Bench) -> Value {
    let exp = t.now.plus(Ttl::secs(60)).secs();
    json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "iat": t.now.secs(), "exp": exp, "jti": "j-1"})
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
