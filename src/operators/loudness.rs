//! `loudness`: how loud one side speaks: shouting, mumbling, speaking up when asked.

use super::scale::{count, sides_unknown, worse};
use super::waits::talk_evidence;
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Evidence, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "loudness", page: include_str!("loudness.md"), schema: Params::json_schema, build };

/// How loud one side speaks. At least one of the limits must be given; the worst of them decides.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose voice: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// No stretch of talk may be so many dB louder than the speaker's own middle level: shouting. 10 is a good start.
    #[schemars(range(min = 0.0, max = 60.0))]
    max_rise: Option<f64>,
    /// The speaker's middle level must be at least this, in dBFS (0 is full scale): mumbling. -45 is a good start.
    #[schemars(range(min = -100.0, max = 0.0))]
    min_level: Option<f64>,
    /// The speaker may be at most so many dB softer than the other side.
    #[schemars(range(min = 0.0, max = 60.0))]
    max_below_other: Option<f64>,
    /// After a hit of this criterion or mark the speaker must be louder than before it by `rises_by`.
    rises_after: Option<String>,
    /// How many dB louder (default 2).
    #[schemars(range(min = 0.0, max = 40.0))]
    rises_by: f64,
    /// How much talk after the hit is compared (default 20 s).
    span: Length,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            speaker: Speaker::Agent,
            max_rise: None,
            min_level: None,
            max_below_other: None,
            rises_after: None,
            rises_by: 2.0,
            span: Length::seconds(20),
        }
    }
}

/// Shouting lasts at least this long; a shorter peak is a cough or a slammed door.
const LEAST_SHOUT: Ms = Ms(1500);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let limits = [params.max_rise, params.min_level, params.max_below_other];
    if limits.iter().all(Option::is_none) && params.rises_after.is_none() {
        let message = "`loudness` without a limit";
        let help = "give `max_rise`, `min_level`, `max_below_other` or `rises_after`";
        builder.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span.clone(), message).help(help));
        return None;
    }
    if let Some(id) = &params.rises_after {
        builder.reference(id, "rises_after", node)?;
    }
    Some(Box::new(params))
}

/// A judgement with its words.
struct Judgement {
    outcome: Outcome,
    reason: Reason,
    evidence: Vec<Evidence>,
}

impl Params {
    fn shouting(&self, call: &CallView<'_>, own: f64, most: f64) -> Judgement {
        let loud: Vec<(TimeSpan, f64)> = call
            .stretches()
            .into_iter()
            .filter(|stretch| stretch.speaker == self.speaker && stretch.span.length() >= LEAST_SHOUT)
            .filter_map(|stretch| Some((stretch.span, call.loudness(self.speaker, stretch.span)? - own)))
            .filter(|(_, rise)| *rise > most)
            .collect();
        let highest = loud.iter().map(|(_, rise)| *rise).fold(0.0, f64::max);
        let evidence = loud.iter().map(|(span, _)| talk_evidence(call, self.speaker, *span, "loudness")).collect();
        if loud.is_empty() {
            return Judgement {
                outcome: Outcome::Pass,
                reason: Reason::new(
                    format!("never more than {most} dB above the own middle level"),
                    format!("音量未高出自身平均 {most} 分贝以上"),
                ),
                evidence,
            };
        }
        Judgement {
            outcome: Outcome::Fail,
            reason: Reason::new(
                format!("{} louder than usual by up to {highest:.0} dB, at most {most} dB", count(loud.len(), "piece")),
                format!("{} 段声音过大，最高高出平时 {highest:.0} 分贝，不应超过 {most} 分贝", loud.len()),
            ),
            evidence,
        }
    }

    fn rise(&self, call: &CallView<'_>, scope: &Scope<'_>, id: &str) -> Judgement {
        let none =
            |outcome, en: String, zh: String| Judgement { outcome, reason: Reason::new(en, zh), evidence: Vec::new() };
        let Some(hit) = scope.hits(id).into_iter().next() else {
            return none(
                Outcome::NotApplicable,
                format!("`{id}` is not found in this call"),
                format!("通话中未出现“{id}”"),
            );
        };
        let after = TimeSpan::new(hit.end, hit.end + self.span.ms());
        let before = call.loudness(self.speaker, TimeSpan::new(Ms(0), hit.start));
        let (Some(before), Some(now)) = (before, call.loudness(self.speaker, after)) else {
            return none(
                Outcome::Unsure,
                "too little talk before or after to compare".to_owned(),
                "前后讲话太少，无法比较音量".to_owned(),
            );
        };
        let (rise, least) = (now - before, self.rises_by);
        Judgement {
            outcome: if rise >= least { Outcome::Pass } else { Outcome::Fail },
            reason: Reason::new(
                format!("{rise:+.0} dB after `{id}`, at least +{least} dB"),
                format!("“{id}”之后音量变化 {rise:+.0} 分贝，至少应提高 {least} 分贝"),
            ),
            evidence: vec![talk_evidence(call, self.speaker, after, "loudness")],
        }
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        if !call.roles.are_known() {
            return sides_unknown();
        }
        let (own, other) = match self.speaker {
            Speaker::Customer => (call.measures.customer_loudness, call.measures.agent_loudness),
            _ => (call.measures.agent_loudness, call.measures.customer_loudness),
        };
        let Some(own) = own else {
            let reason = if call.speech(self.speaker).is_empty() {
                Reason::new("this side does not speak", "该方没有说话")
            } else {
                Reason::new("nothing tells how loud this side speaks", "没有该方的音量数据")
            };
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let mut judgements: Vec<Judgement> = Vec::new();
        if let Some(most) = self.max_rise {
            judgements.push(self.shouting(call, own, most));
        }
        if let Some(least) = self.min_level {
            judgements.push(Judgement {
                outcome: if own >= least { Outcome::Pass } else { Outcome::Fail },
                reason: Reason::new(
                    format!("middle level {own:.0} dBFS, at least {least} dBFS"),
                    format!("平均音量 {own:.0} dBFS，至少应为 {least} dBFS"),
                ),
                evidence: Vec::new(),
            });
        }
        if let (Some(most), Some(other)) = (self.max_below_other, other) {
            let below = other - own;
            judgements.push(Judgement {
                outcome: if below <= most { Outcome::Pass } else { Outcome::Fail },
                reason: Reason::new(
                    format!("{below:.0} dB softer than the other side, at most {most} dB"),
                    format!("比对方低 {below:.0} 分贝，不应超过 {most} 分贝"),
                ),
                evidence: Vec::new(),
            });
        }
        if let Some(id) = &self.rises_after {
            judgements.push(self.rise(call, scope, id));
        }
        let outcome = judgements.iter().map(|one| one.outcome).reduce(worse).unwrap_or(Outcome::NotApplicable);
        let words = |zh: bool| {
            let reasons = judgements.iter().map(|one| if zh { one.reason.zh.as_str() } else { one.reason.en.as_str() });
            reasons.collect::<Vec<_>>().join(if zh { "；" } else { "; " })
        };
        let reason = Reason::new(words(false), words(true));
        let evidence = judgements.into_iter().flat_map(|one| one.evidence).collect();
        Finding::new(outcome, reason).with_evidence(evidence).searched(call.whole())
    }

    fn depends_on(&self) -> Vec<&str> {
        self.rises_after.iter().map(String::as_str).collect()
    }
}
