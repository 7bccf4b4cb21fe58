//! Reads `model.bin` of CTranslate2: named arrays, and other names for some of them.

use crate::model::ModelError;
use half::f16;
use std::collections::BTreeMap;

/// The version of the container that is understood.
const VERSION: u32 = 6;

/// How an array is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl Kind {
    fn of(code: u8) -> Option<Self> {
        [Kind::F32, Kind::I8, Kind::I16, Kind::I32, Kind::F16].get(usize::from(code)).copied()
    }

    const fn name(self) -> &'static str {
        match self {
            Kind::F32 => "float32",
            Kind::I8 => "int8",
            Kind::I16 => "int16",
            Kind::I32 => "int32",
            Kind::F16 => "float16",
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Kind::I8 => 1,
            Kind::I16 | Kind::F16 => 2,
            Kind::F32 | Kind::I32 => 4,
        }
    }
}

/// An array in row-major order.
#[derive(Debug, Clone)]
pub(super) struct Array<'a> {
    pub(super) dims: Vec<usize>,
    pub(super) kind: Kind,
    data: &'a [u8],
}

impl Array<'_> {
    /// The same array without its first `skip` rows, `count` rows long.
    pub(super) fn rows(&self, skip: usize, count: usize) -> Self {
        let row = self.data.len() / self.dims.first().copied().unwrap_or(1).max(1);
        let mut dims = self.dims.clone();
        if let Some(first) = dims.first_mut() {
            *first = count;
        }
        Self { dims, kind: self.kind, data: &self.data[skip * row..(skip + count) * row] }
    }

    /// Its values as little-endian half floats.
    pub(super) fn to_f16(&self) -> Vec<u8> {
        match self.kind {
            Kind::F16 => self.data.to_vec(),
            _ => self.floats().flat_map(|value| f16::from_f32(value).to_le_bytes()).collect(),
        }
    }

    /// Its values as little-endian floats.
    pub(super) fn to_f32(&self) -> Vec<u8> {
        self.floats().flat_map(f32::to_le_bytes).collect()
    }

    fn floats(&self) -> impl Iterator<Item = f32> {
        self.data.chunks_exact(self.kind.bytes()).map(|bytes| match (self.kind, bytes) {
            (Kind::F16, &[a, b]) => f16::from_le_bytes([a, b]).to_f32(),
            (Kind::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            _ => 0.0,
        })
    }
}

/// Every array of the file by name.
pub(super) struct Weights<'a> {
    arrays: BTreeMap<String, Array<'a>>,
}

impl<'a> Weights<'a> {
    /// Reads the list of arrays; their data stays where it is.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ModelError> {
        let mut cursor = Cursor { rest: bytes };
        let version = cursor.u32()?;
        if version != VERSION {
            return Err(malformed(format!("model.bin has version {version}, expected {VERSION}")));
        }
        let spec = cursor.string()?;
        if spec != "WhisperSpec" {
            return Err(malformed(format!("model.bin holds a `{spec}`, expected a `WhisperSpec`")));
        }
        let _revision = cursor.u32()?;
        let mut arrays = BTreeMap::new();
        for _ in 0..cursor.u32()? {
            let name = cursor.string()?;
            let rank = cursor.u8()?;
            let dims = (0..rank).map(|_| cursor.u32().map(|dim| dim as usize)).collect::<Result<Vec<_>, _>>()?;
            let code = cursor.u8()?;
            let Some(kind) = Kind::of(code) else {
                return Err(malformed(format!("`{name}` has type {code}, expected 0 to 4")));
            };
            let size = cursor.u32()? as usize;
            let expected = dims.iter().try_fold(kind.bytes(), |product, dim| product.checked_mul(*dim));
            if expected != Some(size) {
                return Err(malformed(format!("`{name}` of shape {dims:?} has {size} bytes")));
            }
            let data = cursor.take(size)?;
            arrays.insert(name, Array { dims, kind, data });
        }
        for _ in 0..cursor.u32()? {
            let (alias, name) = (cursor.string()?, cursor.string()?);
            if let Some(array) = arrays.get(&name).cloned() {
                arrays.insert(alias, array);
            }
        }
        Ok(Self { arrays })
    }

    /// The floating-point array called `name`.
    pub(super) fn array(&self, name: &str) -> Result<&Array<'a>, ModelError> {
        let array = self.arrays.get(name).ok_or_else(|| malformed(format!("model.bin holds no `{name}`")))?;
        match array.kind {
            Kind::F16 | Kind::F32 => Ok(array),
            kind => Err(ModelError::Quantised { variable: name.to_owned(), kind: kind.name() }),
        }
    }

    /// The whole number called `name`.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        let array = self.arrays.get(name)?;
        match *array.data {
            [a] => Some(usize::from(a)),
            [a, b] => Some(usize::from(u16::from_le_bytes([a, b]))),
            [a, b, c, d] => usize::try_from(u32::from_le_bytes([a, b, c, d])).ok(),
            _ => None,
        }
    }

    /// How many layers `side` (`encoder` or `decoder`) has.
    pub(super) fn layers(&self, side: &str) -> usize {
        (0..).take_while(|layer| self.arrays.contains_key(&format!("{side}/layer_{layer}/ffn/linear_0/weight"))).count()
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| malformed("model.bin ends early".to_owned()))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| malformed("model.bin ends early".to_owned()))
    }

    fn u8(&mut self) -> Result<u8, ModelError> {
        self.array().map(u8::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    fn string(&mut self) -> Result<String, ModelError> {
        let length = usize::from(self.array().map(u16::from_le_bytes)?);
        let bytes = self.take(length)?;
        let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        String::from_utf8(text.to_vec()).map_err(|_| malformed("a name in model.bin is not UTF-8".to_owned()))
    }
}

fn malformed(reason: String) -> ModelError {
    ModelError::Malformed { reason }
}
