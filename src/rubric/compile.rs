//! The rubric as written becomes the rubric that grades; every mistake on the way is collected.

use super::include::{read_tree, texts};
use super::lexicon::Lexicons;
use super::raw::{Amount, Ordered, RawCriterion, RawExamples, RawFatal, RawRubric, WORTH};
use super::sources::{Files, SourceFile, Sources};
use super::{Band, Criterion, Example, Fatal, Outline, Rubric, Section, Worth, budget, lint, order};
use crate::call::{Ms, Points, script};
use crate::diagnostic::{self, ByteSpan, Code, Diagnostic, Node, NodeKind, Severity, Spanned, did_you_mean};
use crate::operators::{self, Builder, Check};
use std::collections::{BTreeMap, BTreeSet};

/// Slots that a call's metadata fills.
const METADATA_SLOTS: &[&str] = &["agent", "customer", "company"];
/// The score that passes where the rubric does not say.
const PASS_MARK: f64 = 80.0;
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
    let tree = read_tree(name, (&text, base), &mut files, &mut found);
    let rubric = tree.as_ref().and_then(|tree| compile(tree, &mut files, &mut found));
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

/// Checks by the place of their criterion, section and criterion index.
type Checks = BTreeMap<(usize, usize), Box<dyn Check>>;

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
        let (mut sound, broken) = without_mistakes(node, &reported);
        for key in ["id", "title", "check"] {
            if sound.iter().all(|(name, ..)| name != key) {
                let made_up = Node { kind: NodeKind::Text("criterion".to_owned()), span: node.span.clone() };
                sound.push((key.to_owned(), node.span.clone(), made_up));
            }
        }
        let sound = Node { kind: NodeKind::Map(sound), span: node.span.clone() };
        if let Some(criterion) = diagnostic::read::<RawCriterion>(&sound, known) {
            if !broken.iter().any(|key| did_you_mean(key, WORTH.iter().copied()).is_some()) {
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

/// What stands in a mapping.
type Entries = Vec<(String, ByteSpan, Node)>;

/// What stands in the mapping `node` without those of its values that hold a mistake, which are `reported`, and the keys
/// of these.
fn without_mistakes<'n>(node: &'n Node, reported: &[ByteSpan]) -> (Entries, Vec<&'n str>) {
    let (mut sound, mut broken) = (Vec::new(), Vec::new());
    for (key, span, value) in node.entries() {
        let holds = |it: &ByteSpan| span == it || value.span.start <= it.start && it.end <= value.span.end;
        if key == "examples" {
            let kind = NodeKind::Map(without_mistakes(value, reported).0);
            sound.push((key.clone(), span.clone(), Node { kind, span: value.span.clone() }));
        } else if reported.iter().any(holds) {
            broken.push(key.as_str());
        } else {
            sound.push((key.clone(), span.clone(), value.clone()));
        }
    }
    (sound, broken)
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

fn bands(ranges: &Ordered<Spanned<f64>>, found: &mut Vec<Diagnostic>) -> Vec<Band> {
    let rise = ranges.0.len() > 1 && ranges.0.windows(2).all(|pair| pair[0].1.value < pair[1].1.value);
    if let (true, Some((name, _))) = (rise, ranges.0.first()) {
        let message = "the bands stand from the lowest to the highest, expected the highest first";
        found.push(Diagnostic::new(Code::BandOrder, name.span.clone(), message));
        return Vec::new();
    }
    let mut previous: Option<&Spanned<f64>> = None;
    for (name, from) in &ranges.0 {
        if !(0.0..=100.0).contains(&from.value) {
            let message = format!("the band `{}` begins outside 0 to 100", name.value);
            found.push(Diagnostic::new(Code::BandOrder, from.span.clone(), message));
        } else if let Some(before) = previous.filter(|before| before.value <= from.value) {
            let message = format!("the band `{}` does not begin below the one before it", name.value);
            let label = "the band before begins here";
            found.push(Diagnostic::new(Code::BandOrder, from.span.clone(), message).label(before.span.clone(), label));
        }
        previous = Some(from);
    }
    if let Some(last) = previous.filter(|last| last.value > 0.0) {
        let message = "the lowest band begins above 0, so that low scores have no band";
        found.push(Diagnostic::new(Code::BandOrder, last.span.clone(), message));
    }
    let band = |(name, from): &(Spanned<String>, Spanned<f64>)| Band {
        name: name.value.clone(),
        from: Points::from_f64(from.value),
    };
    ranges.0.iter().map(band).collect()
}

fn sections(raw: &RawRubric, mut checks: Checks, found: &mut Vec<Diagnostic>) -> Vec<Section> {
    let mut sections = Vec::new();
    for (index, section) in raw.sections.iter().enumerate() {
        let mut criteria = Vec::new();
        for (number, criterion) in section.criteria.iter().enumerate() {
            let worth = worth(criterion, found);
            let examples = examples(&criterion.examples, found);
            let Some(check) = checks.remove(&(index, number)) else { continue };
            criteria.push(Criterion {
                id: criterion.id.value.0.clone(),
                title: criterion.title.clone(),
                why: criterion.why.trim().to_owned(),
                worth,
                fatal: match criterion.fatal {
                    Some(RawFatal::Section) => Some(Fatal::Section),
                    Some(RawFatal::Call) => Some(Fatal::Call),
                    Some(RawFatal::No) | None => None,
                },
                tags: criterion.tags.0.iter().map(|tag| tag.value.clone()).collect(),
                check,
                examples,
            });
        }
        sections.push(Section {
            id: section.id.value.0.clone(),
            title: section.title.clone(),
            weight: section.weight.as_ref().map_or(1.0, |weight| weight.value.0),
            criteria,
        });
    }
    sections
}

/// How a criterion counts; a criterion says it exactly once.
fn worth(criterion: &RawCriterion, found: &mut Vec<Diagnostic>) -> Worth {
    let ways = [("points", &criterion.points), ("deduct", &criterion.deduct), ("bonus", &criterion.bonus)];
    let mut given = ways.iter().filter_map(|(name, amount)| Some((*name, amount.as_ref()?)));
    let first = given.next();
    if let (Some((first, _)), Some((second, amount))) = (first, given.next()) {
        let message = format!("a criterion counts in one way, found `{first}` and `{second}`");
        found.push(Diagnostic::new(Code::InvalidValue, amount.span.clone(), message));
    }
    let Some((name, Spanned { value: Amount(amount), span })) = first else {
        let message = format!("`{}` does not say how it counts", criterion.id.value.0);
        found.push(
            Diagnostic::new(Code::MissingKey, criterion.id.span.clone(), message)
                .help("give `points`, `deduct` or `bonus`; `points: 0` shows it without counting it"),
        );
        return Worth::Points(0.0);
    };
    let amount = *amount;
    if name != "deduct" {
        let extras = [
            ("per_hit", criterion.per_hit.as_ref().map(|it| &it.span)),
            ("cap", criterion.cap.as_ref().map(|it| &it.span)),
        ];
        for (extra, at) in extras.iter().filter_map(|(extra, span)| Some((extra, (*span)?))) {
            let message = format!("`{extra}` belongs to `deduct`, this criterion has `{name}`");
            found.push(Diagnostic::new(Code::InvalidValue, at.clone(), message));
        }
    } else if let Some(cap) = criterion.cap.as_ref().filter(|cap| cap.value.0 < amount) {
        let message = format!("the cap of {} lies below the {amount} points of one hit", cap.value.0);
        found
            .push(Diagnostic::new(Code::ContradictoryLimits, cap.span.clone(), message).label(span.clone(), "one hit"));
    }
    match name {
        "points" => Worth::Points(amount),
        "bonus" => Worth::Bonus(amount),
        _ => Worth::Deduct {
            points: amount,
            per_hit: criterion.per_hit.as_ref().is_some_and(|it| it.value),
            cap: criterion.cap.as_ref().map_or(100.0, |cap| cap.value.0),
        },
    }
}

fn examples(raw: &RawExamples, found: &mut Vec<Diagnostic>) -> Vec<Example> {
    let by_outcome = [
        ("pass", &raw.pass),
        ("partial", &raw.partial),
        ("fail", &raw.fail),
        ("not_applicable", &raw.not_applicable),
        ("unsure", &raw.unsure),
    ];
    let mut examples: Vec<Example> = Vec::new();
    for (expected, scripts) in by_outcome {
        for Spanned { value, span } in &scripts.0 {
            if let Some(other) = examples.iter().find(|it| it.script.trim() == value.trim() && it.expected != expected)
            {
                let message = format!("this call is to give `{expected}`, and `{}` as well", other.expected);
                let mistake = Diagnostic::new(Code::BadExample, span.clone(), message);
                found.push(mistake.label(other.span.clone(), "the same call"));
            }
            match script::check(value) {
                Ok(()) => {
                    examples.push(Example { expected: expected.to_owned(), script: value.clone(), span: span.clone() })
                }
                Err(error) => {
                    let message = format!("this example cannot be read: {error}");
                    found.push(Diagnostic::new(Code::BadExample, span.clone(), message));
                }
            }
        }
    }
    examples
}
