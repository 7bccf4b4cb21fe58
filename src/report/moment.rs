//! When a call began, read from whatever the telephone system wrote.

use jiff::civil::Date;

/// A day, and the minute where it is known. No time zone: the telephone system's own wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The day.
    pub day: Date,
    /// Hour and minute of that day.
    pub time: Option<(u8, u8)>,
}

impl Moment {
    /// Reads `2026-05-01T09:30:00+08:00`, `2026/5/1 9:30`, `20260501-093000`, `2026年5月1日 9时30分` and the like:
    /// year, month and day in this order, then hour and minute. Anything else is no moment.
    pub fn parse(text: &str) -> Option<Moment> {
        let mut numbers: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
        let first = *numbers.first()?;
        let mut whole = Vec::new();
        if first.len() >= 8 && first.len() <= 14 {
            // Digits without separators: YYYYMMDD, with HHMM or HHMMSS behind.
            numbers.remove(0);
            whole.extend([&first[..4], &first[4..6], &first[6..8]]);
            whole.extend([first.get(8..10), first.get(10..12)].into_iter().flatten());
            if let Some(clock) = numbers.first().filter(|clock| whole.len() == 3 && matches!(clock.len(), 4 | 6)) {
                whole.extend([&clock[..2], &clock[2..4]]);
            }
        }
        whole.extend(numbers);
        let number = |index: usize| whole.get(index).and_then(|part| part.parse::<i16>().ok());
        let (month, day) = (i8::try_from(number(1)?).ok()?, i8::try_from(number(2)?).ok()?);
        let year = number(0).filter(|year| (1900..3000).contains(year))?;
        let day = Date::new(year, month, day).ok()?;
        let time = match (number(3), number(4)) {
            (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Some((hour as u8, minute as u8)),
            _ => None,
        };
        Some(Moment { day, time })
    }

    /// Monday is 0.
    pub fn weekday(self) -> usize {
        self.day.weekday().to_monday_zero_offset().unsigned_abs().into()
    }
}

/// `2026-05-01 09:30`, or the day alone.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.day)?;
        match self.time {
            Some((hour, minute)) => write!(f, " {hour:02}:{minute:02}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_notations_are_read() {
        for text in [
            "2026-05-01T09:30:00+08:00",
            "2026-05-01 09:30",
            "2026/5/1 9:30",
            "20260501-093000",
            "20260501093000",
            "2026年5月1日 9时30分",
        ] {
            assert_eq!(
                Moment::parse(text).map(|moment| moment.to_string()).as_deref(),
                Some("2026-05-01 09:30"),
                "{text}"
            );
        }
        assert_eq!(Moment::parse("20260501").map(|moment| moment.to_string()).as_deref(), Some("2026-05-01"));
        for text in ["", "yesterday", "2026-13-01", "99-1-1", "1746091800"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(Moment::parse("2026-05-01").map(Moment::weekday), Some(4));
    }
}
