//! `callgrade export`: all results as one file.

use super::report::Lang;
use super::score::store_failure;
use super::{Console, Exit, Failure, printable};
use crate::report::summary::Summary;
use crate::report::wire::v1;
use crate::report::{Language, csv, xlsx};
use crate::store::{DATABASE, Store};
use anyhow::Context;
use std::fs::{FileType, OpenOptions};
use std::io::{BufWriter, Cursor, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Write all results as one file
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// JSON lines, CSV or a spreadsheet
    #[arg(long, value_enum)]
    format: Format,
    /// Language of the words in a workbook
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// Write CSV without the mark that tells spreadsheets that it is UTF-8
    #[arg(long)]
    no_bom: bool,
    /// File to write, `-` for standard output
    #[arg(long, short, value_name = "FILE|-", default_value = "-")]
    output: PathBuf,
}

/// Formats of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One call a line, format 1
    Jsonl,
    /// One row a call and rubric
    Csv,
    /// A workbook
    Xlsx,
}

/// Runs it.
///
/// # Errors
/// Where there is no such folder or the file cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    if args.output == Path::new("-") {
        if args.format == Format::Xlsx && std::io::stdout().is_terminal() {
            return Err(Failure::new(Exit::Usage, "a workbook says nothing on a terminal")
                .help("name a file with --output, as in --output day.xlsx")
                .into());
        }
        let mut out = console.data();
        write(&store, args, &mut out)?;
        out.flush()?;
        return Ok(Exit::Success);
    }
    let naming = || format!("writing {}", args.output.display());
    // Where a link leads is what is meant; where it leads nowhere yet, a file is made there.
    let target = std::fs::canonicalize(&args.output).unwrap_or_else(|_| args.output.clone());
    let there = std::fs::symlink_metadata(&target).map(|metadata| metadata.file_type());
    if there.as_ref().is_ok_and(FileType::is_dir) {
        let message = format!("{} is a folder", printable(&args.output.to_string_lossy()));
        return Err(Failure::new(Exit::Usage, message).help("name a file in it").into());
    }
    if std::fs::canonicalize(args.dir.join(DATABASE)).is_ok_and(|database| database == target) {
        let message = format!("{} holds the results themselves", printable(&args.output.to_string_lossy()));
        return Err(Failure::new(Exit::Usage, message).help("name another file").into());
    }
    // A device, a pipe or a link is written to, never replaced.
    if there.is_ok_and(|there| !there.is_file()) {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&target);
        let mut out = BufWriter::new(file.with_context(naming)?);
        write(&store, args, &mut out).with_context(naming)?;
        return out.flush().with_context(naming).map(|()| Exit::Success);
    }
    // Beside its target and renamed over it, so that a reader never sees half a file.
    let folder = folder_of(&target);
    let file = tempfile::Builder::new()
        .make_in(folder, |path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path))
        .with_context(naming)?;
    let mut out = BufWriter::new(file);
    write(&store, args, &mut out).with_context(naming)?;
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(naming)?;
    file.as_file().sync_all().with_context(naming)?;
    file.persist(&target).map_err(|error| error.error).with_context(naming)?;
    Ok(Exit::Success)
}

/// The folder that the file lies in.
fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn write(store: &Store, args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut out = out;
    match args.format {
        Format::Jsonl => {
            let mut results = store.results().map_err(store_failure)?;
            for result in results.iter().map_err(store_failure)? {
                v1::write_line(&mut out, &result.map_err(store_failure)?)?;
            }
        }
        Format::Csv => {
            let mut rows = csv::Table::default();
            let mut results = store.results().map_err(store_failure)?;
            for result in results.iter().map_err(store_failure)? {
                rows.add(&result.map_err(store_failure)?);
            }
            rows.write(&mut out, !args.no_bom).map_err(csv_error)?;
        }
        Format::Xlsx => {
            let language = Language::from(args.lang);
            let mut summary = Summary::default();
            let mut results = store.results().map_err(store_failure)?;
            for result in results.iter().map_err(store_failure)? {
                summary.add(&result.map_err(store_failure)?, language);
            }
            // A workbook is an archive whose writer goes back and forth; standard output cannot.
            let mut workbook = Cursor::new(Vec::new());
            xlsx::write(&summary, language, folder_of(&args.output), &mut workbook)?;
            out.write_all(workbook.get_ref())?;
        }
    }
    Ok(())
}

/// The input or output error inside an error of the CSV writer, so that the exit code is the right one.
fn csv_error(error: ::csv::Error) -> anyhow::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error.into(),
        other => anyhow::anyhow!("writing CSV: {other:?}"),
    }
}
