//! The bytes of one recording during one pass: hashed as they go by, bounded in how often they may be read.
//!
//! Takes a path; gives a seekable source for the decoders. Decoders see a window of the file and never the file
//! itself, so that tags and headers in front need no decoder that understands them.

use super::DecodeError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use symphonia::core::io::MediaSource;

/// What must stay the same from the first byte read to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub len: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64),
}

impl Fingerprint {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Self { len: metadata.len(), modified: metadata.modified().ok(), identity }
    }

    /// The fingerprint of whatever lies at `path` now.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self::of(&std::fs::metadata(path)?))
    }
}

/// Opens `path`, refusing everything but a regular file without waiting on a pipe.
pub(super) fn open(path: &Path) -> Result<(File, Fingerprint), DecodeError> {
    let unreadable = |source| DecodeError::Unreadable { path: path.to_owned(), source };
    let refuse = |metadata: &std::fs::Metadata| match kind_of(metadata.file_type()) {
        None => Ok(()),
        Some(found) => Err(DecodeError::NotAFile { path: path.to_owned(), found }),
    };
    refuse(&std::fs::metadata(path).map_err(unreadable)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // The file may have been replaced by a pipe since it was looked at.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    refuse(&metadata)?;
    Ok((file, Fingerprint::of(&metadata)))
}

fn kind_of(kind: std::fs::FileType) -> Option<&'static str> {
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

/// What one pass over the bytes has seen.
struct Pass {
    hasher: blake3::Hasher,
    /// All bytes before this one are hashed.
    hashed: u64,
    /// Bytes that may still be read: a decoder that seeks in circles runs out of them.
    budget: u64,
    failure: Option<io::ErrorKind>,
    exhausted: bool,
}

/// The bytes of a recording, shared by everything that reads them in one pass.
#[derive(Clone)]
pub(super) struct Source {
    file: Arc<File>,
    len: u64,
    pass: Arc<Mutex<Pass>>,
}

impl Source {
    /// Starts a pass over `file` of `len` bytes.
    pub fn new(file: File, len: u64) -> Self {
        let budget = len.saturating_mul(16).saturating_add(64 << 20);
        let pass = Pass { hasher: blake3::Hasher::new(), hashed: 0, budget, failure: None, exhausted: false };
        Self { file: Arc::new(file), len, pass: Arc::new(Mutex::new(pass)) }
    }

    /// Length of the file, bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The bytes from `start` to `end` as a stream of their own.
    pub fn window(&self, start: u64, end: u64) -> Window {
        let end = end.min(self.len);
        Window { source: self.clone(), start: start.min(end), end, position: start.min(end), streamed: false }
    }

    /// Up to `count` bytes from `start`; fewer only at the end of the file.
    pub fn peek(&self, start: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.window(start, start.saturating_add(count as u64)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the decoders read the file far more often than any format needs.
    pub fn exhausted(&self) -> bool {
        self.pass().exhausted
    }

    /// The system's reason why a read failed in this pass, if one did.
    pub fn failure(&self) -> Option<io::ErrorKind> {
        self.pass().failure
    }

    /// Reads what the decoders left out and gives the BLAKE3 hash of all bytes, in hexadecimal.
    pub fn finish(&self) -> io::Result<String> {
        let mut rest = self.window(self.pass().hashed, self.len);
        io::copy(&mut rest, &mut io::sink())?;
        Ok(self.pass().hasher.finalize().to_hex().to_string())
    }

    fn pass(&self) -> MutexGuard<'_, Pass> {
        // The guarded values are valid after every statement, so a panic elsewhere leaves nothing half done.
        self.pass.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut pass = self.pass();
        if pass.budget == 0 {
            pass.exhausted = true;
            return Err(io::Error::other("the file was read far more often than its format needs"));
        }
        let count = match read_file_at(&self.file, buffer, position) {
            Ok(count) => count,
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    pass.failure = Some(error.kind());
                }
                return Err(error);
            }
        };
        pass.budget = pass.budget.saturating_sub(count as u64);
        let end = position + count as u64;
        if position <= pass.hashed && pass.hashed < end {
            let fresh = (pass.hashed - position) as usize;
            pass.hasher.update(&buffer[fresh..count]);
            pass.hashed = end;
        }
        Ok(count)
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_file_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

/// A stretch of a [`Source`] that counts its positions from its own start.
pub(super) struct Window {
    source: Source,
    start: u64,
    end: u64,
    position: u64,
    streamed: bool,
}

impl Window {
    /// The same bytes as a stream without a known end: readers then take containers that promise more than there is.
    pub fn streamed(&self) -> Window {
        Window { source: self.source.clone(), position: self.start, streamed: true, ..*self }
    }

    /// Whether an MPEG frame in the last bytes reaches beyond the end.
    pub fn ends_inside_mpeg_frame(&self) -> io::Result<bool> {
        let start = self.start.max(self.end.saturating_sub(16 << 10));
        let bytes = self.source.peek(start, (self.end - start) as usize)?;
        Ok(super::sniff::cut_in_mpeg_frame(&bytes))
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.position);
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        let read = self.source.read_at(self.position, &mut buffer[..count])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let target = target.filter(|target| *target >= self.start);
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position - self.start)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        !self.streamed
    }

    fn byte_len(&self) -> Option<u64> {
        (!self.streamed).then_some(self.end - self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_hash_is_that_of_the_whole_file_however_it_is_read() {
        let bytes: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let (opened, fingerprint) = open(file.path()).unwrap();
        let source = Source::new(opened, fingerprint.len);
        let mut window = source.window(7, u64::MAX);
        let mut buffer = [0; 1000];
        window.seek(SeekFrom::End(-1000)).unwrap();
        window.read_exact(&mut buffer).unwrap();
        assert_eq!(source.peek(0, 10).unwrap(), &bytes[..10]);
        window.seek(SeekFrom::Start(1)).unwrap();
        window.read_exact(&mut buffer).unwrap();
        assert_eq!(buffer[..], bytes[8..1008]);
        assert_eq!(source.finish().unwrap(), blake3::hash(&bytes).to_hex().to_string());
    }

    #[test]
    fn reading_in_circles_ends() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[1; 4096]).unwrap();
        let (opened, fingerprint) = open(file.path()).unwrap();
        let source = Source::new(opened, fingerprint.len);
        let rounds = (0..100_000).take_while(|_| source.peek(0, 4096).is_ok()).count();
        assert!(rounds < 50_000 && source.exhausted());
    }
}
