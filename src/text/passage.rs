//! One speaker's tokens, prepared once for every phrase that will be looked for in them.

use super::Token;
use std::ops::Range;

/// Tokens in the form in which phrases are compared with them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passage {
    /// The folded texts.
    pub(super) texts: Vec<String>,
    /// Ranges of tokens that were said in one go; no phrase reaches out of one.
    pub(super) runs: Vec<Range<usize>>,
}

impl Passage {
    /// Prepares `tokens`. `runs` are ranges of tokens that were said in one go, in order: no phrase is found across
    /// their borders.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>, runs: &[Range<usize>]) -> Self {
        let texts: Vec<String> = tokens.into_iter().map(|token| token.text.clone()).collect();
        let runs = runs.iter().map(|run| run.start.min(texts.len())..run.end.min(texts.len())).collect();
        Self { texts, runs }
    }
}
