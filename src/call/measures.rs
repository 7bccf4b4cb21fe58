//! Numbers about a call, as plain data; `measure` makes them.

use super::{Ms, Speaker, TimeSpan};
use serde::{Deserialize, Serialize};

/// Unit of a speech rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateUnit {
    /// Words a minute.
    Wpm,
    /// Chinese characters a minute.
    CharsPerMin,
}

/// A gap in which nobody talks, between the first and the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// When.
    pub span: TimeSpan,
    /// Who spoke last before it.
    pub before: Speaker,
    /// Whether music or an announcement filled it.
    pub music: bool,
}

/// One side starts to talk while the other talks, and takes the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interruption {
    /// Who broke in.
    pub by: Speaker,
    /// From the start of the second speaker to the end of the first of the two to stop.
    pub span: TimeSpan,
}

/// Numbers about one call. A number about one side is absent where the sides are not told apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Time the agent speaks.
    pub agent_talk: Option<Ms>,
    /// Time the customer speaks.
    pub customer_talk: Option<Ms>,
    /// Time anybody speaks.
    pub talk: Ms,
    /// Agent's part of both sides' speech, 0..=1.
    pub agent_share_of_speech: Option<f64>,
    /// Agent's part of the whole call, 0..=1.
    pub agent_share_of_call: Option<f64>,
    /// Longest gap between the first and the last word.
    pub longest_silence: Ms,
    /// Gaps of at least one second, in order.
    pub silences: Vec<Silence>,
    /// Time both speak at once.
    pub overlap: Ms,
    /// In order.
    pub interruptions: Vec<Interruption>,
    /// Start of the agent's first word.
    pub agent_first_word: Option<Ms>,
    /// From the last word to the end of the recording.
    pub trailing_silence: Ms,
    /// Speech rate over speech time.
    pub agent_rate: Option<f64>,
    /// Speech rate over speech time.
    pub customer_rate: Option<f64>,
    /// Unit of both rates.
    pub rate_unit: Option<RateUnit>,
    /// Standard deviation of the agent's pitch, semitones.
    pub agent_pitch_spread: Option<f64>,
    /// Median loudness while speaking, dBFS.
    pub agent_loudness: Option<f64>,
    /// Median loudness while speaking, dBFS.
    pub customer_loudness: Option<f64>,
    /// Median time from the end of a customer's turn to the agent's answer.
    pub response_delay: Option<Ms>,
}
