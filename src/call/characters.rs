//! Writes a Mandarin transcript in one kind of Chinese characters: recognition mixes them.

use super::Transcript;
use crate::text::Characters;

/// Languages whose characters come in two kinds; those of Japanese are another matter.
const LANGUAGES: &[&str] = &["zh", "yue"];

/// Writes all turns of `transcript` in `characters`; words and times stay where they are.
pub fn write_in(transcript: &mut Transcript, characters: Characters) {
    if characters == Characters::Heard || !LANGUAGES.contains(&transcript.language.as_str()) {
        return;
    }
    for turn in &mut transcript.turns {
        let text = characters.write(&turn.text);
        // Characters stay as many as they were, so a word's are found by counting.
        let mut rest = text.chars();
        if turn.words.iter().map(|word| word.text.chars().count()).sum::<usize>() == text.chars().count() {
            for word in &mut turn.words {
                let count = word.text.chars().count();
                word.text = rest.by_ref().take(count).collect();
            }
        } else {
            turn.words.iter_mut().for_each(|word| word.text = characters.write(&word.text));
        }
        turn.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Turn, Word};

    fn transcript(language: &str) -> Transcript {
        let words = ["著急,", "頭", "髮,", "發票"].map(|text| Word { text: text.to_owned(), ..Word::default() });
        let turn = Turn { text: "著急,頭髮,發票".to_owned(), words: words.to_vec(), ..Turn::default() };
        Transcript { language: language.to_owned(), turns: vec![turn], ..Transcript::default() }
    }

    #[test]
    fn text_and_words_change_together_and_only_in_mandarin() {
        let mut mandarin = transcript("zh");
        write_in(&mut mandarin, Characters::Simplified);
        assert_eq!(mandarin.turns[0].text, "着急,头发,发票");
        let words: Vec<_> = mandarin.turns[0].words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words, ["着急,", "头", "发,", "发票"]);
        // What one character became is told by those around it on the way back.
        write_in(&mut mandarin, Characters::Traditional);
        assert_eq!(mandarin, transcript("zh"));
        let mut simplified = Transcript {
            language: "zh".to_owned(),
            turns: vec![Turn { text: "有什么,為什麼".to_owned(), ..Turn::default() }],
            ..Transcript::default()
        };
        write_in(&mut simplified, Characters::Simplified);
        assert_eq!(simplified.turns[0].text, "有什么,为什么", "什么 is simplified already");
        for (language, characters) in [("ja", Characters::Simplified), ("zh", Characters::Heard)] {
            let mut left = transcript(language);
            write_in(&mut left, characters);
            assert_eq!(left, transcript(language));
        }
    }
}
