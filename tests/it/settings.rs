//! What users set: `callgrade.toml`, and options that change what an earlier run left.

use crate::bench::{Bench, SCORE, code, message, statuses};
use std::fs;

fn summary(output: &std::process::Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", message(output)))
}

#[test]
fn settings_of_a_file_take_the_place_of_defaults_and_nothing_else() {
    let bench = Bench::new();
    bench.calls(2);
    bench.write(
        "callgrade.toml",
        "# of the team\nmodel = \"scripted\"\nrubric = [\"rubric.yaml\"]\nout = \"of-file\"\nagent-channel = \"left\"\n\
         jobs = 2\nnames = \"hash\"\nno_transcript = true\n",
    );
    let output = bench.run(&["score", "calls"]);
    assert_eq!(code(&output), 0, "{}", message(&output));
    let result = &bench.export("of-file")[0];
    assert_eq!(result["turns"], serde_json::json!([]));
    assert!(!result["call"]["path"].as_str().unwrap().contains("c000"));
    assert_eq!(code(&bench.run(&["transcribe", "calls"])), 0, "it knows the model too");
    let output = bench.command(&["score", "calls"]).env("CALLGRADE_OUT", "of-environment").output().unwrap();
    assert_eq!(code(&output), 0);
    assert_eq!(code(&bench.run(&["score", "calls", "--out", "of-line", "--names", "keep"])), 0);
    assert_eq!(bench.export("of-line")[0]["call"]["path"], "calls/c000.wav");
    assert_eq!(bench.export("of-environment").len(), 2);

    fs::create_dir(bench.path("team")).unwrap();
    fs::rename(bench.path("callgrade.toml"), bench.path("team/settings.toml")).unwrap();
    fs::copy(bench.path("rubric.yaml"), bench.path("team/rubric.yaml")).unwrap();
    let output = bench.command(&["score", "calls"]).env("CALLGRADE_CONFIG", "team/settings.toml").output().unwrap();
    assert_eq!(code(&output), 0, "{}", message(&output));
    assert!(bench.path("team/of-file/callgrade.db").is_file(), "paths are relative to the file");
    assert_eq!(code(&bench.run(&["score", "calls"])), 2, "without the file a rubric must be named");
}

#[test]
fn mistakes_in_the_file_are_named() {
    let bench = Bench::new();
    bench.calls(1);
    for (text, expected) in [
        ("modle = \"base\"\n", "there is no setting `modle`; did you mean `model`?"),
        ("no-transcript = 3\n", "`no-transcript` must be true or false"),
        ("out = [\"a\", \"b\"]\n", "`out` must be a text or a number"),
        ("decoder = \"/tmp/program\"\n", "`decoder` can be given on the command line only"),
        ("out = \n", "callgrade.toml"),
        ("jobs = 0\n", "invalid value '0'"),
    ] {
        bench.write("callgrade.toml", text);
        let output = bench.run(&["score", "calls", "-r", "rubric.yaml", "--model", "scripted"]);
        assert_eq!(code(&output), 2, "{text}: {}", message(&output));
        assert!(message(&output).contains(expected), "{text}: {}", message(&output));
    }
    assert!(!bench.path("results").exists());
}

#[test]
fn a_failure_that_another_setting_may_cure_is_tried_again_under_it_and_only_then() {
    let bench = Bench::new();
    bench.calls(1);
    bench.write("calls/raw.bin.wav", [0x81; 24_000]);
    bench.write("calls/raw.bin.script", "agent 0s-1s: good morning\n");
    let of_raw = || statuses(&bench.export("results")).into_iter().find(|(name, _)| name == "raw.bin.wav").unwrap().1;
    assert_eq!(code(&bench.score(&[])), 3);
    assert_eq!(of_raw(), "failed_not_audio");
    let again = bench.score(&["--json"]);
    assert_eq!((code(&again), &summary(&again)["recognised"]), (3, &0.into()));
    let told = bench.score(&["--raw", "mulaw:8000:1"]);
    assert_eq!(code(&told), 0, "{}", message(&told));
    assert_eq!(of_raw(), "ok");
    bench.assert_sound("results");
}

