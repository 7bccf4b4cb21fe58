//! One speaker's tokens, prepared once for every phrase that will be looked for in them.

use super::Token;
use super::align::{self, Scratch};
use super::heard::Heard;
use super::key::Key;
use super::lexical::{self, Kind};
use super::naming::{self, Naming};
use super::phrases::Match;
use super::seeds::{Reach, STEP};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
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

/// What was found in a passage, by what was looked for: several criteria of a rubric ask for the same list of phrases.
///
/// It changes nothing but the time that a search takes, so passages are equal whatever they remember.
#[derive(Debug, Default)]
pub(super) struct Memory {
    found: RefCell<ByHash<Vec<Match>>>,
    phrases: RefCell<ByHash<Vec<(f32, Match)>>>,
    pub(super) heard: RefCell<Heard>,
    /// What part each token may have in a name, once a slot without a value asks for it.
    namings: OnceCell<Vec<Naming>>,
    /// How far words may stand from each other that stand next to each other in their phrase, or one or two further.
    reach: OnceCell<[Reach; STEP]>,
}

/// What goes by a hash already.
pub(super) type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Same>>;

/// A hash as it is.
#[derive(Debug, Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

thread_local! {
    /// What one search leaves for the next, in this call or another: what it holds changes nothing but the time.
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

impl Memory {
    /// What is found where the phrases that go by the hash `wanted` are looked for; `find` looks the first time.
    pub(super) fn recall(&self, wanted: u64, find: impl FnOnce() -> Vec<Match>) -> Vec<Match> {
        if let Some(found) = self.found.borrow().get(&wanted) {
            return found.clone();
        }
        let found = find();
        self.found.borrow_mut().insert(wanted, found.clone());
        found
    }

    /// What was found of the phrases that `names` tell from all others, each under its number there, and which of them
    /// were not looked for yet.
    pub(super) fn known(&self, names: &[u64]) -> (Vec<(f32, Match)>, Vec<bool>) {
        let phrases = self.phrases.borrow();
        let mut found = Vec::new();
        let mut new = vec![false; names.len()];
        for (phrase, name) in names.iter().enumerate() {
            match phrases.get(name) {
                Some(known) => found.extend(known.iter().map(|(fit, hit)| (*fit, Match { phrase, ..hit.clone() }))),
                None => new[phrase] = true,
            }
        }
        (found, new)
    }

    /// Keeps what was `found` of the `new` ones among the phrases that `names` tell from all others.
    pub(super) fn learn(&self, names: &[u64], new: &[bool], found: &[(f32, Match)]) {
        let mut phrases = self.phrases.borrow_mut();
        phrases.extend(names.iter().zip(new).filter(|(_, new)| **new).map(|(name, _)| (*name, Vec::new())));
        for (fit, hit) in found {
            phrases.entry(names[hit.phrase]).or_default().push((*fit, hit.clone()));
        }
    }

    /// What earlier searches left to be used again.
    pub(super) fn scratch() -> Scratch {
        SCRATCH.take().unwrap_or_default()
    }

    /// Keeps `scratch` for the next search.
    pub(super) fn keep(scratch: Scratch) {
        SCRATCH.set(Some(scratch));
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
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
