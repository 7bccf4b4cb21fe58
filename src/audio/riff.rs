//! A tolerant front for the containers of plain sound: RIFF, RF64, BW64, W64, AU.
//!
//! Recorders are killed, disks fill up and converters stream: sizes in these headers are often zero, unfinished or
//! larger than the file. So the sizes are hints here and the file's own length decides. Takes the bytes; gives where
//! the sound lies and how it is written. Must not decode anything.
//!
//! # Source
//! Microsoft Multimedia Programming Interface (RIFF WAVE), EBU Tech 3306 (RF64), ITU-R BS.2088 (BW64), the Sony
//! Wave64 file format, and the NeXT/Sun audio file format. Format tags: RFC 2361.

use super::source::Source;
use std::io;

/// Where the sound of a file lies and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The encoding.
    pub encoding: Encoding,
    /// Samples a second, Hz.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Bytes of the smallest piece that decodes alone.
    pub block: usize,
    /// First byte of the sound.
    pub start: u64,
    /// Byte after the sound.
    pub end: u64,
    /// Whether the header promises more sound than there is, or was never completed.
    pub cut_short: Option<CutShort>,
}

/// How a file ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CutShort {
    /// The header promises this many bytes of sound more than there are.
    Missing(u64),
    /// The recorder never came back to write the size.
    Unfinished,
}

/// An encoding named in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encoding {
    Unsigned8,
    Signed8,
    Signed16 {
        big: bool,
    },
    Signed24 {
        big: bool,
    },
    Signed32 {
        big: bool,
    },
    Float32 {
        big: bool,
    },
    Float64 {
        big: bool,
    },
    ALaw,
    MuLaw,
    AdpcmMs,
    AdpcmIma,
    Gsm610Ms,
    Gsm610,
    G722,
    /// A stream of MPEG audio inside the container.
    Mpeg,
    /// A stream of AAC with ADTS headers inside the container.
    Adts,
    /// No decoder for it here.
    Unsupported(String),
}

impl Encoding {
    /// Plain samples of `bytes` bytes each.
    pub fn plain(bytes: usize, float: bool, big: bool) -> Option<Self> {
        Some(match (bytes, float) {
            (1, false) => Encoding::Unsigned8,
            (2, false) => Encoding::Signed16 { big },
            (3, false) => Encoding::Signed24 { big },
            (4, false) => Encoding::Signed32 { big },
            (4, true) => Encoding::Float32 { big },
            (8, true) => Encoding::Float64 { big },
            _ => return None,
        })
    }

    /// Bytes of one sample, for encodings of separate samples.
    pub fn sample_bytes(&self) -> Option<usize> {
        Some(match self {
            Encoding::Unsigned8 | Encoding::Signed8 | Encoding::ALaw | Encoding::MuLaw => 1,
            Encoding::Signed16 { .. } => 2,
            Encoding::Signed24 { .. } => 3,
            Encoding::Signed32 { .. } | Encoding::Float32 { .. } => 4,
            Encoding::Float64 { .. } => 8,
            _ => return None,
        })
    }

    /// The name that is stored with the result.
    pub fn name(&self) -> &str {
        match self {
            Encoding::Unsigned8 => "pcm_u8",
            Encoding::Signed8 => "pcm_s8",
            Encoding::Signed16 { big: false } => "pcm_s16le",
            Encoding::Signed16 { big: true } => "pcm_s16be",
            Encoding::Signed24 { big: false } => "pcm_s24le",
            Encoding::Signed24 { big: true } => "pcm_s24be",
            Encoding::Signed32 { big: false } => "pcm_s32le",
            Encoding::Signed32 { big: true } => "pcm_s32be",
            Encoding::Float32 { big: false } => "pcm_f32le",
            Encoding::Float32 { big: true } => "pcm_f32be",
            Encoding::Float64 { big: false } => "pcm_f64le",
            Encoding::Float64 { big: true } => "pcm_f64be",
            Encoding::ALaw => "pcm_alaw",
            Encoding::MuLaw => "pcm_mulaw",
            Encoding::AdpcmMs => "adpcm_ms",
            Encoding::AdpcmIma => "adpcm_ima_wav",
            Encoding::Gsm610Ms => "gsm_ms",
            Encoding::Gsm610 => "gsm",
            Encoding::G722 => "g722",
            Encoding::Mpeg => "mpeg",
            Encoding::Adts => "aac",
            Encoding::Unsupported(name) => name,
        }
    }
}

