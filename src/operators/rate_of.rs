//! `rate_of`: how often words of a kind are said, for a minute of talk or a hundred words.

use super::{Builder, Check, Operator, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope, absence, hull};
use super::{Hearing, hearing, intersect};
use crate::call::{CallView, Evidence, Finding, Ms, Outcome, Reason};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// How often words of a kind are said.
pub(super) static OPERATOR: Operator = Operator {
    name: "rate_of",
    page: include_str!("rate_of.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when the rate is at `target` or better.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// The words that are counted.
    any_of: PhraseList,
    /// What the count is divided by; a minute of that speaker's own talk, where it is left out.
    #[serde(default)]
    per: Per,
    /// The rate that earns all points.
    #[schemars(range(min = 0))]
    target: f64,
    /// The rate that earns half of them.
    #[serde(default)]
    #[schemars(range(min = 0))]
    warn: Option<f64>,
    /// The rate that earns none; `target` itself, where it is left out. Above `target` it makes fewer words better.
    #[serde(default)]
    #[schemars(range(min = 0))]
    fail: Option<f64>,
}

/// What a count is divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
enum Per {
    /// A minute of the speaker's own talk.
    #[default]
    #[serde(rename = "minute")]
    Minute,
    /// A hundred words (Chinese characters) of the speaker.
    #[serde(rename = "100_words")]
    HundredWords,
}

#[derive(Debug)]
struct RateOf {
    place: Place,
    matcher: PhraseMatcher,
    per: Per,
    scale: Scale,
}

/// How a rate earns points: all at `target`, half at `warn`, none at `fail`, in proportion between.
#[derive(Debug, Clone, Copy)]
struct Scale {
    target: f64,
    warn: Option<f64>,
    fail: f64,
}

/// Less talk than this says nothing about a rate.
const LEAST_TALK: Ms = Ms(5_000);
/// Fewer words than this say nothing about a rate.
const LEAST_WORDS: usize = 10;

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, options, any_of, per, target, warn, fail } = builder.params(node)?;
    let sound = place.check(node, builder);
    let scale = Scale { target, warn, fail: fail.unwrap_or(target) };
    let (low, high) = (target.min(scale.fail), target.max(scale.fail));
    if let Some(warn) = warn.filter(|warn| !(low..=high).contains(warn)) {
        let message = format!("`warn: {warn}` does not lie between `target` and `fail`");
        let span = node.get("warn").unwrap_or(node).span.clone();
        builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, span, message));
        return None;
    }
    let less_is_better = scale.fail > scale.target;
    let matcher = PhraseMatcher::build(&any_of, &options, less_is_better, node.get("any_of").unwrap_or(node), builder)?;
    sound?;
    Some(Box::new(RateOf { place, matcher, per, scale }))
}

impl Scale {
    /// The part of the points that `rate` earns, 0..=1.
    fn fraction(self, rate: f64) -> f32 {
        // Mirrored where fewer is better, so that more is always better below.
        let sign = if self.fail > self.target { -1.0 } else { 1.0 };
        let (rate, target, fail) = (rate * sign, self.target * sign, self.fail * sign);
        if rate >= target {
            return 1.0;
        }
        if rate <= fail {
            return 0.0;
        }
        let share = |from: f64, to: f64| if to > from { (rate - from) / (to - from) } else { 1.0 };
        let fraction = match self.warn.map(|warn| warn * sign) {
            Some(warn) if rate >= warn => 0.5 + 0.5 * share(warn, target),
            Some(warn) => 0.5 * share(fail, warn),
            None => share(fail, target),
        };
        fraction as f32
    }
}

