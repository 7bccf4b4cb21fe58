//! Results as a spreadsheet: calls, criteria, agents and failures, ready to filter and to pivot.
//!
//! Takes a [`Summary`], gives the bytes of a workbook. Every text is written as a string, whatever it begins with, so no
//! cell is a formula; the same results give the same bytes.

use super::agents::Agent;
use super::language::Language;
use super::summary::{CallRow, CardRow, CriterionRow, Summary};
use super::words::Words;
use crate::call::{Ms, Outcome, RateUnit, Speaker, Status};
use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar,
    ConditionalFormatText, ConditionalFormatTextRule, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook,
    Worksheet, XlsxError,
};
use std::io::{Seek, Write};

/// Rows of one sheet, the head among them.
const ROWS: u32 = 1_048_576;
/// Colours of good, doubtful and bad cells: text and ground.
const GOOD: (u32, u32) = (0x0022_6440, 0x00E2_F1E7);
const DOUBT: (u32, u32) = (0x0086_5800, 0x00FB_F0D2);
const BAD: (u32, u32) = (0x009C_2D24, 0x00FB_E1DD);

/// Writes the workbook to `target`.
///
/// # Errors
/// Where `target` can't be written.
pub fn write<W: Write + Seek + Send>(summary: &Summary, language: Language, target: W) -> Result<(), XlsxError> {
    let w = Words::of(language);
    let mut workbook = Workbook::new();
    // The day of the file format's epoch: a workbook must not tell when it was made, only what it was made from.
    let born = ExcelDateTime::from_ymd(1980, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&born).set_author("callgrade"));
    calls(&mut workbook, summary, w)?;
    criteria(&mut workbook, summary, w)?;
    agents(&mut workbook, summary, w)?;
    failures(&mut workbook, summary, w)?;
    workbook.save_to_writer(target)
}

/// The kinds of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Tenth,
    Hundredth,
    Share,
    Clock,
    Moment,
    Score,
}

/// A column: head, kind, width in characters.
type Column = (String, Kind, f64);

fn column(name: impl Into<String>, kind: Kind, width: f64) -> Column {
    (name.into(), kind, width)
}

/// A cell's value; [`Cell::Empty`] where a number is not known.
enum Cell<'a> {
    Text(&'a str),
    Number(f64),
    Empty,
}

impl From<Option<f64>> for Cell<'_> {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Cell::Empty, Cell::Number)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        Cell::Text(text)
    }
}

impl From<usize> for Cell<'_> {
    fn from(count: usize) -> Self {
        Cell::Number(count as f64)
    }
}

/// One table while it is filled: a new sheet begins where one is full.
struct Table<'a> {
    name: &'a str,
    columns: Vec<Column>,
    formats: Vec<Format>,
    head: Format,
    sheets: Vec<Worksheet>,
    row: u32,
}

