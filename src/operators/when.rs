//! `when`: a check that counts only under a condition.

use super::several::together;
use super::{Builder, Check, Demand, NestedCheck, Operator, Scope};
use crate::call::{CallView, Finding, Outcome, Reason};
use crate::diagnostic::Node;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

pub(super) static OPERATOR: Operator =
    Operator { name: "when", page: include_str!("when.md"), schema: Params::json_schema, build };

/// A check that counts only where another is fulfilled; elsewhere it does not apply.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The condition: a check, or the id of a mark or criterion; fulfilled, also in part, or not.
    r#if: ConditionParameter,
    /// What counts where the condition is fulfilled.
    then: NestedCheck,
    /// What counts where it is not; without it the criterion then does not apply.
    #[serde(default)]
    r#else: Option<NestedCheck>,
}

/// A check, or the id of one.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct ConditionParameter(NestedCheck);

impl JsonSchema for ConditionParameter {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let check = NestedCheck::json_schema(generator);
        json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, check] })
    }
}

/// What decides whether a check counts.
#[derive(Debug)]
enum Condition {
    /// A check of its own.
    Check(Box<dyn Check>),
    /// What a mark or criterion with this id came to.
    Earlier(String),
}

#[derive(Debug)]
struct When {
    condition: Condition,
    then: Box<dyn Check>,
    otherwise: Option<Box<dyn Check>>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let NestedCheck(condition) = &params.r#if.0;
    let condition = match condition.text() {
        Some(id) => builder.reference(id, "if", node).map(|()| Condition::Earlier(id.to_owned())),
        None => builder.check(condition).map(Condition::Check),
    };
    let then = builder.check(&params.then.0);
    let otherwise = match params.r#else {
        Some(check) => Some(builder.check(&check.0)?),
        None => None,
    };
    Some(Box::new(When { condition: condition?, then: then?, otherwise }))
}

impl Condition {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        match self {
            Self::Check(check) => check.evaluate(call, scope),
            Self::Earlier(id) => scope.earlier.get(id.as_str()).cloned().unwrap_or_else(|| {
                let reason = Reason::new(format!("`{id}` was not looked for"), format!("未检查“{id}”"));
                Finding::new(Outcome::NotApplicable, reason)
            }),
        }
    }

    fn depends_on(&self) -> Vec<&str> {
        match self {
            Self::Check(check) => check.depends_on(),
            Self::Earlier(id) => vec![id],
        }
    }
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
