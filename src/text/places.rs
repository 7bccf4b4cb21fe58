//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. Every phrase is looked for from where the rarest of its words were heard.

use super::align::Distances;
use super::heard::{Heard, Places};
use super::passage::Passage;
use super::sounds::{Outline, Sound, Sounds, Weighed};
use std::ops::Range;

/// The sounds of a set of phrases in one passage: how often each occurs, and where.
pub(super) struct Sieve<'a> {
    sounds: &'a Sounds,
    passage: &'a Passage,
    heard: &'a Heard,
    /// The words of `sounds`.
    words: Vec<Sought>,
    /// What is looked for of one phrase, with its index, the rarest first.
    sought: Vec<(Sought, usize)>,
    /// The order of what is looked for.
    order: Vec<u64>,
    /// Where the phrase at hand may begin.
    starts: Vec<usize>,
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

/// A word that is looked for.
#[derive(Debug, Clone, Copy)]
struct Sought {
    places: Places,
    /// How much of its weight is kept where it is heard best.
    kept: f32,
}

impl<'a> Sieve<'a> {
    /// `heard` belongs to `passage`.
    pub(super) fn new(sounds: &'a Sounds, passage: &'a Passage, heard: &'a mut Heard, known: &mut Distances) -> Self {
        let sought = |word: &Weighed| {
            let places = heard.listen(&word.word, passage, known);
            Sought { places, kept: word.kept(places.least) }
        };
        let words = sounds.words.iter().map(sought).collect();
        Self {
            sounds,
            passage,
            heard,
            words,
            sought: Vec::new(),
            order: Vec::new(),
            starts: Vec::new(),
            chains: Vec::new(),
        }
    }

    /// What is looked for of `sound`.
    fn sought(&self, sound: &Sound) -> Sought {
        self.words[sound.word as usize]
    }

    /// Calls `look` with the number of each way to say a phrase that is `asked` for and each stretch of a run of the
    /// passage where it could stand, in order and apart.
    pub(super) fn sift(&mut self, asked: impl Fn(usize) -> bool, mut look: impl FnMut(usize, Range<usize>)) {
        let sounds = self.sounds;
        let mut stretches = Vec::new();
        for (outline, own) in sounds.phrases().filter(|(outline, _)| asked(outline.phrase as usize)) {
            let available: f32 = own.iter().map(|sound| self.sought(sound).kept).sum();
            if available < outline.need {
                continue;
            }
            self.begin(own, outline, available);
            self.stretches(outline, &mut stretches);
            for stretch in stretches.iter().flat_map(|stretch| self.passage.runs_within(stretch.clone())) {
                if self.follow(own, stretch.clone(), available - outline.need, outline.gap) {
                    look(outline.way as usize, stretch);
                }
            }
        }
    }

    /// Finds where one phrase may begin; `available` is the weight of those of its sounds, `own`, that occur at all.
    ///
    /// A phrase that is found shares the class of near sounds with the passage in tokens of at least a certain weight.
    /// So at least one of any tokens that together weigh more than the rest is among them: it begins where one of the
    /// rarest of these has it begin, and there few of the others are missing.
    fn begin(&mut self, own: &[Sound], outline: &Outline, available: f32) {
        // The rarest first, of two alike the one that comes first.
        self.order.clear();
        for (at, sound) in (0_u64..).zip(own) {
            let count = self.sought(sound).places.count();
            if count > 0 {
                self.order.push(u64::from(count) << 32 | at);
            }
        }
        self.order.sort_unstable();
        self.sought.clear();
        for at in &self.order {
            let sound = &own[*at as u32 as usize];
            self.sought.push((self.sought(sound), sound.index as usize));
        }
        let Self { sought, heard, starts, .. } = self;
        starts.clear();
        let near = heard.within(outline.slack);
        let mut left = available;
        for (Sought { places, kept }, index) in sought.iter() {
            if left < outline.need {
                break;
            }
            left -= kept;
            for (place, _) in heard.each(*places) {
                // Where less than its beginning is there, it begins with the passage.
                let start = (*place as usize).saturating_sub(*index);
                let mut spare = available - outline.need;
                for (other, index) in sought.iter() {
                    if !near.has(other.places, start + index) {
                        spare -= other.kept;
                        if spare < 0.0 {
                            break;
                        }
                    }
                }
                if spare >= 0.0 {
                    starts.push(start);
                }
            }
        }
        starts.sort_unstable();
    }

    /// The stretches of the passage that a phrase may cover which begins at one of the starts.
    fn stretches(&self, outline: &Outline, stretches: &mut Vec<Range<usize>>) {
        stretches.clear();
        let (length, slack) = (outline.length as usize, outline.slack as usize);
        for start in &self.starts {
            let stretch = start.saturating_sub(slack)..start + length + slack;
            match stretches.last_mut() {
                Some(last) if stretch.start <= last.end => last.end = stretch.end,
                _ => stretches.push(stretch),
            }
        }
    }

    /// Whether so much of the phrase follows each other within `stretch` that only `spare` is missing or lost to what was
    /// said in between, where the phrase has no `gap`: words that are there in disorder make no phrase.
    fn follow(&mut self, own: &[Sound], stretch: Range<usize>, spare: f32, gap: bool) -> bool {
        // Longer stretches are rare, and hold much.
        if stretch.len() > 64 {
            return true;
        }
        let whole: f32 = own.iter().map(|sound| self.sought(sound).kept).sum();
        let need = whole - spare - 1e-3;
        let mut best = 0.0_f32;
        let mut left = whole;
        let mut chains = std::mem::take(&mut self.chains);
        chains.clear();
        for sound in own {
            let Sought { places, kept } = self.sought(sound);
            // Two elements may have been heard as one token, but none before what was before it.
            let mut there = self.heard.from(places, stretch.start) & !0 >> (64 - stretch.len());
            let earlier = chains.len();
            while there != 0 {
                let place = stretch.start + there.trailing_zeros() as usize;
                there &= there - 1;
                let up_to = chains[..earlier].iter().filter(|link| link.place <= place);
                let before = up_to
                    .map(|link| link.weight - if gap { 0.0 } else { self.between(link, sound, place) })
                    .fold(0.0, f32::max);
                let weight =
                    before + self.sounds.words[sound.word as usize].kept(self.heard.unlike_at(places, place as u32));
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
        let parted = self.sounds.words[link.sound.word as usize].word.may_be_parted(self.passage, link.place);
        let explained = (sound.index - link.sound.index) as usize - 1 + usize::from(parted);
        if place - first <= explained {
            return 0.0;
        }
        let costs = &self.passage.insertions[first..place];
        let dearest = costs.iter().copied().fold(0.0, f32::max);
        (costs.iter().sum::<f32>() - explained as f32 * dearest).max(0.0)
    }
}
