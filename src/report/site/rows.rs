//! Tables of calls with their filters, cut into pages.

use super::View;
use super::frame::Frame;
use crate::call::Outcome;
use crate::report::markup::{clock, number};
use crate::report::review::{Kind, Reason};
use crate::report::summary::CallRow;
use crate::report::words::{Words, fill};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of the rows of one page, so that with its head it stays below 3 MB.
const PAGE: usize = 2_400_000;
/// Tables that may take more than one page, by the stem of their files.
pub const TABLES: [&str; 2] = ["queue", "calls"];
/// Bytes of a row's markup, names left out.
const MARKUP: usize = 330;

/// A call in a table.
pub struct Row {
    /// Stem of its page.
    pub stem: String,
    /// Its name.
    pub id: String,
    /// The agent's name.
    pub agent: String,
    /// Stem of the agent's page; empty where there is none.
    pub agent_stem: String,
    /// When it began.
    pub when: String,
    /// How long it is.
    pub length: String,
    /// Its score.
    pub score: String,
    /// Style class of the score.
    pub tone: &'static str,
    /// Its band.
    pub band: String,
    /// Style class and text of each reason.
    pub reasons: Vec<(&'static str, String)>,
    /// What filters look at.
    pub tokens: String,
}

/// A filter above a table.
pub struct Filter {
    /// What it chooses.
    pub label: &'static str,
    /// Token and name of each choice.
    pub options: Vec<(String, String)>,
}

/// A table of calls, or a part of it.
pub struct List {
    /// Heading of the last column.
    pub why: &'static str,
    /// The filters.
    pub filters: Vec<Filter>,
    /// Whether the agent is a column.
    pub with_agent: bool,
    /// Whether the call's beginning is a column.
    pub with_when: bool,
    /// The rows of this page.
    pub rows: Vec<Row>,
    /// The other pages.
    pub parts: Parts,
}

impl List {
    /// A table of these rows; without a beginning where no row has one.
    pub fn new(why: &'static str, rows: Vec<Row>, filters: Vec<Filter>, parts: Parts) -> Self {
        let with_when = rows.iter().any(|row| !row.when.is_empty());
        Self { why, filters, with_agent: true, with_when, rows, parts }
    }
}

/// Pages of a long table: number, file, whether it is this one; empty where one page holds all.
pub type Parts = Vec<(usize, String, bool)>;

/// Names of a table's pages: `calls.html`, `calls-2.html`, ..
pub fn parts(stem: &str, pages: usize, here: usize) -> Parts {
    if pages < 2 {
        return Vec::new();
    }
    (1..=pages).map(|page| (page, part_file(stem, page), page == here)).collect()
}

/// `rows` cut into pages of a size that browsers open at once; at least one page.
pub fn paged(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let (mut pages, mut size) = (vec![Vec::new()], 0);
    for row in rows {
        let bytes = row.bytes();
        if size > 0 && size + bytes > PAGE {
            pages.push(Vec::new());
            size = 0;
        }
        size += bytes;
        if let Some(page) = pages.last_mut() {
            page.push(row);
        }
    }
    pages
}

impl Row {
    /// About how many bytes it takes on a page, with its names escaped at worst.
    fn bytes(&self) -> usize {
        // A character of markup becomes five of text.
        let escaped = |text: &str| text.len() + 4 * text.matches(['&', '<', '>', '"', '\'']).count();
        let reasons: usize = self.reasons.iter().map(|(_, text)| escaped(text) + 40).sum();
        let names = escaped(&self.id) + escaped(&self.agent) + escaped(&self.band) + self.stem.len();
        MARKUP + names + self.agent_stem.len() + self.tokens.len() + reasons
    }
}

/// The file of a table's page, counted from 1.
pub fn part_file(stem: &str, page: usize) -> String {
    if page == 1 { format!("{stem}.html") } else { format!("{stem}-{page}.html") }
}

/// The score's style class: what became of the call.
pub fn tone(call: &CallRow) -> &'static str {
    match (call.is_fatal(), call.passed()) {
        (true, _) => "bad",
        (_, Some(false)) => "warn",
        (_, Some(true)) => "good",
        _ => "",
    }
}

