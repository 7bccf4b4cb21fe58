//! Disks that are full or refuse to be written. The tests that mount one need the right to; without it they say so.

use crate::bench::{Bench, code, message};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A disk in memory; it is gone when this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// A disk of `size` at `name` in `bench`, where mounting is allowed.
    fn mount(bench: &Bench, name: &str, size: &str) -> Option<Self> {
        let path = bench.path(name);
        std::fs::create_dir_all(&path).unwrap();
        let disk = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        if disk.is_ok_and(|status| status.success()) {
            return Some(Self(path));
        }
        eprintln!("skipped: no disk can be mounted here");
        None
    }

    fn change(&self, options: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_runs_full_ends_with_74_and_with_more_room_the_same_command_goes_on() {
    let bench = Bench::new();
    for number in 0..24 {
        let talk: String = (0..40).map(|at| format!("agent {at}s-{}s: word {number} and {at}\n", at + 1)).collect();
        bench.call(&format!("calls/c{number:03}"), 41, &talk);
    }
    assert_eq!(code(&bench.score(&["--out", "undisturbed"])), 0);
    let expected = bench.export_text("undisturbed");
    let Some(disk) = Disk::mount(&bench, "small", "1m") else { return };
    let output = bench.score(&["--out", "small/results"]);
    assert_eq!(code(&output), 74, "{}", message(&output));
    assert!(message(&output).contains("make room"), "{}", message(&output));
    let again = bench.score(&["--out", "small/results"]);
    assert_eq!(code(&again), 74, "still full: {}", message(&again));
    disk.change("size=64m");
    let done = bench.score(&["--out", "small/results"]);
    assert_eq!(code(&done), 0, "{}", message(&done));
    assert_eq!(bench.export_text("small/results"), expected);
    bench.assert_sound("small/results");
}

#[test]
fn results_on_a_disk_that_cannot_be_written_are_read_and_refused_to_runs() {
    let bench = Bench::new();
    bench.calls(2);
    let Some(disk) = Disk::mount(&bench, "disk", "16m") else { return };
    assert_eq!(code(&bench.score(&["--out", "disk/results"])), 0);
    let before = bench.export_text("disk/results");
    disk.change("ro");
    let refused = bench.score(&["--out", "disk/results"]);
    assert_eq!(code(&refused), 74, "{}", message(&refused));
    let fresh = bench.score(&["--out", "disk/other"]);
    assert_eq!(code(&fresh), 74, "{}", message(&fresh));
    assert!(message(&fresh).contains("Read-only"), "{}", message(&fresh));
    assert_eq!(bench.export_text("disk/results"), before);
    bench.assert_sound("disk/results");
}

#[test]
fn what_cannot_be_a_results_folder_is_refused_before_anything_starts() {
    let bench = Bench::new();
    bench.calls(1);
    bench.write("file", "notes");
    for out in ["file", "file/below"] {
        let output = bench.score(&["--out", out]);
        assert_eq!(code(&output), 2, "{}", message(&output));
        assert!(message(&output).contains("cannot be a results folder"), "{}", message(&output));
    }
    assert_eq!(std::fs::read(bench.path("file")).unwrap(), b"notes");
}

#[test]
fn a_damaged_database_is_found_by_verify_and_named_by_score() {
    let bench = Bench::new();
    bench.calls(6);
    assert_eq!(code(&bench.score(&[])), 0);
    let database = bench.path("results/callgrade.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // Every page but the first, which says what the file is.
    for place in (4096 + 100..bytes.len()).step_by(97) {
        bytes[place] ^= 0x5A;
    }
    std::fs::write(&database, &bytes).unwrap();
    let verified = bench.run(&["verify", "results"]);
    let found = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(code(&verified), 1, "{found}{}", message(&verified));
    assert!(found.contains("fault:"), "{found}");
    let scored = bench.score(&[]);
    assert_eq!(code(&scored), 1, "{}", message(&scored));
    assert!(message(&scored).contains("backup"), "{}", message(&scored));
}
