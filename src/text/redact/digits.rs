//! Digits in a turn, however they are said or written.

use super::super::characters;
use super::super::numbers_en::{self, Part};
use super::super::numbers_zh;
use super::super::syllable::{self, Syllable};
use super::{Mask, Personal};
use std::ops::Range;
use std::sync::LazyLock;

/// A digit with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digit {
    /// `0` to `9`, or `X` as in an identity number.
    pub(super) value: char,
    pub(super) turn: usize,
    pub(super) bytes: Range<usize>,
    /// Whether a group of digits begins here.
    pub(super) begins: bool,
}

/// Digits said in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) digits: Vec<Digit>,
    /// Whether nothing but fillers stands before it in its turn.
    pub(super) at_start: bool,
    /// Whether nothing but fillers follows in its turn.
    pub(super) reaches_end: bool,
    /// Whether a unit follows: dollars, 元, minutes, 年.
    pub(super) measured: bool,
    /// Index of its first and last item in the scan of its turn.
    items: (usize, usize),
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Digits for certain, or (`false`) a word that sounds like one.
    Digits(String, bool),
    /// Doubles (2) or triples (3) the digit that follows.
    Times(usize),
    /// 20, 30, ..: takes the unit that follows.
    Tens(char),
    /// Hesitation, punctuation, "and", "dash".
    Gap,
    /// A unit or a currency.
    Unit,
    /// Anything else.
    Other,
}

/// The pieces of a turn.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    items: Vec<(Item, Range<usize>)>,
}

const GAPS: &[&str] = &[
    "um", "uh", "er", "erm", "hmm", "mm", "ah", "and", "then", "dash", "hyphen", "space", "okay", "ok", "yes", "yeah",
    "so", "it's", "its", "is", "like", "now", "next", "comma", "right",
];
const GAPS_ZH: &[&str] = &[
    "然后", "空格", "那个", "就是", "后面", "接着", "还有", "再来", "横杠", "好的", "是的", "嗯", "呃", "啊", "哦",
    "额", "唉", "哎", "对", "杠", "好", "那", "再",
];
const UNITS: &[&str] = &[
    "dollar", "dollars", "cents", "bucks", "percent", "pounds", "euros", "minutes", "minute", "hours", "hour", "days",
    "day", "weeks", "months", "month", "years", "year", "times", "points", "miles", "am", "pm", "o'clock", "thousand",
    "million", "yuan", "times", "seconds",
];
const UNITS_ZH: &str = "元块年月日天分秒点次万千百十亿%角岁个";
/// Words that sound like digits.
const ALIKE: &[(&str, char)] = &[
    ("oh", '0'),
    ("o", '0'),
    ("owe", '0'),
    ("won", '1'),
    ("want", '1'),
    ("to", '2'),
    ("too", '2'),
    ("tree", '3'),
    ("free", '3'),
    ("for", '4'),
    ("fore", '4'),
    ("fife", '5'),
    ("sicks", '6'),
    ("sex", '6'),
    ("ate", '8'),
    ("aid", '8'),
    ("nein", '9'),
    ("line", '9'),
    ("mine", '9'),
];
/// After these, 一 and 两 are no digits.
const COUNTED: &str = "下个样些直定起共般遍次种边位张切旦会";

