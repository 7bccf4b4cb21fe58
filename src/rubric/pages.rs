//! The examples on the operators' pages, and the pages as one document.
//!
//! An example is a block of Markdown with the info word `example`: a fragment of a rubric, a call, and what must come
//! of it. They are documentation that cannot go stale, since tests run them.

use super::compile::worthless;
use super::parse::parse;
use super::raw::{Listed, Ordered};
use super::{Judge, Rubric};
use crate::call::script;
use crate::diagnostic::{self, Code, Diagnostic};
use crate::operators::{self, Builder, WrittenCheck};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One example of an operator's page.
#[derive(Debug, Deserialize, JsonSchema)]
struct Block {
    /// The check that looks at the call.
    check: WrittenCheck,
    /// The outcome that it must have.
    expect: Expected,
    /// The call, as a script.
    call: String,
    /// Named places that the check may refer to.
    #[serde(default)]
    marks: Ordered<WrittenCheck>,
    /// Slots of the phrases.
    #[serde(default)]
    slots: Ordered<Listed<String>>,
    /// Lexicons by name.
    #[serde(default)]
    lexicons: Ordered<Listed<String>>,
    /// A quote that must be among the evidence.
    evidence: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Pass,
    Partial,
    Fail,
    NotApplicable,
    Unsure,
}

/// An example that does not hold.
#[derive(Debug)]
pub struct PageMistake {
    /// The line of the page on which the example begins, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// The text of every example of `page` with its line.
pub fn page_examples(page: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.trim_end()) {
            (None, "```example") => open = Some((index + 1, String::new())),
            (Some(_), "```") => examples.extend(open.take()),
            (Some((_, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    examples
}

/// Runs every example of `page`; gives those that do not hold.
pub fn check_page(page: &str, judge: Judge<'_>) -> Vec<PageMistake> {
    page_examples(page)
        .into_iter()
        .filter_map(|(line, text)| run(&text, judge).err().map(|problem| PageMistake { line, problem }))
        .collect()
}

fn run(text: &str, judge: Judge<'_>) -> Result<(), String> {
    let mistakes = |found: Vec<Diagnostic>| {
        let line = |it: &Diagnostic| {
            let at = text.get(it.primary.span.clone()).unwrap_or_default();
            let help = it.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} at `{}`{help}", it.message, at.lines().next().unwrap_or_default())
        };
        found.iter().map(line).collect::<Vec<_>>().join("; ")
    };
    let mut found = Vec::new();
    let tree = parse(text, 0, &mut found);
    let block: Option<Block> = tree.and_then(|tree| diagnostic::read(&tree, &mut found));
    let Some(block) = block.filter(|_| found.is_empty()) else { return Err(mistakes(found)) };
    let (heard, metadata, roles) = script::parse(&block.call).map_err(|error| format!("the call: {error}"))?;
    let lexicons = block.lexicons.0.into_iter().map(|(name, list)| (name.value, list.0)).collect();
    let values = |list: Listed<String>| list.0.into_iter().map(|it| it.value).collect();
    let slots: BTreeMap<String, Vec<String>> =
        block.slots.0.into_iter().map(|(name, list)| (name.value, values(list))).collect();
    let mut slot_names: BTreeSet<String> = slots.keys().cloned().collect();
    slot_names.extend(["agent", "customer", "company"].map(str::to_owned));
    let ids: BTreeSet<String> = block.marks.0.iter().map(|(name, _)| name.value.clone()).collect();
    let language = match heard.transcript.language.as_str() {
        "zh" => "zh",
        "en" => "en",
        _ => "any",
    };
    let mut builder = Builder::new(language, &lexicons, &slot_names, &ids);
    let check = builder.check(&block.check.0);
    let marks: Vec<_> =
        block.marks.0.iter().filter_map(|(name, mark)| Some((name.value.clone(), builder.check(&mark.0)?))).collect();
    let found = std::mem::take(&mut builder.diagnostics);
    let Some(check) = check.filter(|_| found.is_empty()) else { return Err(mistakes(found)) };
    let rubric = Rubric { slots, marks, ..worthless(language, check) };
    let findings = judge(&rubric, &heard, &metadata, &roles);
    let finding = findings.first().and_then(|section| section.first()).ok_or("nothing was judged")?;
    let expected = format!("{:?}", block.expect).to_lowercase();
    let got = finding.outcome.as_str();
    if got.replace('_', "") != expected {
        return Err(format!("expected {expected}, got {got}: {} {:?}", finding.reason.en, finding.evidence));
    }
    match block.evidence {
        Some(wanted) if !finding.evidence.iter().any(|it| it.quote.contains(&wanted)) => {
            let quotes: Vec<&str> = finding.evidence.iter().map(|it| it.quote.as_str()).collect();
            Err(format!("expected the evidence {wanted:?}, got {quotes:?}"))
        }
        _ => Ok(()),
    }
}

/// `docs/operators.md`: how checks are written, then every operator's page.
pub fn operators_document() -> String {
    let mut out = String::from(include_str!("pages/operators.md"));
    out.push_str("\n## The operators\n\n");
    for operator in operators::ALL {
        let _ = writeln!(out, "- [`{0}`](#{0}) – {1}", operator.name, summary(operator.page));
    }
    for operator in operators::ALL {
        out.push('\n');
        for line in operator.page.trim_end().lines() {
            // Pages begin with a heading of their own; in the document they stand two levels lower.
            if line.starts_with("# ") || line.starts_with("## ") {
                out.push_str("##");
            }
            out.push_str(if line == "```example" { "```yaml" } else { line });
            out.push('\n');
        }
    }
    out
}

/// `docs/diagnostics.md`: every kind of mistake.
pub fn diagnostics_document() -> String {
    let mut out = String::from(include_str!("pages/diagnostics.md"));
    for code in Code::ALL {
        let kind = match code.severity() {
            diagnostic::Severity::Error => "error",
            diagnostic::Severity::Warning => "warning",
        };
        let _ = write!(out, "\n## {}\n\n*{kind}*\n\n{}", code.id(), unindented(code.page()));
    }
    out
}

/// Doc comments keep the blank after `///`.
pub(super) fn unindented(page: &str) -> String {
    page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect()
}

/// The first sentence of a page.
pub(super) fn summary(page: &str) -> String {
    let mut lines = page.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    let paragraph: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().is_empty()).collect();
    let paragraph = paragraph.join(" ");
    match paragraph.split_once(". ") {
        Some((first, _)) => first.to_owned(),
        None => paragraph.trim_end_matches('.').to_owned(),
    }
}
