//! The weights of a model in another precision, made when it is loaded.

use crate::asr::AsrError;
use half::{bf16, f16};

/// How the matrices are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weights {
    /// As they are in the file.
    #[default]
    AsStored,
    /// Blocks of 32 eight-bit values with a half-precision scale.
    Q8,
    /// Brain floats.
    Bf16,
}

/// ggml's number for a type of values, and for a file that mostly holds it.
const F16: u32 = 1;
const Q8_0: (u32, u32) = (8, 7);
const BF16: (u32, u32) = (30, 24);
/// Values in a block of eight-bit values.
const BLOCK: usize = 32;

impl Weights {
    /// `model` (a ggml file with half-precision matrices) in this precision; as it is where it holds others already.
    pub(super) fn convert(self, model: Vec<u8>) -> Result<Vec<u8>, AsrError> {
        let (kind, file_kind) = match self {
            Weights::AsStored => return Ok(model),
            Weights::Q8 => Q8_0,
            Weights::Bf16 => BF16,
        };
        convert(&model, kind, file_kind)
            .ok_or_else(|| AsrError::Model { reason: "the file ends early or is damaged".to_owned() })
            .map(|converted| converted.unwrap_or(model))
    }
}

/// `None` for a damaged file; `Some(None)` where there is nothing to convert.
#[allow(clippy::option_option)]
fn convert(model: &[u8], kind: u32, file_kind: u32) -> Option<Option<Vec<u8>>> {
    let number = |at: usize| Some(u32::from_le_bytes(model.get(at..at + 4)?.try_into().ok()?));
    let size = |at: usize| number(at).map(|number| number as usize);
    const FILE_KIND: usize = 4 + 10 * 4;
    if number(FILE_KIND)? != F16 {
        return Some(None);
    }
    let mut out = Vec::with_capacity(model.len());
    // The numbers, the filters, the tokens.
    let mut at = FILE_KIND + 4;
    at += 8 + size(at)?.checked_mul(size(at + 4)?)?.checked_mul(4)?;
    let tokens = size(at)?;
    at += 4;
    for _ in 0..tokens {
        at += 4 + size(at)?;
    }
    out.extend_from_slice(model.get(..at)?);
    out[FILE_KIND..FILE_KIND + 4].copy_from_slice(&file_kind.to_le_bytes());
    while at < model.len() {
        let (rank, name, stored) = (size(at)?, size(at + 4)?, number(at + 8)?);
        let mut values = 1_usize;
        for dim in 0..rank {
            values = values.checked_mul(size(at + 12 + 4 * dim)?)?;
        }
        let head = at + 12 + 4 * rank;
        let data = head + name;
        let end = data.checked_add(values.checked_mul(if stored == F16 { 2 } else { 4 })?)?;
        // Convolutions (three dimensions) stay as they are, whatever the rest is.
        let turned = stored == F16 && rank == 2;
        out.extend_from_slice(model.get(at..at + 8)?);
        out.extend_from_slice(&if turned { kind } else { stored }.to_le_bytes());
        out.extend_from_slice(model.get(at + 12..data)?);
        let bytes = model.get(data..end)?;
        match kind {
            _ if !turned => out.extend_from_slice(bytes),
            _ if kind == BF16.0 => {
                out.extend(halves(bytes).flat_map(|value| bf16::from_f32(value).to_le_bytes()));
            }
            _ if size(at + 12)? % BLOCK != 0 => return Some(None),
            _ => quantise(bytes, &mut out),
        }
        at = end;
    }
    Some(Some(out))
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<2>().0.iter().map(|pair| f16::from_le_bytes(*pair).to_f32())
}

/// # Source
/// ggml's q8_0: a half-precision scale (largest magnitude over 127), then 32 signed bytes.
fn quantise(bytes: &[u8], out: &mut Vec<u8>) {
    for block in bytes.chunks_exact(2 * BLOCK) {
        let mut values = [0.0_f32; BLOCK];
        for (slot, value) in values.iter_mut().zip(halves(block)) {
            *slot = value;
        }
        let scale = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs())) / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        out.extend_from_slice(&f16::from_f32(scale).to_le_bytes());
        out.extend(values.iter().map(|value| (value * inverse).round() as i8 as u8));
    }
}
