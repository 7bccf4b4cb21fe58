//! `talk_share`: one side's part of the talk.

use super::scale::{Share, at_least, at_most, sides_unknown, worse};
use super::{Builder, Check, Operator, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "talk_share", page: include_str!("talk_share.md"), schema: Params::json_schema, build };

/// What the share is a part of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Basis {
    /// The speech of both sides.
    #[default]
    Speech,
    /// The whole recording.
    Call,
}

/// How much of the talk may be one side's.
///
/// # Source
/// A share of 30 % for the agent is the aim of the training texts (the customer speaks seven parts, the agent three);
/// 43 % is the mean of successful sales calls in a published survey (Gong Labs).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose share: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// The share to aim at; named in the reason (default 30 %).
    target: Share,
    /// Full points up to here (default 40 %, or `fail` where only that is given).
    warn: Option<Share>,
    /// No points from here on (default 55 %, or `warn` where only that is given).
    fail: Option<Share>,
    /// No points below this share; without it, little talk is no fault.
    least: Option<Share>,
    /// `speech` (the default): of both sides' speech. `call`: of the whole recording.
    basis: Basis,
}

impl Default for Params {
    fn default() -> Self {
        let basis = Basis::default();
        Self { speaker: Speaker::Agent, target: Share(0.30), warn: None, fail: None, least: None, basis }
    }
}

/// A side that talks less than this has not really been there.
const LEAST_TALK: Ms = Ms(1000);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let (warn, _) = params.marks();
    if let (Some(least), None, None) = (params.least, params.warn, params.fail) {
        builder.in_order(node, ("least", least), ("warn", Share(warn)));
    }
    Some(Box::new(params))
}

impl Params {
    /// The shares up to which there are full points, and from which there are none.
    fn marks(&self) -> (f64, f64) {
        match (self.warn, self.fail) {
            (None, None) => (0.40, 0.55),
            (Some(only), None) | (None, Some(only)) => (only.0, only.0),
            (Some(warn), Some(fail)) => (warn.0, fail.0),
        }
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        let measures = &call.measures;
        let (Some(agent), Some(customer)) = (measures.agent_talk, measures.customer_talk) else {
            return sides_unknown();
        };
        if agent.min(customer) < LEAST_TALK {
            let reason = Reason::new("only one side talks in this call", "只有一方在说话");
            return Finding::new(Outcome::NotApplicable, reason);
        }
        let talk = if self.speaker == Speaker::Customer { customer } else { agent };
        let whole = if self.basis == Basis::Call { call.sound.duration } else { agent + customer };
        let share: Share = Share(talk.0 as f64 / whole.0.max(1) as f64);
        let (warn, fail) = self.marks();
        let mut outcome = at_most(share.0, warn, fail);
        if let Some(least) = self.least {
            outcome = worse(outcome, at_least(share.0, least.0, least.0));
        }
        let (who, who_zh) =
            if self.speaker == Speaker::Customer { ("customer", "客户") } else { ("agent", "客服") };
        let (of, of_zh) = if self.basis == Basis::Call { ("call", "通话时长") } else { ("talk", "双方讲话") };
        let (most, target): (Share, _) = (Share(warn), self.target);
        let (mut en, mut zh) = (
            format!("the {who} spoke {share} of the {of}, at most {most} (aim {target})"),
            format!("{who_zh}讲话占{of_zh}的 {share}，不应超过 {most}（目标 {target}）"),
        );
        if let Some(least) = self.least {
            en.push_str(&format!(", at least {least}"));
            zh.push_str(&format!("，至少 {least}"));
        }
        Finding::new(outcome, Reason::new(en, zh)).searched(call.whole())
    }
}
