//! Looks for phrases in a passage.

use super::pattern::{self, PatternError, Piece};
use super::{Passage, fold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// How alike heard words and a phrase must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// The same words.
    Exact,
    /// Nearly the same spelling.
    Near,
    /// The same sound, more or less.
    #[default]
    Sound,
}

/// What a match is for; a forbidden phrase needs a closer match than a demanded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Saying it is wanted.
    Demand,
    /// Saying it is held against the speaker.
    Forbid,
}

/// A place where a phrase was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Index of the phrase in the set.
    pub phrase: usize,
    /// The tokens of the passage that it covers.
    pub tokens: Range<usize>,
    /// How alike they are, 0..=1.
    pub similarity: f32,
    /// Whether it is close enough to act on; otherwise a person should look.
    pub sure: bool,
}

/// Phrases, ready to be looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseSet {
    phrases: Vec<Vec<Vec<Element>>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Element {
    Token(String),
    Slot(String),
}

impl PhraseSet {
    /// Prepares `phrases` (see [`super::pattern`] for their syntax); `language` is an ISO 639-1 code or `any`.
    /// `threshold` replaces the usual least similarity.
    ///
    /// # Errors
    /// The index of the first phrase that can't be read, and why.
    pub fn compile<S: AsRef<str>>(
        phrases: &[S],
        language: &str,
        strictness: Strictness,
        purpose: Purpose,
        threshold: Option<f32>,
    ) -> Result<Self, (usize, PatternError)> {
        let _ = (strictness, purpose, threshold);
        let phrases = phrases
            .iter()
            .enumerate()
            .map(|(index, phrase)| {
                let variants = pattern::variants(phrase.as_ref()).map_err(|error| (index, error))?;
                Ok(variants.into_iter().map(|pieces| elements(pieces, language)).collect())
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { phrases })
    }

    /// Every place where one of the phrases was said, in order, with the values of `slots` filled in.
    pub fn find(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        for (phrase, variants) in self.phrases.iter().enumerate() {
            for variant in variants {
                for run in &passage.runs {
                    for start in run.clone() {
                        if let Some(end) = said(variant, &passage.texts[..run.end], start, slots) {
                            found.push(Match { phrase, tokens: start..end, similarity: 1.0, sure: true });
                        }
                    }
                }
            }
        }
        found.sort_by_key(|hit| (hit.tokens.start, std::cmp::Reverse(hit.tokens.end), hit.phrase));
        let mut end = 0;
        found.retain(|hit| {
            let apart = hit.tokens.start >= end;
            if apart {
                end = hit.tokens.end;
            }
            apart
        });
        found
    }
}

fn elements(pieces: Vec<Piece>, language: &str) -> Vec<Element> {
    pieces
        .into_iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => fold(&text, language).into_iter().map(|token| Element::Token(token.text)).collect(),
            Piece::Slot(name) => vec![Element::Slot(name)],
        })
        .collect()
}

fn said(elements: &[Element], texts: &[String], at: usize, slots: &BTreeMap<String, Vec<String>>) -> Option<usize> {
    let Some((first, rest)) = elements.split_first() else { return Some(at) };
    match first {
        Element::Token(text) => {
            if texts.get(at) == Some(text) {
                said(rest, texts, at + 1, slots)
            } else {
                None
            }
        }
        Element::Slot(name) => {
            match slots.get(name) {
                Some(values) if !values.is_empty() => values.iter().find_map(|value| {
                    let value = fold(value, "");
                    let fits = value.iter().enumerate().all(|(i, token)| texts.get(at + i) == Some(&token.text));
                    if fits { said(rest, texts, at + value.len(), slots) } else { None }
                }),
                _ => (1..=4).find_map(|length| {
                    if at + length <= texts.len() { said(rest, texts, at + length, slots) } else { None }
                }),
            }
        }
    }
}
