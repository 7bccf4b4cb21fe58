//! YAML text becomes a tree of [`Node`]s with byte spans. The only file that knows the YAML crate.
//!
//! Takes a text, gives a tree or the mistakes in it. Strings, numbers, `true`/`false` and `null` follow the core schema
//! of YAML 1.2 (so `no` and `yes` are text). Aliases and `<<` merges are written out here, within the budgets.

use crate::diagnostic::{ByteSpan, Code, Diagnostic, Node, NodeKind};
use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span, options};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes of one file.
pub const MAX_BYTES: usize = 1 << 20;
/// Most levels of nesting.
pub const MAX_DEPTH: usize = 64;
/// Most values of one file, aliases written out.
pub const MAX_NODES: usize = 100_000;
/// Most bytes of text of one file, aliases written out.
const MAX_TEXT: usize = 8 << 20;
/// Most mistakes that are collected before reading ends: nobody mends more at a time.
pub const MAX_MISTAKES: usize = 100;

/// Reads `text` as one YAML document. Spans count from `base`, the place of the file among all files read.
///
/// Adds its mistakes to `found`. A key that stands twice leaves a tree without the second one; a mistake of syntax leaves
/// none.
pub fn parse(text: &str, base: usize, found: &mut Vec<Diagnostic>) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes; a rubric file may have {MAX_BYTES}", text.len());
        found.push(Diagnostic::new(Code::TooLarge, base..base, message));
        return None;
    }
    let mut reader = Reader { text, base, ..Reader::default() };
    let options: Options = options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: 2 * MAX_DEPTH,
        block_nesting_limit: 2 * MAX_DEPTH,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let taken = match event {
            Ok((event, span)) => reader.take(event, span),
            Err(error) => {
                let at = reader.byte(error.marker().byte_offset().unwrap_or(text.len()));
                let mistake = Diagnostic::new(Code::Syntax, at..reader.character_end(at), error.info());
                let local = at - base;
                let advice = blanks(text, local).or_else(|| full_width(text, local)).or_else(|| advice(&error.info()));
                Err(match advice {
                    Some(advice) => mistake.help(advice).into(),
                    None => mistake.into(),
                })
            }
        };
        if let Err(mistake) = taken {
            reader.mistakes.push(*mistake);
            reader.broken = true;
            break;
        }
        if reader.mistakes.len() >= MAX_MISTAKES {
            reader.broken = true;
            break;
        }
    }
    let Reader { mistakes, root, broken, .. } = reader;
    if root.is_none() && mistakes.is_empty() {
        found.push(Diagnostic::new(Code::Syntax, base..base, "expected a mapping, found an empty file"));
    }
    found.extend(mistakes);
    root.filter(|_| !broken)
}

/// What to do about the mistakes that people make who seldom write YAML; `problem` is the parser's own sentence.
fn advice(problem: &str) -> Option<&'static str> {
    const SAME_COLUMN: &str = "all items of a list, and all keys of a mapping, begin at the same column; text that begins with `{` or `[` goes in quotes";
    const ADVICE: &[(&str, &str)] = &[
        (
            "mapping values are not allowed",
            "what holds `: ` goes on a line of its own, further in, or in braces: `check: { says: { .. } }`; a text with `: ` goes in quotes",
        ),
        ("tab", "indent with blanks, not with tabs"),
        ("unknown anchor", "text that begins with `*` goes in quotes"),
        ("unexpected character", "text that begins with `@`, `%` or a backquote goes in quotes"),
        (
            "sequence entries are not allowed",
            "a list begins on a line of its own, or stands in `[` and `]`; text that begins with `- ` goes in quotes",
        ),
        ("expected '-' indicator", SAME_COLUMN),
        ("did not find expected key", SAME_COLUMN),
        ("invalid trailing content", "text that begins with a quote goes as a whole in quotes of the other kind"),
        ("multiline quoted scalar", "a quote that is opened must be closed again"),
        ("unclosed bracket", "close it; text that begins with `[` or `{` goes in quotes"),
        ("scanning a block scalar", "the text begins on the line after `|` or `>`"),
    ];
    ADVICE.iter().find(|(part, _)| problem.contains(part)).map(|(_, advice)| *advice)
}

