//! The code grant: every binding alone, first and second use, races, downgrades.

use countersign_protocol::{CodeVerifier, ErrorCode, Rule, ScopeSet, Subject, Ttl};

use crate::{
    bench::{Bench, Fields, T0, VERIFIER, scopes, secret_of},
    grants::authorization_code::rules,
    records::{Authorization, Client, Code, CodeState, Ended, Family, Record, Refresh, User},
    token::rules as shared,
};

const OTHER_VERIFIER: &str = "another-verifier-that-also-has-43-character";

fn refused(t: &mut Bench, form: &Fields) -> &'static Rule {
    let refusal = t.token(form).unwrap_err();
    refusal.rule
}

fn alices(client: &str) -> String {
    let client = countersign_protocol::ClientId::parse(client).unwrap();
    Authorization::key_of(&client, &Subject::parse("u_alice").unwrap())
}

#[test]
fn a_code_is_exchanged_for_what_was_approved() {
    let mut t = Bench::new();
    let code = t.code("web", "openid read:files");
    let form = t.redemption("web", &code).set("redirect_uri", "https://web.example/callback");
    let reply = t.token(&form).unwrap();
    assert_eq!((reply.token_type, reply.expires_in), ("Bearer", 300));
    assert_eq!(reply.scope, scopes("openid read:files"));
    assert!(reply.refresh_token.is_some() && reply.id_token.is_some());
    assert!(t.checks.iter().all(|check| check.ok));
    let family = t.family();
    assert_eq!((family.generation, family.received, family.answer.clone()), (0, false, None));
    let used = t.store.all::<Code>().remove(0);
    assert_eq!(used.state, CodeState::Used { at: T0, family: family.id.clone() });
    assert_eq!(used.flow, family.flow, "the back channel joins the front channel's flow");
}

/// Makes one thing wrong.
type Spoil = fn(&mut Bench, Fields) -> Fields;

const BINDINGS: &[(&str, Spoil, &str)] = &[
    (
        "client",
        |_, form| form.set("client_id", "other").set("client_secret", &secret_of("other")),
        rules::CODE_CLIENT.id,
    ),
    ("redirect_uri", |_, form| form.set("redirect_uri", "https://web.example/callback/"), rules::CODE_REDIRECT_URI.id),
    ("verifier", |_, form| form.set("code_verifier", OTHER_VERIFIER), rules::VERIFIER_MATCHES.id),
    ("no verifier", |_, form| form.without("code_verifier"), rules::VERIFIER_PRESENT.id),
    (
        "challenge as verifier",
        |t, form| {
            let challenge = t.ask("web", "").get("code_challenge").unwrap();
            form.set("code_verifier", &challenge)
        },
        rules::VERIFIER_MATCHES.id,
    ),
    (
        "expiry",
        |t, form| {
            t.advance(Ttl::secs(60));
            form
        },
        rules::CODE_NOT_EXPIRED.id,
    ),
    (
        "disabled user",
        |t, form| {
            t.update("u_alice", |user: &mut User| user.enabled = false);
            form
        },
        shared::USER_ENABLED.id,
    ),
    (
        "deleted user",
        |t, form| {
            t.delete::<User>("u_alice");
            form
        },
        shared::USER_ENABLED.id,
    ),
    (
        "consent",
        |t, form| {
            t.delete::<Authorization>(&alices("web"));
            form
        },
        shared::CONSENT_ALIVE.id,
    ),
    ("resource", |_, form| form.set("resource", "https://unknown.example"), shared::RESOURCE_ALLOWED.id),
    ("another code", |_, form| form.set("code", "csac_unknown"), rules::CODE_KNOWN.id),
    ("no code", |_, form| form.without("code"), rules::CODE_PRESENT.id),
    ("short verifier", |_, form| form.set("code_verifier", &VERIFIER[1..]), rules::VERIFIER_FORM.id),
];

/// CVE-2026-28513 (AND in place of OR), CVE-2026-55672: each wrong thing alone must be enough.
#[test]
fn one_wrong_binding_alone_is_enough_to_refuse() {
    for (what, spoil, rule) in BINDINGS {
        let mut t = Bench::new();
        let code = t.code("web", "openid read:files");
        let good = t.redemption("web", &code);
        let bad = spoil(&mut t, good);
        let before = t.store.dump().len();
        assert_eq!(refused(&mut t, &bad).id, *rule, "{what}");
        assert_eq!(t.store.dump().len(), before, "{what}: an invalid use changes nothing");
        assert_eq!(t.store.all::<Code>()[0].state, CodeState::Unused, "{what}");
        assert!(t.store.all::<Family>().is_empty(), "{what}");
    }
}

/// The redirect URI of the request, not just any that the client has registered.
#[test]
fn a_code_is_bound_to_the_redirect_uri_that_was_sent_and_not_to_another_registered_one() {
    let mut t = Bench::new();
    let sent = "http://127.0.0.1:1111/callback";
    let fields = t.ask("phone", "openid").set("redirect_uri", sent);
    let code = t.authorize(&fields).get("code").unwrap();
    let form = t.redemption("phone", &code);
    for other in ["http://127.0.0.1:2222/callback", "http://127.0.0.1/callback", "com.example.phone:/callback"] {
        assert_eq!(refused(&mut t, &form.clone().set("redirect_uri", other)), &rules::CODE_REDIRECT_URI, "{other}");
    }
    assert!(t.token(&form.set("redirect_uri", sent)).is_ok());
}

