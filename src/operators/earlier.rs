//! What a mark or criterion came to, as a check inside another one.

use super::{Check, Scope};
use crate::call::{CallView, Finding, Outcome, Reason};

/// The finding of the mark or criterion with this id.
#[derive(Debug)]
pub(super) struct Earlier(String);

impl Earlier {
    pub(super) fn new(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl Check for Earlier {
    fn evaluate(&self, _: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let Self(id) = self;
        scope.earlier.get(id.as_str()).cloned().unwrap_or_else(|| {
            let reason = Reason::new(format!("`{id}` was not looked for"), format!("未检查“{id}”"));
            Finding::new(Outcome::NotApplicable, reason)
        })
    }

    fn depends_on(&self) -> Vec<&str> {
        vec![&self.0]
    }
}
