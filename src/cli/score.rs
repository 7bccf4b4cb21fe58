//! `callgrade score`: recordings in, scorecards out.

use super::listening::{Listening, ListeningArgs, at_least_one};
use super::progress::Progress;
use super::scores::Scores;
use super::worker::{self, InProcess};
use super::{Console, Exit, Failure, printable, rubrics, summary};
use crate::audio::Limits;
use crate::call::{Metadata, Points, Status, StatusKind};
use crate::store::{self, Store, StoreError};
use crate::supervisor::{
    Choice, Crew, Judge, NamePattern, PlanError, ProcessCrew, RunError, RunSettings, Selection, Sheet, Stop, Summary,
    Supervisor,
};
use anyhow::Context;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Transcribe and grade recordings; the same command again resumes, a changed rubric only grades again
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings, folders of recordings, or `-` for a list of paths on standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Rubric files
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    rubric: Vec<PathBuf>,
    /// Results folder
    #[arg(long, short, value_name = "DIR", default_value = "results", env = "CALLGRADE_OUT")]
    out: PathBuf,
    /// What the telephone system knows of the calls: CSV with a column `file`; without it CALLS.csv in a folder
    /// that is scored
    #[arg(long, value_name = "CALLS.csv")]
    calls: Option<PathBuf>,
    /// Metadata in file names, as in `{date}_{agent}_{call_id}.wav`
    #[arg(long, value_name = "PATTERN")]
    name_pattern: Option<String>,
    /// The channel of the agent; an `agent_channel` column in CALLS.csv goes before it
    #[arg(long, value_enum, default_value_t, value_name = "CHANNEL")]
    agent_channel: AgentChannel,
    #[command(flatten)]
    listening: ListeningArgs,
    /// Only the first N recordings
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<NonZeroUsize>,
    /// Transcribe again what was transcribed before
    #[arg(long)]
    force: bool,
    /// Try recordings again that failed before
    #[arg(long)]
    retry_failed: bool,
    /// Stop after N failures in this run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_failures: Option<u64>,
    /// Leave recordings for later that changed less than so many seconds ago
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    min_age: u64,
    /// Give a recording up that does not move for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Keep scores only: no word of any call is stored
    #[arg(long)]
    no_transcript: bool,
    /// What becomes of file names, which often hold telephone numbers: kept, or replaced by a hash everywhere
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    names: Names,
    /// Exit with 10 where the mean score, or any agent's, lies below
    #[arg(long, value_name = "SCORE", value_parser = score_value)]
    fail_under: Option<f64>,
    /// Hear recordings in this process; a crash of a decoder then ends the run
    #[arg(long)]
    in_process: bool,
    /// Summary as JSON
    #[arg(long)]
    json: bool,
}

/// Which channel the agent speaks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum AgentChannel {
    /// Found from what is said.
    #[default]
    Auto,
    /// The first.
    Left,
    /// The second.
    Right,
}

/// What becomes of file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Names {
    /// They are stored.
    #[default]
    Keep,
    /// A hash of the path is stored.
    Hash,
}

fn score_value(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(score) if (0.0..=100.0).contains(&score) => Ok(score),
        _ => Err("expected a score from 0 to 100".to_owned()),
    }
}

/// Remarks on a list of calls that are shown.
const REMARKS: usize = 5;

/// Recordings and rubrics as the user meant them: `--rubric a.yaml CALLS/` gives both to `--rubric`.
fn told_apart(args: &Args) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let is_rubric = |path: &PathBuf| {
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        yaml || !(path.is_dir() || path.as_os_str() == "-" || path.is_file())
    };
    let first = args.rubric.first().into_iter().cloned();
    let (more, after): (Vec<PathBuf>, Vec<PathBuf>) = args.rubric.iter().skip(1).cloned().partition(is_rubric);
    let recordings: Vec<PathBuf> = args.paths.iter().cloned().chain(after).collect();
    if recordings.is_empty() {
        return Err(Failure::new(Exit::Usage, "no recordings named")
            .help("callgrade score FOLDER --rubric FILE")
            .into());
    }
    Ok((recordings, first.chain(more).collect()))
}

