//! One speaker's tokens, prepared once for every phrase that will be looked for in them.

use super::Token;
use super::align;
use super::key::Key;
use super::lexical::{self, Kind};
use super::memory::Memory;
use super::naming::{self, Naming};
use super::seeds::Reach;
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
    /// Where something is said not to be there or not to be so: [`lexical::lacks`].
    pub(super) lacks: Vec<bool>,
    /// What each token costs between two of a phrase.
    pub(super) insertions: Vec<f32>,
    /// Letters of each English word together with those of the next one; 0 where one of the two is none.
    pub(super) pairs: Vec<u8>,
    /// Ranges of tokens that were said in one go; no phrase reaches out of one.
    pub(super) runs: Vec<Range<usize>>,
    /// What was already looked for.
    pub(super) memory: Memory,
}

impl Passage {
    /// Prepares `tokens`. `runs` are ranges of tokens that were said in one go, in order: no phrase is found across
    /// their borders.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>, runs: &[Range<usize>]) -> Self {
        let tokens: Vec<Token> = tokens.into_iter().cloned().collect();
        let mut passage = Self { keys: Key::all(&tokens), ..Self::default() };
        for token in tokens {
            passage.texts.push(token.text);
            passage.opens.push(token.opens);
            passage.joined.push(token.joined);
        }
        let count = passage.texts.len();
        passage.negates = (0..count)
            .map(|index| passage.keys[index].kind == Kind::Negation && lexical::negates(&passage.texts, index))
            .collect();
        passage.lacks = (0..count).map(|index| lexical::lacks(&passage.texts, index)).collect();
        let letters = |pair: &[Key]| match (pair[0].letters, pair[1].letters) {
            (0, _) | (_, 0) => 0,
            (first, second) => first.saturating_add(second),
        };
        passage.pairs = passage.keys.windows(2).map(letters).collect();
        passage.insertions = align::insertions(&passage);
        passage.runs = runs.iter().map(|run| run.start.min(count)..run.end.min(count)).collect();
        passage
    }

    /// Prepares `tokens` that were all said in one go.
    pub fn whole(tokens: &[Token]) -> Self {
        Self::new(tokens, std::slice::from_ref(&(0..tokens.len())))
    }

    /// Whether the token at `at` is the point of a decimal number.
    pub(super) fn is_point(&self, at: usize) -> bool {
        lexical::is_point(&self.texts[at])
            && at > 0
            && self.keys[at - 1].number
            && self.joined.get(at + 1) == Some(&true)
    }

    /// What part the token at `at` may have in a name.
    pub(super) fn naming(&self, at: usize) -> Naming {
        self.memory.namings.get_or_init(|| naming::namings(&self.texts, &self.joined))[at]
    }

    /// How far two words may stand from each other of which the second stands `step` behind the first in their phrase.
    pub(super) fn reach(&self, step: u32) -> &Reach {
        let all = || std::array::from_fn(|free| Reach::new(&self.insertions, free));
        &self.memory.reach.get_or_init(all)[step as usize - 1]
    }

    /// The tokens at `at` and after it, where they are English words together about as long as `word`.
    pub(super) fn pair(&self, at: usize, word: &Key) -> Option<(&str, &str)> {
        let letters = *self.pairs.get(at)?;
        word.is_as_long(letters).then(|| (self.texts[at].as_str(), self.texts[at + 1].as_str()))
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