#[test]
fn a_hopeless_run_stops_early_and_goes_on_when_asked_again() {
    let bench = Bench::new();
    bench.calls(1);
    for number in 0..6 {
        bench.write(&format!("calls/bad{number}.wav"), format!("this is no recording, number {number}\n").repeat(9000));
    }
    let output = bench.score(&["--max-failures", "3", "--json"]);
    assert_eq!(code(&output), 75, "{}", message(&output));
    let pending = statuses(&bench.export("results")).iter().filter(|(_, status)| status == "pending").count();
    // Whatever was in flight beside the third failure still comes to its end.
    assert!((3..=4).contains(&pending), "{pending} wait");
    bench.assert_sound("results");
    assert_eq!(code(&bench.score(&[])), 3, "all of them were tried");
    bench.assert_sound("results");
}

#[test]
fn calls_are_forgotten_by_agent_and_by_date_and_a_copy_is_a_whole_database() {
    let bench = Bench::new();
    bench.calls(4);
    let list = "file,agent,started_at\nc000.wav,Ana,2026-01-05T10:00:00\nc001.wav,Ben,2026-01-05T11:00:00\n\
                c002.wav,Ana,2026-02-01T10:00:00\nc003.wav,Ben,\n";
    bench.write("calls/CALLS.csv", list);
    assert_eq!(code(&bench.score(&[])), 0);
    let copy = bench.path("copy.db");
    let backup = |to: &str| bench.run(&["backup", "results", to]);
    assert_eq!(code(&backup("copy.db")), 0);
    let twice = backup("copy.db");
    assert_eq!((code(&twice), message(&twice).contains("exists already")), (2, true), "{}", message(&twice));
    let forget = |which: &[&str]| bench.run(&[&["forget", "results", "--yes"], which].concat());
    assert_eq!(code(&forget(&["--before", "2026-02-01"])), 0);
    assert_eq!(code(&forget(&["--before", "2026-02-01"])), 2, "there is nothing left to forget");
    assert_eq!(code(&forget(&["--before", "tomorrow"])), 2);
    let left = |bench: &Bench| statuses(&bench.export("results")).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(left(&bench), ["c002.wav", "c003.wav"], "a call without a date is not before any");
    assert_eq!(code(&forget(&["--agent", "Ana"])), 0);
    assert_eq!(left(&bench), ["c003.wav"]);
    bench.assert_sound("results");
    fs::create_dir(bench.path("restored")).unwrap();
    fs::rename(&copy, bench.path("restored/callgrade.db")).unwrap();
    assert_eq!(bench.export("restored").len(), 4);
    bench.assert_sound("restored");
}

#[test]
fn a_folder_that_could_not_be_opened_is_not_kept_as_a_failed_recording() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.calls(2);
    bench.call("calls/more/x", 2, "agent 0s-1s: good morning\n");
    let folder = bench.path("calls/more");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&folder).is_ok() {
        eprintln!("skipped: this user may open everything");
        return;
    }
    let output = bench.score(&[]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(code(&output), 3, "{}", message(&output));
    assert_eq!(code(&bench.score(&[])), 0);
    let seen = statuses(&bench.export("results"));
    assert!(seen.len() == 3 && seen.iter().all(|(_, status)| status == "ok"), "{seen:?}");
}

#[test]
fn grades_of_another_program_are_remarked_on_by_verify_and_made_again_by_score() {
    let bench = Bench::new();
    bench.calls(3);
    assert_eq!(code(&bench.score(&[])), 0);
    let database = rusqlite::Connection::open(bench.path("results/callgrade.db")).unwrap();
    let age = "UPDATE calls SET grade_key = '0.0.1+1:' || substr(grade_key, instr(grade_key, ':') + 1)";
    assert_eq!(database.execute(age, []).unwrap(), 3);
    drop(database);
    let verified = bench.run(&["verify", "results"]);
    assert_eq!(code(&verified), 0);
    assert!(String::from_utf8_lossy(&verified.stdout).contains("3 calls were graded by another version"));
    let again = bench.run(&[SCORE, &["--json"]].concat());
    let summary = summary(&again);
    assert_eq!((&summary["recognised"], &summary["regraded"]), (&0.into(), &3.into()), "{summary}");
    assert!(!String::from_utf8_lossy(&bench.run(&["verify", "results"]).stdout).contains("another version"));
}

