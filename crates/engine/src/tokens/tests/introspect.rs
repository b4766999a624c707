//! Introspection (RFC 7662): who may ask, what is said, and that ended things have an effect.

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::{ErrorCode, Params, Subject, Timestamp, Ttl};
use serde_json::{Value, json};

use crate::{
    Cx,
    bench::{API, Bench, Fields, ISSUER, Seeded, T0, VAULT, scopes},
    records::{Access, Authorization, Client, Family, User},
    tokens::{
        introspect::parse,
        presented::{Presented, live_access},
        rules,
    },
};

fn inactive() -> Value {
    json!({"active": false})
}

/// The id of the rule by which a token is not alive.
fn why(t: &mut Bench, text: &str) -> &'static str {
    let presented = t.identify(text);
    let facts = crate::bench::presented_facts(&t.store, &presented);
    let mut cx = Cx::new(t.now, &mut t.entropy);
    live_access(&mut cx, &presented, &facts).map(|token| panic!("alive: {token:?}")).unwrap_err().rule.id
}

fn opaque(t: &mut Bench, client: &str) -> crate::token::TokenReply {
    let fields = t.ask(client, "read:files").set("resource", VAULT);
    let code = t.authorize(&fields).get("code").unwrap();
    t.redeem(client, &code).unwrap()
}

fn own(t: &mut Bench, resource: &str) -> String {
    let form = t.credentials("service").set("grant_type", "client_credentials").set("resource", resource);
    t.token(&form).unwrap().access_token
}

fn key_of_alice(t: &Bench, client: &str) -> String {
    Authorization::key_of(&t.client(client).id, &Subject::parse("u_alice").unwrap())
}

#[test]
fn a_resource_server_learns_everything_about_a_token_for_it() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid read:files");
    let answer = t.introspect("api", &reply.access_token).unwrap();
    let expected = json!({
        "active": true, "scope": "openid read:files", "client_id": "web", "token_type": "Bearer",
        "exp": T0.secs() + 300, "iat": T0.secs(), "sub": "u_alice", "aud": [API, ISSUER], "iss": ISSUER,
        "jti": answer["jti"],
    });
    assert_eq!(answer, expected);
    let reply = opaque(&mut t, "spa");
    let answer = t.introspect("api", &reply.access_token).unwrap();
    let expected = json!({
        "active": true, "scope": "read:files", "client_id": "spa", "token_type": "Bearer",
        "exp": T0.secs() + 300, "iat": T0.secs(), "sub": "u_alice", "aud": [VAULT], "iss": ISSUER,
    });
    assert_eq!(answer, expected);
}

#[test]
fn a_clients_own_token_is_its_own_subject_in_both_forms() {
    let mut t = Bench::new();
    for resource in [API, VAULT] {
        let token = own(&mut t, resource);
        let answer = t.introspect("api", &token).unwrap();
        assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &json!("service")), "{resource}");
        assert_eq!(answer["aud"], json!([resource]));
        assert_eq!(t.introspect("service", &token).unwrap()["active"], true);
        assert_eq!(t.introspect("web", &token).unwrap(), inactive());
        t.advance(Ttl::secs(300));
        assert_eq!(t.introspect("api", &token).unwrap(), inactive());
        t.now = T0;
        t.update("service", |client: &mut Client| client.enabled = false);
        assert_eq!(t.introspect("api", &token).unwrap(), inactive(), "{resource}: CVE-2024-47000");
        t.update("service", |client: &mut Client| client.enabled = true);
    }
}

#[test]
fn only_the_owner_and_the_resource_server_are_told_anything() {
    let mut t = Bench::new();
    for token in [t.tokens("web", "read:files").access_token, opaque(&mut t, "web").access_token] {
        assert_eq!(t.introspect("web", &token).unwrap()["active"], true);
        assert_eq!(t.introspect("api", &token).unwrap()["active"], true);
        for stranger in ["other", "service", "older"] {
            assert_eq!(t.introspect(stranger, &token).unwrap(), inactive(), "{stranger}");
        }
        let refusal = t.introspect("spa", &token).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::INTROSPECTION_ALLOWED, ErrorCode::UnauthorizedClient));
        t.policy.loopback_test_bed = true;
        assert_eq!(t.introspect("other", &token).unwrap()["active"], true, "on a test bed everybody is a resource");
        assert!(t.introspect("spa", &token).is_err());
        t.policy.loopback_test_bed = false;
    }
}

