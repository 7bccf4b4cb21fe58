//! Erasing calls for good.

use super::{Store, StoreError};
use rusqlite::params;

/// Which calls to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The call with this id.
    Call(String),
    /// All calls of this agent.
    Agent(String),
    /// All calls that began before this date or time, compared as ISO 8601 text.
    Before(String),
}

impl Store {
    /// Ids of the calls that `target` means.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn find_targets(&self, target: &Target) -> Result<Vec<String>, StoreError> {
        let (condition, value) = match target {
            Target::Call(id) => ("call_id = ?1", id),
            Target::Agent(agent) => ("agent = ?1", agent),
            Target::Before(date) => ("started_at <> '' AND started_at < ?1", date),
        };
        let mut statement =
            self.connection.prepare(&format!("SELECT call_id FROM calls WHERE {condition} ORDER BY call_id"))?;
        let ids = statement.query_map([value], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// Erases the calls with these ids everywhere in the folder: rows, words, search index, pages of the database
    /// and derived files. A tombstone with the audio's hash keeps them from coming back. Gives how many were erased.
    ///
    /// # Errors
    /// Where the database or the folder refuses.
    pub fn forget(&mut self, ids: &[String], now: i64) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut erased = 0;
        for id in ids {
            transaction.execute(
                "INSERT OR REPLACE INTO tombstones (content_hash, erased_at)
                 SELECT content_hash, ?2 FROM calls WHERE call_id = ?1 AND content_hash IS NOT NULL",
                params![id, now],
            )?;
            // Every listing of the same audio goes, and with it what was heard there.
            let rows: Vec<i64> = transaction
                .prepare(
                    "SELECT id FROM calls WHERE call_id = ?1 OR content_hash =
                     (SELECT content_hash FROM calls WHERE call_id = ?1 AND content_hash IS NOT NULL)",
                )?
                .query_map([id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let hash: Option<String> = transaction
                .query_row("SELECT content_hash FROM calls WHERE call_id = ?1", [id], |row| row.get(0))
                .unwrap_or_default();
            for row in &rows {
                for table in ["scorecards", "findings", "measures", "failures", "attempts", "reviews"] {
                    transaction.execute(&format!("DELETE FROM {table} WHERE call = ?1"), [row])?;
                }
                transaction.execute("DELETE FROM calls WHERE id = ?1", [row])?;
            }
            if let Some(hash) = hash {
                transaction.execute(
                    "DELETE FROM turns_text WHERE rowid IN (SELECT x.rowid FROM turns_text x JOIN transcripts t
                     ON t.id = x.rowid / 1048576 WHERE t.content_hash = ?1)",
                    [&hash],
                )?;
                transaction.execute("DELETE FROM transcripts WHERE content_hash = ?1", [&hash])?;
                transaction.execute("DELETE FROM recordings WHERE content_hash = ?1", [&hash])?;
            }
            erased += rows.len();
        }
        transaction.commit()?;
        self.connection.execute_batch("INSERT INTO turns_text(turns_text) VALUES ('optimize'); VACUUM;")?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        for derived in ["report", "clips"] {
            let path = self.dir().join(derived);
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                std::fs::remove_dir_all(&path).map_err(|source| StoreError::Io { path, source })?;
            }
        }
        Ok(erased)
    }
}
