//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. Every phrase is looked for from where pairs of its words were heard together, or else from where the
//! rarest of its words were.

use super::align::Scratch;
use super::heard::{Heard, Places};
use super::passage::Passage;
use super::sounds::{Outline, Pair, Sound, Sounds, Weighed};
use std::ops::Range;

/// The sounds of a set of phrases in one passage: how often each occurs, and where.
pub(super) struct Sieve<'a> {
    sounds: &'a Sounds,
    passage: &'a Passage,
    heard: &'a Heard,
    room: Room,
}

/// What a sieve works with, which the next one uses again.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The words of the phrases.
    words: Vec<Sought>,
    /// Where pairs stand together, one pair after the other, and which part of it belongs to each.
    hits: Vec<u32>,
    pairs: Vec<(u32, u32)>,
    /// The words of a phrase that [`Sieve::starts_by_words`] looks for, each with how often it was heard.
    order: Vec<(u32, Sound)>,
    /// Where a phrase may begin, and the stretches that it may cover.
    starts: Vec<usize>,
    stretches: Vec<Range<usize>>,
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
    /// What it costs that it is missing.
    missing: f32,
    /// What it costs at least where it is heard.
    heard: f32,
    /// How much of its weight is kept where it is heard best.
    kept: f32,
}

impl Outline {
    /// The stretches of a passage that the phrase may cover where it begins at one of `starts`, which are in order.
    fn stretches(&self, starts: &[usize], stretches: &mut Vec<Range<usize>>) {
        stretches.clear();
        let (length, slack) = (self.length as usize, self.slack as usize);
        for start in starts {
            let stretch = start.saturating_sub(slack)..start + length + slack;
            match stretches.last_mut() {
                Some(last) if stretch.start <= last.end => last.end = stretch.end,
                _ => stretches.push(stretch),
            }
        }
    }
}

impl<'a> Sieve<'a> {
    /// `heard` belongs to `passage`.
    pub(super) fn new(sounds: &'a Sounds, passage: &'a Passage, heard: &'a mut Heard, scratch: &mut Scratch) -> Self {
        let mut room = std::mem::take(&mut scratch.room);
        let sought = |word: &Weighed| {
            let places = heard.listen(&word.word, passage, scratch);
            let kept = word.kept(places.least);
            Sought { places, missing: word.weight, heard: word.weight - kept, kept }
        };
        room.words.clear();
        room.words.extend(sounds.words.iter().map(sought));
        room.hits.clear();
        room.pairs.clear();
        let mut sieve = Self { sounds, passage, heard, room };
        for pair in &sounds.pairs {
            let first = sieve.room.hits.len() as u32;
            sieve.together(pair);
            sieve.room.pairs.push((first, sieve.room.hits.len() as u32));
        }
        sieve
    }

    /// What is looked for of `sound`.
    fn sought(&self, sound: &Sound) -> &Sought {
        &self.room.words[sound.word as usize]
    }

    /// Calls `look` with the number of each way to say a phrase that is `asked` for and each stretch of a run of the
    /// passage where it could stand, in order and apart. Gives the room for the next sieve.
    pub(super) fn sift(mut self, asked: impl Fn(usize) -> bool, mut look: impl FnMut(usize, Range<usize>)) -> Room {
        let sounds = self.sounds;
        let (mut starts, mut stretches) =
            (std::mem::take(&mut self.room.starts), std::mem::take(&mut self.room.stretches));
        for outline in sounds.outlines().filter(|outline| asked(outline.phrase as usize)) {
            self.starts(outline, &mut starts);
            if starts.is_empty() {
                continue;
            }
            let own = sounds.of(outline);
            let spare = self.spare(outline);
            outline.stretches(&starts, &mut stretches);
            for stretch in stretches.iter().flat_map(|stretch| self.passage.runs_within(stretch.clone())) {
                if self.follow(own, stretch.clone(), spare, outline.gap) {
                    look(outline.way as usize, stretch);
                }
            }
        }
        Room { starts, stretches, ..self.room }
    }

