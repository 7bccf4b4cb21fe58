//! The order of the stages for one recording, and many recordings at once.
//!
//! Takes paths, gives [`HeardCall`](crate::call::HeardCall)s: decode, listen, recognise, mask. The only place that
//! knows this order, and `batch` the only place that knows threads. Must not grade, store or print.

mod batch;
mod drill;
mod hear;

pub use batch::{Batch, Report};
pub use hear::{Ears, Recogniser, VERSION};
