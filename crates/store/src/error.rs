//! What can go wrong with a store. A lost race is no error: it is a commit that yields `None`.

use std::path::PathBuf;

/// Why a store did not do what it was asked. Nothing was answered as done; after an error, the writes of a commit may
/// or may not be stored (a disk can fail after it has written), and reading again tells.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More is waiting to be written than the store takes, or another process held the database for too long. Trying
    /// again later helps; over HTTP this is 503.
    #[error("the store is overloaded: try again later")]
    Overloaded,
    /// The machine or the database failed.
    #[error("the store failed while {doing}: {source}")]
    Fault {
        /// What was being done, as a gerund.
        doing: &'static str,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that is stored can't be read. Restore a backup.
    #[error("the store is damaged: {what}: {source}")]
    Corrupt {
        /// What could not be read.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A list that must be complete is longer than the store reads at once.
    #[error("more than {limit} rows of `{table}` belong together")]
    TooMany {
        /// In which table.
        table: &'static str,
        /// How many would have been fine.
        limit: usize,
    },
    /// A newer version of this program has migrated the database.
    #[error(
        "the database has format {found}, this program knows formats up to {known}: it was used by a newer version; \
         start that one, or restore the backup from before the upgrade"
    )]
    NewerDatabase {
        /// The format of the database.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// The file is a database, but of another program.
    #[error("{} is a database of another program: name another file", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
}

impl StoreError {
    /// A fault of the machine, the operating system or the database.
    pub fn fault(doing: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault { doing, source: source.into() }
    }
}
