//! The rubric as written becomes the rubric that grades; every mistake on the way is collected.

use super::include::{read_tree, texts};
use super::lexicon::Lexicons;
use super::raw::{RawCriterion, RawRubric, WORTH};
use super::sections::{Checks, bands, examples, sections, worth};
use super::sources::{Files, SourceFile, Sources};
use super::spelling::respell;
use super::{Criterion, Outline, Rubric, Section, Worth, budget, lint, order};
use crate::call::{Ms, Points};
use crate::diagnostic::{self, ByteSpan, Code, Diagnostic, Node, NodeKind, Severity, did_you_mean};
use crate::operators::{self, Builder, Check};
use std::collections::{BTreeMap, BTreeSet};

/// Slots that a call's metadata fills.
const METADATA_SLOTS: &[&str] = &["agent", "customer", "company"];
/// The score that passes where the rubric does not say.
const PASS_MARK: f64 = 80.0;
/// How many levels of misspelt keys are gone through: sections, criteria, check, operator, parameter and what is in it.
const MOST_RESPELT: usize = 6;
/// Speech below which a call is not scored where the rubric does not say.
const MIN_SPEECH: Ms = Ms(15_000);

/// What reading a rubric gives.
#[derive(Debug)]
pub struct Loaded {
    /// The rubric; absent where there is an error among the mistakes.
    pub rubric: Option<Rubric>,
    /// All mistakes and warnings, in order of the files and of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Every criterion, then every mark, as it stands in its file, where the rubric could be read at all.
    pub outline: Vec<Outline>,
    /// The files that were read, for showing the places of mistakes.
    pub files: Vec<SourceFile>,
}

impl Loaded {
    /// Whether there is a mistake that keeps the rubric from being used.
    pub fn has_errors(&self) -> bool {
        self.rubric.is_none()
    }
}

/// Reads the rubric called `name` with its lexicons and included rubrics from `sources`.
///
/// # Errors
/// Why the rubric's own file has no text; mistakes inside it are no error but diagnostics.
pub fn load(name: &str, sources: &dyn Sources) -> Result<Loaded, super::SourceError> {
    let mut files = Files::new(name, sources);
    let (text, base) = files.read(name)?;
    let mut found = Vec::new();
    let mut tree = read_tree(name, (&text, base), &mut files, &mut found);
    let rubric = tree.as_mut().and_then(|tree| compile_respelt(tree, &mut files, &mut found));
    let outline = tree.as_ref().map(|tree| outline(tree, &files)).unwrap_or_default();
    if let Some(tree) = &tree {
        withdraw_unknown(tree, &files, &mut found);
    }
    lint::characters(&files, &mut found);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let has_errors = found.iter().any(|it| it.severity == Severity::Error);
    found.sort_by_key(|it| (it.primary.span.start, it.code));
    for mistake in found {
        if diagnostics.len() >= super::parse::MAX_MISTAKES {
            break;
        }
        let mistake = files.localize(mistake);
        if !diagnostics.contains(&mistake) {
            diagnostics.push(mistake);
        }
    }
    let rubric = rubric.filter(|_| !has_errors);
    Ok(Loaded { rubric, diagnostics, outline, files: files.into_files() })
}

/// Compiles `tree`, and where keys in it are misspelt once more with what was meant, until all below them was looked at.
fn compile_respelt(tree: &mut Node, files: &mut Files<'_>, found: &mut Vec<Diagnostic>) -> Option<Rubric> {
    let read = files.count();
    let mut mistakes = Vec::new();
    let mut rubric = compile(tree, files, &mut mistakes);
    for _ in 0..MOST_RESPELT {
        let respelt = respell(tree, &mut mistakes);
        if respelt.is_empty() {
            break;
        }
        found.extend(respelt);
        mistakes.clear();
        files.keep(read);
        rubric = compile(tree, files, &mut mistakes);
    }
    found.append(&mut mistakes);
    rubric
}

