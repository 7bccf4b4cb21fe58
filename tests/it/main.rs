//! Integration tests, as one program.

mod architecture;
mod bad_rubrics;
mod bench;
mod faults;
mod mutated_rubrics;
mod operators;
mod rubrics;
mod sample_calls;
mod score;
