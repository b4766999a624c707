//! The refresh grant: bindings, rotation by proof of receipt, narrowing, ends.

mod model;

use countersign_jose::SealingKey;
use countersign_protocol::{ErrorCode, Rule, Subject, Timestamp, Ttl};

use crate::{
    bench::{API, Bench, Fields, ISSUER, T0, VAULT, scopes},
    grants::refresh_token::rules,
    policy::Resource,
    records::{Authorization, Client, Ended, Family, Record, Refresh},
    token::{TokenReply, rules as shared},
};

fn refresh_token(reply: &TokenReply) -> String {
    reply.refresh_token.clone().unwrap()
}

fn rule(t: &mut Bench, client: &str, token: &str) -> &'static Rule {
    t.refresh(client, token).unwrap_err().rule
}

fn alices(client: &str) -> String {
    let client = countersign_protocol::ClientId::parse(client).unwrap();
    Authorization::key_of(&client, &Subject::parse("u_alice").unwrap())
}

/// A bench with a first answer.
fn begun() -> (Bench, TokenReply) {
    let mut t = Bench::new();
    let first = t.tokens("web", "openid read:files read:profile");
    (t, first)
}

#[test]
fn a_refresh_rotates_the_token_and_repeats_the_scope() {
    let (mut t, first) = begun();
    t.advance(Ttl::secs(100));
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    assert_ne!(second.access_token, first.access_token);
    assert_eq!((&second.scope, second.expires_in), (&first.scope, 300));
    assert!(second.id_token.is_some());
    assert!(t.is_active(&second.access_token) && t.is_active(&first.access_token));
    assert!(t.checks.iter().all(|check| check.ok));
    let third = t.refresh("web", &refresh_token(&second)).unwrap();
    assert_eq!(t.family().generation, 2);
    assert_ne!(third.refresh_token, second.refresh_token);
}

#[test]
fn refusals_of_the_token_are_invalid_grant() {
    for rule in rules::ALL {
        let expected = match rule.id {
            "refresh.present" => ErrorCode::InvalidRequest,
            "refresh.scope_not_wider" => ErrorCode::InvalidScope,
            _ => ErrorCode::InvalidGrant,
        };
        assert_eq!(rule.on_fail, expected, "{}", rule.id);
    }
}

#[test]
fn a_missing_cut_padded_or_foreign_token_is_refused() {
    let (mut t, first) = begun();
    let good = refresh_token(&first);
    let form = t.refreshing("web", "").without("refresh_token");
    assert_eq!(t.token(&form).unwrap_err().rule, &rules::TOKEN_PRESENT);
    let access = first.access_token.clone();
    for wrong in [&good[..good.len() - 1], &format!("{good}A"), &good.replace("csrt_", "csat_"), "csrt_", &access] {
        assert_eq!(rule(&mut t, "web", wrong), &rules::TOKEN_KNOWN, "{wrong}");
    }
    assert!(t.refresh("web", &good).is_ok());
}

/// CVE-2026-55672: refresh tokens that were not bound to their client.
#[test]
fn another_clients_refresh_token_is_refused_and_revokes_nothing() {
    let (mut t, first) = begun();
    for thief in ["other", "spa"] {
        assert_eq!(rule(&mut t, thief, &refresh_token(&first)), &rules::TOKEN_CLIENT);
    }
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    let third = t.refresh("web", &refresh_token(&second)).unwrap();
    // An old token in a stranger's hands must not sign the user out, nor tell whether somebody else has.
    assert_eq!(rule(&mut t, "other", &refresh_token(&first)), &rules::TOKEN_CLIENT);
    assert_eq!(t.family().ended, None);
    let fourth = t.refresh("web", &refresh_token(&third)).unwrap();
    t.revoke("web", &refresh_token(&fourth)).unwrap();
    assert_eq!(rule(&mut t, "other", &refresh_token(&fourth)), &rules::TOKEN_CLIENT);
}

#[test]
fn a_lost_answer_is_given_again_with_the_same_tokens() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    t.advance(Ttl::secs(100));
    let again = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_eq!(again.refresh_token, lost.refresh_token);
    assert_eq!(again.access_token, lost.access_token);
    assert_eq!((lost.expires_in, again.expires_in), (300, 200), "it is not good for longer");
    assert_eq!(t.store.all::<Refresh>().len(), 2);
    assert!(t.refresh("web", &refresh_token(&again)).is_ok());
}

#[test]
fn a_lost_answer_whose_access_token_has_expired_comes_with_a_new_one() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    t.advance(Ttl::secs(300));
    let again = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_eq!(again.refresh_token, lost.refresh_token, "the same refresh token");
    assert_ne!(again.access_token, lost.access_token);
    assert_eq!(again.expires_in, 300);
    let once_more = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_eq!(once_more, again, "the new answer is the one to repeat from now on");
    assert!(t.is_active(&again.access_token) && !t.is_active(&lost.access_token));
}

