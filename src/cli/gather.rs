//! Many sentences of one kind as one: what differs in them is numbers only.

use std::collections::BTreeMap;

/// Reasons that differ in their numbers only become one, with the least and the greatest number in each place.
pub fn gathered(reasons: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut groups: BTreeMap<Vec<&str>, (u64, Vec<[&str; 2]>)> = BTreeMap::new();
    let value = |number: &str| number.parse::<f64>().unwrap_or(0.0);
    for (reason, count) in reasons {
        let (words, numbers) = parted(reason);
        let (sum, ranges) = groups.entry(words).or_insert((0, numbers.iter().map(|number| [*number; 2]).collect()));
        *sum += count;
        for ([least, most], number) in ranges.iter_mut().zip(numbers) {
            if value(number) < value(least) {
                *least = number;
            }
            if value(number) > value(most) {
                *most = number;
            }
        }
    }
    let text = |words: Vec<&str>, ranges: Vec<[&str; 2]>| {
        let mut ranges = ranges.into_iter();
        let mut text = String::new();
        for word in words {
            text.push_str(word);
            match ranges.next() {
                Some([least, most]) if least == most => text.push_str(least),
                Some([least, most]) => text.extend([least, " to ", most]),
                None => {}
            }
        }
        text
    };
    groups.into_iter().map(|(words, (count, ranges))| (text(words, ranges), count)).collect()
}

/// The words around the numbers of `text`, and the numbers.
fn parted(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut words, mut numbers, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = start + digits(&rest[start..]);
        let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
        let end = if fraction > 0 { whole + 1 + fraction } else { whole };
        words.push(&rest[..start]);
        numbers.push(&rest[start..end]);
        rest = &rest[end..];
    }
    words.push(rest);
    (words, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_differ_in_numbers_only_are_one_line() {
        let reason = |heard: &str| format!("{heard} s of speech, at least 15.0 s are needed");
        let reasons =
            [(reason("9.5"), 2), (reason("12.3"), 1), (reason("2."), 1), ("nobody speaks".to_owned(), 4)].into();
        let lines = gathered(&reasons);
        let line = |text: &str, count| (text.to_owned(), count);
        assert!(lines.contains(&line("9.5 to 12.3 s of speech, at least 15.0 s are needed", 3)), "{lines:?}");
        assert!(lines.contains(&line("2. s of speech, at least 15.0 s are needed", 1)), "{lines:?}");
        assert!(lines.contains(&line("nobody speaks", 4)) && lines.len() == 3, "{lines:?}");
    }
}
