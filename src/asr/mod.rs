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

use crate::call::{Engine as EngineInfo, Metadata, SoundMap, Transcript, is_language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsrSettings {
    /// ISO 639-1 code of the language spoken, such as `zh`; `None` finds it by ear.
    pub language: Option<String>,
    /// Names and words that may well be said, which a recogniser that doesn't know them would take for others.
    #[serde(default)]
    pub terms: Vec<String>,
}

impl AsrSettings {
    /// These settings for a call of which `metadata` is known: its language goes before, its names before other terms.
    pub fn of_call(&self, metadata: &Metadata) -> Self {
        let code = metadata.get("language").and_then(|text| text.split(['-', '_']).next()).map(str::to_ascii_lowercase);
        let code = code.filter(|code| is_language(code));
        let names = NAMED.iter().filter_map(|column| metadata.spoken(column)).filter(|name| is_name(name));
        let mut terms: Vec<String> = names.map(str::to_owned).collect();
        terms.extend(self.terms.iter().filter(|term| !term.trim().is_empty()).cloned());
        let mut seen = BTreeSet::new();
        terms.retain(|term| seen.insert(term.clone()));
        Self { language: code.or_else(|| self.language.clone()), terms }
    }
}

/// Columns of the list of calls that hold names which are said.
const NAMED: [&str; 3] = ["company", "agent", "customer"];

/// Whether `text` is a name, and no number of a person or a queue.
fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    letters >= 2 && !text.chars().any(|character| character.is_numeric() || "@_/\\".contains(character))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_brings_its_language_and_its_names() {
        let cells = [("language", "zh-CN"), ("company", "远航宽带"), ("agent", "小林"), ("customer", "C-1042")];
        let metadata = Metadata(cells.map(|(column, cell)| (column.to_owned(), cell.to_owned())).into());
        let terms = ["套餐", "小林", " "].map(str::to_owned).to_vec();
        let settings = AsrSettings { language: Some("en".to_owned()), terms };
        let call = settings.of_call(&metadata);
        assert_eq!(call.language.as_deref(), Some("zh"));
        assert_eq!(call.terms, ["远航宽带", "小林", "套餐"]);
        assert_eq!(settings.of_call(&Metadata::default()).language.as_deref(), Some("en"));
        for (cell, code) in [("yue", "yue"), ("klingon", "en"), ("xx", "en")] {
            let metadata = Metadata([("language".to_owned(), cell.to_owned())].into());
            assert_eq!(settings.of_call(&metadata).language.as_deref(), Some(code));
        }
    }
}
