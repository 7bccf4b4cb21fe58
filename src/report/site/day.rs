//! The day page: totals, scores, what could not be read, and the queue of calls to look at; and the table of all calls.

use super::frame::{Frame, Place, Tile};
use super::rows::{CallsPage, List, Tables, paged, part_file, parts};
use super::{Folder, SiteError, View};
use crate::call::{Points, Status, StatusKind};
use crate::report::charts::{self, Bin};
use crate::report::markup::{Markup, clock, percent};
use crate::report::review::Reason;
use crate::report::statistics::mean;
use crate::report::summary::{CallRow, RubricEntry};
use crate::report::words::fill;
use std::collections::BTreeMap;

/// Recordings named under one cause.
const NAMED: usize = 50;

#[derive(askama::Template)]
#[template(path = "day.html")]
struct DayPage<'a> {
    frame: Frame<'a>,
    heading: String,
    period: String,
    tiles: Vec<Tile>,
    distribution: Option<Markup>,
    rubrics: Vec<RubricLine>,
    failures: Vec<Failure>,
    warnings: Vec<String>,
    total: usize,
    list: List,
}

/// One cause with the recordings that it hit.
struct Failure {
    count: usize,
    cause: &'static str,
    remedy: &'static str,
    files: Vec<(String, String)>,
    more: usize,
}

/// By rubric: calls scored, mean, passed, with a fatal point.
struct RubricLine {
    name: String,
    scored: usize,
    chart: Markup,
    mean: String,
    passed: String,
    fatal: usize,
    fatal_tone: &'static str,
}

/// Writes the day page with the queue's further pages, and the table of all calls.
pub fn write(view: &View<'_>, folder: &mut Folder) -> Result<(), SiteError> {
    let w = view.words();
    let tables = Tables::new(view);
    let calls = &view.summary.calls;
    let page = |place, heading: &'static str, total, list| CallsPage {
        frame: Frame::top(view.settings, view.style, place, heading),
        heading,
        total,
        list,
    };

    let queued: Vec<&CallRow> = view.queue.iter().map(|entry| &calls[entry.call]).collect();
    let pages = paged(view.queue.iter().map(|entry| tables.row(&calls[entry.call], &entry.reasons)).collect());
    let count = pages.len();
    for (index, rows) in pages.into_iter().enumerate() {
        let mut parts = parts("queue", count, index + 1);
        // The day page is the queue's first.
        if let Some(first) = parts.first_mut() {
            first.1 = "index.html".to_owned();
        }
        let list = List::new(w.reason, rows, tables.filters(&queued, true), parts);
        if index == 0 {
            folder.page("index.html", &day(view, list))?;
        } else {
            folder.page(&part_file("queue", index + 1), &page(Place::Day, w.queue, queued.len(), list))?;
        }
    }

    let reasons: BTreeMap<usize, &[Reason]> = view.queue.iter().map(|entry| (entry.call, &entry.reasons[..])).collect();
    let heard: Vec<usize> = (0..calls.len()).filter(|index| is_heard(&calls[*index])).collect();
    let all: Vec<&CallRow> = heard.iter().map(|index| &calls[*index]).collect();
    let row = |call: &usize| tables.row(&calls[*call], reasons.get(call).copied().unwrap_or_default());
    let pages = paged(heard.iter().map(row).collect());
    let count = pages.len();
    for (index, rows) in pages.into_iter().enumerate() {
        let parts = parts("calls", count, index + 1);
        let list = List::new(w.to_review, rows, tables.filters(&all, true), parts);
        folder.page(&part_file("calls", index + 1), &page(Place::Calls, w.all_calls, all.len(), list))?;
    }
    Ok(())
}

fn is_heard(call: &CallRow) -> bool {
    matches!(call.status.kind(), StatusKind::Ok | StatusKind::Degraded)
}

