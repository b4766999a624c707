//! `kill -9` under load: nothing that was answered is lost, and nothing is there by halves.
//!
//! The test runs itself again as a child process, which commits numbered pairs of rows and prints each number that was
//! answered. The parent kills it at seeded moments and looks what is there.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use countersign_engine::{Writes, records::Once};
use countersign_store::{Page, Store};
use tempfile::TempDir;

use crate::world::{NOW, Seeded, commit_patiently, once};

const ROUNDS: u32 = 20;
const DATABASE: &str = "COUNTERSIGN_TEST_DATABASE";
const ROUND: &str = "COUNTERSIGN_TEST_ROUND";

/// This test binary again, with one of its ignored tests as the main function.
pub(crate) fn child(test: &str, database: &Path, round: u32) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture"]);
    command.env(DATABASE, database).env(ROUND, round.to_string());
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// The store that the parent named.
pub(crate) fn store_of_child() -> Store {
    Store::open(Path::new(&std::env::var_os(DATABASE).unwrap())).unwrap()
}

fn pair(round: u32, number: u32) -> [String; 2] {
    [format!("left:{round}:{number}"), format!("right:{round}:{number}")]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child process of the crash test"]
async fn commits_until_it_is_killed() {
    let store = store_of_child();
    let round: u32 = std::env::var(ROUND).unwrap().parse().unwrap();
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let mut writes = Writes::none();
                for key in pair(round, number) {
                    writes.insert(&once(&key, NOW));
                }
                assert!(commit_patiently(&store, &writes).await);
                // Fails, and so ends the child, when the parent is gone.
                writeln!(std::io::stdout(), "answered {number}.").unwrap();
            }
        });
    }
    tasks.join_all().await;
}

/// Lets the child run until it has answered so many commits, kills it, and returns all that it had answered.
fn run_and_kill(database: &Path, round: u32, wanted: usize) -> BTreeSet<u32> {
    let mut child = child("crash::commits_until_it_is_killed", database, round);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The dot tells a whole line from one that was cut off.
    let number = |line: String| line.split("answered ").nth(1)?.strip_suffix('.')?.parse::<u32>().ok();
    let mut answered = BTreeSet::new();
    while answered.len() < wanted {
        let line = lines.next().unwrap_or_else(|| panic!("the child ended by itself"));
        answered.extend(number(line.unwrap()));
    }
    child.kill().unwrap();
    answered.extend(lines.map_while(Result::ok).filter_map(number));
    child.wait().unwrap();
    answered
}

/// All pairs that are stored; fails if one half is missing.
async fn stored_pairs(store: &Store) -> BTreeSet<String> {
    let (mut left, mut right, mut after) = (BTreeSet::new(), BTreeSet::new(), None::<String>);
    loop {
        let rows = store.scan::<Once>(Page { after: after.as_deref(), limit: 1000 }).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = Some(last.key.clone());
        for row in &rows {
            match row.key.split_once(':').unwrap() {
                ("left", number) => left.insert(number.to_owned()),
                (_, number) => right.insert(number.to_owned()),
            };
        }
    }
    assert_eq!(left, right, "a commit was applied by halves");
    left
}

#[tokio::test]
async fn kill_9_under_load_loses_nothing_that_was_answered() {
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("countersign.db");
    let mut moments = Seeded(9);
    let mut answered = BTreeSet::new();
    for round in 0..ROUNDS {
        // The first one is killed while it makes the database, or before.
        let wanted = if round == 0 { 0 } else { 1 + moments.next() % 300 };
        let numbers = run_and_kill(&database, round, usize::try_from(wanted).unwrap());
        answered.extend(numbers.iter().map(|number| format!("{round}:{number}")));
        let store = Store::open(&database).unwrap();
        let stored = stored_pairs(&store).await;
        let lost: Vec<_> = answered.difference(&stored).collect();
        assert!(lost.is_empty(), "answered and lost in round {round}: {lost:?}");
    }
    assert!(answered.len() > 1000, "too little happened: {}", answered.len());
}
