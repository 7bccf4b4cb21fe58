//! What the sieve for the places of phrases needs of them: their sounds, in an order in which phrases that begin alike
//! follow each other.

use super::heard::Word;
use super::lexical::Kind;
use super::phrases::Ready;
use std::collections::HashMap;

/// One element of a phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sound {
    /// Its number in [`Sounds::words`].
    pub(super) word: u16,
    /// Which element of the phrase it is.
    pub(super) index: u16,
    /// Whether it weighs more than all that may be missing.
    pub(super) must: bool,
    /// The least that it costs where the passage has nothing that sounds like it.
    weight: f32,
    /// What it costs where the passage has something of its classes that is altogether unlike it.
    whole: f32,
}

impl Sound {
    /// How much of its weight is kept where something so `unlike` is heard.
    pub(super) fn kept(&self, unlike: f32) -> f32 {
        (self.weight - self.whole * unlike).max(0.0)
    }

    /// What tells it from others as far as the places go where it may be missing or not.
    fn place(&self) -> (u16, u16, bool) {
        (self.word, self.index, self.must)
    }
}

/// The sounds of a set of phrases, one phrase after the other, so that sifting them is a walk through memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sounds {
    all: Vec<Sound>,
    outlines: Vec<Outline>,
    /// The different words, numbered.
    pub(super) words: Vec<Word>,
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
    /// How many of its sounds may be missing at most; `None` where it is more than [`MISSING`].
    pub(super) missing: Option<u8>,
    /// Whether it has room for a name, and so for any words.
    pub(super) gap: bool,
    /// How many of its first sounds are also the first of the phrase before it, which may miss as many.
    pub(super) shared: u32,
}

/// Most sounds of a phrase whose absence is counted.
pub(super) const MISSING: usize = 3;

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
        let Self { all, outlines, .. } = &mut sounds;
        let places = |outline: &Outline| own(all, outline).iter().map(Sound::place);
        outlines.sort_by(|a, b| {
            (a.missing, a.slack)
                .cmp(&(b.missing, b.slack))
                .then_with(|| places(a).cmp(places(b)))
                .then(a.way.cmp(&b.way))
        });
        for at in 1..outlines.len() {
            let (before, outline) = (outlines[at - 1], &outlines[at]);
            if (before.missing, before.slack) == (outline.missing, outline.slack) {
                let shared = places(&before).zip(places(outline)).take_while(|(a, b)| a == b).count();
                outlines[at].shared = shared as u32;
            }
        }
        // In the order in which they will be read.
        let mut ordered = Vec::with_capacity(all.len());
        for outline in outlines {
            let start = ordered.len() as u32;
            ordered.extend_from_slice(own(all, outline));
            outline.start = start;
        }
        sounds.all = ordered;
        sounds
    }

    /// Adds number `way` of the ways to say a phrase.
    fn push(&mut self, way: usize, ready: &Ready, by_sound: bool, numbers: &mut HashMap<u64, u16>) {
        let Ready { phrase, elements, limits, .. } = ready;
        let start = self.all.len();
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.wild) {
            // Neither can be left out, nor anything unlike stand for them.
            let needed = by_sound && (element.rigid || element.key.kind == Kind::Negation);
            let weight = if needed { NEEDED } else { element.weight * element.key.least_unlike() };
            let word = Word::new(elements, index, by_sound);
            let word = *numbers.entry(word.hash).or_insert_with(|| {
                self.words.push(word);
                (self.words.len() - 1).min(usize::from(u16::MAX)) as u16
            });
            let index = index.min(usize::from(u16::MAX)) as u16;
            self.all.push(Sound { word, index, must: false, weight, whole: element.weight });
        }
        let own = &mut self.all[start..];
        let weight: f32 = own.iter().map(|sound| sound.weight).sum();
        let need = (weight - limits.possible).max(0.05) - 1e-3;
        // What is heard unlike a word leaves less to be missing by as much as its absence then costs less.
        let spare = weight - need + 1e-3;
        let mut light: Vec<f32> = own.iter().map(|sound| sound.weight).collect();
        light.sort_unstable_by(f32::total_cmp);
        let sums = light.iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        let missing = sums.take_while(|sum| *sum <= spare).count();
        let missing = (missing <= MISSING).then_some(missing as u8);
        own.iter_mut().for_each(|sound| sound.must = sound.weight > spare);
        let gap = elements.iter().any(|element| element.wild);
        let (count, length) = (own.len() as u32, elements.len() as u32);
        let slack = length / 3 + 1;
        let (way, phrase, start) = (way as u32, *phrase as u32, start as u32);
        self.outlines.push(Outline { way, phrase, start, count, length, slack, need, missing, gap, shared: 0 });
    }

    /// The phrases, those that begin alike one after the other, each with its sounds.
    pub(super) fn phrases(&self) -> impl Iterator<Item = (&Outline, &[Sound])> {
        self.outlines.iter().map(|outline| (outline, own(&self.all, outline)))
    }
}

/// The sounds of one phrase among `all`.
fn own<'a>(all: &'a [Sound], outline: &Outline) -> &'a [Sound] {
    &all[outline.start as usize..][..outline.count as usize]
}
