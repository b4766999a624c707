//! Rows in memory behind one lock, for tests: the semantics of the other backends, without their durability.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use countersign_engine::{
    Committed, Revision, Writes,
    records::Kind,
    write::{Change, Row, Write},
};
use countersign_protocol::Timestamp;

use crate::{Backend, By, Page, RawRow, StoreError, Swept};

/// The memory backend.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

type Table = BTreeMap<String, (Revision, Row)>;

#[derive(Debug, Default)]
struct Tables(HashMap<Kind, Table>);

impl Memory {
    /// Nothing panics under this lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Backend for Memory {
    async fn read(&self, wanted: &[(Kind, &str)]) -> Result<Vec<Option<RawRow>>, StoreError> {
        let tables = self.lock();
        let find = |&(kind, key): &(Kind, &str)| tables.0.get(&kind)?.get_key_value(key).map(raw);
        Ok(wanted.iter().map(find).collect())
    }

    async fn list(&self, kind: Kind, by: By<'_>, page: Page<'_>) -> Result<Vec<RawRow>, StoreError> {
        let matches = |row: &Row| match by {
            By::First(value) => row.first.as_deref() == Some(value),
            By::Second(value) => row.second.as_deref() == Some(value),
        };
        Ok(self.lock().page(kind, page, matches))
    }

    async fn scan(&self, kind: Kind, page: Page<'_>) -> Result<Vec<RawRow>, StoreError> {
        Ok(self.lock().page(kind, page, |_| true))
    }

    async fn count(&self, kind: Kind, most: usize) -> Result<usize, StoreError> {
        Ok(self.lock().0.get(&kind).map_or(0, BTreeMap::len).min(most))
    }

    async fn commit(&self, writes: &Writes) -> Result<Option<Committed>, StoreError> {
        let mut tables = self.lock();
        let mut undo = Vec::new();
        if writes.iter().all(|write| tables.apply(write, &mut undo)) {
            return Ok(Some(Committed::by_store()));
        }
        tables.restore(undo);
        Ok(None)
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        for table in self.lock().0.values_mut() {
            let expired = |(_, row): &(Revision, Row)| row.expires_at.is_some_and(|at| at <= now);
            let due: Vec<String> =
                table.iter().filter(|(_, entry)| expired(entry)).map(|(key, _)| key.clone()).collect();
            swept.left += due.len().saturating_sub(limit).min(Swept::COUNTED);
            for key in due.iter().take(limit) {
                swept.removed += usize::from(table.remove(key).is_some());
            }
        }
        Ok(swept)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Tables {
    fn page(&self, kind: Kind, page: Page<'_>, matches: impl Fn(&Row) -> bool) -> Vec<RawRow> {
        let Some(table) = self.0.get(&kind) else { return Vec::new() };
        let from = page.after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = table.range::<str, _>((from, Bound::Unbounded));
        rows.filter(|(_, (_, row))| matches(row)).take(page.limit).map(raw).collect()
    }

    /// Applies one write if its precondition holds, and remembers what was there before.
    fn apply<'a>(&mut self, write: &'a Write, undo: &mut Vec<Undo<'a>>) -> bool {
        let table = self.0.entry(write.kind).or_default();
        if let Change::Room { most } = write.change {
            let held = table.values().filter(|(_, row)| row.first.as_ref() == Some(&write.key)).count();
            return u32::try_from(held).is_ok_and(|held| held < most);
        }
        let before = table.get(&write.key).cloned();
        if before.as_ref().map(|(revision, _)| *revision) != write.expected {
            return false;
        }
        match &write.change {
            Change::Put(row) if is_taken(table, write, row) => return false,
            Change::Put(row) => drop(table.insert(write.key.clone(), (next_revision(write.expected), row.clone()))),
            Change::Delete => drop(table.remove(&write.key)),
            Change::Keep | Change::Room { .. } => (),
        }
        undo.push((write, before));
        true
    }

    fn restore(&mut self, undo: Vec<Undo<'_>>) {
        for (write, before) in undo.into_iter().rev() {
            let table = self.0.entry(write.kind).or_default();
            match before {
                Some(entry) => drop(table.insert(write.key.clone(), entry)),
                None => drop(table.remove(&write.key)),
            }
        }
    }
}

/// A write that was applied, and what was there before.
type Undo<'a> = (&'a Write, Option<(Revision, Row)>);

/// Whether another row holds a first secondary key that must be unique.
fn is_taken(table: &Table, write: &Write, row: &Row) -> bool {
    let same = |(key, (_, other)): (&String, &(Revision, Row))| *key != write.key && other.first == row.first;
    write.kind.first_is_unique() && row.first.is_some() && table.iter().any(same)
}

/// The revision after that one. It wraps: nobody holds a revision while four thousand million others come and go.
pub(crate) fn next_revision(expected: Option<Revision>) -> Revision {
    Revision(expected.map_or(1, |Revision(number)| number.wrapping_add(1)))
}

fn raw((key, (revision, row)): (&String, &(Revision, Row))) -> RawRow {
    RawRow { key: key.clone(), revision: *revision, body: row.body.clone() }
}
