//! Phrases as operators take them: a list from the rubric, how strictly it is meant, and where it was said.
//!
//! Expands lexicons, checks slots, hands the comparing to [`text::PhraseSet`](crate::text::PhraseSet) and gives back
//! hits with speaker, time and quote. Must not decide what a hit means.

use super::{Builder, Scope};
use crate::call::{CallView, Evidence, Speaker, TimeSpan, Track};
use crate::diagnostic::{ByteSpan, Code, Diagnostic, Node, NodeKind, Spanned, did_you_mean};
use crate::text::pattern::{self, PatternError};
use crate::text::{Match, PhraseSet, Purpose, Strictness};
use schemars::JsonSchema;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;

/// One phrase or a list of them.
///
/// A phrase may hold `a|b` alternatives, `(..)?` optional parts and `{slot}` values; `lexicon:NAME` stands for all
/// phrases of a lexicon.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PhraseList(pub Vec<String>);

/// How phrases are compared with what was heard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhraseOptions {
    /// `exact`, `near` or `sound` (the default).
    #[serde(default, rename = "match")]
    pub strictness: Strictness,
    /// Least similarity, 0 to 1, in place of the usual one.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub threshold: Option<f32>,
    /// Harmless longer phrases: a hit inside one of these does not count.
    #[serde(default)]
    pub except: Option<PhraseList>,
}

/// Phrases, ready to be looked for in calls.
#[derive(Debug)]
pub struct PhraseMatcher {
    written: Vec<String>,
    wanted: PhraseSet,
    except: Option<PhraseSet>,
    /// The slots in the phrases that are demanded, each with the index of its first phrase.
    names: Vec<(String, usize)>,
    /// The slots that are a phrase by themselves.
    bare: Vec<String>,
}

/// A place where a phrase was said.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseHit {
    /// The phrase as its author wrote it.
    pub phrase: String,
    /// Who said it.
    pub speaker: Speaker,
    /// Index of the turn in which it begins.
    pub turn: usize,
    /// Index of the turn in which it ends.
    pub last_turn: usize,
    /// The tokens of that speaker's track that it covers.
    pub tokens: Range<usize>,
    /// From its first word to its last.
    pub span: TimeSpan,
    /// What was heard.
    pub quote: String,
    /// How alike phrase and quote are, 0..=1.
    pub similarity: f32,
    /// Mean word probability of the quote, 0..=1.
    pub probability: f32,
    /// Whether it is close enough to act on; a borderline hit is for a person to judge.
    pub sure: bool,
}

/// A hit less alike than this resembles its phrase only roughly: one in five of it is something else.
const ROUGH: f32 = 0.8;

/// Words that recognition doubts more than this may be made up altogether: mean word probability.
const HARDLY_HEARD: f32 = 0.2;

impl PhraseHit {
    /// Whether it is no more than a rough likeness of its phrase: enough to count, too little to say when a step was
    /// taken.
    pub fn is_rough(&self) -> bool {
        !self.sure || self.similarity < ROUGH
    }

    /// The hit as evidence of a finding.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            speaker: self.speaker,
            span: self.span,
            quote: self.quote.clone(),
            matched: self.phrase.clone(),
            similarity: self.similarity,
            probability: self.probability,
        }
    }
}

