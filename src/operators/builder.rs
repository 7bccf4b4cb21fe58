//! Reads an operator's parameters and collects the mistakes in them.

use super::Check;
use crate::diagnostic::{Diagnostic, Node};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// What the parameters of an operator may refer to, and the mistakes found in them.
#[derive(Debug)]
pub struct Builder<'a> {
    /// The rubric's language: `zh`, `en` or `any`.
    pub language: &'a str,
    /// Phrases of each lexicon by its name.
    pub lexicons: &'a BTreeMap<String, Vec<String>>,
    /// Names of the slots that phrases may use.
    pub slots: &'a BTreeSet<String>,
    /// Ids of criteria and marks that windows may refer to.
    pub ids: &'a BTreeSet<String>,
    /// The mistakes so far.
    pub diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    /// Reads `node` as `T`: every deviation from the schema of `T` is reported with its place, all in one run.
    pub fn params<T: DeserializeOwned + JsonSchema>(&mut self, node: &Node) -> Option<T> {
        let _ = node;
        None
    }

    /// Builds the check that `node` describes: a mapping from one operator's name to its parameters.
    pub fn check(&mut self, node: &Node) -> Option<Box<dyn Check>> {
        let _ = node;
        None
    }
}
