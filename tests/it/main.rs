//! Integration tests, as one program.

mod architecture;
mod operators;
mod rubrics;
