//! One recording with everything that is known and judged of it: what reports and exports are made from.

use super::{HeardCall, Measures, Metadata, Roles, Scorecard};
use serde::{Deserialize, Serialize};

/// A recording's whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallResult {
    /// Name of the call: from its metadata, else from its file; unique within a results folder.
    pub id: String,
    /// Path of the recording as it was listed, lossily as text.
    pub path: String,
    /// What the telephone system knows.
    pub metadata: Metadata,
    /// What was heard.
    pub heard: HeardCall,
    /// Which channel is whose.
    pub roles: Roles,
    /// Numbers about the call.
    pub measures: Measures,
    /// One a rubric, in the order they were given.
    pub scorecards: Vec<Scorecard>,
}