/// What to do where the line at `at`, or one of the two before it, is indented with other blanks than YAML knows.
fn blanks(text: &str, at: usize) -> Option<&'static str> {
    let is_odd = |line: &str| line.chars().take_while(|it| it.is_whitespace()).any(|it| !it.is_ascii());
    lines_up_to(text, at)
        .take(3)
        .any(is_odd)
        .then_some("indent with blanks of the keyboard; a line here begins with another one, such as U+3000 or U+00A0")
}

/// The line at `at` and those before it, from the last.
fn lines_up_to(text: &str, at: usize) -> impl Iterator<Item = &str> {
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    text[..end].rsplit('\n')
}

/// What to do where a line up to `at`, or the one before it, holds signs of Mandarin where YAML has its own.
pub(super) fn full_width(text: &str, at: usize) -> Option<&'static str> {
    const SIGNS: &[char] = &['：', '，', '“', '”', '［', '］', '｛', '｝', '－', '＃'];
    let lines = lines_up_to(text, at).filter(|line| !line.trim_start().starts_with('#'));
    let outside_quotes = |line: &str| {
        let mut quote = None;
        line.chars().any(|it| {
            match quote {
                None if matches!(it, '"' | '\'') => quote = Some(it),
                Some(open) if it == open => quote = None,
                _ => {}
            }
            quote.is_none() && SIGNS.contains(&it)
        })
    };
    lines
        .take(2)
        .any(outside_quotes)
        .then_some("YAML has ASCII signs: `: ` for `：`, `, ` for `，`, `\"` for `“` and `”`, `[` for `［`")
}

/// A collection that is not closed yet.
struct Open {
    anchor: usize,
    start: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map {
        entries: Vec<(String, ByteSpan, Node)>,
        seen: BTreeMap<String, ByteSpan>,
        key: Option<Key>,
        merges: Vec<Node>,
    },
}

