//! Folding: text as it is compared, with the way back to the text as it was heard.

use std::ops::Range;

/// One unit of comparison: a Chinese character, a word, or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The folded form.
    pub text: String,
    /// Where it stands in the original, in bytes.
    pub bytes: Range<usize>,
}

/// Splits `text` into folded tokens; `language` is an ISO 639-1 code.
pub fn fold(text: &str, language: &str) -> Vec<Token> {
    let _ = language;
    let mut tokens: Vec<Token> = Vec::new();
    for (start, character) in text.char_indices() {
        let end = start + character.len_utf8();
        if !character.is_alphanumeric() {
            continue;
        }
        let folded = character.to_lowercase().to_string();
        match tokens.last_mut() {
            Some(last) if last.bytes.end == start && character.is_ascii() => {
                last.text.push_str(&folded);
                last.bytes.end = end;
            }
            _ => tokens.push(Token { text: folded, bytes: start..end }),
        }
    }
    tokens
}