#[test]
fn refusals_of_the_code_are_invalid_grant_and_missing_parameters_invalid_request() {
    for rule in rules::ALL {
        let expected = if *rule == &rules::CODE_PRESENT { ErrorCode::InvalidRequest } else { ErrorCode::InvalidGrant };
        assert_eq!(rule.on_fail, expected, "{}", rule.id);
    }
}

#[test]
fn a_code_works_in_its_last_millisecond_and_not_a_second_after_it_expired() {
    for (late_by, works) in [(-1, true), (0, false), (1000, false)] {
        let mut t = Bench::new();
        let code = t.code("web", "read:files");
        let end = T0.plus(Ttl::secs(60));
        t.now = countersign_protocol::Timestamp::from_millis(end.millis() + late_by);
        let outcome = t.redeem("web", &code);
        assert_eq!(outcome.is_ok(), works, "{late_by} ms late");
        if let Err(refusal) = outcome {
            assert_eq!((refusal.rule, refusal.code()), (&rules::CODE_NOT_EXPIRED, ErrorCode::InvalidGrant));
        }
    }
}

#[test]
fn a_code_is_no_other_kind_of_credential_cut_or_padded() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let family = t.redeem("web", &code).unwrap();
    let fresh = t.code("web", "read:files");
    let refresh = family.refresh_token.unwrap();
    for wrong in [&fresh[..fresh.len() - 1], &format!("{fresh}A"), &fresh.to_lowercase(), &refresh, "", "x"] {
        let form = t.redemption("web", &code).set("code", wrong);
        let rule = refused(&mut t, &form);
        assert!(rule == &rules::CODE_KNOWN || wrong.is_empty() && rule == &rules::CODE_PRESENT, "{wrong}");
    }
    assert!(t.redeem("web", &fresh).is_ok());
}

#[test]
fn a_second_valid_use_revokes_what_the_first_got() {
    let mut t = Bench::new();
    let code = t.code("web", "openid read:files");
    let first = t.redeem("web", &code).unwrap();
    assert!(t.is_active(&first.access_token));
    let refusal = t.redeem("web", &code).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::CODE_SINGLE_USE, ErrorCode::InvalidGrant));
    assert_eq!(t.family().ended, Some(Ended::CodeReplayed));
    assert!(!t.is_active(&first.access_token));
    assert!(t.userinfo(&first.access_token).is_err());
    let refusal = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap_err();
    assert_eq!(refusal.rule.id, "refresh.family_alive");
    let before = t.family();
    assert_eq!(t.redeem("web", &code).unwrap_err().rule, &rules::CODE_SINGLE_USE, "and a third time");
    assert_eq!(t.family(), before, "which changes nothing more");
}

#[test]
fn a_replay_revokes_as_well_after_refreshes_and_long_after_the_code_expired() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let first = t.redeem("web", &code).unwrap();
    t.advance(Ttl::secs(120));
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    assert_eq!(t.redeem("web", &code).unwrap_err().rule, &rules::CODE_SINGLE_USE, "a minute after it expired");
    assert_eq!((t.family().ended, t.family().answer.clone()), (Some(Ended::CodeReplayed), None));
    assert!(!t.is_active(&second.access_token));
    assert!(t.refresh("web", second.refresh_token.as_deref().unwrap()).is_err());
}

/// OAuth 2.1 §7.5.2: a stranger with half the data must not be able to sign the user out.
#[test]
fn a_second_use_that_is_invalid_revokes_nothing() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let first = t.redeem("web", &code).unwrap();
    let replay = t.redemption("web", &code);
    let strangers = [
        (replay.clone().set("code_verifier", OTHER_VERIFIER), &rules::VERIFIER_MATCHES),
        (replay.clone().without("code_verifier"), &rules::VERIFIER_PRESENT),
        (replay.clone().set("redirect_uri", "https://evil.example/callback"), &rules::CODE_REDIRECT_URI),
        (t.redemption("spa", &code), &rules::CODE_CLIENT),
        (t.redemption("other", &code), &rules::CODE_CLIENT),
    ];
    for (form, rule) in strangers {
        assert_eq!(refused(&mut t, &form), rule);
        assert_eq!(t.family().ended, None);
        assert!(t.is_active(&first.access_token));
    }
    let wrong_secret = replay.set("client_secret", "wrong");
    assert_eq!(refused(&mut t, &wrong_secret).id, "client_auth.authenticated");
    assert_eq!(t.family().ended, None);
}

#[test]
fn a_replay_ends_its_own_family_and_no_other_of_the_user() {
    let mut t = Bench::new();
    let other = t.tokens("web", "read:files");
    let code = t.code("web", "read:files");
    let mine = t.redeem("web", &code).unwrap();
    assert!(t.redeem("web", &code).is_err());
    assert!(t.is_active(&other.access_token) && !t.is_active(&mine.access_token));
}

