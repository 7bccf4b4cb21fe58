//! Tokens with their time marks become words with times on the recording's timeline.

use super::pack::Window;
use crate::call::{Ms, TimeSpan, Word};

/// A stretch of text between two time marks, times counted from the begin of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passage {
    /// When it was said, as the recogniser marks it.
    pub(super) span: TimeSpan,
    /// Its bytes, token by token, with the probability of each.
    pub(super) tokens: Vec<(Vec<u8>, f32)>,
}

/// A word and the piece of the window that it lies in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlacedWord {
    pub(super) word: Word,
    pub(super) piece: usize,
}

/// The words of `passage`, placed in time: they share the sound of the pieces under the passage by their length, and
/// none lies across the gap between two pieces.
pub(super) fn words(passage: &Passage, window: &Window) -> Vec<PlacedWord> {
    let words = split(&passage.tokens);
    let stretches = stretches(passage.span, window);
    let sound: i64 = stretches.iter().map(|(_, span)| span.length().0).sum();
    let total: f64 = words.iter().map(|(text, _)| weight(text)).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let mut laid = 0.0;
    let mut placed = Vec::with_capacity(words.len());
    for (text, probability) in words {
        let from = sound as f64 * laid / total;
        laid += weight(&text);
        let to = sound as f64 * laid / total;
        let piece = stretch_at(&stretches, (from + to) / 2.0);
        let Some((piece, at)) = piece else { continue };
        let time = |offset: f64| {
            let (_, span) = stretches[at];
            let before: i64 = stretches[..at].iter().map(|(_, span)| span.length().0).sum();
            let time = span.start + Ms(offset.round() as i64 - before);
            window.place(piece, time.clamp(span.start, span.end))
        };
        let span = TimeSpan::new(time(from), time(to));
        placed.push(PlacedWord { word: Word { text, span, probability, mask: None }, piece });
    }
    placed
}

/// The parts of `span` that hold sound: piece and place in the window. Never empty while the window has a piece.
fn stretches(span: TimeSpan, window: &Window) -> Vec<(usize, TimeSpan)> {
    let inside: Vec<(usize, TimeSpan)> = window
        .pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| (index, piece.within().intersection(span)))
        .filter(|(_, part)| !part.is_empty())
        .collect();
    if !inside.is_empty() {
        return inside;
    }
    window.piece_at(span.start).map(|index| (index, window.pieces[index].within())).into_iter().collect()
}

/// The stretch that lies `offset` into all of them, and its index.
fn stretch_at(stretches: &[(usize, TimeSpan)], offset: f64) -> Option<(usize, usize)> {
    let mut before = 0;
    for (index, (piece, span)) in stretches.iter().enumerate() {
        before += span.length().0;
        if offset < before as f64 {
            return Some((*piece, index));
        }
    }
    stretches.last().map(|(piece, _)| (*piece, stretches.len() - 1))
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

/// Cuts the tokens into words: at blanks, and at every ideograph. A word keeps the blank before it and the punctuation
/// after it; its probability is the mean of its tokens', weighted by their bytes. Bytes that are no characters are left
/// out.
fn split(tokens: &[(Vec<u8>, f32)]) -> Vec<(String, f32)> {
    let bytes: Vec<u8> = tokens.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect();
    let probabilities: Vec<f32> =
        tokens.iter().flat_map(|(bytes, probability)| bytes.iter().map(|_| *probability)).collect();
    let mut words: Vec<(String, f32, usize)> = Vec::new();
    let mut at = 0;
    let mut joins = false;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            let length = character.len_utf8();
            let sum: f32 = probabilities[at..at + length].iter().sum();
            at += length;
            let own = is_ideograph(character);
            let attaches = !own && !character.is_whitespace();
            let spoken = words.last().is_some_and(|(word, ..)| word.chars().any(char::is_alphanumeric));
            match words.last_mut() {
                // Letters go on in a word that no ideograph has closed; marks go with the word before.
                Some((word, total, count)) if attaches && (!character.is_alphanumeric() || joins) || own && !spoken => {
                    word.push(character);
                    *total += sum;
                    *count += length;
                }
                _ => words.push((character.to_string(), sum, length)),
            }
            joins = !own && (character.is_alphanumeric() || character.is_whitespace() || joins);
        }
        at += chunk.invalid().len();
    }
    // What holds no letter at all belongs to the word before it.
    let mut whole: Vec<(String, f32, usize)> = Vec::new();
    for (word, sum, count) in words {
        match whole.last_mut() {
            Some((last, total, length)) if !word.chars().any(char::is_alphanumeric) => {
                last.push_str(word.trim_end());
                *total += sum;
                *length += count;
            }
            _ => whole.push((word, sum, count)),
        }
    }
    whole
        .into_iter()
        .filter(|(word, ..)| word.chars().any(char::is_alphanumeric))
        .map(|(word, sum, count)| (word, (sum / count.max(1) as f32).clamp(0.0, 1.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::pack::Piece;

    fn passage(start: i64, end: i64, tokens: &[&[u8]]) -> Passage {
        let tokens = tokens.iter().map(|bytes| (bytes.to_vec(), 0.5)).collect();
        Passage { span: TimeSpan::new(Ms(start), Ms(end)), tokens }
    }

    fn texts(tokens: &[&[u8]]) -> Vec<String> {
        split(&passage(0, 1, tokens).tokens).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn words_keep_blanks_and_marks_and_lose_no_character() {
        assert_eq!(
            texts(&[b" Hel", b"lo", b",", b" it", b"'s", b" 5", b" o", b"'clock", b"."]),
            [" Hello,", " it's", " 5", " o'clock."]
        );
        let ni_hao = "您好，VIP客户。".as_bytes();
        // A token may end inside a character.
        let tokens = [&ni_hao[..2], &ni_hao[2..4], &ni_hao[4..]];
        assert_eq!(texts(&tokens), ["您", "好，", "VIP", "客", "户。"]);
        assert_eq!(texts(&[b" ok \xff\xfe", b" yes"]).concat(), " ok yes");
    }

    #[test]
    fn words_share_the_sound_and_stay_in_their_piece() {
        let piece = |start, end, at| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(at) };
        let window = Window { channel: 0, pieces: vec![piece(1000, 2000, 0), piece(5000, 6000, 1200)] };
        let words = words(&passage(0, 2200, &[b" aaaa", b" bbbb", b" cccc", b" dddd"]), &window);
        let spans: Vec<_> = words.iter().map(|placed| (placed.word.span.start.0, placed.word.span.end.0)).collect();
        assert_eq!(spans, [(1000, 1500), (1500, 2000), (5000, 5500), (5500, 6000)]);
        assert_eq!(words[3].piece, 1);
    }
}
