//! The table of criteria, and a page for each with its best and worst examples across agents.

use super::agents::address;
use super::frame::{Frame, Place, Tile};
use super::{Folder, SiteError, View};
use crate::call::{Outcome, Speaker};
use crate::report::agents::Tally;
use crate::report::charts;
use crate::report::markup::{Markup, clock, number, percent};
use crate::report::summary::{CallRow, CriterionRow};
use std::collections::BTreeMap;

/// Examples of each kind.
const EXAMPLES: usize = 12;
/// Examples of one agent among them.
const OF_ONE_AGENT: usize = 3;

#[derive(askama::Template)]
#[template(path = "criteria.html")]
struct CriteriaPage<'a> {
    frame: Frame<'a>,
    rubrics: Vec<Rubric>,
}

struct Rubric {
    name: String,
    version: String,
    rows: Vec<Line>,
}

/// A criterion, or an agent under one criterion.
struct Line {
    section: String,
    stem: String,
    title: String,
    chart: Markup,
    rate: String,
    failed: usize,
    unsure: usize,
}

#[derive(askama::Template)]
#[template(path = "criterion.html")]
struct CriterionPage<'a> {
    frame: Frame<'a>,
    rubric: &'a str,
    section: &'a str,
    title: &'a str,
    id: &'a str,
    tiles: Vec<Tile>,
    lists: Vec<(&'a str, &'a str, &'a str, Vec<Shown>)>,
    agents: Vec<Line>,
    command: String,
}

/// One call under a criterion.
struct Shown {
    href: String,
    call: String,
    agent: String,
    points: String,
    side: &'static str,
    at: String,
    quote: String,
    reason: String,
}

/// Writes the table and each criterion's page.
pub fn write(view: &View<'_>, folder: &mut Folder) -> Result<(), SiteError> {
    let w = view.words();
    let mut rubrics = Vec::new();
    let mut by_criterion: BTreeMap<(usize, usize), Vec<(&CallRow, &CriterionRow)>> = BTreeMap::new();
    for call in &view.summary.calls {
        for card in call.cards.iter().filter(|card| card.not_scored.is_none()) {
            for row in &card.criteria {
                by_criterion.entry((card.rubric, row.criterion)).or_default().push((call, row));
            }
        }
    }
    for (index, rubric) in view.summary.rubrics.iter().enumerate() {
        let mut last = None;
        let mut order: Vec<usize> = (0..rubric.criteria.len()).collect();
        order.sort_by_key(|criterion| (rubric.criteria[*criterion].section, *criterion));
        let rows = order.into_iter().map(|criterion| {
            let section = rubric.criteria[criterion].section;
            let heading =
                if last == Some(section) { String::new() } else { section_title(view, index, section).to_owned() };
            last = Some(section);
            let tally = view.everyone.criteria.get(&(index, criterion)).cloned().unwrap_or_default();
            let place = (index, criterion);
            Line { section: heading, ..line(view.criterion_stem(place), view.title(place).to_owned(), &tally) }
        });
        rubrics.push(Rubric { name: rubric.id.clone(), version: rubric.versions.join(", "), rows: rows.collect() });
    }
    let frame = Frame::top(view.settings, view.style, Place::Criteria, w.criteria);
    folder.page("criteria.html", &CriteriaPage { frame, rubrics })?;
    for (index, rubric) in view.summary.rubrics.iter().enumerate() {
        for criterion in 0..rubric.criteria.len() {
            let place = (index, criterion);
            let calls = by_criterion.get(&place).map(Vec::as_slice).unwrap_or_default();
            let name = format!("criteria/{}.html", view.criterion_stem(place));
            folder.page(&name, &page(view, place, calls))?;
        }
    }
    Ok(())
}

fn section_title<'a>(view: &'a View<'_>, rubric: usize, section: usize) -> &'a str {
    let (id, title) = &view.summary.rubrics[rubric].sections[section];
    if title.is_empty() { id } else { title }
}

fn line(stem: String, title: String, tally: &Tally) -> Line {
    let all = (tally.judged() + tally.not_applicable + tally.unsure).max(1) as f64;
    let part = |count: usize| count as f64 / all;
    let parts = [
        ("good", part(tally.passed)),
        ("half", part(tally.partial)),
        ("bad", part(tally.failed)),
        ("warn", part(tally.unsure)),
        ("none", part(tally.not_applicable)),
    ];
    Line {
        section: String::new(),
        stem,
        title,
        chart: charts::bar(&parts, None),
        rate: tally.rate().map_or_else(|| "–".to_owned(), percent),
        failed: tally.failed,
        unsure: tally.unsure,
    }
}

