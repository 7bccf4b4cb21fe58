//! System calls of the parent that fail or kill it, one after the other: whatever the disk does, the same command
//! afterwards ends with the results of an undisturbed run.
//!
//! Needs strace; without it the test says so and passes. `CALLGRADE_DRILL_ROUNDS` sets the places tried of each call.

use crate::bench::{Bench, PROGRAM, SCORE, code, message};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// Calls that change something, or reach for something to change.
const CALLS: [&str; 5] =
    ["pwrite64", "fsync,fdatasync", "write", "openat,?open", "?unlink,?unlinkat,?rename,?renameat2,ftruncate,?mkdir"];

/// What happens at the call.
const FAULTS: [&str; 4] = ["error=ENOSPC", "error=EIO", "error=EROFS", "signal=KILL"];

/// A run of `score` under strace with `more` options of strace.
fn traced(bench: &Bench, out: &str, more: &[&str]) -> Output {
    let log = bench.path("strace.log");
    Command::new("strace")
        .arg("-o")
        .arg(&log)
        .args(more)
        .arg(PROGRAM)
        .args(SCORE)
        .args(["--out", out, "--patience", "5"])
        .current_dir(bench.path(""))
        .env_remove("CALLGRADE_MODELS")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn is_there() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn whatever_system_call_fails_or_kills_the_same_command_completes_the_run() {
    if !is_there() {
        eprintln!("skipped: strace cannot be used here");
        return;
    }
    let bench = Bench::new();
    bench.calls(4);
    assert_eq!(code(&bench.score(&["--out", "undisturbed"])), 0);
    let expected = bench.export_text("undisturbed");
    let places = std::env::var("CALLGRADE_DRILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4_usize);
    let (mut rounds, mut failed, mut killed) = (0, 0, 0);
    for calls in CALLS {
        let trace = format!("trace={calls}");
        assert_eq!(code(&traced(&bench, "counted", &["-e", &trace])), 0);
        let seen = fs::read_to_string(bench.path("strace.log")).unwrap();
        let count = seen.lines().filter(|line| line.contains('(')).count();
        fs::remove_dir_all(bench.path("counted")).unwrap();
        assert!(count > 0, "{calls}: nothing to disturb");
        for (number, fault) in FAULTS.iter().enumerate() {
            for place in 0..places.min(count) {
                // Evenly over the run, each fault at other places.
                let when = 1 + (place * count + number * count / FAULTS.len()) / places.min(count) % count;
                let inject = format!("inject={calls}:{fault}:when={when}");
                let first = traced(&bench, "results", &["-e", &trace, "-e", &inject]);
                let at = format!("{inject}: {}", message(&first));
                rounds += 1;
                if first.status.signal() == Some(9) {
                    killed += 1;
                } else {
                    failed += u32::from(code(&first) != 0);
                    // 2: a rubric or the list could not be read; 3: a recording; 75: no worker; 127: no library.
                    assert!([0, 2, 3, 74, 75, 127].contains(&code(&first)), "exit code {}, {at}", code(&first));
                }
                let again = bench.score(&[]);
                assert_eq!(code(&again), 0, "{at}, then {}", message(&again));
                assert_eq!(bench.export_text("results"), expected, "{at}");
                bench.assert_sound("results");
                fs::remove_dir_all(bench.path("results")).unwrap();
            }
        }
    }
    eprintln!("{rounds} rounds, {failed} of them failed and {killed} were killed");
    assert!(failed > 0 && killed > 0, "nothing was disturbed");
}
