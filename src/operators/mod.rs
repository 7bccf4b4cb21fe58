//! The rubric operators: one file and one page each, and [`ALL`], the only list of them.
//!
//! An operator takes a [`CallView`] and what was found before, and gives a [`Finding`]. Pure: no file, clock, thread
//! or environment. Parsing, "did you mean", JSON schema, explanations, pages, completions and tests derive from
//! [`ALL`]; a new operator is `NAME.rs`, `NAME.md` and two lines here.

mod address;
mod all_of;
mod any_of;
mod at_least;
mod builder;
mod duration;
mod earlier;
mod hangup_delay;
mod hearing;
mod hold;
mod interruption;
mod length;
mod loudness;
mod matches;
mod metadata;
mod monologue;
mod name;
mod near;
mod never_says;
mod not;
mod overlap;
mod part;
mod phrases;
mod pickup_delay;
mod pitch_variation;
mod place;
mod rate_of;
mod reads_back;
mod repeats;
mod reply;
mod responds;
mod response_delay;
mod says;
mod says_script;
mod scale;
mod sentiment_change;
mod sequence;
mod several;
mod silence;
mod speech_rate;
mod talk_share;
#[cfg(test)]
mod trial;
mod turn_length;
mod uses_name;
mod waits;
mod when;

pub use builder::{Builder, NestedCheck, WrittenCheck};
pub use hearing::{Hearing, absence, has_guesses, hearing, is_silent};
pub use length::{Length, LengthError};
pub use phrases::{PhraseHit, PhraseList, PhraseMatcher, PhraseOptions};
pub use place::{Hit, Place, Side, TurnPlace, Within, hull, intersect};
pub use reply::{Reply, replies, spoken_units};

use crate::call::{CallView, Finding, Outcome, TimeSpan};
use crate::diagnostic::Node;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// One operator of the rubric language.
pub struct Operator {
    /// Its key in a rubric, such as `says`.
    pub name: &'static str,
    /// Its page in Markdown: what it does, why, when it is unsure, runnable examples.
    pub page: &'static str,
    /// The JSON schema of its parameters.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// Reads its parameters; mistakes go to the builder, and then there is no check.
    pub build: fn(&Node, &mut Builder<'_>) -> Option<Box<dyn Check>>,
}

/// Raised whenever an operator, the matching of phrases or a measure can judge the same call otherwise than before:
/// calls graded by an older revision are graded again by the next run, without being heard again. The version of the
/// program does the same for releases; this number does it for every change in between.
pub const REVISION: u32 = 12;

/// Every operator, in the order of the documentation.
pub static ALL: &[&Operator] = &[
    &says::OPERATOR,
    &never_says::OPERATOR,
    &says_script::OPERATOR,
    &sequence::OPERATOR,
    &responds::OPERATOR,
    &near::OPERATOR,
    &matches::OPERATOR,
    &repeats::OPERATOR,
    &reads_back::OPERATOR,
    &uses_name::OPERATOR,
    &turn_length::OPERATOR,
    &rate_of::OPERATOR,
    &talk_share::OPERATOR,
    &silence::OPERATOR,
    &response_delay::OPERATOR,
    &pickup_delay::OPERATOR,
    &hangup_delay::OPERATOR,
    &interruption::OPERATOR,
    &overlap::OPERATOR,
    &speech_rate::OPERATOR,
    &monologue::OPERATOR,
    &loudness::OPERATOR,
    &pitch_variation::OPERATOR,
    &hold::OPERATOR,
    &duration::OPERATOR,
    &sentiment_change::OPERATOR,
    &all_of::OPERATOR,
    &any_of::OPERATOR,
    &not::OPERATOR,
    &at_least::OPERATOR,
    &when::OPERATOR,
    &metadata::OPERATOR,
];

/// The operator called `name`.
pub fn find(name: &str) -> Option<&'static Operator> {
    ALL.iter().copied().find(|operator| operator.name == name)
}

/// An operator with its parameters, ready to look at calls.
pub trait Check: Debug + Send + Sync {
    /// Looks at one call.
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding;

    /// Ids of the criteria and marks that must be evaluated before this one.
    fn depends_on(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The phrases it demands or forbids, for checks over a whole rubric.
    fn phrases(&self) -> Vec<Demand<'_>> {
        Vec::new()
    }
}

/// A phrase that a check wants to hear, or wants not to hear.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand<'a> {
    /// The phrase as its author wrote it.
    pub phrase: &'a str,
    /// Whether saying it is forbidden.
    pub forbidden: bool,
}

/// What a check may know beside the call.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// What earlier criteria and marks came to, by id.
    pub earlier: BTreeMap<&'a str, Finding>,
    /// Values of the slots for this call, such as `agent` and `company`: from the rubric, then from its metadata.
    pub slots: BTreeMap<String, Vec<String>>,
}

impl Scope<'_> {
    /// Where the criterion or mark `id` was hit, in order of time: a doubtful hit is no place to measure from.
    pub fn hits(&self, id: &str) -> Vec<TimeSpan> {
        self.places(id, |outcome| !matches!(outcome, Outcome::Unsure | Outcome::NotApplicable))
    }

    /// Where it may have been hit, where that is unsure: nothing to hold against anybody.
    pub fn doubtful(&self, id: &str) -> Vec<TimeSpan> {
        self.places(id, |outcome| outcome == Outcome::Unsure)
    }

    fn places(&self, id: &str, counts: impl Fn(Outcome) -> bool) -> Vec<TimeSpan> {
        let finding = self.earlier.get(id).filter(|finding| counts(finding.outcome));
        finding.map_or_else(Vec::new, |finding| finding.evidence.iter().map(|evidence| evidence.span).collect())
    }
}
