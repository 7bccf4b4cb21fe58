//! What is to be erased, withheld or hidden leaves no byte in the results folder.

use crate::bench::{Bench, SCORE, code, message};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether `canary` stands in any file below `folder`, or in UTF-16 as some tools write it.
fn holds(folder: &Path, canary: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, canary);
        }
        fs::read(&path).unwrap().windows(canary.len()).any(|window| window == canary.as_bytes())
    })
}

#[test]
fn forgotten_calls_leave_nothing_behind_and_do_not_come_back() {
    let bench = Bench::new();
    bench.calls(3);
    bench.call("calls/secret", 3, "agent 0s-1s: good morning\ncustomer 1s-2.5s: the canary is zanzibar quicksilver\n");
    assert_eq!(code(&bench.score(&[])), 0);
    let results = bench.path("results");
    assert!(holds(&results, "zanzibar"));
    assert_eq!(code(&bench.run(&["forget", "results", "--call", "secret"])), 2, "it asks first");
    let output = bench.run(&["forget", "results", "--call", "secret", "--yes"]);
    assert_eq!(code(&output), 0, "{}", message(&output));
    assert!(!holds(&results, "zanzibar") && !holds(&results, "quicksilver") && !holds(&results, "secret.wav"));
    bench.assert_sound("results");
    assert_eq!(code(&bench.score(&[])), 0);
    assert!(!holds(&results, "zanzibar"));
    assert_eq!(bench.export("results").len(), 3);
    let modes = ["", "callgrade.db"].map(|name| fs::metadata(results.join(name)).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o700, 0o600]);
}

