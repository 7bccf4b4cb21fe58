//! The language that a report is written in.

/// The language that a report is written in; not the language of its calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Mandarin, simplified characters.
    Zh,
}

impl Language {
    /// ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Zh => "zh",
        }
    }
}
