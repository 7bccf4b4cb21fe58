//! The worker: hears recordings for a parent process, or for this one.
//!
//! Settings travel as JSON on the worker's standard input, so that nothing about a run shows in a list of processes.

use crate::asr::{Transcriber, whisper};
use crate::audio::{Hints, Limits, RawLayout};
use crate::model::ModelFile;
use crate::pipeline::{Batch, Ears, Recogniser, Report};
use crate::supervisor::{Crew, Dead, Event, News, Order, Task, read_line, write_line};
use crate::text::Characters;
use serde::{Deserialize, Serialize};
use std::io::{self, BufReader, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The hidden command that makes a process a worker.
pub const COMMAND: &str = "hear-for-parent";

/// What a worker must know to hear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerSettings {
    /// The model to load; `None` plays back the scripts beside the recordings.
    pub model: Option<ModelChoice>,
    /// Recordings heard at the same time.
    pub jobs: usize,
    /// Layout of files without a header, as typed.
    pub raw: Option<String>,
    /// An `ffmpeg` for encodings that this program cannot decode.
    pub ffmpeg: Option<PathBuf>,
    /// Leave telephone and identity numbers unmasked.
    pub keep_numbers: bool,
    /// How Mandarin is written.
    pub characters: Characters,
    /// Graphics card.
    pub gpu: whisper::Gpu,
    /// Most address space, bytes.
    pub memory: Option<u64>,
}

/// How long a new order may wait for reports; a few hundred looks a second cost nothing beside hearing.
const ORDERS_WAIT: Duration = Duration::from_millis(3);

/// A model file and what its bytes must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// Name, such as `base`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its recorded SHA-256.
    pub sha256: String,
}

/// The model could not be used.
pub struct NoModel {
    /// What was found and what was expected.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl WorkerSettings {
    /// Loads the model, after comparing its hash, and starts the threads.
    pub fn batch(&self) -> Result<Batch, NoModel> {
        let recogniser = match &self.model {
            None => Recogniser::Beside,
            Some(choice) => Recogniser::Shared(self.load(choice)?),
        };
        let raw: Option<RawLayout> = self.raw.as_deref().and_then(|raw| raw.parse().ok());
        let ears = Ears {
            recogniser,
            limits: Limits::default(),
            hints: Hints { raw, ffmpeg: self.ffmpeg.clone() },
            keep_numbers: self.keep_numbers,
            characters: self.characters,
        };
        Batch::new(ears, self.jobs).map_err(|error| NoModel { message: error.to_string(), help: None })
    }

    /// The recogniser with the model that `choice` names; its bytes are compared with the hash first.
    fn load(&self, choice: &ModelChoice) -> Result<Arc<dyn Transcriber>, NoModel> {
        let file = ModelFile { name: choice.name.clone(), path: choice.path.clone(), sha256: choice.sha256.clone() };
        let bytes = file.read().map_err(|error| NoModel { message: error.to_string(), help: error.help() })?;
        let model = whisper::Model { name: file.name, sha256: file.sha256, bytes };
        let engine = whisper::Engine::load(model, &self.engine_options())
            .map_err(|error| NoModel { message: error.to_string(), help: None })?;
        Ok(Arc::new(engine))
    }

    /// How the recogniser runs.
    pub fn engine_options(&self) -> whisper::EngineOptions {
        whisper::EngineOptions::new(self.jobs, self.gpu)
    }
}

fn event(report: Report) -> Event {
    match report {
        Report::Progress { task, heard } => Event::Progress { task, heard_ms: heard.0 },
        Report::Done { task, heard } => Event::Done { task, heard },
    }
}

/// Runs as a worker until the parent says that nothing more comes, or is gone.
///
/// # Errors
/// Where the pipes to the parent break.
pub fn run() -> anyhow::Result<()> {
    // The terminal's Ctrl-C reaches the whole group; the parent decides what it means.
    let ignored = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, ignored)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    let mut input = BufReader::new(io::stdin());
    let Some(Order::Settings(settings)) = read_line::<Order>(&mut input)? else { return Ok(()) };
    let settings: WorkerSettings = serde_json::from_value(settings)?;
    limit_memory(settings.memory);
    let mut output = BufWriter::new(io::stdout());
    let batch = match settings.batch() {
        Ok(batch) => batch,
        Err(NoModel { message, help }) => {
            write_line(&mut output, &Event::NoModel { message, help })?;
            return Ok(());
        }
    };
    write_line(&mut output, &Event::Ready)?;
    let (sender, orders) = channel();
    std::thread::Builder::new().name("orders".to_owned()).spawn(move || {
        while let Ok(Some(order)) = read_line::<Order>(&mut input) {
            let last = matches!(order, Order::Finish);
            if sender.send(order).is_err() || last {
                return;
            }
        }
        // The parent is gone: nobody wants what is still being heard.
        std::process::exit(0);
    })?;
    let mut in_flight = 0_usize;
    let mut finishing = false;
    loop {
        while let Some(order) = next(&orders, in_flight == 0 && !finishing) {
            match order {
                Order::Hear(Task { id, path, content_hash, settings }) => {
                    in_flight += 1;
                    batch.give(id, path, content_hash, settings);
                }
                Order::Finish => finishing = true,
                Order::Settings(_) => {}
            }
        }
        if finishing && in_flight == 0 {
            return Ok(());
        }
        while let Some(report) = batch.wait(ORDERS_WAIT) {
            in_flight -= usize::from(matches!(report, Report::Done { .. }));
            write_line(&mut output, &event(report))?;
        }
    }
}

fn next(orders: &Receiver<Order>, idle: bool) -> Option<Order> {
    if !idle {
        return orders.try_recv().ok();
    }
    match orders.recv_timeout(Duration::from_millis(500)) {
        Ok(order) => Some(order),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Order::Finish),
    }
}

/// Bounds the address space: a recording that needs more ends this process, and the parent tries it alone.
fn limit_memory(bytes: Option<u64>) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where the system refuses a limit there is none; the run is no worse than before.
    if let Some(bytes) = bytes {
        let _ = setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) });
    }
}

/// Threads of this process instead of a worker process: for debugging, since a crash then takes the run with it.
pub struct InProcess {
    batch: Option<Batch>,
    failure: Option<NoModel>,
}

impl InProcess {
    /// Loads the model in this process.
    pub fn start(settings: &WorkerSettings) -> Self {
        match settings.batch() {
            Ok(batch) => Self { batch: Some(batch), failure: None },
            Err(failure) => Self { batch: None, failure: Some(failure) },
        }
    }
}

impl Crew for InProcess {
    fn give(&mut self, task: Task) -> Result<(), Dead> {
        if let Some(batch) = &self.batch {
            batch.give(task.id, task.path, task.content_hash, task.settings);
        }
        Ok(())
    }

    fn wait(&mut self, time: Duration) -> News {
        match (&self.batch, self.failure.take()) {
            (_, Some(NoModel { message, help })) => News::Event(Event::NoModel { message, help }),
            (Some(batch), None) => batch.wait(time).map_or(News::Quiet, |report| News::Event(event(report))),
            (None, None) => News::Died("no model".to_owned()),
        }
    }

    fn kill(&mut self) {
        // Threads cannot be ended from outside; what they still hear is dropped with the channel.
        if let Some(batch) = self.batch.take() {
            std::mem::forget(batch);
        }
    }

    fn finish(&mut self) {
        self.batch = None;
    }
}
