//! What was heard and how it was graded: written in one transaction a call.

use super::calls::json;
use super::forget::{drop_unlisted, drop_words, transcripts_of};
use super::runs::write_attempt;
use super::{Attempt, HEARD_FORMAT, RunId, Store, StoreError};
use crate::call::{HeardCall, Measures, Outcome, Roles, Scorecard};
use crate::text;
use rusqlite::{OptionalExtension, Transaction, params};

/// Everything beside the audio that can change what is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardKey {
    /// SHA-256 of the model's file.
    pub model_sha256: String,
    /// Hash over the settings.
    pub settings_hash: String,
}

impl HeardKey {
    /// One text for both, with the stored format.
    pub fn text(&self) -> String {
        format!("{HEARD_FORMAT}:{}:{}", self.model_sha256, self.settings_hash)
    }
}

/// The judgement of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// Which channel is whose.
    pub roles: Roles,
    /// Numbers about the call.
    pub measures: Measures,
    /// One a rubric, in the order given.
    pub scorecards: Vec<Scorecard>,
    /// Hash over everything that they were made from.
    pub key: String,
}

/// Row ids of the search index for each transcript.
pub(super) const PLACES: i64 = 1 << 20;

impl Store {
    /// Stores what was heard in `call` and its grade, in one transaction. With `withhold`, no word of it is kept.
    ///
    /// # Errors
    /// Where the database refuses; nothing is changed then.
    #[allow(clippy::too_many_arguments, reason = "one call's whole result, written at once")]
    pub fn commit(
        &mut self,
        call: i64,
        run: RunId,
        stamp: &str,
        heard: &HeardCall,
        key: &HeardKey,
        graded: &Graded,
        attempt: Option<&Attempt>,
        withhold: bool,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let audio = &heard.audio;
        transaction
            .prepare_cached(
                "INSERT INTO recordings (content_hash, duration_ms, sample_rate, channels, codec)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (content_hash) DO UPDATE SET
                 duration_ms = excluded.duration_ms, sample_rate = excluded.sample_rate,
                 channels = excluded.channels, codec = excluded.codec",
            )?
            .execute(params![audio.content_hash, audio.duration.0, audio.sample_rate, audio.channels, audio.codec])?;
        let mut kept = heard.clone();
        if withhold {
            kept.transcript.turns.clear();
        }
        let transcript: i64 = transaction
            .prepare_cached(
                "INSERT INTO transcripts (content_hash, model_sha256, settings_hash, format, withheld, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (content_hash, model_sha256, settings_hash, format)
                 DO UPDATE SET withheld = excluded.withheld, body = excluded.body RETURNING id",
            )?
            .query_row(
                params![audio.content_hash, key.model_sha256, key.settings_hash, HEARD_FORMAT, withhold, json(&kept)],
                |row| row.get(0),
            )?;
        drop_words(&transaction, transcript)?;
        if withhold {
            withhold_others(&transaction, &audio.content_hash)?;
        }
        let before = content_of(&transaction, call)?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO turns_text (rowid, text) VALUES (?1, ?2)")?;
            for (place, turn) in (0..PLACES).zip(&kept.transcript.turns) {
                insert.execute(params![transcript * PLACES + place, text::simplified(&turn.text)])?;
            }
        }
        transaction
            .prepare_cached(
                "UPDATE calls SET stamp = ?2, status = ?3, detail = ?4, content_hash = ?5, transcript = ?6,
                 heard_key = ?7, run = ?8 WHERE id = ?1",
            )?
            .execute(params![
                call,
                stamp,
                heard.status.as_str(),
                heard.detail,
                audio.content_hash,
                transcript,
                key.text(),
                run.0
            ])?;
        transaction.prepare_cached("DELETE FROM failures WHERE call = ?1")?.execute([call])?;
        write_grade(&transaction, call, Some(transcript), graded, withhold)?;
        if let Some(before) = before.filter(|before| *before != audio.content_hash) {
            drop_unlisted(&transaction, &before)?;
        }
        if let Some(attempt) = attempt {
            write_attempt(&transaction, call, run, attempt, heard.status.as_str())?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Replaces the grades of calls whose transcripts are stored already, all in one transaction: many are graded
    /// again in the time that the disk needs for a few transactions.
    ///
    /// # Errors
    /// Where the database refuses; nothing is changed then.
    pub fn commit_grades(&mut self, grades: &[(i64, Graded)]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (call, graded) in grades {
            let transcript: i64 = transaction
                .prepare_cached("SELECT transcript FROM calls WHERE id = ?1")?
                .query_row([call], |row| row.get(0))?;
            write_grade(&transaction, *call, Some(transcript), graded, false)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores that `call` has no result under `key`: `heard` tells the status, why, and what is known of the audio,
    /// `graded` that no rubric could score it. A file that was not read keeps the hash of its last content, so that it
    /// is known again when it comes back, and found when it is to be erased.
    ///
    /// # Errors
    /// Where the database refuses; nothing is changed then.
    #[allow(clippy::too_many_arguments, reason = "one call's whole end, written at once")]
    pub fn commit_failure(
        &mut self,
        call: i64,
        run: RunId,
        stamp: Option<&str>,
        heard: &HeardCall,
        key: &HeardKey,
        graded: &Graded,
        attempt: Option<&Attempt>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let hash = Some(&heard.audio.content_hash).filter(|hash| !hash.is_empty());
        let before = content_of(&transaction, call)?;
        transaction
            .prepare_cached(
                "UPDATE calls SET stamp = ?2, status = ?3, detail = ?4, content_hash = coalesce(?5, content_hash),
                 transcript = NULL, heard_key = ?7, grade_key = NULL, run = ?6 WHERE id = ?1",
            )?
            .execute(params![call, stamp, heard.status.as_str(), heard.detail, hash, run.0, key.text()])?;
        write_grade(&transaction, call, None, graded, false)?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO failures (call, run, body) VALUES (?1, ?2, ?3)")?
            .execute(params![call, run.0, json(heard)])?;
        if let Some(before) = before.filter(|before| hash.is_some_and(|hash| hash != before)) {
            drop_unlisted(&transaction, &before)?;
        }
        if let Some(attempt) = attempt {
            write_attempt(&transaction, call, run, attempt, heard.status.as_str())?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// What was heard in a recording with this content under `key`, unless its words were withheld.
    ///
    /// # Errors
    /// Where the database refuses or the stored value is damaged.
    pub fn heard(&self, content_hash: &str, key: &HeardKey) -> Result<Option<HeardCall>, StoreError> {
        let body: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT body FROM transcripts WHERE content_hash = ?1 AND model_sha256 = ?2 AND settings_hash = ?3
                 AND format = ?4 AND withheld = 0",
            )?
            .query_row(params![content_hash, key.model_sha256, key.settings_hash, HEARD_FORMAT], |row| row.get(0))
            .optional()?;
        body.map(|body| serde_json::from_str(&body)).transpose().map_err(|source| StoreError::Damaged {
            what: "transcript",
            call: content_hash.to_owned(),
            source,
        })
    }

    /// The scorecards of a call, in the order of the rubrics.
    ///
    /// # Errors
    /// Where the database refuses or a stored value is damaged.
    pub fn scorecards(&self, call: i64) -> Result<Vec<Scorecard>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT body FROM scorecards WHERE call = ?1 ORDER BY position")?;
        let mut rows = statement.query([call])?;
        let mut cards = Vec::new();
        while let Some(row) = rows.next()? {
            let card = serde_json::from_str(&row.get::<_, String>(0)?);
            let damaged = |source| StoreError::Damaged { what: "scorecard", call: call.to_string(), source };
            cards.push(card.map_err(damaged)?);
        }
        Ok(cards)
    }

    /// Whether a recording with this content was heard under `key`, words kept or withheld.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn was_heard(&self, content_hash: &str, key: &HeardKey) -> Result<bool, StoreError> {
        let find = "SELECT 1 FROM transcripts WHERE content_hash = ?1 AND model_sha256 = ?2 AND settings_hash = ?3
                    AND format = ?4";
        let values = params![content_hash, key.model_sha256, key.settings_hash, HEARD_FORMAT];
        Ok(self.connection.prepare_cached(find)?.exists(values)?)
    }
}

/// The content that a file had when it was last read.
fn content_of(transaction: &Transaction<'_>, call: i64) -> Result<Option<String>, StoreError> {
    let find = "SELECT content_hash FROM calls WHERE id = ?1";
    Ok(transaction.prepare_cached(find)?.query_row([call], |row| row.get(0))?)
}

/// Takes the words out of whatever was heard in a recording under other settings.
fn withhold_others(transaction: &Transaction<'_>, content_hash: &str) -> Result<(), StoreError> {
    for transcript in transcripts_of(transaction, content_hash)? {
        drop_words(transaction, transcript)?;
        transaction
            .prepare_cached(
                "UPDATE transcripts SET withheld = 1, body = json_set(body, '$.transcript.turns', json('[]'))
                 WHERE id = ?1 AND withheld = 0",
            )?
            .execute([transcript])?;
    }
    Ok(())
}

fn write_grade(
    transaction: &Transaction<'_>,
    call: i64,
    transcript: Option<i64>,
    graded: &Graded,
    withhold: bool,
) -> Result<(), StoreError> {
    transaction.prepare_cached("UPDATE calls SET grade_key = ?2 WHERE id = ?1")?.execute(params![call, graded.key])?;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO measures (call, roles, body) VALUES (?1, ?2, ?3)")?
        .execute(params![call, json(&graded.roles), json(&graded.measures)])?;
    for table in ["scorecards", "findings"] {
        transaction.prepare_cached(&format!("DELETE FROM {table} WHERE call = ?1"))?.execute([call])?;
    }
    for (position, card) in graded.scorecards.iter().enumerate() {
        let mut card = card.clone();
        if withhold {
            for evidence in card.criteria.iter_mut().flat_map(|criterion| &mut criterion.finding.evidence) {
                evidence.quote.clear();
            }
        }
        transaction
            .prepare_cached(
                "INSERT INTO scorecards (call, position, transcript, rubric_hash, rubric, score, passed, fatal,
                 needs_review, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                call,
                position as i64,
                transcript,
                card.rubric_hash,
                card.rubric,
                card.score.map(|score| score.as_f64()),
                card.passed,
                card.fatal.len() as i64,
                card.needs_review,
                json(&card)
            ])?;
        let mut insert = transaction.prepare_cached(
            "INSERT OR REPLACE INTO findings (call, rubric, criterion, outcome, points, max_points, first_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for criterion in &card.criteria {
            let outcome: Outcome = criterion.finding.outcome;
            insert.execute(params![
                call,
                card.rubric,
                criterion.id,
                outcome.as_str(),
                criterion.points.as_f64(),
                criterion.max_points.as_f64(),
                criterion.finding.evidence.first().map(|evidence| evidence.span.start.0)
            ])?;
        }
    }
    Ok(())
}
