//! `never_says`: one side never says what must not be said.

use super::{
    Builder, Check, Demand, Hearing, Operator, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope,
};
use super::{hearing, hull};
use crate::call::{CallView, Evidence, Finding, LEAST_PROBABILITY, Outcome, Reason};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// One side never says what must not be said.
pub(super) static OPERATOR: Operator = Operator {
    name: "never_says",
    page: include_str!("never_says.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Fails when one of the phrases is said; each place is evidence of its own.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// The phrases that must not be said.
    any_of: PhraseList,
}

#[derive(Debug)]
struct NeverSays {
    place: Place,
    matcher: PhraseMatcher,
}

/// Words that recognition is so sure of were said as they are written: a phrase that only resembles them was not.
const CLEAR: f32 = 0.6;

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, options, any_of } = builder.params(node)?;
    let sound = place.check(node, builder);
    let matcher = PhraseMatcher::build(&any_of, &options, true, node.get("any_of").unwrap_or(node), builder)?;
    sound?;
    Some(Box::new(NeverSays { place, matcher }))
}

/// The probability of the word that recognition is least sure of.
fn least_probability(call: &CallView<'_>, hit: &PhraseHit) -> f32 {
    let tokens = call.track(hit.speaker).and_then(|track| track.tokens.get(hit.tokens.clone())).unwrap_or_default();
    tokens.iter().map(|token| token.probability).fold(1.0, f32::min)
}

impl Check for NeverSays {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let searched = hull(&windows, call);
        let (en, zh) = self.place.speaker.words();
        let (track, told_apart) = self.place.speaker.track(call);
        let mut hits = self.matcher.find(call, scope, track, &windows);
        hits.retain(|hit| hit.sure || least_probability(call, hit) < CLEAR);
        let evidence = |hits: &[&PhraseHit]| -> Vec<Evidence> { hits.iter().map(|hit| hit.evidence()).collect() };
        let (sure, borderline): (Vec<&PhraseHit>, Vec<&PhraseHit>) =
            hits.iter().partition(|hit| hit.sure && hit.probability >= LEAST_PROBABILITY);
        if let Some(first) = sure.first().filter(|_| told_apart) {
            let (count, at, quote) = (sure.len(), first.span.start, &first.quote);
            let reason = match count {
                1 => Reason::new(format!("{en} says \"{quote}\" at {at}"), format!("{zh}在 {at} 说了“{quote}”")),
                _ => Reason::new(
                    format!("{en} says such things {count} times, first \"{quote}\" at {at}"),
                    format!("{zh}说了 {count} 次禁语，首次为 {at} 的“{quote}”"),
                ),
            };
            return Finding::new(Outcome::Fail, reason).with_evidence(evidence(&sure));
        }
        if let Some(first) = hits.first() {
            let (at, quote) = (first.span.start, &first.quote);
            let reason = if told_apart {
                Reason::new(
                    format!("\"{quote}\" at {at} may be \"{}\", but it is not clear", first.phrase),
                    format!("{at} 的“{quote}”可能是“{}”，但不能确定", first.phrase),
                )
            } else {
                Reason::new(
                    format!("\"{quote}\" is said at {at}, but agent and customer are not told apart"),
                    format!("{at} 有人说“{quote}”，但无法区分客服与客户"),
                )
            };
            let shown: Vec<&PhraseHit> = sure.iter().chain(&borderline).copied().collect();
            let mut evidence = evidence(&shown);
            evidence.sort_by_key(|place| place.span);
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        // Nobody at all said it, so it does not matter here whether the sides are told apart.
        if hearing(call, track, &windows) == Hearing::WordsLost {
            let reason = Reason::new(
                "nothing of the kind is heard, but speech is there that was not recognised",
                "未听到禁语，但有语音未能识别",
            );
            return Finding::new(Outcome::Unsure, reason).searched(searched);
        }
        let reason = Reason::new(format!("{en} says nothing of the kind"), format!("{zh}未说禁语"));
        Finding::new(Outcome::Pass, reason).searched(searched)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.matcher.phrases().iter().map(|phrase| Demand { phrase, forbidden: true }).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge};
    use serde_json::json;

    #[test]
    fn every_place_is_evidence() {
        let call = "agent 0s: 没办法。\ncustomer 2s: 什么?\nagent 4s: 我说了没办法。";
        let finding = find("never_says", json!({ "speaker": "agent", "any_of": ["没办法"] }), call);
        assert_eq!((finding.outcome, finding.evidence.len()), (Outcome::Fail, 2));
    }

    #[test]
    fn doubtful_words_accuse_nobody() {
        let say = |call: &str| judge("never_says", json!({ "speaker": "agent", "any_of": ["没办法"] }), call);
        assert_eq!(say("agent 0s (p=0.2): 没办法。"), Outcome::Unsure);
        assert_eq!(say("unknown 0s: 没办法。"), Outcome::Unsure);
        assert_eq!(say("unknown 0s: 我马上为您查。"), Outcome::Pass, "nobody said it");
        assert_eq!(say("agent 0s-20s: 喂。"), Outcome::Unsure, "speech without words");
    }
}
