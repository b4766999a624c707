//! The `claims` parameter through a whole flow (OpenID Connect Core §5.5): what is asked, what is approved, who is told.

use std::collections::BTreeSet;

use countersign_jose::Unverified;
use countersign_protocol::{ErrorCode, Refusal, Subject};
use serde_json::{Map, Value, json};

use crate::{
    Cx,
    authorize::{Account, Consent, Facts, Failure, Step, Ticked, next_step, rules},
    bench::{Bench, Fields, scopes},
    records::{Authorization, Client, Code, Family, User},
    token::TokenReply,
};

fn asking(t: &Bench, scope: &str, claims: &Value) -> Fields {
    t.ask("web", scope).set("claims", &claims.to_string())
}

/// Alice approves everything.
fn tokens(t: &mut Bench, scope: &str, claims: &Value) -> TokenReply {
    let fields = asking(t, scope, claims);
    let code = t.authorize(&fields).get("code").unwrap();
    t.redeem("web", &code).unwrap()
}

/// What an ID token says of the person.
fn person(t: &Bench, reply: &TokenReply) -> Value {
    let token = reply.id_token.as_deref().unwrap();
    let all: Map<String, Value> = Unverified::parse(token).unwrap().verify(t.keys.public()).unwrap().claims().unwrap();
    let own = |name: &String| !crate::claims::OF_ID_TOKENS.contains(&name.as_str());
    Value::Object(all.into_iter().filter(|(name, _)| own(name)).collect())
}

fn userinfo(t: &mut Bench, reply: &TokenReply) -> Value {
    let mut claims = t.userinfo(&reply.access_token).unwrap();
    claims.remove("sub");
    Value::Object(claims)
}

