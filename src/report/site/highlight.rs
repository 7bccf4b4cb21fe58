//! Where the evidence of findings stands in a turn: its words, cut into pieces that look alike.
//!
//! Pure. Evidence carries its words and its time. Word times of recognition are rough and often empty, so the words
//! decide where they can be found in the turn, and the time only where they can't.

use crate::call::{Ms, Speaker, TimeSpan, Turn, Word};
use std::ops::Range;

/// Word probability below which a word is shown as unclear.
const UNCLEAR: f32 = 0.5;

/// A finding's place in the transcript.
pub struct Highlight {
    /// Whose words they are.
    pub speaker: Speaker,
    /// When.
    pub span: TimeSpan,
    /// The words; may be empty.
    pub quote: String,
    /// Style class of the verdict.
    pub tone: &'static str,
    /// What it is about.
    pub title: String,
}

/// Words of a turn that look alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The words with their blanks.
    pub text: String,
    /// Style class and title of the finding that it is evidence for.
    pub mark: Option<(&'static str, String)>,
    /// Whether recognition was not sure of it.
    pub low: bool,
    /// Whether it stands for a personal number.
    pub masked: bool,
}

impl Piece {
    fn is_plain(&self) -> bool {
        self.mark.is_none() && !self.low && !self.masked
    }
}

/// The words of `turn`, alike neighbours joined; where several findings share a word, the gravest is shown.
pub fn pieces(turn: &Turn, speaker: Speaker, highlights: &[Highlight]) -> Vec<Piece> {
    if turn.words.is_empty() {
        return vec![Piece { text: turn.text.clone(), mark: None, low: false, masked: false }];
    }
    let meets = |one: &&Highlight| one.span.start <= turn.span.end && turn.span.start <= one.span.end;
    let marked: Vec<(Vec<bool>, &Highlight)> = highlights
        .iter()
        .filter(|one| one.speaker == speaker)
        .filter(meets)
        .map(|one| (evidence_words(&turn.words, one), one))
        .collect();
    let grave = |tone: &str| ["none", "good", "warn", "bad"].iter().position(|one| *one == tone);
    let mut pieces: Vec<Piece> = Vec::new();
    for (index, word) in turn.words.iter().enumerate() {
        let mark = marked
            .iter()
            .filter(|(words, _)| words[index])
            .max_by_key(|(_, one)| grave(one.tone))
            .map(|(_, one)| (one.tone, one.title.clone()));
        let (low, masked) = (word.probability < UNCLEAR, word.mask.is_some());
        match pieces.last_mut() {
            Some(last) if (&last.mark, last.low, last.masked) == (&mark, low, masked) => last.text.push_str(&word.text),
            // The blank between two pieces belongs to neither highlight.
            Some(last) => {
                let mut next = Piece { text: word.text.clone(), mark, low, masked };
                if !next.is_plain() {
                    let text = next.text.trim_start().to_owned();
                    let blank = &word.text[..word.text.len() - text.len()];
                    if last.is_plain() {
                        last.text.push_str(blank);
                    } else if !blank.is_empty() {
                        pieces.push(Piece { text: blank.to_owned(), mark: None, low: false, masked: false });
                    }
                    next.text = text;
                }
                pieces.push(next);
            }
            None => pieces.push(Piece { text: word.text.clone(), mark, low, masked }),
        }
    }
    pieces
}

/// Which of `words` are evidence.
fn evidence_words(words: &[Word], evidence: &Highlight) -> Vec<bool> {
    match quoted(words, evidence) {
        Some(range) => (0..words.len()).map(|index| range.contains(&index)).collect(),
        None => {
            let covered = |span: TimeSpan| evidence.span.intersection(span).length().0 * 2 > span.length().0;
            words.iter().map(|word| covered(word.span)).collect()
        }
    }
}

