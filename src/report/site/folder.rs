//! The folder that a site is written to: private files, and no page left over from an earlier report.

use super::SiteError;
use crate::report::names::is_page;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folders of pages that are named after calls, agents and criteria.
const NAMED: [&str; 3] = ["calls", "agents", "criteria"];

/// A site's folder while it is written.
pub struct Folder {
    root: PathBuf,
    written: BTreeSet<String>,
}

impl Folder {
    /// Makes the folder and those inside it, for their owner only.
    ///
    /// # Errors
    /// Where a folder can't be made.
    pub fn create(root: &Path) -> Result<Self, SiteError> {
        for name in std::iter::once("").chain(NAMED) {
            let path = root.join(name);
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(&path).map_err(|source| SiteError::Write { path, source })?;
        }
        Ok(Self { root: root.to_owned(), written: BTreeSet::new() })
    }

    /// Writes the page `name`, a path inside the folder that this program made up.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn page(&mut self, name: &str, page: &impl askama::Template) -> Result<(), SiteError> {
        let text = page.render()?;
        let path = self.root.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| SiteError::Write { path, source })?;
        self.written.insert(name.to_owned());
        Ok(())
    }

    /// How many pages were written.
    pub fn pages(&self) -> usize {
        self.written.len()
    }

    /// Removes pages of an earlier report: files in the folders of named pages that bear such a page's name.
    ///
    /// # Errors
    /// Where a folder can't be read or a page can't be removed.
    pub fn sweep(self) -> Result<(), SiteError> {
        // Further pages of tables that were longer then. They are numbered without gaps.
        for table in super::rows::TABLES {
            for number in 2.. {
                let name = super::rows::part_file(table, number);
                let path = self.root.join(&name);
                if self.written.contains(&name) {
                    continue;
                }
                match fs::remove_file(&path) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                    Err(source) => return Err(SiteError::Write { path, source }),
                }
            }
        }
        for name in NAMED {
            let folder = self.root.join(name);
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |source| SiteError::Write { path, source }
            };
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let entry = entry.map_err(failed(&folder))?;
                let file = entry.file_name();
                let Some(file) = file.to_str() else { continue };
                // A page's sound lies beside it and goes with it.
                let Some(stem) = file.strip_suffix(".html").or_else(|| file.strip_suffix(".wav")) else { continue };
                if is_page(stem) && !self.written.contains(&format!("{name}/{stem}.html")) {
                    fs::remove_file(entry.path()).map_err(failed(&entry.path()))?;
                }
            }
        }
        Ok(())
    }
}
