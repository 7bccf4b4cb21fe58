//! The list of diagnostic codes: each kind of mistake once, with its severity and its page text.

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = ($id:literal, $severity:ident),)+) => {
        /// A kind of mistake in a user's file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The stable name that users see, such as `unknown-key`.
            pub const fn id(self) -> &'static str {
                match self { $(Code::$name => $id,)+ }
            }

            /// Whether a file with this mistake can still be used.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)+ }
            }

            /// What the mistake is and how to mend it, for `docs/diagnostics.md`.
            pub fn page(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

codes! {
    /// The text is not valid YAML.
    Syntax = ("syntax", Error),
    /// The same key stands twice in one mapping.
    DuplicateKey = ("duplicate-key", Error),
    /// A key that the format does not know.
    UnknownKey = ("unknown-key", Error),
    /// A key that must be there is missing.
    MissingKey = ("missing-key", Error),
    /// A value of the wrong type.
    WrongType = ("wrong-type", Error),
    /// A value of the right type that is not allowed here.
    InvalidValue = ("invalid-value", Error),
}