enum Key {
    Name(String, ByteSpan),
    Merge(ByteSpan),
    /// A key that was reported; its value is dropped.
    Bad,
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    base: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize, usize)>,
    nodes: usize,
    bytes: usize,
    root: Option<Node>,
    mistakes: Vec<Diagnostic>,
    /// Whether the reading ended before the text did.
    broken: bool,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        let span = self.span(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema_tag("str")) {
                    let message = format!("YAML tags such as `{}{}` are not used here", tag.handle(), tag.suffix());
                    return Err(Diagnostic::new(Code::Syntax, span, message).into());
                }
                let kind = match style {
                    ScalarStyle::Plain => plain(&value),
                    _ => NodeKind::Text(value.into_owned()),
                };
                self.add(Node { kind, span }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.enter(Open { anchor, start: span.start, items: Items::List(Vec::new()) })
            }
            Event::MappingStart(_, anchor, _) => {
                let items = Items::Map { entries: Vec::new(), seen: BTreeMap::new(), key: None, merges: Vec::new() };
                self.enter(Open { anchor, start: span.start, items })
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span.end),
            Event::Alias(id) => match self.anchors.get(&id) {
                Some((node, nodes, bytes)) => {
                    self.nodes += nodes;
                    self.bytes += bytes;
                    let node = if self.within_budget() { Some(node.clone()) } else { None };
                    match node {
                        Some(node) => self.add(Node { span: node.span.clone(), ..node }, 0),
                        None => Err(self.too_large(span).into()),
                    }
                }
                // An alias inside the value that it names.
                None => {
                    Err(Diagnostic::new(Code::Syntax, span, "an alias refers to the value that it stands in").into())
                }
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Diagnostic::new(Code::Syntax, span, "a second document begins here; a file holds one").into())
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, open: Open) -> Result<(), Box<Diagnostic>> {
        if self.open.len() >= MAX_DEPTH {
            let at = open.start..self.character_end(open.start - self.base);
            return Err(Diagnostic::new(Code::TooLarge, at, format!("more than {MAX_DEPTH} levels of nesting")).into());
        }
        self.open.push(open);
        Ok(())
    }

    fn leave(&mut self, end: usize) -> Result<(), Box<Diagnostic>> {
        let Some(Open { anchor, start, items }) = self.open.pop() else { return Ok(()) };
        let kind = match items {
            Items::List(items) => NodeKind::List(items),
            Items::Map { mut entries, mut seen, merges, .. } => {
                // Keys of the mapping itself win over merged ones, earlier merges over later ones.
                for merged in merges {
                    let NodeKind::Map(merged) = merged.kind else { continue };
                    for (key, span, value) in merged {
                        if seen.insert(key.clone(), span.clone()).is_none() {
                            entries.push((key, span, value));
                        }
                    }
                }
                NodeKind::Map(entries)
            }
        };
        let end = start + self.text[start - self.base..(end - self.base).max(start - self.base)].trim_end().len();
        self.add(Node { kind, span: start..end }, anchor)
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        self.nodes += 1;
        self.bytes += node.text().map_or(0, str::len);
        if !self.within_budget() {
            return Err(self.too_large(node.span).into());
        }
        if anchor > 0 {
            // The copy counts as well: anchors within anchors would otherwise multiply what is kept.
            let (nodes, bytes) = size(&node);
            self.nodes += nodes;
            self.bytes += bytes;
            if !self.within_budget() {
                return Err(self.too_large(node.span).into());
            }
            self.anchors.insert(anchor, (node.clone(), nodes, bytes));
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map { key: key @ None, seen, .. }) => {
                *key = Some(match node.kind {
                    NodeKind::Text(name) if name == "<<" => Key::Merge(node.span),
                    NodeKind::Text(name) => name_key(name, node.span, seen, &mut self.mistakes),
                    // A number, `true` or `null` as a name keeps its spelling.
                    NodeKind::Number(_) | NodeKind::Bool(_) | NodeKind::Null => {
                        let local = node.span.start - self.base..node.span.end - self.base;
                        let name = self.text.get(local).unwrap_or_default().to_owned();
                        name_key(name, node.span, seen, &mut self.mistakes)
                    }
                    NodeKind::List(_) | NodeKind::Map(_) => {
                        let message = format!("a key is text, found {}", node.type_name());
                        self.mistakes.push(Diagnostic::new(Code::WrongType, node.span, message));
                        Key::Bad
                    }
                });
            }
            Some(Items::Map { entries, key, merges, .. }) => match key.take() {
                Some(Key::Name(name, span)) => entries.push((name, span, node)),
                Some(Key::Merge(_)) if matches!(node.kind, NodeKind::Map(_)) => merges.push(node),
                Some(Key::Merge(span)) => match node.kind {
                    NodeKind::List(items) if items.iter().all(|item| matches!(item.kind, NodeKind::Map(_))) => {
                        merges.extend(items);
                    }
                    _ => {
                        let message = "`<<` takes a mapping or a list of mappings, usually an alias such as `*name`";
                        self.mistakes.push(Diagnostic::new(Code::WrongType, span, message));
                    }
                },
                Some(Key::Bad) | None => {}
            },
        }
        Ok(())
    }

    fn within_budget(&self) -> bool {
        self.nodes <= MAX_NODES && self.bytes <= MAX_TEXT
    }

    fn too_large(&self, span: ByteSpan) -> Diagnostic {
        let message = format!("more than {MAX_NODES} values or {MAX_TEXT} bytes of text, aliases written out");
        Diagnostic::new(Code::TooLarge, span, message)
    }

    /// A byte position on a character boundary of the text.
    fn byte(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        self.base + at
    }

    /// The end of the character at `at`, which counts from the start of all files.
    fn character_end(&self, at: usize) -> usize {
        let local = at.saturating_sub(self.base);
        at + self.text.get(local..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    }

    fn span(&self, span: Span) -> ByteSpan {
        let start = self.byte(span.start.byte_offset().unwrap_or(0));
        let end = self.byte(span.end.byte_offset().unwrap_or(0)).max(start);
        let trimmed = self.text[start - self.base..end - self.base].trim_end().len();
        start..start + trimmed
    }
}

fn name_key(
    name: String,
    span: ByteSpan,
    seen: &mut BTreeMap<String, ByteSpan>,
    mistakes: &mut Vec<Diagnostic>,
) -> Key {
    match seen.get(&name) {
        Some(first) => {
            let message = format!("the key `{name}` stands here a second time");
            mistakes.push(Diagnostic::new(Code::DuplicateKey, span, message).label(first.clone(), "the first one"));
            Key::Bad
        }
        None => {
            seen.insert(name.clone(), span.clone());
            Key::Name(name, span)
        }
    }
}

/// Values below `node` and bytes of text in it.
fn size(node: &Node) -> (usize, usize) {
    match &node.kind {
        NodeKind::Text(text) => (1, text.len()),
        NodeKind::List(items) => items.iter().map(size).fold((1, 0), |sum, item| (sum.0 + item.0, sum.1 + item.1)),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|(key, _, value)| (key.len(), size(value)))
            .fold((1, 0), |sum, (key, value)| (sum.0 + value.0, sum.1 + key + value.1)),
        _ => (1, 0),
    }
}

