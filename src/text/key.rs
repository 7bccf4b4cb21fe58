//! What comparing needs to know of a token, small and ready.

use super::lexical::{self, Kind, Person};
use super::syllable::{self, READINGS, Syllable};
use super::{Token, english};
use std::cell::RefCell;
use std::collections::HashMap;

/// A token's sound and kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key {
    /// Hash of its folded text: equal for equal texts.
    pub(super) id: u64,
    /// Its Mandarin readings.
    pub(super) syllables: [Syllable; READINGS],
    /// Its English sound codes.
    pub(super) codes: [u64; 2],
    /// What kind of word it is.
    pub(super) kind: Kind,
    /// Letters of an English word, 0 for a Chinese character.
    pub(super) letters: u8,
    /// Whom it names, where it is a pronoun.
    pub(super) person: Option<Person>,
    /// Whether it is a digit.
    pub(super) number: bool,
    /// Its classes of near sounds: tokens without a common class are unlike.
    pub(super) classes: Classes,
    /// Whether the words around it tell that another was meant than the one that was heard.
    pub(super) guessed: bool,
    /// Whether it is an English article, auxiliary or preposition.
    small: bool,
    /// Whether it is an English word of grammar.
    grammar: bool,
    /// The group of small words that sound like it, 0 where there are none.
    twins: u8,
    /// The group of small words that sound nearly like it, 0 where there are none.
    near: u8,
}

/// Classes of near sounds, each below [`CLASSES`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Classes {
    classes: [u16; READINGS + 5],
    count: u8,
    /// A bit for each of them; several classes share one.
    bits: u64,
}

/// First of the classes of English words; those of Mandarin syllables come before.
const ENGLISH: u16 = 1 << 9;

/// First of the classes of tokens that sound like nothing.
const OWN: u16 = ENGLISH + english::CLASSES;

/// Number of classes.
pub(super) const CLASSES: usize = 1 << 12;

impl Classes {
    fn of(key: &Key) -> Self {
        let mandarin = key.syllables.iter().filter(|syllable| syllable.is_some()).map(|syllable| syllable.class());
        let english = key.codes.iter().filter(|code| **code != 0).map(|code| ENGLISH + english::class(*code));
        // Different texts may share such a class: what has it is only looked at more closely.
        let own = OWN + (key.id % (CLASSES as u64 - u64::from(OWN))) as u16;
        let mut classes = Self::default();
        // Small words of one sound have a class in common, whatever their letters say.
        let twins = (key.twins != 0).then_some(OWN + u16::from(key.twins));
        let near = (key.near != 0).then_some(OWN + 64 + u16::from(key.near));
        for class in mandarin.chain(english).chain(key.number.then_some(own)).chain(twins).chain(near) {
            classes.add(class);
        }
        if classes.count == 0 {
            classes.add(own);
        }
        classes
    }

    fn add(&mut self, class: u16) {
        let count = usize::from(self.count);
        if count < self.classes.len() && !self.classes[..count].contains(&class) {
            self.classes[count] = class;
            self.bits |= 1 << (u64::from(class).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58);
            self.count += 1;
        }
    }

    /// Adds where the word is found when it was heard as two: at its first part, which may be a single sound.
    pub(super) fn parted(&mut self, key: &Key) {
        for code in key.codes.iter().filter(|code| **code != 0) {
            self.add(ENGLISH + english::first_class(*code));
        }
    }

    /// Adds where `second` is found when it was heard as one word with `first`.
    pub(super) fn together(&mut self, first: &str, second: &str) {
        let [code, _] = english::codes(&format!("{first}{second}"));
        if code != 0 {
            self.add(ENGLISH + english::class(code));
        }
    }

    /// Adds where `first` and `second` are found when they were heard as one word, and returns that class.
    pub(super) fn shortened(&mut self, first: &str, second: &str) -> u16 {
        let [code, _] = english::codes(&format!("{first}{second}"));
        let class = ENGLISH + english::class(code);
        self.add(class);
        class
    }

    pub(super) fn has(&self, class: u16) -> bool {
        self.iter().any(|same| same == class)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        self.classes[..usize::from(self.count)].iter().copied()
    }

    /// Whether one of them is a class of English words that `other` has too.
    fn share_english(&self, other: &Self) -> bool {
        self.iter().any(|class| (ENGLISH..OWN).contains(&class) && other.iter().any(|same| same == class))
    }
}

/// Spoken forms of the digits, by value; ten is the last.
const SPOKEN: [(&str, &str); 11] = [
    ("零", "zero"),
    ("一幺", "one"),
    ("二两", "two"),
    ("三", "three"),
    ("四", "four"),
    ("五", "five"),
    ("六", "six"),
    ("七", "seven"),
    ("八", "eight"),
    ("九", "nine"),
    ("十", "ten"),
];

/// Most keys that are kept: as many as a language has words that are said every day.
const MOST_KNOWN: usize = 1 << 14;

thread_local! {
    /// Keys that were already worked out: all calls have most of their words in common.
    static KNOWN: RefCell<HashMap<String, Key>> = RefCell::default();
}

