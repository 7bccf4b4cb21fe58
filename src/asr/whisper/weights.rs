//! The weights of a model, taken apart into encoder and decoder, each in a precision of its own.

use crate::asr::AsrError;
use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use std::ops::Range;

/// How matrices are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As they are in the file.
    AsStored,
    /// Blocks of 32 eight-bit values with a half-precision scale.
    Q8,
    /// Brain floats.
    Bf16,
}

/// The precision of the two halves of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights {
    /// Of the encoder, which multiplies matrices by matrices: bound by arithmetic.
    pub encoder: Precision,
    /// Of the decoder, which multiplies matrices by vectors: bound by memory.
    pub decoder: Precision,
}

impl Weights {
    /// As they are in the file: for graphics cards.
    pub const AS_STORED: Self = Self { encoder: Precision::AsStored, decoder: Precision::AsStored };

    /// The fastest on a processor with these features.
    pub fn fastest(kernels: &[String]) -> Self {
        // Without instructions for brain floats, eight bits are the fastest for both.
        let brain_floats = kernels.iter().any(|kernel| kernel == "AVX512_BF16");
        let encoder = if brain_floats { Precision::Bf16 } else { Precision::Q8 };
        Self { encoder, decoder: Precision::Q8 }
    }

    /// The files (ggml) that `model`, a file with half-precision matrices, is loaded from: the encoder's and the
    /// decoder's, or only one where both halves are kept alike.
    ///
    /// # Errors
    /// [`AsrError::Model`] where it is damaged.
    pub(super) fn files(self, model: Vec<u8>) -> Result<(Vec<u8>, Option<Vec<u8>>), AsrError> {
        let damaged = || AsrError::Model { reason: "the file ends early or is damaged".to_owned() };
        let head = Head::read(&model).ok_or_else(damaged)?;
        let make = |half, precision| rewrite(&model, &head, half, precision).ok_or_else(damaged);
        if !head.can_be_turned {
            return Ok((model, None));
        }
        if self.encoder == self.decoder {
            return Ok(if self.encoder == Precision::AsStored {
                (model, None)
            } else {
                (make(Half::Both, self.encoder)?, None)
            });
        }
        let decoder = make(Half::Decoder, self.decoder)?;
        Ok((make(Half::Encoder, self.encoder)?, Some(decoder)))
    }
}

/// The mel filters of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filters {
    /// Bins of a spectrum.
    pub(super) bins: usize,
    /// A row of `bins` weights for each band.
    pub(super) weights: Vec<f32>,
}

/// The mel filters in `model`.
///
/// # Errors
/// [`AsrError::Model`] where it is damaged.
pub(super) fn filters(model: &[u8]) -> Result<Filters, AsrError> {
    let head = Head::read(model);
    let head = head.ok_or_else(|| AsrError::Model { reason: "the file ends early or is damaged".to_owned() })?;
    let weights = model[head.filters.clone()].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Ok(Filters { bins: head.bins, weights: weights.collect() })
}

/// Which half of a model a file holds. What whisper.cpp insists on finding is there in every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Both,
    /// Without a vocabulary.
    Encoder,
    /// Without the encoder's layers.
    Decoder,
}

/// Where things lie in a ggml file.
struct Head {
    /// Whether its matrices are of half precision and can be taken apart.
    can_be_turned: bool,
    filters: Range<usize>,
    bins: usize,
    /// The words of the vocabulary with their count.
    words: Range<usize>,
}

/// Places of the numbers at the begin of a ggml file.
const VOCABULARY: usize = 4;
const ENCODER_LAYERS: usize = 4 + 4 * 4;
const FILE_KIND: usize = 4 + 10 * 4;
/// ggml's number for a type of values.
const F16: u32 = 1;
/// Values in a block of eight-bit values.
const BLOCK: usize = 32;
const EMBEDDING: &[u8] = b"decoder.token_embedding.weight";

