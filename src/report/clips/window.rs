//! Which seconds of a call show a finding, what is said in them, and which of them must be covered.

use crate::call::{CallResult, CriterionResult, Ms, Speaker, TimeSpan};

/// Sound before and after a finding.
const CONTEXT: Ms = Ms(6_000);
/// Evidence further apart than this is not shown in one clip.
const LONGEST_FINDING: Ms = Ms(45_000);
/// A stretch that was searched in vain is shown up to this length.
const LONGEST_SEARCH: Ms = Ms(60_000);
/// Personal numbers are covered this much longer on each side: word times are not exact.
const MARGIN: Ms = Ms(400);

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

/// Stretches that hold personal numbers, on any channel: each from the word before to the word after it, and a margin.
/// Times may be a little wrong, and the other channel may carry an echo: all channels are covered.
pub fn covers(call: &CallResult) -> Vec<TimeSpan> {
    let mut spans = Vec::new();
    for turn in &call.heard.transcript.turns {
        for (index, word) in turn.words.iter().enumerate().filter(|(_, word)| word.mask.is_some()) {
            let before = index.checked_sub(1).and_then(|index| turn.words.get(index));
            let after = turn.words.get(index + 1);
            let start = before.filter(|word| word.mask.is_none()).map_or(word.span.start, |word| word.span.end);
            let end = after.filter(|word| word.mask.is_none()).map_or(word.span.end, |word| word.span.start);
            let hull = TimeSpan::new(start.min(word.span.start), end.max(word.span.end));
            spans.push(TimeSpan::new((hull.start - MARGIN).max(Ms(0)), hull.end + MARGIN));
        }
    }
    spans.sort();
    spans.dedup_by(|next, kept| {
        let meets = next.start <= kept.end;
        if meets {
            kept.end = kept.end.max(next.end);
        }
        meets
    });
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
    for turn in call.heard.transcript.turns.iter().filter(|turn| turn.span.overlaps(window)) {
        let speaker = call.roles.of(turn.channel);
        let is_evidence = |span: TimeSpan| {
            let pieces = &result.finding.evidence;
            pieces.iter().any(|piece| piece.speaker == speaker && !piece.quote.is_empty() && piece.span.overlaps(span))
        };
        let mut words: Vec<(String, bool)> = Vec::new();
        for word in turn.words.iter().filter(|word| word.span.overlaps(window)) {
            let marked = is_evidence(word.span);
            match words.last_mut() {
                Some((text, same)) if *same == marked => text.push_str(&word.text),
                _ => words.push((word.text.clone(), marked)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{MaskKind, Turn, Word};
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
        assert_eq!(covers(&call), [TimeSpan::new(Ms(4_900), Ms(9_100))]);
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
