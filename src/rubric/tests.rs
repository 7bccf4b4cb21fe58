use super::*;
use crate::diagnostic::Severity;

const BASE: &str = r#"
format: 1
id: base
title: Base
language: en
slots: { company: [Acme] }
lexicons: [words.yaml]
sections:
  - id: opening
    title: Opening
    weight: 10
    criteria:
      - { id: greeting, title: Greets, points: 5, check: { says: { any_of: ["hello {company}"] } } }
      - { id: rude, title: Rude, deduct: 5, cap: 9, check: { never_says: { any_of: "lexicon:rude" } } }
      - { id: offer, title: Offers help, points: 5, check: { says: { any_of: ["help you"] } } }
"#;

fn sources(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn errors(loaded: &Loaded) -> Vec<String> {
    let errors = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| format!("{} {}: {}", it.file, it.code.id(), it.message)).collect()
}

#[test]
fn a_rubric_builds_on_another() {
    let own = r#"
format: 1
id: mine
title: Mine
language: en
include: [shared/base.yaml]
without: [offer]
slots: { company: [Bolt] }
sections:
  - id: opening
    weight: 30
    criteria:
      - { id: rude, points: 2 }
      - { id: bye, title: Says goodbye, points: 1, check: { says: { any_of: ["goodbye"] } } }
"#;
    let files =
        sources(&[("r/mine.yaml", own), ("r/shared/base.yaml", BASE), ("r/shared/words.yaml", "rude: [shut up]\n")]);
    let loaded = load("r/mine.yaml", &files).unwrap();
    assert_eq!(errors(&loaded), Vec::<String>::new());
    let rubric = loaded.rubric.unwrap();
    let section = &rubric.sections[0];
    assert_eq!((rubric.id.as_str(), section.title.as_str(), section.weight), ("mine", "Opening", 30.0));
    let criteria: Vec<(&str, Worth)> = section.criteria.iter().map(|it| (it.id.as_str(), it.worth)).collect();
    let points = Worth::Points;
    assert_eq!(criteria, [("greeting", points(5.0)), ("rude", points(2.0)), ("bye", points(1.0))]);
    assert_eq!(rubric.slots["company"], ["Bolt"]);
}

#[test]
fn lexicons_of_both_kinds_stand_together_and_the_own_ones_win() {
    let own = "format: 1\nid: mine\ntitle: Mine\nlanguage: en\ninclude: base.yaml\nlexicons: { rude: [be quiet], kind: [dear] }\n\
               sections:\n  - id: open\n    criteria:\n      - { id: kind, title: Kind, points: 1, check: { says: { any_of: \"lexicon:kind\" } } }\n";
    let base = BASE.replace("id: opening", "id: open");
    let files = sources(&[("mine.yaml", own), ("base.yaml", &base), ("words.yaml", "rude: [shut up]\n")]);
    let loaded = load("mine.yaml", &files).unwrap();
    assert_eq!(errors(&loaded), Vec::<String>::new());
    let rubric = loaded.rubric.unwrap();
    let checks = rubric.sections.iter().flat_map(|section| &section.criteria).map(|it| &it.check);
    let phrases: Vec<&str> = checks.flat_map(|check| check.phrases()).map(|demand| demand.phrase).collect();
    assert!(phrases.contains(&"be quiet") && !phrases.contains(&"shut up"), "{phrases:?}");
}

#[test]
fn only_what_is_included_is_left_out() {
    let own = "format: 1\nid: mine\ntitle: Mine\nlanguage: en\ninclude: base.yaml\nwithout: [greeting]\n\
               sections:\n  - id: opening\n    criteria:\n      - { id: greeting, title: Own, points: 7, check: { says: { any_of: good day } } }\n";
    let files = sources(&[("mine.yaml", own), ("base.yaml", BASE), ("words.yaml", "rude: [shut up]\n")]);
    let rubric = load("mine.yaml", &files).unwrap().rubric.unwrap();
    let mut criteria = rubric.sections.iter().flat_map(|section| &section.criteria);
    assert!(criteria.any(|it| it.title == "Own" && it.worth == Worth::Points(7.0)));
}

#[test]
fn mistakes_in_other_files_are_shown_there() {
    let own = "format: 1\nid: mine\ntitle: Mine\ninclude: base.yaml\nsections: []\n";
    let base = BASE.replace("points: 5", "piont: 5");
    let files = sources(&[("mine.yaml", own), ("base.yaml", &base), ("words.yaml", "rude: 3\n")]);
    let found = errors(&load("mine.yaml", &files).unwrap());
    assert!(found.contains(&"base.yaml unknown-key: unknown key `piont`".to_owned()), "{found:#?}");
    assert!(found.iter().any(|it| it.starts_with("words.yaml wrong-type")), "{found:#?}");
}

#[test]
fn the_hash_is_that_of_all_texts_and_of_nothing_else() {
    let hash = |folder: &str, words: &str| {
        let files = sources(&[(&format!("{folder}base.yaml"), BASE), (&format!("{folder}words.yaml"), words)]);
        load(&format!("{folder}base.yaml"), &files).unwrap().rubric.unwrap().hash
    };
    assert_eq!(hash("", "rude: [shut up]\n"), hash("elsewhere/", "rude: [shut up]\n"));
    assert_ne!(hash("", "rude: [shut up]\n"), hash("", "rude: [shut up, go away]\n"));
}

#[test]
fn criteria_come_after_what_their_windows_refer_to() {
    let own = BASE.replace("any_of: [\"hello {company}\"]", "within: { after: offer }, any_of: [\"hello {company}\"]");
    let files = sources(&[("base.yaml", &own), ("words.yaml", "rude: [shut up]\n")]);
    let rubric = load("base.yaml", &files).unwrap().rubric.unwrap();
    assert_eq!(rubric.order, [(0, 1), (0, 2), (0, 0)]);
}

#[test]
fn the_starters_have_no_mistakes_and_no_warnings() {
    for language in ["en", "zh"] {
        let files = sources(&[("starter.yaml", starter(language).unwrap())]);
        let loaded = load("starter.yaml", &files).unwrap();
        assert_eq!(loaded.diagnostics, []);
        assert_eq!(loaded.rubric.unwrap().language, language);
    }
}
