//! What a file is, by its content; its name counts only for encodings that have no mark of their own.
//!
//! Takes the first bytes; gives a [`Kind`]. A file that is not recognised here never reaches a decoder, so that a
//! text or a program whose name ends in `.wav` or `.mp3` is not "decoded" to noise.

use super::limits::{RawEncoding, RawLayout};
use super::source::Source;
use std::io;
use std::path::Path;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// RIFF, RF64 or BW64 with a WAVE form.
    Wave,
    /// Sony Wave64.
    Wave64,
    /// NeXT/Sun audio.
    Au,
    /// A container or stream for symphonia, from this byte on.
    Framed(Container, u64),
    /// Samples without a header.
    Raw(RawLayout),
    /// A recording in an encoding without a decoder here.
    Unsupported(&'static str),
    /// No recording.
    Other(&'static str),
}

/// Containers and streams that symphonia reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Adts,
    Aiff,
    Caf,
    Flac,
    Mkv,
    Mp4,
    Mpeg,
    Ogg,
}

/// How far into a file a stream of frames may begin.
const SEARCH: usize = 64 << 10;

/// Recognises `source`.
pub(super) fn sniff(source: &Source, path: &Path, raw: Option<RawLayout>) -> io::Result<Kind> {
    let mut start = 0;
    let mut head = source.peek(0, SEARCH)?;
    // Tags in front are skipped by their stated size: pictures in them cost nothing.
    for _ in 0..4 {
        let Some(size) = id3_size(&head) else { break };
        start += size;
        head = source.peek(start, SEARCH)?;
    }
    if let Some(kind) = by_mark(&head, start) {
        return Ok(kind);
    }
    if let Some((container, offset)) = framed(&head) {
        return Ok(Kind::Framed(container, start + offset as u64));
    }
    if start > 0 {
        return Ok(Kind::Other("a tag without sound"));
    }
    let text = looks_like_text(&head);
    if let Some(raw) = raw.filter(|_| !text) {
        return Ok(Kind::Raw(raw));
    }
    if !text && let Some(kind) = by_name(path, &head) {
        return Ok(kind);
    }
    Ok(Kind::Other(if text { "text" } else { other(&head) }))
}

