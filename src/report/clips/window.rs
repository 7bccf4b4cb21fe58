//! Which seconds of a call show a finding, what is said in them, and which of them must be covered.

use crate::call::{CallResult, CriterionResult, Ms, Speaker, TimeSpan, Word};
use crate::text::fold;

/// Sound before and after a finding.
const CONTEXT: Ms = Ms(6_000);
/// Evidence further apart than this is not shown in one clip.
const LONGEST_FINDING: Ms = Ms(45_000);
/// A stretch that was searched in vain is shown up to this length.
const LONGEST_SEARCH: Ms = Ms(60_000);
/// Personal numbers are covered this much longer on each side: word times are not exact.
const MARGIN: Ms = Ms(400);
/// Digits this near to a masked word belong to the same matter.
const NEAR: Ms = Ms(20_000);
/// Pauses between words up to this long belong to them.
const SLACK: Ms = Ms(800);
/// Speech without words is covered from this length on.
const UNRECOGNISED: Ms = Ms(1_000);

/// Why a finding has no clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the finding has no place in the recording")]
pub struct NoPlace;

/// The seconds that show `result`, with context, inside the recording.
///
/// # Errors
/// [`NoPlace`] for a finding without evidence and without a short stretch that was searched.
pub fn window(call: &CallResult, result: &CriterionResult) -> Result<TimeSpan, NoPlace> {
    let whole = TimeSpan::new(Ms(0), call.heard.sound.duration);
    let inside = |span: &TimeSpan| span.overlaps(whole);
    let mut spans = result.finding.evidence.iter().map(|piece| piece.span).filter(inside);
    let found = match spans.next() {
        Some(first) => spans.fold(first, |all, span| {
            let both = all.hull(span);
            if both.length() <= LONGEST_FINDING { both } else { all }
        }),
        None => {
            let searched = result.finding.searched.filter(inside).ok_or(NoPlace)?.intersection(whole);
            if searched.length() > LONGEST_SEARCH {
                return Err(NoPlace);
            }
            searched
        }
    };
    let long = TimeSpan::new(found.start, found.end.min(found.start + LONGEST_SEARCH));
    Ok(TimeSpan::new(long.start - CONTEXT, long.end + CONTEXT).intersection(whole))
}

/// Stretches that may hold personal numbers, on any channel, in order and apart:
///
/// - masked words, each from the word before to the word after it;
/// - three digits and more said near a masked word: a check number whose name was misheard is not masked;
/// - speech under which no words were recognised: nobody knows what is said there, and long numbers are what recognition
///   loses most.
///
/// Each with a margin, for times may be a little wrong; and for all channels, for the other one may carry an echo.
pub fn covers(call: &CallResult) -> Vec<TimeSpan> {
    let mut spans = masked(call);
    let near: Vec<TimeSpan> = spans.iter().map(|span| TimeSpan::new(span.start - NEAR, span.end + NEAR)).collect();
    spans.extend(digits(call).into_iter().filter(|span| near.iter().any(|near| near.overlaps(*span))));
    spans.extend(unrecognised(call));
    let wider = |span: TimeSpan| TimeSpan::new((span.start - MARGIN).max(Ms(0)), span.end + MARGIN);
    TimeSpan::union(spans.into_iter().map(wider).collect(), Ms(0))
}

fn masked(call: &CallResult) -> Vec<TimeSpan> {
    let mut spans = Vec::new();
    for turn in &call.heard.transcript.turns {
        for (index, word) in turn.words.iter().enumerate().filter(|(_, word)| word.mask.is_some()) {
            let before = index.checked_sub(1).and_then(|index| turn.words.get(index));
            let after = turn.words.get(index + 1);
            let start = before.filter(|word| word.mask.is_none()).map_or(word.span.start, |word| word.span.end);
            let end = after.filter(|word| word.mask.is_none()).map_or(word.span.end, |word| word.span.start);
            spans.push(TimeSpan::new(start.min(word.span.start), end.max(word.span.end)));
        }
    }
    spans
}

/// Where three digits and more are said in a row.
fn digits(call: &CallResult) -> Vec<TimeSpan> {
    let mut spans = Vec::new();
    for turn in &call.heard.transcript.turns {
        let tokens = fold(&turn.text, &call.heard.transcript.language);
        for run in tokens.chunk_by(|one, next| one.is_number() && next.is_number()) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            if !first.is_number() || run.len() < 3 {
                continue;
            }
            let mut start = 0;
            for word in &turn.words {
                let end = start + word.text.len();
                if start < last.bytes.end && first.bytes.start < end {
                    spans.push(word.span);
                }
                start = end;
            }
        }
    }
    spans
}

/// Speech without words under it.
fn unrecognised(call: &CallResult) -> Vec<TimeSpan> {
    let mut spans = Vec::new();
    for (channel, sound) in call.heard.sound.channels.iter().enumerate() {
        let turns = call.heard.transcript.turns.iter().filter(|turn| turn.channel == channel);
        let words = turns.flat_map(|turn| {
            let whole = turn.words.is_empty().then_some(turn.span);
            turn.words.iter().map(|word| word.span).chain(whole)
        });
        let known = TimeSpan::union(words.collect(), SLACK);
        for speech in &sound.speech {
            let mut from = speech.start;
            for word in known.iter().filter(|word| word.overlaps(*speech)) {
                spans.push(TimeSpan::new(from, word.start));
                from = from.max(word.end);
            }
            spans.push(TimeSpan::new(from, speech.end));
        }
    }
    spans.retain(|span| span.length() >= UNRECOGNISED);
    spans
}

