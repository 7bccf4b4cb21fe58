//! Writes and checks the file format of whisper.cpp.
//!
//! Magic, eleven numbers, the mel filters, the tokens, then the tensors one after another to the end of the file. All
//! numbers are 32-bit little-endian.

use super::ctranslate2::Weights;
use super::{mel, names};
use crate::model::ModelError;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const MAGIC: u32 = 0x6767_6d6c;

/// The numbers that describe a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    vocabulary: usize,
    audio_positions: usize,
    state: usize,
    heads: usize,
    audio_layers: usize,
    text_positions: usize,
    text_layers: usize,
    mels: usize,
}

impl Shape {
    /// Reads them off the arrays; `tokens` is the number of text tokens in the vocabulary.
    pub(super) fn of(weights: &Weights<'_>, tokens: usize) -> Result<Self, ModelError> {
        let dims = |name: &str, rank: usize| {
            let dims = &weights.array(name)?.dims;
            if dims.len() == rank { Ok(dims.clone()) } else { Err(malformed(format!("`{name}` has shape {dims:?}"))) }
        };
        let embedding = dims("decoder/embeddings/weight", 2)?;
        let conv = dims("encoder/conv1/weight", 3)?;
        let heads = weights.number("encoder/num_heads");
        let shape = Self {
            vocabulary: embedding[0],
            state: embedding[1],
            audio_positions: dims("encoder/position_encodings/encodings", 2)?[0],
            text_positions: dims("decoder/position_encodings/encodings", 2)?[0],
            heads: heads.ok_or_else(|| malformed("model.bin holds no `encoder/num_heads`".to_owned()))?,
            audio_layers: weights.layers("encoder"),
            text_layers: weights.layers("decoder"),
            mels: conv[1],
        };
        if shape.audio_layers == 0 || shape.text_layers == 0 {
            return Err(malformed("model.bin holds no layers".to_owned()));
        }
        if tokens == 0 || tokens > shape.vocabulary {
            return Err(malformed(format!("{tokens} tokens of text in a vocabulary of {}", shape.vocabulary)));
        }
        Ok(shape)
    }

    /// The name that models of this size have.
    pub(super) fn name(&self) -> &'static str {
        // English-only vocabularies are one token smaller than the multilingual one of 51,865.
        let english = self.vocabulary < 51_865;
        match (self.state, self.text_layers, english) {
            (384, _, false) => "tiny",
            (384, _, true) => "tiny.en",
            (512, _, false) => "base",
            (512, _, true) => "base.en",
            (768, _, false) => "small",
            (768, _, true) => "small.en",
            (1024, _, false) => "medium",
            (1024, _, true) => "medium.en",
            (1280, 4, _) => "large-v3-turbo",
            (1280, _, _) if self.mels == 128 => "large-v3",
            (1280, _, _) => "large-v2",
            _ => "imported",
        }
    }

    fn numbers(&self) -> [usize; 11] {
        [
            self.vocabulary,
            self.audio_positions,
            self.state,
            self.heads,
            self.audio_layers,
            self.text_positions,
            self.state,
            self.heads,
            self.text_layers,
            self.mels,
            // Matrices in half precision.
            1,
        ]
    }
}

/// Writes the whole file.
pub(super) fn write(
    out: &mut dyn Write,
    weights: &Weights<'_>,
    shape: &Shape,
    tokens: &[Vec<u8>],
) -> Result<(), ModelError> {
    let unwritable = |source| ModelError::Unwritable { path: "the new model".into(), source };
    header(out, shape, tokens).map_err(unwritable)?;
    for tensor in names::tensors(shape.audio_layers, shape.text_layers) {
        let array = weights.array(&tensor.array)?;
        let rows = array.dims.first().copied().unwrap_or(0);
        let (part, parts) = tensor.part;
        if rows == 0 || rows % parts != 0 {
            return Err(malformed(format!("`{}` has shape {:?}", tensor.array, array.dims)));
        }
        let array = array.rows(part * (rows / parts), rows / parts);
        let mut dims: Vec<usize> = array.dims.clone();
        if tensor.column {
            dims.push(1);
        }
        put(out, dims.len()).map_err(unwritable)?;
        put(out, tensor.name.len()).map_err(unwritable)?;
        put(out, usize::from(tensor.half)).map_err(unwritable)?;
        for dim in dims.iter().rev() {
            put(out, *dim).map_err(unwritable)?;
        }
        out.write_all(tensor.name.as_bytes()).map_err(unwritable)?;
        let data = if tensor.half { array.to_f16() } else { array.to_f32() };
        out.write_all(&data).map_err(unwritable)?;
    }
    Ok(())
}

