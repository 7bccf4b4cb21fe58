//! From bytes to planar samples at the file's own rate, packet by packet.
//!
//! Takes a recognised file; gives the sound of one packet at a time and notes what was damaged. Damaged packets become
//! silence of their length, so that later times stay right. Must not resample and must not judge limits.

use super::container::{audio_track, make_decoder, open_reader, reader_error};
use super::ffmpeg::{self, Ffmpeg};
use super::g722::G722;
use super::gsm::Gsm;
use super::pcm;
use super::riff::{CutShort, Encoding, Layout};
use super::sniff::Container;
use super::source::{Source, Window};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as codecs;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

/// Damaged packets in a row after which the rest of the file is given up.
const MOST_DAMAGED_IN_A_ROW: u32 = 512;

/// Packets in a row without a sample after which the rest of the file is given up.
const MOST_EMPTY_IN_A_ROW: u32 = 100_000;

/// Why a stream can't go on, or can't begin.
#[derive(Debug)]
pub(super) enum StreamError {
    Io(io::Error),
    Unsupported(String),
    Header(String),
}

/// What was wrong with a file that gave sound all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// It ends before its own end.
    pub truncated: bool,
    /// Its recorder never completed the header.
    pub unfinished: bool,
    /// Packets that could not be decoded.
    pub packets: u64,
    /// The rest was given up at some point.
    pub abandoned: bool,
}

/// The sound of one file, in order.
pub(super) struct Stream {
    input: Input,
    codec: String,
    sample_rate: u32,
    channels: usize,
    damage: Damage,
    decoded: u64,
    /// Frames that the header promises.
    promised: Option<u64>,
}

enum Input {
    /// Blocks of equal size that begin anywhere.
    Blocks { window: Window, encoding: Encoding, block: usize, decoder: BlockDecoder, buffer: Vec<u8> },
    /// Samples from another program.
    Foreign { program: Ffmpeg, buffer: Vec<u8> },
    /// Packets of a container.
    Packets {
        reader: Box<dyn FormatReader>,
        decoder: Box<dyn AudioDecoder>,
        track: u32,
        /// Length of a tick of the container's clock.
        seconds: f64,
        clock: Clock,
        /// Whether a gap in the clock is a loss; some containers leave silence out.
        lossless: bool,
        /// Sound after a gap.
        waiting: Vec<Vec<f32>>,
    },
}

/// Follows the times that a container gives its packets, to find what is missing between them.
#[derive(Default)]
struct Clock {
    /// Whether the container's times tell.
    gaps: bool,
    /// When the last packet ended, s.
    end: Option<f64>,
    /// Silence put in so far, s.
    filled: f64,
}

impl Clock {
    /// Takes a packet that starts at `start` and lasts `length`, s; gives the gap before it, s.
    fn gap(&mut self, start: f64, length: f64) -> Option<f64> {
        let end = self.end.replace(start + length)?;
        let gap = start - end;
        // Times are rounded to milliseconds, and encoders' delays are cut off. More than an hour is no gap but nonsense.
        if !self.gaps || gap < 0.15 || self.filled + gap > 3_600.0 {
            return None;
        }
        self.filled += gap;
        Some(gap)
    }
}

/// What turns blocks into samples.
enum BlockDecoder {
    /// Separate samples.
    Plain,
    /// G.722.
    G722(Box<G722>),
    /// GSM full rate.
    Gsm(Box<Gsm>),
    /// A decoder of symphonia, and the frames in a block.
    Packet(Box<dyn AudioDecoder>, u64),
}

