//! `callgrade rubric try`: grades a call that is written as text.

use super::check::{outcome, write_evidence};
use super::load_or_fail;
use crate::call::script::{self, ScriptError, ScriptProblem, Written};
use crate::call::{CardStatus, HeardCall, Metadata, Ms, Outcome, Roles, Scorecard, Speaker, redact};
use crate::cli::{Console, Exit, Failure, Paint, printable};
use crate::grade;
use crate::report::wire::v1;
use std::io::{Read, Write};
use std::path::Path;

/// What to do about a transcript that cannot be read.
const HOW_TO_WRITE: &str = "write each turn on a line of its own, such as `agent: Good morning.` or `客服: 您好。`";

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
    // Lines as old Macs and some telephone systems end them.
    if !text.contains('\n') {
        text = text.replace('\r', "\n");
    }
    let (mut heard, metadata, roles) = call_in(&text, agent, console).map_err(|error| match error.downcast_ref() {
        Some(mistake @ ScriptError { .. }) => {
            Failure::new(Exit::Usage, format_args!("{name}: {}", printable(&mistake.to_string())))
                .help(HOW_TO_WRITE)
                .into()
        }
        None => error,
    })?;
    if heard.transcript.turns.is_empty() && heard.sound.duration == Ms(0) {
        return Err(Failure::new(Exit::Usage, format_args!("{name} holds no call")).help(HOW_TO_WRITE).into());
    }
    // As in recordings: what rubrics see holds no numbers of people.
    redact(&mut heard.transcript, false);
    if rubric.language != "any" && metadata.get("language").is_none() {
        if !heard.transcript.language.is_empty() && heard.transcript.language != rubric.language {
            console.note(format_args!(
                "the words look like `{}`, and the rubric is for `{}`: recordings in another language are not scored",
                heard.transcript.language, rubric.language
            ));
        }
        heard.transcript.language.clone_from(&rubric.language);
    }
    // A pasted piece of a call is short; the author wants to see what the criteria make of it all the same.
    rubric.min_speech = Ms(0);
    let card = grade::grade(&rubric, &heard, &metadata, &roles);
    let mut out = console.data();
    if json {
        v1::write_card(&mut out, &card)?;
    } else {
        print(&card, &rubric.language, &mut out, console)?;
    }
    out.flush()?;
    Ok(Exit::Success)
}

/// Reads a call as a script, else as a transcript that another program wrote.
fn call_in(text: &str, agent: Option<&str>, console: &Console) -> anyhow::Result<(HeardCall, Metadata, Roles)> {
    let script = script::transcript(text);
    // A mistake in a script is one, and so are times beyond what a call may take: read as another program's way of writing,
    // the call would lose its times.
    let too_long = matches!(script, Err(ScriptError { problem: ScriptProblem::TooLong, .. }));
    // Subtitles may name speakers as another program does.
    let told_apart = script.as_ref().is_ok_and(|((.., roles), _)| roles.are_known());
    if agent.is_none() && (told_apart || script::is_meant(text)) || too_long {
        return Ok(noted(script?, console));
    }
    let Some(pasted) = script::pasted(text, agent) else { return Ok(noted(script?, console)) };
    if let Some(agent) = agent
        && !pasted.names_agent
    {
        let speakers: Vec<String> = pasted.guessed.iter().map(|(name, _)| printable(name)).collect();
        let message = format!("nobody is called {} here", printable(agent));
        let failure = Failure::new(Exit::Usage, message).help(format!("speakers: {}", speakers.join(", ")));
        return Err(failure.into());
    }
    let Ok(call) = script::transcript(&pasted.script) else { return Ok(noted(script?, console)) };
    for (name, _) in pasted.guessed.iter().filter(|(_, side)| *side == Speaker::Agent) {
        console.note(format_args!("{} is taken for the agent; `--agent NAME` names another", printable(name)));
    }
    Ok(noted(call, console))
}

/// The call, after a word on what is made up of it.
fn noted<Call>((call, written): (Call, Written), console: &Console) -> Call {
    if !written.times {
        console.note(
            "the transcript has no times: turns take as long as their words usually do, one right after the other",
        );
    }
    call
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
        let mistake: ScriptError = call_in(text, None, &console).unwrap_err().downcast().unwrap();
        assert_eq!(mistake.problem, ScriptProblem::TooLong);
        let text = "[0:01] Speaker 1: hello\n[0:03] Speaker 2: hi\n";
        assert!(call_in(text, None, &console).is_ok());
    }

    #[test]
    fn a_mistake_in_a_script_costs_no_times() {
        let console = Console::new(ColorChoice::Never, true, 0);
        for (text, line) in [
            ("agent 0s-2s: hello\ncustomer 40s-43s: hi\nand have a nice day\n", 3),
            ("agent 0s: hello\nsupervisor 50s: hi\n", 2),
            ("客服 10s-5s: 您好\n客户 20s: 话费\n", 1),
        ] {
            let mistake: ScriptError = call_in(text, None, &console).unwrap_err().downcast().unwrap();
            assert_eq!(mistake.line, line, "{text}");
        }
        let (heard, _, roles) = call_in("unknown 0s-5s: hello there\n", None, &console).unwrap();
        assert!(!roles.are_known());
        assert_eq!(heard.transcript.turns.len(), 1);
    }

    #[test]
    fn the_agent_goes_by_the_name_that_is_written() {
        let console = Console::new(ColorChoice::Never, true, 0);
        let text = "Emily 2s-4s: hello\nDaniel 5s-6s: hi\n";
        let (heard, _, roles) = call_in(text, Some("Daniel"), &console).unwrap();
        assert!(roles.are_known());
        assert_eq!(heard.transcript.turns[0].span.start, Ms(2000));
        let failure = call_in(text, Some("Zed"), &console).unwrap_err();
        assert!(failure.to_string().contains("Zed"), "{failure}");
    }
}
