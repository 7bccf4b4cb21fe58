//! What a recording needs: nothing, grading again, a status without hearing, or hearing.

use super::read::{Opened, Refusal, look};
use super::run::{RunError, Supervisor};
use super::summary::Change;
use crate::call::{AudioInfo, Engine, HeardCall, Scorecard, SoundMap, Status, StatusKind, Transcript};
use crate::store::{Attempt, Graded, HeardKey};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

/// Deaths of the worker over one recording alone, after which it is given up.
pub(super) const DEATHS_ALONE: u32 = 2;
/// Calls that are graded again in one transaction.
const REGRADES: usize = 256;

/// What a recording needs.
pub(super) enum Need {
    Nothing,
    Hearing { stamp: String, content_hash: String, key: HeardKey },
}

impl Supervisor<'_> {
    /// Settles what can be settled without reading a recording; the rest in the order in which it is to be done:
    /// the longest first, so that no long one is left over at the end.
    pub(super) fn triage(&mut self) -> Result<VecDeque<usize>, RunError> {
        let mut rest = Vec::new();
        for item in 0..self.items.len() {
            if self.stopped() {
                break;
            }
            if !self.settle(item)? {
                rest.push(item);
            }
        }
        self.commit_regraded()?;
        rest.sort_by_key(|item| (std::cmp::Reverse(self.items[*item].bytes), *item));
        Ok(rest.into())
    }

    /// Whether `item` is done already: the same file under the same settings.
    fn settle(&mut self, item: usize) -> Result<bool, RunError> {
        let known = &self.known[item];
        if self.settings.force || self.items[item].obstacle.is_some() {
            return Ok(false);
        }
        let Ok(Opened { stamp, .. }) = look(&self.items[item].identity) else { return Ok(false) };
        if known.stamp.as_ref() != Some(&stamp) {
            return Ok(false);
        }
        match known.status.kind() {
            StatusKind::Ok | StatusKind::Degraded => {
                let Some(hash) = known.content_hash.clone() else { return Ok(false) };
                let key = (self.settings.heard_key)(&self.items[item].metadata);
                if known.heard_key.as_deref() != Some(&key.text()) || self.first_with.contains_key(&hash) {
                    return Ok(false);
                }
                if self.settings.withhold && known.withheld == Some(false) {
                    // Words that an earlier run stored go too.
                    return Ok(false);
                }
                let grade_key = self.judge.key(&hash, &key.text(), &self.items[item].metadata);
                if known.grade_key.as_ref() == Some(&grade_key) {
                    self.summary.unchanged += 1;
                    let wordless = known.withheld == Some(true) && !self.settings.withhold;
                    self.summary.without_words += u64::from(wordless);
                } else if !self.regrade(item, &hash, &key)? {
                    return Ok(false);
                }
                self.first_with.insert(hash, item);
                self.end(item, self.known[item].status, false);
                Ok(true)
            }
            StatusKind::Failed => {
                // What another decoder, layout or model can cure is tried again when one is chosen.
                let key = (self.settings.heard_key)(&self.items[item].metadata);
                let same = known.heard_key.as_deref() == Some(&key.text());
                let again = self.settings.retry_failed
                    || matches!(known.status, Status::FailedUnreadable | Status::FailedChangedDuringRead)
                    || !same && known.status != Status::QuarantinedCrash;
                if again {
                    return Ok(false);
                }
                self.end(item, known.status, false);
                Ok(true)
            }
            StatusKind::Skipped if known.status == Status::SkippedDuplicate => {
                let first = known.content_hash.as_ref().and_then(|hash| self.first_with.get(hash));
                let Some(first) = first.filter(|first| **first < item) else { return Ok(false) };
                if self.store.detail(known.row)? != self.same_as(*first) {
                    return Ok(false);
                }
                self.end(item, Status::SkippedDuplicate, false);
                Ok(true)
            }
            StatusKind::Skipped | StatusKind::Pending => Ok(false),
        }
    }

    fn same_as(&self, first: usize) -> String {
        format!("same content as {}", self.path(first))
    }

    /// Grades `item` from what is stored; not possible where its words were withheld.
    fn regrade(&mut self, item: usize, content_hash: &str, key: &HeardKey) -> Result<bool, RunError> {
        let Some(heard) = self.store.heard(content_hash, key)? else { return Ok(false) };
        let graded = self.judge.grade(&heard, &key.text(), &self.items[item].metadata);
        let before = self.store.scorecards(self.known[item].row)?;
        self.note_change(&before, &graded);
        self.regraded.push((self.known[item].row, graded));
        if self.regraded.len() == REGRADES {
            self.commit_regraded()?;
        }
        Ok(true)
    }

    fn commit_regraded(&mut self) -> Result<(), RunError> {
        self.store.commit_grades(&self.regraded)?;
        self.regraded.clear();
        Ok(())
    }

    pub(super) fn note_change(&mut self, before: &[Scorecard], graded: &Graded) {
        let change = Change::between(before, &graded.scorecards);
        self.summary.regraded += 1;
        self.summary.changed += u64::from(change.differs);
        self.summary.newly_fatal += u64::from(change.newly_fatal);
    }

    /// Reads `item` far enough to know what it needs; what needs no hearing is committed at once.
    pub(super) fn prepare(&mut self, item: usize) -> Result<Need, RunError> {
        if let Some(obstacle) = &self.items[item].obstacle {
            let why = obstacle.clone();
            return self.fail(item, None, String::new(), Status::FailedUnreadable, why);
        }
        let opened = match look(&self.items[item].identity) {
            Ok(opened) => opened,
            Err(refusal) => return self.refuse(item, None, refusal),
        };
        let stamp = opened.stamp.clone();
        if opened.age < self.settings.min_age {
            let why = format!("it was written to {} s ago", opened.age.as_secs());
            return self.fail(item, None, String::new(), Status::SkippedTooNew, why);
        }
        let stop = self.stop.clone();
        let hash = match opened.hash(self.settings.largest, &|| stop.load(Ordering::Relaxed) == 0) {
            Ok(hash) => hash,
            Err(refusal) => return self.refuse(item, Some(&stamp), refusal),
        };
        if self.store.is_erased(&hash)? {
            self.store.unlist(self.known[item].row)?;
            self.summary.erased += 1;
            self.ends[item] = None;
            self.observer.ends(&self.path(item), self.items[item].bytes, Status::SkippedDuplicate, false);
            return Ok(Need::Nothing);
        }
        if let Some(first) = self.first_with.get(&hash).filter(|first| **first != item) {
            let why = self.same_as(*first);
            return self.fail(item, Some(&stamp), hash, Status::SkippedDuplicate, why);
        }
        self.first_with.insert(hash.clone(), item);
        let key = (self.settings.heard_key)(&self.items[item].metadata);
        if !self.settings.force
            && let Some(heard) = self.store.heard(&hash, &key)?
        {
            let before = self.store.scorecards(self.known[item].row)?;
            let graded = self.judge.grade(&heard, &key.text(), &self.items[item].metadata);
            self.note_change(&before, &graded);
            let row = self.known[item].row;
            self.store.commit(row, self.run, &stamp, &heard, &key, &graded, None, self.settings.withhold)?;
            self.end(item, heard.status, false);
            return Ok(Need::Nothing);
        }
        let tries = self.store.tries(self.known[item].row)?;
        if tries.alone >= DEATHS_ALONE && !self.settings.retry_failed && !self.settings.force {
            let why = format!("the worker died {} times over it alone", tries.alone);
            return self.fail(item, Some(&stamp), hash, Status::QuarantinedCrash, why);
        }
        Ok(Need::Hearing { stamp, content_hash: hash, key })
    }

    fn refuse(&mut self, item: usize, stamp: Option<&str>, refusal: Refusal) -> Result<Need, RunError> {
        let (status, why) = match refusal {
            Refusal::Unreadable(why) => (Status::FailedUnreadable, why),
            Refusal::TooLarge(bytes) => {
                (Status::FailedLimit, format!("it has {bytes} bytes, the limit is {}", self.settings.largest))
            }
            Refusal::Changed => (Status::FailedChangedDuringRead, "it changed while it was read".to_owned()),
            Refusal::Stopped => return Ok(Need::Nothing),
        };
        self.fail(item, stamp, String::new(), status, why)
    }

    pub(super) fn fail(
        &mut self,
        item: usize,
        stamp: Option<&str>,
        content_hash: String,
        status: Status,
        detail: String,
    ) -> Result<Need, RunError> {
        let heard = nothing_heard(status, detail, content_hash);
        self.commit_failure(item, stamp, &heard, None)?;
        Ok(Need::Nothing)
    }

    pub(super) fn commit_failure(
        &mut self,
        item: usize,
        stamp: Option<&str>,
        heard: &HeardCall,
        attempt: Option<&Attempt>,
    ) -> Result<(), RunError> {
        let metadata = &self.items[item].metadata;
        let graded = self.judge.grade(heard, "", metadata);
        let key = (self.settings.heard_key)(metadata);
        self.store.commit_failure(self.known[item].row, self.run, stamp, heard, &key, &graded, attempt)?;
        self.failures += u64::from(heard.status.kind() == StatusKind::Failed);
        self.end(item, heard.status, attempt.is_some());
        Ok(())
    }

    pub(super) fn end(&mut self, item: usize, status: Status, recognised: bool) {
        self.ends[item] = Some(status);
        self.observer.ends(&self.path(item), self.items[item].bytes, status, recognised);
    }
}

/// The result of a recording that was not heard.
pub(super) fn nothing_heard(status: Status, detail: String, content_hash: String) -> HeardCall {
    HeardCall {
        status,
        detail,
        warnings: Vec::new(),
        audio: AudioInfo { content_hash, ..AudioInfo::default() },
        sound: SoundMap::default(),
        transcript: Transcript::default(),
        engine: Engine::default(),
    }
}
