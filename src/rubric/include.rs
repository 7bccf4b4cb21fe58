//! Rubrics that build on others: `include:` and `without:`.
//!
//! An included rubric gives its slots, lexicons, marks and sections. Sections and criteria of the same id are one: the
//! settings that the including file gives them win, key by key. Works on the trees, so that every value keeps its
//! place in the file that it comes from.

use super::parse::{MAX_MISTAKES, full_width, parse};
use super::raw::WORTH;
use super::sources::{Files, outside, read_named};
use crate::diagnostic::{ByteSpan, Code, Diagnostic, Node, NodeKind, did_you_mean};
use std::collections::BTreeMap;

/// Most rubrics that stand in one another.
const MAX_LEVELS: usize = 8;

/// Reads the rubric `text` of the file `name` with everything that it includes.
pub(super) fn read_tree(
    name: &str,
    (text, base): (&str, usize),
    files: &mut Files<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Node> {
    read_file(name, (text, base), &mut vec![name.to_owned()], files, found)
}

fn read_file(
    name: &str,
    (text, base): (&str, usize),
    path: &mut Vec<String>,
    files: &mut Files<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let mut own = parse(text, base, found)?;
    if !matches!(own.kind, NodeKind::Map(_)) {
        let message = format!("expected a rubric, found {}", own.type_name());
        found.push(
            Diagnostic::new(Code::WrongType, own.span, message)
                .help(full_width(text, 0).unwrap_or("`callgrade rubric new` writes one")),
        );
        return None;
    }
    name_files_from_root(&mut own, name, files, found);
    unique_ids(&own, found);
    let mut included: Option<Node> = None;
    for (wanted, span) in texts(own.get("include")) {
        if found.len() > MAX_MISTAKES {
            break;
        }
        let Some(other) = files.resolve(name, &wanted) else {
            found.push(outside(&span));
            continue;
        };
        if path.contains(&other) || path.len() >= MAX_LEVELS {
            let way = format!("{} -> {other}", path.join(" -> "));
            let message = if path.contains(&other) {
                format!("`{wanted}` includes itself: {way}")
            } else {
                format!("`{wanted}` is included {MAX_LEVELS} files deep, expected fewer: {way}")
            };
            found.push(Diagnostic::new(Code::IncludeCycle, span, message));
            continue;
        }
        let Some((text, base)) = read_named(files, &other, &span, found) else { continue };
        path.push(other.clone());
        let tree = read_file(&other, (&text, base), path, files, found);
        path.pop();
        included = match (included, tree) {
            (Some(before), Some(tree)) => Some(merge(before, tree)),
            (before, tree) => tree.or(before),
        };
    }
    if let Some(mut included) = included {
        leave_out(&mut included, &texts(own.get("without")), found);
        own = merge(included, own);
    } else if own.get("include").is_none()
        && let Some((_, span)) = texts(own.get("without")).into_iter().next()
    {
        let message = "`without` leaves out what `include` brings, but nothing is included";
        found.push(Diagnostic::new(Code::InvalidValue, span, message));
    }
    Some(own)
}

/// Texts under a key, be it one or a list, with their places.
pub(super) fn texts(node: Option<&Node>) -> Vec<(String, ByteSpan)> {
    let Some(node) = node else { return Vec::new() };
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| Some((item.text()?.to_owned(), item.span.clone()))).collect()
}

/// Writes the paths under `lexicons` as names that do not depend on the file they stand in.
fn name_files_from_root(own: &mut Node, name: &str, files: &Files<'_>, found: &mut Vec<Diagnostic>) {
    let Some(lexicons) = get_mut(own, "lexicons") else { return };
    let items = match &mut lexicons.kind {
        NodeKind::List(items) => items.as_mut_slice(),
        NodeKind::Text(_) => std::slice::from_mut(lexicons),
        _ => return,
    };
    for item in items {
        let NodeKind::Text(path) = &mut item.kind else { continue };
        match files.resolve(name, path) {
            Some(resolved) => *path = resolved,
            None => found.push(outside(&item.span)),
        }
    }
}

fn get_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    match &mut node.kind {
        NodeKind::Map(entries) => entries.iter_mut().find(|(name, ..)| name == key).map(|(.., value)| value),
        _ => None,
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items,
        _ => &[],
    }
}

/// Sections and criteria of one file must have ids of their own; marks share the criteria's names.
fn unique_ids(own: &Node, found: &mut Vec<Diagnostic>) {
    let mut report = |seen: &mut BTreeMap<String, ByteSpan>, id: &Node, what: &str| {
        let Some(name) = id.text() else { return };
        if let Some(first) = seen.get(name) {
            let message = format!("the {what} `{name}` stands here a second time");
            found.push(
                Diagnostic::new(Code::DuplicateId, id.span.clone(), message).label(first.clone(), "the first one"),
            );
        } else {
            seen.insert(name.to_owned(), id.span.clone());
        }
    };
    let (mut sections, mut criteria) = (BTreeMap::new(), BTreeMap::new());
    for (name, span, _) in own.get("marks").map_or(&[][..], Node::entries) {
        criteria.insert(name.clone(), span.clone());
    }
    for section in items(own.get("sections")) {
        section.get("id").into_iter().for_each(|id| report(&mut sections, id, "section"));
        for criterion in items(section.get("criteria")) {
            criterion.get("id").into_iter().for_each(|id| report(&mut criteria, id, "criterion"));
        }
    }
}

