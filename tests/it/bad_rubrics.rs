//! Broken rubrics: each beside what `rubric check` says of it, and every code shown by at least one of them.

use crate::operators::compare;
use callgrade::diagnostic::{Code, Severity};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rubrics/bad")
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Runs `rubric check` in the folder of broken rubrics; gives its exit code and both its outputs.
fn check(name: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_callgrade"))
        .args(["rubric", "check", &format!("{name}.yaml")])
        .current_dir(folder())
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_mistake_is_shown_with_its_place() {
    let names = names();
    assert!(names.len() >= 40, "{}", names.len());
    let mut seen = BTreeSet::new();
    for name in names {
        let (exit, out, messages) = check(&name);
        // A name begins with the code that it shows, or says that there are only warnings.
        let is_warning = name.starts_with("warnings-");
        assert_eq!(exit, if is_warning { 0 } else { 2 }, "{name}: {messages}");
        assert!(is_warning || messages.contains("error["), "{name}: {messages}");
        for code in Code::ALL {
            let kind = if code.severity() == Severity::Error { "error" } else { "warning" };
            if messages.contains(&format!("{kind}[{}]", code.id())) {
                seen.insert(code.id());
            }
        }
        compare(&format!("tests/rubrics/bad/{name}.txt"), &format!("exit {exit}\n{out}\n{messages}"));
    }
    let missing: Vec<&str> = Code::ALL.iter().map(|code| code.id()).filter(|id| !seen.contains(id)).collect();
    assert!(missing.is_empty(), "no broken rubric shows {missing:?}");
}

#[test]
fn a_rubric_that_is_no_file_or_no_text_is_refused() {
    let (exit, _, messages) = check("does-not-exist");
    assert_eq!((exit, messages.contains("there is no such file")), (2, true), "{messages}");
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("latin1.yaml");
    std::fs::write(&path, b"title: caf\xe9\n").unwrap();
    let (exit, _, messages) = check(path.with_extension("").to_str().unwrap());
    assert_eq!((exit, messages.contains("not UTF-8")), (2, true), "{messages}");
}
