//! The scores of a run, added up while its calls stream by.

use super::table::shorten;
use crate::call::{CallResult, CardStatus, CriterionResult, Outcome, Scorecard, StatusKind};
use crate::report::Moment;
use crate::store::{Store, StoreError};
use std::collections::BTreeMap;

/// Calls listed as the lowest.
const LOWEST: usize = 5;

/// The scores of a folder's last run, added up while the calls stream by.
#[derive(Debug, Default)]
pub struct Scores {
    /// By name and team: people of one name in different teams are different people.
    pub agents: BTreeMap<(String, String), Agent>,
    /// The lowest calls, the lowest first.
    pub lowest: Vec<Low>,
    /// All calls together.
    pub total: Agent,
    /// Calls with both sides on one channel.
    pub mono: u64,
    /// Calls with two channels of which nobody knows which is the agent's.
    pub roles_unknown: u64,
    /// Calls without a score by reason.
    pub not_scored: BTreeMap<String, u64>,
    /// Calls by the code of what was noticed.
    pub warnings: BTreeMap<String, u64>,
    /// Length of the recordings.
    pub audio_ms: i64,
}

/// The calls of one agent.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Agent {
    /// Calls that were heard.
    pub calls: u64,
    /// Of these, calls with a score.
    pub scored: u64,
    /// Of these, calls that passed every rubric.
    pub passed: u64,
    /// Calls with a fatal finding.
    pub fatal: u64,
    /// Calls that grading leaves to a person.
    pub needs_review: u64,
    sum: f64,
    /// When each scored call began, its place among the results, its score.
    scores: Vec<(Option<Moment>, u64, f64)>,
}

/// A call with a low score.
#[derive(Debug, Clone, PartialEq)]
pub struct Low {
    /// 0..=100.
    pub score: f64,
    /// Name of the call.
    pub id: String,
    /// Its agent.
    pub agent: String,
    /// Whether something fatal was found.
    pub fatal: bool,
    /// The finding that cost most.
    pub finding: String,
    /// Where in the call; may be empty.
    pub place: String,
}

impl Agent {
    /// Mean score, 0..=100.
    pub fn mean(&self) -> Option<f64> {
        (self.scored > 0).then(|| self.sum / self.scored as f64)
    }

    /// The scores in the order of the calls' times, at most `most`: each the mean of its stretch of calls. Calls
    /// without a time come first, in the order of the results.
    pub fn course(&self, most: usize) -> Vec<f64> {
        let mut scores = self.scores.clone();
        scores.sort_by_key(|(moment, place, _)| (*moment, *place));
        let points = scores.len().min(most);
        let part = |index: usize| index * scores.len() / points;
        let stretch = |index: usize| mean(scores[part(index)..part(index + 1)].iter().map(|(_, _, score)| *score));
        (0..points).filter_map(stretch).collect()
    }
}

impl Scores {
    /// Adds up the calls of the last run.
    ///
    /// # Errors
    /// Where the store refuses or a stored value is damaged.
    pub fn collect(store: &Store) -> Result<Self, StoreError> {
        let mut scores = Self::default();
        let mut results = store.results_of_last_run()?;
        for result in results.iter()? {
            scores.add(&result?);
        }
        Ok(scores)
    }

