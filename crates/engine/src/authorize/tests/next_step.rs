//! The dispatcher as a table: who is signed in, what was chosen, what the client wants, what was approved before.

use countersign_protocol::{AuthorizationId, Refusal, ScopeSet, Ttl};

use super::says;
use crate::{
    Cx, Revision, Stored,
    authorize::{Account, Facts, Step, next_step, rules},
    bench::{Bench, Seeded, T0, scopes},
    records::Authorization,
};

/// Everybody here signed in at `T0`; it is 100 seconds later now.
struct Case {
    who: &'static [&'static str],
    chosen: Option<&'static str>,
    /// Seconds after `T0` at which the interaction began.
    began: Option<i64>,
    asks: &'static [(&'static str, &'static str)],
    client: &'static str,
    /// What everybody approved for the client before.
    approved: Option<&'static str>,
    step: &'static str,
}

const BASE: Case = Case {
    who: &["alice"],
    chosen: None,
    began: None,
    asks: &[],
    client: "web",
    approved: Some("openid read:files"),
    step: "",
};

const NEW: &[&str] = &[];
const TWO: &[&str] = &["alice", "bob"];

const TABLE: &[Case] = &[
    // prompt=create: until somebody signed in after the request came, with whatever account.
    Case { who: NEW, asks: &[("prompt", "create")], step: "sign up", ..BASE },
    Case { asks: &[("prompt", "create")], step: "sign up", ..BASE },
    Case { asks: &[("prompt", "create"), ("login_hint", "alice")], step: "sign up", ..BASE },
    Case { asks: &[("prompt", "create")], chosen: Some("alice"), began: Some(1), step: "sign up", ..BASE },
    Case { asks: &[("prompt", "create")], began: Some(-9), step: "sign up", ..BASE },
    Case { asks: &[("prompt", "create")], chosen: Some("alice"), began: Some(-9), step: "finish alice", ..BASE },
    Case {
        asks: &[("prompt", "create login consent")],
        chosen: Some("alice"),
        began: Some(-9),
        step: "consent alice",
        ..BASE
    },
    // Nobody.
    Case { who: NEW, step: "sign in", ..BASE },
    Case { who: NEW, asks: &[("prompt", "login")], step: "sign in", ..BASE },
    Case { who: NEW, asks: &[("prompt", "select_account")], step: "sign in", ..BASE },
    Case { who: NEW, asks: &[("prompt", "none")], step: "login_required", ..BASE },
    // Approved before: the same, more, less, nothing.
    Case { step: "finish alice", ..BASE },
    Case { approved: Some("openid read:files read:profile"), step: "finish alice", ..BASE },
    Case { approved: Some("openid"), step: "consent alice", ..BASE },
    Case { approved: None, step: "consent alice", ..BASE },
    Case { approved: None, asks: &[("scope", "")], step: "consent alice", ..BASE },
    Case { approved: Some(""), asks: &[("scope", "")], step: "finish alice", ..BASE },
    Case { asks: &[("prompt", "none")], step: "finish alice", ..BASE },
    Case { asks: &[("prompt", "none")], approved: Some("openid"), step: "consent_required", ..BASE },
    Case { asks: &[("prompt", "none")], approved: None, step: "consent_required", ..BASE },
    Case { asks: &[("prompt", "consent")], step: "consent alice", ..BASE },
    // offline_access: by the user's own consent, now or earlier (OpenID Connect Core §11).
    Case { asks: &[("scope", "openid offline_access")], step: "consent alice", ..BASE },
    Case { asks: &[("scope", "openid offline_access"), ("prompt", "none")], step: "consent_required", ..BASE },
    Case {
        asks: &[("scope", "openid offline_access")],
        approved: Some("openid offline_access"),
        step: "finish alice",
        ..BASE
    },
    // prompt=login: a sign-in after the request came.
    Case { asks: &[("prompt", "login")], step: "again alice", ..BASE },
    Case { asks: &[("prompt", "login")], began: Some(1), step: "again alice", ..BASE },
    Case { asks: &[("prompt", "login")], began: Some(0), step: "finish alice", ..BASE },
    Case { asks: &[("prompt", "login")], began: Some(-9), step: "finish alice", ..BASE },
    Case { asks: &[("prompt", "login consent")], step: "again alice", ..BASE },
    Case { asks: &[("prompt", "login consent")], began: Some(-9), step: "consent alice", ..BASE },
    // max_age.
    Case { asks: &[("max_age", "100")], step: "finish alice", ..BASE },
    Case { asks: &[("max_age", "99")], step: "again alice", ..BASE },
    Case { asks: &[("max_age", "0")], step: "again alice", ..BASE },
    Case { asks: &[("max_age", "99")], began: Some(50), step: "again alice", ..BASE },
    Case { asks: &[("max_age", "0")], began: Some(-9), step: "finish alice", ..BASE },
    Case { asks: &[("max_age", "99"), ("prompt", "none")], step: "login_required", ..BASE },
    Case { asks: &[("max_age", "100"), ("prompt", "none")], step: "finish alice", ..BASE },
    // Several accounts, hints, choices.
    Case { who: TWO, step: "choose", ..BASE },
    Case { who: TWO, asks: &[("prompt", "none")], step: "account_selection_required", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "bob")], step: "finish bob", ..BASE },
    Case { who: TWO, asks: &[("login_hint", " BOB ")], step: "finish bob", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "bob"), ("prompt", "none")], step: "finish bob", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "carol")], step: "sign in", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "carol"), ("prompt", "none")], step: "login_required", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "Bob@Example.COM")], step: "finish bob", ..BASE },
    Case { who: TWO, chosen: Some("bob"), asks: &[("login_hint", "carol")], step: "finish bob", ..BASE },
    Case { who: TWO, asks: &[("login_hint", "bob"), ("prompt", "select_account")], step: "choose", ..BASE },
    Case { who: TWO, chosen: Some("bob"), step: "finish bob", ..BASE },
    Case { who: TWO, chosen: Some("bob"), asks: &[("login_hint", "alice")], step: "finish bob", ..BASE },
    Case { who: TWO, chosen: Some("bob"), asks: &[("prompt", "select_account")], step: "finish bob", ..BASE },
    Case { who: TWO, chosen: Some("bob"), approved: None, step: "consent bob", ..BASE },
    Case { who: TWO, chosen: Some("bob"), asks: &[("prompt", "login")], step: "again bob", ..BASE },
    Case { asks: &[("prompt", "select_account")], step: "choose", ..BASE },
    Case { asks: &[("login_hint", "carol")], step: "sign in", ..BASE },
    Case { asks: &[("login_hint", "carol"), ("prompt", "select_account")], step: "choose", ..BASE },
    Case { chosen: Some("bob"), step: "sign in", ..BASE },
    Case { who: NEW, chosen: Some("bob"), step: "sign in", ..BASE },
    // A public client that any program on the device can imitate is never approved silently.
    Case { client: "phone", step: "consent alice", ..BASE },
    Case { client: "phone", asks: &[("redirect_uri", "com.example.phone:/callback")], step: "consent alice", ..BASE },
    Case { client: "phone", asks: &[("prompt", "none")], step: "consent_required", ..BASE },
    Case { client: "spa", step: "finish alice", ..BASE },
    Case { client: "older", asks: &[("redirect_uri", "http://127.0.0.1/callback")], step: "finish alice", ..BASE },
];

