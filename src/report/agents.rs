//! Many calls of one agent, added up.
//!
//! Pure. Takes the [`Summary`], gives one [`Agent`] each, beside the mean of all.

use super::statistics::mean;
use super::summary::{CallRow, CriterionRow, Summary};
use crate::call::{Outcome, Points, RateUnit};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// One agent's calls, added up. Also used for all agents together.
#[derive(Debug)]
pub struct Agent<'a> {
    /// Name; empty where nobody knows.
    pub name: &'a str,
    /// The team; may be empty.
    pub team: &'a str,
    /// Stem of the agent's page; empty where there is none.
    pub stem: &'a str,
    /// Whether somebody in another team has the same name.
    pub has_namesake: bool,
    /// The calls, in the order of the results.
    pub calls: Vec<&'a CallRow>,
    /// Places of rubric and criterion, with what became of them.
    pub criteria: BTreeMap<(usize, usize), Tally>,
    /// Mean section scores by places of rubric and section.
    pub sections: BTreeMap<(usize, usize), f64>,
}

/// How one criterion ended over many calls.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Tally {
    /// Passed in full.
    pub passed: usize,
    /// In part.
    pub partial: usize,
    /// Failed.
    pub failed: usize,
    /// Did not arise.
    pub not_applicable: usize,
    /// A person should look.
    pub unsure: usize,
    /// Sum of the earned fractions of `passed`, `partial` and `failed`.
    pub earned: f64,
    /// Points lost: what could have been earned, or what was taken away.
    pub lost: Points,
    /// Pieces of evidence of failures.
    pub hits: usize,
}

impl Tally {
    /// Takes in one result.
    pub fn add(&mut self, row: &CriterionRow) {
        match row.outcome {
            Outcome::Pass => self.passed += 1,
            Outcome::Partial(_) => self.partial += 1,
            Outcome::Fail => self.failed += 1,
            Outcome::NotApplicable => self.not_applicable += 1,
            Outcome::Unsure => self.unsure += 1,
        }
        let Some(fraction) = row.outcome.fraction() else { return };
        self.earned += f64::from(fraction);
        self.lost.0 += (row.max_points.0 - row.points.0).max(0);
        if row.outcome != Outcome::Pass {
            self.hits += row.hits;
        }
    }

    /// Calls in which it was judged.
    pub fn judged(&self) -> usize {
        self.passed + self.partial + self.failed
    }

    /// Mean earned fraction, 0..=1, where it was judged at all.
    pub fn rate(&self) -> Option<f64> {
        (self.judged() > 0).then(|| self.earned / self.judged() as f64)
    }
}

impl<'a> Agent<'a> {
    /// Adds up `calls`, all of one agent or all there are.
    pub fn of(calls: Vec<&'a CallRow>) -> Self {
        let mut criteria: BTreeMap<(usize, usize), Tally> = BTreeMap::new();
        let mut sections: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
        for call in &calls {
            for card in call.cards.iter().filter(|card| card.not_scored.is_none()) {
                for row in &card.criteria {
                    criteria.entry((card.rubric, row.criterion)).or_default().add(row);
                }
                for (section, score) in &card.sections {
                    sections.entry((card.rubric, *section)).or_default().push(score.as_f64());
                }
            }
        }
        let sections =
            sections.into_iter().filter_map(|(key, scores)| Some((key, mean(scores.into_iter())?))).collect();
        Self { name: "", team: "", stem: "", has_namesake: false, calls, criteria, sections }
    }

    /// Every agent, by name and team: people of one name in different teams are different people.
    pub fn all(summary: &'a Summary) -> Vec<Agent<'a>> {
        let mut calls: BTreeMap<(&str, &str), Vec<&CallRow>> = BTreeMap::new();
        for call in &summary.calls {
            // Calls of nobody are one group, whatever their team.
            let team = if call.agent.is_empty() { "" } else { call.team.as_str() };
            calls.entry((&call.agent, team)).or_default().push(call);
        }
        let mut namesakes: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in calls.keys() {
            *namesakes.entry(name).or_default() += 1;
        }
        let agent = |((name, team), calls): ((&'a str, &'a str), Vec<&'a CallRow>)| Agent {
            name,
            team,
            stem: calls.first().map_or("", |call| &call.agent_stem),
            has_namesake: namesakes.get(name).is_some_and(|count| *count > 1),
            ..Agent::of(calls)
        };
        calls.into_iter().map(agent).collect()
    }

    /// The name as a table shows it, with the team where the name alone would not tell who it is; `nobody` for calls
    /// without an agent.
    pub fn label(&self, nobody: &str) -> String {
        match (self.name, self.has_namesake) {
            ("", _) => nobody.to_owned(),
            (name, false) => name.to_owned(),
            (name, true) if self.team.is_empty() => name.to_owned(),
            (name, true) => format!("{name} ({})", self.team),
        }
    }

    /// The mean of a number over the calls that have it.
    pub fn mean(&self, number: impl Fn(&CallRow) -> Option<f64>) -> Option<f64> {
        mean(self.calls.iter().filter_map(|call| number(call)))
    }

    /// Mean score of the scored calls, 0..=100.
    pub fn score(&self) -> Option<f64> {
        self.mean(CallRow::score)
    }

    /// How many calls have a score.
    pub fn scored(&self) -> usize {
        self.calls.iter().filter(|call| call.score().is_some()).count()
    }

    /// Part of the scored calls that passed, 0..=1.
    pub fn pass_rate(&self) -> Option<f64> {
        self.mean(|call| call.passed().map(|passed| f64::from(u8::from(passed))))
    }

    /// Calls in which something fatal happened.
    pub fn fatal(&self) -> usize {
        self.calls.iter().filter(|call| call.is_fatal()).count()
    }

    /// The band that a score of these calls' size falls in: that of the nearest scorecards below and above it, where
    /// both agree. Where they don't, the limit between two bands lies there, and nobody knows on which side.
    pub fn band_at(&self, score: f64) -> Option<&str> {
        let cards = || self.calls.iter().flat_map(|call| &call.cards);
        let scored = || cards().filter_map(|card| Some((card.score?.as_f64(), card.band.as_deref()?)));
        let below = scored().filter(|(one, _)| *one <= score).max_by(|a, b| a.0.total_cmp(&b.0))?;
        let above = scored().filter(|(one, _)| *one >= score).min_by(|a, b| a.0.total_cmp(&b.0))?;
        (below.1 == above.1).then_some(below.1)
    }

    /// The unit of most calls' speech rates and the mean of those calls.
    pub fn rate(&self) -> Option<(RateUnit, f64)> {
        let rate = |unit: RateUnit| self.mean(move |call| call.agent_rate.filter(|_| call.rate_unit == Some(unit)));
        let count = |unit: RateUnit| self.calls.iter().filter(|call| call.rate_unit == Some(unit)).count();
        let unit =
            if count(RateUnit::CharsPerMin) > count(RateUnit::Wpm) { RateUnit::CharsPerMin } else { RateUnit::Wpm };
        Some((unit, rate(unit)?))
    }

    /// Mean of a number by day, in order, with the calls behind it.
    pub fn by_day(&self, number: impl Fn(&CallRow) -> Option<f64>) -> Vec<(Date, f64, usize)> {
        let mut days: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
        for call in &self.calls {
            if let (Some(moment), Some(value)) = (call.moment, number(call)) {
                days.entry(moment.day).or_default().push(value);
            }
        }
        let count = |values: &Vec<f64>| values.len();
        days.into_iter()
            .filter_map(|(day, values)| Some((day, mean(values.iter().copied())?, count(&values))))
            .collect()
    }
}
