//! Recordings broken in every way a seed can think of, through the real program: the run ends, nothing crashes, every
//! file has one status, and memory stays bounded.
//!
//! `CALLGRADE_BROKEN_FILES` sets how many, `CALLGRADE_BROKEN_SEED` which, and `CALLGRADE_BROKEN_SOURCES` a folder of
//! more recordings to break. Encodings that need an encoder are made by ffmpeg where it is installed.

use crate::bench::{Bench, SCORE, code, statuses};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The same damage for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below.max(1)
    }
}

/// A second of speech from the sample calls: two channels at 8 kHz.
fn speech() -> Vec<[i16; 2]> {
    let call = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/calls/en01.wav")).unwrap();
    let channels = usize::from(u16::from_le_bytes([call[22], call[23]]));
    let rate = u32::from_le_bytes([call[24], call[25], call[26], call[27]]) as usize;
    let samples: Vec<i16> = call[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let frames = samples.chunks_exact(channels).skip(rate).step_by(rate.div_ceil(8_000));
    let speech: Vec<[i16; 2]> = frames.take(8_000).map(|frame| [frame[0], frame[channels - 1]]).collect();
    assert_eq!(speech.len(), 8_000);
    speech
}

fn chunk(mark: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&mark[..], &(body.len() as u32).to_le_bytes(), body, &vec![0; body.len() % 2]].concat()
}

fn wave(tag: u16, bits: u16, block: u16, extra: &[u8], data: &[u8]) -> Vec<u8> {
    let mut format = [tag.to_le_bytes(), 2u16.to_le_bytes()].concat();
    format.extend(8_000u32.to_le_bytes());
    format.extend((8_000 * u32::from(block)).to_le_bytes());
    format.extend([block.to_le_bytes(), bits.to_le_bytes()].concat());
    format.extend(extra);
    let list = chunk(b"LIST", b"INFOISFT\x06\0\0\0drill\0");
    let body = [&b"WAVE"[..], &chunk(b"fmt ", &format), &list, &chunk(b"data", data)].concat();
    chunk(b"RIFF", &body)
}

/// Recordings that need no encoder, by extension.
fn plain() -> Vec<(String, Vec<u8>)> {
    let speech = speech();
    let each = |bytes: &dyn Fn(i16) -> Vec<u8>| speech.iter().flatten().flat_map(|sample| bytes(*sample)).collect();
    let little: Vec<u8> = each(&|sample| sample.to_le_bytes().to_vec());
    let big: Vec<u8> = each(&|sample| sample.to_be_bytes().to_vec());
    let high: Vec<u8> = each(&|sample| vec![(sample >> 8) as u8 ^ 0x80]);
    let three: Vec<u8> = each(&|sample| (i32::from(sample) << 8).to_le_bytes()[..3].to_vec());
    let float: Vec<u8> = each(&|sample| (f32::from(sample) / 32_768.0).to_le_bytes().to_vec());
    let be = |value: u32| value.to_be_bytes();
    let au = [&b".snd"[..], &be(28), &be(big.len() as u32), &be(3), &be(8_000), &be(2), &be(0), &big].concat();
    let rate = [0x40, 0x0B, 0xFA, 0, 0, 0, 0, 0, 0, 0];
    let common = [&2u16.to_be_bytes()[..], &be(8_000), &16u16.to_be_bytes(), &rate].concat();
    let sized = |mark: &[u8], body: &[u8]| [mark, &be(body.len() as u32), body].concat();
    let sound = sized(b"SSND", &[&[0; 8], &big[..]].concat());
    let aiff = sized(b"FORM", &[&b"AIFF"[..], &sized(b"COMM", &common), &sound].concat());
    let long = |mark: &[u8], body: &[u8]| [mark, &(body.len() as u64).to_be_bytes(), body].concat();
    let words = [0, 4, 1, 2, 16].map(be).concat();
    let description = [&8_000f64.to_be_bytes()[..], b"lpcm", &words].concat();
    let caf =
        [&b"caff\0\x01\0\0"[..], &long(b"desc", &description), &long(b"data", &[&[0; 4], &big[..]].concat())].concat();
    let mut rf64 = wave(1, 16, 4, &[], &little);
    let sizes = [&(rf64.len() as u64 + 28).to_le_bytes()[..], &(little.len() as u64).to_le_bytes(), &[0; 12]].concat();
    rf64.splice(12..12, chunk(b"ds64", &sizes));
    rf64[..8].copy_from_slice(b"RF64\xFF\xFF\xFF\xFF");
    let adpcm: Vec<u8> =
        little.chunks(256).take(60).flat_map(|block| [&[0, 0, 3, 0, 0, 0, 3, 0], &block[8..]].concat()).collect();
    let named = [
        ("wav", wave(1, 16, 4, &[], &little)),
        ("wav", wave(1, 8, 2, &[], &high)),
        ("wav", wave(1, 24, 6, &[0, 0], &three)),
        ("wav", wave(3, 32, 8, &[0, 0], &float)),
        ("wav", wave(6, 8, 2, &[0, 0], &high)),
        ("wav", wave(7, 8, 2, &[], &high)),
        ("wav", wave(0x11, 4, 256, &[2, 0, 0xF9, 0], &adpcm)),
        ("wav", rf64),
        ("au", au),
        ("aiff", aiff),
        ("caf", caf),
        ("ulaw", high.clone()),
        ("g722", high),
    ];
    named.map(|(extension, bytes)| (extension.to_owned(), bytes)).into()
}

