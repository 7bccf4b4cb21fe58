//! The operators' pages: every operator has one, its examples hold, and the generated documents are up to date.

use callgrade::{grade, operators, rubric};
use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_page_has_an_operator_and_every_operator_a_page() {
    let pages: BTreeSet<String> = std::fs::read_dir(root().join("src/operators"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let listed: BTreeSet<String> = operators::ALL.iter().map(|operator| operator.name.to_owned()).collect();
    assert_eq!(listed.len(), operators::ALL.len(), "a name stands in ALL twice");
    assert_eq!(listed, pages);
    for name in listed {
        assert!(root().join(format!("src/operators/{name}.rs")).exists(), "{name} has no file of its own");
    }
}

#[test]
fn every_example_on_a_page_holds() {
    let mut wrong = Vec::new();
    for operator in operators::ALL {
        let examples = rubric::page_examples(operator.page);
        let text: String = examples.iter().map(|(_, text)| text.as_str()).collect();
        assert!(text.contains("expect: pass") && text.contains("expect: fail"), "{} lacks an example", operator.name);
        for mistake in rubric::check_page(operator.page, &grade::findings) {
            wrong.push(format!("src/operators/{}.md:{}: {}", operator.name, mistake.line, mistake.problem));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Compares a generated file with the committed one; with UPDATE=1 it is written instead.
pub fn compare(path: &str, generated: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == generated, "{} is out of date; run the tests with UPDATE=1", path.display());
}

#[test]
fn the_documents_are_up_to_date() {
    compare("docs/operators.md", &rubric::operators_document());
    compare("docs/diagnostics.md", &rubric::diagnostics_document());
}

/// Editors read it through the first line of the shipped rubrics; it is what `callgrade rubric schema` prints.
#[test]
fn the_schema_for_editors_is_up_to_date() {
    compare("rubrics/rubric.schema.json", &format!("{}\n", serde_json::to_string_pretty(&rubric::schema()).unwrap()));
}
