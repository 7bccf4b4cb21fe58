//! Sound as the encoder wants it: the logarithm of the power in bands of the mel scale, every 10 ms.
//!
//! # Source
//! The front end of OpenAI's Whisper (`log_mel_spectrogram`): windows of 25 ms (Hann), mirrored at the begin, at most
//! eight powers of ten below the loudest, shifted and scaled to about -1..1. The filters come with the model.

use super::weights::Filters;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples of a window and between two windows, at 16 kHz.
const WINDOW: usize = 400;
const HOP: usize = 160;
/// Frames for each position of the encoder.
pub(super) const FRAMES_A_POSITION: usize = 2;
/// The least power (decadic logarithm), and how far below the loudest one counts.
const LEAST: f32 = -10.0;
const RANGE: f32 = 8.0;

/// Makes spectrograms.
pub(super) struct Mel {
    /// For each band: its first bin, and its weights from there on.
    bands: Vec<(usize, Vec<f32>)>,
    hann: Vec<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
}

impl Mel {
    /// With the filters of a model.
    pub(super) fn new(filters: &Filters) -> Self {
        let bands = filters.weights.chunks_exact(filters.bins.max(1)).map(|row| {
            let first = row.iter().position(|weight| *weight != 0.0).unwrap_or(0);
            let last = row.iter().rposition(|weight| *weight != 0.0).map_or(first, |last| last + 1);
            (first, row[first..last].to_vec())
        });
        let turn = std::f64::consts::TAU / WINDOW as f64;
        Self {
            bands: bands.collect(),
            hann: (0..WINDOW).map(|index| (0.5 * (1.0 - (turn * index as f64).cos())) as f32).collect(),
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
        }
    }

    /// Number of bands.
    pub(super) fn bands(&self) -> usize {
        self.bands.len()
    }

    /// The spectrogram of `samples` (16 kHz) in `frames` frames, band by band; silence follows where the sound is
    /// shorter.
    pub(super) fn spectrogram(&self, samples: &[f32], frames: usize) -> Vec<f32> {
        let mut values = vec![LEAST; self.bands.len() * frames];
        let mut input = self.transform.make_input_vec();
        let mut output = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut power = vec![0.0_f32; output.len()];
        let half = WINDOW / 2;
        let sounding = ((samples.len() + half) / HOP + 1).min(frames);
        let mut loudest = LEAST;
        for frame in 0..sounding {
            for (index, (value, weight)) in input.iter_mut().zip(&self.hann).enumerate() {
                // Mirrored before the first sample.
                let at = (frame * HOP + index).abs_diff(half);
                *value = samples.get(at).map_or(0.0, |sample| sample * weight);
            }
            // Lengths are those of the plan.
            if self.transform.process_with_scratch(&mut input, &mut output, &mut scratch).is_err() {
                continue;
            }
            for (power, bin) in power.iter_mut().zip(&output) {
                *power = bin.norm_sqr();
            }
            for (band, (first, weights)) in self.bands.iter().enumerate() {
                let sum: f32 = weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum();
                let level = sum.max(1e-10).log10();
                loudest = loudest.max(level);
                values[band * frames + frame] = level;
            }
        }
        let floor = loudest - RANGE;
        values.iter_mut().for_each(|value| *value = (value.max(floor) + 4.0) / 4.0);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bands: up to 1 kHz, and from there to 8 kHz.
    fn mel() -> Mel {
        let bins = WINDOW / 2 + 1;
        let low = (0..bins).map(|bin| if bin < 25 { 1.0 } else { 0.0 });
        let high = (0..bins).map(|bin| if bin < 25 { 0.0 } else { 1.0 });
        Mel::new(&Filters { bins, weights: low.chain(high).collect() })
    }

    #[test]
    fn a_tone_lies_in_its_band_and_silence_at_the_floor() {
        let tone: Vec<f32> = (0..8000).map(|n| (std::f32::consts::TAU * 500.0 * n as f32 / 16_000.0).sin()).collect();
        let values = mel().spectrogram(&tone, 100);
        assert_eq!(values.len(), 200);
        let (low, high) = (values[20], values[120]);
        assert!(low > high + 1.0, "{low} {high}");
        // The sound is over after 50 frames; two units are the eight powers of ten.
        assert!((values[99] - (values[20] - 2.0)).abs() < 0.05, "{} {}", values[99], values[20]);
    }

    #[test]
    fn the_begin_is_mirrored_as_the_model_was_trained() {
        // A window centred on the first sample: mirrored, a cosine goes on as it is, so its power is that of any frame.
        let tone: Vec<f32> = (0..4000).map(|n| (std::f32::consts::TAU * 400.0 * n as f32 / 16_000.0).cos()).collect();
        let values = mel().spectrogram(&tone, 20);
        assert!((values[0] - values[10]).abs() < 1e-3, "{} {}", values[0], values[10]);
    }
}
