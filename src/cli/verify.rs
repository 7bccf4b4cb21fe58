//! `callgrade verify`: whether a results folder is whole.

use super::score::store_failure;
use super::{Console, Exit, Paint, printable, rubrics};
use crate::call::{Measures, StatusKind};
use crate::grade;
use crate::rubric::Rubric;
use crate::store::{Census, Store, StoreError};
use crate::supervisor::Judge;
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

/// What was looked at and found.
#[derive(Default)]
struct Findings {
    census: Option<Census>,
    cards: u64,
    outdated: u64,
    words_withheld: u64,
    same: u64,
    gone: u64,
    faults: Vec<String>,
}

/// Runs it.
///
/// # Errors
/// Where the folder cannot be read or standard output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let mut found = Findings::default();
    match Store::read(&args.dir).and_then(|store| examine(&store, args.recordings, &mut found)) {
        Ok(()) => {}
        // A damaged database is what this command is there to find, not a failure of its own.
        Err(error) if error.is_corrupt() => found.faults.push(error.to_string()),
        Err(error) => return Err(store_failure(error).into()),
    }
    let mut out = console.data();
    if let Some(census) = found.census {
        writeln!(
            out,
            "{} listed = {} ok + {} degraded + {} failed + {} skipped + {} pending",
            census.listed, census.ok, census.degraded, census.failed, census.skipped, census.pending
        )?;
        writeln!(out, "{} scorecards graded again", found.cards)?;
    }
    if found.outdated > 0 {
        let count = found.outdated;
        writeln!(out, "{count} calls were graded by another version of callgrade, which need not judge as this one")?;
        console.note("the same `callgrade score` command grades them again, without hearing them again");
    }
    if found.words_withheld > 0 {
        writeln!(out, "{} calls have no words stored and were not graded again", found.words_withheld)?;
    }
    if args.recordings {
        writeln!(out, "{} recordings are as they were heard, {} are not there any more", found.same, found.gone)?;
    }
    for fault in &found.faults {
        writeln!(out, "{} {}", Paint::Bad.apply("fault:", console.color), printable(fault))?;
    }
    let verdict = match found.faults.len() {
        0 => Paint::Good.apply("sound", console.color),
        1 => Paint::Bad.apply("1 fault", console.color),
        count => Paint::Bad.apply(&format!("{count} faults"), console.color),
    };
    writeln!(out, "{}: {verdict}", printable(&args.dir.to_string_lossy()))?;
    out.flush()?;
    Ok(if found.faults.is_empty() { Exit::Success } else { Exit::Internal })
}

fn examine(store: &Store, recordings: bool, found: &mut Findings) -> Result<(), StoreError> {
    store.hold()?;
    let census = store.census()?;
    found.census = Some(census);
    found.faults.extend(store.faults()?.into_iter().map(|fault| fault.message));
    if !census.is_conserved() {
        found.faults.push(format!("{} calls are listed, but the counts by status differ", census.listed));
    }
    let mut rubrics_by_hash: BTreeMap<String, Rubric> = BTreeMap::new();
    for stored in store.rubrics_in_use()? {
        match rubrics::again(&stored) {
            Some(rubric) if rubric.hash == stored.hash => drop(rubrics_by_hash.insert(stored.hash, rubric)),
            Some(_) => found.faults.push(format!("the stored text of rubric {} does not give its hash", stored.name)),
            None => found.faults.push(format!("the stored text of rubric {} cannot be read any more", stored.name)),
        }
    }
    let outdated = store.graded_by_others(&Judge::program())?;
    let mut results = store.results()?;
    for result in results.iter()? {
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                found.faults.push(error.to_string());
                continue;
            }
        };
        if !matches!(result.heard.status.kind(), StatusKind::Ok | StatusKind::Degraded) {
            continue;
        }
        if outdated.contains(&result.id) {
            found.outdated += 1;
            continue;
        }
        let speaks = result.heard.sound.channels.iter().any(|channel| !channel.speech.is_empty());
        if speaks && result.heard.transcript.turns.is_empty() {
            found.words_withheld += 1;
            continue;
        }
        if Measures::of(&result.heard, &result.roles) != result.measures {
            found.faults.push(format!("call {}: its measures cannot be reproduced", result.id));
        }
        for card in &result.scorecards {
            let Some(rubric) = rubrics_by_hash.get(&card.rubric_hash) else { continue };
            found.cards += 1;
            if grade::grade(rubric, &result.heard, &result.metadata, &result.roles) != *card {
                found
                    .faults
                    .push(format!("call {}: grading again under {} gives another card", result.id, card.rubric));
            }
        }
    }
    if recordings {
        for (id, path, hash) in store.recordings()? {
            let path = PathBuf::from(OsString::from_vec(path));
            match fs::metadata(&path).map(|metadata| metadata.is_file()) {
                Ok(true) => match hash_of(&path) {
                    Ok(read) if read == hash => found.same += 1,
                    Ok(_) => found.faults.push(format!("call {id}: its recording has other content now")),
                    Err(error) => found.faults.push(format!("call {id}: its recording cannot be read: {error}")),
                },
                _ => found.gone += 1,
            }
        }
    }
    Ok(())
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
