//! Frequent phrases of one side over many calls, in bounded memory.
//!
//! Pure. Counts runs of words (Mandarin: of characters) by the number of calls they stand in. Rare runs are forgotten
//! now and then, so the memory does not grow with the calls; a phrase's count may then be a little too low, never too high.
//!
//! # Source
//! Forgetting rare entries at bucket ends: lossy counting, Manku and Motwani, VLDB 2002. A run is a phrase where many
//! different neighbours stand on both of its sides: accessor variety, Feng et al., Computational Linguistics 30(1), 2004.

use crate::text::fold;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// Longest phrase, in words and in Chinese characters.
const LONGEST: (usize, usize) = (6, 10);
/// Shortest phrase.
const SHORTEST: (usize, usize) = (2, 3);
/// Entries above which rare ones are forgotten.
const ROOM: usize = 150_000;
/// Different neighbours that a phrase needs on each side.
const VARIETY: u32 = 3;

/// A frequent phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The words as they are shown.
    pub text: String,
    /// In how many calls it stands.
    pub calls: u32,
}

/// Counts phrases call by call.
#[derive(Debug, Default)]
pub struct Phrases {
    runs: HashMap<u64, Run, Keyed>,
    floor: u32,
    edges: u32,
}

/// A run of words: clause and words of the clause.
type Place = (usize, Range<usize>);

/// A run of words with what is known of it.
#[derive(Debug)]
struct Run {
    text: Box<str>,
    count: Count,
}

/// Runs are kept under the hash of their words: most are seen once, and a text for each would cost more time than all
/// else in a report. Two runs of one hash would be counted as one; among so few that is next to impossible.
type Keyed = BuildHasherDefault<AsItIs>;

/// Passes on a hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| mixed(hash ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The hash of a word: bytes one after the other.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0, |hash, byte| mixed(hash ^ u64::from(byte)))
}

/// A number whose every bit depends on every bit of `value`, one to one.
///
/// # Source
/// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mixed(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What is known of one run of words.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    calls: u32,
    /// Bits of the neighbours' hashes.
    before: u32,
    after: u32,
    units: u8,
}

impl Phrases {
    /// Takes in all turns of one side of one call; `language` is an ISO 639-1 code.
    pub fn add<'a>(&mut self, turns: impl Iterator<Item = &'a str>, language: &str) {
        // The order of these maps reaches nobody: `top` sorts.
        let mut runs: HashMap<u64, (Count, Place), Keyed> = HashMap::default();
        // A clause edge counts as a new neighbour in each call, up to what the bits can hold.
        self.edges += 1;
        let edge = 1_u32 << (self.edges % 32);
        let clauses: Vec<Vec<String>> = turns.flat_map(|turn| clauses(turn, language)).collect();
        for (index, clause) in clauses.iter().enumerate() {
            let mandarin = clause.iter().any(|unit| is_han(unit));
            let (shortest, longest) = if mandarin { (SHORTEST.1, LONGEST.1) } else { (SHORTEST.0, LONGEST.0) };
            let hashes: Vec<u64> = clause.iter().map(|unit| hash(unit)).collect();
            let neighbour = |unit: Option<&u64>| unit.map_or(edge, |hash| 1_u32 << (hash % 31));
            for start in 0..clause.len() {
                let before = neighbour(start.checked_sub(1).and_then(|at| hashes.get(at)));
                let mut key = 0;
                for (length, hash) in (1..=longest).zip(&hashes[start..]) {
                    key = mixed(key ^ hash);
                    if length < shortest {
                        continue;
                    }
                    let end = start + length;
                    let (count, _) = runs.entry(key).or_insert((Count::default(), (index, start..end)));
                    count.before |= before;
                    count.after |= neighbour(hashes.get(end));
                    count.units = length as u8;
                }
            }
        }
        for (key, (seen, (clause, range))) in runs {
            let run = self.runs.entry(key).or_insert_with(|| Run {
                text: joined(&clauses[clause][range]).into_boxed_str(),
                count: Count::default(),
            });
            run.count = Count {
                calls: run.count.calls + 1,
                before: run.count.before | seen.before,
                after: run.count.after | seen.after,
                units: seen.units,
            };
        }
        while self.runs.len() > ROOM {
            self.floor += 1;
            let floor = self.floor;
            self.runs.retain(|_, run| run.count.calls > floor);
        }
    }

    /// The most frequent phrases, at most `most`: in at least two calls, with free edges, not part of a longer phrase
    /// that stands in nearly as many calls.
    pub fn top(&self, most: usize) -> Vec<Phrase> {
        let free = |count: &Count| count.before.count_ones() >= VARIETY && count.after.count_ones() >= VARIETY;
        let all = self.runs.values().map(|run| (&*run.text, &run.count));
        let mut ranked: Vec<(&str, &Count)> =
            all.filter(|(run, count)| count.calls >= 2 && free(count) && tells(run)).collect();
        ranked.sort_by_key(|(run, count)| (std::cmp::Reverse(count.calls * u32::from(count.units).min(4)), *run));
        ranked.truncate(most * 20);
        let mut kept: Vec<(&str, u32)> = Vec::new();
        for (run, count) in ranked {
            let inside = |longer: &str| longer.contains(run) || run.contains(longer);
            if !kept.iter().any(|(other, calls)| inside(other) && count.calls * 10 < calls * 13) {
                kept.push((run, count.calls));
            }
            if kept.len() == most {
                break;
            }
        }
        kept.sort_by_key(|(run, calls)| (std::cmp::Reverse(*calls), *run));
        kept.into_iter().map(|(text, calls)| Phrase { text: text.to_owned(), calls }).collect()
    }
}

