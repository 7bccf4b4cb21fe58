//! Mistakes in users' files, as data: a code, a severity, a message, byte spans and a remedy.
//!
//! Takes positions in a source text, gives [`Diagnostic`] values. Must not print: rendering is the terminal's job.

mod code;
mod deserialize;
mod node;
mod schema;
mod wording;

pub use code::Code;
pub use deserialize::Spanned;
pub use node::{Node, NodeKind};
pub use schema::{check, generator, read};

use std::ops::Range;

/// Half-open range of bytes in a source text.
pub type ByteSpan = Range<usize>;

/// How bad a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can be used, but probably does not do what its author meant.
    Warning,
    /// The file cannot be used.
    Error,
}

/// A place in the source with a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where, in bytes of the source text.
    pub span: ByteSpan,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One mistake in a user's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake; users look it up in `docs/diagnostics.md`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What was found and what was expected, without a full stop.
    pub message: String,
    /// The file that the spans count in, as named by the user; empty for the file being read.
    pub file: String,
    /// The place the message is about.
    pub primary: Label,
    /// Other places that explain it.
    pub others: Vec<Label>,
    /// What to do next.
    pub help: Option<String>,
    /// The name that was probably meant by the one that stands there.
    pub meant: Option<String>,
}

impl Diagnostic {
    /// A mistake of `code` at `span`, with the code's own severity.
    pub fn new(code: Code, span: ByteSpan, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            file: String::new(),
            primary: Label { span, text: String::new() },
            others: Vec::new(),
            help: None,
            meant: None,
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the name that was probably meant.
    #[must_use]
    pub fn meant(mut self, name: &str) -> Self {
        self.meant = Some(name.to_owned());
        self.help(format!("did you mean `{name}`?"))
    }

    /// Adds another place that explains the mistake.
    #[must_use]
    pub fn label(mut self, span: ByteSpan, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }
}

/// Names that an unknown one is compared with.
const MOST_NAMES: usize = 500;

/// The name in `known` that `unknown` was probably meant to be (Jaro-Winkler at least 0.8).
pub fn did_you_mean<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody misspells a name at such length, and the comparison would take long.
    if unknown.len() > 100 {
        return None;
    }
    // A rubric with a mistake has many more like it, and each would be compared with every name.
    known
        .into_iter()
        .take(MOST_NAMES)
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(similarity, _)| *similarity >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
