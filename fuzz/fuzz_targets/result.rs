//! Any line as what a worker says: either it is refused, or it can be judged, measured and shown without a panic, and
//! comes back the same from its JSON.
#![no_main]

use callgrade::call::{CallResult, HeardCall, Metadata};
use callgrade::report::wire::v1::write_line;
use callgrade::rubric::{Rubric, load};
use callgrade::supervisor::{Event, Judge, read_line};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const RUBRIC: &str = include_str!("../../rubrics/inbound-service-en.yaml");
const WORDS: &str = include_str!("../../rubrics/lexicons/en.yaml");

static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    let sources = [("rubric.yaml", RUBRIC), ("lexicons/en.yaml", WORDS)];
    let sources = BTreeMap::from(sources.map(|(name, text)| (name.to_owned(), text.to_owned())));
    let rubric: Option<Rubric> = load("rubric.yaml", &sources).ok().and_then(|loaded| loaded.rubric);
    Judge::new(vec![rubric.expect("a rubric that comes with the program")], None)
});

fn judge(heard: HeardCall) {
    let stored = serde_json::to_string(&heard).unwrap_or_default();
    let again: HeardCall = serde_json::from_str(&stored).expect("what is stored can be read");
    assert_eq!(serde_json::to_string(&again).unwrap_or_default(), stored);
    let metadata = Metadata::default();
    let graded = JUDGE.grade(&heard, "", &metadata);
    let (id, path) = ("c".to_owned(), "c.wav".to_owned());
    let (roles, measures, scorecards) = (graded.roles, graded.measures, graded.scorecards);
    let result = CallResult { id, path, metadata, heard, roles, measures, scorecards };
    let written = write_line(&mut std::io::sink(), &result);
    assert!(written.is_ok());
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(Event::Done { heard, .. })) = read_line::<Event>(&mut &bytes[..]) {
        judge(*heard);
    }
    if let Ok(heard) = serde_json::from_slice::<HeardCall>(bytes) {
        judge(heard);
    }
});
