//! What is written correctly and yet does not do what its author means.

use super::compile::criteria;
use super::lexicon::Lexicons;
use super::parse::{MAX_MISTAKES, invisible_characters};
use super::sources::Files;
use super::{Rubric, Worth};
use crate::diagnostic::{ByteSpan, Code, Diagnostic, Node, NodeKind};
use crate::operators::Check;
use crate::text;
use std::collections::{BTreeMap, BTreeSet};

/// Most phrases of each kind that are compared with each other.
const MAX_COMPARED: usize = 3000;

/// Invisible and direction-changing characters in any of the files.
pub(super) fn characters(files: &Files<'_>, found: &mut Vec<Diagnostic>) {
    let mut left = MAX_MISTAKES;
    for (file, base) in files.all() {
        for (at, character) in invisible_characters(&file.text).into_iter().take(left) {
            left -= 1;
            let message = format!("an invisible character, U+{:04X}", character as u32);
            let span = base + at..base + at + character.len_utf8();
            found.push(
                Diagnostic::new(Code::InvisibleCharacter, span, message)
                    .help("delete the word around it and type it again"),
            );
        }
    }
}

/// The same characters where an author wrote them as escapes such as `\u200b`, which a search of the file cannot find.
pub(super) fn escaped_characters(tree: &Node, files: &Files<'_>, found: &mut Vec<Diagnostic>) {
    tree.visit(&mut |node| {
        let hidden = node.text().map(invisible_characters).unwrap_or_default();
        let Some((_, character)) = hidden.first() else { return };
        if invisible_characters(files.slice(&node.span)).is_empty() {
            let message = format!("an escape stands for an invisible character, U+{:04X}", *character as u32);
            found.push(Diagnostic::new(Code::InvisibleCharacter, node.span.clone(), message));
        }
    });
}

/// Signs of Mandarin in a list in brackets, which part no items: `[您好，早上好]` is one phrase. In quotes it is meant.
pub(super) fn joined_phrases(tree: &Node, files: &Files<'_>, found: &mut Vec<Diagnostic>) {
    let written = |node: &Node| files.slice(&node.span);
    tree.visit(&mut |node| {
        let NodeKind::List(items) = &node.kind else { return };
        let in_brackets = written(node).starts_with('[');
        let bare = items.iter().filter(|item| in_brackets && item.text() == Some(written(item)));
        for item in bare {
            let Some(sign) = written(item).chars().find(|it| matches!(it, '，' | '、' | '；')) else { continue };
            let message = format!("`{sign}` does not part the items of a list, so this is one phrase");
            let mistake = Diagnostic::new(Code::JoinedPhrases, item.span.clone(), message);
            found.push(mistake.help("part items with `, `; one that has such a sign stands in quotes"));
        }
    });
}

/// Numbers that make no sense together, anywhere below `node`: a least above a most, windows without time.
pub(super) fn numbers(node: &Node, found: &mut Vec<Diagnostic>) {
    numbers_under("", node, found);
}

/// `name` is the key under which `node` stands.
fn numbers_under(name: &str, node: &Node, found: &mut Vec<Diagnostic>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| numbers_under("", item, found)),
        NodeKind::Map(entries) => {
            for (key, span, value) in entries {
                // Names chosen by the author are no limits.
                if !matches!(key.as_str(), "slots" | "lexicons" | "bands" | "examples") {
                    numbers_under(key, value, found);
                }
                least_above_most(key, span, value, entries, found);
                out_of_order(name, (key, span, value), entries, found);
                if key == "within" {
                    empty_window(value, found);
                }
            }
        }
        _ => {}
    }
}

