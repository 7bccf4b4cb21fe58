//! Reads Rust values from a [`Node`] through serde, and lets them keep their places.
//!
//! [`Spanned`] and [`Node`] itself can be fields of such a value. Both travel through serde as a struct of a reserved
//! name that only this module's deserializer understands; below `flatten` or `untagged` serde copies values first, and
//! places are lost there, so keep those two for values whose mistakes the schema finds (see `schema`).

use super::{ByteSpan, Node, NodeKind};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::marker::PhantomData;

const SPANNED: &str = "$callgrade::Spanned";
const NODE: &str = "$callgrade::Node";
const FIELDS: &[&str] = &["start", "end", "value"];

/// A value with its place in the source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands, in bytes of the source text.
    pub span: ByteSpan,
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Spanned<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// Why a value could not be read, and where.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong with it.
    pub message: String,
    /// The innermost value that it is about, where that is known.
    pub span: Option<ByteSpan>,
}

impl de::Error for ReadError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let read = match &self.kind {
            NodeKind::Null => visitor.visit_unit(),
            NodeKind::Bool(value) => visitor.visit_bool(*value),
            // Whole numbers up to 2^53 are exact in a float, so that integers and floats can both be read from one.
            NodeKind::Number(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
                if *value < 0.0 { visitor.visit_i64(*value as i64) } else { visitor.visit_u64(*value as u64) }
            }
            NodeKind::Number(value) => visitor.visit_f64(*value),
            NodeKind::Text(text) => visitor.visit_borrowed_str(text),
            NodeKind::List(items) => visitor.visit_seq(Items(items.iter())),
            NodeKind::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        };
        read.map_err(|error| at(error, &self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.kind {
            NodeKind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|error| at(error, &self.span))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self).map_err(|error| at(error, &self.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match name {
            SPANNED | NODE => visitor.visit_map(Places { span: &self.span, value: Placed::Node(self), next: 0 }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let read = match &self.kind {
            NodeKind::Text(name) => visitor.visit_enum(Variant { name, value: None }),
            NodeKind::Map(entries) => match entries.as_slice() {
                [(name, _, value)] => visitor.visit_enum(Variant { name, value: Some(value) }),
                _ => Err(de::Error::custom(format!("expected exactly one key, found {}", entries.len()))),
            },
            _ => Err(de::Error::custom(format!("expected a name, found {}", self.type_name()))),
        };
        read.map_err(|error| at(error, &self.span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// Gives `error` the place `span` where it has none yet: the innermost value wins.
fn at(mut error: ReadError, span: &ByteSpan) -> ReadError {
    error.span.get_or_insert_with(|| span.clone());
    error
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ReadError> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, (String, ByteSpan, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some((key, span, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Key { key, span }).map(Some).map_err(|error| at(error, span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

struct Variant<'de> {
    name: &'de str,
    value: Option<&'de Node>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = ReadError;
    type Variant = VariantValue<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), ReadError> {
        let name: StrDeserializer<'de, ReadError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, VariantValue(self.value)))
    }
}

struct VariantValue<'de>(Option<&'de Node>);

impl<'de> de::VariantAccess<'de> for VariantValue<'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.0 {
            None => Ok(()),
            Some(value) => Err(at(de::Error::custom("this name takes no value"), &value.span)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        seed.deserialize(self.0.ok_or_else(needs_value)?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.0.ok_or_else(needs_value)?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, ReadError> {
        self.0.ok_or_else(needs_value)?.deserialize_any(visitor)
    }
}

fn needs_value() -> ReadError {
    de::Error::custom("this name needs a value")
}

/// A key of a mapping; as a [`Spanned`] it keeps its place.
struct Key<'de> {
    key: &'de str,
    span: &'de ByteSpan,
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.key)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match name {
            SPANNED => visitor.visit_map(Places { span: self.span, value: Placed::Key(self.key), next: 0 }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(Variant { name: self.key, value: None })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// Start, end and value of a node or key, for [`Spanned`] and [`Node`].
struct Places<'de> {
    span: &'de ByteSpan,
    value: Placed<'de>,
    next: usize,
}

#[derive(Clone, Copy)]
enum Placed<'de> {
    Node(&'de Node),
    Key(&'de str),
}

impl<'de> MapAccess<'de> for Places<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ReadError> {
        let Some(field) = FIELDS.get(self.next) else { return Ok(None) };
        let field: StrDeserializer<'de, ReadError> = (*field).into_deserializer();
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        self.next += 1;
        match self.next {
            1 => seed.deserialize((self.span.start as u64).into_deserializer()),
            2 => seed.deserialize((self.span.end as u64).into_deserializer()),
            _ => match self.value {
                Placed::Node(node) => seed.deserialize(node),
                Placed::Key(key) => seed.deserialize(key.into_deserializer()),
            },
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value with its place")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spanned<T>, A::Error> {
                let (start, end) = places(&mut map)?;
                map.next_key::<String>()?;
                Ok(Spanned { value: map.next_value()?, span: start..end })
            }
        }
        deserializer.deserialize_struct(SPANNED, FIELDS, Parts(PhantomData))
    }
}

fn places<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(usize, usize), A::Error> {
    let mut bounds = [0; 2];
    for (bound, field) in bounds.iter_mut().zip(FIELDS) {
        if map.next_key::<String>()?.as_deref() != Some(field) {
            return Err(de::Error::custom("this value can only be read from a rubric"));
        }
        *bound = map.next_value::<usize>()?;
    }
    Ok((bounds[0], bounds[1]))
}

/// Only from another node; anything else has no places to keep.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Node;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value of a rubric")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let (start, end) = places(&mut map)?;
                map.next_key::<String>()?;
                Ok(Node { kind: map.next_value()?, span: start..end })
            }
        }
        deserializer.deserialize_struct(NODE, FIELDS, Parts)
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds;
        impl<'de> Visitor<'de> for Kinds {
            type Value = NodeKind;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value of a rubric")
            }
            fn visit_unit<E>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<NodeKind, E> {
                Ok(NodeKind::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(value as f64))
            }
            fn visit_f64<E>(self, value: f64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(value))
            }
            fn visit_str<E>(self, text: &str) -> Result<NodeKind, E> {
                Ok(NodeKind::Text(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NodeKind, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(NodeKind::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NodeKind, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Spanned<String>, Node>()? {
                    entries.push((key.value, key.span, value));
                }
                Ok(NodeKind::Map(entries))
            }
        }
        deserializer.deserialize_any(Kinds)
    }
}
