//! Whether channels carry the same sound, and what is wrong with a recording as such.

use super::frames::{Ear, Totals};
use crate::call::{Ms, NonSpeechKind, SoundMap, Warning};

/// Correlation from which two channels carry the same sound. Two microphones of one call stay far below it; the same
/// sound encoded twice at a low bit rate stays above.
const SAME: f64 = 0.98;

/// Part of a channel's audible samples near its loudest from which it is clipped.
const CLIPPED: f64 = 0.02;

/// How a channel repeats an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copy {
    /// The same samples, perhaps at another level.
    Same,
    /// The same with the sign turned round.
    Inverted,
}

/// How alike the channels are, over the whole recording.
pub(super) struct Likeness {
    channels: usize,
    /// Sums of the products of each pair of channels, a row a channel.
    products: Vec<f64>,
    last: Vec<f32>,
}

impl Likeness {
    pub fn new(channels: usize) -> Self {
        Self { channels, products: vec![0.0; channels * channels], last: vec![0.0; channels] }
    }

    pub fn push(&mut self, channels: &[Vec<f32>]) {
        // Differences from sample to sample leave out the constant part and the hum that lines share.
        let steps: Vec<Vec<f32>> = self
            .last
            .iter_mut()
            .zip(channels)
            .map(|(last, channel)| {
                let steps = channel.iter().map(|at| at - std::mem::replace(last, *at));
                steps.collect()
            })
            .collect();
        for first in 0..steps.len() {
            for second in first..steps.len() {
                self.products[first * self.channels + second] += dot(&steps[first], &steps[second]);
            }
        }
    }

    /// Correlation of two channels, -1..=1; 0 where one is silent.
    fn correlation(&self, first: usize, second: usize) -> f64 {
        let at = |a: usize, b: usize| self.products[a.min(b) * self.channels + a.max(b)];
        let energy = (at(first, first) * at(second, second)).sqrt();
        if energy > 1e-9 { at(first, second) / energy } else { 0.0 }
    }

    /// For every channel, whether and how it repeats an earlier one.
    pub fn copies(&self) -> Vec<Option<Copy>> {
        (0..self.channels)
            .map(|channel| {
                (0..channel).find_map(|earlier| match self.correlation(earlier, channel) {
                    like if like > SAME => Some(Copy::Same),
                    like if like < -SAME => Some(Copy::Inverted),
                    _ => None,
                })
            })
            .collect()
    }
}

/// Sum of the products of `a` and `b`.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 16;
    let mut sum = 0.0;
    // Pieces of some thousand keep single precision exact enough; the lanes let the processor work side by side.
    for (a, b) in a.chunks(4096).zip(b.chunks(4096)) {
        let mut lanes = [0.0f32; LANES];
        let (a, a_rest) = a.as_chunks::<LANES>();
        let (b, b_rest) = b.as_chunks::<LANES>();
        for (a, b) in a.iter().zip(b) {
            for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
                *lane += a * b;
            }
        }
        sum += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        sum += a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    }
    sum
}

/// A channel quieter than this all through is silent, dB below full scale.
const SILENT: u8 = 65;

/// Mean of the samples from which a channel has a constant part that a person should know of.
const CONSTANT: f64 = 0.01;

