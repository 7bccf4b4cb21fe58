//! `callgrade transcribe`: recordings become text, subtitles or JSON; nothing is graded or stored.

use super::listening::ListeningArgs;
use super::score::paths_of;
use super::worker;
use super::{Console, Exit, Failure, printable};
use crate::call::{CallResult, HeardCall, Measures, Metadata, Ms, RoleSource, Roles, Speaker, StatusKind};
use crate::grade;
use crate::report::wire::v1;
use crate::supervisor::{Choice, Crew, Event, News, ProcessCrew, Selection, Task};
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Write down what is said in recordings
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings, folders of recordings, or `-` for a list of paths on standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Plain text, subtitles or JSON
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The channel of the agent
    #[arg(long, value_enum)]
    agent_channel: Option<Channel>,
    #[command(flatten)]
    listening: ListeningArgs,
}

/// Formats of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// Time, speaker, text
    #[default]
    Txt,
    /// SubRip subtitles
    Srt,
    /// WebVTT subtitles
    Vtt,
    /// One call a line, format 1
    Json,
}

/// A channel by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Channel {
    /// The first.
    Left,
    /// The second.
    Right,
}

/// Runs it.
///
/// # Errors
/// Where a path does not exist, there is no model, or standard output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let (paths, listed) = paths_of(&args.paths)?;
    let choice = Choice { paths, listed, ..Choice::default() };
    let selection =
        Selection::make(&choice, &|| true).map_err(|error| Failure::new(Exit::Usage, printable(&error.to_string())))?;
    if selection.items.is_empty() {
        return Err(Failure::new(Exit::NothingFound, "no recording found").into());
    }
    let listening = args.listening.resolve()?;
    let program = std::env::current_exe()?;
    let settings = serde_json::to_value(&listening.worker)?;
    let start = || ProcessCrew::start(&program, &[worker::COMMAND], settings.clone());
    let mut crew = start()?;
    let mut queue: VecDeque<usize> = (0..selection.items.len()).collect();
    // What was in flight when a worker died is tried alone, so that the next death says whose fault it is.
    let mut suspects: VecDeque<usize> = VecDeque::new();
    let mut alone = false;
    let mut in_flight: BTreeMap<u64, usize> = BTreeMap::new();
    // Finished recordings wait until those before them are done: the order of the output is that of the paths.
    let mut finished: BTreeMap<usize, HeardCall> = BTreeMap::new();
    let mut next = 0;
    let mut failed = 0;
    let mut out = console.data();
    if args.format == Format::Vtt {
        out.write_all(b"WEBVTT\n\n")?;
    }
    while next < selection.items.len() {
        alone &= !in_flight.is_empty();
        while !alone && in_flight.len() < listening.worker.jobs && (suspects.is_empty() || in_flight.is_empty()) {
            let suspect = suspects.pop_front();
            alone = suspect.is_some();
            let Some(item) = suspect.or_else(|| queue.pop_front()) else { break };
            in_flight.insert(item as u64, item);
            let path = selection.items[item].identity.clone();
            let settings = listening.hearing.clone();
            if crew.give(Task { id: item as u64, path, content_hash: String::new(), settings }).is_err() {
                break;
            }
        }
        match crew.wait(Duration::from_millis(200)) {
            News::Event(Event::Done { task, heard }) => {
                if let Some(item) = in_flight.remove(&task) {
                    finished.insert(item, *heard);
                }
            }
            News::Event(Event::NoModel { message, help }) => {
                return Err(Failure { exit: Exit::Model, message: printable(&message), help }.into());
            }
            News::Event(_) | News::Quiet => {}
            News::Died(how) => {
                let lost: Vec<usize> = std::mem::take(&mut in_flight).into_values().collect();
                if let [only] = lost[..] {
                    let why = format!("the worker died ({how})");
                    console
                        .message(format_args!("{}: {why}", printable(&selection.items[only].path.to_string_lossy())));
                    failed += 1;
                    finished.insert(only, empty(why));
                } else if lost.is_empty() {
                    return Err(Failure::new(Exit::Internal, format!("the worker died ({how})")).into());
                }
                if lost.len() > 1 {
                    suspects.extend(lost);
                }
                crew = start()?;
            }
        }
        while let Some(heard) = finished.remove(&next) {
            let path = selection.items[next].path.to_string_lossy().into_owned();
            let is_failed = heard.status.kind() == StatusKind::Failed;
            if is_failed && !heard.detail.starts_with("the worker died") {
                failed += 1;
                // The path stands before it already.
                let absolute = selection.items[next].identity.to_string_lossy();
                let detail = heard.detail.replacen(absolute.as_ref(), "it", 1);
                console.message(format_args!("{}: {}: {}", printable(&path), heard.status, printable(&detail)));
            }
            // As JSON a failure is a line of its own; as text there is nothing to say beside the message.
            if args.format == Format::Json || !is_failed {
                let result = result_of(heard, path, &selection.items[next].wanted_id, args.agent_channel);
                write(&result, args.format, selection.items.len() > 1, &mut out)?;
                out.flush()?;
            }
            next += 1;
        }
    }
    crew.finish();
    Ok(if failed > 0 { Exit::Incomplete } else { Exit::Success })
}

