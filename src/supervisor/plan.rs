//! The selection of a run, fixed before it begins: which files, under which names, with which metadata.
//!
//! Looks at names and directory entries only; no recording is opened here.

use super::name_pattern::NamePattern;
use super::sheet::Sheet;
use crate::call::Metadata;
use crate::store::Listing;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Extensions of recordings, in lower case; other files in a folder are left out.
const RECORDINGS: &[&str] = &[
    "3gp", "aac", "ac3", "aif", "aifc", "aiff", "al", "alaw", "amr", "ape", "au", "awb", "caf", "ds2", "dss", "flac",
    "g721", "g722", "g723", "g7231", "g726", "g729", "g729a", "gsm", "m4a", "m4b", "mka", "mkv", "mov", "mp1", "mp2",
    "mp3", "mp4", "mpga", "mulaw", "oga", "ogg", "opus", "pcm", "pcma", "pcmu", "ra", "raw", "rf64", "sln", "sln16",
    "snd", "spx", "tta", "ul", "ulaw", "voc", "vox", "w64", "wav", "wave", "webm", "wma", "wv",
];

/// A path that was asked for and cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A path that does not exist.
    #[error("{path} does not exist")]
    Missing {
        /// The path as typed.
        path: PathBuf,
    },
    /// The results folder is the folder of the recordings itself.
    #[error("the results folder {path} is the folder of the recordings itself")]
    OutIsInput {
        /// The folder.
        path: PathBuf,
    },
    /// Looking for recordings was stopped from outside.
    #[error("stopped while looking for recordings")]
    Stopped,
}

/// What to select.
#[derive(Debug, Default)]
pub struct Choice<'a> {
    /// Files and folders, as typed.
    pub paths: Vec<PathBuf>,
    /// Paths of a list; one that does not exist becomes a failed recording and does not stop the run.
    pub listed: Vec<PathBuf>,
    /// The results folder, which is never searched for recordings.
    pub out: Option<&'a Path>,
    /// What the telephone system knows.
    pub sheet: Option<&'a Sheet>,
    /// How names are read.
    pub name_pattern: Option<&'a NamePattern>,
    /// Most files to select.
    pub limit: Option<usize>,
    /// Whether paths are replaced by their hash wherever they would be stored or shown.
    pub hash_names: bool,
}

/// Files by which a folder is known that this program has written: results with their report, and clips. The sound in
/// them is of calls that were heard before.
const OURS: [&str; 2] = ["callgrade.db", "coaching-sheet.html"];

/// A file of the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The file, absolute, with symbolic links resolved where it exists.
    pub identity: PathBuf,
    /// The file as it is listed, stored and shown.
    pub path: PathBuf,
    /// What makes it the same file in the next run: the absolute path or its hash.
    pub key: Vec<u8>,
    /// The name it should have.
    pub wanted_id: String,
    /// What is known of the call.
    pub metadata: Metadata,
    /// Size in bytes when it was listed; 0 where it could not be looked at.
    pub bytes: u64,
    /// What stood in the way of listing it, for example a folder that cannot be opened.
    pub obstacle: Option<String>,
}

/// The files of a run and what was noticed on the way.
#[derive(Debug, Default)]
pub struct Selection {
    /// In the order of their paths within each path asked for.
    pub items: Vec<Item>,
    /// Files in folders that are not recordings by their name.
    pub ignored: u64,
    /// Files that the list of calls names and the selection does not hold.
    pub not_selected: Vec<String>,
    /// Files of the selection that the list of calls does not name.
    pub not_listed: u64,
    /// Files whose names do not fit the pattern.
    pub not_fitting: u64,
}

/// The selection of a run.
pub type Plan = Selection;

impl Selection {
    /// Makes the selection.
    ///
    /// # Errors
    /// Where a path asked for does not exist, the results folder is the folder of the recordings, or `go_on` says no;
    /// it is asked for each file.
    pub fn make(choice: &Choice<'_>, go_on: &dyn Fn() -> bool) -> Result<Self, PlanError> {
        let mut walk = Walk {
            out: choice.out.and_then(|out| out.canonicalize().ok()),
            go_on,
            folder: None,
            seen: HashSet::new(),
            selection: Selection::default(),
        };
        for path in &choice.paths {
            if path.symlink_metadata().is_err() {
                return Err(PlanError::Missing { path: path.clone() });
            }
            walk.add(path)?;
        }
        for path in &choice.listed {
            walk.add(path)?;
        }
        let mut selection = walk.selection;
        if let Some(limit) = choice.limit {
            selection.items.truncate(limit);
        }
        selection.describe(choice.sheet, choice.name_pattern);
        if choice.hash_names {
            selection.hide_names();
        }
        selection.name();
        Ok(selection)
    }

