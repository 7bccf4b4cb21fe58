//! The `callgrade` program: parses the command line, runs the command, returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    callgrade::cli::run()
}
