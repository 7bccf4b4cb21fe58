//! `matches`: what is said matches a regular expression.

use super::{Builder, Check, Operator, Place, Scope, absence, hull};
use crate::call::{CallView, Evidence, Finding, LEAST_PROBABILITY, Outcome, Reason, TimeSpan, Track, TrackToken};
use crate::diagnostic::{Code, Diagnostic, Node};
use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::Range;

/// What is said matches a regular expression.
pub(super) static OPERATOR: Operator = Operator {
    name: "matches",
    page: include_str!("matches.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when the pattern matches what is said.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    /// A regular expression of the `regex` crate, without regard to case; at most 512 characters.
    #[schemars(length(min = 1, max = 512))]
    pattern: String,
    /// A match that touches a match of this expression does not count.
    #[serde(default)]
    #[schemars(length(min = 1, max = 512))]
    except: Option<String>,
    /// Turns the check round: every match is a finding against the speaker.
    #[serde(default)]
    forbid: bool,
}

#[derive(Debug)]
struct Matches {
    place: Place,
    pattern: Regex,
    except: Option<Regex>,
    forbid: bool,
}

/// Longest pattern, in characters.
const MAX_PATTERN: usize = 512;
/// Most memory of a compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Most matches of one turn: after that the pattern matches everything.
const MAX_MATCHES: usize = 100;

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, pattern, except, forbid } = builder.params(node)?;
    let sound = place.check(node, builder);
    let pattern = compile(&pattern, "pattern", node, builder);
    let except = except.map(|except| compile(&except, "except", node, builder));
    sound?;
    let except = match except {
        Some(except) => Some(except?),
        None => None,
    };
    Some(Box::new(Matches { place, pattern: pattern?, except, forbid }))
}

fn compile(pattern: &str, key: &str, node: &Node, builder: &mut Builder<'_>) -> Option<Regex> {
    let span = node.get(key).unwrap_or(node).span.clone();
    let mut refuse =
        |message: String| builder.diagnostics.push(Diagnostic::new(Code::BadPattern, span.clone(), message));
    let length = pattern.chars().count();
    if length > MAX_PATTERN {
        refuse(format!("a pattern of {length} characters, expected at most {MAX_PATTERN}"));
        return None;
    }
    match RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .nest_limit(32)
        .build()
    {
        Ok(regex) if regex.is_match("") => {
            refuse("the pattern matches an empty text, so it would match everywhere".to_owned());
            None
        }
        Ok(regex) => Some(regex),
        Err(regex::Error::CompiledTooBig(limit)) => {
            refuse(format!("the pattern needs more than {limit} bytes when compiled; make its repetitions smaller"));
            None
        }
        Err(error) => {
            // The message of the crate draws the pattern with a caret; its last line says what is wrong.
            let message = error.to_string();
            let cause = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            refuse(format!("not a regular expression: {cause}"));
            None
        }
    }
}

/// The folded text of one turn with the tokens it is made of.
struct Folded<'a> {
    text: String,
    tokens: &'a [TrackToken],
    /// Where each token ends in `text`.
    ends: Vec<usize>,
}

impl<'a> Folded<'a> {
    fn new(tokens: &'a [TrackToken]) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(tokens.len());
        let mut last_is_word = false;
        for token in tokens {
            // Blanks stand between words, as a person types them; Chinese characters and digits of a number have none.
            let is_word = token.token.text.starts_with(|first: char| first.is_ascii_alphanumeric());
            if is_word && last_is_word && !token.token.joined {
                text.push(' ');
            }
            text.push_str(&token.token.text);
            ends.push(text.len());
            last_is_word = is_word;
        }
        Self { text, tokens, ends }
    }

    /// The tokens that the match at `range` touches.
    fn tokens(&self, range: Range<usize>) -> &'a [TrackToken] {
        let first = self.ends.partition_point(|end| *end <= range.start);
        let last = self.ends.partition_point(|end| *end < range.end);
        self.tokens.get(first..(last + 1).min(self.tokens.len())).unwrap_or_default()
    }
}

