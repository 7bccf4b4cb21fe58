//! Semi-global alignment of one way to say a phrase with a stretch of talk: the whole phrase, anywhere in the talk.
//!
//! # Source
//! Sellers 1980, "The theory and computation of evolutionary distances", with a cost for each pair of tokens.

use super::Strictness;
use super::key::Key;
use super::lexical::Kind;
use super::passage::Passage;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// One token of a phrase, or a place where anything may stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    /// Its folded text; empty for a wildcard.
    pub(super) text: String,
    /// Its sound.
    pub(super) key: Key,
    /// What leaving it out costs, and changing it at most.
    pub(super) weight: f32,
    /// Whether anything may stand here.
    pub(super) wild: bool,
    /// Whether nothing may stand here just as well.
    pub(super) optional: bool,
    /// Whether it belongs to a name, which recognition spells as it likes.
    pub(super) name: bool,
    /// Whether only the very same token will do: small words of short phrases.
    pub(super) rigid: bool,
}

/// A place where a phrase ends and what it costs to find it there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ending {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) cost: f32,
}

/// A cost that no phrase survives.
const NEVER: f32 = 1e6;

/// What it costs to leave out, add or change tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    pub(super) strictness: Strictness,
}

impl Costs {
    fn deletion(self, element: &Element) -> f32 {
        match (self.strictness, element.key.kind) {
            _ if element.optional => 0.0,
            _ if element.wild => NEVER,
            (Strictness::Exact, _) | (_, Kind::Negation | Kind::Placeholder) => NEVER,
            _ if element.rigid => NEVER,
            // "Not a problem" is no way to say "not my problem".
            _ if matches!(element.text.as_str(), "my" | "your" | "our" | "their") && !element.name => NEVER,
            // A number without one of its digits is another number.
            _ if element.key.number => 2.0 * element.weight,
            _ => element.weight,
        }
    }

    /// What a token between two of the phrase costs.
    fn insertion(self, passage: &Passage, at: usize) -> f32 {
        let key = &passage.keys[at];
        if key.kind == Kind::Filler {
            return 0.02;
        }
        if self.strictness == Strictness::Exact {
            return NEVER;
        }
        // Said twice, as one does when searching for words.
        if at > 0 && passage.keys[at - 1].id == key.id && key.kind != Kind::Negation {
            return 0.05;
        }
        if key.number {
            return 1.5;
        }
        let english = if key.letters > 0 { 1.4 } else { 1.0 };
        match key.kind {
            Kind::Negation if passage.negates[at] => NEVER,
            Kind::Particle => 0.15,
            Kind::Intensifier => 0.2,
            Kind::Function => 0.35 * english,
            Kind::Filler => 0.02,
            Kind::Placeholder => 1.0,
            Kind::Content | Kind::Negation => 0.6 * english,
        }
    }

    fn substitution(self, element: &Element, passage: &Passage, at: usize, known: &mut Distances) -> f32 {
        if element.wild {
            return 0.0;
        }
        let other = &passage.keys[at];
        if element.key.id == other.id {
            return 0.0;
        }
        if element.rigid {
            return NEVER;
        }
        let texts = (element.text.as_str(), passage.texts[at].as_str());
        let distance = match self.strictness {
            Strictness::Exact => return NEVER,
            Strictness::Near => known.of(&element.key, other, || element.key.spelling_distance(other, texts)),
            Strictness::Sound => known.of(&element.key, other, || element.key.sound_distance(other, texts)),
        };
        // 不 as 部 is a mishearing; 不 as 很 is another statement.
        let turns_round = element.key.kind == Kind::Negation || (other.kind == Kind::Negation && passage.negates[at]);
        let alike = if element.key.letters > 0 && other.letters > 0 { 0.45 } else { 0.1 };
        if turns_round && distance > alike {
            return NEVER;
        }
        // "Your fault" is not a way to say "our fault", nor is "a problem" one to say "my problem".
        let grammar = matches!(other.kind, Kind::Function | Kind::Particle);
        if element.key.person.is_some() && element.key.person != other.person && grammar && !element.name {
            return NEVER;
        }
        element.weight * if element.name { 0.6 * distance } else { distance }
    }

    /// Two tokens of the one side that are one on the other: "lake view" and "lakeview".
    fn joined(self, passage: &Passage, at: usize, element: &Element) -> f32 {
        if self.strictness != Strictness::Sound || element.rigid || element.wild || element.key.letters < 5 {
            return NEVER;
        }
        let (first, second) = (&passage.texts[at - 1], &passage.texts[at]);
        if passage.keys[at - 1].letters == 0 || passage.keys[at].letters == 0 {
            return NEVER;
        }
        if element.text.len().abs_diff(first.len() + second.len()) > 2
            || element.text.as_bytes()[0] != first.as_bytes()[0]
        {
            return NEVER;
        }
        let together = format!("{first}{second}");
        element.weight * (0.05 + element.key.sound_distance(&Key::of(&together), (&element.text, &together)))
    }

