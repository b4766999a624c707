//! The stores from outside: what every backend must do, and what only a database on disk can show.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[macro_use]
mod conformance;
mod crash;
mod races;
mod sqlite;
mod world;

use countersign_store::Store;
use tempfile::TempDir;

/// A fresh store, with what has to live as long as it does.
struct Fixture {
    store: Store,
    _directory: Option<TempDir>,
}

impl Fixture {
    fn memory() -> Self {
        Self { store: Store::in_memory(), _directory: None }
    }

    fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(&directory.path().join("countersign.db")).unwrap();
        Self { store, _directory: Some(directory) }
    }
}

conformance!(memory_backend, Fixture::memory());
conformance!(sqlite_backend, Fixture::sqlite());
