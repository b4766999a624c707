//! The typed side of a backend: records with their revisions instead of rows.

use std::{path::Path, sync::Arc};

use countersign_engine::{
    Committed, Stored, Writes,
    records::{Kind, Record},
};
use countersign_protocol::Timestamp;

use crate::{
    Backend, By, Memory, Page, RawRow, Sqlite, StoreError, Swept, damage::readable, decoded::Decoded, sqlite::Options,
};

/// The records of one realm. A clone is another handle to the same records.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) decoded: Arc<Decoded>,
}

impl Store {
    /// Over any backend.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, decoded: Arc::default() }
    }

    /// Records that go away with the process: for tests.
    pub fn in_memory() -> Self {
        Self::new(Arc::new(Memory::default()))
    }

    /// Over a SQLite database in that file, which is made if it doesn't exist, and brought up to date. Blocks.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::new(Arc::new(Sqlite::open(path, &Options::default())?)))
    }

    /// The record with that key.
    pub async fn find<R: Record>(&self, key: &str) -> Result<Option<Stored<R>>, StoreError> {
        let row = self.backend.read(&[(R::KIND, key)]).await?.pop().flatten();
        row.map(|row| readable(&self.decoded, &row)).transpose().map(Option::flatten)
    }

    /// The rows with these keys, as of one moment; to be taken apart by [`Rows::next`].
    pub(crate) async fn read(&self, wanted: &[(Kind, &str)]) -> Result<Rows, StoreError> {
        Ok(Rows { rows: self.backend.read(wanted).await?.into_iter(), decoded: Arc::clone(&self.decoded) })
    }

    /// Records with that first secondary key, in the order of their keys.
    pub async fn list_by_first<R: Record>(&self, value: &str, page: Page<'_>) -> Result<Vec<Stored<R>>, StoreError> {
        self.decode_all(&self.backend.list(R::KIND, By::First(value), page).await?)
    }

    /// Records with that second secondary key, in the order of their keys.
    pub async fn list_by_second<R: Record>(&self, value: &str, page: Page<'_>) -> Result<Vec<Stored<R>>, StoreError> {
        self.decode_all(&self.backend.list(R::KIND, By::Second(value), page).await?)
    }

    /// Records of one kind, in the order of their keys.
    pub async fn scan<R: Record>(&self, page: Page<'_>) -> Result<Vec<Stored<R>>, StoreError> {
        self.decode_all(&self.backend.scan(R::KIND, page).await?)
    }

    /// How many records of one kind there are, counted up to `most`.
    pub async fn count<R: Record>(&self, most: usize) -> Result<usize, StoreError> {
        self.backend.count(R::KIND, most).await
    }

    /// Applies all writes or none, and returns when they are durable. `None`: something has changed meanwhile; load
    /// again and decide again. Nothing to write is done at once.
    pub async fn commit(&self, writes: &Writes) -> Result<Option<Committed>, StoreError> {
        if writes.is_empty() { Ok(Some(Committed::by_store())) } else { self.backend.commit(writes).await }
    }

    /// Removes up to `limit` expired rows of each kind. To be called on a timer; while [`Swept::left`] is not zero, it
    /// is worth calling again soon.
    pub async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        self.backend.sweep(now, limit).await
    }

    /// Whether the store can read and write now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.backend.ready().await
    }

    fn decode_all<R: Record>(&self, rows: &[RawRow]) -> Result<Vec<Stored<R>>, StoreError> {
        rows.iter().map(|row| self.decoded.stored(row)).collect()
    }
}

/// Rows that were read together, in the order in which they were wanted.
pub(crate) struct Rows {
    rows: std::vec::IntoIter<Option<RawRow>>,
    decoded: Arc<Decoded>,
}

impl Rows {
    /// The next one, as a record of the kind that was wanted there.
    pub(crate) fn next<R: Record>(&mut self) -> Result<Option<Stored<R>>, StoreError> {
        self.rows.next().flatten().map(|row| readable(&self.decoded, &row)).transpose().map(Option::flatten)
    }
}

#[cfg(test)]
mod tests {
    use super::Store;

    /// Handlers of a server run on any thread.
    #[test]
    fn every_future_may_change_threads() {
        fn may<T: Send>(_: T) {}
        let store = Store::in_memory();
        let session = countersign_protocol::SessionId::parse("sid_x");
        may(store.keys());
        may(async { Ok::<_, crate::StoreError>(store.families_of_session(&session.unwrap()).await?.len()) });
        may(store.access_facts("x"));
    }
}
