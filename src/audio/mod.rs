//! A recording's file as sound: decoded by content, 16 kHz a channel, in blocks of a second.
//!
//! Takes a path and [`Limits`]; gives [`Blocks`] as often as asked, in constant memory, and after a whole pass the
//! facts of the file and its [`Status`]. The bytes are untrusted: every failure is a [`DecodeError`] with exactly one
//! status, panics of decoders included. Every channel of the file is kept; what is on them is for
//! [`speech`](crate::speech) to find out.

mod blocks;
mod error;
mod limits;
mod pcm;
mod resample;
mod riff;
mod sniff;
mod source;
mod stream;

pub use blocks::{Block, Blocks};
pub use error::DecodeError;
pub use limits::{Hints, Limits, RawEncoding, RawLayout, RawLayoutError};
pub use resample::RATE;

use crate::call::{AudioInfo, Ms, Status};
use source::Fingerprint;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A recording that can be listened to, as often as needed.
pub struct AudioFile {
    path: PathBuf,
    limits: Limits,
    hints: Hints,
    fingerprint: Fingerprint,
    facts: Mutex<Facts>,
}

/// What is known of a recording; complete after a whole pass.
#[derive(Clone)]
struct Facts {
    info: AudioInfo,
    status: Status,
    detail: String,
}

impl AudioFile {
    /// Opens the recording at `path`: recognises it by content and decodes its first sound.
    ///
    /// # Errors
    /// Every reason for which nothing of the file can be listened to; see [`DecodeError`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, DecodeError> {
        Self::open_with(path, limits, &Hints::default())
    }

    /// Opens the recording at `path` with what the user says about it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: &Path, limits: &Limits, hints: &Hints) -> Result<Self, DecodeError> {
        let (_, fingerprint) = source::open(path)?;
        let facts = Facts { info: AudioInfo::default(), status: Status::Ok, detail: String::new() };
        let file = Self {
            path: path.to_owned(),
            limits: limits.clone(),
            hints: hints.clone(),
            fingerprint,
            facts: Mutex::new(facts),
        };
        let first = Blocks::start(&file)?;
        let info = first.info();
        drop(first);
        file.facts().info = info;
        Ok(file)
    }

    /// Starts a pass over the sound.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`DecodeError::ChangedDuringRead`] where the file is not the one that was opened.
    pub fn blocks(&self) -> Result<Blocks<'_>, DecodeError> {
        Blocks::start(self)
    }

    /// Where the recording lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of channels of every block.
    pub fn channels(&self) -> usize {
        usize::from(self.facts().info.channels)
    }

    /// The facts of the file; hash and duration are empty until a pass has ended.
    pub fn info(&self) -> AudioInfo {
        self.facts().info.clone()
    }

    /// What became of the recording: [`Status::Ok`] or one of the degraded ones, final after a pass has ended.
    pub fn status(&self) -> Status {
        self.facts().status
    }

    /// Why the status is so, for a person; empty for [`Status::Ok`].
    pub fn detail(&self) -> String {
        self.facts().detail.clone()
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        // The facts are replaced whole, so a panic elsewhere leaves nothing half done.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the end of a pass; a hash that differs from an earlier pass is a change of the file.
    fn complete(&self, pass: Facts) -> Result<(), DecodeError> {
        let mut facts = self.facts();
        if !facts.info.content_hash.is_empty() && facts.info.content_hash != pass.info.content_hash {
            return Err(DecodeError::ChangedDuringRead { path: self.path.clone() });
        }
        *facts = pass;
        Ok(())
    }
}

/// The time at which `frames` samples at `rate` Hz end.
fn time_of(frames: u64, rate: u32) -> Ms {
    let rate = u64::from(rate.max(1));
    Ms(((u128::from(frames) * 1000 + u128::from(rate) / 2) / u128::from(rate)) as i64)
}