impl Stream {
    /// Opens the blocks that `layout` describes.
    pub fn of_layout(source: &Source, layout: &Layout) -> Result<Self, StreamError> {
        let Layout { encoding, sample_rate, channels, block, start, end, cut_short } = layout;
        let mut promised = None;
        let damage = Damage {
            truncated: matches!(cut_short, Some(CutShort::Missing(_))),
            unfinished: matches!(cut_short, Some(CutShort::Unfinished)),
            ..Damage::default()
        };
        let inside = match encoding {
            Encoding::Mpeg => Some(Container::Mpeg),
            Encoding::Adts => Some(Container::Adts),
            Encoding::Unsupported(name) => return Err(StreamError::Unsupported(name.clone())),
            _ => None,
        };
        if let Some(container) = inside {
            let mut stream = Self::of_container(source.window(*start, *end), container)?;
            stream.damage = damage;
            return Ok(stream);
        }
        let decoder = match encoding {
            Encoding::AdpcmMs | Encoding::AdpcmIma => {
                let (id, header) = match encoding {
                    Encoding::AdpcmMs => (codecs::CODEC_ID_ADPCM_MS, 7),
                    _ => (codecs::CODEC_ID_ADPCM_IMA_WAV, 4),
                };
                let each = usize::from(*channels);
                if !(1..=2).contains(&each) || *block <= header * each {
                    return Err(StreamError::Header(format!("it claims ADPCM blocks of {block} bytes")));
                }
                // Two samples a byte after the header, which itself holds two (MS) or one (IMA).
                let first = if header == 7 { 2 } else { 1 };
                let frames = ((block - header * each) * 2 / each + first) as u64;
                let mut parameters = AudioCodecParameters::new();
                parameters
                    .for_codec(id)
                    .with_sample_rate(*sample_rate)
                    .with_channels(Channels::Discrete(*channels))
                    .with_max_frames_per_packet(frames)
                    .with_frames_per_block(frames);
                BlockDecoder::Packet(make_decoder(&parameters)?, frames)
            }
            Encoding::G722 | Encoding::Gsm610 | Encoding::Gsm610Ms if *channels != 1 => {
                return Err(StreamError::Unsupported(format!("{} on {channels} channels", encoding.name())));
            }
            Encoding::G722 => BlockDecoder::G722(Box::new(G722::new())),
            Encoding::Gsm610 | Encoding::Gsm610Ms => BlockDecoder::Gsm(Box::new(Gsm::new())),
            _ => {
                promised = Some((end - start) / *block as u64);
                BlockDecoder::Plain
            }
        };
        // Files name the clock of the network for G.722, which is half of its sample rate (RFC 3551, 4.5.2).
        let sample_rate = if *encoding == Encoding::G722 { &16_000 } else { sample_rate };
        let per_read = match decoder {
            BlockDecoder::Plain | BlockDecoder::G722(_) => (*sample_rate as usize / 4).clamp(256, 65_536),
            BlockDecoder::Gsm(_) | BlockDecoder::Packet(..) => 1,
        };
        Ok(Self {
            codec: encoding.name().to_owned(),
            sample_rate: *sample_rate,
            channels: usize::from(*channels),
            damage,
            decoded: 0,
            promised,
            input: Input::Blocks {
                window: source.window(*start, *end),
                encoding: encoding.clone(),
                block: *block,
                decoder,
                buffer: vec![0; per_read * block],
            },
        })
    }

    /// Opens what `program` sends; `codec` is the encoding that it decodes.
    pub fn of_program(program: Ffmpeg, codec: &str) -> Self {
        let (sample_rate, channels) = (program.sample_rate, usize::from(program.channels));
        let frames = (sample_rate as usize / 4).clamp(256, 65_536);
        Self {
            codec: codec.to_owned(),
            sample_rate,
            channels,
            damage: Damage::default(),
            decoded: 0,
            promised: None,
            input: Input::Foreign { program, buffer: vec![0; frames * channels.clamp(1, 64) * 2] },
        }
    }

