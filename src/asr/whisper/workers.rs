//! The recogniser's threads: each owns one state and takes the next window that waits.
//!
//! One long call keeps all of them busy, and so do many short ones. A caller blocks while it waits; it must not be one
//! of these threads. Which thread recognises a window makes no difference to its words.

use super::library::State;
use crate::asr::AsrError;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce(&mut State) + Send>;

/// The threads; they end when this is dropped.
pub(super) struct Workers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A list of jobs is whole after every step, whoever panicked.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Some(job);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The result of a job that may not be done yet.
pub(super) struct Pending<T>(mpsc::Receiver<Result<T, AsrError>>);

impl<T> Pending<T> {
    /// Waits for it.
    pub(super) fn wait(self) -> Result<T, AsrError> {
        let gone = || AsrError::Recogniser { reason: "it broke off".to_owned() };
        self.0.recv().map_err(|_| gone())?
    }
}

impl Workers {
    /// One thread a state.
    pub(super) fn start(states: Vec<State>) -> Result<Self, AsrError> {
        let mut workers = Self { queue: Arc::default(), threads: Vec::new() };
        for mut state in states {
            let queue = Arc::clone(&workers.queue);
            let run = move || {
                while let Some(job) = queue.next() {
                    // A panic costs one window: its receiver hears that the sender is gone.
                    let _ = catch_unwind(AssertUnwindSafe(|| job(&mut state)));
                }
            };
            let thread = thread::Builder::new().name("recognise".to_owned()).spawn(run);
            let thread = thread.map_err(|error| AsrError::Recogniser { reason: format!("no thread: {error}") })?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.threads.len()
    }

    /// Gives `work` to the next free thread.
    pub(super) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, AsrError> + Send + 'static,
    ) -> Pending<T> {
        let (sender, receiver) = mpsc::channel();
        let job: Job = Box::new(move |state| {
            // Nobody waits any more where the call was given up.
            let _ = sender.send(work(state));
        });
        self.queue.lock().jobs.push_back(job);
        self.queue.changed.notify_one();
        Pending(receiver)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        {
            let mut waiting = self.queue.lock();
            waiting.closed = true;
            waiting.jobs.clear();
        }
        self.queue.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to wait for.
            let _ = thread.join();
        }
    }
}
