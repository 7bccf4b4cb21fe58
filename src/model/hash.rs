//! Hashes of files, read in pieces.

use super::ModelError;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Both hashes of the bytes seen so far, and their count.
#[derive(Default)]
pub(super) struct Hasher {
    sha1: Sha1,
    sha256: Sha256,
    bytes: u64,
}

/// Hashes of a whole file, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) sha1: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    pub(super) fn finish(self) -> Hashes {
        Hashes { sha1: hex(&self.sha1.finalize()), sha256: hex(&self.sha256.finalize()), bytes: self.bytes }
    }
}

/// SHA-256 of `bytes`, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Adds all bytes of the file at `path` to `hasher`.
pub(super) fn add_file(hasher: &mut Hasher, path: &Path) -> Result<(), ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => return Ok(()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