/// How unlike another character of the same sound is: what recognition confuses most.
pub(super) const HOMOPHONE: f32 = 0.08;

/// How unlike two small words are, whichever they are: little is lost where one stands for the other.
const SMALL: f32 = 0.7;

impl Key {
    /// The keys of folded tokens, in order. A digit of a longer number is compared by value only: the 1 of 十二 does
    /// not sound like one. An "a" that can only be "I" is as good as that.
    pub(super) fn all(tokens: &[Token]) -> Vec<Self> {
        let key_of = Self::known;
        let key_at = |(index, token): (usize, &Token)| {
            let key = key_of(&token.text);
            let before = index.checked_sub(1).map_or("", |before| &tokens[before].text);
            let clause = if token.opens { "" } else { before };
            let next = tokens.get(index + 1).map_or("", |next| &next.text);
            if let Some(meant) = lexical::meant(clause, &token.text, next) {
                return key.meant_for(key_of(meant));
            }
            if before != "i" && tokens.get(index + 1).is_some_and(|next| lexical::is_i(&token.text, &next.text)) {
                return Self { id: key.id, ..key_of("i") };
            }
            if key.number && (token.joined || tokens.get(index + 1).is_some_and(|next| next.joined)) {
                let silent = Self { syllables: Default::default(), codes: [0; 2], ..key };
                Self { classes: Classes::of(&silent), ..silent }
            } else {
                key
            }
        };
        tokens.iter().enumerate().map(key_at).collect()
    }

    /// The key of one folded text, kept for the next time.
    fn known(text: &str) -> Self {
        KNOWN.with_borrow_mut(|known| {
            if let Some(key) = known.get(text) {
                return *key;
            }
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            let key = Self::of(text);
            known.insert(text.to_owned(), key);
            key
        })
    }

    /// The key of one folded text.
    pub(super) fn of(text: &str) -> Self {
        let mut characters = text.chars();
        let first = characters.next().unwrap_or(' ');
        let single = characters.next().is_none();
        let number = first.is_ascii_digit();
        let kind = lexical::kind(text);
        let mut key = Self {
            id: hash(&[text]),
            syllables: [Syllable::default(); READINGS],
            codes: [0; 2],
            kind,
            person: lexical::person(text),
            letters: if first.is_ascii_alphabetic() { text.len().min(255) as u8 } else { 0 },
            number,
            classes: Classes::default(),
            guessed: false,
            small: lexical::is_small(text),
            grammar: lexical::is_grammar(text, kind),
            twins: lexical::twins(text),
            near: lexical::near(text),
        };
        if number {
            let spoken = text.parse::<usize>().ok().and_then(|value| SPOKEN.get(value));
            if let Some((mandarin, english)) = spoken {
                for (slot, character) in key.syllables.iter_mut().zip(mandarin.chars()) {
                    *slot = syllable::readings(character)[0];
                }
                key.codes = english::codes(english);
            }
        } else if key.letters > 0 {
            key.codes = english::codes(text);
        } else if single {
            key.syllables = syllable::readings(first);
        }
        key.classes = Classes::of(&key);
        key
    }

    /// This key where `meant` is the word that was meant; no other word is compared with its sounds.
    fn meant_for(&self, meant: Key) -> Self {
        let mut classes = meant.classes;
        self.classes.iter().for_each(|class| classes.add(class));
        Self { id: self.id, classes, codes: [0; 2], guessed: true, ..meant }
    }

    /// What tells it from keys that sound otherwise, be their texts the same.
    pub(super) fn sound_name(&self) -> u64 {
        self.classes.iter().fold(self.id, |name, class| (name ^ u64::from(class)).wrapping_mul(FNV_PRIME))
    }

    /// Whether it is an English word of about as many `letters` as two words that it may have been heard as have together.
    pub(super) fn is_as_long(&self, letters: u8) -> bool {
        self.letters > 0 && letters > 0 && letters.abs_diff(self.letters) <= 2
    }

    /// The least distance of a token outside its classes.
    pub(super) fn least_unlike(&self) -> f32 {
        match self {
            key if key.small => SMALL,
            key if key.syllables[0].is_some() => 0.75,
            _ => 0.9,
        }
    }

    /// Whether it is an English article, auxiliary or preposition.
    pub(super) fn small(&self) -> bool {
        self.small
    }

    /// Whether both are small words of one sound.
    pub(super) fn is_twin(&self, other: &Key) -> bool {
        self.twins != 0 && self.twins == other.twins
    }

    /// Whether small words sound nearly like it.
    pub(super) fn has_near(&self) -> bool {
        self.near != 0
    }

    /// Whether both are small words of nearly one sound.
    pub(super) fn is_near(&self, other: &Key) -> bool {
        self.near != 0 && self.near == other.near
    }

    /// How unlike two tokens are by sound, 0..=1; `texts` are the folded texts.
    pub(super) fn sound_distance(&self, other: &Key, texts: (&str, &str)) -> f32 {
        self.sound_distance_by(other, || self.word_distance(other, texts))
    }

