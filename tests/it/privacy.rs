//! Nothing personal leaves a call but through its transcript, and nothing leaves the machine.

use crate::bench::{Bench, PROGRAM, SCORE, code, message};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// A made card number and a made telephone number, in the ways they are said and written. None may be found anywhere.
const CANARIES: [&str; 12] = [
    "4111 1111",
    "41111111",
    "4111-1111",
    "four one one one one",
    "四一一一一一",
    "肆壹",
    "1391234",
    "139 1234",
    "139-1234",
    "one three nine one two",
    "幺三九幺二三",
    "一三九一二三",
];

const TALK: &str = "\
agent 0s-2s: good morning, your card number please
customer 2s-5s: it is four one one one one one one one um one one one one one one one one
agent 5s-8s: that is 4111 1111 1111 1111, and your telephone number?
customer 8s-11s: one three nine one two three four five six seven eight, or 139-1234-5678
customer 11s-15s: 我的卡号是四一一一一一一一一一一一一一一一,电话幺三九幺二三四五六七八
agent 15s-18s: 您的电话是13912345678,对吗
";

/// Everything in a folder as bytes, the insides of spreadsheets too, with the names of the files.
fn everything(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, into);
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        if let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) {
            for index in 0..archive.len() {
                let mut inside = Vec::new();
                archive.by_index(index).unwrap().read_to_end(&mut inside).unwrap();
                into.push((format!("{name}!{index}"), inside));
            }
        }
        into.push((name, bytes));
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn no_canary_is_in_any_file_or_output_at_any_verbosity() {
    let bench = Bench::new();
    bench.call("calls/13912345678 zanzibar", 20, TALK);
    bench.call("calls/139-1234-5678", 20, &TALK.replace("good morning", "what do you want, zanzibar"));
    bench.write("calls/13912345678.wav", "no recording at all");
    fs::create_dir(bench.path("tmp")).unwrap();
    let mut shown: Vec<(String, Vec<u8>)> = Vec::new();
    let mut run = |arguments: &[&str], codes: &[i32]| {
        let output =
            bench.command(arguments).env("TMPDIR", bench.path("tmp")).env("RUST_LOG", "trace").output().unwrap();
        assert!(codes.contains(&code(&output)), "{arguments:?}: {}", message(&output));
        shown.push((format!("standard error of {arguments:?}"), output.stderr));
        shown.push((format!("standard output of {arguments:?}"), output.stdout));
    };
    run(&[SCORE, &["--names", "hash", "-vvv"]].concat(), &[3]);
    run(&[SCORE, &["--names", "hash", "-vvv", "--json", "--force", "--in-process"]].concat(), &[3]);
    run(&["report", "results", "--to", "site", "-vvv"], &[0]);
    for format in ["jsonl", "csv", "xlsx"] {
        run(&["export", "results", "--format", format, "--output", &format!("site/all.{format}"), "-vvv"], &[0]);
    }
    let log_end = shown.len();
    let mut found = Vec::new();
    everything(&bench.path("results"), &mut found);
    everything(&bench.path("site"), &mut found);
    everything(&bench.path("tmp"), &mut found);
    assert!(found.len() > 5, "{:?}", found.iter().map(|(name, _)| name).collect::<Vec<_>>());
    assert!(
        fs::read_dir(bench.path("tmp")).unwrap().next().is_none(),
        "nothing is left in the folder for passing things"
    );
    for (name, bytes) in found.iter().chain(&shown) {
        assert!(!contains(name.as_bytes(), "1391234"), "{name}");
        for canary in CANARIES {
            assert!(!contains(bytes, canary), "{canary} is in {name}");
        }
    }
    // The masks are there, so the words were looked at and not lost; and the logs never tell what was said.
    assert!(found.iter().any(|(_, bytes)| contains(bytes, "[card]")));
    assert!(found.iter().any(|(_, bytes)| contains(bytes, "zanzibar")), "words without numbers are kept");
    for (name, bytes) in shown[..log_end].iter().filter(|(name, _)| name.starts_with("standard error")) {
        assert!(!contains(bytes, "zanzibar") && !contains(bytes, "telephone number"), "{name} tells what was said");
    }
}

#[test]
fn scoring_needs_no_network() {
    let alone = [&["-n"][..], &["-r", "-n"]].into_iter().find(|options| {
        let tried = Command::new("unshare").args(*options).arg("true").stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    });
    let Some(options) = alone else {
        eprintln!("skipped: no process can be cut off from the network here");
        return;
    };
    let bench = Bench::new();
    bench.calls(3);
    let output = Command::new("unshare")
        .args(options)
        .arg(PROGRAM)
        .args(SCORE)
        .current_dir(bench.path(""))
        .env("CALLGRADE_MODELS", bench.path("models"))
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", message(&output));
    bench.assert_sound("results");
}
