//! Numbers of half precision, turned into those with which a processor is fastest.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use std::ops::Range;

/// Values in a block of eight-bit values.
pub(super) const BLOCK: usize = 32;
/// Values in a block of six-bit values, and how many of them share a scale.
pub(super) const WIDE_BLOCK: usize = 256;
const SHARED: usize = 16;
/// Bytes of a block of six-bit values: their lower and their upper bits, the scales, the scale of those.
const WIDE_BLOCK_BYTES: usize = 128 + 64 + WIDE_BLOCK / SHARED + 2;

/// How matrices are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As they are in the file.
    AsStored,
    /// Blocks of 32 eight-bit values with a half-precision scale.
    Q8,
    /// Blocks of 256 six-bit values with a scale for each 16; of eight bits where the model isn't wide enough.
    Q6,
    /// Brain floats.
    Bf16,
}

impl Precision {
    /// ggml's numbers for values of this kind, and for a file that mostly holds them; `None` to leave them.
    pub(super) fn kinds(self) -> Option<(u32, u32)> {
        match self {
            Precision::AsStored => None,
            Precision::Q8 => Some((8, 7)),
            Precision::Q6 => Some((14, 14)),
            Precision::Bf16 => Some((30, 24)),
        }
    }

    /// Bytes that the half-precision values in `range` take.
    pub(super) fn length(self, range: &Range<usize>) -> usize {
        match self {
            Precision::AsStored | Precision::Bf16 => range.len(),
            Precision::Q8 => range.len() / (2 * BLOCK) * (2 + BLOCK),
            Precision::Q6 => range.len() / (2 * WIDE_BLOCK) * WIDE_BLOCK_BYTES,
        }
    }

    /// Gives the half-precision values in `bytes` to `take` in this precision, block by block.
    pub(super) fn turn(self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        match self {
            Precision::AsStored => take(bytes),
            Precision::Q8 => blocks(bytes, |values| take(&eight_bits(values))),
            Precision::Q6 => blocks(bytes, |values| take(&six_bits(values))),
            Precision::Bf16 => blocks(bytes, |values| take(brain_floats(values).as_flattened())),
        }
    }
}

/// Calls `each` with the values of `bytes`, half-precision numbers, one block of `N` after another.
fn blocks<const N: usize>(bytes: &[u8], mut each: impl FnMut(&[f32; N])) {
    let (mut stored, mut values) = ([f16::ZERO; N], [0.0_f32; N]);
    for block in bytes.chunks_exact(2 * N) {
        for (value, pair) in stored.iter_mut().zip(block.as_chunks::<2>().0) {
            *value = f16::from_le_bytes(*pair);
        }
        stored.convert_to_f32_slice(&mut values);
        each(&values);
    }
}

fn brain_floats(values: &[f32; BLOCK]) -> [[u8; 2]; BLOCK] {
    let mut turned = [[0; 2]; BLOCK];
    for (pair, value) in turned.iter_mut().zip(values) {
        *pair = brain_float(*value).to_le_bytes();
    }
    turned
}

/// The upper half of a single-precision number, rounded to the nearest, of two the even one. Without a branch, so that it
/// becomes vector code.
fn brain_float(value: f32) -> u16 {
    let bits = value.to_bits();
    let rounded = bits.wrapping_add(0x7FFF + (bits >> 16 & 1)) >> 16;
    // Rounding must not make an infinity of what is no number.
    (if value.is_nan() { bits >> 16 | 0x40 } else { rounded }) as u16
}