    /// Opens a container or stream that begins where `window` does.
    pub fn of_container(window: Window, container: Container) -> Result<Self, StreamError> {
        let mut damage = Damage::default();
        if container == Container::Mpeg {
            damage.truncated = window.ends_inside_mpeg_frame().map_err(StreamError::Io)?;
        }
        let streamed = window.streamed();
        let reader = match open_reader(window, container) {
            Ok(reader) => reader,
            // These refuse a file that is shorter than its header says; as a stream it gives what is there.
            Err(error) if matches!(container, Container::Mkv | Container::Caf | Container::Aiff) => {
                let reader = open_reader(streamed, container).map_err(|_| reader_error(error, container))?;
                damage.truncated = true;
                reader
            }
            Err(error) => return Err(reader_error(error, container)),
        };
        let (track, mut parameters, time_base, promised) = audio_track(&*reader)?;
        if parameters.codec == codecs::CODEC_ID_OPUS {
            // Some containers name the rate before encoding; Opus itself always runs at 48 kHz (RFC 7845, 5.1).
            parameters.with_sample_rate(48_000);
        }
        let decoder = make_decoder(&parameters)?;
        // MPEG streams without an index only guess their length.
        let exact = !matches!(container, Container::Mpeg | Container::Adts | Container::Mkv);
        let sample_rate = parameters.sample_rate.unwrap_or(0);
        Ok(Self {
            codec: decoder.codec_info().short_name.to_owned(),
            sample_rate,
            channels: parameters.channels.as_ref().map_or(0, Channels::count),
            damage,
            decoded: 0,
            promised: promised.filter(|_| exact),
            input: Input::Packets {
                reader,
                decoder,
                track,
                seconds: time_base.unwrap_or(0.0),
                clock: Clock {
                    gaps: matches!(container, Container::Ogg | Container::Flac | Container::Mkv),
                    ..Clock::default()
                },
                lossless: container != Container::Mkv,
                waiting: Vec::new(),
            },
        })
    }

    /// Name of the encoding.
    pub fn codec(&self) -> &str {
        &self.codec
    }

    /// Samples a second of what came last, Hz; before the first packet what the header says, 0 for nothing.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Channels of what came last; before the first packet what the header says, 0 for nothing.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Frames that came so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// What was wrong so far.
    pub fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Puts the next sound into `out`, one vector a channel; false at the end. `out` is never empty after true.
    pub fn next(&mut self, out: &mut Vec<Vec<f32>>) -> Result<bool, StreamError> {
        let more = match &mut self.input {
            Input::Blocks { .. } => self.next_block(out)?,
            Input::Foreign { .. } => self.next_foreign(out)?,
            Input::Packets { .. } => self.next_packet(out)?,
        };
        if more {
            self.decoded += out.first().map_or(0, Vec::len) as u64;
        } else if let Some(promised) = self.promised {
            // Encoders round the promised length to their own frames.
            let tolerance = u64::from(self.sample_rate) / 4;
            self.damage.truncated |= self.decoded + tolerance < promised;
        }
        Ok(more)
    }

    fn next_block(&mut self, out: &mut Vec<Vec<f32>>) -> Result<bool, StreamError> {
        let Input::Blocks { window, encoding, block, decoder, buffer } = &mut self.input else { return Ok(false) };
        loop {
            let filled = fill(window, buffer).map_err(StreamError::Io)?;
            let whole = filled - filled % *block;
            out.resize_with(self.channels, Vec::new);
            out.iter_mut().for_each(Vec::clear);
            if whole == 0 {
                return Ok(false);
            }
            match decoder {
                BlockDecoder::Plain => {
                    pcm::decode(encoding, &buffer[..whole], out);
                }
                BlockDecoder::G722(decoder) => out.iter_mut().for_each(|out| decoder.decode(&buffer[..whole], out)),
                BlockDecoder::Gsm(decoder) => out.iter_mut().for_each(|out| decoder.decode(&buffer[..whole], out)),
                BlockDecoder::Packet(decoder, frames) => {
                    let packet = Packet::new(0, Timestamp::ZERO, Duration::new(*frames), &buffer[..whole]);
                    if decode(&mut **decoder, &packet, out).is_none() {
                        self.damage.packets += 1;
                        if self.decoded > 0 {
                            silence(out, self.channels, *frames as usize);
                        }
                    }
                }
            }
            if out.first().is_some_and(|channel| !channel.is_empty()) {
                return Ok(true);
            }
        }
    }

    fn next_foreign(&mut self, out: &mut Vec<Vec<f32>>) -> Result<bool, StreamError> {
        let Input::Foreign { program, buffer } = &mut self.input else { return Ok(false) };
        let filled = fill(program, buffer).map_err(StreamError::Io)?;
        out.resize_with(self.channels, Vec::new);
        out.iter_mut().for_each(Vec::clear);
        pcm::decode(&ffmpeg::ENCODING, &buffer[..filled], out);
        let more = out.first().is_some_and(|channel| !channel.is_empty());
        if !more && !program.succeeded() {
            self.damage.packets += 1;
        }
        Ok(more)
    }

