//! What many calls say together: frequent phrases, complaints, feelings, busy hours.

use super::agents::Bar;
use super::frame::{Frame, Place};
use super::{Folder, Said, SiteError, View};
use crate::report::charts::{self, Hour};
use crate::report::cues::CLASSES;
use crate::report::markup::{Markup, percent};
use crate::report::phrases::Phrase;
use crate::report::words::fill;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Phrases shown a side.
const PHRASES: usize = 20;

#[derive(askama::Template)]
#[template(path = "insights.html")]
struct InsightsPage<'a> {
    frame: Frame<'a>,
    phrases: Vec<(&'a str, &'a str, Vec<Bar>)>,
    complaints_note: String,
    complaints: Vec<Bar>,
    feeling: Option<Markup>,
    hours: Markup,
}

/// Writes the page.
pub fn write(view: &View<'_>, said: &Said, folder: &mut Folder) -> Result<(), SiteError> {
    let w = view.words();
    let phrases = vec![
        (w.customer_phrases, "customer", bars(&said.customers.top(PHRASES), "customer")),
        (w.agent_phrases, "agent", bars(&said.agents.top(PHRASES), "agent")),
    ];
    let calls = &view.summary.calls;
    let heard = calls.iter().filter(|call| !call.language.is_empty()).count();
    let complaining = calls.iter().filter(|call| call.mood.complaints.contains(&true)).count();
    let names: [&str; CLASSES] = [w.product, w.process, w.communication, w.individual];
    let complaint = |(class, name): (usize, &&str)| {
        let count = calls.iter().filter(|call| call.mood.complaints[class]).count();
        let part = count as f64 / heard.max(1) as f64;
        let chart = charts::bar(&[("accent", part)], None);
        Bar { label: (*name).to_owned(), chart, value: format!("{count} · {}", percent(part)) }
    };
    let page = InsightsPage {
        frame: Frame::top(view.settings, view.style, Place::Insights, w.insights),
        phrases,
        complaints_note: fill(w.complaints_note, &[&complaining, &heard]),
        complaints: names.iter().enumerate().map(complaint).collect(),
        feeling: feeling(view),
        hours: hours(view),
    };
    folder.page("insights.html", &page)
}

fn bars(phrases: &[Phrase], class: &str) -> Vec<Bar> {
    let most = phrases.iter().map(|phrase| phrase.calls).max().unwrap_or(1);
    let bar = |phrase: &Phrase| Bar {
        label: phrase.text.clone(),
        chart: charts::bar(&[(class, f64::from(phrase.calls) / f64::from(most))], None),
        value: phrase.calls.to_string(),
    };
    phrases.iter().map(bar).collect()
}

fn feeling(view: &View<'_>) -> Option<Markup> {
    let start: BTreeMap<Date, f64> =
        view.everyone.by_day(|call| call.mood.feeling.start).into_iter().map(|(day, value, _)| (day, value)).collect();
    let end: BTreeMap<Date, f64> =
        view.everyone.by_day(|call| call.mood.feeling.end).into_iter().map(|(day, value, _)| (day, value)).collect();
    let days: Vec<Date> =
        start.keys().chain(end.keys()).copied().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let labels: Vec<String> = days.iter().map(|day| day.strftime("%m-%d").to_string()).collect();
    let values = |of: &BTreeMap<Date, f64>| days.iter().map(|day| of.get(day).copied()).collect();
    let chart = charts::lines(&labels, &[("soft", values(&start)), ("accent", values(&end))], (-1.0, 1.0), 1);
    Some(chart).filter(|chart| !chart.is_empty())
}

fn hours(view: &View<'_>) -> Markup {
    let mut sums = [[(0_usize, 0.0_f64, 0_usize); 24]; 7];
    for call in &view.summary.calls {
        let Some((moment, (hour, _))) = call.moment.and_then(|moment| Some((moment, moment.time?))) else { continue };
        let cell = &mut sums[moment.weekday()][usize::from(hour)];
        cell.0 += 1;
        if let Some(score) = call.score() {
            cell.1 += score;
            cell.2 += 1;
        }
    }
    let hour =
        |(calls, sum, scored): (usize, f64, usize)| Hour { calls, score: (scored > 0).then(|| sum / scored as f64) };
    charts::heat_map(&sums.map(|day| day.map(hour)), &view.words().weekdays())
}