impl<'a> Table<'a> {
    fn new(name: &'a str, columns: Vec<Column>) -> Result<Self, XlsxError> {
        let format = |kind: Kind| match kind {
            Kind::Text => Format::new().set_align(FormatAlign::Top),
            Kind::Whole => Format::new().set_num_format("0"),
            Kind::Tenth | Kind::Score => Format::new().set_num_format("0.0"),
            Kind::Hundredth => Format::new().set_num_format("0.00"),
            Kind::Share => Format::new().set_num_format("0%"),
            Kind::Clock => Format::new().set_num_format("[h]:mm:ss"),
            Kind::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        };
        let formats = columns.iter().map(|(_, kind, _)| format(*kind)).collect();
        let head = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0x00E8_EDF3))
            .set_text_wrap()
            .set_align(FormatAlign::Top);
        let mut table = Self { name, columns, formats, head, sheets: Vec::new(), row: 0 };
        table.begin()?;
        Ok(table)
    }

    fn begin(&mut self) -> Result<(), XlsxError> {
        let mut sheet = Worksheet::new();
        let number = self.sheets.len() + 1;
        sheet.set_name(if number == 1 { self.name.to_owned() } else { format!("{} {number}", self.name) })?;
        sheet.set_freeze_panes(1, 1)?;
        for (index, (name, _, width)) in (0_u16..).zip(&self.columns) {
            sheet.set_column_width(index, *width)?;
            sheet.write_string_with_format(0, index, name, &self.head)?;
        }
        self.sheets.push(sheet);
        self.row = 0;
        Ok(())
    }

    fn add(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        if self.row + 1 == ROWS {
            self.begin()?;
        }
        self.row += 1;
        let Some(sheet) = self.sheets.last_mut() else { return Ok(()) };
        for ((index, cell), format) in (0_u16..).zip(cells).zip(&self.formats) {
            match cell {
                Cell::Text("") => {}
                Cell::Text(text) => {
                    sheet.write_string_with_format(self.row, index, *text, format)?;
                }
                Cell::Number(value) if value.is_finite() => {
                    sheet.write_number_with_format(self.row, index, *value, format)?;
                }
                Cell::Number(_) | Cell::Empty => {}
            }
        }
        Ok(())
    }

    /// Filters, data bars on scores, colours on the words of `tones`; then the sheets are part of the workbook.
    fn finish(mut self, workbook: &mut Workbook, tones: &[(usize, &str, (u32, u32))]) -> Result<(), XlsxError> {
        let last_column = self.columns.len().saturating_sub(1) as u16;
        let sheets = self.sheets.len();
        for (number, mut sheet) in self.sheets.drain(..).enumerate() {
            let last = if number + 1 == sheets { self.row } else { ROWS - 1 };
            sheet.autofilter(0, 0, last, last_column)?;
            let bottom = last.max(1);
            for (index, (_, kind, _)) in (0_u16..).zip(&self.columns) {
                if *kind == Kind::Score {
                    let bar = ConditionalFormatDataBar::new()
                        .set_fill_color(Color::RGB(0x00B9_CCE2))
                        .set_solid_fill(true)
                        .set_minimum(rust_xlsxwriter::ConditionalFormatType::Number, 0)
                        .set_maximum(rust_xlsxwriter::ConditionalFormatType::Number, 100);
                    sheet.add_conditional_format(1, index, bottom, index, &bar)?;
                }
                if *kind == Kind::Share {
                    let scale = ConditionalFormat2ColorScale::new()
                        .set_minimum_color(Color::RGB(0x00FF_FFFF))
                        .set_maximum_color(Color::RGB(0x00D5_E2F0));
                    sheet.add_conditional_format(1, index, bottom, index, &scale)?;
                }
            }
            for (index, text, (ink, ground)) in tones {
                let index = *index as u16;
                let format = Format::new().set_font_color(Color::RGB(*ink)).set_background_color(Color::RGB(*ground));
                if text.is_empty() {
                    let above = ConditionalFormatCell::new()
                        .set_rule(ConditionalFormatCellRule::GreaterThan(0))
                        .set_format(format);
                    sheet.add_conditional_format(1, index, bottom, index, &above)?;
                } else {
                    let rule = ConditionalFormatTextRule::BeginsWith((*text).to_owned());
                    let tone = ConditionalFormatText::new().set_rule(rule).set_format(format);
                    sheet.add_conditional_format(1, index, bottom, index, &tone)?;
                }
            }
            workbook.push_worksheet(sheet);
        }
        Ok(())
    }
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

fn outcome(w: &Words, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => w.pass,
        Outcome::Partial(_) => w.partial,
        Outcome::Fail => w.fail,
        Outcome::NotApplicable => w.not_applicable,
        Outcome::Unsure => w.unsure,
    }
}

fn calls(workbook: &mut Workbook, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
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
        column(w.talk_share, Kind::Share, 11.0),
        column(format!("{} (s)", w.longest_silence_long), Kind::Tenth, 13.0),
        column(w.interruptions, Kind::Whole, 13.0),
        column(w.speech_rate, Kind::Whole, 12.0),
        column("", Kind::Text, 15.0),
        column(format!("{} ({})", w.pitch, w.semitones), Kind::Tenth, 13.0),
        column(format!("{} (s)", w.response_delay), Kind::Tenth, 13.0),
        column(w.recording, Kind::Text, 40.0),
    ];
    columns.extend(summary.rubrics.iter().map(|rubric| column(rubric.id.clone(), Kind::Score, 16.0)));
    let mut table = Table::new(w.sheet_calls, columns)?;
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
            Cell::from(call.agent_share),
            Cell::Number(call.longest_silence.seconds()),
            Cell::from(call.interruptions.map(|count| count as f64)),
            Cell::from(call.agent_rate),
            Cell::from(unit(w, call.agent_rate.and(call.rate_unit))),
            Cell::from(call.pitch_spread),
            Cell::from(call.response_delay.map(Ms::seconds)),
            Cell::from(&call.path),
        ];
        cells.extend((0..summary.rubrics.len()).map(|rubric| Cell::from(of_rubric(rubric))));
        table.add(&cells)?;
    }
    table.finish(workbook, &[(9, w.no, BAD), (9, w.yes, GOOD), (10, "", BAD), (11, "", DOUBT)])
}

