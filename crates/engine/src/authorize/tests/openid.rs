//! Whom the client expects, and how strongly they must have signed in (OpenID Connect Core §3.1.2.1, §3.1.2.2, §5.5.1).

use std::collections::BTreeSet;

use countersign_jose::{Algorithm, SigningKey};
use countersign_protocol::{ErrorCode, Timestamp, Ttl};
use serde_json::json;

use super::says;
use crate::{
    Cx, Keys, Pairwise,
    authorize::{
        Account, AcrRequest, AuthorizationRequest, Facts, Failure, Step, ValidatedRequest, next_step, rules, validate,
    },
    bench::{Bench, ISSUER, T0},
    records::KeyState,
};

/// An ID token that Alice's sign-in to that client brought.
fn id_token(t: &mut Bench, client: &str) -> String {
    t.tokens(client, "openid").id_token.unwrap()
}

#[test]
fn an_id_token_of_ours_is_a_hint_for_its_own_client_however_old() {
    let mut t = Bench::new();
    let (web, other) = (id_token(&mut t, "web"), id_token(&mut t, "other"));
    t.advance(Ttl::days(400));
    t.sign_in("alice");
    let fields = t.ask("web", "openid");
    let request = t.validated(&fields.clone().set("id_token_hint", &web));
    assert_eq!(request.openid.subjects, Some(BTreeSet::from(["u_alice".to_owned()])));
    assert_eq!(t.validated(&fields).openid.subjects, None);
    let Err(Failure::Redirect(_, refusal)) = t.validate(fields.set("id_token_hint", &other).encode().as_bytes()) else {
        panic!("accepted")
    };
    assert_eq!((refusal.rule, refusal.code()), (&rules::ID_TOKEN_HINT, ErrorCode::InvalidRequest));
}

#[test]
fn nothing_else_is_a_hint() {
    let mut t = Bench::new();
    let reply = t.tokens("web", "openid");
    let good = reply.id_token.unwrap();
    let (body, signature) = good.rsplit_once('.').unwrap();
    let stranger =
        Keys::new(vec![(KeyState::Current, SigningKey::generate(Algorithm::ES256).unwrap())], Pairwise::new([1; 32]));
    let key = t.keys.signing(Algorithm::ES256).unwrap();
    let sign = |key: &SigningKey, typ: &str, claims: serde_json::Value| key.sign(typ, &claims).unwrap();
    let claims = json!({"iss": ISSUER, "sub": "u_alice", "aud": "web", "iat": T0.secs(), "exp": T0.secs() + 300});
    let mut userinfo = claims.clone();
    userinfo.as_object_mut().unwrap().remove("exp");
    let mut elsewhere = claims.clone();
    elsewhere["iss"] = "https://another.example".into();
    let wrong = [
        "x".to_owned(),
        format!("{body}."),
        format!("{body}.{}", signature.chars().rev().collect::<String>()),
        reply.access_token,
        reply.refresh_token.unwrap(),
        sign(stranger.signing(Algorithm::ES256).unwrap(), "JWT", claims.clone()),
        sign(key, "logout+jwt", claims.clone()),
        sign(key, "JWT", userinfo),
        sign(key, "JWT", elsewhere),
    ];
    for hint in wrong {
        let fields = t.ask("web", "openid").set("id_token_hint", &hint);
        let Err(Failure::Redirect(_, refusal)) = t.validate(fields.encode().as_bytes()) else { panic!("{hint}") };
        assert_eq!(refusal.rule, &rules::ID_TOKEN_HINT, "{hint}");
    }
    let fields = t.ask("web", "openid").set("id_token_hint", &sign(key, "JWT", claims));
    assert!(t.validate(fields.encode().as_bytes()).is_ok());
}

#[test]
fn a_hint_that_nobody_looked_at_is_refused() {
    let mut t = Bench::new();
    let hint = id_token(&mut t, "web");
    let request = AuthorizationRequest::parse(t.ask("web", "openid").set("id_token_hint", &hint).encode().as_bytes());
    let client = t.client("web");
    let outcome = validate(&mut Cx::new(t.now, &mut t.entropy), &t.policy, request, Some(&client));
    assert!(matches!(outcome, Err(Failure::Redirect(_, refusal)) if refusal.rule == &rules::ID_TOKEN_HINT));
}