/// `CALLS.csv` in one of the folders that are scored.
fn list_beside(recordings: &[PathBuf], console: &Console) -> Option<PathBuf> {
    let list = recordings.iter().map(|path| path.join("CALLS.csv")).find(|path| path.is_file())?;
    console.note(format_args!("reading the list of calls {}", printable(&list.to_string_lossy())));
    Some(list)
}

/// Runs it.
///
/// # Errors
/// As the exit codes tell: usage, model, locked folder, output.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let Signals { stop, terminated } = catch_signals()?;
    let (recordings, rubric_files) = told_apart(args)?;
    let (rubrics, stored_rubrics) = rubrics::load(&rubric_files, console)?;
    let usage = |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, printable(&error.to_string()));
    let list = args.calls.clone().or_else(|| list_beside(&recordings, console));
    let sheet = list.as_deref().map(Sheet::read).transpose().map_err(|error| usage(&error))?;
    let name_pattern =
        args.name_pattern.as_deref().map(NamePattern::parse).transpose().map_err(|error| usage(&error))?;
    let (paths, listed) = paths_of(&recordings)?;
    let listening = args.listening.resolve()?;
    let choice = Choice {
        paths,
        listed,
        out: Some(&args.out),
        sheet: sheet.as_ref(),
        name_pattern: name_pattern.as_ref(),
        limit: args.limit.map(NonZeroUsize::get),
        hash_names: args.names == Names::Hash,
    };
    let selection = match Selection::make(&choice, &|| stop.load(Ordering::Relaxed) == 0) {
        Err(PlanError::Stopped) => {
            let exit = if terminated.load(Ordering::Relaxed) { Exit::Terminated } else { Exit::Interrupted };
            return Err(Failure::new(exit, "interrupted while looking for recordings; nothing was started").into());
        }
        made => made.map_err(|error| usage(&error))?,
    };
    if selection.items.is_empty() {
        let mut failure = Failure::new(Exit::NothingFound, "no recording found");
        if selection.ignored > 0 {
            failure.message = format!("no recording found; {} left out", other_files(selection.ignored));
        }
        return Err(failure.help("name a file directly to have it tried whatever its name").into());
    }
    let remarks = sheet.as_ref().map(Sheet::remarks).unwrap_or_default();
    for remark in remarks.iter().take(REMARKS) {
        console.warn(format_args!("list of calls: {}", printable(remark)));
    }
    if let Some(more) = remarks.len().checked_sub(REMARKS).filter(|more| *more > 0) {
        console.warn(format_args!("list of calls: {more} more like these"));
    }
    remark_on(&selection, args, list.as_deref(), console);

    let mut store = Store::create(&args.out).map_err(store_failure)?;
    if let Some(kind) = store::network_filesystem(&args.out) {
        console.warn(format_args!(
            "{} lies on {kind}, where databases can be damaged; a local folder is safer",
            printable(&args.out.to_string_lossy())
        ));
    }
    let heard_key = |metadata: &Metadata| listening.key(metadata);
    let now = || jiff::Timestamp::now().as_millisecond();
    let settings = RunSettings {
        jobs: listening.worker.jobs,
        force: args.force,
        retry_failed: args.retry_failed,
        max_failures: args.max_failures,
        withhold: args.no_transcript,
        min_age: Duration::from_secs(args.min_age),
        patience: Duration::from_secs(args.patience),
        largest: Limits::default().bytes,
        heard_key: &heard_key,
        now: &now,
        hearing: listening.hearing.clone(),
    };
    let run = store.begin_run(now(), &record(args, &listening), &stored_rubrics).map_err(store_failure)?;
    let agent_channel = match args.agent_channel {
        AgentChannel::Auto => None,
        AgentChannel::Left => Some(0),
        AgentChannel::Right => Some(1),
    };
    let judge = Judge::new(rubrics, agent_channel);
    let mut progress = Progress::new(console);
    let started = std::time::Instant::now();
    let outcome = Supervisor::new(&mut store, run, &judge, &settings, &mut progress, stop.clone(), &selection)
        .and_then(|supervisor| supervisor.run(&mut || start_crew(args, &listening)));
    progress.clear();
    let done = match outcome {
        Ok(done) => done,
        Err(error) => {
            let failure = run_failure(error);
            // The code is for the record; where the store refuses, there is no record to write.
            let _ = store.end_run(run, now(), failure.exit.code());
            return Err(failure.into());
        }
    };
    let scores = Scores::collect(&store).map_err(store_failure)?;
    let exit = match exit_of(&done, &scores, args.fail_under) {
        Exit::Interrupted if terminated.load(Ordering::Relaxed) => Exit::Terminated,
        exit => exit,
    };
    store.end_run(run, now(), exit.code()).map_err(store_failure)?;
    let context = summary::Context { out: &args.out, elapsed: started.elapsed(), fail_under: args.fail_under };
    if args.json {
        summary::print_json(&done, &scores, exit, console)?;
    } else {
        summary::print(&done, &scores, &context, console)?;
    }
    summary::print_remarks(&done, &scores, &context, console);
    if done.interrupted {
        let pending = done.count_of(Status::Pending);
        console
            .message(format_args!("interrupted with {pending} recordings to go; the same command goes on from here"));
    }
    Ok(exit)
}

