//! A recording's file as sound: decoded by content, 16 kHz a channel, in blocks of a second.
//!
//! Takes a path and [`Limits`]; gives [`Blocks`] as often as asked, in constant memory, and after a whole pass the
//! facts of the file and its [`Status`]. The bytes are untrusted: every failure is a [`DecodeError`] with exactly one
//! status, panics of decoders included. Every channel of the file is kept; what is on them is for
//! [`speech`](crate::speech) to find out.

mod blocks;
mod caf;
mod container;
mod error;
mod ffmpeg;
mod g722;
mod gsm;
mod limits;
mod pcm;
mod resample;
mod riff;
mod sniff;
mod source;
mod stream;

pub use blocks::{Block, Blocks};
pub use error::DecodeError;
pub use limits::{Hints, Limits, RawEncoding, RawLayout, RawLayoutError};
pub use resample::RATE;

use crate::call::{AudioInfo, Ms, Status};
use source::Fingerprint;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A recording that can be listened to, as often as needed.
pub struct AudioFile {
    path: PathBuf,
    limits: Limits,
    hints: Hints,
    fingerprint: Fingerprint,
    facts: Mutex<Facts>,
}

/// What is known of a recording; complete after a whole pass.
#[derive(Clone)]
struct Facts {
    info: AudioInfo,
    status: Status,
    detail: String,
}

impl AudioFile {
    /// Opens the recording at `path`: recognises it by content and decodes its first sound.
    ///
    /// # Errors
    /// Every reason for which nothing of the file can be listened to; see [`DecodeError`].
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, DecodeError> {
        Self::open_with(path, limits, &Hints::default())
    }

    /// Opens the recording at `path` with what the user says about it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: &Path, limits: &Limits, hints: &Hints) -> Result<Self, DecodeError> {
        let (_, fingerprint) = source::open(path)?;
        let facts = Facts { info: AudioInfo::default(), status: Status::Ok, detail: String::new() };
        let file = Self {
            path: path.to_owned(),
            limits: limits.clone(),
            hints: hints.clone(),
            fingerprint,
            facts: Mutex::new(facts),
        };
        let first = Blocks::start(&file)?;
        let info = first.info();
        drop(first);
        file.facts().info = info;
        Ok(file)
    }

    /// Starts a pass over the sound.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`DecodeError::ChangedDuringRead`] where the file is not the one that was opened.
    pub fn blocks(&self) -> Result<Blocks<'_>, DecodeError> {
        Blocks::start(self)
    }

    /// Where the recording lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of channels of every block.
    pub fn channels(&self) -> usize {
        usize::from(self.facts().info.channels)
    }

    /// The facts of the file; hash and duration are empty until a pass has ended.
    pub fn info(&self) -> AudioInfo {
        self.facts().info.clone()
    }

    /// What became of the recording: [`Status::Ok`] or one of the degraded ones, final after a pass has ended.
    pub fn status(&self) -> Status {
        self.facts().status
    }

    /// Why the status is so, for a person; empty for [`Status::Ok`].
    pub fn detail(&self) -> String {
        self.facts().detail.clone()
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        // The facts are replaced whole, so a panic elsewhere leaves nothing half done.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the end of a pass; a hash that differs from an earlier pass is a change of the file.
    fn complete(&self, pass: Facts) -> Result<(), DecodeError> {
        let mut facts = self.facts();
        if !facts.info.content_hash.is_empty() && facts.info.content_hash != pass.info.content_hash {
            return Err(DecodeError::ChangedDuringRead { path: self.path.clone() });
        }
        *facts = pass;
        Ok(())
    }
}

