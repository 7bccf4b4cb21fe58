//! Semi-global alignment of one way to say a phrase with a stretch of talk: the whole phrase, anywhere in the talk.
//!
//! # Source
//! Sellers 1980, "The theory and computation of evolutionary distances", with a cost for each pair of tokens.

use super::Strictness;
use super::element::Element;
use super::key::{self, Key};
use super::lexical::{self, Kind};
use super::naming::Naming;
use super::passage::Passage;
use super::places::Room;
use super::thresholds::BORDER;
use super::vocabulary::Vocabulary;
use std::ops::Range;

/// A place where a phrase ends and what it costs to find it there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ending {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) cost: f32,
    /// Whether a word that decides what was said was only heard by its sound.
    pub(super) doubtful: bool,
}

/// A cost that no phrase survives.
pub(super) const NEVER: f32 = 1e6;

/// From here on what was heard is no way to hear a word.
pub(super) const UNLIKE: f32 = 0.5;

/// What it costs that an English word that says something stands for another, beyond the loss of that.
const OTHER_WORD: f32 = 0.3;

/// What it costs that an English article was heard as a word that says whose, or who, beyond the loss of it.
const OWNED: f32 = 0.5;

/// What it costs that a word is left out that asks or tells what, how or when, beyond its weight.
const ASKED: f32 = 0.5;

/// From so many letters on, a word that sounds like a negation is one.
const LONG_NEGATION: u8 = 5;

/// What it costs to take what was heard for a word, and whether that is doubtful.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing {
    pub(super) cost: f32,
    pub(super) doubtful: bool,
}

impl Hearing {
    const NEVER: Self = Self::sure(NEVER);

    const fn sure(cost: f32) -> Self {
        Self { cost, doubtful: false }
    }
}

/// What it costs to leave out, add or change tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    pub(super) strictness: Strictness,
    /// Whether a match is held against the speaker.
    pub(super) forbids: bool,
}

impl Costs {
    /// What it costs to leave out an element.
    pub(super) fn deletion(self, element: &Element) -> f32 {
        match (self.strictness, element.key.kind) {
            _ if element.optional => 0.0,
            _ if element.wild => NEVER,
            (Strictness::Exact, _) | (_, Kind::Negation | Kind::Placeholder) => NEVER,
            _ if element.rigid => NEVER,
            // "Not a problem" is no way to say "not my problem".
            _ if matches!(element.text.as_str(), "my" | "your" | "our" | "their") && !element.name => NEVER,
            // "I know" is no way to say "I know how".
            _ if lexical::asks(&element.text) && !element.name => element.weight + ASKED,
            // "I do not understand" is nothing to hold against somebody, "you do not understand" is.
            _ if self.forbids && element.names_whom() => element.weight + 0.8,
            // "You have been patient" is nothing to hold against somebody, "you should have been" may be.
            _ if self.forbids && matches!(element.text.as_str(), "should" | "must") => element.weight + 0.8,
            // A number without one of its digits is another number.
            _ if element.key.number => 2.0 * element.weight,
            _ => element.weight,
        }
    }

    /// What the token at `at` costs just before `element`, where `usual` is what it costs elsewhere. Before any name
    /// it would make a name of what follows it: "this is the manager".
    fn insertion_before(element: &Element, passage: &Passage, at: usize, usual: f32) -> f32 {
        if !element.leads || passage.keys[at].kind == Kind::Filler {
            return usual;
        }
        match passage.naming(at) {
            Naming::Leads if element.company => usual.min(0.02),
            _ => NEVER,
        }
    }

    /// What a token between two of the phrase costs.
    fn insertion(self, passage: &Passage, at: usize) -> f32 {
        match self.strictness {
            Strictness::Exact if passage.keys[at].kind != Kind::Filler => NEVER,
            _ => passage.insertions[at],
        }
    }

