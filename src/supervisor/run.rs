//! The loop of a run: what needs doing is handed out, what comes back is committed, what dies is tried alone.

use super::crew::{Crew, Dead, News};
use super::judge::Judge;
use super::message::{Event, Task};
use super::plan::{Item, Selection};
use super::settle::{DEATHS_ALONE, Need, nothing_heard};
use super::summary::{Failed, Summary};
use crate::asr::AsrSettings;
use crate::call::{HeardCall, Metadata, Status, StatusKind};
use crate::store::{Attempt, Graded, HeardKey, Known, RunId, Store, StoreError};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Deaths of workers before they took any task, after which the fault is not a recording's.
const FALSE_STARTS: u32 = 3;
/// How long calls in flight may take to end when the run is stopped.
const GRACE: Duration = Duration::from_secs(3);

/// How often the user asked to stop.
pub type Stop = Arc<AtomicUsize>;

/// The settings of a run.
pub struct RunSettings<'a> {
    /// Recordings heard at the same time.
    pub jobs: usize,
    /// Recognise everything again.
    pub force: bool,
    /// Try failed recordings again.
    pub retry_failed: bool,
    /// Stop after so many failures in this run.
    pub max_failures: Option<u64>,
    /// Keep no word of any call.
    pub withhold: bool,
    /// Files younger than this are left for the next run.
    pub min_age: Duration,
    /// A recording that does not move for so long is given up.
    pub patience: Duration,
    /// Largest file, bytes.
    pub largest: u64,
    /// The key of what is heard, by what is known of the call.
    pub heard_key: &'a dyn Fn(&Metadata) -> HeardKey,
    /// What is known of the words of all calls.
    pub hearing: AsrSettings,
    /// The current time, Unix milliseconds.
    pub now: &'a dyn Fn() -> i64,
}

/// Watches a run.
pub trait Observer {
    /// The run begins: recordings selected, and their bytes.
    fn begins(&mut self, recordings: u64, bytes: u64) {
        let _ = (recordings, bytes);
    }
    /// A recording is being heard.
    fn starts(&mut self, path: &str) {
        let _ = path;
    }
    /// Audio heard in this run, ms, over all recordings.
    fn hears(&mut self, audio_ms: i64) {
        let _ = audio_ms;
    }
    /// A recording is done: its path, size and status; whether it was recognised in this run.
    fn ends(&mut self, path: &str, bytes: u64, status: Status, recognised: bool) {
        let _ = (path, bytes, status, recognised);
    }
    /// Something that the user should know while it runs.
    fn remarks(&mut self, remark: &str) {
        let _ = remark;
    }
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The results folder refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker could not be started.
    #[error("cannot start the worker: {0}")]
    Start(#[source] io::Error),
    /// The worker cannot use its model.
    #[error("{message}")]
    Model {
        /// What was found and what was expected.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
    /// The worker dies before it does anything.
    #[error("the worker ended {FALSE_STARTS} times before it took a recording: {0}")]
    Worker(String),
}

/// A run.
pub struct Supervisor<'a> {
    pub(super) store: &'a mut Store,
    pub(super) run: RunId,
    pub(super) judge: &'a Judge,
    pub(super) settings: &'a RunSettings<'a>,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) stop: Stop,
    pub(super) items: &'a [Item],
    pub(super) known: Vec<Known>,
    pub(super) ends: Vec<Option<Status>>,
    pub(super) first_with: HashMap<String, usize>,
    pub(super) heard_ms: HashMap<u64, i64>,
    pub(super) failures: u64,
    pub(super) regraded: Vec<(i64, Graded)>,
    pub(super) summary: Summary,
}

struct Flight {
    item: usize,
    stamp: String,
    key: HeardKey,
    attempt: Attempt,
    moved: Instant,
}

