//! The rubrics of a run: read from disk, all mistakes shown at once.

use super::{Console, Exit, Failure, diagnostics, printable, rubric};
use crate::diagnostic::Severity;
use crate::rubric::{self as rubrics, Rubric};
use crate::store::StoredRubric;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Reads the rubrics at `paths`, and gives them with what the store keeps of them.
///
/// # Errors
/// [`Exit::Usage`] where one cannot be used; its mistakes have been printed then.
pub(super) fn load(paths: &[PathBuf], console: &Console) -> anyhow::Result<(Vec<Rubric>, Vec<StoredRubric>)> {
    let mut found: Vec<Rubric> = Vec::new();
    let mut stored = Vec::new();
    let mut broken = 0;
    for path in paths {
        let loaded = rubric::load(path)?;
        let text_of = |file: &str| loaded.files.iter().find(|one| one.name == file).map_or("", |one| one.text.as_str());
        // Warnings are the author's business (`rubric check`); a run is stopped by errors only.
        let errors: Vec<_> = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error).cloned().collect();
        diagnostics::print(&errors, text_of, console);
        let texts: BTreeMap<String, String> =
            loaded.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
        let Some(rubric) = loaded.rubric else {
            broken += 1;
            continue;
        };
        if found.iter().any(|one| one.id == rubric.id) {
            let twice = format!("two rubrics have the id `{}`", printable(&rubric.id));
            return Err(Failure::new(Exit::Usage, twice).into());
        }
        stored.push(StoredRubric {
            hash: rubric.hash.clone(),
            name: path.to_string_lossy().into_owned(),
            title: rubric.title.clone(),
            version: rubric.version.clone(),
            sources: StoredRubric::sources_of(&texts),
        });
        found.push(rubric);
    }
    if broken > 0 {
        let message = match broken {
            1 => "a rubric cannot be used; nothing was started".to_owned(),
            more => format!("{more} rubrics cannot be used; nothing was started"),
        };
        return Err(Failure::new(Exit::Usage, message).into());
    }
    Ok((found, stored))
}

/// The rubric that was stored, made again from its texts.
pub(super) fn again(stored: &StoredRubric) -> Option<Rubric> {
    rubrics::load(&stored.name, &stored.texts()).ok()?.rubric
}
