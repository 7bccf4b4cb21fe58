//! Results as a spreadsheet: calls, criteria, agents and failures, ready to filter and to pivot.
//!
//! Takes a [`Summary`], gives the bytes of a workbook. Every text is written as a string, whatever it begins with, so no
//! cell is a formula; the same results give the same bytes.

mod table;

use super::agents::Agent;
use super::language::Language;
use super::summary::{CallRow, CardRow, CriterionRow, Summary};
use super::words::Words;
use crate::call::{Ms, Outcome, RateUnit, Speaker, Status};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use std::io::{Seek, Write};
use std::path::Path;
use table::{BAD, Cell, Column, DOUBT, GOOD, Kind, Table, column};

/// Writes the workbook to `target`. The rows wait in nameless files in `spool_dir`, so that they take no memory; where
/// no file can be made there, they wait in memory.
///
/// # Errors
/// Where `target` can't be written.
pub fn write<W: Write + Seek + Send>(
    summary: &Summary,
    language: Language,
    spool_dir: &Path,
    target: W,
) -> Result<(), XlsxError> {
    let w = Words::of(language);
    let mut workbook = Workbook::new();
    let spools = workbook.set_tempdir(spool_dir).is_ok();
    // The day of the file format's epoch: a workbook must not tell when it was made, only what it was made from.
    let born = ExcelDateTime::from_ymd(1980, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&born).set_author("callgrade"));
    calls(&mut workbook, spools, summary, w)?;
    criteria(&mut workbook, spools, summary, w)?;
    agents(&mut workbook, spools, summary, w)?;
    failures(&mut workbook, spools, summary, w)?;
    workbook.save_to_writer(target)
}

/// A time as a part of a day, as spreadsheets count it.
fn days(time: Ms) -> f64 {
    time.seconds() / 86_400.0
}

/// Days since the end of 1899, as spreadsheets count them.
fn serial(call: &CallRow) -> Option<f64> {
    let moment = call.moment?;
    let since = moment.day.since(jiff::civil::date(1899, 12, 30)).ok()?;
    let (hour, minute) = moment.time.unwrap_or((0, 0));
    Some(f64::from(since.get_days()) + (f64::from(hour) * 60.0 + f64::from(minute)) / 1440.0)
}

fn yes_no(w: &Words, value: Option<bool>) -> &'static str {
    match value {
        Some(true) => w.yes,
        Some(false) => w.no,
        None => "",
    }
}

fn unit(w: &Words, unit: Option<RateUnit>) -> &'static str {
    match unit {
        Some(RateUnit::Wpm) => w.wpm,
        Some(RateUnit::CharsPerMin) => w.chars_per_min,
        None => "",
    }
}

/// What the sound of one call, or the mean of an agent's calls, is like.
struct Sound {
    share: Option<f64>,
    silence: Option<f64>,
    interruptions: Option<f64>,
    rate: Option<(RateUnit, f64)>,
    pitch: Option<f64>,
    delay: Option<f64>,
}

impl Sound {
    /// The columns; `interruptions` is a head and kind of its own: a count, or a mean of counts.
    fn columns(w: &Words, interruptions: (String, Kind)) -> [Column; 7] {
        [
            column(w.talk_share, Kind::Share, 11.0),
            column(format!("{} (s)", w.longest_silence_long), Kind::Tenth, 13.0),
            column(interruptions.0, interruptions.1, 15.0),
            column(w.speech_rate, Kind::Whole, 12.0),
            column(w.unit, Kind::Text, 15.0),
            column(format!("{} ({})", w.pitch, w.semitones), Kind::Tenth, 13.0),
            column(format!("{} (s)", w.response_delay), Kind::Tenth, 13.0),
        ]
    }

    fn of_call(call: &CallRow) -> Self {
        Self {
            share: call.agent_share,
            silence: (!call.language.is_empty()).then(|| call.longest_silence.seconds()),
            interruptions: call.interruptions.map(|count| count as f64),
            rate: call.rate_unit.zip(call.agent_rate),
            pitch: call.pitch_spread,
            delay: call.response_delay.map(Ms::seconds),
        }
    }

    fn of_agent(agent: &Agent<'_>) -> Self {
        Self {
            share: agent.mean(|call| call.agent_share),
            silence: agent.mean(|call| call.score().map(|_| call.longest_silence.seconds())),
            interruptions: agent.mean(|call| call.interruptions.map(|count| count as f64)),
            rate: agent.rate(),
            pitch: agent.mean(|call| call.pitch_spread),
            delay: agent.mean(|call| call.response_delay.map(Ms::seconds)),
        }
    }

