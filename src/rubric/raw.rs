//! The rubric file as its author writes it. Doc comments are the users' documentation: editors show them.

use crate::diagnostic::Spanned;
use crate::operators::{Length, WrittenCheck};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A rubric: what calls are judged by.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct RawRubric {
    /// Version of the file format; always 1.
    #[allow(dead_code, reason = "checked before the rest of the file is read")]
    #[schemars(extend("const" = 1))]
    pub format: u32,
    /// Stable name of the rubric, such as `inbound-service-en`.
    pub id: Id,
    /// Name for people.
    pub title: String,
    /// Language of the calls: `zh`, `en` or `any`. Calls in another language are not scored.
    #[serde(default)]
    pub language: Language,
    /// Version of the rubric, in quotes; every result carries it.
    #[serde(default)]
    pub version: String,
    /// Score from which a call passes, 0 to 100; 80 where it is left out.
    pub pass_mark: Option<Spanned<f64>>,
    /// Names of score ranges with the lowest score of each, from the highest to the lowest.
    #[serde(default)]
    pub bands: Ordered<Spanned<f64>>,
    /// Less speech than this, and a call is not scored; 15s where it is left out.
    pub min_speech: Option<Length>,
    /// Rubrics whose sections, marks, slots and lexicons are taken over; what stands here wins, by id.
    #[serde(default)]
    #[allow(dead_code, reason = "already merged when this is read")]
    pub include: Listed<String>,
    /// Ids of included criteria and sections that are left out.
    #[serde(default)]
    #[allow(dead_code, reason = "already merged when this is read")]
    pub without: Listed<String>,
    /// Files with named phrase lists, or the lists themselves by name.
    #[serde(default)]
    #[allow(dead_code, reason = "read with the files that they name")]
    pub lexicons: Lexicons,
    /// Names that phrases use as `{name}`, each with its values.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "$ref": "#/$defs/Id" }))]
    pub slots: Ordered<Listed<String>>,
    /// Named places in a call that windows refer to, each found by a check.
    #[serde(default)]
    #[allow(dead_code, reason = "built from the tree, so that their mistakes are found with all others")]
    #[schemars(extend("propertyNames" = { "$ref": "#/$defs/Id" }))]
    pub marks: Ordered<WrittenCheck>,
    /// Weighted groups of criteria.
    pub sections: Vec<RawSection>,
}

/// A weighted group of criteria.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Section")]
pub(super) struct RawSection {
    /// Stable name.
    pub id: Spanned<Id>,
    /// Name for people.
    pub title: String,
    /// Share of the score, relative to the other sections; 1 where it is left out.
    pub weight: Option<Spanned<Amount>>,
    /// What is judged.
    #[serde(default)]
    pub criteria: Vec<RawCriterion>,
}

/// One thing that is judged. It has exactly one of `points`, `deduct` and `bonus`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Criterion")]
pub(super) struct RawCriterion {
    /// Stable name, such as `greeting`; reports and windows refer to it.
    pub id: Spanned<Id>,
    /// Name for people.
    pub title: String,
    /// Where the demand comes from and what it is good for.
    #[serde(default)]
    pub why: String,
    /// Points that can be earned within the section.
    pub points: Option<Spanned<Amount>>,
    /// Points of the whole score that failing takes away.
    pub deduct: Option<Spanned<Amount>>,
    /// Whether each hit takes the points of `deduct` away.
    pub per_hit: Option<Spanned<bool>>,
    /// Most points that `deduct` takes away in all.
    pub cap: Option<Spanned<Amount>>,
    /// Points of the whole score that passing adds.
    pub bonus: Option<Spanned<Amount>>,
    /// What failing sets to zero: `section` or `call` (also `true`).
    pub fatal: Option<RawFatal>,
    /// Labels; criteria tagged `compliance` make a score of their own.
    #[serde(default)]
    pub tags: Listed<String>,
    /// What is looked for: one operator with its parameters.
    #[allow(dead_code, reason = "built from the tree, so that its mistakes are found with all others")]
    pub check: WrittenCheck,
    /// Small calls with the outcome that they must have, for `callgrade rubric test`.
    #[serde(default)]
    pub examples: RawExamples,
}

/// The keys of which a criterion has exactly one.
pub(super) const WORTH: &[&str] = &["points", "deduct", "bonus"];

