//! Subtitles (SRT, WebVTT), as `transcribe` and other programs write them, rewritten as a script.

use super::speaker;
use super::time::clock;
use std::borrow::Cow;

/// `text` as a script, line for line, so that the number of a line stays the same; as it is where it holds no
/// subtitles.
pub(super) fn as_script(text: &str) -> Cow<'_, str> {
    if !has_any(text) {
        return text.into();
    }
    let mut script = String::with_capacity(text.len());
    let mut cue: Option<Cue> = None;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            cue = None;
        } else if let Some((start, end)) = times(line) {
            cue = Some(Cue { time: format!("{start}s-{end}s"), name: None });
        } else if let Some(cue) = &mut cue {
            script.push_str(&cue.line(line));
        }
        script.push('\n');
    }
    script.into()
}

/// Subtitles line for line as other programs write transcripts, `[0:00:01.5-0:00:03] Emily Stone: words`, where at least
/// half of them name a speaker.
pub(super) fn as_lines(text: &str) -> Option<String> {
    let mut lines = String::with_capacity(text.len());
    let (mut cue, mut cues, mut names) = (None, 0, 0);
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            cue = None;
        } else if let Some((start, end)) = times(line) {
            cue = Some(format!("[{}-{}] ", clock_face(start), clock_face(end)));
            cues += 1;
        } else if let Some(time) = &mut cue {
            let (name, words) = named(line, |_| true);
            names += usize::from(name.is_some() && !time.is_empty());
            lines.push_str(&std::mem::take(time));
            if let Some(name) = name {
                lines.push_str(&format!("{name}: "));
            }
            lines.push_str(&unescaped(words));
        }
        lines.push('\n');
    }
    (cues > 0 && 2 * names >= cues).then_some(lines)
}

/// A time in seconds as on a clock.
fn clock_face(seconds: f64) -> String {
    let whole = seconds as u64;
    format!("{}:{:02}:{:06.3}", whole / 3600, whole / 60 % 60, seconds - (whole / 60 * 60) as f64)
}

/// What the entities of subtitles stand for.
fn unescaped(words: &str) -> String {
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Whether `text` holds subtitles.
pub(super) fn has_any(text: &str) -> bool {
    text.lines().any(|line| times(line).is_some())
}

/// A subtitle that is being read.
struct Cue {
    /// Its time, as a script writes it.
    time: String,
    /// Its speaker, once a line has been read.
    name: Option<String>,
}

impl Cue {
    fn line(&mut self, line: &str) -> String {
        let (name, words) = named(line, |name| speaker(name).is_some());
        let words = unescaped(words);
        match &self.name {
            None => {
                let name = name.filter(|name| speaker(name).is_some()).unwrap_or("unknown").to_owned();
                let line = format!("{name} {}: {words}", self.time);
                self.name = Some(name);
                line
            }
            // A further line of the same subtitle follows the first.
            Some(name) => format!("{name}: {words}"),
        }
    }
}

/// The speaker that a line of a subtitle names, and its words: `<v agent>Hello`, or `agent: Hello` where that `is_name`.
fn named(line: &str, is_name: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
    if let Some((name, words)) = line.strip_prefix("<v ").and_then(|rest| rest.split_once('>')) {
        return (Some(name.trim()), words.trim_end_matches("</v>"));
    }
    match line.split_once([':', '\u{FF1A}']) {
        Some((name, words)) if is_name(name.trim()) => (Some(name.trim()), words),
        _ => (None, line),
    }
}

/// Start and end in seconds of a line such as `00:01:02,500 --> 00:01:04,000`.
fn times(line: &str) -> Option<(f64, f64)> {
    let (start, rest) = line.split_once("-->")?;
    Some((clock(start.trim())?, clock(rest.split_whitespace().next()?)?))
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn turns(text: &str) -> Vec<(i64, i64, String)> {
        let (heard, _, roles) = parse(text).unwrap();
        let turns = heard.transcript.turns.iter();
        turns
            .map(|turn| {
                (turn.span.start.0, turn.span.end.0, format!("{}{}", roles.of(turn.channel).as_str(), turn.text))
            })
            .collect()
    }

    #[test]
    fn subtitles_are_read_as_turns() {
        let srt = "1\n00:00:01,000 --> 00:00:03,000\nagent: Hello\n\n2\n00:01:04,500 --> 00:01:06,000\n客户: 喂?\n";
        let vtt = "WEBVTT\n\nNOTE one\n\n00:01.000 --> 00:03.000\n<v agent>Hello\n\n01:04.500 --> 01:06.000 align:start\n<v 客户>喂?\n";
        for text in [srt, vtt] {
            let turns = turns(text);
            assert_eq!(turns.len(), 2, "{turns:?}");
            assert_eq!((turns[0].0, turns[0].1, turns[1].0, turns[1].1), (1000, 3000, 64_500, 66_000));
            assert!(turns[0].2.starts_with("agent") && turns[1].2.starts_with("customer"), "{turns:?}");
        }
    }

    #[test]
    fn who_is_not_named_is_unknown() {
        let turns = turns("1\n00:00:01,000 --> 00:00:03,000\nHello there\nand more\n");
        assert!(turns.iter().all(|turn| turn.2.starts_with("unknown")), "{turns:?}");
    }
}