    /// What it costs to have heard the token at `at` for `element`. What is held against somebody may also be heard
    /// doubtfully: a word that decides what was said, as another of nearly its sound.
    fn substitution(self, element: &Element, passage: &Passage, at: usize, known: &mut Distances) -> Hearing {
        let other = &passage.keys[at];
        if element.wild {
            let fits = match passage.naming(at) {
                Naming::Begins => true,
                Naming::Within => !element.leads,
                Naming::Leads | Naming::Never => false,
            };
            return if fits { Hearing::sure(0.0) } else { Hearing::NEVER };
        }
        // 是不是归我们管 asks, and says nothing of 不归我们管.
        if element.key.kind == Kind::Negation && !element.asks && lexical::asks_whether(&passage.texts, at) {
            return Hearing::NEVER;
        }
        if element.key.id == other.id {
            return Hearing::sure(0.0);
        }
        // 十五分钟 is no way to hear 十二分钟.
        if element.rigid || element.key.number && other.number {
            return Hearing::NEVER;
        }
        // Grammar is no proof.
        if other.guessed && element.key.is_twin(other) && self.strictness == Strictness::Sound {
            return Hearing { cost: 0.1 * element.weight, doubtful: self.forbids };
        }
        let texts = (element.text.as_str(), passage.texts[at].as_str());
        let distance = match self.strictness {
            Strictness::Exact => return Hearing::NEVER,
            Strictness::Near => element.key.spelling_distance(other, texts),
            Strictness::Sound => element.key.sound_distance_by(other, || {
                known.of(element.key.id, other.id, || element.key.word_distance(other, texts))
            }),
        };
        let sounds = self.forbids && element.key.kind == Kind::Negation && distance < UNLIKE;
        let doubtful = || if element.is_nearly(other, sounds) { self.doubtful(element) } else { Hearing::NEVER };
        if distance >= UNLIKE && (element.decisive || passage.lacks[at]) {
            return Hearing::NEVER;
        }
        // What is held against somebody must say whom it is about: "uh" does not, nor does "people".
        if self.forbids && element.names_whom() && (other.kind == Kind::Filler || distance >= UNLIKE) {
            return doubtful();
        }
        // 不 as 部 is a mishearing, and "never" as "nefer"; 不 as 很 is another statement, and so is "no" as "know".
        let turns_round = element.key.kind == Kind::Negation || (other.kind == Kind::Negation && passage.negates[at]);
        let long = element.key.letters >= LONG_NEGATION && other.letters >= LONG_NEGATION;
        let english = element.key.letters > 0 && other.letters > 0;
        let alike = if !long && english { 0.0 } else { 0.1 };
        if turns_round && distance > alike {
            return doubtful();
        }
        if element.key.kind == Kind::Negation && lexical::is_part_of_word(&passage.texts, at) {
            return Hearing::NEVER;
        }
        // "Your fault" is not a way to say "our fault", nor is "a problem" one to say "my problem".
        let grammar = matches!(other.kind, Kind::Function | Kind::Particle);
        let twin = element.key.is_twin(other);
        if element.key.person.is_some() && element.key.person != other.person && grammar && !twin && !element.name {
            return doubtful();
        }
        // "On Tuesday" is no way to say "by Tuesday".
        if element.firm && distance >= UNLIKE && (self.forbids || grammar) {
            return doubtful();
        }
        let cost = element.weight * if element.name { 0.6 * distance } else { distance };
        // "That is not my problem" is no way to say "that is not a problem".
        let owned = other.person.is_some() && other.letters > 1 && element.key.kind == Kind::Particle && english;
        let cost = if owned { cost + OWNED } else { cost };
        let cost =
            if distance >= 1.0 && english && !element.name { cost + self.replaced(element, other) } else { cost };
        Hearing { cost, doubtful: distance > element.clear }
    }

