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

    /// The cell of `column`, where it is not empty.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }
}
