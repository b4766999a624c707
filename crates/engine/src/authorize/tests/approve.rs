//! From what the user said to a code, and what is remembered of it.

use countersign_protocol::{Handle, HandleHash, HandleKind, Timestamp, Ttl};

use crate::{
    Cx, Plan, Stored,
    authorize::{Approval, Consent, Facts, Response, Step, ValidatedRequest, approve, next_step, refuse, rules},
    bench::{Bench, Fields, ISSUER, T0, browser_id, scopes},
    cx::Check,
    records::{Authorization, Client, Code, CodeState, Family, Interaction},
};

fn ask(t: &mut Bench, scope: &str) -> ValidatedRequest {
    t.validated(&t.ask("web", scope))
}

/// Alice leaves these of the asked scopes ticked.
fn tick(t: &mut Bench, asked: &str, ticked: &str) -> Fields {
    let request = ask(t, asked);
    let plan = t.approval(request, Consent::Given(scopes(ticked).into()));
    Fields::response(&t.commit(plan).unwrap())
}

fn stored_code(t: &Bench, response: &Fields) -> Stored<Code> {
    let text = response.get("code").unwrap();
    let hash = Handle::parse(HandleKind::Code, &text).unwrap().hash();
    t.store.find(hash.as_str()).unwrap()
}

fn authorization(t: &Bench) -> Stored<Authorization> {
    let mut all = t.store.all::<Authorization>();
    assert_eq!(all.len(), 1, "authorizations");
    all.remove(0)
}

fn waiting(t: &mut Bench, request: &ValidatedRequest) -> Stored<Interaction> {
    let hash = HandleHash::of("interaction");
    t.insert(&Interaction {
        hash: hash.clone(),
        browser: browser_id(),
        request: request.clone(),
        chosen: None,
        began_at: "as.example".to_owned(),
        created_at: t.now,
        expires_at: t.now.plus(Ttl::minutes(30)),
    });
    t.store.find(hash.as_str()).unwrap()
}

fn approve_waiting(t: &mut Bench, interaction: &Stored<Interaction>, ticked: &str) -> Plan<Response> {
    let account = t.account("alice", &interaction.request.client);
    let (request, consent) = (interaction.request.clone(), Consent::Given(scopes(ticked).into()));
    let approval = Approval { request, account: &account, consent, interaction: Some(interaction) };
    approve(&mut Cx::new(t.now, &mut t.entropy), &t.policy, approval)
}

/// The administrator has approved for everybody; what an app wants to be asked is asked.
#[test]
fn users_of_a_first_party_are_asked_for_nothing_unless_it_wants_that() {
    for (first_party, prompt, asked) in [(false, "", true), (true, "", false), (true, "consent", true)] {
        let mut t = Bench::new();
        t.update("web", |client: &mut Client| client.first_party = first_party);
        let fields = t.ask("web", "openid read:files").set("prompt", prompt);
        let request = t.validated(&fields);
        let (client, accounts) = (t.client("web"), [t.account("alice", &request.client)]);
        let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
        let step = next_step(&mut Cx::new(t.now, &mut t.entropy), &request, &facts);
        assert_eq!(matches!(step, Step::Consent(_)), asked, "{first_party} {prompt}");
        let plan = t.approval(request, Consent::Earlier);
        let response = Fields::response(&t.commit(plan).unwrap());
        assert_eq!(response.get("code").is_some(), first_party, "{response:?}");
        if first_party {
            assert_eq!(authorization(&t).scope, scopes("openid read:files"));
        }
    }
}

/// What the administrator said for everybody is no approval of theirs, once the administrator says so no more.
#[test]
fn who_was_never_asked_is_asked_when_the_app_is_a_first_party_no_more() {
    let mut t = Bench::new();
    let first_party = |t: &mut Bench, is: bool| t.update("web", |client: &mut Client| client.first_party = is);
    let asked = |t: &mut Bench, scope: &str| {
        let request = ask(t, scope);
        let (client, accounts) = (t.client("web"), [t.account("alice", &request.client)]);
        let facts = Facts { client: &client, accounts: &accounts, chosen: None, began: None };
        matches!(next_step(&mut Cx::new(t.now, &mut t.entropy), &request, &facts), Step::Consent(_))
    };
    let answered = |t: &mut Bench, scope: &str, consent: Consent| {
        let request = ask(t, scope);
        let plan = t.approval(request, consent);
        Fields::response(&t.commit(plan).unwrap()).get("code").is_some()
    };
    assert!(answered(&mut t, "openid", Consent::Given(scopes("openid").into())));
    first_party(&mut t, true);
    assert!(!asked(&mut t, "openid read:files") && answered(&mut t, "openid read:files", Consent::Earlier));
    assert!(!asked(&mut t, "openid read:files"));
    first_party(&mut t, false);
    assert!(asked(&mut t, "openid read:files") && asked(&mut t, "openid"), "some of it is not the user's word");
    assert!(!answered(&mut t, "openid", Consent::Earlier));
    assert!(answered(&mut t, "openid", Consent::Given(scopes("openid").into())));
    assert_eq!(authorization(&t).scope, scopes("openid"), "the rest was nobody's any more");
    assert!(!asked(&mut t, "openid") && asked(&mut t, "openid read:files"));
}

