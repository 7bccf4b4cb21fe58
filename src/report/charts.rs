//! Small charts as inline SVG, coloured by the page's style classes.
//!
//! Pure. Every text that comes from outside is escaped here.

use super::markup::{Escaped, Markup, number};

/// Calls of one range of ten points, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bin {
    /// Passed.
    pub passed: usize,
    /// Not passed, nothing fatal.
    pub not_passed: usize,
    /// Something fatal.
    pub fatal: usize,
}

/// The number of calls in each range of ten points (the last holds 90 to 100), stacked by how they ended.
pub fn histogram(bins: &[Bin; 10]) -> Markup {
    let (width, floor, gap) = (420.0, 112.0, 4.0);
    let (height, labels) = (floor + 18.0, floor + 15.0);
    let most = bins.iter().map(|bin| bin.passed + bin.not_passed + bin.fatal).max().unwrap_or(0).max(1) as f64;
    let step = width / 10.0;
    let mut svg = Markup::default();
    svg.add(format_args!("<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\">"));
    for (index, bin) in bins.iter().enumerate() {
        let left = index as f64 * step;
        let mut top = floor;
        for (count, class) in [(bin.fatal, "bad"), (bin.not_passed, "warn"), (bin.passed, "good")] {
            let tall = count as f64 / most * (floor - 18.0);
            top -= tall;
            if count > 0 {
                let (x, wide) = (left + gap, step - 2.0 * gap);
                svg.add(format_args!(
                    "<rect class=\"f-{class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" rx=\"1.5\"/>"
                ));
            }
        }
        let (all, middle) = (bin.passed + bin.not_passed + bin.fatal, left + step / 2.0);
        if all > 0 {
            let above = top - 5.0;
            svg.add(format_args!(
                "<text class=\"strong\" x=\"{middle:.1}\" y=\"{above:.1}\" text-anchor=\"middle\">{all}</text>"
            ));
        }
        let (low, anchor) = (index * 10, if index == 0 { "start" } else { "middle" });
        svg.add(format_args!("<text x=\"{left:.1}\" y=\"{labels}\" text-anchor=\"{anchor}\">{low}</text>"));
    }
    svg.add(format_args!("<text x=\"{width}\" y=\"{labels}\" text-anchor=\"end\">100</text>"));
    svg.add(format_args!("<path class=\"s-line\" d=\"M0 {floor}H{width}\"/></svg>"));
    svg
}

/// A horizontal bar of parts of a whole (0..=1 each, drawn one after the other), with a tick at `mark` where given.
pub fn bar(parts: &[(&str, f64)], mark: Option<f64>) -> Markup {
    let mut svg = Markup::default();
    svg.add(format_args!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"f-track\" width=\"100\" \
         height=\"10\" rx=\"1\"/>"
    ));
    let mut left = 0.0;
    for (class, part) in parts {
        let wide = (part.clamp(0.0, 1.0) * 100.0).min(100.0 - left);
        if wide > 0.0 {
            svg.add(format_args!(
                "<rect class=\"f-{class}\" x=\"{left:.2}\" width=\"{wide:.2}\" height=\"10\" rx=\"1\"/>"
            ));
        }
        left += wide;
    }
    if let Some(mark) = mark {
        let x = mark.clamp(0.0, 1.0) * 100.0 - 0.4;
        svg.add(format_args!("<rect class=\"f-ink\" x=\"{x:.2}\" width=\"0.8\" height=\"10\"/>"));
    }
    svg.add(format_args!("</svg>"));
    svg
}

/// A line without axes, for a table.
pub fn spark(values: &[f64]) -> Markup {
    let mut svg = Markup::default();
    if values.len() < 2 {
        return svg;
    }
    let (low, high) = range(values.iter().copied());
    let step = 86.0 / (values.len() - 1) as f64;
    let point = |(index, value): (usize, &f64)| {
        (2.0 + index as f64 * step, 19.0 - (value - low) / (high - low).max(1.0) * 16.0)
    };
    svg.add(format_args!(
        "<svg class=\"spark\" viewBox=\"0 0 90 22\" aria-hidden=\"true\"><polyline class=\"s-accent\" points=\""
    ));
    for (x, y) in values.iter().enumerate().map(point) {
        svg.add(format_args!("{x:.1},{y:.1} "));
    }
    svg.add(format_args!("\"/>"));
    if let Some((x, y)) = values.iter().enumerate().map(point).next_back() {
        svg.add(format_args!("<circle class=\"f-accent\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\"/>"));
    }
    svg.add(format_args!("</svg>"));
    svg
}

/// A line of a chart over days: style class and one value a day; days without a value are left out.
pub type Line<'a> = (&'a str, Vec<Option<f64>>);