/// Whether a run says something: not only words of grammar.
fn tells(run: &str) -> bool {
    const GRAMMAR: &[&str] = &[
        "the", "a", "an", "of", "to", "in", "on", "at", "for", "and", "or", "but", "is", "are", "was", "were", "be",
        "been", "it", "that", "this", "i", "you", "we", "he", "she", "they", "my", "your", "me", "do", "so", "if",
        "as", "with", "have", "has", "had", "will", "would", "can", "could", "not", "just", "um", "uh", "yeah", "ok",
        "okay", "i'm", "it's", "that's", "um",
    ];
    const DANGLING: &[&str] = &[
        "the", "a", "an", "of", "to", "and", "or", "your", "my", "our", "i", "for", "with", "in", "on", "at", "is",
        "are", "am", "was", "as", "that", "this", "it", "can", "will", "have", "be",
    ];
    let grammar: BTreeSet<&str> = GRAMMAR.iter().copied().collect();
    let mut words = run.split(' ').peekable();
    if run.chars().any(is_han_character) {
        // A name or a noun should follow these.
        let open = run.ends_with(['的', '和', '跟', '在', '把', '被', '给', '小', '是', '为']);
        return !open && run.chars().collect::<BTreeSet<char>>().len() >= 2;
    }
    let last = run.rsplit(' ').next().unwrap_or_default();
    let dangling = DANGLING.contains(&last);
    !dangling && words.any(|word| !grammar.contains(word))
}

/// `text` cut at punctuation, masked numbers and digits, as folded words and single Chinese characters.
fn clauses(text: &str, language: &str) -> Vec<Vec<String>> {
    let mut clauses: Vec<Vec<String>> = vec![Vec::new()];
    for token in fold(text, language) {
        let original = text.get(token.bytes.clone()).unwrap_or_default();
        let digits = token.is_placeholder() || original.chars().any(|character| character.is_ascii_digit());
        if token.opens || digits {
            clauses.push(Vec::new());
        }
        let unit = match original {
            _ if digits => continue,
            // Numbers in words stay words, and the polite form stays polite.
            words if token.is_number() || words == "您" => words.to_lowercase(),
            _ => token.text,
        };
        if let Some(clause) = clauses.last_mut().filter(|_| !unit.is_empty()) {
            clause.push(unit);
        }
    }
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

fn joined(units: &[String]) -> String {
    let mut text = String::new();
    for unit in units {
        let closed = text.chars().next_back().is_none_or(|last| is_han(unit) && is_han_character(last));
        if !closed {
            text.push(' ');
        }
        text.push_str(unit);
    }
    text
}

fn is_han(unit: &str) -> bool {
    unit.chars().next().is_some_and(is_han_character)
}

fn is_han_character(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(calls: &[&str]) -> Vec<String> {
        let mut phrases = Phrases::default();
        for call in calls {
            phrases.add(std::iter::once(*call), "");
        }
        phrases.top(5).into_iter().map(|phrase| phrase.text).collect()
    }

    #[test]
    fn the_longest_phrase_that_recurs_is_reported_once() {
        let english = top(&[
            "Well, I lost my debit card yesterday.",
            "Hi there I lost my debit card. Please help.",
            "so I lost my debit card somewhere",
            "The delivery was late",
        ]);
        assert_eq!(english, ["i lost my debit card"]);
        let mandarin = top(&["你好,我的银行卡丢了,怎么办", "喂我的银行卡丢了", "是我的银行卡丢了呀", "我想查一下快递"]);
        assert_eq!(mandarin, ["我的银行卡丢了"]);
    }

    #[test]
    fn digits_and_masks_cut_a_phrase() {
        assert_eq!(clauses("My card [card] is 12 gone", "en"), [vec!["my", "card"], vec!["is"], vec!["gone"]]);
        assert_eq!(
            clauses("感謝您的來電，請等一下", "zh").iter().map(|one| one.concat()).collect::<Vec<_>>(),
            ["感谢您的来电", "请等一下"]
        );
    }
}