#[test]
fn using_the_new_refresh_token_kills_the_old_one() {
    let (mut t, first) = begun();
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    let third = t.refresh("web", &refresh_token(&second)).unwrap();
    let refusal = t.refresh("web", &refresh_token(&first)).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::NOT_REPLAYED, ErrorCode::InvalidGrant));
    assert_eq!((t.family().ended, t.family().answer.clone()), (Some(Ended::RefreshReplayed), None));
    for reply in [&first, &second, &third] {
        assert!(!t.is_active(&reply.access_token));
        assert_eq!(rule(&mut t, "web", &refresh_token(reply)), &rules::FAMILY_ALIVE);
    }
}

#[test]
fn using_the_new_access_token_kills_the_old_refresh_token() {
    for use_at in ["introspection", "userinfo"] {
        let (mut t, first) = begun();
        let second = t.refresh("web", &refresh_token(&first)).unwrap();
        match use_at {
            "introspection" => assert!(t.is_active(&second.access_token)),
            _ => assert!(t.userinfo(&second.access_token).is_ok()),
        }
        assert_eq!((t.family().received, t.family().answer.clone()), (true, None));
        assert_eq!(rule(&mut t, "web", &refresh_token(&first)), &rules::NOT_REPLAYED, "{use_at}");
    }
}

#[test]
fn using_the_old_access_token_proves_nothing_about_the_new_answer() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    assert!(t.is_active(&first.access_token));
    assert!(t.userinfo(&first.access_token).is_ok());
    assert_eq!(t.refresh("web", &refresh_token(&first)).unwrap().refresh_token, lost.refresh_token);
}

#[test]
fn asking_about_a_token_that_one_may_not_ask_about_proves_nothing() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_eq!(t.introspect("other", &lost.access_token).unwrap(), serde_json::json!({"active": false}));
    assert!(t.refresh("web", &refresh_token(&first)).is_ok());
}

/// A client that can revoke the new access token has received the answer that brought it.
#[test]
fn revoking_the_new_access_token_kills_the_old_refresh_token() {
    let (mut t, first) = begun();
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    t.revoke("web", &second.access_token).unwrap();
    assert_eq!(t.family().ended, None, "the family goes on");
    assert_eq!(rule(&mut t, "web", &refresh_token(&first)), &rules::NOT_REPLAYED);
}

/// ory/hydra #3604: two refreshes at once get one answer, never an error.
#[test]
fn two_refreshes_at_once_get_the_same_tokens() {
    let (mut t, first) = begun();
    let form = t.refreshing("web", &refresh_token(&first));
    let plans: Vec<_> = (0..64).map(|_| t.decide(&form).unwrap()).collect();
    let won: Vec<_> = plans.into_iter().filter_map(|plan| t.commit(plan)).collect();
    assert_eq!(won.len(), 1, "the others decide again");
    let won = won.into_iter().next().unwrap().unwrap();
    for _ in 0..3 {
        assert_eq!(t.token(&form).unwrap(), won);
    }
    let repeats: Vec<_> = (0..3).map(|_| t.decide(&form).unwrap()).collect();
    for plan in repeats {
        assert_eq!(t.commit(plan).unwrap().unwrap(), won, "repeats do not get in each other's way");
    }
}

#[test]
fn a_first_use_that_races_with_a_repetition_is_not_overwritten() {
    let (mut t, first) = begun();
    let form = t.refreshing("web", &refresh_token(&first));
    let second = t.token(&form).unwrap();
    t.advance(Ttl::secs(301));
    let late = t.decide(&form).unwrap();
    assert!(t.refresh("web", &refresh_token(&second)).is_ok());
    assert!(t.commit(late).is_none());
    assert_eq!(t.token(&form).unwrap_err().rule, &rules::NOT_REPLAYED);
}

/// django-oauth-toolkit #1617: a grace period that honoured very old refresh tokens.
#[test]
fn anything_older_than_the_predecessor_ends_the_family() {
    for age in 2..6 {
        let (mut t, first) = begun();
        let mut tokens = vec![refresh_token(&first)];
        for _ in 0..age {
            let next = t.refresh("web", tokens.last().unwrap()).unwrap();
            tokens.push(refresh_token(&next));
        }
        assert_eq!(rule(&mut t, "web", &tokens[0]), &rules::NOT_REPLAYED, "{age} generations old");
        assert_eq!(t.family().ended, Some(Ended::RefreshReplayed));
    }
}

