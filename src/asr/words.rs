//! Tokens become words.

use crate::call::TimeSpan;

/// A token of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    /// Its bytes: maybe only a part of a character.
    pub(super) bytes: Vec<u8>,
    /// How sure the recogniser is of it, 0..=1.
    pub(super) probability: f32,
    /// Natural logarithm of the probability of each time mark in its place.
    pub(super) marks: &'a [f32],
}

/// A stretch of text between two time marks, times counted from the begin of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passage<'a> {
    /// When it was said, as the recogniser marks it.
    pub(super) span: TimeSpan,
    /// Its tokens in order.
    pub(super) tokens: Vec<Token<'a>>,
    /// How likely each time mark was where the recogniser set the one that opens it, as [`Token::marks`]; and where it set
    /// the one that closes it.
    pub(super) open: Option<&'a [f32]>,
    pub(super) close: Option<&'a [f32]>,
}

/// A word as cut out of tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CutWord {
    pub(super) text: String,
    /// Sum of the probabilities of its bytes.
    sum: f32,
    /// Its bytes.
    count: usize,
    /// Index of its first token.
    pub(super) token: usize,
    /// Whether it only carries on the number before it, and with it makes one word where no pause lies between.
    pub(super) carries_on: bool,
}

impl CutWord {
    /// How sure the recogniser is of it: the mean over its bytes.
    pub(super) fn probability(&self) -> f32 {
        (self.sum / self.count.max(1) as f32).clamp(0.0, 1.0)
    }

    fn is_spoken(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    fn add(&mut self, text: &str, sum: f32, count: usize) {
        self.text.push_str(text);
        self.sum += sum;
        self.count += count;
    }
}

/// Whether `character` is written without blanks around it: a word of its own.
pub(super) fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

/// Cuts the tokens into words: at blanks, at every ideograph, and in numbers at every token. A word keeps the blank before
/// it and the punctuation after it. Bytes that are no characters are left out.
pub(super) fn split(tokens: &[Token<'_>]) -> Vec<CutWord> {
    let bytes: Vec<u8> = tokens.iter().flat_map(|token| token.bytes.iter().copied()).collect();
    let owner: Vec<usize> =
        (0..tokens.len()).flat_map(|index| tokens[index].bytes.iter().map(move |_| index)).collect();
    let mut words: Vec<CutWord> = Vec::new();
    let mut at = 0;
    let mut joins = false;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let length = character.len_utf8();
            let first = owner[at];
            let sum: f32 = owner[at..at + length].iter().map(|token| tokens[*token].probability).sum();
            let is_next_token = at.checked_sub(1).is_some_and(|before| owner[before] != first);
            at += length;
            let own = is_ideograph(character);
            let attaches = !own && !character.is_whitespace();
            let spoken = words.last().is_some_and(CutWord::is_spoken);
            let in_number = character.is_ascii_digit()
                && words.last().is_some_and(|word| word.text.ends_with(|last: char| last.is_ascii_digit()));
            let carries_on = joins && in_number && is_next_token;
            match words.last_mut() {
                // Letters go on in a word that no ideograph has closed; marks go with the word before.
                Some(word)
                    if !carries_on && (attaches && (!character.is_alphanumeric() || joins) || own && !spoken) =>
                {
                    word.add(character.encode_utf8(&mut [0; 4]), sum, length);
                }
                _ => words.push(CutWord { text: character.to_string(), sum, count: length, token: first, carries_on }),
            }
            joins = !own && (character.is_alphanumeric() || character.is_whitespace() || joins);
        }
        at += chunk.invalid().len();
    }
    // What holds no letter at all belongs to the word before it.
    let mut whole: Vec<CutWord> = Vec::new();
    for word in words {
        match whole.last_mut() {
            Some(last) if !word.is_spoken() => last.add(word.text.trim_end(), word.sum, word.count),
            _ => whole.push(word),
        }
    }
    whole.retain(CutWord::is_spoken);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[&[u8]]) -> Vec<String> {
        let token = |bytes: &&[u8]| Token { bytes: bytes.to_vec(), probability: 0.5, marks: &[] };
        split(&bytes.iter().map(token).collect::<Vec<_>>()).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_keep_blanks_and_marks_and_lose_no_character() {
        let english: [&[u8]; 9] = [b" Hel", b"lo", b",", b" it", b"'s", b" 5", b" o", b"'clock", b"."];
        assert_eq!(texts(&english), [" Hello,", " it's", " 5", " o'clock."]);
        let mandarin = "您好，VIP客户。".as_bytes();
        // A token may end inside a character.
        assert_eq!(texts(&[&mandarin[..2], &mandarin[2..4], &mandarin[4..]]), ["您", "好，", "VIP", "客", "户。"]);
        assert_eq!(texts(&[b" ok \xff\xfe", b" yes"]).concat(), " ok yes");
    }

    #[test]
    fn numbers_are_cut_at_every_token() {
        assert_eq!(texts(&[b" $", b"13", b"5", b".", b"20", b" now"]), [" $13", "5.20", " now"]);
    }
}
