//! `callgrade rubric try`: grades a call that is written as text.

use super::check::{outcome, write_evidence};
use super::load_or_fail;
use crate::call::script::{self, ScriptError, ScriptProblem};
use crate::call::{CardStatus, HeardCall, Metadata, Ms, Outcome, Roles, Scorecard, Speaker};
use crate::cli::{Console, Exit, Failure, Paint, printable};
use crate::grade;
use std::io::{Read, Write};
use std::path::Path;

/// `rubric try`.
pub(super) fn attempt(
    file: &Path,
    transcript: &Path,
    agent: Option<&str>,
    json: bool,
    console: &Console,
) -> anyhow::Result<Exit> {
    let mut rubric = load_or_fail(file, console)?;
    let name = printable(&transcript.to_string_lossy());
    let mut text = String::new();
    let read = if transcript == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)
    } else {
        std::fs::File::open(transcript).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| {
        let failure = Failure::new(Exit::Usage, format_args!("{name} cannot be read: {error}"));
        match error.kind() {
            std::io::ErrorKind::InvalidData => failure.help("save it as UTF-8 text"),
            _ => failure,
        }
    })?;
    let (mut heard, metadata, roles) = call_in(&text, agent, console).map_err(|error| {
        Failure::new(Exit::Usage, format_args!("{name}: {}", printable(&error.to_string())))
            .help("write each turn on a line of its own, such as `agent: Good morning.` or `客服: 您好。`")
    })?;
    if rubric.language != "any" && metadata.get("language").is_none() {
        heard.transcript.language.clone_from(&rubric.language);
    }
    // A pasted piece of a call is short; the author wants to see what the criteria make of it all the same.
    rubric.min_speech = Ms(0);
    let card = grade::grade(&rubric, &heard, &metadata, &roles);
    let mut out = console.data();
    if json {
        serde_json::to_writer_pretty(&mut out, &card)?;
        writeln!(out)?;
    } else {
        print(&card, &rubric.language, &mut out, console)?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Reads a call as a script, else as a transcript that another program wrote.
fn call_in(text: &str, agent: Option<&str>, console: &Console) -> Result<(HeardCall, Metadata, Roles), ScriptError> {
    let script = script::parse(text);
    if agent.is_none() && script.as_ref().is_ok_and(|(.., roles)| roles.are_known()) {
        return script;
    }
    // Times beyond what a call may take are no other program's way of writing.
    if matches!(script, Err(ScriptError { problem: ScriptProblem::TooLong, .. })) {
        return script;
    }
    let Some(pasted) = script::pasted(text, agent) else { return script };
    let Ok(call) = script::parse(&pasted.script) else { return script };
    for (name, _) in pasted.guessed.iter().filter(|(_, side)| *side == Speaker::Agent) {
        console.note(format_args!("{} is taken for the agent; `--agent NAME` names another", printable(name)));
    }
    Ok(call)
}

fn print(card: &Scorecard, language: &str, out: &mut impl Write, console: &Console) -> std::io::Result<()> {
    let score = card.score.map_or("-".to_owned(), |score| score.to_string());
    let band = card.band.as_deref().map(|band| format!("  {}", printable(band))).unwrap_or_default();
    let verdict = match (&card.status, card.passed) {
        (CardStatus::NotScored(reason), _) => {
            Paint::Doubt.apply(&format!("not scored: {}", reason.in_language(language)), console.color)
        }
        (_, Some(true)) => Paint::Good.apply("passed", console.color),
        (_, _) => Paint::Bad.apply("not passed", console.color),
    };
    let heading = format!("{}  {score}{band}", printable(&card.rubric));
    writeln!(out, "{}  {verdict}", Paint::Strong.apply(&heading, console.color))?;
    if !card.fatal.is_empty() {
        let without = card.score_without_fatal.map_or(String::new(), |score| format!(" (without it: {score})"));
        writeln!(out, "fatal: {}{without}", card.fatal.join(", "))?;
    }
    if card.needs_review {
        writeln!(out, "a person should look at this call")?;
    }
    let mut section = "";
    for result in &card.criteria {
        if section != result.section {
            section = &result.section;
            let it = card.sections.iter().find(|it| it.id == section);
            let title = it.map_or("", |it| it.title.as_str());
            let score = it.and_then(|it| it.score).map_or("-".to_owned(), |score| score.to_string());
            writeln!(out, "\n{}  {score}", Paint::Strong.apply(&printable(title), console.color))?;
        }
        let paint = match result.finding.outcome {
            Outcome::Pass => Paint::Good,
            Outcome::Fail => Paint::Bad,
            Outcome::Partial(_) | Outcome::Unsure => Paint::Doubt,
            Outcome::NotApplicable => Paint::Faint,
        };
        let verdict = paint.apply(&outcome(&result.finding), console.color);
        let points = match (result.points.0, result.max_points.0) {
            (0, 0) => String::new(),
            (_, 0) => format!("  {}", result.points),
            _ => format!("  {} of {}", result.points, result.max_points),
        };
        writeln!(
            out,
            "{}  {verdict}{points}  {}",
            printable(&result.id),
            printable(result.finding.reason.in_language(language))
        )?;
        write_evidence(&result.finding, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ColorChoice;

    /// With its times left out, a call is another one.
    #[test]
    fn times_beyond_the_longest_call_are_a_mistake() {
        let console = Console::new(ColorChoice::Never, true, 0);
        let text = "agent 8001s: hello\ncustomer 17000s: hi\n";
        assert_eq!(call_in(text, None, &console).unwrap_err().problem, ScriptProblem::TooLong);
        let text = "[0:01] Speaker 1: hello\n[0:03] Speaker 2: hi\n";
        assert!(call_in(text, None, &console).is_ok());
    }
}
