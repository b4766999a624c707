//! The database as a file: who may read it, what is in it, who else has it open.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use countersign_engine::{records::Client, token::TokenReply};
use countersign_protocol::HandleHash;
use countersign_store::{Page, Store, StoreError, sqlite::pending};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{
    crash::{child, store_of_child},
    races::{count_up, redeem},
    world::{self, insert},
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn file_and_directory_are_their_owners_alone() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("a/b/countersign.db");
    let store = Store::open(&path).unwrap();
    insert(&store, &world::user("alice")).await;
    for directory in [parent.path().join("a"), parent.path().join("a/b")] {
        assert_eq!(mode(&directory), 0o700);
    }
    let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "the WAL lies beside the database: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{file:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_closed_is_one_file_and_opens_with_all_that_was_in_it() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let store = Store::open(&path).unwrap();
    insert(&store, &world::user("alice")).await;
    assert!(store.user_by_name("alice").await.unwrap().is_some());
    drop(store);
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["countersign.db"]);
    assert!(Store::open(&path).unwrap().user_by_name("alice").await.unwrap().is_some());
}

#[test]
fn a_database_of_a_newer_version_is_refused_with_both_versions_named() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NewerDatabase { found: 7, .. }));
    assert!(error.to_string().contains("format 7") && error.to_string().contains("up to 3"), "{error}");
    assert!(matches!(pending(&path), Err(StoreError::NewerDatabase { .. })));
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::NotOurs { .. }) && error.to_string().contains("other.db"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_called_damaged_and_left_alone() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    fs::write(&path, "this is no database ".repeat(100)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(fs::read(&path).unwrap().starts_with(b"this is no database"));
}

#[tokio::test]
async fn a_damaged_row_is_named_and_hurts_no_other() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let store = Store::open(&path).unwrap();
    insert(&store, &world::user("alice")).await;
    insert(&store, &world::user("bob")).await;
    Connection::open(&path).unwrap().execute("UPDATE users SET body = '{' WHERE key = 'u_bob'", []).unwrap();
    let error = store.user(&world::subject("bob")).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }) && error.to_string().contains("u_bob"), "{error}");
    assert!(store.user(&world::subject("alice")).await.unwrap().is_some());
}

/// Whoever reads all of them has to know where to go on, also after a page that ends with such a row.
#[tokio::test]
async fn a_damaged_client_counts_as_missing_and_can_be_taken_out() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let store = Store::open(&path).unwrap();
    for id in ["c_1", "c_2", "c_3"] {
        insert(&store, &world::client(id)).await;
    }
    Connection::open(&path).unwrap().execute("UPDATE clients SET body = '{' WHERE key = 'c_2'", []).unwrap();
    assert!(store.find::<Client>("c_2").await.unwrap().is_none());
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..3 {
        let page = Page { after: after.as_deref(), limit: 1 };
        let found = store.scan_readable::<Client>(page).await.unwrap();
        seen.push((found.records.len(), found.damaged.len()));
        after = found.next;
    }
    assert_eq!(seen, [(1, 0), (0, 1), (1, 0)]);
    let all = Page { after: None, limit: 9 };
    Connection::open(&path).unwrap().execute("UPDATE clients SET first = 'n', second = 'x'", []).unwrap();
    let listed = store.list_readable_by_second::<Client>("x", all).await.unwrap();
    assert_eq!((listed.records.len(), listed.damaged.len(), listed.next), (2, 1, None));
    assert_eq!(store.count_by_first::<Client>("n", 9).await.unwrap(), 3, "it takes its place");
    let damaged = store.damaged::<Client>("c_2").await.unwrap().unwrap();
    assert!(damaged.why.contains("`clients`, c_2"), "{}", damaged.why);
    assert!(store.damaged::<Client>("c_1").await.unwrap().is_none());
    assert!(store.commit(&damaged.removal()).await.unwrap().is_some());
    assert!(store.commit(&damaged.removal()).await.unwrap().is_none(), "it is gone");
    insert(&store, &world::client("c_2")).await;
}

#[test]
fn what_opening_will_do_can_be_asked_first() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let plan = pending(&path).unwrap();
    assert_eq!((plan.from, plan.steps.len()), (0, 3));
    assert!(!path.exists(), "asking makes nothing");
}

#[tokio::test]
async fn a_database_of_the_first_format_is_brought_up_to_date_with_everything_in_it() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    insert(&Store::open(&path).unwrap(), &world::user("alice")).await;
    Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE logout_notices; DROP TABLE sealed_values; PRAGMA user_version = 1;")
        .unwrap();
    assert_eq!(pending(&path).unwrap().steps.len(), 2);
    let store = Store::open(&path).unwrap();
    assert!(store.user(&world::subject("alice")).await.unwrap().is_some());
    assert!(insert(&store, &world::logout_notice("n_1", "app")).await);
    assert!(insert(&store, &world::sealed_value()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_on_one_file_see_each_other_at_once() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let (server, command) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    assert!(insert(&command, &world::user("alice")).await);
    let mut alice = server.user_by_name("alice").await.unwrap().unwrap();
    alice.enabled = false;
    assert!(world::replace(&server, &alice).await);
    assert!(!world::replace(&command, &alice).await, "the revision is that of before");
    assert!(!command.user_by_name("alice").await.unwrap().unwrap().enabled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child process of the test below"]
async fn counts_to_100_beside_its_parent() {
    count_up(&store_of_child(), 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_count_together_lose_no_step() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let store = Store::open(&path).unwrap();
    insert(&store, &world::initial_access("counter", 0)).await;
    let mut other = child("sqlite::counts_to_100_beside_its_parent", &path, 0);
    count_up(&store, 100).await;
    assert!(other.wait().unwrap().success());
    let counter = store.initial_access(&HandleHash::of("counter")).await.unwrap().unwrap();
    assert_eq!(counter.remaining, 200);
}

#[tokio::test]
async fn no_file_holds_a_secret_that_was_handed_out() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("countersign.db");
    let store = Store::open(&path).unwrap();
    let code = world::waiting_code(&store).await;
    let TokenReply { access_token, refresh_token, .. } = redeem(&store, code.expose(), 1).await.unwrap();
    insert(&store, &world::browser("b_1", "the cookie of a browser")).await;
    let secrets = [
        code.expose().to_owned(),
        access_token,
        refresh_token.unwrap(),
        world::VERIFIER.to_owned(),
        "the cookie of a browser".to_owned(),
    ];
    let everything = |needle: &str| {
        let files = fs::read_dir(directory.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        let mut found = files.filter(|bytes| bytes.windows(needle.len()).any(|window| window == needle.as_bytes()));
        found.next().is_some()
    };
    assert!(everything(code.hash().as_str()), "the search works: the hash is there");
    for secret in &secrets {
        assert!(!everything(secret) && !everything(&secret[4..]), "a secret is in the database");
    }
    drop(store);
    assert!(!secrets.iter().any(|secret| everything(secret)), "a secret is in the closed database");
}
