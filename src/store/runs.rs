//! Runs and the tries at each file.

use super::{Store, StoreError, StoredRubric};
use rusqlite::params;

/// Number of a run within its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub(super) i64);

/// Number of a try at a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptId(pub(super) i64);

/// How often a file took the worker with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// Deaths of the worker while the file was in flight with others.
    pub together: u32,
    /// Deaths while it was in flight alone.
    pub alone: u32,
}

impl Store {
    /// Begins a run: `now` in Unix milliseconds, `settings` as JSON, the rubrics in the order given.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn begin_run(&mut self, now: i64, settings: &str, rubrics: &[StoredRubric]) -> Result<RunId, StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO runs (started_at, program, settings) VALUES (?1, ?2, ?3)",
            params![now, env!("CARGO_PKG_VERSION"), settings],
        )?;
        let run = transaction.last_insert_rowid();
        for (position, rubric) in rubrics.iter().enumerate() {
            transaction.execute(
                "INSERT INTO rubrics (hash, name, title, version, sources) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (hash) DO UPDATE SET sources = excluded.sources",
                params![rubric.hash, rubric.name, rubric.title, rubric.version, rubric.sources],
            )?;
            transaction.execute(
                "INSERT INTO run_rubrics (run, position, rubric_hash) VALUES (?1, ?2, ?3)",
                params![run, position as i64, rubric.hash],
            )?;
        }
        transaction.commit()?;
        Ok(RunId(run))
    }

    /// Ends a run with the exit code that it gives.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn end_run(&mut self, run: RunId, now: i64, exit_code: u8) -> Result<(), StoreError> {
        let set = "UPDATE runs SET ended_at = ?2, exit_code = ?3 WHERE id = ?1";
        self.connection.execute(set, params![run.0, now, exit_code])?;
        Ok(())
    }

    /// Writes down that a try at `call` begins.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn begin_attempt(&mut self, call: i64, run: RunId, now: i64, alone: bool) -> Result<AttemptId, StoreError> {
        self.connection
            .prepare_cached("INSERT INTO attempts (call, run, started_at, alone) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![call, run.0, now, alone])?;
        Ok(AttemptId(self.connection.last_insert_rowid()))
    }

    /// Writes down that the worker died during a try.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn attempt_crashed(&mut self, attempt: AttemptId) -> Result<(), StoreError> {
        self.connection.execute("UPDATE attempts SET end = 'crash' WHERE id = ?1", [attempt.0])?;
        Ok(())
    }

    /// The deaths of workers over `call` since its last result.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn tries(&self, call: i64) -> Result<Tries, StoreError> {
        let count = "SELECT coalesce(sum(alone = 0), 0), coalesce(sum(alone = 1), 0) FROM attempts
                     WHERE call = ?1 AND end = 'crash'
                     AND id > (SELECT coalesce(max(id), 0) FROM attempts WHERE call = ?1 AND end NOT IN ('crash'))";
        Ok(self
            .connection
            .prepare_cached(count)?
            .query_row([call], |row| Ok(Tries { together: row.get(0)?, alone: row.get(1)? }))?)
    }
}
