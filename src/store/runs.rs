//! Runs and the tries at each file.

use super::{Store, StoreError, StoredRubric};
use rusqlite::{Connection, params};

/// Number of a run within its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub(super) i64);

/// A try at a file; written down when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// When it began, Unix milliseconds.
    pub started_at: i64,
    /// Whether no other file was in flight.
    pub alone: bool,
}

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

    /// Writes down that the worker died during a try at `call`.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn attempt_crashed(&mut self, call: i64, run: RunId, attempt: &Attempt) -> Result<(), StoreError> {
        write_attempt(&self.connection, call, run, attempt, "crash")
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

pub(super) fn write_attempt(
    connection: &Connection,
    call: i64,
    run: RunId,
    attempt: &Attempt,
    end: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO attempts (call, run, started_at, alone, end) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![call, run.0, attempt.started_at, attempt.alone, end])?;
    Ok(())
}