#[test]
fn scope_is_narrowed_for_one_access_token_and_not_for_the_family() {
    let (mut t, first) = begun();
    let form = t.refreshing("web", &refresh_token(&first)).set("scope", "read:files");
    let narrow = t.token(&form).unwrap();
    assert_eq!((&narrow.scope, &narrow.id_token), (&scopes("read:files"), &None));
    let whole = t.refresh("web", &refresh_token(&narrow)).unwrap();
    assert_eq!(whole.scope, first.scope);
}

#[test]
fn scope_is_never_widened() {
    let mut t = Bench::new();
    let first = t.tokens("web", "read:files");
    t.code("web", "read:profile");
    for wider in ["read:files read:profile", "admin", "read:files openid"] {
        let form = t.refreshing("web", &refresh_token(&first)).set("scope", wider);
        let refusal = t.token(&form).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::SCOPE_NOT_WIDER, ErrorCode::InvalidScope), "{wider}");
    }
    let malformed = t.refreshing("web", &refresh_token(&first)).set("scope", "a\"b");
    assert_eq!(t.token(&malformed).unwrap_err().rule.id, "token.scope_form");
    assert_eq!(t.refresh("web", &refresh_token(&first)).unwrap().scope, scopes("read:files"), "nothing was spent");
}

#[test]
fn a_repetition_with_another_scope_gets_that_scope_and_the_same_refresh_token() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    let form = t.refreshing("web", &refresh_token(&first)).set("scope", "read:files");
    let again = t.token(&form).unwrap();
    assert_eq!((&again.scope, &again.refresh_token), (&scopes("read:files"), &lost.refresh_token));
    assert_eq!(t.introspect("api", &again.access_token).unwrap()["scope"], "read:files");
}

#[test]
fn a_repetition_is_the_same_only_where_scope_and_resource_are() {
    for (name, value) in [("scope", "read:files"), ("resource", ISSUER)] {
        let mut t = Bench::new();
        let issuer = Resource { uri: ISSUER.to_owned(), ..t.policy.resources[0].clone() };
        t.policy.resources.push(issuer);
        let first = t.tokens("web", "read:files read:profile");
        let form = t.refreshing("web", &refresh_token(&first));
        let lost = t.token(&form).unwrap();
        let again = t.token(&form.set(name, value)).unwrap();
        assert_ne!(again.access_token, lost.access_token, "{name}");
        assert_eq!(again.refresh_token, lost.refresh_token);
        let said = t.introspect("web", &again.access_token).unwrap();
        let (scope, audience) = if name == "scope" { ("read:files", API) } else { ("read:files read:profile", ISSUER) };
        assert_eq!((&said["scope"], &said["aud"]), (&serde_json::json!(scope), &serde_json::json!([audience])));
    }
}

#[test]
fn consent_narrowed_since_narrows_a_repeated_answer_too() {
    let (mut t, first) = begun();
    let lost = t.refresh("web", &refresh_token(&first)).unwrap();
    t.update(&alices("web"), |authorization: &mut Authorization| authorization.scope = scopes("read:files"));
    let again = t.refresh("web", &refresh_token(&first)).unwrap();
    assert_eq!(again.scope, scopes("read:files"));
    assert_ne!(again.access_token, lost.access_token);
    assert_eq!(again.refresh_token, lost.refresh_token);
}

#[test]
fn a_family_ends_when_it_is_idle_for_too_long_and_use_postpones_that() {
    let (mut t, first) = begun();
    let idle = t.policy.ttl.refresh_idle;
    t.now = Timestamp::from_millis(T0.plus(idle).millis() - 1);
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    t.now = Timestamp::from_millis(t.now.plus(idle).millis() - 1);
    let third = t.refresh("web", &refresh_token(&second)).unwrap();
    t.advance(idle);
    let refusal = t.refresh("web", &refresh_token(&third)).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&rules::NOT_EXPIRED, ErrorCode::InvalidGrant));
}

/// BBA §6.3.2.3: rotation must not extend a fixed end.
#[test]
fn a_family_ends_at_its_maximum_however_much_it_is_used() {
    let (mut t, first) = begun();
    let end = T0.plus(t.policy.ttl.refresh_max);
    let mut token = refresh_token(&first);
    while t.now.plus(Ttl::days(20)) < end {
        t.advance(Ttl::days(20));
        token = refresh_token(&t.refresh("web", &token).unwrap());
    }
    assert_eq!(t.family().expires_at, end);
    t.now = end;
    assert_eq!(rule(&mut t, "web", &token), &rules::NOT_EXPIRED);
}

