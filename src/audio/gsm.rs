//! GSM 06.10 full rate: 13 kbit/s, 8 kHz, 160 samples a frame.
//!
//! # Source
//! ETSI EN 300 961 (GSM 06.10 version 8), clauses 5.2.8 to 5.2.17 and 5.3 (section names in comments); the order of
//! bits in files: RFC 3551, 4.5.8 (33 bytes) and the Microsoft GSM 6.10 format (two frames in 65 bytes).

/// Samples of a frame.
const FRAME: usize = 160;

/// Decodes one channel.
pub(super) struct Gsm {
    /// Reflection coefficients of the last frame, as log area ratios.
    ratios: [i32; 8],
    /// The last 120 samples of the excitation, then room for a sub-frame.
    excitation: [i32; 160],
    lag: usize,
    lattice: [i32; 9],
    emphasis: i32,
}

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// Rounded product of two fractions of 15 bits.
fn product(a: i32, b: i32) -> i32 {
    saturate((a * b + 16_384) >> 15)
}

/// The bits of a frame, field by field.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
    low_first: bool,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> i32 {
        let mut value = 0;
        for index in 0..count {
            let byte = self.bytes.get(self.position / 8).copied().unwrap_or(0);
            let offset = self.position % 8;
            self.position += 1;
            if self.low_first {
                value |= i32::from(byte >> offset & 1) << index;
            } else {
                value = value << 1 | i32::from(byte >> (7 - offset) & 1);
            }
        }
        value
    }
}

impl Gsm {
    pub fn new() -> Self {
        Self { ratios: [0; 8], excitation: [0; 160], lag: 40, lattice: [0; 9], emphasis: 0 }
    }

    /// Appends the samples of `block`, scaled to -1..=1: one frame in 33 bytes or two in 65.
    pub fn decode(&mut self, block: &[u8], out: &mut Vec<f32>) {
        let microsoft = block.len() == 65;
        // The plain form begins with four bits that mark it.
        let mut bits = Bits { bytes: block, position: if microsoft { 0 } else { 4 }, low_first: microsoft };
        for _ in 0..if microsoft { 2 } else { 1 } {
            self.frame(&mut bits, out);
        }
    }

    fn frame(&mut self, bits: &mut Bits, out: &mut Vec<f32>) {
        // 5.2.8: decoding of the coded log area ratios.
        const WIDTH: [usize; 8] = [6, 6, 5, 5, 4, 4, 3, 3];
        const LEAST: [i32; 8] = [-32, -32, -16, -16, -8, -8, -4, -4];
        const OFFSET: [i32; 8] = [0, 0, 2048, -2560, 94, -1792, -341, -1144];
        const SLOPE: [i32; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
        let ratios: [i32; 8] = std::array::from_fn(|index| {
            let coded = ((bits.take(WIDTH[index]) + LEAST[index]) << 10) - 2 * OFFSET[index];
            saturate(2 * product(SLOPE[index], saturate(coded)))
        });
        let mut residual = [0; FRAME];
        for part in residual.chunks_mut(40) {
            self.sub_frame(bits, part);
        }
        // 5.2.9.1: the ratios move from the last frame's to this one's over the first 40 samples.
        let last = std::mem::replace(&mut self.ratios, ratios);
        let mix = |weigh: fn(i32, i32) -> i32| -> [i32; 8] {
            std::array::from_fn(|index| reflection(saturate(weigh(last[index], ratios[index]))))
        };
        let stages = [
            (0..13, mix(|old, new| (old >> 2) + (new >> 2) + (old >> 1))),
            (13..27, mix(|old, new| (old >> 1) + (new >> 1))),
            (27..40, mix(|old, new| (old >> 2) + (new >> 2) + (new >> 1))),
            (40..FRAME, mix(|_, new| new)),
        ];
        for (range, coefficients) in stages {
            for sample in &residual[range] {
                // 5.2.16: short term synthesis; 5.2.17: de-emphasis.
                let mut value = *sample;
                for (index, coefficient) in coefficients.iter().enumerate().rev() {
                    value = saturate(value - product(*coefficient, self.lattice[index]));
                    self.lattice[index + 1] = saturate(self.lattice[index] + product(*coefficient, value));
                }
                self.lattice[0] = value;
                self.emphasis = saturate(value + product(self.emphasis, 28_180));
                out.push(saturate(2 * self.emphasis) as f32 / 32_768.0);
            }
        }
    }

    /// Decodes a quarter of a frame to its residual.
    fn sub_frame(&mut self, bits: &mut Bits, out: &mut [i32]) {
        const GAIN: [i32; 4] = [3_277, 11_469, 21_299, 32_767];
        const MANTISSA: [i32; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
        let lag = bits.take(7) as usize;
        let gain = GAIN[bits.take(2) as usize];
        let grid = bits.take(2) as usize;
        let loudest = bits.take(6);
        // 5.2.13: the block's scale as exponent and mantissa.
        let mut exponent = if loudest > 15 { (loudest >> 3) - 1 } else { 0 };
        let mut mantissa = loudest - (exponent << 3);
        if mantissa == 0 {
            (exponent, mantissa) = (-4, 7);
        } else {
            while mantissa <= 7 {
                mantissa = mantissa << 1 | 1;
                exponent -= 1;
            }
            mantissa -= 8;
        }
        let shift = 6 - exponent;
        let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
        let mut pulses = [0; 40];
        for index in 0..13 {
            let pulse = product(MANTISSA[mantissa as usize & 7], ((bits.take(3) << 1) - 7) << 12);
            pulses[grid + 3 * index] = saturate(pulse + half) >> shift;
        }
        // 5.2.14: long term synthesis; a lag out of range repeats the last one.
        if (40..=120).contains(&lag) {
            self.lag = lag;
        }
        for (index, pulse) in pulses.iter().enumerate() {
            let past = self.excitation[120 + index - self.lag];
            self.excitation[120 + index] = saturate(pulse + product(gain, past));
        }
        out.copy_from_slice(&self.excitation[120..]);
        self.excitation.copy_within(40.., 0);
    }
}

/// 5.2.9.2: a log area ratio as a reflection coefficient.
fn reflection(ratio: i32) -> i32 {
    let size = ratio.abs().min(32_767);
    let coefficient = match size {
        0..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => saturate((size >> 2) + 26_112),
    };
    if ratio < 0 { -coefficient } else { coefficient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_decode_to_bounded_sound_of_the_right_length() {
        let noise: Vec<u8> = (0..33 * 65u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (size, samples) in [(33, 160), (65, 320)] {
            let mut decoder = Gsm::new();
            for block in noise.chunks_exact(size) {
                let mut out = Vec::new();
                decoder.decode(block, &mut out);
                assert_eq!(out.len(), samples);
                assert!(out.iter().all(|sample| sample.abs() <= 1.0));
            }
        }
    }
}
