//! Results as CSV for spreadsheets: one row a call and rubric, one column a criterion.
//!
//! Text that a spreadsheet would take for a formula gets an apostrophe before it, because names and metadata come
//! from outside.

use crate::call::{CallResult, CardStatus, Scorecard};
use std::collections::BTreeMap;
use std::io::Write;

const COLUMNS: &[&str] = &[
    "call_id",
    "path",
    "status",
    "detail",
    "agent",
    "team",
    "started_at",
    "duration_s",
    "language",
    "rubric",
    "score",
    "passed",
    "band",
    "fatal",
    "needs_review",
    "not_scored_because",
    "agent_share_of_speech",
    "longest_silence_s",
];

/// Rows of results while they are collected: their columns are known only after the last.
#[derive(Debug, Default)]
pub struct Table {
    /// Rubric and criterion of each own column, in order of first use.
    columns: Vec<(String, String)>,
    place_of: BTreeMap<String, BTreeMap<String, usize>>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    cells: csv::StringRecord,
    /// Places of own columns with their verdicts, in order.
    outcomes: Vec<(usize, &'static str)>,
}

impl Table {
    /// Adds the rows of one call: one for each of its scorecards, or one without a score.
    pub fn add(&mut self, result: &CallResult) {
        if result.scorecards.is_empty() {
            self.rows.push(Row { cells: cells(result, None), outcomes: Vec::new() });
        }
        for card in &result.scorecards {
            let places = self.place_of.entry(card.rubric.clone()).or_default();
            let mut outcomes: Vec<(usize, &'static str)> = Vec::with_capacity(card.criteria.len());
            for criterion in &card.criteria {
                let place = match places.get(&criterion.id) {
                    Some(place) => *place,
                    None => {
                        self.columns.push((card.rubric.clone(), criterion.id.clone()));
                        places.insert(criterion.id.clone(), self.columns.len() - 1);
                        self.columns.len() - 1
                    }
                };
                outcomes.push((place, criterion.finding.outcome.as_str()));
            }
            outcomes.sort_by_key(|(place, _)| *place);
            outcomes.dedup_by_key(|(place, _)| *place);
            self.rows.push(Row { cells: cells(result, Some(card)), outcomes });
        }
    }

    /// Writes the header and all rows; `with_bom`, the mark that makes spreadsheets read UTF-8 comes first.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn write(&self, mut out: impl Write, with_bom: bool) -> Result<(), csv::Error> {
        if with_bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut out = csv::Writer::from_writer(out);
        let own = self.columns.iter().map(|(rubric, criterion)| cell(&format!("{rubric}: {criterion}")));
        out.write_record(COLUMNS.iter().map(|name| (*name).to_owned()).chain(own))?;
        for row in &self.rows {
            for cell in &row.cells {
                out.write_field(cell)?;
            }
            let mut outcomes = row.outcomes.iter().peekable();
            for place in 0..self.columns.len() {
                let outcome = outcomes.next_if(|(own, _)| *own == place).map_or("", |(_, outcome)| outcome);
                out.write_field(outcome)?;
            }
            out.write_record(None::<&[u8]>)?;
        }
        out.flush()?;
        Ok(())
    }
}

/// The cells of all columns but the criteria.
fn cells(result: &CallResult, card: Option<&Scorecard>) -> csv::StringRecord {
    let of = |column| cell(result.metadata.get(column).unwrap_or_default());
    let number = |value: Option<f64>| value.map(|value| format!("{value:.2}")).unwrap_or_default();
    let reason = match card.map(|card| &card.status) {
        Some(CardStatus::NotScored(reason)) => cell(&reason.en),
        _ => String::new(),
    };
    csv::StringRecord::from(vec![
        cell(&result.id),
        cell(&result.path),
        result.heard.status.as_str().to_owned(),
        cell(&result.heard.detail),
        of("agent"),
        of("team"),
        of("started_at"),
        format!("{:.1}", result.heard.audio.duration.seconds()),
        cell(&result.heard.transcript.language),
        card.map(|card| cell(&card.rubric)).unwrap_or_default(),
        number(card.and_then(|card| card.score).map(|score| score.as_f64())),
        card.and_then(|card| card.passed).map(|passed| passed.to_string()).unwrap_or_default(),
        card.and_then(|card| card.band.as_deref()).map(cell).unwrap_or_default(),
        card.map(|card| cell(&card.fatal.join(" "))).unwrap_or_default(),
        card.map(|card| card.needs_review.to_string()).unwrap_or_default(),
        reason,
        number(result.measures.agent_share_of_speech),
        number((!result.heard.sound.channels.is_empty()).then(|| result.measures.longest_silence.seconds())),
    ])
}

/// `text` as a cell that no spreadsheet takes for a formula.
pub fn cell(text: &str) -> String {
    // Spreadsheets skip blanks and other marks before the sign that makes a formula.
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).chars().next();
    let formula = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
        || text.starts_with(['\t', '\r', '\n']);
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n')).collect();
    if formula { format!("'{clean}") } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn formulas_become_text() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("  @SUM(A1)", "'  @SUM(A1)"),
            ("\tx", "'\tx"),
            ("王芳", "王芳"),
            ("a-b", "a-b"),
            ("\x1b[2Jx", "[2Jx"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn every_scorecard_has_a_row_and_every_criterion_its_column() {
        let mut table = Table::default();
        let calls: Vec<CallResult> = (0..4).map(sample::call).collect();
        calls.iter().for_each(|call| table.add(call));
        let mut bytes = Vec::new();
        table.write(&mut bytes, true).unwrap();
        assert!(bytes.starts_with("\u{feff}call_id,".as_bytes()));
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let head = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), calls.len());
        for (row, call) in rows.iter().zip(&calls) {
            let card = &call.scorecards[0];
            for criterion in &card.criteria {
                let name = format!("{}: {}", card.rubric, criterion.id);
                let place = head.iter().position(|column| column == name).unwrap();
                assert_eq!(&row[place], criterion.finding.outcome.as_str());
            }
            assert_eq!(row.iter().skip(COLUMNS.len()).filter(|cell| !cell.is_empty()).count(), card.criteria.len());
        }
        let mut plain = Vec::new();
        table.write(&mut plain, false).unwrap();
        assert!(plain == bytes[3..]);
    }
}