    /// What it costs, beyond the loss of `element`, that another word stands for it.
    fn replaced(self, element: &Element, other: &Key) -> f32 {
        // "His landlord fixed" is further from "has been fixed" than "has fixed" is.
        let said = if other.kind == Kind::Content { OTHER_WORD } else { 0.0 };
        said.max((element.deletion - element.weight).min(ASKED))
    }

    /// What it costs to have heard `element` doubtfully, which is no proof of what is held against somebody.
    fn doubtful(self, element: &Element) -> Hearing {
        Hearing { cost: element.doubt, doubtful: self.forbids }
    }

    /// Two tokens of the one side that are one on the other: "lake view" and "lakeview".
    fn joined(self, passage: &Passage, at: usize, element: &Element, known: &mut Distances) -> f32 {
        if element.wild || element.key.letters < 4 || at == 0 {
            return NEVER;
        }
        let Some((first, second)) = passage.pair(at - 1, &element.key) else { return NEVER };
        self.together(element.weight, element.rigid, &element.text, (first, second), known)
    }

    /// Two elements of the phrase that were heard as one token.
    fn split(self, first: &Element, second: &Element, passage: &Passage, at: usize, known: &mut Distances) -> Hearing {
        if first.wild || second.wild || passage.keys[at].letters < 4 {
            return Hearing::NEVER;
        }
        let letters = first.key.letters.saturating_add(second.key.letters);
        if first.key.letters == 0 || second.key.letters == 0 || passage.keys[at].letters.abs_diff(letters) > 2 {
            return Hearing::NEVER;
        }
        let rigid = first.rigid || second.rigid;
        let one = passage.texts[at].as_str();
        if !rigid && first.shortens_with(second) {
            let mut unlike = |rest: &str| unlike_together(one, &first.text, rest, known);
            return match (unlike("not"), unlike("nt")) {
                // "Can" is no "can't", but "kannot" is "cannot".
                _ if one == first.text => Hearing::NEVER,
                (whole, _) if whole <= 0.1 => Hearing::sure(whole * (first.weight + second.weight)),
                (whole, short) if whole.min(short) < UNLIKE => self.doubtful(second),
                _ => Hearing::NEVER,
            };
        }
        Hearing::sure(self.together(first.weight + second.weight, rigid, one, (&first.text, &second.text), known))
    }

    /// What it costs to take two words for one.
    fn together(
        self,
        weight: f32,
        rigid: bool,
        one: &str,
        (first, second): (&str, &str),
        known: &mut Distances,
    ) -> f32 {
        match unlike_parted(one, first, second, known) {
            Some(unlike) if unlike == 0.0 || (self.strictness == Strictness::Sound && !rigid) => weight * unlike,
            _ => NEVER,
        }
    }
}

/// What each token of `passage` costs between two of a phrase, where more than the same words count.
pub(super) fn insertions(passage: &Passage) -> Vec<f32> {
    let cost = |at: usize| {
        let key = &passage.keys[at];
        if key.kind == Kind::Filler {
            return 0.02;
        }
        // Said twice, as one does when searching for words.
        if at > 0 && passage.keys[at - 1].id == key.id && key.kind != Kind::Negation && !passage.joined[at] {
            return 0.05;
        }
        if key.number {
            return 1.5;
        }
        // 3.5 is no way to say 35, and 投资无风险 says something else than 投资风险.
        if passage.is_point(at) || passage.lacks[at] {
            return NEVER;
        }
        let english = if key.letters > 0 { 1.4 } else { 1.0 };
        match key.kind {
            Kind::Negation if passage.negates[at] => NEVER,
            Kind::Particle => 0.15,
            Kind::Intensifier => 0.2,
            Kind::Function => 0.35 * english,
            Kind::Filler => 0.02,
            Kind::Placeholder => 1.0,
            // As much as no phrase of three characters can spare: 星期上三 is not 星期三.
            Kind::Content | Kind::Negation => 0.65 * english,
        }
    };
    (0..passage.keys.len()).map(cost).collect()
}

