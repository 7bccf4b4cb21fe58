//! How much of a file may be believed: bounds that every recording is held to, and what its bytes don't say.

use crate::call::Ms;
use std::path::PathBuf;

/// Bounds on a recording. A file beyond one of them fails with [`Status::FailedLimit`](crate::call::Status), except
/// for a rate or a channel count that no recorder writes: that is a broken header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest recording; counted in decoded sound, never taken from a header. Default 12 h.
    pub duration: Ms,
    /// Largest file, bytes. Default 8 GiB: 12 h of stereo 48 kHz float stay below it.
    pub bytes: u64,
    /// Lowest and highest sample rate, Hz. Default 4,000 to 384,000.
    pub sample_rate: (u32, u32),
    /// Most channels. Default 8.
    pub channels: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { duration: Ms(12 * 3_600_000), bytes: 8 << 30, sample_rate: (4_000, 384_000), channels: 8 }
    }
}

/// What the user says about files whose bytes don't say it, and what may read the encodings that this program can't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The layout of files without any header; used only where the content is not recognised.
    pub raw: Option<RawLayout>,
    /// An `ffmpeg` program for encodings without a decoder of our own; `None` never starts one.
    pub ffmpeg: Option<PathBuf>,
}

/// Sound without a header, as in `mulaw:8000:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLayout {
    /// How a sample is written.
    pub encoding: RawEncoding,
    /// Samples a second, Hz.
    pub sample_rate: u32,
    /// Interleaved channels.
    pub channels: u16,
}

/// Encodings of sound without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawEncoding {
    /// G.711 mu-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
    /// Signed 16-bit, little endian.
    S16Le,
    /// Signed 16-bit, big endian.
    S16Be,
    /// Unsigned 8-bit.
    U8,
    /// G.722 at 64 kbit/s, 16 kHz, one channel.
    G722,
    /// GSM 06.10 full rate, 33-byte frames, 8 kHz, one channel.
    Gsm,
}

/// A `--raw` value that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RawLayoutError {
    /// An encoding that is not known.
    #[error(
        "read the raw layout `{0}`: expected ENCODING:RATE:CHANNELS with mulaw, alaw, s16le, s16be, u8, g722 or gsm"
    )]
    Encoding(String),
    /// A rate or a channel count that is not a number in range.
    #[error("read the raw layout `{0}`: expected a rate of 4000 to 384000 and 1 to 8 channels")]
    Number(String),
}

impl std::str::FromStr for RawLayout {
    type Err = RawLayoutError;

    /// Reads `ENCODING[:RATE[:CHANNELS]]`; the rate is 8,000 (G.722: 16,000) and the channels are 1 where left out.
    fn from_str(text: &str) -> Result<Self, RawLayoutError> {
        let mut parts = text.split(':');
        let encoding = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "mulaw" | "ulaw" | "pcmu" => RawEncoding::MuLaw,
            "alaw" | "pcma" => RawEncoding::ALaw,
            "s16le" | "pcm" => RawEncoding::S16Le,
            "s16be" => RawEncoding::S16Be,
            "u8" => RawEncoding::U8,
            "g722" => RawEncoding::G722,
            "gsm" => RawEncoding::Gsm,
            _ => return Err(RawLayoutError::Encoding(text.to_owned())),
        };
        let number = |part: Option<&str>, default: u32| match part {
            None | Some("") => Ok(default),
            Some(part) => part.parse::<u32>().map_err(|_| RawLayoutError::Number(text.to_owned())),
        };
        let fixed_rate = if encoding == RawEncoding::G722 { 16_000 } else { 8_000 };
        let sample_rate = number(parts.next(), fixed_rate)?;
        let channels = number(parts.next(), 1)?;
        let in_range = (4_000..=384_000).contains(&sample_rate) && (1..=8).contains(&channels);
        let one_form =
            !matches!(encoding, RawEncoding::G722 | RawEncoding::Gsm) || (sample_rate == fixed_rate && channels == 1);
        if !in_range || !one_form || parts.next().is_some() {
            return Err(RawLayoutError::Number(text.to_owned()));
        }
        Ok(Self { encoding, sample_rate, channels: channels as u16 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_layout_is_read_with_its_defaults_and_refused_out_of_range() {
        let layout: RawLayout = "mulaw:8000:2".parse().unwrap();
        assert_eq!(layout, RawLayout { encoding: RawEncoding::MuLaw, sample_rate: 8_000, channels: 2 });
        assert_eq!("alaw".parse::<RawLayout>().unwrap().sample_rate, 8_000);
        assert_eq!("g722".parse::<RawLayout>().unwrap().sample_rate, 16_000);
        for wrong in ["mp3:8000:1", "alaw:7:1", "alaw:8000:0", "alaw:8000:1:1", "g722:8000:1", ""] {
            assert!(wrong.parse::<RawLayout>().is_err(), "{wrong}");
        }
    }
}