/// Turns calls into rows and their filters; numbers agents, teams, bands and days once for all.
pub struct Tables<'v, 'a> {
    view: &'v View<'a>,
    agents: BTreeMap<&'a str, usize>,
    teams: BTreeMap<&'a str, usize>,
    bands: BTreeMap<&'a str, usize>,
    days: BTreeSet<jiff::civil::Date>,
}

impl<'v, 'a> Tables<'v, 'a> {
    /// Looks at all calls of the report.
    pub fn new(view: &'v View<'a>) -> Self {
        let calls = &view.summary.calls;
        let numbered = |names: BTreeSet<&'a str>| -> BTreeMap<&'a str, usize> {
            names.into_iter().filter(|name| !name.is_empty()).enumerate().map(|(index, name)| (name, index)).collect()
        };
        Self {
            view,
            agents: numbered(calls.iter().map(|call| call.agent.as_str()).collect()),
            teams: numbered(calls.iter().map(|call| call.team.as_str()).collect()),
            bands: numbered(calls.iter().filter_map(CallRow::band).collect()),
            days: calls.iter().filter_map(|call| Some(call.moment?.day)).collect(),
        }
    }

    /// The filters that `rows` can be narrowed with: only those with a choice.
    pub fn filters(&self, rows: &[&CallRow], with_reasons: bool) -> Vec<Filter> {
        let w = self.view.words();
        let named = |names: &BTreeMap<&str, usize>, letter: &str, used: &BTreeSet<&str>| {
            let used = names.iter().filter(|(name, _)| used.contains(*name));
            used.map(|(name, index)| (format!("{letter}{index}"), (*name).to_owned())).collect::<Vec<_>>()
        };
        let agents = rows.iter().map(|call| call.agent.as_str()).collect();
        let teams = rows.iter().map(|call| call.team.as_str()).collect();
        let bands = rows.iter().filter_map(|call| call.band()).collect();
        let days: BTreeSet<_> = rows.iter().filter_map(|call| Some(call.moment?.day)).collect();
        let days = self
            .days
            .iter()
            .enumerate()
            .filter(|(_, day)| days.contains(day))
            .map(|(index, day)| (format!("d{index}"), day.to_string()));
        let rubrics = self.view.summary.rubrics.iter().enumerate();
        let rubrics: Vec<_> = rubrics.map(|(index, rubric)| (format!("r{index}"), rubric.id.clone())).collect();
        let several = rubrics.len() > 1;
        let lacking: BTreeSet<(usize, usize)> = rows.iter().flat_map(|call| lacking(call)).collect();
        let criteria = lacking.into_iter().map(|place| {
            let rubric = if several { format!("{} · ", self.view.summary.rubrics[place.0].id) } else { String::new() };
            (format!("c{}-{}", place.0, place.1), format!("{rubric}{}", self.view.title(place)))
        });
        let kinds = Kind::ALL.map(|kind| (format!("w{}", kind as usize), kind_name(w, kind).to_owned()));
        let all = [
            (w.reason, if with_reasons { kinds.to_vec() } else { Vec::new() }),
            (w.agent, named(&self.agents, "a", &agents)),
            (w.team, named(&self.teams, "t", &teams)),
            (w.date, days.collect()),
            (w.rubric, rubrics),
            (w.criterion, criteria.collect()),
            (w.band, named(&self.bands, "b", &bands)),
        ];
        let chosen = all
            .into_iter()
            .filter(|(label, options)| options.len() > 1 || (*label == w.criterion && !options.is_empty()));
        chosen.map(|(label, options)| Filter { label, options }).collect()
    }

