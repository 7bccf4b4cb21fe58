//! Which stretches of a channel are recognised together, and where each of them lies on the recording's timeline.
//!
//! A recogniser that was trained on windows of 30 s does badly on short ones: it loops, or makes up what is missing.
//! So the speech of a channel is cut out, with a little of what surrounds it, and laid one piece after another, with a
//! short silence between, into windows: not the longest, since their work grows faster than their length, and parted
//! rather in long pauses, where a sentence is over. [`Window::place`] leads every instant back.

use super::SAMPLE_RATE;
use crate::call::{ChannelSound, Ms, TimeSpan};
use std::ops::Range;

/// What one more window costs, in positions of the encoder: few tokens, but in short windows more words are wrong.
const FRESH: f64 = 600.0;
/// What it costs to part two pieces with no pause between them, which may be one sentence.
const TORN: f64 = 300.0;
/// After a pause of this length it costs about a third as much.
const LONG_PAUSE: Ms = Ms(2000);

/// How speech is laid into windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packing {
    /// Sound taken before the begin of speech.
    pub(super) before: Ms,
    /// Sound taken after its end.
    pub(super) after: Ms,
    /// Silence between two pieces; a shorter pause of the recording is kept as it is.
    pub(super) gap: Ms,
    /// Longest window.
    pub(super) window: Ms,
}

/// A piece of the recording and where it lies in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its place in the recording.
    pub(super) source: TimeSpan,
    /// Where it begins in the window.
    pub(super) at: Ms,
}

impl Piece {
    /// Its place in the window.
    pub(super) fn within(&self) -> TimeSpan {
        TimeSpan::new(self.at, self.at + self.source.length())
    }
}

/// Pieces of one channel that are recognised together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The channel.
    pub(super) channel: usize,
    /// In order, apart in the window by at least the gap.
    pub(super) pieces: Vec<Piece>,
    /// Where speech lies in the recording, as far as these pieces hold it.
    pub(super) speech: Vec<TimeSpan>,
}

impl Window {
    /// Time from its begin to the end of its last piece.
    pub(super) fn length(&self) -> Ms {
        self.pieces.last().map_or(Ms(0), |piece| piece.within().end)
    }

    /// When the last of its sound is over in the recording.
    pub(super) fn complete_at(&self) -> Ms {
        self.pieces.last().map_or(Ms(0), |piece| piece.source.end)
    }

    /// When the last speech in it ends.
    pub(super) fn speech_end(&self) -> Ms {
        let Some(last) = self.pieces.last() else { return Ms(0) };
        let ends =
            self.speech.iter().map(|speech| speech.intersection(last.source)).filter(|speech| !speech.is_empty());
        ends.map(|speech| last.at + (speech.end - last.source.start)).max().unwrap_or_else(|| self.length())
    }

    /// The piece that `time` (in the window) lies in, or the nearest one.
    pub(super) fn piece_at(&self, time: Ms) -> Option<usize> {
        let distance = |piece: &Piece| {
            let within = piece.within();
            (within.start - time).max(time - within.end).max(Ms(0))
        };
        (0..self.pieces.len()).min_by_key(|index| distance(&self.pieces[*index]))
    }

    /// The instant of the recording that `time` (in the window) comes from, as seen from the piece `index`: clipped to
    /// it.
    pub(super) fn place(&self, index: usize, time: Ms) -> Ms {
        self.pieces.get(index).map_or(Ms(0), |piece| {
            let within = piece.within();
            piece.source.start + (time.clamp(within.start, within.end) - within.start)
        })
    }

    /// The two halves of a window of several pieces, about equally long; `None` for a single piece.
    pub(super) fn halves(&self, packing: &Packing) -> Option<[Window; 2]> {
        if self.pieces.len() < 2 {
            return None;
        }
        let half = self.length().0 / 2;
        let cut = (1..self.pieces.len()).min_by_key(|index| (self.pieces[*index].at.0 - half).abs())?;
        Some([self.packed(&self.pieces[..cut], packing), self.packed(&self.pieces[cut..], packing)])
    }

    /// The same channel with only `pieces`, laid anew from the begin.
    pub(super) fn packed(&self, pieces: &[Piece], packing: &Packing) -> Window {
        let mut window = Window { channel: self.channel, pieces: Vec::new(), speech: self.speech.clone() };
        for piece in pieces {
            window.push(piece.source, packing);
        }
        window
    }

    fn push(&mut self, source: TimeSpan, packing: &Packing) {
        let at = if self.pieces.is_empty() { Ms(0) } else { self.length() + packing.gap };
        self.pieces.push(Piece { source, at });
    }
}

