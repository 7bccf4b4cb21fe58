//! File names of pages and clips: readable, unique, and always inside their folder.
//!
//! Names of agents and calls come from users' files and may hold anything (`../..`, five thousand characters, nothing
//! at all), so a file is named by the letters and digits of a name and a hash of the whole of it.

/// Most characters of the readable part.
const READABLE: usize = 40;
/// Hexadecimal digits of the hash.
const DIGITS: usize = 10;

/// A file name (without extension) for `name`: ASCII letters, digits and single dashes, then a hash of the whole name.
pub fn file_stem(name: &str) -> String {
    let mut readable = String::new();
    for character in name.chars() {
        if readable.len() >= READABLE {
            break;
        }
        if character.is_ascii_alphanumeric() {
            readable.push(character.to_ascii_lowercase());
        } else if !readable.is_empty() && !readable.ends_with('-') {
            readable.push('-');
        }
    }
    let readable = readable.trim_end_matches('-');
    let hash = &hidden_name(name)[..DIGITS];
    if readable.is_empty() { format!("n-{hash}") } else { format!("{readable}-{hash}") }
}

/// A name of sixteen hexadecimal digits that tells nothing about `name`.
pub fn hidden_name(name: &str) -> String {
    blake3::hash(name.as_bytes()).to_hex()[..16].to_string()
}

/// Whether `stem` looks like that of a page written for some name, with its part number where it has one.
pub fn is_page(stem: &str) -> bool {
    let whole = |part: &str| part.len() == DIGITS && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match stem.rsplit_once('-') {
        Some((_, hash)) if whole(hash) => true,
        Some((rest, part)) if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            rest.rsplit_once('-').is_some_and(|(_, hash)| whole(hash))
        }
        _ => false,
    }
}

/// `text` on one line without control or direction characters, cut to `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (count, character) in text.chars().map(harmless).enumerate() {
        if count == most {
            short.push('…');
            break;
        }
        short.push(character);
    }
    short
}

/// Blanks in place of characters that move or hide their neighbours.
fn harmless(character: char) -> char {
    match character {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        other if other.is_control() => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_stays_inside_its_folder() {
        for name in ["../../etc/passwd", "", "小林", "a/b\\c", "con", "-rf", &"x".repeat(5_000), "a\u{202e}b\n"] {
            let stem = file_stem(name);
            assert!(stem.len() <= READABLE + DIGITS + 1, "{stem}");
            assert!(stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            assert!(!stem.starts_with('-'));
            assert!(is_page(&stem) && is_page(&format!("{stem}-2")));
        }
        assert_ne!(file_stem("小林"), file_stem("小李"));
        assert!(!is_page("index") && !is_page("notes-2") && !is_page("my-holiday"));
    }

    #[test]
    fn long_and_hostile_text_is_cut_and_flattened() {
        assert_eq!(shorten("a\u{202e}b\nc", 9), "a b c");
        assert_eq!(shorten("abcdef", 3), "abc…");
    }
}
