//! Erasing calls for good.

use super::heard::PLACES;
use super::{Store, StoreError};
use rusqlite::{Transaction, params};

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

    /// Erases the calls with these ids everywhere in the folder: rows, words, search index, derived files, and words
    /// of recordings that no call has any more. A tombstone with the audio's hash keeps them from coming back. Gives
    /// how many were erased; their bytes are gone after [`Store::sweep`].
    ///
    /// # Errors
    /// Where the database or the folder refuses.
    pub fn forget(&mut self, ids: &[String], now: i64) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut erased = 0;
        for id in ids {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO tombstones (content_hash, erased_at)
                     SELECT content_hash, ?2 FROM calls WHERE call_id = ?1 AND content_hash IS NOT NULL",
                )?
                .execute(params![id, now])?;
            // Every listing of the same audio goes, and with it what was heard there.
            let rows: Vec<i64> = transaction
                .prepare_cached(
                    "SELECT id FROM calls WHERE call_id = ?1 UNION SELECT id FROM calls WHERE content_hash =
                     (SELECT content_hash FROM calls WHERE call_id = ?1 AND content_hash IS NOT NULL)",
                )?
                .query_map([id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for row in &rows {
                for table in ["scorecards", "findings", "measures", "failures", "attempts", "reviews"] {
                    transaction.prepare_cached(&format!("DELETE FROM {table} WHERE call = ?1"))?.execute([row])?;
                }
                transaction.prepare_cached("DELETE FROM calls WHERE id = ?1")?.execute([row])?;
            }
            erased += rows.len();
        }
        let unlisted: Vec<String> = transaction
            .prepare(
                "SELECT content_hash FROM recordings
                 WHERE content_hash NOT IN (SELECT content_hash FROM calls WHERE content_hash IS NOT NULL)",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for content_hash in unlisted {
            drop_unlisted(&transaction, &content_hash)?;
        }
        transaction.commit()?;
        for derived in ["report", "clips"] {
            let path = self.dir().join(derived);
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                std::fs::remove_dir_all(&path).map_err(|source| StoreError::Io { path, source })?;
            }
        }
        Ok(erased)
    }

    /// Writes the database anew without what was erased. Gives whether the log that held it is gone too; it stays
    /// while somebody else reads the folder.
    ///
    /// # Errors
    /// Where the database or the folder refuses.
    pub fn sweep(&mut self) -> Result<bool, StoreError> {
        self.connection.execute_batch("INSERT INTO turns_text(turns_text) VALUES ('optimize'); VACUUM;")?;
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }
}

/// Erases what was heard in the recording with this content, unless a listed file still has it.
pub(super) fn drop_unlisted(transaction: &Transaction<'_>, content_hash: &str) -> Result<(), StoreError> {
    if transaction.prepare_cached("SELECT 1 FROM calls WHERE content_hash = ?1")?.exists([content_hash])? {
        return Ok(());
    }
    for transcript in transcripts_of(transaction, content_hash)? {
        drop_words(transaction, transcript)?;
    }
    for table in ["transcripts", "recordings"] {
        transaction.prepare_cached(&format!("DELETE FROM {table} WHERE content_hash = ?1"))?.execute([content_hash])?;
    }
    Ok(())
}

/// What was heard in the recording with this content, under whatever settings.
pub(super) fn transcripts_of(transaction: &Transaction<'_>, content_hash: &str) -> Result<Vec<i64>, StoreError> {
    let ids = transaction
        .prepare_cached("SELECT id FROM transcripts WHERE content_hash = ?1")?
        .query_map([content_hash], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Takes the turns of a transcript out of the search index.
pub(super) fn drop_words(transaction: &Transaction<'_>, transcript: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM turns_text WHERE rowid >= ?1 AND rowid < ?2")?
        .execute([transcript * PLACES, (transcript + 1) * PLACES])?;
    Ok(())
}