/// Lays the speech of `channel` into windows, each at most as long as `packing` allows, in the order of time. `effort` says
/// what it takes to recognise a window of a length, in positions of the encoder.
pub(super) fn windows(
    channel: usize,
    sound: &ChannelSound,
    duration: Ms,
    packing: &Packing,
    effort: impl Fn(Ms) -> f64,
) -> Vec<Window> {
    let pieces = pieces(sound, duration, packing);
    let mut windows: Vec<Window> = Vec::new();
    for range in shared(&pieces, packing, &effort) {
        let mut window = Window { channel, ..Window::default() };
        for piece in &pieces[range] {
            window.push(*piece, packing);
        }
        windows.push(window);
    }
    for window in &mut windows {
        let begin = window.pieces.first().map_or(Ms(0), |piece| piece.source.start);
        let held = TimeSpan::new(begin, window.complete_at());
        window.speech = sound.speech.iter().copied().filter(|speech| speech.overlaps(held)).collect();
    }
    windows
}

/// Which of `pieces` share a window: of all ways to part them, the one that costs least. A window costs the `effort` that its
/// length takes and [`FRESH`]; one that begins after a short pause costs more.
fn shared(pieces: &[TimeSpan], packing: &Packing, effort: &impl Fn(Ms) -> f64) -> Vec<Range<usize>> {
    // For each piece, what all windows up to it cost together, and where the last of them begins.
    let mut least = vec![(0.0, 0)];
    for end in 1..=pieces.len() {
        let mut best = (f64::INFINITY, end - 1);
        let mut length = Ms(0) - packing.gap;
        for start in (0..end).rev() {
            length = length + packing.gap + pieces[start].length();
            if length > packing.window && start + 1 < end {
                break;
            }
            let pause = start.checked_sub(1).map(|before| pieces[start].start - pieces[before].end);
            let torn = pause.map_or(0.0, |pause| TORN * (-pause.seconds() / LONG_PAUSE.seconds()).exp());
            let cost = least[start].0 + effort(length) + FRESH + torn;
            if cost < best.0 {
                best = (cost, start);
            }
        }
        least.push(best);
    }
    let mut ranges = Vec::new();
    let mut end = pieces.len();
    while end > 0 {
        let start = least[end].1;
        ranges.push(start..end);
        end = start;
    }
    ranges.reverse();
    ranges
}

/// Speech with its surroundings; pieces nearer than the gap are one, and none is longer than a window.
fn pieces(sound: &ChannelSound, duration: Ms, packing: &Packing) -> Vec<TimeSpan> {
    let mut pieces: Vec<TimeSpan> = Vec::new();
    for speech in sound.speech.iter().filter(|speech| !speech.is_empty()) {
        let mut start = (speech.start - packing.before).max(Ms(0));
        let mut end = (speech.end + packing.after).min(duration.max(speech.end));
        for other in &sound.non_speech {
            if other.span.end <= speech.start {
                start = start.max(other.span.end);
            } else if other.span.start >= speech.end {
                end = end.min(other.span.start);
            }
        }
        match pieces.last_mut() {
            Some(last) if start < last.end + packing.gap => last.end = last.end.max(end),
            _ => pieces.push(TimeSpan::new(start, end)),
        }
    }
    pieces.into_iter().flat_map(|piece| cut(piece, sound, packing.window)).collect()
}

/// Cuts a piece that is longer than `longest` where it is quietest.
fn cut(piece: TimeSpan, sound: &ChannelSound, longest: Ms) -> Vec<TimeSpan> {
    let mut parts = Vec::new();
    let mut rest = piece;
    while rest.length() > longest {
        // Anywhere in the second half of what is allowed.
        let from = rest.start + Ms(longest.0 / 2);
        let search = TimeSpan::new(from, rest.start + longest);
        let quietest = sound.loudness.within(search).iter().enumerate().max_by_key(|(_, level)| **level);
        let hop = sound.loudness.hop.0.max(1);
        let first = from.0.div_euclid(hop) + i64::from(from.0 % hop != 0);
        let at = quietest.map_or(search.end, |(index, _)| Ms((first + index as i64) * hop));
        let at = at.clamp(from, search.end);
        parts.push(TimeSpan::new(rest.start, at));
        rest.start = at;
    }
    parts.push(rest);
    parts
}

