//! The parent process of a run: plans, feeds the worker, grades, writes the store.
//!
//! Takes paths and settings, gives a results folder and a [`Summary`]. Recordings are decoded and recognised
//! elsewhere, by a [`Crew`], because their bytes are not to be trusted: a crew may die, and the run goes on. Must not
//! print: the terminal watches through [`Observer`].

mod crew;
mod judge;
mod message;
mod name_pattern;
mod plan;
mod process;
mod read;
mod run;
mod settle;
mod sheet;
mod summary;

pub use crew::{Crew, Dead, News};
pub use judge::Judge;
pub use message::{Event, Order, Task, WireError, read_line, write_line};
pub use name_pattern::{NamePattern, NamePatternError};
pub use plan::{Choice, Item, Plan, PlanError, Selection};
pub use process::ProcessCrew;
pub use run::{Observer, RunError, RunSettings, Stop, Supervisor};
pub use sheet::{Sheet, SheetError};
pub use summary::{Change, Failed, Summary};
