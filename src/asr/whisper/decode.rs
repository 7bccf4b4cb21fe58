//! One window of sound becomes tokens: encoder once, then the most likely token after token.
//!
//! The decoding rules are those of the model's authors: text stands between pairs of time marks that never run
//! backwards, the first mark lies in the first second, symbols that nobody speaks are left out. Always the likeliest
//! token: no randomness, so nothing depends on what was recognised before.

use super::library::State;
use super::mel::{FRAMES_A_POSITION, Mel};
use super::terms::Terms;
use super::vocabulary::Vocabulary;
use crate::asr::AsrError;
use crate::call::Ms;

/// Time of one position of the encoder, and of one step of the time marks.
pub(super) const POSITION: Ms = Ms(20);
/// The first time mark lies in the first second.
const LATEST_FIRST_MARK: i32 = 50;
/// No sentence is as short as this: one that ends so near the end of speech is the last.
const REST: Ms = Ms(100);
/// Tokens a second that nobody speaks, a few more allowed: a Chinese character is up to two.
const TOKENS_A_SECOND: f64 = 24.0;
const FEW_TOKENS: f64 = 8.0;

/// A token as it was decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Heard {
    /// A time mark, counted from the begin of the window.
    Mark(Ms),
    /// A piece of text with its probability among all tokens.
    Text { id: i32, probability: f32 },
}

/// What was heard in a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Decoded {
    /// In order.
    pub(super) tokens: Vec<Heard>,
    /// For each token, the natural logarithm of the probability of each time mark in its place, among them.
    pub(super) marks: Vec<Vec<f32>>,
    /// Whether decoding was stopped because it repeated itself; what it repeated is in `tokens` once.
    pub(super) looped: bool,
    /// Probability that nobody speaks in the window, as the model sees it.
    pub(super) no_speech: f32,
}

/// A window in the encoder, ready to be decoded.
pub(super) struct Encoded<'a> {
    state: &'a mut State,
    vocabulary: &'a Vocabulary,
    positions: usize,
}

/// Encodes `samples` (16 kHz) into `positions` positions of 20 ms.
pub(super) fn encode<'a>(
    state: &'a mut State,
    mel: &Mel,
    vocabulary: &'a Vocabulary,
    samples: &[f32],
    positions: usize,
) -> Result<Encoded<'a>, AsrError> {
    let spectrogram = mel.spectrogram(samples, positions * FRAMES_A_POSITION);
    state.encode(&spectrogram, mel.bands(), positions)?;
    Ok(Encoded { state, vocabulary, positions })
}

/// Does the work of decoding `tokens` tokens, for measuring; what comes out is of no interest.
pub(super) fn exercise(encoded: &mut Encoded<'_>, tokens: usize) -> Result<(), AsrError> {
    let vocabulary = encoded.vocabulary;
    for past in 0..tokens.min(vocabulary.text_positions) {
        probability(encoded.state.decode(&[vocabulary.start], past)?, vocabulary.end);
    }
    Ok(())
}

impl Encoded<'_> {
    /// Probability of each language that the model knows, in the order of its language tokens.
    pub(super) fn languages(&mut self) -> Result<Vec<f32>, AsrError> {
        let logits = self.state.decode(&[self.vocabulary.start], 0)?;
        let mut values: Vec<f32> =
            self.vocabulary.languages.clone().filter_map(|id| logits.get(id as usize).copied()).collect();
        let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        values.iter_mut().for_each(|value| *value = (*value - top).exp());
        let sum: f32 = values.iter().sum();
        values.iter_mut().for_each(|value| *value /= sum);
        Ok(values)
    }

    /// Decodes the window of `length`, in which speech ends at `spoken`, as speech in the language with the token
    /// `language` (`None` for a model of one language), where `terms` may well be said.
    pub(super) fn decode(
        &mut self,
        language: Option<i32>,
        terms: &Terms,
        length: Ms,
        spoken: Ms,
    ) -> Result<Decoded, AsrError> {
        let vocabulary = self.vocabulary;
        let mut past = 1;
        let mut logits = self.state.decode(&[vocabulary.start], 0)?;
        let no_speech = probability(logits, vocabulary.no_speech);
        if let Some(language) = language {
            logits = self.state.decode(&[language, vocabulary.transcribe], past)?;
            past += 2;
        }

        // No mark beyond the sound, rounded up to a whole position.
        let last_mark = (length.0.div_euclid(POSITION.0) + 1).min(self.positions as i64) as i32;
        let mut sampler = Sampler::new(vocabulary, terms, last_mark);
        let room = vocabulary.text_positions.saturating_sub(past + 1);
        let mut decoded = Decoded { no_speech, ..Decoded::default() };
        let marks = vocabulary.marks as usize;
        let marks = marks..logits.len().min(marks + last_mark as usize + 1);
        for _ in 0..room {
            let Some((id, heard)) = sampler.next(logits) else { break };
            decoded.tokens.push(heard);
            decoded.marks.push(log_probabilities(&logits[marks.clone()]));
            if let Some(repeated) = repeats(&sampler.text) {
                decoded.looped = true;
                cut_text(&mut decoded.tokens, repeated.count, repeated.period);
                break;
            }
            // The end would come next, or all that was said is said again in what is left of the window.
            if sampler.is_closed() && sampler.reached >= steps(spoken - REST) || sampler.is_too_fast() {
                break;
            }
            logits = self.state.decode(&[id], past)?;
            past += 1;
        }
        Ok(decoded)
    }
}

