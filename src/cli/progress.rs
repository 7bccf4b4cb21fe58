//! Progress of a run, on standard error: a bar on a terminal, nothing elsewhere.

use super::Console;
use super::console::{Paint, printable};
use crate::call::{Status, StatusKind};
use crate::supervisor::Observer;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

/// Shows recordings done, audio heard, speed, remaining time and failures.
pub struct Progress {
    console: Console,
    bar: ProgressBar,
    began: Instant,
    total: u64,
    bytes: u64,
    done: u64,
    bytes_done: u64,
    /// Bytes that needed no hearing: they say nothing about the speed.
    bytes_free: u64,
    audio_ms: i64,
    failures: u64,
}

impl Progress {
    /// For one run.
    pub fn new(console: &Console) -> Self {
        Self {
            console: *console,
            bar: ProgressBar::hidden(),
            began: Instant::now(),
            total: 0,
            bytes: 0,
            done: 0,
            bytes_done: 0,
            bytes_free: 0,
            audio_ms: 0,
            failures: 0,
        }
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let elapsed = self.began.elapsed().as_secs_f64();
        let speed = self.audio_ms as f64 / 1000.0 / elapsed.max(0.001);
        let heard = self.bytes_done.saturating_sub(self.bytes_free) as f64;
        let left = self.bytes.saturating_sub(self.bytes_done) as f64;
        let eta = if heard > 0.0 { clock(elapsed * left / heard) } else { "..".to_owned() };
        let failures = match self.failures {
            0 => String::new(),
            count => Paint::Bad.apply(&format!(" · {count} failed"), self.console.color_messages),
        };
        let hours = self.audio_ms as f64 / 3_600_000.0;
        let audio = if hours >= 1.0 { format!("{hours:.1} h") } else { format!("{:.1} min", hours * 60.0) };
        self.bar.set_message(format!("{audio} of audio · {speed:.1}x real time · {eta} left{failures}"));
        self.bar.set_position(self.done);
    }
}

fn clock(seconds: f64) -> String {
    let seconds = seconds.clamp(0.0, 3.6e7) as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

impl Observer for Progress {
    fn begins(&mut self, recordings: u64, bytes: u64) {
        (self.total, self.bytes) = (recordings, bytes);
        if self.console.quiet || !io::stderr().is_terminal() {
            return;
        }
        self.bar = ProgressBar::new(recordings);
        let template = "{bar:24} {pos}/{len} calls · {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
        self.bar.enable_steady_tick(Duration::from_millis(250));
        self.bar.set_message("planning");
    }

    fn starts(&mut self, path: &str) {
        if self.console.verbose > 1 {
            self.bar.suspend(|| self.console.note(format_args!("hearing {}", printable(path))));
        }
    }

    fn hears(&mut self, audio_ms: i64) {
        self.audio_ms = audio_ms;
        self.show();
    }

    fn ends(&mut self, path: &str, bytes: u64, status: Status, recognised: bool) {
        self.done += 1;
        self.bytes_done += bytes;
        if !recognised {
            self.bytes_free += bytes;
        }
        self.failures += u64::from(status.kind() == StatusKind::Failed);
        if self.console.verbose > 0 {
            self.bar.suspend(|| self.console.note(format_args!("{status}  {}", printable(path))));
        }
        self.show();
    }

    fn remarks(&mut self, remark: &str) {
        self.bar.suspend(|| self.console.warn(printable(remark)));
    }
}
