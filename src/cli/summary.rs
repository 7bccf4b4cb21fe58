//! What a run came to, for people and for scripts.

use super::table::{Align, Cell, Table, shorten};
use super::{Console, Exit, Paint, printable};
use crate::call::{CallResult, CardStatus, CriterionResult, Ms, Outcome, Scorecard, Status, StatusKind};
use crate::store::{Store, StoreError};
use crate::supervisor::Summary;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// Calls listed as the lowest.
const LOWEST: usize = 5;

/// What the summary says about where and how.
pub struct Context<'a> {
    /// The results folder.
    pub out: &'a Path,
    /// Time the run took.
    pub elapsed: Duration,
    /// The gate that was set.
    pub fail_under: Option<f64>,
}

/// The scores of a folder's last run, added up while the calls stream by.
#[derive(Debug, Default)]
pub struct Scores {
    agents: BTreeMap<String, Agent>,
    lowest: Vec<Low>,
    total: Agent,
    mono: u64,
    roles_unknown: u64,
    not_scored: BTreeMap<String, u64>,
    warnings: BTreeMap<String, u64>,
    audio_ms: i64,
}

/// The calls of one agent.
#[derive(Debug, Default, Clone, PartialEq)]
struct Agent {
    calls: u64,
    scored: u64,
    sum: f64,
    passed: u64,
    fatal: u64,
    needs_review: u64,
}

/// A call with a low score.
#[derive(Debug, Clone, PartialEq)]
struct Low {
    score: f64,
    id: String,
    agent: String,
    fatal: bool,
    finding: String,
    place: String,
}

impl Agent {
    fn mean(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / self.scored as f64)
    }
}

impl Scores {
    /// Adds up the calls of the last run.
    ///
    /// # Errors
    /// Where the store refuses or a stored value is damaged.
    pub fn collect(store: &Store) -> Result<Self, StoreError> {
        let mut scores = Self::default();
        let mut results = store.results_of_last_run()?;
        for result in results.iter()? {
            scores.add(&result?);
        }
        Ok(scores)
    }

    fn add(&mut self, result: &CallResult) {
        if !matches!(result.heard.status.kind(), StatusKind::Ok | StatusKind::Degraded) {
            return;
        }
        self.audio_ms += result.heard.audio.duration.0;
        let scored: Vec<&Scorecard> =
            result.scorecards.iter().filter(|card| card.status == CardStatus::Scored).collect();
        let single = result.heard.sound.channels.len() < 2;
        self.mono += u64::from(single);
        self.roles_unknown += u64::from(!single && !result.roles.are_known());
        for warning in &result.heard.warnings {
            *self.warnings.entry(warning.code.clone()).or_default() += 1;
        }
        let name = result.metadata.get("agent").unwrap_or_default();
        let score = mean(scored.iter().filter_map(|card| card.score).map(|score| score.as_f64()));
        if score.is_none() {
            let reason = result.scorecards.iter().find_map(|card| match &card.status {
                CardStatus::NotScored(reason) => Some(reason.en.clone()),
                CardStatus::Scored => None,
            });
            *self.not_scored.entry(reason.unwrap_or_else(|| "no rubric".to_owned())).or_default() += 1;
        }
        let passed = !scored.is_empty() && scored.iter().all(|card| card.passed == Some(true));
        let fatal = scored.iter().any(|card| !card.fatal.is_empty());
        let review = scored.iter().any(|card| card.needs_review);
        for agent in [self.agents.entry(name.to_owned()).or_default(), &mut self.total] {
            agent.calls += 1;
            agent.scored += u64::from(score.is_some());
            agent.sum += score.unwrap_or(0.0);
            agent.passed += u64::from(passed);
            agent.fatal += u64::from(fatal);
            agent.needs_review += u64::from(review);
        }
        if let Some(score) = score {
            let (finding, place) = worst(&scored).map_or_else(Default::default, describe);
            self.lowest.push(Low { score, id: result.id.clone(), agent: name.to_owned(), fatal, finding, place });
            self.lowest.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.id.cmp(&b.id)));
            self.lowest.truncate(LOWEST);
        }
    }

    /// The lowest of all agents' means and the mean of all calls, where anything was scored.
    pub fn lowest_mean(&self) -> Option<f64> {
        self.agents.values().chain([&self.total]).filter_map(Agent::mean).min_by(f64::total_cmp)
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The finding that costs most: a fatal one, else the one with the most points lost.
fn worst<'a>(cards: &[&'a Scorecard]) -> Option<&'a CriterionResult> {
    let lost = |one: &CriterionResult| one.max_points.0 - one.points.0;
    cards
        .iter()
        .flat_map(|card| card.criteria.iter().map(move |one| (card.fatal.contains(&one.id), one)))
        .filter(|(_, one)| matches!(one.finding.outcome, Outcome::Fail | Outcome::Partial(_)))
        .rev()
        .max_by_key(|(fatal, one)| (*fatal, lost(one)))
        .map(|(_, one)| one)
}

