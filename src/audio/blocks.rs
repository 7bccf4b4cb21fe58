//! One pass over a recording's sound, second by second.

use super::caf;
use super::ffmpeg::Ffmpeg;
use super::resample::{RATE, ResampleError, Resampler};
use super::riff::{self, CutShort, Encoding, Layout, LayoutError};
use super::sniff::{self, Container, Kind};
use super::source::{self, Fingerprint, Source};
use super::stream::{Stream, StreamError};
use super::{AudioFile, DecodeError, Facts, RawEncoding, RawLayout, time_of};
use crate::call::{AudioInfo, Status};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Frames of a block: one second.
const BLOCK: usize = RATE as usize;

/// A piece of the sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Index of its first sample on the recording's timeline, at [`RATE`].
    pub start: u64,
    /// One vector a channel, all of the same length: [`RATE`] samples, fewer only at the end. Finite, nominally
    /// -1..=1; a file of floats may hold louder ones.
    pub channels: Vec<Vec<f32>>,
}

/// One pass over a recording: gives its [`Block`]s in order, then completes the file's facts.
///
/// After an error nothing more comes.
pub struct Blocks<'a> {
    file: &'a AudioFile,
    source: Source,
    stream: Stream,
    resampler: Resampler,
    channels: usize,
    /// The first rate of the file, Hz; later parts of a chained stream may differ.
    rate: u32,
    /// The packet that comes next, at the file's rate.
    packet: Vec<Vec<f32>>,
    /// Sound at [`RATE`] that waits for a whole block.
    ready: Vec<Vec<f32>>,
    given: u64,
    /// Frames taken at [`RATE`], for the limit of the duration.
    cleaned: u64,
    uneven: bool,
    ended: bool,
    finished: bool,
}

impl<'a> Blocks<'a> {
    /// Opens the file again and decodes up to its first sound.
    pub(super) fn start(file: &'a AudioFile) -> Result<Self, DecodeError> {
        guarded(file, 0, || Self::start_unguarded(file))
    }

    fn start_unguarded(file: &'a AudioFile) -> Result<Self, DecodeError> {
        let path = &file.path;
        let (opened, fingerprint) = source::open(path)?;
        if fingerprint != file.fingerprint {
            return Err(DecodeError::ChangedDuringRead { path: path.clone() });
        }
        let bytes = fingerprint.len;
        if bytes == 0 {
            return Err(DecodeError::Empty { path: path.clone(), bytes });
        }
        if bytes > file.limits.bytes {
            let limit = file.limits.bytes;
            return Err(DecodeError::Limit { path: path.clone(), what: "bytes", found: bytes, limit });
        }
        let source = Source::new(opened, bytes);
        let mut stream = match open_stream(file, &source) {
            Err(DecodeError::UnsupportedCodec { codec, .. }) if file.hints.ffmpeg.is_some() => foreign(file, &codec)?,
            stream => stream?,
        };
        let mut packet = Vec::new();
        let header_rate = stream.sample_rate();
        if header_rate != 0 {
            check_form(file, header_rate, stream.channels().max(1))?;
        }
        if !stream.next(&mut packet).map_err(|error| stream_error(file, &source, &stream, error))? {
            return Err(no_sound(file, &stream));
        }
        let (rate, channels) = (stream.sample_rate(), stream.channels());
        check_form(file, rate, channels)?;
        let resampler = Resampler::new(rate, channels).map_err(|error| resample_error(file, 0, &error))?;
        Ok(Self {
            file,
            source,
            stream,
            resampler,
            channels,
            rate,
            packet,
            ready: vec![Vec::with_capacity(2 * BLOCK); channels],
            given: 0,
            cleaned: 0,
            uneven: false,
            ended: false,
            finished: false,
        })
    }

    /// The facts of the file as far as they are known.
    pub(super) fn info(&self) -> AudioInfo {
        AudioInfo {
            sample_rate: self.rate,
            channels: self.channels as u16,
            codec: self.stream.codec().to_owned(),
            ..AudioInfo::default()
        }
    }

    fn next_unguarded(&mut self) -> Result<Option<Block>, DecodeError> {
        while !self.ended && self.ready[0].len() < BLOCK {
            self.take_packet()?;
        }
        let frames = self.ready[0].len().min(BLOCK);
        if frames == 0 {
            self.complete()?;
            return Ok(None);
        }
        let channels = self.ready.iter_mut().map(|channel| channel.drain(..frames).collect()).collect();
        let start = self.given;
        self.given += frames as u64;
        Ok(Some(Block { start, channels }))
    }

