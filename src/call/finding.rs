//! What an operator found, always with its evidence.

use super::{Speaker, TimeSpan};
use serde::{Deserialize, Serialize};

/// The verdict on one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Fulfilled.
    Pass,
    /// Fulfilled in part: the fraction of the points, between 0 and 1.
    Partial(f32),
    /// Not fulfilled.
    Fail,
    /// Does not arise in this call.
    NotApplicable,
    /// The evidence is too weak; a person should look.
    Unsure,
}

impl Outcome {
    /// The name used in files and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Partial(_) => "partial",
            Outcome::Fail => "fail",
            Outcome::NotApplicable => "not_applicable",
            Outcome::Unsure => "unsure",
        }
    }

    /// The fraction of the points that it earns, where it counts at all.
    pub fn fraction(self) -> Option<f32> {
        match self {
            Outcome::Pass => Some(1.0),
            Outcome::Partial(fraction) => Some(fraction.clamp(0.0, 1.0)),
            Outcome::Fail => Some(0.0),
            Outcome::NotApplicable | Outcome::Unsure => None,
        }
    }
}

/// Why, as one sentence in both languages, without a full stop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// In English.
    pub en: String,
    /// In Mandarin.
    pub zh: String,
}

impl Reason {
    /// The same sentence in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The sentence in `language` (`zh`, else English).
    pub fn in_language(&self, language: &str) -> &str {
        if language == "zh" { &self.zh } else { &self.en }
    }
}

/// A place in the call that supports a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Whose words or silence it is.
    pub speaker: Speaker,
    /// When.
    pub span: TimeSpan,
    /// What was heard there; empty for a silence.
    pub quote: String,
    /// The phrase, pattern or measure of the rubric that it answers to.
    pub matched: String,
    /// How alike heard and expected are, 0..=1.
    pub similarity: f32,
    /// Mean word probability of the quote, 0..=1; 1 where no words are involved.
    pub probability: f32,
}

/// Words that recognition doubts more than this accuse nobody: mean word probability.
pub const LEAST_PROBABILITY: f32 = 0.35;

/// What an operator found in a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The verdict.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Where; in order of time.
    pub evidence: Vec<Evidence>,
    /// For an absence: the stretch of the call that was searched.
    pub searched: Option<TimeSpan>,
}

impl Finding {
    /// A finding with no evidence yet.
    pub fn new(outcome: Outcome, reason: Reason) -> Self {
        Self { outcome, reason, evidence: Vec::new(), searched: None }
    }

    /// Adds places that support it.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Vec<Evidence>) -> Self {
        self.evidence = evidence;
        self
    }

    /// Adds the stretch that was searched.
    #[must_use]
    pub fn searched(mut self, window: TimeSpan) -> Self {
        self.searched = Some(window);
        self
    }
}
