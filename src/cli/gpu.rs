//! `--gpu`: whether recognition runs on a graphics card.

use super::{Exit, Failure};
use crate::asr::whisper::Gpu;

/// Whether a graphics card is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum GpuChoice {
    /// Where this build can use one and there is one.
    #[default]
    Auto,
    /// Never.
    Off,
    /// Fail where this build cannot use one.
    Require,
}

impl GpuChoice {
    /// What the recogniser is told.
    ///
    /// # Errors
    /// [`Exit::Usage`] where a card is required and this build cannot use one.
    pub fn resolve(self) -> Result<Gpu, Failure> {
        match self {
            GpuChoice::Auto => Ok(Gpu::Auto),
            GpuChoice::Off => Ok(Gpu::Off),
            GpuChoice::Require if kinds().is_empty() => {
                Err(Failure::new(Exit::Usage, "this build of callgrade cannot use a graphics card")
                    .help("build it with `--features cuda`, `vulkan` or `metal`, or leave out `--gpu require`"))
            }
            GpuChoice::Require => Ok(Gpu::Auto),
        }
    }
}

/// Kinds of graphics card that this build can use.
pub fn kinds() -> Vec<&'static str> {
    let built =
        [("cuda", cfg!(feature = "cuda")), ("vulkan", cfg!(feature = "vulkan")), ("metal", cfg!(feature = "metal"))];
    built.into_iter().filter(|(_, built)| *built).map(|(kind, _)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_can_be_required_only_of_a_build_for_one() {
        assert_eq!(GpuChoice::Require.resolve().is_ok(), !kinds().is_empty());
        assert_eq!(GpuChoice::Off.resolve().ok(), Some(Gpu::Off));
    }
}