#[test]
fn without_transcripts_no_word_of_a_call_is_stored() {
    let bench = Bench::new();
    bench.call("calls/secret", 3, "agent 0s-1s: good morning\ncustomer 1s-2.5s: the canary is zanzibar quicksilver\n");
    assert_eq!(code(&bench.score(&["--no-transcript"])), 0);
    let results = bench.path("results");
    assert!(!holds(&results, "zanzibar") && !holds(&results, "quicksilver"));
    let result = &bench.export("results")[0];
    assert_eq!((&result["turns"], &result["scorecards"][0]["score"]), (&serde_json::json!([]), &100.0.into()));
    let again = bench.score(&["--no-transcript", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summary["recognised"], 0, "the score is there: nothing to do");
    bench.assert_sound("results");
}

#[test]
fn hidden_names_stand_nowhere_and_resume_all_the_same() {
    let bench = Bench::new();
    bench.call("calls/13800138000 zanzibar", 3, "agent 0s-1s: good morning\ncustomer 1s-2.5s: hello\n");
    bench.write("calls/zanzibar broken.wav", "this is no recording, whatever its name says\n".repeat(20));
    // The remedy is a command that names the file, in quotes, and one to be made beside it.
    bench.write("calls/Zoe's zanzibar.amr", [b"#!AMR\n".as_slice(), &[0x3C; 640]].concat());
    let output = bench.score(&["--names", "hash", "-vv"]);
    assert_eq!(code(&output), 3, "{}", message(&output));
    let shown = message(&output) + &String::from_utf8_lossy(&output.stdout);
    assert!(!shown.contains("zanzibar") && !holds(&bench.path("results"), "zanzibar"), "{shown}");
    let again = bench.score(&["--names", "hash", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&summary["recognised"], &summary["selected"]), (&0.into(), &3.into()));
    let detail = bench.export("results").iter().map(|call| call["detail"].to_string()).collect::<String>();
    assert!(detail.contains("ffmpeg -i"), "{detail}");
}

#[test]
fn personal_numbers_are_masked_before_anything_is_stored() {
    let bench = Bench::new();
    bench.call(
        "calls/card",
        4,
        "agent 0s-1s: good morning, your card number please\n\
         customer 1s-3.5s: it is four one one one one one one one one one one one one one one one\n",
    );
    assert_eq!(code(&bench.score(&[])), 0);
    assert!(!holds(&bench.path("results"), "one one one one"));
    assert!(bench.export_text("results").contains("[card]"));
}

const CANARY: &str = "agent 0s-1s: good morning\ncustomer 1s-2.5s: the canary is zanzibar quicksilver\n";

fn forget(bench: &Bench, call: &str) -> std::process::Output {
    bench.run(&["forget", "results", "--call", call, "--yes"])
}

#[test]
fn words_of_a_recording_that_was_replaced_go_with_it() {
    let bench = Bench::new();
    bench.calls(1);
    bench.call("calls/secret", 3, CANARY);
    assert_eq!(code(&bench.score(&[])), 0);
    bench.call("calls/secret", 4, "agent 0s-1s: good morning\n");
    bench.write("calls/secret.wav", crate::bench::wav(4, 2, 77));
    assert_eq!(code(&bench.score(&[])), 0);
    assert!(!holds(&bench.path("results"), "zanzibar"), "nothing leads to these words any more");
    bench.assert_sound("results");
}

#[test]
fn a_recording_that_vanished_is_known_when_it_comes_back_and_can_be_forgotten() {
    let bench = Bench::new();
    bench.calls(1);
    bench.call("calls/secret", 3, CANARY);
    let list = "calls/c000.wav\ncalls/secret.wav\n";
    let score = || {
        let mut child = bench
            .command(&[&["score", "-", "--json"], &SCORE[2..]].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), list.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (code(&output), summary["recognised"].as_u64().unwrap())
    };
    let hide = || fs::rename(bench.path("calls/secret.wav"), bench.path("hidden")).unwrap();
    let bring_back = || fs::rename(bench.path("hidden"), bench.path("calls/secret.wav")).unwrap();
    assert_eq!(score(), (0, 2));
    hide();
    assert_eq!(score(), (3, 0));
    let verified = bench.run(&["verify", "results", "--recordings"]);
    assert_eq!(code(&verified), 0, "{}", String::from_utf8_lossy(&verified.stdout));
    bring_back();
    assert_eq!(score(), (0, 0), "it is not heard again");
    hide();
    assert_eq!(score(), (3, 0));
    assert!(holds(&bench.path("results"), "zanzibar"));
    assert_eq!(code(&forget(&bench, "secret")), 0);
    assert!(!holds(&bench.path("results"), "zanzibar") && !holds(&bench.path("results"), "secret.wav"));
    bring_back();
    assert_eq!(score(), (0, 0), "it stays out");
    assert!(!holds(&bench.path("results"), "zanzibar"));
    bench.assert_sound("results");
}

#[test]
fn who_reads_the_folder_while_a_call_is_forgotten_is_named_and_the_same_again_finishes() {
    let bench = Bench::new();
    bench.calls(1);
    bench.call("calls/secret", 3, CANARY);
    assert_eq!(code(&bench.score(&[])), 0);
    let reader = rusqlite::Connection::open(bench.path("results/callgrade.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM calls;").unwrap();
    let output = forget(&bench, "secret");
    assert_eq!(code(&output), 75, "{}", message(&output));
    assert!(message(&output).contains("another program reads"), "{}", message(&output));
    assert_eq!(bench.export("results").len(), 1, "it is erased all the same");
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    let again = forget(&bench, "secret");
    assert_eq!((code(&again), message(&again).contains("no such call")), (2, true), "{}", message(&again));
    assert!(!holds(&bench.path("results"), "zanzibar"));
}

#[test]
fn a_run_without_transcripts_takes_out_the_words_of_earlier_runs() {
    let bench = Bench::new();
    bench.call("calls/secret", 3, CANARY);
    assert_eq!(code(&bench.score(&[])), 0);
    let before = bench.export("results");
    let output = bench.score(&["--no-transcript", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), &summary["recognised"]), (0, &0.into()));
    assert!(!holds(&bench.path("results"), "zanzibar") && !holds(&bench.path("results"), "quicksilver"));
    let after = bench.export("results");
    assert_eq!(before[0]["scorecards"][0]["score"], after[0]["scorecards"][0]["score"]);
    bench.assert_sound("results");
    let with_words = bench.score(&[]);
    assert_eq!(code(&with_words), 0);
    assert!(message(&with_words).contains("--force"), "{}", message(&with_words));
    assert_eq!(code(&bench.score(&["--force"])), 0);
    assert!(holds(&bench.path("results"), "zanzibar"));
}

#[test]
fn no_process_of_a_run_leaves_its_memory_in_a_file() {
    let bench = Bench::new();
    bench.calls(1);
    bench.write("calls/c000.drill", "sleep 600");
    let mut parent = bench.command(SCORE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let limits = |process: u32| fs::read_to_string(format!("/proc/{process}/limits")).unwrap_or_default();
    let core = |process: u32| {
        let line = limits(process).lines().find(|line| line.starts_with("Max core file size")).map(str::to_owned);
        line.unwrap_or_default().split_whitespace().nth(4).map(str::to_owned)
    };
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    let mut worker = None;
    for _ in 0..6000 {
        worker = fs::read_to_string(&children).unwrap().split_whitespace().next().and_then(|id| id.parse().ok());
        if worker.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!((core(parent.id()), core(worker.unwrap())), (Some("0".to_owned()), Some("0".to_owned())));
    parent.kill().unwrap();
    parent.wait().unwrap();
}

#[test]
fn half_a_copy_is_none() {
    let bench = Bench::new();
    bench.calls(6);
    assert_eq!(code(&bench.score(&[])), 0);
    let limited = format!("ulimit -f 16; exec {} backup results copy.db", crate::bench::PROGRAM);
    let output = Command::new("sh").args(["-c", &limited]).current_dir(bench.path("")).output().unwrap();
    assert_eq!(code(&output), 74, "{}", message(&output));
    assert!(!bench.path("copy.db").exists());
    assert_eq!(code(&bench.run(&["backup", "results", "copy.db"])), 0);
}