/// A scalar without quotes, after the core schema of YAML 1.2 (section 10.3.2).
fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeKind::Null,
        "true" | "True" | "TRUE" => return NodeKind::Bool(true),
        "false" | "False" | "FALSE" => return NodeKind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return NodeKind::Number(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return NodeKind::Number(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return NodeKind::Number(f64::NEG_INFINITY),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let numeric = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.contains(|it: char| it.is_ascii_digit())
        && digits.chars().all(|it| it.is_ascii_digit() || matches!(it, '.' | 'e' | 'E' | '-' | '+'));
    match text.parse::<f64>() {
        Ok(value) if numeric => NodeKind::Number(value),
        _ => NodeKind::Text(text.to_owned()),
    }
}

/// Characters that are not seen, or that change the direction of the text around them, with their places in `text`.
///
/// # Source
/// Unicode 16, "Bidi_Control" and the default-ignorable format characters that text from web pages brings along.
pub fn invisible_characters(text: &str) -> Vec<(usize, char)> {
    let hidden: BTreeSet<char> = [
        '\u{00AD}', '\u{061C}', '\u{180E}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{2060}',
        '\u{FEFF}',
    ]
    .into();
    text.char_indices()
        .filter(|(at, it)| {
            (hidden.contains(it) && (*at > 0 || *it != '\u{FEFF}'))
                || ('\u{202A}'..='\u{202E}').contains(it)
                || ('\u{2061}'..='\u{206F}').contains(it)
                || ('\u{E0000}'..='\u{E007F}').contains(it)
                || (it.is_control() && !matches!(it, '\n' | '\r' | '\t'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        parse(text, 0, &mut found);
        found.iter().map(|it| it.code.id()).collect()
    }

    fn tree(text: &str, base: usize) -> Node {
        parse(text, base, &mut Vec::new()).unwrap()
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "标题: 你好\nlist:\n  - a\n  - {b: 1.5}\n";
        let root = tree(text, 100);
        let at = |span: &ByteSpan| &text[span.start - 100..span.end - 100];
        let entries = root.entries();
        assert_eq!((at(&entries[0].1), at(&entries[0].2.span)), ("标题", "你好"));
        assert_eq!(at(&entries[1].2.span), "- a\n  - {b: 1.5}");
        let NodeKind::List(items) = &entries[1].2.kind else { panic!("a list") };
        assert_eq!(at(&items[1].span), "{b: 1.5}");
        assert_eq!(items[1].get("b").unwrap().kind, NodeKind::Number(1.5));
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let root = tree("[no, 1, -2.5e3, 2026.1.1, '3', 1-2, null, true, 7分]", 0);
        let NodeKind::List(items) = root.kind else { panic!("a list") };
        let names: Vec<&str> = items.iter().map(Node::type_name).collect();
        assert_eq!(names, ["text", "a number", "a number", "text", "text", "text", "nothing", "true or false", "text"]);
    }

    #[test]
    fn merges_share_settings_and_own_keys_win() {
        let root = tree("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n", 0);
        let used = root.get("use").unwrap();
        assert_eq!(used.get("x").unwrap().kind, NodeKind::Number(1.0));
        assert_eq!(used.get("y").unwrap().kind, NodeKind::Number(3.0));
    }

    #[test]
    fn bombs_are_refused() {
        let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            aliases += &format!("a{level}: &a{level} [{list}]\n");
        }
        assert_eq!(codes(&aliases), ["too-large"]);
        assert_eq!(codes(&("[".repeat(100) + &"]".repeat(100))), ["too-large"]);
        assert_eq!(codes(&"[".repeat(100_000)).len(), 1);
        assert_eq!(codes(&" ".repeat(MAX_BYTES + 1)), ["too-large"]);
        assert_eq!(codes("a: &a [*a]"), ["syntax"]);
    }

    #[test]
    fn every_duplicate_is_reported() {
        assert_eq!(codes("a: 1\na: 2\nb: {c: 1, c: 2}\n"), ["duplicate-key", "duplicate-key"]);
        assert_eq!(tree("a: 1\na: 2\nb: 3\n", 0).entries().len(), 2);
        assert_eq!(codes("a: 1\n b: 2"), ["syntax"]);
        assert_eq!(codes(""), ["syntax"]);
    }
}
