//! What can go wrong with a results folder.

use std::io;
use std::path::PathBuf;

/// Why a results folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No results folder stands there.
    #[error("{path} is not a results folder: it holds no callgrade.db")]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// Another run holds the folder.
    #[error("another run is writing to {path}")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A later version of the program wrote it.
    #[error("{path} was written by a later version of callgrade (its format is {found}, this program knows {known})")]
    TooNew {
        /// The folder.
        path: PathBuf,
        /// Format of the database.
        found: i64,
        /// Highest format that this program knows.
        known: i64,
    },
    /// The database belongs to something else, or is damaged.
    #[error("{path} is not a callgrade database: {found}")]
    Foreign {
        /// The database.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// Something else than a folder stands there, or on the way there.
    #[error("{path} cannot be a results folder: it is a file, or leads through one")]
    NotAFolder {
        /// The folder asked for.
        path: PathBuf,
    },
    /// The file for a copy exists.
    #[error("{path} exists already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder or a file in it could not be made, opened or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(rusqlite::Error),
    /// A stored value cannot be read back.
    #[error("stored {what} of call {call} is damaged: {source}")]
    Damaged {
        /// Which value.
        what: &'static str,
        /// The call's id.
        call: String,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Database(error)
    }
}

impl StoreError {
    /// Whether the disk refused to take more: full, over a quota or a file-size limit, or read-only.
    pub fn is_output(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            StoreError::Io { source, .. } => !matches!(source.kind(), io::ErrorKind::NotFound),
            StoreError::Database(rusqlite::Error::SqliteFailure(failure, _)) => matches!(
                failure.code,
                ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen
            ),
            _ => false,
        }
    }

    /// Whether the database's own structure is damaged.
    pub fn is_corrupt(&self) -> bool {
        use rusqlite::ErrorCode;
        matches!(self, StoreError::Database(rusqlite::Error::SqliteFailure(failure, _))
            if matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }

    /// Whether the next try may succeed.
    pub fn is_temporary(&self) -> bool {
        use rusqlite::ErrorCode;
        matches!(self, StoreError::Database(rusqlite::Error::SqliteFailure(failure, _))
            if matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }
}
