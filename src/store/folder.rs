//! The results folder on disk: who may read it, who holds it, what it stands on.

use super::StoreError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Name of the database in a results folder.
pub const DATABASE: &str = "callgrade.db";
const LOCK: &str = ".callgrade.lock";

/// The right to write to a results folder; given back when it is dropped, and by the system when its holder dies.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
    |source| StoreError::Io { path: path.to_owned(), source }
}

/// Makes `dir` where it is missing, for its owner only.
pub(super) fn make(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => StoreError::NotAFolder { path: dir.to_owned() },
        _ => StoreError::Io { path: dir.to_owned(), source },
    })
}

/// Takes the lock of `dir`.
pub(super) fn lock(dir: &Path) -> Result<FolderLock, StoreError> {
    let path = dir.join(LOCK);
    let file = private_file(&path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(FolderLock { _file: file }),
        Err(error) if error == rustix::io::Errno::WOULDBLOCK => Err(StoreError::Locked { path: dir.to_owned() }),
        Err(error) => Err(StoreError::Io { path, source: error.into() }),
    }
}

/// Opens or makes `path`, readable for its owner only; the database's companion files take over its mode.
pub(super) fn private_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32)
        .open(path)
        .map_err(io_error(path))?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(io_error(path))?;
    Ok(file)
}

/// The database of `dir`.
pub(super) fn database(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// Name of the network filesystem that `dir` stands on, where it does: SQLite's locks are not safe there.
///
/// # Source
/// Magic numbers: statfs(2).
pub fn network_filesystem(dir: &Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        let kind = rustix::fs::statfs(dir).ok()?.f_type as u64 & 0xffff_ffff;
        match kind {
            0x6969 => Some("NFS"),
            0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("SMB"),
            0x0102_1997 => Some("9P"),
            _ => None,
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = dir;
        None
    }
}
