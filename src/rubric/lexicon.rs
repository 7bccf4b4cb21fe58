//! Lexicons: named phrase lists from files, or written into the rubric.

use super::include::texts;
use super::parse::parse;
use super::raw::{Listed, Ordered};
use super::sources::{Files, read_named};
use crate::diagnostic::{self, ByteSpan, Code, Diagnostic, Node, NodeKind, Spanned};
use std::collections::BTreeMap;

/// Every lexicon that a rubric can use.
#[derive(Debug, Default)]
pub(super) struct Lexicons {
    /// Phrases by the name of the lexicon.
    pub phrases: BTreeMap<String, Vec<Spanned<String>>>,
    /// Where each comes from: the place that names it, and whether it shares a file with others.
    origins: BTreeMap<String, (ByteSpan, bool)>,
}

impl Lexicons {
    /// Reads everything under the key `lexicons` of a rubric.
    pub(super) fn read(rubric: &Node, files: &mut Files<'_>, found: &mut Vec<Diagnostic>) -> Self {
        let mut lexicons = Self::default();
        let Some(node) = rubric.get("lexicons") else { return lexicons };
        let items = match &node.kind {
            NodeKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut seen = Vec::new();
        for item in items {
            match &item.kind {
                NodeKind::Text(name) if !seen.contains(name) => {
                    seen.push(name.clone());
                    lexicons.read_file(name, &item.span, files, found);
                }
                NodeKind::Map(_) => lexicons.add(item, None, files, found),
                _ => {}
            }
        }
        lexicons
    }

    fn read_file(&mut self, name: &str, span: &ByteSpan, files: &mut Files<'_>, found: &mut Vec<Diagnostic>) {
        let Some((text, base)) = read_named(files, name, span, found) else { return };
        if let Some(tree) = parse(&text, base, found) {
            self.add(&tree, Some(span), files, found);
        }
    }

    /// Adds the lists of `tree`, which stands in the file named at `file`.
    fn add(&mut self, tree: &Node, file: Option<&ByteSpan>, files: &Files<'_>, found: &mut Vec<Diagnostic>) {
        let mut mistakes = Vec::new();
        let lists: Option<Ordered<Listed<String>>> = diagnostic::read(tree, &mut mistakes);
        // What is right in a list is used, so that its phrases are looked at.
        let lists = lists.or_else(|| {
            let spans: Vec<ByteSpan> = mistakes.iter().map(|it| it.primary.span.clone()).collect();
            diagnostic::read(&tree.without(&spans), &mut Vec::new())
        });
        if let (Some(mistake), Some(_)) = (mistakes.first_mut(), file)
            && mistake.help.is_none()
        {
            mistake.help = Some("a lexicon file maps names to lists of phrases".into());
        }
        found.append(&mut mistakes);
        for (Spanned { value: name, span }, phrases) in lists.unwrap_or_default().0 {
            let rubric_of = |span: &ByteSpan| files.locate(span).map(|(file, _)| file.name.clone());
            let origin = file.unwrap_or(&span);
            // What an included rubric names gives way to what the one that includes it does.
            if let Some((first, _)) = self.origins.get(&name)
                && rubric_of(first) == rubric_of(origin)
            {
                found.push(
                    Diagnostic::new(Code::DuplicateLexicon, span, format!("the lexicon `{name}` is defined twice"))
                        .label(first.clone(), "the first one comes from here"),
                );
                continue;
            }
            self.origins.insert(name.clone(), (origin.clone(), file.is_some()));
            self.phrases.insert(name, phrases.0);
        }
    }

    /// Warns of lists in the rubric that no check uses, and of files of which no list is used. A shared file may hold
    /// more lists than one rubric needs.
    pub(super) fn warn_of_unused(&self, rubric: &Node, found: &mut Vec<Diagnostic>) {
        let mut used = Vec::new();
        for key in ["marks", "sections"] {
            used_names(rubric.get(key), &mut used);
        }
        let mut files: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        for (name, (span, from_file)) in &self.origins {
            let is_used = used.contains(name);
            if *from_file {
                *files.entry((span.start, span.end)).or_default() |= is_used;
            } else if !is_used {
                let message = format!("no check uses the lexicon `{name}`");
                found.push(Diagnostic::new(Code::UnusedLexicon, span.clone(), message));
            }
        }
        for ((start, end), is_used) in files {
            if !is_used {
                let message = "no check uses a lexicon of this file";
                found.push(Diagnostic::new(Code::UnusedLexicon, start..end, message));
            }
        }
    }

    /// Names of lexicons below `node`, for the slots in their phrases.
    pub(super) fn used_phrases<'l>(&'l self, rubric: &Node) -> Vec<&'l str> {
        let mut used = Vec::new();
        for key in ["marks", "sections"] {
            used_names(rubric.get(key), &mut used);
        }
        let lists = used.iter().filter_map(|name| self.phrases.get(name));
        lists.flatten().map(|phrase| phrase.value.as_str()).collect()
    }
}

/// Names of the lexicons that the checks below `node` name, as `lexicon:NAME` or under a key with `lexicon` in it.
fn used_names(node: Option<&Node>, used: &mut Vec<String>) {
    let Some(node) = node else { return };
    match &node.kind {
        NodeKind::Text(text) => used.extend(text.trim().strip_prefix("lexicon:").map(|name| name.trim().to_owned())),
        NodeKind::List(items) => items.iter().for_each(|item| used_names(Some(item), used)),
        NodeKind::Map(entries) => {
            for (key, _, value) in entries {
                if key.contains("lexicon") {
                    used.extend(texts(Some(value)).into_iter().map(|(name, _)| name));
                }
                used_names(Some(value), used);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}