/// Takes back what is said of names that a file may hold which could not be read, or a lexicon with mistakes.
fn withdraw_unknown(tree: &Node, files: &Files<'_>, found: &mut Vec<Diagnostic>) {
    let unread = |key: &str| {
        let mut files = texts(tree.get(key)).into_iter();
        files.any(|(_, span)| {
            let is_file = |code| matches!(code, Code::UnreadableFile | Code::OutsidePath | Code::IncludeCycle);
            found.iter().any(|it| is_file(it.code) && it.primary.span == span)
        })
    };
    let own = tree.get("lexicons");
    let lexicon_files = texts(own);
    let named = |name: &str| lexicon_files.iter().any(|(file, _)| file == name);
    let in_lexicons = |it: &Diagnostic| {
        let at = it.primary.span.start;
        let inside = own.is_some_and(|node| node.span.contains(&at));
        it.severity == Severity::Error
            && (inside || files.locate(&it.primary.span).is_some_and(|(file, _)| named(&file.name)))
    };
    // A file that cannot be taken apart holds nothing.
    let own_file = files.locate(&tree.span).map(|(file, _)| file.name.as_str());
    let in_included = |it: &Diagnostic| {
        let file = files.locate(&it.primary.span).map(|(file, _)| file.name.as_str());
        matches!(it.code, Code::Syntax | Code::TooLarge) && file != own_file && file.is_some_and(|file| !named(file))
    };
    // What stands under the second of two keys was not looked at.
    let doubled = found.iter().any(|it| {
        let key = files.slice(&it.primary.span).trim_matches(['"', '\'']);
        it.code == Code::DuplicateKey
            && matches!(key, "marks" | "sections" | "criteria" | "slots" | "lexicons" | "include")
    });
    let rubric = doubled || unread("include") || found.iter().any(in_included);
    // Whatever is no list of criteria, or goes by another name, was not looked at.
    let shapeless = found.iter().any(|it| matches!(it.code, Code::UnknownKey | Code::WrongType));
    let lexicon = doubled || unread("lexicons") || found.iter().any(in_lexicons);
    let sections = tree.get("sections").map_or(0..0, |node| node.span.clone());
    found.retain(|it| match it.code {
        Code::UnknownLexicon => !rubric && !lexicon,
        Code::UnknownReference | Code::UnknownSlot => !rubric,
        // What it lacks may stand in the other file.
        Code::MissingKey => !rubric || !(it.primary.span == tree.span || sections.contains(&it.primary.span.start)),
        Code::EmptyRubric => !rubric && !shapeless,
        _ => true,
    });
}

fn outline(tree: &Node, files: &Files<'_>) -> Vec<Outline> {
    let describe = |id: &str, span: &ByteSpan, check: &Node| {
        let mut operators = Vec::new();
        operators_in(check, &mut operators);
        let (file, span) = files.locate(span)?;
        Some(Outline { id: id.to_owned(), file: file.name.clone(), span, operators })
    };
    let criteria =
        criteria(tree).filter_map(|(.., node)| describe(node.get("id")?.text()?, &node.span, node.get("check")?));
    let marks = tree.get("marks").map_or(&[][..], Node::entries);
    let marks = marks.iter().filter_map(|(id, span, check)| describe(id, &(span.start..check.span.end), check));
    criteria.chain(marks).collect()
}

/// Names of the operators below `node`, each once.
fn operators_in(node: &Node, names: &mut Vec<String>) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| operators_in(item, names)),
        NodeKind::Map(entries) => {
            for (key, _, value) in entries {
                // Phrases stand under a parameter that is called as an operator is.
                let takes_phrases = match &value.kind {
                    NodeKind::List(items) => !items.iter().any(|item| matches!(item.kind, NodeKind::Map(_))),
                    kind => !matches!(kind, NodeKind::Map(_)),
                };
                if operators::find(key).is_some() && !takes_phrases && !names.contains(key) {
                    names.push(key.clone());
                }
                operators_in(value, names);
            }
        }
        _ => {}
    }
}

/// A rubric around a single check, for examples that stand outside a rubric.
pub(super) fn worthless(language: &str, check: Box<dyn Check>) -> Rubric {
    let criterion = Criterion {
        id: "example".into(),
        title: String::new(),
        why: String::new(),
        worth: Worth::Points(1.0),
        fatal: None,
        tags: Vec::new(),
        check,
        examples: Vec::new(),
    };
    Rubric {
        id: "example".into(),
        title: String::new(),
        language: language.to_owned(),
        version: String::new(),
        hash: String::new(),
        pass_mark: Points::from_f64(PASS_MARK),
        bands: Vec::new(),
        min_speech: Ms(0),
        slots: BTreeMap::new(),
        marks: Vec::new(),
        sections: vec![Section { id: "example".into(), title: String::new(), weight: 1.0, criteria: vec![criterion] }],
        order: vec![(0, 0)],
    }
}