fn least_above_most(
    key: &str,
    span: &ByteSpan,
    value: &Node,
    entries: &[(String, ByteSpan, Node)],
    found: &mut Vec<Diagnostic>,
) {
    let most = match key {
        "min" => "max".to_owned(),
        "at_least" => "at_most".to_owned(),
        _ => match key.strip_prefix("min_") {
            Some(rest) => format!("max_{rest}"),
            None => return,
        },
    };
    let Some((_, at, other)) = entries.iter().find(|(name, ..)| *name == most) else { return };
    if let (Some(low), Some(high)) = (amount(value), amount(other))
        && low > high
        && !is_unknown(span, found)
        // The operator may have said it already, of all its parameters.
        && !found.iter().any(|it| {
            let at = &it.primary.span;
            it.code == Code::ContradictoryLimits && at.start <= span.start && span.end <= at.end
        })
    {
        let message = format!("`{key}` is above `{most}`, so that nothing can fulfil both");
        found.push(Diagnostic::new(Code::ContradictoryLimits, span.clone(), message).label(at.clone(), "the most"));
    }
}

/// Marks of a scale whose order is always the same, the lower one first.
const SCALES: &[(&str, &str)] = &[
    ("warn", "fail"),
    ("least", "warn"),
    ("least", "fail"),
    ("target", "warn"),
    ("target", "fail"),
    ("too_slow", "slow"),
    ("slow", "fast"),
    ("fast", "too_fast"),
    ("flat", "lively"),
    ("min_overlap", "forced"),
    ("allowed", "fail"),
];

fn out_of_order(
    operator: &str,
    (key, span, value): (&str, &ByteSpan, &Node),
    entries: &[(String, ByteSpan, Node)],
    found: &mut Vec<Diagnostic>,
) {
    // There, more may be better or worse.
    if operator == "rate_of" || crate::operators::find(operator).is_none() {
        return;
    }
    for (_, next) in SCALES.iter().filter(|(first, _)| *first == key) {
        let Some((_, at, other)) = entries.iter().find(|(name, ..)| name == next) else { continue };
        if let (Some(low), Some(high)) = (amount(value), amount(other))
            && low > high
            && !is_unknown(span, found)
        {
            let message = format!("`{key}` lies above `{next}`");
            let help = format!("`{key}` comes first as the number grows, then `{next}`");
            let mistake = Diagnostic::new(Code::ContradictoryLimits, span.clone(), message);
            found.push(mistake.label(at.clone(), "this must be the higher one").help(help));
        }
    }
}

/// Whether the key at `span` was already found to be no key here: what else is wrong with it matters no more.
fn is_unknown(span: &ByteSpan, found: &[Diagnostic]) -> bool {
    found.iter().any(|it| it.code == Code::UnknownKey && it.primary.span == *span)
}

fn empty_window(within: &Node, found: &mut Vec<Diagnostic>) {
    for (key, span, value) in within.entries() {
        if matches!(key.as_str(), "first" | "last" | "span") && amount(value) == Some(0.0) {
            let message = format!("`{key}` is 0, so that no call has anything in this window");
            found.push(Diagnostic::new(Code::UnreachableWindow, span.clone(), message));
        }
    }
    let id = |key: &str| within.get(key).and_then(Node::text);
    if let (Some(after), Some(before)) = (id("after"), id("before"))
        && after == before
        && within.get("hit").is_none()
    {
        let message = format!("nothing lies after and before the same hit of `{after}`");
        found.push(Diagnostic::new(Code::UnreachableWindow, within.span.clone(), message));
    }
}

/// A number, a length such as `15s` in seconds, or a share such as `30%` as a part of one.
fn amount(node: &Node) -> Option<f64> {
    match &node.kind {
        NodeKind::Number(number) => Some(*number),
        NodeKind::Text(text) if text.trim_end().ends_with(['%', '％']) => {
            text.trim().trim_end_matches(['%', '％']).trim_end().parse::<f64>().ok().map(|percent| percent / 100.0)
        }
        NodeKind::Text(text) => text.parse::<crate::operators::Length>().ok().map(|length| length.ms().seconds()),
        _ => None,
    }
}

/// Lints that need a rubric without errors.
pub(super) fn meaning(rubric: &Rubric, tree: &Node, lexicons: &Lexicons, found: &mut Vec<Diagnostic>) {
    effects(rubric, tree, found);
    weights(rubric, tree, found);
    examples(rubric, tree, found);
    lexicons.warn_of_unused(tree, found);
    slots(rubric, tree, lexicons, found);
    marks(rubric, tree, found);
    phrases(rubric, tree, found);
}

