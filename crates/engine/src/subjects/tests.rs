//! Pairwise subjects (OpenID Connect Core §8): the same everywhere for one sector, unlike in any other.

use std::collections::BTreeSet;

use countersign_jose::Unverified;
use countersign_protocol::{Refusal, Subject, registration::ClientMetadata};
use serde_json::{Value, json};

use super::Pairwise;
use crate::{
    Cx,
    bench::Bench,
    records::{Client, Family, Origin, SubjectType},
    registration::{Registered, Registrar, describe, register, rules, subjects::SectorDocument},
    token::TokenReply,
};

/// HMAC-SHA-256 under 32 bytes of 9 of "web.example", a line break, "u_alice": computed by another program.
const ALICE_AT_WEB: &str = "u_73H1tAkrVlaQR86U3K-J6pQ9M1pWCHUYoGCDEU9kXrQ";

fn pairwise(t: &mut Bench, id: &str, sector: &str) {
    t.update(id, |client: &mut Client| client.subject_type = self::sector(sector));
}

fn sector(name: &str) -> SubjectType {
    SubjectType::Pairwise { sector: name.to_owned() }
}

/// The `sub` of a JWT of ours.
fn sub(t: &Bench, token: &str) -> String {
    let claims: Value = Unverified::parse(token).unwrap().verify(t.keys.public()).unwrap().claims().unwrap();
    claims["sub"].as_str().unwrap().to_owned()
}

/// Every way in which a client, or a resource server for it, learns of the user.
fn all_subs(t: &mut Bench, reply: &TokenReply) -> BTreeSet<String> {
    let id_token = sub(t, reply.id_token.as_deref().unwrap());
    let access_token = sub(t, &reply.access_token);
    let userinfo = t.userinfo(&reply.access_token).unwrap()["sub"].as_str().unwrap().to_owned();
    let introspected = t.introspect("api", &reply.access_token).unwrap()["sub"].as_str().unwrap().to_owned();
    BTreeSet::from([id_token, access_token, userinfo, introspected])
}

#[test]
fn a_pairwise_subject_is_the_same_in_every_token_and_reply_and_after_a_refresh() {
    let mut t = Bench::new();
    pairwise(&mut t, "web", "web.example");
    let first = t.tokens("web", "openid");
    let again = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    for reply in [first, again] {
        assert_eq!(all_subs(&mut t, &reply), BTreeSet::from([ALICE_AT_WEB.to_owned()]));
    }
    assert_eq!(t.store.all::<Family>()[0].subject.as_str(), "u_alice", "within the server the user has one name");
}

/// OpenID Connect Core §12.2: the ID token of a refresh says the same `sub`; §5.3.2: so does userinfo.
#[test]
fn a_family_keeps_the_name_that_its_first_id_token_said_whatever_its_client_becomes() {
    let kinds = [SubjectType::Public, sector("web.example"), sector("other.example")];
    for (before, after) in kinds.iter().flat_map(|before| kinds.iter().map(move |after| (before, after))) {
        let mut t = Bench::new();
        t.update("web", |client: &mut Client| client.subject_type = before.clone());
        let first = t.tokens("web", "openid");
        let known = BTreeSet::from([sub(&t, first.id_token.as_deref().unwrap())]);
        t.update("web", |client: &mut Client| client.subject_type = after.clone());
        assert_eq!(all_subs(&mut t, &first), known, "{before:?} to {after:?}: what was issued before");
        let again = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
        assert_eq!(all_subs(&mut t, &again), known, "{before:?} to {after:?}: what a refresh brings");
        let anew = t.tokens("web", "openid");
        assert_eq!(all_subs(&mut t, &anew) == known, before == after, "the next sign-in has the new name");
    }
}

#[test]
fn a_family_from_before_its_name_was_kept_keeps_the_one_of_its_next_refresh() {
    let mut t = Bench::new();
    pairwise(&mut t, "web", "web.example");
    let first = t.tokens("web", "openid");
    let family = t.store.all::<Family>().remove(0);
    t.update(family.id.as_str(), |family: &mut Family| family.subject_type = None);
    assert_eq!(all_subs(&mut t, &first), BTreeSet::from([ALICE_AT_WEB.to_owned()]));
    let second = t.refresh("web", first.refresh_token.as_deref().unwrap()).unwrap();
    pairwise(&mut t, "web", "other.example");
    let third = t.refresh("web", second.refresh_token.as_deref().unwrap()).unwrap();
    assert_eq!(all_subs(&mut t, &third), BTreeSet::from([ALICE_AT_WEB.to_owned()]));
}

