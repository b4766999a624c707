//! What a backend must be able to do. Rows in, rows out: records and decisions are none of its business.

use async_trait::async_trait;
use countersign_engine::{Committed, Revision, Writes, records::Kind};
use countersign_protocol::Timestamp;

use crate::StoreError;

/// A stored row: its key, its revision, and the record as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Its primary key.
    pub key: String,
    /// Under which revision it is stored.
    pub revision: Revision,
    /// The record as JSON.
    pub body: String,
}

/// A secondary key. The record kinds say what theirs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    /// The first one, with its value.
    First(&'a str),
    /// The second one, with its value.
    Second(&'a str),
}

/// Which rows of an ordered list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    /// Only rows whose key comes after this one.
    pub after: Option<&'a str>,
    /// At most that many rows.
    pub limit: usize,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Expired rows that it removed.
    pub removed: usize,
    /// Expired rows that still wait, counted up to [`Swept::COUNTED`] per table.
    pub left: usize,
}

impl Swept {
    /// Counting goes no further than this, so that a long queue does not make counting slow.
    pub const COUNTED: usize = 10_000;
}

/// Something that keeps rows. Keys are not empty and compare byte by byte, and every list is in the order of its keys.
///
/// Reads give expired rows as they are stored: the engine knows the time and decides. An expired row only ever goes
/// away by [`Backend::sweep`], so a decision that is based on one just loses its race.
#[async_trait]
pub trait Backend: std::fmt::Debug + Send + Sync {
    /// The rows with these keys, in that order, all as of one moment.
    async fn read(&self, wanted: &[(Kind, &str)]) -> Result<Vec<Option<RawRow>>, StoreError>;

    /// Rows with that secondary key, in the order of their keys.
    async fn list(&self, kind: Kind, by: By<'_>, page: Page<'_>) -> Result<Vec<RawRow>, StoreError>;

    /// Rows of one kind, in the order of their keys.
    async fn scan(&self, kind: Kind, page: Page<'_>) -> Result<Vec<RawRow>, StoreError>;

    /// How many rows of one kind there are, counted up to `most`.
    async fn count(&self, kind: Kind, most: usize) -> Result<usize, StoreError>;

    /// Applies all writes, in their order, or none, and returns when they are durable. `None`: a precondition no longer
    /// held, or a first secondary key that must be unique is taken. A future that is dropped takes nothing back: the
    /// writes may still become durable.
    async fn commit(&self, writes: &Writes) -> Result<Option<Committed>, StoreError>;

    /// Removes up to `limit` expired rows of each kind: those whose expiry is `now` or earlier.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError>;

    /// Whether it can read and write now.
    async fn ready(&self) -> Result<(), StoreError>;
}
