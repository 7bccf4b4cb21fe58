//! What a report keeps of each call while thousands stream by: numbers, verdicts and a few short quotes, never a
//! transcript.
//!
//! Pure. Takes one [`CallResult`] after the other, gives a [`Summary`].

use super::cues::{self, Mood};
use super::language::Language;
use super::moment::Moment;
use super::names::{file_stem, shorten};
use crate::call::{
    CallResult, CardStatus, CriterionResult, Evidence, Ms, Outcome, Points, RateUnit, Scorecard, Speaker, Status,
    TimeSpan, Warning,
};
use std::collections::BTreeMap;

/// Most characters of a name in a table.
const NAME: usize = 80;
/// Most characters of a quote in a table.
const QUOTE: usize = 160;

/// All calls of a report in short, with the rubrics they were judged by.
#[derive(Debug, Default)]
pub struct Summary {
    /// In the order of the results.
    pub calls: Vec<CallRow>,
    /// In order of first use.
    pub rubrics: Vec<RubricEntry>,
    index: BTreeMap<String, usize>,
}

/// A rubric as far as its scorecards tell.
#[derive(Debug, Default)]
pub struct RubricEntry {
    /// Its id.
    pub id: String,
    /// Its versions, in order of first use.
    pub versions: Vec<String>,
    /// Ids and titles, in order of first use.
    pub sections: Vec<(String, String)>,
    /// In order of first use.
    pub criteria: Vec<CriterionEntry>,
    section_index: BTreeMap<String, usize>,
    criterion_index: BTreeMap<String, usize>,
}

/// A criterion of a rubric.
#[derive(Debug)]
pub struct CriterionEntry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its section's place in [`RubricEntry::sections`].
    pub section: usize,
}

impl CriterionEntry {
    /// Whether failing it means that a forbidden phrase was said.
    pub fn is_forbidden_phrase(&self) -> bool {
        self.id.starts_with("forbidden_")
    }
}

/// One call in short.
#[derive(Debug)]
pub struct CallRow {
    /// Name of the call.
    pub id: String,
    /// Stem of its page's file name.
    pub stem: String,
    /// Path of the recording as listed.
    pub path: String,
    /// Whose call it is; empty where nobody knows.
    pub agent: String,
    /// Stem of the agent's page; empty where nobody knows whose call it is.
    pub agent_stem: String,
    /// The agent's team; may be empty.
    pub team: String,
    /// When it began.
    pub moment: Option<Moment>,
    /// Length of the recording.
    pub duration: Ms,
    /// What became of it.
    pub status: Status,
    /// Why, for a person.
    pub detail: String,
    /// What was noticed on the way.
    pub warnings: Vec<Warning>,
    /// Language spoken.
    pub language: String,
    /// One a rubric.
    pub cards: Vec<CardRow>,
    /// Agent's part of both sides' speech.
    pub agent_share: Option<f64>,
    /// Longest gap between the first and the last word.
    pub longest_silence: Ms,
    /// How often the agent broke in; absent where sides are not told apart.
    pub interruptions: Option<usize>,
    /// Agent's speech rate.
    pub agent_rate: Option<f64>,
    /// Unit of the rate.
    pub rate_unit: Option<RateUnit>,
    /// Spread of the agent's pitch, semitones.
    pub pitch_spread: Option<f64>,
    /// Median time to the agent's answer.
    pub response_delay: Option<Ms>,
    /// What the customer's words hint at.
    pub mood: Mood,
}

/// One scorecard in short.
#[derive(Debug)]
pub struct CardRow {
    /// Its place in [`Summary::rubrics`].
    pub rubric: usize,
    /// 0..=100.
    pub score: Option<Points>,
    /// Its band.
    pub band: Option<String>,
    /// Whether it passed.
    pub passed: Option<bool>,
    /// Whether a fatal criterion failed.
    pub fatal: bool,
    /// Whether grading asks for a person.
    pub needs_review: bool,
    /// Why it has no score, where it has none.
    pub not_scored: Option<String>,
    /// Scores by place in [`RubricEntry::sections`].
    pub sections: Vec<(usize, Points)>,
    /// In the order of the rubric.
    pub criteria: Vec<CriterionRow>,
}