#[test]
fn clients_of_one_sector_know_a_user_by_one_name_and_those_of_another_by_another() {
    let mut t = Bench::new();
    pairwise(&mut t, "web", "web.example");
    pairwise(&mut t, "spa", "web.example");
    pairwise(&mut t, "other", "other.example");
    let mut known = |client: &str| {
        let reply = t.tokens(client, "openid");
        sub(&t, reply.id_token.as_deref().unwrap())
    };
    let (web, spa, other, brief) = (known("web"), known("spa"), known("other"), known("brief"));
    assert_eq!(web, spa);
    assert_eq!(BTreeSet::from([&web, &other, &brief]).len(), 3);
    assert_eq!(brief, "u_alice", "a public one is the same for every client that has no other");
}

#[test]
fn no_sector_and_user_make_what_another_two_make_and_another_key_makes_others() {
    let (key, other) = (Pairwise::new([1; 32]), Pairwise::new([2; 32]));
    let alice = Subject::parse("u_alice").unwrap();
    let known = |key: &Pairwise, name: &str| key.known_as(&sector(name), &alice);
    let all = [known(&key, "a"), known(&key, "b"), known(&key, "A"), known(&other, "a")];
    assert_eq!(all.iter().map(Subject::as_str).collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(known(&key, "a"), all[0], "and it is stable");
    assert!(Subject::parse(all[0].as_str()).is_ok());
    assert_eq!(format!("{key:?}"), "Pairwise(…)");
}

/// A client names a user as it knows them, so hints and the claim `sub` speak of pairwise subjects as well.
#[test]
fn a_client_that_names_a_user_does_so_by_the_name_that_it_knows() {
    let mut t = Bench::new();
    pairwise(&mut t, "web", "web.example");
    let hint = t.tokens("web", "openid").id_token.unwrap();
    let by_hint = t.ask("web", "openid").set("id_token_hint", &hint);
    let claims = json!({"id_token": {"sub": {"value": ALICE_AT_WEB}}}).to_string();
    let by_claim = t.ask("web", "openid").set("claims", &claims);
    for fields in [by_hint, by_claim] {
        let request = t.validated(&fields);
        let account = t.account("alice", &request.client);
        assert!(request.openid.expects(account.sub.as_str()) && !request.openid.expects("u_alice"));
    }
}

fn try_register(origin: Origin, document: Option<&Value>, metadata: &Value) -> Result<Registered, Refusal> {
    let mut t = Bench::new();
    let metadata: ClientMetadata = serde_json::from_value(metadata.clone()).unwrap();
    let uri = metadata.sector_identifier_uri.clone().unwrap_or_default();
    let sector = document.map(|document| SectorDocument::parse(&uri, document.to_string().as_bytes()).unwrap());
    register(&mut Cx::new(t.now, &mut t.entropy), &t.policy, Registrar { origin, id: None, sector }, &metadata)
}

#[test]
fn the_sector_is_the_host_of_the_document_else_the_one_host_of_the_redirect_uris() {
    let (one, two) = ("https://App.example:8443/cb", "https://app.example/other");
    let table = [
        (json!({"redirect_uris": [one, two]}), "app.example"),
        (json!({"redirect_uris": ["https://[2001:db8::1]:8443/cb", "https://[2001:db8::1]/cb"]}), "[2001:db8::1]"),
        (
            json!({"redirect_uris": [one], "sector_identifier_uri": "https://Sector.example:99/list.json"}),
            "sector.example",
        ),
    ];
    for (mut metadata, sector) in table {
        metadata["subject_type"] = "pairwise".into();
        let new = try_register(Origin::Dynamic, Some(&json!([two, "https://x.example", one])), &metadata).unwrap();
        assert_eq!(new.client.subject_type, SubjectType::Pairwise { sector: sector.to_owned() });
        assert_eq!(describe(&new.client).subject_type.as_deref(), Some("pairwise"));
        assert_eq!(describe(&new.client).sector_identifier_uri.as_deref(), metadata["sector_identifier_uri"].as_str());
    }
}

#[test]
fn who_registers_itself_needs_a_document_that_names_all_its_redirect_uris() {
    let (here, there) = ("https://a.example/cb", "https://b.example/cb");
    let metadata = |kind: &str| {
        json!({
            "redirect_uris": [here, there], "subject_type": kind,
            "sector_identifier_uri": "https://sector.example/list.json",
        })
    };
    for kind in ["pairwise", "public"] {
        let tried = |document: Option<&Value>| {
            try_register(Origin::Dynamic, document, &metadata(kind)).map_err(|refusal| refusal.rule).map(drop)
        };
        assert_eq!(tried(Some(&json!([there, here]))), Ok(()));
        for document in [Some(json!([here])), Some(json!([])), Some(json!([here, "https://b.example/cb/"])), None] {
            assert_eq!(tried(document.as_ref()), Err(&rules::SECTOR_LISTS), "{kind} {document:?}");
        }
        // An administrator is trusted with the sector, as with everything else.
        assert!(try_register(Origin::Config, None, &metadata(kind)).is_ok());
    }
    for not_a_list in [&b"{}"[..], b"[1]", b"x", b"", b"null"] {
        assert_eq!(SectorDocument::parse("https://sector.example/list.json", not_a_list), None);
    }
}

/// Or a software statement could borrow the proof of another sector.
#[test]
fn a_document_of_another_address_proves_nothing() {
    let mut t = Bench::new();
    let metadata: ClientMetadata = serde_json::from_value(json!({
        "redirect_uris": ["https://a.example/cb"], "subject_type": "pairwise",
        "sector_identifier_uri": "https://sector.example/list.json",
    }))
    .unwrap();
    let mut tried = |uri: &str| {
        let sector = SectorDocument::parse(uri, br#"["https://a.example/cb"]"#);
        let registrar = Registrar { origin: Origin::Dynamic, id: None, sector };
        let outcome = register(&mut Cx::new(t.now, &mut t.entropy), &t.policy, registrar, &metadata);
        outcome.map(drop).map_err(|refusal| refusal.rule)
    };
    assert_eq!(tried("https://sector.example/list.json"), Ok(()));
    assert_eq!(tried("https://sector.example/list.json?"), Err(&rules::SECTOR_LISTS));
}

#[test]
fn without_one_host_on_the_web_there_is_no_sector_to_be_pairwise_in() {
    let native = |uri: &str| json!({"redirect_uris": [uri], "application_type": "native"});
    let several = json!({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]});
    let neighbours = json!({"redirect_uris": ["https://[2001:db8::1]/cb", "https://[2001:db8::2]/cb"]});
    for mut metadata in [several, neighbours, native("http://127.0.0.1/cb"), native("com.example.app:/cb")] {
        assert!(try_register(Origin::Dynamic, None, &metadata).is_ok(), "a public one needs none");
        metadata["subject_type"] = "pairwise".into();
        assert_eq!(try_register(Origin::Dynamic, None, &metadata).unwrap_err().rule, &rules::SECTOR_KNOWN);
        metadata["sector_identifier_uri"] = "https://sector.example/list.json".into();
        let document = metadata["redirect_uris"].clone();
        assert!(try_register(Origin::Dynamic, Some(&document), &metadata).is_ok(), "{metadata}");
    }
}

#[test]
fn other_types_and_other_addresses_are_refused_by_rule() {
    let metadata = |name: &str, value: Value| {
        let mut metadata = json!({"redirect_uris": ["https://a.example/cb"]});
        metadata[name] = value;
        try_register(Origin::Config, None, &metadata).map_err(|refusal| (refusal.rule, refusal.code().as_str()))
    };
    let error = "invalid_client_metadata";
    for kind in ["Public", "", "both"] {
        assert_eq!(metadata("subject_type", kind.into()).unwrap_err(), (&rules::SUBJECT_TYPE, error));
    }
    for uri in ["http://sector.example/x", "http://127.0.0.1/x", "sector.example", "https://", "com.example:/x", ""] {
        assert_eq!(metadata("sector_identifier_uri", uri.into()).unwrap_err(), (&rules::SECTOR_URI, error), "{uri}");
    }
    for values in [json!(["a b"]), json!([""]), json!(vec!["x"; 11]), json!(["x".repeat(101)])] {
        assert_eq!(metadata("default_acr_values", values).unwrap_err(), (&rules::DEFAULT_ACR_VALUES, error));
    }
}

#[test]
fn what_a_client_registered_about_the_sign_in_holds_where_its_request_says_nothing() {
    let mut t = Bench::new();
    t.update("web", |client: &mut Client| client.default_acr_values = vec!["2".to_owned(), "1".to_owned()]);
    let fields = t.ask("web", "openid");
    assert_eq!(t.validated(&fields).openid.acr.values, ["1"]);
    assert!(t.validated(&fields.set("acr_values", "other")).openid.acr.values.is_empty(), "the request comes first");
    let metadata = json!({
        "redirect_uris": ["https://a.example/cb"], "require_auth_time": true, "default_acr_values": ["1", "urn:x"],
    });
    let described = describe(&try_register(Origin::Dynamic, None, &metadata).unwrap().client);
    assert_eq!((described.require_auth_time, described.default_acr_values.len()), (Some(true), 2));
}

/// Rows from before there were pairwise subjects are of clients that know the public one.
#[test]
fn an_older_client_knows_its_users_by_the_public_subject() {
    let t = Bench::new();
    let mut row = serde_json::to_value(&*t.client("web")).unwrap();
    for name in ["subject_type", "sector_identifier_uri", "require_auth_time", "default_acr_values"] {
        row.as_object_mut().unwrap().remove(name).unwrap();
    }
    let client: Client = serde_json::from_value(row).unwrap();
    assert_eq!((client.subject_type, client.require_auth_time), (SubjectType::Public, false));
}
