//! What the driver does for every grant, and the table of who is gone × which grant.

use countersign_protocol::{ErrorCode, Rule, Subject};

use crate::{
    Cx, Fault,
    bench::{Bench, Fields, VAULT, keys, scopes},
    records::{Authorization, Client, User},
    token::{Facts, GrantRequest, Realm, decide, rules},
};

const GRANTS: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

/// A request in order of each grant, by the client `web`.
fn request(t: &mut Bench, grant: &str, scope: &str) -> Fields {
    t.update("web", |client: &mut Client| client.grant_types = all());
    match grant {
        "authorization_code" => {
            let code = t.code("web", scope);
            t.redemption("web", &code)
        }
        "refresh_token" => {
            let token = t.tokens("web", scope).refresh_token.unwrap();
            t.refreshing("web", &token)
        }
        _ => {
            t.code("web", scope);
            t.credentials("web").set("grant_type", "client_credentials")
        }
    }
}

fn all() -> std::collections::BTreeSet<countersign_protocol::GrantType> {
    countersign_protocol::GrantType::ALL.iter().copied().collect()
}

fn refused(t: &mut Bench, form: &Fields) -> &'static Rule {
    t.token(form).unwrap_err().rule
}

#[test]
fn a_request_names_a_grant_that_exists() {
    let mut t = Bench::new();
    let form = t.credentials("web");
    let table: &[(&str, &Rule, ErrorCode)] = &[
        ("", &rules::GRANT_TYPE_PRESENT, ErrorCode::InvalidRequest),
        ("password", &rules::NO_PASSWORD_GRANT, ErrorCode::UnsupportedGrantType),
        ("implicit", &rules::GRANT_TYPE_KNOWN, ErrorCode::UnsupportedGrantType),
        ("Authorization_Code", &rules::GRANT_TYPE_KNOWN, ErrorCode::UnsupportedGrantType),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", &rules::GRANT_TYPE_KNOWN, ErrorCode::UnsupportedGrantType),
        ("urn:ietf:params:oauth:grant-type:token-exchange", &rules::GRANT_TYPE_KNOWN, ErrorCode::UnsupportedGrantType),
    ];
    for (name, rule, code) in table {
        let refusal = t.token(&form.clone().set("grant_type", name)).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (*rule, *code), "{name}");
    }
    assert_eq!(refused(&mut t, &form), &rules::GRANT_TYPE_PRESENT);
}

/// GO-2026-5231, CVE-2026-79652: a grant that forgot what the others check.
#[test]
fn no_grant_works_for_a_client_that_is_not_registered_for_it() {
    for grant in GRANTS {
        let mut t = Bench::new();
        let form = request(&mut t, grant, "read:files");
        t.update("web", |client: &mut Client| client.grant_types.retain(|own| own.as_str() != grant));
        let refusal = t.token(&form).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::GRANT_ALLOWED, ErrorCode::UnauthorizedClient), "{grant}");
        t.update("web", |client: &mut Client| client.grant_types = all());
        assert!(t.token(&form).is_ok(), "{grant}: the refusal spent nothing");
    }
}

type End = fn(&mut Bench);

fn alices() -> String {
    let client = countersign_protocol::ClientId::parse("web").unwrap();
    Authorization::key_of(&client, &Subject::parse("u_alice").unwrap())
}

/// Who may go, what that ends, and by which rule; `None`: that grant does not depend on it.
const ENDS: &[(&str, End, [Option<&str>; 3])] = &[
    (
        "user disabled",
        |t| t.update("u_alice", |user: &mut User| user.enabled = false),
        [Some("token.user_enabled"), Some("token.user_enabled"), None],
    ),
    ("user deleted", |t| t.delete::<User>("u_alice"), [Some("token.user_enabled"), Some("token.user_enabled"), None]),
    (
        "consent revoked",
        |t| t.delete::<Authorization>(&alices()),
        [Some("token.consent_alive"), Some("token.consent_alive"), None],
    ),
    (
        "client disabled",
        |t| t.update("web", |client: &mut Client| client.enabled = false),
        [Some("client_auth.enabled"); 3],
    ),
    ("client deleted", |t| t.delete::<Client>("web"), [Some("client_auth.authenticated"); 3]),
    ("another user disabled", |t| t.update("u_bob", |user: &mut User| user.enabled = false), [None; 3]),
    ("another client disabled", |t| t.update("other", |client: &mut Client| client.enabled = false), [None; 3]),
];

/// CVE-2026-43983, GHSA-wv3h-x6c4-r867, CVE-2025-64521, CVE-2024-47000, CVE-2024-46999: each principal × gone × grant.
#[test]
fn whoever_is_disabled_or_gone_ends_every_grant_that_depends_on_them() {
    for (what, end, by) in ENDS {
        for (grant, expected) in GRANTS.into_iter().zip(by) {
            let mut t = Bench::new();
            let form = request(&mut t, grant, "openid read:files");
            end(&mut t);
            let outcome = t.token(&form).map_err(|refusal| refusal.rule.id);
            assert_eq!(outcome.err(), *expected, "{what} × {grant}");
        }
    }
}

