//! Which sound on a channel is the other side heard through.
//!
//! Two signs, both needing the other side to be active and louder: no louder than this line lets the other side
//! through, or the same rise and fall over a whole stretch, which two people who talk at once never have.

use super::channels::Copy;
use super::frames::{Ear, Frames};
use super::segments::{Class, floor};
use crate::call::NonSpeechKind;

/// How far below the other side sound is leakage at the most and at the least, dB, and how far leakage rises above what
/// is usual on its line. Telephone bridges leak at -30 to -40, encodings that join two channels (Opus) at -26 and unevenly; a
/// soft voice beside a loud one lies at -15.
const FAR_BELOW: (f32, f32) = (-23.0, -12.0);
const RISE: f32 = 12.0;

/// How far below the other side sound of the same shape is leakage, dB.
const BELOW: f32 = 6.0;

/// Correlation of the levels from which two stretches have the same shape.
const SAME_SHAPE: f32 = 0.8;

/// Frames that leakage may come after its source or before: about 100 and 50 ms.
const LATE: usize = 6;
const EARLY: usize = 3;

/// The shortest stretch whose shape says anything, frames.
const SHAPE: usize = 25;

/// What is left of each channel's classes when leakage from the other channels is named as such.
pub(super) fn gate(ears: &[Ear], heard: &[Vec<Class>], copies: &[Option<Copy>]) -> Vec<Vec<Class>> {
    let active: Vec<Vec<bool>> = ears.iter().map(|ear| active(&ear.frames)).collect();
    let mut gated = heard.to_vec();
    for (own, classes) in gated.iter_mut().enumerate() {
        for other in (0..ears.len()).filter(|&other| other != own && copies.get(other).is_none_or(Option::is_none)) {
            gate_one(&ears[own].frames, &ears[other].frames, &active[other], classes);
        }
    }
    gated
}

/// Frames that stand out of their channel's background.
fn active(frames: &Frames) -> Vec<bool> {
    let floor = floor(frames);
    (0..frames.len()).map(|index| frames.level(index) > (floor[index] + 10.0).max(-55.0)).collect()
}

fn gate_one(own: &Frames, other: &Frames, active: &[bool], classes: &mut [Class]) {
    let leaked = Class::Other(NonSpeechKind::CrossTalk);
    // The loudest that the other side was around each frame.
    let louder: Vec<f32> = (0..own.len())
        .map(|index| {
            (index.saturating_sub(LATE)..(index + EARLY + 1).min(other.len()))
                .filter(|&near| active[near])
                .map(|near| other.level(near))
                .fold(f32::NEG_INFINITY, f32::max)
        })
        .collect();
    let limit = leakage(own, &louder);
    let mut start = 0;
    while start < classes.len() {
        if classes[start] != Class::Speech {
            start += 1;
            continue;
        }
        let length = classes[start..].iter().take_while(|class| **class == Class::Speech).count();
        let run = start..start + length;
        start = run.end;
        if length >= SHAPE && same_shape(own, other, active, run.clone()) {
            classes[run].fill(leaked);
            continue;
        }
        for index in run {
            if own.level(index) < louder[index] + limit {
                classes[index] = leaked;
            }
        }
    }
}

/// Level relative to the other side below which sound on this line is leakage, dB.
///
/// Most of the time that one side speaks the other listens: then this channel holds leakage and its own background.
fn leakage(own: &Frames, louder: &[f32]) -> f32 {
    let mut below: Vec<f32> =
        louder.iter().enumerate().filter(|(_, at)| **at > -45.0).map(|(index, at)| own.level(index) - at).collect();
    below.sort_by(f32::total_cmp);
    let usual = below.get(below.len() / 4).copied().unwrap_or(f32::NEG_INFINITY);
    (usual + RISE).clamp(FAR_BELOW.0, FAR_BELOW.1)
}

/// Whether the other side is active over `run` and rises and falls as this channel does, well above it.
fn same_shape(own: &Frames, other: &Frames, active: &[bool], run: std::ops::Range<usize>) -> bool {
    let (mut best, mut below) = (0.0, 0.0);
    for late in 0..=LATE {
        if run.start < late || run.end - late > other.len() {
            continue;
        }
        let pairs = run.clone().map(|index| (own.level(index).max(-80.0), other.level(index - late).max(-80.0)));
        let count = run.len() as f32;
        let mean = pairs.clone().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0 / count, sum.1 + pair.1 / count));
        let (mut xx, mut yy, mut xy) = (0.0f32, 0.0f32, 0.0f32);
        for (x, y) in pairs {
            let (x, y) = (x - mean.0, y - mean.1);
            xx += x * x;
            yy += y * y;
            xy += x * y;
        }
        let like = xy / (xx * yy).sqrt().max(1e-6);
        if like > best {
            (best, below) = (like, mean.1 - mean.0);
        }
    }
    let together = active.get(run.clone()).map_or(0, |active| active.iter().filter(|active| **active).count());
    best > SAME_SHAPE && below > BELOW && together * 10 >= run.len() * 7
}