#[test]
fn a_code_is_bound_to_everything_that_it_was_issued_for() {
    let mut t = Bench::new();
    let fields = t.ask("web", "openid read:files").set("nonce", "n-1").set("resource", "https://vault.example");
    let request = t.validated(&fields);
    let plan = t.approval(request.clone(), Consent::Given(scopes("openid read:files").into()));
    let response = Fields::response(&t.commit(plan).unwrap());
    assert_eq!(response.get("state").as_deref(), Some("state-1"));
    assert_eq!(response.get("iss").as_deref(), Some(ISSUER));
    let session = t.account("alice", &request.client).session;
    let expected = Code {
        hash: HandleHash::of(&response.get("code").unwrap()),
        state: CodeState::Unused,
        client: request.client.clone(),
        redirect_uri: request.target.uri().clone(),
        challenge: request.challenge.clone(),
        authorization: authorization(&t).id.clone(),
        subject: session.subject.clone(),
        session: session.id.clone(),
        auth_time: T0,
        amr: vec!["pwd".to_owned()],
        acr: Some("1".to_owned()),
        wanted: crate::claims::Wanted::default(),
        scope: scopes("openid read:files"),
        resources: vec!["https://vault.example".to_owned()],
        nonce: Some("n-1".to_owned()),
        flow: request.flow.clone(),
        issued_at: T0,
        expires_at: T0.plus(Ttl::secs(60)),
        forget_at: T0.plus(Ttl::days(1)),
    };
    assert_eq!(stored_code(&t, &response).into_inner(), expected);
    assert!(!t.store.dump().contains(&response.get("code").unwrap()), "rows hold the hash");
}

#[test]
fn the_user_narrows_and_never_widens_what_was_asked() {
    for (asked, ticked, granted) in [
        ("read:files read:profile", "read:files", "read:files"),
        ("read:files", "read:files read:profile admin", "read:files"),
        ("openid read:files", "", "openid"),
        ("openid read:files", "read:files", "openid read:files"),
        ("read:files", "openid read:files", "read:files"),
        ("", "", ""),
    ] {
        let mut t = Bench::new();
        let response = tick(&mut t, asked, ticked);
        assert_eq!(stored_code(&t, &response).scope, scopes(granted), "{asked} / {ticked}");
        assert_eq!(authorization(&t).scope, scopes(granted));
    }
}

#[test]
fn where_nothing_is_left_the_client_gets_access_denied_and_nothing_is_remembered() {
    let mut t = Bench::new();
    let response = tick(&mut t, "read:files read:profile", "");
    assert_eq!(response.get("error").as_deref(), Some("access_denied"));
    assert_eq!((response.get("code"), response.get("state").as_deref()), (None, Some("state-1")));
    assert_eq!(response.get("iss").as_deref(), Some(ISSUER));
    assert_eq!(t.checks, [Check { rule: &rules::USER_APPROVED, ok: false }]);
    assert!(t.store.all::<Authorization>().is_empty() && t.store.all::<Code>().is_empty());
}

#[test]
fn approving_more_widens_the_one_approval_and_keeps_its_name() {
    let mut t = Bench::new();
    tick(&mut t, "read:files", "read:files");
    let first = authorization(&t);
    t.advance(Ttl::secs(5));
    tick(&mut t, "read:profile", "read:profile");
    let second = authorization(&t);
    assert_eq!(second.scope, scopes("read:files read:profile"), "what was not asked now stays");
    assert_eq!((&second.id, second.created_at), (&first.id, first.created_at));
}

#[test]
fn unticking_what_was_approved_before_takes_it_back_from_the_tokens_too() {
    let mut t = Bench::new();
    let first = t.tokens("web", "read:files read:profile");
    tick(&mut t, "read:files read:profile", "read:files");
    assert_eq!(authorization(&t).scope, scopes("read:files"));
    let refreshed = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    assert_eq!(refreshed.scope, scopes("read:files"));
}

#[test]
fn an_approval_of_one_user_or_client_is_nobody_elses() {
    let mut t = Bench::new();
    tick(&mut t, "read:files", "read:files");
    let web = t.client("web").id.clone();
    t.sign_in("bob");
    assert!(t.account("alice", &web).authorization.is_some());
    assert!(t.account("bob", &web).authorization.is_none());
    assert!(t.account("alice", &t.client("other").id.clone()).authorization.is_none());
}

#[test]
fn an_earlier_approval_is_relied_on_without_a_change() {
    let mut t = Bench::new();
    tick(&mut t, "read:files", "read:files");
    let before = authorization(&t);
    let request = ask(&mut t, "read:files");
    let plan = t.approval(request, Consent::Earlier);
    let response = Fields::response(&t.commit(plan).unwrap());
    assert_eq!(stored_code(&t, &response).authorization, before.id);
    assert_eq!(authorization(&t), before, "revision included");
}

