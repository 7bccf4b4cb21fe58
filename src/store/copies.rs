//! Whether what is stored twice, once whole and once for queries and for searching, says the same both times.

use super::check::Fault;
use super::heard::PLACES;
use super::{Store, StoreError};
use crate::call::{HeardCall, Scorecard};
use crate::text;
use std::collections::BTreeMap;

/// Verdict, points and most points of each criterion, by rubric and criterion.
type Verdicts = BTreeMap<(String, String), (String, f64, f64)>;

impl Store {
    /// Scores and findings that differ from the scorecards they were taken from, and turns that the search index does
    /// not know as they were heard. What cannot be read at all is not looked at here.
    ///
    /// # Errors
    /// Where the database refuses to be read.
    pub(super) fn copies(&self) -> Result<Vec<Fault>, StoreError> {
        let mut faults = self.scores()?;
        faults.extend(self.index()?);
        Ok(faults)
    }

    fn scores(&self) -> Result<Vec<Fault>, StoreError> {
        let mut faults = Vec::new();
        let mut calls = self.connection.prepare("SELECT id, call_id FROM calls ORDER BY id")?;
        let mut calls = calls.query([])?;
        while let Some(row) = calls.next()? {
            let (call, id): (i64, String) = (row.get(0)?, row.get(1)?);
            let mut cards = self.connection.prepare_cached(
                "SELECT rubric, rubric_hash, score, passed, fatal, needs_review, body FROM scorecards
                 WHERE call = ?1 ORDER BY position",
            )?;
            let mut cards = cards.query([call])?;
            let mut verdicts = Verdicts::new();
            while let Some(row) = cards.next()? {
                let Ok(card) = serde_json::from_str::<Scorecard>(&row.get::<_, String>(6)?) else { continue };
                let same = row.get::<_, String>(0)? == card.rubric
                    && row.get::<_, String>(1)? == card.rubric_hash
                    && row.get::<_, Option<f64>>(2)? == card.score.map(|score| score.as_f64())
                    && row.get::<_, Option<bool>>(3)? == card.passed
                    && row.get::<_, i64>(4)? == card.fatal.len() as i64
                    && row.get::<_, bool>(5)? == card.needs_review;
                if !same {
                    faults.push(fault(&id, &format!("has a score under {} that its card does not have", card.rubric)));
                }
                for one in &card.criteria {
                    let verdict = one.finding.outcome.as_str().to_owned();
                    let value = (verdict, one.points.as_f64(), one.max_points.as_f64());
                    verdicts.insert((card.rubric.clone(), one.id.clone()), value);
                }
            }
            if self.findings(call)? != verdicts {
                faults.push(fault(&id, "has findings that its cards do not have, or lacks some"));
            }
        }
        Ok(faults)
    }

    fn findings(&self, call: i64) -> Result<Verdicts, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT rubric, criterion, outcome, points, max_points FROM findings WHERE call = ?1")?;
        let rows = statement
            .query_map([call], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?, row.get(4)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn index(&self) -> Result<Vec<Fault>, StoreError> {
        let mut faults = Vec::new();
        let mut transcripts = self.connection.prepare(
            "SELECT t.id, coalesce((SELECT call_id FROM calls c WHERE c.transcript = t.id), t.content_hash), t.body
             FROM transcripts t ORDER BY t.id",
        )?;
        let mut transcripts = transcripts.query([])?;
        let mut known = 0;
        while let Some(row) = transcripts.next()? {
            let (transcript, id): (i64, String) = (row.get(0)?, row.get(1)?);
            let mut turns = self
                .connection
                .prepare_cached("SELECT text FROM turns_text WHERE rowid >= ?1 AND rowid < ?2 ORDER BY rowid")?;
            let indexed: Vec<String> = turns
                .query_map([transcript * PLACES, (transcript + 1) * PLACES], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            known += indexed.len();
            let Ok(heard) = serde_json::from_str::<HeardCall>(&row.get::<_, String>(2)?) else { continue };
            let turns = heard.transcript.turns.iter().take(PLACES as usize);
            // Another version may have simplified a character more or less.
            let indexed = indexed.iter().map(|text| text::simplified(text));
            if !turns.map(|turn| text::simplified(&turn.text)).eq(indexed) {
                faults.push(fault(&id, "is not in the search index as it was heard"));
            }
        }
        let all: i64 = self.connection.query_row("SELECT count(*) FROM turns_text", [], |row| row.get(0))?;
        if all != known as i64 {
            let message = format!("the search index holds {all} turns, the transcripts {known}");
            faults.push(Fault { message });
        }
        Ok(faults)
    }
}

fn fault(call: &str, what: &str) -> Fault {
    Fault { message: format!("call {call} {what}") }
}
