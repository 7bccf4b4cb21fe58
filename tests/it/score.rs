//! A folder of calls scored, resumed, graded again and exported, with scripts instead of recognition.

use crate::bench::{Bench, code, message, statuses};
use std::ffi::OsStr;
use std::fs;
use std::process::Command;

#[test]
fn the_same_command_again_transcribes_nothing_and_a_changed_rubric_only_grades() {
    let bench = Bench::new();
    bench.calls(4);
    let first = bench.score(&["--json"]);
    assert_eq!(code(&first), 0, "{}", message(&first));
    let summary: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!((&summary["recognised"], &summary["total"]["calls"]), (&4.into(), &4.into()));
    assert_eq!(summary["total"]["mean"], 50.0, "{summary}");
    let before = bench.export_text("results");

    let again = bench.score(&["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&summary["recognised"], &summary["regraded"]), (&0.into(), &0.into()));
    assert_eq!(bench.export_text("results"), before);

    let stricter = crate::bench::RUBRIC
        .replace("points: 10\n        check: { never", "points: 10\n        fatal: call\n        check: { never");
    assert_ne!(stricter, crate::bench::RUBRIC);
    bench.write("rubric.yaml", stricter);
    let regraded = bench.score(&["--json"]);
    assert_eq!(code(&regraded), 0, "{}", message(&regraded));
    let summary: serde_json::Value = serde_json::from_slice(&regraded.stdout).unwrap();
    let of = |key: &str| summary[key].as_u64().unwrap();
    assert_eq!((of("recognised"), of("regraded"), of("changed"), of("newly_fatal")), (0, 4, 2, 2));
    bench.assert_sound("results");
}

#[test]
fn the_number_of_jobs_and_of_processes_does_not_show_in_the_results() {
    let bench = Bench::new();
    bench.calls(7);
    for (out, more) in [("one", "--jobs=1"), ("two", "--jobs=2"), ("own", "--in-process")] {
        let output = bench.run(&[
            "score",
            "calls",
            "-r",
            "rubric.yaml",
            "--model",
            "scripted",
            "--agent-channel=left",
            "--out",
            out,
            more,
        ]);
        assert_eq!(code(&output), 0, "{}", message(&output));
    }
    let one = bench.export_text("one");
    assert_eq!(one.lines().count(), 7);
    assert_eq!(bench.export_text("two"), one);
    assert_eq!(bench.export_text("own"), one);
}

#[test]
fn the_json_of_a_call_has_the_keys_of_format_1_in_their_order() {
    let bench = Bench::new();
    bench.calls(1);
    assert_eq!(code(&bench.score(&[])), 0);
    let result = &bench.export("results")[0];
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(result), "format call status detail warnings engine roles measures turns scorecards");
    assert_eq!(keys(&result["call"]), "id path content_hash duration_ms sample_rate channels codec agent metadata");
    assert_eq!(keys(&result["turns"][0]), "speaker channel start_ms end_ms text confidence words");
    assert_eq!(result["call"]["path"], "calls/c000.wav");
    assert_eq!(result["scorecards"][0]["criteria"][0]["evidence"][0]["quote"], "good morning");
    let shown = bench.run(&["show", "results", "c000", "--json"]);
    assert_eq!(&serde_json::from_slice::<serde_json::Value>(&shown.stdout).unwrap(), result);
}

#[test]
fn bad_files_are_each_listed_with_their_status_and_the_good_one_is_scored() {
    let bench = Bench::new();
    bench.calls(1);
    bench.write("calls/text.wav", "this is no recording, whatever its name says\n".repeat(20));
    bench.write("calls/empty.wav", "");
    let whole = crate::bench::wav(3, 2, 5);
    bench.write("calls/cut.wav", &whole[..whole.len() / 2]);
    bench.write("calls/cut.script", "agent 0s-1s: good morning\n");
    bench.write("calls/notes.txt", "left out");
    let output = bench.score(&[]);
    assert_eq!(code(&output), 3, "{}", message(&output));
    let seen = statuses(&bench.export("results"));
    let expected = [
        ("c000.wav", "ok"),
        ("cut.wav", "degraded_truncated"),
        ("empty.wav", "failed_empty"),
        ("text.wav", "failed_not_audio"),
    ];
    assert_eq!(seen, expected.map(|(name, status)| (name.to_owned(), status.to_owned())));
    let summary = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in
        ["calls/empty.wav", "calls/text.wav", "failed_empty", "failed_not_audio", "4 calls: 1 ok, 1 degraded, 2 failed"]
    {
        assert!(summary.contains(part), "{part} is missing in:\n{summary}");
    }
    for card in bench.export("results").iter().filter(|one| one["status"].as_str().unwrap().starts_with("failed")) {
        assert_eq!(
            (&card["scorecards"][0]["status"], &card["scorecards"][0]["score"]),
            (&"not_scored".into(), &serde_json::Value::Null)
        );
        assert_eq!(card["turns"], serde_json::json!([]));
    }
    bench.assert_sound("results");
    assert_eq!(code(&bench.score(&[])), 3, "a failure is not forgotten by the next run");
}

#[test]
fn usage_model_and_empty_folders_have_their_exit_codes() {
    let bench = Bench::new();
    bench.calls(1);
    let run = |arguments: &[&str]| code(&bench.run(arguments));
    assert_eq!(run(&["score", "calls"]), 2);
    assert_eq!(run(&["score", "nowhere", "-r", "rubric.yaml", "--model", "scripted"]), 2);
    assert_eq!(run(&["score", "calls", "-r", "nothing.yaml", "--model", "scripted"]), 2);
    assert_eq!(run(&["score", "calls", "-r", "rubric.yaml", "--model", "base", "--models", "none"]), 78);
    fs::create_dir(bench.path("empty")).unwrap();
    assert_eq!(run(&["score", "empty", "-r", "rubric.yaml", "--model", "scripted"]), 4);
    assert_eq!(run(&["show", "empty", "x"]), 2);
    bench.write("broken.yaml", "format: 1\nid: [\n");
    assert_eq!(run(&["score", "calls", "-r", "broken.yaml", "--model", "scripted"]), 2);
    assert!(!bench.path("results").exists(), "nothing was started");
    assert_eq!(code(&bench.score(&["--fail-under", "100"])), 0);
    bench.call("calls/rude", 2, "agent 0s-1.5s: what do you want\n");
    assert_eq!(code(&bench.score(&["--fail-under", "90"])), 10);
}

#[test]
fn metadata_comes_from_the_list_or_the_name_or_the_folder() {
    let bench = Bench::new();
    bench.calls(2);
    bench.write("calls/CALLS.csv", "\u{feff}file,agent,call_id,shop\nc000.wav,王芳,A-1,south\nc009.wav,X,,\n");
    let output = bench.score(&["--calls", "calls/CALLS.csv"]);
    assert_eq!(code(&output), 0);
    assert!(message(&output).contains("c009.wav") && message(&output).contains("says nothing of 1 recording\n"));
    let results = bench.export("results");
    assert_eq!((&results[0]["call"]["id"], &results[0]["call"]["agent"]), (&"A-1".into(), &"王芳".into()));
    assert_eq!(results[0]["call"]["metadata"]["shop"], "south");
    assert_eq!((&results[1]["call"]["id"], &results[1]["call"]["agent"]), (&"c001".into(), &serde_json::Value::Null));
    bench.score(&["--out", "list-beside"]);
    assert_eq!(bench.export("list-beside")[0]["call"]["agent"], "王芳", "a list beside the calls is found");
    fs::remove_file(bench.path("calls/CALLS.csv")).unwrap();
    bench.score(&["--out", "by-folder"]);
    assert_eq!(bench.export("by-folder")[0]["call"]["agent"], "calls");
    bench.score(&["--out", "by-name", "--name-pattern", "{agent}0{call_id}.wav"]);
    let named = &bench.export("by-name")[1]["call"];
    assert_eq!((&named["agent"], &named["id"]), (&"c".into(), &"01".into()));
}

#[test]
fn transcripts_come_in_the_order_of_the_paths_in_every_format() {
    let bench = Bench::new();
    bench.calls(3);
    let run = |format: &str| {
        let output =
            bench.run(&["transcribe", "calls", "--model", "scripted", "--agent-channel", "left", "--format", format]);
        assert_eq!(code(&output), 0, "{}", message(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run("txt");
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing in {text}"));
    assert!(at("number is 0") < at("number is 1") && at("number is 1") < at("number is 2"));
    assert!(run("srt").starts_with("1\n00:00:00,000 --> 00:00:01,200\nagent: good morning\n"), "{}", run("srt"));
    assert!(run("vtt").starts_with("WEBVTT\n\n"));
    assert_eq!(run("json").lines().count(), 3);
}

#[test]
fn recordings_that_crash_the_worker_do_not_keep_others_from_being_transcribed() {
    let bench = Bench::new();
    bench.calls(5);
    bench.write("calls/c001.drill", "abort");
    bench.write("calls/c002.drill", "abort");
    let output = bench.run(&["transcribe", "calls", "--model", "scripted", "--jobs", "3"]);
    assert_eq!(code(&output), 3, "{}", message(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    for number in [0, 3, 4] {
        assert!(text.contains(&format!("number is {number}")), "{text}");
    }
    assert_eq!(message(&output).matches("the worker died").count(), 2, "{}", message(&output));
}

#[test]
fn what_is_said_is_found_however_it_is_parted() {
    let bench = Bench::new();
    bench.call("calls/a", 3, "agent 0s-1.2s: 您好 欢迎,致电\ncustomer 1.3s-2s: I don't know your number\n");
    assert_eq!(code(&bench.score(&[])), 0);
    for (query, found) in [
        ("您好欢迎致电", 1),
        ("您好，欢迎", 1),
        ("您好致电", 0),
        ("don’t know", 1),
        ("know   your", 1),
        ("%", 0),
        ("，", 0),
    ] {
        let output = bench.run(&["search", "results", query]);
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        assert_eq!((code(&output), lines), (0, found), "{query}: {}", message(&output));
    }
}

#[test]
fn a_report_links_what_was_heard_wherever_it_is_written_from() {
    let bench = Bench::new();
    for day in ["day1", "day2"] {
        bench.call(&format!("{day}/x"), 2, "agent 0s-1.2s: good morning\ncustomer 1.3s-1.9s: hello\n");
    }
    let score = ["score", "x.wav", "-r", "../rubric.yaml", "--model", "scripted", "--out", "../kept/results"];
    let output = bench.command(&score).current_dir(bench.path("day1")).output().unwrap();
    assert_eq!(code(&output), 0, "{}", message(&output));
    let link = |results: &str, from: &str| {
        let results = bench.path(results);
        let report = [OsStr::new("report"), results.as_os_str()];
        let output = bench.command(&report).current_dir(bench.path(from)).output().unwrap();
        assert_eq!(code(&output), 0, "{}", message(&output));
        let page = fs::read_dir(results.join("report/calls")).unwrap().next().unwrap().unwrap().path();
        let page = fs::read_to_string(page).unwrap();
        let link = page.split_once("<audio").and_then(|(_, rest)| rest.split_once("src=\""));
        (link.map(|(_, rest)| rest.split('"').next().unwrap().to_owned()), message(&output))
    };
    // The recording of the same name in the folder that the report is written from is another day's.
    assert_eq!(link("kept/results", "day2").0.as_deref(), Some("../../../../day1/x.wav"));
    // Moved together, it lies beside the results.
    fs::rename(bench.path("day1/x.wav"), bench.path("kept/x.wav")).unwrap();
    assert_eq!(link("kept/results", "day2").0.as_deref(), Some("../../../x.wav"));
    fs::remove_file(bench.path("kept/x.wav")).unwrap();
    let (none, said) = link("kept/results", "day2");
    assert!(none.is_none() && said.contains("1 of 1 calls go without sound"), "{none:?} {said}");
}

#[test]
fn an_export_is_written_through_links_and_into_pipes_and_never_replaces_them() {
    let bench = Bench::new();
    bench.calls(1);
    assert_eq!(code(&bench.score(&[])), 0);
    let export = |to: &str| bench.run(&["export", "results", "--format", "jsonl", "--output", to]);
    bench.write("real.jsonl", "old");
    std::os::unix::fs::symlink("real.jsonl", bench.path("link.jsonl")).unwrap();
    assert_eq!(code(&export("link.jsonl")), 0);
    assert!(bench.path("link.jsonl").is_symlink());
    assert_eq!(fs::read_to_string(bench.path("real.jsonl")).unwrap(), bench.export_text("results"));
    assert!(Command::new("mkfifo").arg(bench.path("pipe")).status().unwrap().success());
    let pipe = bench.path("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    assert_eq!(code(&export("pipe")), 0);
    assert_eq!(reader.join().unwrap(), bench.export_text("results"));
    assert!(!bench.path("pipe").is_file());
    assert_eq!(code(&export("calls")), 2);
    assert_eq!(code(&export("missing/x.jsonl")), 74);
}

#[test]
fn files_left_out_by_a_limit_are_not_missed_and_none_is_no_limit() {
    let bench = Bench::new();
    bench.calls(3);
    bench.write("list.csv", "file,Agent\ncalls/c000.wav,A\ncalls/c001.wav,B\ncalls/gone.wav,C\n");
    let listed = |more: &[&str]| bench.score(&[&["--calls", "list.csv"], more].concat());
    let whole = message(&listed(&[]));
    assert!(whole.contains("list.csv names a file that is not among the recordings: calls/gone.wav"), "{whole}");
    assert!(whole.contains("list.csv says nothing of 1 recording\n"), "{whole}");
    let limited = listed(&["--limit", "1"]);
    assert_eq!(code(&limited), 0);
    assert!(!message(&limited).contains("not among"), "{}", message(&limited));
    for nothing in [["--limit", "0"], ["--max-failures", "0"], ["--jobs", "0"], ["--language", "xx"]] {
        assert_eq!(code(&listed(&nothing)), 2, "{nothing:?}");
    }
}

#[test]
fn transcribe_reads_a_list_of_paths_and_says_nothing_of_failures_on_standard_output() {
    let bench = Bench::new();
    bench.call("a", 2, "agent 0s-1.2s: good morning\n");
    bench.write("empty.wav", "");
    let list = bench.write("list.txt", "a.wav\nempty.wav\n");
    let mut command = bench.command(&["transcribe", "-", "--model", "scripted"]);
    let output = command.stdin(fs::File::open(list).unwrap()).output().unwrap();
    assert_eq!(code(&output), 3, "{}", message(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("# a.wav\n") && text.ends_with("good morning\n"), "{text}");
    assert!(
        message(&output).starts_with("empty.wav: failed_empty: failed to find sound in it:"),
        "{}",
        message(&output)
    );
}
