//! `countersign user`.

use countersign_engine::records::{Browser, Code, CodeState, Ended, Family, Session, User};
use countersign_protocol::{
    AuthorizationId, BrowserId, ClientId, FamilyId, FlowId, Handle, HandleKind, RedirectUri, ScopeSet, SessionId,
    Subject, Ttl,
};
use countersign_server::edge::SystemEntropy;

use crate::world::{Installation, approval, now, text};

const PASSWORD: &str = "correct horse\n";

fn add(here: &Installation, name: &str) -> Subject {
    let added = here.run_with(&["user", "add", name, "--password-stdin", "--json"], PASSWORD).json();
    Subject::parse(&text(&added, "subject")).unwrap()
}

#[test]
fn a_password_is_stored_as_an_argon2id_hash_only() {
    let here = Installation::new();
    let arguments = [
        "user",
        "add",
        " Alice ",
        "--name",
        "Alice A",
        "--email",
        "a@example.com",
        "--claim",
        "locale=de-AT",
        "--claim",
        "address={\"locality\":\"Wien\"}",
    ];
    let added = here.run_with(&[&arguments[..], &["--password-stdin", "--json"]].concat(), PASSWORD).json();
    assert_eq!(text(&added, "username"), "alice");
    assert_eq!(added["claims"]["email_verified"], false);
    assert_eq!(added["claims"]["locale"], "de-AT");
    assert_eq!(added["claims"]["address"]["locality"], "Wien");

    let user = here.find::<User>(&text(&added, "subject")).unwrap();
    assert!(user.password.unwrap().starts_with("$argon2id$"));
    assert!(!here.database().contains("correct horse"));
    let listed = here.json(&["user", "list"]);
    assert_eq!(text(&listed[0], "username"), "alice");
    assert!(!listed.to_string().contains("argon2"));
}

#[test]
fn a_refusal_says_what_was_expected_and_what_came() {
    let here = Installation::new();
    add(&here, "alice");
    let cases: [(&[&str], &str, &str); 10] = [
        (&["add", "ALICE", "--password-stdin"], PASSWORD, "alice already"),
        (&["add", "bob", "--password-stdin"], "short\n", "at least 8 characters, got 5"),
        (&["add", "bob", "--password-stdin"], "two lines\nof it\n", "in one line"),
        (&["add", "bob"], PASSWORD, "no terminal"),
        (&["add", "u_bob", "--password-stdin"], PASSWORD, "not u_ first"),
        (&["add", "  ", "--password-stdin"], PASSWORD, "1 to 256 characters"),
        (&["add", "bob", "--claim", "shoe_size=9", "--password-stdin"], PASSWORD, "a claim that a scope opens"),
        (&["add", "bob", "--claim", "email_verified=yes", "--password-stdin"], PASSWORD, "expected true or false"),
        (&["add", "bob", "--claim", "birthdate=tomorrow", "--password-stdin"], PASSWORD, "a date such as"),
        (&["disable", "nobody"], "", "no account \"nobody\""),
    ];
    for (arguments, input, words) in cases {
        here.run_with(&[&["user"], arguments].concat(), input).refused_with(words);
    }
    let long = "x".repeat(1025);
    here.run_with(&["user", "add", "bob", "--password-stdin"], &long).refused_with("at most 1024 bytes");
}

#[test]
fn an_account_is_found_by_name_and_by_subject() {
    let here = Installation::new();
    let subject = add(&here, "alice");
    let said = here.run(&["user", "disable", "Alice"]);
    assert!(said.ok && said.out.contains("tokens"), "{said:?}");
    assert!(!here.find::<User>(subject.as_str()).unwrap().enabled);
    assert_eq!(here.json(&["user", "enable", subject.as_str()])["enabled"], true);
}

#[test]
fn a_new_password_ends_the_sessions_and_what_hangs_off_them() {
    let here = Installation::new();
    let subject = add(&here, "alice");
    let before = here.find::<User>(subject.as_str()).unwrap().password;
    let (session, family) = signed_in(&here, &subject);

    let kept = ["user", "set-password", "alice", "--password-stdin", "--keep-sessions", "--json"];
    assert_eq!(here.run_with(&kept, "battery staple").json()["sessions_ended"], 0);
    assert!(here.find::<Session>(session.as_str()).is_some());

    let ended = ["user", "set-password", "alice", "--password-stdin", "--json"];
    assert_eq!(here.run_with(&ended, "battery staples").json()["sessions_ended"], 1);
    assert!(here.find::<Session>(session.as_str()).is_none());
    assert_eq!(here.find::<Family>(family.as_str()).unwrap().ended, Some(Ended::SignedOut));
    assert_ne!(here.find::<User>(subject.as_str()).unwrap().password, before);
}

