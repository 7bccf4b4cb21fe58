//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. What many phrases of a set have in common is looked up once for all of them.

use super::align::Distances;
use super::element::Element;
use super::key::{Classes, Key};
use super::passage::Passage;
use std::collections::HashMap;
use std::ops::Range;

/// One element of a phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sound {
    /// Its number in [`Sounds::words`].
    word: u16,
    /// Which element of the phrase it is.
    index: u16,
    /// The least that it costs where the passage has nothing that sounds like it.
    weight: f32,
}

/// The sounds of a set of phrases, one phrase after the other, so that sifting them is a walk through memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sounds {
    all: Vec<Sound>,
    phrases: Vec<Outline>,
    /// The different words, numbered.
    words: Vec<Word>,
    numbers: HashMap<(Classes, u64), u16>,
}

/// A word as the sieve looks for it.
#[derive(Debug, Clone, PartialEq)]
struct Word {
    classes: Classes,
    /// The word itself, where tokens of its classes may still be unlike it: only in English, and not for a name.
    english: Option<(String, Key)>,
}

impl Word {
    fn new(element: &Element, before: Option<&Element>) -> Self {
        let mut classes = element.key.classes;
        if element.name {
            // A name may also be heard as two words, or as one with the word before.
            classes.parted(&element.key);
            if let Some(before) = before.filter(|before| before.name) {
                classes.together(&before.text, &element.text);
            }
        }
        let english = (element.key.letters > 0 && !element.name).then(|| (element.text.clone(), element.key));
        Self { classes, english }
    }

    /// Whether it may be heard in the token at `at`, which is of one of its classes.
    fn is_heard(&self, passage: &Passage, at: usize, known: &mut Distances) -> bool {
        let Some((text, key)) = &self.english else { return true };
        let other = &passage.keys[at];
        let alike = key.sound_distance_by(other, || {
            known.of(key.id, other.id, || key.word_distance(other, (text, &passage.texts[at])))
        });
        // Or in two tokens.
        alike < key.least_unlike()
            || passage.english_pair(at + 1)
                && text.len().abs_diff(passage.texts[at].len() + passage.texts[at + 1].len()) <= 2
    }
}

/// A phrase as far as the sieve needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outline {
    /// Where its sounds end.
    end: u32,
    /// Number of its elements.
    length: u32,
    /// How much of the weight of its sounds must be of one class with the tokens there.
    need: f32,
}

impl Sounds {
    /// Adds a phrase that may cost `possible`.
    pub(super) fn push(&mut self, elements: &[Element], possible: f32) {
        let mut whole = 0.0;
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.wild) {
            let before = index.checked_sub(1).map(|before| &elements[before]);
            let sound = Sound {
                word: self.number(Word::new(element, before)),
                index: index.min(usize::from(u16::MAX)) as u16,
                weight: element.weight * element.key.least_unlike(),
            };
            whole += sound.weight;
            self.all.push(sound);
        }
        let need = (whole - possible).max(0.05) - 1e-3;
        self.phrases.push(Outline { end: self.all.len() as u32, length: elements.len() as u32, need });
    }

    fn number(&mut self, word: Word) -> u16 {
        let id = word.english.as_ref().map_or(0, |(_, key)| key.id);
        *self.numbers.entry((word.classes, id)).or_insert_with(|| {
            self.words.push(word);
            (self.words.len() - 1).min(usize::from(u16::MAX)) as u16
        })
    }
}

/// The sounds of a set of phrases in one passage: how often each occurs, and where.
pub(super) struct Sieve<'a> {
    passage: &'a Passage,
    sounds: &'a Sounds,
    /// Where each of the words may be heard, one word after the other.
    heard: Vec<u32>,
    /// Where the places of each word end in `heard`.
    ends: Vec<u32>,
    /// A row of bits for each of the words that occur, one bit a token.
    bits: Vec<u64>,
    /// Where the row of each word begins.
    rows: Vec<u32>,
    /// What the search for one phrase leaves for the next to use.
    rarest: Vec<(u32, Sound)>,
    starts: Vec<u32>,
}

