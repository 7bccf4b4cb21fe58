//! Corrupts text the way recognition does: sounds survive, spellings do not.
//!
//! Of the errors, one in ten loses a character or word; of the others two in three have the same sound and one in
//! three a near one. Mandarin sounds come from the pinyin table, English ones from Double Metaphone and from spelling
//! rules; the replacements are drawn from the vocabulary that the text itself uses.

use crate::dice::Dice;
use pinyin::ToPinyin;
use rphonetic::DoubleMetaphone;
use std::collections::{BTreeMap, BTreeSet};

/// Characters and words by their sound.
pub struct Ear {
    by_syllable: BTreeMap<String, Vec<char>>,
    by_code: BTreeMap<String, Vec<String>>,
    encoder: DoubleMetaphone,
}

const DELETED: f64 = 0.1;
const NEAR: f64 = 1.0 / 3.0;

impl Ear {
    /// Learns the vocabulary of `texts`.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let encoder = DoubleMetaphone::new(Some(12));
        let mut characters = BTreeSet::new();
        let mut words = BTreeSet::new();
        for text in texts {
            characters.extend(text.chars().filter(|c| c.to_pinyin().is_some()));
            words.extend(text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| w.len() > 1).map(str::to_lowercase));
        }
        let mut by_syllable: BTreeMap<String, Vec<char>> = BTreeMap::new();
        for character in characters {
            if let Some(pinyin) = character.to_pinyin() {
                by_syllable.entry(pinyin.plain().to_owned()).or_default().push(character);
            }
        }
        // A syllable that the texts write in one way only takes its other characters from the whole table.
        for character in '\u{4e00}'..'\u{9fa5}' {
            if let Some(pinyin) = character.to_pinyin() {
                let known = by_syllable.entry(pinyin.plain().to_owned()).or_default();
                if known.len() < 3 {
                    known.push(character);
                }
            }
        }
        let mut by_code: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for word in words {
            by_code.entry(encoder.double_metaphone(&word).primary()).or_default().push(word);
        }
        Self { by_syllable, by_code, encoder }
    }

    /// `text` with a share of `errors` of its characters (Mandarin) or words (English) misheard.
    pub fn mishear(&self, text: &str, errors: f64, dice: &mut Dice) -> String {
        let mut heard = String::with_capacity(text.len());
        let mut word = String::new();
        for character in text.chars().chain(['\n']) {
            if character.is_ascii_alphabetic() || character == '\'' {
                word.push(character);
                continue;
            }
            if !word.is_empty() {
                heard.push_str(&self.word(&word, errors, dice));
                word.clear();
            }
            match character.to_pinyin() {
                Some(pinyin) if dice.happens(errors) => {
                    let left_out = dice.happens(DELETED);
                    heard.extend((!left_out).then(|| self.character(character, pinyin.plain(), dice)));
                }
                _ if character != '\n' => heard.push(character),
                _ => {}
            }
        }
        heard
    }

    fn character(&self, character: char, syllable: &str, dice: &mut Dice) -> char {
        let mut syllable = syllable.to_owned();
        if dice.happens(NEAR) {
            let near: Vec<String> =
                near_syllables(&syllable).into_iter().filter(|near| self.by_syllable.contains_key(near)).collect();
            if !near.is_empty() {
                syllable.clone_from(&near[dice.roll(near.len())]);
            }
        }
        let others: Vec<char> =
            self.by_syllable.get(&syllable).into_iter().flatten().copied().filter(|c| *c != character).collect();
        if others.is_empty() { character } else { others[dice.roll(others.len())] }
    }

    fn word(&self, word: &str, errors: f64, dice: &mut Dice) -> String {
        if !dice.happens(errors) {
            return word.to_owned();
        }
        if dice.happens(DELETED) {
            return String::new();
        }
        let lower = word.to_lowercase();
        let code = self.encoder.double_metaphone(&lower).primary();
        let alike: Vec<&String> = self
            .by_code
            .get(&code)
            .into_iter()
            .flatten()
            .filter(|other| **other != lower && code.len() > 1 && other.len().abs_diff(lower.len()) <= 3)
            .filter(|other| begins_alike(other, &lower) && syllables(other) == syllables(&lower))
            .collect();
        if !dice.happens(NEAR) && !alike.is_empty() && dice.happens(0.7) {
            return alike[dice.roll(alike.len())].clone();
        }
        if lower.len() < 4 {
            // Short words are taken for each other.
            let others: Vec<&&str> = SHORT.iter().filter(|group| group.split(' ').any(|word| word == lower)).collect();
            let words: Vec<&str> =
                others.iter().flat_map(|group| group.split(' ')).filter(|word| *word != lower).collect();
            return if words.is_empty() { lower } else { (*dice.one(&words)).to_owned() };
        }
        respelt(&lower, dice)
    }
}