    /// Finds where a phrase may begin, in order.
    ///
    /// A phrase that is found has one of its seeds in the passage: it begins where one of these has it begin, and there few
    /// of its other sounds are missing.
    fn starts(&mut self, outline: &Outline, starts: &mut Vec<usize>) {
        starts.clear();
        let seeds = self.sounds.seeds(outline);
        if seeds.is_empty() {
            self.starts_by_words(outline, starts);
        }
        for seed in seeds {
            let (first, last) = self.room.pairs[seed.pair as usize];
            for place in &self.room.hits[first as usize..last as usize] {
                // Where less than its beginning is there, it begins with the passage.
                let start = place.saturating_sub(seed.index) as usize;
                if self.may_stand(outline, start) {
                    starts.push(start);
                }
            }
        }
        starts.sort_unstable();
    }

    /// As [`Self::starts`] for a phrase of which single words may be all that is there: at least one of any words is that
    /// together weigh more than may be missing, so the rarest of them will do.
    fn starts_by_words(&mut self, outline: &Outline, starts: &mut Vec<usize>) {
        if self.spare(outline) < 0.0 {
            return;
        }
        let mut order = std::mem::take(&mut self.room.order);
        order.clear();
        order.extend(self.sounds.of(outline).iter().map(|sound| (self.sought(sound).places.count(), *sound)));
        let mut spare = outline.spare;
        let mut rest = order.as_mut_slice();
        // Of two alike the one that comes first.
        while let Some(rarest) = (0..rest.len()).min_by_key(|at| (rest[*at].0, rest[*at].1.index)) {
            let (_, sound) = rest[rarest];
            let sought = self.sought(&sound);
            for (place, _) in self.heard.each(sought.places) {
                let start = place.saturating_sub(sound.index) as usize;
                if self.may_stand(outline, start) {
                    starts.push(start);
                }
            }
            spare -= sought.missing;
            if spare < 0.0 {
                break;
            }
            rest.swap(0, rarest);
            rest = &mut rest[1..];
        }
        self.room.order = order;
    }

    /// How much may still be missing of a phrase all of whose words are where they are heard best.
    fn spare(&self, outline: &Outline) -> f32 {
        outline.spare - self.sounds.of(outline).iter().map(|sound| self.sought(sound).heard).sum::<f32>()
    }

    /// Whether enough of a phrase is there where it begins at `start`.
    fn may_stand(&self, outline: &Outline, start: usize) -> bool {
        let near = self.heard.within(outline.slack);
        let mut spare = outline.spare;
        for sound in self.sounds.of(outline) {
            let Sought { places, missing, heard, .. } = self.sought(sound);
            spare -= if near.has(*places, start + sound.index as usize) { *heard } else { *missing };
            if spare < 0.0 {
                return false;
            }
        }
        true
    }

    /// Adds the hits of a pair: where the first of both stands, or would stand, where both stand together.
    fn together(&mut self, pair: &Pair) {
        let (first, second) =
            (self.room.words[pair.first as usize].places, self.room.words[pair.second as usize].places);
        if first.count() == 0 || second.count() == 0 {
            return;
        }
        let Self { passage, heard, room: Room { hits, .. }, .. } = self;
        let reach = passage.reach(pair.step);
        if first.count() <= second.count() {
            let places = heard.each(first).iter().map(|(place, _)| *place);
            hits.extend(places.filter(|place| {
                let at = *place as usize;
                heard.ahead(second, at) & reach.ahead(at) != 0
            }));
        } else {
            let places = heard.each(second).iter().map(|(place, _)| *place);
            let places = places.filter(|place| {
                let at = *place as usize;
                heard.back(first, at) & reach.back(at) != 0
            });
            hits.extend(places.map(|place| place.saturating_sub(pair.step)));
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
        let mut chains = std::mem::take(&mut self.room.chains);
        chains.clear();
        for sound in own {
            let Sought { places, kept, .. } = *self.sought(sound);
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
        self.room.chains = chains;
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
