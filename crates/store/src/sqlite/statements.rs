//! The statements, one set per table, and what they are used for.
//!
//! A precondition is part of the statement that depends on it: `… WHERE key = ? AND revision = ?`. If that changes no
//! row, somebody else was first. A first secondary key that is taken makes an `INSERT OR IGNORE` or `UPDATE OR IGNORE`
//! change no row either, so that it counts as a precondition, too.

use std::sync::LazyLock;

use countersign_engine::{
    Revision, Writes,
    records::Kind,
    write::{Change, Write},
};
use countersign_protocol::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, params};

use crate::{By, Page, RawRow, Swept, memory::next_revision};

struct Statements {
    read: String,
    revision: String,
    insert: String,
    update: String,
    delete: String,
    by_first: String,
    count_first: String,
    by_second: String,
    scan: String,
    sweep: String,
    expired: String,
    count: String,
}

static STATEMENTS: LazyLock<Vec<Statements>> =
    LazyLock::new(|| Kind::ALL.iter().map(|kind| Statements::new(kind.table())).collect());

impl Statements {
    fn of(kind: Kind) -> &'static Self {
        // `Kind::ALL` has every kind in the order of its declaration.
        &STATEMENTS[kind as usize]
    }

    fn new(table: &str) -> Self {
        let list =
            |by: &str| format!("SELECT key, revision, body FROM {table} WHERE {by} AND key > ?2 ORDER BY key LIMIT ?3");
        Self {
            read: format!("SELECT key, revision, body FROM {table} WHERE key = ?1"),
            revision: format!("SELECT revision FROM {table} WHERE key = ?1"),
            insert: format!(
                "INSERT OR IGNORE INTO {table} (key, revision, expires_at, first, second, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            ),
            update: format!(
                "UPDATE OR IGNORE {table} SET revision = ?2, expires_at = ?3, first = ?4, second = ?5, body = ?6
                 WHERE key = ?1 AND revision = ?7"
            ),
            delete: format!("DELETE FROM {table} WHERE key = ?1 AND revision = ?2"),
            by_first: list("first = ?1"),
            count_first: format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE first = ?1 LIMIT ?2)"),
            by_second: list("second = ?1"),
            scan: format!("SELECT key, revision, body FROM {table} WHERE key > ?1 ORDER BY key LIMIT ?2"),
            sweep: format!(
                "DELETE FROM {table} WHERE key IN
                 (SELECT key FROM {table} WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)"
            ),
            expired: format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE expires_at <= ?1 LIMIT ?2)"),
            count: format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT ?1)"),
        }
    }
}

/// The rows with these keys, as of one moment.
pub(super) fn read(connection: &Connection, wanted: &[(Kind, &str)]) -> rusqlite::Result<Vec<Option<RawRow>>> {
    let one =
        |&(kind, key): &(Kind, &str)| cached(connection, &Statements::of(kind).read)?.query_row([key], raw).optional();
    if wanted.len() < 2 {
        return wanted.iter().map(one).collect();
    }
    execute(connection, "BEGIN")?;
    let rows = wanted.iter().map(one).collect();
    execute(connection, "COMMIT")?;
    rows
}

/// Rows with that secondary key.
pub(super) fn list(connection: &Connection, kind: Kind, by: By<'_>, page: Page<'_>) -> rusqlite::Result<Vec<RawRow>> {
    let statements = Statements::of(kind);
    let (sql, value) = match by {
        By::First(value) => (&statements.by_first, value),
        By::Second(value) => (&statements.by_second, value),
    };
    rows(connection, sql, params![value, page.after.unwrap_or_default(), bound(page.limit)])
}

/// Rows of one kind.
pub(super) fn scan(connection: &Connection, kind: Kind, page: Page<'_>) -> rusqlite::Result<Vec<RawRow>> {
    rows(connection, &Statements::of(kind).scan, params![page.after.unwrap_or_default(), bound(page.limit)])
}

/// How many rows of one kind there are, counted so far.
pub(super) fn count(connection: &Connection, kind: Kind, most: usize) -> rusqlite::Result<usize> {
    counted(connection, &Statements::of(kind).count, [bound(most)])
}

/// Applies all writes, or none and yields `false`. To be called in a transaction, which an error leaves unusable.
pub(super) fn commit(connection: &Connection, writes: &Writes) -> rusqlite::Result<bool> {
    if writes.iter().nth(1).is_none() {
        // One statement is all or nothing by itself.
        return apply_all(connection, writes);
    }
    execute(connection, "SAVEPOINT decision")?;
    let held = apply_all(connection, writes)?;
    if !held {
        execute(connection, "ROLLBACK TO decision")?;
    }
    execute(connection, "RELEASE decision")?;
    Ok(held)
}

/// Removes some expired rows of one kind.
pub(super) fn sweep(connection: &Connection, kind: Kind, now: Timestamp, limit: usize) -> rusqlite::Result<Swept> {
    let statements = Statements::of(kind);
    let removed = cached(connection, &statements.sweep)?.execute(params![now.millis(), bound(limit)])?;
    let left = counted(connection, &statements.expired, params![now.millis(), bound(Swept::COUNTED)])?;
    Ok(Swept { removed, left })
}

fn apply_all(connection: &Connection, writes: &Writes) -> rusqlite::Result<bool> {
    for write in writes.iter() {
        if !apply(connection, write)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<bool> {
    let statements = Statements::of(write.kind);
    let key = write.key.as_str();
    let Revision(revision) = next_revision(write.expected);
    let changed = match (&write.change, write.expected) {
        (Change::Put(row), None) => {
            let expires_at = row.expires_at.map(Timestamp::millis);
            let columns = params![key, revision, expires_at, row.first, row.second, row.body];
            cached(connection, &statements.insert)?.execute(columns)?
        }
        (Change::Put(row), Some(Revision(old))) => {
            let expires_at = row.expires_at.map(Timestamp::millis);
            let columns = params![key, revision, expires_at, row.first, row.second, row.body, old];
            cached(connection, &statements.update)?.execute(columns)?
        }
        (Change::Delete, Some(Revision(old))) => cached(connection, &statements.delete)?.execute(params![key, old])?,
        (Change::Room { most }, _) => {
            let held = cached(connection, &statements.count_first)?
                .query_row(params![key, most], |row| row.get::<_, u32>(0))?;
            return Ok(held < *most);
        }
        (Change::Delete, None) | (Change::Keep, _) => {
            let stored = cached(connection, &statements.revision)?.query_row([key], |row| row.get(0)).optional()?;
            return Ok(stored.map(Revision) == write.expected);
        }
    };
    Ok(changed == 1)
}

fn counted(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    let count = cached(connection, sql)?.query_row(params, |row| row.get::<_, u32>(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn rows(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Vec<RawRow>> {
    cached(connection, sql)?.query_map(params, raw)?.collect()
}

fn raw(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok(RawRow { key: row.get(0)?, revision: Revision(row.get(1)?), body: row.get(2)? })
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    cached(connection, sql)?.execute([]).map(drop)
}

fn cached<'a>(connection: &'a Connection, sql: &str) -> rusqlite::Result<CachedStatement<'a>> {
    connection.prepare_cached(sql)
}

fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Every statement that looks for rows, for the test that checks how they are found.
#[cfg(test)]
pub(super) fn queries(kind: Kind) -> [&'static str; 10] {
    let all = Statements::of(kind);
    [
        &all.read,
        &all.revision,
        &all.update,
        &all.delete,
        &all.by_first,
        &all.count_first,
        &all.by_second,
        &all.scan,
        &all.sweep,
        &all.expired,
    ]
}