    fn describe(&mut self, sheet: Option<&Sheet>, pattern: Option<&NamePattern>) {
        let mut used = BTreeSet::new();
        for item in &mut self.items {
            if let Some(pattern) = pattern {
                let name = item.path.file_name().unwrap_or_default().to_string_lossy();
                match pattern.read(&name) {
                    Some(metadata) => item.metadata = metadata,
                    None => self.not_fitting += 1,
                }
            }
            if let Some(sheet) = sheet {
                match sheet.row_of(&item.identity) {
                    Some(row) => {
                        used.insert(row);
                        item.metadata.0.extend(sheet.metadata(row).0.clone());
                    }
                    None => self.not_listed += 1,
                }
            }
            if sheet.is_none() && pattern.is_none() {
                let folder = item.identity.parent().and_then(Path::file_name);
                if let Some(folder) = folder {
                    item.metadata.take_agent_from(folder.to_string_lossy().into_owned());
                }
            }
        }
        if let Some(sheet) = sheet {
            let unused = sheet.files().enumerate().filter(|(row, _)| !used.contains(row));
            self.not_selected = unused.map(|(_, file)| file.to_owned()).collect();
        }
    }

    /// Replaces paths by their hash; only the extension is left of a name.
    fn hide_names(&mut self) {
        for item in &mut self.items {
            let hash = blake3::hash(item.identity.as_os_str().as_bytes()).to_hex();
            item.key = hash.as_bytes().to_vec();
            let extension = item.path.extension().filter(|extension| extension.len() <= 5).map(OsStr::to_owned);
            item.path = PathBuf::from(&hash[..16]);
            if let Some(extension) = extension {
                item.path.set_extension(extension);
            }
        }
    }

    /// Calls are named by their metadata, else by their file; by folder and file where that is not enough.
    fn name(&mut self) {
        let stem = |path: &Path| text_of(path.file_stem());
        let mut count: BTreeMap<String, u32> = BTreeMap::new();
        for item in &self.items {
            *count.entry(stem(&item.path)).or_default() += 1;
        }
        for item in &mut self.items {
            let stem = stem(&item.path);
            item.wanted_id = match item.metadata.get("call_id") {
                Some(id) => id.to_owned(),
                None if count.get(&stem).copied().unwrap_or(0) < 2 => stem,
                None => {
                    let folder = item.path.parent().map(|folder| text_of(folder.file_name())).unwrap_or_default();
                    format!("{folder}/{}", text_of(item.path.file_name()))
                }
            };
        }
    }

    /// The selection as the store lists it, in the same order.
    pub fn listings(&self) -> Vec<Listing> {
        self.items
            .iter()
            .map(|item| Listing {
                identity: item.key.clone(),
                path: item.path.as_os_str().as_bytes().to_vec(),
                wanted_id: item.wanted_id.clone(),
                metadata: item.metadata.clone(),
            })
            .collect()
    }
}

fn text_of(name: Option<&OsStr>) -> String {
    let text = name.unwrap_or_default().to_string_lossy();
    if text.is_empty() { "unnamed".to_owned() } else { text.into_owned() }
}

struct Walk<'a> {
    out: Option<PathBuf>,
    go_on: &'a dyn Fn() -> bool,
    /// The folder of the last file, as it was named and with its links resolved: the next file mostly lies beside it.
    folder: Option<(PathBuf, PathBuf)>,
    seen: HashSet<PathBuf>,
    selection: Selection,
}