    /// How unlike two tokens are by sound; `word_distance` compares them as English words, where they could be alike.
    pub(super) fn sound_distance_by(&self, other: &Key, word_distance: impl FnOnce() -> f32) -> f32 {
        if self.id == other.id {
            return 0.0;
        }
        if self.is_twin(other) {
            return 0.1;
        }
        // 4 and 14 sound alike, and mean something else; so do two kinds of masked data.
        if (self.number && other.number) || self.kind == Kind::Placeholder || other.kind == Kind::Placeholder {
            return 1.0;
        }
        // Words of no common class have nothing else to be compared.
        if self.letters > 0 && other.letters > 0 && self.classes.bits & other.classes.bits == 0 {
            return if self.small && other.small { SMALL } else { 1.0 };
        }
        let mut best = 1.0_f32;
        // Small words are taken for each other, but "you" and "I" are different people.
        if self.small && other.small {
            best = SMALL;
        }
        for a in self.syllables.iter().filter(|syllable| syllable.is_some()) {
            for b in other.syllables.iter().filter(|syllable| syllable.is_some()) {
                best = best.min(HOMOPHONE + a.distance(*b));
            }
        }
        if self.codes[0] != 0 && other.codes[0] != 0 && self.classes.share_english(&other.classes) {
            best = best.min(word_distance());
        }
        // 星期三 and 星期上 differ in what matters.
        let english = self.letters > 0 || other.letters > 0;
        if (self.number || other.number) && !english && best > HOMOPHONE {
            return 1.0;
        }
        best.min(1.0)
    }

    /// Whether one is a word of grammar and the other is none, is clearly longer or shorter, and has other sounds. They
    /// are different words, however many letters they begin with alike: "your" and "yourself", "any" and "anything".
    fn is_other_word(&self, other: &Key) -> bool {
        let same = self.codes.iter().any(|code| *code != 0 && other.codes.contains(code));
        self.grammar != other.grammar && !same && self.letters.abs_diff(other.letters) > 1
    }

    /// How unlike two tokens of one class are as English words.
    pub(super) fn word_distance(&self, other: &Key, texts: (&str, &str)) -> f32 {
        if !self.number && !other.number && self.is_other_word(other) {
            return 1.0;
        }
        english::distance(spoken_word(self, texts.0), spoken_word(other, texts.1), self.codes, other.codes)
    }

    /// How unlike they are by spelling.
    pub(super) fn spelling_distance(&self, other: &Key, texts: (&str, &str)) -> f32 {
        if self.id == other.id {
            return 0.0;
        }
        if self.letters < 4 || other.letters < 4 || self.is_other_word(other) {
            return 1.0;
        }
        ((0.97 - strsim::jaro_winkler(texts.0, texts.1) as f32) * 4.0).clamp(0.1, 1.0)
    }
}

/// How unlike two folded tokens sound, 0..=1: 0 for the same token, about 0.1 for homophones.
pub fn sound_distance(a: &str, b: &str) -> f32 {
    Key::of(a).sound_distance(&Key::of(b), (a, b))
}

/// The English word for a digit, any other text as it is.
fn spoken_word<'a>(key: &Key, text: &'a str) -> &'a str {
    if !key.number {
        return text;
    }
    text.parse::<usize>().ok().and_then(|value| SPOKEN.get(value)).map_or(text, |(_, english)| english)
}

/// What FNV hashes of 64 bits are multiplied by.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a, 64 bits, of texts that follow each other: the same on every machine.
///
/// # Source
/// Fowler, Noll, Vo: draft-eastlake-fnv.
pub(super) fn hash(texts: &[&str]) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> f32 {
        Key::of(a).sound_distance(&Key::of(b), (a, b))
    }

    #[test]
    fn digits_sound_like_their_words() {
        assert!(distance("1", "医") < 0.1);
        assert!(distance("2", "to") < 0.7);
        assert!(distance("4", "for") < 0.5, "{}", distance("4", "for"));
        assert_eq!(distance("4", "10"), 1.0);
    }

    #[test]
    fn words_of_grammar_are_no_beginnings_of_others() {
        for (word, small) in [
            ("yourself", "your"),
            ("something", "some"),
            ("anything", "any"),
            ("everything", "every"),
            ("herself", "her"),
            ("themselves", "them"),
            ("island", "is"),
            ("information", "in"),
            ("yourself", "you"),
        ] {
            assert_eq!(distance(word, small), 1.0, "{word} {small}");
            assert_eq!(distance(small, word), 1.0, "{small} {word}");
            assert_eq!(Key::of(word).spelling_distance(&Key::of(small), (word, small)), 1.0, "{word} {small}");
        }
        for (word, heard) in [("yourself", "yourselves"), ("anything", "anythin"), ("hear", "here"), ("wood", "would")]
        {
            assert!(distance(word, heard) < 0.5, "{word} {heard} {}", distance(word, heard));
        }
    }

    #[test]
    fn placeholders_sound_like_nothing() {
        assert_eq!(distance("[card]", "card"), 1.0);
        assert_eq!(distance("[card]", "[card]"), 0.0);
    }
}
