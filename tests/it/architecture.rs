//! The layers of the library: a module may use only modules of the levels below its own.

use std::path::{Path, PathBuf};

/// Lowest level first; modules on one level do not see each other.
const LEVELS: &[&[&str]] = &[
    &["diagnostic", "text"],
    &["call"],
    &["audio", "speech", "asr", "operators", "model"],
    &["rubric"],
    &["grade"],
    &["report", "store"],
    &["pipeline", "supervisor"],
    &["cli"],
];

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|modules| modules.contains(&module))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Names of the top-level modules that `source` names as `crate::NAME`, outside its tests and comments.
fn used_modules(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.match_indices("crate::")
        .flat_map(|(start, prefix)| {
            let rest = &code[start + prefix.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => top_level_names(group),
                None => vec![leading_name(rest)],
            };
            names.into_iter().filter(|name| !name.is_empty())
        })
        .collect()
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// The names at the outer level of `use crate::{a::x, b::{c, d}}`.
fn top_level_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut at_start = true;
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            _ if at_start && !character.is_whitespace() => {
                names.push(leading_name(&group[index..]));
                at_start = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn modules_use_only_lower_levels() {
    let source_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source_folder, &mut files);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in files {
        let relative = file.strip_prefix(&source_folder).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let own = first.trim_end_matches(".rs").to_string();
        let Some(own_level) = level(&own) else {
            assert!(
                ["lib", "main"].contains(&own.as_str()),
                "{own} is in no level: add it to LEVELS and to src/lib.rs"
            );
            continue;
        };
        for used in used_modules(&std::fs::read_to_string(&file).unwrap()) {
            let Some(used_level) = level(&used) else { continue };
            checked += 1;
            if used != own && used_level >= own_level {
                wrong.push(format!("{} uses crate::{used}", relative.display()));
            }
        }
    }
    assert!(checked > 50, "only {checked} uses were read: is the reader broken?");
    assert!(wrong.is_empty(), "against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_sees_grouped_and_nested_uses() {
    assert_eq!(used_modules("use crate::{text::{a, b}, call};\nuse crate::store::Store;"), ["text", "call", "store"]);
    assert!(used_modules("// crate::cli is not used").is_empty());
}
