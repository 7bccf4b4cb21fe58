//! A call written down by hand: examples of rubrics and operator pages, pasted transcripts, tests.
//!
//! ```text
//! @agent=小王 company=招商银行        # metadata; also: language=zh
//! agent 0.5s: 您好,欢迎致电招商银行。   # speaker, start, text
//! customer 3s-5.2s: 喂?              # with its end
//! agent 1:02 (p=0.4): 请稍等。         # words that were recognised badly
//! customer (level=-12 pitch=260 spread=4): 我等了很久!   # loudness dBFS, median pitch Hz, its spread in semitones
//! silence 8s                          # nobody speaks for 8 s; the next turn without a time begins after it
//! music 10s-20s                       # hold music on the agent's channel; also: tone, noise, `music customer ..`
//! end 60s                             # length of the recording
//! ```
//!
//! Times are `0.5s`, `3`, `500ms`, `2m` or `1:02.5`. A turn without a start follows the one before; a turn without an
//! end takes as long as its words usually do, and stops where the next one begins. Words share the time of their turn
//! evenly. A time may also stand in front, `[1:02] agent: ..`. Subtitles (SRT, WebVTT) are read, too.
//! Speakers may be written in Mandarin (客服, 顾客), and a line with `unknown` is a call on a single track.

mod build;
mod pasted;
mod subtitles;
mod time;

pub use pasted::{Pasted, pasted};

use super::{HeardCall, Metadata, Ms, NonSpeechKind, Roles, Speaker};
use time::{length, span};

/// Most bytes of a script.
const MAX_BYTES: usize = 256 << 10;
/// Longest call that a script can describe.
const MAX_LENGTH: Ms = Ms(4 * 3_600_000);

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: ScriptProblem,
}

/// What can be wrong with a line of a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptProblem {
    /// It is none of the known kinds of line.
    #[error("expected `agent:`, `customer:`, `@name=value`, `silence`, `music` or `end`, found `{0}`")]
    UnknownLine(String),
    /// A time is not one.
    #[error("expected a time such as `0.5s` or `1:02.5`, found `{0}`")]
    BadTime(String),
    /// A turn or sound ends before it begins.
    #[error("the end `{0}` lies before the start")]
    EndBeforeStart(String),
    /// A mark in brackets is not one.
    #[error("expected `(p=..)`, `(level=..)`, `(pitch=..)` or `(spread=..)`, found `{0}`")]
    BadMark(String),
    /// A metadata line without a value.
    #[error("expected `name=value`, found `{0}`")]
    BadMetadata(String),
    /// A turn without words.
    #[error("this turn has no words")]
    NoWords,
    /// More than a script may hold.
    #[error("a script has at most {MAX_BYTES} bytes and {} hours", MAX_LENGTH.0 / 3_600_000)]
    TooLong,
}

/// Reads a call from `text`: its words with times, a sound map to match, its metadata and its roles.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(text: &str) -> Result<(HeardCall, Metadata, Roles), ScriptError> {
    let script = read(text)?;
    Ok(build::build(script))
}

/// Reads a call from `text` that was never heard as sound: how loud and how high voices are is unknown where no turn is marked
/// with it. Also gives what is written of the call beside its words.
///
/// # Errors
/// The first line that is not understood.
pub fn transcript(text: &str) -> Result<((HeardCall, Metadata, Roles), Written), ScriptError> {
    let script = read(text)?;
    let written = script.written;
    let mut call = build::build(script);
    for channel in &mut call.0.sound.channels {
        if !written.level {
            channel.loudness.values.clear();
        }
        if !written.pitch {
            channel.pitch.values.clear();
        }
    }
    Ok((call, written))
}

/// What keeps `text` from being a script: each line that is not understood.
pub fn mistakes(text: &str) -> Vec<ScriptError> {
    let mut mistakes = Vec::new();
    read_lines(text, |mistake| mistakes.push(mistake));
    mistakes
}

/// Whether `text` has a line with a time or mark as only scripts write it: `agent 40s-43s: ..`, `customer (p=0.4): ..`.
pub fn is_meant(text: &str) -> bool {
    text.lines().any(|line| {
        let Some((_, head)) = split_turn(line.trim()).and_then(|(head, _)| speaker(head)) else { return false };
        let head = head.trim_start();
        let unit = head.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
        let marked = ["(p=", "(level=", "(pitch=", "(spread="].iter().any(|mark| head.contains(mark));
        marked || unit.len() < head.len() && unit.starts_with(['s', 'm'])
    })
}

