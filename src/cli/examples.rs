//! `callgrade examples`: clips of one criterion for a coaching session.

use super::report::{Lang, find_recording, private_file};
use super::score::store_failure;
use super::{Console, Exit, Failure, printable};
use crate::call::{CallResult, Ms};
use crate::diagnostic::did_you_mean;
use crate::report::Language;
use crate::report::clips::page::{self, Shown};
use crate::report::clips::{self, Candidate, CutError, NoPlace, Wanted, cut};
use crate::report::names::hidden_name;
use crate::report::words::{Words, fill};
use crate::store::Store;
use anyhow::Context;
use clap::ValueEnum;
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::io::{BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Examples of each kind where no number is asked for.
const USUAL: usize = 3;

/// Cut out the best and worst places of a criterion, safe to play
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Personal numbers, and speech that was not recognised, are beeped and key tones muted; clips bear no \
                  names. Which call a clip comes from stands in key.csv: keep that file to yourself."
)]
pub struct Args {
    /// The results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Id of the criterion, such as empathy_after_complaint
    #[arg(long, value_name = "ID")]
    criterion: String,
    /// Only in this rubric
    #[arg(long, value_name = "ID")]
    rubric: Option<String>,
    /// Only findings that ended so
    #[arg(long, value_enum)]
    outcome: Option<Ended>,
    /// How many good examples; 3 where neither --best nor --worst is given
    #[arg(long, value_name = "N")]
    best: Option<usize>,
    /// How many bad examples; 3 where neither --best nor --worst is given
    #[arg(long, value_name = "N")]
    worst: Option<usize>,
    /// Only calls of this agent
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Folder for the clips; made where it is missing
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Language of the pages
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// How a finding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Ended {
    /// Fulfilled
    Pass,
    /// Fulfilled in part
    Partial,
    /// Not fulfilled
    Fail,
    /// A person should look
    Unsure,
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Ended::Pass => "pass",
            Ended::Partial => "partial",
            Ended::Fail => "fail",
            Ended::Unsure => "unsure",
        }
    }
}

/// Writes the clips.
///
/// # Errors
/// Where the folder has no such criterion or the clips can't be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    let wanted = Wanted {
        criterion: args.criterion.clone(),
        rubric: args.rubric.clone(),
        agent: args.agent.clone(),
        outcome: args.outcome.map(|outcome| outcome.name().to_owned()),
    };
    let (found, title) = find(&store, &wanted)?;
    let (best, worst) = match (args.best, args.worst) {
        // A verdict asked for has only one side.
        (None, None) if args.outcome == Some(Ended::Pass) => (USUAL, 0),
        (None, None) if args.outcome.is_some() => (0, USUAL),
        (None, None) => (USUAL, USUAL),
        (best, worst) => (best.unwrap_or(0), worst.unwrap_or(0)),
    };
    let (best, worst) = clips::choose(&found, best, worst, args.outcome.is_some());
    if best.is_empty() && worst.is_empty() {
        return Err(Failure::new(
            Exit::NothingFound,
            format_args!("no call has such a finding for {}", printable(&args.criterion)),
        )
        .into());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.to)
        .with_context(|| format!("making {}", args.to.display()))?;
    let mut writing = Writing { args, store: &store, console, key: Vec::new(), cut: 0, covered: Ms(0) };
    let best = writing.all(&best)?;
    let worst = writing.all(&worst)?;
    let pages = page::pages(&title, &best, &worst, args.lang.into())?;
    write_file(&args.to.join("index.html"), pages.index.as_bytes())?;
    write_file(&args.to.join("coaching-sheet.html"), pages.sheet.as_bytes())?;
    write_file(&args.to.join("key.csv"), &writing.key()?)?;
    let (shown, cut) = (best.len() + worst.len(), writing.cut);
    console.note(format_args!(
        "{cut} of {shown} examples have a clip, {:.1} s of personal numbers covered; open {}",
        writing.covered.seconds(),
        args.to.join("index.html").display()
    ));
    Ok(Exit::Success)
}

