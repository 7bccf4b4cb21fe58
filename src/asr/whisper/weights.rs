//! The weights of a model, taken apart into encoder and decoder, each in a precision of its own.

use super::precision::{BLOCK, Precision, WIDE_BLOCK};
use crate::asr::AsrError;
use std::collections::VecDeque;
use std::ops::Range;

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
        // Without instructions for brain floats, eight bits are the fastest.
        let brain_floats = kernels.iter().any(|kernel| kernel == "AVX512_BF16");
        let encoder = if brain_floats { Precision::Bf16 } else { Precision::Q8 };
        Self { encoder, decoder: Precision::Q6 }
    }

    /// The files (ggml) that `model`, one with half-precision matrices, is loaded from: the encoder's and the decoder's,
    /// or only one where both halves are kept alike.
    ///
    /// # Errors
    /// [`AsrError::Model`] where it is damaged.
    pub(super) fn files(self, model: &[u8]) -> Result<(File<'_>, Option<File<'_>>), AsrError> {
        let damaged = || AsrError::Model { reason: "the file ends early or is damaged".to_owned() };
        let head = Head::read(model).ok_or_else(damaged)?;
        let make = |half, precision| File::of(model, &head, half, precision).ok_or_else(damaged);
        if !head.can_be_turned {
            return Ok((File { model, parts: VecDeque::from([Part::Copied(0..model.len())]) }, None));
        }
        if self.encoder == self.decoder {
            return Ok((make(Half::Both, self.encoder)?, None));
        }
        Ok((make(Half::Encoder, self.encoder)?, Some(make(Half::Decoder, self.decoder)?)))
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
    /// Without a vocabulary, and with nothing in those of the decoder's matrices that only decoding needs.
    Encoder,
    /// Without the encoder's layers.
    Decoder,
}

/// A ggml file that is made while it is read, so that a model is in memory only once beside its file.
pub(super) struct File<'a> {
    model: &'a [u8],
    parts: VecDeque<Part>,
}

enum Part {
    Made(Vec<u8>),
    /// A range of the model as it is.
    Copied(Range<usize>),
    /// A matrix of the model in another precision.
    Turned(Range<usize>, Precision),
    /// So many bytes that nobody looks at.
    Unused(usize),
}

/// A stretch of a file.
pub(super) enum Stretch<'a> {
    Bytes(&'a [u8]),
    /// So many bytes, whatever they are.
    Unused(usize),
}

/// Where things lie in a ggml file.
struct Head {
    /// Whether its matrices are of half precision and can be taken apart.
    can_be_turned: bool,
    /// Values in a row of its matrices, or a divisor of that.
    width: usize,
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
        let width = size(4 + 2 * 4)?;
        let can_be_turned = number(model, FILE_KIND)? == F16 && width.is_multiple_of(BLOCK);
        Some(Self { can_be_turned, width, words: filters.end..end, filters, bins })
    }
}

impl<'a> File<'a> {
    /// `half` of `model` with its matrices in `precision`; `None` for a damaged file.
    fn of(model: &'a [u8], head: &Head, half: Half, precision: Precision) -> Option<Self> {
        let precision = match precision {
            Precision::Q6 if !head.width.is_multiple_of(WIDE_BLOCK) => Precision::Q8,
            fitting => fitting,
        };
        let size = |at: usize| number(model, at).map(|number| number as usize);
        let mut begin = model.get(..head.words.start)?.to_vec();
        let mut set = |at: usize, value: u32| begin[at..at + 4].copy_from_slice(&value.to_le_bytes());
        if let Some((_, file_kind)) = precision.kinds() {
            set(FILE_KIND, file_kind);
        }
        match half {
            Half::Both => {}
            Half::Encoder => set(VOCABULARY, 1),
            Half::Decoder => set(ENCODER_LAYERS, 0),
        }
        let words = match half {
            Half::Encoder => Part::Made(0_u32.to_le_bytes().to_vec()),
            Half::Both | Half::Decoder => Part::Copied(head.words.clone()),
        };
        let mut parts = VecDeque::from([Part::Made(begin), words]);
        let mut at = head.words.end;
        while at < model.len() {
            let (rank, name, stored) = (size(at)?, size(at + 4)?, number(model, at + 8)?);
            let dims = at + 12;
            let mut values = 1_usize;
            for dim in 0..rank {
                values = values.checked_mul(size(dims + 4 * dim)?)?;
            }
            let data = dims.checked_add(rank.checked_mul(4)?)?.checked_add(name)?;
            let name = model.get(data - name..data)?;
            let bytes_a_value = if stored == F16 { 2 } else { 4 };
            let end = data.checked_add(values.checked_mul(bytes_a_value)?)?;
            model.get(at..end)?;
            if !(half == Half::Decoder && name.starts_with(b"encoder.blocks.")) {
                let mut start = model[at..data].to_vec();
                let mut held = data..end;
                if half == Half::Encoder && name == EMBEDDING {
                    // One token, which nobody asks for, in place of all.
                    start[16..20].copy_from_slice(&1_u32.to_le_bytes());
                    held.end = data + size(dims)? * bytes_a_value;
                }
                // Convolutions (three dimensions) stay as they are, whatever the rest is.
                let kind = precision.kinds().filter(|_| stored == F16 && rank == 2);
                if let Some((kind, _)) = kind {
                    start[8..12].copy_from_slice(&kind.to_le_bytes());
                }
                let precision = if kind.is_some() { precision } else { Precision::AsStored };
                parts.push_back(Part::Made(start));
                parts.push_back(match precision {
                    _ if half == Half::Encoder && only_decodes(name) => Part::Unused(precision.length(&held)),
                    Precision::AsStored => Part::Copied(held),
                    Precision::Q8 | Precision::Q6 | Precision::Bf16 => Part::Turned(held, precision),
                });
            }
            at = end;
        }
        Some(Self { model, parts })
    }

