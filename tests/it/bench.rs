//! A folder of small calls with scripts beside them, and the real program run in it with an empty environment.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_callgrade");

/// A rubric with a criterion for each side.
pub const RUBRIC: &str = r#"format: 1
id: drill
title: Drill
version: "1"
language: any
min_speech: 1s
sections:
  - id: talk
    title: Talk
    weight: 100
    criteria:
      - id: greeting
        title: Greeting
        points: 10
        check: { says: { speaker: agent, any_of: [good morning, 您好] } }
      - id: courtesy
        title: Courtesy
        points: 10
        check: { never_says: { speaker: agent, any_of: [what do you want, 不知道] } }
"#;

/// An empty folder that the program runs in.
pub struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write("rubric.yaml", RUBRIC);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A call of `seconds` with `script` beside it; its content depends on its name and length.
    pub fn call(&self, name: &str, seconds: u32, script: &str) -> PathBuf {
        let seed = name.bytes().fold(17_u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
        self.write(&format!("{name}.script"), script);
        self.write(&format!("{name}.wav"), wav(seconds, 2, seed))
    }

    /// `count` calls of two to four seconds in `calls`, half of them with a greeting.
    pub fn calls(&self, count: u32) {
        for number in 0..count {
            let greeting = if number % 2 == 0 { "good morning" } else { "what do you want" };
            let script = format!("agent 0s-1.2s: {greeting}\ncustomer 1.3s-1.9s: my number is {number}\n");
            self.call(&format!("calls/c{number:03}"), 2 + number % 3, &script);
        }
    }

    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.args(arguments).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `score calls` with the scripted recogniser and more arguments.
    pub fn score(&self, more: &[&str]) -> Output {
        self.run(&[SCORE, more].concat())
    }

    /// The results of folder `out` as JSON, one a line.
    pub fn export(&self, out: &str) -> Vec<serde_json::Value> {
        let text = self.export_text(out);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn export_text(&self, out: &str) -> String {
        let output = self.run(&["export", out, "--format", "jsonl"]);
        assert_eq!(code(&output), 0, "{}", message(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The results folder is sound.
    pub fn assert_sound(&self, out: &str) {
        let output = self.run(&["verify", out]);
        assert_eq!(code(&output), 0, "{}{}", String::from_utf8_lossy(&output.stdout), message(&output));
    }
}

/// The usual command.
pub const SCORE: &[&str] =
    &["score", "calls", "-r", "rubric.yaml", "--model", "scripted", "--agent-channel", "left", "--jobs", "2"];

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn message(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `status` by file name, in order.
pub fn statuses(results: &[serde_json::Value]) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let name = |path: String| Path::new(&path).file_name().unwrap().to_string_lossy().into_owned();
    results.iter().map(|result| (name(text(&result["call"]["path"])), text(&result["status"]))).collect()
}

/// A PCM recording at 8 kHz of faint noise.
pub fn wav(seconds: u32, channels: u16, seed: u32) -> Vec<u8> {
    let frames = seconds * 8000;
    let bytes = frames * u32::from(channels) * 2;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(8000_u32.to_le_bytes());
    file.extend((8000 * u32::from(channels) * 2).to_le_bytes());
    file.extend((channels * 2).to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    let mut state = seed | 1;
    for _ in 0..frames * u32::from(channels) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        file.extend(((state % 64) as i16 - 32).to_le_bytes());
    }
    file
}
