//! `sentiment_change`: whether a customer's mood gets better or worse.

use super::scale::sides_unknown;
use super::{Builder, Check, Hearing, Operator, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Scope, hearing};
use crate::call::{CallView, Finding, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator = Operator {
    name: "sentiment_change",
    page: include_str!("sentiment_change.md"),
    schema: Params::json_schema,
    build,
};

/// Whether one side's mood gets better or worse: its first third of words against its last third, by words of good and
/// of bad mood.
///
/// The mood of a third is the part of good words among all words of mood, from -1 (only bad) to 1 (only good).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Whose mood: `customer` (the default) or `agent`.
    #[serde(default = "customer")]
    speaker: Speaker,
    /// Words of good mood, such as `lexicon:positive`.
    positive: PhraseList,
    /// Words of bad mood, such as `lexicon:negative`.
    negative: PhraseList,
    /// `true`: the mood must get better, or be good to begin with. `false` (the default): it must not get worse.
    #[serde(default)]
    must_improve: bool,
}

const fn customer() -> Speaker {
    Speaker::Customer
}

/// Fewer words of mood than this in all are no trend.
const LEAST_HITS: usize = 2;
/// Fewer words of the speaker than this have no thirds.
const LEAST_TOKENS: usize = 9;

#[derive(Debug)]
struct SentimentChange {
    speaker: Speaker,
    must_improve: bool,
    positive: PhraseMatcher,
    negative: PhraseMatcher,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let options = PhraseOptions::default();
    let mut matcher = |list: &PhraseList, key: &str| {
        // A wrong hit here would hold a mood against somebody: the strict side of matching.
        PhraseMatcher::build(list, &options, true, node.get(key).unwrap_or(node), builder)
    };
    let (positive, negative) = (matcher(&params.positive, "positive"), matcher(&params.negative, "negative"));
    let Params { speaker, must_improve, .. } = params;
    Some(Box::new(SentimentChange { speaker, must_improve, positive: positive?, negative: negative? }))
}

/// The mood of a stretch: -1 to 1, nothing without words of mood.
fn mood(good: usize, bad: usize) -> Option<f64> {
    let all = (good + bad) as f64;
    (all > 0.0).then(|| (good as f64 - bad as f64) / all)
}

impl Check for SentimentChange {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let whole = call.whole();
        let Some(track) = call.track(self.speaker) else { return sides_unknown() };
        let heard = hearing(call, Some(self.speaker), &[whole]);
        if heard != Hearing::Well {
            let (en, zh) = heard.doubt();
            return Finding::new(Outcome::Unsure, Reason::new(en, zh));
        }
        let tokens = &track.tokens;
        let (who, who_zh) = if self.speaker == Speaker::Agent { ("agent", "客服") } else { ("customer", "客户") };
        let not_applicable =
            |en: String, zh: String| Finding::new(Outcome::NotApplicable, Reason::new(en, zh)).searched(whole);
        if tokens.len() < LEAST_TOKENS {
            return not_applicable(format!("the {who} says too little"), format!("{who_zh}说话太少"));
        }
        let third = tokens.len() / 3;
        let first = TimeSpan::new(tokens[0].span.start, tokens[third].span.start);
        let last = TimeSpan::new(tokens[tokens.len() - third].span.start, whole.end);
        let find = |matcher: &PhraseMatcher, window| -> Vec<PhraseHit> {
            let mut hits = matcher.find(call, scope, Some(self.speaker), &[window]);
            hits.retain(|hit| hit.sure);
            hits
        };
        // Bad words win where one place is both, such as "not happy" found as "happy" too.
        let sides = |window| {
            let bad = find(&self.negative, window);
            let mut good = find(&self.positive, window);
            good.retain(|hit| !bad.iter().any(|other| other.span.overlaps(hit.span)));
            (good, bad)
        };
        let ((early_good, early_bad), (late_good, late_bad)) = (sides(first), sides(last));
        let hits = early_good.len() + early_bad.len() + late_good.len() + late_bad.len();
        if hits == 0 {
            return not_applicable(format!("the {who} shows no mood in words"), format!("{who_zh}的话中没有情绪词"));
        }
        let before = mood(early_good.len(), early_bad.len());
        let after = mood(late_good.len(), late_bad.len());
        // A third without words of mood is neutral.
        let (start, end) = (before.unwrap_or(0.0), after.unwrap_or(0.0));
        let outcome = if end < start && end < 0.0 {
            if hits < LEAST_HITS || late_bad.len() < 2 { Outcome::Unsure } else { Outcome::Fail }
        } else if self.must_improve && end <= start && end <= 0.0 {
            if hits < LEAST_HITS { Outcome::Unsure } else { Outcome::Fail }
        } else {
            Outcome::Pass
        };
        let reason = Reason::new(
            format!(
                "the {who}'s mood goes from {start:+.1} to {end:+.1} (first third {} good, {} bad words; last third {}, {})",
                early_good.len(),
                early_bad.len(),
                late_good.len(),
                late_bad.len()
            ),
            format!(
                "{who_zh}情绪由 {start:+.1} 变为 {end:+.1}（前三分之一：正面 {} 处、负面 {} 处；后三分之一：正面 {} 处、负面 {} 处）",
                early_good.len(),
                early_bad.len(),
                late_good.len(),
                late_bad.len()
            ),
        );
        let mut evidence: Vec<_> =
            [&early_good, &early_bad, &late_good, &late_bad].into_iter().flatten().map(PhraseHit::evidence).collect();
        evidence.sort_by_key(|piece| piece.span);
        Finding::new(outcome, reason).with_evidence(evidence).searched(whole)
    }
}
