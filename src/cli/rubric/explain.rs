//! `callgrade rubric explain` and `new`.

use super::load;
use crate::cli::wrap::wrapped;
use crate::cli::{Console, Exit, Failure, Paint, printable};
use crate::rubric;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// Columns that the names of a list take up.
const NAMES: usize = 27;

/// `rubric explain`: the page of an operator or of a kind of mistake, or a criterion or mark of a rubric.
pub(super) fn explain(name: Option<&str>, rubric: Option<&Path>, console: &Console) -> anyhow::Result<Exit> {
    let mut out = console.data();
    let loaded = rubric.map(load).transpose()?;
    let outline = loaded.as_ref().map_or(&[][..], |loaded| loaded.outline.as_slice());
    let Some(name) = name else {
        if outline.is_empty() {
            out.write_all(wrapped(&rubric::overview(), NAMES, console.width).as_bytes())?;
        }
        for criterion in outline {
            writeln!(out, "{:28} {}", printable(&criterion.id), criterion.operators.join(", "))?;
        }
        out.flush()?;
        return Ok(Exit::Success);
    };
    if let Some(criterion) = outline.iter().find(|criterion| criterion.id == name) {
        let file = loaded.iter().flat_map(|loaded| &loaded.files).find(|file| file.name == criterion.file);
        let text = file.map_or("", |file| file.text.as_str());
        let line = 1 + text[..criterion.span.start].matches('\n').count();
        let heading = format!("# {}:{line}", printable(&criterion.file));
        writeln!(out, "{}", Paint::Faint.apply(&heading, console.color))?;
        for line in dedented(text, criterion.span.clone()) {
            writeln!(out, "{}", printable(&line))?;
        }
        for operator in &criterion.operators {
            if let Some(summary) = rubric::operator_summary(operator) {
                writeln!(out, "\n{}: {summary}", Paint::Strong.apply(operator, console.color))?;
            }
        }
        out.flush()?;
        return Ok(Exit::Success);
    }
    match rubric::explain(name) {
        Some(page) => {
            out.write_all(page.as_bytes())?;
            out.flush()?;
            Ok(Exit::Success)
        }
        None => {
            let ids = outline.iter().map(|criterion| criterion.id.as_str());
            let help = match rubric::similar_name(name, ids) {
                Some(known) => format!("did you mean `{known}`?"),
                None if rubric.is_none() => "for a criterion or mark, name its rubric with `--rubric FILE`".to_owned(),
                None => "`callgrade rubric explain` lists all names".to_owned(),
            };
            Err(Failure::new(Exit::Usage, format_args!("nothing is called `{}`", printable(name))).help(help).into())
        }
    }
}

/// The lines of a span, without the indentation of the line on which it begins.
fn dedented(text: &str, span: std::ops::Range<usize>) -> Vec<String> {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[start..span.start].chars().count();
    let strip = |line: &str| {
        let blanks = line.chars().take(indent).take_while(|it| *it == ' ').count();
        line[blanks..].to_owned()
    };
    let mut lines = text[span].lines();
    let first = lines.next().unwrap_or_default().to_owned();
    std::iter::once(first).chain(lines.map(strip)).collect()
}

/// `rubric new`: a first rubric.
pub(super) fn start(language: &str, output: Option<&Path>, console: &Console) -> anyhow::Result<Exit> {
    let text = rubric::starter(language).unwrap_or_default();
    let Some(path) = output.filter(|path| *path != Path::new("-")) else {
        let mut out = console.data();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        return Ok(Exit::Success);
    };
    let name = printable(&path.to_string_lossy());
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Usage, format_args!("{name} exists already, and is left as it is"))
                .help("name another file")
        }
        _ => Failure::new(Exit::Output, format_args!("{name} cannot be written: {error}")),
    })?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    console.note(format_args!("wrote {name}; next: callgrade rubric test {name}"));
    Ok(Exit::Success)
}