/// CVE-2024-23647: a verifier without a challenge, and a challenge without a verifier.
#[test]
fn pkce_can_not_be_downgraded_in_either_direction() {
    let mut t = Bench::new();
    let without = t.ask("older", "read:files").without("code_challenge").without("code_challenge_method");
    let bare = t.authorize(&without).get("code").unwrap();
    let form = t.redemption("older", &bare);
    assert_eq!(refused(&mut t, &form), &rules::NO_DOWNGRADE);
    let with = t.code("older", "read:files");
    let full = t.redemption("older", &with);
    assert_eq!(refused(&mut t, &full.clone().without("code_verifier")), &rules::VERIFIER_PRESENT);
    assert_eq!(refused(&mut t, &full.set("code_verifier", "")), &rules::VERIFIER_PRESENT);
    assert!(t.token(&form.without("code_verifier")).is_ok());
    assert!(t.redeem("older", &with).is_ok());
}

#[test]
fn of_sixty_four_racing_redemptions_one_wins_and_the_losers_see_a_replay() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let form = t.redemption("web", &code);
    let plans: Vec<_> = (0..64).map(|_| t.decide(&form).unwrap()).collect();
    let won: Vec<_> = plans.into_iter().filter_map(|plan| t.commit(plan)).collect();
    assert_eq!(won.len(), 1);
    let reply = won.into_iter().next().unwrap().unwrap();
    assert!(t.is_active(&reply.access_token));
    assert_eq!((t.store.all::<Family>().len(), t.store.all::<Refresh>().len()), (1, 1));
    assert_eq!(refused(&mut t, &form), &rules::CODE_SINGLE_USE);
    assert!(!t.is_active(&reply.access_token));
}

#[test]
fn a_revocation_between_look_and_commit_wins_over_the_redemption() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let plan = t.decide(&t.redemption("web", &code)).unwrap();
    t.delete::<Authorization>(&alices("web"));
    assert!(t.commit(plan).is_none());
    assert_eq!(t.redeem("web", &code).unwrap_err().rule, &shared::CONSENT_ALIVE);
}

#[test]
fn consent_narrowed_since_narrows_the_tokens() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files read:profile");
    t.update(&alices("web"), |authorization: &mut Authorization| authorization.scope = scopes("read:files"));
    assert_eq!(t.redeem("web", &code).unwrap().scope, scopes("read:files"));
    assert_eq!(t.family().scope, scopes("read:files"));
}

#[test]
fn approving_more_elsewhere_does_not_widen_an_earlier_code() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    t.code("web", "read:profile");
    assert_eq!(t.redeem("web", &code).unwrap().scope, scopes("read:files"));
}

#[test]
fn a_refresh_token_comes_only_for_clients_that_may_refresh() {
    let mut t = Bench::new();
    let reply = t.tokens("brief", "openid read:files offline_access");
    assert_eq!(reply.refresh_token, None);
    assert!(t.store.all::<Refresh>().is_empty());
    assert!(t.is_active(&reply.access_token));
}

#[test]
fn a_client_that_lost_the_grant_can_not_use_a_code_it_got_before() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    t.update("web", |client: &mut Client| client.grant_types.clear());
    assert_eq!(t.redeem("web", &code).unwrap_err().rule, &shared::GRANT_ALLOWED);
}

/// The configured maximum is absolute, however long the idle time is set.
#[test]
fn a_family_never_outlives_its_maximum_not_even_unused() {
    let mut t = Bench::new();
    t.policy.ttl.refresh_idle = Ttl::days(30);
    t.policy.ttl.refresh_max = Ttl::days(7);
    let reply = t.tokens("web", "read:files");
    assert_eq!(t.family().expires_at, T0.plus(Ttl::days(7)));
    t.advance(Ttl::days(7));
    assert_eq!(t.refresh("web", &reply.refresh_token.unwrap()).unwrap_err().rule.id, "refresh.not_expired");
}

#[test]
fn verifiers_of_every_allowed_length_work() {
    for length in [43, 64, 128] {
        let mut t = Bench::new();
        let verifier = "~".repeat(length);
        let challenge = CodeVerifier::parse(&verifier).unwrap().challenge();
        let fields = t.ask("web", "read:files").set("code_challenge", challenge.as_str());
        let code = t.authorize(&fields).get("code").unwrap();
        assert!(t.token(&t.redemption("web", &code).set("code_verifier", &verifier)).is_ok(), "{length}");
    }
}

#[test]
fn the_row_of_a_code_is_kept_until_it_is_forgotten_used_or_not() {
    let mut t = Bench::new();
    let code = t.code("web", "read:files");
    let before = t.store.all::<Code>()[0].expires_at();
    t.redeem("web", &code).unwrap();
    assert_eq!(t.store.all::<Code>()[0].expires_at(), before);
    let empty: ScopeSet = ScopeSet::default();
    assert_ne!(t.store.all::<Code>()[0].scope, empty);
}