    /// Moves the waiting packet through the resampler and decodes the next.
    fn take_packet(&mut self) -> Result<(), DecodeError> {
        let position = self.given;
        let failed = |error: ResampleError| resample_error(self.file, position, &error);
        if self.packet.len() != self.channels {
            // A chained stream with another number of channels: what is missing is silent, what is new is left out.
            let frames = self.packet.first().map_or(0, Vec::len);
            self.packet.resize_with(self.channels, || vec![0.0; frames]);
            self.uneven = true;
        }
        if self.stream.sample_rate() != self.resampler.rate() {
            check_form(self.file, self.stream.sample_rate(), self.channels)?;
            self.resampler.finish(&mut self.ready).map_err(failed)?;
            self.resampler = Resampler::new(self.stream.sample_rate(), self.channels).map_err(failed)?;
        }
        for sample in self.packet.iter_mut().flatten() {
            // Recorders that crash leave patterns that read as NaN, infinity or numbers beyond all reason.
            if !sample.is_finite() || sample.abs() > 1e6 {
                *sample = 0.0;
                self.cleaned += 1;
            }
        }
        self.resampler.push(&self.packet, &mut self.ready).map_err(failed)?;
        let limit = self.file.limits.duration;
        let so_far = time_of(self.given + self.ready[0].len() as u64, RATE);
        if so_far > limit {
            return Err(DecodeError::Limit {
                path: self.file.path.clone(),
                what: "seconds of sound",
                found: so_far.seconds().ceil() as u64,
                limit: limit.seconds() as u64,
            });
        }
        let more = self.stream.next(&mut self.packet);
        if !more.map_err(|error| stream_error(self.file, &self.source, &self.stream, error))? {
            self.resampler.finish(&mut self.ready).map_err(failed)?;
            self.ended = true;
        }
        Ok(())
    }

    /// Checks that the file is still the one that was opened and notes its facts.
    fn complete(&mut self) -> Result<(), DecodeError> {
        let path = &self.file.path;
        let unreadable = |source| DecodeError::Unreadable { path: path.clone(), source };
        let content_hash = self.source.finish().map_err(unreadable)?;
        let now = Fingerprint::at(path);
        if now.ok().as_ref() != Some(&self.file.fingerprint) {
            return Err(DecodeError::ChangedDuringRead { path: path.clone() });
        }
        let duration = time_of(self.given, RATE);
        let damage = self.stream.damage();
        let (status, detail) = if damage.packets > 0 || damage.abandoned || self.uneven {
            let rest = if damage.abandoned { ", and the rest was given up" } else { "" };
            let pieces = damage.packets.max(1);
            let were = if pieces == 1 { "piece was" } else { "pieces were" };
            (Status::DegradedCorrupt, format!("{pieces} damaged {were} left out{rest}"))
        } else if damage.truncated {
            (Status::DegradedTruncated, format!("the file ends at {duration}, before the end that it promises"))
        } else if damage.unfinished {
            let detail = format!("the recorder never completed the file, which ends at {duration}");
            (Status::DegradedTruncated, detail)
        } else if self.cleaned > 0 {
            (Status::DegradedCorrupt, format!("{} samples were no numbers and were silenced", self.cleaned))
        } else {
            (Status::Ok, String::new())
        };
        self.file.complete(Facts { info: AudioInfo { content_hash, duration, ..self.info() }, status, detail })
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Block, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let file = self.file;
        let given = self.given;
        match guarded(file, given, || self.next_unguarded()) {
            Ok(Some(block)) => Some(Ok(block)),
            Ok(None) => {
                self.finished = true;
                None
            }
            Err(error) => {
                self.finished = true;
                Some(Err(error))
            }
        }
    }
}

/// Runs `work` and turns a panic of a decoder into an error of this file alone.
fn guarded<T>(file: &AudioFile, given: u64, work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    // What a panic leaves behind is never used again: the pass ends with the error.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(DecodeError::Decode {
            path: file.path.clone(),
            position: time_of(given, RATE),
            what: "the decoder failed on damaged data".into(),
        })
    })
}

fn open_stream(file: &AudioFile, source: &Source) -> Result<Stream, DecodeError> {
    let path = &file.path;
    let unreadable = |source| DecodeError::Unreadable { path: path.clone(), source };
    let kind = sniff::sniff(source, path, file.hints.raw).map_err(unreadable)?;
    let of_container = |container, start| {
        Stream::of_container(source.window(start, u64::MAX), container).map_err(|error| open_error(file, source, error))
    };
    let layout = match kind {
        Kind::Wave => riff::read_wave(source),
        Kind::Wave64 => riff::read_wave64(source),
        Kind::Au => riff::read_au(source),
        Kind::Raw(raw) => Ok(raw_layout(raw, source.len())),
        Kind::Framed(Container::Caf, 0) => match caf::read_caf(source) {
            Ok(None) => return of_container(Container::Caf, 0),
            Ok(Some(layout)) => Ok(layout),
            Err(error) => Err(error),
        },
        Kind::Framed(container, start) => return of_container(container, start),
        Kind::Unsupported(codec) => {
            return Err(DecodeError::UnsupportedCodec { path: path.clone(), codec: codec.to_owned() });
        }
        Kind::Other(found) => return Err(DecodeError::NotAudio { path: path.clone(), found }),
    };
    let layout = layout.map_err(|error| match error {
        LayoutError::Io(source) => unreadable(source),
        LayoutError::NoSound => DecodeError::Empty { path: path.clone(), bytes: source.len() },
        LayoutError::Wrong(what) => DecodeError::BadHeader { path: path.clone(), what },
    })?;
    if !matches!(layout.encoding, Encoding::Unsupported(_)) {
        check_form(file, layout.sample_rate, usize::from(layout.channels))?;
    }
    Stream::of_layout(source, &layout).map_err(|error| open_error(file, source, error))
}