fn accounts(t: &mut Bench, case: &Case) -> Vec<Account> {
    let client = t.client(case.client).id.clone();
    let account = |(n, name): (usize, &&str)| {
        let mut account = t.account(name, &client);
        account.authorization = case.approved.map(|scope| {
            let authorization = Authorization {
                id: AuthorizationId::random(&mut Seeded(n as u64)),
                client: client.clone(),
                subject: account.user.subject.clone(),
                scope: scopes(scope),
                claims: std::collections::BTreeSet::new(),
                unasked: false,
                asked_at: None,
                offline_since: None,
                created_at: T0,
            };
            Stored::new(authorization, Revision(1))
        });
        account
    };
    case.who.iter().enumerate().map(account).collect()
}

fn two_signed_in() -> Bench {
    let mut t = Bench::new();
    t.policy.sign_up = true;
    t.sign_in("bob");
    t.advance(Ttl::secs(100));
    t
}

#[test]
fn the_next_step_follows_from_sessions_choice_prompt_age_hint_and_approval() {
    let mut t = two_signed_in();
    for (row, case) in TABLE.iter().enumerate() {
        let fields = t.ask(case.client, "openid read:files");
        let fields = case.asks.iter().fold(fields, |fields, (name, value)| fields.set(name, value));
        let request = t.validated(&fields);
        let accounts = accounts(&mut t, case);
        let chosen = case.chosen.map(|name| t.account(name, &request.client).session.id.clone());
        let client = t.client(case.client);
        let began = case.began.map(|secs| countersign_protocol::Timestamp::from_secs(T0.secs() + secs));
        let facts = Facts { client: &client, accounts: &accounts, chosen: chosen.as_ref(), began };
        let mut cx = Cx::new(t.now, &mut t.entropy);
        assert_eq!(says(&next_step(&mut cx, &request, &facts)), case.step, "row {row}: {:?}", case.asks);
    }
}

fn silent(who: usize, approved: Option<&'static str>) -> Refusal {
    let mut t = two_signed_in();
    let request = t.validated(&t.ask("web", "openid").set("prompt", "none"));
    let case = Case { who: &TWO[..who], approved, ..BASE };
    let (accounts, client) = (accounts(&mut t, &case), t.client("web"));
    let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
    match next_step(&mut Cx::new(t.now, &mut t.entropy), &request, &facts) {
        Step::Refuse(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn prompt_none_is_refused_by_the_rule_that_says_which_page_is_missing() {
    assert_eq!(silent(0, None).rule, &rules::LOGIN_NOT_NEEDED);
    assert_eq!(silent(2, Some("openid")).rule, &rules::ACCOUNT_NOT_AMBIGUOUS);
    assert_eq!(silent(1, None).rule, &rules::CONSENT_NOT_NEEDED);
}

#[test]
fn max_age_zero_wants_a_sign_in_after_the_request_even_within_the_same_second() {
    let mut t = Bench::new();
    for (max_age, expected) in [("0", "again alice"), ("1", "finish alice")] {
        let request = t.validated(&t.ask("web", "openid").set("max_age", max_age));
        let (accounts, client) = (accounts(&mut t, &BASE), t.client("web"));
        let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
        let mut cx = Cx::new(T0, &mut t.entropy);
        assert_eq!(says(&next_step(&mut cx, &request, &facts)), expected, "max_age={max_age}");
    }
}

#[test]
fn an_approval_of_other_scopes_of_the_same_number_does_not_cover() {
    let mut t = two_signed_in();
    let request = t.validated(&t.ask("web", "read:files"));
    let mut accounts = accounts(&mut t, &BASE);
    let client = t.client("web");
    for (approved, silently) in [("read:profile", false), ("read:files", true)] {
        let set: ScopeSet = scopes(approved);
        accounts[0].authorization.as_mut().unwrap().scope = set;
        let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
        let mut cx = Cx::new(t.now, &mut t.entropy);
        let step = next_step(&mut cx, &request, &facts);
        assert_eq!(matches!(step, Step::Finish(_)), silently, "{step:?}");
    }
}
