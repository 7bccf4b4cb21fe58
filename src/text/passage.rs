//! One speaker's tokens, prepared once for every phrase that will be looked for in them.

use super::Token;
use super::key::Key;
use super::lexical::{self, Kind};
use std::collections::HashMap;
use std::ops::Range;

/// Tokens in the form in which phrases are compared with them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passage {
    /// The folded texts.
    pub(super) texts: Vec<String>,
    /// Their sounds.
    pub(super) keys: Vec<Key>,
    /// Where a clause begins.
    pub(super) opens: Vec<bool>,
    /// Later digits of a number.
    pub(super) joined: Vec<bool>,
    /// Where a negation stands that is one.
    pub(super) negates: Vec<bool>,
    /// Ranges of tokens that were said in one go; no phrase reaches out of one.
    pub(super) runs: Vec<Range<usize>>,
    /// Where tokens of each class of near sounds stand, in order.
    positions: HashMap<u32, Vec<u32>>,
}

impl Passage {
    /// Prepares `tokens`. `runs` are ranges of tokens that were said in one go, in order: no phrase is found across
    /// their borders.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>, runs: &[Range<usize>]) -> Self {
        let mut passage = Self::default();
        let mut known: HashMap<&str, Key> = HashMap::new();
        for (index, token) in tokens.into_iter().enumerate() {
            let key = *known.entry(&token.text).or_insert_with(|| Key::new(token));
            for class in key.classes() {
                passage.positions.entry(class).or_default().push(index as u32);
            }
            passage.texts.push(token.text.clone());
            passage.keys.push(key);
            passage.opens.push(token.opens);
            passage.joined.push(token.joined);
        }
        let count = passage.texts.len();
        passage.negates = (0..count)
            .map(|index| passage.keys[index].kind == Kind::Negation && lexical::negates(&passage.texts, index))
            .collect();
        passage.runs = runs.iter().map(|run| run.start.min(count)..run.end.min(count)).collect();
        passage
    }

    /// Prepares `tokens` that were all said in one go.
    pub fn whole(tokens: &[Token]) -> Self {
        Self::new(tokens, std::slice::from_ref(&(0..tokens.len())))
    }

    /// Positions of the tokens of one class of near sounds.
    pub(super) fn positions(&self, class: u32) -> &[u32] {
        self.positions.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The runs that `range` touches, cut to it.
    pub(super) fn runs_within(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let first = self.runs.partition_point(|run| run.end <= range.start);
        self.runs[first..]
            .iter()
            .take_while(move |run| run.start < range.end)
            .map(move |run| run.start.max(range.start)..run.end.min(range.end))
    }
}
