//! CALLS.csv: what the telephone system knows, by file.

use crate::call::{Metadata, is_language};
use crate::report::Moment;
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
    /// It is neither UTF-8 nor marked as UTF-16, and not Chinese in GB18030 either.
    #[error("{path} is not UTF-8: line {line} is written in another encoding; save it as \"CSV UTF-8\"")]
    NotUtf8 {
        /// The list.
        path: PathBuf,
        /// First line that is not.
        line: usize,
    },
    /// It is empty.
    #[error("{path} is empty; its first line must name the columns, one of them `file`")]
    Empty {
        /// The list.
        path: PathBuf,
    },
    /// A quotation mark swallows the rest.
    #[error("{path}: a quotation mark opens in line {line} and never closes")]
    OpenQuote {
        /// The list.
        path: PathBuf,
        /// The line.
        line: u64,
    },
    /// It has no column `file`.
    #[error("{path} has no column `file`; its columns are: {found}")]
    NoFileColumn {
        /// The list.
        path: PathBuf,
        /// The columns it has.
        found: String,
    },
    /// Nobody can tell which of two columns is meant.
    #[error("{path} has two columns `{column}`: delete or rename one of them")]
    ColumnTwice {
        /// The list.
        path: PathBuf,
        /// Their name.
        column: String,
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
    remarks: Vec<String>,
}

/// Values of `agent_channel` that [`grade`](crate::grade) understands, beside numbers.
const CHANNELS: &[&str] = &["left", "l", "right", "r"];

