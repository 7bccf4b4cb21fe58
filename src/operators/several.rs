//! Several checks as one: what `all_of`, `any_of`, `at_least`, `not` and `when` share.
//!
//! Takes checks inside a check, gives their findings together: evidence in order of time, reasons joined.

use super::{Builder, Check, Demand, NestedCheck, Scope};
use crate::call::{CallView, Evidence, Finding, Outcome, Reason, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};

/// Checks in the order of the rubric; at least one.
#[derive(Debug)]
pub struct Several(pub Vec<Box<dyn Check>>);

impl Several {
    /// Builds every item of a list of checks; all their mistakes are reported.
    pub fn build(items: Vec<NestedCheck>, node: &Node, builder: &mut Builder<'_>) -> Option<Several> {
        if items.is_empty() {
            let message = "expected at least one check, found an empty list";
            builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, node.span.clone(), message));
            return None;
        }
        let built: Vec<Option<Box<dyn Check>>> = items.iter().map(|item| builder.nested(item)).collect();
        built.into_iter().collect::<Option<Vec<_>>>().map(Several)
    }

    /// The findings of those that apply to this call.
    pub fn applying(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.0.iter().map(|check| check.evaluate(call, scope)).collect();
        findings.retain(|finding| finding.outcome != Outcome::NotApplicable);
        findings
    }

    /// See [`Check::depends_on`].
    pub fn depends_on(&self) -> Vec<&str> {
        self.0.iter().flat_map(|check| check.depends_on()).collect()
    }

    /// See [`Check::phrases`].
    pub fn phrases(&self) -> Vec<Demand<'_>> {
        self.0.iter().flat_map(|check| check.phrases()).collect()
    }
}

/// The finding where none of several checks applies.
pub fn none_applies() -> Finding {
    Finding::new(Outcome::NotApplicable, Reason::new("none of the conditions applies", "各项条件均不适用"))
}

/// One finding from those of `findings` that decide: their reasons, their evidence, and all that was searched.
pub fn together<'a>(outcome: Outcome, findings: impl IntoIterator<Item = &'a Finding>) -> Finding {
    let findings: Vec<&Finding> = findings.into_iter().collect();
    let mut reasons: Vec<&Reason> = Vec::new();
    for finding in &findings {
        if !reasons.contains(&&finding.reason) {
            reasons.push(&finding.reason);
        }
    }
    let join = |text: fn(&Reason) -> &str, between: &str| {
        reasons.iter().map(|reason| text(reason)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
    };
    let reason = Reason::new(join(|reason| &reason.en, "; "), join(|reason| &reason.zh, "；"));
    let mut evidence: Vec<Evidence> = Vec::new();
    for piece in findings.iter().flat_map(|finding| &finding.evidence) {
        if !evidence.contains(piece) {
            evidence.push(piece.clone());
        }
    }
    evidence.sort_by_key(|piece| piece.span);
    let searched = findings.iter().filter_map(|finding| finding.searched).reduce(TimeSpan::hull);
    Finding { searched, ..Finding::new(outcome, reason).with_evidence(evidence) }
}
