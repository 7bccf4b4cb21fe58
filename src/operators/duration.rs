//! `duration`: how long a call is.

use super::scale::{en, zh};
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Finding, Outcome, Reason};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "duration", page: include_str!("duration.md"), schema: Params::json_schema, build };

/// What is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Basis {
    /// The whole recording.
    #[default]
    Call,
    /// The time in which anybody talks.
    Talk,
}

/// How long a call may and must be. At least one of the two limits must be given.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Shortest length that passes.
    at_least: Option<Length>,
    /// Longest length that passes.
    at_most: Option<Length>,
    /// `call` (the default): the whole recording. `talk`: the time in which anybody talks.
    basis: Basis,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    if params.at_least.is_none() && params.at_most.is_none() {
        let message = "`duration` without a limit";
        let help = "give `at_least`, `at_most` or both";
        builder.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span.clone(), message).help(help));
        return None;
    }
    Some(Box::new(params))
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        let (length, what, what_zh) = match self.basis {
            Basis::Call => (call.sound.duration, "the call lasts", "通话时长"),
            Basis::Talk => (call.measures.talk, "there is talk for", "讲话时长"),
        };
        let long_enough = self.at_least.is_none_or(|least| length >= least.ms());
        let short_enough = self.at_most.is_none_or(|most| length <= most.ms());
        let mut reason = Reason::new(format!("{what} {}", en(length)), format!("{what_zh} {}", zh(length)));
        if let Some(least) = self.at_least {
            reason.en.push_str(&format!(", at least {}", en(least.ms())));
            reason.zh.push_str(&format!("，至少 {}", zh(least.ms())));
        }
        if let Some(most) = self.at_most {
            reason.en.push_str(&format!(", at most {}", en(most.ms())));
            reason.zh.push_str(&format!("，不应超过 {}", zh(most.ms())));
        }
        let outcome = if long_enough && short_enough { Outcome::Pass } else { Outcome::Fail };
        Finding::new(outcome, reason).searched(call.whole())
    }
}
