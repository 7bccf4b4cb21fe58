//! What the names in rubrics mean: operators, criteria, kinds of mistakes.

use super::pages::{summary, unindented};
use crate::diagnostic::{ByteSpan, Code, did_you_mean};
use crate::operators;
use std::fmt::Write;

/// A criterion or mark as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its id.
    pub id: String,
    /// Name of its file.
    pub file: String,
    /// Where it stands there.
    pub span: ByteSpan,
    /// Operators that its check uses, each once.
    pub operators: Vec<String>,
}

/// Every operator in one line, then every code.
pub fn overview() -> String {
    let mut out = String::from("Operators:\n");
    for operator in operators::ALL {
        let _ = writeln!(out, "  {:18} {}", operator.name, summary(operator.page));
    }
    out.push_str("\nKinds of mistakes:\n");
    for code in Code::ALL {
        let page = unindented(code.page());
        let _ = writeln!(out, "  {:24} {}", code.id(), page.lines().next().unwrap_or_default());
    }
    out
}

/// The page of the operator or of the kind of mistake called `name`.
pub fn explain(name: &str) -> Option<String> {
    if let Some(operator) = operators::find(name) {
        return Some(operator.page.to_owned());
    }
    let code = Code::ALL.iter().find(|code| code.id() == name)?;
    Some(format!("# {}\n\n{}", code.id(), unindented(code.page())))
}

/// The name of an operator, kind of mistake or one of `others` that `name` was probably meant to be.
pub fn similar_name<'n>(name: &str, others: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let operators = operators::ALL.iter().map(|operator| operator.name);
    did_you_mean(name, operators.chain(Code::ALL.iter().map(|code| code.id())).chain(others))
}

/// The summary of an operator's page.
pub fn operator_summary(name: &str) -> Option<String> {
    operators::find(name).map(|operator| summary(operator.page))
}

/// The first rubric of an author: complete, with comments, in `en` or `zh`.
pub fn starter(language: &str) -> Option<&'static str> {
    match language {
        "en" => Some(include_str!("starter/en.yaml")),
        "zh" => Some(include_str!("starter/zh.yaml")),
        _ => None,
    }
}
