//! `countersign key` and `countersign registration`.

use countersign_engine::records::{InitialAccess, KeyRecord};
use countersign_protocol::HandleHash;

use crate::world::{Installation, text};

fn states(here: &Installation) -> Vec<(String, String)> {
    let keys = here.json(&["key", "list"]);
    keys.as_array().unwrap().iter().map(|key| (text(key, "kid"), text(key, "state"))).collect()
}

/// One for each algorithm that the server signs with.
const KEYS: usize = 5;

#[test]
fn rotating_makes_new_keys_sign_and_keeps_the_old_ones_published() {
    let here = Installation::new();
    assert!(here.run(&["key", "list"]).out.contains("No signing keys yet"));
    let first = here.json(&["key", "rotate"]);
    assert_eq!(first["current"].as_array().unwrap().len(), KEYS);
    let second = here.json(&["key", "rotate", "--now"]);
    assert_ne!(first["current"], second["current"]);

    let all = states(&here);
    assert_eq!(all.iter().filter(|(_, state)| state == "current").count(), KEYS);
    assert_eq!(all.iter().filter(|(_, state)| state == "retired").count(), KEYS);
    let listed = here.run(&["key", "list"]).out;
    assert!(listed.contains("successor is made in") && listed.contains("is removed in 2 days"), "{listed}");
    let sealed = here.find::<KeyRecord>(&all[0].0).unwrap().sealed;
    assert!(!listed.contains(&sealed) && !here.json(&["key", "list"]).to_string().contains(&sealed));
}

#[test]
fn rotating_publishes_new_keys_first_and_lets_them_sign_when_every_verifier_can_have_them() {
    let here = Installation::new();
    let first = here.json(&["key", "rotate"]);
    let next = here.json(&["key", "rotate"]);
    let next = next["next"].as_array().unwrap();
    assert_eq!(next.len(), KEYS);
    let listed = here.json(&["key", "list"]);
    let of = |state: &str| -> Vec<String> {
        let keys = listed.as_array().unwrap().iter().filter(|key| key["state"] == state);
        keys.map(|key| text(key, "kid")).collect()
    };
    assert_eq!((of("current").len(), of("next").len(), of("retired").len()), (KEYS, KEYS, 0));
    assert!(first["current"].as_array().unwrap().iter().all(|key| of("current").contains(&text(key, "kid"))));
    let waits = listed.as_array().unwrap().iter().find(|key| key["state"] == "next").unwrap();
    assert_eq!((&waits["next"]["what"], &waits["next"]["at"]), (&"signs".into(), &next[0]["signs_at"]));
    let ends = listed.as_array().unwrap().iter().find(|key| key["state"] == "current").unwrap();
    assert_eq!((&ends["next"]["what"], &ends["next"]["at"]), (&"retires".into(), &next[0]["signs_at"]));
    assert!(here.run(&["key", "list"]).out.contains("signs in "));
    assert_eq!(here.json(&["key", "rotate"])["next"].as_array().unwrap(), next, "twice is once");
    assert_ne!(here.json(&["key", "rotate", "--now"])["current"], first["current"]);
}

/// A key of one kind may be known to somebody else, or wanted anew by somebody; the others need not change for that.
#[test]
fn rotating_can_be_of_one_algorithm_only_and_leaves_the_others_alone() {
    let here = Installation::new();
    assert!(here.run(&["key", "rotate", "--algorithm", "RS256"]).ok);
    let of = |state: &str| -> Vec<(String, String)> {
        let keys = here.json(&["key", "list"]);
        let keys = keys.as_array().unwrap().iter().filter(|key| key["state"] == state);
        keys.map(|key| (text(key, "algorithm"), text(key, "kid"))).collect()
    };
    let first = of("current");
    assert_eq!(first.len(), KEYS, "the first keys are of every kind");

    let next = here.json(&["key", "rotate", "--algorithm", "ES256", "--algorithm", "RS256"]);
    let announced: Vec<_> = next["next"].as_array().unwrap().iter().map(|key| text(key, "algorithm")).collect();
    assert_eq!(announced, ["ES256", "RS256"]);
    assert_eq!((of("current"), of("next").len()), (first.clone(), 2));

    let now = here.json(&["key", "rotate", "--now", "--algorithm", "RS256"]);
    assert_eq!(now["current"].as_array().unwrap().len(), 1);
    let changed: Vec<_> = of("current").into_iter().filter(|key| !first.contains(key)).collect();
    assert_eq!(changed, [("RS256".to_owned(), text(&now["current"][0], "kid"))]);
    let refused = here.run(&["key", "rotate", "--algorithm", "none"]);
    assert!(!refused.ok && refused.err.contains("not a supported signature algorithm"), "{refused:?}");
}

#[test]
fn keys_are_not_rotated_under_another_master_key_or_under_none() {
    let here = Installation::new();
    assert!(here.run(&["key", "rotate"]).ok);
    let before = states(&here);

    std::fs::remove_file(here.path("realm.key")).unwrap();
    here.run(&["key", "rotate"]).refused_with("is not there");
    assert!(!here.path("realm.key").exists(), "a new one would open nothing");

    assert!(here.run(&["key", "new-master", "--out", "realm.key"]).ok);
    here.run(&["key", "rotate"]).refused_with("does not open the signing keys");
    assert_eq!(states(&here), before);
}

#[test]
fn the_server_does_not_start_with_another_master_key_or_make_one_beside_sealed_keys() {
    let here = Installation::new();
    let config = std::fs::read_to_string(here.path("countersign.toml")).unwrap();
    std::fs::write(here.path("countersign.toml"), format!("listen = \"127.0.0.1:0\"\n{config}")).unwrap();
    assert!(here.run(&["key", "rotate"]).ok);

    std::fs::remove_file(here.path("realm.key")).unwrap();
    here.run(&["serve"]).refused_with("is not there");
    assert!(!here.path("realm.key").exists(), "a new one would open nothing");

    assert!(here.run(&["key", "new-master", "--out", "realm.key"]).ok);
    here.run(&["serve"]).refused_with("the signing keys can't be used");
}

#[cfg(unix)]
#[test]
fn key_files_and_the_database_are_open_to_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let here = Installation::new();
    assert!(here.run(&["key", "new-master", "--out", "fresh.key"]).ok);
    assert!(here.run(&["key", "rotate"]).ok);
    for file in ["fresh.key", "realm.key", "realm.db"] {
        let mode = std::fs::metadata(here.path(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    std::fs::set_permissions(here.path("realm.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    here.run(&["key", "rotate"]).refused_with("600");
}

#[test]
fn a_master_key_is_fresh_each_time_and_never_replaces_another() {
    let here = Installation::new();
    let [one, two] = [0; 2].map(|_| text(&here.json(&["key", "new-master"]), "master_key"));
    assert_eq!(one.len(), 43);
    assert_ne!(one, two);
    assert!(here.run(&["key", "new-master", "--out", "a.key"]).ok);
    let before = std::fs::read(here.path("a.key")).unwrap();
    here.run(&["key", "new-master", "--out", "a.key"]).refused_with("is there already");
    assert_eq!(std::fs::read(here.path("a.key")).unwrap(), before);
}

#[test]
fn an_initial_access_token_is_shown_once_and_stored_as_a_hash() {
    let here = Installation::new();
    let made = here.json(&["registration", "token", "--uses", "3", "--expires", "1h"]);
    let token = text(&made, "initial_access_token");
    let stored = here.find::<InitialAccess>(HandleHash::of(&token).as_str()).unwrap();
    assert_eq!(stored.remaining, 3);
    assert!(!here.database().contains(&token));
}
