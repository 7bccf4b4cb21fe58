//! `response_delay`: how long the other side waits for an answer.

use super::scale::{at_most, en, marks, sides_unknown, zh};
use super::waits::silence_evidence;
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "response_delay", page: include_str!("response_delay.md"), schema: Params::json_schema, build };

/// Which of the answers is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Which {
    /// The middle one.
    #[default]
    Median,
    /// The slowest one.
    Longest,
}

/// How soon an answer comes: from the end of the other side's talk to the first sound of the answer.
///
/// # Source
/// Answers come within 3 s: the training texts. Between people the usual gap is about 0.2 s (Stivers et al. 2009).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose answers: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// Full points up to here (default 3 s, or `fail` where only that is given).
    warn: Option<Length>,
    /// No points from here on (default 6 s, or `warn` where only that is given).
    fail: Option<Length>,
    /// `median` (the default): the usual answer. `longest`: each answer counts.
    measure: Which,
}

impl Default for Params {
    fn default() -> Self {
        Self { speaker: Speaker::Agent, warn: None, fail: None, measure: Which::default() }
    }
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    Some(Box::new(builder.params::<Params>(node)?))
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if !call.roles.are_known() {
            return sides_unknown();
        }
        let answers = call.answers(self.speaker);
        let mut delays: Vec<Ms> = answers.iter().map(|gap| gap.length()).collect();
        delays.sort();
        let judged = match self.measure {
            Which::Median => delays.get(delays.len().saturating_sub(1) / 2),
            Which::Longest => delays.last(),
        };
        let (who, who_zh) =
            if self.speaker == Speaker::Customer { ("customer", "客户") } else { ("agent", "客服") };
        let Some(judged) = judged.copied() else {
            let reason = Reason::new(format!("the {who} has nothing to answer"), format!("{who_zh}没有需要回应的话"));
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let (warn, fail) = marks(self.warn, self.fail, (Length::seconds(3), Length::seconds(6)));
        let slow: Vec<TimeSpan> = answers.into_iter().filter(|gap| gap.length() > warn).collect();
        let (which, which_zh) = match self.measure {
            Which::Median => ("usually answers", "通常"),
            Which::Longest => ("answers at the latest", "最慢"),
        };
        let reason = Reason::new(
            format!("the {who} {which} after {}, at most {}; {} slower", en(judged), en(warn), slow.len()),
            format!("{who_zh}{which_zh}在 {}后回应，不应超过 {}；超时 {} 次", zh(judged), zh(warn), slow.len()),
        );
        let evidence = slow.into_iter().map(|gap| silence_evidence(self.speaker, gap, "response_delay"));
        Finding::new(at_most(judged.0 as f64, warn.0 as f64, fail.0 as f64), reason)
            .with_evidence(evidence.collect())
            .searched(call.whole())
    }
}
