//! Finds personal numbers in talk: payment cards, check digits and one-time codes, telephones, identity numbers, e-mail.
//!
//! Takes the turns of a call as text, gives the stretches to mask. Reads digits, English number words and Mandarin
//! digits, over fillers and over turns of one speaker. Where it can't tell, it masks what may be a card or its check
//! digits and leaves what may be an order number, a price or a date.

mod classify;
mod context;
mod digits;
mod email;
mod repeated;

use context::Contexts;
use digits::{Run, Scan};
use repeated::repeated;
use std::collections::BTreeMap;
use std::ops::Range;

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// A payment card number.
    Card,
    /// A card's check digits or a one-time code.
    Code,
    /// A telephone number.
    Phone,
    /// An identity document's number.
    Id,
    /// An e-mail address.
    Email,
}

/// A turn of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpokenTurn<'a> {
    /// Whose turn it is; any number that tells speakers apart.
    pub speaker: usize,
    /// What was heard.
    pub text: &'a str,
}

/// A stretch to mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Index of the turn.
    pub turn: usize,
    /// Bytes of its text.
    pub bytes: Range<usize>,
    /// What stands there.
    pub kind: Personal,
}

/// The stretches of `turns` (in order of time) that hold personal data, in order and apart from each other.
///
/// # Source
/// Card numbers: ISO/IEC 7812-1 (Luhn). Chinese identity numbers: GB 11643-1999 (ISO 7064 MOD 11-2).
pub fn redact(turns: &[SpokenTurn<'_>]) -> Vec<Mask> {
    let contexts = Contexts::new(turns);
    let scans: Vec<Scan> = turns.iter().map(|turn| Scan::new(turn.text)).collect();
    let runs = runs(turns, &scans, &contexts);
    let mut masks: Vec<Mask> = Vec::new();
    let mut known: BTreeMap<String, Personal> = BTreeMap::new();
    for run in &runs {
        let context = contexts.before(turns, run);
        for (digits, kind) in classify::personal(run, context) {
            known.insert(run.text_of(digits.clone()), kind);
            masks.extend(run.masks(digits, kind));
        }
    }
    masks.extend(repeated(turns, &runs, &known, &masks));
    for (turn, spoken) in turns.iter().enumerate() {
        masks.extend(email::addresses(spoken.text).into_iter().map(|bytes| Mask {
            turn,
            bytes,
            kind: Personal::Email,
        }));
    }
    merge(masks)
}

/// The runs of digits of all speakers, joined over turns and, where a card number is being given, over a few words.
fn runs(turns: &[SpokenTurn<'_>], scans: &[Scan], contexts: &Contexts) -> Vec<Run> {
    let mut all: Vec<Run> = Vec::new();
    let mut speakers: Vec<usize> = turns.iter().map(|turn| turn.speaker).collect();
    speakers.sort_unstable();
    speakers.dedup();
    for speaker in speakers {
        let mut own: Vec<Run> = Vec::new();
        for (turn, scan) in scans.iter().enumerate().filter(|(turn, _)| turns[*turn].speaker == speaker) {
            for run in scan.runs(turn) {
                let joined = own.last().is_some_and(|last| {
                    let between = last.turn()..turn;
                    last.reaches_end && run.at_start && contexts.lets_through(turns, scans, between)
                });
                match own.last_mut() {
                    Some(last) if joined => last.append(run),
                    _ => own.push(run),
                }
            }
        }
        // A card number that a few words break in two is still one.
        let mut merged: Vec<Run> = Vec::new();
        for run in own {
            let continues = merged.last().is_some_and(|last| {
                last.digits.len() >= 3
                    && last.digits.len() < 19
                    && run.digits.len() >= 2
                    && contexts.before(turns, &run) == Some(context::Topic::Card)
                    && contexts.before(turns, last) == Some(context::Topic::Card)
                    && run.words_since(last, scans) <= 4
            });
            match merged.last_mut() {
                Some(last) if continues => last.append(run),
                _ => merged.push(run),
            }
        }
        all.extend(merged);
    }
    all
}

/// Sorted and apart: of overlapping stretches the first kind wins and covers both.
fn merge(mut masks: Vec<Mask>) -> Vec<Mask> {
    masks.sort_by_key(|mask| (mask.turn, mask.bytes.start, mask.kind));
    masks.dedup_by(|next, kept| {
        let meets = next.turn == kept.turn && next.bytes.start < kept.bytes.end;
        if meets {
            kept.bytes.end = kept.bytes.end.max(next.bytes.end);
        }
        meets
    });
    masks
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod generated;
