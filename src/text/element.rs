//! What a phrase is made of: its tokens with what leaving out or changing each of them costs.

use super::fold;
use super::key::Key;
use super::lexical::Kind;
use std::collections::HashMap;

/// One token of a phrase, or a place where anything may stand.
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
    /// Whether anything may stand here.
    pub(super) wild: bool,
    /// Whether nothing may stand here just as well.
    pub(super) optional: bool,
    /// Whether it belongs to a name, which recognition spells as it likes.
    pub(super) name: bool,
    /// Whether only the very same token will do: small words of short phrases.
    pub(super) rigid: bool,
    /// Whether no unlike small word will do: the small word of a phrase of two.
    pub(super) firm: bool,
}

/// The tokens of `text`; `name` where it is the value of a slot.
pub(super) fn elements(text: &str, language: &str, name: bool, known: &mut HashMap<String, Key>) -> Vec<Element> {
    let tokens = fold(text, language);
    let keys = Key::all(&tokens, known);
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
                optional: false,
                name,
                rigid: false,
                firm: false,
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

/// Elements that any one to `most` tokens fit.
pub(super) fn wildcard(most: usize) -> Vec<Element> {
    let key = Key::of("");
    let one = Element {
        text: String::new(),
        key,
        weight: 0.0,
        deletion: 0.0,
        wild: true,
        optional: false,
        name: true,
        rigid: false,
        firm: false,
    };
    let mut elements = vec![Element { optional: true, ..one.clone() }; most];
    elements[0] = one;
    elements
}