#[test]
fn a_list_that_excel_saved_in_china_is_read_with_a_warning() {
    let bench = Bench::new();
    bench.calls(2);
    // 文件 is not asked for: `file` names the column; 王芳 and 李娜 in GBK.
    let list = b"file,agent\r\nc000.wav,\xCD\xF5\xB7\xBC\r\nc001.wav,\xC0\xEE\xC4\xC8\r\n";
    bench.write("calls/CALLS.csv", list);
    let output = bench.score(&[]);
    assert_eq!(code(&output), 0, "{}", message(&output));
    assert!(message(&output).contains("GB18030") && message(&output).contains("CSV UTF-8"), "{}", message(&output));
    let agents: Vec<String> =
        bench.export("results").iter().map(|call| call["call"]["agent"].as_str().unwrap().to_owned()).collect();
    assert_eq!(agents, ["王芳", "李娜"]);
    bench.write("calls/CALLS.csv", b"file,agent\nc000.wav,J\xFCrgen\n");
    let refused = bench.score(&[]);
    assert_eq!(code(&refused), 2);
    assert!(message(&refused).contains("line 2") && message(&refused).contains("CSV UTF-8"), "{}", message(&refused));
}

#[test]
fn what_was_changed_by_hand_in_a_database_is_found() {
    let bench = Bench::new();
    bench.calls(3);
    bench.write("calls/broken.wav", "no recording at all, only a few words in a file\n".repeat(9));
    assert_eq!(code(&bench.score(&[])), 3);
    bench.assert_sound("results");
    let whole = fs::read(bench.path("results/callgrade.db")).unwrap();
    for (change, expected) in [
        ("UPDATE scorecards SET score = 99 WHERE position = 0", "that its card does not have"),
        ("UPDATE scorecards SET body = json_set(body, '$.score', 9900)", "gives another card"),
        ("UPDATE scorecards SET rubric_hash = 'x'", "refers to a missing row of rubrics"),
        ("UPDATE findings SET outcome = 'pass' WHERE outcome = 'fail'", "findings that its cards do not have"),
        ("DELETE FROM findings", "findings that its cards do not have"),
        ("DELETE FROM measures", "has a transcript but no measures"),
        ("UPDATE measures SET body = json_set(body, '$.agent_talk', 1)", "measures cannot be reproduced"),
        ("UPDATE transcripts SET body = replace(body, 'my number', 'our number')", "not in the search index"),
        ("DELETE FROM turns_text", "not in the search index"),
        ("UPDATE transcripts SET body = json_set(body, '$.transcript.turns', json('[]'))", "not in the search index"),
        ("UPDATE transcripts SET content_hash = 'x' WHERE id = 1", "has another recording's transcript"),
        ("UPDATE calls SET content_hash = 'x' WHERE status = 'ok'", "has another recording's transcript"),
        ("UPDATE calls SET status = 'ok' WHERE status LIKE 'failed%'", "has a result but no transcript"),
        ("UPDATE calls SET status = 'failed_decode' WHERE status = 'ok'", "has no result but a transcript"),
        ("UPDATE calls SET transcript = NULL WHERE status = 'ok'", "has a result but no transcript"),
        ("UPDATE rubrics SET sources = replace(sources, 'good morning', 'good night')", "does not give its hash"),
        ("INSERT INTO turns_text (rowid, text) VALUES (99 * 1048576, 'nobody')", "the search index holds"),
    ] {
        fs::write(bench.path("results/callgrade.db"), &whole).unwrap();
        let database = rusqlite::Connection::open(bench.path("results/callgrade.db")).unwrap();
        database.pragma_update(None, "foreign_keys", false).unwrap();
        assert!(database.execute(change, []).unwrap() > 0, "{change}");
        drop(database);
        let verified = bench.run(&["verify", "results"]);
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!((code(&verified), said.contains(expected)), (1, true), "{change}: {said}{}", message(&verified));
    }
}
