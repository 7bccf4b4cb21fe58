//! Where the words of phrases may be heard in a passage.
//!
//! Takes words with their classes of near sounds, gives their places in a passage and rows of bits that tell what lies
//! near them. Phrases have most of their words in common, so each word is listened for once a passage.

use super::Passage;
use super::align::{self, Distances, UNLIKE};
use super::element::Element;
use super::key::{Classes, Key};
use super::passage::ByHash;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// A word of a phrase.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    /// The same for words that are heard in the same places.
    pub(super) hash: u64,
    classes: Classes,
    /// The token that alone will do, where nothing else does.
    only: Option<u64>,
    text: String,
    key: Key,
    /// Whether all that shares a class is taken for it: in names, and where sounds do not decide.
    loose: bool,
    /// How unlike it is at least where it was heard doubtfully; 1 or more where that does not count.
    doubt: f32,
    /// Where it is shortened with its neighbour, the first of both and the class of them together.
    short: Option<(u64, u16)>,
}

impl Word {
    /// The word of the element `index` of `elements`; `by_sound` where only what sounds alike counts.
    pub(super) fn new(elements: &[Element], index: usize, by_sound: bool) -> Self {
        let element = &elements[index];
        let before = index.checked_sub(1).map(|before| &elements[before]);
        let mut classes = element.key.classes;
        if element.name {
            // A name may also be heard as two words, or as one with the word before.
            classes.parted(&element.key);
            if let Some(before) = before.filter(|before| before.name) {
                classes.together(&before.text, &element.text);
            }
        }
        let pairs = [before.map(|before| (before, element)), elements.get(index + 1).map(|after| (element, after))];
        let pair = pairs.into_iter().flatten().find(|(first, second)| by_sound && first.shortens_with(second));
        let short = pair.map(|(first, second)| (first.key.id, classes.shortened(&first.text, &second.text)));
        let doubt = element.doubt / element.weight.max(0.1);
        let only = (element.rigid && by_sound).then_some(element.key.id);
        let loose = element.name || !by_sound;
        let mut hasher = DefaultHasher::new();
        (classes, element.key.id, only, loose, doubt.to_bits(), short).hash(&mut hasher);
        Self { hash: hasher.finish(), classes, only, text: element.text.clone(), key: element.key, loose, doubt, short }
    }

    /// How unlike the token at `at`, which is of one of its classes and by itself `alone` unlike it, is at least where it
    /// was heard there; `None` where it can't have been.
    fn unlike(&self, passage: &Passage, at: usize, alone: f32, known: &mut Distances) -> Option<f32> {
        if alone == 0.0 || self.loose {
            return (alone < 1.0).then_some(alone);
        }
        // Heard in two tokens.
        let english = self.key.letters > 0 && passage.english_pair(at + 1);
        let both = english.then(|| (&passage.texts[at], &passage.texts[at + 1]));
        let parted = both.and_then(|(first, second)| align::unlike_parted(&self.text, first, second, known));
        let unlike = alone.min(parted.unwrap_or(1.0));
        (unlike < self.key.least_unlike()).then_some(unlike)
    }

    /// How unlike the token at `at` is by itself, 1 where it can't be the word: the same for all tokens alike.
    fn unlike_alone(&self, passage: &Passage, at: usize, known: &mut Distances) -> f32 {
        let (key, other) = (&self.key, &passage.keys[at]);
        if key.id == other.id {
            return 0.0;
        }
        if self.loose {
            return if self.is_open(other) { 0.0 } else { 1.0 };
        }
        if self.short.is_some_and(|(first, class)| other.id != first && other.letters > 3 && other.classes.has(class)) {
            return 0.0;
        }
        if !self.is_open(other) {
            return 1.0;
        }
        let unlike = key.sound_distance_by(other, || {
            known.of(key.id, other.id, || key.word_distance(other, (&self.text, &passage.texts[at])))
        });
        if unlike < UNLIKE || key.is_near(other) { unlike.min(self.doubt) } else { unlike }
    }

    /// Whether the token at `at` and the next one may together be one way to hear it.
    pub(super) fn may_be_parted(&self, passage: &Passage, at: usize) -> bool {
        self.key.letters > 0
            && passage.english_pair(at + 1)
            && align::may_be_together(&self.text, &passage.texts[at], &passage.texts[at + 1])
    }

    /// Whether another token than itself will do, or `other` is the one that does.
    fn is_open(&self, other: &Key) -> bool {
        self.only.is_none_or(|only| only == other.id)
    }
}

/// A row that was not made yet.
const NONE: u32 = u32::MAX;

/// How far rows go beyond the end of the passage: where an element would stand that is missing there.
const BEYOND: usize = 64;

