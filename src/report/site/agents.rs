//! The table of agents, and one scorecard for each.

use super::frame::{Frame, Place, Tile};
use super::rows::{Filter, List, Tables};
use super::{Folder, SiteError, View};
use crate::call::{Ms, Outcome, RateUnit};
use crate::report::agents::{Agent, Tally};
use crate::report::charts;
use crate::report::markup::{Markup, clock, number, percent};
use crate::report::summary::{CallRow, CriterionRow, Example};
use crate::report::words::fill;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Points, strengths and quotes shown of each kind.
const SHOWN: usize = 6;
/// Judged calls that a strength needs at least.
const ENOUGH: usize = 3;
/// Calls listed on an agent's page; the table of all calls has the rest.
const LISTED: usize = 1_000;

#[derive(askama::Template)]
#[template(path = "agents.html")]
struct AgentsPage<'a> {
    frame: Frame<'a>,
    list: List,
    /// Whether any agent has a trend, and so many days.
    with_trend: bool,
    agents: Vec<AgentLine>,
}

struct AgentLine {
    stem: String,
    name: String,
    team: String,
    tokens: String,
    calls: usize,
    score: String,
    spark: Markup,
    passed: String,
    fatal: usize,
    fatal_tone: &'static str,
    share: String,
    silence: String,
    lost: String,
}

#[derive(askama::Template)]
#[template(path = "agent.html")]
struct AgentPage<'a> {
    frame: Frame<'a>,
    name: &'a str,
    lead: String,
    score: String,
    band: String,
    against: String,
    tiles: Vec<Tile>,
    trend: Option<Markup>,
    sections: Vec<(String, Vec<Bar>)>,
    lost: Vec<Point>,
    strengths: Vec<Point>,
    has_forbidden: bool,
    forbidden: Vec<Point>,
    total: usize,
    /// What to say where not all calls are listed.
    listed: String,
    list: List,
}

/// A labelled bar.
pub struct Bar {
    /// What it is about.
    pub label: String,
    /// The bar.
    pub chart: Markup,
    /// Its number.
    pub value: String,
}

/// A criterion with what an agent made of it.
struct Point {
    stem: String,
    title: String,
    value: String,
    note: String,
    quotes: Vec<Quote>,
}

/// A place in a call.
struct Quote {
    href: String,
    at: String,
    text: String,
}

/// Writes the table of agents and each agent's page.
pub fn write(view: &View<'_>, folder: &mut Folder) -> Result<(), SiteError> {
    let w = view.words();
    let tables = Tables::new(view);
    let teams: BTreeSet<&str> = view.agents.iter().map(|agent| agent.team).filter(|team| !team.is_empty()).collect();
    let token = |team: &str| teams.iter().position(|one| *one == team).map(|index| format!("t{index}"));
    let line = |agent: &Agent<'_>| AgentLine { tokens: token(agent.team).unwrap_or_default(), ..line(view, agent) };
    let mut agents: Vec<AgentLine> = view.agents.iter().map(line).collect();
    agents.sort_by(|a, b| a.stem.is_empty().cmp(&b.stem.is_empty()).then_with(|| a.name.cmp(&b.name)));
    let options: Vec<_> = teams.iter().filter_map(|team| Some((token(team)?, (*team).to_owned()))).collect();
    let filters = if options.len() > 1 { vec![Filter { label: w.team, options }] } else { Vec::new() };
    let page_of_all = AgentsPage {
        frame: Frame::top(view.settings, view.style, Place::Agents, w.agents),
        list: List::new("", Vec::new(), filters, Vec::new()),
        with_trend: agents.iter().any(|agent| !agent.spark.is_empty()),
        agents,
    };
    folder.page("agents.html", &page_of_all)?;
    let team_days = view.everyone.by_day(CallRow::score);
    for agent in view.agents.iter().filter(|agent| !agent.name.is_empty()) {
        let name = format!("agents/{}.html", agent.stem);
        folder.page(&name, &page(view, &tables, agent, &team_days))?;
    }
    Ok(())
}

fn or_dash(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".to_owned())
}

fn silence(agent: &Agent<'_>) -> Option<f64> {
    agent.mean(|call| (call.score().is_some()).then(|| call.longest_silence.seconds()))
}

