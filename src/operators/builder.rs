//! Reads an operator's parameters and collects the mistakes in them.

use super::earlier::Earlier;
use super::{ALL, Check, find, phrases};
use crate::diagnostic::{self, Code, Diagnostic, Node, NodeKind, Severity, Spanned, did_you_mean};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the parameters of an operator may refer to, and the mistakes found in them.
#[derive(Debug)]
pub struct Builder<'a> {
    /// The rubric's language: `zh`, `en` or `any`.
    pub language: &'a str,
    /// Phrases of each lexicon by its name.
    pub lexicons: &'a BTreeMap<String, Vec<Spanned<String>>>,
    /// Names of the slots that phrases may use.
    pub slots: &'a BTreeSet<String>,
    /// Ids of criteria and marks that windows may refer to.
    pub ids: &'a BTreeSet<String>,
    /// The mistakes so far.
    pub diagnostics: Vec<Diagnostic>,
    /// Lexicons whose phrases were looked at: what is wrong with them is said once, however many checks use them.
    pub(super) checked: BTreeSet<&'a str>,
    /// Where the exceptions stand of the parameters that were read last.
    pub(super) exceptions: Option<Node>,
}

/// Keys anywhere below `schema` under which phrases stand, alone or in a list.
fn phrase_keys(schema: &Value) -> BTreeSet<String> {
    fn holds_phrases(schema: &Value) -> bool {
        match schema {
            Value::Object(object) => object.iter().any(|(key, value)| match value {
                Value::String(target) if key == "$ref" => target.ends_with("/PhraseList"),
                value => key != "properties" && holds_phrases(value),
            }),
            Value::Array(items) => items.iter().any(holds_phrases),
            _ => false,
        }
    }
    let mut keys = BTreeSet::new();
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                keys.extend(properties.iter().filter(|(_, value)| holds_phrases(value)).map(|(key, _)| key.clone()));
            }
            object.values().for_each(|value| keys.extend(phrase_keys(value)));
        }
        Value::Array(items) => items.iter().for_each(|item| keys.extend(phrase_keys(item))),
        _ => {}
    }
    keys
}

/// A check as a field of a type that is read: not read yet, but with its place.
///
/// Give its node to [`Builder::check`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct WrittenCheck(pub Node);

impl JsonSchema for WrittenCheck {
    fn schema_name() -> Cow<'static, str> {
        "Check".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The schema of a whole rubric defines it; see `rubric::schema`.
        json_schema!({ "$ref": "#/$defs/Check" })
    }
}

/// A check inside another check: written out, or the id of the mark or criterion whose finding it takes over.
///
/// Give it to [`Builder::nested`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct NestedCheck(Node);

impl JsonSchema for NestedCheck {
    fn schema_name() -> Cow<'static, str> {
        "NestedCheck".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let check = WrittenCheck::json_schema(generator);
        json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, check] })
    }
}

impl<'a> Builder<'a> {
    /// One that has found no mistakes yet; see its fields.
    pub fn new(
        language: &'a str,
        lexicons: &'a BTreeMap<String, Vec<Spanned<String>>>,
        slots: &'a BTreeSet<String>,
        ids: &'a BTreeSet<String>,
    ) -> Self {
        Self { language, lexicons, slots, ids, diagnostics: Vec::new(), checked: BTreeSet::new(), exceptions: None }
    }

    /// Reads `node` as `T`: every deviation from the schema of `T` is reported with its place, all in one run.
    pub fn params<T: DeserializeOwned + JsonSchema>(&mut self, node: &Node) -> Option<T> {
        let read = diagnostic::read(node, &mut self.diagnostics);
        self.exceptions = node.get("except").cloned();
        if read.is_none() {
            let schema = diagnostic::generator().into_root_schema_for::<T>();
            self.look_into(node, &phrase_keys(schema.as_value()));
        }
        read
    }

    /// Looks for mistakes in the phrases under `phrase_keys`, references and checks below parameters that can't be read as a
    /// whole, so that one run shows all of them.
    fn look_into(&mut self, node: &Node, phrase_keys: &BTreeSet<String>) {
        for (key, _, value) in node.entries() {
            if let ("after" | "before" | "around", Some(id)) = (key.as_str(), value.text()) {
                let _ = self.reference(id, key, node);
            }
            let (below, listed) = match &value.kind {
                NodeKind::List(items) => (items.as_slice(), true),
                _ => (std::slice::from_ref(value), false),
            };
            for item in below {
                match item.entries() {
                    [] => {}
                    // A misspelt operator in a list of checks still has parameters.
                    [(name, _, below)] if find(name).is_some() || listed && matches!(below.kind, NodeKind::Map(_)) => {
                        drop(self.check(item));
                    }
                    _ => self.look_into(item, phrase_keys),
                }
            }
            if phrase_keys.contains(key) {
                phrases::look_into(value, self);
            }
        }
    }

