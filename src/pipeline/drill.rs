//! Faults on demand, for drills of whole batches: only where scripts are played back instead of recognising.
//!
//! `x.drill` beside `x.wav` says what hearing it does first: `abort` ends the process as a crash of native code would,
//! `panic` ends the thread, `spin` never comes back, `sleep 500` waits so many milliseconds.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// Does what the drill beside `recording` says, where there is one.
pub(super) fn perform(recording: &Path) {
    let Ok(text) = fs::read_to_string(recording.with_extension("drill")) else { return };
    let mut words = text.split_whitespace();
    match words.next() {
        Some("abort") => std::process::abort(),
        Some("panic") => std::panic::panic_any("a drill"),
        Some("spin") => loop {
            std::hint::spin_loop();
        },
        Some("sleep") => {
            let time = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            std::thread::sleep(Duration::from_millis(time));
        }
        _ => {}
    }
}