impl Sheet {
    /// Reads the list at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, is no text, has no column `file`, or names a file twice with different values.
    pub fn read(path: &Path) -> Result<Self, SheetError> {
        let bytes = fs::read(path).map_err(|source| SheetError::Unreadable { path: path.to_owned(), source })?;
        let (text, guessed) = text_of(bytes, path)?;
        let mut sheet = Self::parse(&text, path)?;
        if guessed {
            let remark = "it is not UTF-8 and was read as GBK (GB18030), which Excel writes in China; if names look \
                          wrong, save it as \"CSV UTF-8\"";
            sheet.remarks.insert(0, remark.to_owned());
        }
        Ok(sheet)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, SheetError> {
        let malformed = |source| SheetError::Malformed { path: path.to_owned(), source };
        let text = text.trim_start_matches('\u{feff}');
        // Some spreadsheets name the delimiter in a line of its own.
        let (text, skipped) = match text.split_once('\n') {
            Some((first, rest))
                if first.trim_end_matches('\r').len() == 5 && first.to_ascii_lowercase().starts_with("sep=") =>
            {
                (rest, 1)
            }
            _ => (text, 0),
        };
        if text.trim().is_empty() {
            return Err(SheetError::Empty { path: path.to_owned() });
        }
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        // The reader counts a line late where lines end with two characters.
        let line_of = |record: &csv::StringRecord| {
            let start = record.position().map_or(0, |position| position.byte() as usize).min(text.len());
            let blank = text[start..].bytes().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            1 + skipped + text[..start + blank].bytes().filter(|byte| *byte == b'\n').count() as u64
        };
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
        let columns: Vec<String> = columns.iter().map(|name| known_column(name)).collect();
        let Some(file_column) = columns.iter().position(|name| name == "file") else {
            return Err(SheetError::NoFileColumn { path: path.to_owned(), found: columns.join(", ") });
        };
        let has_meaning = |name: &String| name == "file" || Metadata::KNOWN.contains(&name.as_str());
        let mut twice = (1..columns.len()).map(|at| (&columns[..at], &columns[at]));
        if let Some((_, column)) = twice.find(|(before, name)| has_meaning(name) && before.contains(name)) {
            return Err(SheetError::ColumnTwice { path: path.to_owned(), column: column.clone() });
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut sheet = Self::default();
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            let file = record.get(file_column).unwrap_or_default().to_owned();
            if file.is_empty() {
                continue;
            }
            let line = line_of(&record);
            if record.iter().any(|cell| cell.contains('\n'))
                && text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
            {
                return Err(SheetError::OpenQuote { path: path.to_owned(), line });
            }
            let mut metadata = Metadata::default();
            for (index, (column, cell)) in columns.iter().zip(record.iter()).enumerate() {
                if index != file_column && !cell.is_empty() && !column.is_empty() {
                    metadata.0.insert(column.clone(), cell.to_owned());
                }
            }
            sheet.check(&metadata, line);
            let key = located(folder, &file);
            if let Some(before) = sheet.by_path.get(&key) {
                if sheet.rows[*before].1 != metadata {
                    return Err(SheetError::Repeated { path: path.to_owned(), line, file });
                }
                continue;
            }
            let row = sheet.rows.len();
            // A bare name means the file beside the list, and any file of that name only where there is none beside
            // it. So does the name at the end of a path of another machine.
            if !file.contains('/') && !key.exists() {
                let name = file.rsplit('\\').next().unwrap_or(&file);
                sheet.by_name.insert(name.to_owned(), row);
            }
            sheet.by_path.insert(key, row);
            sheet.rows.push((file, metadata));
        }
        sheet.check_ids();
        Ok(sheet)
    }

    /// Remarks on values that mean nothing where a meaning is expected.
    fn check(&mut self, metadata: &Metadata, line: u64) {
        let mut remark = |column: &str, cell: &str, expected: &str| {
            self.remarks.push(format!("line {line}: `{cell}` is no {column}, which is {expected}"));
        };
        if let Some(cell) = metadata.get("agent_channel") {
            let known =
                CHANNELS.iter().any(|channel| channel.eq_ignore_ascii_case(cell)) || cell.parse::<u16>().is_ok();
            if !known {
                remark("agent_channel", cell, "left, right or a number from 0 on");
            }
        }
        if let Some(cell) = metadata.get("language") {
            let code = cell.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
            if !is_language(&code) && code != "auto" {
                remark("language", cell, "a code such as en or zh; without one it is found by ear");
            }
        }
        if let Some(cell) = metadata.get("started_at")
            && Moment::parse(cell).is_none()
        {
            remark("started_at", cell, "year, month and day in this order, as in 2026-03-02 or 2026-03-02T09:14");
        }
    }

    fn check_ids(&mut self) {
        let mut files: BTreeMap<&str, u32> = BTreeMap::new();
        for id in self.rows.iter().filter_map(|(_, metadata)| metadata.get("call_id")) {
            *files.entry(id).or_default() += 1;
        }
        let repeated = files.into_iter().filter(|(_, count)| *count > 1);
        let remark =
            |(id, count)| format!("{count} files have the call_id {id}; they are told apart as {id}, {id}~2 ..");
        self.remarks.extend(repeated.map(remark).collect::<Vec<_>>());
    }

    /// What a person should look at in the list.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
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

/// A column by the name that is known for it, in any case and with blanks or hyphens for underscores; any other as it is.
fn known_column(name: &str) -> String {
    let plain = name.to_ascii_lowercase().replace([' ', '-'], "_");
    let known = Metadata::KNOWN.iter().chain(&["file"]).find(|known| **known == plain);
    known.map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// `bytes` as text, and whether that is a guess: UTF-8, or UTF-16 with its mark, as spreadsheets save "Unicode text",
/// or what can only be Chinese in GB18030, as spreadsheets of the mainland save plain CSV.
fn text_of(bytes: Vec<u8>, path: &Path) -> Result<(String, bool), SheetError> {
    let not_text = |line| SheetError::NotUtf8 { path: path.to_owned(), line };
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| not_text(1))
    };
    let text = match bytes.get(..2) {
        Some([0xFF, 0xFE]) => utf16(u16::from_le_bytes)?,
        Some([0xFE, 0xFF]) => utf16(u16::from_be_bytes)?,
        _ => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let bytes = error.into_bytes();
                let line = 1 + bytes[..valid].iter().filter(|byte| **byte == b'\n').count();
                return gb18030(&bytes).map(|text| (text, true)).ok_or_else(|| not_text(line));
            }
        },
    };
    Ok((text, false))
}