#[test]
fn signing_out_ends_sessions_and_what_apps_got_but_what_may_go_on_if_that_is_wanted() {
    let here = Installation::new();
    let subject = add(&here, "alice");
    let (session, family) = signed_in(&here, &subject);
    let (_, offline) = signed_in_with(&here, &subject, "openid offline_access");
    let done = here.json(&["user", "sign-out", "alice", "--keep-offline"]);
    assert_eq!((&done["sessions_ended"], &done["grants_ended"]), (&2.into(), &0.into()));
    assert!(here.find::<Session>(session.as_str()).is_none());
    assert_eq!(here.find::<Family>(family.as_str()).unwrap().ended, Some(Ended::SignedOut));
    let kept = here.find::<Family>(offline.as_str()).unwrap();
    assert!(kept.ended.is_none() && kept.signed_out);

    let done = here.json(&["user", "sign-out", subject.as_str()]);
    assert_eq!((&done["sessions_ended"], &done["grants_ended"]), (&0.into(), &1.into()));
    assert_eq!(here.find::<Family>(offline.as_str()).unwrap().ended, Some(Ended::SignedOut));
    assert_eq!(here.json(&["user", "list"]).as_array().unwrap().len(), 1);
}

/// A code for `offline_access` would otherwise be worth tokens after its session is over.
#[test]
fn a_code_that_nobody_has_redeemed_goes_with_the_session() {
    let here = Installation::new();
    let (alice, bob) = (add(&here, "alice"), add(&here, "bob"));
    let (of_alice, of_bob) = (code(&alice), code(&bob));
    for one in [&of_alice, &of_bob] {
        here.insert(one);
    }
    let is_there = |code: &Code| here.find::<Code>(code.hash.as_str()).is_some();
    assert!(here.run(&["user", "sign-out", "alice", "--keep-offline"]).ok && is_there(&of_alice));
    assert!(here.run(&["user", "sign-out", "alice"]).ok);
    assert!(!is_there(&of_alice) && is_there(&of_bob));
    assert!(here.run(&["user", "sign-out", "--everybody", "--yes"]).ok && !is_there(&of_bob));
}

/// What was ended after a backup was made works again once that is restored.
#[test]
fn everybody_is_signed_out_after_an_old_backup() {
    let here = Installation::new();
    let people = [add(&here, "alice"), add(&here, "bob")];
    let grants: Vec<_> = people.iter().map(|person| signed_in_with(&here, person, "openid offline_access").1).collect();
    for person in &people {
        here.insert(&approval(person));
    }
    here.run(&["user", "sign-out", "--everybody"]).refused_with("--yes");
    let done = here.json(&["user", "sign-out", "--everybody", "--yes"]);
    assert_eq!((&done["sessions_ended"], &done["approvals_removed"]), (&2.into(), &0.into()));
    for grant in &grants {
        assert_eq!(here.find::<Family>(grant.as_str()).unwrap().ended, Some(Ended::SignedOut));
    }
    let done = here.json(&["user", "sign-out", "--everybody", "--yes", "--forget-approvals"]);
    assert_eq!((&done["sessions_ended"], &done["approvals_removed"]), (&0.into(), &2.into()));
    for wrong in [&["alice", "--everybody"][..], &[], &["alice", "--keep-offline", "--forget-approvals"]] {
        assert!(!here.run(&[&["user", "sign-out"], wrong].concat()).ok, "{wrong:?}");
    }
}