    fn next_packet(&mut self, out: &mut Vec<Vec<f32>>) -> Result<bool, StreamError> {
        let Input::Packets { reader, decoder, track, seconds, clock, lossless, waiting } = &mut self.input else {
            return Ok(false);
        };
        if !waiting.is_empty() {
            *out = std::mem::take(waiting);
            return Ok(true);
        }
        let (mut damaged, mut empty) = (0, 0);
        loop {
            if damaged > MOST_DAMAGED_IN_A_ROW || empty > MOST_EMPTY_IN_A_ROW {
                self.damage.abandoned = true;
                return Ok(false);
            }
            let packet = match reader.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.damage.truncated = true;
                    return Ok(false);
                }
                Err(Error::IoError(error)) => return Err(StreamError::Io(error)),
                Err(Error::ResetRequired) => {
                    // A chained stream: another recording follows in the same file.
                    let (next, parameters, time_base, _) = audio_track(&**reader)?;
                    *decoder = make_decoder(&parameters)?;
                    *track = next;
                    *seconds = time_base.unwrap_or(0.0);
                    clock.end = None;
                    self.promised = None;
                    continue;
                }
                Err(_) => {
                    damaged += 1;
                    self.damage.packets += 1;
                    continue;
                }
            };
            if packet.track_id != *track {
                empty += 1;
                continue;
            }
            match decode(&mut **decoder, &packet, out) {
                Some((sample_rate, channels)) if channels > 0 => {
                    self.sample_rate = sample_rate;
                    self.channels = channels;
                    let rate = f64::from(self.sample_rate);
                    let length = out.first().map_or(0, Vec::len) as f64 / rate.max(1.0);
                    if let Some(gap) = clock.gap(packet.pts.get() as f64 * *seconds, length) {
                        self.damage.packets += u64::from(*lossless);
                        let silence = vec![0.0; (gap * rate) as usize];
                        *waiting = std::mem::replace(out, vec![silence; self.channels]);
                    }
                    return Ok(true);
                }
                Some(_) => empty += 1,
                None => {
                    damaged += 1;
                    self.damage.packets += 1;
                    // A packet is at most some seconds; a longer claim is part of the damage.
                    let frames = (packet.dur.get() as f64 * *seconds * f64::from(self.sample_rate)).round();
                    let longest = f64::from(self.sample_rate) * 5.0;
                    if self.decoded > 0 && self.channels > 0 && frames >= 1.0 && frames <= longest {
                        silence(out, self.channels, frames as usize);
                        clock.end = clock.end.map(|end| end + frames / f64::from(self.sample_rate));
                        return Ok(true);
                    }
                }
            }
        }
    }
}

/// Decodes `packet` into `out`; gives its rate and channels, 0 channels where it held no sound, nothing where it is
/// damaged. A decoder that panics over it begins anew with the next packet: one bad packet does not cost a recording.
fn decode(decoder: &mut dyn AudioDecoder, packet: &Packet, out: &mut Vec<Vec<f32>>) -> Option<(u32, usize)> {
    let attempt = AssertUnwindSafe(|| {
        let sound = decoder.decode(packet).ok()?;
        let channels = sound.spec().channels().count();
        if sound.frames() == 0 || channels == 0 {
            return Some((sound.spec().rate(), 0));
        }
        sound.copy_to_vecs_planar(out);
        Some((sound.spec().rate(), channels))
    });
    catch_unwind(attempt).unwrap_or_else(|_| {
        decoder.reset();
        None
    })
}

/// Makes `out` silence of `frames` on `channels`.
fn silence(out: &mut Vec<Vec<f32>>, channels: usize, frames: usize) {
    out.resize_with(channels, Vec::new);
    for channel in out.iter_mut() {
        channel.clear();
        channel.resize(frames, 0.0);
    }
}

/// Reads until `buffer` is full or the input ends; gives the number of bytes read.
fn fill(input: &mut impl io::Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