/// No mark is less likely than this (natural logarithm): one odd value must not outweigh all others.
const LEAST: f32 = -9.0;

/// Logarithms of the probabilities of the marks with these `logits`.
fn log_probabilities(logits: &[f32]) -> Vec<f32> {
    let total = log_sum(logits);
    logits.iter().map(|value| (value - total).max(LEAST)).collect()
}

fn steps(time: Ms) -> i32 {
    (time.0 / POSITION.0) as i32
}

/// Chooses token after token.
struct Sampler<'a> {
    vocabulary: &'a Vocabulary,
    terms: &'a Terms,
    last_mark: i32,
    /// The step of the last token where it is a mark; `None` for text.
    last: Option<i32>,
    before_last_is_mark: bool,
    /// The highest mark so far.
    reached: i32,
    count: usize,
    /// Tokens of text since the last mark.
    open: usize,
    text: Vec<i32>,
}

impl<'a> Sampler<'a> {
    fn new(vocabulary: &'a Vocabulary, terms: &'a Terms, last_mark: i32) -> Self {
        Self {
            vocabulary,
            terms,
            last_mark,
            last: None,
            before_last_is_mark: true,
            reached: 0,
            count: 0,
            open: 0,
            text: Vec::new(),
        }
    }

    /// Whether a mark has just closed a text.
    fn is_closed(&self) -> bool {
        self.last.is_some() && !self.before_last_is_mark
    }

    /// Whether more text follows the last mark than can be spoken before the end of the window.
    fn is_too_fast(&self) -> bool {
        let room = f64::from(self.last_mark - self.reached) * POSITION.seconds();
        self.open as f64 > FEW_TOKENS + TOKENS_A_SECOND * room
    }

