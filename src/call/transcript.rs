//! What was said, word by word, on the recording's own timeline.

use super::{Ms, TimeSpan};
use serde::{Deserialize, Serialize};

/// What was recognised on all channels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// ISO 639-1 code of the language spoken, such as `zh`; empty where nothing was said.
    pub language: String,
    /// How sure the language is, 0..=1; 1 where it was given.
    pub language_probability: f32,
    /// Turns in order of their start, then of their channel.
    pub turns: Vec<Turn>,
    /// What recognition gave and the guard threw away.
    pub dropped: Dropped,
}

/// A stretch of one speaker's talk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The channel it was heard on.
    pub channel: usize,
    /// From its first word to its last.
    pub span: TimeSpan,
    /// The text as heard, with its punctuation.
    pub text: String,
    /// Mean word probability, 0..=1.
    pub confidence: f32,
    /// Its words in order: their texts, joined, are the turn's text; a Mandarin word may be one character.
    pub words: Vec<Word>,
}

/// A word with its time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written in the turn's text, with the blank before and the punctuation after it.
    pub text: String,
    /// When it was said.
    pub span: TimeSpan,
    /// How sure the recognition is, 0..=1.
    pub probability: f32,
    /// What kind of personal number stood here before it was masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<MaskKind>,
}

/// Kinds of personal data that are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskKind {
    /// A payment card number.
    Card,
    /// A card's check digits or a one-time code.
    Code,
    /// A telephone number.
    Phone,
    /// An identity document's number.
    Id,
    /// An e-mail address.
    Email,
}

impl MaskKind {
    /// What stands in the text instead.
    pub const fn placeholder(self) -> &'static str {
        match self {
            MaskKind::Card => "[card]",
            MaskKind::Code => "[code]",
            MaskKind::Phone => "[phone]",
            MaskKind::Id => "[id]",
            MaskKind::Email => "[email]",
        }
    }
}

/// Words thrown away by the guard against invented text, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// No speech under them.
    pub no_speech: u32,
    /// The same words over and over.
    pub loops: u32,
    /// More words a second than anyone can say.
    pub rate: u32,
    /// A sentence known to be invented in silence.
    pub ghost: u32,
    /// The other channel, heard through.
    pub cross_talk: u32,
}

impl Transcript {
    /// Time of the first and the last word of the call, where there is one.
    pub fn extent(&self) -> Option<TimeSpan> {
        let start = self.turns.iter().map(|turn| turn.span.start).min()?;
        let end = self.turns.iter().map(|turn| turn.span.end).max().unwrap_or(Ms(0));
        Some(TimeSpan::new(start, end))
    }
}
