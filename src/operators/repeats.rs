//! `repeats`: one side says the same thing again.

use super::scale::count;
use super::{Builder, Check, Operator, Place, Scope, absence, hull};
use crate::call::{CallView, Evidence, Finding, LEAST_PROBABILITY, Outcome, Reason, TimeSpan, Track, TrackToken};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::Range;

/// One side says the same thing again.
pub(super) static OPERATOR: Operator = Operator {
    name: "repeats",
    page: include_str!("repeats.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when one sentence is said at least `times` times.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    /// How often the same thing must be said; 2, where it is left out.
    #[serde(default = "twice")]
    #[schemars(range(min = 2))]
    times: usize,
    /// How alike two sentences are that count as the same, 0 to 1; 0.8, where it is left out.
    #[serde(default = "alike")]
    #[schemars(range(min = 0.5, max = 1.0))]
    similarity: f64,
    /// Sentences with fewer words (Chinese characters) are left out; 5, where it is left out.
    #[serde(default = "five")]
    #[schemars(range(min = 1))]
    min_words: usize,
    /// Turns the check round: saying the same thing so often is a finding against the speaker.
    #[serde(default)]
    forbid: bool,
}

const fn twice() -> usize {
    2
}

const fn alike() -> f64 {
    0.8
}

const fn five() -> usize {
    5
}

#[derive(Debug)]
struct Repeats {
    place: Place,
    times: usize,
    similarity: f64,
    min_words: usize,
    forbid: bool,
}

/// So many sentences back a repetition is looked for. What was said hundreds of sentences ago is no repetition to a
/// listener, and the time for a call stays in proportion to its length.
const MEMORY: usize = 150;

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, times, similarity, min_words, forbid } = builder.params(node)?;
    place.check(node, builder)?;
    Some(Box::new(Repeats { place, times, similarity, min_words, forbid }))
}

/// A sentence of one side: what stands between two marks of punctuation that end one.
struct Sentence<'a> {
    tokens: &'a [TrackToken],
    span: TimeSpan,
    /// One bit for each kind of token, for a quick look at whether two sentences can be alike.
    kinds: u64,
}

impl<'a> Sentence<'a> {
    fn new(tokens: &'a [TrackToken]) -> Option<Self> {
        let span = tokens.iter().map(|token| token.span).reduce(TimeSpan::hull)?;
        let kinds = tokens.iter().fold(0, |bits, token| bits | 1 << (kind(&token.token.text) % 64));
        Some(Self { tokens, span, kinds })
    }

    fn texts(&self) -> Vec<&'a str> {
        self.tokens.iter().map(|token| token.token.text.as_str()).collect()
    }

    /// How alike both are, 0..=1: edits of whole tokens against the longer one's length.
    fn similarity(&self, other: &Sentence<'_>, least: f64) -> f64 {
        let (a, b) = (self.tokens.len() as f64, other.tokens.len() as f64);
        let shared = f64::from((self.kinds & other.kinds).count_ones());
        let kinds = f64::from(self.kinds.count_ones().max(other.kinds.count_ones()));
        // Neither test can refuse what the comparison would accept: each missing kind costs at least one edit.
        if a.min(b) < least * a.max(b) || kinds - shared > (1.0 - least) * a.max(b) + 1e-9 {
            return 0.0;
        }
        let (these, those) = (self.texts(), other.texts());
        1.0 - strsim::generic_levenshtein(&these, &those) as f64 / a.max(b).max(1.0)
    }
}