    /// The likeliest token that may come next; `None` at the end.
    fn next(&mut self, logits: &[f32]) -> Option<(i32, Heard)> {
        let vocabulary = self.vocabulary;
        let marks = vocabulary.marks as usize;
        let (text_logits, mark_logits) = logits.split_at_checked(marks)?;

        // Which marks may come: none after a pair of them, else none that runs backwards.
        let (lowest, highest) = match (self.last, self.before_last_is_mark) {
            _ if self.count == 0 => (0, LATEST_FIRST_MARK.min(self.last_mark)),
            (Some(_), true) => (1, 0),
            (Some(mark), false) => (mark, self.last_mark),
            // Text between two marks takes time.
            (None, _) => (self.reached + 1, self.last_mark),
        };
        let allowed_marks = if lowest <= highest {
            mark_logits.get(lowest.max(0) as usize..=(highest as usize).min(mark_logits.len().saturating_sub(1)))
        } else {
            None
        };
        let mark = allowed_marks.and_then(best).map(|(index, value)| (index as i32 + lowest, value));

        // Which text may come: none first, and only the end after text that a mark has closed.
        let text = if self.count == 0 && mark.is_some() {
            None
        } else if self.is_closed() {
            Some((vocabulary.end, logits[vocabulary.end as usize]))
        } else {
            let likely = self.terms.likely(&self.text);
            let likely = likely.filter_map(|(id, more)| Some((id, text_logits.get(id as usize)? + more)));
            best_text(text_logits, vocabulary).into_iter().chain(likely).max_by(|one, other| one.1.total_cmp(&other.1))
        };

        let chosen = match (text, mark) {
            (None, None) => return None,
            (None, Some((mark, _))) => Choice::Mark(mark),
            (Some((id, _)), None) => Choice::Text(id),
            (Some((id, text_value)), Some((mark, _))) => {
                // Where time marks together are likelier than any one text token, a mark comes.
                if log_sum(allowed_marks.unwrap_or_default()) > text_value {
                    Choice::Mark(mark)
                } else {
                    Choice::Text(id)
                }
            }
        };
        // The begin counts as a mark, so that the first one opens a text.
        self.before_last_is_mark = self.count == 0 || self.last.is_some();
        self.count += 1;
        match chosen {
            Choice::Mark(mark) => {
                self.last = Some(mark);
                self.open = 0;
                self.reached = self.reached.max(mark);
                Some((vocabulary.marks + mark, Heard::Mark(Ms(i64::from(mark) * POSITION.0))))
            }
            Choice::Text(id) if id == vocabulary.end => None,
            Choice::Text(id) => {
                self.last = None;
                self.open += 1;
                self.text.push(id);
                Some((id, Heard::Text { id, probability: probability(logits, id) }))
            }
        }
    }
}

enum Choice {
    Mark(i32),
    Text(i32),
}

/// Tokens at the end of others that only repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repeated {
    /// Tokens until the same one comes again.
    period: usize,
    count: usize,
}

/// The tokens at the end of `tokens` that only repeat those before them, where one token comes 12 times, or two to four
/// 6 times, or more of them 4 times.
fn repeats(tokens: &[i32]) -> Option<Repeated> {
    (1..=24).find_map(|period| {
        let times = match period {
            1 => 12,
            2..=4 => 6,
            _ => 4,
        };
        let tail = tokens.len().checked_sub(period * times).and_then(|start| tokens.get(start..))?;
        let same = tail[period..].iter().zip(tail).all(|(token, before)| token == before);
        same.then_some(Repeated { period, count: period * (times - 1) })
    })
}

/// Takes the last `count` pieces of text off `tokens`, with all that comes after the first of them; where a time mark
/// comes soon after, within one more round of `period`, up to there: a sentence is left whole.
fn cut_text(tokens: &mut Vec<Heard>, count: usize, period: usize) {
    let is_text = |heard: &Heard| matches!(heard, Heard::Text { .. });
    let texts = tokens.iter().enumerate().filter(|(_, heard)| is_text(heard));
    let Some((first, _)) = texts.rev().nth(count.saturating_sub(1)) else { return };
    let more = tokens[first..].iter().take_while(|heard| is_text(heard)).count();
    let closed = first + more;
    tokens.truncate(if more < period && closed < tokens.len() { closed + 1 } else { first });
}

fn best(values: &[f32]) -> Option<(usize, f32)> {
    let mut best = None;
    let mut highest = f32::NEG_INFINITY;
    for (index, value) in values.iter().enumerate() {
        if *value > highest {
            highest = *value;
            best = Some(index);
        }
    }
    best.map(|index| (index, highest))
}

fn best_text(logits: &[f32], vocabulary: &Vocabulary) -> Option<(i32, f32)> {
    const STRETCH: usize = 256;
    let mut best = None;
    let mut highest = f32::NEG_INFINITY;
    for (index, stretch) in logits.chunks(STRETCH).enumerate() {
        // Whether anything here is higher is asked in vector code; a closer look is rarely needed.
        if stretch.iter().fold(false, |any, value| any | (*value > highest)) {
            for (id, value) in (index * STRETCH..).zip(stretch) {
                if *value > highest && !vocabulary.silent[id] {
                    highest = *value;
                    best = Some(id as i32);
                }
            }
        }
    }
    best.map(|id| (id, highest))
}

/// Natural logarithm of the sum of the exponentials.
fn log_sum(values: &[f32]) -> f32 {
    let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    top + values.iter().map(|value| (value - top).exp()).sum::<f32>().ln()
}

