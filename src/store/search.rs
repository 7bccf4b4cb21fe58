//! Full-text search over the turns of all calls.

use super::{Store, StoreError};
use crate::call::{HeardCall, Roles, Speaker, TimeSpan};
use crate::text;
use rusqlite::params;

/// What parts clauses of Mandarin in transcripts.
const PARTING: [char; 8] = [' ', ',', '，', '。', '、', '？', '！', '.'];

/// What to look for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Text that a turn must hold, compared without case.
    pub text: &'a str,
    /// Only turns of this side.
    pub speaker: Option<Speaker>,
    /// Most turns to give.
    pub limit: usize,
}

/// A turn that holds the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Id of the call.
    pub call_id: String,
    /// Path of the recording as listed.
    pub path: String,
    /// The agent's name, or empty.
    pub agent: String,
    /// Who says it.
    pub speaker: Speaker,
    /// When.
    pub span: TimeSpan,
    /// The whole turn.
    pub text: String,
}

impl Store {
    /// The turns that hold the text, in the order of the calls' paths and of time.
    ///
    /// # Errors
    /// Where the database refuses or a stored value is damaged.
    pub fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>, StoreError> {
        // The index knows three characters and more; LIKE over the same table reads every turn for shorter ones,
        // which two characters of Mandarin are.
        // Recognition writes traditional and simplified characters as it likes; the index holds simplified ones.
        let wanted = text::simplified(query.text).replace('’', "'");
        let is_chinese = wanted.chars().any(|character| ('\u{3400}'..='\u{9fff}').contains(&character));
        // It also parts Mandarin with blanks and marks as it likes: there they are nothing. Elsewhere one blank is as
        // good as two.
        let wanted = match is_chinese {
            true => wanted.chars().filter(|character| !PARTING.contains(character)).collect(),
            false => wanted.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        let place = match is_chinese {
            true => PARTING.iter().fold("x.text".to_owned(), |text, mark| format!("replace({text}, '{mark}', '')")),
            false => "x.text".to_owned(),
        };
        let pattern: String = wanted.chars().flat_map(|c| like_escape(c).chars().collect::<Vec<_>>()).collect();
        let mut statement = self.connection.prepare(&format!(
            "SELECT c.call_id, c.path, c.agent, x.rowid % 1048576, t.body, m.roles FROM turns_text x
             JOIN transcripts t ON t.id = x.rowid / 1048576 JOIN calls c ON c.transcript = t.id
             LEFT JOIN measures m ON m.call = c.id
             WHERE {place} LIKE '%' || ?1 || '%' ESCAPE '\\' ORDER BY c.path, c.id, x.rowid",
        ))?;
        let mut rows = statement.query(params![pattern])?;
        let mut hits = Vec::new();
        let mut current: Option<(String, HeardCall, Option<Roles>)> = None;
        while let Some(row) = rows.next()? {
            let call_id: String = row.get(0)?;
            if current.as_ref().is_none_or(|(id, ..)| *id != call_id) {
                let damaged = |source| StoreError::Damaged { what: "transcript", call: call_id.clone(), source };
                let heard = serde_json::from_str(&row.get::<_, String>(4)?).map_err(damaged)?;
                let roles = row.get::<_, Option<String>>(5)?.and_then(|roles| serde_json::from_str(&roles).ok());
                current = Some((call_id.clone(), heard, roles));
            }
            let Some((_, heard, roles)) = &current else { continue };
            let place: i64 = row.get(3)?;
            let Some(turn) = heard.transcript.turns.get(place as usize) else { continue };
            let speaker = roles.as_ref().map_or(Speaker::Unknown, |roles| roles.of(turn.channel));
            if query.speaker.is_some_and(|wanted| wanted != speaker) {
                continue;
            }
            if hits.len() == query.limit {
                break;
            }
            hits.push(Hit {
                call_id,
                path: String::from_utf8_lossy(&row.get::<_, Vec<u8>>(1)?).into_owned(),
                agent: row.get(2)?,
                speaker,
                span: turn.span,
                text: turn.text.clone(),
            });
        }
        Ok(hits)
    }
}

fn like_escape(character: char) -> String {
    match character {
        '%' | '_' | '\\' => format!("\\{character}"),
        other => other.to_string(),
    }
}