/// Why a header can't be used.
#[derive(Debug)]
pub(super) enum LayoutError {
    /// The system failed to read it.
    Io(io::Error),
    /// There is a header and no sound after it.
    NoSound,
    /// It contradicts itself.
    Wrong(String),
}

impl From<io::Error> for LayoutError {
    fn from(error: io::Error) -> Self {
        LayoutError::Io(error)
    }
}

/// The most chunks that are looked at before the sound; real files have a handful.
const MOST_CHUNKS: usize = 10_000;

/// Finds the sound in a RIFF, RF64 or BW64 file.
pub(super) fn read_wave(source: &Source) -> Result<Layout, LayoutError> {
    let mut position = 12;
    let mut format = None;
    let mut long_size = None;
    for _ in 0..MOST_CHUNKS {
        let header = source.peek(position, 8)?;
        if header.len() < 8 {
            break;
        }
        let body = position + 8;
        let size = u64::from(little32(&header[4..]));
        match &header[..4] {
            b"ds64" => {
                let sizes = source.peek(body, 16)?;
                if sizes.len() == 16 {
                    long_size = Some(u64::from(little32(&sizes[8..])) | u64::from(little32(&sizes[12..])) << 32);
                }
            }
            b"fmt " => format = Some(Format::read(&source.peek(body, size.min(64) as usize)?)?),
            b"data" => {
                let format = format.ok_or_else(|| LayoutError::Wrong("the sound comes before its format".into()))?;
                let promised = match (size, long_size) {
                    (0xFFFF_FFFF, Some(long)) if long > 0 => Promise::Bytes(long),
                    // Written by programs that stream to a pipe; the end of the file is the end of the sound.
                    (0xFFFF_FFFF | 0x7FFF_FFFF | 0x7FFF_F000, _) => Promise::Open,
                    (0, _) => Promise::Never,
                    (size, _) => Promise::Bytes(size),
                };
                return format.layout(body, promised, source.len());
            }
            _ => {}
        }
        // Chunks are padded to an even length.
        position = body + size + (size & 1);
    }
    if format.is_some() {
        return Err(LayoutError::NoSound);
    }
    Err(LayoutError::Wrong("there is no `fmt ` chunk".into()))
}

/// The last twelve bytes of the identifiers of Wave64 chunks whose first four are ASCII.
const WAVE64_TAIL: [u8; 12] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];

/// Finds the sound in a Wave64 file.
pub(super) fn read_wave64(source: &Source) -> Result<Layout, LayoutError> {
    let mut position = 40;
    let mut format = None;
    for _ in 0..MOST_CHUNKS {
        let header = source.peek(position, 24)?;
        if header.len() < 24 {
            break;
        }
        let body = position + 24;
        // The size counts its own header.
        let size = little64(&header[16..]).saturating_sub(24);
        if header[4..16] == WAVE64_TAIL {
            match &header[..4] {
                b"fmt " => format = Some(Format::read(&source.peek(body, size.min(64) as usize)?)?),
                b"data" => {
                    let format =
                        format.ok_or_else(|| LayoutError::Wrong("the sound comes before its format".into()))?;
                    let promised = if size == 0 { Promise::Never } else { Promise::Bytes(size) };
                    return format.layout(body, promised, source.len());
                }
                _ => {}
            }
        }
        let Some(next) = body.checked_add(size).and_then(|end| end.checked_next_multiple_of(8)) else { break };
        position = next;
    }
    if format.is_some() {
        return Err(LayoutError::NoSound);
    }
    Err(LayoutError::Wrong("there is no `fmt ` chunk".into()))
}

/// Finds the sound in an AU file.
pub(super) fn read_au(source: &Source) -> Result<Layout, LayoutError> {
    let header = source.peek(0, 24)?;
    if header.len() < 24 {
        return Err(LayoutError::Wrong("the header is incomplete".into()));
    }
    let word = |index: usize| big32(&header[index * 4..]);
    let encoding = match word(3) {
        1 => Encoding::MuLaw,
        2 => Encoding::Signed8,
        3 => Encoding::Signed16 { big: true },
        4 => Encoding::Signed24 { big: true },
        5 => Encoding::Signed32 { big: true },
        6 => Encoding::Float32 { big: true },
        7 => Encoding::Float64 { big: true },
        23 | 25 | 26 => Encoding::Unsupported("G.726 ADPCM".into()),
        24 => Encoding::G722,
        27 => Encoding::ALaw,
        other => Encoding::Unsupported(format!("AU encoding {other}")),
    };
    let channels = u16::try_from(word(5)).map_err(|_| LayoutError::Wrong(format!("it claims {} channels", word(5))))?;
    let block = encoding.sample_bytes().unwrap_or(1) * usize::from(channels).max(1);
    let promised = if word(2) == u32::MAX { Promise::Open } else { Promise::Bytes(u64::from(word(2))) };
    Format { encoding, channels, sample_rate: word(4), block }.layout(
        u64::from(word(1)).max(24),
        promised,
        source.len(),
    )
}