/// The findings that are wanted, and the criterion's title.
fn find(store: &Store, wanted: &Wanted) -> anyhow::Result<(Vec<Candidate>, String)> {
    let (mut found, mut title, mut known) = (Vec::new(), None, BTreeSet::new());
    let mut results = store.results().map_err(store_failure)?;
    for result in results.iter().map_err(store_failure)? {
        let call = result.map_err(store_failure)?;
        for row in call.scorecards.iter().flat_map(|card| &card.criteria) {
            if row.id == wanted.criterion {
                title.get_or_insert_with(|| row.title.clone());
            } else if !known.contains(&row.id) {
                known.insert(row.id.clone());
            }
        }
        found.extend(clips::candidates(&call, wanted));
    }
    if let Some(title) = title {
        return Ok((found, title));
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let failure = Failure::new(
        Exit::Usage,
        format_args!("no rubric of this folder has a criterion {}", printable(&wanted.criterion)),
    );
    Err(match did_you_mean(&wanted.criterion, names.iter().copied()) {
        Some(name) => failure.help(format!("did you mean {}?", printable(name))),
        None => failure.help(format!("the criteria are {}", printable(&names.join(", ")))),
    }
    .into())
}

/// What is written while the examples are cut one after the other.
struct Writing<'a> {
    args: &'a Args,
    store: &'a Store,
    console: &'a Console,
    key: Vec<[String; 6]>,
    cut: usize,
    covered: Ms,
}

impl Writing<'_> {
    fn all(&mut self, chosen: &[Candidate]) -> anyhow::Result<Vec<Shown>> {
        chosen.iter().map(|one| self.one(one)).collect()
    }

    fn one(&mut self, chosen: &Candidate) -> anyhow::Result<Shown> {
        let call = self.store.result(&chosen.call).map_err(store_failure)?.context("the results changed meanwhile")?;
        let card = call.scorecards.get(chosen.card).context("the results changed meanwhile")?;
        let result = card.criteria.get(chosen.criterion).context("the results changed meanwhile")?;
        let language: Language = self.args.lang.into();
        let window = clips::window(&call, result);
        let at = window.map_or(Ms(0), |window| window.start);
        let stem = hidden_name(&format!("{}\n{}\n{}\n{}", call.id, card.rubric, result.id, at.0));
        let mut shown = Shown {
            stem: stem.clone(),
            outcome: result.finding.outcome,
            reason: result.finding.reason.in_language(language.code()).to_owned(),
            lines: window.map(|window| clips::lines(&call, result, window)).unwrap_or_default(),
            length: window.map_or(Ms(0), |window| window.length()),
            missing: String::new(),
        };
        match self.clip(&call, window, &stem)? {
            Ok(covered) => {
                self.cut += 1;
                self.covered = self.covered + covered;
                write_file(&self.args.to.join(format!("{stem}.txt")), page::text(&shown, language).as_bytes())?;
            }
            Err(missing) => {
                self.console.warn(format_args!("{}: {}", printable(&call.id), printable(&missing)));
                shown.missing = missing;
            }
        }
        let agent = call.metadata.get("agent").unwrap_or_default().to_owned();
        let outcome = result.finding.outcome.as_str().to_owned();
        self.key.push([stem, call.id.clone(), agent, at.to_string(), outcome, shown.missing.clone()]);
        Ok(shown)
    }

    /// Cuts and writes one clip; gives how long numbers are covered in it, or why there is none.
    fn clip(
        &self,
        call: &CallResult,
        window: Result<crate::call::TimeSpan, NoPlace>,
        stem: &str,
    ) -> anyhow::Result<Result<Ms, String>> {
        let w = Words::of(self.args.lang.into());
        let Ok(window) = window else { return Ok(Err(fill(w.no_clip, &[&w.no_span]))) };
        let why = |reason: &dyn std::fmt::Display| fill(w.no_clip, &[&fill(w.no_recording, &[reason])]);
        let Some(recording) = find_recording(self.store, &self.args.dir, call) else {
            return Ok(Err(why(&call.path)));
        };
        let clip = match cut::cut(&recording, &call.heard.audio.content_hash, window, &clips::covers(call)) {
            Ok(clip) => clip,
            Err(error) => return Ok(Err(why(&error))),
        };
        let path = self.args.to.join(format!("{stem}.wav"));
        let file = private_file(&path).with_context(|| format!("writing {}", path.display()))?;
        match clip.write(BufWriter::new(file)) {
            Err(CutError::Write(hound::Error::IoError(source))) => {
                Err(anyhow::Error::from(source).context(format!("writing {}", path.display())))
            }
            other => {
                other?;
                Ok(Ok(clip.covered))
            }
        }
    }

    /// Which clip comes from which call, as CSV. Cells that a spreadsheet could take for a formula get a quote in front.
    fn key(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["clip", "call", "agent", "start", "outcome", "missing"])?;
        for row in &self.key {
            let plain = |cell: &String| match cell.chars().next() {
                Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
                _ => cell.clone(),
            };
            writer.write_record(row.iter().map(plain))?;
        }
        Ok(writer.into_inner().map_err(|error| error.into_error())?)
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = private_file(path).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("writing {}", path.display()))
}
