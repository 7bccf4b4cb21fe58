//! What a phrase is made of: its tokens with what leaving out or changing each of them costs.

use super::align::{Costs, Hearing, NEVER, UNLIKE};
use super::key::Key;
use super::lexical::{self, Kind};
use super::search::LONG;
use super::thresholds::{self, Limits, MIDDLING, SHORT};
use super::{Strictness, fold};

/// One token of a phrase, or a place where any name may stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    /// Its folded text; empty for a wildcard.
    pub(super) text: String,
    /// Its sound.
    pub(super) key: Key,
    /// What leaving it out costs, and changing it at most.
    pub(super) weight: f32,
    /// What leaving it out costs where it is looked for.
    pub(super) deletion: f32,
    /// Whether any name may stand here.
    pub(super) wild: bool,
    /// Whether what may stand here begins a name.
    pub(super) leads: bool,
    /// Whether that name is a company's.
    pub(super) company: bool,
    /// Whether nothing may stand here just as well.
    pub(super) optional: bool,
    /// Whether it belongs to a name, which recognition spells as it likes.
    pub(super) name: bool,
    /// Whether only the very same token will do: small words of short phrases.
    pub(super) rigid: bool,
    /// Whether no unlike small word will do: the small word of a phrase of two.
    pub(super) firm: bool,
    /// What it costs to have heard it doubtfully; [`NEVER`] where that does not count.
    pub(super) doubt: f32,
    /// How unlike it may be what was heard without leaving it in doubt.
    pub(super) clear: f32,
    /// Whether it is in doubt that the phrase was said where this was not heard.
    pub(super) needed: bool,
    /// Whether it is a negation that makes a question: the 不 of 是不是.
    pub(super) asks: bool,
    /// Whether it can neither be left out nor anything unlike stand for it: the 无 of 无风险, the 还 of 还有什么.
    pub(super) decisive: bool,
}

/// Of so few words of meaning none may be missing from what is held against somebody, nor another stand for it.
const FEW: usize = 4;

/// The phrase that an element is part of, as far as it matters there.
pub(super) struct Whole {
    pub(super) weight: f32,
    pub(super) limits: Limits,
    pub(super) costs: Costs,
    /// Whether it has two words.
    pub(super) of_two: bool,
    /// Number of its words of meaning.
    pub(super) telling: usize,
}

impl Element {
    /// Makes it part of `whole`, where `indispensable` as a word that can be neither left out nor replaced.
    pub(super) fn join(&mut self, whole: &Whole, indispensable: bool) {
        let Whole { weight, limits, costs, .. } = *whole;
        let (kind, character) = (self.key.kind, self.key.letters == 0);
        let by_sound = costs.strictness == Strictness::Sound;
        let small = kind != Kind::Content && self.key.letters < LONG;
        self.rigid = weight < SHORT && small && !self.wild && !self.name;
        let held = whole.of_two && kind == Kind::Function || lexical::is_modal(&self.text);
        self.firm = indispensable || held && !self.name;
        self.deletion = if indispensable { NEVER } else { costs.deletion(self) };
        if by_sound && self.decides() {
            self.doubt = thresholds::doubt(limits, self.weight, kind == Kind::Negation);
        }
        if by_sound && costs.forbids && !self.name {
            let little = weight < MIDDLING || whole.telling <= FEW;
            self.needed = little && kind == Kind::Content;
            if character {
                self.clear = thresholds::clear(weight);
            }
            if self.needed {
                self.clear = self.clear.min(UNLIKE);
            }
        }
    }

    /// Whether it takes up what was said, and is all that tells a phrase that goes on with `next` from others: "so you want"
    /// does, "you want" does not.
    pub(super) fn takes_up(&self, next: &Element) -> bool {
        self.text == "so" && (next.key.person.is_some() || next.key.small())
    }

    /// Whether it is an English word that says whom a phrase is about.
    pub(super) fn names_whom(&self) -> bool {
        self.key.person.is_some() && self.key.letters > 0 && !self.name
    }

    /// Whether it is an English word that decides what a phrase says, and that other words sound nearly like. "A
    /// guarantee" is all there is to "I guarantee", so no pronoun of a phrase of two is.
    pub(super) fn decides(&self) -> bool {
        let negates = self.key.kind == Kind::Negation && self.key.letters > 0;
        (negates || self.firm != self.names_whom() && self.key.has_near()) && !self.wild && !self.rigid
    }

    /// Whether it and `second` have a short form, "can't", that may have been heard doubtfully.
    pub(super) fn shortens_with(&self, second: &Element) -> bool {
        self.key.kind == Kind::Function && self.key.letters > 0 && second.text == "not" && second.doubt < NEVER
    }

    /// Leaving it out.
    pub(super) fn left_out(&self) -> Hearing {
        Hearing { cost: self.deletion, doubtful: self.needed }
    }

    /// Whether it may have been heard as `other` though that is another word, which `sounds` like it or is known to be
    /// nearly alike; a negation that was heard is one.
    pub(super) fn is_nearly(&self, other: &Key, sounds: bool) -> bool {
        self.doubt < NEVER && other.kind != Kind::Negation && (sounds || self.key.is_near(other))
    }
}

/// The tokens of `text`; `name` where it is the value of a slot.
pub(super) fn elements(text: &str, language: &str, name: bool) -> Vec<Element> {
    let tokens = fold(text, language);
    let mut keys = Key::all(&tokens);
    for (at, pair) in tokens.windows(2).enumerate() {
        // In 登记不了 it is no particle: 登记不会很久 says something else.
        if pair[0].text == "不" && pair[1].text == "了" {
            keys[at + 1].kind = Kind::Content;
        }
    }
    tokens
        .into_iter()
        .zip(keys)
        .map(|(token, key)| {
            let weight = weight(&key) * if name { 0.6 } else { 1.0 };
            Element {
                text: token.text,
                key,
                weight,
                deletion: weight,
                wild: false,
                leads: false,
                company: false,
                optional: false,
                name,
                rigid: false,
                firm: false,
                doubt: NEVER,
                clear: NEVER,
                needed: false,
                asks: false,
                decisive: false,
            }
        })
        .collect()
}

/// How much a token of a phrase says.
fn weight(key: &Key) -> f32 {
    let content: f32 = match key.letters {
        0 => 1.0,
        1..=3 => 1.2,
        4..=6 => 1.6,
        _ => 2.0,
    };
    match key.kind {
        Kind::Content => content,
        Kind::Negation => content.min(1.2),
        Kind::Function if key.letters > 0 => 0.7,
        Kind::Function => 0.8,
        Kind::Intensifier if key.letters > 0 => 0.8,
        Kind::Intensifier => 0.6,
        Kind::Particle if key.letters > 0 => 0.35,
        Kind::Particle => 0.4,
        Kind::Filler => 0.6,
        Kind::Placeholder => 1.0,
    }
}

/// Elements that any one to `most` tokens fit which could be a name; `company` where it is no person's.
pub(super) fn wildcard(most: usize, company: bool) -> Vec<Element> {
    let key = Key::of("");
    let one = Element {
        text: String::new(),
        key,
        weight: 0.0,
        deletion: 0.0,
        wild: true,
        leads: true,
        company,
        optional: false,
        name: true,
        rigid: false,
        firm: false,
        doubt: NEVER,
        clear: NEVER,
        needed: false,
        asks: false,
        decisive: false,
    };
    let mut elements = vec![Element { optional: true, leads: false, ..one.clone() }; most];
    elements[0] = one;
    elements
}
