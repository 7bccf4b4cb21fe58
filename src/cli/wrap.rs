//! Long lines on a terminal: broken between words, or between wide characters, with what follows set below the text.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a broken text must have left; on a narrower terminal lines are not broken here.
const LEGIBLE: usize = 24;
/// How far a line goes in that has no columns of its own.
const USUAL: usize = 2;

/// Marks that close what stands before them and begin no line.
const CLOSING: &str = "，。！？、；：”’）」』》】…,.!?;:)\"'";

/// The lines of `text`, each broken where it is wider than the terminal of `width` columns; absent, they stay as they
/// are. What is broken off begins below the last column of the line that begins within its first `within` columns:
/// columns are parted by two blanks or more.
pub fn wrapped(text: &str, within: usize, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| *width >= within + LEGIBLE) else { return text.to_owned() };
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if plain_width(line) <= width {
            out.push_str(line);
        } else {
            broken(line, hanging(line, within), width, &mut out);
        }
        out.push_str(end);
    }
    out
}

/// Appends `line` in pieces of at most `width` columns.
fn broken(line: &str, indent: usize, width: usize, out: &mut String) {
    let (mut column, mut blanks) = (0, "");
    for unit in units(line) {
        if unit.starts_with(' ') {
            blanks = unit;
            continue;
        }
        let wide = plain_width(unit);
        if column > indent && column + blanks.len() + wide > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.push_str(blanks);
            column += blanks.len();
        }
        out.push_str(unit);
        column += wide;
        blanks = "";
    }
}

/// What is not broken: runs of blanks, words, and each wide character with the marks that close it.
fn units(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_wide = |character: char| character.width().unwrap_or(0) > 1;
        let mut end = first.len_utf8();
        for character in rest[end..].chars() {
            let joined = match (first == ' ', character) {
                (true, _) => character == ' ',
                (false, ' ') => false,
                (false, _) => CLOSING.contains(character) || !(is_wide(first) || is_wide(character)),
            };
            if !joined {
                break;
            }
            end += character.len_utf8();
        }
        let (unit, after) = rest.split_at(end);
        rest = after;
        Some(unit)
    })
}

/// Where the last column begins that begins within the first `within` columns of `line`.
fn hanging(line: &str, within: usize) -> usize {
    let (mut column, mut found) = (0, USUAL);
    for unit in units(line) {
        let after = column + plain_width(unit);
        if unit.starts_with("  ") && after <= within {
            found = after;
        }
        column = after;
    }
    found
}

/// Columns of `text` without its colours.
fn plain_width(text: &str) -> usize {
    let mut pieces = text.split('\x1b');
    let first = pieces.next().unwrap_or_default().width();
    first + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, after)| after.width())).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_below_their_last_column_and_short_ones_stay() {
        let text = "  0:02.7  customer  My phone has had no service for two days\nshort\n";
        let expected = "  0:02.7  customer  My phone has had no\n                    service for two days\nshort\n";
        assert_eq!(wrapped(text, 20, Some(44)), expected);
        assert_eq!(wrapped(text, 20, None), text);
        assert_eq!(wrapped(text, 20, Some(30)), text, "too narrow");
    }

    #[test]
    fn wide_characters_are_parted_anywhere_but_before_a_closing_mark() {
        let text = "  我的手机两天没有信号了，请您帮我看看是怎么回事。";
        for width in 26..50 {
            let broken = wrapped(text, 2, Some(width));
            assert!(broken.lines().all(|line| line.width() <= width + 1), "{width}: {broken}");
            assert!(broken.lines().all(|line| !line.trim_start().starts_with(['，', '。'])), "{width}: {broken}");
            assert_eq!(broken.replace("\n  ", ""), text);
        }
    }

    #[test]
    fn colours_take_no_room_and_are_kept() {
        let text = "  \x1b[32magent   \x1b[0m  one two three four five six seven";
        assert_eq!(wrapped(text, 12, Some(47)), text);
        assert_eq!(wrapped(text, 12, Some(40)), text.replace(" seven", "\n            seven"));
    }
}