fn by_mark(head: &[u8], start: u64) -> Option<Kind> {
    let at = |offset: usize, mark: &[u8]| head.get(offset..offset + mark.len()) == Some(mark);
    let framed = |container| Some(Kind::Framed(container, start));
    if at(0, b"RIFF") || at(0, b"RF64") || at(0, b"BW64") {
        return Some(match head.get(8..12) {
            Some(b"WAVE") if start == 0 => Kind::Wave,
            Some(b"AVI ") => Kind::Unsupported("AVI"),
            _ => Kind::Other("a RIFF file without sound"),
        });
    }
    if at(0, b"riff\x2E\x91\xCF\x11") {
        return Some(Kind::Wave64);
    }
    if at(0, b".snd") && start == 0 {
        return Some(Kind::Au);
    }
    if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        return framed(Container::Aiff);
    }
    if at(0, b"caff\0\x01") {
        return framed(Container::Caf);
    }
    if at(0, b"fLaC") {
        return framed(Container::Flac);
    }
    if at(0, b"OggS") {
        // The first page holds the first header of the stream alone, after a table of segment sizes.
        let body = 27 + usize::from(*head.get(26).unwrap_or(&0));
        return match head.get(body..).unwrap_or_default() {
            stream if stream.starts_with(b"Speex ") => Some(Kind::Unsupported("Speex")),
            stream if stream.starts_with(b"\x80theora") => Some(Kind::Unsupported("Theora video")),
            _ => framed(Container::Ogg),
        };
    }
    if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        return framed(Container::Mkv);
    }
    if [&b"ftyp"[..], b"moov", b"mdat", b"wide", b"free", b"skip"].iter().any(|mark| at(4, mark)) {
        return framed(Container::Mp4);
    }
    let unsupported: &[(&[u8], &str)] = &[
        (b"#!AMR-WB", "AMR-WB"),
        (b"#!AMR", "AMR-NB"),
        (b"#!SILK_V3", "SILK"),
        (b"\x02#!SILK_V3", "SILK"),
        (b"#!EVS_MC", "EVS"),
        (&[0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "Windows Media Audio"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
        (b"TTA1", "True Audio"),
        (b"MPCK", "Musepack"),
        (b"MP+", "Musepack"),
        (b".RMF", "RealAudio"),
        (b".ra\xFD", "RealAudio"),
        (b"FLV\x01", "Flash video"),
        (b"Creative Voice File", "Creative Voice"),
        (b"NIST_1A", "NIST SPHERE"),
        (b"ajkg", "Shorten"),
        (b"RIFX", "big-endian RIFF"),
    ];
    if let Some((_, name)) = unsupported.iter().find(|(mark, _)| at(0, mark)) {
        return Some(Kind::Unsupported(name));
    }
    if is_ac3(head) {
        return Some(Kind::Unsupported("AC-3"));
    }
    None
}

/// Size of an ID3v2 tag at the start of `head`, with its header.
///
/// # Source
/// ID3 tag version 2.4.0, main structure, section 3.1.
fn id3_size(head: &[u8]) -> Option<u64> {
    let header = head.get(..10).filter(|header| header.starts_with(b"ID3") && header[3] != 0xFF)?;
    let size = header[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
    let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
    Some(size + 10 + footer)
}

/// The first place where three frames of one stream follow each other.
fn framed(head: &[u8]) -> Option<(Container, usize)> {
    // A short recording may hold fewer frames than that: then its frames must fill it.
    let chain = |start: usize, step: fn(&[u8]) -> Option<(usize, u32)>| {
        let mut position = start;
        let mut kind = None;
        for _ in 0..3 {
            match step(head.get(position..).unwrap_or_default()) {
                Some((length, stream)) if kind.is_none_or(|kind| kind == stream) => {
                    kind = Some(stream);
                    position += length;
                }
                _ => return false,
            }
            if position >= head.len() {
                // Longer than what was looked at, or cut short: good enough right at the start only.
                return start == 0;
            }
        }
        true
    };
    let syncs = (0..head.len().saturating_sub(4)).filter(|&i| head[i] == 0xFF && head[i + 1] & 0xE0 == 0xE0);
    for start in syncs {
        if adts_frame(&head[start..]).is_some() {
            if chain(start, adts_frame) {
                return Some((Container::Adts, start));
            }
        } else if mpeg_frame(&head[start..]).is_some() && chain(start, mpeg_frame) {
            return Some((Container::Mpeg, start));
        }
    }
    None
}

/// Length of the ADTS frame at the start of `bytes`, and what must not change from frame to frame.
///
/// # Source
/// ISO/IEC 13818-7, 6.2 (ADTS).
fn adts_frame(bytes: &[u8]) -> Option<(usize, u32)> {
    let &[0xFF, b1, b2, b3, b4, b5, ..] = bytes else { return None };
    if b1 & 0xF6 != 0xF0 || (b2 >> 2) & 0xF > 12 {
        return None;
    }
    let length = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    (length > 7).then_some((length, u32::from(b1 & 0xF8) << 16 | u32::from(b2 & 0xFD) << 8 | u32::from(b3 & 0xC0)))
}

/// Length of the MPEG audio frame at the start of `bytes`, and what must not change from frame to frame.
///
/// # Source
/// ISO/IEC 11172-3, 2.4.1.3 and ISO/IEC 13818-3, 2.4.1.3 (header, bit rates, sampling frequencies).
pub(super) fn mpeg_frame(bytes: &[u8]) -> Option<(usize, u32)> {
    let &[0xFF, b1, b2, _, ..] = bytes else { return None };
    if b1 & 0xE0 != 0xE0 {
        return None;
    }
    let version = (b1 >> 3) & 3;
    let layer = 4 - ((b1 >> 1) & 3);
    let index = usize::from(b2 >> 4);
    if version == 1 || layer == 4 || index == 0 || index == 15 || (b2 >> 2) & 3 == 3 {
        return None;
    }
    const RATES: [[u32; 14]; 5] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let first = version == 3;
    let row = match (first, layer) {
        (true, layer) => usize::from(layer) - 1,
        (false, 1) => 3,
        (false, _) => 4,
    };
    let bits = RATES[row][index - 1] * 1000;
    let base = [44_100, 48_000, 32_000][usize::from((b2 >> 2) & 3)];
    let rate = match version {
        3 => base,
        2 => base / 2,
        _ => base / 4,
    };
    let padding = u32::from((b2 >> 1) & 1);
    let length = match (layer, first) {
        (1, _) => (12 * bits / rate + padding) * 4,
        (3, false) => 72 * bits / rate + padding,
        _ => 144 * bits / rate + padding,
    };
    Some((length as usize, u32::from(b1 & 0xFE) << 8 | u32::from(b2 & 0x0C)))
}

/// Whether the frames in `bytes`, the end of a stream, end inside a frame.
pub(super) fn cut_in_mpeg_frame(bytes: &[u8]) -> bool {
    let step = |position: usize| mpeg_frame(bytes.get(position..).unwrap_or_default());
    for start in 0..bytes.len() {
        let Some((mut length, stream)) = step(start) else { continue };
        let (mut position, mut frames) = (start, 0);
        while position + length <= bytes.len() {
            frames += 1;
            position += length;
            match step(position) {
                Some((next, same)) if same == stream => length = next,
                // A tag, padding or nothing follows the last frame.
                _ => break,
            }
        }
        if frames >= 3 {
            return position < bytes.len() && step(position).is_some_and(|(_, same)| same == stream);
        }
    }
    false
}

/// Whether an AC-3 frame starts here and another follows it.
///
/// # Source
/// ATSC A/52, 5.3.1 and table 5.18 (frame sizes).
fn is_ac3(head: &[u8]) -> bool {
    const WORDS_48K: [usize; 19] =
        [64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1152, 1280];
    let Some(&[0x0B, 0x77, _, _, code]) = head.get(..5) else { return false };
    let Some(&words) = WORDS_48K.get(usize::from(code & 0x3F) / 2) else { return false };
    let length = match code >> 6 {
        0 => words * 2,
        1 => words * 2 * 48_000 / 44_100,
        2 => words * 3,
        _ => return false,
    };
    (length.saturating_sub(2)..=length + 2).any(|next| head.get(next..next + 2) == Some(&[0x0B, 0x77]))
}

/// Names that telephone systems give to sound without a mark.
fn by_name(path: &Path, head: &[u8]) -> Option<Kind> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let raw = |encoding, sample_rate| Some(Kind::Raw(RawLayout { encoding, sample_rate, channels: 1 }));
    match extension.as_str() {
        "ulaw" | "ul" | "mulaw" | "pcmu" => raw(RawEncoding::MuLaw, 8_000),
        "alaw" | "al" | "pcma" => raw(RawEncoding::ALaw, 8_000),
        "sln" => raw(RawEncoding::S16Le, 8_000),
        "sln16" => raw(RawEncoding::S16Le, 16_000),
        "g722" => raw(RawEncoding::G722, 16_000),
        // Each full-rate frame of 33 bytes begins with the four bits 1101.
        "gsm" if head.chunks(33).take(64).all(|frame| frame[0] >> 4 == 0xD) => raw(RawEncoding::Gsm, 8_000),
        "g729" | "g729a" => Some(Kind::Unsupported("G.729")),
        "g723" | "g7231" => Some(Kind::Unsupported("G.723.1")),
        "g726" | "g721" => Some(Kind::Unsupported("G.726 ADPCM")),
        "vox" => Some(Kind::Unsupported("Dialogic ADPCM")),
        _ => None,
    }
}

/// Whether all of `head` is readable UTF-8, UTF-16 with a mark, or a known text encoding's plain part.
fn looks_like_text(head: &[u8]) -> bool {
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return true;
    }
    let head = &head[..head.len().min(4096)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut by the end of what was read.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or(""),
        Err(_) => return false,
    };
    !valid.is_empty() && valid.chars().all(|c| !c.is_control() || c.is_ascii_whitespace() || c == '\x1b')
}

