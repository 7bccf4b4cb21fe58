//! Runs the checks of a rubric over one call, each after those that it refers to.

use crate::call::{CallView, Finding, Metadata, Outcome, Reason};
use crate::operators::Scope;
use crate::rubric::Rubric;
use std::collections::BTreeMap;

/// Columns of the metadata that are slots in every rubric.
const METADATA_SLOTS: &[&str] = &["agent", "company", "customer"];

/// The finding of every criterion, by section and in the order of the rubric.
pub(super) fn criteria(rubric: &Rubric, view: &CallView<'_>) -> Vec<Vec<Finding>> {
    let mut scope = Scope { slots: slots(&rubric.slots, view.metadata), ..Scope::default() };
    for (id, check) in &rubric.marks {
        let finding = check.evaluate(view, &scope);
        scope.earlier.insert(id, finding);
    }
    let mut findings: Vec<Vec<Finding>> = rubric
        .sections
        .iter()
        .map(|section| vec![Finding::new(Outcome::NotApplicable, Reason::default()); section.criteria.len()])
        .collect();
    for &(section, index) in &rubric.order {
        let Some(criterion) = rubric.sections.get(section).and_then(|section| section.criteria.get(index)) else {
            continue;
        };
        let finding = within_call(criterion.check.evaluate(view, &scope), view);
        scope.earlier.insert(&criterion.id, finding.clone());
        findings[section][index] = finding;
    }
    findings
}

/// Evidence in order of time and inside the recording, whatever the operator gave.
fn within_call(mut finding: Finding, view: &CallView<'_>) -> Finding {
    let whole = view.whole();
    for evidence in &mut finding.evidence {
        evidence.span = evidence.span.intersection(whole);
    }
    finding.evidence.sort_by_key(|evidence| evidence.span);
    finding.searched = finding.searched.map(|window| window.intersection(whole));
    finding
}

/// The rubric's slots with the values that the telephone system knows for this call.
fn slots(rubric: &BTreeMap<String, Vec<String>>, metadata: &Metadata) -> BTreeMap<String, Vec<String>> {
    let mut slots = rubric.clone();
    for name in METADATA_SLOTS {
        let Some(value) = metadata.spoken(name) else { continue };
        let values = slots.entry((*name).to_owned()).or_default();
        for value in spoken_forms(value) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    slots
}

/// A name as the list has it, and its given name, which is how an agent of "Emily Chen" is announced.
fn spoken_forms(name: &str) -> Vec<String> {
    let name = name.trim();
    let mut forms = vec![name.to_owned()];
    let parts: Vec<&str> = name.split_whitespace().collect();
    let is_name = |part: &&str| part.chars().all(|character| character.is_ascii_alphabetic() || character == '-');
    if let [first, _, ..] = parts.as_slice()
        && parts.iter().all(is_name)
    {
        forms.push((*first).to_owned());
    }
    forms
}

/// In an incomplete recording, what was not heard may have been said in the part that is missing.
pub(super) fn forgive_absence(finding: &mut Finding) {
    if finding.outcome == Outcome::Fail && finding.evidence.is_empty() {
        finding.outcome = Outcome::Unsure;
        finding.reason.en.push_str("; but the recording is incomplete");
        finding.reason.zh.push_str("；但录音不完整");
    }
}
