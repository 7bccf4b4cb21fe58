//! How deviations from a schema are said: what was found, what was expected, and what was probably meant.

use super::{ByteSpan, Code, Diagnostic, Node, NodeKind, did_you_mean};
use serde_json::Value;

/// A value of a type that is not among `expected`, names of JSON types. `most` is the highest number that may stand there,
/// and `known` are the keys of a mapping that may.
pub(super) fn wrong_type(node: &Node, expected: &[&str], most: Option<f64>, known: &[&str]) -> Diagnostic {
    let mut names: Vec<&str> = expected
        .iter()
        .filter_map(|name| match *name {
            "boolean" => Some("true or false"),
            "number" => Some("a number"),
            "integer" => Some("a whole number"),
            "string" => Some("text"),
            "array" => Some("a list"),
            "object" => Some("a mapping"),
            _ => None,
        })
        .collect();
    names.dedup();
    let message = format!("expected {}, found {}", names.join(" or "), node.type_name());
    let diagnostic = Diagnostic::new(Code::WrongType, node.span.clone(), message);
    match &node.kind {
        NodeKind::Number(_) | NodeKind::Bool(_) if expected.contains(&"string") => {
            diagnostic.help("put it in quotes to make it text")
        }
        // A colon makes a mapping of what was meant as text, and brackets a list.
        NodeKind::Map(_) | NodeKind::List(_) if expected == ["string"] => {
            diagnostic.help("text with `: ` or brackets in it goes in quotes as a whole")
        }
        NodeKind::Text(_) | NodeKind::Map(_) if expected == ["array"] => {
            diagnostic.help("begin each item of a list with `- `, or put the items in `[` and `]`")
        }
        NodeKind::Text(text) if expected.contains(&"number") => match per_cent(text) {
            Some(value) if most == Some(1.0) => diagnostic.help(format!("{value} % is `{}`", value / 100.0)),
            Some(value) => diagnostic.help(format!("write `{value}`")),
            None => diagnostic,
        },
        NodeKind::List(_) if expected == ["object"] && !known.is_empty() => {
            let key = known.iter().find(|key| LISTS.contains(key)).unwrap_or(&known[0]);
            diagnostic.help(format!("it has keys with values; a list stands under one of them: `{{ {key}: [..] }}`"))
        }
        NodeKind::Text(_) | NodeKind::Number(_) if expected.first() == Some(&"object") && !known.is_empty() => {
            diagnostic.help(format!("it has keys with values, such as `{{ {}: .. }}`", known[0]))
        }
        _ => diagnostic,
    }
}

/// Keys that usually hold what somebody writes as a bare list.
const LISTS: &[&str] = &["any_of", "steps", "cue", "criteria"];

/// The number of a text such as `90%`.
fn per_cent(text: &str) -> Option<f64> {
    text.trim_end().strip_suffix(['%', '％'])?.trim_end().parse().ok()
}

/// A value that is not among `allowed`.
pub(super) fn not_allowed(node: &Node, allowed: &[&Value]) -> Diagnostic {
    let mut names: Vec<String> = Vec::new();
    for value in allowed {
        let name = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !names.contains(&name) && !value.is_null() {
            names.push(name);
        }
    }
    let listed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let expected = if names.len() == 1 { format!("expected {listed}") } else { format!("expected one of {listed}") };
    match &node.kind {
        NodeKind::Text(text) => {
            let message = format!("`{}` is not allowed here; {expected}", clipped(text));
            let diagnostic = Diagnostic::new(Code::InvalidValue, node.span.clone(), message);
            match did_you_mean(text, names.iter().map(String::as_str)) {
                Some(name) => diagnostic.meant(name),
                None => diagnostic,
            }
        }
        NodeKind::Number(value) => {
            Diagnostic::new(Code::InvalidValue, node.span.clone(), format!("{expected}, found {value}"))
        }
        _ => Diagnostic::new(Code::WrongType, node.span.clone(), format!("{expected}, found {}", node.type_name())),
    }
}

/// A key that is not among `known`.
pub(super) fn unknown_key(key: &str, span: &ByteSpan, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::UnknownKey, span.clone(), format!("unknown key `{}`", clipped(key)));
    let mut names: Vec<&str> = known.to_vec();
    names.sort_unstable();
    names.dedup();
    match did_you_mean(key, names.iter().copied()) {
        Some(name) => diagnostic.meant(name),
        None if names.is_empty() => diagnostic,
        None => diagnostic.help(format!("known keys: {}", names.join(", "))),
    }
}

/// That a text has not the form of `about`, the first line of a schema's description.
pub(super) fn unread(text: &str, about: Option<&str>) -> String {
    let expected = about.and_then(|about| about.lines().next()).unwrap_or("another form of text");
    format!("`{}` cannot be read; expected: {}", clipped(text), expected.trim_end_matches('.'))
}

/// `text`, cut so that a message stays one line.
fn clipped(text: &str) -> String {
    let line: String = text.chars().take(60).map(|it| if it.is_control() { ' ' } else { it }).collect();
    if line.chars().count() < text.chars().count() { format!("{line}..") } else { line }
}
