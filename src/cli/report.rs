//! `callgrade report`: the results folder as pages to look at.

use super::score::store_failure;
use super::{Console, Exit, Failure, printable};
use crate::call::{CallResult, Ms};
use crate::report::clips::{self, cut};
use crate::report::names::file_stem;
use crate::report::{Language, csv, site, xlsx};
use crate::store::Store;
use anyhow::Context;
use clap::ValueEnum;
use std::cell::Cell;
use std::fmt::Write;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

/// Write the HTML report, spreadsheet and CSV of a results folder
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Language of the report's words
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// Where to write it; a folder `report` inside DIR otherwise
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Put a copy of each recording beside its page, with personal numbers beeped and key tones muted, instead of a
    /// link to the recording
    #[arg(long)]
    with_audio: bool,
}

/// Language of the words around the results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English
    #[default]
    En,
    /// Mandarin
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Language::En,
            Lang::Zh => Language::Zh,
        }
    }
}

/// Writes the report.
///
/// # Errors
/// Where the folder holds no results or the report can't be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    let out_dir = args.to.clone().unwrap_or_else(|| args.dir.join("report"));
    let base = std::path::absolute(&out_dir).context("find the report's folder")?.join("calls");
    let dir = args.dir.clone();
    let missing = Cell::new(0_usize);
    let audio = |call: &CallResult| {
        let Some(recording) = find_recording(&store, &dir, call) else {
            missing.set(missing.get() + usize::from(call.heard.audio.duration > Ms(0)));
            return None;
        };
        if !args.with_audio {
            return Some(address(&base, &recording));
        }
        let name = format!("{}.wav", file_stem(&call.id));
        let copied = private_file(&base.join(&name)).map_err(anyhow::Error::from).and_then(|file| {
            let hash = &call.heard.audio.content_hash;
            Ok(cut::copy(&recording, hash, &clips::covers(call), BufWriter::new(file))?)
        });
        match copied {
            Ok(()) => Some(name),
            Err(error) => {
                console.warn(format_args!("{}: no sound: {error:#}", printable(&call.id)));
                // Half a copy is worse than none. Where it can't be removed, the page still does not name it.
                drop(std::fs::remove_file(base.join(&name)));
                None
            }
        }
    };
    let folder = args.dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let settings = site::Settings { language: args.lang.into(), folder, audio: &audio };
    let mut results = store.results().map_err(store_failure)?;
    let mut rows = csv::Table::default();
    let seen = results.iter().map_err(store_failure)?.inspect(|result| {
        if let Ok(call) = result {
            rows.add(call);
        }
    });
    let written = site::write(seen, &settings, &out_dir)?;
    if written.summary.calls.is_empty() {
        return Err(Failure::new(Exit::NothingFound, format_args!("{} holds no calls", args.dir.display()))
            .help("score some recordings into it first")
            .into());
    }
    let sheet = out_dir.join("report.xlsx");
    let file = private_file(&sheet).with_context(|| format!("writing {}", sheet.display()))?;
    xlsx::write(&written.summary, args.lang.into(), &out_dir, BufWriter::new(file))
        .with_context(|| format!("writing {}", sheet.display()))?;
    let table = out_dir.join("report.csv");
    let naming = || format!("writing {}", table.display());
    let file = private_file(&table).with_context(naming)?;
    rows.write(BufWriter::new(file), true).with_context(naming)?;
    if missing.get() > 0 {
        console.warn(format_args!(
            "{} of {} calls go without sound: their recordings are not where they were heard, nor beside the results",
            missing.get(),
            written.summary.calls.len()
        ));
    }
    console.note(format_args!("{} pages; open {}", written.pages, out_dir.join("index.html").display()));
    Ok(Exit::Success)
}

/// A new file, or an emptied one, that only its owner may read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// The recording of `call`, where it still is: where it was heard, or, after both were moved, as it was listed beside
/// the results folder `dir` or above it. The folder that this program is started in says nothing: another day's
/// recording of the same name may lie there.
pub(super) fn find_recording(store: &Store, dir: &Path, call: &CallResult) -> Option<PathBuf> {
    // Where the database refuses, the page goes without sound.
    let heard = store.recording_of(&call.id).ok().flatten();
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let moved = dir.ancestors().skip(1).map(|above| above.join(&call.path));
    heard.into_iter().chain(moved).find(|path| path.is_file())
}

/// The address of `file` as seen from the folder `base`, percent-encoded. Both are absolute.
fn address(base: &Path, file: &Path) -> String {
    let plain = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // The folder may not be there yet, its parent's links matter all the same.
    let base = base.parent().map_or_else(|| base.to_owned(), |parent| plain(parent).join("calls"));
    let (base, file) = (plain(&base), plain(file));
    let (base, file): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (base.components().collect(), file.components().collect());
    let shared = base.iter().zip(&file).take_while(|(one, other)| one == other).count();
    let mut address = "../".repeat(base.len() - shared);
    for (index, part) in file[shared..].iter().enumerate() {
        if index > 0 {
            address.push('/');
        }
        for byte in part.as_os_str().as_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => address.push(*byte as char),
                // Writing to a string does not fail.
                other => drop(write!(address, "%{other:02X}")),
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_addressed_from_the_calls_folder() {
        let seen = |base: &str, file: &str| address(Path::new(base), Path::new(file));
        assert_eq!(seen("/no/results/report/calls", "/no/day 1/小林.wav"), "../../../day%201/%E5%B0%8F%E6%9E%97.wav");
        assert_eq!(seen("/no/a/calls", "/no/a/calls/x#1.wav"), "x%231.wav");
    }
}
