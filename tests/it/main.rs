//! Integration tests, as one program.

mod architecture;
mod bench;
mod faults;
mod operators;
mod rubrics;
mod score;