fn place(node: Option<&Node>, key: &str) -> ByteSpan {
    let value = node.and_then(|node| node.get(key).or(Some(node)));
    value.map_or(0..0, |value| value.span.clone())
}

fn effects(rubric: &Rubric, tree: &Node, found: &mut Vec<Diagnostic>) {
    let nodes: BTreeMap<(usize, usize), &Node> =
        criteria(tree).map(|(section, index, node)| ((section, index), node)).collect();
    let sections = match tree.get("sections").map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.as_slice(),
        _ => &[],
    };
    let warn = |span, message: String| Diagnostic::new(Code::NoEffect, span, message);
    for (index, section) in rubric.sections.iter().enumerate() {
        if section.criteria.is_empty() {
            found.push(warn(place(sections.get(index), "id"), format!("the section `{}` has no criteria", section.id)));
        } else if section.weight == 0.0 {
            let message = format!("the section `{}` has weight 0, its points change no score", section.id);
            found.push(warn(place(sections.get(index), "weight"), message));
        }
        for (number, criterion) in section.criteria.iter().enumerate() {
            let (key, amount) = match criterion.worth {
                Worth::Points(points) => ("points", points),
                Worth::Deduct { points, .. } => ("deduct", points),
                Worth::Bonus(points) => ("bonus", points),
            };
            if amount == 0.0 && criterion.fatal.is_none() {
                let message = format!("`{}` has `{key}: 0` and is not fatal, it changes no score", criterion.id);
                found.push(warn(place(nodes.get(&(index, number)).copied(), key), message));
            }
        }
    }
}

/// Whether there is anything to reach, and the pass mark within reach; from the tree, so that it is said with the other
/// mistakes.
pub(super) fn reach(tree: &Node, found: &mut Vec<Diagnostic>) {
    if tree.get("sections").is_some() && criteria(tree).next().is_none() {
        let at = place(Some(tree), "sections");
        found.push(Diagnostic::new(Code::EmptyRubric, at, "this rubric has no criterion"));
    }
    let Some(mark) = tree.get("pass_mark") else { return };
    match mark.kind {
        NodeKind::Number(value) if value > 100.0 => {
            let message = format!("the pass mark of {value} lies above the best score, 100");
            found.push(Diagnostic::new(Code::UnreachablePassMark, mark.span.clone(), message));
        }
        NodeKind::Number(value) if value < 0.0 => {
            let message = "the pass mark lies below the lowest score, 0";
            found.push(Diagnostic::new(Code::InvalidValue, mark.span.clone(), message));
        }
        _ => {}
    }
}

fn weights(rubric: &Rubric, tree: &Node, found: &mut Vec<Diagnostic>) {
    let earns = |worth: &Worth| matches!(worth, Worth::Points(points) if *points > 0.0);
    let mut earning =
        rubric.sections.iter().filter(|section| section.criteria.iter().any(|it| earns(&it.worth))).peekable();
    if earning.peek().is_some() && earning.all(|section| section.weight == 0.0) {
        let message = "every section that earns points has weight 0, so that no points can reach the pass mark";
        found.push(Diagnostic::new(Code::UnreachablePassMark, place(Some(tree), "sections"), message));
    }
}

fn examples(rubric: &Rubric, tree: &Node, found: &mut Vec<Diagnostic>) {
    for (section, number, node) in criteria(tree) {
        let Some(criterion) = rubric.sections.get(section).and_then(|it| it.criteria.get(number)) else { continue };
        let has = |outcome: &str| criterion.examples.iter().any(|example| example.expected == outcome);
        // A call that earns a part shows either side, but not both.
        let (pass, part, fail) = (has("pass"), has("partial"), has("fail"));
        let missing = match (pass || (part && fail), fail || (part && pass)) {
            (true, true) => continue,
            (false, true) => "no example that passes",
            (true, false) => "no example that fails",
            (false, false) => "no example that passes and none that fails",
        };
        let message = format!("`{}` has {missing}", criterion.id);
        found.push(
            Diagnostic::new(Code::MissingExample, place(Some(node), "id"), message)
                .help("write small calls under `examples:`, and run `callgrade rubric test`"),
        );
    }
}

