//! The format of the database: numbered steps, each in a transaction of its own. Whoever is killed in between goes on
//! where the last whole step ended.
//!
//! A step is never changed once it is released. The number of the last one is the file's `user_version`.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Options, explain_one, open};
use crate::StoreError;

/// Steps in order; the first one is number 1.
const STEPS: &[Step] = &[
    Step { what: "make the tables", holds: "an instant: there are no rows yet", run: make_tables },
    Step { what: "make the table of logout notices", holds: "an instant", run: make_logout_notices },
    Step { what: "make the table of sealed values", holds: "an instant", run: make_sealed_values },
];

/// The tables of format 1, and which of them have a unique first secondary key.
const TABLES: &[(&str, bool)] = &[
    ("clients", false),
    ("users", true),
    ("browsers", true),
    ("sessions", false),
    ("interactions", false),
    ("authorizations", false),
    ("codes", false),
    ("families", false),
    ("refresh_tokens", false),
    ("access_tokens", false),
    ("once", false),
    ("keys", false),
    ("initial_access", false),
];

/// One step from a format to the next.
#[derive(Debug)]
pub struct Step {
    /// What it does, as an order.
    pub what: &'static str,
    /// For how long nobody else can write.
    pub holds: &'static str,
    run: fn(&Connection) -> rusqlite::Result<()>,
}

/// What opening a database will do to it.
#[derive(Debug)]
pub struct Plan {
    /// Its format now; 0: there is none yet.
    pub from: u32,
    /// Its format afterwards.
    pub to: u32,
    /// The steps in between.
    pub steps: &'static [Step],
}

/// Looks at a database, and says what opening it will do. Changes nothing.
pub fn pending(path: &Path) -> Result<Plan, StoreError> {
    let mut from = 0;
    if path.exists() {
        let connection = open::for_reading(path, &Options::default())?;
        check(&connection, path)?;
        from = version(&connection).map_err(explain_one("reading the database's format"))?;
    }
    Ok(Plan { from, to: newest(), steps: todo(from) })
}

/// Refuses files that are not ours, and formats that we don't know.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let look = || {
        let id = connection.pragma_query_value(None, "application_id", |row| row.get::<_, i32>(0))?;
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, u32>(0))?;
        Ok((id, tables, version(connection)?))
    };
    match look().map_err(explain_one("looking into the database"))? {
        (open::APPLICATION_ID, _, found) => refuse_newer(found),
        (0, 0, 0) => Ok(()),
        _ => Err(StoreError::NotOurs { path: path.to_owned() }),
    }
}

/// Refuses formats that we don't know.
pub(super) fn refuse_newer(found: u32) -> Result<(), StoreError> {
    let known = newest();
    if found > known { Err(StoreError::NewerDatabase { found, known }) } else { Ok(()) }
}

/// Brings the database up to date.
pub(super) fn apply(connection: &Connection) -> Result<(), StoreError> {
    let from = version(connection).map_err(explain_one("reading the database's format"))?;
    for (number, step) in (from + 1..).zip(todo(from)) {
        tracing::info!(format = number, "migrating the database: {}", step.what);
        run(connection, number, step).map_err(explain_one("migrating the database"))?;
    }
    Ok(())
}

fn run(connection: &Connection, number: u32, step: &Step) -> rusqlite::Result<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    (step.run)(&transaction)?;
    transaction.pragma_update(None, "user_version", number)?;
    transaction.commit()
}

/// The format of the database.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn newest() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

fn todo(from: u32) -> &'static [Step] {
    usize::try_from(from).ok().and_then(|from| STEPS.get(from..)).unwrap_or_default()
}

/// Every table has the same columns. The indexes are partial: a table whose rows have no such key pays nothing for it.
fn make_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", open::APPLICATION_ID)?;
    TABLES.iter().try_for_each(|(table, first_is_unique)| make_table(connection, table, *first_is_unique))
}

fn make_logout_notices(connection: &Connection) -> rusqlite::Result<()> {
    make_table(connection, "logout_notices", false)
}

fn make_sealed_values(connection: &Connection) -> rusqlite::Result<()> {
    make_table(connection, "sealed_values", false)
}

fn make_table(connection: &Connection, table: &str, first_is_unique: bool) -> rusqlite::Result<()> {
    let (unique, more) = if first_is_unique { ("UNIQUE", "") } else { ("", ", key") };
    connection.execute_batch(&format!(
        "CREATE TABLE {table} (
            key TEXT NOT NULL PRIMARY KEY,
            revision INTEGER NOT NULL,
            expires_at INTEGER,
            first TEXT,
            second TEXT,
            body TEXT NOT NULL
        ) STRICT;
        CREATE {unique} INDEX {table}_first ON {table} (first{more}) WHERE first IS NOT NULL;
        CREATE INDEX {table}_second ON {table} (second, key) WHERE second IS NOT NULL;
        CREATE INDEX {table}_expires_at ON {table} (expires_at) WHERE expires_at IS NOT NULL;"
    ))
}
