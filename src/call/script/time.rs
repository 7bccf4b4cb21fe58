//! Times in scripts: `0.5s`, `3`, `500ms`, `2m`, `1:02.5`, and spans of them; times of other programs.

use super::ScriptProblem;
use crate::call::Ms;

/// A start with its end, where there is one: `3s-5.2s`, `1:02–1:08`, `3s`.
pub(super) fn span(text: &str) -> Result<(Ms, Option<Ms>), ScriptProblem> {
    match text.split_once(['-', '–', '~']) {
        Some((start, end)) => {
            let (start, end) = (length(start.trim())?, length(end.trim())?);
            if end < start {
                return Err(ScriptProblem::EndBeforeStart(text.to_owned()));
            }
            Ok((start, Some(end)))
        }
        None => Ok((length(text)?, None)),
    }
}

/// A time or a length; plain numbers are seconds.
pub(super) fn length(text: &str) -> Result<Ms, ScriptProblem> {
    let bad = || ScriptProblem::BadTime(text.to_owned());
    let number = |digits: &str| -> Result<f64, ScriptProblem> {
        let plain = !digits.is_empty() && digits.chars().all(|it| it.is_ascii_digit() || it == '.');
        digits.parse::<f64>().ok().filter(|value| plain && *value <= 1e9).ok_or_else(bad)
    };
    let seconds = if let Some(ms) = text.strip_suffix("ms") {
        number(ms)? / 1000.0
    } else if let Some(minutes) = text.strip_suffix('m') {
        number(minutes)? * 60.0
    } else {
        let clock = text.strip_suffix('s').or_else(|| text.strip_suffix('秒')).unwrap_or(text);
        if clock.matches(':').count() > 2 {
            return Err(bad());
        }
        clock.split(':').try_fold(0.0, |sum, part| Ok(sum * 60.0 + number(part)?))?
    };
    Ok(Ms::from_seconds(seconds))
}

/// A time of other programs, such as `00:01`, `1:02:03.5` or `00:00:01,500`, in seconds.
pub(super) fn clock(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    for part in text.split(':') {
        let number: f64 = part.replace(',', ".").parse().ok().filter(|number| (0.0..1e6).contains(number))?;
        seconds = 60.0 * seconds + number;
    }
    Some((seconds * 1000.0).round() / 1000.0)
}