/// What a header says about the length of the sound.
enum Promise {
    Bytes(u64),
    Open,
    Never,
}

/// The `fmt ` chunk.
struct Format {
    encoding: Encoding,
    channels: u16,
    sample_rate: u32,
    block: usize,
}

impl Format {
    /// Reads the chunk's body, of any length from 14 bytes.
    fn read(body: &[u8]) -> Result<Self, LayoutError> {
        if body.len() < 14 {
            return Err(LayoutError::Wrong("the `fmt ` chunk is incomplete".into()));
        }
        let channels = little16(&body[2..]);
        let sample_rate = little32(&body[4..]);
        let align = usize::from(little16(&body[12..]));
        let bits = body.get(14..16).map_or(8, little16);
        let mut tag = little16(body);
        if tag == 0xFFFE {
            // WAVE_FORMAT_EXTENSIBLE: the tag proper is the start of the sub-format identifier.
            tag = body.get(24..26).map_or(1, little16);
        }
        let each = usize::from(channels).max(1);
        // Some writers leave the alignment at zero; then the bits decide.
        let container = if align >= each { align / each } else { usize::from(bits).div_ceil(8) };
        let plain = |float| {
            Encoding::plain(container, float, false)
                .ok_or_else(|| LayoutError::Wrong(format!("it claims samples of {container} bytes")))
        };
        let encoding = match tag {
            0x0001 => plain(false)?,
            0x0003 => plain(true)?,
            0x0006 => Encoding::ALaw,
            0x0007 => Encoding::MuLaw,
            0x0002 => Encoding::AdpcmMs,
            0x0011 => Encoding::AdpcmIma,
            0x0031 => Encoding::Gsm610Ms,
            0x0065 | 0x028F => Encoding::G722,
            0x0050 | 0x0055 => Encoding::Mpeg,
            0x00FF | 0x1600 | 0x706D => Encoding::Adts,
            other => Encoding::Unsupported(tag_name(other)),
        };
        let block = match (&encoding, encoding.sample_bytes()) {
            (_, Some(bytes)) => bytes * each,
            (Encoding::Gsm610Ms, _) => 65,
            (Encoding::AdpcmMs | Encoding::AdpcmIma, _) => align,
            _ => 1,
        };
        Ok(Self { encoding, channels, sample_rate, block })
    }

    fn layout(self, start: u64, promised: Promise, len: u64) -> Result<Layout, LayoutError> {
        let there = len.saturating_sub(start);
        let (sound, cut_short) = match promised {
            Promise::Open => (there, None),
            Promise::Never if there == 0 => (0, None),
            Promise::Never => (there, Some(CutShort::Unfinished)),
            Promise::Bytes(bytes) if bytes > there => (there, Some(CutShort::Missing(bytes - there))),
            Promise::Bytes(bytes) => (bytes, None),
        };
        let Format { encoding, channels, sample_rate, block } = self;
        if sound == 0 {
            return Err(LayoutError::NoSound);
        }
        Ok(Layout { encoding, sample_rate, channels, block, start, end: start + sound, cut_short })
    }
}

/// The name of an encoding without a decoder here.
fn tag_name(tag: u16) -> String {
    match tag {
        0x0014 | 0x0040 | 0x0045 | 0x0064 | 0x0085 | 0x0140 => "G.726 ADPCM",
        0x0022 | 0x0175 => "TrueSpeech",
        0x0038 | 0x0057 | 0x0136 => "AMR",
        0x0042 | 0x0111 | 0x0123 => "G.723.1",
        0x0041 | 0x0083 | 0x0133 | 0x0134 => "G.729",
        0x0130 => "Sipro ACELP",
        0x0160..=0x0163 => "Windows Media Audio",
        0x2000 => "AC-3",
        0xA109 => "Speex",
        other => return format!("WAVE format 0x{other:04X}"),
    }
    .to_owned()
}

fn little16(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn little32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn little64(bytes: &[u8]) -> u64 {
    u64::from(little32(bytes)) | u64::from(little32(&bytes[4..])) << 32
}

fn big32(bytes: &[u8]) -> u32 {
    little32(bytes).swap_bytes()
}
