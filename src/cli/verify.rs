//! `callgrade verify`: whether a results folder is whole.

use super::score::store_failure;
use super::{Console, Exit, Paint, printable, rubrics};
use crate::call::{Measures, StatusKind};
use crate::grade;
use crate::rubric::Rubric;
use crate::store::Store;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Check a results folder: database, counts, references, and that grading again gives each stored score
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Read the recordings again too and compare their hashes
    #[arg(long)]
    recordings: bool,
}

/// Runs it.
///
/// # Errors
/// Where the folder cannot be read or standard output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    let census = store.census().map_err(store_failure)?;
    let mut faults: Vec<String> =
        store.faults().map_err(store_failure)?.into_iter().map(|fault| fault.message).collect();
    if !census.is_conserved() {
        faults.push(format!("{} calls are listed, but the counts by status differ", census.listed));
    }
    let mut rubrics_by_hash: BTreeMap<String, Rubric> = BTreeMap::new();
    for stored in store.rubrics_in_use().map_err(store_failure)? {
        match rubrics::again(&stored) {
            Some(rubric) if rubric.hash == stored.hash => drop(rubrics_by_hash.insert(stored.hash, rubric)),
            Some(_) => faults.push(format!("the stored text of rubric {} does not give its hash", stored.name)),
            None => faults.push(format!("the stored text of rubric {} cannot be read any more", stored.name)),
        }
    }
    let (mut cards, mut words_withheld) = (0_u64, 0_u64);
    let mut results = store.results().map_err(store_failure)?;
    for result in results.iter().map_err(store_failure)? {
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        if !matches!(result.heard.status.kind(), StatusKind::Ok | StatusKind::Degraded) {
            continue;
        }
        let speaks = result.heard.sound.channels.iter().any(|channel| !channel.speech.is_empty());
        if speaks && result.heard.transcript.turns.is_empty() {
            words_withheld += 1;
            continue;
        }
        if Measures::of(&result.heard, &result.roles) != result.measures {
            faults.push(format!("call {}: its measures cannot be reproduced", result.id));
        }
        for card in &result.scorecards {
            let Some(rubric) = rubrics_by_hash.get(&card.rubric_hash) else { continue };
            cards += 1;
            if grade::grade(rubric, &result.heard, &result.metadata, &result.roles) != *card {
                faults.push(format!("call {}: grading again under {} gives another card", result.id, card.rubric));
            }
        }
    }
    let (mut same, mut gone) = (0_u64, 0_u64);
    if args.recordings {
        for (id, path, hash) in store.recordings().map_err(store_failure)? {
            let path = PathBuf::from(OsString::from_vec(path));
            match fs::metadata(&path).map(|metadata| metadata.is_file()) {
                Ok(true) => match hash_of(&path) {
                    Ok(found) if found == hash => same += 1,
                    Ok(_) => faults.push(format!("call {id}: its recording has other content now")),
                    Err(error) => faults.push(format!("call {id}: its recording cannot be read: {error}")),
                },
                _ => gone += 1,
            }
        }
    }
    let mut out = console.data();
    writeln!(
        out,
        "{} listed = {} ok + {} degraded + {} failed + {} skipped + {} pending",
        census.listed, census.ok, census.degraded, census.failed, census.skipped, census.pending
    )?;
    writeln!(out, "{cards} scorecards graded again")?;
    if words_withheld > 0 {
        writeln!(out, "{words_withheld} calls have no words stored and were not graded again")?;
    }
    if args.recordings {
        writeln!(out, "{same} recordings are as they were heard, {gone} are not there any more")?;
    }
    for fault in &faults {
        writeln!(out, "{} {}", Paint::Bad.apply("fault:", console.color), printable(fault))?;
    }
    let verdict = match faults.len() {
        0 => Paint::Good.apply("sound", console.color),
        1 => Paint::Bad.apply("1 fault", console.color),
        count => Paint::Bad.apply(&format!("{count} faults"), console.color),
    };
    writeln!(out, "{}: {verdict}", printable(&args.dir.to_string_lossy()))?;
    out.flush()?;
    Ok(if faults.is_empty() { Exit::Success } else { Exit::Internal })
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
