//! `callgrade show`: one call with its transcript, measures, findings and scores.

use super::score::store_failure;
use super::wrap::wrapped;
use super::{Console, Exit, Failure, Paint, printable};
use crate::call::{
    CallResult, CardStatus, CriterionResult, Measures, Ms, Outcome, RateUnit, Scorecard, Speaker, Status,
};
use crate::diagnostic::did_you_mean;
use crate::report::wire::v1;
use crate::store::Store;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Show one call: transcript, measures, findings, scores
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Results folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The call's id or its file
    #[arg(value_name = "CALL")]
    call: String,
    /// As JSON, format 1
    #[arg(long)]
    json: bool,
}

/// Where the text of a turn begins: behind its time and speaker.
const COLUMNS: usize = 21;

/// Runs it.
///
/// # Errors
/// Where there is no such folder or call, or standard output cannot be written.
pub fn run(args: &Args, console: &Console) -> anyhow::Result<Exit> {
    let store = Store::read(&args.dir).map_err(store_failure)?;
    let Some(result) = store.result(&args.call).map_err(store_failure)? else {
        let ids = store.call_ids().map_err(store_failure)?;
        let failure = Failure::new(Exit::Usage, format!("no call is named `{}`", printable(&args.call)));
        let near = did_you_mean(&args.call, ids.iter().map(String::as_str));
        return Err(match near {
            Some(near) => failure.help(format!("did you mean `{}`?", printable(near))),
            None => failure.help(format!("{} calls are there; `callgrade export` lists them", ids.len())),
        }
        .into());
    };
    let mut out = console.data();
    if args.json {
        v1::write_pretty(&mut out, &result)?;
    } else {
        out.write_all(wrapped(&text(&result, console.color), COLUMNS, console.width).as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn text(result: &CallResult, color: bool) -> String {
    let mut out = String::new();
    let heard = &result.heard;
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}  {}", Paint::Strong.apply(&printable(&result.id), color), printable(&result.path));
    let audio = &heard.audio;
    if heard.status == Status::Pending {
        let _ = writeln!(out, "  pending: not heard yet; the same `callgrade score` command goes on");
    } else if audio.sample_rate == 0 {
        let _ = writeln!(out, "  {}", heard.status);
    } else {
        let _ = writeln!(
            out,
            "  {} · {} · {} Hz, {}, {}",
            heard.status,
            audio.duration,
            audio.sample_rate,
            if audio.channels == 1 { "1 channel".to_owned() } else { format!("{} channels", audio.channels) },
            if audio.codec.is_empty() { "no codec" } else { &audio.codec }
        );
    }
    if !heard.detail.is_empty() {
        let _ = writeln!(out, "  {}", Paint::Bad.apply(&printable(&heard.detail), color));
    }
    for warning in &heard.warnings {
        let _ = writeln!(out, "  {} {}", Paint::Doubt.apply("warning:", color), printable(&warning.message));
    }
    let metadata: Vec<String> =
        result.metadata.0.iter().map(|(column, cell)| printable(&format!("{column} {cell}"))).collect();
    if !metadata.is_empty() {
        let _ = writeln!(out, "  {}", metadata.join(" · "));
    }
    if !heard.transcript.turns.is_empty() {
        let _ = write!(out, "\n{}\n", Paint::Strong.apply("transcript", color));
        for turn in &heard.transcript.turns {
            let speaker = result.roles.of(turn.channel);
            let name = match speaker {
                Speaker::Agent => Paint::Good.apply("agent   ", color),
                Speaker::Customer => Paint::Doubt.apply("customer", color),
                Speaker::Unknown => format!("track {} ", turn.channel + 1),
            };
            let _ = writeln!(out, "  {:>7}  {name}  {}", turn.span.start.to_string(), printable(turn.text.trim()));
        }
    }
    if !heard.sound.channels.is_empty() {
        let _ = write!(out, "\n{}\n", Paint::Strong.apply("measures", color));
        for line in measures(&result.measures) {
            let _ = writeln!(out, "  {line}");
        }
    }
    for card in &result.scorecards {
        scorecard(&mut out, card, color);
    }
    out
}

fn measures(measures: &Measures) -> Vec<String> {
    let percent = |share: Option<f64>| share.map_or("unknown".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let mut lines = vec![
        format!(
            "agent talks {} of the speech, {} of the call",
            percent(measures.agent_share_of_speech),
            percent(measures.agent_share_of_call)
        ),
        format!("longest silence {}, talk at once {}", measures.longest_silence, measures.overlap),
    ];
    let by = |speaker| measures.interruptions.iter().filter(|one| one.by == speaker).count();
    if !measures.interruptions.is_empty() {
        lines.push(format!(
            "interruptions: {} by the agent, {} by the customer",
            by(Speaker::Agent),
            by(Speaker::Customer)
        ));
    }
    if let Some(first) = measures.agent_first_word {
        lines.push(format!("agent's first word at {first}"));
    }
    let unit = match measures.rate_unit {
        Some(RateUnit::CharsPerMin) => "characters a minute",
        _ => "words a minute",
    };
    if let Some(rate) = measures.agent_rate {
        let customer = measures.customer_rate.map_or(String::new(), |rate| format!(", customer {rate:.0}"));
        lines.push(format!("agent speaks {rate:.0}{customer} {unit}"));
    }
    if let Some(Ms(delay)) = measures.response_delay {
        lines.push(format!("answers after {:.1} s at the median", delay as f64 / 1000.0));
    }
    lines
}

fn scorecard(out: &mut String, card: &Scorecard, color: bool) {
    let score = match (&card.status, card.score) {
        (CardStatus::NotScored(reason), _) => {
            Paint::Doubt.apply(&format!("not scored: {}", printable(&reason.en)), color)
        }
        (CardStatus::Scored, None) => "no score".to_owned(),
        (CardStatus::Scored, Some(score)) => {
            let passed = card.passed == Some(true);
            let mut text = format!("{score} of 100, {}", if passed { "passed" } else { "not passed" });
            if let Some(band) = &card.band {
                let _ = write!(text, ", {}", printable(band));
            }
            if !card.fatal.is_empty() {
                let _ = write!(text, ", fatal: {}", printable(&card.fatal.join(" ")));
            }
            if card.needs_review {
                text.push_str(", needs review");
            }
            (if passed { Paint::Good } else { Paint::Bad }).apply(&text, color)
        }
    };
    let heading = printable(&format!("{} {}", card.rubric, card.rubric_version));
    let _ = write!(out, "\n{}  {score}\n", Paint::Strong.apply(heading.trim(), color));
    if card.criteria.is_empty() {
        return;
    }
    for section in &card.sections {
        let score = section.score.map_or("-".to_owned(), |score| score.to_string());
        let _ = writeln!(out, "  {}  {score}", Paint::Faint.apply(&printable(&section.title), color));
        for criterion in card.criteria.iter().filter(|criterion| criterion.section == section.id) {
            finding(out, criterion, color);
        }
    }
}

fn finding(out: &mut String, criterion: &CriterionResult, color: bool) {
    let (mark, paint) = match criterion.finding.outcome {
        Outcome::Pass => ("pass   ", Paint::Good),
        Outcome::Partial(_) => ("partial", Paint::Doubt),
        Outcome::Fail => ("fail   ", Paint::Bad),
        Outcome::NotApplicable => ("n/a    ", Paint::Faint),
        Outcome::Unsure => ("unsure ", Paint::Doubt),
    };
    let points = match (criterion.points.0, criterion.max_points.0) {
        (0, 0) => String::new(),
        (_, 0) => format!(" ({})", criterion.points),
        _ => format!(" ({}/{})", criterion.points, criterion.max_points),
    };
    let _ = writeln!(
        out,
        "    {}  {}{points}  {}",
        paint.apply(mark, color),
        printable(&criterion.title),
        Paint::Faint.apply(&printable(&criterion.finding.reason.en), color)
    );
    for evidence in &criterion.finding.evidence {
        let quote = if evidence.quote.trim().is_empty() {
            String::new()
        } else {
            format!("  “{}”", printable(evidence.quote.trim()))
        };
        let _ = writeln!(
            out,
            "             {}-{} {}{quote}",
            evidence.span.start,
            evidence.span.end,
            evidence.speaker.as_str()
        );
    }
}