    /// Two elements of the phrase that were heard as one token.
    fn split(self, first: &Element, second: &Element, passage: &Passage, at: usize) -> f32 {
        if self.strictness != Strictness::Sound || first.rigid || second.rigid || first.wild || second.wild {
            return NEVER;
        }
        let heard = &passage.texts[at];
        if first.key.letters == 0 || second.key.letters == 0 || passage.keys[at].letters < 5 {
            return NEVER;
        }
        if heard.len().abs_diff(first.text.len() + second.text.len()) > 2
            || heard.as_bytes()[0] != first.text.as_bytes()[0]
        {
            return NEVER;
        }
        let together = format!("{}{}", first.text, second.text);
        (first.weight + second.weight)
            * (0.05 + passage.keys[at].sound_distance(&Key::of(&together), (heard, &together)))
    }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    cost: f32,
    start: usize,
}

impl Cell {
    const DEAD: Cell = Cell { cost: NEVER, start: 0 };

    /// The cheaper one; of two alike, the one that begins later and so covers less.
    fn or(self, other: Cell) -> Cell {
        if other.cost < self.cost || (other.cost == self.cost && other.start > self.start) { other } else { self }
    }

    fn plus(self, cost: f32) -> Cell {
        Cell { cost: self.cost + cost, start: self.start }
    }
}

/// Distances that were already worked out: the same words meet again and again.
#[derive(Debug, Default)]
pub(super) struct Distances(HashMap<u64, f32, BuildHasherDefault<Mixed>>);

impl Distances {
    fn of(&mut self, a: &Key, b: &Key, work_out: impl FnOnce() -> f32) -> f32 {
        // A digit of a longer number has no sound, so that its id alone does not tell it.
        let sounds = |key: &Key| key.id ^ u64::from(key.number && !key.syllables[0].is_some());
        let pair = sounds(a).rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ sounds(b);
        *self.0.entry(pair).or_insert_with(work_out)
    }
}

/// Passes a number that is already mixed well.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number ^ number >> 29;
    }
}

/// What one search after the other can use again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    distances: Distances,
    columns: [Vec<Cell>; 3],
}

/// Every end of `elements` in the tokens of `window` that costs at most `most`, in order.
pub(super) fn endings(
    elements: &[Element],
    passage: &Passage,
    window: Range<usize>,
    costs: Costs,
    most: f32,
    scratch: &mut Scratch,
) -> Vec<Ending> {
    let rows = elements.len();
    let mut found = Vec::new();
    let Scratch { distances, columns: [second_before, before, column] } = scratch;
    for cells in [&mut *second_before, &mut *before, &mut *column] {
        cells.clear();
        cells.resize(rows + 1, Cell::DEAD);
    }
    before[0] = Cell { cost: 0.0, start: window.start };
    for (row, element) in elements.iter().enumerate() {
        before[row + 1] = before[row].plus(costs.deletion(element));
    }
    for at in window.clone() {
        let insertion = costs.insertion(passage, at);
        let english = passage.keys[at].letters > 0;
        column[0] = Cell { cost: 0.0, start: at + 1 };
        for (row, element) in elements.iter().enumerate() {
            let mut cell = Cell::DEAD;
            if before[row].cost <= most {
                cell = before[row].plus(costs.substitution(element, passage, at, distances));
            }
            if column[row].cost <= most {
                cell = cell.or(column[row].plus(costs.deletion(element)));
            }
            // Tokens before the first or after the last element are not part of the phrase.
            if row + 1 < rows {
                cell = cell.or(before[row + 1].plus(insertion));
            }
            if english && at > window.start && second_before[row].cost <= most {
                cell = cell.or(second_before[row].plus(costs.joined(passage, at, element)));
            }
            if english && row > 0 && before[row - 1].cost <= most {
                cell = cell.or(before[row - 1].plus(costs.split(&elements[row - 1], element, passage, at)));
            }
            column[row + 1] = cell;
        }
        let last = column[rows];
        if last.cost <= most && last.start <= at {
            found.push(Ending { start: last.start, end: at + 1, cost: last.cost });
        }
        std::mem::swap(second_before, before);
        std::mem::swap(before, column);
    }
    found
}
