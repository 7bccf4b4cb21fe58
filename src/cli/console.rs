//! The terminal: where data, messages and colour go.
//!
//! Data goes to standard output and nothing else does; messages go to standard error. Text that comes from outside
//! (names, transcripts) passes [`printable`] first, so that it cannot steer the terminal.

use clap::ValueEnum;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the global flags and the terminal allow.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    /// Colour on standard output.
    pub color: bool,
    /// Colour on standard error.
    pub color_messages: bool,
    /// No progress, hints or remarks; errors only.
    pub quiet: bool,
    /// Columns of the terminal that standard output is; absent where it is none.
    pub width: Option<usize>,
    /// How much more to say: 0, 1 (`-v`), 2 (`-vv`).
    pub verbose: u8,
}

/// The colours in use, by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Wants a look.
    Doubt,
    /// Headings.
    Strong,
    /// Beside the point.
    Faint,
}

impl Paint {
    const fn code(self) -> &'static str {
        match self {
            Paint::Good => "32",
            Paint::Bad => "31",
            Paint::Doubt => "33",
            Paint::Strong => "1",
            Paint::Faint => "2",
        }
    }

    /// `text` in this colour where `color` allows it.
    pub fn apply(self, text: &str, color: bool) -> String {
        if color && !text.is_empty() { format!("\x1b[{}m{text}\x1b[0m", self.code()) } else { text.to_owned() }
    }
}

impl Console {
    /// Resolves the flags against the terminal and NO_COLOR.
    pub fn new(choice: ColorChoice, quiet: bool, verbose: u8) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !plain,
        };
        Self {
            color: color(io::stdout().is_terminal()),
            color_messages: color(io::stderr().is_terminal()),
            quiet,
            width: terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)),
            verbose,
        }
    }

    /// Standard output, buffered: for data. Flush it before the command ends, so that a full disk is noticed.
    pub fn data(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::new(io::stdout().lock())
    }

    /// One line of remark on standard error, unless quiet.
    pub fn note(&self, line: impl fmt::Display) {
        if !self.quiet {
            self.message(line);
        }
    }

    /// One line on standard error, quiet or not.
    pub fn message(&self, line: impl fmt::Display) {
        // A closed standard error leaves nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// A warning on standard error.
    pub fn warn(&self, line: impl fmt::Display) {
        self.note(format_args!("{} {line}", Paint::Doubt.apply("warning:", self.color_messages)));
    }
}

/// `text` on one line, with control characters and direction overrides replaced by `\u{..}` escapes.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let steers = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if steers {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\nc\u{202e}d王"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d王");
    }
}