/// Small calls, written as scripts, by the outcome that they must have.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Examples")]
pub(super) struct RawExamples {
    /// Calls that must pass.
    #[serde(default)]
    pub pass: Listed<String>,
    /// Calls that must earn a part of the points.
    #[serde(default)]
    pub partial: Listed<String>,
    /// Calls that must fail.
    #[serde(default)]
    pub fail: Listed<String>,
    /// Calls in which the question does not arise.
    #[serde(default)]
    pub not_applicable: Listed<String>,
    /// Calls that a person must look at.
    #[serde(default)]
    pub unsure: Listed<String>,
}

/// Language of the calls.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// Mandarin.
    Zh,
    /// English.
    En,
    /// Any language.
    #[default]
    Any,
}

impl Language {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
            Language::Any => "any",
        }
    }
}

/// Blanks and signs that stand in no name, as a class of a pattern: not every reader of JSON schemas knows `\p{L}`.
const NO_LETTERS: &str = concat!(
    r"\x00-\x2C\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\xA9\xAB-\xB4\xB6-\xB9\xBB-\xBF\xD7\xF7",
    r"\u2000-\u206F\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\u3030",
    r"\uFE00-\uFE6F\uFEFF\uFF00-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65\uFFE0-\uFFFF",
);

/// A name of letters, digits, `_`, `-` and `.`, without blanks.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct Id(pub String);

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A name of letters, digits, `_`, `-` and `.`, without blanks",
            "type": "string",
            "pattern": format!("^[^.{NO_LETTERS}-][^{NO_LETTERS}]*$"),
            "maxLength": 64,
        })
    }
}

/// Points or a weight: 0 or more.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Amount(#[schemars(range(min = 0.0, max = 10000.0))] pub f64);

/// What a failed criterion sets to zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RawFatal {
    Section,
    Call,
    No,
}

impl<'de> Deserialize<'de> for RawFatal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = RawFatal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`section`, `call`, true or false")
            }
            fn visit_bool<E>(self, fatal: bool) -> Result<RawFatal, E> {
                Ok(if fatal { RawFatal::Call } else { RawFatal::No })
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<RawFatal, E> {
                match word {
                    "section" => Ok(RawFatal::Section),
                    "call" => Ok(RawFatal::Call),
                    _ => Err(E::custom("expected `section`, `call`, true or false")),
                }
            }
        }
        deserializer.deserialize_any(Words)
    }
}

impl JsonSchema for RawFatal {
    fn schema_name() -> Cow<'static, str> {
        "Fatal".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["section", "call", true, false] })
    }
}

/// A mapping whose keys keep their order and their places.
#[derive(Debug)]
pub(super) struct Ordered<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_unit<E>(self) -> Result<Ordered<T>, E> {
                Ok(Ordered::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_any(Entries(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Ordered<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// One value or a list of them, each with its place.
#[derive(Debug)]
pub(super) struct Listed<T>(pub Vec<Spanned<T>>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Listed<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        enum Values {
            One(String),
            Many(Vec<Spanned<String>>),
        }
        impl<'de> Deserialize<'de> for Values {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct OneOrMany;
                impl<'de> Visitor<'de> for OneOrMany {
                    type Value = Values;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("text or a list of texts")
                    }
                    fn visit_str<E>(self, text: &str) -> Result<Values, E> {
                        Ok(Values::One(text.to_owned()))
                    }
                    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Values, A::Error> {
                        let mut list = Vec::new();
                        while let Some(item) = items.next_element()? {
                            list.push(item);
                        }
                        Ok(Values::Many(list))
                    }
                }
                deserializer.deserialize_any(OneOrMany)
            }
        }
        let Spanned { value, span } = Spanned::<Values>::deserialize(deserializer)?;
        Ok(match value {
            Values::One(value) => Listed(vec![Spanned { value, span }]),
            Values::Many(list) => Listed(list),
        })
    }
}

impl JsonSchema for Listed<String> {
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "type": "string", "minLength": 1 } },
            ]
        })
    }
}

/// Files with named phrase lists, or the lists themselves by name; read from the tree (see `lexicon`).
#[derive(Debug, Default)]
pub(super) struct Lexicons;

impl<'de> Deserialize<'de> for Lexicons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Lexicons)
    }
}

impl JsonSchema for Lexicons {
    fn schema_name() -> Cow<'static, str> {
        "Lexicons".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let phrases = Listed::<String>::json_schema(generator);
        json_schema!({
            "description": "Files with named phrase lists, or the lists themselves by name",
            "anyOf": [
                { "type": "string", "minLength": 1 },
                { "type": "array", "items": { "anyOf": [
                    { "type": "string", "minLength": 1 },
                    { "type": "object", "additionalProperties": phrases },
                ] } },
                { "type": "object", "additionalProperties": phrases },
            ]
        })
    }
}