impl<'a> Supervisor<'a> {
    /// Lists `selection` in `store` for `run`.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn new(
        store: &'a mut Store,
        run: RunId,
        judge: &'a Judge,
        settings: &'a RunSettings<'a>,
        observer: &'a mut dyn Observer,
        stop: Stop,
        selection: &'a Selection,
    ) -> Result<Self, RunError> {
        let known = store.list(run, &selection.listings())?;
        drop_folders(store, selection)?;
        observer.begins(selection.items.len() as u64, selection.items.iter().map(|item| item.bytes).sum());
        Ok(Self {
            store,
            run,
            judge,
            settings,
            observer,
            stop,
            items: &selection.items,
            ends: vec![None; known.len()],
            known,
            first_with: HashMap::new(),
            heard_ms: HashMap::new(),
            failures: 0,
            regraded: Vec::new(),
            summary: Summary { selected: selection.items.len() as u64, ..Summary::default() },
        })
    }

    /// Does what is left to do and gives what was done. `start` makes a crew; it is asked again when one died.
    ///
    /// # Errors
    /// Where the store refuses, or no crew can be had. Everything committed before stays.
    pub fn run(mut self, start: &mut dyn FnMut() -> io::Result<Box<dyn Crew>>) -> Result<Summary, RunError> {
        let mut queue = self.triage()?;
        let mut suspects: VecDeque<usize> = VecDeque::new();
        let mut flights: HashMap<u64, Flight> = HashMap::new();
        let mut crew: Option<Box<dyn Crew>> = None;
        let mut next_task = 0;
        let mut false_starts = 0;
        loop {
            if self.stopped() || self.gives_up() {
                break;
            }
            // Suspects are alone with the worker, so that a death says whose fault it is.
            let room = if suspects.is_empty() && flights.values().all(|flight| !flight.attempt.alone) {
                self.settings.jobs.max(1)
            } else {
                1
            };
            while flights.len() < room && !self.stopped() && !self.gives_up() {
                let alone = !suspects.is_empty();
                if alone && !flights.is_empty() {
                    break;
                }
                let Some(item) = suspects.pop_front().or_else(|| queue.pop_front()) else { break };
                let Need::Hearing { stamp, content_hash, key } = self.prepare(item)? else { continue };
                let worker = match &mut crew {
                    Some(crew) => crew,
                    None => crew.insert(start().map_err(RunError::Start)?),
                };
                next_task += 1;
                let task = Task {
                    id: next_task,
                    path: self.items[item].identity.clone(),
                    content_hash,
                    settings: self.settings.hearing.of_call(&self.items[item].metadata),
                };
                let attempt = Attempt { started_at: (self.settings.now)(), alone };
                self.observer.starts(&self.path(item));
                let flight = Flight { item, stamp, key, attempt, moved: Instant::now() };
                flights.insert(next_task, flight);
                // A dead crew is noticed at the next wait, together with what it had in flight.
                if worker.give(task) == Err(Dead) {
                    break;
                }
            }
            let Some(worker) = &mut crew else {
                if queue.is_empty() && suspects.is_empty() {
                    break;
                }
                continue;
            };
            if flights.is_empty() && queue.is_empty() && suspects.is_empty() {
                worker.finish();
                break;
            }
            match worker.wait(Duration::from_millis(100)) {
                News::Event(event) => {
                    if !matches!(event, Event::NoModel { .. }) {
                        false_starts = 0;
                    }
                    self.receive(event, &mut flights)?;
                }
                News::Died(how) => {
                    crew = None;
                    if flights.is_empty() {
                        false_starts += 1;
                    }
                    if false_starts == FALSE_STARTS {
                        return Err(RunError::Worker(how));
                    }
                    self.mourn(&how, &mut flights, &mut suspects)?;
                }
                News::Quiet => {}
            }
            if self.watch(&mut flights, &mut suspects)?
                && let Some(mut crew) = crew.take()
            {
                crew.kill();
            }
        }
        if let Some(crew) = crew {
            self.wind_down(crew, &mut flights)?;
        }
        self.conclude()
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) > 0
    }

    pub(super) fn gives_up(&self) -> bool {
        self.settings.max_failures.is_some_and(|most| self.failures >= most)
    }

    pub(super) fn path(&self, item: usize) -> String {
        self.items[item].path.to_string_lossy().into_owned()
    }

    fn receive(&mut self, event: Event, flights: &mut HashMap<u64, Flight>) -> Result<(), RunError> {
        match event {
            Event::Ready => {
                for flight in flights.values_mut() {
                    flight.moved = Instant::now();
                }
            }
            Event::NoModel { message, help } => return Err(RunError::Model { message, help }),
            Event::Progress { task, heard_ms } => {
                if let Some(flight) = flights.get_mut(&task) {
                    flight.moved = Instant::now();
                    self.heard_ms.insert(task, heard_ms);
                    self.observer.hears(self.heard_ms.values().sum());
                }
            }
            Event::Done { task, heard } => {
                let Some(flight) = flights.remove(&task) else { return Ok(()) };
                self.heard_ms.insert(task, heard.audio.duration.0);
                self.observer.hears(self.heard_ms.values().sum());
                self.take(flight, *heard)?;
            }
        }
        Ok(())
    }

    /// A message about `item` that names it as listed: what stands beside the path need not repeat it, and a name
    /// that is to be hidden does not come back in through a message.
    fn without_path(&self, item: usize, detail: &str) -> String {
        let Item { identity, path, .. } = &self.items[item];
        let absolute = identity.to_string_lossy();
        let detail = detail.replacen(absolute.as_ref(), "it", 1);
        // Messages also name files to be made beside it, with another extension, and put names in quotes for a shell.
        let stem = |path: &Path| path.with_extension("").to_string_lossy().into_owned();
        let quoted = |text: &str| text.replace('\'', r"'\''");
        let (from, to) = (stem(identity), stem(path));
        detail.replace(&quoted(&from), &quoted(&to)).replace(&from, &to)
    }

    /// Commits what came back for a recording.
    fn take(&mut self, flight: Flight, mut heard: HeardCall) -> Result<(), RunError> {
        let item = flight.item;
        heard.detail = self.without_path(item, &heard.detail);
        match heard.status.kind() {
            StatusKind::Ok | StatusKind::Degraded => {
                let before = self.store.scorecards(self.known[item].row)?;
                let graded = self.judge.grade(&heard, &flight.key.text(), &self.items[item].metadata);
                // A recording that had no result before has no other grade now.
                if matches!(self.known[item].status.kind(), StatusKind::Ok | StatusKind::Degraded) {
                    self.note_change(&before, &graded);
                    self.summary.regraded -= 1;
                }
                self.store.commit(
                    self.known[item].row,
                    self.run,
                    &flight.stamp,
                    &heard,
                    &flight.key,
                    &graded,
                    Some(&flight.attempt),
                    self.settings.withhold,
                )?;
                self.summary.recognised += 1;
                self.summary.recognised_ms += heard.audio.duration.0;
                self.end(item, heard.status, true);
            }
            StatusKind::Failed | StatusKind::Skipped | StatusKind::Pending => {
                // A file that changed is another file: its hash must not make the next one a duplicate.
                self.first_with.retain(|_, first| *first != item || heard.status != Status::FailedChangedDuringRead);
                self.commit_failure(item, Some(&flight.stamp), &heard, Some(&flight.attempt))?;
            }
        }
        Ok(())
    }

    /// The worker died: what it had in flight is suspect and is tried alone.
    fn mourn(
        &mut self,
        how: &str,
        flights: &mut HashMap<u64, Flight>,
        suspects: &mut VecDeque<usize>,
    ) -> Result<(), RunError> {
        let lost: BTreeMap<u64, Flight> = flights.drain().collect();
        if !lost.is_empty() {
            let count = lost.len();
            self.observer.remarks(&format!("the worker died ({how}) with {count} recordings in flight"));
        }
        for (task, flight) in lost {
            self.heard_ms.remove(&task);
            let row = self.known[flight.item].row;
            self.store.attempt_crashed(row, self.run, &flight.attempt)?;
            let tries = self.store.tries(row)?;
            if tries.alone >= DEATHS_ALONE {
                let why = format!("the worker died {} times over it alone, the last time by {how}", tries.alone);
                self.first_with.retain(|_, first| *first != flight.item);
                self.fail(flight.item, Some(&flight.stamp), String::new(), Status::QuarantinedCrash, why)?;
            } else {
                self.first_with.retain(|_, first| *first != flight.item);
                suspects.push_back(flight.item);
            }
        }
        Ok(())
    }

    /// Gives up recordings that do not move any more; then the worker has to go, and its other tasks are done again.
    fn watch(&mut self, flights: &mut HashMap<u64, Flight>, suspects: &mut VecDeque<usize>) -> Result<bool, RunError> {
        let patience = self.settings.patience;
        if !flights.values().any(|flight| flight.moved.elapsed() >= patience) {
            return Ok(false);
        }
        let all: BTreeMap<u64, Flight> = flights.drain().collect();
        for (task, flight) in all {
            self.heard_ms.remove(&task);
            self.first_with.retain(|_, first| *first != flight.item);
            if flight.moved.elapsed() >= patience {
                let why = format!("no progress for {} s", patience.as_secs());
                let heard = nothing_heard(Status::FailedLimit, why, String::new());
                self.commit_failure(flight.item, Some(&flight.stamp), &heard, Some(&flight.attempt))?;
            } else {
                suspects.push_front(flight.item);
            }
        }
        Ok(true)
    }

    /// Lets calls in flight come to their end, but not for long.
    fn wind_down(&mut self, mut crew: Box<dyn Crew>, flights: &mut HashMap<u64, Flight>) -> Result<(), RunError> {
        let until = Instant::now() + GRACE;
        while !flights.is_empty() && Instant::now() < until && self.stop.load(Ordering::Relaxed) < 2 {
            match crew.wait(Duration::from_millis(50)) {
                News::Event(event @ Event::Done { .. }) => self.receive(event, flights)?,
                News::Event(_) | News::Quiet => {}
                News::Died(_) => return Ok(()),
            }
        }
        crew.kill();
        Ok(())
    }

    fn conclude(mut self) -> Result<Summary, RunError> {
        let mut counts: BTreeMap<Status, u64> = BTreeMap::new();
        for (item, end) in self.ends.iter().enumerate() {
            let status = end.unwrap_or(Status::Pending);
            *counts.entry(status).or_default() += 1;
            if status.kind() == StatusKind::Failed {
                let (call_id, detail) = (self.known[item].call_id.clone(), self.store.detail(self.known[item].row)?);
                let path = self.items[item].path.to_string_lossy().into_owned();
                self.summary.failed.push(Failed { call_id, path, status, detail });
            }
        }
        if self.summary.erased > 0 {
            if let Some(pending) = counts.get_mut(&Status::Pending) {
                *pending -= self.summary.erased;
            }
            self.summary.selected -= self.summary.erased;
        }
        counts.retain(|_, count| *count > 0);
        self.summary.by_status = counts.into_iter().collect();
        self.summary.gave_up = self.gives_up();
        self.summary.interrupted = self.stopped();
        Ok(self.summary)
    }
}

/// Takes folders off the list that an earlier run could not open and this one could: their recordings are listed now.
fn drop_folders(store: &mut Store, selection: &Selection) -> Result<(), RunError> {
    let selected = |identity: &Path| selection.items.iter().any(|item| item.identity == identity);
    for (row, identity) in store.unreadable()? {
        let identity = Path::new(OsStr::from_bytes(&identity));
        if identity.is_dir() && !selected(identity) {
            store.unlist(row)?;
        }
    }
    Ok(())
}