/// `bytes` as Chinese text in GB18030; `None` where they may be something else. Letters with accents of one-byte
/// encodings stand beside plain letters, which makes errors here or characters that are hardly ever used: nearly all
/// that are used lie in the part that the standard took over from GB 2312. So does much of Big5, where it has others
/// beside them.
///
/// # Source
/// GB 18030-2022, two-byte part; GB/T 2312-1980, rows 1 to 87.
fn gb18030(bytes: &[u8]) -> Option<String> {
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)?;
    let plain = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_lowercase);
    let (mut usual, mut others, mut at) = (0_usize, 0_usize, 0);
    while let Some(lead) = bytes.get(at) {
        let (length, is_usual) = match (lead, bytes.get(at + 1)) {
            (0..=0x80, _) => {
                at += 1;
                continue;
            }
            (0xA1..=0xF7, Some(0xA1..=0xFE)) => (2, !plain(at.checked_sub(1)) && !plain(Some(at + 2))),
            (_, Some(0x30..=0x39)) => (4, false),
            _ => (2, false),
        };
        usual += usize::from(is_usual);
        others += usize::from(!is_usual);
        at += length;
    }
    let is_big5 = || encoding_rs::BIG5.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    (others == 0 || usual > 4 * others && !is_big5()).then(|| text.into_owned())
}