    fn cells(self, w: &'static Words) -> [Cell<'static>; 7] {
        [
            Cell::from(self.share),
            Cell::from(self.silence),
            Cell::from(self.interruptions),
            Cell::from(self.rate.map(|(_, rate)| rate)),
            Cell::from(unit(w, self.rate.map(|(unit, _)| unit))),
            Cell::from(self.pitch),
            Cell::from(self.delay),
        ]
    }
}

fn outcome(w: &Words, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => w.pass,
        Outcome::Partial(_) => w.partial,
        Outcome::Fail => w.fail,
        Outcome::NotApplicable => w.not_applicable,
        Outcome::Unsure => w.unsure,
    }
}

fn calls(workbook: &mut Workbook, spools: bool, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let mut columns = vec![
        column(w.call, Kind::Text, 22.0),
        column(w.agent, Kind::Text, 16.0),
        column(w.team, Kind::Text, 12.0),
        column(w.started, Kind::Moment, 17.0),
        column(w.length, Kind::Clock, 10.0),
        column(w.status, Kind::Text, 22.0),
        column(w.language, Kind::Text, 9.0),
        column(w.score, Kind::Score, 12.0),
        column(w.band, Kind::Text, 12.0),
        column(w.passed, Kind::Text, 9.0),
        column(w.fatal, Kind::Whole, 9.0),
        column(w.unsure, Kind::Whole, 9.0),
    ];
    columns.extend(Sound::columns(w, (w.interruptions.to_owned(), Kind::Whole)));
    columns.push(column(w.recording, Kind::Text, 40.0));
    columns.extend(summary.rubrics.iter().map(|rubric| column(rubric.id.clone(), Kind::Score, 16.0)));
    let mut table = Table::new(workbook, spools, w.sheet_calls, columns)?;
    for call in &summary.calls {
        let count = |wanted: &dyn Fn(&CriterionRow) -> bool| -> usize {
            call.cards.iter().flat_map(|card| &card.criteria).filter(|row| wanted(row)).count()
        };
        let of_rubric = |rubric: usize| -> Option<f64> {
            call.cards.iter().find(|card| card.rubric == rubric)?.score.map(crate::call::Points::as_f64)
        };
        let mut cells = vec![
            Cell::from(&call.id),
            Cell::from(&call.agent),
            Cell::from(&call.team),
            Cell::from(serial(call)),
            Cell::Number(days(call.duration)),
            Cell::from(w.status(call.status)),
            Cell::from(&call.language),
            Cell::from(call.score()),
            Cell::from(call.band().unwrap_or_default()),
            Cell::from(yes_no(w, call.passed())),
            Cell::from(count(&|row| row.fatal)),
            Cell::from(count(&|row| row.outcome == Outcome::Unsure)),
        ];
        cells.extend(Sound::of_call(call).cells(w));
        cells.push(Cell::from(&call.path));
        cells.extend((0..summary.rubrics.len()).map(|rubric| Cell::from(of_rubric(rubric))));
        table.add(&cells)?;
    }
    table.finish(&[(9, w.no, BAD), (9, w.yes, GOOD), (10, "", BAD), (11, "", DOUBT)])
}

fn criteria(workbook: &mut Workbook, spools: bool, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let columns = vec![
        column(w.call, Kind::Text, 22.0),
        column(w.agent, Kind::Text, 16.0),
        column(w.team, Kind::Text, 12.0),
        column(w.started, Kind::Moment, 17.0),
        column(w.rubric, Kind::Text, 20.0),
        column(w.section, Kind::Text, 16.0),
        column("ID", Kind::Text, 24.0),
        column(w.criterion, Kind::Text, 28.0),
        column(w.outcome, Kind::Text, 14.0),
        column(w.points, Kind::Hundredth, 9.0),
        column(w.max_points, Kind::Hundredth, 9.0),
        column(w.fatal, Kind::Text, 9.0),
        column(w.reason, Kind::Text, 48.0),
        column(w.unknown, Kind::Text, 10.0),
        column(w.at, Kind::Clock, 9.0),
        column(w.evidence, Kind::Text, 60.0),
    ];
    let mut table = Table::new(workbook, spools, w.sheet_criteria, columns)?;
    for call in &summary.calls {
        for card in call.cards.iter().filter(|card| card.not_scored.is_none()) {
            for row in &card.criteria {
                criterion(&mut table, summary, w, call, card, row)?;
            }
        }
    }
    let tones = [(8, w.pass, GOOD), (8, w.fail, BAD), (8, w.partial, DOUBT), (8, w.unsure, DOUBT), (11, w.yes, BAD)];
    table.finish(&tones)
}

