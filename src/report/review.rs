//! Which calls a person should look at, and why: the review queue.
//!
//! Pure. Takes the [`Summary`], gives reasons in the order of their weight.

use super::statistics::spread;
use super::summary::{CallRow, Summary};
use crate::call::{Outcome, StatusKind};
use std::collections::BTreeMap;

/// Standard deviations from the agent's own mean that make a call stand out.
const OUTLIER: f64 = 2.0;
/// Calls of one agent under one rubric that a mean is taken from at least.
const ENOUGH: usize = 5;

/// Why a call is in the queue; the order is the queue's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A fatal criterion failed.
    Fatal,
    /// Something could not be judged.
    Unsure,
    /// Far from the agent's own mean.
    Outlier,
    /// Below the pass mark.
    Low,
    /// It was heard, but has no score.
    NotScored,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Kind; 5] = [Kind::Fatal, Kind::Unsure, Kind::Outlier, Kind::Low, Kind::NotScored];
}

/// One reason to look at a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// These fatal criteria failed: places of rubric and criterion.
    Fatal(Vec<(usize, usize)>),
    /// These criteria are unsure.
    Unsure(Vec<(usize, usize)>),
    /// The score lies this many standard deviations from the agent's mean (second), negative for below.
    Outlier(f64, f64),
    /// The lowest score of those that did not pass.
    Low(f64),
    /// Why there is no score.
    NotScored(String),
}

impl Reason {
    /// The kind of this reason.
    pub fn kind(&self) -> Kind {
        match self {
            Reason::Fatal(_) => Kind::Fatal,
            Reason::Unsure(_) => Kind::Unsure,
            Reason::Outlier(..) => Kind::Outlier,
            Reason::Low(_) => Kind::Low,
            Reason::NotScored(_) => Kind::NotScored,
        }
    }
}

/// A call of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place in [`Summary::calls`].
    pub call: usize,
    /// Reasons, the weightiest first; never empty.
    pub reasons: Vec<Reason>,
}

/// The calls that a person should look at, the weightiest first; within a kind the most unsure, then the lowest score.
pub fn queue(summary: &Summary) -> Vec<Entry> {
    let usual = usual_scores(summary);
    let mut entries: Vec<Entry> = summary
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| matches!(call.status.kind(), StatusKind::Ok | StatusKind::Degraded))
        .map(|(index, call)| Entry { call: index, reasons: reasons(call, &usual) })
        .filter(|entry| !entry.reasons.is_empty())
        .collect();
    let score = |entry: &Entry| (summary.calls[entry.call].score().unwrap_or(100.0) * 100.0).round() as i64;
    let unsure = |entry: &Entry| {
        entry.reasons.iter().map(|reason| if let Reason::Unsure(all) = reason { all.len() } else { 0 }).sum()
    };
    entries.sort_by_key(|entry| {
        let several: usize = unsure(entry);
        let first = entry.reasons[0].kind();
        let doubt = if first == Kind::Unsure { several } else { 0 };
        (first, std::cmp::Reverse(doubt), score(entry), entry.call)
    });
    entries
}

/// Mean and spread of each agent's scores, by the stem of the agent's page and rubric.
type Usual<'a> = BTreeMap<(&'a str, usize), (f64, f64)>;

fn usual_scores(summary: &Summary) -> Usual<'_> {
    let mut scores: BTreeMap<(&str, usize), Vec<f64>> = BTreeMap::new();
    for call in &summary.calls {
        for card in &call.cards {
            if let Some(score) = card.score {
                scores.entry((&call.agent_stem, card.rubric)).or_default().push(score.as_f64());
            }
        }
    }
    let enough = scores.into_iter().filter(|((agent, _), scores)| !agent.is_empty() && scores.len() >= ENOUGH);
    enough.filter_map(|(key, scores)| Some((key, spread(&scores)?))).collect()
}

fn reasons(call: &CallRow, usual: &Usual<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let which = |wanted: &dyn Fn(&super::summary::CriterionRow) -> bool| -> Vec<(usize, usize)> {
        let of_card = |card: &super::summary::CardRow| {
            card.criteria.iter().filter(|row| wanted(row)).map(|row| (card.rubric, row.criterion)).collect::<Vec<_>>()
        };
        call.cards.iter().filter(|card| card.not_scored.is_none()).flat_map(of_card).collect()
    };
    if call.is_fatal() {
        reasons.push(Reason::Fatal(which(&|row| row.fatal)));
    }
    let unsure = which(&|row| row.outcome == Outcome::Unsure);
    if !unsure.is_empty() {
        reasons.push(Reason::Unsure(unsure));
    }
    let far = |card: &super::summary::CardRow| {
        let (mean, deviation) = *usual.get(&(call.agent_stem.as_str(), card.rubric))?;
        let distance = (card.score?.as_f64() - mean) / deviation;
        (deviation > 0.0 && distance.abs() >= OUTLIER).then_some((distance, mean))
    };
    let farthest = call.cards.iter().filter_map(far).max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
    if let Some((distance, mean)) = farthest {
        reasons.push(Reason::Outlier(distance, mean));
    }
    // A fatal call's score says nothing more about it.
    let failed = call.cards.iter().filter(|card| card.passed == Some(false) && !card.fatal);
    if let Some(lowest) = failed.filter_map(|card| card.score).min() {
        reasons.push(Reason::Low(lowest.as_f64()));
    }
    // The rubric that looked at most of its criteria says most: others may be for another language altogether.
    let telling = call.cards.iter().rev().max_by_key(|card| card.criteria.len());
    if let (None, Some(reason)) = (call.score(), telling.and_then(|card| card.not_scored.clone())) {
        reasons.push(Reason::NotScored(reason));
    }
    reasons
}
