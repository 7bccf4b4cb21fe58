//! What every page has in common: head, navigation, style, script, policy.

use crate::call::CallResult;
use crate::report::language::Language;
use crate::report::markup::Markup;
use crate::report::policy::policy;
use crate::report::words::Words;

/// How a site is written.
pub struct Settings<'a> {
    /// The language of its words.
    pub language: Language,
    /// Name of the results folder, for the head of the pages.
    pub folder: String,
    /// The address of a call's sound as seen from the folder `calls`, percent-encoded; nothing where there is no sound.
    pub audio: &'a dyn Fn(&CallResult) -> Option<String>,
}

/// Style and script, with the policy that allows them and nothing else.
pub struct Style {
    style: Markup,
    script: Markup,
    policy: String,
}

impl Style {
    /// The style and script that are built into the program.
    pub fn new() -> Self {
        let (style, script) =
            (include_str!("../../../templates/style.css"), include_str!("../../../templates/site.js"));
        Self { style: Markup::own(style), script: Markup::own(script), policy: policy(style, script) }
    }
}

/// The pages of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The day page.
    Day,
    /// The table of all calls, and each call.
    Calls,
    /// The table of agents, and each agent.
    Agents,
    /// The table of criteria, and each criterion.
    Criteria,
    /// Phrases, complaints, feelings, hours.
    Insights,
}

/// What the base template needs.
pub struct Frame<'a> {
    /// The words of the page's language.
    pub w: &'static Words,
    /// The page's title.
    pub title: String,
    /// From the page's folder to the site's: empty or `../`.
    pub root: &'static str,
    /// Name of the results folder.
    pub folder: &'a str,
    /// The style sheet.
    pub style: &'a Markup,
    /// The script.
    pub script: &'a Markup,
    /// The Content-Security-Policy.
    pub policy: &'a str,
    place: Place,
}

impl<'a> Frame<'a> {
    /// The frame of a page at the site's top.
    pub fn top(settings: &'a Settings<'_>, style: &'a Style, place: Place, title: impl Into<String>) -> Self {
        Self {
            w: Words::of(settings.language),
            title: title.into(),
            root: "",
            folder: &settings.folder,
            style: &style.style,
            script: &style.script,
            policy: &style.policy,
            place,
        }
    }

    /// The frame of a page in one of the site's folders.
    pub fn inside(settings: &'a Settings<'_>, style: &'a Style, place: Place, title: impl Into<String>) -> Self {
        Self { root: "../", ..Self::top(settings, style, place, title) }
    }

    /// Name, file and whether it is this page, for the navigation.
    pub fn pages(&self) -> [(&'static str, &'static str, bool); 5] {
        [
            (self.w.day, "index.html", Place::Day),
            (self.w.all_calls, "calls.html", Place::Calls),
            (self.w.agents, "agents.html", Place::Agents),
            (self.w.criteria, "criteria.html", Place::Criteria),
            (self.w.insights, "insights.html", Place::Insights),
        ]
        .map(|(name, file, place)| (name, file, place == self.place))
    }
}

/// A number with its name.
#[derive(Debug, Default)]
pub struct Tile {
    /// The number as shown.
    pub value: String,
    /// What it is.
    pub label: String,
    /// More about it; may be empty.
    pub note: String,
    /// Style class; may be empty.
    pub tone: &'static str,
}

impl Tile {
    /// A plain number.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Colours the number.
    #[must_use]
    pub fn tone(mut self, tone: &'static str) -> Self {
        self.tone = tone;
        self
    }
}