/// What a person should know about the recording, in the order of the codes.
pub(super) fn warnings(ears: &[Ear], sound: &SoundMap, copies: &[Option<Copy>]) -> Vec<Warning> {
    let mut found: Vec<Warning> = Vec::new();
    let mut warn = |code: &str, message: String| found.push(Warning { code: code.to_owned(), message });
    let of =
        |copy: Copy| -> Vec<usize> { (0..copies.len()).filter(|channel| copies[*channel] == Some(copy)).collect() };
    let copied: Vec<usize> = (0..copies.len()).filter(|channel| copies[*channel].is_some()).collect();
    if !copied.is_empty() {
        let message = if sound.channels.len() == 1 {
            "all channels carry the same sound: it is heard once, as one channel".to_owned()
        } else {
            format!("{} the sound of an earlier one and is heard once", carries(&copied, "carries", "carry"))
        };
        warn("copied_mono", message);
    }
    let inverted = of(Copy::Inverted);
    if !inverted.is_empty() {
        let message =
            format!("{} turned round in sign: mixed to one channel they would cancel", carries(&inverted, "is", "are"));
        warn("inverted_channel", message);
    }
    let silent: Vec<usize> = (0..sound.channels.len())
        .filter(|channel| copies[*channel].is_none())
        .filter(|channel| sound.channels[*channel].loudness.values.iter().all(|loudness| *loudness > SILENT))
        .collect();
    if !silent.is_empty() {
        warn("silent_channel", format!("{} silent from start to end", carries(&silent, "is", "are")));
    }
    let spoken: Vec<usize> =
        (0..sound.channels.len()).filter(|channel| !sound.channels[*channel].speech.is_empty()).collect();
    let talk = |channel: usize| sound.channels[channel].speech.iter().map(|span| span.length()).sum::<Ms>();
    if let (true, &[only]) = (sound.channels.len() > 1, &spoken[..])
        && talk(only) >= Ms(3_000)
    {
        let message = format!("only channel {} has speech: the other side is silent or was not recorded", only + 1);
        warn("one_way_audio", message);
    }
    let leaky: Vec<usize> = (0..sound.channels.len())
        .filter(|channel| {
            let leaked =
                sound.channels[*channel].non_speech.iter().filter(|other| other.kind == NonSpeechKind::CrossTalk);
            leaked.map(|other| other.span.length()).sum::<Ms>() >= Ms(1_000)
        })
        .collect();
    if !leaky.is_empty() {
        warn(
            "cross_talk",
            format!("{} the other side faintly: it is not counted as speech", carries(&leaky, "carries", "carry")),
        );
    }
    let clipped: Vec<usize> = (0..ears.len()).filter(|channel| is_clipped(&ears[*channel].totals)).collect();
    if !clipped.is_empty() {
        warn(
            "clipping",
            format!("{} cut off at the loudest places: recognition suffers", carries(&clipped, "is", "are")),
        );
    }
    let constant: Vec<usize> = (0..ears.len())
        .filter(|channel| {
            let totals = &ears[*channel].totals;
            totals.samples > 0 && (totals.sum / totals.samples as f64).abs() > CONSTANT
        })
        .collect();
    if !constant.is_empty() {
        warn("dc_offset", format!("{} a constant part", carries(&constant, "has", "have")));
    }
    found.sort();
    found
}

/// `channel 1 VERB` or `channels 1 and 3 VERBS`, counted from one.
fn carries(channels: &[usize], one: &str, many: &str) -> String {
    match channels {
        [channel] => format!("channel {} {one}", channel + 1),
        channels => {
            let numbers: Vec<String> = channels.iter().map(|channel| (channel + 1).to_string()).collect();
            format!("channels {} {many}", numbers.join(", "))
        }
    }
}

/// Whether the loudest samples pile up at one magnitude, as only a cut does.
///
/// The magnitudes of speech thin out towards the loudest, so of the samples above a tenth of it hardly any lie within
/// its last part. Resampling rounds the corners of a cut wave, which spreads the pile over some hundredths.
fn is_clipped(totals: &Totals) -> bool {
    let counts = &totals.magnitudes;
    let Some(loudest) = (0..counts.len()).rev().find(|&magnitude| counts[magnitude] >= 5) else { return false };
    if loudest < 30 {
        return false;
    }
    let sum = |range: std::ops::Range<usize>| counts[range].iter().sum::<u64>() as f64;
    let top = sum(loudest * 7 / 8..counts.len());
    let audible = sum(loudest / 10..counts.len());
    // Two seconds of it: a word or two say nothing about the recording.
    audible > 32_000.0 && top / audible > CLIPPED
}
