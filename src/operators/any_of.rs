//! `any_of`: several checks of which one is enough.

use super::several::{Several, none_applies, together};
use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome};
use crate::diagnostic::Node;
use schemars::JsonSchema;

pub(super) static OPERATOR: Operator =
    Operator { name: "any_of", page: include_str!("any_of.md"), schema: <Params as JsonSchema>::json_schema, build };

/// Checks of which one is enough; those that do not apply to a call are left out.
type Params = Vec<NestedCheck>;

#[derive(Debug)]
struct AnyOf(Several);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let items: Params = builder.params(node)?;
    Some(Box::new(AnyOf(Several::build(items, node, builder)?)))
}

impl Check for AnyOf {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let findings = self.0.applying(call, scope);
        if findings.is_empty() {
            return none_applies();
        }
        let with = |outcome: Outcome| findings.iter().filter(move |finding| finding.outcome == outcome);
        if with(Outcome::Pass).next().is_some() {
            return together(Outcome::Pass, with(Outcome::Pass));
        }
        if with(Outcome::Unsure).next().is_some() {
            return together(Outcome::Unsure, with(Outcome::Unsure));
        }
        let best = findings.iter().filter_map(|finding| finding.outcome.fraction()).fold(0.0, f32::max);
        let outcome = if best > 0.0 { Outcome::Partial(best) } else { Outcome::Fail };
        together(outcome, &findings)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.0.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.0.phrases()
    }
}