/// How a run ends, by what it leaves undone.
fn exit_of(done: &Summary, scores: &Scores, fail_under: Option<f64>) -> Exit {
    if done.interrupted {
        return Exit::Interrupted;
    }
    let below = |floor: f64| scores.lowest_mean().is_some_and(|mean| mean < Points::from_f64(floor).as_f64());
    if done.gave_up || done.count_of(Status::SkippedTooNew) + done.count_of(Status::Pending) > 0 {
        Exit::Temporary
    } else if done.count(StatusKind::Failed) > 0 {
        Exit::Incomplete
    } else if fail_under.is_some_and(below) {
        Exit::GateMissed
    } else {
        Exit::Success
    }
}

fn start_crew(args: &Args, listening: &Listening) -> io::Result<Box<dyn Crew>> {
    if args.in_process {
        return Ok(Box::new(InProcess::start(&listening.worker)));
    }
    let program = std::env::current_exe()?;
    let settings = serde_json::to_value(&listening.worker)?;
    Ok(Box::new(ProcessCrew::start(&program, &[worker::COMMAND], settings)?))
}

/// How a run is stopped from outside.
struct Signals {
    /// How often.
    stop: Stop,
    /// Whether by SIGTERM and not from the keyboard.
    terminated: Arc<AtomicBool>,
}

/// Counts interrupts instead of dying of them; the second ends the process whatever it does.
fn catch_signals() -> io::Result<Signals> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let stop: Stop = Arc::new(AtomicUsize::new(0));
    let terminated = Arc::new(AtomicBool::new(false));
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let (count, by_term) = (stop.clone(), terminated.clone());
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            by_term.store(signal == SIGTERM, Ordering::Relaxed);
            if count.fetch_add(1, Ordering::Relaxed) > 0 {
                let exit = if signal == SIGTERM { Exit::Terminated } else { Exit::Interrupted };
                std::process::exit(i32::from(exit.code()));
            }
        }
    })?;
    Ok(Signals { stop, terminated })
}

/// The paths as typed and those listed; `-` stands for those on standard input, separated by line breaks, or by zero bytes where there
/// are any.
pub(super) fn paths_of(typed: &[PathBuf]) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (dash, paths): (Vec<_>, Vec<_>) = typed.iter().cloned().partition(|path| path == Path::new("-"));
    let mut listed = Vec::new();
    if !dash.is_empty() {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).context("reading the list of paths")?;
        let separator = if bytes.contains(&0) { 0 } else { b'\n' };
        for line in bytes.split(|byte| *byte == separator) {
            let line = if separator == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
            if !line.is_empty() {
                listed.push(std::ffi::OsString::from_vec(line.to_vec()).into());
            }
        }
    }
    Ok((paths, listed))
}

