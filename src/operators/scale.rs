//! From a number to a verdict: full points up to one mark, none from another on, in proportion between them.
//!
//! Takes parameters and measured numbers, gives verdicts and the words for them. Knows nothing of calls.

use super::Length;
use crate::call::{Finding, Ms, Outcome, Reason};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A part of a whole: `30%`, or a number from 0 to 1; `MOST` is the most per cent that it can be.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share<const MOST: u16 = 100>(pub f64);

/// In per cent with at most one decimal: `30 %`, `62.5 %`.
impl<const MOST: u16> fmt::Display for Share<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", (self.0 * 1000.0).round() / 10.0)
    }
}

impl<'de, const MOST: u16> Deserialize<'de> for Share<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShareVisitor<const MOST: u16>;
        impl<const MOST: u16> Visitor<'_> for ShareVisitor<MOST> {
            type Value = Share<MOST>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as `30%`, or a number from 0 to 1")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Share<MOST>, E> {
                let number = text.trim().strip_suffix(['%', '％']).map(str::trim);
                match number.and_then(|number| number.parse::<f64>().ok()) {
                    Some(percent) if (0.0..=f64::from(MOST)).contains(&percent) => Ok(Share(percent / 100.0)),
                    Some(_) => Err(E::custom(format!("expected a share from `0%` to `{MOST}%`"))),
                    None => Err(E::custom("expected a share such as `30%`, or a number from 0 to 1")),
                }
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Share<MOST>, E> {
                if (0.0..=1.0).contains(&number) {
                    return Ok(Share(number));
                }
                Err(E::custom(format!("expected a share from 0 to 1; for per cent write `{number}%`")))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Share<MOST>, E> {
                self.visit_f64(number as f64)
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Share<MOST>, E> {
                self.visit_f64(number as f64)
            }
        }
        deserializer.deserialize_any(ShareVisitor)
    }
}

impl<const MOST: u16> JsonSchema for Share<MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share: `30%`, or a number from 0 to 1",
            "anyOf": [
                { "type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*[%％]\s*$" },
                { "type": "number", "minimum": 0, "maximum": 1 },
            ],
        })
    }
}

/// The verdict on a number that had better be small: full points below or at `warn`, none at or above `fail`.
pub fn at_most(value: f64, warn: f64, fail: f64) -> Outcome {
    if value <= warn {
        Outcome::Pass
    } else if value >= fail {
        Outcome::Fail
    } else {
        Outcome::Partial(((fail - value) / (fail - warn)) as f32)
    }
}

/// The verdict on a number that had better be large: full points at or above `warn`, none at or below `fail`.
pub fn at_least(value: f64, warn: f64, fail: f64) -> Outcome {
    at_most(-value, -warn, -fail)
}

/// The worse of two verdicts that both hold: a failure beats a doubt, a doubt beats everything else.
pub fn worse(one: Outcome, other: Outcome) -> Outcome {
    let rank = |outcome: Outcome| match outcome {
        Outcome::Fail => 0.0,
        Outcome::Unsure => 0.5,
        Outcome::Partial(fraction) => 1.0 + fraction,
        Outcome::Pass => 3.0,
        Outcome::NotApplicable => 4.0,
    };
    if rank(other) < rank(one) { other } else { one }
}

/// Both marks from what the author gave: where one is left out, the other decides alone; `default` without both.
pub fn marks(warn: Option<Length>, fail: Option<Length>, default: (Length, Length)) -> (Ms, Ms) {
    match (warn, fail) {
        (None, None) => (default.0.ms(), default.1.ms()),
        (Some(only), None) | (None, Some(only)) => (only.ms(), only.ms()),
        (Some(warn), Some(fail)) => (warn.ms(), fail.ms()),
    }
}

/// A time as a person says it: `6.2 s`.
pub fn en(time: Ms) -> String {
    format!("{} s", (time.seconds() * 10.0).round() / 10.0)
}

/// The same in Mandarin: `6.2 秒`.
pub fn zh(time: Ms) -> String {
    format!("{} 秒", (time.seconds() * 10.0).round() / 10.0)
}

/// A number with its noun, in English: `1 wait`, `2 waits`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The finding where agent and customer are not told apart.
pub fn sides_unknown() -> Finding {
    Finding::new(Outcome::Unsure, Reason::new("agent and customer are not told apart", "无法区分客服与客户"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_the_marks_points_fall_in_proportion() {
        assert_eq!(at_most(40.0, 40.0, 60.0), Outcome::Pass);
        assert_eq!(at_most(45.0, 40.0, 60.0), Outcome::Partial(0.75));
        assert_eq!(at_most(60.0, 40.0, 60.0), Outcome::Fail);
        assert_eq!(at_most(5.1, 5.0, 5.0), Outcome::Fail);
        assert_eq!(at_least(2.0, 3.0, 1.0), Outcome::Partial(0.5));
    }

    #[test]
    fn shares_are_per_cent_or_parts_of_one() {
        let read = |text: &str| serde_json::from_str::<Share>(text).ok().map(|share| share.0);
        assert_eq!((read("\"30%\""), read("0.3"), read("30"), read("\"30\"")), (Some(0.3), Some(0.3), None, None));
    }
}
