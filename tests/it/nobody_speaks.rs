//! Sounds in which nobody speaks must give no words, with the real recogniser.
//!
//! Needs Whisper base in the folder that `CALLGRADE_MODELS` names (`make test` sees to it); says so and passes where
//! there is none.

use std::f64::consts::TAU;
use std::path::Path;
use std::process::Command;

const RATE: u32 = 8000;
const SECONDS: usize = 12;

/// A repeatable noise, -1..=1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        // Knuth's linear congruential generator (MMIX).
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
    }
}

fn sine(hz: f64, time: f64) -> f64 {
    (TAU * hz * time).sin()
}

/// Every sound by name: sample by sample at 8 kHz, -1..=1.
fn sounds() -> Vec<(&'static str, Vec<f64>)> {
    let count = RATE as usize * SECONDS;
    let over_time =
        |sound: &dyn Fn(f64) -> f64| (0..count).map(|index| sound(index as f64 / f64::from(RATE))).collect();
    let white = |level: f64| {
        let mut noise = Noise(7);
        (0..count).map(|_| level * noise.next()).collect::<Vec<f64>>()
    };
    let pink = |level: f64| {
        // Paul Kellet's filter: three leaky sums of white noise.
        let (mut noise, mut sums) = (Noise(9), [0.0_f64; 3]);
        let step = move |_| {
            let white = noise.next();
            sums = [
                0.997_65 * sums[0] + white * 0.099,
                0.963 * sums[1] + white * 0.296_5,
                0.57 * sums[2] + white * 1.052_7,
            ];
            level * (sums.iter().sum::<f64>() + white * 0.184_8) * 0.2
        };
        (0..count).map(step).collect::<Vec<f64>>()
    };
    let scale = [262.0, 330.0, 392.0, 523.0, 440.0, 349.0];
    let music = |time: f64| {
        let note = scale[(time * 3.0) as usize % scale.len()];
        let fade = 1.0 - (time * 3.0).fract() * 0.7;
        0.2 * fade * (sine(note, time) + 0.5 * sine(2.0 * note, time) + 0.3 * sine(note * 1.5, time))
    };
    let keys = |time: f64| {
        let pairs = [(697.0, 1209.0), (770.0, 1336.0), (852.0, 1477.0), (941.0, 1336.0)];
        let (low, high) = pairs[(time * 4.0) as usize % 4];
        if (time * 4.0).fract() < 0.5 { 0.2 * (sine(low, time) + sine(high, time)) } else { 0.0 }
    };
    let ring = |time: f64| if time % 5.0 < 1.0 { 0.25 * sine(425.0, time) } else { 0.0 };
    let fax = |time: f64| if time % 3.5 < 0.5 { 0.3 * sine(1100.0, time) } else { 0.2 * sine(2100.0, time) };
    vec![
        ("silence", vec![0.0; count]),
        ("white noise, loud", white(0.3)),
        ("white noise", white(0.05)),
        ("white noise, faint", white(0.004)),
        ("pink noise, loud", pink(0.5)),
        ("pink noise, faint", pink(0.01)),
        ("music", over_time(&music)),
        ("keys", over_time(&keys)),
        ("ring-back", over_time(&ring)),
        ("fax", over_time(&fax)),
        ("hum", over_time(&|time| 0.1 * sine(50.0, time) + 0.03 * sine(150.0, time))),
    ]
}

fn write(path: &Path, samples: &[f64]) {
    let spec =
        hound::WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        // One side carries the sound, the other a faint line.
        file.write_sample((sample.clamp(-1.0, 1.0) * 32_000.0) as i16).unwrap();
        file.write_sample(0_i16).unwrap();
    }
    file.finalize().unwrap();
}

#[test]
fn no_words_where_nobody_speaks() {
    let Some(models) =
        std::env::var_os("CALLGRADE_MODELS").filter(|models| Path::new(models).join("ggml-base.bin").is_file())
    else {
        eprintln!("skipped: no Whisper base in CALLGRADE_MODELS; `make test` installs it");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let sounds = sounds();
    for (index, (_, samples)) in sounds.iter().enumerate() {
        write(&folder.path().join(format!("{index:02}.wav")), samples);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_callgrade"))
        .args(["transcribe", "--format", "json"])
        .arg(folder.path())
        .env("CALLGRADE_MODELS", models)
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let calls: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(calls.len(), sounds.len(), "{}", String::from_utf8_lossy(&output.stderr));
    let spoken: Vec<String> = calls
        .iter()
        .filter(|call| call["turns"].as_array().is_none_or(|turns| !turns.is_empty()))
        .map(|call| {
            let path = call["call"]["path"].as_str().unwrap_or_default();
            let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            let name = stem.parse::<usize>().ok().and_then(|index| sounds.get(index)).map_or("?", |(name, _)| *name);
            format!("{name}: {}", call["turns"])
        })
        .collect();
    assert!(spoken.is_empty(), "{spoken:#?}");
}
