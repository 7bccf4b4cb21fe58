//! `metadata`: what the telephone system knows about the call.

use super::{Builder, Check, Operator, PhraseList, Scope};
use crate::call::{CallView, Evidence, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "metadata", page: include_str!("metadata.md"), schema: Params::json_schema, build };

/// What a column of `CALLS.csv` holds for this call. A call without that cell is not judged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Name of the column, such as `queue`, or one of your own.
    column: String,
    /// The cell is this, or one of these; upper and lower case do not matter.
    #[serde(default)]
    any_of: Option<PhraseList>,
    /// The cell is a number of at least this.
    #[serde(default)]
    at_least: Option<f64>,
    /// The cell is a number of at most this.
    #[serde(default)]
    at_most: Option<f64>,
    /// `true`: the cell must not be empty; an empty one gives no points.
    #[serde(default)]
    present: bool,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    if params.any_of.is_none() && params.at_least.is_none() && params.at_most.is_none() && !params.present {
        let message = "`metadata` without a condition";
        let help = "give `any_of`, `at_least`, `at_most` or `present: true`";
        builder.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span.clone(), message).help(help));
        return None;
    }
    Some(Box::new(params))
}

impl Params {
    /// Whether `cell` fulfils every condition; nothing where a number is wanted and it holds none.
    fn fulfilled(&self, cell: &str) -> Option<bool> {
        let listed = self.any_of.as_ref().is_none_or(|wanted| {
            wanted.0.iter().any(|wanted| wanted.trim().to_lowercase() == cell.trim().to_lowercase())
        });
        if self.at_least.is_none() && self.at_most.is_none() {
            return Some(listed);
        }
        let number: f64 = cell.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        let large = self.at_least.is_none_or(|least| number >= least);
        let small = self.at_most.is_none_or(|most| number <= most);
        Some(listed && large && small)
    }

    fn wanted(&self) -> (String, String) {
        let mut wanted = (Vec::new(), Vec::new());
        if let Some(list) = &self.any_of {
            wanted.0.push(format!("one of {}", list.0.join(", ")));
            wanted.1.push(format!("应为 {} 之一", list.0.join("、")));
        }
        if let Some(least) = self.at_least {
            wanted.0.push(format!("at least {least}"));
            wanted.1.push(format!("至少 {least}"));
        }
        if let Some(most) = self.at_most {
            wanted.0.push(format!("at most {most}"));
            wanted.1.push(format!("不应超过 {most}"));
        }
        if wanted.0.is_empty() {
            return ("filled in".to_owned(), "应填写".to_owned());
        }
        (wanted.0.join(", "), wanted.1.join(","))
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        let column = &self.column;
        let (wanted, wanted_zh) = self.wanted();
        let Some(cell) = call.metadata.get(column) else {
            let outcome = if self.present { Outcome::Fail } else { Outcome::NotApplicable };
            let reason = Reason::new(
                format!("`{column}` is empty for this call, expected {wanted}"),
                format!("此通话没有“{column}”，{wanted_zh}"),
            );
            return Finding::new(outcome, reason).searched(call.whole());
        };
        let outcome = match self.fulfilled(cell) {
            Some(true) => Outcome::Pass,
            Some(false) => Outcome::Fail,
            None => Outcome::Unsure,
        };
        let reason = Reason::new(
            format!("`{column}` is {cell}, expected {wanted}"),
            format!("“{column}”为 {cell}，{wanted_zh}"),
        );
        let evidence = Evidence {
            speaker: Speaker::Unknown,
            span: TimeSpan::new(Ms(0), Ms(0)),
            quote: cell.to_owned(),
            matched: column.clone(),
            similarity: 1.0,
            probability: 1.0,
        };
        Finding::new(outcome, reason).with_evidence(vec![evidence])
    }
}
