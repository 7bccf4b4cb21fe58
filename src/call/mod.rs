//! The nouns of the product, as plain data: what a call is, what was heard in it, what was found.
//!
//! Pure: no file, clock, thread or environment. Later stages add nothing to these values, they make new ones.

mod characters;
mod finding;
mod heard;
mod language;
mod measure;
mod measures;
mod metadata;
mod points;
mod redact;
mod result;
mod roles;
mod scorecard;
pub mod script;
mod sound;
mod speaker;
mod status;
mod stretches;
mod time;
mod transcript;
mod view;

pub use characters::write_in;
pub use finding::{Evidence, Finding, LEAST_PROBABILITY, Outcome, Reason};
pub use heard::{AudioInfo, Engine, HeardCall, Warning};
pub use language::is_language;
pub use measures::{Interruption, Measures, RateUnit, Silence};
pub use metadata::Metadata;
pub use points::Points;
pub use redact::redact;
pub use result::CallResult;
pub use roles::{RoleSource, Roles};
pub use scorecard::{CardStatus, CriterionResult, Scorecard, SectionResult};
pub use sound::{ChannelSound, Contour, NonSpeech, NonSpeechKind, SoundMap};
pub use speaker::Speaker;
pub use status::{Status, StatusKind};
pub use stretches::{BACK_CHANNELS, Floor, Stretch};
pub use time::{Ms, TimeError, TimeSpan};
pub use transcript::{Dropped, MaskKind, Transcript, Turn, Word};
pub use view::{CallView, Track, TrackToken};
