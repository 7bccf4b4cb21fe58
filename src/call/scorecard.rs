//! The grade of one call under one rubric.

use super::{Finding, Points, Reason};
use serde::{Deserialize, Serialize};

/// Whether a call could be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status", content = "reason")]
pub enum CardStatus {
    /// It has a score.
    Scored,
    /// It has none, for the reason given; never 0 points.
    NotScored(Reason),
}

/// One criterion's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// The criterion's id.
    pub id: String,
    /// Its section's id.
    pub section: String,
    /// Its title.
    pub title: String,
    /// Verdict, reason, evidence.
    pub finding: Finding,
    /// Points earned; negative for a deduction.
    pub points: Points,
    /// Points that could be earned; zero for a deduction or where it does not count.
    pub max_points: Points,
}

/// One section's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionResult {
    /// The section's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its weight as written in the rubric.
    pub weight: f64,
    /// 0..=100; absent where nothing in it applied.
    pub score: Option<Points>,
}

/// The grade of one call under one rubric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// The rubric's id.
    pub rubric: String,
    /// Its version, as its author wrote it.
    pub rubric_version: String,
    /// BLAKE3 of the rubric with its lexicons, in hexadecimal.
    pub rubric_hash: String,
    /// Whether the call could be judged.
    #[serde(flatten)]
    pub status: CardStatus,
    /// 0..=100, after fatal criteria; absent where not scored.
    pub score: Option<Points>,
    /// The score as if no fatal criterion had failed.
    pub score_without_fatal: Option<Points>,
    /// The score of criteria tagged `compliance`.
    pub compliance_score: Option<Points>,
    /// Name of the band that the score falls in.
    pub band: Option<String>,
    /// Whether the score reaches the pass mark and nothing fatal failed.
    pub passed: Option<bool>,
    /// Ids of fatal criteria that failed.
    pub fatal: Vec<String>,
    /// Whether a person should look.
    pub needs_review: bool,
    /// In the order of the rubric.
    pub sections: Vec<SectionResult>,
    /// In the order of the rubric.
    pub criteria: Vec<CriterionResult>,
}