/// What one side says within a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Who.
    pub speaker: Speaker,
    /// When, on the clip's own timeline.
    pub at: Ms,
    /// The words, with whether each stretch of them is evidence.
    pub words: Vec<(String, bool)>,
}

/// What is said within `window`, with the evidence of `result` marked.
pub fn lines(call: &CallResult, result: &CriterionResult, window: TimeSpan) -> Vec<Line> {
    let mut lines = Vec::new();
    let covers = covers(call);
    for turn in call.heard.transcript.turns.iter().filter(|turn| turn.span.overlaps(window)) {
        let speaker = call.roles.of(turn.channel);
        let is_evidence = |span: TimeSpan| {
            let pieces = &result.finding.evidence;
            pieces.iter().any(|piece| piece.speaker == speaker && !piece.quote.is_empty() && piece.span.overlaps(span))
        };
        let mut words: Vec<(String, bool)> = Vec::new();
        for word in turn.words.iter().filter(|word| word.span.overlaps(window)) {
            let marked = is_evidence(word.span);
            let shown = readable(word, &covers);
            match words.last_mut() {
                Some((text, same)) if *same == marked => text.push_str(&shown),
                _ => words.push((shown, marked)),
            }
        }
        if turn.words.is_empty() {
            words.push((turn.text.clone(), is_evidence(turn.span)));
        }
        if !words.is_empty() {
            lines.push(Line { speaker, at: (turn.span.start - window.start).max(Ms(0)), words });
        }
    }
    lines
}

/// A word as it may be read: digits that the sound covers are covered here as well.
fn readable(word: &Word, covers: &[TimeSpan]) -> String {
    let digit = |c: char| c.is_ascii_digit() || "零〇一二三四五六七八九幺".contains(c);
    let meets = |cover: &TimeSpan| cover.start <= word.span.end && word.span.start <= cover.end;
    if word.mask.is_some() || !covers.iter().any(meets) {
        return word.text.clone();
    }
    word.text.chars().map(|c| if digit(c) { '•' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{MaskKind, Turn};
    use crate::report::sample;

    #[test]
    fn a_masked_number_is_covered_from_word_to_word() {
        let mut call = sample::call(1);
        let word = |text: &str, start, end, mask| Word {
            text: text.into(),
            span: TimeSpan::new(Ms(start), Ms(end)),
            probability: 1.0,
            mask,
        };
        call.heard.transcript.turns = vec![Turn {
            words: vec![
                word("number", 5_000, 5_300, None),
                word("[card]", 5_900, 6_000, Some(MaskKind::Card)),
                word("[card]", 6_000, 8_000, Some(MaskKind::Card)),
                word("okay", 8_700, 9_000, None),
            ],
            ..Turn::default()
        }];
        call.heard.sound.channels.clear();
        assert_eq!(covers(&call), [TimeSpan::new(Ms(4_900), Ms(9_100))]);
        // The check number after it was recognised, but not as one.
        call.heard.transcript.turns.push(Turn {
            text: "安全马是307".into(),
            words: vec![word("安全马是", 20_000, 21_000, None), word("307", 21_000, 22_000, None)],
            ..Turn::default()
        });
        assert_eq!(covers(&call)[1..], [TimeSpan::new(Ms(20_600), Ms(22_400))]);
        // What is not heard is not read either.
        let number = call.heard.transcript.turns[1].words[1].clone();
        assert_eq!(readable(&number, &covers(&call)), "•••");
        assert_eq!(readable(&number, &[]), "307");
    }

    #[test]
    fn speech_without_words_is_covered() {
        let mut call = sample::call(1);
        let span = |start, end| TimeSpan::new(Ms(start), Ms(end));
        let word = Word { text: "Yes".into(), span: span(10_000, 10_500), ..Word::default() };
        call.heard.transcript.turns = vec![Turn { text: "Yes".into(), words: vec![word], ..Turn::default() }];
        let talk = crate::call::ChannelSound { speech: vec![span(9_900, 16_000)], ..Default::default() };
        call.heard.sound.channels = vec![talk];
        assert_eq!(covers(&call), [span(10_100, 16_400)]);
    }

    #[test]
    fn a_finding_without_a_place_gives_no_window() {
        let call = sample::call(1);
        let mut result = call.scorecards[0].criteria[0].clone();
        let whole = TimeSpan::new(Ms(0), call.heard.sound.duration);
        result.finding.evidence.clear();
        result.finding.searched = None;
        assert_eq!(window(&call, &result), Err(NoPlace));
        result.finding.searched = Some(TimeSpan::new(Ms(0), Ms(15_000)));
        assert_eq!(window(&call, &result), Ok(TimeSpan::new(Ms(0), Ms(21_000)).intersection(whole)));
    }
}