fn empty(detail: String) -> HeardCall {
    HeardCall {
        status: crate::call::Status::QuarantinedCrash,
        detail,
        warnings: Vec::new(),
        audio: crate::call::AudioInfo::default(),
        sound: crate::call::SoundMap::default(),
        transcript: crate::call::Transcript::default(),
        engine: crate::call::Engine::default(),
    }
}

fn result_of(heard: HeardCall, path: String, id: &str, agent: Option<Channel>) -> CallResult {
    let metadata = Metadata::default();
    let channel = agent.map(|channel| match channel {
        Channel::Left => 0,
        Channel::Right => 1,
    });
    let roles = if heard.sound.channels.is_empty() {
        Roles { by_channel: Vec::new(), certainty: 0.0, source: RoleSource::SingleTrack }
    } else {
        grade::find_roles(&heard, &metadata, channel, &[])
    };
    let measures = Measures::of(&heard, &roles);
    CallResult { id: id.to_owned(), path, metadata, heard, roles, measures, scorecards: Vec::new() }
}

fn write(result: &CallResult, format: Format, several: bool, out: &mut impl Write) -> std::io::Result<()> {
    let turns = &result.heard.transcript.turns;
    let name = |channel| match result.roles.of(channel) {
        Speaker::Unknown if result.heard.sound.channels.len() > 1 => format!("channel {}", channel + 1),
        known => known.as_str().to_owned(),
    };
    match format {
        Format::Json => v1::write_line(out, result)?,
        Format::Txt => {
            if several {
                writeln!(out, "# {}", printable(&result.path))?;
            }
            for turn in turns {
                writeln!(out, "[{}] {}: {}", turn.span.start, name(turn.channel), printable(turn.text.trim()))?;
            }
        }
        Format::Srt => {
            for (number, turn) in turns.iter().enumerate() {
                let (start, end) = (clock(turn.span.start, ','), clock(turn.span.end, ','));
                writeln!(out, "{}\n{start} --> {end}", number + 1)?;
                writeln!(out, "{}: {}\n", name(turn.channel), printable(turn.text.trim()))?;
            }
        }
        Format::Vtt => {
            if several {
                writeln!(out, "NOTE {}\n", printable(&result.path).replace("-->", "->"))?;
            }
            for turn in turns {
                writeln!(out, "{} --> {}", clock(turn.span.start, '.'), clock(turn.span.end, '.'))?;
                writeln!(out, "<v {}>{}\n", name(turn.channel), escaped(turn.text.trim()))?;
            }
        }
    }
    Ok(())
}

/// `text` as WebVTT wants it: marks of its own markup are written out.
///
/// # Source
/// WebVTT (W3C), section 4.2.2, cue text.
fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Hours, minutes, seconds and milliseconds, as subtitles write them.
fn clock(Ms(time): Ms, separator: char) -> String {
    let time = time.max(0);
    let (hours, minutes, seconds) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{:03}", time % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtitle_times_have_hours_and_milliseconds() {
        assert_eq!(clock(Ms(3_723_045), ','), "01:02:03,045");
        assert_eq!(clock(Ms(-5), '.'), "00:00:00.000");
    }
}