    /// A row for `call`.
    pub fn row(&self, call: &CallRow, reasons: &[Reason]) -> Row {
        let w = self.view.words();
        let mut tokens = Vec::new();
        let number_of = |names: &BTreeMap<&str, usize>, name: &str, letter: &str| {
            names.get(name).map(|index| format!("{letter}{index}"))
        };
        tokens.extend(number_of(&self.agents, &call.agent, "a"));
        tokens.extend(number_of(&self.teams, &call.team, "t"));
        tokens.extend(call.band().and_then(|band| number_of(&self.bands, band, "b")));
        tokens.extend(
            call.moment.and_then(|moment| {
                self.days.iter().position(|day| *day == moment.day).map(|index| format!("d{index}"))
            }),
        );
        tokens.extend(call.cards.iter().map(|card| format!("r{}", card.rubric)));
        tokens.extend(lacking(call).into_iter().map(|(rubric, criterion)| format!("c{rubric}-{criterion}")));
        tokens.extend(reasons.iter().map(|reason| format!("w{}", reason.kind() as usize)));
        Row {
            stem: call.stem.clone(),
            id: call.id.clone(),
            agent: if call.agent.is_empty() { w.nobody.to_owned() } else { call.agent.clone() },
            agent_stem: call.agent_stem.clone(),
            when: call.moment.map(|moment| moment.to_string()).unwrap_or_default(),
            length: clock(call.duration),
            score: call.score().map_or_else(|| "–".to_owned(), |score| format!("{score:.1}")),
            tone: tone(call),
            band: call.band().unwrap_or_default().to_owned(),
            reasons: reasons.iter().map(|reason| self.reason(reason)).collect(),
            tokens: tokens.join(" "),
        }
    }

    /// Style class and text of a reason.
    fn reason(&self, reason: &Reason) -> (&'static str, String) {
        let w = self.view.words();
        let names = |places: &[(usize, usize)]| -> String {
            let titles: Vec<&str> = places.iter().map(|place| self.view.title(*place)).collect();
            let shown = titles.len().min(2);
            let first = titles[..shown].join(self.view.comma());
            let rest = titles.len() - shown;
            if rest == 0 { first } else { fill(w.and_more, &[&first, &rest]) }
        };
        match reason {
            Reason::Fatal(places) => ("fatal", fill(w.fatal_reason, &[&names(places)])),
            Reason::Unsure(places) => ("unsure", fill(w.unsure_reason, &[&names(places)])),
            Reason::Outlier(distance, mean) => {
                let pattern = if *distance < 0.0 { w.below_reason } else { w.above_reason };
                ("outlier", fill(pattern, &[&number(distance.abs(), 1), &number(*mean, 1)]))
            }
            Reason::Low(score) => ("low", fill(w.low_reason, &[&number(*score, 1)])),
            Reason::NotScored(reason) => ("", format!("{}: {reason}", w.not_scored)),
        }
    }
}

/// Criteria that were failed or are unsure.
fn lacking(call: &CallRow) -> Vec<(usize, usize)> {
    let wanted = |outcome: Outcome| matches!(outcome, Outcome::Fail | Outcome::Unsure);
    let of_card = |card: &crate::report::summary::CardRow| {
        let rows = card.criteria.iter().filter(|row| wanted(row.outcome));
        rows.map(|row| (card.rubric, row.criterion)).collect::<Vec<_>>()
    };
    call.cards.iter().flat_map(of_card).collect()
}

fn kind_name(w: &'static Words, kind: Kind) -> &'static str {
    match kind {
        Kind::Fatal => w.fatal,
        Kind::Unsure => w.unsure,
        Kind::Outlier => w.outlier,
        Kind::Low => w.low,
        Kind::NotScored => w.not_scored,
    }
}

/// A page that is nothing but a table of calls.
#[derive(askama::Template)]
#[template(path = "calls.html")]
pub struct CallsPage<'a> {
    /// Head and navigation.
    pub frame: Frame<'a>,
    /// Its heading.
    pub heading: &'a str,
    /// Rows on all its pages.
    pub total: usize,
    /// The table.
    pub list: List,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str) -> Row {
        Row {
            stem: "a".into(),
            id: id.into(),
            agent: String::new(),
            agent_stem: String::new(),
            when: String::new(),
            length: String::new(),
            score: String::new(),
            tone: "",
            band: String::new(),
            reasons: Vec::new(),
            tokens: String::new(),
        }
    }

    #[test]
    fn pages_are_cut_by_size_and_no_row_is_lost() {
        let lengths = |rows: Vec<Row>| paged(rows).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(Vec::new()), [0]);
        assert_eq!(lengths((0..5_000).map(|_| row("short")).collect()), [5_000]);
        let long = paged((0..5_000).map(|_| row(&"<".repeat(160))).collect());
        assert!(long.len() > 2 && long.iter().map(Vec::len).sum::<usize>() == 5_000);
        assert!(long.iter().all(|page| page.iter().map(Row::bytes).sum::<usize>() <= PAGE));
    }
}