impl Scan {
    pub(super) fn new(text: &str) -> Self {
        let mut items: Vec<(Item, Range<usize>)> = Vec::new();
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let end = at + character.len_utf8();
            let folded = characters::fold(character);
            let first = folded.chars().next().unwrap_or(' ');
            let (item, end) = match characters::class(first) {
                characters::Class::Digit if is_number(&folded) => written(text, at),
                // ¾ is written as 3⁄4: an amount.
                characters::Class::Digit => (Item::Unit, end),
                characters::Class::Letter => word(text, at),
                characters::Class::Ideograph => ideograph(text, at, end, first),
                _ if matches!(character, '$' | '¥' | '￥' | '£' | '€' | '%' | '％' | '/' | ':' | '：' | '@') => {
                    (Item::Unit, end)
                }
                _ => (Item::Gap, end),
            };
            items.push((item, at..end));
            at = end;
        }
        Self { items }
    }

    /// Its runs of digits, in order.
    pub(super) fn runs(&self, turn: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut at = 0;
        while at < self.items.len() {
            let (run, next) = self.run(turn, at);
            runs.extend(run);
            at = next;
        }
        runs
    }

    /// The run that begins at item `at`, where one does, and the item after it.
    fn run(&self, turn: usize, at: usize) -> (Option<Run>, usize) {
        let mut digits: Vec<Digit> = Vec::new();
        let mut times = 1;
        let mut doubled = None;
        let mut next = at;
        let mut last = at;
        while let Some((item, bytes)) = self.items.get(next) {
            match item {
                Item::Digits(values, sure) => {
                    if !(*sure || self.is_flanked(next) || values == "X" && digits.len() >= 17) {
                        break;
                    }
                    // $12 is an amount.
                    let priced = digits.is_empty()
                        && next.checked_sub(1).is_some_and(|before| {
                            self.items[before].0 == Item::Unit && self.items[before].1.end == bytes.start
                        });
                    if priced {
                        return (None, next + 1);
                    }
                    // "double five" is masked whole.
                    let bytes = doubled.take().unwrap_or(bytes.start)..bytes.end;
                    push(&mut digits, values, times, turn, &bytes);
                    times = 1;
                    last = next;
                }
                Item::Times(count) => {
                    times = *count;
                    doubled = Some(bytes.start);
                }
                Item::Tens(tens) => {
                    let unit = (next + 1..self.items.len())
                        .find(|index| self.items[*index].0 != Item::Gap)
                        .filter(|index| {
                            let hyphen = self.items[*index].1.start - bytes.end <= 1;
                            hyphen && matches!(&self.items[*index].0, Item::Digits(one, true) if one.len() == 1 && one != "0")
                        });
                    (times, doubled) = (1, None);
                    push(&mut digits, &tens.to_string(), 1, turn, bytes);
                    if unit.is_none() {
                        push(&mut digits, "0", 1, turn, bytes);
                    }
                    last = next;
                }
                Item::Gap => {}
                Item::Unit | Item::Other => break,
            }
            next += 1;
        }
        if digits.is_empty() {
            return (None, at.max(next) + 1);
        }
        let only_gaps = |range: Range<usize>| self.items[range].iter().all(|(item, _)| *item == Item::Gap);
        let run = Run {
            at_start: only_gaps(0..at),
            reaches_end: only_gaps(last + 1..self.items.len()),
            measured: matches!(self.items.get(next), Some((Item::Unit, _))),
            items: (at, last),
            digits,
        };
        (Some(run), next.max(at + 1))
    }

    /// Whether certain digits stand on both sides of `at`, with at most one doubtful one between.
    fn is_flanked(&self, at: usize) -> bool {
        let near = |items: &mut dyn Iterator<Item = usize>| {
            let mut doubtful = 0;
            for index in items {
                match &self.items[index].0 {
                    Item::Digits(_, true) | Item::Tens(_) => return true,
                    Item::Digits(_, false) if doubtful == 0 => doubtful += 1,
                    Item::Gap | Item::Times(_) => {}
                    _ => return false,
                }
            }
            false
        };
        let (before, after) = (near(&mut (0..at).rev()), near(&mut (at + 1..self.items.len())));
        // "oh" beside a digit is a zero; a word that sounds like a digit needs one on both sides.
        (before && after) || (self.items[at].0 == Item::Digits("0".into(), false) && (before || after))
    }

    /// Words in items `range` that are neither digits nor fillers.
    fn words(&self, range: Range<usize>) -> usize {
        let range = range.start.min(self.items.len())..range.end.min(self.items.len());
        self.items[range].iter().filter(|(item, _)| !matches!(item, Item::Gap)).count()
    }

    /// Words that are neither digits nor fillers.
    pub(super) fn spoken_words(&self) -> usize {
        self.items.iter().filter(|(item, _)| matches!(item, Item::Other | Item::Unit)).count()
    }
}

impl Run {
    /// The turn in which it ends.
    pub(super) fn turn(&self) -> usize {
        self.digits.last().map_or(0, |digit| digit.turn)
    }

    pub(super) fn append(&mut self, mut next: Run) {
        self.digits.append(&mut next.digits);
        self.reaches_end = next.reaches_end;
        self.measured = next.measured;
        self.items.1 = next.items.1;
    }

    /// The digits as text.
    pub(super) fn text(&self) -> String {
        self.text_of(0..self.digits.len())
    }

    /// Some of the digits as text.
    pub(super) fn text_of(&self, digits: Range<usize>) -> String {
        self.digits[digits].iter().map(|digit| digit.value).collect()
    }

    /// Other words between `last` and this run of the same speaker.
    pub(super) fn words_since(&self, last: &Run, scans: &[Scan]) -> usize {
        let (from, to) = (last.turn(), self.digits[0].turn);
        if from == to {
            return scans[from].words(last.items.1 + 1..self.items.0);
        }
        if to - from > 2 {
            return usize::MAX;
        }
        scans[from].words(last.items.1 + 1..usize::MAX).saturating_add(scans[to].words(0..self.items.0))
    }

    /// The stretches that hold the digits of `range`, one a turn.
    pub(super) fn masks(&self, range: Range<usize>, kind: Personal) -> Vec<Mask> {
        self.digits[range]
            .chunk_by(|a, b| a.turn == b.turn)
            .map(|digits| Mask {
                turn: digits[0].turn,
                bytes: digits[0].bytes.start..digits[digits.len() - 1].bytes.end,
                kind,
            })
            .collect()
    }
}

fn push(digits: &mut Vec<Digit>, values: &str, times: usize, turn: usize, bytes: &Range<usize>) {
    let each = values.len() > 1 && bytes.len() == values.len();
    for (index, value) in values.chars().enumerate() {
        let bytes = if each { bytes.start + index..bytes.start + index + 1 } else { bytes.clone() };
        for _ in 0..times {
            digits.push(Digit { value, turn, bytes: bytes.clone(), begins: index == 0 });
        }
    }
}

