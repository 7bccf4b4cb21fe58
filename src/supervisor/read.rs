//! Looking at a file before it is handed to a worker: what it is, whether it is the one of last time, its hash.
//!
//! No byte is interpreted here, and nothing but regular files is ever opened for reading.

use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A file that cannot be handed on.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It cannot be opened or read, or is no regular file: why.
    Unreadable(String),
    /// It is larger than the limit: its size in bytes.
    TooLarge(u64),
    /// It was written to while its hash was computed.
    Changed,
    /// Reading was stopped from outside.
    Stopped,
}

/// A file that was opened and looked at.
#[derive(Debug)]
pub(super) struct Opened {
    file: File,
    /// Size and times: as long as they stay, the content is taken to be the same.
    pub stamp: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Time since the last change.
    pub age: Duration,
}

/// Opens `path` without waiting for anybody and makes sure that it is a regular file.
pub(super) fn look(path: &Path) -> Result<Opened, Refusal> {
    let unreadable = |error: rustix::io::Errno| Refusal::Unreadable(io::Error::from(error).to_string());
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    // Opening a device can have effects; its kind is known without opening it.
    let stat = rustix::fs::stat(path).map_err(unreadable)?;
    kind(stat.st_mode)?;
    let file = open(path, flags, Mode::empty()).map_err(unreadable)?;
    let stat = fstat(&file).map_err(unreadable)?;
    kind(stat.st_mode)?;
    let file = File::from(file);
    Ok(Opened { file, stamp: stamp(&stat), bytes: stat.st_size as u64, age: age(&stat, SystemTime::now()) })
}

fn kind(mode: rustix::fs::RawMode) -> Result<(), Refusal> {
    let name = match FileType::from_raw_mode(mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "no regular file",
    };
    Err(Refusal::Unreadable(format!("it is {name}")))
}

/// Time since the last change. A time of modification that lies in the future was set by another clock or by hand;
/// then the system's own note of the change counts, so that such a file is not too new for years.
fn age(stat: &rustix::fs::Stat, now: SystemTime) -> Duration {
    let since = |seconds: i64| {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.max(0) as u64);
        now.duration_since(then).ok()
    };
    since(stat.st_mtime).or_else(|| since(stat.st_ctime)).unwrap_or_default()
}

fn stamp(stat: &rustix::fs::Stat) -> String {
    format!("{}:{}.{:09}:{}.{:09}", stat.st_size, stat.st_mtime, stat.st_mtime_nsec, stat.st_ctime, stat.st_ctime_nsec)
}

impl Opened {
    /// BLAKE3 of the content, in hexadecimal; `go_on` is asked now and then.
    pub fn hash(mut self, limit: u64, go_on: &dyn Fn() -> bool) -> Result<String, Refusal> {
        if self.bytes > limit {
            return Err(Refusal::TooLarge(self.bytes));
        }
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            if !go_on() {
                return Err(Refusal::Stopped);
            }
            match self.file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    hasher.update(&buffer[..count]);
                    if hasher.count() > limit {
                        return Err(Refusal::TooLarge(hasher.count()));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Refusal::Unreadable(error.to_string())),
            }
        }
        match fstat(&self.file) {
            Ok(stat) if stamp(&stat) == self.stamp => Ok(hasher.finalize().to_hex().to_string()),
            Ok(_) => Err(Refusal::Changed),
            Err(error) => Err(Refusal::Unreadable(io::Error::from(error).to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_modification_in_the_future_does_not_make_a_file_new() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let now = SystemTime::now();
        file.as_file().set_modified(now + Duration::from_secs(1_000_000)).unwrap();
        let stat = fstat(file.as_file()).unwrap();
        assert!(age(&stat, now + Duration::from_secs(500)) >= Duration::from_secs(499));
        file.as_file().set_modified(now - Duration::from_secs(1_000)).unwrap();
        let stat = fstat(file.as_file()).unwrap();
        assert!(age(&stat, now) >= Duration::from_secs(999));
    }
}
