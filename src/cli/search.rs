//! `callgrade search`: who said it, and when.

use super::score::store_failure;
use super::wrap::wrapped;
use super::{Console, Exit, Failure, Paint, printable};
use crate::call::Speaker;
use crate::store::{Hit, Query, Store};
use clap::ValueEnum;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Columns between the id of a call and the words of a turn: time and speaker.
const BESIDE_ID: usize = 21;

/// Search all transcripts
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// What was said, in any language; part of a word is enough
    #[arg(value_name = "QUERY")]
    query: String,
    /// Only what this side says
    #[arg(long, value_enum)]
    speaker: Option<Side>,
    /// Most turns to show
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// A side of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// The agent
    Agent,
    /// The customer
    Customer,
}

/// A turn as printed with `--json`.
#[derive(Serialize)]
struct Line<'a> {
    format: u32,
    call: &'a str,
    path: &'a str,
    agent: &'a str,
    speaker: &'static str,
    start_ms: i64,
    end_ms: i64,
    text: &'a str,
}

/// Searches.
///
/// # Errors
/// Where the folder holds no results, or the query is empty.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let query = args.query.trim();
    if query.is_empty() {
        return Err(Failure::new(Exit::Usage, "the query is empty").help("name a word or a part of one").into());
    }
    let store = Store::read(&args.dir).map_err(store_failure)?;
    let speaker = args.speaker.map(|side| match side {
        Side::Agent => Speaker::Agent,
        Side::Customer => Speaker::Customer,
    });
    // One more than shown tells whether there are more.
    let hits =
        store.search(&Query { text: query, speaker, limit: args.limit.saturating_add(1) }).map_err(store_failure)?;
    let mut out = console.data();
    for hit in hits.iter().take(args.limit) {
        if args.json {
            serde_json::to_writer(&mut out, &line(hit))?;
            writeln!(out)?;
        } else {
            let color = console.color;
            let side = match hit.speaker {
                Speaker::Agent => Paint::Good,
                Speaker::Customer => Paint::Doubt,
                Speaker::Unknown => Paint::Faint,
            };
            let id = printable(&hit.call_id);
            let line = format!(
                "{}  {:>7}  {}  {}",
                Paint::Strong.apply(&id, color),
                hit.span.start.to_string(),
                side.apply(&format!("{:8}", hit.speaker.as_str()), color),
                marked(&hit.text, query, color)
            );
            writeln!(out, "{}", wrapped(&line, id.width() + BESIDE_ID, console.width))?;
        }
    }
    out.flush()?;
    if hits.is_empty() {
        console.note("nobody says that");
    } else if hits.len() > args.limit {
        console.note(match args.limit {
            1 => "the first turn; --limit shows more".to_owned(),
            limit => format!("the first {limit} turns; --limit shows more"),
        });
    }
    Ok(Exit::Success)
}

fn line(hit: &Hit) -> Line<'_> {
    Line {
        format: 1,
        call: &hit.call_id,
        path: &hit.path,
        agent: &hit.agent,
        speaker: hit.speaker.as_str(),
        start_ms: hit.span.start.0,
        end_ms: hit.span.end.0,
        text: &hit.text,
    }
}

/// The turn with the first place of `query` made strong, where case does not change its length.
fn marked(text: &str, query: &str, color: bool) -> String {
    let lower = text.to_lowercase();
    let place = lower.find(&query.to_lowercase()).filter(|_| lower.len() == text.len());
    match place.and_then(|start| {
        Some((text.get(..start)?, text.get(start..start + query.len())?, text.get(start + query.len()..)?))
    }) {
        Some((before, found, after)) => {
            format!("{}{}{}", printable(before), Paint::Strong.apply(&printable(found), color), printable(after))
        }
        None => printable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_found_is_marked_and_nothing_steers_the_terminal() {
        assert_eq!(marked("I LOST my card", "lost", true), "I \u{1b}[1mLOST\u{1b}[0m my card");
        assert_eq!(marked("我的卡\u{1b}[2J丢了", "丢了", false), "我的卡\\u{1b}[2J丢了");
    }
}