/// One criterion's result in short.
#[derive(Debug)]
pub struct CriterionRow {
    /// Its place in [`RubricEntry::criteria`].
    pub criterion: usize,
    /// The verdict.
    pub outcome: Outcome,
    /// Points earned.
    pub points: Points,
    /// Points that could be earned.
    pub max_points: Points,
    /// Whether it is one of the card's failed fatal criteria.
    pub fatal: bool,
    /// How many pieces of evidence there are.
    pub hits: usize,
    /// Why; kept where it is worth reading in a table: not for passes and what did not apply.
    pub reason: String,
    /// The strongest piece of evidence.
    pub example: Option<Example>,
}

/// A piece of evidence in short.
#[derive(Debug, Clone)]
pub struct Example {
    /// When.
    pub span: TimeSpan,
    /// Whose words it is.
    pub speaker: Speaker,
    /// What was heard.
    pub quote: String,
    /// Similarity times word probability: how surely it was said.
    pub strength: f32,
}

impl Example {
    fn strongest(evidence: &[Evidence]) -> Option<Example> {
        let strength = |piece: &Evidence| piece.similarity * piece.probability;
        // The first of equals, so that the choice does not depend on anything but the finding.
        let best = evidence.iter().rev().max_by(|a, b| strength(a).total_cmp(&strength(b)))?;
        Some(Example {
            span: best.span,
            speaker: best.speaker,
            quote: shorten(&best.quote, QUOTE),
            strength: strength(best),
        })
    }
}

impl Summary {
    /// Whether a forbidden phrase was said in `call`, one of these.
    pub fn says_forbidden(&self, call: &CallRow) -> bool {
        call.cards.iter().any(|card| {
            let entries = &self.rubrics[card.rubric].criteria;
            let failed = card.criteria.iter().filter(|row| row.outcome == Outcome::Fail);
            failed.map(|row| &entries[row.criterion]).any(CriterionEntry::is_forbidden_phrase)
        })
    }

    /// Takes in one call; reasons are kept in `language`.
    pub fn add(&mut self, call: &CallResult, language: Language) {
        let name = |column: &str| name(call, column);
        let moment = ["started_at", "date"].iter().find_map(|column| Moment::parse(call.metadata.get(column)?));
        let cards = call.scorecards.iter().map(|card| self.card(card, language)).collect();
        let measures = &call.measures;
        let by_agent = || measures.interruptions.iter().filter(|one| one.by == Speaker::Agent).count();
        self.calls.push(CallRow {
            id: shorten(&call.id, NAME),
            stem: file_stem(&call.id),
            path: shorten(&call.path, 4 * NAME),
            agent: name("agent"),
            agent_stem: agent_stem(call),
            team: name("team"),
            moment,
            duration: call.heard.audio.duration,
            status: call.heard.status,
            detail: shorten(&call.heard.detail, 2 * QUOTE),
            warnings: call.heard.warnings.clone(),
            language: call.heard.transcript.language.clone(),
            cards,
            agent_share: measures.agent_share_of_speech,
            longest_silence: measures.longest_silence,
            interruptions: call.roles.are_known().then(by_agent),
            agent_rate: measures.agent_rate,
            rate_unit: measures.rate_unit,
            pitch_spread: measures.agent_pitch_spread,
            response_delay: measures.response_delay,
            mood: cues::mood(call),
        });
    }

