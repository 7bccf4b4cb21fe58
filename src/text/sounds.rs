//! What the sieve for the places of phrases needs of them: their sounds.

use super::heard::{SLACK, Word};
use super::lexical::Kind;
use super::phrases::Ready;
use std::collections::HashMap;

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
    weight: f32,
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

/// The sounds of a set of phrases, one phrase after the other, so that sifting them is a walk through memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sounds {
    all: Vec<Sound>,
    outlines: Vec<Outline>,
    /// The different words, numbered.
    pub(super) words: Vec<Weighed>,
}

/// A phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outline {
    /// The number of this way to say it, and of the phrase.
    pub(super) way: u32,
    pub(super) phrase: u32,
    /// Where its sounds begin, and how many they are.
    start: u32,
    count: u32,
    /// Number of its elements.
    pub(super) length: u32,
    /// How far an element may stand from where the phrase would have it.
    pub(super) slack: u32,
    /// How much of the weight of its sounds must be of one class with the tokens there.
    pub(super) need: f32,
    /// Whether it has room for a name, and so for any words.
    pub(super) gap: bool,
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
        let need = (sum - limits.possible).max(0.05) - 1e-3;
        let gap = elements.iter().any(|element| element.wild);
        let (count, length) = ((self.all.len() - start) as u32, elements.len() as u32);
        let slack = (length / 3 + 1).min(SLACK);
        let (way, phrase, start) = (way as u32, *phrase as u32, start as u32);
        self.outlines.push(Outline { way, phrase, start, count, length, slack, need, gap });
    }

    /// The phrases, each with its sounds.
    pub(super) fn phrases(&self) -> impl Iterator<Item = (&Outline, &[Sound])> {
        self.outlines.iter().map(|outline| (outline, &self.all[outline.start as usize..][..outline.count as usize]))
    }
}
