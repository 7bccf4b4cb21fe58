//! Where models lie, and whether they are what was installed.
//!
//! A model called NAME is the file `ggml-NAME.bin`; `ggml-NAME.bin.sha256` beside it holds its hash in the format of
//! `sha256sum`, so that it can be checked without this program too.

use super::{ModelError, hash, registry};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// An installed model with its recorded hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelFile {
    /// Name, such as `base`; for a file outside the folders, its file name without `ggml-` and `.bin`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its recorded SHA-256, in hexadecimal.
    pub sha256: String,
}

impl ModelFile {
    /// The file's bytes, after comparing their hash with the recorded one: what was checked is what is used, even when
    /// the file is replaced meanwhile.
    ///
    /// # Errors
    /// [`ModelError::WrongHash`], [`ModelError::Unreadable`].
    pub fn read(&self) -> Result<Vec<u8>, ModelError> {
        let bytes =
            fs::read(&self.path).map_err(|source| ModelError::Unreadable { path: self.path.clone(), source })?;
        self.compare(hash::sha256(&bytes))?;
        Ok(bytes)
    }

    /// Compares the file's hash with the recorded one without keeping its bytes.
    ///
    /// # Errors
    /// [`ModelError::WrongHash`], [`ModelError::Unreadable`].
    pub fn verify(&self) -> Result<(), ModelError> {
        let mut hasher = hash::Hasher::default();
        hash::add_file(&mut hasher, &self.path)?;
        self.compare(hasher.finish().sha256)
    }

    fn compare(&self, actual: String) -> Result<(), ModelError> {
        if actual == self.sha256 {
            return Ok(());
        }
        let (path, expected) = (self.path.clone(), self.sha256.clone());
        Err(ModelError::WrongHash { path, kind: "SHA-256", expected, actual })
    }
}

/// The folders that models are looked for in; new ones go into the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders(Vec<PathBuf>);

impl Folders {
    /// Only `folder`: what the user named.
    pub fn only(folder: impl Into<PathBuf>) -> Self {
        Self(vec![folder.into()])
    }

    /// The usual places: `models` in the current folder, `models` beside the program or in the repository it was built
    /// in, then the user's own `data` folder. A place of the first two counts where it exists; `data` always does.
    pub fn usual(current: &Path, program: Option<&Path>, data: Option<&Path>) -> Self {
        let mut folders = Vec::new();
        let here = current.join("models");
        if is_models_folder(&here) {
            folders.push(here);
        }
        // target/release/callgrade lies two folders below the repository.
        let beside = program.into_iter().flat_map(|program| program.ancestors().skip(1).take(4));
        for place in beside.map(|folder| folder.join("models")).filter(|place| is_models_folder(place)) {
            if !folders.contains(&place) {
                folders.push(place);
            }
        }
        folders.extend(data.map(|data| data.join("callgrade").join("models")));
        if folders.is_empty() {
            folders.push(current.join("models"));
        }
        Self(folders)
    }

    /// All of them, in the order of search.
    pub fn paths(&self) -> &[PathBuf] {
        &self.0
    }

    /// Where new models go.
    pub fn target(&self) -> &Path {
        self.0.first().map_or(Path::new("models"), PathBuf::as_path)
    }

    /// The model called `name`, or the model file that `name` is the path of. Its hash is not compared yet.
    ///
    /// # Errors
    /// [`ModelError::Missing`], [`ModelError::Unknown`], [`ModelError::Unrecorded`].
    pub fn locate(&self, name: &str) -> Result<ModelFile, ModelError> {
        let file = registry::file_name(name);
        if let Some(path) = self.0.iter().map(|folder| folder.join(&file)).find(|path| path.is_file()) {
            return recorded(&path);
        }
        let path = Path::new(name);
        if path.is_file() {
            return recorded(path);
        }
        if !name.contains(['/', '\\']) && !name.ends_with(".bin") {
            registry::entry(name)?;
        }
        Err(ModelError::Missing { name: name.to_owned(), folders: self.0.clone() })
    }

