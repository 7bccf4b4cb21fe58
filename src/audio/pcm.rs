//! Separate samples to floats: linear PCM and G.711.

use super::riff::Encoding;

/// Appends the interleaved samples of `bytes` to `channels`, scaled to -1..=1; bytes that fill no frame are left out.
///
/// Gives false for an encoding that has no separate samples.
pub(super) fn decode(encoding: &Encoding, bytes: &[u8], channels: &mut [Vec<f32>]) -> bool {
    let join = |big: bool, bytes: &[u8]| -> i32 {
        // Left-aligned in 32 bits, so that the sign is in its place whatever the width.
        let mut word = [0; 4];
        if big {
            word[..bytes.len()].copy_from_slice(bytes);
            i32::from_be_bytes(word)
        } else {
            word[4 - bytes.len()..].copy_from_slice(bytes);
            i32::from_le_bytes(word)
        }
    };
    let linear = |value: i32| value as f32 / 2_147_483_648.0;
    match *encoding {
        Encoding::Unsigned8 => {
            spread::<1>(bytes, channels, |sample| (f32::from(sample[0]) - 128.0) / 128.0);
        }
        Encoding::Signed8 => spread::<1>(bytes, channels, |sample| f32::from(sample[0] as i8) / 128.0),
        Encoding::Signed16 { big: false } => {
            spread::<2>(bytes, channels, |sample| f32::from(i16::from_le_bytes(sample)) / 32_768.0);
        }
        Encoding::Signed16 { big } => spread::<2>(bytes, channels, |sample| linear(join(big, &sample))),
        Encoding::Signed24 { big } => spread::<3>(bytes, channels, |sample| linear(join(big, &sample))),
        Encoding::Signed32 { big } => spread::<4>(bytes, channels, |sample| linear(join(big, &sample))),
        Encoding::Float32 { big } => {
            spread::<4>(
                bytes,
                channels,
                |sample| {
                    if big { f32::from_be_bytes(sample) } else { f32::from_le_bytes(sample) }
                },
            )
        }
        Encoding::Float64 { big } => spread::<8>(bytes, channels, |sample| {
            (if big { f64::from_be_bytes(sample) } else { f64::from_le_bytes(sample) }) as f32
        }),
        Encoding::ALaw => spread::<1>(bytes, channels, |sample| f32::from(a_law(sample[0])) / 32_768.0),
        Encoding::MuLaw => spread::<1>(bytes, channels, |sample| f32::from(mu_law(sample[0])) / 32_768.0),
        _ => return false,
    }
    true
}

fn spread<const N: usize>(bytes: &[u8], channels: &mut [Vec<f32>], value: impl Fn([u8; N]) -> f32) {
    let (samples, _) = bytes.as_chunks::<N>();
    for frame in samples.chunks_exact(channels.len().max(1)) {
        for (channel, sample) in channels.iter_mut().zip(frame) {
            channel.push(value(*sample));
        }
    }
}

/// A sample of G.711 A-law as 16-bit linear.
///
/// # Source
/// ITU-T G.711 (11/1988), table 1a: the even bits are inverted, then sign, 3 bits of segment, 4 bits of step.
fn a_law(code: u8) -> i16 {
    let code = code ^ 0x55;
    let step = i16::from(code & 0x0F) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// A sample of G.711 mu-law as 16-bit linear.
///
/// # Source
/// ITU-T G.711 (11/1988), table 2a: all bits are inverted; segments of 16 steps above a bias of 132 (33 at 14 bits).
fn mu_law(code: u8) -> i16 {
    let code = !code;
    let magnitude = (((i16::from(code & 0x0F) << 3) + 132) << ((code >> 4) & 7)) - 132;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g711_has_the_values_of_the_standard() {
        // Extremes and the smallest steps of tables 1a and 2a, scaled to 16 bits.
        assert_eq!([a_law(0x2A), a_law(0xAA), a_law(0xD5), a_law(0x55)], [-32_256, 32_256, 8, -8]);
        assert_eq!([mu_law(0x00), mu_law(0x80), mu_law(0xFF), mu_law(0x7F)], [-32_124, 32_124, 0, 0]);
    }

    #[test]
    fn every_width_and_order_gives_the_same_value() {
        let quarter: &[(Encoding, &[u8])] = &[
            (Encoding::Unsigned8, &[0xA0]),
            (Encoding::Signed8, &[0x20]),
            (Encoding::Signed16 { big: false }, &[0x00, 0x20]),
            (Encoding::Signed16 { big: true }, &[0x20, 0x00]),
            (Encoding::Signed24 { big: false }, &[0x00, 0x00, 0x20]),
            (Encoding::Signed24 { big: true }, &[0x20, 0x00, 0x00]),
            (Encoding::Signed32 { big: false }, &[0x00, 0x00, 0x00, 0x20]),
            (Encoding::Signed32 { big: true }, &[0x20, 0x00, 0x00, 0x00]),
        ];
        for (encoding, bytes) in quarter {
            let mut channels = vec![Vec::new()];
            assert!(decode(encoding, bytes, &mut channels));
            assert_eq!(channels[0], [0.25], "{encoding:?}");
        }
        let mut channels = vec![Vec::new(), Vec::new()];
        decode(&Encoding::Float32 { big: false }, &[0u8; 19], &mut channels);
        assert_eq!((channels[0].len(), channels[1].len()), (2, 2), "a frame that is not whole is left out");
    }
}
