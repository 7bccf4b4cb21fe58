//! Results as CSV for spreadsheets: one row a call and rubric, one column a criterion.
//!
//! Text that a spreadsheet would take for a formula gets an apostrophe before it, because names and metadata come
//! from outside.

use crate::call::{CallResult, CardStatus, Scorecard};
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

/// The criterion columns of a file: collected first, because a header comes before the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(Vec<(String, String)>);

impl Columns {
    /// Adds the criteria of `result` that are not there yet, in their order.
    pub fn collect(&mut self, result: &CallResult) {
        for card in &result.scorecards {
            for criterion in &card.criteria {
                let column = (card.rubric.clone(), criterion.id.clone());
                if !self.0.contains(&column) {
                    self.0.push(column);
                }
            }
        }
    }
}

/// Writes rows of results.
pub struct Writer<W: Write> {
    out: csv::Writer<W>,
    columns: Columns,
}

impl<W: Write> Writer<W> {
    /// Writes the mark that makes spreadsheets read UTF-8, and the header.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn new(mut out: W, columns: Columns) -> Result<Self, csv::Error> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut out = csv::Writer::from_writer(out);
        let own = columns.0.iter().map(|(rubric, criterion)| cell(&format!("{rubric}: {criterion}")));
        out.write_record(COLUMNS.iter().map(|name| (*name).to_owned()).chain(own))?;
        Ok(Self { out, columns })
    }

    /// Writes the rows of one call: one for each of its scorecards, or one without a score.
    ///
    /// # Errors
    /// Where the rows cannot be written.
    pub fn write(&mut self, result: &CallResult) -> Result<(), csv::Error> {
        if result.scorecards.is_empty() {
            return self.row(result, None);
        }
        result.scorecards.iter().try_for_each(|card| self.row(result, Some(card)))
    }

    fn row(&mut self, result: &CallResult, card: Option<&Scorecard>) -> Result<(), csv::Error> {
        let of = |column| cell(result.metadata.get(column).unwrap_or_default());
        let number = |value: Option<f64>| value.map(|value| format!("{value:.2}")).unwrap_or_default();
        let reason = match card.map(|card| &card.status) {
            Some(CardStatus::NotScored(reason)) => cell(&reason.en),
            _ => String::new(),
        };
        let mut row = vec![
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
        ];
        for (rubric, id) in &self.columns.0 {
            let found = card
                .filter(|card| card.rubric == *rubric)
                .and_then(|card| card.criteria.iter().find(|criterion| criterion.id == *id));
            row.push(found.map(|criterion| criterion.finding.outcome.as_str().to_owned()).unwrap_or_default());
        }
        self.out.write_record(row)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<(), csv::Error> {
        self.out.flush()?;
        Ok(())
    }
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
}