#[test]
fn an_introspector_of_one_resource_learns_nothing_about_another() {
    let mut t = Bench::new();
    let token = opaque(&mut t, "web").access_token;
    t.policy.resources[1].introspectors = vec![t.client("service").id.clone()];
    assert_eq!(t.introspect("api", &token).unwrap(), inactive());
    assert_eq!(t.introspect("service", &token).unwrap()["active"], true);
}

#[test]
fn the_request_must_name_a_token() {
    let mut entropy = Seeded(1);
    let mut cx = Cx::new(T0, &mut entropy);
    for form in ["", "token=", "token_type_hint=access_token"] {
        let params = Params::parse(form.as_bytes()).unwrap();
        assert_eq!(parse(&mut cx, &params).unwrap_err().rule, &rules::TOKEN_NAMED);
    }
    let params = Fields::of(&[("token", "x"), ("token_type_hint", "refresh_token")]).params();
    assert_eq!(parse(&mut cx, &params).unwrap().expose(), "x");
}

/// M14, RFC 9068 §4: an ID token opens nothing.
#[test]
fn id_tokens_refresh_tokens_and_other_kinds_are_not_alive_here() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid");
    let code = t.code("web", "openid");
    let id_token = reply.id_token.unwrap();
    let refresh = reply.refresh_token.unwrap();
    for token in [&id_token, &refresh, &code, "", "x", "a.b.c", "csat_"] {
        assert_eq!(t.introspect("api", token).unwrap(), inactive(), "{token}");
        assert_eq!(t.introspect("web", token).unwrap(), inactive());
    }
    assert_eq!(why(&mut t, &id_token), rules::NOT_ID_TOKEN.id);
    assert_eq!(why(&mut t, &refresh), "token.known");
    assert_eq!(why(&mut t, &code), rules::TOKEN_KNOWN.id);
}

/// CVE-2026-27840: truncated opaque tokens were valid still.
#[test]
fn a_truncated_padded_or_altered_token_is_dead() {
    let mut t = Bench::new();
    for token in [opaque(&mut t, "web").access_token, t.tokens("web", "read:files").access_token] {
        let mut wrong: Vec<String> = (0..token.len()).map(|cut| token[..cut].to_owned()).collect();
        wrong.extend([format!("{token}A"), format!("{token} "), format!("{token}="), token.replace('_', "-")]);
        let last = if token.ends_with('A') { "Q" } else { "A" };
        wrong.push(format!("{}{last}", &token[..token.len() - 1]));
        for wrong in wrong.iter().filter(|wrong| **wrong != token) {
            let presented = t.identify(wrong);
            let facts = crate::bench::presented_facts(&t.store, &presented);
            let mut cx = Cx::new(t.now, &mut t.entropy);
            assert!(live_access(&mut cx, &presented, &facts).is_err(), "{wrong}");
        }
        assert!(t.is_active(&token));
    }
}

#[test]
fn a_token_of_another_key_issuer_or_type_is_unknown() {
    let mut t = Bench::new();
    let exp = T0.secs() + 60;
    let claims = json!({
        "iss": ISSUER, "sub": "service", "aud": API, "client_id": "service", "jti": "t_1", "scope": "read:files",
        "iat": T0.secs(), "exp": exp,
    });
    let change = |member: &str, value: Value| {
        let mut changed = claims.clone();
        changed[member] = value;
        changed
    };
    let ours = t.keys.signing(Algorithm::ES256).unwrap();
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    assert!(t.is_active(&ours.sign("at+jwt", &claims).unwrap()), "the control");
    let forged = [
        stranger.sign("at+jwt", &claims).unwrap(),
        ours.sign("at+jwt", &change("iss", json!("https://other.example"))).unwrap(),
        ours.sign("at+jwt", &change("iat", json!(exp))).unwrap(),
        ours.sign("at+jwt", &change("exp", json!("never"))).unwrap(),
        ours.sign("at+jwt", &change("scope", json!(["read:files"]))).unwrap(),
    ];
    for token in forged {
        assert!(matches!(t.identify(&token), Presented::Unknown(_)), "{token}");
        assert_eq!(why(&mut t, &token), "token.known");
    }
    for typ in ["JWT", "jwt", "client-authentication+jwt"] {
        assert!(matches!(t.identify(&ours.sign(typ, &claims).unwrap()), Presented::IdToken), "{typ}");
    }
}

