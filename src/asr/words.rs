//! Tokens with their time marks become words with times on the recording's timeline.

use super::pack::Window;
use crate::call::{Ms, TimeSpan, Word};

/// A token of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Token {
    /// Its bytes: maybe only a part of a character.
    pub(super) bytes: Vec<u8>,
    /// How sure the recogniser is of it, 0..=1.
    pub(super) probability: f32,
    /// When it begins at the earliest, counted from the begin of the window: where the token before ends.
    pub(super) start: Ms,
}

/// A stretch of text between two time marks, times counted from the begin of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passage {
    /// When it was said, as the recogniser marks it.
    pub(super) span: TimeSpan,
    /// Its tokens in order.
    pub(super) tokens: Vec<Token>,
}

/// A word as cut out of tokens.
#[derive(Debug, Clone, PartialEq)]
struct CutWord {
    text: String,
    /// Sum of the probabilities of its bytes.
    sum: f32,
    /// Its bytes.
    count: usize,
    start: Ms,
    /// Whether it only carries on the number before it, and with it makes one word where no pause lies between.
    carries_on: bool,
}

impl CutWord {
    fn is_spoken(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    fn add(&mut self, text: &str, sum: f32, count: usize) {
        self.text.push_str(text);
        self.sum += sum;
        self.count += count;
    }
}

/// Time that a letter takes at a usual pace.
///
/// # Source
/// 150 words of five letters and a blank a minute.
const LETTER: f64 = 65.0;
/// A shorter pause doesn't part a number.
const PAUSE: Ms = Ms(250);

/// The words of `passage`, placed in time. The recogniser says where a word ends; it begins where the one before ends,
/// or after the pause between them, where speech begins again. No word lies across a pause: a number that is dictated in
/// groups is several.
pub(super) fn words(passage: &Passage, window: &Window) -> Vec<Word> {
    let cut = split(&passage.tokens);
    let voiced = voiced(window);
    let mut reached = passage.span.start;
    let mut words: Vec<Word> = Vec::with_capacity(cut.len());
    for (index, word) in cut.iter().enumerate() {
        let until = cut.get(index + 1).map_or(passage.span.end, |next| next.start).max(reached);
        let (piece, within) = place(TimeSpan::new(reached, until), needed(&word.text), &voiced, window);
        let span = TimeSpan::new(window.place(piece, within.start), window.place(piece, within.end));
        let probability = (word.sum / word.count.max(1) as f32).clamp(0.0, 1.0);
        reached = within.end.max(reached);
        match words.last_mut() {
            Some(number) if word.carries_on && span.start - number.span.end < PAUSE => {
                number.text.push_str(&word.text);
                number.span = number.span.hull(span);
                number.probability = number.probability.min(probability);
            }
            _ => words.push(Word { text: word.text.clone(), span, probability, mask: None }),
        }
    }
    words
}

/// Where a word that ends in `span` and takes about `needed` was said: the last stretch of speech in `span` that holds
/// half of it, else the one that holds most. Gives the piece and the place in the window.
fn place(span: TimeSpan, needed: Ms, voiced: &[(usize, TimeSpan)], window: &Window) -> (usize, TimeSpan) {
    let inside = || voiced.iter().map(|(piece, speech)| (*piece, speech.intersection(span)));
    let half = inside().rfind(|(_, part)| part.length().0 * 2 >= needed.0.min(600));
    let chosen = half.or_else(|| inside().filter(|(_, part)| !part.is_empty()).max_by_key(|(_, part)| part.length()));
    chosen.unwrap_or_else(|| {
        let piece = window.piece_at(span.end).unwrap_or(0);
        (piece, span)
    })
}

/// Speech in the window, each stretch with its piece.
fn voiced(window: &Window) -> Vec<(usize, TimeSpan)> {
    let mut all = Vec::new();
    for (index, piece) in window.pieces.iter().enumerate() {
        let offset = piece.at - piece.source.start;
        for speech in &window.speech {
            let part = speech.intersection(piece.source);
            if !part.is_empty() {
                all.push((index, TimeSpan::new(part.start + offset, part.end + offset)));
            }
        }
    }
    all
}

/// How long `text` takes to say at a usual pace.
pub(super) fn needed(text: &str) -> Ms {
    Ms((weight(text) * LETTER) as i64)
}

/// How long a word takes to say, in letters: a Chinese character is a syllable of about three letters.
fn weight(text: &str) -> f64 {
    text.chars()
        .map(|character| match character {
            _ if is_ideograph(character) => 3.0,
            _ if character.is_ascii_digit() => 3.0,
            _ if character.is_alphanumeric() => 1.0,
            // A comma is a breath.
            ',' | '.' | '?' | '!' | '，' | '。' | '？' | '！' | '、' => 1.0,
            _ => 0.2,
        })
        .sum()
}

/// Whether `character` is written without blanks around it: a word of its own.
pub(super) fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

/// Cuts the tokens into words: at blanks, at every ideograph, and in numbers at every token. A word keeps the blank before
/// it and the punctuation after it. Bytes that are no characters are left out.
fn split(tokens: &[Token]) -> Vec<CutWord> {
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
                _ => words.push(CutWord {
                    text: character.to_string(),
                    sum,
                    count: length,
                    start: tokens[first].start,
                    carries_on,
                }),
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
    use crate::asr::pack::Piece;

    fn tokens(tokens: &[(&[u8], i64)]) -> Vec<Token> {
        let token =
            |(bytes, start): &(&[u8], i64)| Token { bytes: bytes.to_vec(), probability: 0.5, start: Ms(*start) };
        tokens.iter().map(token).collect()
    }

    fn texts(bytes: &[&[u8]]) -> Vec<String> {
        let untimed: Vec<(&[u8], i64)> = bytes.iter().map(|bytes| (*bytes, 0)).collect();
        split(&tokens(&untimed)).into_iter().map(|word| word.text).collect()
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
    fn a_number_dictated_in_groups_is_parted_at_its_pauses() {
        let piece = |start, end, at| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(at) };
        let speech = vec![TimeSpan::new(Ms(1100), Ms(1900)), TimeSpan::new(Ms(5200), Ms(5900))];
        let window = Window { channel: 0, pieces: vec![piece(1000, 2000, 0), piece(5000, 6000, 1200)], speech };
        let tokens = tokens(&[(b" 71", 0), (b"5", 500), (b"139", 1000)]);
        let passage = Passage { span: TimeSpan::new(Ms(0), Ms(2200)), tokens };
        let found = words(&passage, &window);
        let parts: Vec<_> = found.iter().map(|word| (word.text.as_str(), word.span.start.0)).collect();
        assert_eq!(parts, [(" 715", 1100), ("139", 5200)]);
    }

    #[test]
    fn a_word_begins_after_the_pause_before_it() {
        let piece = |start, end, at| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(at) };
        let speech = vec![TimeSpan::new(Ms(1100), Ms(1900)), TimeSpan::new(Ms(5200), Ms(5900))];
        let window = Window { channel: 0, pieces: vec![piece(1000, 2000, 0), piece(5000, 6000, 1200)], speech };
        let tokens = tokens(&[(b" one", 0), (b" two", 500), (b" three", 920), (b" four", 1700)]);
        let passage = Passage { span: TimeSpan::new(Ms(0), Ms(2200)), tokens };
        let spans: Vec<_> = words(&passage, &window).iter().map(|word| (word.span.start.0, word.span.end.0)).collect();
        assert_eq!(spans, [(1100, 1500), (1500, 1900), (5200, 5500), (5500, 5900)]);
    }
}
