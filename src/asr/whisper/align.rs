//! Words placed in time: where each of them begins, found for all words of a window at once.
//!
//! The recogniser names few instants, the time marks around a passage. But before every token it also says how likely
//! each time mark would be in its place, and that peaks where the token before it ends. The words fill the speech of the
//! window in their order. Among all ways to lay them, the one is taken that is likeliest by those marks, by the time that
//! each word usually takes at the pace of the window, and by where a speaker pauses: rather after a sentence than in it.

use super::decode::POSITION;
use crate::asr::pack::Window;
use crate::asr::pauses::{Ending, ending};
use crate::asr::words::{CutWord, Passage, is_ideograph, split};
use crate::call::{Ms, TimeSpan, Word};
use std::ops::RangeInclusive;

/// Time that a letter takes at a usual pace, in steps of the marks.
///
/// # Source
/// 150 words of five letters and a blank a minute: 65 ms.
const LETTER: f32 = 3.25;
/// Standard deviation of the natural logarithm of a word's length around what its letters let expect.
const SPREAD: f32 = 0.8;
/// How far beside the instant that it means a mark may lie, in steps.
const BLUR: usize = 5;
/// As much for the end of speech, in which the found one may run on for a while.
const BLUR_AT_END: usize = 10;
/// A shorter pause tells nothing about sentences.
const BREATH: Ms = Ms(150);
/// A shorter pause doesn't part a number.
const PAUSE: Ms = Ms(250);
/// What a pause inside a word costs, for each [`PAUSE`] that it lasts, up to three of them.
///
/// This and what follows are natural logarithms of probabilities, set so that words of made and real calls lie best.
const PARTED: f32 = 4.0;
/// How much likelier a pause is before a passage than elsewhere.
const NEXT_PASSAGE: f32 = 2.0;
/// What each second of a pause costs within a clause, up to this many.
const LONGER: f32 = 4.0;
const LONGEST: Ms = Ms(4000);
/// What it costs that a whole stretch of speech holds no word, and more for each of its steps.
const UNHEARD: f32 = 1.0;
const UNHEARD_STEP: f32 = 0.08;
/// A cut this much less likely than the best is not followed any further.
const HOPELESS: f32 = 40.0;
/// What each step of speech before the first word or after the last costs.
const OUTSIDE_STEP: f32 = 0.05;

