//! What a client may do about itself: each wrong thing alone is refused, and what is written is what was checked.

use countersign_protocol::{Handle, HandleKind, Refusal, Ttl, registration::ClientUpdate};
use serde_json::{Value, json};

use super::{Managed, begin, prove, remove, update, used};
use crate::{
    Cx, Plan, Stored,
    bench::Bench,
    records::{Client, Dynamic, Pkce},
    registration::rules,
};

/// A client that has just registered itself, stored.
fn registered(t: &mut Bench) -> Managed {
    let metadata = json!({"redirect_uris": ["https://new.example/callback"], "client_name": "New"});
    let metadata = serde_json::from_value(metadata).unwrap();
    let mut cx = Cx::new(t.now, &mut t.entropy);
    let managed = begin(&mut cx, &t.policy, &metadata, "net".to_owned(), None).unwrap();
    t.insert(&managed.client);
    managed
}

fn stored(t: &Bench, managed: &Managed) -> Stored<Client> {
    t.client(managed.client.id.as_str())
}

fn proven(t: &mut Bench, managed: &Managed, sent: Option<&Handle>) -> Result<Stored<Client>, Refusal> {
    let client = t.store.find::<Client>(managed.client.id.as_str());
    prove(&mut Cx::new(t.now, &mut t.entropy), client, sent)
}

fn wanted(managed: &Managed, name: &str, value: Value) -> ClientUpdate {
    let mut metadata = json!({
        "client_id": managed.client.id.as_str(), "redirect_uris": ["https://new.example/callback"], "client_name": "New",
    });
    metadata[name] = value;
    serde_json::from_value(metadata).unwrap()
}

fn updated(t: &mut Bench, managed: &Managed, wanted: &ClientUpdate) -> Result<Plan<Managed>, Refusal> {
    let client = stored(t, managed);
    update(&mut Cx::new(t.now, &mut t.entropy), &t.policy, (client, managed.access.clone()), wanted, None)
}

#[test]
fn only_the_token_of_a_living_client_proves_it() {
    let mut t = Bench::new();
    let own = registered(&mut t);
    let other = registered(&mut t);
    let random = Handle::random(HandleKind::Registration, &mut t.entropy);
    assert!(proven(&mut t, &own, Some(&own.access)).is_ok());
    for wrong in [Some(&other.access), Some(&random), None] {
        assert_eq!(proven(&mut t, &own, wrong).unwrap_err().rule, &rules::ACCESS_TOKEN);
    }
    let shop = t.store.find::<Client>("web");
    let refusal = prove(&mut Cx::new(t.now, &mut t.entropy), shop, Some(&own.access)).unwrap_err();
    assert_eq!(refusal.rule, &rules::ACCESS_TOKEN, "who did not register itself has no such token");
    t.update::<Client>(own.client.id.as_str(), |client| client.enabled = false);
    assert_eq!(proven(&mut t, &own, Some(&own.access)).unwrap_err().rule, &rules::NOT_DISABLED);
    t.advance(Ttl::days(1));
    assert_eq!(proven(&mut t, &other, Some(&other.access)).unwrap_err().rule, &rules::ACCESS_TOKEN, "it is over");
}

/// CVE-2026-18573 Keycloak: the policy looked at the object as it was before.
#[test]
fn an_update_is_checked_as_a_registration_is_and_keeps_what_is_not_the_clients() {
    let mut t = Bench::new();
    let own = registered(&mut t);
    let bad = wanted(&own, "redirect_uris", json!(["javascript:alert(1)"]));
    assert_eq!(updated(&mut t, &own, &bad).unwrap_err().rule, &rules::REDIRECT_URIS);
    t.update::<Client>(own.client.id.as_str(), |client| client.pkce = Pkce::Optional);
    t.advance(Ttl::minutes(5));
    let before = stored(&t, &own);
    let plan = updated(&mut t, &own, &wanted(&own, "client_name", json!("Other"))).unwrap();
    let managed = t.commit(plan).unwrap();
    let after = stored(&t, &own);
    assert_eq!((after.name.as_str(), &managed.client), ("Other", &*after));
    assert_eq!((after.created_at, after.pkce, after.origin), (before.created_at, Pkce::Optional, before.origin));
    assert_eq!((&after.kind, managed.secret), (&before.kind, None), "the secret is the one that it has");
    let (was, is) = (before.dynamic.clone().unwrap(), after.dynamic.clone().unwrap());
    assert_eq!(is, Dynamic { changed_at: Some(t.now), ..was });
    let public = wanted(&own, "token_endpoint_auth_method", json!("none"));
    let plan = updated(&mut t, &own, &public).unwrap();
    t.commit(plan).unwrap();
    assert_eq!(stored(&t, &own).pkce, Pkce::Required, "a public client has nothing else");
}

