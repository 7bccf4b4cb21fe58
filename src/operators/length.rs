//! Lengths of time as authors of rubrics write them: `15s`, `2m`, `500ms`, `1m30s`, or plain seconds.
//!
//! Takes a parameter's value, gives milliseconds. Knows nothing of calls.

use crate::call::Ms;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The longest length that a rubric may ask for; no call is longer than a day.
const LONGEST_SECONDS: f64 = 86_400.0;

/// A length of time in a rubric; never negative, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(pub Ms);

impl Length {
    /// A length of whole seconds, for defaults.
    pub const fn seconds(seconds: i64) -> Self {
        Self(Ms(seconds * 1000))
    }

    /// The same length in milliseconds.
    pub const fn ms(self) -> Ms {
        self.0
    }

    fn from_seconds(seconds: f64) -> Result<Self, LengthError> {
        if !seconds.is_finite() || seconds < 0.0 {
            return Err(LengthError::Negative);
        }
        if seconds > LONGEST_SECONDS {
            return Err(LengthError::TooLong);
        }
        Ok(Self(Ms::from_seconds(seconds)))
    }
}

/// Seconds without needless zeros: `5 s`, `2.5 s`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.seconds())
    }
}

/// Why a text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Not of the form number and unit.
    #[error("expected a length of time such as `15s`, `2m`, `500ms` or a number of seconds")]
    Malformed,
    /// Below zero.
    #[error("a length of time cannot be negative")]
    Negative,
    /// More than a day.
    #[error("a length of time is at most 24 hours")]
    TooLong,
}

impl FromStr for Length {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let mut rest = text.trim();
        if rest.starts_with('-') {
            return Err(LengthError::Negative);
        }
        if rest.is_empty() {
            return Err(LengthError::Malformed);
        }
        let mut seconds = 0.0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number: f64 = rest[..digits].parse().map_err(|_| LengthError::Malformed)?;
            rest = rest[digits..].trim_start();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let unit = match &rest[..letters] {
                "ms" => 0.001,
                "" | "s" | "sec" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3600.0,
                _ => return Err(LengthError::Malformed),
            };
            seconds += number * unit;
            rest = rest[letters..].trim_start();
        }
        Self::from_seconds(seconds)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LengthVisitor;
        impl Visitor<'_> for LengthVisitor {
            type Value = Length;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a length of time such as `15s`, `2m`, `500ms` or a number of seconds")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Length, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Length, E> {
                Length::from_seconds(seconds).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Length, E> {
                self.visit_f64(seconds as f64)
            }
            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Length, E> {
                self.visit_f64(seconds as f64)
            }
        }
        deserializer.deserialize_any(LengthVisitor)
    }
}

impl JsonSchema for Length {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A length of time: `15s`, `2m`, `500ms`, or a number of seconds",
            "anyOf": [
                { "type": "string", "pattern": r"^\s*([0-9]+(\.[0-9]*)?\s*((ms|sec|s|min|m|h)\s*|$))+$" },
                { "type": "number", "minimum": 0, "maximum": 86400 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_length() {
        for (text, ms) in
            [("15s", 15_000), ("2m", 120_000), ("500ms", 500), ("1m30s", 90_000), ("1.5 s", 1_500), ("7", 7_000)]
        {
            assert_eq!(text.parse::<Length>(), Ok(Length(Ms(ms))), "{text}");
        }
        for value in ["15", "\"15s\"", "15.0"] {
            assert_eq!(serde_json::from_str::<Length>(value).ok(), Some(Length(Ms(15_000))), "{value}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        assert_eq!("".parse::<Length>(), Err(LengthError::Malformed));
        assert_eq!("s".parse::<Length>(), Err(LengthError::Malformed));
        assert_eq!("5 parsecs".parse::<Length>(), Err(LengthError::Malformed));
        assert_eq!("1.2.3s".parse::<Length>(), Err(LengthError::Malformed));
        assert_eq!("-5s".parse::<Length>(), Err(LengthError::Negative));
        assert_eq!("25h".parse::<Length>(), Err(LengthError::TooLong));
    }
}
