//! How the parts of a rubric count: sections, criteria, examples and bands, and what is wrong with them.

use super::raw::{Amount, Ordered, RawCriterion, RawExamples, RawFatal, RawRubric};
use super::{Band, Criterion, Example, Fatal, Section, Worth};
use crate::call::{Points, script};
use crate::diagnostic::{Code, Diagnostic, Spanned};
use crate::operators::Check;
use std::collections::BTreeMap;

/// Most lines of an example that are reported; where all are wrong it is another kind of text.
const MOST_LINES: usize = 4;

/// Checks by the place of their criterion, section and criterion index.
pub(super) type Checks = BTreeMap<(usize, usize), Box<dyn Check>>;

/// The bands of the score, from the highest.
pub(super) fn bands(ranges: &Ordered<Spanned<f64>>, found: &mut Vec<Diagnostic>) -> Vec<Band> {
    let rise = ranges.0.len() > 1 && ranges.0.windows(2).all(|pair| pair[0].1.value < pair[1].1.value);
    if let (true, Some((name, _))) = (rise, ranges.0.first()) {
        let message = "the bands stand from the lowest to the highest, expected the highest first";
        found.push(Diagnostic::new(Code::BandOrder, name.span.clone(), message));
        return Vec::new();
    }
    let mut previous: Option<&Spanned<f64>> = None;
    for (name, from) in &ranges.0 {
        if !(0.0..=100.0).contains(&from.value) {
            let message = format!("the band `{}` begins outside 0 to 100", name.value);
            found.push(Diagnostic::new(Code::BandOrder, from.span.clone(), message));
        } else if let Some(before) = previous.filter(|before| before.value <= from.value) {
            let message = format!("the band `{}` does not begin below the one before it", name.value);
            let label = "the band before begins here";
            found.push(Diagnostic::new(Code::BandOrder, from.span.clone(), message).label(before.span.clone(), label));
        }
        previous = Some(from);
    }
    if let Some(last) = previous.filter(|last| last.value > 0.0) {
        let message = "the lowest band begins above 0, so that low scores have no band";
        found.push(Diagnostic::new(Code::BandOrder, last.span.clone(), message));
    }
    let band = |(name, from): &(Spanned<String>, Spanned<f64>)| Band {
        name: name.value.clone(),
        from: Points::from_f64(from.value),
    };
    ranges.0.iter().map(band).collect()
}

/// The sections with their criteria, each with the one of `checks` that belongs to it.
pub(super) fn sections(raw: &RawRubric, mut checks: Checks, found: &mut Vec<Diagnostic>) -> Vec<Section> {
    let mut sections = Vec::new();
    for (index, section) in raw.sections.iter().enumerate() {
        let mut criteria = Vec::new();
        for (number, criterion) in section.criteria.iter().enumerate() {
            let worth = worth(criterion, found);
            let examples = examples(&criterion.examples, found);
            let Some(check) = checks.remove(&(index, number)) else { continue };
            criteria.push(Criterion {
                id: criterion.id.value.0.clone(),
                title: criterion.title.clone(),
                why: criterion.why.trim().to_owned(),
                worth,
                fatal: match criterion.fatal {
                    Some(RawFatal::Section) => Some(Fatal::Section),
                    Some(RawFatal::Call) => Some(Fatal::Call),
                    Some(RawFatal::No) | None => None,
                },
                tags: criterion.tags.0.iter().map(|tag| tag.value.clone()).collect(),
                check,
                examples,
            });
        }
        sections.push(Section {
            id: section.id.value.0.clone(),
            title: section.title.clone(),
            weight: section.weight.as_ref().map_or(1.0, |weight| weight.value.0),
            criteria,
        });
    }
    sections
}

/// How a criterion counts; a criterion says it exactly once.
pub(super) fn worth(criterion: &RawCriterion, found: &mut Vec<Diagnostic>) -> Worth {
    let ways = [("points", &criterion.points), ("deduct", &criterion.deduct), ("bonus", &criterion.bonus)];
    let mut given = ways.iter().filter_map(|(name, amount)| Some((*name, amount.as_ref()?)));
    let first = given.next();
    if let (Some((first, _)), Some((second, amount))) = (first, given.next()) {
        let message = format!("a criterion counts in one way, found `{first}` and `{second}`");
        found.push(Diagnostic::new(Code::InvalidValue, amount.span.clone(), message));
    }
    let Some((name, Spanned { value: Amount(amount), span })) = first else {
        let message = format!("`{}` does not say how it counts", criterion.id.value.0);
        found.push(
            Diagnostic::new(Code::MissingKey, criterion.id.span.clone(), message)
                .help("give `points`, `deduct` or `bonus`; `points: 0` shows it without counting it"),
        );
        return Worth::Points(0.0);
    };
    let amount = *amount;
    if name != "deduct" {
        let extras = [
            ("per_hit", criterion.per_hit.as_ref().map(|it| &it.span)),
            ("cap", criterion.cap.as_ref().map(|it| &it.span)),
        ];
        for (extra, at) in extras.iter().filter_map(|(extra, span)| Some((extra, (*span)?))) {
            let message = format!("`{extra}` belongs to `deduct`, this criterion has `{name}`");
            found.push(Diagnostic::new(Code::InvalidValue, at.clone(), message));
        }
    } else if let Some(cap) = &criterion.cap {
        let per_hit = criterion.per_hit.as_ref().is_some_and(|it| it.value);
        if cap.value.0 < amount {
            let message = format!("the cap of {} lies below the {amount} points of one hit", cap.value.0);
            let mistake = Diagnostic::new(Code::ContradictoryLimits, cap.span.clone(), message);
            found.push(mistake.label(span.clone(), "one hit"));
        } else if !per_hit {
            let message = "without `per_hit: true` a deduction is taken once, so that `cap` limits nothing";
            found.push(Diagnostic::new(Code::NoEffect, cap.span.clone(), message));
        }
    }
    match name {
        "points" => Worth::Points(amount),
        "bonus" => Worth::Bonus(amount),
        _ => Worth::Deduct {
            points: amount,
            per_hit: criterion.per_hit.as_ref().is_some_and(|it| it.value),
            cap: criterion.cap.as_ref().map_or(100.0, |cap| cap.value.0),
        },
    }
}

/// The examples of a criterion, each with the outcome that it is to give.
pub(super) fn examples(raw: &RawExamples, found: &mut Vec<Diagnostic>) -> Vec<Example> {
    let by_outcome = [
        ("pass", &raw.pass),
        ("partial", &raw.partial),
        ("fail", &raw.fail),
        ("not_applicable", &raw.not_applicable),
        ("unsure", &raw.unsure),
    ];
    let mut examples: Vec<Example> = Vec::new();
    for (expected, scripts) in by_outcome {
        for Spanned { value, span } in &scripts.0 {
            if let Some(other) = examples.iter().find(|it| it.script.trim() == value.trim() && it.expected != expected)
            {
                let message = format!("this call is to give `{expected}`, and `{}` as well", other.expected);
                let mistake = Diagnostic::new(Code::BadExample, span.clone(), message);
                found.push(mistake.label(other.span.clone(), "the same call"));
            }
            let mistakes = script::mistakes(value);
            if mistakes.is_empty() {
                examples.push(Example { expected: expected.to_owned(), script: value.clone(), span: span.clone() });
            }
            for mistake in mistakes.into_iter().take(MOST_LINES) {
                let message = format!("this example cannot be read: {mistake}");
                found.push(Diagnostic::new(Code::BadExample, span.clone(), message));
            }
        }
    }
    examples
}
