//! Tests of grading with checks that give what they are told.

use super::*;
use crate::call::{
    AudioInfo, ChannelSound, Engine, Evidence, Finding, Ms, Reason, RoleSource, SoundMap, Speaker, Status, TimeSpan,
    Transcript,
};
use crate::operators::{Check, Scope};
use crate::rubric::{Band, Criterion, Fatal, Section};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A check that always finds the same.
#[derive(Debug)]
struct Fixed(Outcome, usize);

impl Check for Fixed {
    fn evaluate(&self, _: &CallView<'_>, _: &Scope<'_>) -> Finding {
        let evidence = (0..self.1).map(|index| Evidence {
            speaker: Speaker::Agent,
            span: TimeSpan::new(Ms(9_000 - 1000 * index as i64), Ms(99_000)),
            quote: String::new(),
            matched: String::new(),
            similarity: 1.0,
            probability: 1.0,
        });
        Finding::new(self.0, Reason::default()).with_evidence(evidence.collect())
    }
}

fn criterion(id: &str, worth: Worth, outcome: Outcome) -> Criterion {
    Criterion {
        id: id.to_owned(),
        title: String::new(),
        why: String::new(),
        worth,
        fatal: None,
        tags: Vec::new(),
        check: Box::new(Fixed(outcome, 0)),
        examples: Vec::new(),
    }
}

fn points(id: &str, points: f64, outcome: Outcome) -> Criterion {
    criterion(id, Worth::Points(points), outcome)
}

fn section(id: &str, weight: f64, criteria: Vec<Criterion>) -> Section {
    Section { id: id.to_owned(), title: String::new(), weight, criteria }
}

fn rubric(sections: Vec<Section>) -> Rubric {
    let order = sections
        .iter()
        .enumerate()
        .flat_map(|(index, section)| (0..section.criteria.len()).map(move |criterion| (index, criterion)))
        .collect();
    let band = |name: &str, from| Band { name: name.to_owned(), from: Points::from_f64(from) };
    Rubric {
        id: "test".to_owned(),
        title: String::new(),
        language: "any".to_owned(),
        version: "1".to_owned(),
        hash: String::new(),
        pass_mark: Points::from_f64(80.0),
        bands: vec![band("good", 80.0), band("poor", 0.0)],
        min_speech: Ms(5000),
        slots: BTreeMap::new(),
        marks: Vec::new(),
        sections,
        order,
    }
}

fn heard(speech: i64) -> HeardCall {
    let channel = ChannelSound { speech: vec![TimeSpan::new(Ms(0), Ms(speech))], ..ChannelSound::default() };
    HeardCall {
        status: Status::Ok,
        detail: String::new(),
        warnings: Vec::new(),
        audio: AudioInfo::default(),
        sound: SoundMap { duration: Ms(10_000), channels: vec![channel, ChannelSound::default()] },
        transcript: Transcript { language: "en".to_owned(), language_probability: 1.0, ..Transcript::default() },
        engine: Engine::default(),
    }
}

fn roles() -> Roles {
    let by_channel = vec![Speaker::Agent, Speaker::Customer];
    Roles { by_channel, certainty: 1.0, source: RoleSource::Metadata }
}

fn card(sections: Vec<Section>) -> Scorecard {
    grade(&rubric(sections), &heard(8000), &Metadata::default(), &roles())
}

const PASS: Outcome = Outcome::Pass;
const FAIL: Outcome = Outcome::Fail;

#[test]
fn raw_points_never_meet_weights() {
    let card = card(vec![
        section("a", 3.0, vec![points("a1", 90.0, PASS), points("a2", 10.0, FAIL)]),
        section("b", 1.0, vec![points("b1", 2.0, FAIL)]),
    ]);
    assert_eq!(card.score, Some(Points(6750)));
    assert_eq!(card.band.as_deref(), Some("poor"));
    assert_eq!(card.passed, Some(false));
}

