//! `callgrade rubric`.

use super::{Console, Exit, Failure};

/// Check, test, explain and create rubrics.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
///
/// # Errors
/// Always: it is not there yet.
pub fn run(_args: &Args, _console: &Console) -> anyhow::Result<Exit> {
    Err(Failure::new(Exit::Usage, "this command is not there yet").into())
}
