//! Shows mistakes in users' files: file, line, column, the line itself with a caret, and what to do.

use super::{Console, printable};
use crate::diagnostic::{ByteSpan, Diagnostic, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;

/// Longest line that is shown; of a longer one only the place is named.
const MAX_LINE: usize = 1000;
/// Farthest that another place may lie from the first to be shown in the same piece of text.
const MAX_DISTANCE: usize = 4000;

/// One mistake as text of several lines. `text` is the text of its file.
pub(super) fn render(diagnostic: &Diagnostic, text: &str, color: bool) -> String {
    let text = &*with_line_feeds(text);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = printable(&diagnostic.message);
    let title = level.primary_title(message.as_str()).id(diagnostic.code.id());
    let file = printable(&diagnostic.file);
    let help = diagnostic.help.as_deref().map(printable);
    let mark = first_line(text, &diagnostic.primary.span);
    let mut shown = line_around(text, &mark);
    let (line, column) = position(text, mark.start);
    let group = if shown.len() > MAX_LINE {
        Group::with_title(title).element(Origin::path(file.as_str()).line(line).char_column(column))
    } else {
        let others: Vec<(ByteSpan, String)> = diagnostic
            .others
            .iter()
            .map(|label| (first_line(text, &label.span), printable(&label.text)))
            .filter(|(span, _)| {
                span.start.abs_diff(mark.start) <= MAX_DISTANCE && line_around(text, span).len() <= MAX_LINE
            })
            .collect();
        for (span, _) in &others {
            let line = line_around(text, span);
            shown = shown.start.min(line.start)..shown.end.max(line.end);
        }
        let inside = |span: &ByteSpan| span.start - shown.start..span.end - shown.start;
        let first = position(text, shown.start).0;
        let label = Some(printable(&diagnostic.primary.text)).filter(|label| !label.is_empty());
        let mut snippet = Snippet::source(&text[shown.clone()])
            .line_start(first)
            .path(file.as_str())
            .annotation(AnnotationKind::Primary.span(inside(&mark)).label(label));
        for (span, label) in others {
            snippet = snippet.annotation(AnnotationKind::Context.span(inside(&span)).label(label));
        }
        Group::with_title(title).element(snippet)
    };
    let group = match &help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    };
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Prints mistakes on standard error; warnings not if quiet.
pub(super) fn print<'t>(diagnostics: &[Diagnostic], text_of: impl Fn(&str) -> &'t str, console: &Console) {
    for diagnostic in diagnostics {
        let rendered = render(diagnostic, text_of(&diagnostic.file), console.color_messages);
        match diagnostic.severity {
            Severity::Error => console.message(format_args!("{rendered}\n")),
            Severity::Warning => console.note(format_args!("{rendered}\n")),
        }
    }
}

/// `text` with its lines ended by line feeds alone, byte for byte as long.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    match (text.contains('\r'), text.contains('\n')) {
        (false, _) => text.into(),
        (true, true) => text.replace('\r', " ").into(),
        (true, false) => text.replace('\r', "\n").into(),
    }
}

/// `span` up to the end of its first line, on character boundaries and inside `text`.
fn first_line(text: &str, span: &ByteSpan) -> ByteSpan {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text[start..end].find(['\n', '\r']).unwrap_or(end - start);
    start..start + line
}

/// The line or lines that `span` lies in, without the last line break.
fn line_around(text: &str, span: &ByteSpan) -> ByteSpan {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    start..end
}

/// Line and column of a byte, both from 1, columns in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1;
    (line, column)
}