/// A name for what is no recording.
fn other(head: &[u8]) -> &'static str {
    let known: &[(&[u8], &str)] = &[
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"\x1F\x8B", "a compressed archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xBC\xAF", "a 7z archive"),
        (b"\x7FELF", "a program"),
        (b"MZ", "a program"),
        (b"\x89PNG", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
        (b"GIF8", "a picture"),
        (b"BM", "a picture"),
        (b"\xD0\xCF\x11\xE0", "an office document"),
        (b"SQLite format 3", "a database"),
        (b"MThd", "notes without sound"),
    ];
    if head.iter().all(|byte| *byte == 0) {
        return "zero bytes only";
    }
    known.iter().find(|(mark, _)| head.starts_with(mark)).map_or("unknown content", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_frames_is_told_from_bytes_that_look_like_one_and_its_cut_is_seen() {
        // MPEG 1 layer III, 64 kbit/s, 44.1 kHz: 208 bytes a frame.
        let frame = [&[0xFF, 0xFB, 0x50, 0xC4][..], &[0; 204]].concat();
        let stream = frame.repeat(5);
        assert_eq!(framed(&stream), Some((Container::Mpeg, 0)));
        assert_eq!(framed(&[&[7; 300][..], &stream].concat()), Some((Container::Mpeg, 300)));
        assert_eq!(framed(&[&[7; 300][..], &frame[..], &[7; 600]].concat()), None);
        assert!(!cut_in_mpeg_frame(&stream));
        assert!(!cut_in_mpeg_frame(&[&stream[..], b"TAG and a title"].concat()));
        assert!(cut_in_mpeg_frame(&stream[..stream.len() - 50]));
    }

    #[test]
    fn tags_in_front_are_measured_with_seven_bits_a_byte() {
        assert_eq!(id3_size(b"ID3\x04\x00\x00\x00\x00\x02\x01rest"), Some(267));
        assert_eq!(id3_size(b"ID3\x04"), None);
    }
}