fn criteria(workbook: &mut Workbook, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
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
    let mut table = Table::new(w.sheet_criteria, columns)?;
    for call in &summary.calls {
        for card in call.cards.iter().filter(|card| card.not_scored.is_none()) {
            for row in &card.criteria {
                criterion(&mut table, summary, w, call, card, row)?;
            }
        }
    }
    let tones = [(8, w.pass, GOOD), (8, w.fail, BAD), (8, w.partial, DOUBT), (8, w.unsure, DOUBT), (11, w.yes, BAD)];
    table.finish(workbook, &tones)
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

fn agents(workbook: &mut Workbook, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let columns = vec![
        column(w.agent, Kind::Text, 18.0),
        column(w.team, Kind::Text, 12.0),
        column(w.calls, Kind::Whole, 9.0),
        column(w.scored, Kind::Whole, 9.0),
        column(w.mean_score, Kind::Score, 12.0),
        column(w.pass_rate, Kind::Share, 10.0),
        column(w.fatal_calls, Kind::Whole, 12.0),
        column(w.talk_share, Kind::Share, 11.0),
        column(format!("{} (s)", w.longest_silence_long), Kind::Tenth, 13.0),
        column(format!("{} ({})", w.interruptions, w.per_call), Kind::Tenth, 15.0),
        column(w.speech_rate, Kind::Whole, 12.0),
        column("", Kind::Text, 15.0),
        column(format!("{} ({})", w.pitch, w.semitones), Kind::Tenth, 13.0),
        column(format!("{} (s)", w.response_delay), Kind::Tenth, 13.0),
        column(w.forbidden, Kind::Whole, 13.0),
    ];
    let mut table = Table::new(w.sheet_agents, columns)?;
    for agent in Agent::all(summary) {
        let said = |((rubric, criterion), tally): (&(usize, usize), &super::agents::Tally)| {
            let entry = &summary.rubrics[*rubric].criteria[*criterion];
            if entry.is_forbidden_phrase() && tally.failed > 0 { tally.hits.max(tally.failed) } else { 0 }
        };
        let forbidden: usize = agent.criteria.iter().map(said).sum();
        let rate = agent.rate();
        table.add(&[
            Cell::from(if agent.name.is_empty() { w.nobody } else { agent.name }),
            Cell::from(agent.team),
            Cell::from(agent.calls.len()),
            Cell::from(agent.scored()),
            Cell::from(agent.score()),
            Cell::from(agent.pass_rate()),
            Cell::from(agent.fatal()),
            Cell::from(agent.mean(|call| call.agent_share)),
            Cell::from(agent.mean(|call| call.score().map(|_| call.longest_silence.seconds()))),
            Cell::from(agent.mean(|call| call.interruptions.map(|count| count as f64))),
            Cell::from(rate.map(|(_, rate)| rate)),
            Cell::from(unit(w, rate.map(|(unit, _)| unit))),
            Cell::from(agent.mean(|call| call.pitch_spread)),
            Cell::from(agent.mean(|call| call.response_delay.map(Ms::seconds))),
            Cell::from(forbidden),
        ])?;
    }
    table.finish(workbook, &[(6, "", BAD), (14, "", BAD)])
}

fn failures(workbook: &mut Workbook, summary: &Summary, w: &'static Words) -> Result<(), XlsxError> {
    let columns = vec![
        column(w.recording, Kind::Text, 50.0),
        column(w.status, Kind::Text, 26.0),
        column(w.cause, Kind::Text, 32.0),
        column(w.remedy, Kind::Text, 60.0),
        column(w.reason, Kind::Text, 60.0),
    ];
    let mut table = Table::new(w.sheet_failures, columns)?;
    for call in summary.calls.iter().filter(|call| !matches!(call.status, Status::Ok | Status::OkNoSpeech)) {
        table.add(&[
            Cell::from(&call.path),
            Cell::from(call.status.as_str()),
            Cell::from(w.status(call.status)),
            Cell::from(w.remedy(call.status)),
            Cell::from(&call.detail),
        ])?;
    }
    table.finish(workbook, &[(1, "failed", BAD), (1, "quarantined", BAD), (1, "degraded", DOUBT)])
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
        write(&summary, Language::Zh, &mut bytes).unwrap();
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
