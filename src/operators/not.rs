//! `not`: a check that must not be fulfilled.

use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome};
use crate::diagnostic::Node;
use schemars::JsonSchema;

pub(super) static OPERATOR: Operator =
    Operator { name: "not", page: include_str!("not.md"), schema: <Params as JsonSchema>::json_schema, build };

/// A check that must not be fulfilled.
type Params = NestedCheck;

#[derive(Debug)]
struct Not(Box<dyn Check>);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    Some(Box::new(Not(builder.nested(&params)?)))
}

impl Check for Not {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let mut finding = self.0.evaluate(call, scope);
        finding.outcome = match finding.outcome {
            Outcome::Pass => Outcome::Fail,
            Outcome::Fail => Outcome::Pass,
            Outcome::Partial(fraction) => Outcome::Partial(1.0 - fraction),
            unchanged @ (Outcome::NotApplicable | Outcome::Unsure) => unchanged,
        };
        finding
    }

    fn depends_on(&self) -> Vec<&str> {
        self.0.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        let phrases = self.0.phrases().into_iter();
        phrases.map(|demand| Demand { forbidden: !demand.forbidden, ..demand }).collect()
    }
}
