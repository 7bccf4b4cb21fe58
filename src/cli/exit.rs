//! Exit codes, all in one place: every command ends through this list, and scripts rely on it.

use std::fmt;
use std::io;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every selected call has a result.
    Success,
    /// Fatal, and the fault of this program.
    Internal,
    /// Usage, a rubric or the settings are invalid; nothing was started.
    Usage,
    /// Complete, but some calls failed; each is listed with its reason.
    Incomplete,
    /// No recording was found.
    NothingFound,
    /// A gate such as `--fail-under` was missed.
    GateMissed,
    /// Another run holds the results folder.
    Locked,
    /// Output could not be written, for one because the disk is full; the run can be resumed.
    Output,
    /// Something that may be gone at the next try.
    Temporary,
    /// The model is missing, or its hash is wrong.
    Model,
    /// Interrupted from the keyboard; the run can be resumed.
    Interrupted,
    /// Terminated from outside; the run can be resumed.
    Terminated,
}

impl Exit {
    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::NothingFound => 4,
            Exit::GateMissed => 10,
            Exit::Locked => 11,
            Exit::Output => 74,
            Exit::Temporary => 75,
            Exit::Model => 78,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

/// A failure with the exit code that it stands for and what to do next.
#[derive(Debug)]
pub struct Failure {
    /// How the command ends.
    pub exit: Exit,
    /// What was found and what was expected; reads well after "error: ".
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Failure {
    /// A failure without a remedy.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), help: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code of an error, and its remedy where it brings one. A reader who closed the pipe has seen enough:
/// that is a normal end, and gives no error at all.
pub(super) fn of_error(error: &anyhow::Error) -> (Exit, Option<&str>) {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return (failure.exit, failure.help.as_deref());
        }
        let json = || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        if let Some(kind) = cause.downcast_ref::<io::Error>().map(io::Error::kind).or_else(json) {
            return (of_io(kind), None);
        }
    }
    (Exit::Internal, None)
}

/// The exit code of an input or output error that no command knew better.
pub(super) fn of_io(kind: io::ErrorKind) -> Exit {
    match kind {
        io::ErrorKind::BrokenPipe => Exit::Success,
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::WriteZero
        | io::ErrorKind::ReadOnlyFilesystem => Exit::Output,
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => Exit::Usage,
        _ => Exit::Internal,
    }
}

/// The error of a command that reads results and writes files: what the system refuses there is output that could not
/// be written, whatever its reason.
pub(super) fn unwritten(error: anyhow::Error) -> anyhow::Error {
    let is_failure = |cause: &(dyn std::error::Error + 'static)| cause.is::<Failure>();
    let refused = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind));
    match refused {
        Some(kind) if of_io(kind) != Exit::Success && !error.chain().any(is_failure) => {
            Failure::new(Exit::Output, format_args!("{error:#}"))
                .help("make room, see that you may write there, or choose another place; the results are as they were")
                .into()
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_a_normal_end_even_below_a_context() {
        let error = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("printing the summary");
        assert_eq!(of_error(&error).0, Exit::Success);
    }

    #[test]
    fn files_that_cannot_be_written_are_output_and_a_closed_pipe_still_is_a_normal_end() {
        let refused = |kind| of_error(&unwritten(anyhow::Error::from(io::Error::from(kind)).context("writing x"))).0;
        assert_eq!(refused(io::ErrorKind::PermissionDenied), Exit::Output);
        assert_eq!(refused(io::ErrorKind::NotADirectory), Exit::Output);
        assert_eq!(refused(io::ErrorKind::BrokenPipe), Exit::Success);
        let usage = anyhow::Error::from(Failure::new(Exit::Usage, "no such call")).context("writing x");
        assert_eq!(of_error(&unwritten(usage)).0, Exit::Usage);
    }

    #[test]
    fn a_failure_keeps_its_code_and_help_below_a_context() {
        let failure = Failure::new(Exit::Model, "no model").help("pull one");
        let error = anyhow::Error::from(failure).context("loading the model");
        assert_eq!(of_error(&error), (Exit::Model, Some("pull one")));
    }
}
