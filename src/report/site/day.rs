//! The day page: totals, scores, what could not be read, and the queue of calls to look at; and the table of all calls.

use super::frame::{Frame, Place, Tile};
use super::rows::{CallsPage, Filter, PAGE, Parts, Row, Tables, part_file, parts};
use super::{Folder, SiteError, View};
use crate::call::{Status, StatusKind};
use crate::report::charts::{self, Bin};
use crate::report::markup::{Markup, clock, number, percent};
use crate::report::review::Reason;
use crate::report::summary::CallRow;
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
    distributions: Vec<(String, Markup)>,
    failures: Vec<Failure>,
    warnings: Vec<(usize, String)>,
    why: &'a str,
    total: usize,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    parts: Parts,
}

/// One cause with the recordings that it hit.
struct Failure {
    count: usize,
    cause: &'static str,
    remedy: &'static str,
    files: Vec<(String, String)>,
    more: usize,
}

/// Writes the day page with the queue's further pages, and the table of all calls.
pub fn write(view: &View<'_>, folder: &mut Folder) -> Result<(), SiteError> {
    let w = view.words();
    let tables = Tables::new(view);
    let calls = &view.summary.calls;
    let frame = |place, title: &str| Frame::top(view.settings, view.style, place, title);

    let queued: Vec<&CallRow> = view.queue.iter().map(|entry| &calls[entry.call]).collect();
    for (index, chunk) in view.queue.chunks(PAGE).enumerate() {
        let rows = chunk.iter().map(|entry| tables.row(&calls[entry.call], &entry.reasons)).collect();
        let parts = queue_parts(view.queue.len(), index + 1);
        let filters = tables.filters(&queued, true);
        if index == 0 {
            folder.page("index.html", &day(view, rows, filters, parts))?;
        } else {
            let page = CallsPage {
                frame: frame(Place::Day, w.queue),
                heading: w.queue,
                total: view.queue.len(),
                why: w.reason,
                filters,
                rows,
                parts,
            };
            folder.page(&part_file("queue", index + 1), &page)?;
        }
    }
    if view.queue.is_empty() {
        folder.page("index.html", &day(view, Vec::new(), Vec::new(), Vec::new()))?;
    }

    let reasons: BTreeMap<usize, &[Reason]> = view.queue.iter().map(|entry| (entry.call, &entry.reasons[..])).collect();
    let heard: Vec<usize> = (0..calls.len()).filter(|index| is_heard(&calls[*index])).collect();
    let rows_of_all: Vec<&CallRow> = heard.iter().map(|index| &calls[*index]).collect();
    let chunks: Vec<&[usize]> = if heard.is_empty() { vec![&[]] } else { heard.chunks(PAGE).collect() };
    for (index, chunk) in chunks.into_iter().enumerate() {
        let row = |call: &usize| tables.row(&calls[*call], reasons.get(call).copied().unwrap_or_default());
        let page = CallsPage {
            frame: frame(Place::Calls, w.all_calls),
            heading: w.all_calls,
            total: heard.len(),
            why: w.to_review,
            filters: tables.filters(&rows_of_all, true),
            rows: chunk.iter().map(row).collect(),
            parts: parts("calls", heard.len(), index + 1),
        };
        folder.page(&part_file("calls", index + 1), &page)?;
    }
    Ok(())
}

/// The queue's pages: the day page is the first.
fn queue_parts(rows: usize, here: usize) -> Parts {
    let mut pages = parts("queue", rows, here);
    if let Some(first) = pages.first_mut() {
        first.1 = "index.html".to_owned();
    }
    pages
}

fn is_heard(call: &CallRow) -> bool {
    matches!(call.status.kind(), StatusKind::Ok | StatusKind::Degraded)
}

fn day<'a>(view: &'a View<'_>, rows: Vec<Row>, filters: Vec<Filter>, parts: Parts) -> DayPage<'a> {
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
        Tile::new(or_dash(view.everyone.score().map(|score| number(score, 1))), w.mean_score),
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
        distributions: distributions(view),
        failures: failures(view),
        warnings: warnings(view),
        why: w.reason,
        total: view.queue.len(),
        filters,
        rows,
        parts,
    }
}

/// One histogram a rubric.
fn distributions(view: &View<'_>) -> Vec<(String, Markup)> {
    let mut bins = vec![[Bin::default(); 10]; view.summary.rubrics.len()];
    for card in view.summary.calls.iter().flat_map(|call| &call.cards) {
        let Some(score) = card.score else { continue };
        let bin = &mut bins[card.rubric][((score.0 / 1000).clamp(0, 9)) as usize];
        match (card.fatal, card.passed) {
            (true, _) => bin.fatal += 1,
            (_, Some(false)) => bin.not_passed += 1,
            _ => bin.passed += 1,
        }
    }
    let several = bins.len() > 1;
    view.summary
        .rubrics
        .iter()
        .zip(bins)
        .map(|(rubric, bins)| (rubric.id.clone(), charts::histogram(&bins, several)))
        .collect()
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

/// Warnings by code, the most frequent first, with the message of the first.
fn warnings(view: &View<'_>) -> Vec<(usize, String)> {
    let mut codes: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for warning in view.summary.calls.iter().flat_map(|call| &call.warnings) {
        codes.entry(&warning.code).or_insert((0, &warning.message)).0 += 1;
    }
    let mut all: Vec<(usize, String)> =
        codes.into_values().map(|(count, message)| (count, message.to_owned())).collect();
    all.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    all
}