fn page<'a>(view: &'a View<'_>, place: (usize, usize), calls: &[(&CallRow, &CriterionRow)]) -> CriterionPage<'a> {
    let w = view.words();
    let rubric = &view.summary.rubrics[place.0];
    let entry = &rubric.criteria[place.1];
    let tally = view.everyone.criteria.get(&place).cloned().unwrap_or_default();
    let strength = |row: &CriterionRow| row.example.as_ref().map_or(0.0, |example| example.strength);
    let of = |wanted: &dyn Fn(Outcome) -> bool| -> Vec<(&CallRow, &CriterionRow)> {
        calls.iter().copied().filter(|(_, row)| wanted(row.outcome)).collect()
    };
    let mut best = of(&|outcome| outcome == Outcome::Pass);
    best.sort_by(|a, b| strength(b.1).total_cmp(&strength(a.1)));
    let mut worst = of(&|outcome| matches!(outcome, Outcome::Fail | Outcome::Partial(_)));
    let earned = |row: &CriterionRow| row.outcome.fraction().unwrap_or(1.0);
    worst.sort_by(|a, b| {
        let by_fraction = earned(a.1).total_cmp(&earned(b.1));
        b.1.fatal.cmp(&a.1.fatal).then(by_fraction).then(strength(b.1).total_cmp(&strength(a.1)))
    });
    let mut doubtful = of(&|outcome| outcome == Outcome::Unsure);
    doubtful.sort_by(|a, b| strength(b.1).total_cmp(&strength(a.1)));
    let mut lists =
        vec![(w.best, w.no_best, "good", shown(view, &best)), (w.worst, w.no_worst, "bad", shown(view, &worst))];
    if !doubtful.is_empty() {
        lists.push((w.to_check, "", "warn", shown(view, &doubtful)));
    }
    let agents = view.agents.iter().filter_map(|agent| {
        let tally = agent.criteria.get(&place)?;
        Some(line(agent.stem.to_owned(), agent.label(w.nobody), tally))
    });
    CriterionPage {
        frame: Frame::inside(view.settings, view.style, Place::Criteria, view.title(place)),
        rubric: &rubric.id,
        section: section_title(view, place.0, entry.section),
        title: view.title(place),
        id: &entry.id,
        tiles: vec![
            Tile::new(tally.judged().to_string(), w.judged),
            Tile::new(tally.rate().map_or_else(|| "–".to_owned(), percent), w.earned),
            Tile::new(tally.passed.to_string(), w.pass).tone("good"),
            Tile::new(tally.partial.to_string(), w.partial),
            Tile::new(tally.failed.to_string(), w.fail).tone(if tally.failed > 0 { "bad" } else { "" }),
            Tile::new(tally.unsure.to_string(), w.unsure).tone(if tally.unsure > 0 { "warn" } else { "" }),
            Tile::new(tally.not_applicable.to_string(), w.not_applicable),
        ],
        lists,
        agents: agents.collect(),
        command: format!("callgrade examples {} --criterion {} --best 3 --worst 3 --to clips", results(view), entry.id),
    }
}

/// The results folder as it can be typed; a word to replace where its name would need quotes.
fn results<'a>(view: &'a View<'_>) -> &'a str {
    let name = view.settings.folder.as_str();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) { name } else { "DIR" }
}

/// The first examples, not too many of one agent.
fn shown(view: &View<'_>, calls: &[(&CallRow, &CriterionRow)]) -> Vec<Shown> {
    let w = view.words();
    let mut of_agent: BTreeMap<&str, usize> = BTreeMap::new();
    let few = calls.iter().filter(|(call, _)| {
        let count = of_agent.entry(&call.agent_stem).or_default();
        *count += 1;
        *count <= OF_ONE_AGENT
    });
    let one = |(call, row): &(&CallRow, &CriterionRow)| {
        let example = row.example.as_ref();
        Shown {
            href: example.map_or_else(|| format!("{}.html", call.stem), |example| address(call, example)),
            call: call.id.clone(),
            agent: if call.agent.is_empty() { w.nobody.to_owned() } else { call.agent.clone() },
            points: points(row),
            side: example.map_or("", |example| side(example.speaker)),
            at: example.map(|example| clock(example.span.start)).unwrap_or_default(),
            quote: example.map(|example| example.quote.clone()).unwrap_or_default(),
            reason: row.reason.clone(),
        }
    };
    few.take(EXAMPLES).map(one).collect()
}

/// Style class of a side.
pub fn side(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Agent | Speaker::Customer => speaker.as_str(),
        Speaker::Unknown => "",
    }
}

/// `4 / 5`, or what was taken away; empty where it does not count.
fn points(row: &CriterionRow) -> String {
    if row.outcome.fraction().is_none() {
        String::new()
    } else if row.max_points.0 == 0 {
        number(row.points.as_f64(), 2)
    } else {
        format!("{} / {}", number(row.points.as_f64(), 2), number(row.max_points.as_f64(), 2))
    }
}
