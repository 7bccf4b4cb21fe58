//! The pages of a folder of examples: one to listen and read, one to print for a coaching session.

use super::window::Line;
use crate::call::{Ms, Outcome, Speaker};
use crate::report::language::Language;
use crate::report::markup::{Markup, clock};
use crate::report::policy::policy;
use crate::report::words::{Words, fill};
use askama::Template;

/// An example with what there is to show of it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Stem of its files.
    pub stem: String,
    /// The verdict.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// What is said.
    pub lines: Vec<Line>,
    /// Length of the clip.
    pub length: Ms,
    /// Why there is no clip; empty where there is one.
    pub missing: String,
}

/// The texts of a folder's pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// `index.html`.
    pub index: String,
    /// `coaching-sheet.html`.
    pub sheet: String,
}

#[derive(Template)]
#[template(path = "examples.html")]
struct Page<'a> {
    w: &'static Words,
    title: String,
    style: Markup,
    policy: String,
    sheet: bool,
    lists: Vec<(&'a str, Vec<Card<'a>>)>,
}

struct Card<'a> {
    number: usize,
    example: &'a Shown,
    tone: &'static str,
    outcome: &'static str,
    length: String,
    lines: Vec<Said<'a>>,
}

/// Style class and name of a side, time, words with whether they are evidence.
type Said<'a> = (&'static str, &'static str, String, &'a [(String, bool)]);

/// The pages for the `best` and `worst` examples of the criterion called `title`.
///
/// # Errors
/// Where a page can't be laid out.
pub fn pages(title: &str, best: &[Shown], worst: &[Shown], language: Language) -> Result<Pages, askama::Error> {
    let page = |sheet: bool| {
        let w = Words::of(language);
        let style = include_str!("../../../templates/style.css");
        let mut number = 0;
        let lists = [(w.best, best), (w.worst, worst)].map(|(heading, list)| {
            let cards = list.iter().map(|example| {
                number += 1;
                card(number, example, w)
            });
            (heading, cards.collect::<Vec<_>>())
        });
        Page {
            w,
            title: fill(w.examples_title, &[&title]),
            style: Markup::own(style),
            policy: policy(style, ""),
            sheet,
            lists: lists.into_iter().filter(|(_, cards)| !cards.is_empty()).collect(),
        }
        .render()
    };
    Ok(Pages { index: page(false)?, sheet: page(true)? })
}

fn card<'a>(number: usize, example: &'a Shown, w: &'static Words) -> Card<'a> {
    let (tone, outcome) = match example.outcome {
        Outcome::Pass => ("good", w.pass),
        Outcome::Partial(_) => ("warn", w.partial),
        Outcome::Fail => ("bad", w.fail),
        Outcome::NotApplicable => ("", w.not_applicable),
        Outcome::Unsure => ("warn", w.unsure),
    };
    let line = |line: &'a Line| {
        let (side, who) = match line.speaker {
            Speaker::Agent => ("agent", w.agent),
            Speaker::Customer => ("customer", w.customer),
            Speaker::Unknown => ("", w.unknown),
        };
        (side, who, clock(line.at), line.words.as_slice())
    };
    Card {
        number,
        example,
        tone,
        outcome,
        length: clock(example.length),
        lines: example.lines.iter().map(line).collect(),
    }
}

/// What is said in a clip as plain text, one turn a line.
pub fn text(example: &Shown, language: Language) -> String {
    let w = Words::of(language);
    let mut text = String::new();
    for line in &example.lines {
        let who = match line.speaker {
            Speaker::Agent => w.agent,
            Speaker::Customer => w.customer,
            Speaker::Unknown => w.unknown,
        };
        let words: String = line.words.iter().map(|(words, _)| words.as_str()).collect();
        text.push_str(&format!("{} {who}: {}\n", clock(line.at), words.trim()));
    }
    text
}