impl PhraseMatcher {
    /// Prepares `list`; `forbidding` when a hit is held against the speaker. `node` is where the list stands, for the
    /// places of mistakes: unknown lexicons and slots and phrases that can't be read go to `builder`.
    pub fn build(
        list: &PhraseList,
        options: &PhraseOptions,
        forbidding: bool,
        node: &Node,
        builder: &mut Builder<'_>,
    ) -> Option<Self> {
        let errors = builder.errors();
        if options.threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
            let span = node.get("threshold").map_or(node.span.clone(), |value| value.span.clone());
            builder.diagnostics.push(Diagnostic::new(
                Code::InvalidValue,
                span,
                "a threshold outside 0 to 1, expected a similarity such as 0.8",
            ));
        }
        let written = expand(list, node, builder);
        let exceptions = builder.exceptions.take();
        let except = options.except.as_ref().map(|list| expand(list, exceptions.as_ref().unwrap_or(node), builder));
        builder.exceptions = exceptions;
        if builder.errors() > errors {
            return None;
        }
        let purpose = if forbidding { Purpose::Forbid } else { Purpose::Demand };
        let compile = |phrases: &[String], purpose, threshold| {
            PhraseSet::compile(phrases, builder.language, options.strictness, purpose, threshold).ok()
        };
        let wanted = compile(&written, purpose, options.threshold)?;
        let except = match except {
            Some(phrases) => Some(compile(&phrases, Purpose::Demand, None)?),
            None => None,
        };
        let mut names: Vec<(String, usize)> = Vec::new();
        for (index, phrase) in written.iter().enumerate().filter(|_| !forbidding) {
            for name in pattern::slot_names(phrase).unwrap_or_default() {
                if names.iter().all(|(known, _)| *known != name) {
                    names.push((name, index));
                }
            }
        }
        let bare = names.iter().filter(|(name, _)| written.iter().any(|phrase| phrase.trim() == format!("{{{name}}}")));
        let bare = bare.map(|(name, _)| name.clone()).collect();
        Some(Self { written, wanted, except, names, bare })
    }

    /// The phrases as their authors wrote them, lexicons expanded.
    pub fn phrases(&self) -> &[String] {
        &self.written
    }

    /// Whether one of the phrases holds a slot, such as a name.
    pub fn has_slots(&self) -> bool {
        self.wanted.has_slots()
    }

    /// Whether a slot that is a phrase by itself has no value for this call, so that nobody can tell whether that was said.
    pub fn is_unknown(&self, scope: &Scope<'_>) -> bool {
        self.bare.iter().any(|name| scope.slots.get(name).is_none_or(Vec::is_empty))
    }

    /// Every place in the call where `speaker` (anyone for `None`) said one of the phrases with at least half of it
    /// inside one of `windows`, in order of time, or where somebody may be that speaker who is not told apart. No windows, no
    /// hits. Where there is no hit, but something resembles
    /// a name in a demanded phrase, that is a borderline hit: recognition spells names as it likes.
    pub fn find(
        &self,
        call: &CallView<'_>,
        scope: &Scope<'_>,
        speaker: Option<Speaker>,
        windows: &[TimeSpan],
    ) -> Vec<PhraseHit> {
        let mut hits = self.hits(call, speaker, windows, |track| {
            let mut matches = self.wanted.find(&track.passage, &scope.slots);
            if let (Some(except), false) = (&self.except, matches.is_empty()) {
                let harmless = except.find(&track.passage, &scope.slots);
                matches = matches.into_iter().filter_map(|hit| hit.excused(&harmless)).collect();
            }
            matches
        });
        if hits.is_empty() && !self.names.is_empty() {
            hits = self.hits(call, speaker, windows, |track| self.resembling(track, scope));
        }
        hits.sort_by_key(|hit| (hit.span, hit.speaker));
        hits
    }

    /// What `find` finds in the tracks of `speaker` with at least half of it inside one of `windows`. What somebody says who
    /// is not told apart may be theirs, so it is borderline at best.
    fn hits(
        &self,
        call: &CallView<'_>,
        speaker: Option<Speaker>,
        windows: &[TimeSpan],
        find: impl Fn(&Track) -> Vec<Match>,
    ) -> Vec<PhraseHit> {
        let hits = call.tracks.iter().flat_map(|track| {
            let theirs = speaker.is_none_or(|speaker| track.speaker == speaker);
            let found = if theirs || track.speaker == Speaker::Unknown { find(track) } else { Vec::new() };
            let counted = found.into_iter().filter(move |found| theirs || found.sure);
            counted.map(move |found| self.hit(call, track, Match { sure: found.sure && theirs, ..found }))
        });
        hits.filter(|hit| windows.iter().any(|window| lies_in(hit.span, *window))).collect()
    }

    /// What resembles a name in one of the phrases.
    fn resembling(&self, track: &Track, scope: &Scope<'_>) -> Vec<Match> {
        let values = self
            .names
            .iter()
            .flat_map(|(name, phrase)| scope.slots.get(name).into_iter().flatten().map(|value| (*phrase, value)));
        values
            .flat_map(|(phrase, value)| {
                let resembling = track.passage.resembling(value).into_iter();
                resembling.map(move |(tokens, similarity)| Match {
                    phrase,
                    tokens,
                    similarity,
                    sure: false,
                    wildcard: false,
                })
            })
            .collect()
    }

    fn hit(&self, call: &CallView<'_>, track: &Track, found: Match) -> PhraseHit {
        let tokens = &track.tokens[found.tokens.clone()];
        let (first, last) = (&tokens[0], &tokens[tokens.len() - 1]);
        let span = tokens.iter().fold(first.span, |span, token| span.hull(token.span));
        let probability = tokens.iter().map(|token| token.probability).sum::<f32>() / tokens.len() as f32;
        PhraseHit {
            phrase: self.written[found.phrase].clone(),
            speaker: track.speaker,
            turn: first.turn,
            last_turn: last.turn,
            span,
            quote: quote(call, track, found.tokens.clone()),
            similarity: found.similarity,
            probability,
            sure: found.sure && probability >= HARDLY_HEARD,
            tokens: found.tokens,
        }
    }
}

