//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. What many phrases of a set have in common is looked up once for all of them.

use super::align::Distances;
use super::element::Element;
use super::heard::{Heard, Word};
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
    /// What it costs where the passage has something of its classes that is altogether unlike it.
    whole: f32,
}

impl Sound {
    /// How much of its weight is kept where something so `unlike` is heard.
    fn kept(&self, unlike: f32) -> f32 {
        (self.weight - self.whole * unlike).max(0.0)
    }
}

/// The sounds of a set of phrases, one phrase after the other, so that sifting them is a walk through memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sounds {
    all: Vec<Sound>,
    phrases: Vec<Outline>,
    /// The different words, numbered.
    words: Vec<Word>,
    numbers: HashMap<u64, u16>,
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
    /// Whether it has room for a name, and so for any words.
    gap: bool,
}

impl Sounds {
    /// Adds a phrase that may cost `possible`; `by_sound` where only what sounds alike counts.
    pub(super) fn push(&mut self, elements: &[Element], possible: f32, by_sound: bool) {
        let mut whole = 0.0;
        let gap = elements.iter().any(|element| element.wild);
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.wild) {
            // Neither can be left out, nor anything unlike stand for them.
            let needed = by_sound && (element.rigid || element.key.kind == Kind::Negation);
            let weight = if needed { NEEDED } else { element.weight * element.key.least_unlike() };
            let word = self.number(Word::new(elements, index, by_sound));
            let index = index.min(usize::from(u16::MAX)) as u16;
            let sound = Sound { word, index, weight, whole: element.weight };
            whole += sound.weight;
            self.all.push(sound);
        }
        let need = (whole - possible).max(0.05) - 1e-3;
        self.phrases.push(Outline { end: self.all.len() as u32, length: elements.len() as u32, need, gap });
    }

    fn number(&mut self, word: Word) -> u16 {
        *self.numbers.entry(word.hash).or_insert_with(|| {
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

/// Up to so many places where a phrase may begin are looked at one by one.
const FEW: usize = 24;

/// The sounds of a set of phrases in one passage: how often each occurs, and where.
pub(super) struct Sieve<'a> {
    sounds: &'a Sounds,
    passage: &'a Passage,
    heard: &'a mut Heard,
    /// The numbers of the words of `sounds` in `heard`.
    words: Vec<u32>,
    /// What is looked for of one phrase, the rarest first.
    sought: Vec<Sought>,
    /// The same in the order of the phrase, with the rows of their places.
    ordered: Vec<(Sound, f32, usize)>,
    /// What elements keep of their weights, the lightest first.
    light: Vec<f32>,
    /// What [`Sieve::follow`] has found up to one element.
    chains: Vec<Link>,
}

/// An element that was heard after others of its phrase.
#[derive(Debug, Clone, Copy)]
struct Link {
    sound: Sound,
    place: usize,
    /// What all of them keep of their weights.
    weight: f32,
}

/// One element of the phrase that is looked for, of those that occur at all.
#[derive(Debug, Clone, Copy)]
struct Sought {
    sound: Sound,
    /// How much of its weight is kept where it is heard best.
    kept: f32,
    /// How often it occurs.
    count: u32,
    /// The row of the places near it.
    near: usize,
    /// The row of its places; only made where the phrase is looked for from there.
    exact: usize,
}

impl<'a> Sieve<'a> {
    /// `heard` belongs to `passage`.
    pub(super) fn new(sounds: &'a Sounds, passage: &'a Passage, heard: &'a mut Heard, known: &mut Distances) -> Self {
        let words = sounds.words.iter().map(|word| heard.number(word, passage, known)).collect();
        Self {
            sounds,
            passage,
            heard,
            words,
            sought: Vec::new(),
            ordered: Vec::new(),
            light: Vec::new(),
            chains: Vec::new(),
        }
    }

    /// The number of the word of `sound` in `heard`.
    fn word(&self, sound: &Sound) -> u32 {
        self.words[usize::from(sound.word)]
    }

    /// How much of the weight of `sound` is kept where it is heard best.
    fn kept(&self, sound: &Sound) -> f32 {
        sound.kept(self.heard.least(self.word(sound)))
    }

    /// Calls `look` with the number of each phrase that is `asked` for and each stretch of a run of the passage where
    /// it could stand, in order and apart.
    pub(super) fn sift(&mut self, asked: impl Fn(usize) -> bool, mut look: impl FnMut(usize, Range<usize>)) {
        let sounds = self.sounds;
        let mut places = Vec::new();
        let mut begin = 0;
        for (phrase, outline) in sounds.phrases.iter().enumerate() {
            let own = &sounds.all[begin..outline.end as usize];
            begin = outline.end as usize;
            if !asked(phrase) {
                continue;
            }
            let available: f32 = own.iter().map(|sound| self.kept(sound)).sum();
            if available < outline.need {
                continue;
            }
            self.places(own, *outline, available, &mut places);
            if places.is_empty() {
                continue;
            }
            self.order();
            for stretch in places.iter().flat_map(|place| self.passage.runs_within(place.clone())) {
                if self.follow(stretch.clone(), available - outline.need, outline.gap) {
                    look(phrase, stretch);
                }
            }
        }
    }

    /// Puts what is sought into the order of the phrase.
    fn order(&mut self) {
        self.ordered.clear();
        for at in 0..self.sought.len() {
            let Sought { sound, kept, .. } = self.sought[at];
            let exact = self.heard.spread(self.word(&sound), 0);
            self.ordered.push((sound, kept, exact));
        }
        self.ordered.sort_unstable_by_key(|(sound, ..)| sound.index);
    }

    /// Whether so much of the phrase follows each other within `stretch` that only `spare` is missing or lost to what was
    /// said in between, where the phrase has no `gap`: words that are there in disorder make no phrase.
    fn follow(&mut self, stretch: Range<usize>, spare: f32, gap: bool) -> bool {
        // Longer stretches are rare, and hold much.
        if stretch.len() > 64 {
            return true;
        }
        let whole: f32 = self.ordered.iter().map(|(_, kept, _)| *kept).sum();
        let need = whole - spare - 1e-3;
        let mut best = 0.0_f32;
        let mut left = whole;
        let mut chains = std::mem::take(&mut self.chains);
        chains.clear();
        for (sound, kept, exact) in &self.ordered {
            // Two elements may have been heard as one token, but none before what was before it.
            let mut there = self.heard.window(*exact, stretch.start) & !0 >> (64 - stretch.len());
            let earlier = chains.len();
            while there != 0 {
                let place = stretch.start + there.trailing_zeros() as usize;
                there &= there - 1;
                let up_to = chains[..earlier].iter().filter(|link| link.place <= place);
                let before = up_to
                    .map(|link| link.weight - if gap { 0.0 } else { self.between(link, sound, place) })
                    .fold(0.0, f32::max);
                let weight = before + sound.kept(self.heard.unlike_at(self.word(sound), place as u32));
                best = best.max(weight);
                chains.push(Link { sound: *sound, place, weight });
            }
            left -= kept;
            if best + left < need {
                break;
            }
        }
        self.chains = chains;
        best + left >= need && best >= need
    }

    /// What it costs at least that more was said between `link` and `sound` at `place` than the phrase has there.
    fn between(&self, link: &Link, sound: &Sound, place: usize) -> f32 {
        let first = link.place + 1;
        if place <= first {
            return 0.0;
        }
        // Each element that is missing may stand for a token, and one that was heard in two tokens for its second.
        let parted = self.sounds.words[usize::from(link.sound.word)].may_be_parted(self.passage, link.place);
        let explained = usize::from(sound.index - link.sound.index) - 1 + usize::from(parted);
        if place - first <= explained {
            return 0.0;
        }
        let costs = &self.passage.insertions[first..place];
        let dearest = costs.iter().copied().fold(0.0, f32::max);
        (costs.iter().sum::<f32>() - explained as f32 * dearest).max(0.0)
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
        for sound in sounds {
            let word = self.word(sound);
            let count = self.heard.places(word).len() as u32;
            if count > 0 {
                let near = self.heard.spread(word, slack);
                let kept = sound.kept(self.heard.least(word));
                self.sought.push(Sought { sound: *sound, kept, count, near, exact: 0 });
            }
        }
        self.sought.sort_unstable_by_key(|sought| (sought.count, sought.sound.index));
        let mut left = available;
        let mut leading = 0;
        let mut count = 0;
        while leading < self.sought.len() && left >= outline.need {
            left -= self.sought[leading].kept;
            count += self.sought[leading].count as usize;
            leading += 1;
        }
        let mut add = |sieve: &Self, start: usize| {
            let place = start.saturating_sub(slack)..start + length + slack;
            if places.last().is_some_and(|last| last.end >= place.end) || !sieve.fits(start, spare) {
                return;
            }
            match places.last_mut() {
                Some(last) if place.start <= last.end => last.end = place.end,
                _ => places.push(place),
            }
        };
        // Rare words are looked at one by one, others 64 places at a time.
        if count <= FEW {
            let mut starts = [0; FEW];
            let all = self.sought[..leading].iter().flat_map(|sought| {
                let index = u32::from(sought.sound.index);
                self.heard.places(self.word(&sought.sound)).iter().map(move |(place, _)| place.saturating_sub(index))
            });
            starts.iter_mut().zip(all).for_each(|(start, place)| *start = place);
            starts[..count].sort_unstable();
            starts[..count].iter().for_each(|start| add(self, *start as usize));
            return;
        }
        let missing = self.missing(spare);
        for at in 0..leading {
            let word = self.word(&self.sought[at].sound);
            self.sought[at].exact = self.heard.spread(word, 0);
        }
        for at in 0..self.heard.row() {
            let mut starts = self.starts(at, leading);
            if starts != 0 {
                starts &= self.enough(at, missing);
            }
            while starts != 0 {
                add(self, 64 * at + starts.trailing_zeros() as usize);
                starts &= starts - 1;
            }
        }
    }

    /// How many of the elements can be missing where only `spare` is.
    fn missing(&mut self, spare: f32) -> usize {
        self.light.clear();
        self.light.extend(self.sought.iter().map(|sought| sought.kept));
        self.light.sort_unstable_by(f32::total_cmp);
        let sums = self.light.iter().scan(0.0, |sum, kept| {
            *sum += kept;
            Some(*sum)
        });
        sums.take_while(|light| *light <= spare + 1e-3).count()
    }

    /// At which of the 64 places from number 64 `at` on the phrase may begin with at most so many elements `missing`.
    fn enough(&self, at: usize, missing: usize) -> u64 {
        if missing > MISSING {
            return !0;
        }
        // Where at most that many of the elements up to now are missing.
        let mut lacking = [!0_u64; MISSING + 1];
        for sought in &self.sought {
            let there = self.heard.window(sought.near, 64 * at + usize::from(sought.sound.index));
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
            starts |= self.heard.window(*exact, 64 * at + usize::from(sound.index));
            // Where less than its beginning is there, it begins with the passage.
            if at == 0 && self.heard.places(self.word(sound)).iter().any(|(place, _)| *place < u32::from(sound.index)) {
                starts |= 1;
            }
        }
        starts
    }

    /// Whether so much of the phrase is near where it would be if it began at `start` that only `spare` is missing.
    fn fits(&self, start: usize, mut spare: f32) -> bool {
        self.sought.iter().all(|sought| {
            if self.heard.window(sought.near, start + usize::from(sought.sound.index)) & 1 == 0 {
                spare -= sought.kept;
            }
            spare >= 0.0
        })
    }
}
