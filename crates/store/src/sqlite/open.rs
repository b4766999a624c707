//! Opening a database: the file with its permissions, the settings of a connection, the first look inside.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{Options, directory, explain_one, migrate};
use crate::StoreError;

/// "CSGN": says in the file's header whose database it is.
pub(super) const APPLICATION_ID: i32 = 0x4353_474e;
/// All statements of all tables, and to spare.
const STATEMENTS: usize = 256;
const LONGEST_BUSY: Duration = Duration::from_mins(1);

/// The connection that writes, to a database that is up to date.
///
/// Two processes that open one file at once must not both create it or switch it to WAL, so whoever opens holds a lock
/// on the directory. The lock goes with the process if that is killed.
pub(super) fn for_writing(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let directory = directory(path);
    create_directory(&directory).map_err(|error| StoreError::fault("making the database's directory", error))?;
    let guard = File::open(&directory).map_err(|error| StoreError::fault("opening the database's directory", error))?;
    guard.lock().map_err(|error| StoreError::fault("locking the database's directory", error))?;
    create(path, &guard).map_err(|error| StoreError::fault("making the database file", error))?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
    migrate::check(&connection, path)?;
    settle(&connection)?;
    migrate::apply(&connection)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn for_reading(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, options)
}

fn connect(path: &Path, mode: OpenFlags, options: &Options) -> Result<Connection, StoreError> {
    let open = || {
        let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(options.busy.min(LONGEST_BUSY))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // What the file says about itself is data, not code.
        connection.pragma_update(None, "trusted_schema", false)?;
        // Plans don't depend on bound values; else a statement with a bound LIMIT is compiled anew each time.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // What SQLite would put into temporary files, such as pages before a savepoint, stays in memory.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(connection)
    };
    open().map_err(explain_one("opening the database"))
}

/// WAL, and a sync at every commit; on macOS one that reaches the disk. After a burst the WAL shrinks again.
fn settle(connection: &Connection) -> Result<(), StoreError> {
    let settle = || {
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
    };
    let mode = settle().map_err(explain_one("setting up the database"))?;
    if mode == "wal" {
        Ok(())
    } else {
        let why = format!("its file system can't share memory between processes (journal mode {mode})");
        Err(StoreError::fault("setting up the database", why))
    }
}

/// Directories that are made here are their owner's alone; existing ones stay as they are.
fn create_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// An existing file is not even opened here: closing it would end the locks that other connections of this process hold.
fn create(path: &Path, directory: &File) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file.sync_all().and_then(|()| directory.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