    /// Builds the check that `node` describes: a mapping from one operator's name to its parameters.
    pub fn check(&mut self, node: &Node) -> Option<Box<dyn Check>> {
        let NodeKind::Map(entries) = &node.kind else {
            let message = format!("expected an operator with its parameters, found {}", node.type_name());
            let mut mistake = Diagnostic::new(Code::WrongType, node.span.clone(), message);
            if let Some(name) = node.text().filter(|name| find(name).is_some()) {
                mistake = mistake.help(format!("write `{name}:` with its parameters below it"));
            }
            self.diagnostics.push(mistake);
            return None;
        };
        let mut built = None;
        for (name, span, parameters) in entries {
            match find(name) {
                Some(operator) => built = (operator.build)(parameters, self),
                None => {
                    let message = format!("unknown operator `{name}`");
                    let names = || ALL.iter().map(|operator| operator.name);
                    let mistake = Diagnostic::new(Code::UnknownOperator, span.clone(), message);
                    self.diagnostics.push(match did_you_mean(name, names()) {
                        Some(known) => mistake.meant(known),
                        None if matches!(name.as_str(), "mark" | "criterion") => {
                            mistake.help("a mark or a criterion stands by its id alone, such as `if: complaint`")
                        }
                        None => mistake.help(format!("operators: {}", names().collect::<Vec<_>>().join(", "))),
                    });
                }
            }
        }
        match entries.as_slice() {
            [_] => built,
            [] => {
                let message = "expected an operator with its parameters, found nothing";
                self.diagnostics.push(Diagnostic::new(Code::MissingKey, node.span.clone(), message));
                None
            }
            [(first, ..), (second, span, _), ..] => {
                let message = format!("a check has one operator, found `{first}` and `{second}`");
                let help = "put several checks under `all_of:` or `any_of:`, each as an item of the list";
                self.diagnostics.push(Diagnostic::new(Code::InvalidValue, span.clone(), message).help(help));
                None
            }
        }
    }

    /// Builds a check inside another one.
    pub fn nested(&mut self, check: &NestedCheck) -> Option<Box<dyn Check>> {
        let NestedCheck(node) = check;
        let Some(id) = node.text() else { return self.check(node) };
        if self.ids.contains(id) {
            return Some(Box::new(Earlier::new(id)));
        }
        if find(id).is_some() {
            return self.check(node);
        }
        let message = format!("`{id}` is no check, and there is no criterion or mark with this id");
        let usual = "a check is an operator with its parameters; phrases stand under one, such as `says:`";
        self.unknown(id, node, message, Some(usual));
        None
    }

    /// Reports `id`, which stands under `key` of `node`, where no criterion and no mark has it.
    ///
    /// Gives `None` where there was a mistake.
    pub fn reference(&mut self, id: &str, key: &str, node: &Node) -> Option<()> {
        if self.ids.contains(id) {
            return Some(());
        }
        let message = format!("`{key}` refers to `{id}`, but there is no criterion or mark with this id");
        self.unknown(id, node.get(key).unwrap_or(node), message, None);
        None
    }

    /// Reports at `node` that there is no `id`, with the one that was probably meant or `otherwise` as help.
    fn unknown(&mut self, id: &str, node: &Node, message: String, otherwise: Option<&str>) {
        let mistake = Diagnostic::new(Code::UnknownReference, node.span.clone(), message);
        let meant = did_you_mean(id, self.ids.iter().map(String::as_str));
        self.diagnostics.push(match (meant, otherwise) {
            (Some(known), _) => mistake.meant(known),
            (None, Some(help)) => mistake.help(help),
            (None, None) => mistake,
        });
    }

    /// How many of the mistakes so far are errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|mistake| mistake.severity == Severity::Error).count()
    }

    /// Reports it where `low`, a name with its value, lies above `high`: no call could then pass the check at `node`. For a
    /// limit that is given beside one that is taken over; two that are given are compared wherever they stand.
    pub fn in_order<L: fmt::Display + PartialOrd>(&mut self, node: &Node, low: (&str, L), high: (&str, L)) {
        if low.1 > high.1 {
            let ((name, value), (other, usual)) = (low, high);
            let message = format!("`{name}` is {value} and `{other}` usually {usual}, so that no call could pass");
            let mistake = Diagnostic::new(Code::ContradictoryLimits, node.span.clone(), message);
            self.diagnostics.push(mistake.help("give both"));
        }
    }

    /// Reports a mistake at `node` and goes on.
    pub fn mistake(&mut self, code: Code, node: &Node, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(code, node.span.clone(), message));
    }
}
