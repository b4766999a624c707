//! SQLite: one file, one thread that writes, a few connections that read.
//!
//! Several processes may have the file open at once: nothing is cached outside of SQLite. The database is in WAL mode
//! with `synchronous=FULL`, so what was committed survives a crash and a loss of power, and readers never wait for the
//! writer. File and directory are open to their owner only.

mod health;
mod migrate;
mod open;
mod readers;
mod statements;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use countersign_engine::{Committed, Writes, records::Kind};
use countersign_protocol::Timestamp;
use rusqlite::ErrorCode;

pub use health::quick_check;
pub use migrate::{Plan, Step, pending};

use self::{
    readers::Readers,
    writer::{Op, Outcome, Writer},
};
use crate::{Backend, By, Page, RawRow, StoreError, Swept};

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many commits may wait; one more is [`StoreError::Overloaded`].
    pub queue: usize,
    /// The most connections that read at once. One per thread that serves requests is enough.
    pub readers: usize,
    /// How long to wait while another process writes, at most a minute; then the commit is
    /// [`StoreError::Overloaded`].
    pub busy: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { queue: 1024, readers: threads.max(4), busy: Duration::from_secs(5) }
    }
}

/// The SQLite backend. Dropping it finishes what is queued, and blocks for that long.
#[derive(Debug)]
pub struct Sqlite {
    // Closed first, so that the writer's connection is the last one and puts the WAL away.
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Opens the database in that file and brings it up to date; makes file and directory if they don't exist. Blocks.
    pub fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let connection = open::for_writing(path, options)?;
        let writer = Writer::start(connection, options.queue)?;
        Ok(Self { readers: Readers::new(path.to_owned(), options), writer })
    }
}

#[async_trait]
impl Backend for Sqlite {
    async fn read(&self, wanted: &[(Kind, &str)]) -> Result<Vec<Option<RawRow>>, StoreError> {
        self.readers.with(|connection| statements::read(connection, wanted)).await
    }

    async fn list(&self, kind: Kind, by: By<'_>, page: Page<'_>) -> Result<Vec<RawRow>, StoreError> {
        self.readers.with(|connection| statements::list(connection, kind, by, page)).await
    }

    async fn scan(&self, kind: Kind, page: Page<'_>) -> Result<Vec<RawRow>, StoreError> {
        self.readers.with(|connection| statements::scan(connection, kind, page)).await
    }

    async fn count(&self, kind: Kind, most: usize) -> Result<usize, StoreError> {
        self.readers.with(|connection| statements::count(connection, kind, most)).await
    }

    async fn commit(&self, writes: &Writes) -> Result<Option<Committed>, StoreError> {
        Ok(match self.writer.run(Op::Commit(writes.clone())).await? {
            Outcome::Applied => Some(Committed::by_store()),
            Outcome::Refused | Outcome::Swept(_) => None,
        })
    }

    /// Each table is an operation of its own in the writer's queue, so that commits go on in between.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError> {
        let mut total = Swept::default();
        for &kind in Kind::ALL {
            if let Outcome::Swept(swept) = self.writer.run(Op::Sweep { kind, now, limit }).await? {
                total.removed += swept.removed;
                total.left += swept.left;
            }
        }
        Ok(total)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let found = self.readers.with(migrate::version).await?;
        migrate::refuse_newer(found)?;
        self.writer.run(Op::Commit(Writes::none())).await.map(drop)
    }
}

/// What an error of SQLite means to a caller.
fn explain(doing: &'static str, error: Arc<rusqlite::Error>) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Overloaded,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt { what: "the database file".to_owned(), source: error.into() }
        }
        _ => StoreError::fault(doing, error),
    }
}

/// The same for an error that only one caller hears of.
fn explain_one(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| explain(doing, Arc::new(error))
}

/// The directory of a database file.
fn directory(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new(".")).to_owned()
}