/// The text of `tokens` as it was heard, with blanks between turns.
fn quote(call: &CallView<'_>, track: &Track, tokens: Range<usize>) -> String {
    let mut quote = String::new();
    for turn in track.tokens[tokens].chunk_by(|a, b| a.turn == b.turn) {
        let bytes = turn[0].token.bytes.start..turn[turn.len() - 1].token.bytes.end;
        let text = call.transcript.turns[turn[0].turn].text.get(bytes).unwrap_or_default();
        if !quote.is_empty() {
            quote.push(' ');
        }
        quote.push_str(text);
    }
    quote
}

/// Whether at least half of `hit` lies in `window`; a hit of no length lies where it begins.
pub(super) fn lies_in(hit: TimeSpan, window: TimeSpan) -> bool {
    if hit.is_empty() { window.contains(hit.start) } else { 2 * hit.intersection(window).length().0 >= hit.length().0 }
}

/// Reports what is wrong with the phrases of `node`, one or a list of them, as far as there are any.
pub(super) fn look_into(node: &Node, builder: &mut Builder<'_>) {
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let written = items.iter().filter_map(|item| item.text().map(str::to_owned)).collect();
    expand(&PhraseList(written), node, builder);
}

/// The phrases of `list` with its lexicons; mistakes go to `builder`.
fn expand(list: &PhraseList, node: &Node, builder: &mut Builder<'_>) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    for entry in &list.0 {
        let span = place_of(node, entry).unwrap_or_else(|| node.span.clone());
        let mut known = false;
        let entries: Cow<'_, [Spanned<String>]> = match entry.trim().strip_prefix("lexicon:") {
            None => Cow::Owned(vec![Spanned { value: entry.clone(), span }]),
            Some(name) => match builder.lexicons.get_key_value(name.trim()) {
                Some((name, lexicon)) if lexicon.is_empty() => {
                    let message = format!("the lexicon {name:?} holds no phrases, so that nothing could be found");
                    builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, span, message));
                    continue;
                }
                Some((name, lexicon)) => {
                    known = !builder.checked.insert(name);
                    Cow::Borrowed(lexicon.as_slice())
                }
                None => {
                    let name = name.trim();
                    let mut diagnostic = Diagnostic::new(
                        Code::UnknownLexicon,
                        span,
                        format!("unknown lexicon {name:?}, expected one that is listed"),
                    );
                    let names = || builder.lexicons.keys().map(String::as_str);
                    diagnostic = diagnostic.help(match did_you_mean(name, names()) {
                        Some(meant) => format!("did you mean {meant:?}?"),
                        None if builder.lexicons.is_empty() => {
                            "list the phrases, or the file that holds them, under `lexicons:` first".to_owned()
                        }
                        None => format!("lexicons: {}", names().collect::<Vec<_>>().join(", ")),
                    });
                    builder.diagnostics.push(diagnostic);
                    continue;
                }
            },
        };
        for Spanned { value: phrase, span } in entries.iter() {
            if !known {
                check(phrase, span, builder);
            }
            if !phrases.contains(phrase) {
                phrases.push(phrase.clone());
            }
        }
    }
    phrases
}

