//! The models that can be pulled by name: `models/registry.toml`, built into the program.

use super::ModelError;
use crate::diagnostic::did_you_mean;
use serde::Deserialize;

/// A model that can be pulled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name on the command line, such as `base`.
    pub name: String,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-1 published with the file, in hexadecimal.
    pub sha1: String,
    /// Licence of the weights.
    pub licence: String,
    /// `multilingual`, or the one language it knows.
    pub languages: String,
    /// What it is good for.
    #[serde(rename = "use")]
    pub purpose: String,
    /// Addresses of the file, tried in this order.
    pub sources: Vec<String>,
}

impl Entry {
    /// Name of the file in a models folder.
    pub fn file_name(&self) -> String {
        file_name(&self.name)
    }
}

/// Name of the file that holds the model called `name`.
pub(super) fn file_name(name: &str) -> String {
    format!("ggml-{name}.bin")
}

#[derive(Deserialize)]
struct Registry {
    model: Vec<Entry>,
}

/// Every model that can be pulled, in the order of the registry file.
///
/// # Errors
/// When the registry inside the program is not valid (a test excludes it).
pub fn registry() -> Result<Vec<Entry>, ModelError> {
    toml::from_str::<Registry>(include_str!("../../models/registry.toml"))
        .map(|registry| registry.model)
        .map_err(|error| ModelError::Registry { reason: error.to_string() })
}

/// The entry called `name`.
///
/// # Errors
/// [`ModelError::Unknown`] with the nearest known name.
pub(super) fn entry(name: &str) -> Result<Entry, ModelError> {
    let entries = registry()?;
    if let Some(entry) = entries.iter().find(|entry| entry.name == name) {
        return Ok(entry.clone());
    }
    let known: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    let near = did_you_mean(name, known.iter().map(String::as_str)).map(str::to_owned);
    Err(ModelError::Unknown { name: name.to_owned(), near, known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_is_complete_and_named_once() {
        let entries = registry().unwrap();
        let names: BTreeSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), entries.len());
        for name in ["tiny", "base", "small", "medium", "large-v3", "large-v3-turbo", "large-v3-turbo-q5_0", "tiny.en"]
        {
            assert!(names.contains(name), "{name}");
        }
        for entry in &entries {
            assert!(
                entry.sha1.len() == 40 && entry.sha1.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{}",
                entry.name
            );
            assert!(entry.sources.iter().all(|source| source.ends_with(&entry.file_name())), "{}", entry.name);
        }
    }

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest() {
        for (name, meant) in [("bsae", "base"), ("larg", "large-v3"), ("large-v3-turb", "large-v3-turbo")] {
            let Err(ModelError::Unknown { near, .. }) = entry(name) else { panic!("must be unknown") };
            assert_eq!(near.as_deref(), Some(meant));
        }
    }
}