impl<'a> Sieve<'a> {
    /// `by_sound` where only what sounds alike counts, so that tokens may be left out for their sound.
    pub(super) fn new(sounds: &'a Sounds, passage: &'a Passage, by_sound: bool, known: &mut Distances) -> Self {
        let length = passage.keys.len().div_ceil(64);
        let mut sieve = Self {
            passage,
            sounds,
            heard: Vec::new(),
            ends: Vec::with_capacity(sounds.words.len()),
            bits: Vec::new(),
            rows: Vec::with_capacity(sounds.words.len()),
            rarest: Vec::new(),
            starts: Vec::new(),
        };
        for word in &sounds.words {
            let (row, begin) = (sieve.bits.len(), sieve.heard.len());
            for place in word.classes.iter().flat_map(|class| passage.positions(class)) {
                if !by_sound || word.is_heard(passage, *place as usize, known) {
                    if sieve.heard.len() == begin {
                        sieve.bits.resize(row + length, 0);
                    }
                    sieve.heard.push(*place);
                    sieve.bits[row + *place as usize / 64] |= 1 << (place % 64);
                }
            }
            sieve.ends.push(sieve.heard.len() as u32);
            sieve.rows.push(row as u32);
        }
        sieve
    }

    /// Where a word may be heard, as a range of `heard`.
    fn heard(&self, word: u16) -> Range<usize> {
        let word = usize::from(word);
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[word] as usize
    }

    /// Calls `look` with the number of each phrase and the stretches of the passage where it could stand, in order and
    /// apart.
    pub(super) fn sift(&mut self, mut look: impl FnMut(usize, &[Range<usize>])) {
        let sounds = self.sounds;
        let mut places = Vec::new();
        let mut begin = 0;
        for (phrase, outline) in sounds.phrases.iter().enumerate() {
            let own = &sounds.all[begin..outline.end as usize];
            begin = outline.end as usize;
            let there = own.iter().filter(|sound| !self.heard(sound.word).is_empty());
            let available: f32 = there.map(|sound| sound.weight).sum();
            if available >= outline.need {
                self.places(own, *outline, available, &mut places);
                if !places.is_empty() {
                    look(phrase, &places);
                }
            }
        }
    }

    /// The stretches for one phrase; `available` is the weight of those of its `sounds` that occur at all.
    ///
    /// A phrase that is found shares the class of near sounds with the passage in tokens of at least a certain weight.
    /// So at least one of any tokens that together weigh more than the rest is among them; looking at the places of
    /// the rarest ones is enough.
    fn places(&mut self, sounds: &[Sound], outline: Outline, available: f32, places: &mut Vec<Range<usize>>) {
        places.clear();
        let (length, need) = (outline.length as usize, outline.need);
        self.rarest.clear();
        for sound in sounds {
            let count = self.heard(sound.word).len();
            if count > 0 {
                self.rarest.push((count as u32, *sound));
            }
        }
        self.rarest.sort_unstable_by_key(|(count, sound)| (*count, sound.index));
        self.starts.clear();
        let mut left = available;
        for (_, sound) in &self.rarest {
            if left < need {
                break;
            }
            left -= sound.weight;
            let begins = self.heard[self.heard(sound.word)].iter();
            self.starts.extend(begins.map(|place| place.saturating_sub(u32::from(sound.index))));
        }
        self.starts.sort_unstable();
        let slack = length / 3 + 1;
        for at in 0..self.starts.len() {
            let start = self.starts[at] as usize;
            let place = start.saturating_sub(slack)..start + length + slack;
            if places.last().is_some_and(|last| last.end >= place.end) {
                continue;
            }
            // The rarest first: where it can't be, that is soon clear.
            let mut spare = available - need;
            let fits = self.rarest.iter().all(|(_, sound)| {
                let expected = start + usize::from(sound.index);
                if !self.is_near(sound, expected.saturating_sub(slack)..expected + slack + 1) {
                    spare -= sound.weight;
                }
                spare >= 0.0
            });
            if !fits {
                continue;
            }
            match places.last_mut() {
                Some(last) if place.start <= last.end => last.end = place.end,
                _ => places.push(place),
            }
        }
    }

    /// Whether `sound` may be heard in `range`.
    fn is_near(&self, sound: &Sound, range: Range<usize>) -> bool {
        let end = range.end.min(self.passage.keys.len());
        if range.start >= end {
            return false;
        }
        let row = self.rows[usize::from(sound.word)] as usize;
        let (first, last) = (range.start / 64, (end - 1) / 64);
        (first..=last).any(|word| {
            let mut bits = self.bits[row + word];
            if word == first {
                bits &= !0 << (range.start % 64);
            }
            if word == last {
                bits &= !0 >> (63 - (end - 1) % 64);
            }
            bits != 0
        })
    }
}
