//! The files of a database: their folder, the lock that keeps a second process away, and how each connection is set up.

use super::{Options, told};
use crate::Error;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages of the log after which they are carried over into the database file: large, so that it happens seldom.
const CHECKPOINT_PAGES: u32 = 4000;
/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;
/// How long a connection waits for a lock that another program (a backup) holds.
const BUSY: Duration = Duration::from_secs(5);

/// The database file in `folder`.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("parlour.db")
}

/// Makes the folder where there is none, and takes its lock until the file is dropped.
pub(crate) fn lock(folder: &Path) -> Result<File, Error> {
    let failed = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", folder.display()));
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let path = folder.join("parlour.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Unavailable(format!(
            "another process has {} open: stop it first, or choose another folder",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The one connection that writes. Creates the file, readable for its owner only.
pub(crate) fn connect_writer(folder: &Path, options: &Options) -> Result<Connection, Error> {
    let path = database(folder);
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(told)?;
    set_up_writer(&connection, options).map_err(told)?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection, options: &Options) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -32 * 1024)?;
    if let Some(most) = options.most_bytes {
        let page: u64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        connection.query_row(&format!("PRAGMA max_page_count = {}", most / page), [], |_| Ok(()))?;
    }
    set_up_any(connection)
}

/// A connection that cannot write.
pub(crate) fn connect_reader(path: &Path) -> Result<Connection, Error> {
    // Not opened read-only: a reader of a write-ahead log has to be able to make its shared-memory file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    let set_up = || {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -8 * 1024)?;
        set_up_any(&connection)
    };
    set_up().map_err(told)?;
    Ok(connection)
}

fn set_up_any(connection: &Connection) -> rusqlite::Result<()> {
    // Plans are made without looking at the values bound; otherwise SQLite prepares many a statement anew each time
    // that it is used, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "mmap_size", 256 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}
