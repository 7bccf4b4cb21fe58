//! Folding of single characters: width, case, accents, traditional to simplified.

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a folded character is in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A Chinese character: a token of its own.
    Ideograph,
    /// A letter of a script with words.
    Letter,
    /// A decimal digit.
    Digit,
    /// An apostrophe, which may belong to a word.
    Apostrophe,
    /// An accent.
    Mark,
    /// Punctuation at which a speaker pauses.
    Pause,
    /// A sign that is said, such as `%`.
    Other,
    /// Anything else.
    Blank,
}

/// The class of a folded character.
pub(super) fn class(character: char) -> Class {
    match character {
        '0'..='9' => Class::Digit,
        'a'..='z' => Class::Letter,
        '\'' | '’' | 'ʼ' | '‘' | '`' => Class::Apostrophe,
        '%' | '$' | '¥' | '£' | '€' => Class::Other,
        ',' | '.' | '!' | '?' | ';' | ':' | '，' | '。' | '、' | '…' | '—' | '\n' => Class::Pause,
        '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => Class::Ideograph,
        _ if is_combining_mark(character) => Class::Mark,
        _ if character.is_alphabetic() => Class::Letter,
        _ if character.is_numeric() => Class::Other,
        _ => Class::Blank,
    }
}

/// `character` as it is compared: NFKC, lower case, accents off Latin letters, simplified, 您 as 你.
pub(super) fn fold(character: char) -> String {
    match character {
        'a'..='z' | '0'..='9' | ' ' | ',' | '.' => return character.into(),
        'A'..='Z' => return character.to_ascii_lowercase().into(),
        '您' | '妳' => return '你'.into(),
        // NFKC would make three dots of it.
        '…' => return character.into(),
        '\u{4e00}'..='\u{9fff}' => return simplify(character).into(),
        _ => {}
    }
    let bare: String = std::iter::once(character).nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let composed = if bare.is_ascii() && !bare.is_empty() { bare } else { std::iter::once(character).nfkc().collect() };
    composed.chars().flat_map(char::to_lowercase).map(simplify).collect()
}

/// Kinds of Chinese characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Characters {
    /// Those of the mainland and of Singapore.
    #[default]
    Simplified,
    /// Those of Taiwan and Hong Kong.
    Traditional,
    /// As recognition gives them, which mixes both.
    Heard,
}

impl Characters {
    /// `text` in these characters, as many as before.
    pub fn write(self, text: &str) -> String {
        match self {
            Characters::Simplified => {
                static CONVERTER: Converter = Converter::new(|| OpenCC::from_config(BuiltinConfig::Tw2s).ok());
                let converted = convert(&CONVERTER, text);
                // There, 么 is the traditional form of 幺; in a text that is simplified already it is itself.
                let kept = |(written, converted)| if written == '么' { written } else { converted };
                text.chars().zip(converted.chars()).map(kept).collect()
            }
            Characters::Traditional => {
                static CONVERTER: Converter = Converter::new(|| OpenCC::from_config(BuiltinConfig::S2tw).ok());
                convert(&CONVERTER, &Characters::Simplified.write(text))
            }
            Characters::Heard => text.to_owned(),
        }
    }
}

type Converter = LazyLock<Option<OpenCC>>;

/// `text` by `converter`, which decides by the characters around where one stands for several.
fn convert(converter: &Converter, text: &str) -> String {
    let converted = converter.as_ref().map(|converter| converter.convert(text));
    converted.filter(|converted| converted.chars().count() == text.chars().count()).unwrap_or_else(|| text.to_owned())
}

/// `text` in simplified characters, byte for byte in the same places.
pub fn simplified(text: &str) -> String {
    let same_length = |character: char| Some(simplify(character)).filter(|s| s.len_utf8() == character.len_utf8());
    text.chars().map(|character| same_length(character).unwrap_or(character)).collect()
}

/// The simplified form of an ideograph; any other character as it is.
///
/// Character by character, so that a phrase and what was heard can never be converted differently by what stands
/// around them.
///
/// # Source
/// OpenCC's table `TSCharacters`.
fn simplify(character: char) -> char {
    const FIRST: u32 = 0x4e00;
    static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
        let all: Vec<char> = (FIRST..0xa000).filter_map(char::from_u32).collect();
        let Ok(converter) = OpenCC::from_config(BuiltinConfig::T2s) else { return all };
        // Each character on a line of its own, so that the converter sees no words.
        let lines: String = all.iter().flat_map(|character| [*character, '\n']).collect();
        let converted = converter.convert(&lines);
        let simplified: Vec<char> = converted.lines().filter_map(|line| line.chars().next()).collect();
        if simplified.len() == all.len() { simplified } else { all }
    });
    let index = (character as u32).wrapping_sub(FIRST) as usize;
    if index >= 0x5200 {
        return character;
    }
    match SIMPLIFIED.get(index).copied().unwrap_or(character) {
        '妳' => '你',
        simplified => simplified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_characters_fold() {
        for (from, to) in
            [('Ａ', "a"), ('電', "电"), ('您', "你"), ('é', "e"), ('①', "1"), ('，', ","), ('麼', "么"), ('a', "a")]
        {
            assert_eq!(fold(from), to);
        }
    }
}
