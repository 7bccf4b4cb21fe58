//! Names that recognition may have misspelt: what resembles a name without being near enough to count as it.
//!
//! Recognition knows no company and no agent, and writes "Lubird" for "Bluebird". Such a word is no proof that the name
//! was said, and its absence is no proof that it was not.

use super::syllable;
use super::{Passage, fold};
use std::ops::Range;

/// A name resembles another when at least this share of the letters of its words is the same, each word counting alike.
const NAMES: f32 = 0.7;

/// One of several words or characters of a name, the latter by their pinyin, may be less alike, but not less than this.
const PARTS: f32 = 0.5;

impl Passage {
    /// Where tokens resemble `name`, each with how alike they are, 0..=1. A single Chinese character resembles too much
    /// to be looked for.
    pub fn resembling(&self, name: &str) -> Vec<(Range<usize>, f32)> {
        let name: Vec<String> = fold(name, "").into_iter().map(|token| token.text).collect();
        let letters: usize = name.iter().map(String::len).sum();
        if name.is_empty() || letters < 4 {
            return Vec::new();
        }
        let starts =
            self.runs.iter().flat_map(|run| run.start..(run.end + 1).saturating_sub(name.len()).max(run.start));
        starts
            .filter_map(|start| {
                let heard = &self.texts[start..start + name.len()];
                let alike: Option<Vec<f32>> = name.iter().zip(heard).map(|(a, b)| alike(a, b)).collect();
                let alike = alike?;
                let mean = alike.iter().sum::<f32>() / alike.len() as f32;
                (mean >= NAMES).then(|| (start..start + name.len(), mean))
            })
            .collect()
    }
}

/// How alike two tokens are, where they resemble each other at all.
fn alike(a: &str, b: &str) -> Option<f32> {
    if a == b {
        return Some(1.0);
    }
    let alike = match (syllable::letters(a), syllable::letters(b)) {
        (Some(a), Some(b)) => strsim::normalized_levenshtein(a, b),
        (None, None) if [a, b].iter().all(|word| word.starts_with(|first: char| first.is_ascii_alphabetic())) => {
            strsim::normalized_levenshtein(a, b)
        }
        _ => return None,
    };
    (alike as f32 >= PARTS).then_some(alike as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_of_a_name_may_be_less_alike() {
        assert!(resembles("Meadowlark Insurance", "welcome to Medellac Insurance", "en"));
        assert!(!resembles("Meadowlark Insurance", "welcome to Harbor Insurance", "en"));
        assert!(!resembles("Meadowlark", "welcome to Medellac", "en"));
    }

    fn resembles(name: &str, heard: &str, language: &str) -> bool {
        !Passage::whole(&fold(heard, language)).resembling(name).is_empty()
    }

    #[test]
    fn misspelt_names_resemble_and_other_names_do_not() {
        for (name, heard) in [
            ("Bluebird Insurance", "Lubird insurance, good morning"),
            ("Emily", "this is Emely"),
            ("远航宽带", "欢迎致电晚航宽待"),
            ("小周", "客服代表小朱"),
        ] {
            assert!(resembles(name, heard, ""), "{name} in {heard}");
        }
        for (name, heard) in [
            ("Bluebird Insurance", "Acme Insurance, good morning"),
            ("Emily", "a family matter"),
            ("招商银行", "欢迎致电工商银行"),
            ("小周", "小姐你好"),
            ("王", "忘"),
            ("Bluebird Insurance", "insurance"),
            ("Bluebird Insurance", ""),
        ] {
            assert!(!resembles(name, heard, ""), "{name} in {heard}");
        }
    }
}