/// # Source
/// ggml's q8_0: a half-precision scale (largest magnitude over 127), then 32 signed bytes.
fn eight_bits(values: &[f32; BLOCK]) -> [u8; 2 + BLOCK] {
    let scale = largest(values) / 127.0;
    let inverse = inverse(scale);
    let mut turned = [0; 2 + BLOCK];
    turned[..2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
    for (byte, value) in turned[2..].iter_mut().zip(values) {
        *byte = nearest(value * inverse) as u8;
    }
    turned
}

/// # Source
/// ggml's q6_K. A value is `scale * part * (bits - 32)`: `scale` of half precision for the block, `part` a signed byte
/// for 16 values. For each half of the block the lower four bits of the values `i` and `i + 64` share byte `i` of 64,
/// and the upper two bits of `i`, `i + 32`, `i + 64` and `i + 96` share byte `i` of 32.
fn six_bits(values: &[f32; WIDE_BLOCK]) -> [u8; WIDE_BLOCK_BYTES] {
    let shares: [f32; WIDE_BLOCK / SHARED] = std::array::from_fn(|index| {
        let group = &values[index * SHARED..][..SHARED];
        // Bits reach one step further below zero than above: the largest magnitude goes there, whatever its sign.
        let furthest =
            group.iter().copied().fold(0.0_f32, |one, other| if other.abs() > one.abs() { other } else { one });
        furthest / -32.0
    });
    let scale = f16::from_f32(largest(&shares) / 127.0);
    let inverse_scale = inverse(scale.to_f32());
    let mut parts = [0_i8; WIDE_BLOCK / SHARED];
    let mut bits = [0_u8; WIDE_BLOCK];
    for (index, share) in shares.iter().enumerate() {
        parts[index] = nearest(share * inverse_scale);
        let inverse = inverse(scale.to_f32() * f32::from(parts[index]));
        for at in index * SHARED..(index + 1) * SHARED {
            bits[at] = (nearest((values[at] * inverse).clamp(-32.0, 31.0)) + 32) as u8;
        }
    }

    let mut turned = [0; WIDE_BLOCK_BYTES];
    let (lower, rest) = turned.split_at_mut(WIDE_BLOCK / 2);
    let (upper, rest) = rest.split_at_mut(WIDE_BLOCK / 4);
    for half in 0..2 {
        let bits = &bits[half * 128..][..128];
        for (at, byte) in lower[half * 64..][..64].iter_mut().enumerate() {
            *byte = (bits[at] & 0xF) | (bits[at + 64] & 0xF) << 4;
        }
        for (at, byte) in upper[half * 32..][..32].iter_mut().enumerate() {
            *byte = bits[at] >> 4 | (bits[at + 32] >> 4) << 2 | (bits[at + 64] >> 4) << 4 | (bits[at + 96] >> 4) << 6;
        }
    }
    for (byte, part) in rest.iter_mut().zip(parts) {
        *byte = part as u8;
    }
    rest[WIDE_BLOCK / SHARED..].copy_from_slice(&scale.to_le_bytes());
    turned
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()))
}

/// What a scale is undone with; zero where there is none.
fn inverse(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}

/// The nearest whole number, halves away from zero; no call of a library, so that it becomes vector code.
fn nearest(value: f32) -> i8 {
    (value + 0.5_f32.copysign(value)) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brain_floats_are_rounded_as_everywhere() {
        for bits in 0..=u16::MAX {
            let value = f16::from_bits(bits).to_f32();
            for value in [value, value * 1.000_37, value / 3.0] {
                assert_eq!(brain_float(value), half::bf16::from_f32(value).to_bits(), "{value}");
            }
        }
    }

    #[test]
    fn eight_bits_are_right_to_half_a_step() {
        let values: [f32; BLOCK] = std::array::from_fn(|index| (index as f32 - 13.3) / 7.0);
        let out = eight_bits(&values);
        let scale = f16::from_le_bytes([out[0], out[1]]).to_f32();
        for (byte, value) in out[2..].iter().zip(&values) {
            assert!((f32::from(*byte as i8) * scale - value).abs() <= scale * 0.52);
        }
    }

    #[test]
    fn six_bits_are_right_to_a_step_wherever_they_lie() {
        let values: [f32; WIDE_BLOCK] = std::array::from_fn(|index| ((index * 37 % 101) as f32 - 44.0) / 9.0);
        let out = six_bits(&values);
        let scale = f16::from_le_bytes([out[208], out[209]]).to_f32();
        for (index, value) in values.iter().enumerate() {
            let (half, at) = (index / 128, index % 128);
            let lower = out[half * 64 + at % 64] >> (4 * (at / 64)) & 0xF;
            let upper = out[128 + half * 32 + at % 32] >> (2 * (at / 32)) & 3;
            let step = scale * f32::from(out[192 + index / SHARED] as i8);
            let back = step * (f32::from(lower | upper << 4) - 32.0);
            assert!((back - value).abs() <= step.abs() * 1.01, "{index}: {value} {back}");
        }
        assert_eq!(six_bits(&[0.0; WIDE_BLOCK])[192..], [0; 18]);
    }
}