/// Softmax of `logits` at `id`.
fn probability(logits: &[f32], id: i32) -> f32 {
    let Some(value) = logits.get(id as usize) else { return 0.0 };
    // Sums of their own for each lane: one sum would have to be made one by one.
    let (lanes, rest) = logits.as_chunks::<16>();
    let mut sums = [0.0_f32; 16];
    for others in lanes {
        for (sum, other) in sums.iter_mut().zip(others) {
            *sum += exponential(other - value);
        }
    }
    let sum: f32 = sums.into_iter().chain(rest.iter().map(|other| exponential(other - value))).sum();
    1.0 / sum
}

/// e to the power of `x`, to about one part in ten thousand: the loop over a whole vocabulary becomes vector code.
///
/// # Source
/// N. N. Schraudolph, A Fast, Compact Approximation of the Exponential Function, Neural Computation 11 (1999): the
/// integer part goes into the exponent of the float; a cubic polynomial (least squares on -0.5..0.5) gives the rest.
fn exponential(x: f32) -> f32 {
    // Added to a float, this leaves the nearest whole number in its lowest bits; taken away again, as a float.
    const WHOLE: f32 = 12_582_912.0;
    let scaled = (x * std::f32::consts::LOG2_E).clamp(-126.0, 126.0);
    let whole = scaled + WHOLE;
    let part = scaled - (whole - WHOLE);
    let mantissa = 0.999_951_3 + part * (0.693_253_1 + part * (0.242_257 + part * 0.055_029_3));
    mantissa * f32::from_bits(whole.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close_enough() {
        for step in -1000..1000 {
            let x = step as f32 * 0.02;
            assert!((exponential(x) / x.exp() - 1.0).abs() < 3e-4, "{x}: {} {}", exponential(x), x.exp());
        }
        assert!((probability(&[1.0, 2.0, 3.0], 2) - 0.665_24).abs() < 1e-3);
    }

    #[test]
    fn more_than_can_be_spoken_is_too_fast() {
        let vocabulary = Vocabulary {
            end: 0,
            start: 1,
            transcribe: 1,
            no_speech: 1,
            marks: 3,
            languages: 1..1,
            silent: vec![false; 3],
            bytes: vec![Vec::new(); 3],
            text_positions: 448,
            audio_positions: 1500,
        };
        let terms = Terms::default();
        let mut sampler = Sampler::new(&vocabulary, &terms, 50);
        let mut logits = vec![0.0; 3 + 51];
        // The second token is the likeliest; a mark half a second before the end comes first.
        logits[2] = 9.0;
        logits[3 + 25] = 1.0;
        assert_eq!(sampler.next(&logits).map(|(id, _)| id), Some(3 + 25));
        let until = (0..100).position(|_| {
            sampler.next(&logits);
            sampler.is_too_fast()
        });
        assert_eq!(until, Some(20));
    }

    #[test]
    fn repetitions_are_seen_and_normal_repeats_are_not() {
        let said = [9, 9, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5];
        assert_eq!(repeats(&said), Some(Repeated { period: 5, count: 15 }));
        assert_eq!(repeats(&[7; 12]), Some(Repeated { period: 1, count: 11 }));
        assert_eq!(repeats(&[7, 7, 7, 7, 7, 7]), None);
        assert_eq!(repeats(&[1, 2, 3, 1, 2, 3, 1, 2, 3]), None);
    }

    #[test]
    fn what_is_repeated_stays_once() {
        let text = |id| Heard::Text { id, probability: 1.0 };
        let mark = |time| Heard::Mark(Ms(time));
        let said = [mark(0), text(1), text(2), mark(900)];
        let mut tokens = [&said[..], &[mark(900), text(1), text(2), text(1), text(2)]].concat();
        cut_text(&mut tokens, 4, 2);
        assert_eq!(tokens[..4], said);
        // Found one token too early, the end of the sentence is left to it.
        let mut tokens = [&said[..], &[mark(900), text(1), text(2), text(1)]].concat();
        cut_text(&mut tokens, 4, 2);
        assert_eq!(tokens, said);
        let mut tokens = vec![text(1), text(2), text(1), text(2)];
        cut_text(&mut tokens, 2, 2);
        assert_eq!(tokens, [text(1), text(2)]);
    }
}