/// Reports what is wrong with one phrase, which stands at `span`.
fn check(phrase: &str, span: &ByteSpan, builder: &mut Builder<'_>) {
    let names = match pattern::slot_names(phrase) {
        Ok(names) => names,
        Err(error) => {
            let message = format!("{error} in the phrase {phrase:?}");
            let mistake = Diagnostic::new(Code::InvalidValue, span.clone(), message);
            builder.diagnostics.push(match error {
                PatternError::TooMany => {
                    mistake.help("each `(..)?` doubles the ways and each `|` adds to them: write several phrases")
                }
                _ => mistake,
            });
            return;
        }
    };
    let written = phrase.to_lowercase().replace('：', ":");
    if written.contains("lexicon:") || written.contains("lexicons:") {
        let message = format!("{phrase:?} names no lexicon");
        let help = "a lexicon stands by itself in the list of a check, as `lexicon:NAME`; no lexicon holds another";
        builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, span.clone(), message).help(help));
        return;
    }
    let dash = phrase.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_alphabetic)).then_some("-");
    if let Some(sign) = dash.or(pattern::idle_sign(phrase)) {
        let message = format!("`{sign}` is only punctuation in the phrase {phrase:?}");
        let help = match sign {
            "-" => "in a list, a blank follows the `-`",
            "/" => "words to choose from stand in brackets, `(one|other)`",
            _ => "what may be left out stands in brackets, `(..)?`; regular expressions stand under `matches`",
        };
        builder.diagnostics.push(Diagnostic::new(Code::PatternSign, span.clone(), message).help(help));
    }
    for name in names.iter().filter(|name| !builder.slots.contains(name.as_str())) {
        let message = format!("unknown slot {name:?} in the phrase {phrase:?}");
        let mut diagnostic = Diagnostic::new(Code::UnknownSlot, span.clone(), message);
        if let Some(meant) = did_you_mean(name, builder.slots.iter().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean {{{meant}}}?"));
        }
        builder.diagnostics.push(diagnostic);
    }
}

