//! The texts that a rubric is made of: the rubric itself, the rubrics it includes, its lexicons.
//!
//! All texts are laid end to end on one line of byte positions, so that a span also says which file it is in. A path in
//! a rubric is relative to the file that names it and never leads out of the folder of the rubric.

use crate::diagnostic::{ByteSpan, Code, Diagnostic, Label};
use std::collections::BTreeMap;

/// Most files of one rubric.
const MAX_FILES: usize = 64;
/// Most bytes of all files of one rubric.
const MAX_TOTAL: usize = 8 << 20;

/// Gives the text of a file by its path.
pub trait Sources {
    /// The text of the file at `path`, which is the rubric's own path or lies in its folder; folders are separated
    /// by `/`.
    ///
    /// # Errors
    /// Why there is no text.
    fn text(&self, path: &str) -> Result<String, SourceError>;
}

/// Why a file has no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// It has more bytes than a rubric may have.
    #[error("it is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// It is not UTF-8.
    #[error("it is not UTF-8 text; save it as UTF-8")]
    NotText,
    /// It leads out of the folder of the rubric, for example through a link.
    #[error("it leads out of the folder of the rubric")]
    Outside,
    /// The system refuses it.
    #[error("{0}")]
    Unreadable(String),
}

/// Texts by path, for rubrics that are not on a disk.
impl Sources for BTreeMap<String, String> {
    fn text(&self, path: &str) -> Result<String, SourceError> {
        self.get(path).cloned().ok_or(SourceError::Missing)
    }
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path as the user would write it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where it begins on the line of all texts.
    base: usize,
}

/// The files read so far.
pub(super) struct Files<'s> {
    sources: &'s dyn Sources,
    /// Folder of the rubric, with its last `/`; empty for the current folder.
    root: String,
    files: Vec<SourceFile>,
    total: usize,
}

impl<'s> Files<'s> {
    pub(super) fn new(name: &str, sources: &'s dyn Sources) -> Self {
        let root = name.rfind('/').map_or(String::new(), |at| name[..=at].to_owned());
        Self { sources, root, files: Vec::new(), total: 0 }
    }

    /// Reads the file of this name; gives its text and where it begins.
    pub(super) fn read(&mut self, name: &str) -> Result<(String, usize), SourceError> {
        if self.files.len() >= MAX_FILES {
            return Err(SourceError::Unreadable(format!("a rubric has at most {MAX_FILES} files")));
        }
        let text = self.sources.text(name)?;
        if text.len() > super::parse::MAX_BYTES {
            return Err(SourceError::TooLarge(super::parse::MAX_BYTES));
        }
        self.total += text.len() + 1;
        if self.total > MAX_TOTAL {
            return Err(SourceError::TooLarge(MAX_TOTAL));
        }
        let base = self.total - text.len() - 1;
        self.files.push(SourceFile { name: name.to_owned(), text: text.clone(), base });
        Ok((text, base))
    }

    /// The name of the file at `path`, as written in the file called `from`; `None` where it leads out of the folder.
    pub(super) fn resolve(&self, from: &str, path: &str) -> Option<String> {
        if path.starts_with('/') || path.contains(['\\', '\0', ':']) {
            return None;
        }
        let within = from.strip_prefix(&self.root).unwrap_or(from);
        let mut parts: Vec<&str> = within.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                _ => parts.push(part),
            }
        }
        Some(format!("{}{}", self.root, parts.join("/")))
    }

    /// Turns positions on the line of all texts into positions in a file.
    pub(super) fn localize(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let Some(file) = self.file_at(diagnostic.primary.span.start) else { return diagnostic };
        diagnostic.file.clone_from(&file.name);
        let local = |span: &ByteSpan| {
            let clamp = |at: usize| at.saturating_sub(file.base).min(file.text.len());
            clamp(span.start)..clamp(span.end)
        };
        diagnostic.primary.span = local(&diagnostic.primary.span);
        let mut elsewhere = Vec::new();
        diagnostic.others.retain_mut(|Label { span, text }| match self.file_at(span.start) {
            Some(other) if other.base != file.base => {
                let line = 1 + other.text[..span.start - other.base].matches('\n').count();
                elsewhere.push(format!("{text}: {}:{line}", other.name));
                false
            }
            _ => {
                *span = local(span);
                true
            }
        });
        if !elsewhere.is_empty() {
            diagnostic.message = format!("{} ({})", diagnostic.message, elsewhere.join("; "));
        }
        diagnostic
    }

    /// The piece of the texts at `span`.
    pub(super) fn slice(&self, span: &ByteSpan) -> &str {
        self.file_at(span.start)
            .and_then(|file| file.text.get(span.start - file.base..span.end.saturating_sub(file.base)))
            .unwrap_or_default()
    }

    /// The file of a span, and the span inside it.
    pub(super) fn locate(&self, span: &ByteSpan) -> Option<(&SourceFile, ByteSpan)> {
        let file = self.file_at(span.start)?;
        Some((file, span.start - file.base..span.end.saturating_sub(file.base).min(file.text.len())))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&SourceFile, usize)> {
        self.files.iter().map(|file| (file, file.base))
    }

    /// How many files were read.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Forgets all files but the first `count`, to read the others again.
    pub(super) fn keep(&mut self, count: usize) {
        self.files.truncate(count);
        self.total = self.files.last().map_or(0, |file| file.base + file.text.len() + 1);
    }

    pub(super) fn into_files(self) -> Vec<SourceFile> {
        self.files
    }

    /// BLAKE3 over all texts in the order in which they were read, each after its length; names do not count, so that
    /// a rubric keeps its hash when its folder moves.
    pub(super) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for file in &self.files {
            hasher.update(&(file.text.len() as u64).to_le_bytes());
            hasher.update(file.text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    fn file_at(&self, at: usize) -> Option<&SourceFile> {
        self.files.iter().rev().find(|file| file.base <= at)
    }
}

/// Reads a file that another one names. A mistake is reported at `span`, where its path stands.
pub(super) fn read_named(
    files: &mut Files<'_>,
    name: &str,
    span: &ByteSpan,
    found: &mut Vec<Diagnostic>,
) -> Option<(String, usize)> {
    match files.read(name) {
        Ok(read) => Some(read),
        Err(SourceError::Outside) => {
            found.push(outside(span));
            None
        }
        Err(error) => {
            let message = format!("`{name}` cannot be read: {error}");
            found.push(Diagnostic::new(Code::UnreadableFile, span.clone(), message));
            None
        }
    }
}

pub(super) fn outside(span: &ByteSpan) -> Diagnostic {
    Diagnostic::new(Code::OutsidePath, span.clone(), "this path leads out of the folder of the rubric")
        .help("put the file beside the rubric or below it, and name it with `/` between folders")
}
