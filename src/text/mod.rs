//! Pure text: folding with offsets back to the original, numbers, sound keys, alignment, masking.
//!
//! Takes text, gives tokens and matches. Knows nothing of calls, time or speakers.

mod fold;

pub use fold::{Token, fold};