/// Where the text `wanted` stands inside `node`.
fn place_of(node: &Node, wanted: &str) -> Option<ByteSpan> {
    match &node.kind {
        NodeKind::Text(text) => (text == wanted).then(|| node.span.clone()),
        NodeKind::List(items) => items.iter().find_map(|item| place_of(item, wanted)),
        NodeKind::Map(entries) => entries.iter().find_map(|(.., value)| place_of(value, wanted)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => None,
    }
}

impl<'de> Deserialize<'de> for PhraseList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Phrases;
        impl<'de> Visitor<'de> for Phrases {
            type Value = PhraseList;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a phrase or a list of phrases")
            }

            fn visit_str<E: de::Error>(self, phrase: &str) -> Result<PhraseList, E> {
                Ok(PhraseList(vec![phrase.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<PhraseList, A::Error> {
                let mut phrases = Vec::new();
                while let Some(phrase) = items.next_element()? {
                    phrases.push(phrase);
                }
                Ok(PhraseList(phrases))
            }
        }
        deserializer.deserialize_any(Phrases)
    }
}

impl JsonSchema for PhraseList {
    fn schema_name() -> Cow<'static, str> {
        "PhraseList".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "One phrase or a list of them: `a|b` alternatives, `(..)?` optional parts, `{slot}` values, `lexicon:NAME`.",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Measures, Ms, script};
    use std::collections::{BTreeMap, BTreeSet};

    fn node(kind: NodeKind) -> Node {
        Node { kind, span: 0..0 }
    }

    fn matcher(phrases: &[&str], except: &[&str], forbidding: bool) -> Result<PhraseMatcher, Vec<Diagnostic>> {
        let lexicons = BTreeMap::from([(
            "thanks".to_owned(),
            ["谢谢", "感谢您"].map(|phrase| Spanned { value: phrase.to_owned(), span: 0..0 }).to_vec(),
        )]);
        let slots = BTreeSet::from(["agent".to_owned(), "company".to_owned()]);
        let ids = BTreeSet::new();
        let mut builder = Builder::new("zh", &lexicons, &slots, &ids);
        let list = |phrases: &[&str]| PhraseList(phrases.iter().map(|phrase| (*phrase).to_owned()).collect());
        let options = PhraseOptions { except: Some(list(except)), ..PhraseOptions::default() };
        PhraseMatcher::build(&list(phrases), &options, forbidding, &node(NodeKind::Null), &mut builder)
            .ok_or(builder.diagnostics)
    }

    fn hits(matcher: &PhraseMatcher, call: &str, windows: &[TimeSpan]) -> Vec<(String, i64)> {
        let (heard, metadata, roles) = script::parse(call).unwrap();
        let call = CallView::new(&heard, &metadata, &roles, Measures::default());
        let scope =
            Scope { slots: BTreeMap::from([("agent".to_owned(), vec!["小王".to_owned()])]), ..Scope::default() };
        let found = matcher.find(&call, &scope, Some(Speaker::Agent), windows);
        found.into_iter().map(|hit| (hit.quote, hit.span.start.0)).collect()
    }

    const ALL: &[TimeSpan] = &[TimeSpan { start: Ms(0), end: Ms(600_000) }];

    #[test]
    fn a_phrase_runs_over_a_short_pause_and_a_back_channel_only() {
        let matcher = matcher(&["请问有什么可以帮助您"], &[], false).unwrap();
        let over = "agent 1s-2s: 请问有什么\ncustomer 2.1s-2.3s: 嗯\nagent 2.5s-4s: 可以帮助您";
        assert_eq!(hits(&matcher, over, ALL), [("请问有什么 可以帮助您".to_owned(), 1000)]);
        for apart in [
            "agent 1s-2s: 请问有什么\nagent 6s-7s: 可以帮助您",
            "agent 1s-2s: 请问有什么\ncustomer 2.1s-2.3s: 我想问一下这个\nagent 2.5s-4s: 可以帮助您",
        ] {
            assert_eq!(hits(&matcher, apart, ALL), []);
        }
    }

    #[test]
    fn windows_count_the_words_and_not_the_turn() {
        let matcher = matcher(&["lexicon:thanks"], &[], false).unwrap();
        let call = "agent 0s-10s: 今天的事情就先说到这里然后谢谢";
        let window = |start, end| [TimeSpan::new(Ms(start), Ms(end))];
        assert_eq!(hits(&matcher, call, &window(0, 5000)), []);
        assert_eq!(hits(&matcher, call, &window(8000, 10_000)).len(), 1);
        assert_eq!(hits(&matcher, call, &[]), []);
    }

    #[test]
    fn a_forbidden_phrase_inside_a_harmless_one_is_no_hit() {
        let matcher = matcher(&["保证"], &["保证金"], true).unwrap();
        assert_eq!(hits(&matcher, "agent 1s: 请先交保证金", ALL), []);
        let said = hits(&matcher, "agent 1s: 我保证下周到", ALL);
        assert_eq!(said.iter().map(|(quote, _)| quote.as_str()).collect::<Vec<_>>(), ["保证"]);
    }

    #[test]
    fn names_come_from_the_call_and_mistakes_are_reported() {
        let greeting = matcher(&["客服{agent}"], &[], false).unwrap();
        assert_eq!(hits(&greeting, "agent 1s: 我是客服小黄", ALL).len(), 1);
        assert_eq!(hits(&greeting, "agent 1s: 我是客服部门的", ALL).len(), 0);
        let codes = |phrases: &[&str]| -> Vec<Code> {
            matcher(phrases, &[], false).unwrap_err().iter().map(|mistake| mistake.code).collect()
        };
        assert_eq!(codes(&["lexicon:thank"]), [Code::UnknownLexicon]);
        assert_eq!(codes(&["{agnet}您好", "(您好"]), [Code::UnknownSlot, Code::InvalidValue]);
    }
}
