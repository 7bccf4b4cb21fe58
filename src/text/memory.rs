//! What was looked for in a passage, and what was found.
//!
//! Several criteria of a rubric ask for the same list of phrases, and lists have phrases in common. It changes nothing but the
//! time that a search takes, so passages are equal whatever they remember.

use super::align::Scratch;
use super::heard::Heard;
use super::naming::Naming;
use super::phrases::Match;
use super::seeds::{Reach, STEP};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

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

/// What was found in a passage, by what was looked for.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) tables: Tables,
    /// What part each token may have in a name, once a slot without a value asks for it.
    pub(super) namings: OnceCell<Vec<Naming>>,
    /// How far words may stand from each other that stand next to each other in their phrase, or one or two further.
    pub(super) reach: OnceCell<[Reach; STEP]>,
}

/// What fills up as a passage is searched.
#[derive(Debug, Default)]
pub(super) struct Tables {
    found: RefCell<ByHash<Vec<Match>>>,
    phrases: RefCell<ByHash<Vec<(f32, Match)>>>,
    pub(super) heard: RefCell<Heard>,
}

/// A call has few passages: those of each speaker and that of all.
const SPARE: usize = 4;

thread_local! {
    /// What one search leaves for the next, in this call or another: what it holds changes nothing but the time.
    static SCRATCH: RefCell<Option<Scratch>> = const { RefCell::new(None) };
    /// Empty tables of passages that are no more, with the room that they took.
    static TABLES: RefCell<Vec<Tables>> = const { RefCell::new(Vec::new()) };
}

impl Tables {
    /// Forgets all, but keeps the room that it took.
    fn clear(&mut self) {
        self.found.get_mut().clear();
        self.phrases.get_mut().clear();
        self.heard.get_mut().clear();
    }
}

impl Memory {
    /// What is found where the phrases that go by the hash `wanted` are looked for; `find` looks the first time.
    pub(super) fn recall(&self, wanted: u64, find: impl FnOnce() -> Vec<Match>) -> Vec<Match> {
        if let Some(found) = self.tables.found.borrow().get(&wanted) {
            return found.clone();
        }
        let found = find();
        self.tables.found.borrow_mut().insert(wanted, found.clone());
        found
    }

    /// What was found of the phrases that `names` tell from all others, each under its number there, and which of them
    /// were not looked for yet.
    pub(super) fn known(&self, names: &[u64]) -> (Vec<(f32, Match)>, Vec<bool>) {
        let phrases = self.tables.phrases.borrow();
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
        let mut phrases = self.tables.phrases.borrow_mut();
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

impl Default for Memory {
    fn default() -> Self {
        let tables = TABLES.with_borrow_mut(Vec::pop).unwrap_or_default();
        Self { tables, namings: OnceCell::new(), reach: OnceCell::new() }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let mut tables = std::mem::take(&mut self.tables);
        // A thread that ends has no more use for them.
        let _ = TABLES.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < SPARE {
                tables.clear();
                spare.push(tables);
            }
        });
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