    fn card(&mut self, card: &Scorecard, language: Language) -> CardRow {
        let rubrics = &mut self.rubrics;
        let place = *self.index.entry(card.rubric.clone()).or_insert_with(|| {
            rubrics.push(RubricEntry { id: shorten(&card.rubric, NAME), ..RubricEntry::default() });
            rubrics.len() - 1
        });
        let rubric = &mut self.rubrics[place];
        if !rubric.versions.contains(&card.rubric_version) {
            rubric.versions.push(card.rubric_version.clone());
        }
        let sections = card
            .sections
            .iter()
            .filter_map(|section| Some((rubric.section(&section.id, &section.title), section.score?)))
            .collect();
        let criteria = card.criteria.iter().map(|result| rubric.criterion(card, result, language)).collect();
        let not_scored = match &card.status {
            CardStatus::Scored => None,
            CardStatus::NotScored(reason) => Some(shorten(reason.in_language(language.code()), QUOTE)),
        };
        CardRow {
            rubric: place,
            score: card.score,
            band: card.band.as_deref().map(|band| shorten(band, NAME)),
            passed: card.passed,
            fatal: !card.fatal.is_empty(),
            needs_review: card.needs_review,
            not_scored,
            sections,
            criteria,
        }
    }
}

impl RubricEntry {
    fn section(&mut self, id: &str, title: &str) -> usize {
        let sections = &mut self.sections;
        *self.section_index.entry(id.to_owned()).or_insert_with(|| {
            sections.push((shorten(id, NAME), shorten(title, NAME)));
            sections.len() - 1
        })
    }

    fn criterion(&mut self, card: &Scorecard, result: &CriterionResult, language: Language) -> CriterionRow {
        let title =
            card.sections.iter().find(|section| section.id == result.section).map_or("", |section| &section.title);
        let section = self.section(&result.section, title);
        let criteria = &mut self.criteria;
        let criterion = *self.criterion_index.entry(result.id.clone()).or_insert_with(|| {
            criteria.push(CriterionEntry {
                id: shorten(&result.id, NAME),
                title: shorten(&result.title, NAME),
                section,
            });
            criteria.len() - 1
        });
        let telling = !matches!(result.finding.outcome, Outcome::Pass | Outcome::NotApplicable);
        let reason = result.finding.reason.in_language(language.code());
        CriterionRow {
            criterion,
            outcome: result.finding.outcome,
            points: result.points,
            max_points: result.max_points,
            fatal: card.fatal.contains(&result.id),
            hits: result.finding.evidence.len(),
            reason: if telling { shorten(reason, QUOTE) } else { String::new() },
            example: Example::strongest(&result.finding.evidence),
        }
    }
}

/// A name in the call's metadata, as tables show it.
fn name(call: &CallResult, column: &str) -> String {
    shorten(call.metadata.get(column).unwrap_or_default().trim(), NAME)
}

/// Stem of the page of the call's agent; empty where there is none. Two people of one name work in different teams, so
/// the team is part of it.
pub fn agent_stem(call: &CallResult) -> String {
    let (agent, team) = (name(call, "agent"), name(call, "team"));
    match (agent.is_empty(), team.is_empty()) {
        (true, _) => String::new(),
        (_, true) => file_stem(&agent),
        _ => file_stem(&format!("{agent}\n{team}")),
    }
}

impl CallRow {
    /// Mean of its scorecards' scores, 0..=100; absent where none has one.
    pub fn score(&self) -> Option<f64> {
        super::statistics::mean(self.cards.iter().filter_map(|card| card.score).map(Points::as_f64))
    }

    /// Whether it passed every rubric that scored it.
    pub fn passed(&self) -> Option<bool> {
        self.cards.iter().filter_map(|card| card.passed).reduce(|all, one| all && one)
    }

    /// Whether a fatal criterion failed.
    pub fn is_fatal(&self) -> bool {
        self.cards.iter().any(|card| card.fatal)
    }

    /// The band of its lowest scorecard.
    pub fn band(&self) -> Option<&str> {
        self.cards.iter().filter(|card| card.score.is_some()).min_by_key(|card| card.score)?.band.as_deref()
    }
}
