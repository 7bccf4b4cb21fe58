//! Numbers in Mandarin characters and in digits.

use super::Token;
use super::characters::{self, Class};
use super::fold::Unit;
use std::ops::Range;

/// The digit that `character` stands for.
pub(super) fn digit(character: &str) -> Option<u64> {
    Some(match character {
        "零" | "〇" => 0,
        "一" | "幺" | "壹" => 1,
        "二" | "两" | "贰" => 2,
        "三" | "叁" => 3,
        "四" | "肆" => 4,
        "五" | "伍" => 5,
        "六" | "陆" => 6,
        "七" | "柒" => 7,
        "八" | "捌" => 8,
        "九" | "玖" => 9,
        _ => return None,
    })
}

/// The power of ten that `character` stands for.
fn unit(character: &str) -> Option<u64> {
    Some(match character {
        "十" | "拾" => 10,
        "百" | "佰" => 100,
        "千" | "仟" => 1_000,
        "万" => 10_000,
        "亿" => 100_000_000,
        _ => return None,
    })
}

/// Reads the number that begins at `units[at]`, where one does: adds its tokens and tells how many units it took.
pub(super) fn read(units: &[Unit], at: usize, tokens: &mut Vec<Token>) -> Option<usize> {
    let run = units[at..]
        .iter()
        .enumerate()
        .take_while(|(index, unit_)| {
            unit_.class == Class::Ideograph
                && (*index == 0 || !unit_.opens)
                && (digit(&unit_.text).is_some() || unit(&unit_.text).is_some())
        })
        .count();
    let run = &units[at..at + run];
    let first = run.first()?;
    // 百分之百: the last 百 is a number on its own.
    if first.text == "百" && at >= 2 && units[at - 1].text == "之" && units[at - 2].text == "分" {
        push_digits("100", &run[..1], false, tokens);
        return Some(1);
    }
    if run.iter().all(|part| digit(&part.text).is_some()) {
        // From three digits on, it is a number that is read out; 一一 may be anything.
        for (index, part) in run.iter().enumerate() {
            let value = digit(&part.text).unwrap_or(0);
            push_digits(&value.to_string(), &run[index..=index], index > 0 && run.len() >= 3, tokens);
        }
        return Some(run.len());
    }
    let begins_value = first.text == "十" || (digit(&first.text).is_some() && run.get(1).is_some_and(is_unit));
    if begins_value {
        let (value, taken) = value(run);
        push_digits(&value.to_string(), &run[..taken], false, tokens);
        return Some(taken);
    }
    let value = digit(&first.text)?;
    push_digits(&value.to_string(), &run[..1], false, tokens);
    Some(1)
}

fn is_unit(part: &Unit) -> bool {
    unit(&part.text).is_some()
}

/// The value at the beginning of `run` and how many characters it takes: 三千零五十, 一百五 (150), 两万三 (23,000).
fn value(run: &[Unit]) -> (u64, usize) {
    let (mut total, mut section, mut pending) = (0_u64, 0_u64, None::<u64>);
    let mut last_unit = u64::MAX;
    let mut zero = false;
    let mut taken = 0;
    for part in run {
        if let Some(value) = digit(&part.text) {
            if pending.is_some() {
                break;
            }
            if value == 0 {
                zero = true;
            } else {
                pending = Some(value);
            }
        } else if let Some(power) = unit(&part.text) {
            if power >= 10_000 {
                let below = section + pending.take().unwrap_or(0);
                if below == 0 && total == 0 {
                    break;
                }
                total = (total + below).saturating_mul(power);
                section = 0;
                last_unit = power;
            } else {
                let factor = match pending.take() {
                    Some(factor) => factor,
                    None if power == 10 => 1,
                    None => break,
                };
                if power >= last_unit {
                    pending = Some(factor);
                    break;
                }
                section += factor * power;
                last_unit = power;
            }
            zero = false;
        }
        taken += 1;
    }
    // A digit after a unit counts in the next smaller one, unless a zero stands between.
    let tail = pending.unwrap_or(0) * if !zero && last_unit != u64::MAX { (last_unit / 10).max(1) } else { 1 };
    let closes_on_next_unit = taken < run.len() && pending.is_some() && run.get(taken).is_some_and(is_unit);
    if closes_on_next_unit && taken > 1 {
        return (total + section, taken - 1);
    }
    (total + section + tail, taken.max(1))
}

