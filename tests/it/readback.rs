//! Spreadsheets as another program reads them: no formula, and the database's numbers.

use crate::bench::{Bench, SCORE, code, message};
use std::path::Path;
use std::process::Command;

#[test]
fn another_program_reads_the_spreadsheets_and_finds_no_formula() {
    let bench = Bench::new();
    bench.calls(6);
    bench.write("calls/empty.wav", "");
    let list = "file,call_id,agent,team\nc000.wav,=1+1,\"=cmd|' /C calc'!A0\",@SUM(1)\nc001.wav,-2+3,+王芳,\n";
    bench.write("calls.csv", list);
    let scored = bench.run(&[SCORE, &["--calls", "calls.csv", "--out", "results"]].concat());
    assert_eq!(code(&scored), 3, "{}", message(&scored));
    let report = bench.run(&["report", "results"]);
    assert_eq!(code(&report), 0, "{}", message(&report));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readback.py");
    let mut python = Command::new("python3");
    let Ok(output) = python.arg(script).arg(bench.path("results")).arg(bench.path("results/report")).output() else {
        eprintln!("skipped: python3 is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.code() == Some(77) {
        eprintln!("{said}");
        return;
    }
    assert!(output.status.success(), "{said}{}", message(&output));
}
