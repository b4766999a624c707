//! `countersign client`.

use countersign_engine::records::{Authorization, Client, ClientKeys, ClientKind, Dynamic, Once, Origin, Pkce};
use countersign_protocol::{ClientId, Handle, HandleHash, HandleKind, Subject, Ttl};
use countersign_server::edge::SystemEntropy;
use countersign_store::Store;

use crate::world::{Installation, approval, bare, now, text};

const SHOP: [&str; 8] =
    ["client", "add", "--name", "Shop", "--redirect-uri", "https://shop.example/cb", "--id", "shop"];

fn secrets(client: &Client) -> usize {
    match &client.kind {
        ClientKind::Confidential(ClientKeys::Secrets { secrets, .. }) => secrets.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_secret_is_shown_once_and_stored_as_a_hash() {
    let here = Installation::new();
    let added = here.json(&SHOP);
    let secret = text(&added, "client_secret");
    assert_eq!(text(&added, "client_id"), "shop");
    assert_eq!(added["redirect_uris"][0], "https://shop.example/cb");

    let shown = here.run(&["client", "show", "shop"]);
    assert!(shown.ok && shown.out.contains("https://shop.example/cb"), "{shown:?}");
    for later in [shown.out, here.run(&["client", "list"]).out, here.json(&["client", "show", "shop"]).to_string()] {
        assert!(!later.contains(&secret), "{later}");
    }
    let stored = here.database();
    assert!(!stored.contains(&secret));
    assert!(stored.contains(HandleHash::of(&secret).as_str()));
}

#[test]
fn each_kind_of_client_can_be_added() {
    let here = Installation::new();
    let jwks = r#"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    std::fs::write(here.path("keys.json"), jwks).unwrap();
    let cases: [(&[&str], &str, bool); 4] = [
        (&["--public", "--redirect-uri", "https://spa.example/"], "none", false),
        (&["--public", "--native", "--redirect-uri", "http://127.0.0.1/cb"], "none", false),
        (&["--private-key-jwt", "--jwks", "keys.json", "--grant", "client_credentials"], "private_key_jwt", false),
        (&["--grant", "client_credentials", "--scope", "read:files"], "client_secret_basic", true),
    ];
    for (arguments, method, has_secret) in cases {
        let all = [&["client", "add", "--name", "App"], arguments].concat();
        let added = here.json(&all);
        assert_eq!(text(&added, "token_endpoint_auth_method"), method);
        assert_eq!(added["client_secret"].is_string(), has_secret, "{added}");
        assert_eq!(text(&here.json(&["client", "show", &text(&added, "client_id")]), "client_name"), "App");
    }
    assert_eq!(here.json(&["client", "list"]).as_array().unwrap().len(), cases.len());
}

#[test]
fn a_refusal_says_what_was_expected_what_came_and_what_to_do() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let cases: [(&[&str], &[&str]); 8] = [
        (&["add", "--name", "A"], &["at least one redirect URI", "--grant client_credentials"]),
        (&["add", "--name", "A", "--redirect-uri", "http://a.example/"], &["http is for loopback", "--native"]),
        (&["add", "--name", "A", "--redirect-uri", "javascript:x"], &["dot", "--native"]),
        (&["add", "--name", "A", "--redirect-uri", "https://a.example", "--scope", "fly"], &["fly", "Offered here: "]),
        (&["add", "--name", "A", "--redirect-uri", "https://a.example", "--id", "shop"], &["shop already", "--id"]),
        (&["add", "--name", "A", "--redirect-uri", "https://a.example", "--id", "u_a"], &["u_", "Without --id"]),
        (&["show", "shopp"], &["no client \"shopp\"", "client list"]),
        (&["remove", "shop"], &["can't be undone", "--yes"]),
    ];
    for (arguments, words) in cases {
        let outcome = here.run(&[&["client"], arguments].concat());
        for words in words {
            outcome.refused_with(words);
        }
    }
    let both = here.run(&["client", "add", "--name", "A", "--public", "--pkce-optional"]);
    assert!(!both.ok && both.err.contains("cannot be used with"), "{both:?}");
}

#[test]
fn optional_pkce_is_for_confidential_clients_and_is_loud() {
    let here = Installation::new();
    let added = here.run(&[&SHOP[..], &["--pkce-optional"]].concat());
    assert!(added.ok && added.err.contains("WARNING"), "{added:?}");
    assert_eq!(here.find::<Client>("shop").unwrap().pkce, Pkce::Optional);
    assert!(here.run(&["client", "list"]).out.contains("UNSAFE"));
}

#[test]
fn a_new_secret_lives_beside_the_old_ones_which_get_an_end() {
    let here = Installation::new();
    let first = text(&here.json(&SHOP), "client_secret");
    let rotated = here.json(&["client", "rotate-secret", "shop"]);
    assert_ne!(text(&rotated, "client_secret"), first);
    let ends: Vec<_> = rotated["client_secrets"].as_array().unwrap().iter().map(|one| &one["expires_at"]).collect();
    assert!(ends[0].is_string() && ends[1].is_null(), "{rotated}");

    for name in ["a", "b", "c"] {
        assert!(here.run(&["client", "rotate-secret", "shop", "--expire-others", "never", "--name", name]).ok);
    }
    here.run(&["client", "rotate-secret", "shop"]).refused_with("has 5 secrets");
    let last = here.json(&["client", "rotate-secret", "shop", "--expire-others", "0s"]);
    assert_eq!(last["client_secrets"].as_array().unwrap().len(), 1, "{last}");

    let public = ["client", "add", "--name", "Spa", "--public", "--redirect-uri", "https://a.example", "--id", "spa"];
    assert!(here.run(&public).ok);
    here.run(&["client", "rotate-secret", "spa"]).refused_with("has no secret");
}

#[test]
fn a_removed_client_takes_the_approvals_of_its_users_along() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let (client, subject) = (ClientId::parse("shop").unwrap(), Subject::random(&mut SystemEntropy));
    here.insert(&approval(&subject));

    let removed = here.json(&["client", "remove", "shop", "--yes"]);
    assert_eq!(removed["approvals_removed"], 1);
    assert!(here.find::<Client>("shop").is_none());
    assert!(here.find::<Authorization>(&Authorization::key_of(&client, &subject)).is_none());
    here.run(&["client", "remove", "shop", "--yes"]).refused_with("no client");
}

