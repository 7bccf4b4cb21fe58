//! Pauses moved to where sentences end.
//!
//! The recogniser often leaves the first word of a sentence on the near side of the pause before it: asked for the time
//! after that word, it still names the end of the sentence before. A pause of a few words' doubt is therefore moved to
//! the nearest end of a sentence or clause, as far as the words have room there.

use super::words::{is_ideograph, needed};
use crate::call::{Ms, TimeSpan, Word};

/// Shortest pause that is looked at.
const PAUSE: Ms = Ms(250);
/// Particles that end a sentence; Mandarin is often recognised without marks.
const FINAL: [char; 6] = ['吗', '嗎', '吧', '呢', '呀', '嘛'];
/// Characters that lean on the one before them.
const BOUND: [char; 8] = ['的', '们', '們', '吗', '嗎', '吧', '呢', '了'];
/// Most words that change sides.
const REACH: usize = 3;

/// Moves words of one channel (in order of time) over the pauses that they stand at.
pub(super) fn settle(words: &mut [Word]) {
    for index in 1..words.len() {
        if words[index].span.start - words[index - 1].span.end < PAUSE {
            continue;
        }
        let stay = (ending(words, index), 0_usize, index);
        // Something was said on either side of every pause, so at least one word stays there.
        let apart = |at: usize| words[at].span.start - words[at - 1].span.end >= PAUSE;
        let back = (1..=REACH.min(index - 1))
            .take_while(|count| !apart(index - count))
            .map(|count| (ending(words, index - count), count, index - count));
        let ahead = (1..=REACH.min(words.len() - 1 - index))
            .take_while(|count| !apart(index + count))
            .map(|count| (ending(words, index + count), count, index + count));
        // The strongest ending; of equal ones the nearest, and of those the earlier.
        let candidates = std::iter::once(stay).chain(back).chain(ahead);
        let best = candidates.max_by_key(|(ending, count, at)| (*ending, REACH - *count, usize::MAX - *at));
        match best {
            Some((_, _, at)) if at < index => push_over(words, at, index),
            Some((_, _, at)) if at > index => pull_back(words, index, at),
            _ => {}
        }
    }
}

/// How strongly something ends before the word `index`: 2 a sentence, 1 a clause, 0 nothing, -1 where the word can't
/// begin anything.
fn ending(words: &[Word], index: usize) -> i8 {
    let Some(before) = index.checked_sub(1).and_then(|index| words.get(index)) else { return 0 };
    if words.get(index).is_some_and(|word| word.text.starts_with(BOUND)) {
        return -1;
    }
    let spaced = words.get(index).is_some_and(|word| {
        let mut characters = word.text.chars();
        // Mandarin has blanks only where the recogniser leaves marks out.
        characters.next() == Some(' ') && characters.next().is_some_and(is_ideograph)
    });
    match before.text.trim_end().chars().last() {
        Some('.' | '?' | '!' | '。' | '？' | '！') => 2,
        Some(',' | '，' | '、' | ';' | '；') => 1,
        Some(last) if FINAL.contains(&last) => 1,
        _ if is_address(words, index) => 1,
        _ if spaced || words.get(index).is_some_and(|word| opens(&word.text) && !opens(&before.text)) => 1,
        _ => 0,
    }
}

/// Whether the word `index` begins an address such as 周女士.
fn is_address(words: &[Word], index: usize) -> bool {
    let title: String = words.iter().skip(index + 1).take(2).map(|word| word.text.as_str()).collect();
    ["先生", "女士", "小姐"].iter().any(|known| title.starts_with(known))
}

/// Whether an English word is written like the first of a sentence.
fn opens(word: &str) -> bool {
    let word = word.trim();
    word.starts_with(char::is_uppercase) && word != "I" && !word.starts_with("I'")
}

/// Gives the words from `from` up to `to` a place at the begin of what follows the pause before `to`.
fn push_over(words: &mut [Word], from: usize, to: usize) {
    let room = words[to].span;
    let moved: i64 = words[from..to].iter().map(|word| needed(&word.text).0).sum();
    let own = needed(&words[to].text).0;
    // They take their usual time, but leave the word that stands there its share.
    let length = moved.min(room.length().0 * moved / (moved + own).max(1));
    lay(&mut words[from..to], TimeSpan::new(room.start, room.start + Ms(length)));
    words[to].span.start = room.start + Ms(length);
}

