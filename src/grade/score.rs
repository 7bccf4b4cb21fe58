//! The arithmetic of a scorecard.
//!
//! A section's score is the part of its points that was earned, of those that count. The call's score is the mean
//! of its sections' scores by weight, less deductions, plus bonuses, within 0..=100. Raw points never meet weights:
//! a section with many points is not worth more than its weight says.

use crate::call::Outcome;
use crate::rubric::{Criterion, Fatal, Worth};

/// The best score.
const FULL: f64 = 100.0;
/// The tag whose criteria make a score of their own.
const COMPLIANCE: &str = "compliance";

/// A criterion with its verdict.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged<'a> {
    /// Index of its section.
    pub(super) section: usize,
    /// The criterion.
    pub(super) criterion: &'a Criterion,
    /// The verdict.
    pub(super) outcome: Outcome,
    /// Pieces of evidence.
    pub(super) hits: usize,
}

impl Judged<'_> {
    /// Points earned in the section's own points, or points of the call taken away (negative) or added.
    pub(super) fn points(&self) -> f64 {
        let Some(fraction) = self.fraction() else { return 0.0 };
        match self.criterion.worth {
            Worth::Points(points) | Worth::Bonus(points) => points * fraction,
            Worth::Deduct { points, per_hit, cap } if fraction < 1.0 => {
                let share = if per_hit { self.hits.max(1) as f64 } else { 1.0 - fraction };
                -(points * share).min(cap)
            }
            Worth::Deduct { .. } => 0.0,
        }
    }

    /// Whether it fails and is fatal.
    pub(super) fn is_fatal_failure(&self) -> bool {
        self.criterion.fatal.is_some() && self.outcome == Outcome::Fail
    }

    /// Whether it counts for the compliance score.
    pub(super) fn is_compliance(&self) -> bool {
        self.criterion.tags.iter().any(|tag| tag == COMPLIANCE)
    }

    /// The fraction of its points, where it counts.
    fn fraction(&self) -> Option<f64> {
        self.outcome.fraction().map(|fraction| if fraction.is_nan() { 0.0 } else { f64::from(fraction) })
    }

    fn earns_points(&self) -> bool {
        matches!(self.criterion.worth, Worth::Points(points) if points > 0.0)
    }
}

/// Scores, 0..=100; absent where nothing counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Total {
    /// The call's score.
    pub(super) score: Option<f64>,
    /// The call's score as if nothing fatal had failed.
    pub(super) without_fatal: Option<f64>,
    /// The score of each section, with fatal failures.
    pub(super) sections: Vec<Option<f64>>,
}

impl Total {
    /// Nothing counts, in any of so many sections.
    pub(super) fn none(sections: usize) -> Total {
        Total { score: None, without_fatal: None, sections: vec![None; sections] }
    }

    /// Adds up `judged`, the criteria of sections with these weights.
    pub(super) fn of(weights: &[f64], judged: &[Judged<'_>]) -> Total {
        let plain: Vec<Option<f64>> = (0..weights.len()).map(|section| section_score(section, judged)).collect();
        let mut sections = plain.clone();
        let mut call_is_void = false;
        for one in judged.iter().filter(|one| one.is_fatal_failure()) {
            match one.criterion.fatal {
                Some(Fatal::Section) => sections[one.section] = Some(0.0),
                Some(Fatal::Call) => call_is_void = true,
                None => {}
            }
        }
        let without_fatal = call_score(weights, &plain, judged);
        let score = if call_is_void { Some(0.0) } else { call_score(weights, &sections, judged) };
        Total { score, without_fatal, sections }
    }
}

/// The part of the weight of criteria with points that could be decided, of those that apply; 1 where none applies.
pub(super) fn decided_share(weights: &[f64], judged: &[Judged<'_>]) -> f64 {
    let of = |section: usize, decided: bool| {
        let applying = judged.iter().filter(|one| one.section == section && one.outcome != Outcome::NotApplicable);
        sum(applying.filter(|one| !decided || one.fraction().is_some()).map(|one| match one.criterion.worth {
            Worth::Points(points) => points,
            _ => 0.0,
        }))
    };
    let sections = (0..weights.len()).map(|section| (weights[section], of(section, true), of(section, false)));
    let counting: Vec<(f64, f64, f64)> = sections.filter(|(.., applying)| *applying > 0.0).collect();
    let weight = sum(counting.iter().map(|(weight, ..)| *weight));
    if weight > 0.0 { sum(counting.iter().map(|(weight, decided, all)| weight * decided / all)) / weight } else { 1.0 }
}

/// The earned part of the points that count in one section.
fn section_score(section: usize, judged: &[Judged<'_>]) -> Option<f64> {
    let counting: Vec<(f64, f64)> = judged
        .iter()
        .filter(|one| one.section == section && one.earns_points())
        .filter_map(|one| match one.criterion.worth {
            Worth::Points(points) => one.fraction().map(|fraction| (points * fraction, points)),
            _ => None,
        })
        .collect();
    let possible = sum(counting.iter().map(|(_, possible)| *possible));
    (possible > 0.0).then(|| sum(counting.iter().map(|(earned, _)| *earned)) / possible * FULL)
}

/// The mean of the sections by weight, with deductions and bonuses.
fn call_score(weights: &[f64], sections: &[Option<f64>], judged: &[Judged<'_>]) -> Option<f64> {
    let counting: Vec<(f64, f64)> =
        weights.iter().zip(sections).filter_map(|(weight, score)| Some((*weight, (*score)?))).collect();
    let weight = sum(counting.iter().map(|(weight, _)| *weight));
    let base = if weight > 0.0 {
        sum(counting.iter().map(|(weight, score)| weight * score)) / weight
    } else if judged.iter().any(|one| one.earns_points() && one.outcome == Outcome::Unsure) {
        return None;
    } else if judged.iter().any(|one| one.outcome.fraction().is_some()) {
        // Only deductions and bonuses count here: the call starts with everything and can lose it.
        FULL
    } else {
        return None;
    };
    let changes = sum(judged.iter().filter(|one| !matches!(one.criterion.worth, Worth::Points(_))).map(Judged::points));
    Some((base + changes).clamp(0.0, FULL))
}

/// A sum that does not depend on the order of its parts, so that the order of sections can't change a score.
fn sum(parts: impl Iterator<Item = f64>) -> f64 {
    let mut parts: Vec<f64> = parts.collect();
    parts.sort_by(f64::total_cmp);
    parts.into_iter().sum()
}
