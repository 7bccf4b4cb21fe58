//! What the telephone system knows about a call.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Columns of CALLS.csv for one recording, by column name; empty cells are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(pub BTreeMap<String, String>);

impl Metadata {
    /// Names of columns with a meaning of their own; any other column is the user's.
    pub const KNOWN: &'static [&'static str] = &[
        "call_id",
        "agent",
        "team",
        "customer",
        "company",
        "direction",
        "queue",
        "started_at",
        "language",
        "agent_channel",
        "duration",
        "hold_seconds",
    ];

    /// Where the agent's name comes from, where no list tells it.
    const AGENT_SOURCE: &'static str = "agent_source";
    const FOLDER: &'static str = "folder";

    /// Takes the name of a `folder` for that of the agent. It tells calls apart; nobody need say it in a call.
    pub fn take_agent_from(&mut self, folder: String) {
        self.0.insert("agent".to_owned(), folder);
        self.0.insert(Self::AGENT_SOURCE.to_owned(), Self::FOLDER.to_owned());
    }

    /// The cell of `column`, where it is what is said in calls: a name that a folder has by chance is not.
    pub fn spoken(&self, column: &str) -> Option<&str> {
        let by_chance = column == "agent" && self.get(Self::AGENT_SOURCE) == Some(Self::FOLDER);
        self.get(column).filter(|_| !by_chance)
    }

    /// The cell of `column`, where it is not empty.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }
}
