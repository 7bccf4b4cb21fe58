//! `at_least`: several checks of which a number must be fulfilled.

use super::several::{Several, none_applies, together};
use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome};
use crate::diagnostic::{Code, Node};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "at_least", page: include_str!("at_least.md"), schema: Params::json_schema, build };

/// So many of several checks must be fulfilled. Fewer give points in proportion.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// How many must be fulfilled. Where fewer apply to a call, all of those.
    #[schemars(range(min = 1))]
    n: u32,
    /// The checks; those that do not apply to a call are left out.
    of: Vec<NestedCheck>,
}

#[derive(Debug)]
struct AtLeast(Several, usize);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let count = params.of.len();
    let checks = Several::build(params.of, node.get("of").unwrap_or(node), builder)?;
    let n = params.n as usize;
    if n == 0 || n > count {
        let place = node.get("n").unwrap_or(node);
        builder.mistake(Code::ContradictoryLimits, place, format!("{n} of {count} checks, expected 1 to {count}"));
        return None;
    }
    Some(Box::new(AtLeast(checks, n)))
}

impl Check for AtLeast {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let findings = self.0.applying(call, scope);
        if findings.is_empty() {
            return none_applies();
        }
        let wanted = self.1.min(findings.len());
        let with = |outcome: Outcome| findings.iter().filter(move |finding| finding.outcome == outcome);
        let passed = with(Outcome::Pass).count();
        let outcome = if passed >= wanted {
            Outcome::Pass
        } else if passed + with(Outcome::Unsure).count() >= wanted {
            Outcome::Unsure
        } else if passed == 0 {
            Outcome::Fail
        } else {
            Outcome::Partial(passed as f32 / wanted as f32)
        };
        let mut finding = match outcome {
            Outcome::Pass => together(outcome, with(Outcome::Pass)),
            _ => together(outcome, &findings),
        };
        finding.reason.en =
            format!("{passed} of {} fulfilled, at least {wanted}: {}", findings.len(), finding.reason.en);
        finding.reason.zh =
            format!("{} 项中满足 {passed} 项，至少需要 {wanted} 项：{}", findings.len(), finding.reason.zh);
        finding
    }

    fn depends_on(&self) -> Vec<&str> {
        self.0.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.0.phrases()
    }
}