fn line(view: &View<'_>, agent: &Agent<'_>) -> AgentLine {
    let w = view.words();
    let scores: Vec<f64> = agent.by_day(CallRow::score).into_iter().map(|(_, score, _)| score).collect();
    let lost = most_lost(agent).first().map_or_else(String::new, |(place, _)| view.title(*place).to_owned());
    let fatal = agent.fatal();
    AgentLine {
        stem: agent.stem.to_owned(),
        name: if agent.name.is_empty() { w.nobody.to_owned() } else { agent.name.to_owned() },
        team: agent.team.to_owned(),
        tokens: String::new(),
        calls: agent.calls.len(),
        score: or_dash(agent.score().map(|score| format!("{score:.1}"))),
        spark: charts::spark(&scores),
        passed: or_dash(agent.pass_rate().map(percent)),
        fatal,
        fatal_tone: if fatal > 0 { "bad" } else { "soft" },
        share: or_dash(agent.mean(|call| call.agent_share).map(percent)),
        silence: or_dash(silence(agent).map(|seconds| fill(w.seconds, &[&format!("{seconds:.1}")]))),
        lost,
    }
}

/// Criteria by points lost, the most first.
fn most_lost<'a>(agent: &'a Agent<'_>) -> Vec<((usize, usize), &'a Tally)> {
    let mut lost: Vec<_> =
        agent.criteria.iter().filter(|(_, tally)| tally.lost.0 > 0).map(|(place, tally)| (*place, tally)).collect();
    lost.sort_by_key(|(place, tally)| (std::cmp::Reverse(tally.lost), *place));
    lost
}

fn page<'a>(
    view: &'a View<'_>,
    tables: &Tables<'_, '_>,
    agent: &'a Agent<'_>,
    team_days: &[(Date, f64, usize)],
) -> AgentPage<'a> {
    let w = view.words();
    let days = agent.by_day(CallRow::score);
    let calls = agent.calls.len();
    let lead = match (calls, days.len()) {
        (1, _) => w.one_call.to_owned(),
        (_, 0 | 1) => fill(w.one_day, &[&calls]),
        (_, days) => fill(w.days, &[&calls, &days]),
    };
    let lead = if agent.team.is_empty() { lead } else { format!("{} · {lead}", agent.team) };
    let reasons: BTreeMap<usize, _> = view.queue.iter().map(|entry| (entry.call, &entry.reasons[..])).collect();
    let place_of: BTreeMap<*const CallRow, usize> =
        view.summary.calls.iter().enumerate().map(|(index, call)| (std::ptr::from_ref(call), index)).collect();
    let why = |call: &&CallRow| {
        place_of.get(&std::ptr::from_ref(*call)).and_then(|index| reasons.get(index)).copied().unwrap_or_default()
    };
    let listed = &agent.calls[..agent.calls.len().min(LISTED)];
    let rows = listed.iter().map(|call| tables.row(call, why(call))).collect();
    let mut filters = tables.filters(listed, true);
    filters.retain(|filter| filter.label != w.agent && filter.label != w.team);
    AgentPage {
        frame: Frame::inside(view.settings, view.style, Place::Agents, agent.name),
        name: agent.name,
        lead,
        score: or_dash(agent.score().map(|score| format!("{score:.1}"))),
        band: agent.score().and_then(|score| view.everyone.band_at(score)).unwrap_or_default().to_owned(),
        against: view.everyone.score().map(|score| fill(w.against, &[&format!("{score:.1}")])).unwrap_or_default(),
        tiles: tiles(view, agent),
        trend: trend(&days, team_days),
        sections: sections(view, agent),
        lost: lost(view, agent),
        strengths: strengths(view, agent),
        has_forbidden: view
            .summary
            .rubrics
            .iter()
            .flat_map(|rubric| &rubric.criteria)
            .any(|one| one.is_forbidden_phrase()),
        forbidden: forbidden(view, agent),
        total: agent.calls.len(),
        listed: if agent.calls.len() > LISTED {
            fill(w.listed_first, &[&LISTED, &agent.calls.len()])
        } else {
            String::new()
        },
        list: List { with_agent: false, ..List::new(w.to_review, rows, filters, Vec::new()) },
    }
}

