//! What parent and worker say to each other: one JSON value a line, over the worker's standard input and output.

use crate::asr::AsrSettings;
use crate::call::HeardCall;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// One recording to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Number of the task within the run.
    pub id: u64,
    /// The recording, absolute.
    #[serde(with = "path_bytes")]
    pub path: PathBuf,
    /// BLAKE3 of its bytes as the plan found them: reading other bytes means that it changed.
    pub content_hash: String,
    /// What is known of its words.
    pub settings: AsrSettings,
}

/// What the parent tells the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The settings; first, and once.
    Settings(serde_json::Value),
    /// Hear this recording.
    Hear(Task),
    /// Nothing more will come.
    Finish,
}

/// What the worker tells the parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The model is loaded.
    Ready,
    /// The model cannot be used: nothing will be heard.
    NoModel {
        /// What was found and what was expected.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
    /// A task moves.
    Progress {
        /// The task.
        task: u64,
        /// Audio heard so far, ms.
        heard_ms: i64,
    },
    /// A task is done, well or not.
    Done {
        /// The task.
        task: u64,
        /// What was heard, or why nothing was.
        heard: Box<HeardCall>,
    },
}

/// A line that is no message.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The pipe broke.
    #[error("pipe between parent and worker: {0}")]
    Io(#[from] io::Error),
    /// The line is not what was expected.
    #[error("message between parent and worker: {0}")]
    Format(#[from] serde_json::Error),
}

/// Writes one message and flushes.
///
/// # Errors
/// Where the pipe is broken.
pub fn write_line<T: Serialize>(to: &mut impl Write, message: &T) -> Result<(), WireError> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()?;
    Ok(())
}

/// Reads one message; `None` at the end.
///
/// # Errors
/// Where the pipe is broken or the line is no message.
pub fn read_line<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<Option<T>, WireError> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Paths as hexadecimal bytes: any name a file system allows gets through.
mod path_bytes {
    use super::*;
    use serde::de::Error;

    pub fn serialize<S: serde::Serializer>(path: &std::path::Path, serializer: S) -> Result<S::Ok, S::Error> {
        let hex: String = path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&hex)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        let hex = String::deserialize(deserializer)?;
        let bytes = (0..hex.len())
            .step_by(2)
            .map(|start| hex.get(start..start + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| D::Error::custom("a path is written as hexadecimal bytes"))?;
        Ok(OsString::from_vec(bytes).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_text_gets_through() {
        let path = PathBuf::from(OsString::from_vec(b"/a/\xff\n\x1b.wav".to_vec()));
        let task = Order::Hear(Task { id: 1, path, content_hash: String::new(), settings: AsrSettings::default() });
        let mut line = Vec::new();
        write_line(&mut line, &task).unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(read_line::<Order>(&mut line.as_slice()).unwrap(), Some(task));
    }
}
