//! The tokens of a model: which are text, which steer.

use crate::asr::AsrError;
use std::ops::Range;
use whisper_rs::WhisperContext;

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
    bytes: Vec<Vec<u8>>,
    /// For each token below the marks, whether it may never come.
    pub(super) silent: Vec<bool>,
    /// End of text.
    pub(super) end: i32,
    /// Start of transcript.
    pub(super) start: i32,
    /// Start of the text before.
    pub(super) previous: i32,
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
    pub(super) fn of(context: &WhisperContext) -> Result<Self, AsrError> {
        let unusable = |reason: &str| AsrError::Model { reason: reason.to_owned() };
        let end = context.token_eot();
        let marks = context.token_beg();
        let start = context.token_sot();
        let bytes: Vec<Vec<u8>> =
            (0..end).map(|id| context.token_to_bytes(id).map(<[u8]>::to_vec).unwrap_or_default()).collect();
        if end <= 0 || marks <= end || context.n_vocab() <= marks {
            return Err(unusable("its vocabulary has no time marks"));
        }
        let mut silent: Vec<bool> = bytes
            .iter()
            .map(|bytes| {
                let text = String::from_utf8_lossy(bytes);
                let word = text.strip_prefix(' ').unwrap_or(&text);
                SYMBOLS.contains(&word) || matches!(&*text, " -" | " '")
            })
            .collect();
        // All that steers is left to the rules; only the end of text may be chosen.
        silent.resize(marks as usize, true);
        silent[end as usize] = false;
        // Language tokens come right after the start of transcript, and the two tasks right after them.
        let languages = if context.is_multilingual() { start + 1..context.token_translate() } else { 0..0 };
        Ok(Self {
            bytes,
            silent,
            end,
            start,
            previous: context.token_prev(),
            transcribe: context.token_transcribe(),
            no_speech: context.token_nosp(),
            marks,
            languages,
            text_positions: usize::try_from(context.n_text_ctx()).unwrap_or(0),
            audio_positions: usize::try_from(context.n_audio_ctx()).unwrap_or(0),
        })
    }

    /// The bytes of the text token `id`: maybe only a part of a character.
    pub(super) fn bytes(&self, id: i32) -> &[u8] {
        usize::try_from(id).ok().and_then(|id| self.bytes.get(id)).map_or(&[], Vec::as_slice)
    }

    /// The language token of an ISO 639-1 code.
    pub(super) fn language(&self, code: &str) -> Option<i32> {
        // The look-up of the bindings panics on a NUL.
        let index = Some(code).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
        let index = whisper_rs::get_lang_id(index).filter(|index| *index >= 0)?;
        Some(self.languages.start + index).filter(|id| self.languages.contains(id))
    }
}
