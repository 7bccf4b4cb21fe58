//! Rubrics: text becomes a [`Rubric`] or the list of all its mistakes.
//!
//! Pure: the texts of the rubric and its lexicons are handed in. Only `parse` knows the YAML crate.

mod budget;
mod compile;
mod examples;
mod explain;
mod include;
mod lexicon;
mod lint;
mod order;
mod pages;
mod parse;
mod raw;
mod schema;
mod sections;
mod sources;
mod spelling;

pub use compile::{Loaded, load};
pub use examples::{ExampleRun, Judge, run_examples};
pub use explain::{Outline, explain, operator_summary, overview, similar_name, starter};
pub use pages::{PageMistake, check_page, diagnostics_document, operators_document, page_examples};
pub use parse::{MAX_BYTES, MAX_MISTAKES};
pub use schema::schema;
pub use sources::{SourceError, SourceFile, Sources};

use crate::call::{Ms, Points};
use crate::operators::Check;
use std::collections::BTreeMap;

/// A rubric that is valid and ready to grade calls.
#[derive(Debug)]
pub struct Rubric {
    /// Stable name, such as `inbound-service-zh`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// `zh`, `en` or `any`: calls in another language are not scored.
    pub language: String,
    /// As its author wrote it.
    pub version: String,
    /// BLAKE3 of its text and its lexicons' texts, in hexadecimal.
    pub hash: String,
    /// Score that passes, 0..=100.
    pub pass_mark: Points,
    /// Names of score ranges, highest first.
    pub bands: Vec<Band>,
    /// Calls with less speech are not scored.
    pub min_speech: Ms,
    /// Values of the slots by name; the call's metadata adds to them.
    pub slots: BTreeMap<String, Vec<String>>,
    /// Named places that windows refer to, in an order in which each can be evaluated.
    pub marks: Vec<(String, Box<dyn Check>)>,
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// Indices (section, criterion) in an order in which each can be evaluated.
    pub order: Vec<(usize, usize)>,
}

/// A named range of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Name, such as 优秀.
    pub name: String,
    /// Lowest score in it.
    pub from: Points,
}

/// A weighted group of criteria.
#[derive(Debug)]
pub struct Section {
    /// Stable name.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Its share of the score, relative to the other sections.
    pub weight: f64,
    /// In the order of the file.
    pub criteria: Vec<Criterion>,
}

/// One thing that is judged.
#[derive(Debug)]
pub struct Criterion {
    /// Stable name, such as `greeting`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Where the demand comes from and what it is good for.
    pub why: String,
    /// How it counts.
    pub worth: Worth,
    /// What failing it does beyond its points.
    pub fatal: Option<Fatal>,
    /// The author's labels; `compliance` makes a score of its own.
    pub tags: Vec<String>,
    /// What is looked for.
    pub check: Box<dyn Check>,
    /// Calls that must pass and fail, as scripts.
    pub examples: Vec<Example>,
}

/// How a criterion counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Worth {
    /// Points that can be earned within its section.
    Points(f64),
    /// Points of the whole score that failing takes away; with `per_hit`, for each piece of evidence up to `cap`.
    Deduct {
        /// Points taken away.
        points: f64,
        /// Whether each piece of evidence counts.
        per_hit: bool,
        /// Most that it takes away in all.
        cap: f64,
    },
    /// Points of the whole score that passing adds; the score stays at most 100.
    Bonus(f64),
}

/// What a failed fatal criterion sets to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fatal {
    /// Its section.
    Section,
    /// The whole call.
    Call,
}

/// A small call with the outcome it must have.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// `pass`, `partial`, `fail`, `not_applicable` or `unsure`.
    pub expected: String,
    /// The call as a script (see `call::script`).
    pub script: String,
    /// Where it stands in the rubric's text.
    pub span: crate::diagnostic::ByteSpan,
}

#[cfg(test)]
mod tests;
