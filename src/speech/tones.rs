//! What the spectrum of a frame says: tones that hold their pitch, energy in one place, change.
//!
//! Music and signals hold their pitch and voices glide; signals have all their energy in one place; the spectrum of a
//! voice changes from sound to sound and that of noise doesn't.

use super::frames::FRAME;
use super::pitch::vertex;
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};
use std::sync::Arc;

/// Samples that are looked at, 32 ms.
const SIZE: usize = 512;

/// Hz from one bin to the next.
const BIN: f32 = 16_000.0 / SIZE as f32;

/// Bins between 90 Hz and 3.8 kHz: above the constant part, below the telephone's edge.
const BAND: std::ops::Range<usize> = 3..122;

/// Tones of a frame that are followed.
const MOST: usize = 8;

/// Frames that a tone must have held its pitch.
const MEMORY: usize = 4;

/// How far a tone may be from where it was, Hz. Over 64 ms the strong harmonics of a voice move several times as far.
const STEADY: f32 = 4.5;

/// Bands in which change is measured, 200 Hz to 3.5 kHz, and their edges in bins.
const BANDS: [usize; 9] = [6, 12, 19, 27, 37, 49, 64, 84, 112];

/// What the spectrum of a frame says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spectrum {
    /// Part of the energy in tones that hold their pitch, 0..=1.
    pub held: f32,
    /// Part of the energy within about 60 Hz of the strongest tone, 0..=1.
    pub focus: f32,
    /// The strongest tone as [`Tones::note`] writes it; 0 for none.
    pub note: u8,
    /// How far the bands are from where they were in the last half second, dB.
    pub change: f32,
}

/// Follows the spectrum of one channel.
pub(super) struct Tones {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    samples: Vec<f32>,
    buffer: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    /// The tones of the last frames, newest last: Hz and energy.
    past: std::collections::VecDeque<Vec<(f32, f32)>>,
    /// Level of each band over about 50 ms and over about half a second, dB.
    bands: [(f32, f32); BANDS.len() - 1],
    /// Frames since the last silence.
    heard: f32,
}

impl Tones {
    pub fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(SIZE);
        let window = (0..SIZE).map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / SIZE as f32).cos()).collect();
        Self {
            window,
            samples: vec![0.0; SIZE],
            buffer: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; SIZE / 2 + 1],
            past: std::collections::VecDeque::with_capacity(MEMORY + 1),
            bands: [(0.0, 0.0); BANDS.len() - 1],
            heard: 0.0,
            fft,
        }
    }

    /// Takes a frame of silence.
    pub fn skip(&mut self) -> Spectrum {
        self.samples.fill(0.0);
        self.past.clear();
        self.heard = 0.0;
        Spectrum::default()
    }

    /// Takes a frame.
    pub fn push(&mut self, frame: &[f32]) -> Spectrum {
        self.samples.copy_within(FRAME.., 0);
        self.samples[SIZE - FRAME..].copy_from_slice(frame);
        for ((out, sample), window) in self.buffer.iter_mut().zip(&self.samples).zip(&self.window) {
            *out = sample * window;
        }
        if self.fft.process_with_scratch(&mut self.buffer, &mut self.spectrum, &mut self.scratch).is_err() {
            return self.skip();
        }
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        let tones = self.find();
        let total: f32 = self.power[1..BAND.end].iter().sum::<f32>().max(1e-12);
        let steady = |tone: &&(f32, f32)| {
            let held = |past: &Vec<(f32, f32)>| past.iter().any(|(hz, _)| (hz - tone.0).abs() < STEADY);
            self.past.len() == MEMORY
                && self.past.front().is_some_and(held)
                && self.past.get(MEMORY / 2).is_some_and(held)
        };
        let held: f32 = tones.iter().filter(steady).map(|(_, energy)| energy).sum();
        let (note, focus) = tones.first().map_or((0, 0.0), |(hz, _)| {
            let centre = (hz / BIN).round() as usize;
            let near = centre.saturating_sub(2).max(1)..(centre + 3).min(BAND.end);
            let energy: f32 = self.power[near.clone()].iter().sum();
            // Two tones too close to tell apart beat, but the middle of their energy stays where it is.
            let middle = near.map(|bin| bin as f32 * self.power[bin]).sum::<f32>() / energy.max(1e-12);
            (Self::note(middle * BIN), energy / total)
        });
        let change = self.change();
        if self.past.len() == MEMORY {
            self.past.pop_front();
        }
        self.past.push_back(tones);
        Spectrum { held: (held / total).clamp(0.0, 1.0), focus: focus.clamp(0.0, 1.0), note, change }
    }

    /// Follows the bands and gives how far they are from where they were.
    fn change(&mut self) -> f32 {
        let level = |band: usize| {
            let bins = BANDS[band]..BANDS[band + 1];
            10.0 * (self.power[bins.clone()].iter().sum::<f32>() / bins.len() as f32).max(1e-9).log10()
        };
        let levels: [f32; BANDS.len() - 1] = std::array::from_fn(level);
        // After silence there is little to compare with: plain means until the averages have their length.
        self.heard += 1.0;
        let mut sum = 0.0;
        for ((fast, slow), level) in self.bands.iter_mut().zip(levels) {
            *fast += f32::max(0.3, 1.0 / self.heard) * (level - *fast);
            *slow += f32::max(0.03, 1.0 / self.heard) * (level - *slow);
            sum += (*fast - *slow).abs();
        }
        sum / levels.len() as f32
    }

    /// A frequency in Hz as quarter tones above 50 Hz plus one.
    pub fn note(hz: f32) -> u8 {
        ((hz / 50.0).log2() * 24.0 + 1.0).round().clamp(1.0, 255.0) as u8
    }

    /// The peaks of the spectrum, strongest first.
    fn find(&self) -> Vec<(f32, f32)> {
        let power = &self.power;
        let strongest = power[BAND].iter().copied().fold(0.0, f32::max);
        let mut bins: Vec<usize> = BAND
            .filter(|&bin| {
                let at = power[bin];
                at > strongest * 0.01 && at > power[bin - 1] && at >= power[bin + 1]
            })
            .collect();
        bins.sort_by(|a, b| power[*b].total_cmp(&power[*a]));
        bins.truncate(MOST);
        // A parabola through the logarithms fits the peak of a Hann window.
        let log = |bin: usize| power[bin].max(1e-20).ln();
        let tone = |bin: usize| {
            let hz = (bin as f32 + vertex(log(bin - 1), log(bin), log(bin + 1))) * BIN;
            (hz, power[bin - 1] + power[bin] + power[bin + 1])
        };
        bins.into_iter().map(tone).collect()
    }
}