/// Recordings of ffmpeg's encoders; those that this build of it lacks are left out.
fn encoded(bench: &Bench) -> Vec<(String, Vec<u8>)> {
    let source = bench.write("source.wav", &plain()[0].1);
    let forms: &[(&str, &[&str])] = &[
        ("flac", &["-c:a", "flac"]),
        ("mp3", &["-c:a", "libmp3lame", "-b:a", "32k"]),
        ("mp2", &["-c:a", "mp2", "-ar", "16000", "-b:a", "64k"]),
        ("m4a", &["-c:a", "aac", "-b:a", "32k"]),
        ("mp4", &["-c:a", "aac", "-movflags", "+faststart"]),
        ("aac", &["-c:a", "aac", "-f", "adts"]),
        ("ogg", &["-c:a", "libvorbis"]),
        ("opus", &["-c:a", "libopus", "-b:a", "24k"]),
        ("oga", &["-c:a", "flac", "-f", "ogg"]),
        ("webm", &["-c:a", "libopus"]),
        ("mka", &["-c:a", "pcm_s16le"]),
        ("wav", &["-c:a", "adpcm_ms"]),
        ("wav", &["-c:a", "adpcm_ima_wav"]),
        ("gsm", &["-c:a", "libgsm", "-ac", "1"]),
        ("w64", &["-c:a", "pcm_s16le"]),
        ("caf", &["-c:a", "alac"]),
        ("m4a", &["-c:a", "alac"]),
    ];
    let mut made = Vec::new();
    for (number, (extension, options)) in forms.iter().enumerate() {
        let path = bench.path(&format!("encoded{number}.{extension}"));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "quiet", "-nostdin", "-i"]).arg(&source).args(*options).args(["-bitexact", "-y"]).arg(&path);
        let Ok(status) = ffmpeg.stderr(Stdio::null()).status() else {
            eprintln!("ffmpeg is not installed: only encodings that need no encoder are broken");
            return made;
        };
        if let Ok(bytes) = fs::read(&path)
            && status.success()
        {
            made.push(((*extension).to_owned(), bytes));
        }
    }
    made
}

/// More recordings from a folder, where one is named.
fn given() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = std::env::var_os("CALLGRADE_BROKEN_SOURCES") else { return Vec::new() };
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let small = paths.into_iter().filter(|path| path.metadata().is_ok_and(|file| file.len() < 300_000));
    small
        .map(|path| (path.extension().unwrap_or_default().to_string_lossy().into_owned(), fs::read(path).unwrap()))
        .collect()
}