fn compile(tree: &Node, files: &mut Files<'_>, found: &mut Vec<Diagnostic>) -> Option<Rubric> {
    if !has_known_format(tree, found) {
        return None;
    }
    let raw: Option<RawRubric> = diagnostic::read(tree, found);
    let lexicons = Lexicons::read(tree, files, found);
    if !budget::is_kept(tree, &lexicons.phrases, found) {
        return None;
    }
    let names = Names::of(tree);
    let language = tree.get("language").and_then(Node::text).unwrap_or("any");
    let mut builder = Builder::new(language, &lexicons.phrases, &names.slots, &names.ids);
    let marks: Vec<(String, Option<Box<dyn Check>>)> = tree
        .get("marks")
        .map_or(&[][..], Node::entries)
        .iter()
        .map(|(name, _, check)| (name.clone(), builder.check(check)))
        .collect();
    let mut checks = Checks::new();
    for (section, criterion, node) in criteria(tree) {
        if let Some(check) = node.get("check").and_then(|check| builder.check(check)) {
            checks.insert((section, criterion), check);
        }
    }
    found.append(&mut builder.diagnostics);
    empty_slots(tree, found);
    lint::numbers(tree, found);
    lint::escaped_characters(tree, files, found);
    lint::joined_phrases(tree, files, found);

    let mut marks: Vec<(String, Box<dyn Check>)> =
        marks.into_iter().filter_map(|(name, check)| Some((name, check?))).collect();
    sort_marks(&mut marks, tree, found);
    let order = criteria_order(tree, &checks, found);
    lint::reach(tree, found);
    let Some(raw) = raw else {
        readable_parts(tree, found);
        return None;
    };
    let bands = bands(&raw.bands, found);
    let sections = sections(&raw, checks, found);
    let pass_mark = raw.pass_mark.as_ref().map_or(PASS_MARK, |mark| mark.value);
    let rubric = Rubric {
        id: raw.id.0,
        title: raw.title,
        language: raw.language.as_str().to_owned(),
        version: raw.version,
        hash: String::new(),
        pass_mark: Points::from_f64(pass_mark),
        bands,
        min_speech: raw.min_speech.map_or(MIN_SPEECH, |length| length.ms()),
        slots: raw
            .slots
            .0
            .into_iter()
            .map(|(name, values)| (name.value, values.0.into_iter().map(|value| value.value).collect()))
            .collect(),
        marks,
        sections,
        order,
    };
    if found.iter().all(|it| it.severity == Severity::Warning) {
        lint::meaning(&rubric, tree, &lexicons, found);
    }
    Some(Rubric { hash: files.hash(), ..rubric })
}

/// Looks at what can be read of a rubric that cannot be read as a whole, so that one run shows all mistakes.
fn readable_parts(tree: &Node, found: &mut Vec<Diagnostic>) {
    let known = &mut Vec::new();
    let reported: Vec<ByteSpan> = found.iter().map(|it| it.primary.span.clone()).collect();
    for (.., node) in criteria(tree) {
        let mut sound = node.without(&reported);
        let mut broken = node.entries().iter().filter(|(key, ..)| sound.get(key).is_none());
        let counts = !broken.any(|(key, ..)| did_you_mean(key, WORTH.iter().copied()).is_some());
        if let NodeKind::Map(entries) = &mut sound.kind {
            for key in ["id", "title", "check"] {
                if entries.iter().all(|(name, ..)| name != key) {
                    let made_up = Node { kind: NodeKind::Text("criterion".to_owned()), span: node.span.clone() };
                    entries.push((key.to_owned(), node.span.clone(), made_up));
                }
            }
        }
        if let Some(criterion) = diagnostic::read::<RawCriterion>(&sound, known) {
            if counts {
                worth(&criterion, found);
            }
            examples(&criterion.examples, found);
        }
    }
    if let Some(ranges) = tree.get("bands").and_then(|node| diagnostic::read(node, known)) {
        bands(&ranges, found);
    }
}

/// Slots without a value, which would stand for any name, where no call gives them one.
fn empty_slots(tree: &Node, found: &mut Vec<Diagnostic>) {
    for (name, span, values) in tree.get("slots").map_or(&[][..], Node::entries) {
        if !METADATA_SLOTS.contains(&name.as_str()) && values.kind == NodeKind::List(Vec::new()) {
            let message = format!("the slot `{name}` has no values");
            found.push(Diagnostic::new(Code::InvalidValue, span.clone(), message));
        }
    }
}

/// The format is looked at first: a file for another version has other keys, and its mistakes would mean nothing.
fn has_known_format(tree: &Node, found: &mut Vec<Diagnostic>) -> bool {
    let Some(format) = tree.get("format") else { return true };
    if format.kind == NodeKind::Number(1.0) {
        return true;
    }
    let message = match &format.kind {
        NodeKind::Number(format) => format!("expected format 1, found {format}"),
        _ => format!("expected `format: 1`, found {}", format.type_name()),
    };
    found.push(Diagnostic::new(Code::UnsupportedFormat, format.span.clone(), message));
    false
}

