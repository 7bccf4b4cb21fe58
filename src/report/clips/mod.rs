//! Examples of one criterion for a coaching session: which calls, which seconds of them, and how they are made safe to
//! play.
//!
//! [`candidates`] and [`choose`] pick from results; [`window`] and [`covers`] say what to cut and what to cover;
//! [`cut`] reads those seconds from the recording; [`page`] shows them. A finding without a place in the sound gives no
//! clip and a reason.

mod choice;
pub mod cut;
pub mod page;
mod sound;
mod window;

pub use choice::{Candidate, Wanted, candidates, choose};
pub use cut::{Clip, CutError};
pub use sound::{beep, mute_keys};
pub use window::{Line, NoPlace, covers, lines, window};
