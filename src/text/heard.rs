//! Where the words of phrases may be heard in a passage.
//!
//! Takes words with their classes of near sounds, gives their places in a passage and rows of bits that tell what lies
//! near a token. Phrases have most of their words in common, so each word is listened for once a passage.

use super::Passage;
use super::align::{self, Distances, Scratch, UNLIKE};
use super::element::Element;
use super::key::{Classes, Key};
use super::memory::ByHash;
use super::vocabulary::{NONE, Unit, Vocabulary};
use std::hash::{DefaultHasher, Hash, Hasher};

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

    /// Its classes of near sounds.
    pub(super) fn classes(&self) -> impl Iterator<Item = u16> {
        self.classes.iter()
    }

    /// How unlike it is at least where `unit`, which is of one of its classes, was heard for it; `None` where it can't have
    /// been.
    pub(super) fn unlike(&self, unit: &Unit, known: &mut Distances) -> Option<f32> {
        let (unlike, most) = match &unit.second {
            None if self.loose => (self.unlike_token(unit, known), 1.0),
            None => (self.unlike_token(unit, known), self.key.least_unlike()),
            Some((second, letters)) => {
                let two = !self.loose && self.key.is_as_long(*letters);
                let parted = two.then(|| align::unlike_parted(&self.text, &unit.text, second, known)).flatten();
                (parted?, self.key.least_unlike())
            }
        };
        (unlike < most).then_some(unlike)
    }

    /// How unlike a token is, 1 where it can't be the word.
    fn unlike_token(&self, token: &Unit, known: &mut Distances) -> f32 {
        let (key, other) = (&self.key, &token.key);
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
            known.of(key.id, other.id, || key.word_distance(other, (&self.text, &token.text)))
        });
        if unlike < UNLIKE || key.is_near(other) { unlike.min(self.doubt) } else { unlike }
    }

    /// Whether the token at `at` and the next one may together be one way to hear it.
    pub(super) fn may_be_parted(&self, passage: &Passage, at: usize) -> bool {
        passage.pair(at, &self.key).is_some_and(|(first, second)| align::may_be_together(&self.text, first, second))
    }

    /// Whether another token than itself will do, or `other` is the one that does.
    fn is_open(&self, other: &Key) -> bool {
        self.only.is_none_or(|only| only == other.id)
    }
}

/// How many tokens rows go beyond both ends of the passage: where an element would stand that is missing there, and so that
/// eight bytes can be read from wherever something is set.
const BEYOND: usize = 64;

/// The most that an element may stand from where its phrase would have it.
pub(super) const SLACK: u32 = 28;

/// What was heard of the words that were looked for in one passage.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Where each word may be heard, by its hash.
    words: ByHash<Places>,
    /// The places of the words, each with how unlike the word is what was heard there.
    places: Vec<(u32, f32)>,
    /// Rows of bits, one bit a token: where a word may be heard.
    bits: Vec<u8>,
    /// Under which name the vocabulary gave the numbers of units.
    numbered: u64,
    /// Where each unit first stands, by its number, and where what stands at a place stands again; [`NONE`] behind the last.
    /// A token has twice its place, with the next one it has the place after that.
    first: Vec<u32>,
    again: Vec<u32>,
}

/// Where one word may be heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Its part of [`Heard::places`].
    start: u32,
    end: u32,
    /// Where its row begins in [`Heard::bits`].
    row: u32,
    /// How unlike the word is what is most like it; infinite where nothing is.
    pub(super) least: f32,
}

impl Places {
    /// How many they are.
    pub(super) fn count(self) -> u32 {
        self.end - self.start
    }
}

impl Heard {
    /// Forgets all, but keeps the room that it took.
    pub(super) fn clear(&mut self) {
        let Self { words, places, bits, numbered, first, again } = self;
        words.clear();
        places.clear();
        bits.clear();
        *numbered = 0;
        first.clear();
        again.clear();
    }

    /// The places of `word`; it is listened for in `passage`, which is always the same one, the first time.
    pub(super) fn listen(&mut self, word: &Word, passage: &Passage, scratch: &mut Scratch) -> Places {
        if let Some(places) = self.words.get(&word.hash) {
            return *places;
        }
        let Scratch { vocabulary, distances, .. } = scratch;
        if self.numbered != vocabulary.name() {
            self.locate(passage, vocabulary);
        }
        let start = self.places.len();
        for (unit, unlike) in vocabulary.near(word, distances) {
            let mut place = self.first.get(*unit as usize).copied().unwrap_or(NONE);
            while place != NONE {
                self.places.push((place / 2, *unlike));
                place = self.again[place as usize];
            }
        }
        let places = self.sorted(start, passage.keys.len());
        self.words.insert(word.hash, places);
        places
    }

    /// Finds where the units of `vocabulary` stand in `passage`.
    fn locate(&mut self, passage: &Passage, vocabulary: &mut Vocabulary) {
        let units = vocabulary.number(passage);
        self.numbered = vocabulary.name();
        self.first.clear();
        self.first.resize(vocabulary.len(), NONE);
        self.again.clear();
        self.again.resize(2 * units.len(), NONE);
        for (place, unit) in units.as_flattened().iter().enumerate().rev().filter(|(_, unit)| **unit != NONE) {
            self.again[place] = std::mem::replace(&mut self.first[*unit as usize], place as u32);
        }
    }

