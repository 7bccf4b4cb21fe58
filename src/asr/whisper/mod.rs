//! The recogniser: whisper.cpp behind the interface of [`asr`](super).

mod align;
mod decode;
mod engine;
mod library;
mod mel;
mod precision;
mod recognise;
mod terms;
mod vocabulary;
mod weights;
mod workers;

pub use engine::{Engine, EngineOptions, Gpu, Model, Tuning, kernels};
pub use precision::Precision;
pub use weights::Weights;