fn slots(rubric: &Rubric, tree: &Node, lexicons: &Lexicons, found: &mut Vec<Diagnostic>) {
    let mut used = String::new();
    for key in ["marks", "sections"] {
        collect_text(tree.get(key), &mut used);
    }
    lexicons.used_phrases(tree).iter().for_each(|phrase| used.push_str(phrase));
    let entries = tree.get("slots").map_or(&[][..], Node::entries);
    for name in rubric.slots.keys().filter(|name| !used.contains(&format!("{{{name}}}"))) {
        let span = entries.iter().find(|(known, ..)| known == name).map_or(0..0, |(_, span, _)| span.clone());
        found.push(Diagnostic::new(Code::UnusedSlot, span, format!("no phrase uses the slot `{{{name}}}`")));
    }
}

fn collect_text(node: Option<&Node>, out: &mut String) {
    let Some(node) = node else { return };
    node.visit(&mut |node| {
        if let Some(text) = node.text() {
            out.push_str(text);
            out.push('\n');
        }
    });
}

fn all_checks(rubric: &Rubric) -> impl Iterator<Item = &dyn Check> {
    let criteria = rubric.sections.iter().flat_map(|section| &section.criteria).map(|it| it.check.as_ref());
    rubric.marks.iter().map(|(_, check)| check.as_ref()).chain(criteria)
}

fn marks(rubric: &Rubric, tree: &Node, found: &mut Vec<Diagnostic>) {
    let used: Vec<&str> = all_checks(rubric).flat_map(|check| check.depends_on()).collect();
    let entries = tree.get("marks").map_or(&[][..], Node::entries);
    for (name, span, _) in entries.iter().filter(|(name, ..)| !used.contains(&name.as_str())) {
        found.push(Diagnostic::new(Code::UnusedMark, span.clone(), format!("nothing refers to the mark `{name}`")));
    }
}

/// A phrase of a criterion, folded, for comparing with others.
struct Wording<'r> {
    criterion: &'r str,
    node: Option<&'r Node>,
    written: &'r str,
    /// Folded words with a blank around each.
    folded: String,
}

/// Demanded phrases against forbidden ones, over the whole rubric.
fn phrases(rubric: &Rubric, tree: &Node, found: &mut Vec<Diagnostic>) {
    let nodes: BTreeMap<(usize, usize), &Node> =
        criteria(tree).map(|(section, index, node)| ((section, index), node)).collect();
    let fold = |text: &str| {
        let words: Vec<String> = text::fold(text, &rubric.language).into_iter().map(|token| token.text).collect();
        if words.is_empty() { String::new() } else { format!(" {} ", words.join(" ")) }
    };
    let mut demanded = Vec::new();
    let mut forbidden = Vec::new();
    for (section, it) in rubric.sections.iter().enumerate() {
        for (number, criterion) in it.criteria.iter().enumerate() {
            let node = nodes.get(&(section, number)).copied();
            for demand in criterion.check.phrases() {
                let list = if demand.forbidden { &mut forbidden } else { &mut demanded };
                // Only plain phrases are compared: alternatives and optional parts would need all their readings.
                if demand.phrase.contains(['|', '(', '{']) || list.len() >= MAX_COMPARED {
                    continue;
                }
                let (criterion, written) = (criterion.id.as_str(), demand.phrase);
                list.push(Wording { criterion, node, written, folded: fold(written) });
            }
        }
    }
    let reported = found.len();
    for forbids in forbidden.iter().filter(|it| !it.folded.is_empty()) {
        let excepted = forbids.node.map(|node| exceptions(node, &fold)).unwrap_or_default();
        let hit = demanded.iter().find(|demands| {
            demands.folded.contains(&forbids.folded)
                && same_side(forbids.node, demands.node)
                && !are_apart(forbids, demands)
                && !excepted.iter().any(|it| demands.folded.contains(it.as_str()))
        });
        let Some(demands) = hit else { continue };
        let span = forbids
            .node
            .and_then(|node| text_place(node, forbids.written))
            .unwrap_or_else(|| place(forbids.node.and_then(|node| node.get("check")), ""));
        let (id, written) = (forbids.criterion, forbids.written);
        found.push(if demands.folded == forbids.folded {
            let message = format!("`{id}` forbids \"{written}\", which `{}` demands", demands.criterion);
            Diagnostic::new(Code::Contradiction, span, message)
        } else {
            let (longer, other) = (demands.written, demands.criterion);
            let message = format!("`{id}` forbids \"{written}\", which is part of \"{longer}\" in `{other}`");
            Diagnostic::new(Code::ForbiddenInRequired, span, message)
                .help(format!("add \"{longer}\" under `except:` of the check that forbids"))
        });
        if found.len() - reported >= MAX_MISTAKES {
            return;
        }
    }
}