#[test]
fn the_rows_of_refresh_tokens_may_be_swept_when_the_family_is_over_at_the_latest() {
    let (mut t, first) = begun();
    t.advance(Ttl::days(3));
    t.refresh("web", &refresh_token(&first)).unwrap();
    let end = T0.plus(t.policy.ttl.refresh_max);
    assert!(t.store.all::<Refresh>().iter().all(|refresh| refresh.expires_at() == Some(end)));
    assert!(t.family().expires_at <= end);
}

#[test]
fn a_revocation_between_look_and_commit_wins_over_the_refresh() {
    for repeated in [false, true] {
        let (mut t, first) = begun();
        let form = t.refreshing("web", &refresh_token(&first));
        if repeated {
            t.token(&form).unwrap();
        }
        let plan = t.decide(&form).unwrap();
        t.delete::<Authorization>(&alices("web"));
        assert!(t.commit(plan).is_none(), "repeated: {repeated}");
        assert_eq!(t.token(&form).unwrap_err().rule, &shared::CONSENT_ALIVE);
    }
}

#[test]
fn an_end_between_look_and_commit_wins_over_a_repeated_answer() {
    let (mut t, first) = begun();
    let form = t.refreshing("web", &refresh_token(&first));
    let second = t.token(&form).unwrap();
    let repetition = t.decide(&form).unwrap();
    t.revoke("web", &refresh_token(&second)).unwrap();
    assert!(t.commit(repetition).is_none());
    assert_eq!(t.token(&form).unwrap_err().rule, &rules::FAMILY_ALIVE);
}

#[test]
fn the_kept_answer_is_readable_with_the_token_that_it_answered_and_no_other() {
    let (mut t, first) = begun();
    let second = t.refresh("web", &refresh_token(&first)).unwrap();
    let family = t.family();
    let answer = family.answer.clone().unwrap();
    for secret in [&second.access_token, &refresh_token(&second), second.id_token.as_ref().unwrap()] {
        assert!(!t.store.dump().contains(secret.as_str()));
    }
    let sealed = countersign_protocol::from_base64url(&answer).unwrap();
    let open = |token: &str, family: &Family| {
        let key = SealingKey::derive(token.as_bytes(), "countersign refresh answer").unwrap();
        key.open(family.id.as_str().as_bytes(), &sealed).is_ok()
    };
    assert!(open(&refresh_token(&first), &family));
    assert!(!open(&refresh_token(&second), &family));
    assert!(!open(countersign_protocol::HandleHash::of(&refresh_token(&first)).as_str(), &family), "the stored hash");
    t.tokens("other", "openid");
    let stranger = t.store.all::<Family>().into_iter().find(|other| other.id != family.id).unwrap();
    assert!(!open(&refresh_token(&first), &stranger), "moved to another row");
}

#[test]
fn a_resource_is_chosen_among_those_of_the_authorization_request() {
    let mut t = Bench::new();
    let fields = t.ask("web", "read:files").again("resource", API).again("resource", VAULT);
    let code = t.authorize(&fields).get("code").unwrap();
    let both = t.redemption("web", &code);
    assert_eq!(t.token(&both).unwrap_err().rule, &shared::RESOURCE_SAME_FORMAT);
    let first = t.token(&both.set("resource", VAULT)).unwrap();
    assert!(first.access_token.starts_with("csat_"));
    let form = t.refreshing("web", &refresh_token(&first)).set("resource", API);
    let second = t.token(&form).unwrap();
    assert_eq!(t.introspect("api", &second.access_token).unwrap()["aud"], serde_json::json!([API]));
    let narrow = t.ask("web", "read:files").set("resource", API);
    let code = t.authorize(&narrow).get("code").unwrap();
    let form = t.redemption("web", &code).set("resource", VAULT);
    let refusal = t.token(&form).unwrap_err();
    assert_eq!((refusal.rule, refusal.code()), (&shared::RESOURCE_ALLOWED, ErrorCode::InvalidTarget));
}

#[test]
fn a_client_that_lost_the_grant_can_not_refresh() {
    let (mut t, first) = begun();
    t.update("web", |client: &mut Client| {
        client.grant_types.remove(&countersign_protocol::GrantType::RefreshToken);
    });
    assert_eq!(rule(&mut t, "web", &refresh_token(&first)), &shared::GRANT_ALLOWED);
}

#[test]
fn public_clients_rotate_as_well() {
    let mut t = Bench::new();
    let first = t.tokens("spa", "read:files");
    let second = t.refresh("spa", &refresh_token(&first)).unwrap();
    t.refresh("spa", &refresh_token(&second)).unwrap();
    assert_eq!(rule(&mut t, "spa", &refresh_token(&first)), &rules::NOT_REPLAYED);
    let unknown = Fields::of(&[("client_id", "spa"), ("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_eq!(t.token(&unknown).unwrap_err().rule, &rules::TOKEN_KNOWN);
}
