//! Checks a [`Node`] against the JSON schema of a Rust type, with the place of every deviation, then reads it.
//!
//! The schema is derived from the type (schemars), so the names in "did you mean" are the type's own. Only what
//! schemars writes for serde types is understood; a keyword that is not understood allows everything.

use super::deserialize::ReadError;
use super::wording::{not_allowed, unknown_key, unread, wrong_type};
use super::{ByteSpan, Code, Diagnostic, Node, NodeKind, did_you_mean};
use regex::Regex;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Reads `node` as a `T`. Every deviation from the schema of `T` is added to `found` with its place, all in one run;
/// a value that fits the schema and is still refused by `T` is reported at the innermost value that it is about.
pub fn read<T: DeserializeOwned + JsonSchema>(node: &Node, found: &mut Vec<Diagnostic>) -> Option<T> {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let before = found.len();
    check(node, schema.as_value(), found);
    if found.len() > before {
        return None;
    }
    match T::deserialize(node) {
        Ok(value) => Some(value),
        Err(ReadError { message, span }) => {
            let span = span.unwrap_or_else(|| node.span.clone());
            found.push(Diagnostic::new(Code::InvalidValue, span, message));
            None
        }
    }
}

/// Adds every deviation of `node` from `schema` (a root schema with its `$defs`) to `found`.
pub fn check(node: &Node, schema: &Value, found: &mut Vec<Diagnostic>) {
    Checker { definitions: schema.get("$defs").and_then(Value::as_object) }.check(node, schema, found);
}

/// A generator whose definitions are collected under `$defs`, for schemas of several types in one document.
pub fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().into_generator()
}

/// Mistakes after which the rest of a value is not looked at: nobody mends more at a time.
const ENOUGH: usize = 200;

struct Checker<'s> {
    definitions: Option<&'s Map<String, Value>>,
}

impl<'s> Checker<'s> {
    /// `schema` with its reference followed; a reference that is not known here allows everything.
    fn resolve(&self, schema: &'s Value) -> Option<&'s Map<String, Value>> {
        let mut schema = schema.as_object()?;
        // Derived schemas refer to a definition at most a few times over; the limit only stops a circle.
        for _ in 0..16 {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return Some(schema) };
            schema = self.definitions?.get(reference.strip_prefix("#/$defs/")?)?.as_object()?;
        }
        None
    }

    fn check(&self, node: &Node, schema: &'s Value, found: &mut Vec<Diagnostic>) {
        if found.len() >= ENOUGH {
            return;
        }
        if schema == &Value::Bool(false) {
            found.push(Diagnostic::new(Code::InvalidValue, node.span.clone(), "nothing is allowed here"));
            return;
        }
        let Some(schema) = self.resolve(schema) else { return };
        if !self.type_fits(node, schema, found) {
            return;
        }
        self.check_value(node, schema, found);
        match &node.kind {
            NodeKind::Map(entries) => self.check_map(node, entries, schema, found),
            NodeKind::List(items) => {
                let prefix = list(schema, "prefixItems");
                for (index, item) in items.iter().enumerate() {
                    if let Some(each) = prefix.get(index).or_else(|| schema.get("items")) {
                        self.check(item, each, found);
                    }
                }
            }
            _ => {}
        }
        for part in list(schema, "allOf") {
            self.check(node, part, found);
        }
        for key in ["oneOf", "anyOf"] {
            let branches = list(schema, key);
            if !branches.is_empty() {
                let about = schema.get("description").and_then(Value::as_str);
                self.check_branches(node, branches, about, found);
            }
        }
    }

    /// Whether `node` has a type that `schema` allows; a deviation is reported.
    fn type_fits(&self, node: &Node, schema: &'s Map<String, Value>, found: &mut Vec<Diagnostic>) -> bool {
        let types = types(schema);
        if types.is_empty() || types.iter().any(|name| is_type(node, name)) {
            return true;
        }
        let mut known = Vec::new();
        self.known_keys(schema, &mut known, 0);
        found.push(wrong_type(node, &types, schema.get("maximum").and_then(Value::as_f64), &known));
        false
    }

