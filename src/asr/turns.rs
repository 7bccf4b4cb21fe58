//! Words of all channels become turns that interleave in time.

use crate::call::{Ms, TimeSpan, Turn, Word};

/// A pause that ends a turn.
///
/// # Source
/// Pauses inside a speaker's turn are rarely longer: M. Heldner, J. Edlund, Pauses, gaps and overlaps in conversations,
/// Journal of Phonetics 38 (2010).
const PAUSE: Ms = Ms(900);
/// A pause that ends a turn when the other side speaks in it.
const PAUSE_FOR_THE_OTHER: Ms = Ms(200);

/// The words of one channel, in order of time, none over the next.
pub(super) struct ChannelWords {
    pub(super) channel: usize,
    pub(super) words: Vec<Word>,
}

/// Turns of all channels, in order of their start, then of their channel.
pub(super) fn turns(channels: Vec<ChannelWords>) -> Vec<Turn> {
    let starts: Vec<(usize, Vec<Ms>)> =
        channels.iter().map(|side| (side.channel, side.words.iter().map(|word| word.span.start).collect())).collect();
    let mut turns = Vec::new();
    for side in channels {
        let mut open: Vec<Word> = Vec::new();
        for word in side.words {
            if let Some(last) = open.last() {
                let pause = word.span.start - last.span.end;
                let answered = pause >= PAUSE_FOR_THE_OTHER
                    && starts
                        .iter()
                        .filter(|(channel, _)| *channel != side.channel)
                        .any(|(_, starts)| speaks_between(starts, last.span.end, word.span.start));
                if pause >= PAUSE || answered {
                    turns.extend(turn(side.channel, std::mem::take(&mut open)));
                }
            }
            open.push(word);
        }
        turns.extend(turn(side.channel, open));
    }
    turns.sort_by_key(|turn| (turn.span.start, turn.channel));
    turns
}

/// Cuts what overlaps off the begin of the later word, so that words in order follow each other.
pub(super) fn in_order(words: &mut [Word]) {
    let mut reached = Ms(0);
    for word in words {
        let start = word.span.start.max(reached);
        word.span = TimeSpan::new(start, word.span.end);
        reached = word.span.end;
    }
}

/// Whether a word begins at or after `from` and before `to`.
fn speaks_between(starts: &[Ms], from: Ms, to: Ms) -> bool {
    starts.get(starts.partition_point(|start| *start < from)).is_some_and(|start| *start < to)
}

fn turn(channel: usize, mut words: Vec<Word>) -> Option<Turn> {
    let first = words.first_mut()?;
    first.text = first.text.trim_start().to_owned();
    let start = first.span;
    let span = words.last().map_or(start, |last| start.hull(last.span));
    let text: String = words.iter().map(|word| word.text.as_str()).collect();
    let confidence = words.iter().map(|word| word.probability).sum::<f32>() / words.len() as f32;
    Some(Turn { channel, span, text, confidence, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(channel: usize, words: &[(&str, i64, i64)]) -> ChannelWords {
        let words = words.iter().map(|(text, start, end)| {
            let span = TimeSpan::new(Ms(*start), Ms(*end));
            Word { text: format!(" {text}"), span, probability: 0.5, mask: None }
        });
        ChannelWords { channel, words: words.collect() }
    }

    #[test]
    fn a_turn_ends_at_a_pause_or_at_an_answer() {
        let agent = side(0, &[("hello", 0, 400), ("there", 400, 900), ("so", 1300, 1500), ("well", 3000, 3300)]);
        let customer = side(1, &[("hi", 1000, 1200)]);
        let turns = turns(vec![agent, customer]);
        let texts: Vec<_> = turns.iter().map(|turn| (turn.channel, turn.text.as_str(), turn.span.start.0)).collect();
        assert_eq!(texts, [(0, "hello there", 0), (1, "hi", 1000), (0, "so", 1300), (0, "well", 3000)]);
        assert!(
            turns.iter().all(|turn| turn.words.iter().map(|word| word.text.as_str()).collect::<String>() == turn.text)
        );
    }

    #[test]
    fn a_short_pause_without_an_answer_is_part_of_the_turn() {
        let turns = turns(vec![side(0, &[("one", 0, 400), ("two", 1200, 1500)]), side(1, &[("hm", 100, 300)])]);
        assert_eq!(turns.len(), 2);
        assert_eq!(turns[0].text, "one two");
    }
}
