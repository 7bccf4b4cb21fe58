//! Masks personal numbers in a transcript, before anything is stored or shown.
//!
//! Takes a transcript with its words, gives the same with placeholders; times stay, so that the sound can be muted.

use super::{MaskKind, TimeSpan, Transcript, Turn, Word};
use crate::text::{self, Mask, Personal, SpokenTurn};
use std::collections::BTreeMap;

/// Masks cards, codes, telephones, identity numbers and addresses in `transcript` and tells how many of each. With
/// `keep_numbers`, telephones and identity numbers stay; cards and codes never do.
///
/// The words of one number in one turn become one word: its text is the placeholder, its span covers them all.
pub fn redact(transcript: &mut Transcript, keep_numbers: bool) -> BTreeMap<MaskKind, u32> {
    let turns: Vec<SpokenTurn<'_>> =
        transcript.turns.iter().map(|turn| SpokenTurn { speaker: turn.channel, text: &turn.text }).collect();
    let masks: Vec<Mask> = text::redact(&turns)
        .into_iter()
        .filter(|mask| !(keep_numbers && matches!(mask.kind, Personal::Phone | Personal::Id)))
        .collect();
    let mut counts = BTreeMap::new();
    for masks in masks.chunk_by(|a, b| a.turn == b.turn) {
        let turn = &mut transcript.turns[masks[0].turn];
        for mask in masks {
            *counts.entry(kind(mask.kind)).or_insert(0) += 1;
        }
        mask_turn(turn, masks);
    }
    counts
}

const fn kind(personal: Personal) -> MaskKind {
    match personal {
        Personal::Card => MaskKind::Card,
        Personal::Code => MaskKind::Code,
        Personal::Phone => MaskKind::Phone,
        Personal::Id => MaskKind::Id,
        Personal::Email => MaskKind::Email,
    }
}

/// Puts placeholders into one turn; `masks` are sorted and apart.
fn mask_turn(turn: &mut Turn, masks: &[Mask]) {
    let mut words: Vec<Word> = Vec::with_capacity(turn.words.len());
    let mut text = String::new();
    // Words are pieces of the turn's text; a turn whose words do not make it up is one word.
    let whole = [Word { text: turn.text.clone(), span: turn.span, probability: turn.confidence, mask: None }];
    let adds_up = turn.words.iter().map(|word| word.text.len()).sum::<usize>() == turn.text.len();
    let pieces: &[Word] = if adds_up { &turn.words } else { &whole };
    let mut start = 0;
    let mut open: Option<usize> = None;
    for word in pieces {
        let end = start + word.text.len();
        let touching: Vec<(usize, &Mask)> =
            masks.iter().enumerate().filter(|(_, mask)| mask.bytes.start < end && start < mask.bytes.end).collect();
        let Some((last, _)) = touching.last() else {
            text.push_str(&word.text);
            words.push(word.clone());
            (start, open) = (end, None);
            continue;
        };
        let mut masked = String::new();
        let mut at = start;
        for (index, mask) in &touching {
            masked.push_str(&turn.text[at..mask.bytes.start.max(at)]);
            if open != Some(*index) {
                masked.push_str(kind(mask.kind).placeholder());
            }
            at = mask.bytes.end.min(end);
        }
        masked.push_str(&turn.text[at..end]);
        text.push_str(&masked);
        match words.last_mut() {
            // The same number goes on: one word with the time of both.
            Some(before) if touching.len() == 1 && open == Some(*last) => {
                before.text.push_str(&masked);
                before.span = TimeSpan::hull(before.span, word.span);
                before.probability = before.probability.min(word.probability);
            }
            _ => words.push(Word { text: masked, mask: Some(kind(touching[0].1.kind)), ..word.clone() }),
        }
        (start, open) = (end, Some(*last));
    }
    turn.text = text;
    turn.words = words;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Ms;

    fn turn(channel: usize, words: &[&str]) -> Turn {
        let words: Vec<Word> = words
            .iter()
            .enumerate()
            .map(|(index, text)| Word {
                text: (*text).into(),
                span: TimeSpan::new(Ms(index as i64 * 100), Ms(index as i64 * 100 + 100)),
                probability: 0.9,
                mask: None,
            })
            .collect();
        Turn { channel, text: words.iter().map(|word| word.text.as_str()).collect(), words, ..Turn::default() }
    }

    #[test]
    fn words_of_a_number_become_one_with_its_time() {
        let mut transcript = Transcript::default();
        transcript.turns.push(turn(0, &["Card", " 4111", " 1111", " 1111", " 1111,", " okay?"]));
        transcript.turns.push(turn(1, &["手机", "号138", "0013", "8000", "。"]));
        let mut kept = transcript.clone();
        let counts = redact(&mut transcript, false);
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(MaskKind::Card, 1), (MaskKind::Phone, 1)]);
        let first = &transcript.turns[0];
        assert_eq!(first.text, "Card [card], okay?");
        assert_eq!(first.words[1].text, " [card],");
        assert_eq!(first.words[1].span, TimeSpan::new(Ms(100), Ms(500)));
        assert_eq!(first.words[1].mask, Some(MaskKind::Card));
        assert_eq!(transcript.turns[1].text, "手机号[phone]。");
        for turn in &transcript.turns {
            assert_eq!(turn.words.iter().map(|word| word.text.as_str()).collect::<String>(), turn.text);
        }
        redact(&mut kept, true);
        assert_eq!(kept.turns[0].text, "Card [card], okay?");
        assert_eq!(kept.turns[1].text, "手机号13800138000。");
    }
}
