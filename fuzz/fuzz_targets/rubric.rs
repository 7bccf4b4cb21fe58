//! Any text as a rubric: reading ends without a panic, and every place of a mistake lies inside the text.
#![no_main]

use callgrade::rubric::load;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|text: String| {
    let sources = BTreeMap::from([("rubric".to_owned(), text)]);
    let loaded = load("rubric", &sources);
    let text = &sources["rubric"];
    for mistake in loaded.iter().flat_map(|loaded| &loaded.diagnostics) {
        assert!(text.get(mistake.primary.span.clone()).is_some(), "{mistake:?}");
    }
});