#[test]
fn the_rules_of_the_table_are_the_shared_ones() {
    assert_eq!((rules::USER_ENABLED.id, rules::USER_ENABLED.on_fail), ("token.user_enabled", ErrorCode::InvalidGrant));
    assert_eq!(
        (rules::CONSENT_ALIVE.id, rules::CONSENT_ALIVE.on_fail),
        ("token.consent_alive", ErrorCode::InvalidGrant)
    );
}

/// A code that is redeemed while its user signs out must not leave a family behind that nothing ends.
#[test]
fn signing_out_ends_a_code_but_for_offline_access() {
    for (scope, survives) in [("openid read:files", false), ("openid read:files offline_access", true)] {
        let mut t = Bench::new();
        let code = t.code("web", scope);
        t.sign_out("alice");
        let outcome = t.redeem("web", &code).map_err(|refusal| refusal.rule);
        assert_eq!(outcome.is_ok(), survives, "{scope}");
        assert_eq!(
            outcome.err().unwrap_or(&crate::grants::authorization_code::rules::SESSION_ALIVE),
            &crate::grants::authorization_code::rules::SESSION_ALIVE
        );
    }
}

/// GHSA-895x-rfqp-jh5c: what a sign-out ends, and what was approved to outlive it.
#[test]
fn signing_out_ends_refreshing_but_for_offline_access() {
    for (scope, survives) in [("openid read:files", false), ("openid read:files offline_access", true)] {
        let mut t = Bench::new();
        let form = request(&mut t, "refresh_token", scope);
        t.sign_out("alice");
        let outcome = t.token(&form).map_err(|refusal| refusal.rule.id);
        assert_eq!(outcome.is_ok(), survives, "{scope}");
        assert_eq!(outcome.err().unwrap_or("refresh.family_alive"), "refresh.family_alive");
    }
}

/// CVE-2026-43983's class: limits that were set after the approval.
#[test]
fn a_scope_that_was_taken_from_the_client_or_from_the_server_is_not_given_out_any_more() {
    let cut: [(&str, End); 2] = [
        ("client", |t| t.update("web", |client: &mut Client| client.scope = scopes("read:profile admin"))),
        ("server", |t| t.policy.scopes.retain(|info| info.scope.as_str() == "read:profile")),
    ];
    for (who, cut) in cut {
        for grant in GRANTS {
            let mut t = Bench::new();
            let form = request(&mut t, grant, "read:files read:profile");
            cut(&mut t);
            if grant != "authorization_code" {
                let refusal = t.token(&form.clone().set("scope", "read:files")).unwrap_err();
                assert_eq!(refusal.code(), ErrorCode::InvalidScope, "{who} × {grant}");
            }
            t.policy.scopes.retain(|info| info.scope.as_str() != "admin");
            assert_eq!(t.token(&form).unwrap().scope, scopes("read:profile"), "{who} × {grant}");
        }
    }
}

#[test]
fn a_malformed_scope_is_refused_wherever_it_may_stand() {
    for grant in ["refresh_token", "client_credentials"] {
        let mut t = Bench::new();
        let form = request(&mut t, grant, "read:files").set("scope", "read:files  read:profile");
        let refusal = t.token(&form).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::SCOPE_FORM, ErrorCode::InvalidScope), "{grant}");
    }
}

#[test]
fn resources_of_two_forms_do_not_share_a_token() {
    for grant in GRANTS {
        let mut t = Bench::new();
        let form = request(&mut t, grant, "read:files").again("resource", VAULT);
        let both = form.clone().again("resource", crate::bench::API);
        let refusal = t.token(&both).unwrap_err();
        assert_eq!((refusal.rule, refusal.code()), (&rules::RESOURCE_SAME_FORMAT, ErrorCode::InvalidTarget), "{grant}");
        let unknown = form.clone().again("resource", "https://unknown.example");
        assert_eq!(refused(&mut t, &unknown), &rules::RESOURCE_ALLOWED, "{grant}");
        assert!(t.token(&form).is_ok(), "{grant}: nothing was spent");
    }
}

#[test]
fn facts_of_another_grant_are_a_fault_and_not_an_answer() {
    let mut t = Bench::new();
    let form = request(&mut t, "client_credentials", "");
    let client = t.authenticate(None, &form).unwrap();
    let realm = Realm { policy: &t.policy, keys: keys() };
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let request = GrantRequest::parse(&mut cx, &form.params()).unwrap();
    let facts = Facts::RefreshToken(crate::grants::refresh_token::Facts::default());
    let outcome = decide(&mut cx, realm, &client, &request, facts);
    assert!(matches!(outcome, Err(Fault::Inconsistent(_))));
}
