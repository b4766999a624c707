//! Revocation (RFC 7009): a refresh token takes its family along, an access token goes alone, only the owner may.

use countersign_protocol::ErrorCode;

use crate::{
    bench::{API, Bench, VAULT},
    records::{Access, Ended, Once},
    tokens::rules,
};

fn own(t: &mut Bench, resource: &str) -> String {
    let form = t.credentials("service").set("grant_type", "client_credentials").set("resource", resource);
    t.token(&form).unwrap().access_token
}

fn refresh_of(reply: &crate::token::TokenReply) -> String {
    reply.refresh_token.clone().unwrap()
}

#[test]
fn revoking_a_refresh_token_ends_its_family() {
    let mut t = Bench::new();
    let first = t.tokens("web", "openid read:files");
    let second = t.refresh("web", &refresh_of(&first)).unwrap();
    t.revoke("web", &refresh_of(&second)).unwrap();
    assert_eq!((t.family().ended, t.family().answer.clone()), (Some(Ended::Revoked), None));
    for reply in [&first, &second] {
        assert!(!t.is_active(&reply.access_token));
        assert_eq!(t.refresh("web", &refresh_of(reply)).unwrap_err().rule.id, "refresh.family_alive");
    }
}

#[test]
fn an_old_refresh_token_ends_the_family_as_well() {
    let mut t = Bench::new();
    let first = t.tokens("spa", "read:files");
    let second = t.refresh("spa", &refresh_of(&first)).unwrap();
    t.revoke("spa", &refresh_of(&first)).unwrap();
    assert!(!t.is_active(&second.access_token));
}

#[test]
fn revoking_an_access_token_leaves_the_others_and_the_refresh_token() {
    let mut t = Bench::new();
    for resource in [API, VAULT] {
        let fields = t.ask("web", "read:files").set("resource", resource);
        let code = t.authorize(&fields).get("code").unwrap();
        let first = t.redeem("web", &code).unwrap();
        let second = t.refresh("web", &refresh_of(&first)).unwrap();
        t.revoke("web", &first.access_token).unwrap();
        assert!(!t.is_active(&first.access_token) && t.is_active(&second.access_token), "{resource}");
        t.revoke("web", &second.access_token).unwrap();
        assert!(!t.is_active(&second.access_token));
        let third = t.refresh("web", &refresh_of(&second)).unwrap();
        assert!(t.is_active(&third.access_token), "{resource}");
    }
}

#[test]
fn a_client_can_not_revoke_what_is_anothers() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "read:files");
    let tokens = [reply.access_token.clone(), refresh_of(&reply), own(&mut t, API), own(&mut t, VAULT)];
    for token in &tokens {
        for stranger in ["other", "spa", "api"] {
            let refusal = t.revoke(stranger, token).unwrap_err();
            assert_eq!((refusal.rule, refusal.code()), (&rules::REVOKE_OWN, ErrorCode::InvalidGrant), "{stranger}");
        }
    }
    assert_eq!(t.family().ended, None);
    assert!(tokens.iter().filter(|token| !token.starts_with("csrt_")).all(|token| t.is_active(token)));
}

#[test]
fn a_clients_own_token_can_be_revoked_in_both_forms() {
    let mut t = Bench::new();
    for resource in [API, VAULT] {
        let (one, two) = (own(&mut t, resource), own(&mut t, resource));
        t.revoke("service", &one).unwrap();
        assert!(!t.is_active(&one) && t.is_active(&two), "{resource}");
        t.revoke("service", &one).unwrap();
    }
    let remembered = t.store.all::<Once>();
    assert_eq!(remembered.len(), 1, "the JWT, which had no row to remove");
    let end = t.now.plus(t.policy.ttl.access);
    assert!(remembered[0].expires_at >= end, "for as long as it would have been good");
}

#[test]
fn what_is_dead_or_unknown_already_is_no_error_and_changes_nothing() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid");
    t.revoke("web", &refresh_of(&reply)).unwrap();
    let before = t.store.dump().len();
    let id_token = reply.id_token.clone().unwrap();
    for token in [refresh_of(&reply), id_token, String::new(), "x".to_owned(), "csrt_x".to_owned()] {
        t.revoke("web", &token).unwrap();
        t.revoke("other", "x").unwrap();
        assert_eq!(t.store.dump().len(), before, "{token}");
    }
    t.now = t.now.plus(t.policy.ttl.access);
    t.revoke("web", &reply.access_token).unwrap();
    t.revoke("other", &reply.access_token).unwrap();
    assert_eq!(t.store.all::<Access>().len(), 1, "an expired token is left to the sweeper");
}

/// M14: an ID token is no handle on anything, not even for ending it.
#[test]
fn an_id_token_revokes_nothing() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid read:files");
    t.revoke("web", reply.id_token.as_deref().unwrap()).unwrap();
    assert!(t.is_active(&reply.access_token));
    assert!(t.refresh("web", &refresh_of(&reply)).is_ok());
}

#[test]
fn of_two_revocations_at_once_the_second_finds_it_done() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "read:files");
    let client = t.authenticate(None, &t.credentials("web")).unwrap();
    let presented = t.identify(&refresh_of(&reply));
    let decide = |t: &mut Bench| {
        let facts = crate::bench::presented_facts(&t.store, &presented);
        crate::tokens::revoke::decide(&mut crate::Cx::new(t.now, &mut t.entropy), &client, &presented, facts)
    };
    let (one, two) = (decide(&mut t), decide(&mut t));
    assert!(t.commit(one).is_some());
    assert!(t.commit(two).is_none());
    let again = decide(&mut t);
    assert!(again.writes.is_empty());
    assert!(t.commit(again).unwrap().is_ok());
}