    fn check_value(&self, node: &Node, schema: &'s Map<String, Value>, found: &mut Vec<Diagnostic>) {
        let mut allowed: Vec<&Value> = list(schema, "enum").iter().collect();
        allowed.extend(schema.get("const"));
        if !allowed.is_empty() && !allowed.iter().any(|value| equals(node, value)) {
            found.push(not_allowed(node, &allowed));
            return;
        }
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let mut complain = |what: String| {
            found.push(Diagnostic::new(Code::InvalidValue, node.span.clone(), what));
        };
        match &node.kind {
            NodeKind::Number(value) => {
                if !value.is_finite() {
                    complain("expected a finite number".into());
                    return;
                }
                // Hundreds of digits say less than how many there are.
                let shown = if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") };
                if let Some(least) = bound("minimum").filter(|least| value < least) {
                    complain(format!("expected at least {least}, found {shown}"));
                }
                if let Some(most) = bound("maximum").filter(|most| value > most) {
                    // Who writes 70 where a share is asked for thinks in per cent.
                    let share = most == 1.0 && (2.0..=100.0).contains(value);
                    let hint = if share { format!("; {value} % is `{}`", value / 100.0) } else { String::new() };
                    complain(format!("expected at most {most}, found {shown}{hint}"));
                }
                if let Some(least) = bound("exclusiveMinimum").filter(|least| value <= least) {
                    complain(format!("expected more than {least}, found {shown}"));
                }
                if let Some(most) = bound("exclusiveMaximum").filter(|most| value >= most) {
                    complain(format!("expected less than {most}, found {shown}"));
                }
            }
            NodeKind::Text(text) => {
                if bound("minLength").is_some_and(|least| (text.chars().count() as f64) < least) {
                    complain("expected text, found an empty one".into());
                }
                if bound("maxLength").is_some_and(|most| text.chars().count() as f64 > most) {
                    complain(format!("expected at most {} characters", bound("maxLength").unwrap_or_default()));
                }
                let pattern = schema.get("pattern").and_then(Value::as_str);
                if pattern.is_some_and(|pattern| !fits(pattern, text)) {
                    complain(unread(text, schema.get("description").and_then(Value::as_str)));
                }
            }
            NodeKind::List(items) => {
                if let Some(least) = bound("minItems").filter(|least| (items.len() as f64) < *least) {
                    complain(match items.len() {
                        0 => "expected a list with something in it, found an empty one".into(),
                        count => format!("expected at least {least} items, found {count}"),
                    });
                }
                if let Some(most) = bound("maxItems").filter(|most| items.len() as f64 > *most) {
                    complain(format!("expected at most {most} items, found {}", items.len()));
                }
            }
            NodeKind::Map(entries) if bound("minProperties").is_some_and(|least| (entries.len() as f64) < least) => {
                complain("expected a mapping with something in it, found an empty one".into());
            }
            _ => {}
        }
    }

    fn check_map(
        &self,
        node: &Node,
        entries: &[(String, ByteSpan, Node)],
        schema: &'s Map<String, Value>,
        found: &mut Vec<Diagnostic>,
    ) {
        let own = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let mut known = Vec::new();
        self.known_keys(schema, &mut known, 0);
        let mut meant = Vec::new();
        for (key, span, value) in entries {
            if found.len() >= ENOUGH {
                return;
            }
            if let Some(names) = schema.get("propertyNames") {
                let name = Node { kind: NodeKind::Text(key.clone()), span: span.clone() };
                self.check(&name, names, found);
            }
            if let Some(property) = own.and_then(|own| own.get(key)) {
                self.check(value, property, found);
            } else if let Some(other @ Value::Object(_)) = others {
                self.check(value, other, found);
            } else if (own.is_some() || others == Some(&Value::Bool(false))) && !known.contains(&key.as_str()) {
                found.push(unknown_key(key, span, &known));
                meant.extend(did_you_mean(key, known.iter().copied()));
            }
        }
        for required in list(schema, "required").iter().filter_map(Value::as_str) {
            // A misspelt key is one mistake, not also a missing one.
            if !meant.contains(&required) && !entries.iter().any(|(key, ..)| key == required) {
                let message = format!("the key `{required}` is missing");
                let mut diagnostic = Diagnostic::new(Code::MissingKey, node.span.clone(), message);
                if let Some(about) = own.and_then(|own| own.get(required)).and_then(|it| self.description(it)) {
                    diagnostic = diagnostic.help(format!("`{required}`: {about}"));
                }
                found.push(diagnostic);
            }
        }
    }