/// Reads the digits at `units[at]` with the signs around them: percent, currency, a decimal point.
pub(super) fn read_digits(
    text: &str,
    units: &[Unit],
    at: usize,
    mandarin: bool,
    tokens: &mut Vec<Token>,
) -> Option<usize> {
    let number = &units[at];
    let sign = |unit: Option<&Unit>| unit.filter(|unit| unit.class == Class::Other).map(|unit| unit.text.clone());
    let percent = sign(units.get(at + 1)).as_deref() == Some("%");
    let currency = at.checked_sub(1).and_then(|before| units.get(before)).filter(|unit| unit.class == Class::Other);
    let begins = number.opens || currency.is_some_and(|unit| unit.opens);
    let start = Token { bytes: number.bytes.start..number.bytes.start, opens: begins, ..Token::default() };
    let word = |text: &str, token: &Token| Token { text: text.into(), ..token.clone() };
    if percent && mandarin {
        let begin = tokens.len();
        tokens.extend(["百", "分", "之"].map(|text| word(text, &Token { opens: false, ..start.clone() })));
        tokens[begin].opens = begins;
    }
    let mut digits: Vec<(Range<usize>, char)> = Vec::new();
    for (index, character) in text[number.bytes.clone()].char_indices() {
        let start = number.bytes.start + index;
        let digit_or_point = |c: &char| c.is_ascii_digit() || *c == '.';
        let folded = characters::fold(character);
        digits.extend(folded.chars().filter(digit_or_point).map(|c| (start..start + character.len_utf8(), c)));
    }
    let whole = digits.iter().take_while(|(_, character)| *character != '.').count();
    let opens = begins && !(percent && mandarin);
    let ten = whole == 2 && digits[0].1 == '1' && digits[1].1 == '0';
    if ten {
        let bytes = digits[0].0.start..digits[1].0.end;
        tokens.push(Token { text: "10".into(), bytes, opens, joined: false });
    }
    for (index, (bytes, character)) in digits.into_iter().enumerate() {
        let token = Token { text: character.into(), bytes, opens: opens && index == 0, joined: index > 0 };
        if character == '.' {
            tokens.push(Token { joined: false, ..word(if mandarin { "点" } else { "point" }, &token) });
        } else if !(ten && index < whole) {
            tokens.push(Token { joined: index > 0 && index != whole + 1, ..token });
        }
    }
    let end = Token { bytes: number.bytes.end..number.bytes.end, ..Token::default() };
    if percent {
        if !mandarin {
            tokens.push(word("percent", &Token { bytes: units[at + 1].bytes.clone(), ..end }));
        }
        return Some(2);
    }
    if let Some(currency) = sign(currency) {
        let name = match (currency.as_str(), mandarin) {
            ("$", false) => "dollars",
            ("£", false) => "pounds",
            ("€", false) => "euros",
            ("$", true) => "元",
            ("¥", _) => "元",
            _ => return Some(1),
        };
        tokens.push(word(name, &end));
    }
    Some(1)
}

/// Adds a token for each digit of a number said in `parts`, its characters shared out among them; ten stays whole.
pub(super) fn push_digits(digits: &str, parts: &[Unit], joined: bool, tokens: &mut Vec<Token>) {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return };
    if digits == "10" {
        let bytes = first.bytes.start..last.bytes.end;
        tokens.push(Token { text: "10".into(), bytes, opens: first.opens, joined });
        return;
    }
    let count = digits.len();
    let starts: Vec<usize> = (0..count).map(|index| parts[index * parts.len() / count].bytes.start).collect();
    for (index, digit) in digits.chars().enumerate() {
        let begin = starts[index];
        let end = starts.get(index + 1).copied().unwrap_or(last.bytes.end).max(begin);
        tokens.push(Token {
            text: digit.into(),
            bytes: begin..end,
            opens: index == 0 && first.opens,
            joined: index > 0 || joined,
        });
    }
}
