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
    ///
    /// Most often an indentation that does not line up, a bracket or quotation mark that is not closed, or a tab.
    /// Nothing after the place is read, so mend this first.
    Syntax = ("syntax", Error),
    /// The file is larger than a rubric can sensibly be.
    ///
    /// A file may have 1 MiB, 100,000 values once its aliases are written out, and 64 levels of nesting. A rubric may have
    /// 1,000 criteria, 200 marks, 60 patterns, lexicons of 2,000 phrases, 128 ways to say one phrase and 800,000 words in
    /// all ways to say all of its phrases. The limits keep a damaged or hostile file from using up the machine.
    TooLarge = ("too-large", Error),
    /// The same key stands twice in one mapping.
    ///
    /// Only one of the two could count, and nobody could say which. Remove one, or give it another name.
    DuplicateKey = ("duplicate-key", Error),
    /// A key that the format does not know.
    ///
    /// Usually a slip of the pen: the message names the known key that is closest.
    UnknownKey = ("unknown-key", Error),
    /// A key that must be there is missing.
    MissingKey = ("missing-key", Error),
    /// A value of the wrong type.
    ///
    /// A phrase made of digits only, or the words `true`, `false` and `null`, must stand in quotes to be text.
    WrongType = ("wrong-type", Error),
    /// A value of the right type that is not allowed here.
    InvalidValue = ("invalid-value", Error),
    /// A check names an operator that does not exist.
    ///
    /// `callgrade rubric explain` lists the operators.
    UnknownOperator = ("unknown-operator", Error),
    /// A phrase list refers to a lexicon that no file defines.
    ///
    /// Lexicons come from the files under `lexicons:`; the name after `lexicon:` must be one of theirs.
    UnknownLexicon = ("unknown-lexicon", Error),
    /// A phrase uses a slot that is not known.
    ///
    /// `{agent}`, `{customer}` and `{company}` are always known; any other name must stand under `slots:`.
    UnknownSlot = ("unknown-slot", Error),
    /// A window or a check refers to a criterion or mark that does not exist.
    UnknownReference = ("unknown-reference", Error),
    /// Criteria or marks refer to each other in a circle, so none of them can be evaluated first.
    ReferenceCycle = ("reference-cycle", Error),
    /// A pattern is not a valid regular expression, or is too large.
    ///
    /// A pattern has at most 512 characters. Look-around and back references are not supported, because with them an
    /// unlucky pattern could hold up a whole batch.
    BadPattern = ("bad-pattern", Error),
    /// The file is written for another version of the format.
    ///
    /// This program reads `format: 1`.
    UnsupportedFormat = ("unsupported-format", Error),
    /// Two sections, criteria or marks have the same id.
    ///
    /// Reports, windows and exports refer to them by id, so each id stands once in a rubric.
    DuplicateId = ("duplicate-id", Error),
    /// Two files define a lexicon of the same name.
    DuplicateLexicon = ("duplicate-lexicon", Error),
    /// A file that the rubric names cannot be read.
    UnreadableFile = ("unreadable-file", Error),
    /// A path leads out of the folder of the rubric.
    ///
    /// A rubric may name files in its own folder and below it only, so that a rubric from someone else cannot look at
    /// the rest of the disk.
    OutsidePath = ("outside-path", Error),
    /// Files include each other in a circle.
    IncludeCycle = ("include-cycle", Error),
    /// An invisible character, or one that changes the direction of the text.
    ///
    /// What is seen is not what the program reads: a phrase with such a character would never be found. They usually
    /// come with text copied from a web page or a word processor; delete and type the word again.
    InvisibleCharacter = ("invisible-character", Error),
    /// The rubric has no criterion at all.
    EmptyRubric = ("empty-rubric", Error),
    /// The bands are not in order, or the lowest does not begin at 0.
    ///
    /// Bands go from the highest to the lowest, each from a score of its own; the last begins at 0 so that every score
    /// has a band.
    BandOrder = ("band-order", Error),
    /// The pass mark cannot be reached.
    ///
    /// The pass mark lies above 100, or all sections that earn points have weight 0, so that nothing could ever pass.
    UnreachablePassMark = ("unreachable-pass-mark", Error),
    /// An example is not a readable call.
    ///
    /// An example is a call written as lines such as `agent 0.5s: Good morning.`; see `docs/operators.md`.
    BadExample = ("bad-example", Error),
    /// A limit that contradicts another one, such as a least above a most.
    ContradictoryLimits = ("contradictory-limits", Error),
    /// A window that no call can meet, so that the criterion never fails and never passes.
    UnreachableWindow = ("unreachable-window", Warning),
    /// A section, criterion or deduction that cannot change any score.
    ///
    /// Weight 0 or 0 points. Leave it out, or give it a weight; a criterion that is only to be shown may stay.
    NoEffect = ("no-effect", Warning),
    /// A sign in a phrase that other tools read as a pattern.
    ///
    /// Phrases know `a|b`, `(..)`, `(..)?` and `{name}`; every other sign is punctuation, which makes no difference, so a
    /// `?` after a bare letter makes nothing optional and `.*` stands for nothing. What may be left out stands in brackets:
    /// `colo(u)?r`. Other words in between need no sign: [`near`](operators.md#near) finds phrases close to each other, and
    /// [`matches`](operators.md#matches) takes regular expressions.
    PatternSign = ("pattern-sign", Warning),
    /// A text in brackets with a sign of Mandarin where items are usually parted.
    ///
    /// Only an ASCII comma parts the items of a list, so `[您好，早上好]` is one phrase, found where both are said one after
    /// the other. Write `[您好, 早上好]` for two; a phrase that has such a sign stands in quotes.
    JoinedPhrases = ("joined-phrases", Warning),
    /// The same phrase is demanded in one place and forbidden in another.
    Contradiction = ("contradiction", Warning),
    /// A forbidden phrase is part of a demanded one.
    ///
    /// Whoever says what is demanded also says what is forbidden. Add the longer phrase under `except:` of the check
    /// that forbids the shorter one.
    ForbiddenInRequired = ("forbidden-in-required", Warning),
    /// A lexicon that is named, but that no check uses.
    UnusedLexicon = ("unused-lexicon", Warning),
    /// A slot that no phrase uses.
    UnusedSlot = ("unused-slot", Warning),
    /// A mark that no window and no check refers to.
    UnusedMark = ("unused-mark", Warning),
    /// A criterion without examples.
    ///
    /// Examples are what `callgrade rubric test` runs. One call that must pass and one that must fail show at once
    /// whether a criterion does what its author meant.
    MissingExample = ("missing-example", Warning),
}
