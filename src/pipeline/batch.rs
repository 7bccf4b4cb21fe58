//! Several recordings at once, on a pool of threads.

use super::hear::{Ears, broken};
use crate::asr::AsrSettings;
use crate::call::{HeardCall, Ms, Status};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// How often a recording tells how far it is.
const PULSE: Duration = Duration::from_millis(200);

/// What the batch tells.
#[derive(Debug)]
pub enum Report {
    /// So much of a recording was heard.
    Progress {
        /// The number it was given under.
        task: u64,
        /// Audio heard so far.
        heard: Ms,
    },
    /// A recording is done, well or not.
    Done {
        /// The number it was given under.
        task: u64,
        /// What was heard, or why nothing was.
        heard: Box<HeardCall>,
    },
}

/// Hears several recordings at once; one that panics fails alone.
pub struct Batch {
    pool: ThreadPool,
    ears: Arc<Ears>,
    sender: Sender<Report>,
    reports: Receiver<Report>,
}

impl Batch {
    /// A batch of `jobs` threads that share `ears`.
    ///
    /// # Errors
    /// Where the threads cannot be started.
    pub fn new(ears: Ears, jobs: usize) -> Result<Self, ThreadPoolBuildError> {
        let name = |index| format!("hear-{index}");
        // Recognition recurses deep in native code; the usual 2 MiB of a thread are little for it.
        let pool = ThreadPoolBuilder::new().num_threads(jobs.max(1)).thread_name(name).stack_size(8 << 20).build()?;
        let (sender, reports) = channel();
        Ok(Self { pool, ears: Arc::new(ears), sender, reports })
    }

    /// Begins to hear the recording at `path`; see [`Ears::hear`].
    pub fn give(&self, task: u64, path: PathBuf, content_hash: String, settings: AsrSettings) {
        let (ears, sender) = (self.ears.clone(), self.sender.clone());
        self.pool.spawn(move || {
            let mut told: Option<Instant> = None;
            let mut progress = |heard: Ms| {
                if told.is_none_or(|told| told.elapsed() >= PULSE) {
                    told = Some(Instant::now());
                    // Nobody listens any more: the batch is being dropped, and so is this result.
                    let _ = sender.send(Report::Progress { task, heard });
                }
            };
            let hear = AssertUnwindSafe(|| ears.hear(&path, &content_hash, &settings, &mut progress));
            let heard = catch_unwind(hear).unwrap_or_else(|_| {
                broken(Status::FailedDecode, "the decoder or the recogniser panicked".to_owned(), &content_hash)
            });
            let _ = sender.send(Report::Done { task, heard: Box::new(heard) });
        });
    }

    /// Waits for a report, at most `time`.
    pub fn wait(&self, time: Duration) -> Option<Report> {
        self.reports.recv_timeout(time).ok()
    }
}
