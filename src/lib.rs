//! callgrade turns call recordings into scorecards.
//!
//! Each stage is a plain function from one value to the next. Only [`pipeline`] knows the order of the stages, and
//! only [`cli`] knows the terminal.
//!
//! ```text
//! Recording -> Audio -> SoundMap -> Transcript -> CallView -> Findings -> Scorecard -> Report
//!   (file)     audio    speech       asr          call        grade       grade       report
//! ```
//!
//! A module may use only modules of the levels above its own in this list, and modules on one level do not see each
//! other (`tests/it/architecture.rs` checks it):
//!
//! 1. [`diagnostic`], [`text`]
//! 2. [`call`]
//! 3. [`audio`], [`speech`], [`asr`], [`operators`], [`model`]
//! 4. [`rubric`]
//! 5. [`grade`]
//! 6. [`report`], [`store`]
//! 7. [`pipeline`], [`supervisor`]
//! 8. [`cli`]

pub mod asr;
pub mod audio;
pub mod call;
pub mod cli;
pub mod diagnostic;
pub mod grade;
pub mod model;
pub mod operators;
pub mod pipeline;
pub mod report;
pub mod rubric;
pub mod speech;
pub mod store;
pub mod supervisor;
pub mod text;