/// The words that the quote stands in; the nearest in time where it is said more than once.
fn quoted(words: &[Word], evidence: &Highlight) -> Option<Range<usize>> {
    let quote = letters(&evidence.quote);
    if quote.is_empty() {
        return None;
    }
    let (mut text, mut ends) = (String::new(), Vec::new());
    for word in words {
        text.push_str(&letters(&word.text));
        ends.push(text.len());
    }
    let range = |start: usize| {
        let first = ends.partition_point(|end| *end <= start);
        let last = ends.partition_point(|end| *end < start + quote.len());
        first..last + 1
    };
    // Only whole words: "no" does not stand in "nothing". Mandarin words are characters.
    let starts_word = |start: usize| start == 0 || ends.contains(&start);
    let whole = |start: usize| starts_word(start) && ends.contains(&(start + quote.len()));
    let distance = |range: &Range<usize>| -> Ms {
        let start = words.get(range.start).map_or(Ms(0), |word| word.span.start);
        Ms((start.0 - evidence.span.start.0).abs())
    };
    text.match_indices(&quote).filter(|(start, _)| whole(*start)).map(|(start, _)| range(start)).min_by_key(distance)
}

/// Letters and digits in lower case: what two spellings of the same words share.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, start: i64, end: i64, probability: f32) -> Word {
        Word { text: text.into(), span: TimeSpan::new(Ms(start), Ms(end)), probability, mask: None }
    }

    fn mark(speaker: Speaker, start: i64, end: i64, quote: &str, tone: &'static str) -> Highlight {
        let span = TimeSpan::new(Ms(start), Ms(end));
        Highlight { speaker, span, quote: quote.to_owned(), tone, title: tone.to_owned() }
    }

    type Shown = Vec<(String, Option<&'static str>, bool)>;

    fn shown(words: Vec<Word>, marks: &[Highlight]) -> Shown {
        let span = TimeSpan::new(Ms(0), words.last().map_or(Ms(0), |word| word.span.end));
        let turn = Turn { span, words, ..Turn::default() };
        let plain = |piece: Piece| (piece.text, piece.mark.map(|mark| mark.0), piece.low);
        pieces(&turn, Speaker::Agent, marks).into_iter().map(plain).collect()
    }

    fn expected(pieces: &[(&str, Option<&'static str>, bool)]) -> Shown {
        pieces.iter().map(|(text, mark, low)| ((*text).to_owned(), *mark, *low)).collect()
    }

    #[test]
    fn evidence_is_highlighted_by_whom_it_was_said_and_the_gravest_wins() {
        let words = vec![word("one", 0, 100, 0.9), word(" two", 100, 200, 0.9), word(" three", 200, 300, 0.2)];
        let marks = [
            mark(Speaker::Agent, 0, 240, "", "good"),
            mark(Speaker::Agent, 100, 200, "", "bad"),
            mark(Speaker::Customer, 0, 300, "one two three", "bad"),
        ];
        let pieces = [("one", Some("good"), false), (" ", None, false), ("two", Some("bad"), false)];
        let rest = [(" ", None, false), ("three", None, true)];
        assert_eq!(shown(words, &marks), expected(&[pieces.as_slice(), &rest].concat()));
    }

    #[test]
    fn words_without_a_length_are_found_by_what_they_say() {
        let words = vec![
            word("So", 0, 0, 0.9),
            word(" what", 0, 180, 0.9),
            word(" do", 180, 300, 0.9),
            word(" you", 300, 300, 0.9),
            word(" want?", 300, 300, 0.9),
            word(" Nothing.", 300, 900, 0.9),
            word(" No.", 900, 900, 0.9),
        ];
        let marks =
            [mark(Speaker::Agent, 0, 300, "What do you want", "bad"), mark(Speaker::Agent, 900, 900, "no", "warn")];
        let pieces = [("So ", None, false), ("what do you want?", Some("bad"), false), (" Nothing. ", None, false)];
        assert_eq!(shown(words, &marks), expected(&[pieces.as_slice(), &[("No.", Some("warn"), false)]].concat()));
    }

    #[test]
    fn of_two_places_with_the_same_words_the_nearer_is_meant() {
        let words = "不行不行".chars().zip([0, 100, 5_000, 5_100]);
        let words = words.map(|(text, start)| word(&text.to_string(), start, start + 100, 0.9)).collect();
        let marks = [mark(Speaker::Agent, 5_000, 5_200, "不行", "bad")];
        assert_eq!(shown(words, &marks), expected(&[("不行", None, false), ("不行", Some("bad"), false)]));
    }
}