/// Lines over days, `labels` below, between `low` and `high`; empty where there are fewer than two days.
pub fn lines(labels: &[String], series: &[Line<'_>], (low, high): (f64, f64), digits: usize) -> Markup {
    let mut svg = Markup::default();
    if labels.len() < 2 {
        return svg;
    }
    let (left, right, top, floor) = (34.0, 404.0, 10.0, 128.0);
    let step = (right - left - 12.0) / (labels.len() - 1) as f64;
    let across = |index: usize| left + 8.0 + index as f64 * step;
    let up = |value: f64| floor - (value - low) / (high - low).max(1e-9) * (floor - top);
    svg.add(format_args!("<svg class=\"chart\" viewBox=\"0 0 420 150\" role=\"img\">"));
    for quarter in 0..=4 {
        let value = low + (high - low) * f64::from(quarter) / 4.0;
        let y = up(value);
        svg.add(format_args!("<path class=\"s-line\" d=\"M{left} {y:.1}H{right}\"/>"));
        let below = y + 4.0;
        svg.add(format_args!("<text x=\"28\" y=\"{below:.1}\" text-anchor=\"end\">{}</text>", number(value, digits)));
    }
    let every = labels.len().div_ceil(6);
    for (index, label) in labels.iter().enumerate().filter(|(index, _)| index % every == 0) {
        let x = across(index);
        svg.add(format_args!("<text x=\"{x:.1}\" y=\"146\" text-anchor=\"middle\">{}</text>", Escaped(label)));
    }
    for (class, values) in series {
        svg.add(format_args!("<polyline class=\"s-{class}\" points=\""));
        for (index, value) in values.iter().enumerate() {
            if let Some(value) = value {
                svg.add(format_args!("{:.1},{:.1} ", across(index), up(*value)));
            }
        }
        svg.add(format_args!("\"/>"));
        // A value without neighbours would not show as a line.
        let dots = labels.len() <= 40 || values.iter().flatten().count() == 1;
        let radius = if *class == "accent" { 3.0 } else { 2.0 };
        for (index, value) in values.iter().enumerate().filter(|_| dots) {
            if let Some(value) = value {
                let (x, y, label) = (across(index), up(*value), Escaped(&labels[index]));
                svg.add(format_args!(
                    "<circle class=\"f-{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"><title>{label}: {}</title></circle>",
                    number(*value, 2)
                ));
            }
        }
    }
    svg.add(format_args!("</svg>"));
    svg
}

/// Calls of one hour of one weekday.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hour {
    /// How many.
    pub calls: usize,
    /// Their mean score.
    pub score: Option<f64>,
}

/// Weekdays by hours: colour and number tell the calls, the small number their mean score. Empty without any call.
pub fn heat_map(hours: &[[Hour; 24]; 7], weekdays: &[&str; 7]) -> Markup {
    let mut svg = Markup::default();
    let most = hours.iter().flatten().map(|hour| hour.calls).max().unwrap_or(0);
    if most == 0 {
        return svg;
    }
    let used = |hour: usize| hours.iter().any(|day| day[hour].calls > 0);
    let first = (0..24).find(|hour| used(*hour)).unwrap_or(0).min(8);
    let last = (0..24).rev().find(|hour| used(*hour)).unwrap_or(23).max(18);
    let width = 1100.0;
    let (cell, tall) = ((width - 44.0) / (last - first + 1) as f64, 34.0);
    svg.add(format_args!("<svg class=\"heat\" viewBox=\"0 0 {width} 262\" role=\"img\">"));
    for hour in first..=last {
        let x = 44.0 + (hour - first) as f64 * cell + cell / 2.0;
        svg.add(format_args!("<text x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\">{hour}</text>"));
    }
    for (weekday, (name, day)) in weekdays.iter().zip(hours).enumerate() {
        let y = 20.0 + weekday as f64 * tall;
        svg.add(format_args!("<text x=\"0\" y=\"{:.0}\">{}</text>", y + 21.0, Escaped(name)));
        for (hour, cell_value) in day.iter().enumerate().take(last + 1).skip(first) {
            let x = 44.0 + (hour - first) as f64 * cell;
            let share = cell_value.calls as f64 / most as f64;
            let opacity = if cell_value.calls == 0 { 0.0 } else { 0.1 + 0.4 * share };
            let middle = x + cell / 2.0;
            svg.add(format_args!(
                "<rect class=\"f-track\" opacity=\"0.4\" x=\"{x:.1}\" y=\"{y}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"3\"/>\
                 <rect class=\"f-accent\" opacity=\"{opacity:.2}\" x=\"{x:.1}\" y=\"{y}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"3\"/>",
                cell - 2.0, tall - 2.0, cell - 2.0, tall - 2.0
            ));
            if cell_value.calls > 0 {
                svg.add(format_args!(
                    "<text class=\"strong\" x=\"{middle:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
                    y + 14.0,
                    cell_value.calls
                ));
            }
            if let Some(score) = cell_value.score {
                svg.add(format_args!(
                    "<text class=\"mean\" x=\"{middle:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{score:.0}</text>",
                    y + 27.0
                ));
            }
        }
    }
    svg.add(format_args!("</svg>"));
    svg
}

/// Lowest and highest of `values`.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
