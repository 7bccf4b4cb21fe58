//! `all_of`: several checks that must all be fulfilled.

use super::several::{Several, none_applies, together};
use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome};
use crate::diagnostic::Node;
use schemars::JsonSchema;

pub(super) static OPERATOR: Operator =
    Operator { name: "all_of", page: include_str!("all_of.md"), schema: <Params as JsonSchema>::json_schema, build };

/// Checks that must all be fulfilled; those that do not apply to a call are left out.
type Params = Vec<NestedCheck>;

#[derive(Debug)]
struct AllOf(Several);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let items: Params = builder.params(node)?;
    Some(Box::new(AllOf(Several::build(items, node, builder)?)))
}

impl Check for AllOf {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let findings = self.0.applying(call, scope);
        let Some(worst) = findings.iter().map(|finding| finding.outcome).reduce(super::scale::worse) else {
            return none_applies();
        };
        match worst {
            // Only what keeps it from passing is the reason.
            Outcome::Pass => together(worst, &findings),
            Outcome::Fail | Outcome::Unsure => {
                together(worst, findings.iter().filter(|finding| finding.outcome == worst))
            }
            _ => together(worst, findings.iter().filter(|finding| finding.outcome != Outcome::Pass)),
        }
    }

    fn depends_on(&self) -> Vec<&str> {
        self.0.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.0.phrases()
    }
}
