//! One window becomes lines of words; what went wrong the first time is tried again in smaller parts.

use super::align::align;
use super::decode::{self, Decoded, Heard, POSITION};
use super::engine::Tuning;
use super::library::State;
use super::mel::Mel;
use super::terms::Terms;
use super::vocabulary::Vocabulary;
use crate::asr::AsrError;
use crate::asr::guard::{Line, is_too_fast};
use crate::asr::pack::{Packing, Window, sample_at};
use crate::asr::words::{Passage, Token, split};
use crate::call::{Dropped, Ms, TimeSpan};

/// Encoder positions come in steps of this many: the kernels work on as many values at once, and one by one on the rest.
const STEP: usize = 64;
/// With so many positions, what each does with all others (attention of encoder and decoder) takes as long as what it does
/// alone: measured with the base model.
const LOOKED_AT: f64 = 850.0;
/// Speech left at the end of a window from which it is taken up again.
const LEFT_OVER: Ms = Ms(1500);
/// How far a time mark may lie beside the begin of what it marks.
const MARKS: Ms = Ms(100);
/// How far off a mark may be: many are whole seconds.
const COARSE: Ms = Ms(500);
/// Speech left after a loop from which it is taken up again.
const LOOPED_OVER: Ms = Ms(1000);

/// What every window is recognised with.
pub(super) struct Recipe {
    pub(super) vocabulary: Vocabulary,
    pub(super) mel: Mel,
    pub(super) tuning: Tuning,
}

/// Which language a window is recognised in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// The likeliest one.
    Likeliest,
    /// The one with this token; `None` for a model of one language.
    Known(Option<i32>),
}

/// What was recognised in a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Recognised {
    /// In order of time; times on the recording's timeline.
    pub(super) lines: Vec<Line>,
    /// Words that could not be said in their time.
    pub(super) dropped: Dropped,
    /// Probability of each language, where it was asked for.
    pub(super) languages: Vec<f32>,
    /// The index of the language it was recognised in, where it was asked for.
    pub(super) language: Option<usize>,
}

/// A window with its sound.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    pub(super) window: Window,
    /// 16 kHz, as long as the window.
    pub(super) samples: Vec<f32>,
}

impl Sound {
    /// The same sound with only `pieces`, laid as `window` says.
    fn part(&self, window: Window) -> Sound {
        let mut samples = vec![0.0; sample_at(window.length()) as usize];
        for piece in &window.pieces {
            let from = self
                .window
                .pieces
                .iter()
                .find(|old| old.source.start <= piece.source.start && piece.source.end <= old.source.end);
            let Some(from) = from else { continue };
            let start = sample_at(from.at + (piece.source.start - from.source.start)) as usize;
            let length = sample_at(piece.source.length()) as usize;
            let at = sample_at(piece.at) as usize;
            let end = (start + length).min(self.samples.len());
            let Some(source) = self.samples.get(start..end) else { continue };
            samples[at..at + source.len()].copy_from_slice(source);
        }
        Sound { window, samples }
    }
}

/// Recognises `sound`, in which `terms` may well be said.
pub(super) fn recognise(
    state: &mut State,
    recipe: &Recipe,
    sound: &Sound,
    terms: &Terms,
    spoken: Spoken,
) -> Result<Recognised, AsrError> {
    let mut result = Recognised::default();
    attempt(state, recipe, sound, terms, spoken, 0, &mut result)?;
    result.lines.sort_by_key(|line| line.words.first().map(|word| word.span.start));
    Ok(result)
}

/// Recognises `sound` and, where it looped or stopped early, its parts; adds to `result`.
fn attempt(
    state: &mut State,
    recipe: &Recipe,
    sound: &Sound,
    terms: &Terms,
    spoken: Spoken,
    depth: usize,
    result: &mut Recognised,
) -> Result<(), AsrError> {
    let Recipe { vocabulary, mel, tuning } = recipe;
    let window = &sound.window;
    let length = window.length();
    let positions = positions(length, tuning, vocabulary.audio_positions);
    let mut encoded = decode::encode(state, mel, vocabulary, &sound.samples, positions)?;
    let language = match spoken {
        Spoken::Known(language) => language,
        Spoken::Likeliest => {
            result.languages = encoded.languages()?;
            let likeliest = (0..result.languages.len())
                .max_by(|one, other| result.languages[*one].total_cmp(&result.languages[*other]));
            result.language = likeliest;
            likeliest.map(|index| vocabulary.languages.start + index as i32)
        }
    };
    let decoded = encoded.decode(language, terms, length, window.speech_end())?;
    let mut passages = passages(&decoded, vocabulary, length);
    result.dropped.rate += drop_too_fast(&mut passages, window);
    let missed = missed(window, &tuning.packing, &passages, &decoded);
    if let Some(first) = missed.filter(|_| depth < 8) {
        // From the piece on in which it went wrong; where that is the first, in halves.
        let parts = match first {
            0 => window.halves(&tuning.packing).filter(|_| depth < 3).map(Vec::from),
            _ => Some(vec![window.packed(&window.pieces[first..], &tuning.packing)]),
        };
        if let Some(parts) = parts {
            let begin = window.pieces[first].at;
            passages.retain(|passage| passage.span.start + MARKS < begin && is_whole(passage, &decoded));
            let before = Window { pieces: window.pieces[..first].to_vec(), ..window.clone() };
            result.lines.extend(lines(&passages, &before, decoded.no_speech));
            for part in parts {
                attempt(state, recipe, &sound.part(part), terms, Spoken::Known(language), depth + 1, result)?;
            }
            return Ok(());
        }
    }
    result.lines.extend(lines(&passages, window, decoded.no_speech));
    Ok(())
}