/// The words of `passages`, which follow each other in `window`, with the times of the recording; for each passage its own.
/// No word lies across a pause: a number that is dictated in groups is several.
pub(super) fn align(passages: &[Passage<'_>], window: &Window) -> Vec<Vec<Word>> {
    let cut: Vec<Vec<CutWord>> = passages.iter().map(|passage| split(&passage.tokens)).collect();
    let cuts = Cuts::of(window);
    let spans = if cuts.steps() == 0 { unvoiced(passages, &cut, window) } else { spans(passages, &cut, &cuts) };
    let mut spans = spans.into_iter();
    cut.into_iter().map(|words| joined(words.into_iter().zip(spans.by_ref()))).collect()
}

/// An instant in the window and in the recording.
#[derive(Debug, Clone, Copy)]
struct Instant {
    window: Ms,
    source: Ms,
}

/// Where one word may end and the next begin: the speech of a window in steps, with what lies between them cut out.
struct Cuts {
    /// For each of them, where the speech before it ends and where it goes on; one more than there are steps.
    all: Vec<(Instant, Instant)>,
    /// Those at which a stretch of speech begins.
    stretches: Vec<usize>,
    /// For each cut, what the pauses up to it and at it cost a word that holds them all.
    parted: Vec<f32>,
}

impl Cuts {
    fn of(window: &Window) -> Self {
        // Begin and end of each step.
        let mut steps: Vec<(Instant, Instant)> = Vec::new();
        let mut stretches = Vec::new();
        for piece in &window.pieces {
            for part in window.speech.iter().map(|speech| speech.intersection(piece.source)) {
                if part.is_empty() {
                    continue;
                }
                let instant = |source: Ms| Instant { window: piece.at + (source - piece.source.start), source };
                stretches.push(steps.len());
                let count = ((part.length().0 + POSITION.0 / 2) / POSITION.0).max(1);
                steps.extend((0..count).map(|index| {
                    let end = if index + 1 == count { part.end } else { part.start + Ms((index + 1) * POSITION.0) };
                    (instant(part.start + Ms(index * POSITION.0)), instant(end))
                }));
            }
        }
        let before = steps.iter().map(|(_, end)| *end);
        let after = steps.iter().map(|(begin, _)| *begin);
        let first = steps.first().map(|(begin, _)| *begin);
        let last = steps.last().map(|(_, end)| *end);
        let all: Vec<(Instant, Instant)> = first.into_iter().chain(before).zip(after.chain(last)).collect();
        let mut sum = 0.0;
        let parted = all.iter().map(|cut| {
            sum += PARTED * (length(*cut).0 as f32 / PAUSE.0 as f32).min(3.0);
            sum
        });
        Self { parted: parted.collect(), stretches, all }
    }

    fn steps(&self) -> usize {
        self.all.len().saturating_sub(1)
    }

    /// The marks that mean the cut: any in its pause, and a little around it.
    fn marks(&self, cut: usize) -> RangeInclusive<usize> {
        let (end, begin) = self.all[cut];
        let step = |time: Ms| (time.0.max(0) / POSITION.0) as usize;
        let blur = if end.source < begin.source || cut == self.steps() { BLUR_AT_END } else { BLUR };
        let from = if cut == 0 { 0 } else { step(end.window).saturating_sub(blur) };
        let to = if cut == self.steps() { usize::MAX } else { step(begin.window) + BLUR };
        from..=to
    }
}

fn length(cut: (Instant, Instant)) -> Ms {
    cut.1.source - cut.0.source
}

/// How likely each cut is by a row of `marks`.
fn likelihoods<'a>(cuts: &'a Cuts, marks: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    (0..cuts.all.len()).map(|cut| {
        let range = cuts.marks(cut);
        let last = marks.len().saturating_sub(1);
        let range = (*range.start()).min(last)..=(*range.end()).min(last);
        marks[range].iter().copied().reduce(f32::max).unwrap_or(0.0)
    })
}