/// `over` laid over `base`: lists of things with ids are joined by id, other lists and values are replaced.
fn merge(base: Node, over: Node) -> Node {
    let span = over.span.clone();
    let kind = match (base.kind, over.kind) {
        (NodeKind::Map(mut entries), NodeKind::Map(new)) => {
            for (key, at, value) in new {
                match entries.iter_mut().find(|(name, ..)| *name == key) {
                    Some(entry) => {
                        let old = std::mem::replace(&mut entry.2, Node { kind: NodeKind::Null, span: at.clone() });
                        entry.1 = at;
                        entry.2 = match key.as_str() {
                            "slots" | "marks" => merge(old, value),
                            "sections" | "criteria" => join_by_id(old, value),
                            "lexicons" => append(old, value),
                            _ => value,
                        };
                    }
                    None => entries.push((key, at, value)),
                }
            }
            NodeKind::Map(entries)
        }
        (_, kind) => kind,
    };
    Node { kind, span }
}

fn join_by_id(base: Node, over: Node) -> Node {
    let (NodeKind::List(mut items), NodeKind::List(new)) = (base.kind, over.kind.clone()) else { return over };
    for item in new {
        let id = item.get("id").and_then(Node::text).map(str::to_owned);
        let same = |known: &&mut Node| id.is_some() && known.get("id").and_then(Node::text) == id.as_deref();
        match items.iter_mut().find(same) {
            Some(known) => {
                let old = std::mem::replace(known, Node { kind: NodeKind::Null, span: 0..0 });
                *known = merge(without_worth(old, &item), item);
            }
            None => items.push(item),
        }
    }
    Node { kind: NodeKind::List(items), span: over.span }
}

/// A criterion that says anew how it counts does not keep how it counted.
fn without_worth(mut old: Node, new: &Node) -> Node {
    if let NodeKind::Map(entries) = &mut old.kind
        && WORTH.iter().any(|key| new.get(key).is_some())
    {
        entries.retain(|(key, ..)| !WORTH.contains(&key.as_str()) && key != "per_hit" && key != "cap");
    }
    old
}

/// Lexicons of both: files in order, each once; lists by name.
fn append(base: Node, over: Node) -> Node {
    let span = over.span.clone();
    let kind = match (base.kind, over.kind) {
        (NodeKind::Map(base), NodeKind::Map(over)) => {
            let as_node = |entries| Node { kind: NodeKind::Map(entries), span: span.clone() };
            return merge(as_node(base), as_node(over));
        }
        (base, over) => {
            let list = |kind| match kind {
                NodeKind::List(items) => items,
                NodeKind::Null => Vec::new(),
                kind => vec![Node { kind, span: span.clone() }],
            };
            let mut all = list(base);
            for item in list(over) {
                if !all.iter().any(|known| known.kind == item.kind) {
                    all.push(item);
                }
            }
            NodeKind::List(all)
        }
    };
    Node { kind, span }
}

/// Takes out of `included` the sections and criteria that `without` names.
fn leave_out(included: &mut Node, without: &[(String, ByteSpan)], found: &mut Vec<Diagnostic>) {
    let id_of = |node: &Node| node.get("id").and_then(Node::text).map(str::to_owned);
    for (id, span) in without {
        let mut known = Vec::new();
        let mut gone = false;
        if let Some(NodeKind::List(sections)) = get_mut(included, "sections").map(|node| &mut node.kind) {
            let before = sections.len();
            known.extend(sections.iter().filter_map(id_of));
            sections.retain(|section| id_of(section).as_ref() != Some(id));
            gone |= sections.len() < before;
            for section in sections {
                if let Some(NodeKind::List(criteria)) = get_mut(section, "criteria").map(|node| &mut node.kind) {
                    let before = criteria.len();
                    known.extend(criteria.iter().filter_map(id_of));
                    criteria.retain(|criterion| id_of(criterion).as_ref() != Some(id));
                    gone |= criteria.len() < before;
                }
            }
        }
        if !gone {
            let message = format!("there is no included section or criterion `{id}` to leave out");
            let mistake = Diagnostic::new(Code::UnknownReference, span.clone(), message);
            found.push(match did_you_mean(id, known.iter().map(String::as_str)) {
                Some(name) => mistake.meant(name),
                None => mistake,
            });
        }
    }
}
