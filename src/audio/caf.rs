//! A tolerant front for Core Audio files of plain sound, as `riff` is for its containers.
//!
//! Takes the bytes; gives where the sound lies and how it is written, or nothing where the sound comes in packets,
//! which the decoders read themselves. The sound of a file whose recorder was killed has no size, or more than there
//! is: what is there counts.
//!
//! # Source
//! Apple Core Audio Format Specification 1.0: file header, chunk headers, audio description and audio data chunks.

use super::riff::{CutShort, Encoding, Layout, LayoutError};
use super::source::Source;

/// Chunks before the sound that are looked at.
const MOST_CHUNKS: usize = 1_000;
/// Bytes of the mark, the version and the flags.
const FILE_HEADER: u64 = 8;
/// Bytes of a chunk's type and size.
const CHUNK_HEADER: u64 = 12;
/// Bytes of the number that stands before the sound.
const EDIT_COUNT: u64 = 4;

/// Reads the header of `source`; nothing where the sound is not separate samples.
pub(super) fn read_caf(source: &Source) -> Result<Option<Layout>, LayoutError> {
    let mut position = FILE_HEADER;
    let mut description = None;
    for _ in 0..MOST_CHUNKS {
        let header = source.peek(position, CHUNK_HEADER as usize)?;
        let (Some(mark), Some(size)) = (header.first_chunk::<4>(), header.get(4..12).and_then(<[u8]>::first_chunk))
        else {
            break;
        };
        let size = i64::from_be_bytes(*size);
        let start = position + CHUNK_HEADER;
        match mark {
            b"desc" => match samples(&source.peek(start, 32)?) {
                Some(found) => description = Some(found),
                None => return Ok(None),
            },
            b"data" => {
                let Some((encoding, sample_rate, channels, block)) = description else { return Ok(None) };
                let start = start + EDIT_COUNT;
                let there = source.len().saturating_sub(start);
                let (sound, cut_short) = match u64::try_from(size) {
                    // Written as a stream: the sound goes on to the end.
                    Err(_) => (there, None),
                    Ok(size) if size.saturating_sub(EDIT_COUNT) > there => {
                        (there, Some(CutShort::Missing(size.saturating_sub(EDIT_COUNT) - there)))
                    }
                    Ok(size) if size <= EDIT_COUNT && there > 0 => (there, Some(CutShort::Unfinished)),
                    Ok(size) => (size.saturating_sub(EDIT_COUNT), None),
                };
                if sound == 0 {
                    return Err(LayoutError::NoSound);
                }
                let end = start + sound;
                return Ok(Some(Layout { encoding, sample_rate, channels, block, start, end, cut_short }));
            }
            _ => {}
        }
        let Some(next) = u64::try_from(size).ok().and_then(|size| start.checked_add(size)) else { break };
        position = next;
    }
    Err(LayoutError::Wrong("it ends before its sound begins".into()))
}

/// Encoding, rate, channels and bytes of a block that an audio description names, for separate samples.
fn samples(description: &[u8]) -> Option<(Encoding, u32, u16, usize)> {
    let word = |at: usize| Some(u32::from_be_bytes(*description.get(at..at + 4)?.first_chunk()?));
    let rate = f64::from_be_bytes(*description.first_chunk()?);
    let (format, flags) = (description.get(8..12)?, word(12)?);
    let (bytes, frames, channels, bits) = (word(16)?, word(20)?, word(24)?, word(28)?);
    let encoding = match format {
        b"lpcm" => match (bits, flags & 1 == 1) {
            (8, false) => Encoding::Signed8,
            (_, float) => Encoding::plain(bits.div_ceil(8) as usize, float, flags & 2 == 0)?,
        },
        b"ulaw" => Encoding::MuLaw,
        b"alaw" => Encoding::ALaw,
        _ => return None,
    };
    let block = encoding.sample_bytes()? * channels as usize;
    // Samples in larger containers than they need, or several to a packet, are left to the decoders.
    if frames != 1 || block == 0 || bytes as usize != block {
        return None;
    }
    // A rate that is no whole number in range is refused with the layout.
    Some((encoding, rate as u32, u16::try_from(channels).unwrap_or(u16::MAX), block))
}
