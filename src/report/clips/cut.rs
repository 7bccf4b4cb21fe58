//! Cuts a stretch out of a recording, covers what must not be heard, writes it as a plain WAV file.

use super::sound::{beep, mute_keys};
use crate::audio::{AudioFile, DecodeError, Limits, RATE};
use crate::call::{Ms, TimeSpan};
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

/// Why a clip could not be cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The recording can't be opened.
    #[error("read {}", path.display())]
    Read {
        /// The recording.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The recording is not the one that was scored, so nobody knows where its personal numbers are.
    #[error("the recording has changed since it was scored")]
    Changed,
    /// The recording can't be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The stretch lies outside of the recording.
    #[error("the recording ends before that place")]
    Outside,
    /// The clip can't be written.
    #[error("write the clip")]
    Write(#[from] hound::Error),
}

/// A stretch of sound that is safe to play.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples of each channel at [`RATE`].
    pub channels: Vec<Vec<f32>>,
    /// How long personal numbers are covered.
    pub covered: Ms,
}

/// Cuts `window` out of the recording at `path`, whose content must have the hash `content_hash` (BLAKE3, hexadecimal),
/// and covers `covers` on every channel.
///
/// # Errors
/// Where the recording can't be read, is another one, or ends before `window`.
pub fn cut(path: &Path, content_hash: &str, window: TimeSpan, covers: &[TimeSpan]) -> Result<Clip, CutError> {
    check_same(path, content_hash)?;
    let audio = AudioFile::open(path, &Limits::default())?;
    let (first, last) = (sample(window.start), sample(window.end));
    let mut channels: Vec<Vec<f32>> = vec![Vec::new(); audio.channels()];
    for block in audio.blocks()? {
        let block = block?;
        let start = block.start as usize;
        if start >= last {
            break;
        }
        for (channel, samples) in channels.iter_mut().zip(&block.channels) {
            let (from, to) = (first.saturating_sub(start).min(samples.len()), (last - start).min(samples.len()));
            channel.extend_from_slice(&samples[from.min(to)..to]);
        }
    }
    if channels.iter().all(Vec::is_empty) {
        return Err(CutError::Outside);
    }
    let mut covered = Ms(0);
    for span in covers.iter().filter(|span| span.overlaps(window)) {
        let part = span.intersection(window);
        covered = covered + part.length();
        let range = sample(part.start) - first..sample(part.end) - first;
        for channel in &mut channels {
            beep(channel, range.clone(), RATE);
        }
    }
    for channel in &mut channels {
        mute_keys(channel, RATE);
    }
    Ok(Clip { channels, covered })
}

/// Copies the whole recording at `path` as 16-bit PCM, with `covers` covered on every channel, in constant memory.
///
/// # Errors
/// As [`cut`], and where `target` can't be written.
pub fn copy(path: &Path, content_hash: &str, covers: &[TimeSpan], target: impl Write + Seek) -> Result<(), CutError> {
    check_same(path, content_hash)?;
    let audio = AudioFile::open(path, &Limits::default())?;
    let mut writer = hound::WavWriter::new(target, format(audio.channels()))?;
    for block in audio.blocks()? {
        let mut block = block?;
        let first = block.start as usize;
        for channel in &mut block.channels {
            mute_keys(channel, RATE);
            for span in covers {
                let range = sample(span.start).max(first) - first..sample(span.end).max(first) - first;
                if range.start < channel.len() && !range.is_empty() {
                    beep(channel, range, RATE);
                }
            }
        }
        write_frames(&mut writer, &block.channels)?;
    }
    writer.finalize()?;
    Ok(())
}

/// The places of personal numbers are known for the recording that was scored, and for no other.
fn check_same(path: &Path, content_hash: &str) -> Result<(), CutError> {
    let failed = |source| CutError::Read { path: path.to_owned(), source };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    if hasher.finalize().to_hex().as_str() == content_hash { Ok(()) } else { Err(CutError::Changed) }
}

fn format(channels: usize) -> hound::WavSpec {
    hound::WavSpec {
        channels: channels as u16,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    }
}

fn write_frames<W: Write + Seek>(writer: &mut hound::WavWriter<W>, channels: &[Vec<f32>]) -> Result<(), hound::Error> {
    let frames = channels.iter().map(Vec::len).min().unwrap_or(0);
    for frame in 0..frames {
        for channel in channels {
            let value = (channel[frame].clamp(-1.0, 1.0) * f32::from(i16::MAX)).round();
            writer.write_sample(value as i16)?;
        }
    }
    Ok(())
}

fn sample(time: Ms) -> usize {
    (time.0.max(0) * i64::from(RATE) / 1000) as usize
}

impl Clip {
    /// Writes it as 16-bit PCM: sound and nothing else, no name, no date.
    ///
    /// # Errors
    /// Where `target` can't be written.
    pub fn write(&self, target: impl Write + Seek) -> Result<(), CutError> {
        let mut writer = hound::WavWriter::new(target, format(self.channels.len()))?;
        write_frames(&mut writer, &self.channels)?;
        writer.finalize()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_cut_clip_holds_its_seconds_with_the_number_covered_and_no_metadata() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call.wav");
        let loud = Clip { channels: vec![vec![0.5; 16_000 * 10], vec![-0.25; 16_000 * 10]], covered: Ms(0) };
        loud.write(File::create(&path).unwrap()).unwrap();
        let hash = blake3::hash(&std::fs::read(&path).unwrap()).to_hex().to_string();
        let window = TimeSpan::new(Ms(2_000), Ms(6_000));
        let clip = cut(&path, &hash, window, &[TimeSpan::new(Ms(3_000), Ms(4_000))]).unwrap();
        assert_eq!((clip.channels.len(), clip.channels[0].len(), clip.covered), (2, 64_000, Ms(1_000)));
        assert!(clip.channels[0][..16_000].iter().all(|sample| (sample - 0.5).abs() < 0.01));
        assert!(clip.channels.iter().all(|channel| channel[16_000..32_000].iter().all(|sample| sample.abs() <= 0.081)));
        assert_eq!(clip.channels[0][16_000..32_000], clip.channels[1][16_000..32_000]);
        let mut written = Cursor::new(Vec::new());
        clip.write(&mut written).unwrap();
        assert_eq!(written.into_inner().len(), 44 + 64_000 * 2 * 2);
        let mut copied = Cursor::new(Vec::new());
        copy(&path, &hash, &[TimeSpan::new(Ms(3_500), Ms(5_250))], &mut copied).unwrap();
        let copied: Vec<i16> = hound::WavReader::new(Cursor::new(copied.into_inner()))
            .unwrap()
            .into_samples()
            .map(Result::unwrap)
            .collect();
        let loud = |range: std::ops::Range<usize>| copied[range].iter().any(|sample| sample.unsigned_abs() > 2_700);
        assert_eq!(
            (copied.len(), loud(0..112_000), loud(112_000..168_000), loud(168_000..320_000)),
            (320_000, true, false, true)
        );
        assert!(matches!(cut(&path, "00", window, &[]), Err(CutError::Changed)));
        let late = TimeSpan::new(Ms(60_000), Ms(61_000));
        assert!(matches!(cut(&path, &hash, late, &[]), Err(CutError::Outside)));
    }
}
