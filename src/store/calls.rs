//! The list of files: one row each, from the moment they are planned.

use super::forget::drop_unlisted;
use super::{RunId, Store, StoreError};
use crate::call::{Metadata, Status};
use rusqlite::{OptionalExtension, params};
use std::collections::HashMap;

/// A file as the plan lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The absolute path in bytes: what makes it the same file in the next run.
    pub identity: Vec<u8>,
    /// The path as listed, in bytes.
    pub path: Vec<u8>,
    /// The name it should have; made unique by the folder.
    pub wanted_id: String,
    /// What the telephone system knows.
    pub metadata: Metadata,
}

/// What the folder knows of a listed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Row number.
    pub row: i64,
    /// Unique name.
    pub call_id: String,
    /// Size and times of the file when its content was last read.
    pub stamp: Option<String>,
    /// Its status.
    pub status: Status,
    /// BLAKE3 of its bytes when it was last read.
    pub content_hash: Option<String>,
    /// Model and settings of its transcript, or those under which there was none to be had.
    pub heard_key: Option<String>,
    /// What its scorecards were made from.
    pub grade_key: Option<String>,
    /// Whether its words were left out of its transcript; `None` where it has none.
    pub withheld: Option<bool>,
}

impl Store {
    /// Lists `listings` for `run` in one transaction; files that are new to the folder begin as pending.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn list(&mut self, run: RunId, listings: &[Listing]) -> Result<Vec<Known>, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut known = Vec::with_capacity(listings.len());
        {
            let mut find = transaction.prepare(
                "SELECT id, call_id, stamp, status, content_hash, heard_key, grade_key, wanted_id,
                 (SELECT withheld FROM transcripts WHERE id = transcript) FROM calls WHERE identity = ?1",
            )?;
            let mut taken = transaction.prepare("SELECT 1 FROM calls WHERE call_id = ?1 AND identity <> ?2")?;
            let mut insert = transaction.prepare(
                "INSERT INTO calls (identity, path, wanted_id, call_id, agent, started_at, metadata, run, status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending')",
            )?;
            let mut update = transaction.prepare(
                "UPDATE calls SET path = ?2, wanted_id = ?3, call_id = ?4, agent = ?5, started_at = ?6, metadata = ?7,
                 run = ?8 WHERE id = ?1",
            )?;
            let mut next: HashMap<&str, u32> = HashMap::new();
            for listing in listings {
                let found = find
                    .query_row([&listing.identity], |row| {
                        let known = Known {
                            row: row.get(0)?,
                            call_id: row.get(1)?,
                            stamp: row.get(2)?,
                            status: status_of(&row.get::<_, String>(3)?),
                            content_hash: row.get(4)?,
                            heard_key: row.get(5)?,
                            grade_key: row.get(6)?,
                            withheld: row.get(8)?,
                        };
                        Ok((known, row.get::<_, String>(7)?))
                    })
                    .optional()?;
                let call_id = match &found {
                    Some((known, wanted)) if *wanted == listing.wanted_id => known.call_id.clone(),
                    _ => {
                        let number = next.entry(&listing.wanted_id).or_insert(1);
                        loop {
                            let id = match *number {
                                1 => listing.wanted_id.clone(),
                                number => format!("{}~{number}", listing.wanted_id),
                            };
                            *number += 1;
                            if !taken.exists(params![id, listing.identity])? {
                                break id;
                            }
                        }
                    }
                };
                let cell = |column| listing.metadata.get(column).unwrap_or_default();
                let metadata = json(&listing.metadata);
                match found {
                    Some((mut one, _)) => {
                        update.execute(params![
                            one.row,
                            listing.path,
                            listing.wanted_id,
                            call_id,
                            cell("agent"),
                            cell("started_at"),
                            metadata,
                            run.0
                        ])?;
                        one.call_id = call_id;
                        known.push(one);
                    }
                    None => {
                        insert.execute(params![
                            listing.identity,
                            listing.path,
                            listing.wanted_id,
                            call_id,
                            cell("agent"),
                            cell("started_at"),
                            metadata,
                            run.0
                        ])?;
                        known.push(Known {
                            row: transaction.last_insert_rowid(),
                            call_id,
                            stamp: None,
                            status: Status::Pending,
                            content_hash: None,
                            heard_key: None,
                            grade_key: None,
                            withheld: None,
                        });
                    }
                }
            }
        }
        transaction.commit()?;
        Ok(known)
    }

    /// Whether a call with this content was erased on purpose.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn is_erased(&self, content_hash: &str) -> Result<bool, StoreError> {
        let find = "SELECT 1 FROM tombstones WHERE content_hash = ?1";
        Ok(self.connection.prepare_cached(find)?.exists([content_hash])?)
    }

    /// Rows and absolute paths of what could not be read when it was last looked at.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn unreadable(&self) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let find = "SELECT id, identity FROM calls WHERE status = 'failed_unreadable'";
        let mut statement = self.connection.prepare(find)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes a call off the list, for one because its recording was erased before and stays out.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn unlist(&mut self, row: i64) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        let hash: Option<String> =
            transaction.query_row("SELECT content_hash FROM calls WHERE id = ?1", [row], |row| row.get(0))?;
        transaction.execute("DELETE FROM calls WHERE id = ?1", [row])?;
        if let Some(hash) = hash {
            drop_unlisted(&transaction, &hash)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Why a call has its status, for a person.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn detail(&self, row: i64) -> Result<String, StoreError> {
        let find = "SELECT detail FROM calls WHERE id = ?1";
        Ok(self.connection.prepare_cached(find)?.query_row([row], |row| row.get(0))?)
    }

    /// How many of the run's files have each status, in the order of [`Status::ALL`].
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn count_by_status(&self, run: Option<RunId>) -> Result<Vec<(Status, u64)>, StoreError> {
        let mut query = self
            .connection
            .prepare("SELECT status, count(*) FROM calls WHERE ?1 IS NULL OR run = ?1 GROUP BY status")?;
        let mut rows = query.query([run.map(|run| run.0)])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            counts.push((status_of(&row.get::<_, String>(0)?), row.get::<_, i64>(1)? as u64));
        }
        counts.sort();
        Ok(counts)
    }
}

/// The status called `text`; one that this program does not know counts as pending, so that it is done again.
pub(super) fn status_of(text: &str) -> Status {
    Status::ALL.iter().copied().find(|status| status.as_str() == text).unwrap_or(Status::Pending)
}

/// `value` as JSON. The values stored are plain data with text keys, which always have a JSON form.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
