//! Who speaks.

use serde::{Deserialize, Serialize};

/// A side of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The one whose work is graded.
    Agent,
    /// The one who is served.
    Customer,
    /// Someone on a recording whose sides are not told apart.
    Unknown,
}

impl Speaker {
    /// The name used in files and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Speaker::Agent => "agent",
            Speaker::Customer => "customer",
            Speaker::Unknown => "unknown",
        }
    }

    /// The other side; nobody is the other of an unknown speaker.
    pub const fn other(self) -> Speaker {
        match self {
            Speaker::Agent => Speaker::Customer,
            Speaker::Customer => Speaker::Agent,
            Speaker::Unknown => Speaker::Unknown,
        }
    }
}
