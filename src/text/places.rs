//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. What many phrases of a set have in common is looked up once for all of them.

use super::align::Distances;
use super::element::Element;
use super::key::{Classes, Key};
use super::lexical::Kind;
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
    /// Number of elements of the longest phrase.
    longest: usize,
    /// The different words, numbered.
    words: Vec<Word>,
    numbers: HashMap<(Classes, u64, bool), u16>,
}

/// A word as the sieve looks for it.
#[derive(Debug, Clone, PartialEq)]
struct Word {
    classes: Classes,
    /// The token that alone will do, where nothing else does.
    only: Option<u64>,
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
        let only = element.rigid.then_some(element.key.id);
        Self { classes, only, english }
    }

    /// Whether it may be heard in the token at `at`, which is of one of its classes.
    fn is_heard(&self, passage: &Passage, at: usize, known: &mut Distances) -> bool {
        let other = &passage.keys[at];
        let Some((text, key)) = &self.english else { return self.only.is_none_or(|only| only == other.id) };
        if other.id == key.id {
            return true;
        }
        let alike = key.sound_distance_by(other, || {
            known.of(key.id, other.id, || key.word_distance(other, (text, &passage.texts[at])))
        });
        // Or in two tokens.
        self.only.is_none() && alike < key.least_unlike()
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
    /// Adds a phrase that may cost `possible`; `by_sound` where only what sounds alike counts.
    pub(super) fn push(&mut self, elements: &[Element], possible: f32, by_sound: bool) {
        let mut whole = 0.0;
        let begin = self.all.len();
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.wild) {
            let before = index.checked_sub(1).map(|before| &elements[before]);
            // Neither can be left out, nor anything unlike stand for them.
            let needed = by_sound && (element.rigid || element.key.kind == Kind::Negation);
            let weight = if needed { NEEDED } else { element.weight * element.key.least_unlike() };
            let index = index.min(usize::from(u16::MAX)) as u16;
            let sound = Sound { word: self.number(Word::new(element, before)), index, weight };
            whole += sound.weight;
            self.all.push(sound);
        }
        // The lightest first, to know how many can be missing.
        self.all[begin..].sort_by(|a, b| a.weight.total_cmp(&b.weight));
        let need = (whole - possible).max(0.05) - 1e-3;
        self.longest = self.longest.max(elements.len());
        self.phrases.push(Outline { end: self.all.len() as u32, length: elements.len() as u32, need });
    }

    fn number(&mut self, word: Word) -> u16 {
        let id = word.english.as_ref().map_or(0, |(_, key)| key.id);
        *self.numbers.entry((word.classes, word.only.unwrap_or(id), word.only.is_some())).or_insert_with(|| {
            self.words.push(word);
            (self.words.len() - 1).min(usize::from(u16::MAX)) as u16
        })
    }
}

/// The weight of an element without which there is no phrase.
const NEEDED: f32 = 16.0;

/// How far an element may stand from where a phrase of `length` elements would have it.
fn slack(length: usize) -> usize {
    length / 3 + 1
}

/// Most elements of a phrase whose absence the rows of bits tell; where more may be missing, all places are looked at.
const MISSING: usize = 7;

/// A row that was not made yet.
const NONE: u32 = u32::MAX;

/// The sounds of a set of phrases in one passage: how often each occurs, and where.
pub(super) struct Sieve<'a> {
    sounds: &'a Sounds,
    /// Where each of the words may be heard, one word after the other.
    heard: Vec<u32>,
    /// Where the places of each word end in `heard`.
    ends: Vec<u32>,
    /// Rows of bits, one bit a token: where a word, or something near it, may be heard.
    bits: Vec<u64>,
    /// Length of a row.
    row: usize,
    /// Where the rows of each word begin in `bits`, by how near it must be.
    rows: Vec<u32>,
    /// What is looked for of one phrase, the rarest first.
    sought: Vec<Sought>,
}

/// One element of the phrase that is looked for, of those that occur at all.
#[derive(Debug, Clone, Copy)]
struct Sought {
    sound: Sound,
    /// How often it occurs.
    count: u32,
    /// The row of the places near it.
    near: usize,
    /// The row of its places; only made where the phrase is looked for from there.
    exact: usize,
}

impl<'a> Sieve<'a> {
    /// `by_sound` where only what sounds alike counts, so that tokens may be left out for their sound.
    pub(super) fn new(sounds: &'a Sounds, passage: &Passage, by_sound: bool, known: &mut Distances) -> Self {
        let farthest = slack(sounds.longest);
        let mut sieve = Self {
            sounds,
            heard: Vec::new(),
            ends: Vec::with_capacity(sounds.words.len()),
            bits: Vec::new(),
            row: (passage.keys.len() + farthest) / 64 + 1,
            rows: vec![NONE; (farthest + 1) * sounds.words.len()],
            sought: Vec::new(),
        };
        for word in &sounds.words {
            for place in word.classes.iter().flat_map(|class| passage.positions(class)) {
                if !by_sound || word.is_heard(passage, *place as usize, known) {
                    sieve.heard.push(*place);
                }
            }
            sieve.ends.push(sieve.heard.len() as u32);
        }
        sieve
    }

    /// Where a word may be heard, as a range of `heard`.
    fn heard(&self, word: u16) -> Range<usize> {
        let word = usize::from(word);
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[word] as usize
    }