impl Matches {
    /// Where the pattern matches `text`, matches of the exception left out.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> =
            self.pattern.find_iter(text).take(MAX_MATCHES).map(|found| found.range()).collect();
        if let Some(except) = self.except.as_ref().filter(|_| !ranges.is_empty()) {
            let harmless: Vec<Range<usize>> =
                except.find_iter(text).take(MAX_MATCHES).map(|found| found.range()).collect();
            ranges.retain(|range| !harmless.iter().any(|h| h.start < range.end && range.start < h.end));
        }
        ranges.retain(|range| !range.is_empty());
        ranges
    }

    fn evidence(&self, call: &CallView<'_>, track: &Track, windows: &[TimeSpan]) -> Vec<Evidence> {
        let mut evidence: Vec<Evidence> = Vec::new();
        for tokens in track.tokens.chunk_by(|a, b| a.turn == b.turn) {
            let text = &call.transcript.turns[tokens[0].turn].text;
            let touched = |range: &Range<usize>| {
                let first = tokens.partition_point(|token| token.token.bytes.end <= range.start);
                let last = tokens.partition_point(|token| token.token.bytes.start < range.end);
                &tokens[first..last.max(first)]
            };
            // As heard, and folded: authors write numbers and characters in one way, recognition in another.
            let folded = Folded::new(tokens);
            let heard = self.ranges(text).into_iter().map(|range| touched(&range)).collect::<Vec<_>>();
            let folded = self.ranges(&folded.text).into_iter().map(|range| folded.tokens(range));
            for tokens in heard.into_iter().chain(folded) {
                let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
                let span = tokens.iter().fold(first.span, |span, token| span.hull(token.span));
                let middle = crate::call::Ms((span.start.0 + span.end.0) / 2);
                let inside = windows.iter().any(|window| window.contains(middle));
                let bytes = first.token.bytes.start..last.token.bytes.end;
                if !inside || evidence.iter().any(|known| known.span.overlaps(span) || known.span == span) {
                    continue;
                }
                evidence.push(Evidence {
                    speaker: track.speaker,
                    span,
                    quote: text.get(bytes).unwrap_or_default().to_owned(),
                    matched: self.pattern.as_str().to_owned(),
                    similarity: 1.0,
                    probability: tokens.iter().map(|token| token.probability).sum::<f32>() / tokens.len() as f32,
                });
            }
        }
        evidence
    }
}

impl Check for Matches {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (speaker, told_apart) = self.place.speaker.track(call);
        let tracks = call.tracks.iter().filter(|track| speaker.is_none_or(|speaker| speaker == track.speaker));
        let mut evidence: Vec<Evidence> = tracks.flat_map(|track| self.evidence(call, track, &windows)).collect();
        evidence.sort_by_key(|place| place.span);
        let clear = |place: &Evidence| place.probability >= LEAST_PROBABILITY;
        let (en, zh) = self.place.speaker.words();
        if told_apart && evidence.iter().any(clear) {
            evidence.retain(clear);
            let (count, at, quote) = (evidence.len(), evidence[0].span.start, &evidence[0].quote);
            let reason = Reason::new(
                format!("{en} says \"{quote}\" at {at}; {count} in all"),
                format!("{zh}在 {at} 说了“{quote}”，共 {count} 处"),
            );
            let outcome = if self.forbid { Outcome::Fail } else { Outcome::Pass };
            return Finding::new(outcome, reason).with_evidence(evidence);
        }
        if let Some(place) = evidence.first() {
            let (at, quote) = (place.span.start, &place.quote);
            let (why_en, why_zh) = match told_apart {
                true => ("the words were hard to recognise", "识别把握不足"),
                false => ("agent and customer are not told apart", "无法区分客服与客户"),
            };
            let reason = Reason::new(
                format!("\"{quote}\" is heard at {at}, but {why_en}"),
                format!("{at} 听到“{quote}”，但{why_zh}"),
            );
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(hull(&windows, call));
        }
        let pattern = self.pattern.as_str();
        let reason = Reason::new(
            format!("nothing that {en} says matches `{pattern}`"),
            format!("{zh}所说内容不匹配“{pattern}”"),
        );
        if self.forbid {
            return Finding::new(Outcome::Pass, reason).searched(hull(&windows, call));
        }
        absence(call, self.place.speaker(), &windows, reason)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge, mistake, quotes};
    use serde_json::json;

    #[test]
    fn folded_and_heard_text_are_both_tried_and_one_place_counts_once() {
        let finding =
            find("matches", json!({ "pattern": "尾号(是)?[0-9]{4}" }), "agent 0s: 尾号是三七二九。尾号5816。");
        assert_eq!(quotes(&finding), ["尾号是三七二九", "尾号5816"]);
    }

    #[test]
    fn an_exception_takes_its_matches_away() {
        let parameters = json!({ "pattern": "不行", "except": "行不行", "forbid": true });
        assert_eq!(judge("matches", parameters.clone(), "agent 0s: 您看行不行?"), Outcome::Pass);
        assert_eq!(judge("matches", parameters, "agent 0s: 您看行不行?不行。"), Outcome::Fail);
    }

    #[test]
    fn bad_patterns_are_refused() {
        let refused = |pattern: &str| mistake("matches", json!({ "pattern": pattern }));
        assert!(refused("(a").contains("unclosed group"), "{}", refused("(a"));
        assert!(refused("a*").contains("empty text"));
        assert!(refused("(?:\\w{1000}){1000}").contains("compiled"), "{}", refused("(?:\\w{1000}){1000}"));
        assert!(!refused(&"a".repeat(513)).is_empty());
        assert!(refused("(?=a)b").contains("look-around"), "{}", refused("(?=a)b"));
    }
}
