//! The JSON schema of rubric files, for editors; derived from the raw types and from the list of operators.

use super::raw::{RawRubric, WORTH};
use crate::diagnostic;
use crate::operators::ALL;
use serde_json::{Map, Value, json};

/// The schema of a rubric file (JSON Schema, draft 2020-12), every operator included.
pub fn schema() -> Value {
    let mut generator = diagnostic::generator();
    let mut operators = Map::new();
    for operator in ALL {
        let mut parameters = (operator.schema)(&mut generator).to_value();
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.insert("description".into(), super::pages::summary(operator.page).into());
        }
        operators.insert(operator.name.into(), parameters);
    }
    let check = json!({
        "title": "Check",
        "description": "One operator with its parameters; see docs/operators.md",
        "type": "object",
        "properties": operators,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    });
    generator.definitions_mut().insert("Check".into(), check);
    let mut schema = generator.into_root_schema_for::<RawRubric>().to_value();
    close(&mut schema);
    // An including rubric leaves out what it takes over, but for the ids of what it changes.
    let mut needed = |place: &str, always: &[&str]| {
        let object = schema.pointer_mut(place).and_then(Value::as_object_mut);
        object.and_then(|object| object.insert("required".into(), json!(always)))
    };
    let (rubric, section, criterion) =
        (needed("", &[]), needed("/$defs/Section", &["id"]), needed("/$defs/Criterion", &["id"]));
    let worths: Vec<Value> = WORTH.iter().map(|worth| json!({ "required": [worth] })).collect();
    let criteria = json!({ "items": { "required": criterion, "oneOf": worths } });
    let sections = json!({ "items": { "required": section, "properties": { "criteria": criteria } } });
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), "callgrade rubric".into());
        schema.insert("if".into(), json!({ "not": { "required": ["include"] } }));
        schema.insert("then".into(), json!({ "required": rubric, "properties": { "sections": sections } }));
    }
    schema
}

/// Objects with named keys take no others, as the program itself sees it; formats are left out.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let is_open = object.contains_key("properties")
                && !["additionalProperties", "allOf", "anyOf", "oneOf"].iter().any(|key| object.contains_key(*key));
            if is_open {
                object.insert("additionalProperties".into(), false.into());
            }
            // Rust's names for numbers mean nothing elsewhere.
            if object.get("format").is_some_and(Value::is_string) {
                object.remove("format");
            }
            object.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Node, check};

    #[test]
    fn the_schema_knows_every_operator_and_takes_the_starters() {
        let schema = schema();
        let known = schema["$defs"]["Check"]["properties"].as_object().unwrap();
        assert_eq!(known.len(), ALL.len());
        for language in ["en", "zh"] {
            let text = crate::rubric::starter(language).unwrap();
            let node = crate::rubric::parse::parse(text, 0, &mut Vec::new()).unwrap();
            let mut found = Vec::new();
            check(&node, &schema, &mut found);
            assert_eq!(found, []);
        }
    }

    /// Python's regular expressions know no classes such as `\\p{L}`; editors are written in many languages.
    #[test]
    fn patterns_are_of_the_kind_that_every_language_knows() {
        let text = schema().to_string();
        assert!(text.contains("\"pattern\"") && !text.contains("\\\\p{"));
    }

    #[test]
    fn ids_are_names_in_any_script() {
        let pattern = schema()["$defs"]["Id"]["pattern"].as_str().unwrap().to_owned();
        let pattern = regex::Regex::new(&pattern).unwrap();
        for (id, is_one) in [
            ("greeting", true),
            ("a-b.c_1", true),
            ("开场白", true),
            ("größe", true),
            ("2nd", true),
            ("-a", false),
            (".a", false),
            ("a b", false),
            ("a/b", false),
            ("开场，白", false),
            ("“a”", false),
            ("a\u{200B}b", false),
            ("", false),
        ] {
            assert_eq!(pattern.is_match(id), is_one, "{id}");
        }
    }

    #[test]
    fn every_reference_is_defined() {
        fn references<'v>(value: &'v Value, all: &mut Vec<&'v str>) {
            match value {
                Value::Object(object) => {
                    all.extend(object.get("$ref").and_then(Value::as_str));
                    object.values().for_each(|value| references(value, all));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, all)),
                _ => {}
            }
        }
        let schema = schema();
        let mut all = Vec::new();
        references(&schema, &mut all);
        assert!(all.contains(&"#/$defs/Check"));
        for reference in all {
            assert!(schema.pointer(&reference[1..]).is_some(), "{reference}");
        }
        assert!(Node::from(schema).get("properties").is_some());
    }
}