/// Lets the user's ffmpeg decode what has no decoder here.
fn foreign(file: &AudioFile, codec: &str) -> Result<Stream, DecodeError> {
    let Some(program) = &file.hints.ffmpeg else {
        return Err(DecodeError::UnsupportedCodec { path: file.path.clone(), codec: codec.to_owned() });
    };
    let started = Ffmpeg::start(program, &file.path).map_err(|error| DecodeError::Ffmpeg {
        path: file.path.clone(),
        program: program.clone(),
        what: match error.kind() {
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData => {
                format!("it gave no sound of {codec}")
            }
            _ => error.to_string(),
        },
    })?;
    check_form(file, started.sample_rate, usize::from(started.channels))?;
    Ok(Stream::of_program(started, codec))
}

fn raw_layout(raw: RawLayout, len: u64) -> Layout {
    let encoding = match raw.encoding {
        RawEncoding::MuLaw => Encoding::MuLaw,
        RawEncoding::ALaw => Encoding::ALaw,
        RawEncoding::S16Le => Encoding::Signed16 { big: false },
        RawEncoding::S16Be => Encoding::Signed16 { big: true },
        RawEncoding::U8 => Encoding::Unsigned8,
        RawEncoding::G722 => Encoding::G722,
        RawEncoding::Gsm => Encoding::Gsm610,
    };
    let block = match encoding {
        Encoding::Gsm610 => 33,
        _ => encoding.sample_bytes().unwrap_or(1) * usize::from(raw.channels),
    };
    let RawLayout { sample_rate, channels, .. } = raw;
    let missing = (block as u64 - len % block as u64) % block as u64;
    let cut_short = (missing > 0).then_some(CutShort::Missing(missing));
    Layout { encoding, sample_rate, channels, block, start: 0, end: len, cut_short }
}

/// Refuses rates and channel counts that no recorder writes.
fn check_form(file: &AudioFile, rate: u32, channels: usize) -> Result<(), DecodeError> {
    let (lowest, highest) = file.limits.sample_rate;
    let what = if !(lowest..=highest).contains(&rate) {
        format!("it claims {rate} samples a second, expected {lowest} to {highest}")
    } else if !(1..=file.limits.channels).contains(&channels) {
        format!("it claims {channels} channels, expected 1 to {}", file.limits.channels)
    } else {
        return Ok(());
    };
    Err(DecodeError::BadHeader { path: file.path.clone(), what })
}

fn open_error(file: &AudioFile, source: &Source, error: StreamError) -> DecodeError {
    let path = file.path.clone();
    match error {
        StreamError::Io(error) => io_error(file, source, 0, error),
        StreamError::Unsupported(codec) => DecodeError::UnsupportedCodec { path, codec },
        StreamError::Header(what) => DecodeError::BadHeader { path, what },
    }
}

fn stream_error(file: &AudioFile, source: &Source, stream: &Stream, error: StreamError) -> DecodeError {
    match error {
        StreamError::Io(error) => io_error(file, source, stream.decoded(), error),
        error => open_error(file, source, error),
    }
}

/// A failed read is the system's, the budget's, or a decoder's way to say that the bytes make no sense.
fn io_error(file: &AudioFile, source: &Source, frames: u64, error: std::io::Error) -> DecodeError {
    let path = file.path.clone();
    if source.exhausted() {
        let limit = file.fingerprint.len.saturating_mul(16);
        return DecodeError::Limit { path, what: "bytes read", found: limit, limit };
    }
    if source.failure().is_some() {
        return DecodeError::Unreadable { path, source: error };
    }
    DecodeError::Decode { path, position: time_of(frames, RATE), what: error.to_string() }
}

/// The file was understood and gave no sample.
fn no_sound(file: &AudioFile, stream: &Stream) -> DecodeError {
    let path = file.path.clone();
    let damage = stream.damage();
    if damage.packets > 0 || damage.abandoned {
        let what = format!("none of {} pieces could be decoded", damage.packets);
        return DecodeError::Decode { path, position: time_of(0, RATE), what };
    }
    DecodeError::Empty { path, bytes: file.fingerprint.len }
}

fn resample_error(file: &AudioFile, given: u64, error: &ResampleError) -> DecodeError {
    DecodeError::Decode { path: file.path.clone(), position: time_of(given, RATE), what: error.to_string() }
}