/// Breaks `bytes` in one to three ways.
fn damage(mut bytes: Vec<u8>, other: &[u8], dice: &mut Dice) -> Vec<u8> {
    for _ in 0..=dice.roll(3) {
        let length = bytes.len().max(1);
        // Headers are where damage does most harm.
        let place = if dice.roll(2) == 0 { dice.roll(length) } else { dice.roll(length.min(200)) };
        match dice.roll(9) {
            0 => bytes.truncate(dice.roll(length)),
            1 => bytes.truncate(dice.roll(length.min(300))),
            2 => drop(bytes.drain(..place.min(bytes.len()))),
            3 => {
                for _ in 0..=dice.roll(40) {
                    let place = if dice.roll(3) == 0 { dice.roll(length.min(200)) } else { dice.roll(length) };
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte ^= 1 << dice.roll(8);
                    }
                }
            }
            4 => {
                let lie = [0, 1, 0x7FFF_FFFF, 0x8000_0000, u32::MAX, dice.roll(1 << 30) as u32][dice.roll(6)];
                let lie = if dice.roll(2) == 0 { lie.to_le_bytes() } else { lie.to_be_bytes() };
                for (byte, lie) in bytes.iter_mut().skip(place).zip(lie) {
                    *byte = lie;
                }
            }
            5 => {
                let value = [0, 0xFF, 0x80][dice.roll(3)];
                let end = (place + dice.roll(2_000)).min(bytes.len());
                bytes.get_mut(place..end).unwrap_or_default().fill(value);
            }
            6 => {
                let end = (place + dice.roll(1_000)).min(bytes.len());
                let again = bytes.get(place..end).unwrap_or_default().to_vec();
                bytes.splice(place.min(bytes.len())..place.min(bytes.len()), again);
            }
            7 => bytes.extend_from_slice(&other[..dice.roll(other.len())]),
            _ => {
                let from = dice.roll(other.len());
                let piece = &other[from..(from + dice.roll(500)).min(other.len())];
                for (byte, new) in bytes.iter_mut().skip(place).zip(piece) {
                    *byte = *new;
                }
            }
        }
    }
    bytes
}

