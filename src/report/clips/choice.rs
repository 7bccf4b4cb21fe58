//! Which findings are the best and the worst examples of a criterion.

use crate::call::{CallResult, CardStatus, CriterionResult, Outcome};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Id of the criterion.
    pub criterion: String,
    /// Only in this rubric.
    pub rubric: Option<String>,
    /// Only calls of this agent.
    pub agent: Option<String>,
    /// Only this verdict: `pass`, `partial`, `fail`, `unsure`.
    pub outcome: Option<String>,
}

/// A finding that may become an example: light, so that all of a folder's fit in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Name of the call.
    pub call: String,
    /// The agent's name; may be empty.
    pub agent: String,
    /// Place of the scorecard in the call's result.
    pub card: usize,
    /// Place of the criterion in the scorecard.
    pub criterion: usize,
    /// The verdict.
    pub outcome: Outcome,
    /// Whether failing it was fatal.
    pub fatal: bool,
    /// Whether it has a place in the recording.
    pub placed: bool,
    /// Similarity times word probability of its surest evidence.
    pub strength: f32,
}

/// The findings of one call that are wanted.
pub fn candidates(call: &CallResult, wanted: &Wanted) -> Vec<Candidate> {
    let agent = call.metadata.get("agent").unwrap_or_default();
    if wanted.agent.as_deref().is_some_and(|name| name != agent) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (card_index, card) in call.scorecards.iter().enumerate() {
        if card.status != CardStatus::Scored || wanted.rubric.as_deref().is_some_and(|rubric| rubric != card.rubric) {
            continue;
        }
        for (index, result) in card.criteria.iter().enumerate().filter(|(_, result)| result.id == wanted.criterion) {
            let outcome = result.finding.outcome;
            let fits = match wanted.outcome.as_deref() {
                Some(name) => name == outcome.as_str(),
                None => outcome.fraction().is_some(),
            };
            if fits && outcome != Outcome::NotApplicable {
                found.push(Candidate {
                    call: call.id.clone(),
                    agent: agent.to_owned(),
                    card: card_index,
                    criterion: index,
                    outcome,
                    fatal: card.fatal.contains(&result.id),
                    placed: super::window(call, result).is_ok(),
                    strength: strength(result),
                });
            }
        }
    }
    found
}

fn strength(result: &CriterionResult) -> f32 {
    result.finding.evidence.iter().map(|piece| piece.similarity * piece.probability).fold(0.0, f32::max)
}

/// The `best` and the `worst` of `candidates`: first one of each agent, then the rest. A verdict asked for limits both;
/// without one the best are passes and the worst are not.
pub fn choose(
    candidates: &[Candidate],
    best: usize,
    worst: usize,
    any_outcome: bool,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let earned = |one: &Candidate| one.outcome.fraction().unwrap_or(0.5);
    let surest = |a: &Candidate, b: &Candidate| b.placed.cmp(&a.placed).then(b.strength.total_cmp(&a.strength));
    let named = |a: &Candidate, b: &Candidate| a.call.cmp(&b.call);
    let good: Vec<Candidate> =
        candidates.iter().filter(|one| any_outcome || one.outcome == Outcome::Pass).cloned().collect();
    let good = first(good, best, |a, b| earned(b).total_cmp(&earned(a)).then(surest(a, b)).then(named(a, b)));
    let bad = candidates.iter().filter(|one| (any_outcome || one.outcome != Outcome::Pass) && !good.contains(one));
    let graver = |a: &Candidate, b: &Candidate| b.fatal.cmp(&a.fatal).then(earned(a).total_cmp(&earned(b)));
    let bad = first(bad.cloned().collect(), worst, |a, b| {
        b.placed.cmp(&a.placed).then(graver(a, b)).then(surest(a, b)).then(named(a, b))
    });
    (good, bad)
}

/// The first `most` in `order`, the first of each agent before the second of any.
fn first(mut all: Vec<Candidate>, most: usize, order: impl Fn(&Candidate, &Candidate) -> Ordering) -> Vec<Candidate> {
    all.sort_by(order);
    // Two rubrics may judge the same thing; a call is one example.
    let mut calls: BTreeSet<String> = BTreeSet::new();
    all.retain(|one| calls.insert(one.call.clone()));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut turns: Vec<(usize, Candidate)> = Vec::new();
    for one in all {
        let turn = seen.entry(one.agent.clone()).or_default();
        *turn += 1;
        turns.push((*turn, one));
    }
    turns.sort_by_key(|(turn, _)| *turn);
    turns.into_iter().take(most).map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(call: &str, agent: &str, outcome: Outcome, strength: f32) -> Candidate {
        Candidate {
            call: call.into(),
            agent: agent.into(),
            card: 0,
            criterion: 0,
            outcome,
            fatal: false,
            placed: true,
            strength,
        }
    }

    fn calls(list: &[Candidate]) -> Vec<&str> {
        list.iter().map(|one| one.call.as_str()).collect()
    }

    #[test]
    fn the_surest_come_first_and_agents_take_turns() {
        let all = [
            candidate("a", "Emily", Outcome::Pass, 0.9),
            candidate("a", "Emily", Outcome::Pass, 0.85),
            candidate("b", "Emily", Outcome::Pass, 0.8),
            candidate("c", "Kevin", Outcome::Pass, 0.4),
            candidate("d", "Kevin", Outcome::Partial(0.5), 0.4),
            candidate("e", "Kevin", Outcome::Fail, 0.4),
            Candidate { placed: false, ..candidate("f", "Sophie", Outcome::Fail, 0.0) },
        ];
        let (best, worst) = choose(&all, 2, 3, false);
        assert_eq!((calls(&best), calls(&worst)), (vec!["a", "c"], vec!["e", "f", "d"]));
    }
}
