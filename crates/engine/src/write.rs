//! Changes with their preconditions, and outcomes that stay shut until the changes are durable.
//!
//! Every record has a revision. A write names the revision that the decision was based on; a commit applies all writes
//! or none, and fails as a whole if any record has changed since. Who loses a race reloads and decides again, and that
//! second decision is the refusal (a code used twice) or the same answer (a refresh token sent twice).

use countersign_protocol::Timestamp;

use crate::records::{Kind, Record, Revision, Stored};

/// One change of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The kind of record.
    pub kind: Kind,
    /// Its key; for [`Change::Room`], the first secondary key.
    pub key: String,
    /// The revision that must be stored now; `None`: the record must not exist.
    pub expected: Option<Revision>,
    /// What to do if the precondition holds.
    pub change: Change,
}

/// What a [`Write`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Store this row under the next revision.
    Put(Row),
    /// Remove the row.
    Delete,
    /// Nothing: the commit depends on the record being unchanged.
    Keep,
    /// Nothing: the commit depends on fewer rows than that having the key as their first secondary key.
    Room {
        /// How many would be too many already.
        most: u32,
    },
}

/// A record as stores hold it: columns for what a store must find or sweep, the rest as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When the sweeper may remove it.
    pub expires_at: Option<Timestamp>,
    /// First secondary key; unique where [`Kind::first_is_unique`] says so.
    pub first: Option<String>,
    /// Second secondary key.
    pub second: Option<String>,
    /// The record as JSON.
    pub body: String,
}

/// The changes of one decision: applied all together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes(Vec<Write>);

impl Writes {
    /// No changes.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Stores a new record; the commit fails if there is one with that key already.
    pub fn insert<R: Record>(&mut self, record: &R) {
        self.push(R::KIND, record.key().into_owned(), None, Change::Put(row(record)));
    }

    /// Stores a changed record; the commit fails if somebody else changed it meanwhile. The key must be the same.
    pub fn replace<R: Record>(&mut self, record: &Stored<R>) {
        self.push(R::KIND, record.key().into_owned(), Some(record.revision()), Change::Put(row(&**record)));
    }

    /// Removes a record; the commit fails if somebody else changed it meanwhile.
    pub fn delete<R: Record>(&mut self, record: &Stored<R>) {
        self.push(R::KIND, record.key().into_owned(), Some(record.revision()), Change::Delete);
    }

    /// Removes a row that can't be read, if it is still of that revision.
    pub fn delete_unread(&mut self, kind: Kind, key: &str, revision: Revision) {
        self.push(kind, key.to_owned(), Some(revision), Change::Delete);
    }

    /// Makes the commit depend on a record that it does not change.
    pub fn keep<R: Record>(&mut self, record: &Stored<R>) {
        self.push(R::KIND, record.key().into_owned(), Some(record.revision()), Change::Keep);
    }

    /// Makes the commit depend on there being fewer than `most` records with that first secondary key, and so room for one
    /// more that is inserted after this. Rows that can't be read count as well.
    pub fn room<R: Record>(&mut self, first: &str, most: u32) {
        self.push(R::KIND, first.to_owned(), None, Change::Room { most });
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The single changes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Write> {
        self.0.iter()
    }

    fn push(&mut self, kind: Kind, key: String, expected: Option<Revision>, change: Change) {
        self.0.push(Write { kind, key, expected, change });
    }
}

fn row<R: Record>(record: &R) -> Row {
    let (first, second) = record.secondary();
    Row {
        expires_at: record.expires_at(),
        first: first.map(std::borrow::Cow::into_owned),
        second: second.map(std::borrow::Cow::into_owned),
        body: serde_json::to_string(record).unwrap_or_default(),
    }
}

/// Proof that a set of writes is durable. Only a store makes one.
#[derive(Debug)]
pub struct Committed(());

impl Committed {
    /// To be called by a store, after its transaction is durable, and by nobody else.
    pub const fn by_store() -> Self {
        Self(())
    }
}

/// An outcome that may leave only when its writes are durable.
///
/// What a store has committed can be released:
///
/// ```
/// use countersign_engine::{Committed, Plan, Writes};
///
/// let plan = Plan::new(Writes::none(), "token");
/// let done = Committed::by_store();
/// assert_eq!(plan.outcome.release(&done), "token");
/// ```
///
/// Without that proof there is no way in: the value is private,
///
/// ```compile_fail,E0616
/// # use countersign_engine::{Plan, Writes};
/// let plan = Plan::new(Writes::none(), "token");
/// let token = plan.outcome.0;
/// ```
///
/// releasing needs the proof,
///
/// ```compile_fail,E0061
/// # use countersign_engine::{Plan, Writes};
/// let plan = Plan::new(Writes::none(), "token");
/// let token = plan.outcome.release();
/// ```
///
/// and the proof can't be written down.
///
/// ```compile_fail,E0423
/// let done = countersign_engine::Committed(());
/// ```
#[derive(Debug)]
pub struct Unsent<T>(T);

impl<T> Unsent<T> {
    /// Opens the outcome.
    pub fn release(self, _proof: &Committed) -> T {
        self.0
    }
}

/// A decision: what to write, and what to answer once it is written.
#[derive(Debug)]
pub struct Plan<T> {
    /// To be committed first.
    pub writes: Writes,
    /// To be released then.
    pub outcome: Unsent<T>,
}

impl<T> Plan<T> {
    /// A decision with its changes.
    pub const fn new(writes: Writes, outcome: T) -> Self {
        Self { writes, outcome: Unsent(outcome) }
    }

    /// A decision that changes nothing.
    pub const fn answer(outcome: T) -> Self {
        Self::new(Writes::none(), outcome)
    }

    /// The same changes with another outcome.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Plan<U> {
        Plan { writes: self.writes, outcome: Unsent(f(self.outcome.0)) }
    }
}