/// How unlike `one` word is to `first` and `second` written together.
fn unlike_together(one: &str, first: &str, second: &str, known: &mut Distances) -> f32 {
    let (id, together) = (key::hash(&[one]), key::hash(&[first, second]));
    if let Some(distance) = known.get(id, !together) {
        return distance;
    }
    let both = format!("{first}{second}");
    let distance = known.key(id, one).sound_distance(&known.key(together, &both), (one, &both));
    known.put(id, !together, distance)
}

/// How unlike `one` word is to `first` and `second`, as which it may have been heard, or these as it; `None` where it
/// can't have been.
pub(super) fn unlike_parted(one: &str, first: &str, second: &str, known: &mut Distances) -> Option<f32> {
    if !may_be_together(one, first, second) {
        return None;
    }
    // Where words are parted is a matter of spelling.
    if is_joined(one, first, second) {
        return Some(0.0);
    }
    // "Not it" is no "noted".
    if one.len() < 5 || lexical::is_negation(first) || lexical::is_negation(second) {
        return None;
    }
    Some(0.05 + unlike_together(one, first, second, known))
}

/// Whether `one` word may have been heard as `first` and `second`, or these as it.
pub(super) fn may_be_together(one: &str, first: &str, second: &str) -> bool {
    one.len().abs_diff(first.len() + second.len()) <= 2 && one.as_bytes().first() == first.as_bytes().first()
}

/// Whether `one` word is `first` and `second` written together.
pub fn is_joined(one: &str, first: &str, second: &str) -> bool {
    one.len() == first.len() + second.len() && one.starts_with(first) && one.ends_with(second)
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    cost: f32,
    start: u32,
    doubtful: bool,
}

impl Cell {
    const DEAD: Cell = Cell { cost: NEVER, start: 0, doubtful: false };

    /// The cheaper one; of two alike, the one that begins later and so covers less.
    fn or(self, other: Cell) -> Cell {
        if other.cost < self.cost || (other.cost == self.cost && other.start > self.start) { other } else { self }
    }

    fn plus(self, cost: f32) -> Cell {
        Cell { cost: self.cost + cost, ..self }
    }

    fn heard(self, hearing: Hearing) -> Cell {
        Cell { doubtful: self.doubtful || hearing.doubtful, ..self.plus(hearing.cost) }
    }
}

/// Number of distances that are remembered, and of the sounds of words.
const DISTANCES: usize = 1 << 17;
const KEYS: usize = 1 << 12;

/// Distances of words that were already worked out: the same words meet again and again. Empty until it is used.
#[derive(Debug, Default)]
pub(super) struct Distances {
    between: Vec<(u64, f32)>,
    /// The sounds of words that are compared as they are written, by their hashes.
    keys: Vec<Option<Key>>,
}

impl Distances {
    pub(super) fn of(&mut self, a: u64, b: u64, work_out: impl FnOnce() -> f32) -> f32 {
        self.get(a, b).unwrap_or_else(|| self.put(a, b, work_out()))
    }

    /// What tells a pair from all others, and its place.
    fn place(a: u64, b: u64) -> (u64, usize) {
        let pair = a.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b;
        (pair, (pair ^ pair >> 29) as usize % DISTANCES)
    }

    fn get(&self, a: u64, b: u64) -> Option<f32> {
        let (pair, place) = Self::place(a, b);
        self.between.get(place).filter(|(known, _)| *known == pair).map(|(_, distance)| *distance)
    }

    fn put(&mut self, a: u64, b: u64, distance: f32) -> f32 {
        let (pair, place) = Self::place(a, b);
        if self.between.is_empty() {
            self.between.resize(DISTANCES, (0, 0.0));
        }
        self.between[place] = (pair, distance);
        distance
    }