/// Every criterion of the tree with the indices of its section and of itself.
pub(super) fn criteria(tree: &Node) -> impl Iterator<Item = (usize, usize, &Node)> {
    let sections: &[Node] = match tree.get("sections").map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items,
        _ => &[],
    };
    sections.iter().enumerate().flat_map(|(section, node)| {
        let criteria: &[Node] = match node.get("criteria").map(|node| &node.kind) {
            Some(NodeKind::List(items)) => items,
            _ => &[],
        };
        criteria.iter().enumerate().map(move |(criterion, node)| (section, criterion, node))
    })
}

/// Names that checks may refer to.
struct Names {
    slots: BTreeSet<String>,
    ids: BTreeSet<String>,
}

impl Names {
    fn of(tree: &Node) -> Self {
        let keys = |key| tree.get(key).map_or(&[][..], Node::entries).iter().map(|(name, ..)| name.clone());
        let mut slots: BTreeSet<String> = METADATA_SLOTS.iter().map(|name| (*name).to_owned()).collect();
        slots.extend(keys("slots"));
        let mut ids: BTreeSet<String> = keys("marks").collect();
        ids.extend(criteria(tree).filter_map(|(.., node)| Some(node.get("id")?.text()?.to_owned())));
        Self { slots, ids }
    }
}

/// Puts marks in an order in which each can be evaluated. They come before all criteria, so they can refer to marks
/// only.
fn sort_marks(marks: &mut Vec<(String, Box<dyn Check>)>, tree: &Node, found: &mut Vec<Diagnostic>) {
    let written = tree.get("marks").map_or(&[][..], Node::entries);
    let place = |name: &str| written.iter().find(|(known, ..)| known == name).map_or(0..0, |(_, span, _)| span.clone());
    let is_mark = |name: &str| written.iter().any(|(known, ..)| known == name);
    let names: Vec<String> = marks.iter().map(|(name, _)| name.clone()).collect();
    let depends: Vec<Vec<usize>> = marks
        .iter()
        .map(|(name, check)| {
            let mut needs = Vec::new();
            for wanted in check.depends_on() {
                match names.iter().position(|known| known == wanted) {
                    Some(index) => needs.push(index),
                    // It has a mistake of its own.
                    None if is_mark(wanted) => {}
                    None => {
                        let message = format!("the mark `{name}` refers to the criterion `{wanted}`");
                        found.push(
                            Diagnostic::new(Code::UnknownReference, place(name), message)
                                .help("marks are looked for before all criteria; refer to another mark"),
                        );
                    }
                }
            }
            needs
        })
        .collect();
    match order::order(&depends) {
        Ok(order) => {
            let mut sorted: Vec<Option<(String, Box<dyn Check>)>> = marks.drain(..).map(Some).collect();
            marks.extend(order.into_iter().filter_map(|index| sorted[index].take()));
        }
        Err(circles) => report_circles("marks", &circles, &names, |index| place(&names[index]), found),
    }
}

/// The order of the criteria, each after those that it refers to.
fn criteria_order(tree: &Node, checks: &Checks, found: &mut Vec<Diagnostic>) -> Vec<(usize, usize)> {
    let all: Vec<(usize, usize, &Node)> = criteria(tree).collect();
    let id = |node: &Node| node.get("id").and_then(Node::text).unwrap_or_default().to_owned();
    let ids: Vec<String> = all.iter().map(|(.., node)| id(node)).collect();
    let depends: Vec<Vec<usize>> = all
        .iter()
        .map(|(section, criterion, _)| {
            let wanted = checks.get(&(*section, *criterion)).map(|check| check.depends_on()).unwrap_or_default();
            wanted.iter().filter_map(|wanted| ids.iter().position(|id| id == wanted)).collect()
        })
        .collect();
    match order::order(&depends) {
        Ok(order) => order.into_iter().map(|index| (all[index].0, all[index].1)).collect(),
        Err(circles) => {
            let place = |index: usize| all[index].2.get("id").map_or(0..0, |id| id.span.clone());
            report_circles("criteria", &circles, &ids, place, found);
            Vec::new()
        }
    }
}

/// Reports each of `circles`, whose members are numbers in `names`, at the place of its first: they refer to each other, or
/// one to itself.
fn report_circles(
    what: &str,
    circles: &[Vec<usize>],
    names: &[String],
    place: impl Fn(usize) -> ByteSpan,
    found: &mut Vec<Diagnostic>,
) {
    for circle in circles {
        let names: Vec<&str> = circle.iter().map(|index| names[*index].as_str()).collect();
        let message = match names.as_slice() {
            [only] => format!("`{only}` refers to itself"),
            names => format!("these {what} wait for each other: {}", names.join(", ")),
        };
        found.push(Diagnostic::new(Code::ReferenceCycle, place(circle[0]), message));
    }
}
