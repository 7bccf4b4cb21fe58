//! How English words sound: Double Metaphone codes, packed, and the likeness of two words.

use rphonetic::DoubleMetaphone;
use std::sync::LazyLock;

/// Longest code that is kept.
const LENGTH: usize = 12;

/// The two codes of `word`, five bits a sound; 0 where it has none. Words of other scripts have none.
pub(super) fn codes(word: &str) -> [u64; 2] {
    static ENCODER: LazyLock<DoubleMetaphone> = LazyLock::new(|| DoubleMetaphone::new(Some(LENGTH)));
    if word.len() > 40 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return [0; 2];
    }
    let result = ENCODER.double_metaphone(word);
    let (primary, alternate) = (pack(&result.primary()), pack(&result.alternate()));
    [primary, if alternate == primary { 0 } else { alternate }]
}

fn pack(code: &str) -> u64 {
    code.bytes().take(LENGTH).fold(0, |packed, sound| {
        let number = match sound {
            b'A'..=b'Z' => sound - b'A' + 1,
            // The sound of "th".
            _ => 27,
        };
        packed << 5 | u64::from(number)
    })
}

/// Number of sounds in a packed code.
pub(super) fn sounds(code: u64) -> u32 {
    (64 - code.leading_zeros()).div_ceil(5)
}

/// Number of classes, from 0.
pub(super) const CLASSES: u16 = 35 * 35;

/// The number of a sound, voiced and voiceless ones alike.
fn coarse(sound: u64) -> u16 {
    match char::from(b'A' + (sound as u8).saturating_sub(1)) {
        'B' | 'P' => 2,
        'F' | 'V' => 3,
        'K' | 'G' => 4,
        'S' | 'X' | 'J' => 5,
        // Double Metaphone already writes d as t; "th" is often heard as either or as f.
        'T' | '[' => 6,
        'M' | 'N' => 7,
        'L' | 'R' => 8,
        'A' => 1,
        other => (other as u16 - 64 + 8).min(34),
    }
}

/// The class of a packed code: its first two sounds, voiced and voiceless ones alike. Words of different classes count
/// as unlike without a closer look.
pub(super) fn class(code: u64) -> u16 {
    let length = sounds(code);
    let sound = |index: u32| if index < length { code >> (5 * (length - 1 - index)) & 31 } else { 0 };
    let second = if length > 1 { coarse(sound(1)) } else { 0 };
    coarse(sound(0)) * 35 + second
}

/// From so many sounds on, words that differ only in what is voiced or nasal are one word: "certainly" and
/// "certaimly" are, "bat" and "bad" are not.
const TELLING: u32 = 4;

/// Whether two codes are long, and the same but for what is voiced or nasal.
fn is_voiced_alike(a: u64, b: u64) -> bool {
    let length = sounds(a);
    let sound = |code: u64, index: u32| coarse(code >> (5 * index) & 31);
    length >= TELLING && length == sounds(b) && (0..length).all(|index| sound(a, index) == sound(b, index))
}

/// The class of a word that has only the first sound of `code`.
pub(super) fn first_class(code: u64) -> u16 {
    let class = class(code);
    class - class % 35
}

/// How unlike two words of one class are, 0..=1.
pub(super) fn distance(a: &str, b: &str, codes_a: [u64; 2], codes_b: [u64; 2]) -> f32 {
    let same = codes_a.iter().any(|code| *code != 0 && codes_b.contains(code));
    let long = sounds(codes_a[0]).min(sounds(codes_b[0])) > 1;
    let spelling = strsim::jaro_winkler(a, b) as f32;
    if same && long {
        // Few sounds, or many vowels between them: "sorry" and "sir", "and" and "annoyed".
        return match (spelling >= 0.75 && a.len().abs_diff(b.len()) < 3, sounds(codes_a[0])) {
            (true, _) => 0.1,
            (false, ..=2) => 0.45,
            (false, _) => 0.3,
        };
    }
    if !long {
        // "to", "do", "the" have one sound: only their spelling tells them apart.
        let alike = spelling >= 0.8 || a.as_bytes()[0] == b.as_bytes()[0];
        return if same && alike && a.len().abs_diff(b.len()) < 2 { 0.4 } else { 1.0 };
    }
    if spelling >= 0.9 && a.len() == b.len() && is_voiced_alike(codes_a[0], codes_b[0]) {
        return 0.1;
    }
    let sound = 1.0 - edits(codes_a[0], codes_b[0]) as f32 / sounds(codes_a[0]).max(sounds(codes_b[0])) as f32;
    let alike = 0.5 * (spelling + sound.max(spelling - 0.2));
    ((0.97 - alike) * 2.2).clamp(0.15, 1.0)
}

/// Edit distance of two packed codes.
fn edits(a: u64, b: u64) -> u32 {
    let (length_a, length_b) = (sounds(a) as usize, sounds(b) as usize);
    let sound = |code: u64, length: usize, index: usize| code >> (5 * (length - 1 - index)) & 31;
    let mut row = [0_u32; LENGTH + 2];
    for (index, cell) in row.iter_mut().enumerate() {
        *cell = index as u32;
    }
    for i in 0..length_a {
        let mut corner = row[0];
        row[0] = i as u32 + 1;
        for j in 0..length_b {
            let changed = corner + u32::from(sound(a, length_a, i) != sound(b, length_b, j));
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[length_b]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(a: &str, b: &str) -> f32 {
        let (codes_a, codes_b) = (codes(a), codes(b));
        if class(codes_a[0]) == class(codes_b[0]) { distance(a, b, codes_a, codes_b) } else { 1.0 }
    }

    #[test]
    fn sound_alikes_are_near_and_others_far() {
        for (a, b) in [("apologise", "apologize"), ("calling", "caling"), ("their", "there"), ("night", "knight")] {
            assert_eq!(between(a, b), 0.1, "{a} {b}");
        }
        for (a, b) in [("refund", "refunded"), ("inconvenience", "inconveniences"), ("frustrating", "frustration")] {
            assert!(between(a, b) < 0.4, "{a} {b} {}", between(a, b));
        }
        for (a, b) in [("help", "hold"), ("calling", "called"), ("sorry", "sir"), ("bank", "back"), ("to", "do")] {
            assert!(between(a, b) > 0.3, "{a} {b} {}", between(a, b));
        }
        assert_eq!(between("please", "thank"), 1.0);
        assert!(between("two", "to") < 0.7, "{:?} {:?}", codes("two"), codes("to"));
    }

    #[test]
    fn codes_are_counted() {
        assert_eq!(sounds(pack("KLNK")), 4);
        assert_eq!(edits(pack("KLNK"), pack("KLN")), 1);
        assert_eq!(edits(pack("KLNK"), pack("TRM")), 4);
    }
}
