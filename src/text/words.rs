//! English words as they are said: contractions taken apart, spellings of one word made one.

use super::characters::{self, Class};
use super::fold::Unit;

/// Short forms of two words. The right column's first word takes the letters up to the number of bytes in the middle.
const TOGETHER: &[(&str, usize, &str, &str)] = &[
    ("cannot", 3, "can", "not"),
    ("cant", 3, "can", "not"),
    ("dont", 2, "do", "not"),
    ("doesnt", 4, "does", "not"),
    ("didnt", 3, "did", "not"),
    ("isnt", 2, "is", "not"),
    ("wasnt", 3, "was", "not"),
    ("arent", 3, "are", "not"),
    ("werent", 4, "were", "not"),
    ("havent", 4, "have", "not"),
    ("hasnt", 3, "has", "not"),
    ("couldnt", 5, "could", "not"),
    ("wouldnt", 5, "would", "not"),
    ("shouldnt", 6, "should", "not"),
    ("im", 1, "i", "am"),
    ("ive", 1, "i", "have"),
    ("youre", 3, "you", "are"),
    ("youve", 3, "you", "have"),
    ("theyre", 4, "they", "are"),
    ("thats", 4, "that", "is"),
    ("whats", 4, "what", "is"),
    ("theres", 5, "there", "is"),
    ("heres", 4, "here", "is"),
    ("its", 2, "it", "is"),
    ("hes", 2, "he", "is"),
    ("shes", 3, "she", "is"),
    ("weve", 2, "we", "have"),
    ("theyve", 4, "they", "have"),
    ("youll", 3, "you", "will"),
    ("theyll", 4, "they", "will"),
    ("youd", 3, "you", "would"),
    ("theyd", 4, "they", "would"),
    ("hadnt", 3, "had", "not"),
    ("mustnt", 4, "must", "not"),
    ("gonna", 3, "going", "to"),
    ("wanna", 3, "want", "to"),
    ("gotta", 3, "got", "to"),
    ("gimme", 3, "give", "me"),
    ("lemme", 3, "let", "me"),
    ("alright", 2, "all", "right"),
];

/// Ends of short forms and the word they stand for.
const ENDS: &[(&str, &str)] = &[("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'m", "am"), ("'d", "would")];

/// Words after which `'s` is "is" and not a possessive.
const IS: &[&str] = &["it", "that", "what", "there", "here", "how", "who", "where", "when", "he", "she", "everything"];

/// Other spellings of a word.
const SPELLINGS: &[(&str, &str)] = &[
    ("ok", "okay"),
    ("mister", "mr"),
    ("missus", "mrs"),
    ("miz", "ms"),
    ("cos", "because"),
    ("cause", "because"),
    ("ya", "you"),
    ("yep", "yes"),
    ("yeah", "yes"),
    ("yup", "yes"),
    ("e-mail", "email"),
    ("thankyou", "thank"),
];

/// Words that are as often written as two, or with a hyphen.
const IN_TWO: &[(&str, &str)] = &[
    ("wi", "fi"),
    ("e", "mail"),
    ("web", "site"),
    ("voice", "mail"),
    ("user", "name"),
    ("pass", "word"),
    ("post", "code"),
    ("broad", "band"),
    ("smart", "phone"),
    ("hot", "line"),
    ("help", "line"),
];

/// Beginnings of words that are as often written apart.
const PREFIXES: &[&str] = &["non", "pre", "anti"];

/// Makes one word of two that are as often written as one.
pub(super) fn join(units: &mut Vec<Unit>) {
    let mut at = 0;
    while let Some([first, second]) = units.get(at..at + 2) {
        let is_word = second.class == Class::Letter && !second.opens;
        let begins = PREFIXES.contains(&first.text.as_str()) && second.text.len() > 3;
        if is_word && (begins || IN_TWO.contains(&(first.text.as_str(), second.text.as_str()))) {
            let (text, end) = (format!("{}{}", first.text, second.text), second.bytes.end);
            units.remove(at + 1);
            units[at].text = text;
            units[at].bytes.end = end;
        }
        at += 1;
    }
}

/// Adds a word of `text` to `units`, taken apart where it stands for two.
pub(super) fn push(text: &str, word: Option<Unit>, units: &mut Vec<Unit>) {
    let Some(mut word) = word else { return };
    if word.class != Class::Letter {
        units.push(word);
        return;
    }
    while word.text.ends_with('\'') {
        word.text.pop();
    }
    if let Some((first, second, cut)) = apart(&word.text) {
        let cut = place(text, &word, cut);
        units.push(Unit { text: first, bytes: word.bytes.start..cut, ..word.clone() });
        units.push(Unit { text: second, bytes: cut..word.bytes.end, opens: false, ..word });
        return;
    }
    word.text.retain(|character| character != '\'');
    if let Some((_, usual)) = SPELLINGS.iter().find(|(other, _)| *other == word.text) {
        word.text = (*usual).into();
    }
    units.push(word);
}

/// Where the folded letter number `cut` of `word` stands in `text`.
fn place(text: &str, word: &Unit, cut: usize) -> usize {
    let mut folded = 0;
    for (index, character) in text[word.bytes.clone()].char_indices() {
        if folded >= cut {
            return word.bytes.start + index;
        }
        folded += match characters::fold(character).chars().next().map_or(Class::Mark, characters::class) {
            Class::Mark => 0,
            _ => 1,
        };
    }
    word.bytes.end
}

/// The two words that `word` stands for, and the bytes of the first.
fn apart(word: &str) -> Option<(String, String, usize)> {
    if let Some((_, cut, first, second)) = TOGETHER.iter().find(|(together, ..)| *together == word) {
        return Some(((*first).into(), (*second).into(), *cut));
    }
    if !word.contains('\'') || !word.is_ascii() {
        return None;
    }
    match word {
        "can't" => return Some(("can".into(), "not".into(), 3)),
        "won't" => return Some(("will".into(), "not".into(), 2)),
        "shan't" => return Some(("shall".into(), "not".into(), 3)),
        "let's" => return Some(("let".into(), "us".into(), 3)),
        _ => {}
    }
    if let Some(first) = word.strip_suffix("n't") {
        return Some((first.into(), "not".into(), first.len()));
    }
    if let Some(first) = word.strip_suffix("'s").filter(|first| IS.contains(first)) {
        return Some((first.into(), "is".into(), first.len()));
    }
    ENDS.iter().find_map(|(end, second)| {
        let first = word.strip_suffix(end).filter(|first| !first.is_empty() && !first.contains('\''))?;
        Some((first.into(), (*second).into(), first.len()))
    })
}
