//! G.722 at 64 kbit/s: wide-band telephone sound, 16 kHz, two samples a byte.
//!
//! # Source
//! ITU-T G.722 (09/2012), clauses 3 and 4 (block names in comments) and tables 7 to 19.

/// Decodes one channel.
pub(super) struct G722 {
    low: Band,
    high: Band,
    /// Inputs of the synthesis filter, oldest first.
    history: [i32; 24],
}

/// Adaptive state of a sub-band.
struct Band {
    /// Quantiser scale factor, logarithmic and linear.
    log_scale: i32,
    scale: i32,
    /// Predictor: its output and the part of its zeros.
    predicted: i32,
    of_zeros: i32,
    poles: [i32; 2],
    zeros: [i32; 6],
    /// Last differences, reconstructed signals and partly reconstructed signals, newest first.
    differences: [i32; 6],
    signals: [i32; 2],
    partial: [i32; 2],
}

const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

const SCALE: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
    3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/// Inverse quantiser of the lower band, 6 bits.
const LOW_6: [i32; 64] = [
    -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576,
    -7856, -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040,
    -728, 24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
    4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];

/// Inverse quantiser of the lower band, 4 bits, and the change of its scale.
const LOW_4: [i32; 16] =
    [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const LOW_STEP: [i32; 16] = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];

/// Inverse quantiser of the higher band and the change of its scale.
const HIGH_2: [i32; 4] = [-7408, -1616, 7408, 1616];
const HIGH_STEP: [i32; 4] = [798, -214, 798, -214];

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

impl G722 {
    pub fn new() -> Self {
        Self { low: Band::new(32), high: Band::new(8), history: [0; 24] }
    }

    /// Appends two samples for each byte of `codes`, scaled to -1..=1.
    pub fn decode(&mut self, codes: &[u8], out: &mut Vec<f32>) {
        for code in codes {
            let low = usize::from(code & 0x3F);
            let high = usize::from(code >> 6);
            // The sound uses all six bits of the lower band, its adaptation four (INVQBL, INVQAL).
            let low_signal = (self.low.predicted + ((self.low.scale * LOW_6[low]) >> 15)).clamp(-16_384, 16_383);
            let difference = (self.low.scale * LOW_4[low >> 2]) >> 15;
            self.low.adapt(difference, LOW_STEP[low >> 2], 18_432, 8);
            let difference = (self.high.scale * HIGH_2[high]) >> 15;
            let high_signal = (self.high.predicted + difference).clamp(-16_384, 16_383);
            self.high.adapt(difference, HIGH_STEP[high], 22_528, 10);
            // Receive quadrature mirror filter.
            self.history.copy_within(2.., 0);
            self.history[22] = low_signal + high_signal;
            self.history[23] = low_signal - high_signal;
            let (mut first, mut second) = (0, 0);
            for (tap, pair) in self.history.as_chunks::<2>().0.iter().enumerate() {
                second += pair[0] * QMF[tap];
                first += pair[1] * QMF[11 - tap];
            }
            out.extend([first, second].map(|sum| saturate(sum >> 11) as f32 / 32_768.0));
        }
    }
}

impl Band {
    fn new(scale: i32) -> Self {
        Self {
            log_scale: 0,
            scale,
            predicted: 0,
            of_zeros: 0,
            poles: [0; 2],
            zeros: [0; 6],
            differences: [0; 6],
            signals: [0; 2],
            partial: [0; 2],
        }
    }

    fn adapt(&mut self, difference: i32, step: i32, most: i32, shift: i32) {
        // LOGSCL and SCALEL, LOGSCH and SCALEH.
        self.log_scale = (((self.log_scale * 127) >> 7) + step).clamp(0, most);
        let mantissa = SCALE[(self.log_scale >> 6) as usize & 31];
        let exponent = shift - (self.log_scale >> 11);
        self.scale = (if exponent < 0 { mantissa << -exponent } else { mantissa >> exponent }) << 2;
        // RECONS, PARREC.
        let signal = saturate(self.predicted + difference);
        let partial = saturate(self.of_zeros + difference);
        let same = |a: i32, b: i32| (a < 0) == (b < 0);
        // UPPOL2, UPPOL1.
        let turned = saturate(self.poles[0] << 2);
        let turned = if same(partial, self.partial[0]) { saturate(-turned) } else { turned };
        let drift = if same(partial, self.partial[1]) { 128 } else { -128 };
        let second = (drift + (turned >> 7) + ((self.poles[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        let drift = if same(partial, self.partial[0]) { 192 } else { -192 };
        let bound = saturate(15_360 - second);
        let first = saturate(drift + ((self.poles[0] * 32_640) >> 15)).clamp(-bound, bound);
        // UPZERO.
        let step = if difference == 0 { 0 } else { 128 };
        for (zero, past) in self.zeros.iter_mut().zip(self.differences) {
            let drift = if same(past, difference) { step } else { -step };
            *zero = saturate(drift + ((*zero * 32_640) >> 15));
        }
        // DELAYA.
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.signals = [signal, self.signals[0]];
        self.partial = [partial, self.partial[0]];
        self.poles = [first, second];
        // FILTEP, FILTEZ, PREDIC.
        let filter = |weight: i32, value: i32| (weight * saturate(2 * value)) >> 15;
        let of_poles = saturate(filter(first, self.signals[0]) + filter(second, self.signals[1]));
        let of_zeros = self.zeros.iter().zip(self.differences).map(|(zero, past)| filter(*zero, past)).sum();
        self.of_zeros = saturate(of_zeros);
        self.predicted = saturate(of_poles + self.of_zeros);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_decode_to_bounded_sound() {
        let codes: Vec<u8> = (0..20_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for bytes in [codes, vec![0; 4_000], vec![0xFF; 4_000]] {
            let mut out = Vec::new();
            G722::new().decode(&bytes, &mut out);
            assert_eq!(out.len(), bytes.len() * 2);
            assert!(out.iter().all(|sample| sample.abs() <= 1.0));
        }
    }
}
