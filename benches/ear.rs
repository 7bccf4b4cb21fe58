//! How fast a recording is listened to before any word of it is recognised: decoding, resampling to 16 kHz, voice
//! activity, loudness, pitch, music and noise. `cargo bench --bench ear`; the figure to read is elements a second,
//! which is milliseconds of a two-channel call a second: 500,000 is 500 times real time on one core.

#![allow(missing_docs, reason = "a program, not a library")]

use callgrade::audio::{AudioFile, Limits};
use callgrade::speech::Listener;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SECONDS: u32 = 60;
const RATE: u32 = 8_000;

/// Two people in turn on a line with faint noise: pulses through a resonance, which cost what voices cost.
fn write_call(path: &std::path::Path) -> Result<(), hound::Error> {
    let spec =
        hound::WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec)?;
    let (mut state, mut phase, mut one, mut two) = (1u32, 0.0f32, 0.0f32, 0.0f32);
    for index in 0..SECONDS * RATE {
        let time = index as f32 / RATE as f32;
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 16) as f32 / 65_536.0 - 0.5;
        phase += 140.0 * (1.0 + 0.1 * (time * 5.0).sin()) / RATE as f32;
        let pulse = phase.floor();
        phase -= pulse;
        let out = pulse + 1.6 * one - 0.9 * two;
        (one, two) = (out, one);
        let voice = 2_000.0 * out * (time * 14.0).sin().abs();
        let first = ((time / 3.0) as u32).is_multiple_of(2);
        for speaks in [first, !first] {
            writer.write_sample((noise * 60.0 + if speaks { voice } else { 0.0 }) as i16)?;
        }
    }
    writer.finalize()
}

fn listen(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join("call.wav");
    if let Err(error) = write_call(&path) {
        eprintln!("failed to write the recording: {error}");
        return;
    }
    let open = || AudioFile::open(&path, &Limits::default()).map_err(|error| eprintln!("failed to {error}"));
    let mut group = criterion.benchmark_group("ear");
    group.throughput(Throughput::Elements(u64::from(SECONDS) * 1_000)).sample_size(10);
    group.bench_function("decode", |bencher| {
        bencher.iter(|| open().and_then(|file| file.blocks().map(Iterator::count).map_err(drop)));
    });
    group.bench_function("decode and listen", |bencher| {
        bencher.iter(|| {
            let file = open()?;
            let mut listener = Listener::new(file.channels());
            for block in file.blocks().map_err(drop)?.flatten() {
                listener.push(&block.channels);
            }
            Ok::<_, ()>(listener.finish())
        });
    });
    group.finish();
}

criterion_group!(benches, listen);
criterion_main!(benches);
