//! What only the inside shows: a commit that the disk refuses, a full queue, the shape of the tables.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use countersign_engine::{
    Writes,
    records::{Kind, Once},
};
use countersign_protocol::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    Options, Sqlite, migrate, open, statements,
    writer::{Op, Outcome, Writer},
};
use crate::{Store, StoreError};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn path(&self) -> std::path::PathBuf {
        self.directory.path().join("countersign.db")
    }

    fn connection(&self) -> Connection {
        open::for_writing(&self.path(), &Options::default()).unwrap()
    }

    /// Another connection that holds the write lock until it is dropped.
    fn locked(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }

    async fn has(&self, key: &str) -> bool {
        Store::open(&self.path()).unwrap().once(key).await.unwrap().is_some()
    }
}

fn insert(key: &str) -> Op {
    let mut writes = Writes::none();
    writes.insert(&Once { key: key.to_owned(), expires_at: NOW });
    Op::Commit(writes)
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Outcome, StoreError>> + 'a>>;

/// Queues an operation without waiting for it.
fn queue(writer: &Writer, op: Op) -> (Pending<'_>, Option<Result<Outcome, StoreError>>) {
    let mut pending: Pending<'_> = Box::pin(writer.run(op));
    match pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => (pending, Some(answer)),
        Poll::Pending => (pending, None),
    }
}

/// A foreign key that is checked at COMMIT only, and that a row with the key `poison` breaks.
const POISON: &str = "
    PRAGMA foreign_keys = ON;
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER poison AFTER INSERT ON once WHEN new.key = 'poison' BEGIN INSERT INTO child VALUES (1); END;";

