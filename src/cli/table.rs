//! Tables on the terminal, aligned by what characters are wide: a Chinese one takes two columns.

use super::console::{Paint, printable};
use unicode_width::UnicodeWidthStr;

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// One cell: its text and its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    paint: Option<Paint>,
}

impl Cell {
    /// Text from anywhere, made harmless.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self { text: printable(text.as_ref()), paint: None }
    }

    /// The same in a colour.
    #[must_use]
    pub fn paint(mut self, paint: Paint) -> Self {
        self.paint = Some(paint);
        self
    }
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Align, usize)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these columns: heading, alignment, most width of a cell.
    pub fn new(columns: &[(&str, Align, usize)]) -> Self {
        let columns = columns.iter().map(|(name, align, most)| ((*name).to_owned(), *align, *most)).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines of the table, with a line break after each.
    pub fn render(&self, color: bool) -> String {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (name, _, most))| {
                let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width());
                cells.chain([name.width()]).max().unwrap_or(0).min((*most).max(name.width()))
            })
            .collect();
        let mut out = String::new();
        let headings: Vec<Cell> = self.columns.iter().map(|(name, ..)| Cell::new(name).paint(Paint::Faint)).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut line = String::from("  ");
            for (index, ((cell, (_, align, _)), width)) in row.iter().zip(&self.columns).zip(&widths).enumerate() {
                let text = shorten(&cell.text, *width);
                let blank = " ".repeat(width.saturating_sub(text.width()));
                let painted = cell.paint.map_or_else(|| text.clone(), |paint| paint.apply(&text, color));
                if index > 0 {
                    line.push_str("  ");
                }
                match align {
                    Align::Left => line.extend([painted.as_str(), blank.as_str()]),
                    Align::Right => line.extend([blank.as_str(), painted.as_str()]),
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// `text` cut to `width` columns, with an ellipsis where something was cut.
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        let next = unicode_width::UnicodeWidthChar::width(character).unwrap_or(0);
        if out.width() + next + 1 > width {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_aligned_under_wide_characters_and_colours() {
        let mut table = Table::new(&[("agent", Align::Left, 8), ("mean", Align::Right, 9)]);
        table.row(vec![Cell::new("王芳"), Cell::new("7.50")]);
        table.row(vec![Cell::new("Emily-Jane"), Cell::new("100.00").paint(Paint::Good)]);
        let plain = table.render(false);
        assert_eq!(plain, "  agent       mean\n  王芳        7.50\n  Emily-J…  100.00\n");
        assert_eq!(table.render(true).matches("\x1b[0m").count(), 3);
    }
}
