//! The connections that read.
//!
//! A point read of a warm page takes less time than handing it to another thread, so reads run on the thread that asks.
//! A connection is taken after the last wait and given back before the next one; so no more are in use at once than
//! there are threads, and who finds none free waits for microseconds.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{Options, explain_one, open};
use crate::StoreError;

/// A bounded pool of read-only connections, opened when they are first needed.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    options: Options,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, options: &Options) -> Self {
        let most = options.readers.clamp(1, Semaphore::MAX_PERMITS);
        Self { path, options: options.clone(), permits: Semaphore::new(most), idle: Mutex::default() }
    }

    /// Runs a read. A connection whose read failed is closed, with whatever state it was left in.
    pub(super) async fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let permit = self.permits.acquire().await.map_err(|error| StoreError::fault("reading", error))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open::for_reading(&self.path, &self.options)?,
        };
        let found = read(&connection).map_err(explain_one("reading"))?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        drop(permit);
        Ok(found)
    }
}
