//! Tries operators on calls written down by hand, for the tests beside them.

use super::waits::silence_evidence;
use super::{Builder, Scope};
use crate::call::{CallView, Finding, Measures, Outcome, Reason, Speaker, TimeSpan, script};
use crate::diagnostic::{Node, NodeKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the check `{ name: parameters }` finds in the call `text`; `hits` are places of other criteria.
pub fn find_with(name: &str, parameters: Value, text: &str, hits: &[(&str, &[TimeSpan])]) -> Finding {
    let (heard, metadata, roles) = script::parse(text).unwrap();
    let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
    let ids = hits.iter().map(|(id, _)| (*id).to_owned()).collect();
    let check = build(&json!({ name: parameters }), &ids).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let mut scope = Scope::default();
    for (id, spans) in hits {
        let place = |span: &TimeSpan| silence_evidence(Speaker::Unknown, *span, id);
        let finding = Finding::new(Outcome::Pass, Reason::default()).with_evidence(spans.iter().map(place).collect());
        scope.earlier.insert(id, finding);
    }
    for slot in ["agent", "company", "customer"] {
        scope.slots.extend(metadata.get(slot).map(|value| (slot.to_owned(), vec![value.to_owned()])));
    }
    check.evaluate(&view, &scope)
}

/// What the check `{ name: parameters }` finds in the call `text`.
pub fn find(name: &str, parameters: Value, text: &str) -> Finding {
    find_with(name, parameters, text, &[])
}

/// Its outcome alone.
pub fn judge(name: &str, parameters: Value, text: &str) -> Outcome {
    find(name, parameters, text).outcome
}

/// The first mistake in `{ name: parameters }`.
pub fn mistake(name: &str, parameters: Value) -> String {
    match build(&json!({ name: parameters }), &BTreeSet::new()) {
        Ok(check) => panic!("no mistake in {check:?}"),
        Err(mistakes) => mistakes.into_iter().next().unwrap_or_default(),
    }
}

/// What was heard at each place of the evidence.
pub fn quotes(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|place| place.quote.as_str()).collect()
}

fn build(check: &Value, ids: &BTreeSet<String>) -> Result<Box<dyn super::Check>, Vec<String>> {
    let slots = ["agent", "company", "customer"].map(str::to_owned).into();
    let lexicons = BTreeMap::new();
    let mut builder = Builder::new("any", &lexicons, &slots, ids);
    let built = builder.check(&node(check));
    let mistakes: Vec<String> = builder.diagnostics.into_iter().map(|mistake| mistake.message).collect();
    match built {
        Some(check) if mistakes.is_empty() => Ok(check),
        _ => Err(mistakes),
    }
}

fn node(value: &Value) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Number(number) => NodeKind::Number(number.as_f64().unwrap()),
        Value::String(text) => NodeKind::Text(text.clone()),
        Value::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        Value::Object(entries) => {
            NodeKind::Map(entries.iter().map(|(key, value)| (key.clone(), 0..0, node(value))).collect())
        }
    };
    Node { kind, span: 0..0 }
}
