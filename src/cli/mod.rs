//! The terminal: arguments become settings, results become lines, ends become exit codes.
//!
//! One file a command, each with its `Args` (as typed) and `run`. Standard output carries data only; progress, logs
//! and remarks go to standard error. Nothing below this module sees clap.

mod completions;
mod config;
mod console;
mod diagnostics;
mod doctor;
mod examples;
mod exit;
mod export;
mod forget;
mod gather;
mod gpu;
mod listening;
pub mod model;
mod progress;
mod report;
mod rubric;
mod rubrics;
mod score;
mod scores;
mod search;
mod show;
mod summary;
mod table;
mod transcribe;
mod verify;
mod worker;
mod wrap;

pub use console::{ColorChoice, Console, Paint, printable};
pub use exit::{Exit, Failure};

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where the help lists the options of all commands: behind those of the command itself.
const EVERYWHERE: &str = "Options of all commands";

/// Call-center quality assurance on your own machine: recordings in, scorecards out.
#[derive(Debug, Parser)]
#[command(name = "callgrade", version, max_term_width = 110)]
#[command(after_help = "Start here:  callgrade score CALLS/ --rubric rubrics/inbound-service-en.yaml --out results/")]
pub struct Cli {
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", env = "CALLGRADE_COLOR")]
    #[arg(help_heading = EVERYWHERE)]
    color: ColorChoice,
    /// No progress and no remarks, errors only
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    /// Say more; twice for the details of each recording. Never shows what was said in a call
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = EVERYWHERE)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Score(score::Args),
    Transcribe(transcribe::Args),
    Show(show::Args),
    Export(export::Args),
    Report(report::Args),
    Search(search::Args),
    Examples(examples::Args),
    Rubric(rubric::Args),
    Model(model::Args),
    Verify(verify::Args),
    Forget(forget::Args),
    Backup(forget::BackupArgs),
    Doctor(doctor::Args),
    Completions(completions::Args),
    /// Print the manual page
    Man,
    #[command(name = worker::COMMAND, hide = true)]
    Worker,
}

/// The definition of the command line, for completions, the manual page and the documentation.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Leaves no memory of this process or its workers behind in a file: there are words of calls in it.
fn without_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // A limit can always be lowered; a system without this one writes no such files.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Makes a limit on file sizes an error of writing, like a full disk, and no reason to die.
fn with_errors_for_limits() {
    let noted = Arc::new(AtomicBool::new(false));
    // Where it cannot be caught, the limit ends the process as it would without this.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noted);
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    without_core_dumps();
    with_errors_for_limits();
    let command = match config::with_settings(Cli::command()) {
        Ok(command) => command,
        Err(failure) => {
            let console = Console::new(ColorChoice::Auto, false, 0);
            console.message(format_args!("{} {}", Paint::Bad.apply("error:", console.color_messages), failure));
            return ExitCode::from(failure.exit.code());
        }
    };
    let cli = match command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are data on standard output; a reader who closed the pipe has seen enough.
            let _ = error.print();
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            return ExitCode::from(exit.code());
        }
    };
    let console = Console::new(cli.color, cli.quiet, cli.verbose);
    let exit = match dispatch(&cli.command, &console) {
        Ok(exit) => exit,
        Err(error) => {
            let (exit, help) = exit::of_error(&error);
            if exit != Exit::Success {
                let label = Paint::Bad.apply("error:", console.color_messages);
                console.message(format_args!("{label} {error:#}"));
                if let Some(help) = help {
                    console.message(format_args!("{} {help}", Paint::Strong.apply("help:", console.color_messages)));
                }
            }
            exit
        }
    };
    ExitCode::from(exit.code())
}

fn dispatch(command: &Command, console: &Console) -> anyhow::Result<Exit> {
    match command {
        Command::Score(args) => score::run(args, console),
        Command::Transcribe(args) => transcribe::run(args, console),
        Command::Show(args) => show::run(args, console),
        Command::Export(args) => export::run(args, console).map_err(exit::unwritten),
        Command::Report(args) => report::run(args, console).map_err(exit::unwritten),
        Command::Search(args) => search::run(args, console),
        Command::Examples(args) => examples::run(args, console).map_err(exit::unwritten),
        Command::Rubric(args) => rubric::run(args, console),
        Command::Model(args) => model::run(args, console),
        Command::Verify(args) => verify::run(args, console),
        Command::Forget(args) => forget::run(args, console),
        Command::Backup(args) => forget::back_up(args),
        Command::Doctor(args) => doctor::run(args, console),
        Command::Completions(args) => completions::run(args, console),
        Command::Man => completions::manual(console),
        Command::Worker => worker::run().map(|()| Exit::Success),
    }
}