fn criterion(
    table: &mut Table<'_>,
    summary: &Summary,
    w: &'static Words,
    call: &CallRow,
    card: &CardRow,
    row: &CriterionRow,
) -> Result<(), XlsxError> {
    let rubric = &summary.rubrics[card.rubric];
    let entry = &rubric.criteria[row.criterion];
    let (id, title) = &rubric.sections[entry.section];
    let counts = row.outcome.fraction().is_some();
    let example = row.example.as_ref();
    table.add(&[
        Cell::from(&call.id),
        Cell::from(&call.agent),
        Cell::from(&call.team),
        Cell::from(serial(call)),
        Cell::from(&rubric.id),
        Cell::from(if title.is_empty() { id } else { title }),
        Cell::from(&entry.id),
        Cell::from(&entry.title),
        Cell::from(outcome(w, row.outcome)),
        Cell::from(counts.then(|| row.points.as_f64())),
        Cell::from(counts.then(|| row.max_points.as_f64())),
        Cell::from(if row.fatal { w.yes } else { "" }),
        Cell::from(&row.reason),
        Cell::from(example.map_or("", |example| match example.speaker {
            Speaker::Agent => w.agent,
            Speaker::Customer => w.customer,
            Speaker::Unknown => "",
        })),
        Cell::from(example.map(|example| days(example.span.start))),
        Cell::from(example.map_or("", |example| &example.quote)),
    ])
}

fn agents(workbook: &mut Workbook, spools: bool, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let mut columns = vec![
        column(w.agent, Kind::Text, 18.0),
        column(w.team, Kind::Text, 12.0),
        column(w.calls, Kind::Whole, 9.0),
        column(w.scored, Kind::Whole, 9.0),
        column(w.mean_score, Kind::Score, 12.0),
        column(w.pass_rate, Kind::Share, 10.0),
        column(w.fatal_calls, Kind::Whole, 12.0),
    ];
    columns.extend(Sound::columns(w, (format!("{} ({})", w.interruptions, w.per_call), Kind::Tenth)));
    columns.push(column(format!("{} ({})", w.forbidden, w.calls), Kind::Whole, 13.0));
    let mut table = Table::new(workbook, spools, w.sheet_agents, columns)?;
    for agent in Agent::all(summary) {
        // Criteria overlap, so that calls can be counted and what was said can't.
        let forbidden = agent.calls.iter().filter(|call| summary.says_forbidden(call)).count();
        let mut cells = vec![
            Cell::from(if agent.name.is_empty() { w.nobody } else { agent.name }),
            Cell::from(agent.team),
            Cell::from(agent.calls.len()),
            Cell::from(agent.scored()),
            Cell::from(agent.score()),
            Cell::from(agent.pass_rate()),
            Cell::from(agent.fatal()),
        ];
        cells.extend(Sound::of_agent(&agent).cells(w));
        cells.push(Cell::from(forbidden));
        table.add(&cells)?;
    }
    table.finish(&[(6, "", BAD), (14, "", BAD)])
}

fn failures(workbook: &mut Workbook, spools: bool, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let columns = vec![
        column(w.recording, Kind::Text, 50.0),
        column(w.status, Kind::Text, 26.0),
        column(w.cause, Kind::Text, 32.0),
        column(w.remedy, Kind::Text, 60.0),
        column(w.reason, Kind::Text, 60.0),
    ];
    let mut table = Table::new(workbook, spools, w.sheet_failures, columns)?;
    for call in summary.calls.iter().filter(|call| !matches!(call.status, Status::Ok | Status::OkNoSpeech)) {
        table.add(&[
            Cell::from(&call.path),
            Cell::from(call.status.as_str()),
            Cell::from(w.status(call.status)),
            Cell::from(w.remedy(call.status)),
            Cell::from(&call.detail),
        ])?;
    }
    table.finish(&[(1, "failed", BAD), (1, "quarantined", BAD), (1, "degraded", DOUBT)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use std::io::{Cursor, Read};

    fn workbook() -> Vec<u8> {
        let mut summary = Summary::default();
        for index in 0..40 {
            let mut call = sample::call(index);
            if index == 3 {
                call.metadata.0.insert("agent".into(), "=cmd|' /C calc'!A0".into());
                call.metadata.0.insert("team".into(), "@SUM(1+1)".into());
            }
            summary.add(&call, Language::Zh);
        }
        let mut bytes = Cursor::new(Vec::new());
        write(&summary, Language::Zh, &std::env::temp_dir(), &mut bytes).unwrap();
        bytes.into_inner()
    }

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn no_cell_is_a_formula_and_every_call_has_its_row() {
        let bytes = workbook();
        for sheet in 1..=4 {
            assert!(!part(&bytes, &format!("xl/worksheets/sheet{sheet}.xml")).contains("<f>"));
        }
        assert_eq!(part(&bytes, "xl/worksheets/sheet1.xml").matches("<row ").count(), 41);
        assert!(part(&bytes, "xl/sharedStrings.xml").contains("=cmd|"));
    }

    #[test]
    fn the_same_results_give_the_same_bytes() {
        assert!(workbook() == workbook());
    }
}
