//! The phrases of the shipped rubrics and lexicons, as the operators would take them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A list of phrases with what it is for.
pub struct List {
    pub name: String,
    pub mandarin: bool,
    pub forbidding: bool,
    pub phrases: Vec<String>,
    pub except: Vec<String>,
}

/// Keys of operators under which phrases stand.
const PHRASE_KEYS: &[&str] =
    &["any_of", "all_of", "parts", "say", "cue", "answer", "first", "second", "announced", "unless_announced"];

/// Every list of the rubrics in `folder`, and every lexicon that none of them names.
pub fn read(folder: &Path) -> Vec<List> {
    let mut lists = Vec::new();
    for language in ["zh", "en"] {
        let lexicons = lexicons(&folder.join("lexicons").join(format!("{language}.yaml")));
        let mut used = BTreeSet::from(["harmless".to_owned()]);
        let mut files: Vec<_> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.to_string_lossy().ends_with(&format!("-{language}.yaml"))) {
            let Some(rubric) = yaml(file) else { continue };
            let mut found =
                Found { lexicons: &lexicons, used: &mut used, lists: Vec::new(), mandarin: language == "zh" };
            found.walk(&rubric, false, "");
            lists.append(&mut found.lists);
        }
        for (name, phrases) in lexicons.iter().filter(|(name, _)| !used.contains(*name)) {
            let (name, phrases) = (name.clone(), phrases.clone());
            lists.push(List { name, mandarin: language == "zh", forbidding: false, phrases, except: Vec::new() });
        }
    }
    // The same list in several criteria counts once.
    let mut seen = BTreeSet::new();
    lists.retain(|list| seen.insert((list.forbidding, list.mandarin, list.phrases.clone())));
    lists
}

fn yaml(file: &Path) -> Option<Value> {
    serde_saphyr::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

fn lexicons(file: &Path) -> BTreeMap<String, Vec<String>> {
    let Some(Value::Object(all)) = yaml(file) else { return BTreeMap::new() };
    all.into_iter().map(|(name, phrases)| (name, strings(&phrases))).collect()
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

struct Found<'a> {
    lexicons: &'a BTreeMap<String, Vec<String>>,
    used: &'a mut BTreeSet<String>,
    lists: Vec<List>,
    mandarin: bool,
}

impl Found<'_> {
    fn walk(&mut self, value: &Value, forbidding: bool, id: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, forbidding, id)),
            Value::Object(map) => {
                let id = map.get("id").and_then(Value::as_str).unwrap_or(id);
                // `metadata` compares columns, not talk.
                let data = map.contains_key("column");
                for (key, value) in map {
                    if PHRASE_KEYS.contains(&key.as_str()) && !data && !strings(value).is_empty() {
                        let except = map.get("except").map(|except| self.expand(strings(except))).unwrap_or_default();
                        let phrases = self.expand(strings(value));
                        self.lists.push(List {
                            name: id.to_owned(),
                            mandarin: self.mandarin,
                            forbidding,
                            phrases,
                            except,
                        });
                    }
                    if key != "examples" {
                        self.walk(value, forbidding || key == "never_says", id);
                    }
                }
            }
            _ => {}
        }
    }

    fn expand(&mut self, entries: Vec<String>) -> Vec<String> {
        let mut phrases: Vec<String> = Vec::new();
        for entry in entries {
            match entry.strip_prefix("lexicon:") {
                Some(name) => {
                    self.used.insert(name.to_owned());
                    phrases.extend(self.lexicons.get(name).into_iter().flatten().cloned());
                }
                None => phrases.push(entry),
            }
        }
        phrases
    }
}
