//! Results become something to look at: a site of static pages, spreadsheets, clips for coaching.
//!
//! Takes [`CallResult`](crate::call::CallResult) values one at a time, gives bytes and files. Pure apart from writing the
//! files it was asked for: no clock, no network, and the same results give the same bytes.

pub mod agents;
pub mod charts;
pub mod clips;
pub mod csv;
pub mod cues;
mod language;
pub mod markup;
mod moment;
pub mod names;
pub mod phrases;
mod policy;
pub mod review;
#[cfg(test)]
mod sample;
pub mod site;
pub mod statistics;
pub mod summary;
pub mod wire;
pub mod words;
pub mod xlsx;

pub use language::Language;
pub use moment::Moment;
