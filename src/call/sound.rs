//! What the sound itself says: who made sound when, how loud, how high.

use super::{Ms, Roles, Speaker, TimeSpan};
use serde::{Deserialize, Serialize};

/// The sound of a whole recording, measured without knowing a word of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundMap {
    /// Length of the recording.
    pub duration: Ms,
    /// One entry a channel.
    pub channels: Vec<ChannelSound>,
}

impl SoundMap {
    /// Stretches in which `speaker` speaks, merged over that side's channels, in order.
    pub fn speech_of(&self, roles: &Roles, speaker: Speaker) -> Vec<TimeSpan> {
        let own = self.channels.iter().enumerate().filter(|(channel, _)| roles.of(*channel) == speaker);
        TimeSpan::union(own.flat_map(|(_, channel)| channel.speech.iter().copied()).collect(), Ms(0))
    }
}

/// The sound of one channel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelSound {
    /// Stretches of speech by this channel's own speaker: sorted, apart, inside the recording.
    pub speech: Vec<TimeSpan>,
    /// Stretches of other sound (hold music, tones): sorted, apart; not counted as speech.
    pub non_speech: Vec<NonSpeech>,
    /// Loudness, dB below full scale as a whole number: 0 is full scale, 255 is silence (RMS of each hop).
    pub loudness: Contour,
    /// Pitch in quarter semitones above 50 Hz plus one; 0 where there is no voice.
    pub pitch: Contour,
}

/// A stretch of sound that is not talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonSpeech {
    /// When.
    pub span: TimeSpan,
    /// What it is.
    pub kind: NonSpeechKind,
}

/// Kinds of sound that are not talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonSpeechKind {
    /// Hold music.
    Music,
    /// Ring-back, fax, keys, hum.
    Tone,
    /// Steady noise.
    Noise,
    /// The other side heard through.
    CrossTalk,
}

/// One number for each hop of time, in the unit of its field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contour {
    /// Time from one value to the next.
    pub hop: Ms,
    /// The values.
    pub values: Vec<u8>,
}

impl Contour {
    /// The values whose hop begins inside `span`.
    pub fn within(&self, span: TimeSpan) -> &[u8] {
        let index = |time: Ms| (time.0.max(0) as usize).div_ceil(self.hop.0.max(1) as usize).min(self.values.len());
        &self.values[index(span.start)..index(span.end)]
    }
}

/// Stored as the hop and two hexadecimal digits a value: compact, and the same bytes everywhere.
#[derive(Serialize, Deserialize)]
struct StoredContour {
    hop: Ms,
    hex: String,
}

impl Serialize for Contour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex = self.values.iter().map(|value| format!("{value:02x}")).collect();
        StoredContour { hop: self.hop, hex }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Contour {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredContour::deserialize(deserializer)?;
        let digit = |byte: u8| {
            (byte as char).to_digit(16).ok_or_else(|| serde::de::Error::custom("a contour holds hexadecimal digits"))
        };
        let values = stored
            .hex
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let low = pair.get(1).copied().unwrap_or(b'?');
                Ok((digit(pair[0])? * 16 + digit(low)?) as u8)
            })
            .collect::<Result<_, D::Error>>()?;
        Ok(Contour { hop: stored.hop, values })
    }
}
