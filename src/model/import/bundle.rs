//! Files by name, wherever they lie: in a folder, in zip files (Python wheels), cut into parts.

use crate::model::ModelError;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// No single file of a model is larger than this; a zip entry that claims more is refused.
const LARGEST: u64 = 16 << 30;

/// Where one file, or one part of it, lies.
enum Place {
    File(PathBuf),
    Zip { archive: PathBuf, index: usize },
}

/// All files under the paths given, by file name.
pub(super) struct Bundle {
    files: BTreeMap<String, Place>,
    searched: Vec<PathBuf>,
}

impl Bundle {
    /// Lists the files in `paths`: folders (not their subfolders), zip files, or the files themselves. Where a name
    /// occurs twice the first counts.
    pub(super) fn open(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let mut files = BTreeMap::new();
        for path in paths {
            let unreadable = |source| ModelError::Unreadable { path: path.clone(), source };
            if path.is_dir() {
                for entry in fs::read_dir(path).map_err(unreadable)? {
                    let file = entry.map_err(unreadable)?.path();
                    add(&mut files, &file.clone(), Place::File(file));
                }
                continue;
            }
            let file = File::open(path).map_err(unreadable)?;
            match ZipArchive::new(file) {
                Ok(mut archive) => {
                    for index in 0..archive.len() {
                        let entry = archive.by_index_raw(index).map_err(|error| broken(path, &error))?;
                        let name = entry.name().map_err(|error| broken(path, &error))?;
                        add(&mut files, Path::new(name.as_ref()), Place::Zip { archive: path.clone(), index });
                    }
                }
                Err(_) => add(&mut files, path, Place::File(path.clone())),
            }
        }
        Ok(Self { files, searched: paths.to_vec() })
    }

    /// The whole of the file called `name`, its parts joined in the order of their numbers.
    pub(super) fn read(&mut self, name: &'static str) -> Result<Vec<u8>, ModelError> {
        self.read_if_there(name)?.ok_or_else(|| ModelError::Incomplete { what: name, places: self.searched.clone() })
    }

    /// The same; `None` when there is no such file.
    pub(super) fn read_if_there(&mut self, name: &str) -> Result<Option<Vec<u8>>, ModelError> {
        let mut bytes = Vec::new();
        if let Some(place) = self.files.get(name) {
            append(place, &mut bytes)?;
            return Ok(Some(bytes));
        }
        let prefix = format!("{name}.part");
        let mut parts: Vec<(u32, &Place)> = self
            .files
            .iter()
            .filter_map(|(file, place)| Some((file.strip_prefix(&prefix)?.parse().ok()?, place)))
            .collect();
        parts.sort_by_key(|(number, _)| *number);
        let Some((first, _)) = parts.first() else { return Ok(None) };
        if *first > 1 || parts.windows(2).any(|pair| pair[1].0 != pair[0].0 + 1) {
            let numbers: Vec<String> = parts.iter().map(|(number, _)| number.to_string()).collect();
            let reason = format!("only parts {} of {name} are there", numbers.join(", "));
            return Err(ModelError::Malformed { reason });
        }
        for (_, place) in parts {
            append(place, &mut bytes)?;
        }
        Ok(Some(bytes))
    }
}

fn add(files: &mut BTreeMap<String, Place>, path: &Path, place: Place) {
    if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
        files.entry(name.to_owned()).or_insert(place);
    }
}

fn append(place: &Place, bytes: &mut Vec<u8>) -> Result<(), ModelError> {
    match place {
        Place::File(path) => {
            let unreadable = |source| ModelError::Unreadable { path: path.clone(), source };
            File::open(path).and_then(|mut file| file.read_to_end(bytes)).map_err(unreadable)?;
        }
        Place::Zip { archive: path, index } => {
            let unreadable = |source| ModelError::Unreadable { path: path.clone(), source };
            let mut archive =
                ZipArchive::new(File::open(path).map_err(unreadable)?).map_err(|error| broken(path, &error))?;
            let entry = archive.by_index(*index).map_err(|error| broken(path, &error))?;
            let size = entry.size();
            if size > LARGEST {
                return Err(ModelError::Malformed {
                    reason: format!("a file in {} claims {size} bytes", path.display()),
                });
            }
            entry.take(size).read_to_end(bytes).map_err(unreadable)?;
        }
    }
    Ok(())
}

fn broken(path: &Path, error: &zip::result::ZipError) -> ModelError {
    ModelError::Malformed { reason: format!("{}: {error}", path.display()) }
}