/// The time at which `frames` samples at `rate` Hz end.
fn time_of(frames: u64, rate: u32) -> Ms {
    let rate = u64::from(rate.max(1));
    Ms(((u128::from(frames) * 1000 + u128::from(rate) / 2) / u128::from(rate)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Decodes `bytes` as a file named `name`: its status, what is known of it, and all its sound.
    fn decode(name: &str, bytes: &[u8], hints: &Hints) -> (Status, AudioInfo, Vec<Vec<f32>>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
        let failed = |error: DecodeError| {
            assert!(!error.remedy().is_empty());
            (error.status(), AudioInfo::default(), Vec::new())
        };
        let file = match AudioFile::open_with(&path, &Limits::default(), hints) {
            Ok(file) => file,
            Err(error) => return failed(error),
        };
        let mut sound = vec![Vec::new(); file.channels()];
        let mut expected = 0;
        for block in file.blocks().unwrap() {
            let block = match block {
                Ok(block) => block,
                Err(error) => return failed(error),
            };
            assert_eq!((block.start, block.channels.len()), (expected, sound.len()));
            expected += block.channels[0].len() as u64;
            for (all, part) in sound.iter_mut().zip(&block.channels) {
                assert!(part.len() <= RATE as usize && part.iter().all(|sample| sample.is_finite()));
                all.extend(part);
            }
        }
        (file.status(), file.info(), sound)
    }

    fn status(bytes: &[u8]) -> Status {
        decode("call.wav", bytes, &Hints::default()).0
    }

    /// A RIFF file with a `fmt ` chunk of `format` and `data`.
    fn wave(format: &[u8], data: &[u8]) -> Vec<u8> {
        let size = |length: usize| (length as u32).to_le_bytes();
        let body = [&b"WAVEfmt "[..], &size(format.len()), format, b"data", &size(data.len()), data].concat();
        [&b"RIFF"[..], &size(body.len()), &body].concat()
    }

    /// The fields of a `fmt ` chunk that all encodings share.
    fn format(tag: u16, channels: u16, rate: u32, align: u16, bits: u16) -> Vec<u8> {
        let bytes = rate.wrapping_mul(u32::from(align));
        [
            &tag.to_le_bytes()[..],
            &channels.to_le_bytes(),
            &rate.to_le_bytes(),
            &bytes.to_le_bytes(),
            &align.to_le_bytes(),
            &bits.to_le_bytes(),
        ]
        .concat()
    }

    /// A second of a tone on the left and silence on the right, 8 kHz, 16 bits.
    fn stereo() -> Vec<u8> {
        let tone = |index: usize| (10_000.0 * (index as f64 * 0.35).sin()) as i16;
        let data: Vec<u8> = (0..8_000).flat_map(|index| [tone(index), 0]).flat_map(i16::to_le_bytes).collect();
        wave(&format(1, 2, 8_000, 4, 16), &data)
    }

    #[test]
    fn a_plain_recording_keeps_its_channels_length_and_hash() {
        let bytes = stereo();
        let (status, info, sound) = decode("call.wav", &bytes, &Hints::default());
        assert_eq!(status, Status::Ok);
        let expected = AudioInfo {
            content_hash: blake3::hash(&bytes).to_hex().to_string(),
            duration: Ms(1_000),
            sample_rate: 8_000,
            channels: 2,
            codec: "pcm_s16le".into(),
        };
        assert_eq!(info, expected);
        assert_eq!((sound[0].len(), sound[1].len()), (16_000, 16_000));
        let loudest =
            |channel: &[f32]| channel[1_000..15_000].iter().fold(0.0f32, |most, sample| most.max(sample.abs()));
        assert!((loudest(&sound[0]) - 10_000.0 / 32_768.0).abs() < 0.01 && loudest(&sound[1]) < 1e-4);
    }

    #[test]
    fn g711_is_read_whatever_the_size_of_its_format_chunk() {
        let data = [0x80u8; 8_000];
        for tag in [6, 7] {
            for extra in [&[][..], &[0, 0], &[0; 24]] {
                let bytes = wave(&[format(tag, 1, 8_000, 1, 8), extra.to_vec()].concat(), &data);
                let (status, info, _) = decode("call.wav", &bytes, &Hints::default());
                assert_eq!((status, info.duration), (Status::Ok, Ms(1_000)), "tag {tag}, {} more bytes", extra.len());
            }
        }
    }

    #[test]
    fn unfinished_and_lying_sizes_give_the_sound_that_is_there() {
        let whole = stereo();
        let with_size = |size: u32| [&whole[..40], &size.to_le_bytes(), &whole[44..]].concat();
        for (bytes, expected, duration) in [
            (with_size(u32::MAX), Status::Ok, 1_000),
            (with_size(0), Status::DegradedTruncated, 1_000),
            (with_size(1 << 30), Status::DegradedTruncated, 1_000),
            ([&[b'R', b'I', b'F', b'F', 0, 0, 0, 0], &whole[8..]].concat(), Status::Ok, 1_000),
            (whole[..whole.len() / 2 + 22].to_vec(), Status::DegradedTruncated, 500),
        ] {
            let (status, info, _) = decode("call.wav", &bytes, &Hints::default());
            assert_eq!((status, info.duration), (expected, Ms(duration)));
        }
    }

    #[test]
    fn a_block_that_its_decoder_cannot_stand_is_silence_and_the_rest_is_heard() {
        let coefficients: Vec<u8> = [256i16, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232]
            .into_iter()
            .flat_map(i16::to_le_bytes)
            .collect();
        let header = [format(2, 1, 8_000, 256, 4), vec![32, 0, 0xF4, 1, 7, 0], coefficients].concat();
        let good = [&[0, 16, 0, 9, 0, 5, 0][..], &[0x11; 249]].concat();
        // The largest step, and nibbles that only ever make it larger: the decoder's numbers run over.
        let bad = [&[0, 0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x7F][..], &[0x88; 249]].concat();
        let sound = [good.clone(), good.clone(), bad, good.clone(), good].concat();
        let (status, info, _) = decode("call.wav", &wave(&header, &sound), &Hints::default());
        assert_eq!((status, info.duration), (Status::DegradedCorrupt, Ms(313)));
    }

    #[test]
    fn core_audio_files_give_the_sound_that_is_there() {
        let caf = |size: i64, bits: u32, sound: &[u8]| {
            let bytes = bits / 8 * 2;
            let words = [0u32, bytes, 1, 2, bits].map(u32::to_be_bytes).concat();
            let description = [&8_000f64.to_be_bytes()[..], b"lpcm", &words].concat();
            let chunk = |mark: &[u8], size: i64, body: &[u8]| [mark, &size.to_be_bytes(), body].concat();
            let data = chunk(b"data", size, &[&[0; 4], sound].concat());
            [&b"caff\0\x01\0\0"[..], &chunk(b"desc", 32, &description), &chunk(b"free", 5, &[0; 5]), &data].concat()
        };
        let sound: Vec<u8> = (0..32_000u32).map(|index| (index * 37 % 251) as u8).collect();
        for (size, bits, sound, expected, duration) in [
            (32_004, 16, &sound[..], Status::Ok, 1_000),
            (32_004, 8, &sound[..], Status::Ok, 2_000),
            (-1, 16, &sound[..], Status::Ok, 1_000),
            (0, 16, &sound[..], Status::DegradedTruncated, 1_000),
            (32_004, 16, &sound[..16_000], Status::DegradedTruncated, 500),
            (i64::MAX, 16, &sound[..], Status::DegradedTruncated, 1_000),
        ] {
            let (status, info, _) = decode("call.caf", &caf(size, bits, sound), &Hints::default());
            assert_eq!((status, info.duration), (expected, Ms(duration)), "{size} {bits}");
        }
        assert_eq!(status(&caf(4, 16, &[])), Status::FailedEmpty);
        assert_eq!(status(&caf(4, 16, &[])[..50]), Status::FailedBadHeader);
    }

    #[test]
    fn what_is_no_recording_is_named_as_such() {
        let pcm = |channels, rate| wave(&format(1, channels, rate, channels.wrapping_mul(2), 16), &[0; 4_000]);
        for (bytes, expected) in [
            (Vec::new(), Status::FailedEmpty),
            (stereo()[..44].to_vec(), Status::FailedEmpty),
            (wave(&format(1, 2, 8_000, 4, 16), &[0; 3]), Status::FailedEmpty),
            (b"Dear customer, thank you for calling.\n".repeat(50), Status::FailedNotAudio),
            (vec![0; 5_000], Status::FailedNotAudio),
            (b"\x7FELF\x02\x01\x01".repeat(100), Status::FailedNotAudio),
            (pcm(0, 8_000), Status::FailedBadHeader),
            (pcm(9, 8_000), Status::FailedBadHeader),
            (pcm(u16::MAX, 8_000), Status::FailedBadHeader),
            (pcm(1, 0), Status::FailedBadHeader),
            (pcm(1, 7), Status::FailedBadHeader),
            (pcm(1, u32::MAX), Status::FailedBadHeader),
            (stereo()[..30].to_vec(), Status::FailedBadHeader),
            (b"#!AMR\n\x3C".repeat(40), Status::FailedUnsupportedCodec),
            (wave(&format(0x42, 1, 8_000, 24, 0), &[0; 240]), Status::FailedUnsupportedCodec),
            (wave(&format(0x83, 1, 8_000, 10, 0), &[0; 240]), Status::FailedUnsupportedCodec),
        ] {
            assert_eq!(status(&bytes), expected, "{:?}", &bytes[..bytes.len().min(48)]);
        }
        assert_eq!(
            AudioFile::open(Path::new("/"), &Limits::default()).err().unwrap().status(),
            Status::FailedUnreadable
        );
    }

    #[test]
    fn numbers_that_are_none_are_silenced_and_said() {
        let samples = (0..8_000).map(|index| match index {
            100 => f32::NAN,
            101 => f32::INFINITY,
            102 => 1e30,
            _ => 0.1,
        });
        let data: Vec<u8> = samples.flat_map(f32::to_le_bytes).collect();
        let (status, _, sound) = decode("call.wav", &wave(&format(3, 1, 8_000, 4, 32), &data), &Hints::default());
        assert_eq!(status, Status::DegradedCorrupt);
        assert!(sound[0].iter().all(|sample| sample.abs() < 1.0));
    }

    #[test]
    fn sound_without_a_header_is_read_as_the_user_says_and_text_never_is() {
        let hints = Hints { raw: Some("mulaw:8000:2".parse().unwrap()), ..Hints::default() };
        let (status, info, _) = decode("call.bin", &[0x81; 8_000], &hints);
        assert_eq!((status, info.duration, info.channels), (Status::Ok, Ms(500), 2));
        assert_eq!(decode("call.bin", b"plain words\n", &hints).0, Status::FailedNotAudio);
        assert_eq!(decode("call.wav", &stereo(), &hints).1.codec, "pcm_s16le");
    }

    #[cfg(unix)]
    #[test]
    fn another_program_decodes_only_what_is_asked_for_and_its_failure_is_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("ffmpeg");
        let script = |body: &str| {
            std::fs::write(&program, format!("#!/bin/sh\n{body}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        };
        let hints = Hints { ffmpeg: Some(program.clone()), ..Hints::default() };
        let amr = b"#!AMR\n\x3C".repeat(40);
        // The header of an AU stream at 8 kHz, then a second of sound.
        let header = r"\056snd\000\000\000\030\377\377\377\377\000\000\000\003\000\000\037\100\000\000\000\001";
        script(&format!("printf '{header}'; head -c 16000 /dev/zero"));
        let (status, info, _) = decode("call.amr", &amr, &hints);
        assert_eq!((status, info.duration, info.codec.as_str()), (Status::Ok, Ms(1_000), "AMR-NB"));
        assert_eq!(info.content_hash, blake3::hash(&amr).to_hex().to_string());
        script(&format!("printf '{header}'; head -c 16000 /dev/zero; exit 1"));
        assert_eq!(decode("call.amr", &amr, &hints).0, Status::DegradedCorrupt);
        script("exit 1");
        assert_eq!(decode("call.amr", &amr, &hints).0, Status::FailedDecode);
        assert_eq!(decode("call.txt", b"concat this", &hints).0, Status::FailedNotAudio);
        assert_eq!(decode("call.amr", &amr, &Hints::default()).0, Status::FailedUnsupportedCodec);
    }

    #[test]
    fn limits_of_length_and_size_hold() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&stereo()).unwrap();
        let short = Limits { duration: Ms(500), ..Limits::default() };
        let opened = AudioFile::open(file.path(), &short).unwrap();
        let error = opened.blocks().unwrap().find_map(Result::err).unwrap();
        assert_eq!(error.status(), Status::FailedLimit);
        let small = Limits { bytes: 1_000, ..Limits::default() };
        assert_eq!(AudioFile::open(file.path(), &small).err().unwrap().status(), Status::FailedLimit);
    }

    #[test]
    fn a_file_that_changes_is_noticed_during_a_pass_and_between_two() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&stereo()).unwrap();
        let opened = AudioFile::open(file.path(), &Limits::default()).unwrap();
        let blocks = opened.blocks().unwrap();
        file.write_all(&[0; 400]).unwrap();
        let error = blocks.filter_map(Result::err).next().unwrap();
        assert_eq!(error.status(), Status::FailedChangedDuringRead);
        assert_eq!(opened.blocks().err().unwrap().status(), Status::FailedChangedDuringRead);
    }

    #[test]
    fn damaged_files_end_in_one_status_in_bounded_time_and_space() {
        let data: Vec<u8> = (0..1_200u32).map(|index| (index * 37 % 251) as u8).collect();
        let au = [
            &b".snd"[..],
            &24u32.to_be_bytes(),
            &1_200u32.to_be_bytes(),
            &1u32.to_be_bytes(),
            &8_000u32.to_be_bytes(),
            &1u32.to_be_bytes(),
            &data,
        ]
        .concat();
        let adpcm = [format(0x11, 1, 8_000, 256, 4), vec![2, 0, 0xF9, 1]].concat();
        let mpeg: Vec<u8> = [&[0xFF, 0xFB, 0x50, 0xC4][..], &data[..204]].concat().repeat(6);
        let seeds = [
            wave(&format(1, 2, 8_000, 4, 16), &data),
            wave(&format(3, 1, 44_100, 4, 32), &data),
            wave(&format(7, 2, 8_000, 2, 8), &data),
            wave(&adpcm, &data),
            au,
            mpeg,
        ];
        // xorshift32: the same damage every time.
        let mut state = 0x9E37_79B9u32;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize % below
        };
        for seed in &seeds {
            let cuts = (0..seed.len()).step_by(7).map(|length| seed[..length].to_vec()).collect::<Vec<_>>();
            let flips = (0..100).map(|_| {
                let mut damaged = seed.clone();
                for _ in 0..=random(6) {
                    // Most damage goes to the header, where it does most harm.
                    let place = if random(3) == 0 { random(damaged.len()) } else { random(48) };
                    damaged[place] ^= 1 << random(8);
                }
                damaged
            });
            for damaged in cuts.into_iter().chain(flips) {
                let (status, info, sound) = decode("call.wav", &damaged, &Hints::default());
                // Nothing here can hold more than some frames of compressed sound a byte.
                let most = damaged.len() as u64 * 64 * 4;
                assert!(sound.first().map_or(0, Vec::len) as u64 <= most, "{status}");
                assert_eq!(sound.is_empty(), info.content_hash.is_empty(), "{status}");
            }
        }
    }
}