/// Alice and Bob are signed in unless `who` says otherwise; the client expects `expects`.
struct Expected {
    who: &'static [&'static str],
    expects: &'static [&'static str],
    chosen: Option<&'static str>,
    asks: &'static [(&'static str, &'static str)],
    step: &'static str,
}

const BOTH: Expected = Expected { who: &["alice", "bob"], expects: &["u_bob"], chosen: None, asks: &[], step: "" };

const EXPECTED: &[Expected] = &[
    Expected { step: "consent bob", ..BOTH },
    Expected { asks: &[("prompt", "none")], step: "consent_required", ..BOTH },
    Expected { asks: &[("login_hint", "alice")], step: "consent bob", ..BOTH },
    Expected { asks: &[("prompt", "login")], step: "again bob", ..BOTH },
    Expected { asks: &[("prompt", "select_account")], step: "choose", ..BOTH },
    Expected { who: &["alice"], step: "sign in", ..BOTH },
    Expected { who: &["alice"], asks: &[("prompt", "none")], step: "login_required", ..BOTH },
    Expected { who: &[], step: "sign in", ..BOTH },
    Expected { who: &[], asks: &[("prompt", "none")], step: "login_required", ..BOTH },
    // Whoever signs in instead, or is chosen: the client gets no answer about them.
    Expected { chosen: Some("alice"), step: "login_required", ..BOTH },
    Expected { who: &["alice"], chosen: Some("alice"), step: "login_required", ..BOTH },
    Expected { chosen: Some("bob"), step: "consent bob", ..BOTH },
    // One of several, and nobody at all.
    Expected { expects: &["u_alice", "u_bob"], step: "choose", ..BOTH },
    Expected { expects: &["u_alice", "u_carol"], step: "consent alice", ..BOTH },
    Expected { expects: &[], step: "sign in", ..BOTH },
    Expected { expects: &[], chosen: Some("bob"), step: "login_required", ..BOTH },
];

fn step_of(t: &mut Bench, request: &ValidatedRequest, accounts: &[Account], chosen: Option<&str>) -> String {
    let client = t.client(request.client.as_str());
    let chosen = chosen.map(|name| t.account(name, &request.client).session.id.clone());
    let facts = Facts { client: &client, accounts, chosen: chosen.as_ref(), began: None };
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let said = says(&next_step(&mut cx, request, &facts));
    t.checks = cx.checks().to_vec();
    said
}

#[test]
fn nobody_but_the_expected_user_gets_the_request() {
    let mut t = Bench::new();
    t.sign_in("bob");
    t.advance(Ttl::secs(9));
    for (row, case) in EXPECTED.iter().enumerate() {
        let fields = case.asks.iter().fold(t.ask("web", "openid"), |fields, (name, value)| fields.set(name, value));
        let mut request = t.validated(&fields);
        request.openid.subjects = Some(case.expects.iter().map(|sub| (*sub).to_owned()).collect());
        let accounts: Vec<Account> = case.who.iter().map(|name| t.account(name, &request.client)).collect();
        assert_eq!(step_of(&mut t, &request, &accounts, case.chosen), case.step, "row {row}");
    }
    assert_eq!(t.checks.last().map(|check| (check.rule, check.ok)), Some((&rules::EXPECTED_USER, false)));
}

/// `session`: the class of Alice's sign-in, 100 seconds ago.
struct Strength {
    session: &'static str,
    values: &'static [&'static str],
    essential: bool,
    /// When the interaction began, in seconds before now.
    began: Option<i64>,
    silent: bool,
    step: &'static str,
}

const ONE: Strength =
    Strength { session: "1", values: &["1"], essential: false, began: None, silent: false, step: "consent alice" };