#[test]
fn a_disabled_client_is_marked_and_can_go_on() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    assert_eq!(here.json(&["client", "disable", "shop"])["enabled"], false);
    assert!(here.run(&["client", "list"]).out.contains("disabled"));
    assert_eq!(here.json(&["client", "enable", "shop"])["enabled"], true);
}

#[test]
fn what_belongs_to_the_configuration_is_not_changed_by_command() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let mut fixed = here.find::<Client>("shop").unwrap();
    fixed.id = ClientId::parse("fixed").unwrap();
    fixed.origin = Origin::Config;
    here.insert(&fixed);
    for command in ["rotate-secret", "disable", "enable", "remove"] {
        here.run(&["client", command, "fixed"]).refused_with("belongs to the configuration file");
    }
    let more = "[[clients]]\nclient_id = \"later\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.example/\"]\n";
    here.configure("http://localhost:8080", more);
    here.run(&["client", "add", "--name", "A", "--redirect-uri", "https://a.example", "--id", "later"])
        .refused_with("is in the configuration file");
}

/// Four commands and a server change one client at the same time: nobody's change is lost.
#[test]
fn commands_that_race_each_other_and_a_server_all_get_through() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let store = here.store();
    let id = ClientId::parse("shop").unwrap();
    let rotate = ["client", "rotate-secret", "shop", "--expire-others", "never"];
    std::thread::scope(|scope| {
        let commands: Vec<_> = (0..4).map(|_| scope.spawn(|| here.run(&rotate))).collect();
        here.block_on(async {
            for round in 0..50_u32 {
                let mut client = store.client(&id).await.unwrap().unwrap();
                client.name = format!("Shop {round}");
                let mut writes = countersign_engine::Writes::none();
                writes.replace(&client);
                store.commit(&writes).await.unwrap();
            }
        });
        for command in commands {
            let outcome = command.join().unwrap();
            assert!(outcome.ok, "{outcome:?}");
        }
    });
    assert_eq!(secrets(&here.find::<Client>("shop").unwrap()), 5);
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let mut client = here.find::<Client>("shop").unwrap();
    client.id = ClientId::parse("evil").unwrap();
    client.name = "\u{1b}[2JBank\u{202e}".to_owned();
    here.insert(&client);
    for command in [&["client", "list"][..], &["client", "show", "evil"]] {
        let printed = here.run(command).out;
        assert!(printed.contains("Bank") && !printed.contains('\u{1b}') && !printed.contains('\u{202e}'), "{printed}");
    }
}

#[test]
fn a_folder_without_a_database_is_not_made_into_one() {
    let here = Installation::new();
    let folder = here.path("");
    bare(&folder, &["client", "list", "--data", "typo"], "").refused_with("there is no database typo");
    assert!(!here.path("typo").exists());
    bare(&folder, &["client", "list"], "").refused_with("--config FILE");
    drop(Store::open(&here.path("data/countersign.db")).unwrap());
    let empty = bare(&folder, &["client", "list", "--data", "data", "--json"], "").json();
    assert_eq!(empty, serde_json::json!([]));
    bare(&folder, &["client", "list", "--config", "typo.toml"], "").refused_with("typo.toml");
}