    fn add(&mut self, result: &CallResult) {
        if !matches!(result.heard.status.kind(), StatusKind::Ok | StatusKind::Degraded) {
            return;
        }
        self.audio_ms += result.heard.audio.duration.0;
        let scored: Vec<&Scorecard> =
            result.scorecards.iter().filter(|card| card.status == CardStatus::Scored).collect();
        let single = result.heard.sound.channels.len() < 2;
        self.mono += u64::from(single);
        self.roles_unknown += u64::from(!single && !result.roles.are_known());
        for warning in &result.heard.warnings {
            *self.warnings.entry(warning.code.clone()).or_default() += 1;
        }
        let name = result.metadata.get("agent").unwrap_or_default().trim();
        let team = if name.is_empty() { "" } else { result.metadata.get("team").unwrap_or_default().trim() };
        let moment = ["started_at", "date"].iter().find_map(|column| Moment::parse(result.metadata.get(column)?));
        let place = self.total.calls;
        let score = mean(scored.iter().filter_map(|card| card.score).map(|score| score.as_f64()));
        if score.is_none() {
            // The rubric that looked at most of its criteria says most: others may be for another language altogether.
            let telling = result.scorecards.iter().rev().max_by_key(|card| card.criteria.len());
            let reason = telling.and_then(|card| match &card.status {
                CardStatus::NotScored(reason) => Some(reason.en.clone()),
                CardStatus::Scored => None,
            });
            *self.not_scored.entry(reason.unwrap_or_else(|| "no rubric".to_owned())).or_default() += 1;
        }
        let passed = !scored.is_empty() && scored.iter().all(|card| card.passed == Some(true));
        let fatal = scored.iter().any(|card| !card.fatal.is_empty());
        let review = scored.iter().any(|card| card.needs_review);
        for agent in [self.agents.entry((name.to_owned(), team.to_owned())).or_default(), &mut self.total] {
            agent.calls += 1;
            agent.scored += u64::from(score.is_some());
            agent.sum += score.unwrap_or(0.0);
            agent.scores.extend(score.map(|score| (moment, place, score)));
            agent.passed += u64::from(passed);
            agent.fatal += u64::from(fatal);
            agent.needs_review += u64::from(review);
        }
        if let Some(score) = score {
            let (finding, place) = worst(&scored).map_or_else(Default::default, describe);
            self.lowest.push(Low { score, id: result.id.clone(), agent: name.to_owned(), fatal, finding, place });
            self.lowest.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.id.cmp(&b.id)));
            self.lowest.truncate(LOWEST);
        }
    }

    /// The lowest of all agents' means and the mean of all calls, where anything was scored.
    pub fn lowest_mean(&self) -> Option<f64> {
        self.agents.values().chain([&self.total]).filter_map(Agent::mean).min_by(f64::total_cmp)
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The finding that costs most: a fatal one, else the one with the most points lost.
fn worst<'a>(cards: &[&'a Scorecard]) -> Option<&'a CriterionResult> {
    let lost = |one: &CriterionResult| one.max_points.0 - one.points.0;
    cards
        .iter()
        .flat_map(|card| card.criteria.iter().map(move |one| (card.fatal.contains(&one.id), one)))
        .filter(|(_, one)| matches!(one.finding.outcome, Outcome::Fail | Outcome::Partial(_)))
        .rev()
        .max_by_key(|(fatal, one)| (*fatal, lost(one)))
        .map(|(_, one)| one)
}

/// A finding as its title with the quote or reason, and its place in the call.
fn describe(one: &CriterionResult) -> (String, String) {
    let evidence = one.finding.evidence.first();
    let place = evidence.map_or(String::new(), |evidence| evidence.span.start.to_string());
    let quote = evidence.map(|evidence| evidence.quote.trim()).filter(|quote| !quote.is_empty());
    let text = match quote {
        Some(quote) => format!("{}: “{}”", one.title, shorten(quote, 40)),
        None => format!("{}: {}", one.title, one.finding.reason.en),
    };
    (text, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_of_the_scores_follows_the_calls_times() {
        let at = |text: &str| Moment::parse(text);
        let scores = vec![(at("2026-05-03"), 0, 90.0), (at("2026-05-01"), 1, 40.0), (at("2026-05-02"), 2, 60.0)];
        let agent = Agent { scores, ..Agent::default() };
        assert_eq!(agent.course(8), [40.0, 60.0, 90.0]);
        assert_eq!(agent.course(2), [40.0, 75.0]);
        assert!(Agent::default().course(8).is_empty());
    }
}
