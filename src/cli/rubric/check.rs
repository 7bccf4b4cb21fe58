//! `callgrade rubric check` and `test`.

use super::{load, load_or_fail, text_of};
use crate::call::{Evidence, Finding, Outcome};
use crate::cli::{Console, Exit, Paint, diagnostics, printable};
use crate::diagnostic::Severity;
use crate::grade;
use crate::rubric::{self, ExampleRun};
use anyhow::Context;
use std::io::Write;
use std::path::PathBuf;

/// `rubric check`: every mistake of every file.
pub(super) fn check(files: &[PathBuf], strict: bool, console: &Console) -> anyhow::Result<Exit> {
    let mut exit = Exit::Success;
    let mut out = console.data();
    let mut code = None;
    for path in files {
        let name = printable(&path.to_string_lossy());
        let loaded = match load(path) {
            Ok(loaded) => loaded,
            Err(error) => {
                console.message(format_args!("{} {error:#}", Paint::Bad.apply("error:", console.color_messages)));
                exit = Exit::Usage;
                continue;
            }
        };
        diagnostics::print(&loaded.diagnostics, |name| text_of(&loaded, name), console);
        code = code.or_else(|| loaded.diagnostics.first().map(|first| first.code.id()));
        let errors = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        let warnings = loaded.diagnostics.len() - errors;
        if loaded.has_errors() || (strict && warnings > 0) {
            exit = Exit::Usage;
        }
        match &loaded.rubric {
            Some(rubric) => {
                let criteria: usize = rubric.sections.iter().map(|section| section.criteria.len()).sum();
                let verdict = Paint::Good.apply("ok", console.color);
                let remark = if warnings > 0 { format!(", {}", counted(warnings, "warning")) } else { String::new() };
                writeln!(out, "{name}: {verdict}, {}{remark}", counted(criteria, "criterion"))?;
            }
            None => {
                let verdict = Paint::Bad.apply(&counted(errors, "mistake"), console.color);
                let remark = if warnings > 0 { format!(", {}", counted(warnings, "warning")) } else { String::new() };
                writeln!(out, "{name}: {verdict}{remark}")?;
            }
        }
        if loaded.diagnostics.len() >= rubric::MAX_MISTAKES {
            console.note(format_args!("these are the first {}; there may be more", rubric::MAX_MISTAKES));
        }
    }
    out.flush().context("writing to standard output")?;
    if let (Some(code), true) = (code, exit != Exit::Success) {
        console.note(format_args!("`callgrade rubric explain {code}` says more about a mistake of this kind"));
    }
    Ok(exit)
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "criterion") => format!("{count} criteria"),
        _ => format!("{count} {what}s"),
    }
}

/// `rubric test`: the examples of every file.
pub(super) fn test(files: &[PathBuf], console: &Console) -> anyhow::Result<Exit> {
    let mut exit = Exit::Success;
    let mut out = console.data();
    for path in files {
        let rubric = match load_or_fail(path, console) {
            Ok(rubric) => rubric,
            Err(error) => {
                console.message(format_args!("{} {error:#}", Paint::Bad.apply("error:", console.color_messages)));
                exit = Exit::Usage;
                continue;
            }
        };
        let runs = rubric::run_examples(&rubric, &grade::findings);
        let wrong: Vec<&ExampleRun<'_>> = runs.iter().filter(|run| !run.is_as_expected()).collect();
        for run in &wrong {
            describe(run, &rubric.language, &mut out, console)?;
        }
        let criteria = rubric.sections.iter().map(|section| section.criteria.len()).sum();
        let name = printable(&path.to_string_lossy());
        let total = format!("{} of {}", counted(runs.len(), "example"), counted(criteria, "criterion"));
        if wrong.is_empty() {
            writeln!(out, "{name}: {}, {total}", Paint::Good.apply("ok", console.color))?;
        } else {
            let verdict = Paint::Bad.apply(&format!("{} not as expected", wrong.len()), console.color);
            writeln!(out, "{name}: {verdict}, {total}")?;
            exit = Exit::Usage;
        }
    }
    out.flush().context("writing to standard output")?;
    Ok(exit)
}

/// An example that is not as expected: what was wanted, what came, why, and the call.
fn describe(run: &ExampleRun<'_>, language: &str, out: &mut impl Write, console: &Console) -> std::io::Result<()> {
    let ExampleRun { criterion, example, number, finding } = run;
    let heading = format!("{}: example {} {number}", criterion.id, example.expected);
    writeln!(out, "{}", Paint::Strong.apply(&printable(&heading), console.color))?;
    writeln!(out, "  {}", Paint::Good.apply(&format!("- expected {}", example.expected), console.color))?;
    writeln!(out, "  {}", Paint::Bad.apply(&format!("+ got      {}", outcome(finding)), console.color))?;
    writeln!(out, "  because  {}", printable(finding.reason.in_language(language)))?;
    write_evidence(finding, out)?;
    for line in example.script.lines() {
        writeln!(out, "  {}", Paint::Faint.apply(&format!("| {}", printable(line)), console.color))?;
    }
    writeln!(out)
}

/// An outcome with its fraction.
pub(super) fn outcome(finding: &Finding) -> String {
    match finding.outcome {
        Outcome::Partial(fraction) => format!("partial ({:.0} %)", fraction * 100.0),
        outcome => outcome.as_str().to_owned(),
    }
}

/// What supports a finding, one place a line.
pub(super) fn write_evidence(finding: &Finding, out: &mut impl Write) -> std::io::Result<()> {
    for Evidence { speaker, span, quote, matched, similarity, .. } in &finding.evidence {
        let quote = if quote.is_empty() { "(no words)".into() } else { format!("\"{}\"", printable(quote)) };
        let like = if *similarity < 1.0 { format!(" ({:.0} % alike)", similarity * 100.0) } else { String::new() };
        let matched = printable(matched);
        writeln!(out, "  evidence {} {}-{}: {quote} for \"{matched}\"{like}", speaker.as_str(), span.start, span.end)?;
    }
    if let (Some(window), true) = (finding.searched, finding.evidence.is_empty()) {
        writeln!(out, "  searched {}-{}", window.start, window.end)?;
    }
    Ok(())
}
