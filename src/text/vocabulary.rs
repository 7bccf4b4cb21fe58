//! What the words of phrases may be heard as: tokens, and two English words next to each other.
//!
//! Takes words of phrases and the tokens of one passage after the other, gives how unlike each word is what is nearly like
//! it. Calls have most of their tokens in common, so what was worked out is kept from one to the next.

use super::Passage;
use super::align::Distances;
use super::heard::Word;
use super::key::{CLASSES, Key};
use super::memory::ByHash;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many units are kept; then all are forgotten.
const MOST: usize = 1 << 15;

/// Where no unit is.
pub(super) const NONE: u32 = u32::MAX;

/// A token, or two English words next to each other, which may be one word heard as two.
#[derive(Debug)]
pub(super) struct Unit {
    /// The token, the first of both.
    pub(super) key: Key,
    pub(super) text: String,
    /// The second of both, and how many letters they have together.
    pub(super) second: Option<(String, u8)>,
}

/// What a word may be heard as.
#[derive(Debug, Default)]
struct Near {
    /// How many of the units were looked at.
    seen: usize,
    /// Numbers of units, each with how unlike the word it is.
    units: Vec<(u32, f32)>,
}

/// The different units of passages, and what is nearly like them.
///
/// What it holds changes nothing but the time that listening takes.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Tells it from every other one, and from itself before it forgot all.
    name: u64,
    units: Vec<Unit>,
    /// Their numbers, by what tells them apart.
    numbers: ByHash<u32>,
    /// The numbers of those of each class of near sounds, in order.
    classes: Vec<Vec<u32>>,
    /// What is near to each word, by its hash.
    near: ByHash<Near>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        static NAMES: AtomicU64 = AtomicU64::new(1);
        Self {
            name: NAMES.fetch_add(1, Ordering::Relaxed),
            units: Vec::new(),
            numbers: ByHash::default(),
            classes: Vec::new(),
            near: ByHash::default(),
        }
    }
}

impl Vocabulary {
    /// Tells it from every other one: numbers of units hold only under the name under which they were given.
    pub(super) fn name(&self) -> u64 {
        self.name
    }

    /// Number of units.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The numbers of the units of `passage`: of each token, and of it with the next one or [`NONE`].
    pub(super) fn number(&mut self, passage: &Passage) -> Vec<[u32; 2]> {
        if self.units.len() > MOST {
            *self = Self::default();
        }
        self.classes.resize(CLASSES, Vec::new());
        let number = |at: usize| {
            let (key, text) = (&passage.keys[at], &passage.texts[at]);
            let name = key.sound_name();
            let token = self.number_of(name, || Unit { key: *key, text: text.clone(), second: None });
            let letters = passage.pairs.get(at).copied().unwrap_or(0);
            if letters == 0 {
                return [token, NONE];
            }
            let second = || Some((passage.texts[at + 1].clone(), letters));
            let name = name.rotate_left(32) ^ passage.keys[at + 1].id;
            [token, self.number_of(name, || Unit { key: *key, text: text.clone(), second: second() })]
        };
        (0..passage.keys.len()).map(number).collect()
    }

    /// The number of the unit that goes by `name`.
    fn number_of(&mut self, name: u64, unit: impl FnOnce() -> Unit) -> u32 {
        let Self { units, numbers, classes, .. } = self;
        *numbers.entry(name).or_insert_with(|| {
            let (number, unit) = (units.len() as u32, unit());
            unit.key.classes.iter().for_each(|class| classes[usize::from(class)].push(number));
            units.push(unit);
            number
        })
    }

    /// The numbers of the units that `word` may be heard as, each with how unlike it they are.
    pub(super) fn near(&mut self, word: &Word, known: &mut Distances) -> &[(u32, f32)] {
        let Self { units, classes, near, .. } = self;
        let near = near.entry(word.hash).or_default();
        if near.seen < units.len() {
            let new = word.classes().flat_map(|class| {
                let all = &classes[usize::from(class)];
                &all[all.partition_point(|unit| (*unit as usize) < near.seen)..]
            });
            let mut new: Vec<u32> = new.copied().collect();
            new.sort_unstable();
            new.dedup();
            let heard = new.into_iter().filter_map(|unit| Some((unit, word.unlike(&units[unit as usize], known)?)));
            near.units.extend(heard);
            near.seen = units.len();
        }
        &near.units
    }
}