fn tiles(view: &View<'_>, agent: &Agent<'_>) -> Vec<Tile> {
    let w = view.words();
    let all = view.everyone;
    let mut tiles = Vec::new();
    let mut tile = |label: &str, unit: &str, own: Option<String>, team: Option<String>| {
        let team = team.map(|team| fill(w.team_mean, &[&team])).unwrap_or_default();
        let note = [unit, &team].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        tiles.push(Tile::new(or_dash(own), label).note(note));
    };
    tile(w.pass_rate, "", agent.pass_rate().map(percent), all.pass_rate().map(percent));
    tile(w.fatal_calls, "", Some(agent.fatal().to_string()), None);
    let share = |of: &Agent<'_>| of.mean(|call| call.agent_share).map(percent);
    tile(w.talk_share, "", share(agent), share(all));
    let quiet = |of: &Agent<'_>| silence(of).map(|seconds| fill(w.seconds, &[&number(seconds, 1)]));
    tile(w.longest_silence_long, "", quiet(agent), quiet(all));
    let breaks =
        |of: &Agent<'_>| of.mean(|call| call.interruptions.map(|count| count as f64)).map(|mean| number(mean, 1));
    tile(w.interruptions, w.per_call, breaks(agent), breaks(all));
    let unit = agent.rate().map(|(unit, _)| unit);
    let rate = |of: &Agent<'_>| of.rate().filter(|(own, _)| Some(*own) == unit).map(|(_, rate)| number(rate, 0));
    let unit = match unit {
        Some(RateUnit::CharsPerMin) => w.chars_per_min,
        Some(RateUnit::Wpm) => w.wpm,
        None => "",
    };
    tile(w.speech_rate, unit, rate(agent), rate(all));
    let pitch = |of: &Agent<'_>| of.mean(|call| call.pitch_spread).map(|spread| number(spread, 1));
    tile(w.pitch, w.semitones, pitch(agent), pitch(all));
    let delay = |of: &Agent<'_>| {
        let mean = of.mean(|call| call.response_delay.map(Ms::seconds));
        mean.map(|seconds| fill(w.seconds, &[&number(seconds, 1)]))
    };
    tile(w.response_delay, "", delay(agent), delay(all));
    let start = agent.mean(|call| call.mood.feeling.start);
    let end = agent.mean(|call| call.mood.feeling.end);
    if let (Some(start), Some(end)) = (start, end) {
        tiles.push(
            Tile::new(format!("{} → {}", number(start, 1), number(end, 1)), w.feeling_change)
                .note(w.feeling_note_short),
        );
    }
    tiles
}

fn trend(days: &[(Date, f64, usize)], team: &[(Date, f64, usize)]) -> Option<Markup> {
    let labels: Vec<String> = team.iter().map(|(day, ..)| day.strftime("%m-%d").to_string()).collect();
    let own: BTreeMap<Date, f64> = days.iter().map(|(day, score, _)| (*day, *score)).collect();
    let all: Vec<Option<f64>> = team.iter().map(|(_, score, _)| Some(*score)).collect();
    let own: Vec<Option<f64>> = team.iter().map(|(day, ..)| own.get(day).copied()).collect();
    let lowest = all.iter().chain(&own).flatten().fold(100.0_f64, |low, value| low.min(*value));
    let floor = if lowest >= 60.0 {
        60.0
    } else if lowest >= 20.0 {
        20.0
    } else {
        0.0
    };
    let chart = charts::lines(&labels, &[("soft", all), ("accent", own)], (floor, 100.0), 0);
    Some(chart).filter(|chart| !chart.is_empty())
}

fn sections(view: &View<'_>, agent: &Agent<'_>) -> Vec<(String, Vec<Bar>)> {
    let of_rubric = |(index, rubric): (usize, &crate::report::summary::RubricEntry)| {
        let bars = rubric.sections.iter().enumerate().filter_map(|(section, (id, title))| {
            let own = *agent.sections.get(&(index, section))?;
            let team = view.everyone.sections.get(&(index, section)).map(|score| score / 100.0);
            Some(Bar {
                label: if title.is_empty() { id.clone() } else { title.clone() },
                chart: charts::bar(&[("accent", own / 100.0)], team),
                value: number(own, 0),
            })
        });
        (rubric.id.clone(), bars.collect::<Vec<_>>())
    };
    view.summary.rubrics.iter().enumerate().map(of_rubric).filter(|(_, bars)| !bars.is_empty()).collect()
}

