//! Pure text: folding with offsets back to the original, numbers, sound keys, alignment, masking.
//!
//! Takes text, gives tokens and matches. Knows nothing of calls, time or speakers.

mod align;
mod characters;
mod denial;
mod element;
mod english;
mod fold;
mod heard;
mod key;
mod lexical;
mod memory;
mod naming;
mod numbers_en;
mod numbers_zh;
mod passage;
pub mod pattern;
mod phrases;
mod places;
mod redact;
mod resemble;
mod search;
mod seeds;
mod sounds;
mod syllable;
mod thresholds;
mod vocabulary;
mod words;

pub use align::is_joined;
pub use characters::{Characters, simplified};
pub use fold::{Token, fold};
pub use key::sound_distance;
pub use passage::Passage;
pub use phrases::{Match, PhraseSet, Purpose, Strictness};
pub use redact::{Mask, Personal, SpokenTurn, redact};