#[test]
fn a_deleted_account_leaves_nobody_signed_in_and_its_name_free() {
    let here = Installation::new();
    let (alice, bob) = (add(&here, "alice"), add(&here, "bob"));
    let (session, family) = signed_in(&here, &alice);
    let (other, _) = signed_in(&here, &bob);
    here.insert(&approval(&alice));
    here.run(&["user", "delete", "alice"]).refused_with("can't be undone");
    assert!(here.find::<Session>(session.as_str()).is_some());
    let done = here.json(&["user", "delete", "alice", "--yes"]);
    assert_eq!((&done["sessions_ended"], &done["approvals_removed"]), (&1.into(), &1.into()));
    assert!(here.find::<User>(alice.as_str()).is_none() && here.find::<Session>(session.as_str()).is_none());
    assert_eq!(here.find::<Family>(family.as_str()).unwrap().ended, Some(Ended::SignedOut));
    assert!(here.find::<Session>(other.as_str()).is_some(), "others stay");
    assert_ne!(add(&here, "alice"), alice, "whoever has the name next is somebody else");
    here.run(&["user", "delete", "nobody", "--yes"]).refused_with("no account");
}

#[test]
fn an_account_of_the_configuration_is_not_changed_by_command() {
    let here = Installation::new();
    add(&here, "alice");
    std::fs::write(here.path("password"), "correct horse").unwrap();
    private(&here.path("password"));
    here.configure("http://localhost:8080", "[[users]]\nusername = \"alice\"\npassword_file = \"password\"\n");
    here.run(&["user", "disable", "alice"]).refused_with("belongs to the configuration file");
    here.run(&["user", "delete", "alice", "--yes"]).refused_with("belongs to the configuration file");
    assert!(here.run(&["user", "sign-out", "alice"]).ok, "that changes nothing of what the file says");
    here.run_with(&["user", "set-password", "alice", "--password-stdin"], PASSWORD).refused_with("[[users]]");
}

#[cfg(unix)]
fn private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_: &std::path::Path) {}

/// A code for somebody, not redeemed yet.
fn code(subject: &Subject) -> Code {
    let entropy = &mut SystemEntropy;
    Code {
        hash: Handle::random(HandleKind::Code, entropy).hash(),
        state: CodeState::Unused,
        client: ClientId::parse("shop").unwrap(),
        redirect_uri: RedirectUri::parse("https://shop.example/cb").unwrap(),
        challenge: None,
        authorization: AuthorizationId::random(entropy),
        subject: subject.clone(),
        session: SessionId::random(entropy),
        auth_time: now(),
        amr: vec!["pwd".to_owned()],
        acr: Some("1".to_owned()),
        wanted: countersign_engine::claims::Wanted::default(),
        scope: ScopeSet::parse("openid offline_access").unwrap(),
        resources: Vec::new(),
        nonce: None,
        flow: FlowId::random(entropy),
        issued_at: now(),
        expires_at: now().plus(Ttl::minutes(1)),
        forget_at: now().plus(Ttl::minutes(10)),
    }
}

/// Somebody who is signed in in a browser, in an app.
fn signed_in(here: &Installation, subject: &Subject) -> (SessionId, FamilyId) {
    signed_in_with(here, subject, "openid")
}

fn signed_in_with(here: &Installation, subject: &Subject, scope: &str) -> (SessionId, FamilyId) {
    let entropy = &mut SystemEntropy;
    let (now, end) = (now(), now().plus(Ttl::days(1)));
    let browser = Browser {
        id: BrowserId::random(entropy),
        cookie: Handle::random(HandleKind::Browser, entropy).hash(),
        user_agent: "test".to_owned(),
        seen_at: now,
        expires_at: end,
    };
    let session = Session {
        id: SessionId::random(entropy),
        browser: browser.id.clone(),
        subject: subject.clone(),
        auth_time: now,
        acr: "1".to_owned(),
        amr: vec!["pwd".to_owned()],
        clients: Vec::new(),
        created_at: now,
        expires_at: end,
    };
    let family = Family {
        id: FamilyId::random(entropy),
        client: ClientId::parse("shop").unwrap(),
        authorization: AuthorizationId::random(entropy),
        subject: subject.clone(),
        subject_type: None,
        session: session.id.clone(),
        auth_time: now,
        amr: vec!["pwd".to_owned()],
        acr: Some("1".to_owned()),
        wanted: countersign_engine::claims::Wanted::default(),
        scope: ScopeSet::parse(scope).unwrap(),
        resources: Vec::new(),
        flow: FlowId::random(entropy),
        generation: 0,
        received: false,
        answer: None,
        ended: None,
        signed_out: false,
        created_at: now,
        used_at: now,
        expires_at: end,
    };
    here.insert(&browser);
    here.insert(&session);
    here.insert(&family);
    (session.id, family.id)
}
