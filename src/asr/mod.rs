//! Recognition: the sound of a call and where speech lies in it become words with times.
//!
//! Takes samples in blocks (16 kHz, one vector a channel) and a [`SoundMap`]; gives a [`Transcript`] on the recording's
//! own timeline. Each channel is recognised by itself. [`whisper::Engine`] is the recogniser; [`Scripted`] plays back
//! written calls in tests.
//!
//! Must not: decode files, find speech, know whose channel it is, or give text that nobody said: what has no speech
//! under it, loops, or cannot be said in its time is dropped and counted.
//!
//! The same samples and settings give the same transcript, whatever was recognised before and on however many threads.

mod guard;
mod pack;
mod pauses;
mod scripted;
mod turns;
pub mod whisper;
mod words;

pub use scripted::Scripted;

use crate::call::{Engine as EngineInfo, SoundMap, Transcript};
use std::error::Error;

/// Samples a second of every sound that is recognised, Hz.
pub const SAMPLE_RATE: u32 = 16_000;

/// A stretch of sound of all channels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoundBlock {
    /// Index of its first sample in the recording, counted at 16 kHz.
    pub start: u64,
    /// Samples of each channel, -1..=1, all of one length.
    pub channels: Vec<Vec<f32>>,
}

/// The sound of a recording, from its begin to its end.
///
/// The channels are those of the [`SoundMap`] that comes with it, in the same order.
pub trait ChannelAudio {
    /// The next block in time; `None` after the last. Sound that is skipped between two blocks is silence.
    ///
    /// # Errors
    /// [`AsrError::Audio`] with what the source says.
    fn next_block(&mut self) -> Result<Option<SoundBlock>, AsrError>;
}

/// What can be set for one call; all of it can change the words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AsrSettings {
    /// ISO 639-1 code of the language spoken, such as `zh`; `None` finds it by ear.
    pub language: Option<String>,
}

/// Why a call could not be recognised.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AsrError {
    /// The sound could not be read on.
    #[error("reading the sound: {0}")]
    Audio(#[source] Box<dyn Error + Send + Sync>),
    /// The model file cannot be used.
    #[error("the model cannot be loaded: {reason}")]
    Model {
        /// What is wrong with it.
        reason: String,
    },
    /// A language that the model does not know.
    #[error("the model does not know the language `{language}`")]
    Language {
        /// What was asked for.
        language: String,
    },
    /// The recogniser gave up.
    #[error("recognition failed: {reason}")]
    Recogniser {
        /// What it said.
        reason: String,
    },
    /// A written call is not one.
    #[error("the script of the call cannot be read: {0}")]
    Script(#[from] crate::call::script::ScriptError),
}

/// Turns sound into words.
pub trait Transcriber: Send + Sync {
    /// Recognises all channels of `audio`. `sound` says where speech lies; nothing else is recognised.
    ///
    /// # Errors
    /// [`AsrError`]; the transcriber can be used on after any of them.
    fn transcribe(
        &self,
        audio: &mut dyn ChannelAudio,
        sound: &SoundMap,
        settings: &AsrSettings,
    ) -> Result<Transcript, AsrError>;

    /// What recognises, for the record: its `settings_hash` covers everything of the transcriber and of `settings` that
    /// can change the words.
    fn describe(&self, settings: &AsrSettings) -> EngineInfo;
}
