//! Runs the examples of a rubric: small calls, each with the outcome that it must have.
//!
//! Grading comes after rubrics in the order of the layers, so the one who calls hands it in.

use super::{Criterion, Example, Rubric};
use crate::call::{Finding, HeardCall, Metadata, Roles, redact, script};

/// Gives the finding of every criterion, by section and in the order of the rubric, however short the call is.
pub type Judge<'j> = &'j dyn Fn(&Rubric, &HeardCall, &Metadata, &Roles) -> Vec<Vec<Finding>>;

/// What became of one example.
#[derive(Debug)]
pub struct ExampleRun<'r> {
    /// The criterion that it belongs to.
    pub criterion: &'r Criterion,
    /// The example.
    pub example: &'r Example,
    /// Its number among the examples of its criterion with the same expected outcome, from 1.
    pub number: usize,
    /// What was found in it.
    pub finding: Finding,
}

impl ExampleRun<'_> {
    /// Whether it has the outcome that it must have.
    pub fn is_as_expected(&self) -> bool {
        self.finding.outcome.as_str() == self.example.expected
    }
}

/// Runs every example of `rubric` in order. An example takes the rubric's language unless its metadata names one, and holds
/// no numbers of people, as in recordings.
pub fn run_examples<'r>(rubric: &'r Rubric, judge: Judge<'_>) -> Vec<ExampleRun<'r>> {
    let mut runs: Vec<ExampleRun<'r>> = Vec::new();
    for (section, it) in rubric.sections.iter().enumerate() {
        for (index, criterion) in it.criteria.iter().enumerate() {
            for example in &criterion.examples {
                // Loading has read every script already.
                let Ok((mut heard, metadata, roles)) = script::parse(&example.script) else { continue };
                if rubric.language != "any" && metadata.get("language").is_none() {
                    heard.transcript.language.clone_from(&rubric.language);
                }
                redact(&mut heard.transcript, false);
                let mut findings = judge(rubric, &heard, &metadata, &roles);
                let Some(found) = findings.get_mut(section).filter(|found| index < found.len()) else { continue };
                let finding = found.swap_remove(index);
                let earlier = runs.iter().filter(|run| run.criterion.id == criterion.id);
                let number = 1 + earlier.filter(|run| run.example.expected == example.expected).count();
                runs.push(ExampleRun { criterion, example, number, finding });
            }
        }
    }
    runs
}
