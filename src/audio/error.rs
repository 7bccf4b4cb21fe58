//! Why a recording can't be decoded: each error is one [`Status`], with a remedy for the user.

use super::ffmpeg::KEEP_TIMES;
use crate::call::{Ms, Status};
use std::path::PathBuf;

/// A recording that can't be decoded. The messages are fragments that follow "failed to".
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It can't be opened or read.
    #[error("read {}: {source}", path.display())]
    Unreadable {
        /// The recording.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is a folder, pipe, socket or device.
    #[error("read {}: found {found}, expected a regular file", path.display())]
    NotAFile {
        /// The recording.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// It holds no sound.
    #[error("find sound in {}: the file has {bytes} bytes and no sample", path.display())]
    Empty {
        /// The recording.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Its content is something else.
    #[error("find sound in {}: found {found}, expected a recording", path.display())]
    NotAudio {
        /// The recording.
        path: PathBuf,
        /// What the content looks like.
        found: &'static str,
    },
    /// Its encoding has no decoder here.
    #[error("decode {}: the encoding is {codec}, which is not supported", path.display())]
    UnsupportedCodec {
        /// The recording.
        path: PathBuf,
        /// Name of the encoding.
        codec: String,
    },
    /// Its header contradicts itself or claims the impossible.
    #[error("understand the header of {}: {what}", path.display())]
    BadHeader {
        /// The recording.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It passes a limit.
    #[error("stay within the limit of {limit} {what} on {}: found {found}", path.display())]
    Limit {
        /// The recording.
        path: PathBuf,
        /// What is limited, in its unit.
        what: &'static str,
        /// How much there is, at least.
        found: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// It changed while it was read.
    #[error("read {} whole: it changed while it was read", path.display())]
    ChangedDuringRead {
        /// The recording.
        path: PathBuf,
    },
    /// Nothing of it could be decoded.
    #[error("decode {} at {position}: {what}", path.display())]
    Decode {
        /// The recording.
        path: PathBuf,
        /// How far decoding came.
        position: Ms,
        /// What is wrong.
        what: String,
    },
    /// The installed ffmpeg did not decode it either.
    #[error("decode {} with {}: {what}", path.display(), program.display())]
    Ffmpeg {
        /// The recording.
        path: PathBuf,
        /// The program.
        program: PathBuf,
        /// What it said, or how it ended.
        what: String,
    },
}

impl DecodeError {
    /// The status that the recording ends with.
    pub const fn status(&self) -> Status {
        match self {
            DecodeError::Unreadable { .. } | DecodeError::NotAFile { .. } => Status::FailedUnreadable,
            DecodeError::Empty { .. } => Status::FailedEmpty,
            DecodeError::NotAudio { .. } => Status::FailedNotAudio,
            DecodeError::UnsupportedCodec { .. } => Status::FailedUnsupportedCodec,
            DecodeError::BadHeader { .. } => Status::FailedBadHeader,
            DecodeError::Limit { .. } => Status::FailedLimit,
            DecodeError::ChangedDuringRead { .. } => Status::FailedChangedDuringRead,
            DecodeError::Decode { .. } | DecodeError::Ffmpeg { .. } => Status::FailedDecode,
        }
    }

    /// What the user can do, as one sentence without a full stop.
    pub fn remedy(&self) -> String {
        match self {
            DecodeError::Unreadable { .. } => "check that the file exists and that you may read it".into(),
            DecodeError::NotAFile { .. } => "name a recording or a folder of recordings".into(),
            DecodeError::Empty { .. } => "export the recording again from the telephone system".into(),
            DecodeError::NotAudio { .. } => {
                "leave the file out; for sound without a header say how it is written, as in --raw mulaw:8000:1".into()
            }
            DecodeError::UnsupportedCodec { path, .. } => {
                let mut converted = path.clone();
                converted.set_extension("converted.wav");
                format!(
                    "convert it with: ffmpeg -i {} -af {KEEP_TIMES} -c:a pcm_s16le {} ; or let an installed ffmpeg do it with --decoder auto",
                    shell_word(path),
                    shell_word(&converted)
                )
            }
            DecodeError::BadHeader { .. } | DecodeError::Decode { .. } => {
                "export the recording again; `ffmpeg -i FILE` shows what can still be read of it".into()
            }
            DecodeError::Limit { .. } => "cut the recording into calls, or leave it out if it is none".into(),
            DecodeError::ChangedDuringRead { .. } => "run again when the recorder has finished the file".into(),
            DecodeError::Ffmpeg { .. } => "convert the recording to WAV by hand".into(),
        }
    }
}

/// `path` as one word of a POSIX shell, whatever characters it holds.
fn shell_word(path: &std::path::Path) -> String {
    let text = path.to_string_lossy();
    // A name that begins with a dash would be taken for an option.
    let text = if text.starts_with('-') { format!("./{text}") } else { text.into_owned() };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_for_an_unsupported_encoding_is_a_command_that_a_shell_takes_apart_rightly() {
        let error = DecodeError::UnsupportedCodec { path: "-a b'c.amr".into(), codec: "AMR".into() };
        assert_eq!(error.status(), Status::FailedUnsupportedCodec);
        let remedy = error.remedy();
        assert!(remedy.contains(r"ffmpeg -i './-a b'\''c.amr' -af aresample=async=1:first_pts=0 -c:a pcm_s16le './-a b'\''c.converted.wav'"), "{remedy}");
    }
}
