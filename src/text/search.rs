//! The search for phrases in a passage.
//!
//! Positions of near sounds vote for the places where a phrase could stand at all; only there it is aligned. What was
//! found is then checked for what turns it round: a negation before it, half of a question, half of a number.

use super::align::{self, Costs, Ending, Scratch};
use super::denial;
use super::element::Element;
use super::key::Key;
use super::lexical::{self, Kind};
use super::memory::Memory;
use super::phrases::{Match, Ready, Wanted};
use super::places::Sieve;
use super::sounds::Sounds;
use super::thresholds::{MIDDLING, SHORT};
use super::{Passage, Purpose};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// The search for the phrases of one set in one passage.
pub(super) struct Search<'a> {
    passage: &'a Passage,
    costs: Costs,
    scratch: Scratch,
    endings: Vec<Ending>,
    /// What was found, each with how well it fits.
    pub(super) found: Vec<(f32, Match)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(wanted: &Wanted, passage: &'a Passage) -> Self {
        Self {
            passage,
            costs: Costs { strictness: wanted.strictness, forbids: wanted.purpose == Purpose::Forbid },
            scratch: Memory::scratch(),
            endings: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Looks for `ways`, whose sounds are `sounds`, where `asked` names their phrases.
    pub(super) fn look_for(&mut self, ways: &[Ready], sounds: &Sounds, asked: impl Fn(usize) -> bool) {
        let Self { passage, costs, scratch, endings, found } = self;
        let mut heard = passage.memory.tables.heard.borrow_mut();
        let room = Sieve::new(sounds, passage, &mut heard, scratch).sift(asked, |way, stretch| {
            let ready = &ways[way];
            align::endings(&ready.elements, passage, stretch, *costs, ready.limits.possible, scratch, endings);
            for ending in endings.iter() {
                let tokens = ending.start..ending.end;
                if !stands(ready, passage, &tokens) {
                    continue;
                }
                let similarity = (1.0 - ending.cost / ready.weight).clamp(0.0, 1.0);
                let close = ending.cost <= ready.limits.sure && !ending.doubtful;
                let sure = close && !is_doubtful(ready, passage, &tokens, costs.forbids);
                let wildcard = ready.elements.iter().any(|element| element.wild);
                let score = ready.weight - 2.0 * ending.cost;
                found.push((score, Match { phrase: ready.phrase, tokens, similarity, sure, wildcard }));
            }
        });
        scratch.room = room;
    }

    /// The best of overlapping matches, in order.
    pub(super) fn apart(mut self) -> Vec<Match> {
        apart(std::mem::take(&mut self.found))
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        Memory::keep(std::mem::take(&mut self.scratch));
    }
}

/// Doubts every match that overlaps with a doubtful one of the same phrase that fits better: what is said around "guaranteed
/// returns" is said around "guaranteed returns is", too.
fn doubt_alike(found: &mut [(f32, Match)]) {
    found.sort_by_key(|(_, hit)| (hit.phrase, hit.tokens.start, hit.tokens.end));
    for at in 1..found.len() {
        let (before, rest) = found.split_at_mut(at);
        let (score, hit) = &mut rest[0];
        let alike = |(_, other): &&mut (f32, Match)| other.phrase == hit.phrase && hit.tokens.start < other.tokens.end;
        for (other_score, other) in before.iter_mut().rev().take_while(alike) {
            match score.total_cmp(other_score) {
                Ordering::Greater => other.sure &= hit.sure,
                Ordering::Less => hit.sure &= other.sure,
                Ordering::Equal => {}
            }
        }
    }
}

/// The best of overlapping matches, in order.
fn apart(mut found: Vec<(f32, Match)>) -> Vec<Match> {
    doubt_alike(&mut found);
    found.sort_by(|(score_a, a), (score_b, b)| {
        b.sure.cmp(&a.sure).then(score_b.total_cmp(score_a)).then((a.tokens.start, a.tokens.end, a.phrase).cmp(&(
            b.tokens.start,
            b.tokens.end,
            b.phrase,
        )))
    });
    let mut kept: BTreeMap<usize, Match> = BTreeMap::new();
    for (_, candidate) in found {
        let before = kept.range(..candidate.tokens.end).next_back();
        if before.is_none_or(|(_, other)| other.tokens.end <= candidate.tokens.start) {
            kept.insert(candidate.tokens.start, candidate);
        }
    }
    kept.into_values().collect()
}

/// Whether nothing around `tokens` makes them something else than the phrase.
fn stands(ready: &Ready, passage: &Passage, tokens: &Range<usize>) -> bool {
    let elements = &ready.elements;
    let (Some(first), Some(last)) = (elements.first(), elements.last()) else { return false };
    // Part of a longer number.
    if (first.key.number && passage.joined[tokens.start])
        || (last.key.number && passage.joined.get(tokens.end).copied().unwrap_or(false))
    {
        return false;
    }
    // 上五 is no way to hear 上午, nor 月的 one to hear 月底.
    if ready.weight < SHORT && tokens.len() == elements.len() {
        let strange = |(key, element): (&Key, &Element)| {
            key.letters == 0 && (key.number || key.kind == Kind::Particle) && key.id != element.key.id
        };
        if passage.keys[tokens.clone()].iter().zip(elements).any(strange) {
            return false;
        }
    }
    if ready.weight < MIDDLING {
        let share = if ready.weight < SHORT { 0.5 } else { 0.25 };
        let (need, mut same) = (share * ready.weight, 0.0);
        let enough = elements.iter().enumerate().any(|(index, element)| {
            if is_there(elements, index, passage, tokens) {
                same += element.weight;
            }
            same >= need
        });
        if !enough {
            return false;
        }
    }
    if !says_something(elements, passage, tokens) {
        return false;
    }
    if !borders_stand(elements, passage, tokens) {
        return false;
    }
    // "No, refund it" is no way to say "no refund", nor is 用不了，是我们的责任 one to say 不是我们的责任.
    let negates =
        elements.windows(2).any(|pair| pair[0].key.kind == Kind::Negation && pair[1].key.kind != Kind::Particle);
    if negates && borders(passage, tokens).any(|at| ends_in_negation(passage, tokens.start, at)) {
        return false;
    }
    if lexical::is_half_of_question(&passage.texts, tokens.start) {
        return false;
    }
    !denial::is_negated(&passage.texts, &passage.opens, run_of(passage, tokens).start, tokens.start, elements.len())
}

/// What was said in one go with `tokens`.
fn run_of(passage: &Passage, tokens: &Range<usize>) -> Range<usize> {
    let run = passage.runs.partition_point(|run| run.end <= tokens.start);
    let run = passage.runs.get(run).unwrap_or(tokens);
    run.start.min(tokens.start)..run.end.max(tokens.end)
}

/// Where a clause begins within `tokens`.
fn borders(passage: &Passage, tokens: &Range<usize>) -> impl Iterator<Item = usize> {
    (tokens.start + 1..tokens.end).filter(|at| passage.opens[*at])
}

/// Whether no single character that merely sounds like the one at an end of the phrase stands behind a border: 有病。是 is
/// no way to hear 有病史.
fn borders_stand(elements: &[Element], passage: &Passage, tokens: &Range<usize>) -> bool {
    let (first, last) = (tokens.start, tokens.end - 1);
    let is = |at: usize, element: Option<&Element>| {
        let key = &passage.keys[at];
        key.letters > 0 || element.is_none_or(|element| element.wild || element.key.id == key.id)
    };
    first == last
        || (!passage.opens[first + 1] || is(first, elements.first()))
            && (!passage.opens[last] || is(last, elements.last()))
}

/// Whether what was said from `start` up to `end` ends in a negation, but for particles.
fn ends_in_negation(passage: &Passage, start: usize, end: usize) -> bool {
    let mut kinds = passage.keys[start..end].iter().rev().map(|key| key.kind);
    kinds.find(|kind| *kind != Kind::Particle) == Some(Kind::Negation)
}

/// Whether a phrase that was heard close enough may still not have been said: for a person to look.
fn is_doubtful(ready: &Ready, passage: &Passage, tokens: &Range<usize>, forbids: bool) -> bool {
    if !names_heard(&ready.elements, passage, tokens) {
        return true;
    }
    let first = run_of(passage, tokens).start;
    if !forbids {
        return denial::is_denied(&passage.texts, &passage.opens, first, tokens.start);
    }
    // "Thank you. People love it" is no "you people"; a Mandarin comma may be anywhere.
    let short = ready.weight < MIDDLING;
    let parted = || borders(passage, tokens).any(|at| passage.keys[at].letters > 0);
    (short && (parted() || heard_as_others(&ready.elements, passage, tokens)))
        || denial::is_embedded(&passage.texts, &passage.opens, first, tokens.start)
        || denial::is_taken_back(&passage.texts, &passage.opens, tokens.clone(), run_of(passage, tokens).end)
}

/// English names that are more unlike than this are other names: "Emily" may be heard as "amely", not as "Peter".
const OTHER_NAME: f32 = 0.75;

/// Characters and words that names of companies have in common.
const GENERIC: &str = "银 行 保 险 公 司 集 团 科 技 中 国 股 份 有 限 移 动 通 bank insurance company group services telecom \
                       hotel airlines the and of";

/// Whether more than half of the names that a phrase has were heard, be it as recognition spells them: 工商银行 is not
/// 招商银行, nor is "Riverside Bank" "Lakeview Bank".
fn names_heard(elements: &[Element], passage: &Passage, tokens: &Range<usize>) -> bool {
    // 小王 and 小李 have nothing in common that tells them apart.
    let common = |text: &str| matches!(text, "小" | "老" | "阿") || GENERIC.split(' ').any(|generic| generic == text);
    let names = || elements.iter().filter(|element| element.name && !element.wild);
    let all_common = names().all(|element| common(&element.text));
    let tells = |element: &Element| element.name && !element.wild && (all_common || !common(&element.text));
    let (mut heard, mut all) = (0, 0);
    for (index, element) in elements.iter().enumerate().filter(|(_, element)| tells(element)) {
        let most = if element.key.letters > 0 { OTHER_NAME } else { align::UNLIKE };
        let is_other = |key: &Key| elements.iter().any(|element| !element.name && element.key.id == key.id);
        let words = tokens.clone().map(|at| (&passage.keys[at], passage.texts[at].as_str()));
        let sounds = words
            .filter(|(key, _)| !is_other(key))
            .any(|(key, text)| element.key.sound_distance(key, (&element.text, text)) < most);
        heard += usize::from(sounds || is_there(elements, index, passage, tokens));
        all += 1;
    }
    all == 0 || 2 * heard > all
}

/// Whether one of the English words that carry the meaning of a phrase was heard as another word; of two, both do.
fn heard_as_others(elements: &[Element], passage: &Passage, tokens: &Range<usize>) -> bool {
    let of_two = elements.len() == 2;
    let says = |element: &Element| {
        element.key.letters > 0
            && (of_two && element.key.person.is_none() || element.key.kind == Kind::Content)
            && !element.name
    };
    let mut saying = elements.iter().enumerate().filter(|(_, element)| says(element));
    saying.any(|(index, _)| !is_there(elements, index, passage, tokens))
}

/// Whether one of the English words of a phrase that say something was heard, where it has any: "I will" says nothing of
/// "I will call". Names are spelt as recognition likes.
fn says_something(elements: &[Element], passage: &Passage, tokens: &Range<usize>) -> bool {
    let says = |element: &Element| element.key.letters > 0 && element.key.kind == Kind::Content && !element.name;
    let heard = |element: &Element| {
        let mut words = tokens.clone().map(|at| (&passage.keys[at], passage.texts[at].as_str()));
        words.any(|(key, text)| element.key.sound_distance(key, (&element.text, text)) < align::UNLIKE)
    };
    let mut saying = elements.iter().enumerate().filter(|(_, element)| says(element)).peekable();
    saying.peek().is_none()
        || saying.any(|(index, element)| heard(element) || is_there(elements, index, passage, tokens))
}

/// From so many letters on, a word that sounds the same is the same word.
pub(super) const LONG: u8 = 6;

/// Words that are no more unlike than this have the same sounds.
const SAME_SOUND: f32 = 0.1;

/// Whether the very word of an element is among `tokens`, be it parted or written together with its neighbour.
fn is_there(elements: &[Element], index: usize, passage: &Passage, tokens: &Range<usize>) -> bool {
    let element = &elements[index];
    if passage.keys[tokens.clone()].iter().any(|key| key.id == element.key.id) {
        return true;
    }
    if element.key.letters == 0 {
        return false;
    }
    // Or a long one that sounds like it to the last: "apreciate".
    if element.key.letters >= LONG && !element.name {
        let texts = &passage.texts[tokens.clone()];
        let mut heard = passage.keys[tokens.clone()].iter().zip(texts);
        if heard.any(|(key, text)| {
            key.letters >= LONG && element.key.sound_distance(key, (&element.text, text)) <= SAME_SOUND
        }) {
            return true;
        }
    }
    let texts = &passage.texts[tokens.clone()];
    let parted = || texts.windows(2).any(|pair| align::is_joined(&element.text, &pair[0], &pair[1]));
    let together = || {
        let pairs = elements[index.saturating_sub(1)..elements.len().min(index + 2)].windows(2);
        pairs.into_iter().any(|pair| texts.iter().any(|text| align::is_joined(text, &pair[0].text, &pair[1].text)))
    };
    parted() || together()
}
