//! `hangup_delay`: how long the line stays open after the last word.

use super::scale::{at_least, at_most, en, marks, worse, zh};
use super::waits::silence_evidence;
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "hangup_delay", page: include_str!("hangup_delay.md"), schema: Params::json_schema, build };

/// How long the recording goes on after the last word.
///
/// # Source
/// 5 s: Alibaba 智能对话分析 (late hang-up).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Full points up to here (default 5 s, or `fail` where only that is given).
    warn: Option<Length>,
    /// No points from here on (default 10 s, or `warn` where only that is given).
    fail: Option<Length>,
    /// No points below this: hanging up at once is rude. Without it, no hang-up is too early.
    least: Option<Length>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let (warn, _) = params.marks();
    if let (Some(least), None, None) = (params.least, params.warn, params.fail) {
        builder.in_order(node, ("least", least), ("warn", Length(warn)));
    }
    Some(Box::new(params))
}

impl Params {
    fn marks(&self) -> (Ms, Ms) {
        marks(self.warn, self.fail, (Length::seconds(5), Length::seconds(10)))
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if call.measures.talk == Ms(0) {
            let reason = Reason::new("nobody speaks in this recording", "录音中没有人说话");
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        }
        let delay = call.measures.trailing_silence;
        let (warn, fail) = self.marks();
        let mut outcome = at_most(delay.0 as f64, warn.0 as f64, fail.0 as f64);
        let mut reason = Reason::new(
            format!("the line stays open for {} after the last word, at most {}", en(delay), en(warn)),
            format!("最后一句话后 {} 才挂机，不应超过 {}", zh(delay), zh(warn)),
        );
        if let Some(least) = self.least.map(Length::ms) {
            outcome = worse(outcome, at_least(delay.0 as f64, least.0 as f64, least.0 as f64));
            reason.en.push_str(&format!(", at least {}", en(least)));
            reason.zh.push_str(&format!("，至少 {}", zh(least)));
        }
        let after = TimeSpan::new(call.sound.duration - delay, call.sound.duration);
        let side = if call.roles.are_known() { Speaker::Agent } else { Speaker::Unknown };
        Finding::new(outcome, reason).with_evidence(vec![silence_evidence(side, after, "hangup_delay")])
    }
}
