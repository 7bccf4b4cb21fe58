//! Numbers in English words.

use super::Token;
use super::characters::Class;
use super::fold::Unit;
use super::numbers_zh::push_digits;

/// What a word is in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// 0 to 9.
    Unit(u64),
    /// 10 to 19.
    Teen(u64),
    /// 20, 30, .. 90.
    Tens(u64),
    /// 100.
    Hundred,
    /// 1,000 and more.
    Large(u64),
    /// "double", "triple": the digit that follows so many times.
    Times(usize),
    /// "oh": a zero, among digits only.
    Oh,
}

const TENS: &[&str] = &["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The ordinal numbers below twenty, from the first on.
const ORDINALS: &[&str] = &[
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// Those of the tens.
const ORDINAL_TENS: &[&str] =
    &["twentieth", "thirtieth", "fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"];

/// Writes the ordinal numbers below a hundred that are written in digits as they are said: "22nd" as "twenty second".
pub(super) fn spell_ordinals(units: &mut Vec<Unit>) {
    let mut at = 0;
    while let Some([number, end]) = units.get(at..at + 2) {
        let touches = number.class == Class::Digit && number.bytes.end == end.bytes.start;
        let is_ordinal = touches && matches!(end.text.as_str(), "st" | "nd" | "rd" | "th");
        let value = number.text.parse::<usize>().ok().filter(|value| is_ordinal && (1..100).contains(value));
        if let Some(value) = value {
            let (tens, rest, whole) = (value / 10, value % 10, number.bytes.start..end.bytes.end);
            let word = |text: &str, bytes, opens| Unit { text: text.to_owned(), bytes, opens, class: Class::Letter };
            let spelt = match (tens, rest) {
                (0 | 1, _) => vec![word(ORDINALS[value - 1], whole, number.opens)],
                (_, 0) => vec![word(ORDINAL_TENS[tens - 2], whole, number.opens)],
                _ => vec![
                    word(TENS[tens - 2], number.bytes.clone(), number.opens),
                    word(ORDINALS[rest - 1], end.bytes.clone(), false),
                ],
            };
            units.splice(at..at + 2, spelt);
        }
        at += 1;
    }
}

/// What `word` is in a number, where it can stand in one.
pub(super) fn part(word: &str) -> Option<Part> {
    const UNITS: &[&str] = &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    const TEENS: &[&str] =
        &["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
    let index = |words: &[&str]| words.iter().position(|other| *other == word).map(|index| index as u64);
    match word {
        "hundred" => Some(Part::Hundred),
        "thousand" => Some(Part::Large(1_000)),
        "million" => Some(Part::Large(1_000_000)),
        "double" => Some(Part::Times(2)),
        "triple" | "treble" => Some(Part::Times(3)),
        "oh" | "o" => Some(Part::Oh),
        "fourty" => Some(Part::Tens(40)),
        _ => index(UNITS)
            .map(Part::Unit)
            .or_else(|| index(TEENS).map(|index| Part::Teen(index + 10)))
            .or_else(|| index(TENS).map(|index| Part::Tens((index + 2) * 10))),
    }
}

/// Reads the number in words that begins at `units[at]`, where one does: adds its tokens and tells how many units it
/// took.
pub(super) fn read(units: &[Unit], at: usize, tokens: &mut Vec<Token>) -> Option<usize> {
    let part_at = |index: usize| {
        let unit = units.get(index).filter(|unit| unit.class == Class::Letter)?;
        if index > at && unit.opens { None } else { part(&unit.text) }
    };
    let after_number = tokens.last().is_some_and(Token::is_number) && !units[at].opens;
    let article = units[at].text == "a" && matches!(part_at(at + 1), Some(Part::Hundred | Part::Large(_)));
    let first = part_at(at);
    match first {
        Some(Part::Unit(_) | Part::Teen(_) | Part::Tens(_)) => {}
        Some(Part::Times(_)) if matches!(part_at(at + 1), Some(Part::Unit(_) | Part::Oh)) => {}
        // "oh" is a zero beside a digit; two of them in a row are too.
        Some(Part::Oh) if after_number || is_digits(part_at(at + 1), part_at(at + 2)) => {}
        _ if article => {}
        _ => return None,
    }
    let (digits, taken) = match first {
        Some(Part::Times(times)) => {
            let digit = if let Some(Part::Unit(value)) = part_at(at + 1) { value } else { 0 };
            (digit.to_string().repeat(times), 2)
        }
        Some(Part::Oh) => ("0".to_owned(), 1),
        _ => {
            let (value, taken) = cardinal(&units[at..], |index| part_at(at + index), article);
            (value.to_string(), taken)
        }
    };
    push_digits(&digits, &units[at..at + taken], after_number, tokens);
    Some(taken)
}

fn is_digits(next: Option<Part>, second: Option<Part>) -> bool {
    match next {
        Some(Part::Unit(_) | Part::Tens(_) | Part::Teen(_)) => true,
        Some(Part::Times(_) | Part::Oh) => matches!(second, Some(Part::Unit(_) | Part::Oh)),
        _ => false,
    }
}

/// The longest cardinal number at the beginning of `units` and how many of them it takes.
fn cardinal(units: &[Unit], part_at: impl Fn(usize) -> Option<Part>, article: bool) -> (u64, usize) {
    let (mut total, mut taken) = (0_u64, 0);
    let mut group = 0_u64;
    if article {
        (group, taken) = (1, 1);
    } else {
        group += below_hundred(&part_at, &mut taken).unwrap_or(0);
    }
    loop {
        match part_at(taken) {
            Some(Part::Hundred) if (1..100).contains(&group) => {
                taken += 1;
                group *= 100;
            }
            Some(Part::Large(power)) if group > 0 && (total == 0 || total % (power * 1_000) == 0) => {
                taken += 1;
                total += group.saturating_mul(power);
                group = 0;
            }
            _ => break,
        }
        let mut next = taken;
        if units.get(next).is_some_and(|unit| unit.text == "and" && !unit.opens) {
            next += 1;
        }
        let begin = next;
        if let Some(small) = below_hundred(&part_at, &mut next) {
            // "two hundred five" ends there, but "two thousand five hundred" goes on.
            group += small;
            taken = next;
        } else if begin > taken {
            break;
        }
    }
    (total + group, taken)
}

/// A number below a hundred at `at`.
fn below_hundred(part_at: &impl Fn(usize) -> Option<Part>, at: &mut usize) -> Option<u64> {
    match part_at(*at)? {
        Part::Unit(value) | Part::Teen(value) => {
            *at += 1;
            Some(value)
        }
        Part::Tens(value) => {
            *at += 1;
            if let Some(Part::Unit(unit)) = part_at(*at).filter(|part| *part != Part::Unit(0)) {
                *at += 1;
                Some(value + unit)
            } else {
                Some(value)
            }
        }
        _ => None,
    }
}
