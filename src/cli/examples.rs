//! `callgrade examples`.

use super::{Console, Exit, Failure};

/// Cut out the best or worst places of a criterion.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
///
/// # Errors
/// Always: it is not there yet.
pub fn run(_args: &Args, _console: &Console) -> anyhow::Result<Exit> {
    Err(Failure::new(Exit::Usage, "this command is not there yet").into())
}