    /// Every installed model, by name; a file without a recorded hash is listed with an empty one.
    pub fn installed(&self) -> Vec<ModelFile> {
        let mut found: Vec<ModelFile> = Vec::new();
        for entry in self.0.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().filter_map(Result::ok) {
            let path = entry.path();
            let Some(name) = name_of(&path) else { continue };
            if path.is_file() && !found.iter().any(|model| model.name == name) {
                let sha256 = recorded(&path).map(|model| model.sha256).unwrap_or_default();
                found.push(ModelFile { name, path, sha256 });
            }
        }
        found.sort();
        found
    }
}

/// A folder called `models` that is ours: it holds the registry, a model, or nothing yet.
fn is_models_folder(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    let mut names = entries.filter_map(Result::ok).map(|entry| entry.path()).peekable();
    names.peek().is_none() || names.any(|path| path.ends_with("registry.toml") || name_of(&path).is_some())
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.strip_prefix("ggml-")?.strip_suffix(".bin")?.to_owned())
}

fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

fn recorded(path: &Path) -> Result<ModelFile, ModelError> {
    let text = fs::read_to_string(sidecar(path)).unwrap_or_default();
    let sha256 = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if sha256.len() != 64 {
        return Err(ModelError::Unrecorded { path: path.to_owned() });
    }
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ModelFile { name: name_of(path).unwrap_or_else(stem), path: path.to_owned(), sha256 })
}

/// Makes the finished file `from` (in the same folder) the model called `name`: first its hash, then, in one step, the
/// file itself.
pub(super) fn install(from: &Path, folder: &Path, name: &str, sha256: String) -> Result<ModelFile, ModelError> {
    let path = folder.join(registry::file_name(name));
    let record = sidecar(&path);
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        writeln!(file, "{sha256}  {}", registry::file_name(name))?;
        readable_by_all(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&record).map_err(|error| error.error)
    });
    written.map_err(|source| ModelError::Unwritable { path: record, source })?;
    fs::rename(from, &path).map_err(|source| ModelError::Unwritable { path: path.clone(), source })?;
    Ok(ModelFile { name: name.to_owned(), path, sha256 })
}

/// Temporary files are their owner's alone; weights are no secret, and other users of the machine may share them.
#[cfg(unix)]
pub(super) fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(super) fn readable_by_all(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(folder: &Path) -> ModelFile {
        fs::write(folder.join("new"), b"weights").unwrap();
        install(&folder.join("new"), folder, "base", hash::sha256(b"weights")).unwrap()
    }

    #[test]
    fn one_changed_byte_is_found_with_both_hashes() {
        let folder = tempfile::tempdir().unwrap();
        let model = installed(folder.path());
        let folders = Folders::only(folder.path());
        assert_eq!(folders.locate("base").unwrap().read().unwrap(), b"weights");
        fs::write(&model.path, b"weightz").unwrap();
        let error = folders.locate("base").unwrap().read().unwrap_err().to_string();
        assert!(error.contains(&model.sha256) && error.contains(&hash::sha256(b"weightz")), "{error}");
        fs::write(&model.path, b"weight").unwrap();
        assert!(matches!(folders.locate("base").unwrap().verify(), Err(ModelError::WrongHash { .. })));
    }

    #[test]
    fn a_file_without_a_recorded_hash_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ggml-mine.bin");
        fs::write(&path, b"weights").unwrap();
        let folders = Folders::only(folder.path());
        assert!(matches!(folders.locate("mine"), Err(ModelError::Unrecorded { .. })));
        assert!(matches!(folders.locate(path.to_str().unwrap()), Err(ModelError::Unrecorded { .. })));
        assert_eq!(folders.installed()[0].sha256, "");
    }

    #[test]
    fn a_missing_model_is_told_from_an_unknown_one() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::only(folder.path());
        assert!(matches!(folders.locate("small"), Err(ModelError::Missing { .. })));
        assert!(matches!(folders.locate("smal"), Err(ModelError::Unknown { near: Some(_), .. })));
    }

    #[test]
    fn the_folder_here_comes_before_the_users_own() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let without = Folders::usual(folder.path(), None, Some(&data));
        assert_eq!(without.target(), data.join("callgrade/models"));
        fs::create_dir(folder.path().join("models")).unwrap();
        let with = Folders::usual(folder.path(), None, Some(&data));
        assert_eq!(with.target(), folder.path().join("models"));
        assert_eq!(with.paths().len(), 2);
    }
}