fn refused(t: &mut Bench, scope: &str, claims: &str) -> Refusal {
    let fields = t.ask("web", scope).set("claims", claims);
    match t.validate(fields.encode().as_bytes()) {
        Err(Failure::Redirect(_, refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_claim_goes_where_it_was_asked_for_and_nowhere_else() {
    let email = json!("alice@example.com");
    let table = [
        ("openid", json!({"userinfo": {"email": null}}), json!({"email": email}), json!({})),
        ("openid", json!({"id_token": {"email": {"essential": true}}}), json!({}), json!({"email": email})),
        (
            "openid email",
            json!({"id_token": {"email": null, "phone_number": null}}),
            json!({"email": email, "email_verified": true}),
            json!({"email": email, "phone_number": "+1"}),
        ),
        // What does not exist, what is not known of her, what is nobody's claim, what no scope opens: left out.
        (
            "openid",
            json!({
                "userinfo": {"gender": {"essential": true}, "nickname": null, "made_up": null, "staff_number": null},
                "id_token": {"iss": {"value": "x"}, "nonce": null, "scope": null, "auth_time": {"essential": true}},
            }),
            json!({}),
            json!({}),
        ),
        // A claim is told with the value that was asked for, or not at all.
        (
            "openid",
            json!({"userinfo": {
                "name": {"value": "ALICE"}, "email": {"value": "bob@example.com"},
                "phone_number": {"values": ["+2", "+1"]}, "email_verified": {"values": [false]},
            }}),
            json!({"name": "ALICE", "phone_number": "+1"}),
            json!({}),
        ),
    ];
    for (scope, claims, at_userinfo, in_id_token) in table {
        let mut t = Bench::new();
        let reply = tokens(&mut t, scope, &claims);
        assert_eq!((userinfo(&mut t, &reply), person(&t, &reply)), (at_userinfo, in_id_token), "{scope} {claims}");
        let again = t.refresh("web", reply.refresh_token.as_deref().unwrap()).unwrap();
        assert_eq!(person(&t, &again), person(&t, &reply), "after a refresh as before");
        assert_eq!(userinfo(&mut t, &again), userinfo(&mut t, &reply));
    }
}

#[test]
fn a_client_gets_no_claim_whose_scope_it_may_not_ask_for() {
    let mut t = Bench::new();
    t.update("web", |client: &mut Client| client.scope = scopes("openid profile"));
    let reply = tokens(&mut t, "openid", &json!({"userinfo": {"name": null, "email": {"essential": true}}}));
    assert_eq!(userinfo(&mut t, &reply), json!({"name": "ALICE"}));
}

#[test]
fn a_claim_that_no_asked_scope_opens_needs_an_approval_of_its_own() {
    let mut t = Bench::new();
    let claims = json!({"userinfo": {"email": null, "phone_number": null}, "id_token": {"name": null}});
    let request = t.validated(&asking(&t, "openid profile", &claims));
    let singly = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(request.openid.wanted.singly, singly(&["email", "phone_number"]), "profile opens name");
    // One of the two is unticked, and something is ticked that was not asked for.
    let ticked = Ticked { scope: scopes("openid profile"), claims: singly(&["email", "address"]) };
    let plan = t.approval(request, Consent::Given(ticked));
    let code = Fields::response(&t.commit(plan).unwrap()).get("code").unwrap();
    let reply = t.redeem("web", &code).unwrap();
    let told = userinfo(&mut t, &reply);
    assert_eq!(
        (&told["email"], told.get("phone_number"), told.get("address")),
        (&json!("alice@example.com"), None, None)
    );
    assert_eq!(t.store.all::<Authorization>()[0].claims, singly(&["email"]));
}

fn step(t: &mut Bench, claims: &Value) -> String {
    let fields = asking(t, "openid", claims);
    let request = t.validated(&fields);
    let (account, client): (Account, _) = (t.account("alice", &request.client), t.client("web"));
    let facts = Facts { client: &client, accounts: &[account], chosen: None, began: None };
    match next_step(&mut Cx::new(t.now, &mut t.entropy), &request, &facts) {
        Step::Finish(_) => "finish".to_owned(),
        Step::Consent(_) => "consent".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn an_earlier_approval_covers_the_claims_that_were_approved_and_no_others() {
    let mut t = Bench::new();
    let email = json!({"userinfo": {"email": null}});
    t.tokens("web", "openid");
    assert_eq!(step(&mut t, &email), "consent");
    tokens(&mut t, "openid", &email);
    assert_eq!(step(&mut t, &email), "finish");
    assert_eq!(step(&mut t, &json!({"id_token": {"email": null}})), "finish", "the same claim");
    assert_eq!(step(&mut t, &json!({"userinfo": {"phone_number": null}})), "consent");
    assert_eq!(step(&mut t, &json!({"userinfo": {"unheard_of": null}})), "finish");
}

#[test]
fn what_was_approved_one_by_one_is_taken_back_like_a_scope() {
    let mut t = Bench::new();
    let reply = tokens(&mut t, "openid", &json!({"userinfo": {"email": null}, "id_token": {"email": null}}));
    let key = Authorization::key_of(&t.client("web").id, &Subject::parse("u_alice").unwrap());
    t.update(&key, |authorization: &mut Authorization| authorization.claims.clear());
    assert_eq!(userinfo(&mut t, &reply), json!({}));
    let again = t.refresh("web", reply.refresh_token.as_deref().unwrap()).unwrap();
    assert_eq!(person(&t, &again), json!({}));
}

#[test]
fn claims_come_in_the_languages_that_were_asked_for() {
    let mut t = Bench::new();
    t.update("u_alice", |user: &mut User| {
        for (name, value) in
            [("name#ja-Kana-JP", "アリス"), ("name#de", "Alicia"), ("family_name#de", ""), ("sub#de", "x")]
        {
            user.claims.insert(name.to_owned(), value.into());
        }
    });
    let named = |t: &mut Bench, fields: Fields| {
        let code = t.authorize(&fields).get("code").unwrap();
        let reply = t.redeem("web", &code).unwrap();
        let told = userinfo(t, &reply);
        let names: Vec<String> =
            told.as_object().unwrap().keys().filter(|name| name.contains("name")).cloned().collect();
        names.join(" ")
    };
    let ask = |t: &Bench, locales: &str| t.ask("web", "openid profile").set("claims_locales", locales);
    for (locales, names) in [
        ("", "name preferred_username"),
        ("fr", "name preferred_username"),
        ("de-AT fr", "name name#de preferred_username"),
        ("JA-kana-JP", "name name#ja-Kana-JP preferred_username"),
        ("ja", "name preferred_username"),
    ] {
        let fields = ask(&t, locales);
        assert_eq!(named(&mut t, fields), names, "{locales}");
    }
    let fields = asking(&t, "openid", &json!({"userinfo": {"name#de": null, "sub#de": null}}));
    assert_eq!(named(&mut t, fields), "name#de");
}

#[test]
fn a_malformed_parameter_is_an_invalid_request_and_without_openid_it_means_nothing() {
    let mut t = Bench::new();
    for bad in ["x", "[]", r#"{"userinfo":{"name":1}}"#, r#"{"id_token":[]}"#] {
        let refusal = refused(&mut t, "openid", bad);
        assert_eq!((refusal.rule, refusal.code()), (&rules::CLAIMS_FORM, ErrorCode::InvalidRequest), "{bad}");
        assert!(refusal.detail.is_some(), "{bad}");
        let fields = t.ask("web", "read:files").set("claims", bad);
        assert!(t.validated(&fields).openid.wanted.is_empty());
    }
}

#[test]
fn an_essential_class_that_no_sign_in_here_can_be_of_fails_the_request() {
    let mut t = Bench::new();
    for claims in [
        json!({"id_token": {"acr": {"essential": true, "value": "urn:mace:incommon:iap:silver"}}}),
        json!({"id_token": {"acr": {"essential": true, "values": ["2", "3"]}}}),
        json!({"id_token": {"acr": {"essential": true, "values": []}}}),
        json!({"id_token": {"acr": {"essential": true, "value": 1}}}),
    ] {
        let refusal = refused(&mut t, "openid", &claims.to_string());
        assert_eq!((refusal.rule, refusal.code().as_str()), (&rules::ACR_MET, "unmet_authentication_requirements"));
    }
    for (claims, values, essential) in [
        (json!({"id_token": {"acr": {"essential": true, "values": ["2", "1"]}}}), &["1"][..], true),
        (json!({"id_token": {"acr": {"values": ["2"]}}}), &[], false),
        (json!({"id_token": {"acr": {"essential": true}}}), &["1"], false),
        (json!({"id_token": {"acr": null}}), &["1"], false),
        (json!({"userinfo": {"acr": {"essential": true, "value": "2"}}}), &["1"], false),
        (json!({"id_token": {"acr": {"value": "2"}}}), &[], false),
    ] {
        let request = t.validated(&asking(&t, "openid", &claims).set("acr_values", "1"));
        let acr = &request.openid.acr;
        assert_eq!(
            (acr.values.iter().map(String::as_str).collect::<Vec<_>>(), acr.essential),
            (values.to_vec(), essential)
        );
    }
}

#[test]
fn a_subject_that_is_asked_for_must_be_the_one_who_signs_in() {
    let mut t = Bench::new();
    let hint = t.tokens("web", "openid").id_token.unwrap();
    let one = |sub: &str| json!({"id_token": {"sub": {"value": sub}}});
    let set =
        |names: &[&str]| -> Option<BTreeSet<String>> { Some(names.iter().map(|name| (*name).to_owned()).collect()) };
    for (claims, hinted, subjects) in [
        (json!({"id_token": {"sub": null}}), false, None),
        (one("u_alice"), false, set(&["u_alice"])),
        (json!({"userinfo": {"sub": {"value": "u_bob"}}}), false, set(&["u_bob"])),
        (json!({"id_token": {"sub": {"values": ["u_alice", "u_bob"]}}}), false, set(&["u_alice", "u_bob"])),
        (json!({"id_token": {"sub": {"values": ["u_alice", "u_bob"]}}}), true, set(&["u_alice"])),
        // Nobody can be both, and nobody is a number.
        (one("u_bob"), true, set(&[])),
        (json!({"id_token": {"sub": {"value": 7}}}), false, set(&[])),
    ] {
        let fields = asking(&t, "openid", &claims);
        let fields = if hinted { fields.set("id_token_hint", &hint) } else { fields };
        assert_eq!(t.validated(&fields).openid.subjects, subjects, "{claims}");
    }
}

/// Rows from before the parameter was understood.
#[test]
fn older_rows_asked_for_nothing() {
    let mut t = Bench::new();
    t.tokens("web", "openid");
    let family = serde_json::to_value(&*t.family()).unwrap();
    let code = serde_json::to_value(&*t.store.all::<Code>()[0]).unwrap();
    let authorization = serde_json::to_value(&*t.store.all::<Authorization>()[0]).unwrap();
    assert!([&family, &code].iter().all(|row| row.get("wanted").is_none()), "and rows say nothing of it without need");
    assert!(authorization.get("claims").is_none());
    assert!(serde_json::from_value::<Family>(family).unwrap().wanted.is_empty());
    assert!(serde_json::from_value::<Authorization>(authorization).unwrap().claims.is_empty());
}