/// The span of every word of all passages, in order.
fn spans(passages: &[Passage<'_>], words: &[Vec<CutWord>], cuts: &Cuts) -> Vec<TimeSpan> {
    let texts: Vec<&str> = words.iter().flatten().map(|word| word.text.as_str()).collect();
    let weights: Vec<f32> = texts.iter().map(|text| weight(text)).collect();
    let steps = cuts.steps();
    let pace = (LETTER * steps as f32 / weights.iter().sum::<f32>().max(1.0)).sqrt();
    // Before each word and after the last, how likely each cut is there.
    let mut begins: Vec<Vec<f32>> = Vec::with_capacity(texts.len() + 1);
    let mut closed: Option<&[f32]> = None;
    for (passage, words) in passages.iter().zip(words) {
        for (index, word) in words.iter().enumerate() {
            let mut total = vec![0.0; steps + 1];
            let own = passage.tokens[word.token].marks;
            // A mark that was given says more than one that might have been.
            let given = [closed.take(), passage.open].into_iter().flatten();
            let rows = given.chain(passage.open.is_none().then_some(own)).filter(|_| index == 0);
            for row in rows.chain((index > 0).then_some(own)) {
                total.iter_mut().zip(likelihoods(cuts, row)).for_each(|(total, one)| *total += one);
            }
            if !begins.is_empty() {
                let pause = match ending(&texts, begins.len()) {
                    Ending::Sentence => 3.0,
                    Ending::Clause => 1.5,
                    Ending::Nothing => -1.0,
                    Ending::Bound => -3.0,
                };
                let is_within = pause < 0.0 && index > 0 && !is_dictated(&texts, begins.len());
                let pause = if index == 0 { pause + NEXT_PASSAGE } else { pause };
                let pauses = cuts.all.iter().map(|cut| match length(*cut) {
                    short if short < BREATH => 0.0,
                    long if is_within => pause - LONGER * long.seconds().min(LONGEST.seconds()) as f32,
                    _ => pause,
                });
                total.iter_mut().zip(pauses).for_each(|(total, one)| *total += one);
            }
            begins.push(total);
        }
        if !words.is_empty() {
            closed = passage.close;
        }
    }
    begins.push(closed.map_or_else(|| vec![0.0; steps + 1], |row| likelihoods(cuts, row).collect()));
    likeliest(cuts, &weights.iter().map(|weight| (weight * pace).max(2.0)).collect::<Vec<_>>(), &begins)
        .into_iter()
        .map(|(begin, end)| {
            let start = cuts.all[begin].1.source;
            TimeSpan::new(start, cuts.all[end].0.source.max(start))
        })
        .collect()
}

/// Whether digits stand before and after the begin of the word `index`: numbers are dictated with pauses.
fn is_dictated(texts: &[&str], index: usize) -> bool {
    texts[index - 1..=index].iter().all(|text| text.contains(|character: char| character.is_ascii_digit()))
}

/// The likeliest cuts that each word begins and ends at, where `expected` are the steps that the words usually take, and
/// `begins` says how likely it is that a word begins at a cut, and that the last ends there.
fn likeliest(cuts: &Cuts, expected: &[f32], begins: &[Vec<f32>]) -> Vec<(usize, usize)> {
    let steps = cuts.steps();
    let count = expected.len();
    let mut total: Vec<f32> =
        begins[0].iter().enumerate().map(|(cut, likely)| likely - OUTSIDE_STEP * cut as f32).collect();
    // For each word and each cut that it may end at, where it begins; and where the word before that cut ends.
    let mut begun: Vec<Vec<u32>> = Vec::with_capacity(count);
    let mut ended: Vec<Vec<u32>> = Vec::with_capacity(count);
    for (index, expected) in expected.iter().enumerate() {
        let best = total.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let hopeful = |total: &f32| *total >= best - HOPELESS;
        let first = total.iter().position(hopeful).unwrap_or(0);
        let last = total.iter().rposition(hopeful).unwrap_or(steps);
        let mut next = vec![f32::NEG_INFINITY; steps + 1];
        let mut begin: Vec<u32> = vec![0; steps + 1];
        // More words than steps: something is wrong with them, but they have to stay somewhere.
        if count > steps {
            for cut in first..=last {
                next[cut] = total[cut] - unlikelihood(0, *expected);
                begin[cut] = cut as u32;
            }
        }
        // Pauses inside a word cost what they add to the sum, the one that it begins after not among them.
        let from: Vec<f32> = total.iter().zip(&cuts.parted).map(|(total, parted)| total + parted).collect();
        (1..=steps).for_each(|cut| next[cut] += cuts.parted[cut - 1]);
        let longest = steps.min((6.0 * expected).max(40.0) as usize);
        for length in 1..=longest {
            let unlikely = unlikelihood(length, *expected);
            let last = last.min(steps - length);
            if first > last {
                break;
            }
            let ends = next[first + length..].iter_mut().zip(&mut begin[first + length..]);
            for ((cut, from), (next, begin)) in (first as u32..).zip(&from[first..=last]).zip(ends) {
                let value = from - unlikely;
                // Without a branch, so that it becomes vector code.
                *begin = if value > *next { cut } else { *begin };
                *next = next.max(value);
            }
        }
        (1..=steps).for_each(|cut| next[cut] -= cuts.parted[cut - 1]);
        begun.push(begin);
        // Whole stretches of speech may hold no word.
        let mut end: Vec<u32> = (0..=steps as u32).collect();
        if index + 1 < count {
            for pair in cuts.stretches.windows(2) {
                let value = next[pair[0]] - UNHEARD - UNHEARD_STEP * (pair[1] - pair[0]) as f32;
                if value > next[pair[1]] {
                    next[pair[1]] = value;
                    end[pair[1]] = end[pair[0]];
                }
            }
        }
        ended.push(end);
        total = next.iter().zip(&begins[index + 1]).map(|(one, other)| one + other).collect();
    }
    let rest = |cut: usize| OUTSIDE_STEP * (steps - cut) as f32;
    let mut cut =
        (0..=steps).max_by(|one, other| (total[*one] - rest(*one)).total_cmp(&(total[*other] - rest(*other))));
    let mut spans: Vec<(usize, usize)> = Vec::with_capacity(count);
    for (begun, ended) in begun.iter().zip(&ended).rev() {
        let end = ended[cut.unwrap_or(0)] as usize;
        let begin = begun[end] as usize;
        spans.push((begin, end));
        cut = Some(begin);
    }
    spans.reverse();
    spans
}

/// How unlikely it is that a word takes `length` steps that usually takes `expected`.
fn unlikelihood(length: usize, expected: f32) -> f32 {
    let apart = ((length as f32).max(0.5) / expected).ln() / SPREAD;
    apart * apart / 2.0
}

/// The spans of words where there is no speech to lay them in: each that of its passage.
fn unvoiced(passages: &[Passage<'_>], words: &[Vec<CutWord>], window: &Window) -> Vec<TimeSpan> {
    let span = |passage: &Passage<'_>| {
        let piece = window.piece_at(passage.span.start).unwrap_or(0);
        TimeSpan::new(window.place(piece, passage.span.start), window.place(piece, passage.span.end))
    };
    passages.iter().zip(words).flat_map(|(passage, words)| words.iter().map(move |_| span(passage))).collect()
}

/// The words, with those that only carry on a number added to it where no pause lies between.
fn joined(words: impl Iterator<Item = (CutWord, TimeSpan)>) -> Vec<Word> {
    let mut whole: Vec<Word> = Vec::new();
    for (word, span) in words {
        let probability = word.probability();
        match whole.last_mut() {
            Some(number) if word.carries_on && span.start - number.span.end < PAUSE => {
                number.text.push_str(&word.text);
                number.span = number.span.hull(span);
                number.probability = number.probability.min(probability);
            }
            _ => whole.push(Word { text: word.text, span, probability, mask: None }),
        }
    }
    whole
}

/// How long a word takes to say, in letters: a Chinese character is a syllable of about three letters.
fn weight(text: &str) -> f32 {
    let letters: f32 = text
        .chars()
        .map(|character| match character {
            _ if is_ideograph(character) || character.is_ascii_digit() => 3.0,
            _ if character.is_alphanumeric() => 1.0,
            // A comma is a breath.
            ',' | '.' | '?' | '!' | '，' | '。' | '？' | '！' | '、' => 1.0,
            _ => 0.2,
        })
        .sum();
    letters.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asr::pack::Piece;
    use crate::asr::words::Token;
    use proptest::prelude::*;

    /// Two seconds of speech, one from 1.1 s on and one from 5.1 s on; the second begins in the window at 1.3 s.
    fn window() -> Window {
        let piece = |start, end, at| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(at) };
        let speech = vec![TimeSpan::new(Ms(1100), Ms(1900)), TimeSpan::new(Ms(5100), Ms(5900))];
        Window { channel: 0, pieces: vec![piece(1000, 2000, 0), piece(5000, 6000, 1200)], speech }
    }

    /// A row in which the mark at `time` is likely.
    fn row(time: i64) -> Vec<f32> {
        (0..111).map(|mark| if mark == time / POSITION.0 { -0.5 } else { -6.0 }).collect()
    }

    fn placed(texts: &[(&str, Vec<f32>)]) -> Vec<(String, i64, i64)> {
        placed_in(&window(), texts)
    }

    fn placed_in(window: &Window, texts: &[(&str, Vec<f32>)]) -> Vec<(String, i64, i64)> {
        let token = |(text, marks): &'_ (&str, Vec<f32>)| (text.as_bytes().to_vec(), marks.clone());
        let owned: Vec<_> = texts.iter().map(token).collect();
        let tokens =
            owned.iter().map(|(bytes, marks)| Token { bytes: bytes.clone(), probability: 0.5, marks }).collect();
        let (open, close) = (row(0), row(2200));
        let span = TimeSpan::new(Ms(0), Ms(2200));
        let passage = Passage { span, tokens, open: Some(&open), close: Some(&close) };
        let words = align(&[passage], window).concat();
        words.into_iter().map(|word| (word.text, word.span.start.0, word.span.end.0)).collect()
    }

    #[test]
    fn words_begin_where_the_marks_say_and_pauses_lie_between_them() {
        let words = placed(&[(" one", row(0)), (" two,", row(500)), (" three", row(920)), (" four", row(1700))]);
        let starts: Vec<i64> = words.iter().map(|(_, start, _)| *start).collect();
        assert_eq!((starts[0], starts[2]), (1100, 5100));
        assert!((starts[1] - 1500).abs() <= 100 && (starts[3] - 5500).abs() <= 100, "{words:?}");
        assert_eq!((words[1].2, words[3].2), (1900, 5900));
    }

    #[test]
    fn a_pause_stands_rather_after_a_sentence_than_in_it() {
        let flat = || vec![-4.0; 111];
        let starts = |texts: &[&str]| -> Vec<i64> {
            let texts: Vec<_> = texts.iter().map(|text| (*text, flat())).collect();
            placed(&texts).iter().map(|(_, start, _)| *start).collect()
        };
        assert_eq!(starts(&[" yes", " sure.", " I", " lost", " one"])[2], 5100);
        assert_eq!(starts(&[" that's", " all", " for", " now.", " Thanks"])[4], 5100);
        assert_eq!(starts(&["好", "的", "吗", "我", "等", "着"])[3], 5100);
        assert_eq!(starts(&["我", "可", "以", "帮", "助", "你", "周", "女", "士"])[6], 5100);
    }

    #[test]
    fn a_clause_is_not_parted_by_a_long_pause_though_the_marks_say_so() {
        let texts = [(" help", row(0)), (" you", row(1200)), (" today?", row(1300)), (" Which", row(1400))];
        let starts: Vec<i64> = placed(&texts).iter().map(|(_, start, _)| *start).collect();
        assert!(starts[2] < 1900 && starts[3] == 5100, "{starts:?}");
        // The pause is short: the marks decide.
        let mut window = window();
        window.pieces[1].source = TimeSpan::new(Ms(2000), Ms(3000));
        window.speech[1] = TimeSpan::new(Ms(2100), Ms(2900));
        let starts: Vec<i64> = placed_in(&window, &texts).iter().map(|(_, start, _)| *start).collect();
        assert_eq!(starts[1], 2100);
    }

    #[test]
    fn a_number_dictated_in_groups_is_parted_at_its_pauses() {
        let words = placed(&[(" 71", row(0)), ("5", row(600)), ("139", row(1000))]);
        let parts: Vec<_> = words.iter().map(|(text, start, _)| (text.as_str(), *start)).collect();
        assert_eq!(parts, [(" 715", 1100), ("139", 5100)]);
    }

    #[test]
    fn words_without_speech_stay_in_their_passage() {
        let silent = Window { speech: Vec::new(), ..window() };
        let marks = row(0);
        let tokens = vec![Token { bytes: b" one".to_vec(), probability: 0.5, marks: &marks }];
        let span = TimeSpan::new(Ms(1200), Ms(2000));
        let passage = Passage { span, tokens, open: None, close: None };
        assert_eq!(align(&[passage], &silent)[0][0].span, TimeSpan::new(Ms(5000), Ms(5800)));
    }

    proptest! {
        #[test]
        fn words_keep_their_order_and_lie_in_speech(
            peaks in prop::collection::vec(0_i64..2200, 1..120),
            long in prop::collection::vec(any::<bool>(), 120),
        ) {
            let rows: Vec<Vec<f32>> = peaks.iter().map(|peak| row(*peak)).collect();
            let texts: Vec<(&str, Vec<f32>)> = rows
                .iter()
                .zip(&long)
                .map(|(row, long)| (if *long { " conversation" } else { " I" }, row.clone()))
                .collect();
            let words = placed(&texts);
            prop_assert_eq!(words.len(), texts.len());
            prop_assert!(words.iter().zip(&texts).all(|(word, (text, _))| word.0 == *text));
            prop_assert!(words.windows(2).all(|pair| pair[0].2 <= pair[1].1), "{:?}", words);
            prop_assert!(words.iter().all(|(_, start, end)| start <= end && *start >= 1100 && *end <= 5900));
        }
    }
}