#[tokio::test]
async fn a_commit_that_fails_is_answered_as_an_error_to_everybody_in_it() {
    let place = Place::new();
    let connection = place.connection();
    connection.execute_batch(POISON).unwrap();
    let writer = Writer::start(connection, 16).unwrap();
    let lock = place.locked();
    // The writer waits with the first one; the others are folded into one transaction after that.
    let (first, others) =
        (queue(&writer, insert("first")), ["a", "poison", "b"].map(|key| queue(&writer, insert(key))));
    drop(lock);
    let first = first.0.await.is_ok();
    let mut failed = 0;
    for (answer, key) in others.into_iter().map(|(pending, _)| pending).zip(["a", "poison", "b"]) {
        match answer.await {
            Ok(outcome) => assert!(matches!(outcome, Outcome::Applied) && place.has(key).await, "{key}"),
            Err(error) => {
                failed += 1;
                assert!(error.to_string().contains("FOREIGN KEY"), "{error}");
                assert!(!place.has(key).await, "{key} was answered as an error, and is there");
            }
        }
    }
    assert!(failed >= 1 && place.has("first").await == first);
    assert!(matches!(writer.run(insert("later")).await, Ok(Outcome::Applied)), "the writer goes on");
    assert!(place.has("later").await);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_answered_and_the_store_recovers() {
    let place = Place::new();
    let connection = place.connection();
    let pages: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update_and_check(None, "max_page_count", pages + 20, |_| Ok(())).unwrap();
    let writer = Writer::start(connection, 16).unwrap();
    let (mut stored, mut failed) = (Vec::new(), Vec::new());
    for number in 0..200 {
        let key = format!("{number}:{}", "x".repeat(1000));
        match writer.run(insert(&key)).await {
            Ok(outcome) => {
                assert!(matches!(outcome, Outcome::Applied));
                stored.push(key);
            }
            Err(error) => {
                assert!(error.to_string().contains("full"), "{error}");
                failed.push(key);
            }
        }
    }
    assert!(stored.len() > 5 && failed.len() > 5, "{} {}", stored.len(), failed.len());
    drop(writer);

    let store = Store::open(&place.path()).unwrap();
    for key in &stored {
        assert!(store.once(key).await.unwrap().is_some());
    }
    for key in &failed {
        assert!(store.once(key).await.unwrap().is_none());
        let Op::Commit(again) = insert(key) else { panic!("another operation") };
        assert!(store.commit(&again).await.unwrap().is_some(), "there is space again");
    }
}

#[tokio::test]
async fn a_full_queue_is_overload_at_once_and_what_is_queued_is_done() {
    let place = Place::new();
    let writer = Writer::start(place.connection(), 8).unwrap();
    let lock = place.locked();
    let mut waiting = Vec::new();
    let refused = (0..1000).find_map(|number| {
        let (pending, answer) = queue(&writer, insert(&number.to_string()));
        if answer.is_none() {
            waiting.push(pending);
        }
        answer
    });
    assert!(matches!(refused, Some(Err(StoreError::Overloaded))));
    drop(lock);
    for pending in waiting {
        assert!(matches!(pending.await, Ok(Outcome::Applied)));
    }
}

#[tokio::test]
async fn one_that_is_refused_takes_nobody_with_it() {
    let place = Place::new();
    let writer = Writer::start(place.connection(), 8).unwrap();
    assert!(matches!(writer.run(insert("taken")).await, Ok(Outcome::Applied)));
    let lock = place.locked();
    let mut twice = Writes::none();
    for key in ["undone", "taken"] {
        twice.insert(&Once { key: key.to_owned(), expires_at: NOW });
    }
    let jobs = [insert("first"), insert("taken"), Op::Commit(twice), insert("last")];
    let pending = jobs.map(|op| queue(&writer, op).0);
    drop(lock);
    let mut applied = Vec::new();
    for answer in pending {
        applied.push(matches!(answer.await, Ok(Outcome::Applied)));
    }
    assert_eq!(applied, [true, false, false, true]);
    assert!(place.has("last").await && !place.has("undone").await);
}

#[tokio::test]
async fn closing_finishes_what_is_queued_though_nobody_waits_for_it() {
    let place = Place::new();
    let writer = Writer::start(place.connection(), 64).unwrap();
    let lock = place.locked();
    for number in 0..50 {
        drop(queue(&writer, insert(&number.to_string())));
    }
    drop(lock);
    drop(writer);
    for number in 0..50 {
        assert!(place.has(&number.to_string()).await);
    }
}

#[tokio::test]
async fn another_process_that_writes_too_long_is_overload() {
    let place = Place::new();
    let options = Options { busy: Duration::from_millis(20), ..Options::default() };
    let store = Store::new(std::sync::Arc::new(Sqlite::open(&place.path(), &options).unwrap()));
    let Op::Commit(writes) = insert("x") else { panic!("another operation") };
    let lock = place.locked();
    assert!(matches!(store.commit(&writes).await, Err(StoreError::Overloaded)));
    assert!(matches!(store.ready().await, Err(StoreError::Overloaded)));
    assert!(store.once("x").await.unwrap().is_none(), "reading goes on meanwhile");
    drop(lock);
    assert!(store.commit(&writes).await.unwrap().is_some());
}

#[test]
fn every_kind_has_its_table_and_unique_keys_are_unique() {
    let connection = Place::new().connection();
    for kind in Kind::ALL {
        let sql = format!("SELECT \"unique\" FROM pragma_index_list('{0}') WHERE name = '{0}_first'", kind.table());
        let unique: bool = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(unique, kind.first_is_unique(), "{kind:?}");
    }
}

/// A search through an index, in the order in which it lies: nothing is sorted, no table is read as a whole.
#[test]
fn every_read_goes_by_an_index() {
    let connection = Place::new().connection();
    for kind in Kind::ALL {
        for sql in statements::queries(*kind) {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().unwrap() {
                let detail: String = row.get(3).unwrap();
                let fine = ["SEARCH", "LIST SUBQUERY", "CO-ROUTINE", "SCAN (subquery"];
                assert!(fine.iter().any(|word| detail.starts_with(word)), "{detail}: {sql}");
            }
        }
    }
}

#[test]
fn a_migration_that_is_cut_off_begins_anew() {
    let place = Place::new();
    let path = place.path();
    let connection = Connection::open(&path).unwrap();
    // What a process leaves that is killed in the first step: nothing, since the step is one transaction.
    connection.execute_batch("BEGIN IMMEDIATE; CREATE TABLE clients (key TEXT); PRAGMA user_version = 1;").unwrap();
    drop(connection);
    let plan = migrate::pending(&path).unwrap();
    assert_eq!((plan.from, plan.to, plan.steps.len()), (0, 3, 3));
    drop(place.connection());
    let plan = migrate::pending(&path).unwrap();
    assert_eq!((plan.from, plan.to, plan.steps.len()), (3, 3, 0));
}