#[test]
fn what_does_not_apply_leaves_both_sides_and_unsure_calls_a_person() {
    let card = card(vec![
        section("a", 1.0, vec![points("a1", 5.0, PASS), points("a2", 5.0, Outcome::NotApplicable)]),
        section("b", 9.0, vec![points("b1", 5.0, Outcome::Unsure)]),
    ]);
    assert_eq!(card.score, Some(Points(10_000)));
    assert_eq!(card.sections[1].score, None);
    assert_eq!(card.criteria[1].max_points, Points(0));
    assert!(card.needs_review);
}

#[test]
fn deductions_count_each_hit_up_to_their_cap_and_bonuses_stop_at_the_top() {
    let worth = Worth::Deduct { points: 5.0, per_hit: true, cap: 12.0 };
    let mut forbidden = criterion("forbidden", worth, FAIL);
    forbidden.check = Box::new(Fixed(FAIL, 3));
    let with = |bonus| {
        let mut capped = criterion("forbidden", worth, FAIL);
        capped.check = Box::new(Fixed(FAIL, 3));
        card(vec![section(
            "a",
            1.0,
            vec![points("a1", 5.0, PASS), capped, criterion("extra", Worth::Bonus(bonus), PASS)],
        )])
    };
    assert_eq!(with(4.0).score, Some(Points(9200)));
    assert_eq!(with(40.0).score, Some(Points(10_000)));
    let alone = card(vec![section("a", 1.0, vec![forbidden])]);
    assert_eq!((alone.score, alone.sections[0].score), (Some(Points(8800)), None));
}

#[test]
fn a_fatal_failure_zeroes_its_part_and_the_score_without_it_is_kept() {
    let fatal = |kind| {
        let mut broken = points("broken", 1.0, FAIL);
        broken.fatal = Some(kind);
        let mut tagged = points("tagged", 1.0, PASS);
        tagged.tags.push("compliance".to_owned());
        card(vec![section("a", 1.0, vec![broken, points("a2", 3.0, PASS)]), section("b", 1.0, vec![tagged])])
    };
    let call = fatal(Fatal::Call);
    assert_eq!((call.score, call.score_without_fatal), (Some(Points(0)), Some(Points(8750))));
    assert_eq!(call.compliance_score, Some(Points(10_000)));
    let section = fatal(Fatal::Section);
    assert_eq!((section.score, section.score_without_fatal), (Some(Points(5000)), Some(Points(8750))));
    assert_eq!((section.fatal, section.passed), (vec!["broken".to_owned()], Some(false)));
}

#[test]
fn what_cannot_be_judged_has_a_reason_and_no_score() {
    let rubric = |language: &str| Rubric {
        language: language.to_owned(),
        ..rubric(vec![section("a", 1.0, vec![points("a1", 5.0, FAIL)])])
    };
    let reason = |rubric: &Rubric, heard: &HeardCall| {
        let card = grade(rubric, heard, &Metadata::default(), &roles());
        assert_eq!((card.score, card.passed), (None, None));
        match card.status {
            CardStatus::NotScored(reason) => reason.en,
            CardStatus::Scored => String::new(),
        }
    };
    assert_eq!(reason(&rubric("zh"), &heard(8000)), "the call is in `en`, the rubric is for `zh`");
    assert!(reason(&rubric("en"), &heard(4000)).starts_with("4.0 s of speech"));
    let failed = HeardCall { status: Status::FailedDecode, ..heard(8000) };
    assert!(reason(&rubric("en"), &failed).starts_with("failed_decode"));
}

#[test]
fn an_absence_in_an_incomplete_recording_is_nobodys_fault() {
    let rubric = rubric(vec![section("a", 1.0, vec![points("a1", 5.0, FAIL), points("a2", 5.0, PASS)])]);
    let truncated = HeardCall { status: Status::DegradedTruncated, ..heard(8000) };
    let card = grade(&rubric, &truncated, &Metadata::default(), &roles());
    assert_eq!(card.criteria[0].finding.outcome, Outcome::Unsure);
    assert_eq!((card.score, card.needs_review), (Some(Points(10_000)), true));
}

