//! Results read back, one call at a time.

use super::calls::{json, status_of};
use super::{Store, StoreError};
use crate::call::{AudioInfo, CallResult, Engine, HeardCall, RoleSource, Roles, SoundMap, Transcript};
use rusqlite::{OptionalExtension, Row, Rows, Statement};
use serde::de::DeserializeOwned;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// A rubric with the texts that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRubric {
    /// BLAKE3 of its text and its lexicons' texts.
    pub hash: String,
    /// The name under which its text stands in `sources`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// As its author wrote it.
    pub version: String,
    /// The texts by file name, as a JSON object.
    pub sources: String,
}

const SELECT: &str = "SELECT c.call_id, c.path, c.metadata, c.status, c.detail, coalesce(t.body, f.body), m.roles,
    m.body, (SELECT json_group_array(json(s.body) ORDER BY s.position) FROM scorecards s WHERE s.call = c.id)
    FROM calls c LEFT JOIN transcripts t ON t.id = c.transcript LEFT JOIN failures f ON f.call = c.id
    LEFT JOIN measures m ON m.call = c.id";

/// The calls of a folder in the order of their paths.
#[derive(Debug)]
pub struct Results<'a> {
    statement: Statement<'a>,
}

/// The calls as they are read, one at a time.
struct Stream<'a> {
    rows: Rows<'a>,
}

impl Results<'_> {
    /// Reads them, one at a time.
    ///
    /// # Errors
    /// Where the database refuses; each item where its stored values are damaged.
    pub fn iter(&mut self) -> Result<impl Iterator<Item = Result<CallResult, StoreError>> + '_, StoreError> {
        Ok(Stream { rows: self.statement.query([])? })
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<CallResult, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(Some(row)) => Some(result(row)),
            Ok(None) => None,
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl Store {
    /// Every listed call, in the order of the paths.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn results(&self) -> Result<Results<'_>, StoreError> {
        Ok(Results { statement: self.connection.prepare(&format!("{SELECT} ORDER BY c.path, c.id"))? })
    }

    /// The calls of the last run, in the order of the paths.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn results_of_last_run(&self) -> Result<Results<'_>, StoreError> {
        let order = "WHERE c.run = (SELECT max(id) FROM runs) ORDER BY c.path, c.id";
        Ok(Results { statement: self.connection.prepare(&format!("{SELECT} {order}"))? })
    }

    /// The call named `id`: its id, or its path as listed, or the end of its path.
    ///
    /// # Errors
    /// Where the database refuses or a stored value is damaged.
    pub fn result(&self, id: &str) -> Result<Option<CallResult>, StoreError> {
        for condition in
            ["c.call_id = ?1", "CAST(c.path AS TEXT) = ?1", "substr(CAST(c.path AS TEXT), -length(?1) - 1) = '/' || ?1"]
        {
            let mut statement =
                self.connection.prepare(&format!("{SELECT} WHERE {condition} ORDER BY c.id LIMIT 1"))?;
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                return result(row).map(Some);
            }
        }
        Ok(None)
    }

    /// Where the recording of the call named `id` lay when it was listed: an absolute path; `None` where the names of
    /// files are not kept.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn recording_of(&self, id: &str) -> Result<Option<PathBuf>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT identity FROM calls WHERE call_id = ?1")?;
        let identity = statement.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional()?;
        Ok(identity.map(|bytes| PathBuf::from(OsString::from_vec(bytes))).filter(|path| path.is_absolute()))
    }

    /// The ids of all calls, in order.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn call_ids(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("SELECT call_id FROM calls ORDER BY call_id")?;
        let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// The rubrics of the last run, in the order given.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn rubrics(&self) -> Result<Vec<StoredRubric>, StoreError> {
        self.read_rubrics(
            "SELECT r.hash, r.name, r.title, r.version, r.sources FROM rubrics r JOIN run_rubrics o
             ON o.rubric_hash = r.hash WHERE o.run = (SELECT max(run) FROM run_rubrics) ORDER BY o.position",
        )
    }

    /// Every rubric that any stored scorecard was made with.
    ///
    /// # Errors
    /// Where the database refuses.
    pub fn rubrics_in_use(&self) -> Result<Vec<StoredRubric>, StoreError> {
        self.read_rubrics(
            "SELECT hash, name, title, version, sources FROM rubrics
             WHERE hash IN (SELECT rubric_hash FROM scorecards) ORDER BY hash",
        )
    }

    fn read_rubrics(&self, query: &str) -> Result<Vec<StoredRubric>, StoreError> {
        let mut statement = self.connection.prepare(query)?;
        let rubrics = statement.query_map([], |row| {
            Ok(StoredRubric {
                hash: row.get(0)?,
                name: row.get(1)?,
                title: row.get(2)?,
                version: row.get(3)?,
                sources: row.get(4)?,
            })
        })?;
        Ok(rubrics.collect::<Result<_, _>>()?)
    }
}

fn result(row: &Row<'_>) -> Result<CallResult, StoreError> {
    let id: String = row.get(0)?;
    let path: Vec<u8> = row.get(1)?;
    let read = |what| move |source| (what, source);
    let parts = || -> Result<CallResult, (&'static str, serde_json::Error)> {
        let text = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
        let metadata = parse(text(2)).map_err(read("metadata"))?.unwrap_or_default();
        let status = status_of(&text(3).unwrap_or_default());
        let detail = text(4).unwrap_or_default();
        let mut heard: HeardCall = parse(text(5)).map_err(read("transcript"))?.unwrap_or_else(|| HeardCall {
            status,
            detail: String::new(),
            warnings: Vec::new(),
            audio: AudioInfo::default(),
            sound: SoundMap::default(),
            transcript: Transcript::default(),
            engine: Engine::default(),
        });
        heard.status = status;
        heard.detail = detail;
        Ok(CallResult {
            id: id.clone(),
            path: String::from_utf8_lossy(&path).into_owned(),
            metadata,
            heard,
            roles: parse(text(6)).map_err(read("roles"))?.unwrap_or(Roles {
                by_channel: Vec::new(),
                certainty: 0.0,
                source: RoleSource::SingleTrack,
            }),
            measures: parse(text(7)).map_err(read("measures"))?.unwrap_or_default(),
            scorecards: parse(text(8)).map_err(read("scorecards"))?.unwrap_or_default(),
        })
    };
    parts().map_err(|(what, source)| StoreError::Damaged { what, call: id.clone(), source })
}

fn parse<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, serde_json::Error> {
    text.map(|text| serde_json::from_str(&text)).transpose()
}

impl StoredRubric {
    /// The texts by file name.
    pub fn texts(&self) -> std::collections::BTreeMap<String, String> {
        serde_json::from_str(&self.sources).unwrap_or_default()
    }

    /// The texts as stored.
    pub fn sources_of(texts: &std::collections::BTreeMap<String, String>) -> String {
        json(texts)
    }
}
