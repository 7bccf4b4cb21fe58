//! The picture of one call: two lanes of speech with their loudness, silences, overlaps, holds, and marks for findings.

use crate::call::{CallResult, ChannelSound, Contour, Ms, NonSpeechKind, Outcome, Speaker, TimeSpan};
use crate::report::markup::{Escaped, Markup, clock, number};
use crate::report::words::{Words, fill};

/// Width of the picture; one unit is the finest detail.
const WIDTH: f64 = 1000.0;
/// Columns of loudness.
const COLUMNS: usize = 500;
/// Most marks of findings.
const MARKS: usize = 200;
/// Top of the first lane, height of a lane, gap between lanes.
const LANES: (f64, f64, f64) = (22.0, 44.0, 26.0);

/// A mark on the timeline.
pub struct Mark {
    /// When.
    pub at: Ms,
    /// Its verdict.
    pub outcome: Outcome,
    /// What it is about.
    pub title: String,
    /// Id of its criterion's place on the page.
    pub anchor: String,
}

/// Style class of a verdict.
pub fn tone(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "good",
        Outcome::Partial(_) | Outcome::Unsure => "warn",
        Outcome::Fail => "bad",
        Outcome::NotApplicable => "none",
    }
}

/// Draws the call; nothing where the recording has no sound.
pub fn draw(call: &CallResult, marks: &[Mark], w: &Words) -> Markup {
    let sound = &call.heard.sound;
    let mut svg = Markup::default();
    if sound.duration.0 <= 0 || sound.channels.is_empty() {
        return svg;
    }
    let scale = Scale(sound.duration);
    let mut lanes: Vec<(Speaker, &ChannelSound)> =
        sound.channels.iter().enumerate().map(|(channel, sound)| (call.roles.of(channel), sound)).collect();
    lanes.sort_by_key(|(speaker, _)| *speaker);
    lanes.truncate(4);
    let (top, tall, gap) = LANES;
    let lane_top = |index: usize| top + index as f64 * (tall + gap);
    let floor = lane_top(lanes.len() - 1) + tall;
    let height = if lanes.len() == 1 { floor + gap } else { floor + 4.0 };
    svg.add(format_args!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">"));
    axis(&mut svg, sound.duration, floor);
    let full = |svg: &mut Markup, class: &str, span: TimeSpan, title: &str| {
        let (x, wide) = scale.across(span);
        let (y, tall) = (top - 2.0, floor - top + 4.0);
        svg.add(format_args!(
            "<rect class=\"f-{class}\" x=\"{x:.1}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{tall}\"><title>{}</title></rect>",
            Escaped(title)
        ));
    };
    for silence in call.measures.silences.iter().filter(|silence| silence.span.length().0 >= 3000) {
        let title = format!(
            "{} {} {}",
            w.silence,
            clock(silence.span.start),
            fill(w.seconds, &[&number(silence.span.length().seconds(), 1)])
        );
        full(&mut svg, "silence", silence.span, &title);
    }
    for (index, (speaker, channel)) in lanes.iter().enumerate() {
        let side = match speaker {
            Speaker::Customer => "customer",
            Speaker::Agent | Speaker::Unknown => "agent",
        };
        let y = lane_top(index);
        for other in
            channel.non_speech.iter().filter(|other| matches!(other.kind, NonSpeechKind::Music | NonSpeechKind::Tone))
        {
            let (x, wide) = scale.across(other.span);
            svg.add(format_args!(
                "<rect class=\"f-hold\" x=\"{x:.1}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{tall}\"><title>{}</title></rect>",
                Escaped(w.hold)
            ));
        }
        for (x, wide) in scale.merged(&channel.speech) {
            svg.add(format_args!(
                "<rect class=\"f-{side}-bg\" x=\"{x:.1}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{tall}\" rx=\"2\"/>"
            ));
        }
        wave(&mut svg, &channel.loudness, sound.duration, side, y + tall / 2.0, tall / 2.0 - 2.0);
    }
    if let [(Speaker::Agent, agent), (Speaker::Customer, customer), ..] = lanes[..] {
        for (x, wide) in scale.merged(&overlaps(&agent.speech, &customer.speech)) {
            let (y, tall) = (top, floor - top);
            svg.add(format_args!(
                "<rect class=\"f-overlap\" x=\"{x:.1}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{tall}\"/>"
            ));
        }
    }
    for interruption in &call.measures.interruptions {
        let who = if interruption.by == Speaker::Customer { w.customer } else { w.agent };
        full(&mut svg, "overlap", interruption.span, &fill(w.interruption, &[&who]));
    }
    draw_marks(&mut svg, marks, &scale, lane_top(0) + tall + gap / 2.0);
    svg.add(format_args!(
        "<line class=\"playhead\" x1=\"-9\" x2=\"-9\" y1=\"{}\" y2=\"{}\"/></svg>",
        top - 4.0,
        floor + 3.0
    ));
    svg
}

/// Times to positions.
struct Scale(Ms);

impl Scale {
    fn at(&self, time: Ms) -> f64 {
        (time.seconds() / self.0.seconds() * WIDTH).clamp(0.0, WIDTH)
    }