/// A run of written digits at `at`; one with letters attached is no number, one with a fraction an amount.
fn written(text: &str, at: usize) -> (Item, usize) {
    let mut digits = String::new();
    let mut end = at;
    for character in text[at..].chars() {
        let folded = characters::fold(character);
        if !is_number(&folded) {
            break;
        }
        digits.push_str(&folded);
        end += character.len_utf8();
    }
    let rest = &text[end..];
    let after: String = rest.chars().take(2).collect();
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let is_x = rest.starts_with(['x', 'X']) && !letter(rest.chars().nth(1));
    let fraction = rest.strip_prefix('.').map(|rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if (letter(after.chars().next()) && !is_x && !is_ordinal(rest)) || letter(text[..at].chars().next_back()) {
        let end = end + rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        return (Item::Other, end);
    }
    if let Some(fraction) = fraction
        && (1..3).contains(&fraction)
        && digits.len() < 7
    {
        return (Item::Unit, end + 1 + fraction);
    }
    (Item::Digits(digits, true), end)
}

/// Whether a folded character is digits and nothing else.
fn is_number(folded: &str) -> bool {
    !folded.is_empty() && folded.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ordinal(rest: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|end| rest.starts_with(end))
}

/// A word at `at`.
fn word(text: &str, at: usize) -> (Item, usize) {
    let length = text[at..]
        .char_indices()
        .find(|(_, c)| !(c.is_alphabetic() && !matches!(*c, '\u{3400}'..='\u{9fff}') || matches!(c, '\'' | '’')))
        .map_or(text.len() - at, |(index, _)| index);
    let end = at + length.max(1).max(text[at..].chars().next().map_or(1, char::len_utf8));
    let word: String = text[at..end].chars().flat_map(|c| characters::fold(c).chars().collect::<Vec<_>>()).collect();
    let item = match numbers_en::part(&word) {
        Some(Part::Unit(value)) => Item::Digits(value.to_string(), true),
        Some(Part::Teen(value)) => Item::Digits(value.to_string(), true),
        Some(Part::Tens(value)) => Item::Tens(char::from(b'0' + (value / 10) as u8)),
        Some(Part::Hundred) => Item::Digits("00".into(), false),
        Some(Part::Large(_)) => Item::Unit,
        Some(Part::Times(times)) => Item::Times(times),
        Some(Part::Oh) => Item::Digits("0".into(), false),
        None if word == "x" || word == "ex" => Item::Digits("X".into(), false),
        None if GAPS.contains(&word.as_str()) => Item::Gap,
        None if UNITS.contains(&word.as_str()) => Item::Unit,
        None => ALIKE
            .iter()
            .find(|(alike, _)| *alike == word)
            .map_or(Item::Other, |(_, digit)| Item::Digits(digit.to_string(), false)),
    };
    (item, end)
}

/// A Chinese character (or a filler of several) at `at`.
fn ideograph(text: &str, at: usize, end: usize, character: char) -> (Item, usize) {
    let single = character.to_string();
    let next = text[end..].chars().next();
    if let Some(value) = numbers_zh::digit(&single) {
        let counted = matches!(character, '一' | '两') && next.is_some_and(|next| COUNTED.contains(next));
        return (if counted { Item::Other } else { Item::Digits(value.to_string(), true) }, end);
    }
    if let Some(gap) = GAPS_ZH.iter().find(|gap| text[at..].starts_with(**gap)) {
        return (Item::Gap, at + gap.len());
    }
    let military = match character {
        '洞' => Some('0'),
        '拐' => Some('7'),
        '勾' | '钩' => Some('9'),
        '叉' => Some('X'),
        _ => None,
    };
    let item = if let Some(digit) = military {
        Item::Digits(digit.to_string(), digit != 'X')
    } else if UNITS_ZH.contains(character) {
        Item::Unit
    } else if let Some(digit) = sounds_like(character) {
        Item::Digits(digit.to_string(), false)
    } else {
        Item::Other
    };
    (item, end)
}

/// The digit that `character` may be a mishearing of.
fn sounds_like(character: char) -> Option<char> {
    static SPOKEN: LazyLock<Vec<(Syllable, char)>> = LazyLock::new(|| {
        let spoken = [
            ('零', '0'),
            ('一', '1'),
            ('幺', '1'),
            ('二', '2'),
            ('两', '2'),
            ('三', '3'),
            ('四', '4'),
            ('五', '5'),
            ('六', '6'),
            ('七', '7'),
            ('八', '8'),
            ('九', '9'),
        ];
        spoken.into_iter().map(|(character, digit)| (syllable::readings(character)[0], digit)).collect()
    });
    let reading = syllable::readings(character)[0];
    if !reading.is_some() {
        return None;
    }
    SPOKEN.iter().find(|(spoken, _)| spoken.class() == reading.class()).map(|(_, digit)| *digit)
}
