//! From frames to stretches of speech and of other sound.
//!
//! First every frame is put into a [`Class`] by itself and its neighbours; then stretches of speech are given their
//! edges by loudness, short gaps in them are closed, and what is too short to be a word is left out.

use super::frames::{FRAME_MS, Frames};
use crate::call::{ChannelSound, Ms, NonSpeech, NonSpeechKind, TimeSpan};

/// The network's answer, averaged over three frames, from which a voice is taken to begin, and under which to end.
const VOICE: (f32, f32) = (0.45, 0.30);

/// Sound below this is nothing, dBFS: the noise of a quiet line lies at -60.
const INAUDIBLE: f32 = -62.0;

/// Part of the energy in steady tones, averaged over 0.75 s, from which sound is music or a signal, and from which it
/// goes on to be. Speech of people and machines stays below 0.25 but for single long vowels, most of it below 0.1; hold
/// music and key tones lie above 0.4.
const TONAL: (f32, f32) = (0.35, 0.18);

/// Change of the spectrum, averaged over a second, below which sound is steady noise, dB. Noise of any colour has 0.5,
/// speech at 13 dB above noise at least 1.3.
const STEADY: f32 = 0.9;

/// How far below a channel's loudest twentieth of voice its speaker never goes for a whole word, dB: colleagues and
/// television in the background lie below.
const ROOM: f32 = 26.0;

/// Gaps up to this belong to the speech around them: stops, breaths between words.
const GAP: Ms = Ms(300);

/// The shortest word: `嗯`, "No.".
const SHORTEST: Ms = Ms(100);

/// Soft beginnings and ends of words that loudness alone does not show.
const MARGIN: (Ms, Ms) = (Ms(30), Ms(60));

/// The shortest stretch of other sound that is listed.
const SHORTEST_OTHER: Ms = Ms(300);

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Nothing of note.
    Quiet,
    /// A voice.
    Speech,
    /// Sound that is no voice.
    Other(NonSpeechKind),
}

/// Puts every frame of a channel into its class, regardless of other channels.
pub(super) fn classify(frames: &Frames) -> Vec<Class> {
    let count = frames.len();
    let audible: Vec<bool> = (0..count).map(|index| frames.level(index) > INAUDIBLE).collect();
    let floor = floor(frames);
    let tones = tonal(frames, &audible);
    let change = mean_around(&frames.change, &audible, NOISE_REACH);
    let voice = |index: usize| {
        let at = |index: Option<usize>| index.and_then(|index| frames.voice.get(index)).map_or(0.0, |v| f32::from(*v));
        (at(index.checked_sub(1)) + 2.0 * at(Some(index)) + at(Some(index + 1))) / (4.0 * 255.0)
    };
    // A voice in noise stands out of it syllable by syllable.
    let background = background(frames, &audible, voice);
    let stands_out = |index: usize| {
        (index.saturating_sub(5)..(index + 6).min(count))
            .any(|near| frames.level(near) > (floor[near] + 5.0).max(background))
    };
    // A short word in silence has no time to change; noise lasts.
    let lasting = lasting(&audible);
    let mut speaking = false;
    (0..count)
        .map(|index| {
            let level = frames.level(index);
            speaking = voice(index) >= if speaking { VOICE.1 } else { VOICE.0 };
            if !audible[index] {
                Class::Quiet
            } else if let Some(kind) = tones[index] {
                Class::Other(kind)
            } else if change[index] < STEADY * 16.0 && lasting[index] {
                if level > -50.0 { Class::Other(NonSpeechKind::Noise) } else { Class::Quiet }
            } else if speaking && stands_out(index) {
                Class::Speech
            } else {
                Class::Quiet
            }
        })
        .collect()
}

/// Where tones rule, and which kind they are.
fn tonal(frames: &Frames, audible: &[bool]) -> Vec<Option<NonSpeechKind>> {
    let count = frames.len();
    let average = mean_around(&frames.tonal, audible, 23);
    // The average reaches over the edges of a tone; the tone itself must be near.
    let near = |index: usize| {
        let near = index.saturating_sub(8)..(index + 9).min(count);
        audible[index] && frames.tonal[near].iter().any(|held| *held > 76)
    };
    let mut ruled = vec![false; count];
    for run in runs(count, |index| average[index] > TONAL.1 * 255.0, 0) {
        // Notes that waver do not end a piece of music that is clear before or after.
        let clear = run.clone().filter(|&index| average[index] > TONAL.0 * 255.0).count();
        for index in run {
            ruled[index] = near(index) && (clear >= 60 || average[index] > TONAL.0 * 255.0);
        }
    }
    // Two tones that beat are not steady one by one, but all the energy stays in one place for most of a second.
    let mut start = 0;
    while start < count {
        let (mut low, mut high) = (u8::MAX, 0);
        let length = (start..count)
            .take_while(|&index| {
                low = low.min(frames.note[index]);
                high = high.max(frames.note[index]);
                audible[index] && frames.focus[index] > 216 && high - low <= 2
            })
            .count();
        if length >= 50 {
            ruled[start..start + length].fill(true);
        }
        start += length.max(1);
    }
    let mut kinds = vec![None; count];
    for run in runs(count, |index| ruled[index], 62) {
        let kind = kind_of_tones(frames, &ruled, run.clone());
        for index in run {
            if ruled[index] {
                kinds[index] = Some(kind);
            }
        }
    }
    kinds
}

