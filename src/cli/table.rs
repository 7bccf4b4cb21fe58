//! Tables on the terminal, aligned by what characters are wide: a Chinese one takes two columns.

use super::console::{Paint, printable};
use unicode_width::UnicodeWidthStr;

/// Columns below which a text says nothing any more.
const LEGIBLE: usize = 8;

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

    /// The lines of the table, with a line break after each; where there is a `limit` of columns, texts are cut to it.
    pub fn render(&self, color: bool, limit: Option<usize>) -> String {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (name, _, most))| {
                let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.width());
                cells.chain([name.width()]).max().unwrap_or(0).min((*most).max(name.width()))
            })
            .collect();
        let whole = 2 * widths.len() + widths.iter().sum::<usize>();
        self.narrow(&mut widths, whole.saturating_sub(limit.unwrap_or(usize::MAX)));
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

impl Table {
    /// Takes `surplus` columns from the texts, always from the widest, as long as any is wider than [`LEGIBLE`].
    /// Numbers keep their width: a cut number is a wrong one.
    fn narrow(&self, widths: &mut [usize], mut surplus: usize) {
        while surplus > 0 {
            let texts = self.columns.iter().zip(widths.iter_mut()).filter(|((_, align, _), _)| *align == Align::Left);
            let Some((_, widest)) = texts.max_by_key(|(_, width)| **width).filter(|(_, width)| **width > LEGIBLE)
            else {
                return;
            };
            *widest -= 1;
            surplus -= 1;
        }
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
        let plain = table.render(false, None);
        assert_eq!(plain, "  agent       mean\n  王芳        7.50\n  Emily-J…  100.00\n");
        assert_eq!(table.render(true, None).matches("\x1b[0m").count(), 3);
    }

    #[test]
    fn texts_give_way_where_the_terminal_is_narrow_and_numbers_do_not() {
        let mut table = Table::new(&[("mean", Align::Right, 8), ("agent", Align::Left, 28), ("why", Align::Left, 70)]);
        table.row(vec![Cell::new("100.00"), Cell::new("欧阳娜娜与她的同事们"), Cell::new("says nothing of the kind")]);
        let wide = |limit| table.render(false, Some(limit)).lines().map(UnicodeWidthStr::width).max();
        assert_eq!(wide(80), Some(2 + 6 + 2 + 20 + 2 + 24));
        assert!(wide(40) <= Some(40) && wide(30) <= Some(30));
        assert!(table.render(false, Some(10)).contains("100.00"));
    }
}