/// Whether two criteria look at different stretches of a call, or are branches of one.
fn are_apart(a: &Wording<'_>, b: &Wording<'_>) -> bool {
    fn find<'n>(node: Option<&'n Node>, wanted: &str) -> Option<&'n Node> {
        let node = node?;
        match &node.kind {
            NodeKind::List(items) => items.iter().find_map(|item| find(Some(item), wanted)),
            NodeKind::Map(_) => {
                node.get(wanted).or_else(|| node.entries().iter().find_map(|(.., value)| find(Some(value), wanted)))
            }
            _ => None,
        }
    }
    /// From where a window counts: its ends, and the ids of what it lies next to.
    fn frame(within: &Node) -> BTreeSet<(&str, &str)> {
        let entries = within.entries().iter();
        let ends = entries.filter(|(key, ..)| ["first", "last", "after", "before", "around"].contains(&key.as_str()));
        ends.map(|(key, _, value)| {
            (key.as_str(), if matches!(key.as_str(), "first" | "last") { "" } else { value.text().unwrap_or("") })
        })
        .collect()
    }
    let windows = (find(a.node, "within"), find(b.node, "within"));
    let differ = matches!(windows, (Some(a), Some(b)) if frame(a) != frame(b));
    differ || a.criterion == b.criterion && find(a.node, "when").is_some()
}

/// Whether two criteria can be about the same side of a call.
fn same_side(a: Option<&Node>, b: Option<&Node>) -> bool {
    let sides = |node: Option<&Node>| {
        let mut sides = Vec::new();
        collect_sides(node, &mut sides);
        sides
    };
    let (a, b) = (sides(a), sides(b));
    a.is_empty() || b.is_empty() || a.iter().any(|side| b.contains(side) || side == "any") || b.contains(&"any".into())
}

fn collect_sides(node: Option<&Node>, sides: &mut Vec<String>) {
    match node.map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.iter().for_each(|item| collect_sides(Some(item), sides)),
        Some(NodeKind::Map(entries)) => {
            for (key, _, value) in entries {
                match value.text() {
                    Some(side) if key == "speaker" => sides.push(side.to_owned()),
                    _ => collect_sides(Some(value), sides),
                }
            }
        }
        _ => {}
    }
}

/// Folded phrases under every `except:` below `node`.
fn exceptions(node: &Node, fold: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut all = Vec::new();
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| all.extend(exceptions(item, fold))),
        NodeKind::Map(entries) => {
            for (key, _, value) in entries {
                if key == "except" {
                    let mut text = String::new();
                    collect_text(Some(value), &mut text);
                    all.extend(text.lines().map(fold).filter(|phrase| !phrase.is_empty()));
                } else {
                    all.extend(exceptions(value, fold));
                }
            }
        }
        _ => {}
    }
    all
}

/// Where `wanted` stands below `node`.
fn text_place(node: &Node, wanted: &str) -> Option<ByteSpan> {
    match &node.kind {
        NodeKind::Text(text) => (text == wanted).then(|| node.span.clone()),
        NodeKind::List(items) => items.iter().find_map(|item| text_place(item, wanted)),
        NodeKind::Map(entries) => entries.iter().find_map(|(.., value)| text_place(value, wanted)),
        _ => None,
    }
}
