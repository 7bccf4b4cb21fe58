//! The tokens of the model as bytes.

use super::bundle::Bundle;
use crate::model::ModelError;

/// The tokens of text, in their order, as raw bytes. The special ones (languages, times) are left out: the recogniser
/// makes their names itself.
pub(super) fn read(bundle: &mut Bundle) -> Result<Vec<Vec<u8>>, ModelError> {
    let tokens: Vec<String> = match bundle.read_if_there("vocabulary.json")? {
        Some(json) => serde_json::from_slice(&json)
            .map_err(|error| ModelError::Malformed { reason: format!("vocabulary.json: {error}") })?,
        None => String::from_utf8(bundle.read("vocabulary.txt")?)
            .map_err(|error| ModelError::Malformed { reason: format!("vocabulary.txt: {error}") })?
            .lines()
            .map(str::to_owned)
            .collect(),
    };
    let end = tokens.iter().position(|token| token == "<|endoftext|>").unwrap_or(tokens.len());
    tokens.iter().take(end).map(|token| to_bytes(token)).collect()
}

/// Undoes the byte-level alphabet of GPT-2: each byte is written as one printable character; printable Latin-1 bytes
/// stand for themselves, the others, in their order, for the characters from U+0100 on.
///
/// # Source
/// A. Radford et al., Language Models are Unsupervised Multitask Learners, 2019, section 2.2 (byte-level BPE).
fn to_bytes(token: &str) -> Result<Vec<u8>, ModelError> {
    let byte = |character: char| match character as u32 {
        code @ (33..=126 | 161..=172 | 174..=255) => u8::try_from(code).ok(),
        code => code.checked_sub(0x100).and_then(hidden_byte),
    };
    token.chars().map(byte).collect::<Option<Vec<u8>>>().ok_or_else(|| ModelError::Malformed {
        reason: format!("token `{token}` is not written in the byte-level alphabet"),
    })
}

/// The `index`-th byte that is not printable Latin-1.
fn hidden_byte(index: u32) -> Option<u8> {
    (0..=32u8).chain(127..=160).chain([173]).nth(index as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_chinese_come_back_as_bytes() {
        assert_eq!(to_bytes("Ġhello").unwrap(), b" hello");
        assert_eq!(to_bytes("ä½ł").unwrap(), "你".as_bytes());
        assert_eq!(to_bytes("\u{143}").unwrap(), [173]);
        assert!(to_bytes("好").is_err());
    }
}