/// Most memory that the process `id` ever held, in KiB.
fn peak(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

/// Watches a run to its end: the most memory of the parent and of any worker, in KiB, and how many workers there were.
fn watch(run: &mut Child) -> (u64, u64, usize) {
    let mut workers: BTreeMap<u32, u64> = BTreeMap::new();
    let mut parent = 0;
    while run.try_wait().unwrap().is_none() {
        parent = peak(run.id()).unwrap_or(0).max(parent);
        let list = fs::read_to_string(format!("/proc/{0}/task/{0}/children", run.id())).unwrap_or_default();
        for worker in list.split_whitespace().filter_map(|id| id.parse().ok()) {
            let most = workers.entry(worker).or_default();
            *most = peak(worker).unwrap_or(0).max(*most);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    (parent, workers.values().copied().max().unwrap_or(0), workers.len())
}

#[test]
fn broken_recordings_end_with_one_status_each_and_harm_nothing() {
    let bench = Bench::new();
    let sources: Vec<(String, Vec<u8>)> = plain().into_iter().chain(encoded(&bench)).chain(given()).collect();
    let extensions: Vec<&str> = sources.iter().map(|(extension, _)| extension.as_str()).collect();
    let mut dice = Dice(number("CALLGRADE_BROKEN_SEED", 20_260_302).max(1));
    let count = number("CALLGRADE_BROKEN_FILES", 300);
    for index in 0..count {
        let (extension, bytes) = &sources[index as usize % sources.len()];
        let other = &sources[dice.roll(sources.len())].1;
        // The first of each kind stays whole: what is read of a whole file is checked below.
        let whole = (index as usize) < sources.len();
        let broken = if whole { bytes.clone() } else { damage(bytes.clone(), other, &mut dice) };
        let wrong = !whole && dice.roll(6) == 0;
        let extension = if wrong { extensions[dice.roll(extensions.len())] } else { extension };
        bench.write(&format!("calls/b{index:05}.{extension}"), broken);
        bench.write(&format!("calls/b{index:05}.script"), "agent 0s-0.4s: good morning\n");
    }
    let arguments = [SCORE, &["--patience", "60"]].concat();
    let errors = fs::File::create(bench.path("errors")).unwrap();
    let mut run = bench.command(&arguments).stdout(Stdio::null()).stderr(errors).spawn().unwrap();
    let (parent, worker, workers) = watch(&mut run);
    let ended = run.wait().unwrap().code();
    let errors = fs::read_to_string(bench.path("errors")).unwrap();
    assert_eq!(ended, Some(3), "{errors}");
    assert!(!errors.contains("died"), "{errors}");
    bench.assert_sound("results");
    let results = statuses(&bench.export("results"));
    assert_eq!(results.len() as u64, count);
    let mut by_status: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, status) in &results {
        *by_status.entry(status).or_default() += 1;
        // A hang would end as a limit, a crash as a quarantine.
        assert!(
            !["pending", "quarantined_crash", "failed_limit", "failed_asr"].contains(&status.as_str()),
            "{name}: {status}"
        );
    }
    eprintln!("{count} files of {} kinds: {by_status:?}", sources.len());
    eprintln!("memory: parent {} MiB, worker {} MiB; {workers} workers", parent / 1024, worker / 1024);
    assert!(parent < 200 << 10 && worker < 500 << 10, "parent {parent} KiB, worker {worker} KiB");
    let unreadable = |index: usize| {
        let status =
            results.iter().find(|(name, _)| name.starts_with(&format!("b{index:05}."))).map(|(_, status)| status);
        !matches!(status.map(String::as_str), Some("ok" | "ok_no_speech" | "skipped_duplicate"))
    };
    let known: Vec<&str> =
        (0..plain().len()).filter(|index| unreadable(*index)).map(|index| extensions[index]).collect();
    assert_eq!(known, Vec::<&str>::new(), "whole files are read: {results:?}");
    let again = bench.score(&["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((code(&again), &summary["recognised"]), (3, &0.into()), "nothing is left to do");
}

/// A RIFF file of 16-bit samples.
fn pcm(rate: u32, channels: u16, frames: usize, sample: impl Fn(usize, u16) -> i16) -> Vec<u8> {
    let data: Vec<u8> = (0..frames)
        .flat_map(|frame| (0..channels).map(move |channel| (frame, channel)))
        .flat_map(|(frame, channel)| sample(frame, channel).to_le_bytes())
        .collect();
    let mut format = [1u16.to_le_bytes(), channels.to_le_bytes()].concat();
    format.extend(rate.to_le_bytes());
    format.extend((rate * u32::from(channels) * 2).to_le_bytes());
    format.extend([(channels * 2).to_le_bytes(), 16u16.to_le_bytes()].concat());
    let body = [&b"WAVE"[..], &chunk(b"fmt ", &format), &chunk(b"data", &data)].concat();
    chunk(b"RIFF", &body)
}

#[test]
fn unusual_recordings_that_are_not_broken_are_read() {
    let bench = Bench::new();
    let tone = |frame: usize, high: f64| ((frame as f64 * 0.3).sin() * high) as i16;
    let plain = pcm(8_000, 2, 16_000, |frame, channel| tone(frame, 3_000.0 + f64::from(channel)));
    let mut pictured = plain.clone();
    let picture = chunk(b"id3 ", &vec![0xA5; 9 << 20]);
    pictured.splice(12..12, picture);
    let files = [
        ("clipped", pcm(8_000, 2, 16_000, |frame, channel| tone(frame + usize::from(channel), 1e9))),
        ("constant", pcm(8_000, 2, 16_000, |frame, _| 20_000 + tone(frame, 500.0))),
        ("copied", pcm(8_000, 2, 16_000, |frame, _| tone(frame, 3_000.0))),
        ("eight", pcm(8_000, 8, 16_000, |frame, channel| tone(frame, 1_000.0 * f64::from(channel)))),
        ("fast", pcm(192_000, 2, 96_000, |frame, _| tone(frame, 2_000.0))),
        ("faster", pcm(384_000, 1, 192_000, |frame, _| tone(frame, 2_000.0))),
        ("inverted", pcm(8_000, 2, 16_000, |frame, channel| tone(frame, 3_000.0) * (1 - 2 * channel as i16))),
        ("odd", pcm(11_127, 2, 16_000, |frame, _| tone(frame, 2_500.0))),
        ("one-sample", pcm(8_000, 1, 1, |_, _| 1_000)),
        ("one-way", pcm(8_000, 2, 16_000, |frame, channel| if channel == 0 { tone(frame, 3_000.0) } else { 0 })),
        ("pictured", pictured),
        ("slow", pcm(4_000, 2, 8_000, |frame, _| tone(frame, 2_000.0))),
    ];
    for (name, bytes) in &files {
        bench.write(&format!("calls/{name}.wav"), bytes);
        let script = if *name == "one-sample" { "" } else { "agent 0s-0.4s: good morning\n" };
        bench.write(&format!("calls/{name}.script"), script);
    }
    let output = bench.score(&[]);
    assert_eq!(code(&output), 0, "{}", crate::bench::message(&output));
    let results = bench.export("results");
    let seen: Vec<(String, String)> = statuses(&results);
    let expected = files.iter().map(|(name, _)| {
        let status = if *name == "one-sample" { "ok_no_speech" } else { "ok" };
        (format!("{name}.wav"), status.to_owned())
    });
    assert_eq!(seen, expected.collect::<Vec<_>>());
    let duration = |name: &str| {
        let place = seen.iter().position(|(file, _)| file == &format!("{name}.wav")).unwrap();
        results[place]["call"]["duration_ms"].as_i64().unwrap()
    };
    assert_eq!(["eight", "fast", "odd", "slow"].map(duration), [2_000, 500, 1_438, 2_000]);
    bench.assert_sound("results");
}