#[test]
fn each_wrong_member_of_an_update_alone_is_refused() {
    let mut t = Bench::new();
    let own = registered(&mut t);
    let secret = own.secret.clone().unwrap();
    updated(&mut t, &own, &wanted(&own, "client_secret", json!(secret.expose()))).unwrap();
    let table = [
        ("client_id", json!("web"), &rules::UPDATE_CLIENT_ID),
        ("client_id", Value::Null, &rules::UPDATE_CLIENT_ID),
        ("client_secret", json!("another one"), &rules::UPDATE_SECRET),
        ("registration_access_token", json!(own.access.expose()), &rules::UPDATE_MEMBERS),
        ("registration_client_uri", Value::Null, &rules::UPDATE_MEMBERS),
        ("client_secret_expires_at", json!(0), &rules::UPDATE_MEMBERS),
        ("client_id_issued_at", json!(0), &rules::UPDATE_MEMBERS),
    ];
    for (name, value, rule) in table {
        assert_eq!(updated(&mut t, &own, &wanted(&own, name, value)).unwrap_err().rule, rule, "{name}");
    }
}

/// CVE-2026-9705.
#[test]
fn what_an_administrator_changed_only_administrators_change() {
    let mut t = Bench::new();
    let own = registered(&mut t);
    t.update::<Client>(own.client.id.as_str(), |client| client.dynamic.as_mut().unwrap().locked = true);
    let same = wanted(&own, "client_name", json!("New"));
    assert_eq!(updated(&mut t, &own, &same).unwrap_err().rule, &rules::NOT_LOCKED);
    let client = stored(&t, &own);
    let refusal = remove(&mut Cx::new(t.now, &mut t.entropy), &client).unwrap_err();
    assert_eq!(refusal.rule, &rules::NOT_LOCKED);
    assert!(proven(&mut t, &own, Some(&own.access)).is_ok(), "it may look");
}

#[test]
fn a_use_is_noted_once_an_hour_and_only_for_who_would_be_forgotten() {
    let mut t = Bench::new();
    let own = registered(&mut t);
    let policy = t.policy.registration.clone();
    let writes = used(t.now, &policy, &stored(&t, &own)).unwrap();
    t.store.commit(&writes).unwrap();
    let dynamic = stored(&t, &own).dynamic.clone().unwrap();
    assert_eq!((dynamic.used_at, dynamic.expires_at), (Some(t.now), t.now.plus(Ttl::days(90))));
    t.advance(Ttl::minutes(59));
    assert!(used(t.now, &policy, &stored(&t, &own)).is_none());
    t.advance(Ttl::minutes(1));
    assert!(used(t.now, &policy, &stored(&t, &own)).is_some());
    assert!(used(t.now, &policy, &t.client("web")).is_none());
}

/// Users approved of what they saw: its name, its logo, and where it sends them.
#[test]
fn what_users_judge_a_client_by_is_dated_when_it_changes_and_nothing_else_is() {
    for (member, value, judged) in [
        ("client_name", json!("Other"), true),
        ("client_name#fr", json!("Autre"), true),
        ("logo_uri", json!("https://new.example/logo.png"), true),
        ("logo_uri#fr", json!("https://new.example/logo.fr.png"), true),
        ("redirect_uris", json!(["https://new.example/other"]), true),
        ("client_name", json!("New"), false),
        ("contacts", json!(["a@new.example"]), false),
        ("tos_uri#fr", json!("https://new.example/conditions"), false),
    ] {
        let mut t = Bench::new();
        let own = registered(&mut t);
        let plan = updated(&mut t, &own, &wanted(&own, member, value)).unwrap();
        let managed = t.commit(plan).unwrap();
        assert_eq!(managed.client.dynamic.unwrap().changed_at, judged.then_some(t.now), "{member}");
    }
}
