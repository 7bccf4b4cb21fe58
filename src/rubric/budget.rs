//! Limits on what a rubric may ask for, so that a hostile or clumsy one is refused quickly and in little memory.
//!
//! The texts are limited when they are read (see `parse`); this looks at what they would grow into.

use super::compile::criteria;
use crate::diagnostic::{Code, Diagnostic, Node, NodeKind, Spanned};
use crate::text::pattern::MAX_VARIANTS;
use std::collections::BTreeMap;

/// Most criteria of a rubric; nobody reads a scorecard with more.
const MAX_CRITERIA: usize = 1000;
/// Most marks of a rubric.
const MAX_MARKS: usize = 200;
/// Most patterns of a rubric.
const MAX_PATTERNS: usize = 60;
/// Most phrases of one lexicon.
const MAX_LEXICON: usize = 2000;
/// Most words or characters in all ways to say the phrases of all checks, optional parts and alternatives written out
/// and each use of a lexicon counted; the shipped rubrics have up to about 400,000, and a team adds its own.
const MAX_WORDS: usize = 800_000;

/// Whether `tree` stays within the limits; what does not is reported.
pub(super) fn is_kept(
    tree: &Node,
    lexicons: &BTreeMap<String, Vec<Spanned<String>>>,
    found: &mut Vec<Diagnostic>,
) -> bool {
    let before = found.len();
    let mut refuse = |node: &Node, message: String| {
        found.push(Diagnostic::new(Code::TooLarge, node.span.clone(), message));
    };
    let count = criteria(tree).count();
    if let Some(sections) = tree.get("sections").filter(|_| count > MAX_CRITERIA) {
        refuse(sections, format!("{count} criteria, a rubric has at most {MAX_CRITERIA}"));
    }
    if let Some(marks) = tree.get("marks").filter(|marks| marks.entries().len() > MAX_MARKS) {
        refuse(marks, format!("{} marks, a rubric has at most {MAX_MARKS}", marks.entries().len()));
    }
    for (name, phrases) in lexicons.iter().filter(|(_, phrases)| phrases.len() > MAX_LEXICON) {
        let node = tree.get("lexicons").unwrap_or(tree);
        refuse(node, format!("the lexicon `{name}` has {} phrases, expected at most {MAX_LEXICON}", phrases.len()));
    }
    let sizes: BTreeMap<&str, usize> = lexicons
        .iter()
        .map(|(name, phrases)| (name.as_str(), phrases.iter().map(|phrase| words(&phrase.value)).sum()))
        .collect();
    let mut total = Total::default();
    for (.., criterion) in criteria(tree) {
        total.add(criterion.get("check"), &sizes);
    }
    total.add(tree.get("marks"), &sizes);
    let sections = tree.get("sections").unwrap_or(tree);
    if total.words > MAX_WORDS {
        let message = format!("{} words in all ways to say its phrases, a rubric has at most {MAX_WORDS}", total.words);
        found.push(
            Diagnostic::new(Code::TooLarge, sections.span.clone(), message)
                .help("fewer alternatives `a|b` and optional parts `(..)?` in one phrase, or several rubrics"),
        );
    } else if total.patterns > MAX_PATTERNS {
        refuse(sections, format!("{} patterns, a rubric has at most {MAX_PATTERNS}", total.patterns));
    }
    found.len() == before
}

#[derive(Default)]
struct Total {
    words: usize,
    patterns: usize,
}

impl Total {
    fn add(&mut self, node: Option<&Node>, sizes: &BTreeMap<&str, usize>) {
        match node.map(|node| &node.kind) {
            Some(NodeKind::Text(text)) => {
                self.words += match text.trim().strip_prefix("lexicon:") {
                    Some(name) => sizes.get(name.trim()).copied().unwrap_or(0),
                    None => words(text),
                };
            }
            Some(NodeKind::List(items)) => items.iter().for_each(|item| self.add(Some(item), sizes)),
            Some(NodeKind::Map(entries)) => {
                for (key, _, value) in entries {
                    self.patterns += usize::from(key == "matches");
                    self.add(Some(value), sizes);
                }
            }
            _ => {}
        }
    }
}

/// About how many words or Chinese characters there are in all ways to say a phrase.
fn words(phrase: &str) -> usize {
    let all = Ways::of(phrase);
    let ways = all.count.min(MAX_VARIANTS);
    // Of more ways than are allowed, as many as that, of the usual length. A way of few words takes memory too.
    let letters = if ways < all.count { all.letters / all.count * ways } else { all.letters };
    (4 * ways).saturating_add(letters / LETTERS)
}

/// Letters of a word; a Chinese character counts as a word.
const LETTERS: usize = 4;

/// The ways to say a phrase or a part of it, counted and not written out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ways {
    count: usize,
    /// Letters in all of them; a Chinese character counts as [`LETTERS`].
    letters: usize,
}

impl Ways {
    /// Saying nothing.
    const NOTHING: Self = Self { count: 1, letters: 0 };

    const NONE: Self = Self { count: 0, letters: 0 };

    /// At least as many as there are of `phrase`.
    fn of(phrase: &str) -> Self {
        // One level of brackets: the branch that is being read, and those before it.
        let mut levels = vec![(Self::NOTHING, Self::NONE)];
        let mut characters = phrase.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '(' => levels.push((Self::NOTHING, Self::NONE)),
                '|' => {
                    if let Some((branch, before)) = levels.last_mut() {
                        *before = before.or(*branch);
                        *branch = Self::NOTHING;
                    }
                }
                ')' if levels.len() > 1 => {
                    let optional = characters.next_if_eq(&'?').is_some();
                    let (branch, before) = levels.pop().unwrap_or((Self::NOTHING, Self::NONE));
                    let inner = before.or(branch).or(if optional { Self::NOTHING } else { Self::NONE });
                    if let Some((outer, _)) = levels.last_mut() {
                        *outer = outer.then(inner);
                    }
                }
                _ => {
                    let letters = if character.is_ascii() { 1 } else { LETTERS };
                    if let Some((branch, _)) = levels.last_mut() {
                        *branch = branch.then(Self { count: 1, letters });
                    }
                }
            }
        }
        levels.iter().fold(Self::NOTHING, |all, (branch, before)| all.then(before.or(*branch)))
    }

    /// Each of these or of `others`.
    fn or(self, others: Self) -> Self {
        Self { count: self.count.saturating_add(others.count), letters: self.letters.saturating_add(others.letters) }
    }

    /// Each of these followed by each of `next`.
    fn then(self, next: Self) -> Self {
        Self {
            count: self.count.saturating_mul(next.count),
            letters: self.letters.saturating_mul(next.count).saturating_add(next.letters.saturating_mul(self.count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_counted_and_not_written_out() {
        let ways = |phrase: &str| (Ways::of(phrase).count, Ways::of(phrase).letters);
        assert_eq!(ways("早上好|下午好"), (2, 24));
        assert_eq!(ways("欢迎致电(客户服务热线)?"), (2, 56));
        assert_eq!(ways("(a|b)(c|d)?e"), (6, 16));
        assert_eq!(ways("((((("), (1, 0));
        assert!(words(&"(a|b)".repeat(60)) <= MAX_VARIANTS * (4 + 60));
        assert_eq!(words(&"(a|b)".repeat(6)), 64 * 4 + 64 * 6 / 4);
    }
}