/// Index of the sample at `time`, at 16 kHz.
pub(super) fn sample_at(time: Ms) -> u64 {
    time.0.max(0) as u64 * u64::from(SAMPLE_RATE / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Contour, NonSpeech, NonSpeechKind};
    use proptest::prelude::*;

    const PACKING: Packing = Packing { before: Ms(200), after: Ms(250), gap: Ms(200), window: Ms(29_000) };

    /// Positions of 20 ms, of which 850 look at each other for as long as they take alone.
    fn effort(length: Ms) -> f64 {
        let positions = length.0 as f64 / 20.0;
        positions * (1.0 + positions / 850.0)
    }

    fn sound(spans: &[(i64, i64)]) -> ChannelSound {
        let speech = spans.iter().map(|(start, end)| TimeSpan::new(Ms(*start), Ms(*end))).collect();
        ChannelSound { speech, ..ChannelSound::default() }
    }

    #[test]
    fn speech_of_a_short_call_shares_one_window() {
        let windows = windows(1, &sound(&[(1000, 2000), (2300, 3000), (9000, 9400)]), Ms(10_000), &PACKING, effort);
        assert_eq!(windows.len(), 1);
        let piece = |start, end, at| Piece { source: TimeSpan::new(Ms(start), Ms(end)), at: Ms(at) };
        // The pause of 300 ms is kept; the long one becomes the gap.
        assert_eq!(windows[0].pieces, [piece(800, 3250, 0), piece(8800, 9650, 2650)]);
        assert_eq!(windows[0].place(1, Ms(2850)), Ms(9000));
        assert_eq!(windows[0].piece_at(Ms(2500)), Some(0));
    }

    #[test]
    fn windows_are_parted_in_the_long_pause() {
        let parted = |second: i64| {
            let at = |number: i64| number * 3000 + if number < second { 0 } else { 5000 };
            let spans: Vec<_> = (0..12).map(|number| (at(number), at(number) + 2000)).collect();
            let windows = windows(0, &sound(&spans), Ms(60_000), &PACKING, effort);
            windows.iter().map(|window| window.pieces.len()).collect::<Vec<_>>()
        };
        assert_eq!(parted(6), [6, 6]);
        assert_eq!(parted(5), [5, 7]);
        // Not at any price.
        assert_eq!(parted(1), [6, 6]);
    }

    #[test]
    fn speech_ends_before_what_surrounds_it() {
        let windows = windows(0, &sound(&[(1000, 2000), (5000, 6000)]), Ms(9000), &PACKING, effort);
        assert_eq!((windows[0].speech_end(), windows[0].length()), (Ms(2850), Ms(3100)));
    }

    #[test]
    fn surroundings_stop_at_music() {
        let mut sound = sound(&[(1000, 2000)]);
        let span = TimeSpan::new(Ms(2100), Ms(9000));
        sound.non_speech.push(NonSpeech { span, kind: NonSpeechKind::Music });
        assert_eq!(windows(0, &sound, Ms(9000), &PACKING, effort)[0].pieces[0].source.end, Ms(2100));
    }

    #[test]
    fn a_monologue_is_cut_at_its_quietest_moment() {
        let mut sound = sound(&[(0, 50_000)]);
        let mut values = vec![20; 5000];
        values[2200] = 70;
        sound.loudness = Contour { hop: Ms(10), values };
        let windows = windows(0, &sound, Ms(50_000), &PACKING, effort);
        assert_eq!(windows[0].complete_at(), Ms(22_000));
    }

    proptest! {
        #[test]
        fn all_speech_is_packed_once_and_every_instant_leads_back(
            steps in prop::collection::vec((0_i64..20_000, 1_i64..40_000), 0..40)
        ) {
            let mut time = 0;
            let spans: Vec<(i64, i64)> = steps.iter().map(|(pause, length)| {
                let start = time + pause;
                time = start + length;
                (start, time)
            }).collect();
            let sound = sound(&spans);
            let windows = windows(0, &sound, Ms(time), &PACKING, effort);
            let mut end = Ms(0);
            for window in &windows {
                prop_assert!(window.length() <= PACKING.window);
                for (index, piece) in window.pieces.iter().enumerate() {
                    prop_assert!(piece.source.start >= end && piece.source.end <= Ms(time));
                    end = piece.source.end;
                    let middle = piece.at + Ms(piece.source.length().0 / 2);
                    prop_assert_eq!(window.piece_at(middle), Some(index));
                    prop_assert_eq!(window.place(index, middle) - piece.source.start, middle - piece.at);
                }
            }
            for speech in &sound.speech {
                let covered: i64 = windows.iter().flat_map(|window| &window.pieces)
                    .map(|piece| piece.source.intersection(*speech).length().0).sum();
                prop_assert_eq!(covered, speech.length().0);
            }
        }
    }
}
