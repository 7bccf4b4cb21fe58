//! Everything that is known of a call before any rubric is looked at.

use super::{Ms, SoundMap, Status, Transcript};
use serde::{Deserialize, Serialize};

/// The result of listening to one recording: this is stored, and every grade is made from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardCall {
    /// What became of the recording; its sound and transcript are empty for a failed one.
    pub status: Status,
    /// Why it is so, for a person; empty for `ok`.
    pub detail: String,
    /// What was noticed on the way.
    pub warnings: Vec<Warning>,
    /// The file as audio.
    pub audio: AudioInfo,
    /// Its sound.
    pub sound: SoundMap,
    /// Its words.
    pub transcript: Transcript,
    /// What recognised it.
    pub engine: Engine,
}

/// Something that a person should know about a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Stable name, such as `copied_mono`.
    pub code: String,
    /// The same for a person.
    pub message: String,
}

/// The file as audio.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioInfo {
    /// BLAKE3 of the file's bytes, in hexadecimal.
    pub content_hash: String,
    /// Length.
    pub duration: Ms,
    /// Samples a second in the file, Hz.
    pub sample_rate: u32,
    /// Channels in the file.
    pub channels: u16,
    /// Name of the encoding, such as `pcm_mulaw`.
    pub codec: String,
}

/// What recognised the words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Name of the model, such as `base`.
    pub model: String,
    /// SHA-256 of its file, in hexadecimal.
    pub model_sha256: String,
    /// BLAKE3 over every setting that can change the words.
    pub settings_hash: String,
}