/// What was heard of the words that were looked for in one passage.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Each word's number, by its hash.
    numbers: ByHash<u32>,
    words: Vec<Places>,
    /// The places of the words, each with how unlike the word is what was heard there.
    places: Vec<(u32, f32)>,
    /// Rows of bits, one bit a token: where a word, or something near it, may be heard.
    bits: Vec<u64>,
    /// Length of a row.
    row: usize,
    /// How unlike the word that is listened for each token is by itself, at its first place; NaN where that is not known.
    alone: Vec<f32>,
}

/// Where one word may be heard.
#[derive(Debug)]
struct Places {
    /// Its part of [`Heard::places`].
    range: Range<u32>,
    /// The least unlikeness of one of them.
    least: f32,
    /// Where its rows begin in [`Heard::bits`], by how near it must be.
    rows: Vec<u32>,
}

impl Heard {
    /// The number of `word`; it is listened for in `passage`, which is always the same one, the first time.
    pub(super) fn number(&mut self, word: &Word, passage: &Passage, known: &mut Distances) -> u32 {
        if let Some(number) = self.numbers.get(&word.hash) {
            return *number;
        }
        self.row = (passage.keys.len() + BEYOND) / 64 + 1;
        let start = self.places.len() as u32;
        let mut least = f32::INFINITY;
        self.alone.clear();
        self.alone.resize(passage.keys.len(), f32::NAN);
        for place in word.classes.iter().flat_map(|class| passage.positions(class)) {
            let at = *place as usize;
            let alone = &mut self.alone[passage.first_alike[at] as usize];
            if alone.is_nan() {
                *alone = word.unlike_alone(passage, at, known);
            }
            if let Some(unlike) = word.unlike(passage, at, *alone, known) {
                least = least.min(unlike);
                self.places.push((*place, unlike));
            }
        }
        self.places[start as usize..].sort_unstable_by_key(|(place, _)| *place);
        let number = self.words.len() as u32;
        self.words.push(Places { range: start..self.places.len() as u32, least, rows: Vec::new() });
        self.numbers.insert(word.hash, number);
        number
    }

    /// Where a word may be heard, in order.
    pub(super) fn places(&self, word: u32) -> &[(u32, f32)] {
        let range = &self.words[word as usize].range;
        &self.places[range.start as usize..range.end as usize]
    }

    /// How unlike a word is what is most like it; infinite where nothing is.
    pub(super) fn least(&self, word: u32) -> f32 {
        self.words[word as usize].least
    }

    /// How unlike a word is what was heard at `place`.
    pub(super) fn unlike_at(&self, word: u32, place: u32) -> f32 {
        let places = self.places(word);
        let at = places.partition_point(|(heard, _)| *heard < place);
        places.get(at).filter(|(heard, _)| *heard == place).map_or(f32::INFINITY, |(_, unlike)| *unlike)
    }

    /// Length of a row, 64 places a number.
    pub(super) fn row(&self) -> usize {
        self.row
    }

    /// Where the row begins of the places at most `slack` away from where `word` may be heard.
    pub(super) fn spread(&mut self, word: u32, slack: usize) -> usize {
        let Places { range, rows, .. } = &mut self.words[word as usize];
        if let Some(start) = rows.get(slack).filter(|start| **start != NONE) {
            return *start as usize;
        }
        rows.resize(rows.len().max(slack + 1), NONE);
        let start = self.bits.len();
        rows[slack] = start as u32;
        self.bits.resize(start + self.row, 0);
        for (place, _) in &self.places[range.start as usize..range.end as usize] {
            let place = *place as usize;
            let (first, last) = (place.saturating_sub(slack), (place + slack).min(64 * self.row - 1));
            for at in first / 64..=last / 64 {
                let (from, to) = (first.max(64 * at) % 64, last.min(64 * at + 63) % 64);
                self.bits[start + at] |= !0 << from & !0 >> (63 - to);
            }
        }
        start
    }

    /// The row that begins at `row`.
    pub(super) fn bits(&self, row: usize) -> &[u64] {
        &self.bits[row..row + self.row]
    }

    /// The 64 bits from place `start` on of the row that begins at `row`.
    pub(super) fn window(&self, row: usize, start: usize) -> u64 {
        window(self.bits(row), start / 64, start % 64)
    }
}

/// The 64 bits of `row` that begin `shift` bits (0..64) into its number `at`.
#[inline]
pub(super) fn window(row: &[u64], at: usize, shift: usize) -> u64 {
    let bits = |at: usize| row.get(at).copied().unwrap_or(0);
    // Shifted twice, as nothing can be shifted by 64.
    bits(at) >> shift | bits(at + 1) << 1 << (63 - shift)
}