/// The lines of a script, times as written.
#[derive(Debug, Default)]
struct Script {
    metadata: Metadata,
    turns: Vec<ScriptTurn>,
    sounds: Vec<(Speaker, NonSpeechKind, Ms, Ms)>,
    /// A silence at the end of the script reaches to here.
    reach: Ms,
    end: Option<Ms>,
    written: Written,
}

/// What the lines of a script say beside words; the rest is made up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// When somebody speaks or is silent.
    pub times: bool,
    /// How loud a voice is.
    pub level: bool,
    /// How high a voice is, or how much that changes.
    pub pitch: bool,
}

#[derive(Debug)]
struct ScriptTurn {
    speaker: Speaker,
    start: Ms,
    end: Option<Ms>,
    marks: Marks,
    text: String,
}

/// How a turn sounds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Marks {
    /// Word probability.
    probability: f32,
    /// Loudness, dBFS.
    level: f32,
    /// Median pitch, Hz.
    pitch: f32,
    /// Standard deviation of the pitch, semitones.
    spread: f32,
}

fn read(text: &str) -> Result<Script, ScriptError> {
    let mut first = None;
    let script = read_lines(text, |mistake| first = first.take().or(Some(mistake)));
    first.map_or(Ok(script), Err)
}

/// What can be read of `text`; each line that can't is given to `found`.
fn read_lines(text: &str, mut found: impl FnMut(ScriptError)) -> Script {
    let mut script = Script::default();
    if text.len() > MAX_BYTES {
        found(ScriptError { line: 1, problem: ScriptProblem::TooLong });
        return script;
    }
    for (index, line) in subtitles::as_script(text.trim_start_matches('\u{FEFF}')).lines().enumerate() {
        let line = line.trim();
        if !line.is_empty()
            && !line.starts_with('#')
            && let Err(problem) = read_line(line, &mut script)
        {
            found(ScriptError { line: index + 1, problem });
        }
    }
    script
}

fn read_line(line: &str, script: &mut Script) -> Result<(), ScriptProblem> {
    if let Some(pairs) = line.strip_prefix('@') {
        return read_metadata(pairs, &mut script.metadata);
    }
    let unknown = || ScriptProblem::UnknownLine(line.chars().take(40).collect());
    // Pasted transcripts often have the time before the speaker: `[0:12] agent: ...`.
    let (time, line) = match line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((time, rest)) => (Some(time.trim()), rest.trim()),
        None => (None, line),
    };
    // The colon of a time such as `1:02` has a digit on either side; that of a turn does not, or stands after a blank.
    if let Some((head, text)) = split_turn(line) {
        let (speaker, rest) = speaker(head).ok_or_else(unknown)?;
        let head = time.map_or(rest.trim().to_owned(), |time| format!("{time} {}", rest.trim()));
        return read_turn(speaker, head.trim(), text.trim(), script);
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    script.written.times = true;
    let kind = match word {
        "end" => {
            script.end = Some(checked(length(rest)?)?);
            return Ok(());
        }
        "silence" => {
            // `silence 8s` is a length, `silence 10s-18s` reaches to its end.
            let until = match span(rest)? {
                (start, Some(_)) if start < latest(script) && !script.turns.is_empty() => {
                    return Err(ScriptProblem::BadTime(rest.to_owned()));
                }
                (_, Some(end)) => end,
                (length, None) => latest(script) + length,
            };
            script.reach = checked(until)?;
            return Ok(());
        }
        "music" => NonSpeechKind::Music,
        "tone" => NonSpeechKind::Tone,
        "noise" => NonSpeechKind::Noise,
        _ => return Err(unknown()),
    };
    let (speaker, rest) = speaker(rest).unwrap_or((Speaker::Agent, rest));
    let (start, end) = match span(rest.trim())? {
        (start, Some(end)) => (start, end),
        (length, None) => (latest(script), latest(script) + length),
    };
    script.sounds.push((speaker, kind, start, checked(end)?));
    script.reach = script.reach.max(end);
    Ok(())
}

/// Where a line without a start begins.
fn latest(script: &Script) -> Ms {
    let last = script.turns.last().map_or(Ms(0), build::end_of);
    last.max(script.reach)
}

fn checked(time: Ms) -> Result<Ms, ScriptProblem> {
    if time <= MAX_LENGTH { Ok(time) } else { Err(ScriptProblem::TooLong) }
}

/// The part before and after the colon that ends a turn's head.
fn split_turn(line: &str) -> Option<(&str, &str)> {
    let bytes = line.as_bytes();
    line.char_indices().find_map(|(at, it)| {
        let after = at + it.len_utf8();
        let digit = |index: Option<usize>| index.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        let in_time = it == ':' && digit(at.checked_sub(1)) && digit(Some(after)) && !line[..at].contains(')');
        (matches!(it, ':' | '\u{FF1A}') && !in_time).then(|| (&line[..at], &line[after..]))
    })
}