    fn across(&self, span: TimeSpan) -> (f64, f64) {
        let start = self.at(span.start);
        (start, (self.at(span.end) - start).max(1.0))
    }

    /// Spans with gaps below one unit closed, so that hours of talk stay a small picture.
    fn merged(&self, spans: &[TimeSpan]) -> Vec<(f64, f64)> {
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for span in spans {
            let (start, wide) = self.across(*span);
            match merged.last_mut() {
                Some((left, width)) if start - (*left + *width) < 1.0 => *width = (start + wide - *left).max(*width),
                _ => merged.push((start, wide)),
            }
        }
        merged
    }
}

/// Ticks with their times along the top.
fn axis(svg: &mut Markup, duration: Ms, floor: f64) {
    const STEPS: [i64; 11] = [1, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
    let seconds = duration.0 / 1000;
    let step = STEPS.into_iter().find(|step| seconds / step <= 12).unwrap_or(seconds / 10 + 1);
    let scale = Scale(duration);
    for index in 0..=seconds / step {
        let x = scale.at(Ms(index * step * 1000));
        if x > WIDTH - 24.0 {
            break;
        }
        let text = x + if index == 0 { 0.0 } else { 3.0 };
        svg.add(format_args!(
            "<path class=\"s-line\" d=\"M{x:.1} 0V{floor}\"/><text x=\"{text:.1}\" y=\"11\">{}</text>",
            clock(Ms(index * step * 1000))
        ));
    }
}

/// The loudness of a lane as a filled band around `middle`.
fn wave(svg: &mut Markup, loudness: &Contour, duration: Ms, side: &str, middle: f64, reach: f64) {
    if loudness.values.is_empty() || loudness.hop.0 <= 0 {
        return;
    }
    let columns = COLUMNS.min(loudness.values.len());
    let scale = Scale(duration);
    // The loudest hop of each column, from 60 dB below full scale up.
    let heights: Vec<(f64, f64)> = (0..columns)
        .map(|column| {
            let (from, to) = (column * loudness.values.len() / columns, (column + 1) * loudness.values.len() / columns);
            let least = loudness.values[from..to].iter().min().copied().unwrap_or(255);
            let height = (1.0 - f64::from(least) / 60.0).clamp(0.0, 1.0) * reach;
            (scale.at(Ms(from as i64 * loudness.hop.0)), height)
        })
        .collect();
    svg.add(format_args!("<path class=\"f-{side}\" opacity=\"0.75\" d=\"M0 {middle}"));
    for (x, height) in &heights {
        svg.add(format_args!("L{x:.0} {:.0}", middle - height));
    }
    for (x, height) in heights.iter().rev() {
        svg.add(format_args!("L{x:.0} {:.0}", middle + height));
    }
    svg.add(format_args!("Z\"/>"));
}

/// Dots for findings, moved apart where they would hide each other.
fn draw_marks(svg: &mut Markup, marks: &[Mark], scale: &Scale, middle: f64) {
    let mut sorted: Vec<&Mark> = marks.iter().collect();
    sorted.sort_by_key(|mark| mark.at);
    let mut last = [-99.0_f64; 3];
    for mark in sorted.into_iter().take(MARKS) {
        let x = scale.at(mark.at).clamp(6.0, WIDTH - 6.0);
        let row = (0..3).find(|row| x - last[*row] >= 10.0).unwrap_or(0);
        last[row] = x;
        let y = middle + [0.0, -8.0, 8.0][row];
        let tone = tone(mark.outcome);
        // A shape for each verdict, so that it is seen without its colour as well.
        let shape = match tone {
            "bad" => "m-5.5 0 5.5-5.5 5.5 5.5-5.5 5.5z",
            "warn" => "m0-5.5 5.5 9.5h-11z",
            _ => "m-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0z",
        };
        svg.add(format_args!(
            "<a href=\"#{}\" data-at=\"{:.2}\"><path class=\"f-{tone} s-card\" d=\"M{x:.1} {y:.1}{shape}\"><title>{} {}</title></path></a>",
            mark.anchor,
            mark.at.seconds(),
            clock(mark.at),
            Escaped(&mark.title)
        ));
    }
}

/// Stretches in both lists; both sorted and apart.
fn overlaps(one: &[TimeSpan], other: &[TimeSpan]) -> Vec<TimeSpan> {
    let (mut left, mut right, mut both) = (0, 0, Vec::new());
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        let shared = a.intersection(*b);
        if a.overlaps(*b) {
            both.push(shared);
        }
        if a.end <= b.end { left += 1 } else { right += 1 }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_what_both_lists_hold() {
        let span = |start, end| TimeSpan::new(Ms(start), Ms(end));
        assert_eq!(
            overlaps(&[span(0, 10), span(20, 30)], &[span(5, 22), span(29, 40)]),
            [span(5, 10), span(20, 22), span(29, 30)]
        );
    }

    #[test]
    fn ten_hours_of_talk_stay_a_small_picture() {
        let spans: Vec<TimeSpan> =
            (0..18_000).map(|index| TimeSpan::new(Ms(index * 2000), Ms(index * 2000 + 1900))).collect();
        assert!(Scale(Ms(36_000_000)).merged(&spans).len() <= 1000);
    }
}