/// Signals are few notes or short bursts; music is many notes that follow each other.
fn kind_of_tones(frames: &Frames, ruled: &[bool], run: std::ops::Range<usize>) -> NonSpeechKind {
    let length = run.len();
    let sounding = ruled[run.clone()].iter().filter(|ruled| **ruled).count();
    let mut times = [0u32; 256];
    for index in run {
        times[usize::from(frames.note[index])] += u32::from(ruled[index] && frames.tonal[index] > 76);
    }
    // A note and its neighbour count once.
    let mut notes = 0;
    let mut before = 0;
    for time in times {
        if time >= 4 && before < 4 {
            notes += 1;
        }
        before = time;
    }
    let with_pauses = sounding * 10 < length * 8;
    if notes >= 4 && !with_pauses && length > 60 { NonSpeechKind::Music } else { NonSpeechKind::Tone }
}

/// The mean of `values` over the audible frames within `reach` of each frame.
fn mean_around(values: &[u8], audible: &[bool], reach: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push((0u64, 0u64));
    let (mut sum, mut count) = (0, 0);
    for (value, audible) in values.iter().zip(audible) {
        if *audible {
            sum += u64::from(*value);
            count += 1;
        }
        sums.push((sum, count));
    }
    (0..values.len())
        .map(|index| {
            let from = sums[index.saturating_sub(reach)];
            let to = sums[(index + reach + 1).min(values.len())];
            if to.1 > from.1 { (to.0 - from.0) as f32 / (to.1 - from.1) as f32 } else { 0.0 }
        })
        .collect()
}

/// The level below which voices are not the speaker's but those of the room, dBFS.
fn background(frames: &Frames, audible: &[bool], voice: impl Fn(usize) -> f32) -> f32 {
    let voiced = (0..frames.len()).filter(|&index| audible[index] && voice(index) >= VOICE.0);
    let mut levels: Vec<f32> = voiced.map(|index| frames.level(index)).collect();
    levels.sort_by(f32::total_cmp);
    levels.get(levels.len() * 19 / 20).map_or(f32::NEG_INFINITY, |loud| loud - ROOM)
}

/// Frames on either side over which change is averaged: half a second.
const NOISE_REACH: usize = 31;

/// Frames with sound all along for half a second before or after, or nearly so around them.
fn lasting(audible: &[bool]) -> Vec<bool> {
    let ones: Vec<u8> = audible.iter().map(|audible| u8::from(*audible)).collect();
    let all = vec![true; audible.len()];
    let part = mean_around(&ones, &all, NOISE_REACH);
    let frames = |index: usize| {
        let around = (index + NOISE_REACH + 1).min(audible.len()) - index.saturating_sub(NOISE_REACH);
        part[index] * around as f32
    };
    (0..audible.len()).map(|index| frames(index) >= NOISE_REACH as f32).collect()
}

/// The level of the background around each frame, dBFS: a tenth of the frames within some seconds lie below it.
pub(super) fn floor(frames: &Frames) -> Vec<f32> {
    const SECOND: usize = 62;
    const REACH: usize = 6;
    let seconds: Vec<f32> = frames
        .quiet
        .chunks(SECOND)
        .map(|second| {
            let mut sorted = second.to_vec();
            // The larger the value, the quieter.
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            f32::from(sorted[sorted.len() / 10]) * -0.5
        })
        .collect();
    let around = |second: usize| {
        let near = &seconds[second.saturating_sub(REACH)..(second + REACH + 1).min(seconds.len())];
        near.iter().copied().fold(f32::INFINITY, f32::min)
    };
    let lowest: Vec<f32> = (0..seconds.len()).map(around).collect();
    (0..frames.len()).map(|index| lowest[index / SECOND]).collect()
}

/// Runs of frames that fulfil `holds`, joined over gaps of up to `gap` frames.
fn runs(count: usize, holds: impl Fn(usize) -> bool, gap: usize) -> Vec<std::ops::Range<usize>> {
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for index in (0..count).filter(|&index| holds(index)) {
        match found.last_mut() {
            Some(last) if index - last.end <= gap => last.end = index + 1,
            _ => found.push(index..index + 1),
        }
    }
    found
}

