//! HTML and SVG that is already safe, and the few pieces that pages are made of.

use std::fmt::{self, Display, Write};

/// Markup whose texts are escaped already: templates print it as it is. Made only by this module and by charts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Text of this program itself: a style, a script. Never anything from a user's file.
    pub fn own(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds formatted markup; every text from outside in it must be an [`Escaped`].
    pub fn add(&mut self, pieces: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(pieces);
    }
}

impl Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// A text that is printed with its markup characters escaped.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // XML knows no other control characters.
                other if other.is_control() && other != '\n' && other != '\t' => f.write_char(' ')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A number with at most `digits` decimals, without trailing zeros, with a proper minus sign.
pub fn number(value: f64, digits: usize) -> String {
    let mut text = format!("{value:.digits$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// A part of one as a whole percentage: `37 %`.
pub fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

/// Minutes and seconds, with hours where there are any: `1:02`, `1:00:05`.
pub fn clock(time: crate::call::Ms) -> String {
    let seconds = (time.0.max(0) + 500) / 1000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Ms;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(87.5, 1), "87.5");
        assert_eq!(number(80.0, 1), "80");
        assert_eq!(number(-3.0, 2), "−3");
        assert_eq!(number(-0.001, 1), "0");
        assert_eq!(percent(0.366), "37 %");
        assert_eq!(clock(Ms(3_605_400)), "1:00:05");
    }

    #[test]
    fn markup_characters_are_escaped() {
        assert_eq!(Escaped("<a b=\"'&\u{1b}").to_string(), "&lt;a b=&quot;&#39;&amp; ");
    }
}
