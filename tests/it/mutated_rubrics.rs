//! Rubrics that were damaged at random: whatever stands in a file, reading it ends, without a panic, and every place
//! of a mistake lies inside its file. `CALLGRADE_FUZZ_INPUTS` sets how many are tried.

use callgrade::diagnostic::Severity;
use callgrade::rubric::{load, starter};
use std::collections::BTreeMap;
use std::path::Path;

/// A small generator of numbers (xorshift64*), so that a failure can be repeated from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }
}

/// Pieces that mean something in a rubric, for putting in.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "  ",
    "\t",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "? ",
    "| ",
    ">\n",
    "#",
    "'",
    "\"",
    "\\",
    "---\n",
    "%YAML 1.2\n",
    "null",
    ".nan",
    "-.inf",
    "1e999",
    "0x10",
    "99999999999999999999",
    "-1",
    "0s",
    "{company}",
    "(",
    ")?",
    "|",
    "lexicon:",
    "lexicon:rude",
    "any_of",
    "all_of",
    "not",
    "when",
    "says",
    "never_says",
    "within",
    "after",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{0}",
    "王",
    "𠀀",
    "é",
    "agent 0s: x",
    "points: 1",
    "include: [rubric]",
    "sections:",
    "marks:",
];

fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> = ["en", "zh"].into_iter().filter_map(starter).map(str::to_owned).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rubrics/bad");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let yaml = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    seeds.extend(yaml.map(|path| std::fs::read_to_string(path).unwrap()).filter(|text| text.len() < 4000));
    seeds
}

/// `seed` with a few changes: pieces put in, cut out, doubled, swapped with another seed's, or bytes set at random.
fn damaged(seeds: &[String], random: &mut Random) -> String {
    let mut text = seeds[random.below(seeds.len())].clone().into_bytes();
    for _ in 0..1 + random.below(4) {
        let at = random.below(text.len() + 1);
        let to = (at + random.below(40)).min(text.len());
        match random.below(6) {
            0 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            1 => drop(text.drain(at..to)),
            2 => {
                let piece = text[at..to].to_vec();
                let place = random.below(text.len() + 1);
                text.splice(place..place, piece);
            }
            3 => {
                let other = seeds[random.below(seeds.len())].as_bytes();
                let from = random.below(other.len() + 1);
                let piece = &other[from..(from + random.below(200)).min(other.len())];
                text.splice(at..to, piece.iter().copied());
            }
            4 => text.truncate(at.max(1)),
            _ => text[at..to].iter_mut().for_each(|byte| *byte = random.next() as u8),
        }
    }
    if random.below(50) == 0 {
        text = (0..random.below(300)).map(|_| random.next() as u8).collect();
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn nothing_in_a_rubric_makes_its_reading_panic() {
    let inputs = std::env::var("CALLGRADE_FUZZ_INPUTS").ok().and_then(|count| count.parse().ok()).unwrap_or(500_u64);
    let first = std::env::var("CALLGRADE_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let seeds = seeds();
    let (mut refused, mut taken) = (0, 0);
    for input in first..first + inputs {
        let text = damaged(&seeds, &mut Random(input.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
        let sources = BTreeMap::from([("rubric".to_owned(), text)]);
        let loaded = std::panic::catch_unwind(|| load("rubric", &sources))
            .unwrap_or_else(|_| panic!("input {input} panics:\n{}", sources["rubric"]));
        let loaded = loaded.unwrap();
        let text = &sources["rubric"];
        for mistake in &loaded.diagnostics {
            let places = std::iter::once(&mistake.primary).chain(&mistake.others);
            for span in places.map(|label| &label.span) {
                assert!(text.get(span.clone()).is_some(), "input {input}: {mistake:?} is outside\n{text}");
            }
        }
        let has_error = loaded.diagnostics.iter().any(|it| it.severity == Severity::Error);
        assert_eq!(loaded.rubric.is_none(), has_error, "input {input}: {:?}\n{text}", loaded.diagnostics);
        *(if has_error { &mut refused } else { &mut taken }) += 1;
    }
    assert!(refused > 0 && taken > 0, "{refused} refused, {taken} taken: the changes are too mild or too rough");
}
