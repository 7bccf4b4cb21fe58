//! The shipped rubrics: free of mistakes, true to their examples, and silent about harmless talk.

use callgrade::call::{Outcome, script};
use callgrade::grade::findings;
use callgrade::rubric::{self, Rubric, SourceError, Sources, run_examples};
use std::path::{Path, PathBuf};

struct Folder(PathBuf);

impl Sources for Folder {
    fn text(&self, path: &str) -> Result<String, SourceError> {
        std::fs::read_to_string(self.0.join(path)).map_err(|_| SourceError::Missing)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<Rubric> {
    let folder = root().join("rubrics");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| {
            let loaded = rubric::load(name, &Folder(folder.clone())).unwrap();
            let mistakes: Vec<&str> = loaded.diagnostics.iter().map(|mistake| mistake.message.as_str()).collect();
            assert!(mistakes.is_empty(), "{name}: {mistakes:#?}");
            loaded.rubric.unwrap()
        })
        .collect()
}

#[test]
fn shipped_rubrics_have_no_mistakes_and_keep_their_examples() {
    let rubrics = shipped();
    assert!(rubrics.len() >= 8, "{} rubrics", rubrics.len());
    for rubric in &rubrics {
        let runs = run_examples(rubric, &findings);
        assert!(!runs.is_empty(), "{} has no examples", rubric.id);
        for run in runs {
            assert!(run.is_as_expected(), "{} {}: {:?}", rubric.id, run.criterion.id, run);
        }
    }
}

/// Sentences that any good agent says: not one may be held against the speaker.
#[test]
fn harmless_talk_is_never_held_against_the_agent() {
    let (rubrics, mut accusations) = (shipped(), Vec::new());
    for (language, reply) in [("zh", "好的。"), ("en", "All right.")] {
        let file = root().join(format!("tests/rubrics/harmless-{language}.txt"));
        let mut call = format!("@language={language}\n");
        for line in std::fs::read_to_string(file).unwrap().lines() {
            call.push_str(&format!("agent: {line}\ncustomer: {reply}\n"));
        }
        let (heard, metadata, roles) = script::parse(&call).unwrap();
        for rubric in rubrics.iter().filter(|rubric| rubric.language == language) {
            let found = findings(rubric, &heard, &metadata, &roles);
            for (section, findings) in rubric.sections.iter().zip(&found) {
                for (criterion, finding) in section.criteria.iter().zip(findings) {
                    let accusing = criterion.check.phrases().iter().any(|demand| demand.forbidden);
                    let accused = accusing && !matches!(finding.outcome, Outcome::Pass | Outcome::NotApplicable);
                    if accused {
                        let quotes = finding.evidence.iter().map(|hit| format!("{} <- {}", hit.quote, hit.matched));
                        accusations.push((&rubric.id, &criterion.id, quotes.collect::<Vec<_>>()));
                    }
                }
            }
        }
    }
    assert!(accusations.is_empty(), "{accusations:#?}");
}
