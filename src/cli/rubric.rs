//! `callgrade rubric`: everything that the author of a rubric needs; no audio, no model.

mod attempt;
mod check;
mod explain;

use super::diagnostics;
use super::{Console, Exit, Failure, printable};
use crate::diagnostic::Severity;
use crate::rubric::{self, Loaded, SourceError, Sources};
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
    /// Say what an operator, a criterion or a kind of mistake is; without a name, list them
    Explain {
        /// Name of an operator (says), of a criterion (greeting) or of a kind of mistake (unknown-key)
        name: Option<String>,
        /// The rubric that has the criterion
        #[arg(long, value_name = "FILE")]
        rubric: Option<PathBuf>,
    },
    /// Print the JSON schema of rubrics, for editors
    Schema,
    /// Write a first rubric, with comments
    New {
        /// Language of the calls
        #[arg(long, value_parser = ["en", "zh"], default_value = "en")]
        language: String,
        /// Where to write it; standard output without it. An existing file is kept
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Grade a call that is written as text: no audio, no model
    Try {
        /// Rubric file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The call: a transcript with a speaker's name and perhaps a time on each line, or subtitles; `-` for
        /// standard input
        #[arg(value_name = "TEXT", required_unless_present = "transcript")]
        text: Option<PathBuf>,
        /// The same, named
        #[arg(long, value_name = "TEXT", conflicts_with = "text")]
        transcript: Option<PathBuf>,
        /// The agent's name in the transcript, where it does not say agent or 客服
        #[arg(long, value_name = "NAME")]
        agent: Option<String>,
        /// Print the scorecard as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
///
/// # Errors
/// When a file cannot be read or the output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Check { files, strict } => check::check(files, *strict, console),
        Command::Test { files } => check::test(files, console),
        Command::Explain { name, rubric } => explain::explain(name.as_deref(), rubric.as_deref(), console),
        Command::Schema => {
            let mut out = console.data();
            serde_json::to_writer_pretty(&mut out, &rubric::schema())?;
            writeln!(out)?;
            out.flush()?;
            Ok(Exit::Success)
        }
        Command::New { language, output } => explain::start(language, output.as_deref(), console),
        Command::Try { file, text, transcript, agent, json } => {
            let transcript = text.as_deref().or(transcript.as_deref()).unwrap_or(Path::new("-"));
            attempt::attempt(file, transcript, agent.as_deref(), *json, console)
        }
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
        let kind = path.metadata().map_err(unreadable)?;
        if kind.is_dir() {
            return Err(SourceError::Unreadable("it is a folder; name the files in it, each by itself".into()));
        }
        // Opening a pipe would wait for somebody to write to it.
        if !kind.is_file() {
            return Err(SourceError::Unreadable("it is not a regular file".into()));
        }
        let file = File::open(path).map_err(unreadable)?;
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
            SourceError::Unreadable(_) => "see that it is a file and that you may read it",
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
        Failure::new(
            Exit::Usage,
            format_args!(
                "{}: {count} mistake{}",
                printable(&path.to_string_lossy()),
                if count == 1 { "" } else { "s" }
            ),
        )
        .into()
    })
}

fn text_of<'l>(loaded: &'l Loaded, name: &str) -> &'l str {
    loaded.files.iter().find(|file| file.name == name).map_or("", |file| file.text.as_str())
}