/// Whether two words of one code begin alike: Double Metaphone takes "your" for "wire" and "value" for "feel".
fn begins_alike(a: &str, b: &str) -> bool {
    let kind = |word: &str| match word.as_bytes()[0] {
        b'a' | b'e' | b'i' | b'o' | b'u' => b'a',
        b'c' | b'q' => b'k',
        b'p' if word.starts_with("ph") => b'f',
        b'k' if word.starts_with("kn") => b'n',
        b'w' if word.starts_with("wr") => b'r',
        first => first,
    };
    kind(a) == kind(b)
}

/// Groups of vowels of a word, about as many as it has syllables: "ok" and "ago" share a code, and nothing else.
fn syllables(word: &str) -> usize {
    let stem = if word.len() > 3 { word.strip_suffix('e').unwrap_or(word) } else { word };
    let vowels = stem.bytes().map(|byte| b"aeiouy".contains(&byte));
    vowels.fold((0, false), |(count, before), vowel| (count + usize::from(vowel && !before), vowel)).0
}

/// Short words that recognition confuses, each with others that sound like it.
const SHORT: &[&str] = &[
    "i a uh",
    "the a",
    "is it's as",
    "in and an",
    "to do too",
    "we he me",
    "you your ya",
    "on in",
    "of a",
    "for or",
    "at it",
    "my may",
    "not nor",
    "no know",
    "be me",
    "so saw",
    "us as",
    "are our",
    "if of",
    "how now",
    "get got",
];

/// Syllables that are often taken for `syllable`.
fn near_syllables(syllable: &str) -> Vec<String> {
    const INITIALS: &[(&str, &str)] = &[("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l")];
    const FINALS: &[(&str, &str)] = &[("ang", "an"), ("eng", "en"), ("ing", "in")];
    let mut near = Vec::new();
    for (a, b) in INITIALS {
        if let Some(rest) = syllable.strip_prefix(a) {
            near.push(format!("{b}{rest}"));
        } else if let Some(rest) = syllable.strip_prefix(b) {
            near.push(format!("{a}{rest}"));
        }
    }
    for (a, b) in FINALS {
        if let Some(rest) = syllable.strip_suffix(a) {
            near.push(format!("{rest}{b}"));
        } else if let Some(rest) = syllable.strip_suffix(b) {
            near.push(format!("{rest}{a}"));
        }
    }
    near
}

/// Another spelling that sounds alike or nearly so.
fn respelt(word: &str, dice: &mut Dice) -> String {
    const RULES: &[(&str, &str)] = &[
        ("ph", "f"),
        ("ck", "k"),
        ("ea", "ee"),
        ("ee", "ea"),
        ("ou", "ow"),
        ("ie", "y"),
        ("y", "ie"),
        ("tion", "shun"),
        ("c", "k"),
        ("s", "z"),
        ("z", "s"),
        ("th", "d"),
        ("d", "t"),
        ("t", "d"),
        ("b", "p"),
        ("p", "b"),
        ("v", "f"),
        ("f", "v"),
        ("ing", "in"),
        ("ed", ""),
        ("er", "a"),
        ("ll", "l"),
        ("rr", "r"),
        ("ss", "s"),
        ("a", "e"),
        ("e", "i"),
        ("o", "u"),
        ("i", "e"),
        ("u", "o"),
        ("n", "m"),
    ];
    // Recognition knows the short forms by heart.
    if word.contains('\'') {
        return word.to_owned();
    }
    // A letter stays that belongs to one sound with its neighbours, or makes another one of them: nobody hears "guodbye",
    // "kmow" or "reght", nor "sennot" for "cannot".
    let is_sound = |at: usize, from: &str| {
        let (before, after) = (word[..at].bytes().next_back(), word[at + from.len()..].bytes().next());
        let is_vowel = |byte: Option<u8>| byte.is_some_and(|byte| b"aeiouy".contains(&byte));
        match from {
            "a" if matches!(before, Some(b'c' | b'g')) => false,
            "i" if after == Some(b'g') => false,
            "a" | "e" | "i" | "o" | "u" => !is_vowel(before) && !is_vowel(after),
            "ou" => after != Some(b'g'),
            "er" => after.is_none(),
            "y" => !is_vowel(before) && after.is_none(),
            "n" => before != Some(b'k') && after != Some(b'g') && after != Some(b'k'),
            "c" | "t" | "s" | "p" => after != Some(b'h'),
            _ => true,
        }
    };
    let place = |from: &str| word.match_indices(from).map(|(at, _)| at).find(|at| is_sound(*at, from));
    let fitting: Vec<(usize, &(&str, &str))> = RULES.iter().filter_map(|rule| Some((place(rule.0)?, rule))).collect();
    if fitting.is_empty() {
        return word.to_owned();
    }
    let (at, (from, to)) = fitting[dice.roll(fitting.len())];
    let changed = format!("{}{to}{}", &word[..at], &word[at + from.len()..]);
    if changed.is_empty() { word.to_owned() } else { changed }
}
