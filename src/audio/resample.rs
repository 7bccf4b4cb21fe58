//! Any sample rate to 16 kHz, block by block, on the recording's own timeline.
//!
//! Takes planar samples at one fixed rate; gives planar samples at [`RATE`] without the filter's delay, and in all
//! `round(n * 16000 / rate)` of them for `n` taken. Nothing above half the lower rate remains.

use audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, Indexing, Resampler as Filter, SincInterpolationParameters,
    SincInterpolationType, WindowFunction,
};

/// Samples a second that every later stage works with, Hz.
pub const RATE: u32 = 16_000;

/// Frames that go through the filter at once.
const CHUNK: usize = 1024;

/// The filter can't be made for this rate, or refuses its input.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResampleError {
    #[error("resample from {rate} Hz: {source}")]
    Construction { rate: u32, source: rubato::ResamplerConstructionError },
    #[error("resample: {0}")]
    Process(#[from] rubato::ResampleError),
    #[error("resample: {0}")]
    Size(#[from] audioadapter_buffers::SizeError),
}

/// Converts one stretch of sound at one rate.
pub(super) struct Resampler {
    rate: u32,
    filter: Option<Box<dyn Filter<f32>>>,
    /// Input that waits for a whole chunk.
    waiting: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    /// Frames of the filter's delay that still come out first.
    delay: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From `rate` Hz on `channels` channels.
    pub fn new(rate: u32, channels: usize) -> Result<Self, ResampleError> {
        let construction = |source| ResampleError::Construction { rate, source };
        let filter: Option<Box<dyn Filter<f32>>> = if rate == RATE {
            None
        } else if fft_is_small(rate) {
            let fft = Fft::new(rate as usize, RATE as usize, CHUNK, channels, FixedSync::Input);
            Some(Box::new(fft.map_err(construction)?))
        } else {
            // An FFT over a period of two co-prime rates would take gigabytes.
            let ratio = f64::from(RATE) / f64::from(rate);
            let shrink = (1.0 / ratio).max(1.0).ceil() as usize;
            let parameters = SincInterpolationParameters::new(128 * shrink, WindowFunction::BlackmanHarris2)
                .oversampling_factor(128)
                .interpolation(SincInterpolationType::Linear);
            let sinc = Async::new_sinc(ratio, 1.0, &parameters, CHUNK, channels, FixedAsync::Input);
            Some(Box::new(sinc.map_err(construction)?))
        };
        let longest = filter.as_ref().map_or(0, |filter| filter.output_frames_max());
        Ok(Self {
            rate,
            delay: filter.as_ref().map_or(0, |filter| filter.output_delay()),
            filter,
            waiting: vec![Vec::with_capacity(2 * CHUNK); channels],
            output: vec![vec![0.0; longest]; channels],
            taken: 0,
            given: 0,
        })
    }

    /// The rate that it converts from, Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes `input` and appends what is ready to `out`; both have one vector a channel, `input` of equal lengths.
    pub fn push(&mut self, input: &[Vec<f32>], out: &mut [Vec<f32>]) -> Result<(), ResampleError> {
        let frames = input.first().map_or(0, Vec::len);
        self.taken += frames as u64;
        if self.filter.is_none() {
            for (from, to) in input.iter().zip(out) {
                to.extend_from_slice(from);
            }
            self.given += frames as u64;
            return Ok(());
        }
        for (from, to) in input.iter().zip(&mut self.waiting) {
            to.extend_from_slice(from);
        }
        self.run(out, u64::MAX)
    }

    /// Gives the rest after the last [`push`](Self::push).
    pub fn finish(&mut self, out: &mut [Vec<f32>]) -> Result<(), ResampleError> {
        let all = (self.taken * u64::from(RATE) + u64::from(self.rate) / 2) / u64::from(self.rate);
        while self.filter.is_some() && self.given < all {
            for channel in &mut self.waiting {
                let silence = channel.len().next_multiple_of(CHUNK).max(CHUNK);
                channel.resize(silence, 0.0);
            }
            self.run(out, all)?;
        }
        Ok(())
    }

    fn run(&mut self, out: &mut [Vec<f32>], all: u64) -> Result<(), ResampleError> {
        let Some(filter) = &mut self.filter else { return Ok(()) };
        let channels = self.waiting.len();
        let available = self.waiting.first().map_or(0, Vec::len);
        let mut used = 0;
        while available - used >= filter.input_frames_next() {
            let longest = self.output.first().map_or(0, Vec::len);
            let input = SequentialSliceOfVecs::new(&self.waiting, channels, available)?;
            let mut output = SequentialSliceOfVecs::new_mut(&mut self.output, channels, longest)?;
            let indexing = Indexing::new().input_offset(used);
            let (took, gave) = filter.process_into_buffer(&input, &mut output, Some(&indexing))?;
            used += took;
            let skip = self.delay.min(gave);
            self.delay -= skip;
            let count = ((gave - skip) as u64).min(all.saturating_sub(self.given)) as usize;
            for (from, to) in self.output.iter().zip(out.iter_mut()) {
                to.extend_from_slice(&from[skip..skip + count]);
            }
            self.given += count as u64;
        }
        for channel in &mut self.waiting {
            channel.drain(..used);
        }
        Ok(())
    }
}

/// Whether one period of both rates is short enough for an FFT: so it is for every rate that recorders use.
fn fft_is_small(rate: u32) -> bool {
    let (mut a, mut b) = (rate, RATE);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    rate / a <= 1024 && RATE / a <= 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amplitude of `frequency` Hz in `samples` at [`RATE`].
    fn amplitude(samples: &[f32], frequency: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (index, sample) in samples.iter().enumerate() {
            let phase = std::f64::consts::TAU * frequency * index as f64 / f64::from(RATE);
            let hann = 1.0 - (std::f64::consts::TAU * index as f64 / samples.len() as f64).cos();
            re += f64::from(*sample) * hann * phase.cos();
            im += f64::from(*sample) * hann * phase.sin();
        }
        2.0 * re.hypot(im) / samples.len() as f64
    }

    fn convert(rate: u32, input: &[f32], piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate, 1).unwrap();
        let mut out = vec![Vec::new()];
        for piece in input.chunks(piece) {
            resampler.push(&[piece.to_vec()], &mut out).unwrap();
        }
        resampler.finish(&mut out).unwrap();
        out.remove(0)
    }

    #[test]
    fn the_length_is_exact_and_a_pulse_stays_in_its_place_at_every_rate() {
        for rate in [4_000, 7_919, 8_000, 11_025, 16_000, 22_050, 44_100, 47_999, 48_000, 192_000, 384_000] {
            for extra in [1, 1000] {
                let length = (rate + extra) as usize;
                let mut input = vec![0.0; length];
                // A smooth bump of 20 ms around 0.5 s.
                for (index, sample) in input.iter_mut().enumerate() {
                    let offset = (index as f64 / f64::from(rate) - 0.5) / 0.01;
                    *sample = (-offset * offset).exp() as f32;
                }
                let output = convert(rate, &input, 777);
                let expected = (length as f64 * 16_000.0 / f64::from(rate)).round() as usize;
                assert_eq!(output.len(), expected, "{rate} Hz");
                let peak = (0..expected).max_by(|a, b| output[*a].total_cmp(&output[*b])).unwrap();
                assert!(peak.abs_diff(8_000) <= 2 && (output[peak] - 1.0).abs() < 0.05, "{rate} Hz: peak at {peak}");
            }
        }
    }

    #[test]
    fn telephone_sound_gets_no_mirror_image_and_keeps_its_level() {
        let tone: Vec<f32> =
            (0..16_000).map(|i| (std::f64::consts::TAU * 3_000.0 * f64::from(i) / 8_000.0).sin() as f32).collect();
        let output = convert(8_000, &tone, 160);
        let middle = &output[8_000..24_000];
        assert!((amplitude(middle, 3_000.0) - 1.0).abs() < 0.01);
        assert!(amplitude(middle, 5_000.0) < 0.001, "the image of 3 kHz lies at 5 kHz");
    }

    #[test]
    fn what_is_above_8_khz_does_not_fold_down() {
        for rate in [48_000, 47_999] {
            let tone: Vec<f32> = (0..rate)
                .map(|i| (std::f64::consts::TAU * 11_000.0 * f64::from(i) / f64::from(rate)).sin() as f32)
                .collect();
            let output = convert(rate, &tone, 4_096);
            assert!(amplitude(&output[2_000..14_000], 5_000.0) < 0.002, "{rate} Hz");
        }
    }
}
