//! Numbers that were told to be personal once, wherever they are said or written again.
//!
//! A card number is named as such when it is given, and read back without a word about what it is.

use super::digits::Run;
use super::{Mask, Personal, SpokenTurn};
use std::collections::BTreeMap;

/// Digits from which a number is the same one and no chance.
const SAME: usize = 6;
/// Digits from which it is masked even as a piece of something else.
const WITHIN: usize = 8;

/// The stretches to mask beside `masks`: runs with the digits of `known` numbers, and the text of a mask once more.
pub(super) fn repeated(
    turns: &[SpokenTurn<'_>],
    runs: &[Run],
    known: &BTreeMap<String, Personal>,
    masks: &[Mask],
) -> Vec<Mask> {
    let again = runs.iter().filter_map(|run| known.get(&run.text()).map(|kind| (run, *kind)));
    let mut found: Vec<Mask> = again
        .filter(|(run, _)| run.digits.len() >= SAME)
        .flat_map(|(run, kind)| run.masks(0..run.digits.len(), kind))
        .collect();
    let written: BTreeMap<&str, Personal> = masks
        .iter()
        .filter_map(|mask| turns[mask.turn].text.get(mask.bytes.clone()).map(|text| (text, mask.kind)))
        .filter(|(text, _)| text.bytes().filter(u8::is_ascii_digit).count() >= WITHIN)
        .collect();
    for (turn, spoken) in turns.iter().enumerate() {
        for (text, kind) in &written {
            found.extend(spoken.text.match_indices(text).map(|(start, text)| Mask {
                turn,
                bytes: start..start + text.len(),
                kind: *kind,
            }));
        }
    }
    found
}