/// What speakers are called.
const NAMES: &[(&str, Speaker)] = &[
    ("agent", Speaker::Agent),
    ("rep", Speaker::Agent),
    ("representative", Speaker::Agent),
    ("advisor", Speaker::Agent),
    ("adviser", Speaker::Agent),
    ("operator", Speaker::Agent),
    ("csr", Speaker::Agent),
    ("客服代表", Speaker::Agent),
    ("客服", Speaker::Agent),
    ("坐席", Speaker::Agent),
    ("座席", Speaker::Agent),
    ("话务员", Speaker::Agent),
    ("接线员", Speaker::Agent),
    ("customer", Speaker::Customer),
    ("caller", Speaker::Customer),
    ("client", Speaker::Customer),
    ("user", Speaker::Customer),
    ("客户", Speaker::Customer),
    ("顾客", Speaker::Customer),
    ("用户", Speaker::Customer),
    ("来电", Speaker::Customer),
    ("unknown", Speaker::Unknown),
    ("speaker", Speaker::Unknown),
    ("未知", Speaker::Unknown),
];

/// The speaker that `text` begins with, and what follows the name.
fn speaker(text: &str) -> Option<(Speaker, &str)> {
    NAMES.iter().find_map(|(name, speaker)| {
        let begins = text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let rest = if begins { &text[name.len()..] } else { return None };
        (rest.is_empty() || rest.starts_with([' ', '\t', '('])).then_some((*speaker, rest))
    })
}

fn read_metadata(pairs: &str, metadata: &mut Metadata) -> Result<(), ScriptProblem> {
    // A value may hold blanks: it reaches to the next `name=`.
    let mut name: Option<&str> = None;
    for word in pairs.split_whitespace() {
        match (word.split_once('='), name) {
            (Some((key, value)), _) if !key.is_empty() => {
                metadata.0.insert(key.to_owned(), value.to_owned());
                name = Some(key);
            }
            (_, Some(name)) => {
                let value = metadata.0.entry(name.to_owned()).or_default();
                value.push(' ');
                value.push_str(word);
            }
            _ => return Err(ScriptProblem::BadMetadata(word.to_owned())),
        }
    }
    metadata.0.retain(|_, value| !value.is_empty());
    Ok(())
}

fn read_turn(speaker: Speaker, head: &str, text: &str, script: &mut Script) -> Result<(), ScriptProblem> {
    if text.is_empty() {
        return Err(ScriptProblem::NoWords);
    }
    let (times, marks) = match head.find('(') {
        Some(at) => (head[..at].trim(), read_marks(&head[at..], &mut script.written)?),
        None => (head, Marks::default()),
    };
    let (start, end) = if times.is_empty() {
        (latest(script) + if script.turns.is_empty() { Ms(0) } else { build::GAP }, None)
    } else {
        script.written.times = true;
        span(times)?
    };
    if end.is_some_and(|end| end <= start) {
        return Err(ScriptProblem::EndBeforeStart(times.to_owned()));
    }
    checked(end.unwrap_or(start))?;
    script.turns.push(ScriptTurn { speaker, start, end, marks, text: text.to_owned() });
    checked(latest(script))?;
    Ok(())
}

fn read_marks(text: &str, written: &mut Written) -> Result<Marks, ScriptProblem> {
    let bad = || ScriptProblem::BadMark(text.to_owned());
    let inside = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')).ok_or_else(bad)?;
    let mut marks = Marks::default();
    for pair in inside.split([' ', ',']).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(bad)?;
        let number = value.trim_end_matches(|it: char| it.is_alphabetic());
        let number: f32 = number.parse().ok().filter(|it: &f32| it.is_finite()).ok_or_else(bad)?;
        match name {
            "p" if (0.0..=1.0).contains(&number) => marks.probability = number,
            "level" if (-120.0..=0.0).contains(&number) => marks.level = number,
            "pitch" if (50.0..=1000.0).contains(&number) => marks.pitch = number,
            "spread" if (0.0..=12.0).contains(&number) => marks.spread = number,
            _ => return Err(bad()),
        }
        written.level |= name == "level";
        written.pitch |= matches!(name, "pitch" | "spread");
    }
    Ok(marks)
}

impl Default for Marks {
    fn default() -> Self {
        // A clear, lively voice at an ordinary telephone level.
        Self { probability: 0.95, level: -24.0, pitch: 200.0, spread: 3.0 }
    }
}

#[cfg(test)]
mod tests;
