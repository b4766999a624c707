//! Records in memory, applied with their revisions: the smallest thing that behaves like a store.

use std::collections::HashMap;

use crate::{
    Committed, Revision, Stored, Writes,
    records::{Kind, Record},
    write::{Change, Row},
};

/// Every row, by kind and key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(HashMap<(Kind, String), (Revision, Row)>);

impl Memory {
    /// Applies all writes or none; `None`: a precondition no longer held.
    pub(crate) fn commit(&mut self, writes: &Writes) -> Option<Committed> {
        let mut next = self.0.clone();
        for (index, write) in writes.iter().enumerate() {
            let twice = writes.iter().take(index).any(|other| (other.kind, &other.key) == (write.kind, &write.key));
            assert!(!twice, "one record is written twice in one decision: {write:?}");
            let at = (write.kind, write.key.clone());
            let stored = next.get(&at).map(|(revision, _)| *revision);
            if stored != write.expected {
                return None;
            }
            match &write.change {
                Change::Put(row) => {
                    assert!(row.body.starts_with('{'), "a row that is no JSON object: {row:?}");
                    let taken = |((kind, key), (_, other)): (&(Kind, String), &(Revision, Row))| {
                        *kind == write.kind && *key != write.key && other.first == row.first
                    };
                    if write.kind.first_is_unique() && next.iter().any(taken) {
                        return None;
                    }
                    let revision = Revision(stored.map_or(1, |revision| revision.0 + 1));
                    next.insert(at, (revision, row.clone()));
                }
                Change::Delete => {
                    next.remove(&at);
                }
                // No decision of this crate asks for room.
                Change::Keep | Change::Room { .. } => (),
            }
        }
        self.0 = next;
        Some(Committed::by_store())
    }

    /// One record.
    pub(crate) fn find<R: Record>(&self, key: &str) -> Option<Stored<R>> {
        let (revision, row) = self.0.get(&(R::KIND, key.to_owned()))?;
        Some(Stored::new(serde_json::from_str(&row.body).unwrap(), *revision))
    }

    /// Every record of a kind, in the order of their keys.
    pub(crate) fn all<R: Record>(&self) -> Vec<Stored<R>> {
        let mut keys: Vec<&String> = self.0.keys().filter(|(kind, _)| *kind == R::KIND).map(|(_, key)| key).collect();
        keys.sort();
        keys.into_iter().filter_map(|key| self.find(key)).collect()
    }

    /// The text of every row with its keys, as somebody who stole the database would see it.
    pub(crate) fn dump(&self) -> String {
        format!("{:?}", self.0)
    }
}