impl Check for RateOf {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (track, told_apart) = self.place.speaker.track(call);
        let sides = call.tracks.iter().filter(|side| track.is_none_or(|track| track == side.speaker));
        let (mut talk, mut words) = (Ms(0), 0);
        for side in sides {
            talk = talk + intersect(&call.speech(side.speaker), &windows).iter().map(|span| span.length()).sum();
            let inside = |time: Ms| windows.iter().any(|window| window.contains(time));
            words += side.tokens.iter().filter(|token| inside(token.span.start)).count();
        }
        let (en, zh) = self.place.speaker.words();
        let searched = hull(&windows, call);
        if talk < LEAST_TALK || words < LEAST_WORDS {
            // Talk without words is not little talk: recognition lost it.
            if hearing(call, track, &windows) == Hearing::WordsLost {
                let reason = Reason::new("the talk was not recognised", "语音未能识别");
                return Finding::new(Outcome::Unsure, reason).searched(searched);
            }
            let reason = Reason::new(format!("{en} says too little for a rate"), format!("{zh}说话太少，无法计算频率"));
            return Finding::new(Outcome::NotApplicable, reason).searched(searched);
        }
        let hits = self.matcher.find(call, scope, track, &windows);
        let unit = match self.per {
            Per::Minute => talk.seconds() / 60.0,
            Per::HundredWords => words as f64 / 100.0,
        };
        let rate = |count: usize| count as f64 / unit;
        let (sure, possible) = (hits.iter().filter(|hit| hit.sure).count(), hits.len());
        let evidence: Vec<Evidence> = hits.iter().filter(|hit| hit.sure).map(|hit| hit.evidence()).collect();
        let (per_en, per_zh) = match self.per {
            Per::Minute => ("a minute", "每分钟"),
            Per::HundredWords => ("in 100 words", "每百字"),
        };
        let target = self.scale.target;
        let reason = Reason::new(
            format!("{:.1} {per_en} ({sure} in all), the target is {target}", rate(sure)),
            format!("{per_zh} {:.1} 次（共 {sure} 次），目标 {target}", rate(sure)),
        );
        let (certain, other) = (self.scale.fraction(rate(sure)), self.scale.fraction(rate(possible)));
        if !told_apart {
            let reason = Reason::new(
                format!("{}; agent and customer are not told apart", reason.en),
                format!("{}；无法区分客服与客户", reason.zh),
            );
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        if certain >= 1.0 && other >= 1.0 {
            return Finding::new(Outcome::Pass, reason).with_evidence(evidence).searched(searched);
        }
        // Borderline places alone must not cost points.
        let fraction = certain.max(other);
        if fraction >= 1.0 {
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        let missed = absence(call, self.place.speaker(), &windows, reason);
        let outcome = match missed.outcome {
            Outcome::Fail if fraction > 0.0 => Outcome::Partial(fraction),
            outcome => outcome,
        };
        Finding { outcome, ..missed }.with_evidence(evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::trial::{judge, mistake};
    use serde_json::json;

    #[test]
    fn points_change_in_proportion_both_ways() {
        let more = Scale { target: 4.0, warn: Some(2.0), fail: 0.0 };
        assert_eq!([5.0, 4.0, 3.0, 2.0, 1.0, 0.0].map(|rate| more.fraction(rate)), [1.0, 1.0, 0.75, 0.5, 0.25, 0.0]);
        let fewer = Scale { target: 2.0, warn: None, fail: 6.0 };
        assert_eq!([0.0, 2.0, 4.0, 6.0, 9.0].map(|rate| fewer.fraction(rate)), [1.0, 1.0, 0.5, 0.0, 0.0]);
        let step = Scale { target: 3.0, warn: None, fail: 3.0 };
        assert_eq!([2.9, 3.0].map(|rate| step.fraction(rate)), [0.0, 1.0]);
    }

    #[test]
    fn little_talk_says_nothing_about_a_rate() {
        let parameters = json!({ "speaker": "agent", "any_of": ["谢谢"], "target": 2 });
        assert_eq!(judge("rate_of", parameters.clone(), "agent 0s-2s: 好的。"), Outcome::NotApplicable);
        assert_eq!(judge("rate_of", parameters, "agent 0s-30s: 好的。"), Outcome::Unsure, "speech without words");
        let between = mistake("rate_of", json!({ "any_of": ["谢谢"], "target": 4, "warn": 9, "fail": 1 }));
        assert!(between.contains("does not lie between"), "{between}");
    }
}
