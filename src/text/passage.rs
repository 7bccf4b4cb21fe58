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
    /// Classes of near sounds that occur, sorted, each with where its places end in `places`.
    classes: Vec<(u32, u32)>,
    /// Where tokens of each class stand, in order within the class.
    places: Vec<u32>,
}

impl Passage {
    /// Prepares `tokens`. `runs` are ranges of tokens that were said in one go, in order: no phrase is found across
    /// their borders.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>, runs: &[Range<usize>]) -> Self {
        let tokens: Vec<Token> = tokens.into_iter().cloned().collect();
        let mut passage = Self { keys: Key::all(&tokens, &mut HashMap::new()), ..Self::default() };
        let mut places: Vec<(u32, u32)> = Vec::new();
        for (index, token) in tokens.into_iter().enumerate() {
            places.extend(passage.keys[index].classes().map(|class| (class, index as u32)));
            passage.texts.push(token.text);
            passage.opens.push(token.opens);
            passage.joined.push(token.joined);
        }
        places.sort_unstable();
        for (end, (class, place)) in (1..).zip(places) {
            passage.places.push(place);
            match passage.classes.last_mut() {
                Some(last) if last.0 == class => last.1 = end,
                _ => passage.classes.push((class, end)),
            }
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
        let Ok(index) = self.classes.binary_search_by_key(&class, |(class, _)| *class) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.classes[before].1);
        &self.places[start as usize..self.classes[index].1 as usize]
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
