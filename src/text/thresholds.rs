//! How unlike a phrase may sound and still count, by how much it says.
//!
//! A short phrase is soon said by accident, a long one never: what may go wrong grows with the length. The numbers
//! come from `benches/noise`; `docs/matching.md` shows what they give.

use super::align::NEVER;
use super::key::HOMOPHONE;
use super::{Purpose, Strictness};

/// Up to this weight a phrase needs at least half of its tokens exactly and its small words exactly: 稍等, 您好.
pub(super) const SHORT: f32 = 2.3;

/// Up to this weight, and above [`SHORT`], a phrase needs a quarter of its tokens exactly: 正在核实.
pub(super) const MIDDLING: f32 = 5.0;

/// The weight of three characters.
const THREE: f32 = 3.0;

/// A phrase may cost `slope * (weight - free)`, at most the share `most` of its weight.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    slope: f32,
    free: f32,
    most: f32,
}

impl Allowance {
    fn cost(self, weight: f32) -> f32 {
        (self.slope * (weight - self.free)).clamp(0.0, self.most * weight)
    }
}

/// What a demanded English phrase may cost: one of its words is more of it than a character is of a Mandarin one.
const ENGLISH: Allowance = Allowance { slope: 0.47, free: 1.45, most: 0.35 };

/// What a demanded English phrase may cost and still be borderline: it may have been said.
const NEARLY_ENGLISH: Allowance = Allowance { slope: 0.57, free: 1.48, most: 0.38 };

/// What it costs that a sentence or clause ends inside a phrase. Recognition often ends one too early.
pub(super) const BORDER: f32 = 0.2;

/// What a phrase may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    /// Up to here the match is sure.
    pub(super) sure: f32,
    /// Up to here it is borderline.
    pub(super) possible: f32,
}

/// The limits for a phrase of `weight`, be it `english` or Mandarin; `threshold` is the least similarity that its author
/// wants in place of the usual one. Short phrases keep their own, stricter limit.
pub(super) fn limits(
    weight: f32,
    english: bool,
    strictness: Strictness,
    purpose: Purpose,
    threshold: Option<f32>,
) -> Limits {
    let (demand, forbid) = match strictness {
        Strictness::Exact => {
            // Hesitations inside cost next to nothing and do not make it another phrase.
            let same = 0.1;
            return Limits { sure: same, possible: same };
        }
        Strictness::Near => {
            (Allowance { slope: 0.40, free: 2.2, most: 0.25 }, Allowance { slope: 0.25, free: 2.2, most: 0.15 })
        }
        Strictness::Sound => {
            (Allowance { slope: 0.40, free: 1.45, most: 0.30 }, Allowance { slope: 0.25, free: 1.4, most: 0.18 })
        }
    };
    let with = |allowance: Allowance, wanted: Option<f32>| match wanted {
        Some(least) => {
            Allowance { most: 1.0 - least, slope: allowance.slope.max(1.0 - least), ..allowance }.cost(weight)
        }
        None => allowance.cost(weight),
    };
    match purpose {
        Purpose::Demand => {
            let (demand, nearly) =
                if english && strictness == Strictness::Sound { (ENGLISH, NEARLY_ENGLISH) } else { (demand, demand) };
            let sure = with(demand, threshold);
            // Who names a threshold has drawn the line.
            let possible = if threshold.is_some() { sure } else { nearly.cost(weight).max(sure) };
            Limits { sure, possible }
        }
        Purpose::Forbid => {
            let sure = with(forbid, threshold);
            Limits { sure, possible: sure.max(demand.cost(weight)) }
        }
    }
}

/// How unlike a character may be heard in a forbidden phrase of `weight` without leaving it in doubt: among two, any other
/// character makes another word, and among three a near sound does.
pub(super) fn clear(weight: f32) -> f32 {
    match weight {
        ..SHORT => 0.0,
        ..=THREE => HOMOPHONE,
        _ => NEVER,
    }
}

/// What a word of `weight` costs that decides what a phrase says and was heard doubtfully; the rest must be clear.
pub(super) fn doubt(limits: Limits, weight: f32, negation: bool) -> f32 {
    let share = if negation { 0.6 } else { 0.4 };
    (limits.possible - 0.5 * limits.sure).min(share * weight)
}