    /// Where in `bits` the row begins of the places at most `slack` away from where `word` may be heard.
    fn spread(&mut self, word: u16, slack: usize) -> usize {
        let number = slack * self.sounds.words.len() + usize::from(word);
        if self.rows[number] != NONE {
            return self.rows[number] as usize;
        }
        let start = self.bits.len();
        self.rows[number] = start as u32;
        self.bits.resize(start + self.row, 0);
        for place in &self.heard[self.heard(word)] {
            let (first, last) = ((*place as usize).saturating_sub(slack), *place as usize + slack);
            for at in first / 64..=last / 64 {
                let (from, to) = (first.max(64 * at) % 64, last.min(64 * at + 63) % 64);
                self.bits[start + at] |= !0 << from & !0 >> (63 - to);
            }
        }
        start
    }

    /// The 64 bits from place number 64 `at` on of the row that begins at `row`, counted `by` places further on.
    fn further(&self, row: usize, at: usize, by: u16) -> u64 {
        let (at, shift) = (at + usize::from(by) / 64, by % 64);
        let bits = |at: usize| if at < self.row { self.bits[row + at] } else { 0 };
        if shift == 0 { bits(at) } else { bits(at) >> shift | bits(at + 1) << (64 - shift) }
    }

    /// Calls `look` with the number of each phrase that is `asked` for and the stretches of the passage where it could
    /// stand, in order and apart.
    pub(super) fn sift(&mut self, asked: impl Fn(usize) -> bool, mut look: impl FnMut(usize, &[Range<usize>])) {
        let sounds = self.sounds;
        let mut places = Vec::new();
        let mut begin = 0;
        for (phrase, outline) in sounds.phrases.iter().enumerate() {
            let own = &sounds.all[begin..outline.end as usize];
            begin = outline.end as usize;
            if !asked(phrase) {
                continue;
            }
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
    /// So at least one of any tokens that together weigh more than the rest is among them: it begins where one of the
    /// rarest of these has it begin, and there few of the others are missing.
    fn places(&mut self, sounds: &[Sound], outline: Outline, available: f32, places: &mut Vec<Range<usize>>) {
        places.clear();
        let length = outline.length as usize;
        let slack = slack(length);
        let spare = available - outline.need;
        self.sought.clear();
        let (mut missing, mut light) = (0, 0.0);
        for sound in sounds {
            let count = self.heard(sound.word).len() as u32;
            if count > 0 {
                let near = self.spread(sound.word, slack);
                self.sought.push(Sought { sound: *sound, count, near, exact: 0 });
                light += sound.weight;
                missing += usize::from(light <= spare + 1e-3);
            }
        }
        self.sought.sort_unstable_by_key(|sought| (sought.count, sought.sound.index));
        let mut left = available;
        let mut leading = 0;
        while leading < self.sought.len() && left >= outline.need {
            let Sound { word, weight, .. } = self.sought[leading].sound;
            self.sought[leading].exact = self.spread(word, 0);
            left -= weight;
            leading += 1;
        }
        for at in 0..self.row {
            let mut starts = self.enough(at, missing);
            if starts != 0 {
                starts &= self.starts(at, leading);
            }
            while starts != 0 {
                let start = 64 * at + starts.trailing_zeros() as usize;
                starts &= starts - 1;
                let place = start.saturating_sub(slack)..start + length + slack;
                if places.last().is_some_and(|last| last.end >= place.end) || !self.fits(start, spare) {
                    continue;
                }
                match places.last_mut() {
                    Some(last) if place.start <= last.end => last.end = place.end,
                    _ => places.push(place),
                }
            }
        }
    }

    /// At which of the 64 places from number 64 `at` on the phrase may begin with at most so many elements `missing`.
    fn enough(&self, at: usize, missing: usize) -> u64 {
        if missing > MISSING {
            return !0;
        }
        // Where at most that many of the elements up to now are missing.
        let mut lacking = [!0_u64; MISSING + 1];
        for sought in &self.sought {
            let there = self.further(sought.near, at, sought.sound.index);
            for count in (1..=missing).rev() {
                lacking[count] = lacking[count] & there | lacking[count - 1];
            }
            lacking[0] &= there;
            if lacking[missing] == 0 {
                return 0;
            }
        }
        lacking[missing]
    }

    /// At which of the 64 places from number 64 `at` on the phrase begins, going by one of the `leading` elements.
    fn starts(&self, at: usize, leading: usize) -> u64 {
        let mut starts = 0;
        for Sought { sound, exact, .. } in &self.sought[..leading] {
            starts |= self.further(*exact, at, sound.index);
            // Where less than its beginning is there, it begins with the passage.
            if at == 0 && self.heard[self.heard(sound.word)].iter().any(|place| *place < u32::from(sound.index)) {
                starts |= 1;
            }
        }
        starts
    }

    /// Whether so much of the phrase is near where it would be if it began at `start` that only `spare` is missing.
    fn fits(&self, start: usize, mut spare: f32) -> bool {
        self.sought.iter().all(|sought| {
            let place = start + usize::from(sought.sound.index);
            let there = place / 64 < self.row && self.bits[sought.near + place / 64] >> (place % 64) & 1 == 1;
            if !there {
                spare -= sought.sound.weight;
            }
            spare >= 0.0
        })
    }
}