/// Where the list in `folder` says that `file` lies, with links resolved where it exists. Lists made on Windows
/// separate folders with backslashes.
fn located(folder: &Path, file: &str) -> PathBuf {
    let absolute = |file: &str| {
        let full = folder.join(file);
        std::path::absolute(&full).unwrap_or(full)
    };
    let plain = absolute(file);
    let resolved = plain.canonicalize().or_else(|_| absolute(&file.replace('\\', "/")).canonicalize());
    resolved.unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_path_and_by_bare_name_with_or_without_a_mark() {
        for mark in ["", "\u{feff}"] {
            let text =
                format!("{mark}file,Agent,own column,Agent Channel\na/x.wav,王芳,1,left\n\"y, z.wav\",\"Li, Na\",\n");
            let sheet = Sheet::parse(&text, Path::new("/calls/CALLS.csv")).unwrap();
            let x = sheet.metadata(sheet.row_of(Path::new("/calls/a/x.wav")).unwrap());
            assert_eq!((x.get("agent"), x.get("own column")), (Some("王芳"), Some("1")));
            assert_eq!(x.get("agent_channel"), Some("left"));
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
        assert!(
            matches!(parse("file,Agent,agent\na.wav,A,B\n"), Err(SheetError::ColumnTwice { column, .. }) if column == "agent")
        );
        assert!(matches!(parse("file,agent\na.wav,A\na.wav,B\n"), Err(SheetError::Repeated { line: 3, .. })));
        let twice = parse("file;agent\na.wav;A\na.wav;A\n").unwrap();
        assert_eq!((twice.files().count(), twice.remarks()), (1, &[][..]));
        let line = |text: &str| match parse(text) {
            Err(SheetError::Repeated { line, .. } | SheetError::OpenQuote { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line("file,agent\r\na.wav,A\r\n\r\na.wav,B\r\n"), 4);
        assert_eq!(line("sep=,\nfile,agent\na.wav,A\na.wav,B\n"), 4);
        assert_eq!(line("file,agent\na.wav,A\nb.wav,\"B\nc.wav,C\n"), 3);
        assert!(parse("file,note\na.wav,5\" screen\nb.wav,\"two\nlines\"\n").is_err());
        assert!(parse("file,note\na.wav,5\" screen\n").is_ok());
        assert!(matches!(parse(" \r\n"), Err(SheetError::Empty { .. })));
    }

    #[test]
    fn lists_of_spreadsheets_and_of_windows_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.csv");
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/x.wav"), "").unwrap();
        let text = "sep=\t\r\nfile\tagent\r\na\\x.wav\t王芳\r\nC:\\calls\\y.wav\tB\r\n";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()
        };
        for bytes in [text.as_bytes().to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
            std::fs::write(&list, bytes).unwrap();
            let sheet = Sheet::read(&list).unwrap();
            let inside = folder.path().join("a/x.wav").canonicalize().unwrap();
            assert_eq!(sheet.metadata(sheet.row_of(&inside).unwrap()).get("agent"), Some("王芳"));
            let elsewhere = sheet.row_of(Path::new("/day/y.wav")).unwrap();
            assert_eq!(sheet.metadata(elsewhere).get("agent"), Some("B"));
        }
    }

    #[test]
    fn lists_in_gbk_are_read_with_a_remark_and_other_encodings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.csv");
        let text = "file,agent,team,备注\nx.wav,王芳,华东,退款 3 元\ny.wav,欧阳喆,华东,“套餐”\n";
        let (gbk, _, lossy) = encoding_rs::GBK.encode(text);
        assert!(!lossy);
        std::fs::write(&list, &gbk).unwrap();
        let sheet = Sheet::read(&list).unwrap();
        let row = sheet.metadata(sheet.row_of(Path::new("/day/y.wav")).unwrap());
        assert_eq!(
            (row.get("agent"), row.get("team"), row.get("备注")),
            (Some("欧阳喆"), Some("华东"), Some("“套餐”"))
        );
        assert!(sheet.remarks()[0].contains("GB18030"), "{:?}", sheet.remarks());
        std::fs::write(&list, text).unwrap();
        assert_eq!(Sheet::read(&list).unwrap().remarks(), &[] as &[String]);
        // German and Spanish, Polish, Russian of odd length, traditional Chinese, Japanese; a list cut in a character.
        let (big5, _, _) = encoding_rs::BIG5.encode("file,agent\na.wav,陳麗華\nb.wav,黃國棟\n");
        let (japanese, _, _) = encoding_rs::SHIFT_JIS.encode("file,agent\na.wav,田中さくら\nb.wav,スズキ\n");
        let (russian, _, _) = encoding_rs::WINDOWS_1251.encode("file,agent\na.wav,Иванова\nb.wav,Пётр\n");
        let (polish, _, _) = encoding_rs::WINDOWS_1250.encode("file,agent\na.wav,Wałęsa\nb.wav,Łukasz\n");
        let latin: [&[u8]; 4] = [b"a.wav,J\xFCrgen", b"a.wav,Jos\xE9", b"a.wav,Mu\xF1oz", b"a.wav,cr\xE9\xE9e"];
        let latin = latin.map(|row| [b"file,agent\n", row, b"\n"].concat());
        let cut = gbk[..gbk.len() - 4].to_vec();
        let others = [big5, japanese, russian, polish].map(|bytes| bytes.into_owned());
        for bytes in latin.into_iter().chain(others).chain([cut]) {
            std::fs::write(&list, &bytes).unwrap();
            let read = Sheet::read(&list);
            assert!(matches!(read, Err(SheetError::NotUtf8 { .. })), "{:?}: {read:?}", String::from_utf8_lossy(&bytes));
        }
        std::fs::write(&list, b"file,agent\na.wav,J\xFCrgen\n").unwrap();
        assert!(matches!(Sheet::read(&list), Err(SheetError::NotUtf8 { line: 2, .. })));
    }

    #[test]
    fn values_that_mean_nothing_and_names_used_twice_are_remarked_on() {
        let text = "file,call_id,agent_channel\na.wav,7,left\nb.wav,7,middle\nc.wav,8,1\n";
        let sheet = Sheet::parse(text, Path::new("/c/CALLS.csv")).unwrap();
        let [channel, ids] = sheet.remarks() else { panic!("{:?}", sheet.remarks()) };
        assert!(channel.starts_with("line 3: `middle`") && ids.starts_with("2 files have the call_id 7"));
        let text = "file,Started At,LANGUAGE\na.wav,2026/3/2 9:14,zh-CN\nb.wav,02/03/2026,klingon\n";
        let sheet = Sheet::parse(text, Path::new("/c/CALLS.csv")).unwrap();
        let [language, start] = sheet.remarks() else { panic!("{:?}", sheet.remarks()) };
        assert!(language.starts_with("line 3: `klingon`") && start.starts_with("line 3: `02/03/2026`"));
    }
}
