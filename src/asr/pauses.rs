//! Where a speaker pauses: rather between sentences and clauses than within them.

use super::words::is_ideograph;

/// Particles that end a sentence; Mandarin is often recognised without marks.
const FINAL: [char; 6] = ['吗', '嗎', '吧', '呢', '呀', '嘛'];
/// Characters that lean on the one before them.
const BOUND: [char; 8] = ['的', '们', '們', '吗', '嗎', '吧', '呢', '了'];
/// Words that begin a clause.
const JOINING: [&str; 11] = ["and", "but", "so", "because", "or", "if", "when", "then", "well", "okay", "please"];
/// Mandarin words that begin one.
const JOINING_MANDARIN: [&str; 12] =
    ["那", "但", "所以", "因为", "因為", "然后", "然後", "如果", "不过", "不過", "另外", "请"];

/// What ends before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Sentence,
    Clause,
    Nothing,
    /// Nothing can: the word leans on the one before.
    Bound,
}

/// What ends before the word `index` of `words`.
pub(super) fn ending(words: &[&str], index: usize) -> Ending {
    let (Some(before), Some(word)) = (index.checked_sub(1).and_then(|index| words.get(index)), words.get(index)) else {
        return Ending::Nothing;
    };
    if word.starts_with(BOUND) {
        return Ending::Bound;
    }
    // Mandarin has blanks only where the recogniser leaves marks out.
    let is_spaced = word.strip_prefix(' ').is_some_and(|rest| rest.starts_with(is_ideograph));
    match before.trim_end().chars().last() {
        Some('.' | '?' | '!' | '。' | '？' | '！') => Ending::Sentence,
        Some(',' | '，' | '、' | ';' | '；') => Ending::Clause,
        Some(last) if FINAL.contains(&last) => Ending::Clause,
        _ if is_address(words, index) || joins(words, index) => Ending::Clause,
        _ if is_spaced || opens(word) && !opens(before) => Ending::Clause,
        _ => Ending::Nothing,
    }
}

/// Whether the word `index` begins an address such as 周女士.
fn is_address(words: &[&str], index: usize) -> bool {
    let title: String = words.iter().skip(index + 1).take(2).copied().collect();
    ["先生", "女士", "小姐"].iter().any(|known| title.starts_with(known))
}

/// Whether the word `index` begins a clause.
fn joins(words: &[&str], index: usize) -> bool {
    let mandarin: String = words.iter().skip(index).take(2).copied().collect();
    let english = words[index].trim().trim_end_matches(',');
    JOINING.iter().any(|known| english.eq_ignore_ascii_case(known))
        || JOINING_MANDARIN.iter().any(|known| mandarin.trim_start().starts_with(known))
}

/// Whether an English word is written like the first of a sentence.
fn opens(word: &str) -> bool {
    let word = word.trim();
    word.starts_with(char::is_uppercase) && word != "I" && !word.starts_with("I'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_clauses_and_particles_end_something() {
        assert_eq!(ending(&[" that.", " I"], 1), Ending::Sentence);
        assert_eq!(ending(&[" well,", " I"], 1), Ending::Clause);
        assert_eq!(ending(&[" Electric", " and"], 1), Ending::Clause);
        assert_eq!(ending(&["天", "所", "以"], 1), Ending::Clause);
        assert_eq!(ending(&[" number", " is"], 1), Ending::Nothing);
        assert_eq!(ending(&[" bank", " My"], 1), Ending::Clause);
        assert_eq!(ending(&["着", "吧", "这"], 2), Ending::Clause);
        assert_eq!(ending(&["你", "周", "女", "士"], 1), Ending::Clause);
        assert_eq!(ending(&["下", " 我"], 1), Ending::Clause);
        assert_eq!(ending(&["我", "的"], 1), Ending::Bound);
        assert_eq!(ending(&["我"], 0), Ending::Nothing);
    }
}
