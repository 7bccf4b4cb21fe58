//! What a run did, in numbers and lists.

use crate::call::{CardStatus, Scorecard, Status, StatusKind};

/// A recording of the selection without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Id of the call.
    pub call_id: String,
    /// Path as listed.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// Why, for a person.
    pub detail: String,
}

/// How a grade differs from the one that it replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether any verdict or score differs.
    pub differs: bool,
    /// Whether a fatal criterion failed now and did not before.
    pub newly_fatal: bool,
}

impl Change {
    /// Compares the scorecards of one call before and after.
    pub fn between(before: &[Scorecard], after: &[Scorecard]) -> Self {
        let verdicts = |card: &Scorecard| -> Vec<(String, &'static str)> {
            card.criteria.iter().map(|one| (one.id.clone(), one.finding.outcome.as_str())).collect()
        };
        let scored = |card: &Scorecard| card.status == CardStatus::Scored;
        let same = before.len() == after.len()
            && before.iter().zip(after).all(|(old, new)| {
                old.rubric == new.rubric
                    && scored(old) == scored(new)
                    && old.score == new.score
                    && old.passed == new.passed
                    && old.fatal == new.fatal
                    && verdicts(old) == verdicts(new)
            });
        let fatal = |cards: &[Scorecard]| cards.iter().any(|card| !card.fatal.is_empty());
        Self { differs: !same, newly_fatal: fatal(after) && !fatal(before) }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Recordings selected.
    pub selected: u64,
    /// How many ended with each status, in the order of [`Status::ALL`].
    pub by_status: Vec<(Status, u64)>,
    /// Recordings that were recognised in this run.
    pub recognised: u64,
    /// Audio recognised in this run, ms.
    pub recognised_ms: i64,
    /// Calls graded again from what was stored.
    pub regraded: u64,
    /// Of these, calls with another verdict or score.
    pub changed: u64,
    /// Of these, calls that fail a fatal criterion now and did not before.
    pub newly_fatal: u64,
    /// Calls that needed nothing.
    pub unchanged: u64,
    /// Of these, calls whose words an earlier run was told not to keep, although this one would.
    pub without_words: u64,
    /// Recordings that were erased before and stay out.
    pub erased: u64,
    /// Recordings without a result, in the order of the selection.
    pub failed: Vec<Failed>,
    /// Whether the run stopped because too many failed.
    pub gave_up: bool,
    /// Whether it was stopped from outside.
    pub interrupted: bool,
}

impl Summary {
    /// How many recordings ended in `kind`.
    pub fn count(&self, kind: StatusKind) -> u64 {
        self.by_status.iter().filter(|(status, _)| status.kind() == kind).map(|(_, count)| count).sum()
    }

    /// How many recordings ended with `status`.
    pub fn count_of(&self, status: Status) -> u64 {
        self.by_status.iter().find(|(one, _)| *one == status).map_or(0, |(_, count)| *count)
    }
}