impl Walk<'_> {
    fn add(&mut self, path: &Path) -> Result<(), PlanError> {
        if !(self.go_on)() {
            return Err(PlanError::Stopped);
        }
        if !path.is_dir() {
            let identity = path.canonicalize();
            self.file(path, identity.ok(), None);
            return Ok(());
        }
        if self.out.is_some() && path.canonicalize().ok() == self.out {
            return Err(PlanError::OutIsInput { path: path.to_owned() });
        }
        let out = self.out.clone();
        let entries = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
            let hidden = entry.depth() > 0 && entry.file_name().as_bytes().starts_with(b".");
            let is_out = entry.file_type().is_dir()
                && out.as_ref().is_some_and(|out| entry.path().canonicalize().is_ok_and(|path| path == *out));
            let is_ours = entry.depth() > 0
                && entry.file_type().is_dir()
                && OURS.iter().any(|file| entry.path().join(file).is_file());
            !hidden && !is_out && !is_ours
        });
        for entry in entries {
            if !(self.go_on)() {
                return Err(PlanError::Stopped);
            }
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if entry.file_type().is_file() && is_recording(entry.path()) => {
                    let identity = if entry.path_is_symlink() {
                        entry.path().canonicalize().ok()
                    } else {
                        self.beside(entry.path())
                    };
                    self.file(entry.path(), identity, None);
                }
                Ok(_) => self.selection.ignored += 1,
                // A link that leads back up shows nothing new; one that leads nowhere is no recording.
                Err(error) if error.loop_ancestor().is_some() => self.selection.ignored += 1,
                Err(error) => {
                    let path = error.path().unwrap_or(path).to_owned();
                    let dangling = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
                    if dangling && !is_recording(&path) {
                        self.selection.ignored += 1;
                    } else {
                        let cause = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                        let identity = path.canonicalize();
                        self.file(&path, identity.ok(), Some(cause));
                    }
                }
            }
        }
        Ok(())
    }

    /// `path`, which is no link itself, with the links of its folder resolved.
    fn beside(&mut self, path: &Path) -> Option<PathBuf> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        if self.folder.as_ref().is_none_or(|(named, _)| named != parent) {
            self.folder = Some((parent.to_owned(), parent.canonicalize().ok()?));
        }
        self.folder.as_ref().map(|(_, resolved)| resolved.join(name))
    }

    /// Takes the file at `path` into the selection; `identity` is the same with its links resolved, where it exists.
    fn file(&mut self, path: &Path, identity: Option<PathBuf>, obstacle: Option<String>) {
        let identity = identity.or_else(|| std::path::absolute(path).ok()).unwrap_or_else(|| path.to_owned());
        if !self.seen.insert(identity.clone()) {
            return;
        }
        let bytes = fs::metadata(path).map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 });
        let (wanted_id, metadata) = (String::new(), Metadata::default());
        let key = identity.as_os_str().as_bytes().to_vec();
        self.selection.items.push(Item { identity, path: path.to_owned(), key, wanted_id, metadata, bytes, obstacle });
    }
}

fn is_recording(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| RECORDINGS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_recordings_once_each_and_never_the_results() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for file in [
            "b/x.WAV",
            "a/x.wav",
            "a/.hidden.wav",
            "a/notes.txt",
            "out/clips/c.wav",
            "a/-rf",
            "old/callgrade.db",
            "old/report/calls/x.wav",
            "clips/coaching-sheet.html",
            "clips/3f9c.wav",
        ] {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("a/up")).unwrap();
        std::os::unix::fs::symlink(root.join("a/x.wav"), root.join("b/again.wav")).unwrap();
        let out = root.join("out");
        let choice = Choice { paths: vec![root.to_owned(), root.join("a")], out: Some(&out), ..Choice::default() };
        let selection = Selection::make(&choice, &|| true).unwrap();
        let names: Vec<_> = selection.items.iter().map(|item| item.wanted_id.as_str()).collect();
        assert_eq!(names, ["a/x.wav", "b/x.WAV"]);
        let metadata = &selection.items[0].metadata;
        assert_eq!((metadata.get("agent"), metadata.spoken("agent")), (Some("a"), None));
        let choice = Choice { paths: vec![out.clone()], out: Some(&out), ..Choice::default() };
        assert!(matches!(Selection::make(&choice, &|| true), Err(PlanError::OutIsInput { .. })));
        assert!(matches!(Selection::make(&choice, &|| false), Err(PlanError::Stopped)));
    }
}