/// A stable number for a token's text (FNV-1a).
fn kind(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Repeats {
    fn sentences<'a>(&self, call: &CallView<'_>, track: &'a Track, windows: &[TimeSpan]) -> Vec<Sentence<'a>> {
        let tokens = &track.tokens;
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for index in 1..=tokens.len() {
            if index == tokens.len() || ends_sentence(call, &tokens[index - 1], &tokens[index]) {
                ranges.push(start..index);
                start = index;
            }
        }
        ranges
            .into_iter()
            .filter(|range| range.len() >= self.min_words)
            .filter_map(|range| Sentence::new(&tokens[range]))
            .filter(|sentence| windows.iter().any(|window| window.contains(sentence.span.start)))
            .collect()
    }

    /// The largest group of like sentences, in order of time; the earliest of equally large ones.
    fn largest_group(&self, sentences: &[Sentence<'_>]) -> Vec<(usize, f64)> {
        let mut groups: Vec<Vec<(usize, f64)>> = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            let joined = groups.iter_mut().find_map(|group| {
                let (last, _) = *group.last()?;
                if index - last > MEMORY {
                    return None;
                }
                let similarity = sentences[group[0].0].similarity(sentence, self.similarity);
                (similarity >= self.similarity).then(|| group.push((index, similarity)))
            });
            if joined.is_none() {
                groups.push(vec![(index, 1.0)]);
            }
        }
        groups.into_iter().rev().max_by_key(Vec::len).unwrap_or_default()
    }
}

/// Whether a sentence ends between `a` and `b`: at a new turn or at a full stop, question or exclamation mark.
fn ends_sentence(call: &CallView<'_>, a: &TrackToken, b: &TrackToken) -> bool {
    if a.turn != b.turn {
        return true;
    }
    let text = &call.transcript.turns[a.turn].text;
    let between = text.get(a.token.bytes.end..b.token.bytes.start.max(a.token.bytes.end)).unwrap_or_default();
    between.contains(['。', '？', '！', '?', '!', ';', '；']) || between.contains(". ")
}

/// What is less alike may be another question in the same form: nothing to hold against anybody.
const SAME: f32 = 0.9;

impl Check for Repeats {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (side, told_apart) = self.place.speaker.track(call);
        let mut most: Vec<Evidence> = Vec::new();
        for track in call.tracks.iter().filter(|track| side.is_none_or(|side| side == track.speaker)) {
            let sentences = self.sentences(call, track, &windows);
            let group = self.largest_group(&sentences);
            if group.len() <= most.len() {
                continue;
            }
            let evidence = |(index, similarity): (usize, f64)| {
                let tokens = sentences[index].tokens;
                let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
                let text = &call.transcript.turns[first.turn].text;
                Evidence {
                    speaker: track.speaker,
                    span: sentences[index].span,
                    quote: text.get(first.token.bytes.start..last.token.bytes.end).unwrap_or_default().to_owned(),
                    matched: "said before".to_owned(),
                    similarity: similarity as f32,
                    probability: tokens.iter().map(|token| token.probability).sum::<f32>() / tokens.len() as f32,
                }
            };
            most = group.into_iter().map(evidence).collect();
        }
        let (en, zh) = self.place.speaker.words();
        let times = most.len();
        if times >= self.times {
            let (quote, at) = (&most[0].quote, most[0].span.start);
            let mut reason = Reason::new(
                format!("{en} says \"{quote}\" {}, first at {at}", count(times, "time")),
                format!("{zh}说了 {times} 次“{quote}”，首次在 {at}"),
            );
            let clear = most.iter().all(|place| place.probability >= LEAST_PROBABILITY);
            // "Is your number the same?" is no repeated "Is your address the same?".
            let same = !self.forbid || most.iter().all(|place| place.similarity >= SAME);
            let outcome = match (told_apart && clear && same, self.forbid) {
                (false, _) => Outcome::Unsure,
                (true, true) => Outcome::Fail,
                (true, false) => Outcome::Pass,
            };
            if !clear {
                reason.en.push_str("; recognition doubts the words");
                reason.zh.push_str("；识别把握不足");
            }
            if !same {
                reason.en.push_str("; not all in the same words");
                reason.zh.push_str("；用词不完全相同");
            }
            if !told_apart {
                reason.en.push_str("; agent and customer are not told apart");
                reason.zh.push_str("；无法区分客服与客户");
            }
            return Finding::new(outcome, reason).with_evidence(most);
        }
        let reason = Reason::new(
            format!("{en} says nothing {}", count(self.times, "time")),
            format!("{zh}没有把同一句话说 {} 次", self.times),
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
    use super::*;
    use crate::call::{Ms, Outcome};
    use crate::operators::trial::{judge, quotes};
    use crate::text::Token;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn other_words_in_the_same_form_accuse_nobody() {
        let forbid = |second: &str| {
            let call = format!("agent 0s: 请问您的地址有变化吗?\ncustomer 4s: 没有。\nagent 7s: {second}");
            judge("repeats", json!({ "speaker": "agent", "forbid": true }), &call)
        };
        assert_eq!(forbid("请问您的电话有变化吗?"), Outcome::Unsure);
        assert_eq!(forbid("请问您的地址有变化吗?"), Outcome::Fail);
    }

    #[test]
    fn small_changes_are_the_same_thing() {
        let call = "customer 0s: 我的空调什么时候能送到?\nagent 3s: 请稍等。\ncustomer 5s: 那我的空调什么时候能送到?\n\
                    customer 12s: 我要投诉你们公司。";
        let finding = crate::operators::trial::find("repeats", json!({ "speaker": "customer" }), call);
        assert_eq!(quotes(&finding), ["我的空调什么时候能送到", "那我的空调什么时候能送到"]);
        assert_eq!(judge("repeats", json!({ "speaker": "customer", "times": 3 }), call), Outcome::Fail);
        assert_eq!(judge("repeats", json!({ "speaker": "agent", "forbid": true }), call), Outcome::Pass);
    }

    fn tokens(text: &str) -> Vec<TrackToken> {
        let token = |text: char| Token { text: text.to_string(), ..Token::default() };
        let span = TimeSpan::new(Ms(0), Ms(1));
        text.chars().map(|text| TrackToken { token: token(text), span, probability: 1.0, turn: 0 }).collect()
    }

    proptest! {
        #[test]
        fn the_quick_look_never_refuses_a_likeness(a in "[a-e]{1,12}", b in "[a-e]{1,12}", least in 0.5..1.0_f64) {
            let (left, right) = (tokens(&a), tokens(&b));
            let exact = 1.0 - strsim::levenshtein(&a, &b) as f64 / a.len().max(b.len()) as f64;
            let quick = Sentence::new(&left).unwrap().similarity(&Sentence::new(&right).unwrap(), least);
            prop_assert!((exact < least && quick < least) || (quick - exact).abs() < 1e-9, "{exact} {quick}");
        }
    }
}