    /// The sound of the word `text`, whose hash is `id`.
    fn key(&mut self, id: u64, text: &str) -> Key {
        if self.keys.is_empty() {
            self.keys.resize(KEYS, None);
        }
        let known = &mut self.keys[id as usize % KEYS];
        match known {
            Some(key) if key.id == id => *key,
            _ => *known.insert(Key::of(text)),
        }
    }
}

/// What one search after the other can use again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) distances: Distances,
    pub(super) vocabulary: Vocabulary,
    pub(super) room: Room,
    columns: [Vec<Cell>; 3],
}

/// Every end of `elements` in the tokens of `window` that costs at most `most`, in order.
///
/// # Source
/// Only rows that something cheap enough can reach are worked out: Ukkonen 1985, "Finding approximate patterns in
/// strings".
pub(super) fn endings(
    elements: &[Element],
    passage: &Passage,
    window: Range<usize>,
    costs: Costs,
    most: f32,
    scratch: &mut Scratch,
    found: &mut Vec<Ending>,
) {
    found.clear();
    let rows = elements.len();
    let Scratch { distances, columns: [second_before, before, column], .. } = scratch;
    for cells in [&mut *second_before, &mut *before, &mut *column] {
        cells.clear();
        cells.resize(rows + 1, Cell::DEAD);
    }
    // The last row of each column that is cheap enough; below it all are dead.
    let (mut second_alive, mut alive) = (0, 0);
    before[0] = Cell { cost: 0.0, start: window.start as u32, doubtful: false };
    for (row, element) in elements.iter().enumerate() {
        let cell = before[row].heard(element.left_out());
        if cell.cost > most {
            break;
        }
        before[row + 1] = cell;
        alive = row + 1;
    }
    for at in window.clone() {
        let insertion = costs.insertion(passage, at);
        let english = passage.keys[at].letters > 0;
        if passage.opens[at] && costs.strictness != Strictness::Exact {
            // What was left out before the phrase began is no part of what came before.
            before[1..].iter_mut().filter(|cell| cell.start < at as u32).for_each(|cell| cell.cost += BORDER);
        }
        column[0] = Cell { cost: 0.0, start: at as u32 + 1, doubtful: false };
        let reach = if english { (alive + 2).max(second_alive + 1) } else { alive + 1 };
        let mut last_alive = 0;
        for (row, element) in elements.iter().enumerate() {
            if row >= reach && last_alive < row {
                break;
            }
            let mut cell = Cell::DEAD;
            // What is left of the words before a name is no name.
            let left = element.leads && row > 0 && elements[row - 1].key.id == passage.keys[at].id;
            if before[row].cost <= most && !left {
                cell = before[row].heard(costs.substitution(element, passage, at, distances));
            }
            if column[row].cost <= most {
                cell = cell.or(column[row].heard(element.left_out()));
            }
            // Tokens before the first or after the last element are not part of the phrase.
            if let Some(next) = elements.get(row + 1) {
                cell = cell.or(before[row + 1].plus(Costs::insertion_before(next, passage, at, insertion)));
            }
            if english && at > window.start && second_before[row].cost <= most {
                cell = cell.or(second_before[row].plus(costs.joined(passage, at, element, distances)));
            }
            if english && row > 0 && before[row - 1].cost <= most {
                cell = cell.or(before[row - 1].heard(costs.split(&elements[row - 1], element, passage, at, distances)));
            }
            column[row + 1] = if cell.cost <= most { cell } else { Cell::DEAD };
            if cell.cost <= most {
                last_alive = row + 1;
            }
        }
        let last = column[rows];
        if last.cost <= most && last.start <= at as u32 {
            found.push(Ending { start: last.start as usize, end: at + 1, cost: last.cost, doubtful: last.doubtful });
        }
        // The column to come was last written two columns ago.
        second_before[..=second_alive].fill(Cell::DEAD);
        (second_alive, alive) = (alive, last_alive);
        std::mem::swap(second_before, before);
        std::mem::swap(before, column);
    }
}
