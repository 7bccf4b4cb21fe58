//! CALLS.csv: what the telephone system knows, by file.

use crate::call::Metadata;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A list of calls that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The list.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is not UTF-8.
    #[error("{path} is not UTF-8 from byte {position} on; save it as \"CSV UTF-8\"")]
    NotUtf8 {
        /// The list.
        path: PathBuf,
        /// First byte that is not.
        position: usize,
    },
    /// It has no column `file`.
    #[error("{path} has no column `file`; its columns are: {found}")]
    NoFileColumn {
        /// The list.
        path: PathBuf,
        /// The columns it has.
        found: String,
    },
    /// A line is not CSV.
    #[error("{path}: {source}")]
    Malformed {
        /// The list.
        path: PathBuf,
        /// Line and cause.
        #[source]
        source: csv::Error,
    },
    /// Two lines name the same file.
    #[error("{path}: line {line} names {file} again, with other values")]
    Repeated {
        /// The list.
        path: PathBuf,
        /// The second line.
        line: u64,
        /// The file.
        file: String,
    },
}

/// The rows of a list of calls, found by path or by bare file name.
#[derive(Debug, Default)]
pub struct Sheet {
    rows: Vec<(String, Metadata)>,
    by_path: BTreeMap<PathBuf, usize>,
    by_name: BTreeMap<String, usize>,
}

impl Sheet {
    /// Reads the list at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, is not UTF-8, has no column `file`, or names a file twice with different values.
    pub fn read(path: &Path) -> Result<Self, SheetError> {
        let bytes = fs::read(path).map_err(|source| SheetError::Unreadable { path: path.to_owned(), source })?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| SheetError::NotUtf8 { path: path.to_owned(), position: error.valid_up_to() })?;
        Self::parse(text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, SheetError> {
        let malformed = |source| SheetError::Malformed { path: path.to_owned(), source };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let header = text.lines().next().unwrap_or_default();
        // Spreadsheets of some countries write semicolons or tabs.
        let delimiter = [b',', b';', b'\t']
            .into_iter()
            .rev()
            .max_by_key(|delimiter| header.bytes().filter(|byte| byte == delimiter).count())
            .unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let columns: Vec<String> =
            reader.headers().map_err(malformed)?.iter().map(|name| name.trim().to_owned()).collect();
        let Some(file_column) = columns.iter().position(|name| name.eq_ignore_ascii_case("file")) else {
            return Err(SheetError::NoFileColumn { path: path.to_owned(), found: columns.join(", ") });
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut sheet = Self::default();
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            let file = record.get(file_column).unwrap_or_default().to_owned();
            if file.is_empty() {
                continue;
            }
            let mut metadata = Metadata::default();
            for (index, (column, cell)) in columns.iter().zip(record.iter()).enumerate() {
                if index != file_column && !cell.is_empty() && !column.is_empty() {
                    let known = Metadata::KNOWN.iter().find(|known| known.eq_ignore_ascii_case(column));
                    metadata.0.insert(known.map_or(column.clone(), |known| (*known).to_owned()), cell.to_owned());
                }
            }
            let listed = Path::new(&file);
            let full = if listed.is_absolute() { listed.to_owned() } else { folder.join(listed) };
            let key = std::path::absolute(&full).unwrap_or(full);
            let key = key.canonicalize().unwrap_or(key);
            let row = sheet.rows.len();
            // A bare name means the file beside the list, and any file of that name only where there is none beside it.
            if !file.contains('/') && !key.exists() {
                sheet.by_name.insert(file.clone(), row);
            }
            if let Some(before) = sheet.by_path.insert(key, row)
                && sheet.rows[before].1 != metadata
            {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(SheetError::Repeated { path: path.to_owned(), line, file });
            }
            sheet.rows.push((file, metadata));
        }
        Ok(sheet)
    }

    /// The row of the file at `identity` (absolute), by path or else by bare name.
    pub(super) fn row_of(&self, identity: &Path) -> Option<usize> {
        self.by_path.get(identity).copied().or_else(|| {
            let name = identity.file_name()?.to_str()?;
            self.by_name.get(name).copied()
        })
    }

    /// What the list says in `row`.
    pub(super) fn metadata(&self, row: usize) -> &Metadata {
        &self.rows[row].1
    }

    /// The files that the list names, in its order.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|(file, _)| file.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_path_and_by_bare_name_with_or_without_a_mark() {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}file,Agent,own column\na/x.wav,王芳,1\n\"y, z.wav\",\"Li, Na\",\n");
            let sheet = Sheet::parse(&text, Path::new("/calls/CALLS.csv")).unwrap();
            let x = sheet.metadata(sheet.row_of(Path::new("/calls/a/x.wav")).unwrap());
            assert_eq!((x.get("agent"), x.get("own column")), (Some("王芳"), Some("1")));
            let y = sheet.metadata(sheet.row_of(Path::new("/elsewhere/y, z.wav")).unwrap());
            assert_eq!((y.get("agent"), y.get("own column")), (Some("Li, Na"), None));
            assert_eq!(sheet.row_of(Path::new("/calls/x.wav")), None);
        }
    }

    #[test]
    fn a_list_that_contradicts_itself_or_has_no_files_is_refused() {
        let parse = |text: &str| Sheet::parse(text, Path::new("/c/CALLS.csv"));
        assert!(
            matches!(parse("name;agent\na;b\n"), Err(SheetError::NoFileColumn { found, .. }) if found == "name, agent")
        );
        assert!(matches!(parse("file,agent\na.wav,A\na.wav,B\n"), Err(SheetError::Repeated { line: 3, .. })));
        assert!(parse("file;agent\na.wav;A\na.wav;A\n").is_ok());
    }
}
