//! `near`: two things are said close together.

use super::{
    Builder, Check, Demand, Length, Operator, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope,
};
use super::{absence, hull};
use crate::call::{CallView, Evidence, Finding, LEAST_PROBABILITY, Outcome, Reason, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// Two things are said close together.
pub(super) static OPERATOR: Operator = Operator {
    name: "near",
    page: include_str!("near.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when a phrase of `first` is said close to a phrase of `second`.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// One of the two things.
    first: PhraseList,
    /// The other one.
    second: PhraseList,
    /// At most so many words (Chinese characters) of that speaker lie between the two.
    #[serde(default)]
    words: Option<usize>,
    /// At most so much time lies between the two.
    #[serde(default)]
    time: Option<Length>,
    /// Whether `first` must come first, which it need not where this is left out.
    #[serde(default)]
    ordered: bool,
    /// Turns the check round: every such pair is a finding against the speaker.
    #[serde(default)]
    forbid: bool,
}

#[derive(Debug)]
struct Near {
    place: Place,
    first: PhraseMatcher,
    second: PhraseMatcher,
    words: Option<usize>,
    time: Option<Length>,
    ordered: bool,
    forbid: bool,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let parameters: Parameters = builder.params(node)?;
    let sound = parameters.place.check(node, builder);
    let mut matcher = |list: &PhraseList, key: &str| {
        let place = node.get(key).unwrap_or(node);
        PhraseMatcher::build(list, &parameters.options, parameters.forbid, place, builder)
    };
    let (first, second) = (matcher(&parameters.first, "first"), matcher(&parameters.second, "second"));
    let Parameters { place, words, time, ordered, forbid, .. } = parameters;
    if words.is_none() && time.is_none() {
        let mistake = Diagnostic::new(Code::MissingKey, node.span.clone(), "`near` does not say how near");
        builder.diagnostics.push(mistake.help("give `words: 10` or `time: 5s`"));
        return None;
    }
    sound?;
    Some(Box::new(Near { place, first: first?, second: second?, words, time, ordered, forbid }))
}

/// A pair of places that are close enough.
struct Pair {
    span: TimeSpan,
    evidence: Evidence,
    sure: bool,
}

impl Near {
    fn is_near(&self, a: &PhraseHit, b: &PhraseHit) -> bool {
        let same_track = a.speaker == b.speaker;
        if same_track && a.tokens.start < b.tokens.end && b.tokens.start < a.tokens.end {
            return false;
        }
        let a_is_first = if same_track { a.tokens.start < b.tokens.start } else { a.span.start <= b.span.start };
        if self.ordered && !a_is_first {
            return false;
        }
        let (earlier, later) = if a_is_first { (a, b) } else { (b, a) };
        let words = self.words.is_none_or(|most| same_track && later.tokens.start - earlier.tokens.end <= most);
        let time = self.time.is_none_or(|most| later.span.start - earlier.span.end <= most.ms());
        words && time
    }

    /// Each place of `first` with the nearest place of `second`.
    fn pairs(&self, first: &[PhraseHit], second: &[PhraseHit]) -> Vec<Pair> {
        let gap = |a: &PhraseHit, b: &PhraseHit| (b.span.start - a.span.end).0.max((a.span.start - b.span.end).0);
        let mut pairs = Vec::new();
        for a in first {
            let near = second.iter().filter(|b| self.is_near(a, b));
            let Some(b) = near.min_by_key(|b| (!b.sure, gap(a, b))) else { continue };
            let (earlier, later) = if a.span.start <= b.span.start { (a, b) } else { (b, a) };
            let evidence = Evidence {
                speaker: a.speaker,
                span: a.span.hull(b.span),
                quote: format!("{} … {}", earlier.quote, later.quote),
                matched: format!("{} ~ {}", a.phrase, b.phrase),
                similarity: a.similarity.min(b.similarity),
                probability: a.probability.min(b.probability),
            };
            pairs.push(Pair { span: evidence.span, evidence, sure: a.sure && b.sure });
        }
        pairs.sort_by_key(|pair| pair.span);
        pairs
    }
}

impl Check for Near {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (track, told_apart) = self.place.speaker.track(call);
        let first = self.first.find(call, scope, track, &windows);
        let second = self.second.find(call, scope, track, &windows);
        let pairs = self.pairs(&first, &second);
        let clear = |pair: &Pair| pair.sure && (!self.forbid || pair.evidence.probability >= LEAST_PROBABILITY);
        let any_sure = told_apart && pairs.iter().any(clear);
        // A doubtful pair does not count where a sure one decides.
        let evidence: Vec<Evidence> =
            pairs.into_iter().filter(|pair| clear(pair) || !any_sure).map(|pair| pair.evidence).collect();
        let (en, zh) = self.place.speaker.words();
        if let (true, Some(place)) = (any_sure, evidence.first()) {
            let (at, quote) = (place.span.start, &place.quote);
            let reason = Reason::new(format!("{en} says \"{quote}\" at {at}"), format!("{zh}在 {at} 说了“{quote}”"));
            let outcome = if self.forbid { Outcome::Fail } else { Outcome::Pass };
            return Finding::new(outcome, reason).with_evidence(evidence);
        }
        if !evidence.is_empty() {
            let reason = if told_apart {
                Reason::new("something like it is heard, but not clearly", "听到相近的说法，但不能确定")
            } else {
                Reason::new("it is said, but agent and customer are not told apart", "有人说到，但无法区分客服与客户")
            };
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(hull(&windows, call));
        }
        let reason = Reason::new(format!("{en} does not say the two close together"), format!("{zh}未将两者相近说出"));
        if self.forbid {
            return Finding::new(Outcome::Pass, reason).searched(hull(&windows, call));
        }
        absence(call, self.place.speaker(), &windows, reason)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        // One word alone is neither demanded nor forbidden, so there is nothing to compare with other criteria.
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{judge, mistake};
    use serde_json::json;

    #[test]
    fn words_between_are_counted() {
        let near = |words: u32, ordered: bool| {
            let parameters = json!({ "first": ["refund"], "second": ["today"], "words": words, "ordered": ordered });
            judge("near", parameters, "agent 0s: Today you will get your refund.")
        };
        assert_eq!((near(4, false), near(3, false), near(4, true)), (Outcome::Pass, Outcome::Fail, Outcome::Fail));
    }

    #[test]
    fn the_same_words_are_not_near_themselves() {
        let parameters = json!({ "first": ["退款"], "second": ["退款"], "time": "10s" });
        assert_eq!(judge("near", parameters.clone(), "agent 0s: 我们给您退款。"), Outcome::Fail);
        assert_eq!(judge("near", parameters, "agent 0s: 退款,我们给您退款。"), Outcome::Pass);
    }

    #[test]
    fn doubtful_words_accuse_nobody() {
        let near = |forbid: bool| {
            let parameters = json!({ "first": ["promise"], "second": ["refund"], "words": 6, "forbid": forbid });
            judge("near", parameters, "agent 0s (p=0.2): I promise you a refund.")
        };
        assert_eq!((near(true), near(false)), (Outcome::Unsure, Outcome::Pass));
    }

    #[test]
    fn how_near_must_be_said() {
        assert!(mistake("near", json!({ "first": ["a"], "second": ["b"] })).contains("how near"));
    }
}