/// The first piece of `window` that decoding left out: it may end before the sound does, or loop.
fn missed(window: &Window, packing: &Packing, passages: &[Passage<'_>], decoded: &Decoded) -> Option<usize> {
    let whole = passages.iter().rfind(|passage| is_whole(passage, decoded));
    let reached = whole.map_or(Ms(0), |passage| passage.span.end);
    if decoded.looped {
        // Time marks are coarse, and the piece in which it looped has begun: less of it counts than of whole pieces.
        return window.pieces.iter().position(|piece| piece.within().end - packing.after >= reached + LOOPED_OVER);
    }
    let rest = window.pieces.iter().position(|piece| piece.at + MARKS >= reached)?;
    let left: i64 = window.pieces[rest..].iter().map(|piece| piece.source.length().0).sum();
    (!passages.is_empty() && rest > 0 && Ms(left) >= LEFT_OVER).then_some(rest)
}

/// Whether it is known how far `passage` reaches: a loop may stand in one that no mark closed.
fn is_whole(passage: &Passage<'_>, decoded: &Decoded) -> bool {
    passage.close.is_some() || !decoded.looped
}

/// Takes out what could not be said in its time, and gives the number of its words: they would take the time of others.
fn drop_too_fast(passages: &mut Vec<Passage<'_>>, window: &Window) -> u32 {
    let mut dropped = 0;
    // Much is made up between the last mark and the end; without it, what stands before it is the last.
    for index in (0..passages.len()).rev() {
        let span = passages[index].span;
        let before = index.checked_sub(1).map_or(Ms(0), |before| passages[before].span.end);
        let room = match passages.get(index + 1) {
            Some(next) => TimeSpan::new(before.min(span.start - COARSE), next.span.start.max(span.end + COARSE)),
            None => TimeSpan::new(before.min(span.start), window.length()),
        };
        let sound = window.pieces.iter().map(|piece| piece.within().intersection(room).length()).sum();
        let words = split(&passages[index].tokens);
        if is_too_fast(words.iter().map(|word| word.text.as_str()), sound) {
            dropped += words.len() as u32;
            passages.remove(index);
        }
    }
    dropped
}

/// Encoder positions for a window of `length`.
pub(super) fn positions(length: Ms, tuning: &Tuning, most: usize) -> usize {
    let wanted = (length + tuning.margin).0.max(0) as usize / POSITION.0 as usize + 1;
    wanted.max(tuning.fewest_positions).next_multiple_of(STEP).min(most / STEP * STEP)
}

/// What it takes to recognise a window of `length`: positions of the encoder, and more the more of them look at each other.
pub(super) fn effort(length: Ms, tuning: &Tuning, most: usize) -> f64 {
    let positions = positions(length, tuning, most) as f64;
    positions * (1.0 + positions / LOOKED_AT)
}

/// The text between time marks.
fn passages<'a>(decoded: &'a Decoded, vocabulary: &Vocabulary, length: Ms) -> Vec<Passage<'a>> {
    let mut passages = Vec::new();
    let mut open = Passage::default();
    for (heard, marks) in decoded.tokens.iter().zip(&decoded.marks) {
        match heard {
            Heard::Mark(time) => {
                let time = (*time).min(length);
                if !open.tokens.is_empty() {
                    open.span.end = time;
                    open.close = Some(marks);
                    passages.push(std::mem::take(&mut open));
                }
                open.span.start = time;
                open.open = Some(marks);
            }
            Heard::Text { id, probability } => {
                let bytes = vocabulary.bytes(*id).to_vec();
                open.tokens.push(Token { bytes, probability: *probability, marks });
            }
        }
    }
    if !open.tokens.is_empty() {
        open.span.end = length;
        passages.push(open);
    }
    passages
}

fn lines(passages: &[Passage<'_>], window: &Window, no_speech: f32) -> impl Iterator<Item = Line> {
    let lines = align(passages, window).into_iter().map(move |words| Line { words, no_speech });
    lines.filter(|line| !line.words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::pack::Piece;

    #[test]
    fn what_is_made_up_at_the_end_goes_and_coarse_marks_do_no_harm() {
        let said = |text: &'static str, start: i64, end: i64| {
            let tokens = text.split_inclusive(' ').map(|word| Token {
                bytes: word.as_bytes().to_vec(),
                probability: 0.9,
                marks: &[],
            });
            Passage {
                span: TimeSpan::new(Ms(start), Ms(end)),
                tokens: tokens.collect(),
                close: Some(&[]),
                ..Passage::default()
            }
        };
        let piece = |start, end| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(start) };
        let window = Window { pieces: vec![piece(0, 2700), piece(2840, 4400)], ..Window::default() };
        let mut passages = vec![
            said("I lost my card.", 0, 2000),
            // More than fits between its marks, in which a pause lies.
            said("Can you send me a new one?", 2000, 3000),
            said("Which card would you like?", 3000, 4000),
            said("Which card would you like?", 4000, 4200),
            said("Which card would you like?", 4200, 4400),
        ];
        let whole = passages[..3].to_vec();
        assert_eq!(drop_too_fast(&mut passages, &window), 10);
        assert_eq!(passages, whole);
    }
}
