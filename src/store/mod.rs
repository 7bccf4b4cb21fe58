//! The results folder: one SQLite database and the only truth; everything else in the folder is derived from it.
//!
//! Takes finished values and gives them back; never looks at audio and never grades. One writer holds the folder's
//! lock; each call is one transaction, so that a killed run loses at most the calls in flight. Times are handed in.

mod calls;
mod check;
mod copies;
mod error;
mod folder;
mod forget;
mod heard;
mod results;
mod runs;
mod schema;
mod search;

pub use calls::{Known, Listing};
pub use check::{Census, Fault};
pub use error::StoreError;
pub use folder::{DATABASE, FolderLock, network_filesystem};
pub use forget::Target;
pub use heard::{Graded, HeardKey};
pub use results::{Results, StoredRubric};
pub use runs::{Attempt, RunId, Tries};
pub use search::{Hit, Query};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Version of the stored form of what was heard; part of the key under which it is found again.
pub const HEARD_FORMAT: u32 = 1;

/// A results folder that is open.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    dir: PathBuf,
    _lock: Option<FolderLock>,
}

impl Store {
    /// Opens `dir` for writing and takes its lock; makes folder and database where they are missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another run holds it; otherwise where it cannot be made, opened or understood.
    pub fn create(dir: &Path) -> Result<Self, StoreError> {
        folder::make(dir)?;
        let lock = folder::lock(dir)?;
        let path = folder::database(dir);
        drop(folder::private_file(&path)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        schema::prepare(&mut connection, &path, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        Ok(Self { connection, dir: dir.to_owned(), _lock: Some(lock) })
    }

    /// Opens an existing `dir` for writing, as [`Store::create`] does.
    ///
    /// # Errors
    /// As [`Store::create`], and [`StoreError::NotAStore`] where there is no database.
    pub fn change(dir: &Path) -> Result<Self, StoreError> {
        if !folder::database(dir).is_file() {
            return Err(StoreError::NotAStore { path: dir.to_owned() });
        }
        Self::create(dir)
    }

    /// Opens an existing `dir` for reading; a run may be writing to it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`] where there is no database; otherwise where it cannot be opened or understood.
    pub fn read(dir: &Path) -> Result<Self, StoreError> {
        let path = folder::database(dir);
        if !path.is_file() {
            return Err(StoreError::NotAStore { path: dir.to_owned() });
        }
        let open = || -> Result<Connection, StoreError> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(&path, flags)?;
            connection.busy_timeout(Duration::from_secs(10))?;
            schema::prepare(&mut connection, &path, false)?;
            Ok(connection)
        };
        let connection = match open() {
            // A folder that cannot be written has no place for the index of the write-ahead log. Where there is no
            // log either, the database file is complete by itself.
            Err(StoreError::Database(rusqlite::Error::SqliteFailure(failure, _)))
                if failure.code == rusqlite::ErrorCode::CannotOpen && !dir.join("callgrade.db-wal").exists() =>
            {
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
                let mut connection = Connection::open_with_flags(immutable_uri(&path), flags)?;
                schema::prepare(&mut connection, &path, false)?;
                connection
            }
            other => other?,
        };
        Ok(Self { connection, dir: dir.to_owned(), _lock: None })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// From here on reads the folder as it is now, whatever a run writes meanwhile.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn hold(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
        Ok(())
    }

    /// Writes a complete copy of the database to `target`, which must not exist yet.
    ///
    /// # Errors
    /// Where `target` exists or cannot be written.
    pub fn back_up(&self, target: &Path) -> Result<(), StoreError> {
        if target.symlink_metadata().is_ok() {
            return Err(StoreError::Exists { path: target.to_owned() });
        }
        drop(folder::private_file(target)?);
        let name = ToSqlOutput::Borrowed(ValueRef::Text(target.as_os_str().as_bytes()));
        self.connection.execute("VACUUM INTO ?1", [name]).inspect_err(|_| {
            // Half a copy is none; where it cannot even be deleted, the error tells why.
            let _ = std::fs::remove_file(target);
        })?;
        Ok(())
    }
}

fn immutable_uri(path: &Path) -> PathBuf {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(*byte as char),
            // Writing to a String cannot fail.
            other => drop(write!(uri, "%{other:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}
