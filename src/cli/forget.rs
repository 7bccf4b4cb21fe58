//! `callgrade forget` and `callgrade backup`: taking calls out of a results folder for good, and keeping a copy.

use super::score::store_failure;
use super::summary::calls;
use super::{Console, Exit, Failure, printable};
use crate::store::{Store, Target};
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

/// Erase calls everywhere in a results folder: words, scores, search index, report, clips
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Args {
    /// Results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The call with this id
    #[arg(long, value_name = "ID", group = "which")]
    call: Option<String>,
    /// All calls of this agent
    #[arg(long, value_name = "NAME", group = "which")]
    agent: Option<String>,
    /// All calls that began before this date, as in 2026-01-31 (needs `started_at` in the metadata)
    #[arg(long, value_name = "DATE", group = "which")]
    before: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs it.
///
/// # Errors
/// Where there is no such folder or call, another run holds the folder, or it cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let target = match (&args.call, &args.agent, &args.before) {
        (Some(id), ..) => Target::Call(id.clone()),
        (_, Some(agent), _) => Target::Agent(agent.clone()),
        (.., Some(date)) => {
            let date: jiff::civil::Date = date.parse().map_err(|_| {
                Failure::new(Exit::Usage, format!("`{}` is no date", printable(date))).help("write it as 2026-01-31")
            })?;
            Target::Before(date.to_string())
        }
        _ => return Err(Failure::new(Exit::Usage, "say which calls: --call, --agent or --before").into()),
    };
    let mut store = Store::change(&args.dir).map_err(store_failure)?;
    let ids = store.find_targets(&target).map_err(store_failure)?;
    if ids.is_empty() {
        // An earlier try may have been stopped between erasing and writing the database anew.
        sweep(&mut store)?;
        return Err(Failure::new(Exit::Usage, "no such call").help("`callgrade export` lists all calls").into());
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            let message = format!("{} would be erased", calls(ids.len() as u64));
            return Err(Failure::new(Exit::Usage, message).help("say --yes to erase them").into());
        }
        console.message(format_args!("erase {} for good? [y/N] ", calls(ids.len() as u64)));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(Failure::new(Exit::Usage, "nothing was erased").into());
        }
    }
    let now = jiff::Timestamp::now().as_millisecond();
    let erased = store.forget(&ids, now).map_err(store_failure)?;
    sweep(&mut store)?;
    let mut out = console.data();
    writeln!(out, "{} erased", calls(erased as u64))?;
    out.flush()?;
    console.note(
        "the recordings themselves were not touched, nor clips in other folders; write the report and the clips again",
    );
    Ok(Exit::Success)
}

/// Makes sure that no byte of what was erased is left.
fn sweep(store: &mut Store) -> Result<(), Failure> {
    if store.sweep().map_err(store_failure)? {
        return Ok(());
    }
    let message = "the calls are erased, but another program reads the folder and keeps old pages of its database";
    Err(Failure::new(Exit::Temporary, message).help("say the same again when nobody reads the folder"))
}

/// Write a complete copy of a results folder's database, also while a run goes on
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// Results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// File to write; must not exist yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs `backup`.
///
/// # Errors
/// Where the folder cannot be read or the file cannot be written.
pub fn back_up(args: &BackupArgs) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    store.back_up(&args.file).map_err(store_failure)?;
    Ok(Exit::Success)
}
