//! Pure text: folding with offsets back to the original, numbers, sound keys, alignment, masking.
//!
//! Takes text, gives tokens and matches. Knows nothing of calls, time or speakers.

mod fold;
mod passage;
pub mod pattern;
mod phrases;

pub use fold::{Token, fold};
pub use passage::Passage;
pub use phrases::{Match, PhraseSet, Purpose, Strictness};