/// Quotes of an agent's calls for one criterion, the surest first, one a call.
fn quotes(agent: &Agent<'_>, place: (usize, usize), wanted: impl Fn(&CriterionRow) -> bool, most: usize) -> Vec<Quote> {
    let mut found: Vec<(&CallRow, &Example)> = Vec::new();
    for call in &agent.calls {
        let card = call.cards.iter().find(|card| card.rubric == place.0);
        let row = card.and_then(|card| card.criteria.iter().find(|row| row.criterion == place.1));
        if let Some(example) = row.filter(|row| wanted(row)).and_then(|row| row.example.as_ref()) {
            found.push((call, example));
        }
    }
    found.sort_by(|a, b| b.1.strength.total_cmp(&a.1.strength));
    let quote = |(call, example): (&CallRow, &Example)| Quote {
        href: address(call, example),
        at: format!("{} {}", call.id, clock(example.span.start)),
        text: example.quote.clone(),
    };
    found.into_iter().take(most).map(quote).collect()
}

/// A call's page at the place of `example`, as seen from the folder `calls`.
pub fn address(call: &CallRow, example: &Example) -> String {
    format!("{}.html#t={:.1}", call.stem, example.span.start.seconds())
}

fn lost(view: &View<'_>, agent: &Agent<'_>) -> Vec<Point> {
    let w = view.words();
    let scored = agent.scored().max(1) as f64;
    let failed = |row: &CriterionRow| matches!(row.outcome, Outcome::Fail | Outcome::Partial(_));
    let point = |((rubric, criterion), tally): ((usize, usize), &Tally)| Point {
        stem: view.criterion_stem((rubric, criterion)),
        title: view.title((rubric, criterion)).to_owned(),
        value: number(-tally.lost.as_f64(), 1),
        note: fill(w.lost_note, &[&number(tally.lost.as_f64() / scored, 1), &tally.passed, &tally.judged()]),
        quotes: quotes(agent, (rubric, criterion), failed, 2),
    };
    most_lost(agent).into_iter().take(SHOWN).map(point).collect()
}

/// Criteria that the agent meets more often than everyone, then those met always; forbidden phrases not said are none.
fn strengths(view: &View<'_>, agent: &Agent<'_>) -> Vec<Point> {
    let w = view.words();
    let mut strong: Vec<(f64, f64, (usize, usize), &Tally)> = agent
        .criteria
        .iter()
        .filter(|((rubric, criterion), tally)| {
            tally.judged() >= ENOUGH && !view.summary.rubrics[*rubric].criteria[*criterion].is_forbidden_phrase()
        })
        .filter_map(|(place, tally)| {
            let (own, all) = (tally.rate()?, view.everyone.criteria.get(place)?.rate()?);
            (own >= 0.75 && own >= all).then_some((own - all, own, *place, tally))
        })
        .collect();
    strong.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let point = |(ahead, own, place, tally): (f64, f64, (usize, usize), &Tally)| Point {
        stem: view.criterion_stem(place),
        title: view.title(place).to_owned(),
        value: percent(own),
        note: if ahead >= 0.01 {
            fill(w.strength_note, &[&number(ahead * 100.0, 0), &tally.judged()])
        } else {
            fill(w.strength_even, &[&tally.passed, &tally.judged()])
        },
        quotes: quotes(agent, place, |row| row.outcome == Outcome::Pass, 1),
    };
    strong.into_iter().take(SHOWN).map(point).collect()
}

fn forbidden(view: &View<'_>, agent: &Agent<'_>) -> Vec<Point> {
    let w = view.words();
    let mut said: Vec<((usize, usize), &Tally)> = agent
        .criteria
        .iter()
        .filter(|((rubric, criterion), tally)| {
            tally.failed > 0 && view.summary.rubrics[*rubric].criteria[*criterion].is_forbidden_phrase()
        })
        .map(|(place, tally)| (*place, tally))
        .collect();
    said.sort_by_key(|(place, tally)| (std::cmp::Reverse(tally.hits), *place));
    let point = |(place, tally): ((usize, usize), &Tally)| Point {
        stem: view.criterion_stem(place),
        title: view.title(place).to_owned(),
        value: fill(w.times, &[&tally.hits.max(tally.failed)]),
        note: String::new(),
        quotes: quotes(agent, place, |row| row.outcome == Outcome::Fail, 3),
    };
    said.into_iter().map(point).collect()
}