/// Gives the words from `from` up to `to` a place at the end of what comes before the pause at `from`.
fn pull_back(words: &mut [Word], from: usize, to: usize) {
    let room = words[from - 1].span;
    let moved: i64 = words[from..to].iter().map(|word| needed(&word.text).0).sum();
    let own = needed(&words[from - 1].text).0;
    let length = moved.min(room.length().0 * moved / (moved + own).max(1));
    let begin = words[from].span.start;
    lay(&mut words[from..to], TimeSpan::new(room.end - Ms(length), room.end));
    words[from - 1].span.end = room.end - Ms(length);
    // What follows begins where speech begins again.
    words[to].span.start = begin;
}

fn lay(words: &mut [Word], span: TimeSpan) {
    let total: i64 = words.iter().map(|word| needed(&word.text).0).sum();
    let mut before = 0;
    for word in words {
        let own = needed(&word.text).0;
        let at = |part: i64| span.start + Ms(span.length().0 * part / total.max(1));
        word.span = TimeSpan::new(at(before), at(before + own));
        before += own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[(&str, i64, i64)]) -> Vec<Word> {
        let word = |(text, start, end): &(&str, i64, i64)| {
            let span = TimeSpan::new(Ms(*start), Ms(*end));
            Word { text: (*text).to_owned(), span, probability: 0.5, mask: None }
        };
        words.iter().map(word).collect()
    }

    fn settled(list: &[(&str, i64, i64)]) -> Vec<(i64, i64)> {
        let mut words = words(list);
        settle(&mut words);
        assert!(words.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{words:?}");
        words.iter().map(|word| (word.span.start.0, word.span.end.0)).collect()
    }

    #[test]
    fn the_first_word_of_a_sentence_follows_it_over_the_pause() {
        let spans =
            settled(&[("吗", 0, 200), ("？", 200, 200), ("感", 250, 300), ("谢", 2000, 2400), ("您", 2400, 2600)]);
        assert!(spans[2].0 == 2000 && spans[3].0 > 2000, "{spans:?}");
        let spans = settled(&[(" that.", 0, 400), (" I", 400, 450), (" lost", 3000, 3400)]);
        assert!(spans[1].0 == 3000, "{spans:?}");
    }

    #[test]
    fn mandarin_without_marks_is_cut_at_its_particles_and_addresses() {
        let one_by_one = |text: &str, pause: usize| {
            let characters: Vec<char> = text.chars().collect();
            let list: Vec<(String, i64, i64)> = characters
                .iter()
                .zip(0_i64..)
                .map(|(character, at)| {
                    let start = at * 200 + if at as usize >= pause { 2000 } else { 0 };
                    (character.to_string(), start, start + 200)
                })
                .collect();
            let list: Vec<(&str, i64, i64)> =
                list.iter().map(|(text, start, end)| (text.as_str(), *start, *end)).collect();
            let spans = settled(&list);
            let cut = spans.windows(2).position(|pair| pair[1].0 - pair[0].1 > 500).unwrap() + 1;
            characters[..cut].iter().collect::<String>()
        };
        assert_eq!(one_by_one("慢慢等着吧这个我也不知道", 8), "慢慢等着吧");
        assert_eq!(one_by_one("可以帮助你周女士谢谢您", 8), "可以帮助你");
        assert_eq!(one_by_one("想查一下我的包裹没动", 5), "想查一下");
        assert_eq!(one_by_one("我上周订了房间结果到了酒店", 7), "我上周订了房间");
    }

    #[test]
    fn the_last_word_of_a_sentence_stays_with_it() {
        let spans = settled(&[(" I", 0, 200), (" need", 200, 700), (" to.", 5000, 5100), (" Please", 5100, 5500)]);
        assert!(spans[2].1 == 700 && spans[3].0 == 5000, "{spans:?}");
    }

    #[test]
    fn a_pause_within_a_sentence_stays_where_it_is() {
        let list = [(" my", 0, 200), (" number", 200, 600), (" is", 600, 800), (" five", 2000, 2400)];
        assert_eq!(settled(&list), list.map(|(_, start, end)| (start, end)));
    }
}