/// A finding as its title with the quote or reason, and its place in the call.
fn describe(one: &CriterionResult) -> (String, String) {
    let evidence = one.finding.evidence.first();
    let place = evidence.map_or(String::new(), |evidence| evidence.span.start.to_string());
    let quote = evidence.map(|evidence| evidence.quote.trim()).filter(|quote| !quote.is_empty());
    let text = match quote {
        Some(quote) => format!("{}: “{}”", one.title, shorten(quote, 40)),
        None => format!("{}: {}", one.title, one.finding.reason.en),
    };
    (text, place)
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
        let mut table = Table::new(&[
            ("agent", Align::Left, 28),
            ("calls", Align::Right, 8),
            ("mean", Align::Right, 8),
            ("passed", Align::Right, 8),
            ("fatal", Align::Right, 8),
            ("needs review", Align::Right, 12),
        ]);
        let mut agents: Vec<(&String, &Agent)> = scores.agents.iter().collect();
        agents.sort_by(|(a, one), (b, other)| {
            let key = |agent: &Agent| agent.mean().unwrap_or(f64::INFINITY);
            key(other).total_cmp(&key(one)).then_with(|| a.cmp(b))
        });
        // Agents without any score have no place in a ranking.
        agents.sort_by_key(|(_, agent)| agent.mean().is_none());
        for (name, agent) in agents {
            table.row(row(if name.is_empty() { "(no name)" } else { name }, agent));
        }
        if scores.agents.len() > 1 {
            table.row(row("all", &scores.total));
        }
        text.push_str(&table.render(console.color));
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
        text.push_str(&table.render(console.color));
    }
    if !done.failed.is_empty() {
        let heading = format!("{} without a result", calls(done.failed.len() as u64));
        let _ = write!(text, "\n{}\n", Paint::Strong.apply(&heading, console.color));
        let mut by_status: BTreeMap<Status, Vec<&crate::supervisor::Failed>> = BTreeMap::new();
        for failed in &done.failed {
            by_status.entry(failed.status).or_default().push(failed);
        }
        for (status, list) in by_status {
            let _ = writeln!(text, "  {}", Paint::Bad.apply(status.as_str(), console.color));
            for failed in list {
                let _ = writeln!(text, "    {}: {}", printable(&failed.path), printable(&failed.detail));
            }
        }
    }
    let _ = writeln!(text, "\n{}", closing(done, scores, context));
    let mut out = console.data();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

fn row(name: &str, agent: &Agent) -> Vec<Cell> {
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
    vec![
        Cell::new(name),
        Cell::new(agent.calls.to_string()),
        mean,
        Cell::new(rate),
        count(agent.fatal, Paint::Bad),
        count(agent.needs_review, Paint::Doubt),
    ]
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

fn calls(count: u64) -> String {
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
            "{} of {total} calls {} mono: speaker criteria were left unsure",
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
    for (reason, count) in &scores.not_scored {
        console.note(format_args!("{count} of {total} calls not scored: {}", printable(reason)));
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
        console.note(format_args!("{} recordings were erased with `forget` and stay out", done.erased));
    }
    if done.gave_up {
        console.warn("too many failures: the run was stopped; the same command goes on");
    }
    if !done.failed.is_empty() {
        console.note("--retry-failed tries failed recordings again");
    }
    if let (Some(floor), Some(mean)) = (context.fail_under, scores.lowest_mean())
        && mean < floor
    {
        console.message(format_args!("the gate of {floor} is missed: the lowest mean is {mean:.2}"));
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
        .map(|(name, one)| {
            let mut value = json!({ "agent": name });
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
