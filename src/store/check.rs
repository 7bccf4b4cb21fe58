//! Whether a results folder is sound.

use super::calls::status_of;
use super::{Store, StoreError};
use crate::call::StatusKind;
use std::collections::BTreeSet;

/// How many listed calls ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// All of them.
    pub listed: u64,
    /// With a full result.
    pub ok: u64,
    /// With a result of the readable part.
    pub degraded: u64,
    /// Without a result.
    pub failed: u64,
    /// Left out on purpose.
    pub skipped: u64,
    /// Not yet done.
    pub pending: u64,
}

impl Census {
    /// Whether every listed call is counted exactly once.
    pub fn is_conserved(&self) -> bool {
        self.listed == self.ok + self.degraded + self.failed + self.skipped + self.pending
    }
}

/// Something wrong in a results folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, for a person.
    pub message: String,
}

impl Store {
    /// Counts the listed calls.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn census(&self) -> Result<Census, StoreError> {
        let mut census = Census {
            listed: self.connection.query_row("SELECT count(*) FROM calls", [], |row| row.get::<_, i64>(0))? as u64,
            ..Census::default()
        };
        let mut statement = self.connection.prepare("SELECT status, count(*) FROM calls GROUP BY status")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let count = row.get::<_, i64>(1)? as u64;
            match status_of(&row.get::<_, String>(0)?).kind() {
                StatusKind::Ok => census.ok += count,
                StatusKind::Degraded => census.degraded += count,
                StatusKind::Failed => census.failed += count,
                StatusKind::Skipped => census.skipped += count,
                StatusKind::Pending => census.pending += count,
            }
        }
        Ok(census)
    }

    /// Id, absolute path and stored BLAKE3 of every recording that was read when it was last looked at.
    ///
    /// # Errors
    /// Where the database refuses to be read.
    pub fn recordings(&self) -> Result<Vec<(String, Vec<u8>, String)>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT call_id, identity, content_hash FROM calls WHERE content_hash IS NOT NULL
             AND status NOT IN ('failed_unreadable', 'failed_changed_during_read', 'skipped_too_new')
             ORDER BY call_id",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ids of calls with a grade whose key does not begin with `program`: another program graded them.
    ///
    /// # Errors
    /// Where the database refuses to be read.
    pub fn graded_by_others(&self, program: &str) -> Result<BTreeSet<String>, StoreError> {
        let find = "SELECT call_id FROM calls WHERE grade_key IS NOT NULL AND substr(grade_key, 1, ?2) <> ?1";
        let mut statement = self.connection.prepare(find)?;
        let ids = statement.query_map(rusqlite::params![program, program.len() as i64], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Checks the database itself: its pages, its references, and that each status has what belongs to it.
    ///
    /// # Errors
    /// Where the database refuses to be read.
    pub fn faults(&self) -> Result<Vec<Fault>, StoreError> {
        let mut faults = Vec::new();
        let mut say = |message: String| faults.push(Fault { message });
        let mut statement = self.connection.prepare("PRAGMA integrity_check(20)")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                say(format!("database: {line}"));
            }
        }
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            say(format!("a row of {table} refers to a missing row of {parent}"));
        }
        let results = "'ok', 'ok_no_speech', 'degraded_truncated', 'degraded_corrupt'";
        for (query, what) in [
            (
                format!("SELECT call_id FROM calls WHERE status IN ({results}) AND transcript IS NULL"),
                "has a result but no transcript",
            ),
            (
                format!("SELECT call_id FROM calls WHERE status NOT IN ({results}) AND transcript IS NOT NULL"),
                "has no result but a transcript",
            ),
            (
                "SELECT c.call_id FROM calls c JOIN transcripts t ON t.id = c.transcript
                 WHERE c.content_hash IS NOT t.content_hash"
                    .to_owned(),
                "has another recording's transcript",
            ),
            (
                "SELECT c.call_id FROM calls c WHERE c.transcript IS NOT NULL
                 AND EXISTS (SELECT 1 FROM scorecards s WHERE s.call = c.id AND s.transcript IS NOT c.transcript)"
                    .to_owned(),
                "was scored from another transcript than its own",
            ),
            (
                "SELECT c.call_id FROM calls c WHERE c.transcript IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM measures m WHERE m.call = c.id)"
                    .to_owned(),
                "has a transcript but no measures",
            ),
            (
                "SELECT min(call_id) FROM calls WHERE transcript IS NOT NULL AND status NOT LIKE 'skipped%'
                 GROUP BY content_hash, run HAVING count(*) > 1"
                    .to_owned(),
                "is counted twice: another call of the same run has the same content",
            ),
        ] {
            let mut statement = self.connection.prepare(&query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let call: String = row.get(0)?;
                say(format!("call {call} {what}"));
            }
        }
        faults.extend(self.copies()?);
        Ok(faults)
    }
}