    /// Puts the places from `start` on in order, each with what is most like the word there, and sets their bits.
    fn sorted(&mut self, start: usize, tokens: usize) -> Places {
        let Self { places, bits, .. } = self;
        places[start..].sort_unstable_by(|(a, unlike_a), (b, unlike_b)| a.cmp(b).then(unlike_a.total_cmp(unlike_b)));
        let mut end = start;
        for at in start..places.len() {
            if end == start || places[end - 1].0 != places[at].0 {
                places[end] = places[at];
                end += 1;
            }
        }
        places.truncate(end);
        let length = (tokens + 2 * BEYOND).div_ceil(8);
        // The first row has nothing in it, and is that of every word that is not heard.
        if bits.is_empty() {
            bits.resize(length, 0);
        }
        let row = if end == start { 0 } else { bits.len() };
        bits.resize(bits.len().max(row + length), 0);
        for (place, _) in &places[start..] {
            let bit = *place as usize + BEYOND;
            bits[row + bit / 8] |= 1 << (bit % 8);
        }
        let least = places[start..].iter().map(|(_, unlike)| *unlike).fold(f32::INFINITY, f32::min);
        Places { start: start as u32, end: end as u32, row: row as u32, least }
    }

    /// Where a word may be heard, in order, each with how unlike it is what was heard there.
    pub(super) fn each(&self, places: Places) -> &[(u32, f32)] {
        &self.places[places.start as usize..places.end as usize]
    }

    /// How unlike a word is what was heard at `place`.
    pub(super) fn unlike_at(&self, places: Places, place: u32) -> f32 {
        let each = self.each(places);
        let at = each.partition_point(|(heard, _)| *heard < place);
        each.get(at).filter(|(heard, _)| *heard == place).map_or(f32::INFINITY, |(_, unlike)| *unlike)
    }

    /// Tells whether one of the places of a word is at most `slack` away from a token, which is at most [`SLACK`].
    pub(super) fn within(&self, slack: u32) -> Within<'_> {
        Within { bits: &self.bits, before: BEYOND - slack as usize, mask: !0 >> (63 - 2 * slack) }
    }

    /// A bit for each of the 64 tokens from `start` on that is one of `places`.
    pub(super) fn from(&self, places: Places, start: usize) -> u64 {
        let bit = start + BEYOND;
        bits_at(&self.bits, places, bit) & !0 >> 8 | bits_at(&self.bits, places, bit + 56) << 56
    }

    /// A bit for each of at least 57 tokens from `start` on that is one of `places`.
    pub(super) fn ahead(&self, places: Places, start: usize) -> u64 {
        bits_at(&self.bits, places, start + BEYOND)
    }

    /// A bit for each of 57 tokens up to `end` that is one of `places`, the highest one for `end`.
    pub(super) fn back(&self, places: Places, end: usize) -> u64 {
        bits_at(&self.bits, places, end + BEYOND - 56) << 7
    }
}

/// Whether one of the places of a word is near a token.
pub(super) struct Within<'a> {
    bits: &'a [u8],
    before: usize,
    mask: u64,
}

impl Within<'_> {
    /// Whether one of `places` is near `at`.
    #[inline]
    pub(super) fn has(&self, places: Places, at: usize) -> bool {
        bits_at(self.bits, places, at + self.before) & self.mask != 0
    }
}

/// At least 57 bits of a row from `bit` on.
#[inline]
fn bits_at(bits: &[u8], places: Places, bit: usize) -> u64 {
    let at = places.row as usize + bit / 8;
    let eight = bits.get(at..at + 8).and_then(|eight| eight.try_into().ok()).unwrap_or_default();
    u64::from_le_bytes(eight) >> (bit % 8)
}

#[cfg(test)]
mod tests {
    use super::super::element::elements;
    use super::super::fold;
    use super::*;

    fn passage(text: &str) -> Passage {
        Passage::whole(&fold(text, "en"))
    }

    /// Where each word of `phrase` is heard, with what `heard` and `scratch` hold already.
    fn places(phrase: &str, passage: &Passage, heard: &mut Heard, scratch: &mut Scratch) -> Vec<Vec<(u32, f32)>> {
        let elements = elements(phrase, "en", false);
        let words = (0..elements.len()).map(|index| Word::new(&elements, index, true));
        words
            .map(|word| {
                let places = heard.listen(&word, passage, scratch);
                heard.each(places).to_vec()
            })
            .collect()
    }

    #[test]
    fn a_word_is_heard_in_one_token_or_two() {
        let (mut heard, mut scratch) = Default::default();
        let places = places("refund anyway", &passage("a reefund or a refund any way"), &mut heard, &mut scratch);
        assert_eq!(places[0].iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 4]);
        assert!(places[0][0].1 > 0.0 && places[0][1].1 == 0.0, "{places:?}");
        assert_eq!(places[1], [(5, 0.0)]);
    }

    #[test]
    fn what_was_heard_before_changes_nothing() {
        let (other, own) =
            (passage("thanks for calling, a reef und"), passage("the refund, thank you four coal in calling"));
        let (phrase, more) = ("thank you for calling", "a refund");
        let fresh = |phrase| places(phrase, &own, &mut Heard::default(), &mut Scratch::default());
        let (mut heard, mut used) = (Heard::default(), Scratch::default());
        places(phrase, &other, &mut Heard::default(), &mut used);
        assert_eq!(places(phrase, &own, &mut heard, &mut used), fresh(phrase));
        // Another vocabulary numbers otherwise.
        let mut another = Scratch::default();
        places(more, &other, &mut Heard::default(), &mut another);
        assert_eq!(places(more, &own, &mut heard, &mut another), fresh(more));
    }
}