fn day<'a>(view: &'a View<'_>, list: List) -> DayPage<'a> {
    let w = view.words();
    let calls = &view.summary.calls;
    let heard = calls.iter().filter(|call| is_heard(call)).count();
    let scored = view.everyone.scored();
    let heading = if heard == 1 { w.heading_one.to_owned() } else { fill(w.heading, &[&heard]) };
    let days: Vec<_> = calls.iter().filter_map(|call| Some(call.moment?.day)).collect();
    let period = match (days.iter().min(), days.iter().max()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => fill(w.period, &[first, last]),
        _ => String::new(),
    };
    let share = if heard == 0 { 0.0 } else { view.queue.len() as f64 / heard as f64 };
    let fatal = view.everyone.fatal();
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let tiles = vec![
        Tile::new(calls.len().to_string(), w.listed).note(fill(w.listed_note, &[&heard, &(calls.len() - heard)])),
        Tile::new(scored.to_string(), w.scored).note(fill(w.scored_note, &[&(heard - scored.min(heard))])),
        Tile::new(or_dash(view.everyone.score().map(|score| format!("{score:.1}"))), w.mean_score),
        Tile::new(or_dash(view.everyone.pass_rate().map(percent)), w.pass_rate),
        Tile::new(fatal.to_string(), w.fatal_calls).tone(if fatal > 0 { "bad" } else { "" }),
        Tile::new(view.queue.len().to_string(), w.to_review).note(fill(w.to_review_note, &[&percent(share)])),
        Tile::new(clock(calls.iter().map(|call| call.duration).sum()), w.listened),
    ];
    DayPage {
        frame: Frame::top(view.settings, view.style, Place::Day, w.day),
        heading,
        period,
        tiles,
        distribution: distribution(view),
        rubrics: rubrics(view),
        failures: failures(view),
        warnings: warnings(view),
        total: view.queue.len(),
        list,
    }
}

/// The calls by score; absent where none has one.
fn distribution(view: &View<'_>) -> Option<Markup> {
    let mut bins = [Bin::default(); 10];
    for call in &view.summary.calls {
        let Some(score) = call.score() else { continue };
        let bin = &mut bins[((score / 10.0) as usize).min(9)];
        match (call.is_fatal(), call.passed()) {
            (true, _) => bin.fatal += 1,
            (_, Some(false)) => bin.not_passed += 1,
            _ => bin.passed += 1,
        }
    }
    (view.everyone.scored() > 0).then(|| charts::histogram(&bins))
}

/// Every rubric with what its scorecards came to.
fn rubrics(view: &View<'_>) -> Vec<RubricLine> {
    let line = |(index, rubric): (usize, &RubricEntry)| {
        let cards = || view.summary.calls.iter().flat_map(|call| &call.cards).filter(|card| card.rubric == index);
        let score = mean(cards().filter_map(|card| card.score).map(Points::as_f64));
        let passed = mean(cards().filter_map(|card| card.passed).map(|passed| f64::from(u8::from(passed))));
        let fatal = cards().filter(|card| card.fatal).count();
        RubricLine {
            name: rubric.id.clone(),
            scored: cards().filter(|card| card.score.is_some()).count(),
            chart: charts::bar(&[("accent", score.unwrap_or(0.0) / 100.0)], None),
            mean: score.map_or_else(|| "–".to_owned(), |score| format!("{score:.1}")),
            passed: passed.map_or_else(|| "–".to_owned(), percent),
            fatal,
            fatal_tone: if fatal > 0 { "bad" } else { "soft" },
        }
    };
    view.summary.rubrics.iter().enumerate().map(line).collect()
}

fn failures(view: &View<'_>) -> Vec<Failure> {
    let w = view.words();
    let mut causes: BTreeMap<Status, Vec<&CallRow>> = BTreeMap::new();
    for call in view.summary.calls.iter().filter(|call| !matches!(call.status, Status::Ok | Status::OkNoSpeech)) {
        causes.entry(call.status).or_default().push(call);
    }
    let mut failures: Vec<Failure> = causes
        .into_iter()
        .map(|(status, calls)| Failure {
            count: calls.len(),
            cause: w.status(status),
            remedy: w.remedy(status),
            files: calls.iter().take(NAMED).map(|call| (call.path.clone(), call.detail.clone())).collect(),
            more: calls.len().saturating_sub(NAMED),
        })
        .collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}

/// How many calls a warning concerns, and what it means: by code, the most frequent first.
fn warnings(view: &View<'_>) -> Vec<String> {
    let w = view.words();
    let mut codes: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for warning in view.summary.calls.iter().flat_map(|call| &call.warnings) {
        codes.entry(&warning.code).or_insert((0, w.warning(&warning.code).unwrap_or(&warning.message))).0 += 1;
    }
    let mut all: Vec<(usize, &str)> = codes.into_values().collect();
    all.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let sentence = |(count, meaning)| fill(if count == 1 { w.in_a_call } else { w.in_calls }, &[&count, &meaning]);
    all.into_iter().map(sentence).collect()
}
