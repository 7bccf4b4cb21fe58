//! The tables, and how older databases become newer ones.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Marks the file as ours (`cgrd` as a big-endian number).
const APPLICATION: i64 = 0x6367_7264;

/// Each entry takes the database one version further; never change one that was released.
const MIGRATIONS: &[&str] = &["
-- What each run was asked to do.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    program TEXT NOT NULL,
    settings TEXT NOT NULL,
    exit_code INTEGER
);
-- Every rubric a run was given, with the texts that it was made from.
CREATE TABLE rubrics (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    version TEXT NOT NULL,
    sources TEXT NOT NULL
);
CREATE TABLE run_rubrics (
    run INTEGER NOT NULL REFERENCES runs(id),
    position INTEGER NOT NULL,
    rubric_hash TEXT NOT NULL REFERENCES rubrics(hash),
    PRIMARY KEY (run, position)
);
-- The audio itself, by the BLAKE3 of its bytes.
CREATE TABLE recordings (
    content_hash TEXT PRIMARY KEY,
    duration_ms INTEGER NOT NULL,
    sample_rate INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    codec TEXT NOT NULL
) WITHOUT ROWID;
-- What was heard in a recording, by everything that can change it.
CREATE TABLE transcripts (
    id INTEGER PRIMARY KEY,
    content_hash TEXT NOT NULL REFERENCES recordings(content_hash),
    model_sha256 TEXT NOT NULL,
    settings_hash TEXT NOT NULL,
    format INTEGER NOT NULL,
    withheld INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    UNIQUE (content_hash, model_sha256, settings_hash, format)
);
-- One row a listed file: exactly one status, always.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE,
    path BLOB NOT NULL,
    wanted_id TEXT NOT NULL,
    call_id TEXT NOT NULL UNIQUE,
    agent TEXT NOT NULL DEFAULT '',
    started_at TEXT NOT NULL DEFAULT '',
    metadata TEXT NOT NULL,
    stamp TEXT,
    run INTEGER NOT NULL REFERENCES runs(id),
    status TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    content_hash TEXT,
    transcript INTEGER REFERENCES transcripts(id),
    heard_key TEXT,
    grade_key TEXT
);
CREATE INDEX calls_by_content ON calls(content_hash);
CREATE INDEX calls_by_transcript ON calls(transcript);
-- What is known of a file that gave no result.
CREATE TABLE failures (
    call INTEGER PRIMARY KEY REFERENCES calls(id) ON DELETE CASCADE,
    run INTEGER NOT NULL REFERENCES runs(id),
    body TEXT NOT NULL
);
CREATE TABLE measures (
    call INTEGER PRIMARY KEY REFERENCES calls(id) ON DELETE CASCADE,
    roles TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE scorecards (
    call INTEGER NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    transcript INTEGER REFERENCES transcripts(id),
    rubric_hash TEXT NOT NULL REFERENCES rubrics(hash),
    rubric TEXT NOT NULL,
    score REAL,
    passed INTEGER,
    fatal INTEGER NOT NULL,
    needs_review INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (call, position)
) WITHOUT ROWID;
CREATE TABLE findings (
    call INTEGER NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
    rubric TEXT NOT NULL,
    criterion TEXT NOT NULL,
    outcome TEXT NOT NULL,
    points REAL NOT NULL,
    max_points REAL NOT NULL,
    first_ms INTEGER,
    PRIMARY KEY (call, rubric, criterion)
) WITHOUT ROWID;
CREATE INDEX findings_by_criterion ON findings(criterion, outcome);
-- Every try at a file: what killed a worker is tried alone, and given up after two deaths alone.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    call INTEGER NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
    run INTEGER NOT NULL REFERENCES runs(id),
    started_at INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    end TEXT NOT NULL
);
CREATE INDEX attempts_by_call ON attempts(call);
-- What people said about findings.
CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    call INTEGER NOT NULL REFERENCES calls(id) ON DELETE CASCADE,
    rubric TEXT NOT NULL,
    criterion TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL
);
-- Erased calls: enough to keep them out, nothing about a person.
CREATE TABLE tombstones (
    content_hash TEXT PRIMARY KEY,
    erased_at INTEGER NOT NULL
) WITHOUT ROWID;
-- Turns for searching; the row id is the transcript's id times 2^20 plus the turn's place.
CREATE VIRTUAL TABLE turns_text USING fts5(text, tokenize = 'trigram');
INSERT INTO turns_text(turns_text, rank) VALUES ('secure-delete', 1);
"];

/// The version that this program writes.
pub(super) fn version() -> i64 {
    MIGRATIONS.len() as i64
}

/// Refuses what is not ours or too new; with `migrate`, brings the rest to this program's version.
pub(super) fn prepare(connection: &mut Connection, path: &Path, migrate: bool) -> Result<(), StoreError> {
    let foreign = |found: String| StoreError::Foreign { path: path.to_owned(), found };
    let read = |connection: &Connection, name: &str| -> Result<i64, StoreError> {
        connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|error| match error {
            rusqlite::Error::SqliteFailure(failure, _) if failure.code == rusqlite::ErrorCode::NotADatabase => {
                foreign("not a database".to_owned())
            }
            other => other.into(),
        })
    };
    let application = read(connection, "application_id")?;
    let found = read(connection, "user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let empty = tables == 0 && application == 0;
    if !empty && application != APPLICATION {
        return Err(foreign("its tables are not callgrade's".to_owned()));
    }
    if found > version() {
        let path = path.parent().unwrap_or(path).to_owned();
        return Err(StoreError::TooNew { path, found, known: version() });
    }
    if !migrate {
        return if found == version() {
            Ok(())
        } else {
            Err(foreign(format!("its format {found} is older than {}; score into it once", version())))
        };
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.commit()?;
    Ok(())
}