/// `1 other file was`, `2 other files were`.
fn other_files(count: u64) -> String {
    if count == 1 { "1 other file was".to_owned() } else { format!("{count} other files were") }
}

fn remark_on(selection: &Selection, args: &Args, list: Option<&Path>, console: &Console) {
    if selection.ignored > 0 && console.verbose > 0 {
        console.note(format_args!("{} left out: no recordings by their names", other_files(selection.ignored)));
    }
    let list = list.map_or_else(|| "the list".to_owned(), |list| printable(&list.to_string_lossy()));
    // A limit leaves files of the list out on purpose.
    if let (Some(first), None) = (selection.not_selected.first(), args.limit) {
        let first = printable(first);
        console.warn(match selection.not_selected.len() {
            1 => format!("{list} names a file that is not among the recordings: {first}"),
            count => format!("{list} names {count} files that are not among the recordings, the first is {first}"),
        });
    }
    match selection.not_listed {
        0 => {}
        1 => console.warn(format_args!("{list} says nothing of 1 recording")),
        count => console.warn(format_args!("{list} says nothing of {count} recordings")),
    }
    match selection.not_fitting {
        0 => {}
        1 => console.warn("1 file name does not fit the name pattern"),
        count => console.warn(format_args!("{count} file names do not fit the name pattern")),
    }
}

/// The settings of a run, for the record.
fn record(args: &Args, listening: &Listening) -> String {
    serde_json::json!({
        "model": listening.worker.model.as_ref().map_or("scripted", |model| model.name.as_str()),
        "language": listening.hearing.language,
        "jobs": listening.worker.jobs,
        "keep_numbers": listening.worker.keep_numbers,
        "no_transcript": args.no_transcript,
        "agent_channel": format!("{:?}", args.agent_channel).to_lowercase(),
    })
    .to_string()
}

/// A store's refusal with its exit code and remedy.
pub(super) fn store_failure(error: StoreError) -> Failure {
    let exit = match &error {
        StoreError::Locked { .. } => Exit::Locked,
        StoreError::NotAStore { .. }
        | StoreError::TooNew { .. }
        | StoreError::Foreign { .. }
        | StoreError::NotAFolder { .. }
        | StoreError::Exists { .. } => Exit::Usage,
        error if error.is_temporary() => Exit::Temporary,
        error if error.is_output() => Exit::Output,
        _ => Exit::Internal,
    };
    let failure = Failure::new(exit, printable(&error.to_string()));
    match &error {
        StoreError::Locked { .. } => failure.help("wait for the other run, or choose another --out"),
        StoreError::TooNew { .. } => failure.help("use the callgrade version that wrote it, or a later one"),
        StoreError::NotAFolder { .. } => failure.help("choose another folder"),
        StoreError::Exists { .. } => failure.help("choose another name, or delete it first"),
        error if error.is_corrupt() => failure.help(
            "the database of the results folder is damaged: put a backup in its place, or choose another --out and score again",
        ),
        _ if exit == Exit::Output => {
            failure.help("make room, see that you may write there, or choose another folder; the same command goes on")
        }
        _ => failure,
    }
}

fn run_failure(error: RunError) -> Failure {
    match error {
        RunError::Store(error) => store_failure(error),
        RunError::Model { message, help } => Failure { exit: Exit::Model, message: printable(&message), help },
        error @ RunError::Start(_) => Failure::new(Exit::Temporary, error),
        error @ RunError::Worker(_) => Failure::new(Exit::Internal, error)
            .help("`--in-process -v` shows more; `callgrade doctor` checks the machine"),
    }
}
