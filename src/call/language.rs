//! The languages that calls can be in.

/// Codes of the languages that Whisper was trained on, in the order of the alphabet.
///
/// # Source
/// ISO 639-1 and 639-3; the list of openai/whisper, `tokenizer.py`, which writes `jw` for Javanese.
const CODES: &[&str] = &[
    "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en",
    "es", "et", "eu", "fa", "fi", "fo", "fr", "gl", "gu", "ha", "haw", "he", "hi", "hr", "ht", "hu", "hy", "id", "is",
    "it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la", "lb", "ln", "lo", "lt", "lv", "mg", "mi", "mk", "ml", "mn",
    "mr", "ms", "mt", "my", "ne", "nl", "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si", "sk",
    "sl", "sn", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz",
    "vi", "yi", "yo", "yue", "zh",
];

/// Whether `code`, in small letters, is that of a language that can be recognised.
pub fn is_language(code: &str) -> bool {
    CODES.binary_search(&code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_names_are_none() {
        assert!(CODES.is_sorted());
        assert_eq!(CODES.len(), 100);
        assert!(is_language("zh") && is_language("yue") && !is_language("xx") && !is_language("english"));
    }
}
