//! The report as a folder of HTML pages that open from disk in any browser: no server, no network, nothing to install.
//!
//! Takes the results one after the other and writes a page for each as it passes; only short rows of each call stay in
//! memory for the pages over many calls. Every text from a recording or a list is escaped, and each page forbids any
//! script, style or load but its own.

mod agents;
mod call;
mod criteria;
mod day;
mod folder;
mod frame;
mod highlight;
mod insights;
mod rows;
mod timeline;

pub use frame::Settings;

use super::agents::Agent;
use super::language::Language;
use super::phrases::Phrases;
use super::review;
use super::summary::Summary;
use super::words::Words;
use crate::call::{CallResult, Speaker};
use folder::Folder;
use frame::Style;
use std::path::{Path, PathBuf};

/// Why a site could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file or folder of the site.
    #[error("write {}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A page.
    #[error("lay out a page")]
    Page(#[from] askama::Error),
    /// A result.
    #[error("read a call's result")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// How many pages.
    pub pages: usize,
    /// The calls in short, for other outputs.
    pub summary: Summary,
}

/// Phrases, complaints and feelings over all calls.
#[derive(Default)]
struct Said {
    agents: Phrases,
    customers: Phrases,
}

/// Writes the site of `results` into `out_dir`.
///
/// # Errors
/// Where a result can't be read or a page can't be written.
pub fn write<E>(
    results: impl IntoIterator<Item = Result<CallResult, E>>,
    settings: &Settings<'_>,
    out_dir: &Path,
) -> Result<Written, SiteError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let style = Style::new();
    let mut folder = Folder::create(out_dir)?;
    let mut summary = Summary::default();
    let mut said = Said::default();
    for result in results {
        let result = result.map_err(|error| SiteError::Read(error.into()))?;
        summary.add(&result, settings.language);
        let roles = &result.roles;
        let side = |speaker: Speaker| {
            let turns = result.heard.transcript.turns.iter();
            turns.filter(move |turn| roles.of(turn.channel) == speaker).map(|turn| turn.text.as_str())
        };
        let language = &result.heard.transcript.language;
        said.agents.add(side(Speaker::Agent), language);
        said.customers.add(side(Speaker::Customer), language);
        call::write(&result, settings, &style, &mut folder)?;
    }
    let queue = review::queue(&summary);
    let everyone = Agent::of(summary.calls.iter().collect());
    let agents = Agent::all(&summary);
    let view = View { summary: &summary, queue: &queue, everyone: &everyone, agents: &agents, settings, style: &style };
    day::write(&view, &mut folder)?;
    agents::write(&view, &mut folder)?;
    criteria::write(&view, &mut folder)?;
    insights::write(&view, &said, &mut folder)?;
    let pages = folder.pages();
    folder.sweep()?;
    Ok(Written { pages, summary })
}

/// All that the pages over many calls are made from.
struct View<'a> {
    summary: &'a Summary,
    queue: &'a [review::Entry],
    everyone: &'a Agent<'a>,
    agents: &'a [Agent<'a>],
    settings: &'a Settings<'a>,
    style: &'a Style,
}

impl View<'_> {
    fn words(&self) -> &'static Words {
        Words::of(self.settings.language)
    }

    /// The title of a criterion by its places.
    fn title(&self, (rubric, criterion): (usize, usize)) -> &str {
        let entry = &self.summary.rubrics[rubric].criteria[criterion];
        if entry.title.is_empty() { &entry.id } else { &entry.title }
    }

    /// Stem of a criterion's page by its places.
    fn criterion_stem(&self, (rubric, criterion): (usize, usize)) -> String {
        let rubric = &self.summary.rubrics[rubric];
        super::names::file_stem(&format!("{} {}", rubric.criteria[criterion].id, rubric.id))
    }

    /// The mark between a list's items.
    fn comma(&self) -> &'static str {
        if self.settings.language == Language::Zh { "、" } else { ", " }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use std::convert::Infallible;
    use std::fs;

    /// Writes the sample's first `calls` calls into a folder.
    fn sample_site(calls: usize, language: Language, out_dir: &Path) -> Written {
        let results = (0..calls).map(|index| Ok::<_, Infallible>(sample::call(index)));
        let settings = Settings { language, folder: "results".into(), audio: &|_| Some("../tone.wav".into()) };
        write(results, &settings, out_dir).unwrap()
    }

    /// The pages in a real browser; says so and passes where there is none.
    #[test]
    fn pages_work_in_a_browser() {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/check.mjs");
        for (language, name) in [(Language::En, "en"), (Language::Zh, "zh")] {
            sample_site(12, language, &folder.path().join(name));
            let silence =
                crate::report::clips::Clip { channels: vec![vec![0.0; 16_000 * 90]], covered: crate::call::Ms(0) };
            silence.write(fs::File::create(folder.path().join(name).join("tone.wav")).unwrap()).unwrap();
        }
        let mut node = std::process::Command::new("node");
        let Ok(output) = node.arg(script).arg(folder.path().join("en")).arg(folder.path().join("zh")).output() else {
            eprintln!("skipped: node is not installed");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.code() == Some(77) {
            eprintln!("{said}");
            return;
        }
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }

    fn pages(folder: &Path) -> Vec<(PathBuf, String)> {
        let mut pages = Vec::new();
        for inside in ["", "calls", "agents", "criteria"] {
            for entry in fs::read_dir(folder.join(inside)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    pages.push((path.clone(), fs::read_to_string(&path).unwrap()));
                }
            }
        }
        pages.sort();
        pages
    }

    #[test]
    fn hostile_names_and_transcripts_stay_text() {
        let folder = tempfile::tempdir().unwrap();
        sample_site(40, Language::En, folder.path());
        let pages = pages(folder.path());
        assert!(pages.len() > 50);
        for (path, page) in &pages {
            assert_eq!(page.matches("<script").count(), 1, "{}", path.display());
            assert!(!page.contains("<img"), "{}", path.display());
            assert!(!page.contains("http://") && !page.contains("https://"), "{}", path.display());
        }
        assert!(pages.iter().any(|(_, page)| page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;")));
    }

    #[test]
    fn every_link_leads_to_a_page() {
        let folder = tempfile::tempdir().unwrap();
        sample_site(40, Language::Zh, folder.path());
        for (path, page) in pages(folder.path()) {
            for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let (file, place) = link.split_once('#').unwrap_or((link, ""));
                if file.is_empty() {
                    assert!(page.contains(&format!("id=\"{place}\"")), "{link} in {}", path.display());
                } else {
                    assert!(path.parent().unwrap().join(file).is_file(), "{link} in {}", path.display());
                }
            }
        }
    }

    #[test]
    fn the_same_results_give_the_same_bytes_and_no_page_is_left_over() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        sample_site(60, Language::En, one.path());
        sample_site(30, Language::En, one.path());
        sample_site(30, Language::En, other.path());
        let strip = |folder: &Path| -> Vec<(PathBuf, String)> {
            pages(folder)
                .into_iter()
                .map(|(path, page)| (path.strip_prefix(folder).unwrap().to_owned(), page))
                .collect()
        };
        assert!(strip(one.path()) == strip(other.path()));
    }
}
