//! `callgrade rubric`: everything that the author of a rubric needs; no audio, no model.

use super::diagnostics;
use super::{Console, Exit, Failure, Paint, printable};
use crate::call::{Evidence, Finding};
use crate::diagnostic::Severity;
use crate::grade;
use crate::rubric::{self, ExampleRun, Loaded, SourceError, Sources};
use anyhow::Context;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Check, test, explain and create rubrics.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find every mistake in rubrics
    Check {
        /// Rubric files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Warnings count as mistakes
        #[arg(long)]
        strict: bool,
    },
    /// Run the examples that stand in rubrics
    Test {
        /// Rubric files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Runs it.
///
/// # Errors
/// When a file cannot be read or the output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Check { files, strict } => check(files, *strict, console),
        Command::Test { files } => test(files, console),
    }
}

/// Texts from the disk; a file below the rubric's folder may not lead out of it through a link.
struct Folder {
    rubric: PathBuf,
}

impl Sources for Folder {
    fn text(&self, path: &str) -> Result<String, SourceError> {
        let path = Path::new(path);
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => SourceError::Missing,
            _ => SourceError::Unreadable(error.to_string()),
        };
        if path != self.rubric {
            let parent = |path: &Path| match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
                _ => PathBuf::from("."),
            };
            let folder = parent(&self.rubric).canonicalize().map_err(unreadable)?;
            if !path.canonicalize().map_err(unreadable)?.starts_with(folder) {
                return Err(SourceError::Outside);
            }
        }
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(SourceError::Unreadable("it is not a regular file".into()));
        }
        let mut bytes = Vec::new();
        file.take(rubric::MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > rubric::MAX_BYTES {
            return Err(SourceError::TooLarge(rubric::MAX_BYTES));
        }
        String::from_utf8(bytes).map_err(|_| SourceError::NotText)
    }
}

/// Reads a rubric from the disk with everything that it names.
///
/// # Errors
/// A usage failure where the file itself cannot be read; mistakes inside it are in the result.
pub(super) fn load(path: &Path) -> anyhow::Result<Loaded> {
    let name = path.to_str().ok_or_else(|| {
        Failure::new(Exit::Usage, format_args!("{} is not a UTF-8 file name", printable(&path.to_string_lossy())))
    })?;
    let name = if std::path::MAIN_SEPARATOR == '\\' { name.replace('\\', "/") } else { name.to_owned() };
    rubric::load(&name, &Folder { rubric: PathBuf::from(&name) }).map_err(|error| {
        let help = match error {
            SourceError::Missing => "`callgrade rubric new` writes a first one",
            _ => "a rubric is a YAML file saved as UTF-8",
        };
        Failure::new(Exit::Usage, format_args!("{}: {error}", printable(&name))).help(help).into()
    })
}

/// Reads a rubric and prints its mistakes; without errors it gives the rubric, else a usage failure.
///
/// # Errors
/// Where the rubric cannot be read or has an error.
pub fn load_or_fail(path: &Path, console: &Console) -> anyhow::Result<rubric::Rubric> {
    let loaded = load(path)?;
    let errors: Vec<_> = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error).cloned().collect();
    diagnostics::print(&errors, |name| text_of(&loaded, name), console);
    let count = errors.len();
    loaded.rubric.ok_or_else(|| {
        Failure::new(Exit::Usage, format_args!("{}: {count} mistakes", printable(&path.to_string_lossy()))).into()
    })
}

fn text_of<'l>(loaded: &'l Loaded, name: &str) -> &'l str {
    loaded.files.iter().find(|file| file.name == name).map_or("", |file| file.text.as_str())
}

fn check(files: &[PathBuf], strict: bool, console: &Console) -> anyhow::Result<Exit> {
    let mut exit = Exit::Success;
    let mut out = console.data();
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
    }
    out.flush().context("writing to standard output")?;
    if exit != Exit::Success {
        console.note("`callgrade rubric explain CODE` says more about a mistake, such as `unknown-key`");
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

fn test(files: &[PathBuf], console: &Console) -> anyhow::Result<Exit> {
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
            describe(run, &mut out, console)?;
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
fn describe(run: &ExampleRun<'_>, out: &mut impl Write, console: &Console) -> std::io::Result<()> {
    let ExampleRun { criterion, example, number, finding } = run;
    let heading = format!("{}: example {} {number}", criterion.id, example.expected);
    writeln!(out, "{}", Paint::Strong.apply(&printable(&heading), console.color))?;
    writeln!(out, "  {}", Paint::Good.apply(&format!("- expected {}", example.expected), console.color))?;
    writeln!(out, "  {}", Paint::Bad.apply(&format!("+ got      {}", outcome(finding)), console.color))?;
    writeln!(out, "  because  {}", printable(&finding.reason.en))?;
    write_evidence(finding, out)?;
    for line in example.script.lines() {
        writeln!(out, "  {}", Paint::Faint.apply(&format!("| {}", printable(line)), console.color))?;
    }
    writeln!(out)
}

fn outcome(finding: &Finding) -> String {
    match finding.outcome {
        crate::call::Outcome::Partial(fraction) => format!("partial ({:.0} %)", fraction * 100.0),
        outcome => outcome.as_str().to_owned(),
    }
}

fn write_evidence(finding: &Finding, out: &mut impl Write) -> std::io::Result<()> {
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
