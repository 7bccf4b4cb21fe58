//! Integration tests, as one program.
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod architecture;
mod bad_rubrics;
mod bench;
mod broken_audio;
mod disks;
mod erasing;
mod faults;
mod mutated_rubrics;
mod nobody_speaks;
mod operators;
mod privacy;
mod readback;
mod rubrics;
mod sample_calls;
mod score;
mod settings;
mod syscalls;