fn number(model: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(model.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl Head {
    fn read(model: &[u8]) -> Option<Self> {
        let size = |at: usize| number(model, at).map(|number| number as usize);
        let at = FILE_KIND + 4;
        let bins = size(at + 4)?;
        let filters = at + 8..(at + 8).checked_add(size(at)?.checked_mul(bins)?.checked_mul(4)?)?;
        model.get(filters.clone())?;
        let mut end = filters.end + 4;
        for _ in 0..size(filters.end)? {
            end = end.checked_add(4)?.checked_add(size(end)?)?;
        }
        model.get(..end)?;
        // The smallest width of a Whisper model is a multiple of the blocks; another file is left alone.
        let can_be_turned = number(model, FILE_KIND)? == F16 && size(4 + 2 * 4)? % BLOCK == 0;
        Some(Self { can_be_turned, words: filters.end..end, filters, bins })
    }
}

/// `half` of `model` with its matrices in `precision`; `None` for a damaged file.
fn rewrite(model: &[u8], head: &Head, half: Half, precision: Precision) -> Option<Vec<u8>> {
    let size = |at: usize| number(model, at).map(|number| number as usize);
    // ggml's numbers for a type of values, and for a file that mostly holds it.
    let (kind, file_kind) = match precision {
        Precision::AsStored => (F16, 1_u32),
        Precision::Q8 => (8, 7),
        Precision::Bf16 => (30, 24),
    };
    let mut out = Vec::with_capacity(model.len());
    out.extend_from_slice(model.get(..head.words.start)?);
    let mut set = |at: usize, value: u32| out[at..at + 4].copy_from_slice(&value.to_le_bytes());
    set(FILE_KIND, file_kind);
    match half {
        Half::Both => {}
        Half::Encoder => set(VOCABULARY, 1),
        Half::Decoder => set(ENCODER_LAYERS, 0),
    }
    if half == Half::Encoder {
        out.extend_from_slice(&0_u32.to_le_bytes());
    } else {
        out.extend_from_slice(model.get(head.words.clone())?);
    }
    let mut at = head.words.end;
    while at < model.len() {
        let (rank, name, stored) = (size(at)?, size(at + 4)?, number(model, at + 8)?);
        let dims = at + 12;
        let mut values = 1_usize;
        for dim in 0..rank {
            values = values.checked_mul(size(dims + 4 * dim)?)?;
        }
        let data = dims.checked_add(rank.checked_mul(4)?)?.checked_add(name)?;
        let bytes_a_value = if stored == F16 { 2 } else { 4 };
        let end = data.checked_add(values.checked_mul(bytes_a_value)?)?;
        let name = model.get(dims + 4 * rank..data)?;
        let mut bytes = model.get(data..end)?;
        let shape = out.len() + 12;
        let left_out = half == Half::Decoder && name.starts_with(b"encoder.blocks.");
        if !left_out {
            // Convolutions (three dimensions) stay as they are, whatever the rest is.
            let turned = stored == F16 && rank == 2;
            out.extend_from_slice(model.get(at..at + 8)?);
            out.extend_from_slice(&if turned { kind } else { stored }.to_le_bytes());
            out.extend_from_slice(model.get(dims..data)?);
            if half == Half::Encoder && name == EMBEDDING {
                // One token, which nobody asks for, in place of all.
                let width = size(dims)?;
                out[shape + 4..shape + 8].copy_from_slice(&1_u32.to_le_bytes());
                bytes = bytes.get(..width * bytes_a_value)?;
            }
            match precision {
                Precision::Q8 if turned => quantise(bytes, &mut out),
                Precision::Bf16 if turned => to_brain_floats(bytes, &mut out),
                _ => out.extend_from_slice(bytes),
            }
        }
        at = end;
    }
    Some(out)
}

/// Calls `each` with the values of `bytes`, half-precision numbers, one block after another.
fn blocks(bytes: &[u8], mut each: impl FnMut(&[f32; BLOCK])) {
    let (mut stored, mut values) = ([f16::ZERO; BLOCK], [0.0_f32; BLOCK]);
    for block in bytes.as_chunks::<{ 2 * BLOCK }>().0 {
        for (value, pair) in stored.iter_mut().zip(block.as_chunks::<2>().0) {
            *value = f16::from_le_bytes(*pair);
        }
        stored.convert_to_f32_slice(&mut values);
        each(&values);
    }
}

fn to_brain_floats(bytes: &[u8], out: &mut Vec<u8>) {
    blocks(bytes, |values| {
        let mut turned = [0_u8; 2 * BLOCK];
        for (pair, value) in turned.as_chunks_mut::<2>().0.iter_mut().zip(values) {
            *pair = bf16::from_f32(*value).to_le_bytes();
        }
        out.extend_from_slice(&turned);
    });
}

/// # Source
/// ggml's q8_0: a half-precision scale (largest magnitude over 127), then 32 signed bytes.
fn quantise(bytes: &[u8], out: &mut Vec<u8>) {
    blocks(bytes, |values| {
        let scale = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs())) / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        let mut turned = [0_u8; 2 + BLOCK];
        turned[..2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
        for (byte, value) in turned[2..].iter_mut().zip(values) {
            // To the nearest whole number, halves away from zero; no call of a library, so that it becomes vector code.
            let value = value * inverse;
            *byte = (value + 0.5_f32.copysign(value)) as i8 as u8;
        }
        out.extend_from_slice(&turned);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of one encoder matrix, the embedding and a convolution, with a vocabulary of two words.
    fn model() -> Vec<u8> {
        let mut file = Vec::new();
        let numbers = |file: &mut Vec<u8>, all: &[u32]| {
            all.iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
        };
        numbers(&mut file, &[0x6767_6d6c, 2, 1500, 32, 1, 6, 448, 32, 1, 6, 1, 1]);
        numbers(&mut file, &[1, 2]);
        file.extend([0.25_f32, 0.5].iter().flat_map(|weight| weight.to_le_bytes()));
        numbers(&mut file, &[2]);
        for word in [b"a", b"b"] {
            numbers(&mut file, &[1]);
            file.extend_from_slice(word);
        }
        let tensors: [(&[u8], &[u32]); 3] = [
            (b"encoder.blocks.0.mlp.0.weight", &[32, 2]),
            (EMBEDDING, &[32, 2]),
            (b"encoder.conv1.weight", &[3, 1, 2]),
        ];
        for (name, dims) in tensors {
            numbers(&mut file, &[dims.len() as u32, name.len() as u32, F16]);
            numbers(&mut file, dims);
            file.extend_from_slice(name);
            let values = dims.iter().product::<u32>();
            file.extend((0..values).flat_map(|index| f16::from_f32(index as f32 / 64.0).to_le_bytes()));
        }
        file
    }

    #[test]
    fn halves_hold_what_they_need_and_keep_the_filters() {
        let model = model();
        let weights = Weights { encoder: Precision::Bf16, decoder: Precision::Q8 };
        let (encoder, decoder) = weights.files(model.clone()).unwrap();
        let decoder = decoder.unwrap();
        let holds = |file: &[u8], name: &[u8]| file.windows(name.len()).any(|window| window == name);
        assert!(holds(&encoder, b"encoder.blocks.0.mlp.0.weight") && holds(&encoder, EMBEDDING));
        assert!(!holds(&decoder, b"encoder.blocks.0.mlp.0.weight") && holds(&decoder, b"encoder.conv1.weight"));
        assert_eq!((number(&encoder, VOCABULARY), number(&decoder, VOCABULARY)), (Some(1), Some(2)));
        assert_eq!((number(&encoder, ENCODER_LAYERS), number(&decoder, ENCODER_LAYERS)), (Some(6), Some(0)));
        for file in [&model, &encoder, &decoder] {
            assert_eq!(filters(file).unwrap(), Filters { bins: 2, weights: vec![0.25, 0.5] });
        }
    }

    #[test]
    fn a_file_that_ends_early_is_refused_and_one_of_other_values_left_alone() {
        let model = model();
        for length in [0, 40, 60, 75, model.len() - 1] {
            let weights = Weights { encoder: Precision::Q8, decoder: Precision::Q8 };
            assert!(weights.files(model[..length].to_vec()).is_err(), "{length}");
        }
        let mut other = model.clone();
        other[FILE_KIND] = 7;
        let weights = Weights { encoder: Precision::Bf16, decoder: Precision::Q8 };
        assert_eq!(weights.files(other.clone()).unwrap(), (other, None));
    }

    #[test]
    fn eight_bits_are_right_to_half_a_step() {
        let values: Vec<f32> = (0..BLOCK).map(|index| (index as f32 - 13.3) / 7.0).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
        let mut out = Vec::new();
        quantise(&bytes, &mut out);
        let scale = f16::from_le_bytes([out[0], out[1]]).to_f32();
        for (byte, value) in out[2..].iter().zip(&values) {
            assert!((f32::from(*byte as i8) * scale - value).abs() <= scale * 0.52);
        }
    }
}
