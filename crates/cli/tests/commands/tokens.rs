//! `countersign token inspect`.

use countersign_engine::records::{Authorization, Client, Ended, Family, Refresh, User};
use countersign_protocol::{FamilyId, FlowId, Handle, HandleKind, SessionId, Subject, Ttl};
use countersign_server::edge::SystemEntropy;
use serde_json::Value;

use crate::world::{Installation, approval, bare, now, text};

fn inspect(here: &Installation, token: &str) -> Value {
    let outcome = here.run_with(&["token", "inspect", "--json"], &format!("{token}\n"));
    assert!(!outcome.out.contains(token), "the token came back: {outcome:?}");
    outcome.json()
}

fn service(here: &Installation) -> String {
    let arguments = ["client", "add", "--name", "Service", "--grant", "client_credentials", "--id", "service"];
    text(&here.json(&arguments), "client_secret")
}

/// A token of a server that runs beside the commands.
fn issued(here: &Installation, secret: &str) -> String {
    let body = format!("grant_type=client_credentials&scope=read:files&client_id=service&client_secret={secret}");
    let answer = here.block_on(async {
        #[expect(clippy::disallowed_methods, reason = "asks the server of this test")]
        let request = reqwest::Client::new().post(format!("{}/token", here.issuer()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.unwrap().bytes().await.unwrap()
    });
    text(&serde_json::from_slice(&answer).unwrap(), "access_token")
}

#[test]
fn a_jwt_is_explained_checked_and_looked_up() {
    let here = Installation::running();
    let token = issued(&here, &service(&here));
    let report = inspect(&here, &format!("Bearer {token}"));
    assert_eq!((text(&report, "kind").as_str(), &report["works"]), ("jwt_access_token", &true.into()), "{report}");
    assert_eq!(report["signature"]["fits"], true);
    assert_eq!(report["claims"]["client_id"], "service");
    let printed = here.run_with(&["token", "inspect"], &token).out;
    assert!(printed.contains("when it stops working") && printed.contains("in 5 minutes"), "{printed}");

    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    let report = inspect(&here, &forged);
    assert_eq!((&report["works"], &report["signature"]["fits"]), (&false.into(), &false.into()), "{report}");

    assert!(here.run(&["client", "disable", "service"]).ok);
    let why = text(&inspect(&here, &token), "why");
    assert!(why.starts_with("its client is disabled; ") && why.contains("until it expires"), "{why}");

    let nowhere = bare(&here.path(""), &["token", "inspect", "--json"], &token).json();
    assert_eq!((&nowhere["works"], &nowhere["signature"]["fits"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_refresh_token_is_placed_in_its_family() {
    let here = Installation::new();
    service(&here);
    let tokens: Vec<Handle> = (0..3).map(|_| Handle::random(HandleKind::RefreshToken, &mut SystemEntropy)).collect();
    let mut family = family(&here);
    family.generation = 2;
    family.answer = Some("sealed".to_owned());
    here.insert(&family);
    for (generation, token) in (0..).zip(&tokens) {
        let expires_at = family.expires_at;
        here.insert(&Refresh { hash: token.hash(), family: family.id.clone(), generation, expires_at });
    }
    let cases = [(2, true, "the newest"), (1, true, "the same answer again"), (0, false, "used before")];
    for (generation, works, why) in cases {
        let report = inspect(&here, tokens[generation].expose());
        assert_eq!(report["works"], works, "{report}");
        assert!(text(&report, "why").contains(why), "{report}");
        assert_eq!(report["record"]["family_generation"], 2);
        assert_eq!(report["record"]["user"], "alice");
    }

    assert!(here.run(&["user", "disable", "alice"]).ok);
    assert_eq!(text(&inspect(&here, tokens[2].expose()), "why"), "its user is disabled");
    assert!(here.run(&["user", "enable", "alice"]).ok);

    let store = here.store();
    here.block_on(async {
        let mut ended = store.family(&family.id).await.unwrap().unwrap();
        ended.ended = Some(Ended::RefreshReplayed);
        let mut writes = countersign_engine::Writes::none();
        writes.replace(&ended);
        store.commit(&writes).await.unwrap().unwrap();
    });
    assert_eq!(text(&inspect(&here, tokens[2].expose()), "why"), "an older refresh token came back");
}

#[test]
fn every_kind_of_credential_is_known_by_its_prefix() {
    let here = Installation::new();
    let kinds = [
        (HandleKind::AccessToken, "opaque_access_token"),
        (HandleKind::RefreshToken, "refresh_token"),
        (HandleKind::Code, "authorization_code"),
        (HandleKind::ClientSecret, "client_secret"),
        (HandleKind::Registration, "registration_token"),
        (HandleKind::Browser, "browser_cookie"),
        (HandleKind::Interaction, "interaction_handle"),
    ];
    for (kind, name) in kinds {
        let handle = Handle::random(kind, &mut SystemEntropy);
        let report = inspect(&here, handle.expose());
        assert_eq!((text(&report, "kind").as_str(), &report["works"]), (name, &false.into()));
        let cut = &handle.expose()[..50];
        assert_eq!(text(&inspect(&here, cut), "kind"), "damaged");
    }
    let secret = service(&here);
    let report = inspect(&here, &secret);
    assert_eq!((&report["works"], &report["record"]["client"]), (&true.into(), &"service".into()), "{report}");
}

#[test]
fn what_is_no_token_is_said_to_be_none() {
    let here = Installation::new();
    here.run_with(&["token", "inspect"], "hello").refused_with("no token of a Countersign server, and no JWT");
    here.run_with(&["token", "inspect"], "").refused_with("no token");
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    assert_eq!(inspect(&here, unsigned)["works"], false);
}

/// A family of alice's, with everything that it hangs off.
fn family(here: &Installation) -> Family {
    let entropy = &mut SystemEntropy;
    let client: Client = here.find("service").unwrap();
    let user = User {
        subject: Subject::random(entropy),
        username: "alice".to_owned(),
        password: None,
        claims: serde_json::Map::new(),
        enabled: true,
        created_at: now(),
        updated_at: None,
    };
    let approval = Authorization { client: client.id.clone(), ..approval(&user.subject) };
    here.insert(&user);
    here.insert(&approval);
    Family {
        id: FamilyId::random(entropy),
        client: client.id,
        authorization: approval.id,
        subject: user.subject,
        subject_type: None,
        session: SessionId::random(entropy),
        auth_time: now(),
        amr: vec!["pwd".to_owned()],
        acr: Some("1".to_owned()),
        wanted: countersign_engine::claims::Wanted::default(),
        scope: approval.scope,
        resources: Vec::new(),
        flow: FlowId::random(entropy),
        generation: 0,
        received: false,
        answer: None,
        ended: None,
        signed_out: false,
        created_at: now(),
        used_at: now(),
        expires_at: now().plus(Ttl::days(1)),
    }
}
