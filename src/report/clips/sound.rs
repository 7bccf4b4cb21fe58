//! Covers what must not be heard: a tone over personal numbers, silence over keys pressed on a telephone.
//!
//! # Source
//! Key tones: ITU-T Q.23. Single frequencies by Goertzel, American Mathematical Monthly 65(1), 1958.

use std::f64::consts::TAU;
use std::ops::Range;

/// The tone over personal numbers: frequency in Hz, amplitude.
const TONE: (f64, f64) = (800.0, 0.08);
/// Samples over which the tone fades in and out.
const FADE: usize = 80;
/// Low and high tones of the keys, Hz.
const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// Frame and step of the search for keys, in seconds: a key is held for at least 40 ms.
const FRAME: f64 = 0.032;
const STEP: f64 = 0.016;
/// Least part of a frame's power in one pair of tones, and in each of the two.
const PAIR: f64 = 0.7;
const EACH: f64 = 0.08;
/// Frames quieter than this (mean square) hold no key.
const QUIET: f64 = 1e-6;

/// Replaces `range` by a tone.
pub fn beep(samples: &mut [f32], range: Range<usize>, rate: u32) {
    let range = range.start.min(samples.len())..range.end.min(samples.len());
    let length = range.len();
    for (index, sample) in samples[range].iter_mut().enumerate() {
        let edge = index.min(length - 1 - index).min(FADE) as f64 / FADE as f64;
        *sample = (TONE.1 * edge * (TAU * TONE.0 * index as f64 / f64::from(rate)).sin()) as f32;
    }
}

/// Silences every stretch in which a key's pair of tones prevails; gives the number of samples silenced.
pub fn mute_keys(samples: &mut [f32], rate: u32) -> usize {
    let (frame, step) = ((FRAME * f64::from(rate)) as usize, (STEP * f64::from(rate)) as usize);
    if step == 0 || samples.len() < frame {
        return 0;
    }
    let starts: Vec<usize> = (0..=samples.len() - frame)
        .step_by(step)
        .filter(|start| is_key(&samples[*start..start + frame], rate))
        .collect();
    let mut silenced = 0;
    for start in starts {
        // A step more on each side, for the edges of the tone.
        let range = start.saturating_sub(step)..(start + frame + step).min(samples.len());
        for sample in &mut samples[range] {
            silenced += usize::from(*sample != 0.0);
            *sample = 0.0;
        }
    }
    silenced
}

fn is_key(frame: &[f32], rate: u32) -> bool {
    let power: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    if power / (frame.len() as f64) < QUIET {
        return false;
    }
    // The standard lets a tone be off by 1.8 %.
    let strongest = |tones: &[f64; 4]| {
        let near = tones.iter().flat_map(|tone| [tone * 0.985, *tone, tone * 1.015]);
        near.map(|tone| part(frame, tone, rate, power)).fold(0.0, f64::max)
    };
    let (low, high) = (strongest(&LOW), strongest(&HIGH));
    low >= EACH && high >= EACH && low + high >= PAIR
}

/// The part of `power` that lies at `frequency`: 1 for a pure tone.
fn part(frame: &[f32], frequency: f64, rate: u32, power: f64) -> f64 {
    let turn = 2.0 * (TAU * frequency / f64::from(rate)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in frame {
        (last, before) = (f64::from(*sample) + turn * last - before, last);
    }
    let at = last * last + before * before - turn * last * before;
    2.0 * at / (frame.len() as f64 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    fn tones(parts: &[(f64, f64)], length: usize) -> Vec<f32> {
        let at = |index: usize| -> f64 {
            parts.iter().map(|(tone, level)| level * (TAU * tone * index as f64 / f64::from(RATE)).sin()).sum()
        };
        (0..length).map(|index| at(index) as f32).collect()
    }

    #[test]
    fn keys_are_silenced_and_voices_are_not() {
        for low in LOW {
            for high in HIGH {
                let mut key = tones(&[(low * 1.01, 0.2), (high * 0.99, 0.15)], 3200);
                mute_keys(&mut key, RATE);
                assert!(key.iter().all(|sample| *sample == 0.0), "{low} {high}");
            }
        }
        // A voice: a series of harmonics, strong ones near the tones of a key.
        for pitch in [110.0, 172.0, 205.0, 233.0] {
            let harmonics: Vec<(f64, f64)> = (1..20).map(|n| (pitch * f64::from(n), 0.2 / f64::from(n))).collect();
            let mut voice = tones(&harmonics, 16_000);
            assert_eq!(mute_keys(&mut voice, RATE), 0, "{pitch}");
        }
    }

    #[test]
    fn nothing_of_a_covered_stretch_is_left() {
        let mut covered = vec![0.5_f32; 1000];
        let mut other = vec![-0.3_f32; 1000];
        beep(&mut covered, 200..800, RATE);
        beep(&mut other, 200..5000, RATE);
        assert_eq!(covered[200..300], other[200..300]);
        assert_eq!((covered[199], covered[800], other[999]), (0.5, 0.5, 0.0));
    }
}
