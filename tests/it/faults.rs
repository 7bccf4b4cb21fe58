//! Faults of processes, disks, folders and names; `docs/reliability.md` is the list.

use crate::bench::{Bench, PROGRAM, SCORE, code, message, statuses, wav};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often a drill of chance is repeated: `CALLGRADE_DRILL_ROUNDS` for long ones by hand.
fn rounds(usual: u64) -> u64 {
    std::env::var("CALLGRADE_DRILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// Processes whose parent is `parent`.
fn children(parent: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([name, &process.to_string()]).stderr(Stdio::null()).status().unwrap();
    let _ = status.success();
}

fn is_alive(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn start(bench: &Bench, arguments: &[&str]) -> Child {
    bench.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until `ready` says so; the tests are about what happens then, not about how fast it comes.
fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let began = Instant::now();
    while !ready() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn slow(bench: &Bench, names: &[&str], milliseconds: u32) {
    for name in names {
        bench.write(&format!("calls/{name}.drill"), format!("sleep {milliseconds}"));
    }
}

/// The results of the same calls, never disturbed.
fn undisturbed(bench: &Bench) -> String {
    assert_eq!(code(&bench.score(&["--out", "undisturbed"])), 0);
    bench.export_text("undisturbed")
}

#[test]
fn a_killed_parent_leaves_no_worker_and_the_next_run_gives_the_same_results() {
    let bench = Bench::new();
    bench.calls(8);
    // Slow enough that most rounds are killed before their end.
    slow(&bench, &["c000", "c001", "c002", "c003", "c004", "c005", "c006", "c007"], 80);
    let expected = undisturbed(&bench);
    // Slow enough that a fast build is killed in the middle as well.
    slow(&bench, &["c000", "c001", "c002", "c003", "c004", "c005", "c006", "c007"], 200);
    let mut killed = 0;
    for round in 0..rounds(12) {
        let mut parent = start(&bench, SCORE);
        // Every phase is hit: start, planning, hearing, committing.
        std::thread::sleep(Duration::from_millis(30 + 37 * (round % 13)));
        let workers = children(parent.id());
        signal(parent.id(), "-KILL");
        killed += u32::from(parent.wait().unwrap().signal() == Some(9));
        until("the worker's end", || workers.iter().all(|worker| !is_alive(*worker)));
        if round % 3 == 2 {
            assert_eq!(code(&bench.score(&[])), 0);
            assert_eq!(bench.export_text("results"), expected, "round {round}");
            bench.assert_sound("results");
            fs::remove_dir_all(bench.path("results")).unwrap();
        }
    }
    assert!(killed > 3, "only {killed} rounds were killed in time");
}

#[test]
fn a_killed_worker_is_replaced_and_nothing_is_lost() {
    let bench = Bench::new();
    bench.calls(6);
    let expected = undisturbed(&bench);
    slow(&bench, &["c001", "c004"], 700);
    for round in 0..rounds(2).div_ceil(2) {
        let mut parent = start(&bench, SCORE);
        let mut killed = 0;
        while parent.try_wait().unwrap().is_none() {
            if let Some(worker) = children(parent.id()).first().filter(|_| killed < 2) {
                std::thread::sleep(Duration::from_millis(250 + 37 * (round % 11)));
                signal(*worker, "-KILL");
                killed += 1;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // Two deaths over one recording alone would rightly quarantine it, so there are never more than two.
        assert!(killed > 0);
        let code = parent.wait().unwrap().code();
        if code == Some(0) {
            assert_eq!(bench.export_text("results"), expected, "round {round}");
        } else {
            assert_eq!(code, Some(3), "round {round}");
            let quarantined =
                statuses(&bench.export("results")).iter().filter(|(_, one)| one == "quarantined_crash").count();
            assert_eq!(quarantined, 1, "round {round}: only the one that was alone both times");
        }
        bench.assert_sound("results");
        fs::remove_dir_all(bench.path("results")).unwrap();
    }
}

#[test]
fn a_recording_that_crashes_the_worker_is_quarantined_and_its_neighbours_are_unharmed() {
    let bench = Bench::new();
    bench.calls(5);
    bench.write("calls/c002.drill", "abort");
    bench.write("calls/c003.drill", "panic");
    let output = bench.score(&[]);
    assert_eq!(code(&output), 3, "{}", message(&output));
    let seen: Vec<String> = statuses(&bench.export("results")).into_iter().map(|(_, status)| status).collect();
    assert_eq!(seen, ["ok", "ok", "quarantined_crash", "failed_decode", "ok"]);
    bench.assert_sound("results");
    fs::remove_file(bench.path("calls/c002.drill")).unwrap();
    fs::remove_file(bench.path("calls/c003.drill")).unwrap();
    assert_eq!(code(&bench.score(&[])), 3, "what was given up stays so");
    assert_eq!(code(&bench.score(&["--retry-failed"])), 0, "until it is asked for");
}

#[test]
fn a_recording_that_never_ends_is_given_up() {
    let bench = Bench::new();
    bench.calls(3);
    bench.write("calls/c001.drill", "spin");
    let output = bench.score(&["--patience", "2"]);
    assert_eq!(code(&output), 3);
    let seen: Vec<String> = statuses(&bench.export("results")).into_iter().map(|(_, status)| status).collect();
    assert_eq!(seen, ["ok", "failed_limit", "ok"]);
}

#[test]
fn an_interrupt_ends_soon_with_130_and_the_same_command_goes_on() {
    let bench = Bench::new();
    bench.calls(4);
    let expected = undisturbed(&bench);
    slow(&bench, &["c000", "c001", "c002", "c003"], 20_000);
    let parent = start(&bench, SCORE);
    until("a worker", || !children(parent.id()).is_empty());
    std::thread::sleep(Duration::from_millis(300));
    let workers = children(parent.id());
    let began = Instant::now();
    signal(parent.id(), "-INT");
    let output = parent.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", message(&output));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(message(&output).contains("the same command goes on"), "{}", message(&output));
    until("the worker's end", || workers.iter().all(|worker| !is_alive(*worker)));
    for name in ["c000", "c001", "c002", "c003"] {
        fs::remove_file(bench.path(&format!("calls/{name}.drill"))).unwrap();
    }
    assert_eq!(code(&bench.score(&[])), 0);
    assert_eq!(bench.export_text("results"), expected);
    slow(&bench, &["c000"], 20_000);
    for (signals, expected) in [(&["-TERM"][..], 143), (&["-INT", "-INT"], 130)] {
        let parent = start(&bench, &[SCORE, &["--force"]].concat());
        until("a worker", || !children(parent.id()).is_empty());
        let workers = children(parent.id());
        for (number, name) in signals.iter().enumerate() {
            // Two of a kind that wait to be delivered are one.
            std::thread::sleep(Duration::from_millis(200 * number as u64));
            signal(parent.id(), name);
        }
        assert_eq!(code(&parent.wait_with_output().unwrap()), expected);
        until("the worker's end", || workers.iter().all(|worker| !is_alive(*worker)));
    }
}

#[test]
fn two_runs_at_once_do_not_meet_in_one_folder() {
    let bench = Bench::new();
    bench.calls(2);
    slow(&bench, &["c000"], 3000 + 100 * rounds(0) as u32);
    let mut first = start(&bench, SCORE);
    until("the first run", || !children(first.id()).is_empty());
    let mut met = 0;
    while met < rounds(5) {
        let second = bench.score(&[]);
        if first.try_wait().unwrap().is_some() {
            break;
        }
        assert_eq!(code(&second), 11, "{}", message(&second));
        met += 1;
    }
    assert!(met > 0, "the first run ended before the second began");
    let reading = bench.run(&["export", "results", "--format", "csv"]);
    assert_eq!(code(&reading), 0, "reading is possible meanwhile: {}", message(&reading));
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(code(&bench.score(&[])), 0, "a finished holder leaves no lock");
}

#[test]
fn a_file_size_limit_and_a_full_output_end_with_74_and_can_be_resumed() {
    let bench = Bench::new();
    bench.calls(3);
    let expected = undisturbed(&bench);
    let limited = format!("ulimit -f 64; exec {PROGRAM} {}", SCORE.join(" "));
    let output = Command::new("sh").args(["-c", &limited]).current_dir(bench.path("")).output().unwrap();
    assert_eq!(code(&output), 74, "{}", message(&output));
    assert_eq!(code(&bench.score(&[])), 0);
    assert_eq!(bench.export_text("results"), expected);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = bench.command(&["export", "results", "--format", "jsonl"]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 74, "{}", message(&output));
    let piped = format!("{PROGRAM} export results --format jsonl | head -c 1; exit $?");
    let output = Command::new("bash").args(["-o", "pipefail", "-c", &piped]).current_dir(bench.path("")).output();
    let output = output.unwrap();
    assert_eq!((code(&output), message(&output).as_str()), (0, ""), "a closed pipe is a normal end");
    let onto = bench.run(&["export", "results", "--format", "xlsx", "--output", "results/callgrade.db"]);
    assert_eq!(code(&onto), 2, "{}", message(&onto));
    bench.assert_sound("results");
}

#[test]
fn special_files_loops_links_and_copies_are_met_without_harm() {
    let bench = Bench::new();
    bench.calls(2);
    let calls = bench.path("calls");
    assert!(Command::new("mkfifo").arg(calls.join("pipe.wav")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(calls.join("socket.wav")).unwrap();
    symlink(&calls, calls.join("loop")).unwrap();
    symlink("/dev/zero", calls.join("zero.wav")).unwrap();
    symlink("nowhere", calls.join("dangling.wav")).unwrap();
    fs::copy(calls.join("c000.wav"), calls.join("copy.wav")).unwrap();
    fs::hard_link(calls.join("c001.wav"), calls.join("hard.wav")).unwrap();
    fs::File::create(calls.join("sparse.wav")).unwrap().set_len(1 << 40).unwrap();
    let named = ["calls/pipe.wav", "calls/zero.wav"];
    let output = bench.score(&named);
    assert_eq!(code(&output), 3, "{}", message(&output));
    let seen: Vec<(String, String)> = statuses(&bench.export("results"));
    let expected = [
        ("c000.wav", "ok"),
        ("c001.wav", "ok"),
        ("copy.wav", "skipped_duplicate"),
        ("dangling.wav", "failed_unreadable"),
        ("hard.wav", "skipped_duplicate"),
        ("pipe.wav", "failed_unreadable"),
        ("sparse.wav", "failed_limit"),
        ("zero.wav", "failed_unreadable"),
    ];
    assert_eq!(seen, expected.map(|(name, status)| (name.to_owned(), status.to_owned())));
    bench.assert_sound("results");
    fs::set_permissions(&calls, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn hostile_names_are_scored_shown_harmlessly_and_found_again() {
    let bench = Bench::new();
    let names: [&[u8]; 8] = [
        b"-rf",
        b"new\nline",
        b"esc\x1b[2J",
        b"not-\xff-utf8",
        "rtl\u{202e}gpj".as_bytes(),
        b"=cmd|' /C calc'!A0",
        b"<script>alert(1)</script>",
        &[b'x'; 240],
    ];
    for (number, name) in names.iter().enumerate() {
        let folder = bench.path("calls/=SUM(A1)");
        fs::create_dir_all(&folder).unwrap();
        let file = |extension: &str| {
            let mut file = name.iter().copied().filter(|byte| *byte != b'/').collect::<Vec<u8>>();
            file.extend(extension.as_bytes());
            folder.join(Path::new(OsStr::from_bytes(&file)))
        };
        fs::write(file(".wav"), wav(2, 2, number as u32 + 1)).unwrap();
        fs::write(file(".script"), "agent 0s-1.5s: good morning\n").unwrap();
    }
    let output = bench.score(&["-v"]);
    assert_eq!(code(&output), 0, "{}", message(&output));
    for text in [message(&output), String::from_utf8(output.stdout).unwrap()] {
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text:?}");
    }
    assert_eq!(bench.export("results").len(), names.len());
    let again = bench.score(&["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&summary["recognised"], &summary["selected"]), (&0.into(), &8.into()));
    let csv = bench.run(&["export", "results", "--format", "csv"]);
    let mut rows = 0;
    for record in csv::Reader::from_reader(&csv.stdout[..]).records() {
        rows += 1;
        assert!(record.unwrap().iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])));
    }
    assert_eq!(rows, names.len());
    bench.assert_sound("results");
}

#[test]
fn a_recording_that_changes_is_heard_again_and_one_that_vanishes_is_listed() {
    let bench = Bench::new();
    bench.calls(3);
    assert_eq!(code(&bench.score(&[])), 0);
    bench.write("calls/c001.wav", wav(4, 2, 99));
    let again = bench.score(&["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summary["recognised"], 1, "{summary}");
    let list = "calls/c000.wav\ncalls/gone.wav\n";
    let arguments = ["score", "-", "-r", "rubric.yaml", "--model", "scripted", "--out", "listed"];
    let mut child =
        bench.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), list.as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let seen: Vec<String> = statuses(&bench.export("listed")).into_iter().map(|(_, status)| status).collect();
    assert_eq!(seen, ["ok", "failed_unreadable"]);
}

#[test]
fn a_recording_that_grows_while_it_is_read_is_said_to_and_heard_by_the_next_run() {
    let bench = Bench::new();
    bench.calls(2);
    slow(&bench, &["c001"], 600);
    let mut run = start(&bench, SCORE);
    let mut recorder = fs::OpenOptions::new().append(true).open(bench.path("calls/c001.wav")).unwrap();
    while run.try_wait().unwrap().is_none() {
        std::io::Write::write_all(&mut recorder, &[0; 64]).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(run.wait().unwrap().code(), Some(3));
    let seen = |bench: &Bench| -> Vec<String> {
        statuses(&bench.export("results")).into_iter().map(|(_, status)| status).collect()
    };
    assert_eq!(seen(&bench), ["ok", "failed_changed_during_read"]);
    assert_eq!(code(&bench.score(&[])), 0, "the recorder is done");
    assert_eq!(seen(&bench), ["ok", "ok"]);
    bench.assert_sound("results");
}

#[test]
fn files_still_being_written_are_left_for_later() {
    let bench = Bench::new();
    bench.calls(2);
    let output = bench.score(&["--min-age", "3600"]);
    assert_eq!(code(&output), 75, "{}", message(&output));
    let seen: Vec<String> = statuses(&bench.export("results")).into_iter().map(|(_, status)| status).collect();
    assert_eq!(seen, ["skipped_too_new", "skipped_too_new"]);
    assert_eq!(code(&bench.score(&[])), 0);
}

#[test]
fn results_inside_the_recordings_folder_are_not_taken_for_recordings() {
    let bench = Bench::new();
    bench.calls(2);
    assert_eq!(code(&bench.score(&["--out", "calls/results"])), 0);
    bench.write("calls/results/clips/clip.wav", wav(2, 1, 3));
    let again = bench.score(&["--out", "calls/results", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((code(&again), &summary["selected"]), (0, &2.into()));
    assert_eq!(code(&bench.score(&["--out", "calls"])), 2);
}

#[test]
fn a_newer_or_foreign_database_is_refused_and_not_touched() {
    let bench = Bench::new();
    bench.calls(1);
    assert_eq!(code(&bench.score(&[])), 0);
    let database = bench.path("results/callgrade.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = bench.score(&[]);
    assert_eq!(code(&newer), 2);
    assert!(message(&newer).contains("later version"), "{}", message(&newer));
    fs::write(&database, "this is no database at all, it only has the name of one").unwrap();
    assert_eq!(code(&bench.score(&[])), 2);
    assert_eq!(fs::read(&database).unwrap().len(), 55);
}