/// Revocation removes the row: a user's JWT without one must not pass as a client's own.
#[test]
fn a_users_token_without_its_row_is_dead() {
    let mut t = Bench::new();
    let token = t.tokens("web", "read:files").access_token;
    let key = t.store.all::<Access>()[0].key.clone();
    t.delete::<Access>(&key);
    assert_eq!(why(&mut t, &token), rules::TOKEN_NOT_REVOKED.id);
    let token = opaque(&mut t, "web").access_token;
    let key = t.store.all::<Access>()[0].key.clone();
    t.delete::<Access>(&key);
    assert_eq!(why(&mut t, &token), rules::TOKEN_KNOWN.id);
}

#[test]
fn a_token_is_dead_from_the_second_of_its_exp_on() {
    for form in ["jwt", "opaque"] {
        let mut t = Bench::new();
        let token = match form {
            "jwt" => t.tokens("web", "read:files").access_token,
            _ => opaque(&mut t, "web").access_token,
        };
        let end = T0.plus(Ttl::secs(300));
        t.now = Timestamp::from_millis(end.millis() - 1);
        assert!(t.is_active(&token), "{form}");
        t.now = end;
        assert_eq!(why(&mut t, &token), rules::TOKEN_NOT_EXPIRED.id, "{form}");
        assert!(!t.is_active(&token));
    }
}

/// CVE-2020-15223, CVE-2024-46999, CVE-2024-47000, GHSA-wv3h-x6c4-r867: the end of a thing must have an effect.
#[test]
fn whatever_a_token_depends_on_ends_it() {
    type End = fn(&mut Bench);
    let table: &[(&str, End)] = &[
        ("user disabled", |t| t.update("u_alice", |user: &mut User| user.enabled = false)),
        ("user deleted", |t| t.delete::<User>("u_alice")),
        ("client disabled", |t| t.update("web", |client: &mut Client| client.enabled = false)),
        ("client deleted", |t| t.delete::<Client>("web")),
        ("consent revoked", |t| t.delete::<Authorization>(&key_of_alice(t, "web"))),
        ("consent renewed", |t| {
            t.delete::<Authorization>(&key_of_alice(t, "web"));
            t.code("web", "read:files");
        }),
        ("signed out", |t| t.sign_out("alice")),
        ("family gone", |t| t.delete::<Family>(t.family().id.as_str())),
    ];
    for (what, end) in table {
        for form in ["jwt", "opaque"] {
            let mut t = Bench::new();
            let token = match form {
                "jwt" => t.tokens("web", "read:files").access_token,
                _ => opaque(&mut t, "web").access_token,
            };
            assert!(t.is_active(&token));
            end(&mut t);
            assert!(!t.is_active(&token), "{what}, {form}");
            assert_eq!(why(&mut t, &token), "token.not_revoked", "{what}, {form}");
        }
    }
}

/// Revocation never waits: what the user unticks is gone from living tokens too.
#[test]
fn consent_narrowed_since_narrows_a_living_token() {
    let mut t = Bench::new();
    let token = t.tokens("web", "read:files read:profile").access_token;
    let key = key_of_alice(&t, "web");
    t.update(&key, |authorization: &mut Authorization| authorization.scope = scopes("read:files"));
    assert_eq!(t.introspect("api", &token).unwrap()["scope"], "read:files");
}

#[test]
fn asking_changes_nothing_but_the_first_proof_of_receipt() {
    let mut t = Bench::new();
    let first = t.tokens("web", "read:files");
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    let (client, presented) = (t.authenticate(None, &t.credentials("api")).unwrap(), t.identify(&second.access_token));
    let mut plan = || {
        let facts = crate::bench::presented_facts(&t.store, &presented);
        let plan = crate::tokens::introspect::decide(
            &mut Cx::new(t.now, &mut t.entropy),
            crate::token::Realm { policy: &t.policy, keys: t.keys },
            &client,
            &presented,
            &facts,
        );
        let writes = plan.writes.iter().count();
        assert!(t.commit(plan).is_some());
        writes
    };
    assert_eq!((plan(), plan(), plan()), (1, 0, 0));
}