const STRENGTHS: &[Strength] = &[
    ONE,
    Strength { essential: true, ..ONE },
    Strength { values: &[], session: "0", ..ONE },
    Strength { values: &["2", "1"], ..ONE },
    // A weaker sign-in, and a stronger one as well, is not the class that was asked for.
    Strength { session: "0", step: "again alice", ..ONE },
    Strength { session: "0", essential: true, step: "again alice", ..ONE },
    Strength { session: "2", step: "again alice", ..ONE },
    Strength { session: "0", silent: true, step: "login_required", ..ONE },
    // Before the request is as if it had not been; after it, the page has done what it can.
    Strength { session: "0", began: Some(50), step: "again alice", ..ONE },
    Strength { session: "0", began: Some(150), ..ONE },
    Strength { session: "0", began: Some(150), essential: true, step: "unmet_authentication_requirements", ..ONE },
    Strength { began: Some(150), essential: true, ..ONE },
];

/// GO-2026-6117 (Pocket ID): a step-up that a weaker sign-in satisfied.
#[test]
fn a_step_up_is_never_met_by_a_weaker_or_an_older_sign_in() {
    let mut t = Bench::new();
    t.advance(Ttl::secs(100));
    for (row, case) in STRENGTHS.iter().enumerate() {
        let fields = t.ask("web", "openid");
        let fields = if case.silent { fields.set("prompt", "none") } else { fields };
        let mut request = t.validated(&fields);
        let values = case.values.iter().map(|value| (*value).to_owned()).collect();
        request.openid.acr = AcrRequest { values, essential: case.essential };
        let mut account = t.account("alice", &request.client);
        case.session.clone_into(&mut account.session.acr);
        let client = t.client("web");
        let began = case.began.map(|secs| Timestamp::from_secs(t.now.secs() - secs));
        let facts = Facts { client: &client, accounts: &[account], chosen: None, began };
        let mut cx = Cx::new(t.now, &mut t.entropy);
        let step = next_step(&mut cx, &request, &facts);
        assert_eq!(says(&step), case.step, "row {row}");
        if let Step::Refuse(refusal) = step {
            assert!([&rules::ACR_MET, &rules::LOGIN_NOT_NEEDED].contains(&refusal.rule), "row {row}");
        }
    }
}

/// The newer sign-in replaces the older one as a whole.
#[test]
fn a_later_sign_in_leaves_nothing_of_an_earlier_stronger_one() {
    let mut t = Bench::new();
    let id = t.sign_in("alice");
    t.update(id.as_str(), |session: &mut crate::records::Session| {
        (session.acr, session.amr) = ("2".to_owned(), vec!["pwd".to_owned(), "otp".to_owned()]);
    });
    t.advance(Ttl::secs(60));
    assert_eq!(t.sign_in("alice"), id);
    let session = t.account("alice", &t.client("web").id.clone()).session;
    assert_eq!((session.acr.as_str(), session.amr.len(), session.auth_time), ("1", 1, t.now));
}

#[test]
fn acr_values_are_wishes_and_unknown_ones_are_none() {
    let mut t = Bench::new();
    for (asked, values) in
        [("1", vec!["1"]), ("2 1", vec!["1"]), ("urn:mace:incommon:iap:silver", vec![]), (" ", vec![])]
    {
        let request = t.validated(&t.ask("web", "openid").set("acr_values", asked));
        assert_eq!(request.openid.acr.values, values, "{asked}");
        assert!(!request.openid.acr.essential);
    }
}

/// Rows from before there were classes were written by a server that knew passwords only.
#[test]
fn an_older_session_was_signed_in_by_password() {
    let mut t = Bench::new();
    let id = t.sign_in("alice");
    let mut row = serde_json::to_value(&*t.store.find::<crate::records::Session>(id.as_str()).unwrap()).unwrap();
    row.as_object_mut().unwrap().remove("acr");
    assert_eq!(serde_json::from_value::<crate::records::Session>(row).unwrap().acr, "1");
}

#[test]
fn display_and_locales_are_accepted_and_change_nothing() {
    let mut t = Bench::new();
    let plain = t.validated(&t.ask("web", "openid"));
    for (name, value) in [("display", "popup"), ("display", "hologram"), ("ui_locales", "fr-CA fr"), ("x_unknown", "1")]
    {
        let mut request = t.validated(&t.ask("web", "openid").set(name, value));
        request.flow = plain.flow.clone();
        assert_eq!(request, plain, "{name}={value}");
    }
}
