//! Grading: a rubric and what was heard become a scorecard.
//!
//! Pure. Finds the roles of the channels, evaluates every criterion, adds up the points. Must not read a file, and
//! must not judge what was not heard: a call without enough speech, in another language, or that could not be read
//! is "not scored" with the reason, never 0 points.

mod evaluate;
mod roles;
mod scorable;
mod score;
mod vocabulary;

pub use roles::find_roles;

use crate::call::{
    CallView, CardStatus, CriterionResult, Finding, HeardCall, Measures, Metadata, Outcome, Points, Roles, Scorecard,
    SectionResult, StatusKind,
};
use crate::rubric::{Rubric, Worth};
use score::{Judged, Total};

/// Roles less certain than this need a person's look, wherever they come from.
const DOUBTFUL_ROLES: f32 = 0.8;

/// Where the sides are not told apart, a score from less than this part of the rubric would mislead.
const LEAST_DECIDED: f64 = 0.5;

/// Grades one call under one rubric.
///
/// The same arguments give the same scorecard, to the byte.
pub fn grade(rubric: &Rubric, heard: &HeardCall, metadata: &Metadata, roles: &Roles) -> Scorecard {
    card(rubric, heard, &CallView::new(heard, metadata, roles, Measures::of(heard, roles)))
}

/// Grades one call under several rubrics, in their order: the same scorecards as [`grade`] gives, sooner, since what
/// was said is prepared once for all of them.
pub fn grade_all(rubrics: &[Rubric], heard: &HeardCall, metadata: &Metadata, roles: &Roles) -> Vec<Scorecard> {
    if rubrics.is_empty() {
        return Vec::new();
    }
    let view = CallView::new(heard, metadata, roles, Measures::of(heard, roles));
    rubrics.iter().map(|rubric| card(rubric, heard, &view)).collect()
}

fn card(rubric: &Rubric, heard: &HeardCall, view: &CallView<'_>) -> Scorecard {
    let roles = view.roles;
    if let Some((reason, needs_review)) = scorable::obstacle(rubric, heard, &view.measures) {
        return not_scored(rubric, CardStatus::NotScored(reason), needs_review);
    }
    let incomplete = heard.status.kind() == StatusKind::Degraded;
    let mut criteria = evaluate::criteria(rubric, view);
    if incomplete {
        criteria.iter_mut().flatten().for_each(evaluate::forgive_absence);
    }

    let judged: Vec<Judged<'_>> = rubric
        .sections
        .iter()
        .zip(&criteria)
        .enumerate()
        .flat_map(|(index, (section, findings))| {
            section.criteria.iter().zip(findings).map(move |(criterion, finding)| Judged {
                section: index,
                criterion,
                outcome: finding.outcome,
                hits: finding.evidence.len(),
            })
        })
        .collect();
    let weights: Vec<f64> = rubric.sections.iter().map(|section| section.weight).collect();
    let decided = score::decided_share(&weights, &judged);
    let undecided = !roles.are_known() && decided < LEAST_DECIDED;
    let total = if undecided { Total::none(weights.len()) } else { Total::of(&weights, &judged) };
    let compliance: Vec<Judged<'_>> = judged.iter().copied().filter(Judged::is_compliance).collect();
    let compliance = if undecided { Total::none(weights.len()) } else { Total::of(&weights, &compliance) };

    let fatal: Vec<String> =
        judged.iter().filter(|one| one.is_fatal_failure()).map(|one| one.criterion.id.clone()).collect();
    let unsure = judged.iter().any(|one| one.outcome == Outcome::Unsure);
    let doubtful_roles = roles.are_known() && roles.certainty < DOUBTFUL_ROLES;
    let score = total.score.map(Points::from_f64);
    Scorecard {
        status: match score {
            Some(_) => CardStatus::Scored,
            None if undecided => CardStatus::NotScored(scorable::sides_unknown(decided)),
            None => CardStatus::NotScored(scorable::nothing_applied(unsure)),
        },
        score,
        score_without_fatal: total.without_fatal.map(Points::from_f64),
        compliance_score: compliance.score.map(Points::from_f64),
        band: score.and_then(|score| rubric.bands.iter().find(|band| score >= band.from).map(|band| band.name.clone())),
        passed: score.map(|score| score >= rubric.pass_mark && fatal.is_empty()),
        fatal,
        needs_review: unsure || incomplete || doubtful_roles,
        sections: section_results(rubric, &total.sections),
        criteria: judged
            .iter()
            .zip(criteria.iter().flatten())
            .map(|(one, finding)| CriterionResult {
                id: one.criterion.id.clone(),
                section: rubric.sections[one.section].id.clone(),
                title: one.criterion.title.clone(),
                finding: finding.clone(),
                points: Points::from_f64(one.points()),
                max_points: match (one.outcome.fraction(), one.criterion.worth) {
                    (Some(_), Worth::Points(points) | Worth::Bonus(points)) => Points::from_f64(points),
                    _ => Points(0),
                },
            })
            .collect(),
        ..not_scored(rubric, CardStatus::Scored, false)
    }
}

/// What every criterion finds, by section and in the order of the rubric, however short the call is and whatever its
/// language: for examples, which are shorter than any call that is scored.
pub fn findings(rubric: &Rubric, heard: &HeardCall, metadata: &Metadata, roles: &Roles) -> Vec<Vec<Finding>> {
    let view = CallView::new(heard, metadata, roles, Measures::of(heard, roles));
    evaluate::criteria(rubric, &view)
}

/// The card of a call that was not judged.
fn not_scored(rubric: &Rubric, status: CardStatus, needs_review: bool) -> Scorecard {
    Scorecard {
        rubric: rubric.id.clone(),
        rubric_version: rubric.version.clone(),
        rubric_hash: rubric.hash.clone(),
        status,
        score: None,
        score_without_fatal: None,
        compliance_score: None,
        band: None,
        passed: None,
        fatal: Vec::new(),
        needs_review,
        sections: section_results(rubric, &vec![None; rubric.sections.len()]),
        criteria: Vec::new(),
    }
}

fn section_results(rubric: &Rubric, scores: &[Option<f64>]) -> Vec<SectionResult> {
    rubric
        .sections
        .iter()
        .zip(scores)
        .map(|(section, score)| SectionResult {
            id: section.id.clone(),
            title: section.title.clone(),
            weight: section.weight,
            score: score.map(Points::from_f64),
        })
        .collect()
}

#[cfg(test)]
mod tests;