#[test]
fn a_single_track_is_scored_only_where_most_of_the_rubric_could_be_decided() {
    let single = Roles { by_channel: vec![Speaker::Unknown; 2], certainty: 0.0, source: RoleSource::SingleTrack };
    let card = |outcome| {
        let criteria = vec![points("a1", 2.0, PASS), points("a2", 3.0, outcome)];
        grade(&rubric(vec![section("a", 1.0, criteria)]), &heard(8000), &Metadata::default(), &single)
    };
    let mostly_unsure = card(Outcome::Unsure);
    assert_eq!((mostly_unsure.score, mostly_unsure.needs_review), (None, true));
    assert_eq!(mostly_unsure.criteria.len(), 2);
    let CardStatus::NotScored(reason) = mostly_unsure.status else { unreachable!() };
    assert_eq!(reason.en, "agent and customer are not told apart, so only 40 % of the rubric could be decided");
    assert_eq!(card(Outcome::NotApplicable).score, Some(Points(10_000)));
}

#[test]
fn evidence_lies_in_order_inside_the_call() {
    let mut many = points("many", 1.0, PASS);
    many.check = Box::new(Fixed(PASS, 4));
    let card = card(vec![section("a", 1.0, vec![many])]);
    let spans: Vec<TimeSpan> = card.criteria[0].finding.evidence.iter().map(|evidence| evidence.span).collect();
    assert!(spans.is_sorted() && spans.iter().all(|span| span.end <= Ms(10_000)), "{spans:?}");
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(PASS),
        Just(FAIL),
        (0.0f32..=1.0).prop_map(Outcome::Partial),
        Just(Outcome::NotApplicable),
        Just(Outcome::Unsure),
    ]
}

fn any_worth() -> impl Strategy<Value = Worth> {
    prop_oneof![
        4 => (0.0f64..50.0).prop_map(Worth::Points),
        1 => (0.0f64..90.0, any::<bool>(), 0.0f64..90.0)
            .prop_map(|(points, per_hit, cap)| Worth::Deduct { points, per_hit, cap }),
        1 => (0.0f64..90.0).prop_map(Worth::Bonus),
    ]
}

type Drawn = Vec<(f64, Vec<(Worth, Outcome, Option<bool>)>)>;

fn build(drawn: &Drawn) -> Vec<Section> {
    drawn
        .iter()
        .enumerate()
        .map(|(index, (weight, criteria))| {
            let criteria = criteria.iter().map(|(worth, outcome, fatal)| {
                let mut criterion = criterion("any", *worth, *outcome);
                criterion.fatal = fatal.map(|call| if call { Fatal::Call } else { Fatal::Section });
                criterion
            });
            section(&index.to_string(), *weight, criteria.collect())
        })
        .collect()
}

proptest! {
    #[test]
    fn scores_stay_in_range_and_the_order_of_sections_does_not_matter(
        drawn in prop::collection::vec(
            (0.0f64..10.0, prop::collection::vec((any_worth(), any_outcome(), prop::option::weighted(0.1, any::<bool>())), 0..5)),
            1..5,
        )
    ) {
        let forwards = card(build(&drawn));
        let backwards = card(build(&drawn.iter().rev().cloned().collect()));
        let totals = |card: &Scorecard| (card.score, card.score_without_fatal, card.passed, card.needs_review);
        prop_assert_eq!(totals(&forwards), totals(&backwards));
        let scores = [forwards.score, forwards.score_without_fatal].into_iter().flatten();
        for score in scores.chain(forwards.sections.iter().filter_map(|section| section.score)) {
            prop_assert!((Points(0)..=Points(10_000)).contains(&score));
        }
        prop_assert_eq!(forwards.score.is_some(), forwards.status == CardStatus::Scored);
    }
}