#[test]
fn a_client_is_traced_for_a_while_and_not_any_more() {
    let here = Installation::new();
    let id = text(
        &here.json(&["client", "add", "--name", "App", "--public", "--redirect-uri", "https://a.example/cb"]),
        "client_id",
    );
    let key = format!("trace:{id}");
    for minutes in ["10", "60"] {
        let said = here.run(&["client", "trace", &id, "--minutes", minutes]);
        assert!(said.ok && said.out.contains("Codes, tokens, passwords"), "{}", said.out);
    }
    let row = here.find::<Once>(&key).unwrap();
    assert!((3500..=3600).contains(&row.expires_at.secs_since(now())));
    assert!(here.run(&["client", "show", &id]).out.contains("traced until"));
    assert!(here.json(&["client", "show", &id])["traced_until"].is_string());
    assert_eq!(here.json(&["client", "trace", &id, "--off"])["traced_until"], serde_json::Value::Null);
    assert!(here.find::<Once>(&key).is_none());
    assert!(!here.run(&["client", "show", &id]).out.contains("traced"));
    here.insert(&Once::trace(&ClientId::parse(&id).unwrap(), now()));
    assert!(here.json(&["client", "show", &id]).get("traced_until").is_none(), "that was until now");
    assert!(here.run(&["client", "trace", &id, "--off"]).ok, "that it is off already is fine");

    for wrong in [vec![], vec!["--minutes", "5", "--off"], vec!["--minutes", "1441"], vec!["--minutes", "0"]] {
        let typed: Vec<&str> = ["client", "trace", &id].into_iter().chain(wrong).collect();
        let answer = here.run(&typed);
        assert!(!answer.ok && answer.err.contains("--minutes"), "{answer:?}");
    }
    here.run(&["client", "trace", "nobody", "--minutes", "5"]).refused_with("there is no client");
}

#[test]
fn one_list_shows_every_client_that_registered_itself_with_its_last_use() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    assert!(here.run(&["client", "list", "--dynamic"]).out.contains("No client has registered itself"));
    let shop: Client = here.find("shop").unwrap();
    for (n, used_at) in [(1, None), (2, Some(now()))] {
        here.insert(&Client {
            id: ClientId::parse(&format!("c_{n}")).unwrap(),
            name: format!("App {n}"),
            origin: Origin::Dynamic,
            dynamic: Some(Dynamic {
                access: HandleHash::of("token"),
                network: "net".to_owned(),
                used_at,
                expires_at: now().plus(Ttl::days(90)),
                changed_at: None,
                locked: false,
            }),
            ..shop.clone()
        });
    }
    let list = here.run(&["client", "list", "--dynamic"]).out;
    assert!(list.contains("LAST USED") && list.contains("App 1") && list.contains("never"), "{list}");
    assert!(!list.contains("shop"), "{list}");
    let list = here.json(&["client", "list", "--dynamic"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert!(list[0]["dynamic"]["last_used_at"].is_null() && list[1]["dynamic"]["last_used_at"].is_string(), "{list}");
    assert_eq!(here.json(&["client", "list"]).as_array().unwrap().len(), 3);
    assert!(here.run(&["client", "show", "c_1"]).out.contains("forgotten after"));
}

/// CVE-2026-9705 and its class: from the first change by an administrator on, the client's own token changes nothing.
#[test]
fn a_changed_client_is_the_administrators() {
    let here = Installation::new();
    assert!(here.run(&SHOP).ok);
    let shop: Client = here.find("shop").unwrap();
    let token = Handle::random(HandleKind::Registration, &mut SystemEntropy);
    let dynamic = Dynamic {
        access: token.hash(),
        network: "net".to_owned(),
        used_at: None,
        expires_at: now().plus(Ttl::days(90)),
        changed_at: None,
        locked: false,
    };
    here.insert(&Client { id: ClientId::parse("c_1").unwrap(), dynamic: Some(dynamic), ..shop });
    let locked = || here.find::<Client>("c_1").unwrap().dynamic.unwrap().locked;
    assert!(here.run(&["client", "disable", "c_1"]).ok && here.run(&["client", "enable", "c_1"]).ok);
    assert!(!locked(), "off and on leaves nothing that could be undone");
    let inspected = || here.run_with(&["token", "inspect"], token.expose()).out;
    assert!(inspected().contains("changes and removes itself by it"), "{}", inspected());
    assert!(here.run(&["client", "rotate-secret", "c_1"]).ok);
    assert!(locked());
    assert!(inspected().contains("an administrator has changed it"), "{}", inspected());
}
