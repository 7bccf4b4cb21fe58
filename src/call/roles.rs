//! Which channel is whose.

use super::Speaker;
use serde::{Deserialize, Serialize};

/// How the roles of a recording were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleSource {
    /// The telephone system's list said so.
    Metadata,
    /// The user said so for the whole run.
    Setting,
    /// Greeting and vocabulary of the rubric were heard there.
    Vocabulary,
    /// One track holds both sides, so nobody can tell.
    SingleTrack,
}

/// The speaker of each channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roles {
    /// Speaker of channel 0, 1, ..
    pub by_channel: Vec<Speaker>,
    /// How sure that is, 0..=1.
    pub certainty: f32,
    /// Where it comes from.
    pub source: RoleSource,
}

impl Roles {
    /// The speaker of `channel`; unknown where there is no such channel.
    pub fn of(&self, channel: usize) -> Speaker {
        self.by_channel.get(channel).copied().unwrap_or(Speaker::Unknown)
    }

    /// Whether agent and customer are told apart.
    pub fn are_known(&self) -> bool {
        self.by_channel.contains(&Speaker::Agent)
    }
}
