//! Whoever hears recordings for the parent: a worker process, or threads of this one.

use super::message::{Event, Task};
use std::time::Duration;

/// What the parent learns when it waits.
#[derive(Debug)]
pub enum News {
    /// The crew says something.
    Event(Event),
    /// The crew is dead; tasks in flight are lost.
    Died(String),
    /// Nothing happened in the time given.
    Quiet,
}

/// The crew is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dead;

/// Hears recordings, several at a time.
pub trait Crew {
    /// Hands over a task; [`Dead`] where nobody is there to take it.
    fn give(&mut self, task: Task) -> Result<(), Dead>;

    /// Waits for news, at most `time`.
    fn wait(&mut self, time: Duration) -> News;

    /// Ends it at once; tasks in flight are lost.
    fn kill(&mut self);

    /// Ends it when it has nothing to do.
    fn finish(&mut self);
}
