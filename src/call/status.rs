//! What became of a recording: exactly one status, always.

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($($(#[doc = $doc:literal])+ $name:ident = ($text:literal, $kind:ident),)+) => {
        /// The end of a recording.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Status { $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+ }

        impl Status {
            /// Every status, in the order of the documentation.
            pub const ALL: &'static [Status] = &[$(Status::$name,)+];

            /// The name used in files and on the screen.
            pub const fn as_str(self) -> &'static str {
                match self { $(Status::$name => $text,)+ }
            }

            /// The group it is counted in.
            pub const fn kind(self) -> StatusKind {
                match self { $(Status::$name => StatusKind::$kind,)+ }
            }
        }
    };
}

/// The groups that every listed recording is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKind {
    /// It has a full result.
    Ok,
    /// It has a result of the part that could be read.
    Degraded,
    /// It has no result.
    Failed,
    /// It was left out on purpose.
    Skipped,
    /// Its turn has not come.
    Pending,
}

statuses! {
    /// Read, recognised and graded.
    Ok = ("ok", Ok),
    /// Read in full, and nobody speaks.
    OkNoSpeech = ("ok_no_speech", Ok),
    /// The file ends early; the part before was used.
    DegradedTruncated = ("degraded_truncated", Degraded),
    /// Parts of the file are damaged and were left out.
    DegradedCorrupt = ("degraded_corrupt", Degraded),
    /// The file holds no sound.
    FailedEmpty = ("failed_empty", Failed),
    /// The file cannot be opened or read.
    FailedUnreadable = ("failed_unreadable", Failed),
    /// The file is not a recording.
    FailedNotAudio = ("failed_not_audio", Failed),
    /// The sound is in an encoding that is not supported.
    FailedUnsupportedCodec = ("failed_unsupported_codec", Failed),
    /// The header contradicts itself or claims impossible values.
    FailedBadHeader = ("failed_bad_header", Failed),
    /// A limit of duration, bytes, memory or time was passed.
    FailedLimit = ("failed_limit", Failed),
    /// The file changed while it was read.
    FailedChangedDuringRead = ("failed_changed_during_read", Failed),
    /// Decoding failed.
    FailedDecode = ("failed_decode", Failed),
    /// Recognition failed.
    FailedAsr = ("failed_asr", Failed),
    /// It crashed the worker twice when run alone.
    QuarantinedCrash = ("quarantined_crash", Failed),
    /// Another listed recording has the same content.
    SkippedDuplicate = ("skipped_duplicate", Skipped),
    /// It may still be written.
    SkippedTooNew = ("skipped_too_new", Skipped),
    /// Its turn has not come.
    Pending = ("pending", Pending),
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
