//! `when`: a check that counts only under a condition.

use super::several::together;
use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome, Reason};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "when", page: include_str!("when.md"), schema: Params::json_schema, build };

/// A check that counts only where another is fulfilled; elsewhere it does not apply.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The condition; fulfilled, also in part, or not.
    r#if: NestedCheck,
    /// What counts where the condition is fulfilled.
    then: NestedCheck,
    /// What counts where it is not; without it the criterion then does not apply.
    #[serde(default)]
    r#else: Option<NestedCheck>,
}

#[derive(Debug)]
struct When {
    condition: Box<dyn Check>,
    then: Box<dyn Check>,
    otherwise: Option<Box<dyn Check>>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let condition = builder.nested(&params.r#if);
    let then = builder.nested(&params.then);
    let otherwise = match params.r#else {
        Some(check) => Some(builder.nested(&check)?),
        None => None,
    };
    Some(Box::new(When { condition: condition?, then: then?, otherwise }))
}

impl When {
    /// What counts under the condition, or without it.
    fn parts(&self) -> impl Iterator<Item = &dyn Check> {
        std::iter::once(&self.then).chain(&self.otherwise).map(|check| check.as_ref())
    }
}

impl Check for When {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let condition = self.condition.evaluate(call, scope);
        match (condition.outcome, &self.otherwise) {
            (Outcome::Pass | Outcome::Partial(_), _) => self.then.evaluate(call, scope),
            (Outcome::Unsure, otherwise) => {
                // Where it comes out well either way, the doubt does not matter.
                let then = self.then.evaluate(call, scope);
                let elsewhere = otherwise.as_ref().map(|check| check.evaluate(call, scope).outcome);
                let well = |outcome| matches!(outcome, Outcome::Pass | Outcome::NotApplicable);
                if then.outcome == Outcome::Pass && elsewhere.is_none_or(well) {
                    return then;
                }
                together(Outcome::Unsure, [&condition])
            }
            (Outcome::Fail | Outcome::NotApplicable, Some(otherwise)) => otherwise.evaluate(call, scope),
            (Outcome::Fail | Outcome::NotApplicable, None) => {
                let because = &condition.reason;
                let reason = Reason::new(
                    format!("the condition is not met: {}", because.en),
                    format!("条件不成立：{}", because.zh),
                );
                Finding { searched: condition.searched, ..Finding::new(Outcome::NotApplicable, reason) }
            }
        }
    }

    fn depends_on(&self) -> Vec<&str> {
        self.condition.depends_on().into_iter().chain(self.parts().flat_map(Check::depends_on)).collect()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        // A condition demands nothing.
        self.parts().flat_map(Check::phrases).collect()
    }
}