/// The stretches of speech and of other sound that `classes` make up.
pub(super) fn spans(frames: &Frames, classes: &[Class], duration: Ms) -> ChannelSound {
    let count = classes.len();
    let floor = floor(frames);
    let loud = |index: usize, above: f32| frames.level(index) > (floor[index] + above).max(INAUDIBLE);
    let other = |index: usize| matches!(classes[index], Class::Other(_));
    let mut speech: Vec<TimeSpan> = Vec::new();
    // Dips of up to three frames inside a word are the network's, not the voice's.
    for run in runs(count, |index| classes[index] == Class::Speech, 3) {
        let (mut start, mut end) = (run.start, run.end);
        // The network needs some frames to hear a voice begin and to hear it end: loudness knows better.
        for _ in 0..6 {
            if start > 0 && loud(start - 1, 8.0) && !other(start - 1) {
                start -= 1;
            }
        }
        for _ in 0..6 {
            if end < count && loud(end, 8.0) && !other(end) {
                end += 1;
            }
        }
        while start < end && !loud(start, 5.0) {
            start += 1;
        }
        while start < end && !loud(end - 1, 5.0) {
            end -= 1;
        }
        let span = TimeSpan::new(Ms(start as i64 * FRAME_MS), Ms(end as i64 * FRAME_MS));
        match speech.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => speech.push(span),
        }
    }
    speech.retain(|span| span.length() >= Ms(64));
    speech.retain(|span| !is_tail_of_music(span, classes));
    let mut joined: Vec<TimeSpan> = Vec::new();
    for span in speech {
        let between = |last: &TimeSpan| {
            let gap = (last.end.0 / FRAME_MS) as usize..(span.start.0 / FRAME_MS) as usize;
            let named = |class: &Class| matches!(class, Class::Other(kind) if *kind != NonSpeechKind::Noise);
            classes.get(gap).is_some_and(|classes| classes.iter().any(named))
        };
        match joined.last_mut() {
            Some(last) if span.start - last.end <= GAP && !between(last) => last.end = span.end,
            _ => joined.push(span),
        }
    }
    joined.retain(|span| span.length() >= SHORTEST);
    let mut before = Ms(0);
    let mut next = joined.iter().map(|span| span.start).skip(1).collect::<Vec<_>>().into_iter();
    let whole = TimeSpan::new(Ms(0), duration);
    let speech: Vec<TimeSpan> = joined
        .iter()
        .map(|span| {
            let limit = next.next().unwrap_or(duration);
            let end = Ms((span.end + MARGIN.1).0.min((span.end.0 + limit.0) / 2)).max(span.end);
            let start = (span.start - MARGIN.0).max(before);
            before = end;
            TimeSpan::new(start, end).intersection(whole)
        })
        .filter(|span| !span.is_empty())
        .collect();
    ChannelSound { non_speech: other_sound(classes, &speech, whole), speech, ..ChannelSound::default() }
}

/// Whether `span` is a short piece that touches a long stretch of music: its last note, too short to be steady.
fn is_tail_of_music(span: &TimeSpan, classes: &[Class]) -> bool {
    let music = |from: i64, to: i64| {
        let frames = from.max(0) as usize..(to.max(0) as usize).min(classes.len());
        frames.len() >= 60
            && classes[frames.clone()].iter().filter(|class| **class == Class::Other(NonSpeechKind::Music)).count() * 10
                >= frames.len() * 8
    };
    let (start, end) = (span.start.0 / FRAME_MS, span.end.0 / FRAME_MS);
    span.length() < Ms(450) && (music(start - 66, start - 3) || music(end + 3, end + 66))
}

/// Stretches of other sound outside `speech`.
fn other_sound(classes: &[Class], speech: &[TimeSpan], whole: TimeSpan) -> Vec<NonSpeech> {
    let mut found: Vec<NonSpeech> = Vec::new();
    for kind in [NonSpeechKind::Music, NonSpeechKind::Tone, NonSpeechKind::Noise, NonSpeechKind::CrossTalk] {
        for run in runs(classes.len(), |index| classes[index] == Class::Other(kind), 18) {
            let time = |index: usize| Ms(index as i64 * FRAME_MS);
            let (begin, end) = (time(run.start), time(run.end));
            let mut start = begin;
            // Speech on this channel takes its time away from what lies under it.
            for span in speech.iter().filter(|span| span.start < end && span.end > begin) {
                found.push(NonSpeech { span: TimeSpan::new(start, span.start), kind });
                start = start.max(span.end);
            }
            found.push(NonSpeech { span: TimeSpan::new(start, end), kind });
        }
    }
    found.iter_mut().for_each(|other| other.span = other.span.intersection(whole));
    found.retain(|other| other.span.length() >= SHORTEST_OTHER);
    found.sort_by_key(|other| other.span);
    let mut before = Ms(0);
    for other in &mut found {
        other.span = TimeSpan::new(other.span.start.max(before), other.span.end);
        before = before.max(other.span.end);
    }
    found.retain(|other| !other.span.is_empty());
    found
}
