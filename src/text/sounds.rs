//! What the sieve for the places of phrases needs of them: their sounds.

use super::heard::{SLACK, Word};
use super::lexical::Kind;
use super::phrases::Ready;
use super::seeds;
use std::collections::HashMap;
use std::ops::Range;

/// One element of a phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sound {
    /// Its number in [`Sounds::words`].
    pub(super) word: u32,
    /// Which element of the phrase it is.
    pub(super) index: u32,
}

/// A word of phrases, and what it costs them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighed {
    pub(super) word: Word,
    /// The least that it costs where the passage has nothing that sounds like it.
    pub(super) weight: f32,
    /// What it costs where the passage has something of its classes that is altogether unlike it.
    whole: f32,
}

impl Weighed {
    /// How much of its weight is kept where something so `unlike` is heard.
    pub(super) fn kept(&self, unlike: f32) -> f32 {
        (self.weight - self.whole * unlike).max(0.0)
    }

    /// What tells it from others.
    fn name(&self) -> (u64, u32, u32) {
        (self.word.hash, self.weight.to_bits(), self.whole.to_bits())
    }
}

/// Two words that stand close together in phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pair {
    /// Their numbers in [`Sounds::words`].
    pub(super) first: u32,
    pub(super) second: u32,
    /// How far the second stands behind the first.
    pub(super) step: u32,
}

/// A pair of words from which a phrase is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seed {
    /// Its number in [`Sounds::pairs`].
    pub(super) pair: u32,
    /// Which element of the phrase the first of both is.
    pub(super) index: u32,
}

/// The sounds of a set of phrases, one phrase after the other, so that sifting them is a walk through memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sounds {
    all: Vec<Sound>,
    seeds: Vec<Seed>,
    outlines: Vec<Outline>,
    /// The different words, numbered.
    pub(super) words: Vec<Weighed>,
    /// The different pairs, numbered.
    pub(super) pairs: Vec<Pair>,
}

/// A phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Outline {
    /// The number of this way to say it, and of the phrase.
    pub(super) way: u32,
    pub(super) phrase: u32,
    /// Where its sounds begin, and how many they are.
    start: u32,
    count: u32,
    /// Where its seeds begin, and how many they are.
    seeds: u32,
    seed_count: u32,
    /// Number of its elements.
    pub(super) length: u32,
    /// How far an element may stand from where the phrase would have it.
    pub(super) slack: u32,
    /// How much of the weight of its sounds may be missing.
    pub(super) spare: f32,
    /// Whether it has room for a name, and so for any words.
    pub(super) gap: bool,
}

impl Outline {
    /// Its part of the sounds of all phrases.
    fn sounds(&self) -> Range<usize> {
        self.start as usize..(self.start + self.count) as usize
    }
}

/// The weight of an element without which there is no phrase.
const NEEDED: f32 = 16.0;

impl Sounds {
    /// The sounds of `ways`; `by_sound` where only what sounds alike counts.
    pub(super) fn new(ways: &[Ready], by_sound: bool) -> Self {
        let mut sounds = Self::default();
        let mut numbers = HashMap::new();
        for (way, ready) in ways.iter().enumerate() {
            sounds.push(way, ready, by_sound, &mut numbers);
        }
        sounds.choose_seeds(ways);
        sounds
    }

    /// Adds number `way` of the ways to say a phrase.
    fn push(&mut self, way: usize, ready: &Ready, by_sound: bool, numbers: &mut HashMap<(u64, u32, u32), u32>) {
        let Ready { phrase, elements, limits, .. } = ready;
        let (start, mut sum) = (self.all.len(), 0.0);
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.wild) {
            // Neither can be left out, nor anything unlike stand for them.
            let needed = by_sound && (element.rigid || element.key.kind == Kind::Negation);
            let weight = if needed { NEEDED } else { element.weight * element.key.least_unlike() };
            let word = Weighed { word: Word::new(elements, index, by_sound), weight, whole: element.weight };
            let word = *numbers.entry(word.name()).or_insert_with(|| {
                self.words.push(word);
                self.words.len() as u32 - 1
            });
            self.all.push(Sound { word, index: index as u32 });
            sum += weight;
        }
        let spare = sum - (sum - limits.possible).max(0.05) + 1e-3;
        let gap = elements.iter().any(|element| element.wild);
        let (count, length) = ((self.all.len() - start) as u32, elements.len() as u32);
        let slack = (length / 3 + 1).min(SLACK);
        let (way, phrase, start) = (way as u32, *phrase as u32, start as u32);
        self.outlines.push(Outline { way, phrase, start, count, length, slack, spare, gap, ..Outline::default() });
    }

    /// Chooses from which pairs each of `ways` is looked for: the rarest ones, as far as the phrases tell.
    fn choose_seeds(&mut self, ways: &[Ready]) {
        let Self { all, seeds, outlines, words, pairs } = self;
        let mut uses = vec![0_u32; words.len()];
        all.iter().for_each(|sound| uses[sound.word as usize] += 1);
        let mut numbers = HashMap::new();
        for outline in outlines {
            outline.seeds = seeds.len() as u32;
            let elements = &ways[outline.way as usize].elements;
            // English words are rare by themselves, and may be heard as two: pairs of them save nothing.
            if elements.iter().any(|element| element.key.letters > 0) {
                continue;
            }
            let own = &all[outline.sounds()];
            let weighed = own.iter().map(|sound| (words[sound.word as usize].weight, uses[sound.word as usize]));
            let step = |first: usize, second: usize| {
                let between = &elements[own[first].index as usize..own[second].index as usize];
                (!between.iter().any(|element| element.wild)).then_some(between.len())
            };
            for (first, second) in seeds::pairs(&weighed.collect::<Vec<_>>(), step, outline.spare) {
                let (first, second) = (own[first], own[second]);
                let pair = Pair { first: first.word, second: second.word, step: second.index - first.index };
                let pair = *numbers.entry(pair).or_insert_with(|| {
                    pairs.push(pair);
                    pairs.len() as u32 - 1
                });
                seeds.push(Seed { pair, index: first.index });
            }
            outline.seed_count = seeds.len() as u32 - outline.seeds;
        }
    }

    /// The ways to say the phrases.
    pub(super) fn outlines(&self) -> impl Iterator<Item = &Outline> {
        self.outlines.iter()
    }

    /// The sounds of one way to say a phrase.
    pub(super) fn of(&self, outline: &Outline) -> &[Sound] {
        &self.all[outline.sounds()]
    }

    /// The pairs from which it is looked for; none where its single words are looked for.
    pub(super) fn seeds(&self, outline: &Outline) -> &[Seed] {
        &self.seeds[outline.seeds as usize..][..outline.seed_count as usize]
    }
}
