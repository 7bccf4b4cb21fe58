//! What a run came to, for people and for scripts.

use super::gather::gathered;
use super::scores::{Agent, Scores};
use super::table::{Align, Cell, Table};
use super::{Console, Exit, Paint, printable};
use crate::call::{Ms, Status, StatusKind};
use crate::report::Language;
use crate::report::words::Words;
use crate::supervisor::Summary;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// Recordings without a result that are shown for each cause.
const FAILED: usize = 20;
/// Points of an agent's line of scores.
const COURSE: usize = 10;

/// What the summary says about where and how.
pub struct Context<'a> {
    /// The results folder.
    pub out: &'a Path,
    /// Time the run took.
    pub elapsed: Duration,
    /// The gate that was set.
    pub fail_under: Option<f64>,
}

fn paint_score(score: f64) -> Paint {
    match score {
        s if s >= 80.0 => Paint::Good,
        s if s >= 60.0 => Paint::Doubt,
        _ => Paint::Bad,
    }
}

/// Prints the tables on standard output.
///
/// # Errors
/// Where standard output cannot be written.
pub fn print(done: &Summary, scores: &Scores, context: &Context<'_>, console: &Console) -> anyhow::Result<()> {
    let mut text = String::new();
    if !scores.agents.is_empty() {
        text.push_str(&agents(scores).render(console.color, console.width));
    }
    if !scores.lowest.is_empty() {
        let heading = match scores.lowest.len() {
            1 => "the lowest call".to_owned(),
            count => format!("the {count} lowest calls"),
        };
        let _ = write!(text, "\n{}\n", Paint::Strong.apply(&heading, console.color));
        let mut table = Table::new(&[
            ("score", Align::Right, 8),
            ("call", Align::Left, 28),
            ("agent", Align::Left, 16),
            ("at", Align::Right, 8),
            ("worst finding", Align::Left, 70),
        ]);
        for low in &scores.lowest {
            let score = Cell::new(format!("{:.2}", low.score)).paint(paint_score(low.score));
            let finding = if low.finding.is_empty() { "nothing failed".to_owned() } else { low.finding.clone() };
            let finding = if low.fatal { format!("FATAL {finding}") } else { finding };
            table.row(vec![
                score,
                Cell::new(&low.id),
                Cell::new(&low.agent),
                Cell::new(&low.place),
                Cell::new(finding),
            ]);
        }
        text.push_str(&table.render(console.color, console.width));
    }
    if !done.failed.is_empty() {
        let heading = format!("{} without a result", calls(done.failed.len() as u64));
        let _ = write!(text, "\n{}\n", Paint::Strong.apply(&heading, console.color));
        let words = Words::of(Language::En);
        let mut by_status: BTreeMap<Status, Vec<&crate::supervisor::Failed>> = BTreeMap::new();
        for failed in &done.failed {
            by_status.entry(failed.status).or_default().push(failed);
        }
        for (status, list) in by_status {
            let name = Paint::Bad.apply(status.as_str(), console.color);
            let _ = writeln!(text, "  {name}, {}: {}", list.len(), words.remedy(status));
            for failed in list.iter().take(FAILED) {
                let _ = writeln!(text, "    {}: {}", printable(&failed.path), printable(&failed.detail));
            }
            if let Some(more) = list.len().checked_sub(FAILED).filter(|more| *more > 0) {
                let _ = writeln!(text, "    and {more} more; `callgrade export` lists all of them");
            }
        }
    }
    let _ = writeln!(text, "\n{}", closing(done, scores, context));
    let mut out = console.data();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// One row an agent, the best first, and all of them together.
fn agents(scores: &Scores) -> Table {
    let courses: Vec<Vec<f64>> = scores.agents.values().map(|agent| agent.course(COURSE)).collect();
    // A line of two points says no more than two numbers do.
    let with_course = courses.iter().any(|course| course.len() >= 3);
    // Where some calls have no score, the mean says nothing of them.
    let with_scored = scores.total.scored < scores.total.calls;
    let shown = Shown { scored: with_scored, course: with_course };
    let mut columns = vec![("agent", Align::Left, 28), ("calls", Align::Right, 8)];
    columns.extend(with_scored.then_some(("scored", Align::Right, 8)));
    columns.push(("mean", Align::Right, 8));
    columns.extend(with_course.then_some(("over time", Align::Left, COURSE)));
    columns.extend([("passed", Align::Right, 8), ("fatal", Align::Right, 8), ("unsure", Align::Right, 8)]);
    let mut table = Table::new(&columns);
    let mut agents: Vec<(&(String, String), &Agent)> = scores.agents.iter().collect();
    agents.sort_by(|(a, one), (b, other)| {
        let key = |agent: &Agent| agent.mean().unwrap_or(f64::INFINITY);
        key(other).total_cmp(&key(one)).then_with(|| a.cmp(b))
    });
    // Agents without any score have no place in a ranking.
    agents.sort_by_key(|(_, agent)| agent.mean().is_none());
    let namesakes = |name: &str| scores.agents.keys().filter(|(other, _)| other == name).count() > 1;
    for ((name, team), agent) in agents {
        let name = match (name.as_str(), team.as_str()) {
            ("", _) => "(no name)".to_owned(),
            (name, team) if !team.is_empty() && namesakes(name) => format!("{name} ({team})"),
            (name, _) => name.to_owned(),
        };
        table.row(row(&name, agent, shown));
    }
    if scores.agents.len() > 1 {
        table.row(row("all", &scores.total, shown));
    }
    table
}

/// Scores from 0 to 100 as a line of blocks.
fn spark(course: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let block = |score: &f64| BLOCKS[((score / 100.0 * 8.0) as usize).min(7)];
    if course.len() < 3 { String::new() } else { course.iter().map(block).collect() }
}

/// Columns that are not always there.
#[derive(Debug, Clone, Copy)]
struct Shown {
    scored: bool,
    course: bool,
}

fn row(name: &str, agent: &Agent, shown: Shown) -> Vec<Cell> {
    let mean = match agent.mean() {
        Some(mean) => Cell::new(format!("{mean:.2}")).paint(paint_score(mean)),
        None => Cell::new("-"),
    };
    let rate = match agent.scored {
        0 => "-".to_owned(),
        scored => format!("{:.0} %", agent.passed as f64 * 100.0 / scored as f64),
    };
    let count = |count: u64, paint| {
        let cell = Cell::new(count.to_string());
        if count > 0 { cell.paint(paint) } else { cell }
    };
    let mut cells = vec![Cell::new(name), Cell::new(agent.calls.to_string())];
    cells.extend(shown.scored.then(|| Cell::new(agent.scored.to_string())));
    cells.push(mean);
    cells.extend(shown.course.then(|| Cell::new(spark(&agent.course(COURSE))).paint(Paint::Faint)));
    cells.extend([Cell::new(rate), count(agent.fatal, Paint::Bad), count(agent.needs_review, Paint::Doubt)]);
    cells
}

/// One line: how many calls ended how, and how fast.
fn closing(done: &Summary, scores: &Scores, context: &Context<'_>) -> String {
    let mut parts = vec![calls(done.selected)];
    for (kind, name) in [
        (StatusKind::Ok, "ok"),
        (StatusKind::Degraded, "degraded"),
        (StatusKind::Failed, "failed"),
        (StatusKind::Skipped, "skipped"),
        (StatusKind::Pending, "pending"),
    ] {
        let count = done.count(kind);
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    let not_scored: u64 = scores.not_scored.values().sum();
    if not_scored > 0 {
        parts.push(format!("{not_scored} not scored"));
    }
    let mut line = format!("{}: {}", parts[0], parts[1..].join(", "));
    if done.recognised > 0 {
        let audio = done.recognised_ms as f64 / 1000.0;
        let speed = audio / context.elapsed.as_secs_f64().max(0.001);
        let _ = write!(
            line,
            "; {} transcribed, {} of audio in {}, {speed:.1}x real time",
            done.recognised,
            Ms(done.recognised_ms),
            Ms(context.elapsed.as_millis() as i64)
        );
    } else if done.count(StatusKind::Ok) + done.count(StatusKind::Degraded) > 0 {
        line.push_str("; nothing to transcribe");
    }
    line
}

/// `1 call`, `2 calls`.
pub(super) fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

fn verb(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// Prints hints on standard error: what changed, what was left unsure, where to look next.
pub fn print_remarks(done: &Summary, scores: &Scores, context: &Context<'_>, console: &Console) {
    let total = scores.total.calls;
    if done.regraded > 0 || done.changed > 0 {
        console.note(format_args!(
            "{} graded again: {} changed, {} newly fatal",
            calls(done.regraded.max(done.changed)),
            calls(done.changed),
            done.newly_fatal
        ));
    }
    if scores.mono > 0 {
        console.note(format_args!(
            "{} of {total} calls {} mono: criteria about one side were left unsure; two-channel recordings are judged best",
            scores.mono,
            verb(scores.mono)
        ));
    }
    if scores.roles_unknown > 0 {
        console.note(format_args!(
            "in {} of {total} calls nobody could tell which channel is the agent's; say it with --agent-channel or a \
             column agent_channel in CALLS.csv",
            scores.roles_unknown
        ));
    }
    for (reason, count) in gathered(&scores.not_scored) {
        console.note(format_args!("{count} of {total} calls not scored: {}", printable(&reason)));
    }
    for (status, what) in [
        (Status::SkippedDuplicate, "have the content of another call and count once"),
        (Status::SkippedTooNew, "may still be written; run again later"),
        (Status::DegradedTruncated, "end early; the part before was used"),
        (Status::DegradedCorrupt, "are damaged in parts; the rest was used"),
    ] {
        let count = done.count_of(status);
        if count > 0 {
            console.note(format_args!("{count} of {} recordings {what}", done.selected));
        }
    }
    if done.erased > 0 {
        console.note(format_args!("erased with `forget`, and left out: {}", calls(done.erased)));
    }
    if done.without_words > 0 {
        console.note(format_args!(
            "{} without words: --no-transcript was given when they were heard; --force hears them again",
            calls(done.without_words)
        ));
    }
    if done.gave_up {
        console.warn("too many failures: the run was stopped; the same command goes on");
    }
    if !done.failed.is_empty() {
        console.note("--retry-failed tries failed recordings again");
    }
    match (context.fail_under, scores.lowest_mean()) {
        (Some(floor), Some(mean)) if mean < floor => {
            console.message(format_args!("the gate of {floor} is missed: the lowest mean is {mean:.2}"));
        }
        (Some(floor), None) => console.warn(format_args!("the gate of {floor} tested nothing: no call has a score")),
        _ => {}
    }
    if scores.total.scored > 0 {
        let out = printable(&context.out.to_string_lossy());
        let id = scores.lowest.first().map_or("CALL", |low| low.id.as_str());
        console.note(format_args!("look closer: callgrade show {out} {} · callgrade report {out}", printable(id)));
    }
}

/// Prints the summary as JSON on standard output.
///
/// # Errors
/// Where standard output cannot be written.
pub fn print_json(done: &Summary, scores: &Scores, exit: Exit, console: &Console) -> anyhow::Result<()> {
    let agent = |agent: &Agent| {
        json!({
            "calls": agent.calls,
            "scored": agent.scored,
            "mean": agent.mean().map(rounded),
            "pass_rate": (agent.scored > 0).then(|| rounded(agent.passed as f64 / agent.scored as f64)),
            "fatal": agent.fatal,
            "needs_review": agent.needs_review,
        })
    };
    let agents: Vec<Value> = scores
        .agents
        .iter()
        .map(|((name, team), one)| {
            let mut value = json!({ "agent": name, "team": team });
            if let (Value::Object(value), Value::Object(rest)) = (&mut value, agent(one)) {
                value.extend(rest);
            }
            value
        })
        .collect();
    let lowest: Vec<Value> = scores
        .lowest
        .iter()
        .map(|low| json!({ "call": low.id, "agent": low.agent, "score": rounded(low.score), "fatal": low.fatal, "finding": low.finding }))
        .collect();
    let failed: Vec<Value> = done
        .failed
        .iter()
        .map(
            |one| json!({ "call": one.call_id, "path": one.path, "status": one.status.as_str(), "detail": one.detail }),
        )
        .collect();
    let statuses: serde_json::Map<String, Value> =
        done.by_status.iter().map(|(status, count)| (status.as_str().to_owned(), json!(count))).collect();
    let value = json!({
        "format": 1,
        "exit": exit.code(),
        "selected": done.selected,
        "statuses": statuses,
        "recognised": done.recognised,
        "recognised_ms": done.recognised_ms,
        "regraded": done.regraded,
        "changed": done.changed,
        "newly_fatal": done.newly_fatal,
        "audio_ms": scores.audio_ms,
        "total": agent(&scores.total),
        "agents": agents,
        "lowest": lowest,
        "not_scored": scores.not_scored,
        "mono": scores.mono,
        "warnings": scores.warnings,
        "failed": failed,
    });
    let mut out = console.data();
    serde_json::to_writer_pretty(&mut out, &value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_scores_reaches_from_nothing_to_full() {
        assert_eq!(spark(&[0.0, 49.0, 100.0]), "▁▄█");
        assert_eq!(spark(&[50.0, 60.0]), "");
    }
}
