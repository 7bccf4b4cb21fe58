//! The tokens of a model: which are text, which steer.

use super::library::{Network, language_index};
use crate::asr::AsrError;
use std::ops::Range;

/// Symbols that stand for sounds or typography, not for words: never recognised.
///
/// # Source
/// The tokens that OpenAI's Whisper suppresses by default (`non_speech_tokens` of its tokenizer).
const SYMBOLS: &[&str] = &[
    "\"",
    "#",
    "(",
    ")",
    "*",
    "+",
    "/",
    ":",
    ";",
    "<",
    "=",
    ">",
    "@",
    "[",
    "\\",
    "]",
    "^",
    "_",
    "`",
    "{",
    "|",
    "}",
    "~",
    "「",
    "」",
    "『",
    "』",
    "<<",
    ">>",
    "<<<",
    ">>>",
    "--",
    "---",
    "-(",
    "-[",
    "('",
    "(\"",
    "((",
    "))",
    "(((",
    ")))",
    "[[",
    "]]",
    "{{",
    "}}",
    "♪♪",
    "♪♪♪",
    "♩",
    "♪",
    "♫",
    "♬",
    "♭",
    "♮",
    "♯",
];

/// The tokens of a model.
pub(super) struct Vocabulary {
    /// Bytes of each text token.
    pub(super) bytes: Vec<Vec<u8>>,
    /// For each token below the marks, whether it may never come.
    pub(super) silent: Vec<bool>,
    /// End of text.
    pub(super) end: i32,
    /// Start of transcript.
    pub(super) start: i32,
    /// The task of writing down what is said.
    pub(super) transcribe: i32,
    /// Nobody speaks.
    pub(super) no_speech: i32,
    /// The first time mark; all tokens from it on are marks, one every 20 ms.
    pub(super) marks: i32,
    /// The language tokens; empty for a model of one language.
    pub(super) languages: Range<i32>,
    /// Most tokens that the decoder can look back on.
    pub(super) text_positions: usize,
    /// Most positions of the encoder.
    pub(super) audio_positions: usize,
}

impl Vocabulary {
    pub(super) fn of(network: &Network) -> Result<Self, AsrError> {
        let layout = network.layout();
        if layout.end <= 0 || layout.marks <= layout.end || layout.tokens <= layout.marks {
            return Err(AsrError::Model { reason: "its vocabulary has no time marks".to_owned() });
        }
        let bytes: Vec<Vec<u8>> = (0..layout.end).map(|id| network.bytes(id).to_vec()).collect();
        let mut silent: Vec<bool> = bytes
            .iter()
            .map(|bytes| {
                let text = String::from_utf8_lossy(bytes);
                let word = text.strip_prefix(' ').unwrap_or(&text);
                SYMBOLS.contains(&word) || matches!(&*text, " -" | " '")
            })
            .collect();
        // All that steers is left to the rules; only the end of text may be chosen.
        silent.resize(layout.marks as usize, true);
        silent[layout.end as usize] = false;
        // Language tokens come right after the start of transcript, and the two tasks right after them.
        let languages = if layout.multilingual { layout.start + 1..layout.translate } else { 0..0 };
        Ok(Self {
            bytes,
            silent,
            end: layout.end,
            start: layout.start,
            transcribe: layout.transcribe,
            no_speech: layout.no_speech,
            marks: layout.marks,
            languages,
            text_positions: layout.text_positions,
            audio_positions: layout.audio_positions,
        })
    }

    /// The bytes of the text token `id`: maybe only a part of a character.
    pub(super) fn bytes(&self, id: i32) -> &[u8] {
        usize::try_from(id).ok().and_then(|id| self.bytes.get(id)).map_or(&[], Vec::as_slice)
    }

    /// The language token of an ISO 639-1 code.
    pub(super) fn language(&self, code: &str) -> Option<i32> {
        let index = language_index(code)?;
        Some(self.languages.start + index).filter(|id| self.languages.contains(id))
    }
}
