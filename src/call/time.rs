//! Time on a recording's own timeline, in whole milliseconds.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};

/// A time or a length in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Ms(pub i64);

/// Longest time that is read back, ms: more than thirty years. What a broken worker or a damaged database says beyond
/// it is refused where it is read, so that no sum of times can run over later.
const LONGEST: i64 = 1 << 40;

/// A time that no recording has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// It is too long.
    #[error("{0} ms is longer than any recording")]
    TooLong(i64),
    /// It ends before it starts.
    #[error("a stretch of time ends at {end} ms, before its start at {start} ms")]
    Backwards {
        /// Start, ms.
        start: i64,
        /// End, ms.
        end: i64,
    },
}

impl TryFrom<i64> for Ms {
    type Error = TimeError;
    fn try_from(milliseconds: i64) -> Result<Self, TimeError> {
        if (-LONGEST..=LONGEST).contains(&milliseconds) {
            Ok(Ms(milliseconds))
        } else {
            Err(TimeError::TooLong(milliseconds))
        }
    }
}

impl From<Ms> for i64 {
    fn from(time: Ms) -> i64 {
        time.0
    }
}

impl Ms {
    /// `seconds` rounded to the nearest millisecond.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1000.0).round() as i64)
    }

    /// This time in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Add for Ms {
    type Output = Ms;
    fn add(self, other: Ms) -> Ms {
        Ms(self.0 + other.0)
    }
}

impl Sub for Ms {
    type Output = Ms;
    fn sub(self, other: Ms) -> Ms {
        Ms(self.0 - other.0)
    }
}

impl std::iter::Sum for Ms {
    fn sum<I: Iterator<Item = Ms>>(times: I) -> Ms {
        times.fold(Ms(0), Add::add)
    }
}

/// Minutes, seconds and tenths: `1:02.5`.
impl std::fmt::Display for Ms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0.max(0) + 50) / 100;
        write!(f, "{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

/// A half-open stretch of time: `start` belongs to it, `end` does not. `start <= end`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "StoredSpan")]
pub struct TimeSpan {
    /// First millisecond inside.
    pub start: Ms,
    /// First millisecond after.
    pub end: Ms,
}

/// A span as it is read, before its order is known.
#[derive(Deserialize)]
struct StoredSpan {
    start: Ms,
    end: Ms,
}

impl TryFrom<StoredSpan> for TimeSpan {
    type Error = TimeError;
    fn try_from(StoredSpan { start, end }: StoredSpan) -> Result<Self, TimeError> {
        if start <= end {
            Ok(TimeSpan { start, end })
        } else {
            Err(TimeError::Backwards { start: start.0, end: end.0 })
        }
    }
}

impl TimeSpan {
    /// From `start` to `end`; an end before the start gives an empty span at `start`.
    pub fn new(start: Ms, end: Ms) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Its length.
    pub fn length(self) -> Ms {
        self.end - self.start
    }

    /// Whether it holds no time at all.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether `time` lies inside.
    pub fn contains(self, time: Ms) -> bool {
        self.start <= time && time < self.end
    }

    /// Whether both share at least one millisecond.
    pub fn overlaps(self, other: TimeSpan) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The time that both share; empty where they do not meet.
    pub fn intersection(self, other: TimeSpan) -> TimeSpan {
        TimeSpan::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// `spans` in order, with those that meet or lie at most `bridge` apart made one.
    pub fn union(mut spans: Vec<TimeSpan>, bridge: Ms) -> Vec<TimeSpan> {
        spans.retain(|span| !span.is_empty());
        spans.sort();
        spans.dedup_by(|next, kept| {
            let meets = next.start <= kept.end + bridge;
            if meets {
                kept.end = kept.end.max(next.end);
            }
            meets
        });
        spans
    }

    /// The shortest span that covers both.
    pub fn hull(self, other: TimeSpan) -> TimeSpan {
        TimeSpan::new(self.start.min(other.start), self.end.max(other.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_went_and_nonsense_is_refused() {
        let span = TimeSpan::new(Ms(-3), Ms(5));
        let text = serde_json::to_string(&span).unwrap();
        assert_eq!(text, r#"{"start":-3,"end":5}"#);
        assert_eq!(serde_json::from_str::<TimeSpan>(&text).unwrap(), span);
        for nonsense in [r#"{"start":5,"end":4}"#, r#"{"start":0,"end":9223372036854775807}"#, r#"{"start":0}"#] {
            assert!(serde_json::from_str::<TimeSpan>(nonsense).is_err(), "{nonsense}");
        }
        assert!(serde_json::from_str::<Ms>("-9223372036854775808").is_err());
    }
}
