//! What a run of digits is.

use super::Personal;
use super::context::Topic;
use super::digits::Run;
use std::ops::Range;

/// The personal numbers in `run`, as ranges of its digits.
pub(super) fn personal(run: &Run, topic: Option<Topic>) -> Vec<(Range<usize>, Personal)> {
    let text = run.text();
    let digits = text.as_str();
    let count = digits.len();
    let whole = 0..count;
    // Eighteen digits with a date of birth; inside a longer number the check digit must fit too.
    let identity = windows(run, 18).find(|range| {
        let digits = &digits[range.clone()];
        is_identity(digits) && topic != Some(Topic::Card) && (count == 18 || has_check_digit(digits))
    });
    if let Some(range) = identity {
        return vec![(range, Personal::Id)];
    }
    let plain = text.trim_end_matches('X').len();
    match topic {
        Some(Topic::Code) if (3..=8).contains(&count) && !run.measured => return vec![(whole, Personal::Code)],
        Some(Topic::Id) if count >= 8 => return vec![(whole, Personal::Id)],
        Some(Topic::Card) if plain >= 8 && !(plain <= 11 && is_phone(digits)) => return vec![(whole, Personal::Card)],
        Some(Topic::Tail | Topic::Code) if plain >= 8 && !is_phone(digits) => return vec![(whole, Personal::Card)],
        Some(Topic::Account) if (12..=21).contains(&plain) => return vec![(whole, Personal::Card)],
        Some(Topic::Phone) if (7..=13).contains(&count) => return vec![(whole, Personal::Phone)],
        _ => {}
    }
    let cards: Vec<Range<usize>> = cards(run, digits);
    if let Some(range) = cards.first() {
        // Check digits or an expiry date that follow at once go with it.
        let end = if count - range.end <= 8 { count } else { range.end };
        let mut found = vec![(range.start..end, Personal::Card)];
        if end < count {
            // What goes on without a pause is another number of the same person.
            found.push((end..count, Personal::Phone));
        }
        return found;
    }
    let harmless = matches!(topic, Some(Topic::Order | Topic::Quantity));
    if !harmless && looks_like_card(run, digits) {
        return vec![(whole, Personal::Card)];
    }
    if is_phone(digits) && topic != Some(Topic::Order) {
        return vec![(whole, Personal::Phone)];
    }
    if !harmless && is_grouped_phone(run, digits) {
        return vec![(whole, Personal::Phone)];
    }
    Vec::new()
}

/// Ranges of `length` digits that begin with a group and end with one or with the run.
fn windows(run: &Run, length: usize) -> impl Iterator<Item = Range<usize>> {
    let count = run.digits.len();
    (0..count.saturating_sub(length - 1)).filter_map(move |start| {
        let end = start + length;
        let whole = run.digits[start].begins && (end == count || run.digits[end].begins);
        whole.then_some(start..end)
    })
}

/// Card numbers with their check digit, the usual lengths first.
fn cards(run: &Run, digits: &str) -> Vec<Range<usize>> {
    [16, 19, 15, 18, 17, 14, 13]
        .into_iter()
        .flat_map(|length| windows(run, length).collect::<Vec<_>>())
        .filter(|range| has_issuer(&digits[range.clone()]) && luhn(&digits[range.clone()]))
        .collect()
}

/// A number of a card's length that begins like one, or is written in fours: with a digit misheard, it has no valid
/// check digit.
fn looks_like_card(run: &Run, digits: &str) -> bool {
    let fours = digits.len() == 16 && run.digits.iter().enumerate().all(|(index, d)| !d.begins || index % 4 == 0);
    let in_groups = run.digits.iter().filter(|digit| digit.begins).count() > 1;
    (fours && in_groups) || (matches!(digits.len(), 15 | 16 | 19) && has_issuer(digits))
}

/// Whether the number begins as payment cards do: 2 to 6 but for the ranges nobody issues.
///
/// # Source
/// ISO/IEC 7812-1 major industry identifiers; ranges published by the schemes.
#[expect(clippy::match_like_matches_macro, reason = "one line for each length of number reads as a table")]
fn has_issuer(digits: &str) -> bool {
    let prefix = |length: usize| digits.get(..length).and_then(|prefix| prefix.parse::<u32>().ok()).unwrap_or(0);
    match (digits.len(), prefix(2), prefix(4)) {
        (15, 34 | 37, _) | (14, 30 | 36 | 38 | 39, _) => true,
        (13 | 16 | 19, 40..=49, _) | (16, _, 2221..=2720) | (16, 51..=55, _) => true,
        (16..=19, 62 | 81 | 35 | 60 | 64 | 65 | 50 | 56..=59 | 61 | 63 | 66..=69, _) => true,
        _ => false,
    }
}

/// The check digit of payment cards.
///
/// # Source
/// ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (index % 2, value * 2) {
                (0, _) => value,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    digits.bytes().all(|digit| digit.is_ascii_digit()) && sum.is_multiple_of(10)
}

/// A Chinese resident's number: region, date of birth, check digit. With a date that fits, a wrong check digit is a
/// mishearing.
///
/// # Source
/// GB 11643-1999.
fn is_identity(digits: &str) -> bool {
    let part = |range: Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let region = matches!(part(0..2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82);
    let born =
        (1900..2100).contains(&part(6..10)) && (1..=12).contains(&part(10..12)) && (1..=31).contains(&part(12..14));
    digits.len() == 18 && digits.bytes().take(17).all(|digit| digit.is_ascii_digit()) && region && born
}

/// Whether the last digit of an identity number fits the others.
///
/// # Source
/// GB 11643-1999: ISO 7064 MOD 11-2.
fn has_check_digit(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    digits.as_bytes().get(17) == Some(&CHECK[(sum % 11) as usize])
}

/// A telephone number that is one without being called so: a Chinese mobile or a number with area code.
fn is_phone(digits: &str) -> bool {
    let local =
        digits.strip_prefix("0086").or(digits.strip_prefix("86")).filter(|rest| rest.len() == 11).unwrap_or(digits);
    let mobile = local.len() == 11 && local.starts_with('1') && local.as_bytes()[1] >= b'3';
    let landline = matches!(local.len(), 10..=12) && local.starts_with('0') && !local.starts_with("00");
    mobile || landline
}

/// Ten digits in groups of three, three and four, or said with a country's 1 before.
fn is_grouped_phone(run: &Run, digits: &str) -> bool {
    let groups: Vec<usize> =
        run.digits.iter().enumerate().filter(|(_, digit)| digit.begins).map(|(at, _)| at).collect();
    let national = match digits.len() {
        10 => groups == [0, 3, 6],
        11 => digits.starts_with('1') && (groups == [0, 1, 4, 7] || groups == [0, 4, 7]),
        _ => false,
    };
    national && !digits.starts_with('0')
}
