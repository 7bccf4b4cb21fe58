//! Limits on what a rubric may ask for, so that a hostile or clumsy one is refused quickly and in little memory.
//!
//! The texts are limited when they are read (see `parse`); this looks at what they would grow into.

use super::compile::criteria;
use crate::diagnostic::{Code, Diagnostic, Node, NodeKind};
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
/// and each use of a lexicon counted; the shipped rubrics have up to about 70,000.
const MAX_WORDS: usize = 300_000;

/// Whether `tree` stays within the limits; what does not is reported.
pub(super) fn is_kept(tree: &Node, lexicons: &BTreeMap<String, Vec<String>>, found: &mut Vec<Diagnostic>) -> bool {
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
        .map(|(name, phrases)| (name.as_str(), phrases.iter().map(|phrase| words(phrase)).sum()))
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

/// About how many words or Chinese characters there are in all ways to say a phrase, at least as many as there are.
fn words(phrase: &str) -> usize {
    let latin = phrase.chars().filter(char::is_ascii).count();
    // A way of few words takes memory too.
    let length = 4 + latin / 4 + (phrase.chars().count() - latin);
    ways(phrase).saturating_mul(length)
}

/// About how many ways there are to say a phrase, at least as many as there are; counted, not written out.
fn ways(phrase: &str) -> usize {
    // One level of brackets: the ways of the branch that is being read, and those of the branches before it.
    let mut levels: Vec<(usize, usize)> = vec![(1, 0)];
    let mut characters = phrase.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '(' => levels.push((1, 0)),
            '|' => {
                if let Some((branch, before)) = levels.last_mut() {
                    *before = before.saturating_add(*branch);
                    *branch = 1;
                }
            }
            ')' if levels.len() > 1 => {
                let optional = usize::from(characters.next_if_eq(&'?').is_some());
                let (branch, before) = levels.pop().unwrap_or((1, 0));
                if let Some((outer, _)) = levels.last_mut() {
                    *outer = outer.saturating_mul(before.saturating_add(branch) + optional);
                }
            }
            _ => {}
        }
    }
    let counted =
        levels.iter().fold(1usize, |all, (branch, before)| all.saturating_mul(before.saturating_add(*branch)));
    counted.min(crate::text::pattern::MAX_VARIANTS)
}

#[cfg(test)]
mod tests {
    use super::ways;

    #[test]
    fn ways_are_counted_and_not_written_out() {
        assert_eq!(ways("早上好|下午好"), 2);
        assert_eq!(ways("欢迎致电(客户服务热线)?"), 2);
        assert_eq!(ways("(a|b)(c|d)?e"), 6);
        assert_eq!(ways(&"(a|b)".repeat(60)), 128);
        assert_eq!(ways("((((("), 1);
    }
}