    /// Keys that `schema` allows in a mapping, those of its parts and branches included (serde's `flatten`).
    fn known_keys(&self, schema: &'s Map<String, Value>, known: &mut Vec<&'s str>, depth: usize) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            known.extend(properties.keys().map(String::as_str));
        }
        if depth < 8 {
            for part in ["allOf", "oneOf", "anyOf"].iter().flat_map(|key| list(schema, key)) {
                if let Some(part) = self.resolve(part) {
                    self.known_keys(part, known, depth + 1);
                }
            }
        }
    }

    /// `node` must fit one of `branches`; where it fits none, the mistakes against the closest are reported.
    fn check_branches(&self, node: &Node, branches: &'s [Value], about: Option<&str>, found: &mut Vec<Diagnostic>) {
        let mut attempts = Vec::new();
        for branch in branches {
            let mut mistakes = Vec::new();
            self.check(node, branch, &mut mistakes);
            if mistakes.is_empty() {
                return;
            }
            attempts.push((branch, mistakes));
        }
        let names: Vec<&Value> = branches
            .iter()
            .filter_map(|branch| self.resolve(branch))
            .flat_map(|branch| list(branch, "enum").iter().chain(branch.get("const")))
            .collect();
        let fitting: Vec<&(&Value, Vec<Diagnostic>)> = attempts
            .iter()
            .filter(|(branch, _)| {
                self.resolve(branch).is_some_and(|branch| {
                    let types = types(branch);
                    !branch.contains_key("const") && (types.is_empty() || types.iter().any(|it| is_type(node, it)))
                })
            })
            .collect();
        match (&node.kind, fitting.as_slice()) {
            (NodeKind::Text(_), _) if !names.is_empty() => found.push(not_allowed(node, &names)),
            (NodeKind::Map(entries), [_, _, ..]) => self.closest_map(entries, &fitting, found),
            (NodeKind::Text(text), [(branch, _)])
                if about.is_some() && branch.get("pattern").is_some() && branch.get("description").is_none() =>
            {
                found.push(Diagnostic::new(Code::InvalidValue, node.span.clone(), unread(text, about)));
            }
            (_, [(_, mistakes), ..]) => found.extend(mistakes.iter().cloned()),
            _ => {
                let mut expected: Vec<&str> =
                    branches.iter().filter_map(|branch| self.resolve(branch)).flat_map(types).collect();
                expected.dedup();
                let mut known = Vec::new();
                for branch in branches.iter().filter_map(|branch| self.resolve(branch)) {
                    self.known_keys(branch, &mut known, 0);
                }
                found.push(wrong_type(node, &expected, None, &known));
            }
        }
    }

    /// Several kinds of mapping are allowed: the one that shares most keys is meant; with none shared, the names of
    /// all of them are what the author may have meant.
    fn closest_map(
        &self,
        entries: &[(String, ByteSpan, Node)],
        fitting: &[&(&'s Value, Vec<Diagnostic>)],
        found: &mut Vec<Diagnostic>,
    ) {
        let mut all = Vec::new();
        let mut best = (0, None);
        for (branch, mistakes) in fitting.iter().copied() {
            let mut known = Vec::new();
            if let Some(branch) = self.resolve(branch) {
                self.known_keys(branch, &mut known, 0);
            }
            let shared = entries.iter().filter(|(key, ..)| known.contains(&key.as_str())).count();
            if shared > best.0 {
                best = (shared, Some(mistakes));
            }
            all.extend(known);
        }
        match best.1 {
            Some(mistakes) => found.extend(mistakes.iter().cloned()),
            None => found.extend(entries.iter().map(|(key, span, _)| unknown_key(key, span, &all))),
        }
        if entries.is_empty() {
            found.extend(fitting.first().into_iter().flat_map(|(_, mistakes)| mistakes.iter().cloned()));
        }
    }

    fn description(&self, schema: &'s Value) -> Option<&'s str> {
        let own = schema.get("description").and_then(Value::as_str);
        let text = own.or_else(|| self.resolve(schema)?.get("description")?.as_str())?;
        Some(text.split("\n\n").next().unwrap_or(text).trim_end_matches('.'))
    }
}

fn list<'s>(schema: &'s Map<String, Value>, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn types(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_type(node: &Node, name: &str) -> bool {
    match (&node.kind, name) {
        (NodeKind::Number(value), "integer") => value.fract() == 0.0,
        (NodeKind::Null, "null")
        | (NodeKind::Bool(_), "boolean")
        | (NodeKind::Number(_), "number")
        | (NodeKind::Text(_), "string")
        | (NodeKind::List(_), "array")
        | (NodeKind::Map(_), "object") => true,
        _ => false,
    }
}

fn equals(node: &Node, value: &Value) -> bool {
    match (&node.kind, value) {
        (NodeKind::Null, Value::Null) => true,
        (NodeKind::Bool(a), Value::Bool(b)) => a == b,
        (NodeKind::Text(a), Value::String(b)) => a == b,
        (NodeKind::Number(a), Value::Number(b)) => b.as_f64() == Some(*a),
        _ => false,
    }
}

/// Whether `text` fits `pattern`, one of the few that the types' schemas have. Each is compiled once: a rubric has
/// thousands of values, and Unicode classes are slow to compile.
fn fits(pattern: &str, text: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<BTreeMap<String, Option<Regex>>> = const { RefCell::new(BTreeMap::new()) };
    }
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern) {
            compiled.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        compiled.get(pattern).and_then(Option::as_ref).is_none_or(|pattern| pattern.is_match(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Spanned;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        /// One.
        Exact,
        /// Two.
        Near,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Side {
        Agent,
        Customer,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Within {
        First(f64),
        Around { id: String, hit: Option<u32> },
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(untagged)]
    enum Phrases {
        One(String),
        Many(Vec<String>),
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Place {
        speaker: Option<Side>,
        within: Option<Within>,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Params {
        any_of: Phrases,
        #[serde(rename = "match", default = "exact")]
        mode: Mode,
        #[serde(flatten)]
        place: Place,
        #[serde(default)]
        at_least: Option<Spanned<u32>>,
        #[serde(default)]
        lists: BTreeMap<String, Vec<String>>,
    }

    fn exact() -> Mode {
        Mode::Exact
    }

    fn messages(value: serde_json::Value) -> Vec<String> {
        let mut found = Vec::new();
        let read: Option<Params> = read(&Node::from(value), &mut found);
        assert_eq!(read.is_some(), found.is_empty());
        found
            .iter()
            .map(|it| format!("{}: {} / {}", it.code.id(), it.message, it.help.as_deref().unwrap_or("")))
            .collect()
    }

    #[test]
    fn values_of_every_shape_are_read() {
        let mut found = Vec::new();
        let value = json!({"any_of": ["a"], "match": "near", "speaker": "agent",
            "within": {"around": {"id": "x"}}, "at_least": 2, "lists": {"a": ["b"]}});
        let params: Params = read(&Node::from(value), &mut found).unwrap();
        assert_eq!(found, []);
        assert_eq!(params.mode, Mode::Near);
        assert_eq!(params.place.within, Some(Within::Around { id: "x".into(), hit: None }));
        assert_eq!(params.at_least.unwrap().value, 2);
    }

    #[test]
    fn all_mistakes_are_found_in_one_run() {
        let found = messages(json!({"any_fo": ["a"], "match": "naer", "speaker": "agnet", "within": {"frist": 1},
            "at_least": "two", "lists": {"a": [1]}}));
        assert_eq!(
            found,
            [
                "unknown-key: unknown key `any_fo` / did you mean `any_of`?",
                "invalid-value: `naer` is not allowed here; expected one of `exact`, `near` / did you mean `near`?",
                "invalid-value: `agnet` is not allowed here; expected one of `agent`, `customer` \
                 / did you mean `agent`?",
                "unknown-key: unknown key `frist` / did you mean `first`?",
                "wrong-type: expected a whole number, found text / ",
                "wrong-type: expected text, found a number / put it in quotes to make it text",
            ]
        );
    }

    #[test]
    fn the_branch_of_the_right_type_is_reported() {
        assert_eq!(
            messages(json!({"any_of": ["a", 110]})),
            ["wrong-type: expected text, found a number / put it in quotes to make it text"]
        );
        assert_eq!(messages(json!({"any_of": {"a": 1}})), ["wrong-type: expected text or a list, found a mapping / "]);
    }

    #[test]
    fn nodes_keep_their_places_on_the_way_through_serde() {
        let mut inner = Node::from(json!({"says": ["x"]}));
        inner.span = 7..12;
        if let NodeKind::Map(entries) = &mut inner.kind {
            entries[0].1 = 8..9;
        }
        let list = Node { kind: NodeKind::List(vec![inner.clone()]), span: 5..13 };
        let copy = Vec::<Node>::deserialize(&list).unwrap();
        assert_eq!(copy, [inner]);
    }
}