fn header(out: &mut dyn Write, shape: &Shape, tokens: &[Vec<u8>]) -> io::Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    for number in shape.numbers() {
        put(out, number)?;
    }
    put(out, shape.mels)?;
    put(out, mel::BINS)?;
    for value in mel::filters(shape.mels) {
        out.write_all(&value.to_le_bytes())?;
    }
    put(out, tokens.len())?;
    for token in tokens {
        put(out, token.len())?;
        out.write_all(token)?;
    }
    Ok(())
}

fn put(out: &mut dyn Write, number: usize) -> io::Result<()> {
    let number = u32::try_from(number).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    out.write_all(&number.to_le_bytes())
}

/// Whether the file at `path` begins like a ggml model.
pub(super) fn has_magic(path: &Path) -> Result<bool, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    Ok(number(&mut file).is_ok_and(|number| number == MAGIC as usize))
}

/// Walks through a ggml model of `length` bytes: the tensors must be those of a Whisper model and end exactly with the
/// file.
pub(super) fn check<R: Read + Seek>(file: &mut R, length: u64) -> Result<(), ModelError> {
    let found =
        walk(file, length).map_err(|error| malformed(format!("the ggml file ends early or is damaged ({error})")))?;
    found.map_err(malformed)
}

fn walk<R: Read + Seek>(file: &mut R, length: u64) -> io::Result<Result<(), String>> {
    if number(file)? != MAGIC as usize {
        return Ok(Err("no ggml magic".to_owned()));
    }
    let mut shape = [0; 11];
    for place in &mut shape {
        *place = number(file)?;
    }
    let (rows, columns) = (number(file)?, number(file)?);
    if rows > 1024 || columns != mel::BINS || shape.iter().any(|number| *number > 1 << 20) {
        return Ok(Err(format!("numbers {shape:?}, {rows} x {columns} mel filters")));
    }
    file.seek(SeekFrom::Current((rows * columns * 4) as i64))?;
    for _ in 0..number(file)? {
        let size = number(file)?;
        file.seek(SeekFrom::Current(size as i64))?;
        if file.stream_position()? > length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let expected = names::tensors(shape[4], shape[8]);
    let mut seen = 0;
    while file.stream_position()? < length {
        let (rank, size, kind) = (number(file)?, number(file)?, number(file)?);
        let Some((block, bytes)) = block(kind).filter(|_| (1..=4).contains(&rank) && size <= 256) else {
            return Ok(Err(format!("tensor {seen} has {rank} dimensions, type {kind} and a name of {size} bytes")));
        };
        let mut values = 1_u64;
        for _ in 0..rank {
            values = values.saturating_mul(number(file)? as u64);
        }
        let mut name = vec![0; size];
        file.read_exact(&mut name)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        if !expected.iter().any(|tensor| tensor.name == name) {
            return Ok(Err(format!("unexpected tensor `{name}`")));
        }
        seen += 1;
        let data = (values / block).saturating_mul(bytes);
        if file.stream_position()?.saturating_add(data) > length {
            return Ok(Err(format!("the file ends inside `{name}`")));
        }
        file.seek(SeekFrom::Current(data as i64))?;
    }
    if seen != expected.len() {
        return Ok(Err(format!("{seen} tensors, expected {}", expected.len())));
    }
    Ok(Ok(()))
}

/// Values in a block of the ggml type `kind`, and bytes that it takes.
///
/// # Source
/// ggml's `ggml_type` and block sizes: f32, f16, q4_0, q4_1, q5_0, q5_1, q8_0.
fn block(kind: usize) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        _ => return None,
    })
}

fn number(file: &mut impl Read) -> io::Result<usize> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes) as usize)
}

fn malformed(reason: String) -> ModelError {
    ModelError::Malformed { reason }
}
