//! Where a phrase could stand at all: the sieve before the alignment.
//!
//! Takes the classes of near sounds of a phrase and a passage, gives stretches of the passage in which enough of them
//! lie close together. What many phrases of a set have in common is looked up once for all of them.

use super::align::Distances;
use super::heard::{self, Heard};
use super::passage::Passage;
use super::sounds::{MISSING, Outline, Sound, Sounds};
use std::ops::Range;

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
    /// Where the phrase at hand may begin, going by its first sound, by its first two, and so on.
    levels: Vec<Vec<Block>>,
    /// What [`Sieve::follow`] has found up to one element.
    chains: Vec<Link>,
}

/// 64 places of the passage, at some of which a phrase may begin, going by some of its sounds.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// Their number.
    at: usize,
    /// Where at most so many of the sounds are missing, for each number.
    lacking: [u64; MISSING + 1],
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
            levels: Vec::new(),
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

    /// Calls `look` with the number of each way to say a phrase that is `asked` for and each stretch of a run of the
    /// passage where it could stand, in order and apart.
    pub(super) fn sift(&mut self, asked: impl Fn(usize) -> bool, mut look: impl FnMut(usize, Range<usize>)) {
        let sounds = self.sounds;
        let mut places = Vec::new();
        let mut known = 0;
        for (outline, own) in sounds.phrases() {
            known = known.min(outline.shared as usize);
            if !asked(outline.phrase as usize) {
                continue;
            }
            if known == 0 || !self.levels[known].is_empty() {
                known = self.narrow(own, outline, known);
            }
            if self.levels[known].is_empty() {
                continue;
            }
            let available: f32 = own.iter().map(|sound| self.kept(sound)).sum();
            if available < outline.need {
                continue;
            }
            self.places(own, outline, available, &mut places);
            if places.is_empty() {
                continue;
            }
            self.order();
            for stretch in places.iter().flat_map(|place| self.passage.runs_within(place.clone())) {
                if self.follow(stretch.clone(), available - outline.need, outline.gap) {
                    look(outline.way as usize, stretch);
                }
            }
        }
    }

    /// Narrows the places where a phrase may begin by one of its sounds after the other, until there is none. The
    /// first `known` levels are already those of the phrase; returns how many are now.
    fn narrow(&mut self, own: &[Sound], outline: &Outline, known: usize) -> usize {
        while self.levels.len() <= own.len() {
            self.levels.push(Vec::new());
        }
        if known == 0 {
            self.levels[0].clear();
            self.levels[0].extend((0..self.heard.row()).map(|at| Block { at, lacking: [!0; MISSING + 1] }));
        }
        for (depth, sound) in own.iter().enumerate().skip(known) {
            let near = self.heard.spread(self.word(sound), outline.slack as usize);
            let (before, level) = self.levels.split_at_mut(depth + 1);
            let (before, level) = (&before[depth], &mut level[0]);
            let (row, index) = (self.heard.bits(near), usize::from(sound.index));
            level.clear();
            match (outline.missing, sound.must) {
                (None, false) => level.extend_from_slice(before),
                (None | Some(0), _) => narrow::<0, true>(before, row, index, level),
                (Some(1), true) => narrow::<1, true>(before, row, index, level),
                (Some(1), false) => narrow::<1, false>(before, row, index, level),
                (Some(2), true) => narrow::<2, true>(before, row, index, level),
                (Some(2), false) => narrow::<2, false>(before, row, index, level),
                (Some(_), true) => narrow::<MISSING, true>(before, row, index, level),
                (Some(_), false) => narrow::<MISSING, false>(before, row, index, level),
            }
            if level.is_empty() {
                return depth + 1;
            }
        }
        own.len()
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

    /// The stretches for one phrase, whose places are narrowed; `available` is the weight of those of its `sounds` that
    /// occur at all.
    ///
    /// A phrase that is found shares the class of near sounds with the passage in tokens of at least a certain weight.
    /// So at least one of any tokens that together weigh more than the rest is among them: it begins where one of the
    /// rarest of these has it begin, and there few of the others are missing.
    fn places(&mut self, sounds: &[Sound], outline: &Outline, available: f32, places: &mut Vec<Range<usize>>) {
        places.clear();
        let (length, slack) = (outline.length as usize, outline.slack as usize);
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
        while leading < self.sought.len() && left >= outline.need {
            let sound = self.sought[leading].sound;
            left -= self.sought[leading].kept;
            self.sought[leading].exact = self.heard.spread(self.word(&sound), 0);
            leading += 1;
        }
        let missing = usize::from(outline.missing.unwrap_or(0));
        for Block { at, lacking } in &self.levels[sounds.len()] {
            let mut starts = self.starts(*at, leading) & lacking[missing];
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

/// Adds to `level` what is left of the places `before` once another sound is looked for, of which the `row` tells what lies
/// near it, `index` tokens further on. Without `MOST` and one more of the sounds it is no phrase, nor without one that it
/// `MUST` have.
fn narrow<const MOST: usize, const MUST: bool>(before: &[Block], row: &[u64], index: usize, level: &mut Vec<Block>) {
    let (row, shift) = (row.get(index / 64..).unwrap_or_default(), index % 64);
    level.extend(before.iter().filter_map(|block| {
        let there = heard::window(row, block.at, shift);
        let mut narrowed = *block;
        narrowed.lacking[0] &= there;
        for count in 1..=MOST {
            let missing = if MUST { 0 } else { block.lacking[count - 1] };
            narrowed.lacking[count] = block.lacking[count] & there | missing;
        }
        (narrowed.lacking[MOST] != 0).then_some(narrowed)
    }));
}