    /// Gives the next `count` bytes to `take`; fewer at the end.
    pub(super) fn read(&mut self, mut count: usize, mut take: impl FnMut(Stretch<'_>)) {
        while count > 0 {
            let Some(part) = self.parts.pop_front() else { return };
            let rest = match part {
                Part::Made(mut bytes) => {
                    let more = bytes.split_off(bytes.len().min(count));
                    count -= bytes.len();
                    take(Stretch::Bytes(&bytes));
                    Part::Made(more)
                }
                Part::Copied(range) => {
                    let middle = range.end.min(range.start + count);
                    count -= middle - range.start;
                    take(Stretch::Bytes(&self.model[range.start..middle]));
                    Part::Copied(middle..range.end)
                }
                Part::Turned(range, precision) => {
                    let length = precision.length(&range);
                    if length > count {
                        let mut turned = Vec::with_capacity(length);
                        precision.turn(&self.model[range], |bytes| turned.extend_from_slice(bytes));
                        Part::Made(turned)
                    } else {
                        count -= length;
                        precision.turn(&self.model[range], |bytes| take(Stretch::Bytes(bytes)));
                        continue;
                    }
                }
                Part::Unused(length) => {
                    let now = length.min(count);
                    count -= now;
                    take(Stretch::Unused(now));
                    Part::Unused(length - now)
                }
            };
            if !rest.is_empty() {
                self.parts.push_front(rest);
            }
        }
    }

    /// Whether all was read.
    pub(super) fn is_over(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Part {
    fn is_empty(&self) -> bool {
        match self {
            Part::Made(bytes) => bytes.is_empty(),
            Part::Copied(range) | Part::Turned(range, _) => range.is_empty(),
            Part::Unused(length) => *length == 0,
        }
    }
}

/// Whether a tensor is of use in decoding only: an encoder's run ends with the keys and values of its positions.
fn only_decodes(name: &[u8]) -> bool {
    let holds = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
    name.starts_with(b"decoder.") && !holds(b".cross_attn.key.") && !holds(b".cross_attn.value.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

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

    /// All of a file, read in steps that don't heed its parts.
    fn whole(mut file: File<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !file.is_over() {
            file.read(33, |stretch| match stretch {
                Stretch::Bytes(more) => bytes.extend_from_slice(more),
                Stretch::Unused(length) => bytes.resize(bytes.len() + length, 0),
            });
        }
        bytes
    }

    #[test]
    fn halves_hold_what_they_need_and_keep_the_filters() {
        let model = model();
        let weights = Weights { encoder: Precision::Bf16, decoder: Precision::Q8 };
        let (encoder, decoder) = weights.files(&model).unwrap();
        let (encoder, decoder) = (whole(encoder), whole(decoder.unwrap()));
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
            assert!(weights.files(&model[..length]).is_err(), "{length}");
        }
        let mut other = model.clone();
        other[FILE_KIND] = 7;
        let weights = Weights { encoder: Precision::Bf16, decoder: Precision::Q8 };
        let (file, second) = weights.files(&other).unwrap();
        assert!(whole(file) == other && second.is_none());
        assert_eq!(whole(Weights::AS_STORED.files(&model).unwrap().0), model);
    }

    #[test]
    fn a_narrow_model_takes_eight_bits() {
        let model = model();
        let weights = |decoder| Weights { encoder: Precision::Bf16, decoder };
        let decoder = |weights: Weights| whole(weights.files(&model).unwrap().1.unwrap());
        assert_eq!(decoder(weights(Precision::Q6)), decoder(weights(Precision::Q8)));
    }
}