#[test]
fn a_revocation_between_look_and_commit_wins_over_an_earlier_approval() {
    let mut t = Bench::new();
    tick(&mut t, "read:files", "read:files");
    let request = ask(&mut t, "read:files");
    let plan = t.approval(request, Consent::Earlier);
    let key = Authorization::key_of(&authorization(&t).client, &authorization(&t).subject);
    t.delete::<Authorization>(&key);
    let codes = t.store.all::<Code>().len();
    assert!(t.commit(plan).is_none());
    assert_eq!(t.store.all::<Code>().len(), codes);
}

#[test]
fn an_earlier_approval_gives_no_more_than_it_covers() {
    let mut t = Bench::new();
    tick(&mut t, "read:files", "read:files");
    let request = ask(&mut t, "read:files read:profile");
    let plan = t.approval(request, Consent::Earlier);
    let response = Fields::response(&t.commit(plan).unwrap());
    assert_eq!(stored_code(&t, &response).scope, scopes("read:files"));
    assert_eq!(authorization(&t).scope, scopes("read:files"));
}

#[test]
fn without_an_earlier_approval_there_is_nothing_to_rely_on() {
    for scope in ["read:files", ""] {
        let mut t = Bench::new();
        let request = ask(&mut t, scope);
        let plan = t.approval(request, Consent::Earlier);
        let response = Fields::response(&t.commit(plan).unwrap());
        assert_eq!(response.get("error").as_deref(), Some("access_denied"), "{scope:?}");
        assert!(t.store.all::<Authorization>().is_empty());
    }
}

/// CVE-2026-18963's lesson for this place: a step that was taken can't be taken again.
#[test]
fn an_interaction_is_answered_once() {
    let mut t = Bench::new();
    let request = ask(&mut t, "read:files");
    let interaction = waiting(&mut t, &request);
    let first = approve_waiting(&mut t, &interaction, "read:files");
    let second = approve_waiting(&mut t, &interaction, "read:files");
    assert!(t.commit(first).is_some());
    assert!(t.commit(second).is_none());
    assert_eq!((t.store.all::<Code>().len(), t.store.all::<Interaction>().len()), (1, 0));
}

#[test]
fn a_refused_interaction_is_over_as_well() {
    let mut t = Bench::new();
    let request = ask(&mut t, "read:files");
    let interaction = waiting(&mut t, &request);
    let nothing = approve_waiting(&mut t, &interaction, "");
    let denied = countersign_protocol::Refusal::of(&rules::USER_APPROVED);
    let cancelled = refuse(&t.policy, request, Some(&interaction), &denied);
    let response = Fields::response(&t.commit(cancelled).unwrap());
    assert_eq!(response.get("error").as_deref(), Some("access_denied"));
    assert_eq!(response.get("iss").as_deref(), Some(ISSUER));
    assert!(t.commit(nothing).is_none());
    assert!(t.store.all::<Interaction>().is_empty());
}

#[test]
fn two_first_approvals_at_once_make_one_authorization() {
    let mut t = Bench::new();
    let (one, two) = (ask(&mut t, "read:files"), ask(&mut t, "read:profile"));
    let one = t.approval(one, Consent::Given(scopes("read:files").into()));
    let lost = t.approval(two.clone(), Consent::Given(scopes("read:profile").into()));
    assert!(t.commit(one).is_some());
    assert!(t.commit(lost).is_none());
    let again = t.approval(two, Consent::Given(scopes("read:profile").into()));
    assert!(t.commit(again).is_some());
    assert_eq!(authorization(&t).scope, scopes("read:files read:profile"));
}

/// A revoked approval and a later one differ, so that old codes and tokens stay dead (CVE-2026-43983).
#[test]
fn approving_anew_after_a_revocation_does_not_revive_old_tokens() {
    let mut t = Bench::new();
    let old = t.tokens("web", "read:files");
    let old_code = t.code("web", "read:files");
    let key = Authorization::key_of(&authorization(&t).client, &authorization(&t).subject);
    t.delete::<Authorization>(&key);
    let new = t.tokens("web", "read:files");
    assert!(t.is_active(&new.access_token));
    assert!(!t.is_active(&old.access_token));
    assert_eq!(t.refresh("web", old.refresh_token.as_deref().unwrap()).unwrap_err().rule.id, "token.consent_alive");
    assert_eq!(t.redeem("web", &old_code).unwrap_err().rule.id, "token.consent_alive");
}

#[test]
fn a_code_is_remembered_long_after_it_expired() {
    let mut t = Bench::new();
    let response = tick(&mut t, "read:files", "read:files");
    let code = stored_code(&t, &response);
    let forgotten: Option<Timestamp> = crate::records::Record::expires_at(&*code);
    assert!(forgotten.unwrap() >= code.expires_at.plus(Ttl::minutes(10)), "a replay is still known as one");
    assert!(t.store.all::<Family>().is_empty());
}
