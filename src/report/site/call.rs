//! The page of one call: timeline, transcript with highlighted evidence, scorecards.

use super::criteria::side;
use super::frame::{Frame, Place, Settings, Style, Tile};
use super::highlight::{Highlight, Piece, pieces};
use super::timeline::{self, Mark, tone};
use super::{Folder, SiteError};
use crate::call::{
    CallResult, CardStatus, CriterionResult, Finding, Ms, Outcome, RateUnit, Scorecard, SectionResult, Speaker, Status,
    Turn, Warning,
};
use crate::report::markup::{Markup, clock, number, percent};
use crate::report::moment::Moment;
use crate::report::names::{file_stem, shorten};
use crate::report::summary::agent_stem;
use crate::report::words::{Words, fill};
use crate::report::{Language, charts};

/// Characters of transcript on one page: with markup around every character it stays below 3 MB.
const PAGE: usize = 25_000;
/// Pieces of evidence shown for one criterion.
const EVIDENCE: usize = 20;
/// Most characters of a name, and of a sentence.
const NAME: usize = 200;
const SENTENCE: usize = 600;

#[derive(askama::Template)]
#[template(path = "call.html")]
struct CallPage<'a> {
    frame: Frame<'a>,
    agent: String,
    agent_stem: String,
    id: String,
    lead: String,
    notices: Vec<(&'static str, String)>,
    seconds: String,
    audio: String,
    no_audio: String,
    unplayable: String,
    language: String,
    timeline: Markup,
    measures: Vec<Tile>,
    turns: Vec<TurnLine>,
    parts: Vec<Part>,
    cards: &'a [Card],
    not_scored_by: &'a [(String, String)],
    not_scored_title: String,
    origin: Vec<(&'static str, String)>,
}

/// A page of a long transcript.
struct Part {
    number: usize,
    file: String,
    /// Where its first turn begins, seconds.
    from: String,
    is_here: bool,
}

struct TurnLine {
    number: usize,
    side: &'static str,
    who: &'static str,
    clock: String,
    start: String,
    end: String,
    pieces: Vec<Piece>,
}

struct Card {
    rubric: String,
    version: String,
    score: String,
    tone: &'static str,
    /// The band, or what the score would be without the fatal finding.
    note: String,
    sections: Vec<Section>,
    elsewhere: Vec<(String, String)>,
}

struct Section {
    title: String,
    score: String,
    bar: Markup,
    criteria: Vec<Criterion>,
}

struct Criterion {
    anchor: String,
    tone: &'static str,
    sign: &'static str,
    outcome: &'static str,
    title: String,
    fatal: bool,
    points: String,
    reason: String,
    evidence: Vec<PieceOfEvidence>,
    more: usize,
}

struct PieceOfEvidence {
    side: &'static str,
    start: String,
    clock: String,
    quote: String,
}

/// Writes the page of `call`, and further pages where its transcript is long.
pub fn write(call: &CallResult, settings: &Settings<'_>, style: &Style, folder: &mut Folder) -> Result<(), SiteError> {
    let w = Words::of(settings.language);
    let numbered = || call.scorecards.iter().enumerate();
    let scored = |card: &Scorecard| card.status == CardStatus::Scored;
    let cards: Vec<Card> =
        numbered().filter(|(_, card)| scored(card)).map(|(index, card)| self::card(index, card, settings)).collect();
    let not_scored_by: Vec<(String, String)> =
        call.scorecards.iter().filter_map(|card| not_scored(card, settings)).collect();
    let (marks, highlights) = places(call, settings);
    let audio = (settings.audio)(call);
    let chunks = chunks(&call.heard.transcript.turns);
    let stem = file_stem(&call.id);
    let file = |page: usize| if page == 0 { format!("{stem}.html") } else { format!("{stem}-{}.html", page + 1) };
    for (index, (first, turns)) in chunks.iter().enumerate() {
        let parts = match chunks.len() {
            1 => Vec::new(),
            _ => chunks.iter().enumerate().map(|(page, (_, turns))| part(page, file(page), turns, index)).collect(),
        };
        let id = shorten(&call.id, NAME);
        let page = CallPage {
            frame: Frame::inside(settings, style, Place::Calls, id.clone()),
            agent: call.metadata.get("agent").map_or_else(|| w.nobody.to_owned(), |agent| shorten(agent, 80)),
            agent_stem: agent_stem(call),
            id,
            lead: lead(call, w),
            notices: notices(call, settings),
            seconds: format!("{:.3}", call.heard.sound.duration.seconds()),
            no_audio: fill(w.audio_missing, &[&shorten(&call.path, SENTENCE)]),
            unplayable: fill(w.audio_unplayable, &[&shorten(&call.heard.audio.codec, 40)]),
            audio: audio.clone().unwrap_or_default(),
            language: shorten(&call.heard.transcript.language, 20),
            timeline: timeline::draw(call, &marks, w),
            measures: measures(call, w),
            turns: turns.iter().enumerate().map(|(at, turn)| line(first + at, turn, call, &highlights, w)).collect(),
            parts,
            cards: &cards,
            not_scored_by: &not_scored_by,
            not_scored_title: fill(w.not_scored_by, &[&not_scored_by.len()]),
            origin: origin(call, w),
        };
        folder.page(&format!("calls/{}", file(index)), &page)?;
    }
    Ok(())
}

fn part(page: usize, file: String, turns: &[Turn], here: usize) -> Part {
    let from = turns.first().map_or(Ms(0), |turn| turn.span.start);
    Part { number: page + 1, file, from: format!("{:.2}", from.seconds()), is_here: page == here }
}

/// The turns of each page, with the number of the first; at least one page.
fn chunks(turns: &[Turn]) -> Vec<(usize, &[Turn])> {
    let mut chunks = Vec::new();
    let (mut first, mut size) = (0, 0);
    for (index, turn) in turns.iter().enumerate() {
        let length = turn.text.chars().count() + 40;
        if size > 0 && size + length > PAGE {
            chunks.push((first, &turns[first..index]));
            (first, size) = (index, 0);
        }
        size += length;
    }
    chunks.push((first, &turns[first..]));
    chunks
}

fn lead(call: &CallResult, w: &Words) -> String {
    let moment = ["started_at", "date"].iter().find_map(|column| Moment::parse(call.metadata.get(column)?));
    let plain = |column: &str| call.metadata.get(column).map(|value| shorten(value, 80));
    let mut parts: Vec<String> = Vec::new();
    parts.extend(moment.map(|moment| moment.to_string()));
    parts.push(clock(call.heard.audio.duration));
    parts.extend(["team", "queue", "direction"].into_iter().filter_map(plain));
    if call.heard.status != Status::Ok {
        parts.push(w.status(call.heard.status).to_owned());
    }
    parts.join(" · ")
}

/// Score, style class and note of a scorecard.
fn result(card: &Scorecard, w: &Words) -> (String, &'static str, String) {
    let tone = match (card.fatal.is_empty(), card.passed) {
        (false, _) => "bad",
        (_, Some(true)) => "good",
        (_, Some(false)) => "warn",
        _ => "",
    };
    let score = card.score.map_or_else(|| "–".to_owned(), |score| number(score.as_f64(), 1));
    let without = card.score_without_fatal.filter(|_| !card.fatal.is_empty());
    let note = without.map(|score| fill(w.as_if, &[&number(score.as_f64(), 1)]));
    let note = note.or_else(|| card.band.as_deref().map(|band| shorten(band, 40))).unwrap_or_default();
    (score, tone, note)
}

fn notices(call: &CallResult, settings: &Settings<'_>) -> Vec<(&'static str, String)> {
    let w = Words::of(settings.language);
    let mut notices = Vec::new();
    if call.heard.status != Status::Ok {
        let remedy = w.remedy(call.heard.status);
        let tone = if call.heard.status == Status::OkNoSpeech { "" } else { "bad" };
        let parts = [w.status(call.heard.status), &shorten(&call.heard.detail, SENTENCE), remedy].map(str::to_owned);
        notices.push((tone, parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")));
    }
    // The message names the channel, but in English only.
    let text = |warning: &Warning| match w.warning(&warning.code) {
        Some(meaning) if settings.language == Language::Zh => meaning.to_owned(),
        _ => shorten(&warning.message, SENTENCE),
    };
    notices.extend(call.heard.warnings.iter().map(|warning| ("warn", text(warning))));
    notices
}

fn measures(call: &CallResult, w: &Words) -> Vec<Tile> {
    let m = &call.measures;
    let mut tiles = Vec::new();
    let mut tile = |label: &str, value: Option<String>| tiles.extend(value.map(|value| Tile::new(value, label)));
    if call.heard.transcript.turns.is_empty() {
        return tiles;
    }
    let seconds = |time: Ms| fill(w.seconds, &[&number(time.seconds(), 1)]);
    tile(w.talk_share, m.agent_share_of_speech.map(percent));
    tile(w.longest_silence_long, Some(seconds(m.longest_silence)));
    let broke_in = m.interruptions.iter().filter(|one| one.by == Speaker::Agent).count();
    tile(w.interruptions, call.roles.are_known().then(|| broke_in.to_string()));
    let unit = match m.rate_unit {
        Some(RateUnit::CharsPerMin) => w.chars_per_min,
        _ => w.wpm,
    };
    tile(w.speech_rate, m.agent_rate.map(|rate| format!("{} {unit}", number(rate, 0))));
    tile(w.response_delay, m.response_delay.map(seconds));
    tile(w.pitch, m.agent_pitch_spread.map(|spread| format!("{} {}", number(spread, 1), w.semitones)));
    tiles
}

fn origin(call: &CallResult, w: &'static Words) -> Vec<(&'static str, String)> {
    let audio = &call.heard.audio;
    let transcript = &call.heard.transcript;
    let dropped = &transcript.dropped;
    let dropped: u32 = dropped.no_speech + dropped.loops + dropped.rate + dropped.ghost + dropped.cross_talk;
    let mut origin = vec![(w.recording, shorten(&call.path, SENTENCE))];
    origin.push((w.encoding, format!("{} · {} Hz × {}", shorten(&audio.codec, 40), audio.sample_rate, audio.channels)));
    if !call.heard.engine.model.is_empty() {
        origin.push((w.model, shorten(&call.heard.engine.model, 80)));
    }
    if !transcript.language.is_empty() {
        origin.push((w.language, shorten(&transcript.language, 20)));
    }
    if dropped > 0 {
        origin.push((w.dropped, fill(w.dropped_words, &[&dropped])));
    }
    origin.push(("BLAKE3", shorten(&audio.content_hash, 16)));
    origin
}

/// Id of a criterion's place on the page: made of numbers only.
fn anchor(card: usize, criterion: usize) -> String {
    format!("c{card}-{criterion}")
}

/// Marks on the timeline and highlights in the transcript, in the order of the scorecards.
fn places(call: &CallResult, settings: &Settings<'_>) -> (Vec<Mark>, Vec<Highlight>) {
    let (mut marks, mut highlights) = (Vec::new(), Vec::new());
    for (card_index, card) in call.scorecards.iter().enumerate() {
        if card.status != CardStatus::Scored {
            continue;
        }
        for (index, result) in card.criteria.iter().enumerate() {
            let reason = result.finding.reason.in_language(settings.language.code());
            let outcome = result.finding.outcome;
            for evidence in &result.finding.evidence {
                let title = shorten(&format!("{}: {reason}", result.title), NAME);
                marks.push(Mark {
                    at: evidence.span.start,
                    outcome,
                    title: title.clone(),
                    anchor: anchor(card_index, index),
                });
                highlights.push(Highlight {
                    speaker: evidence.speaker,
                    span: evidence.span,
                    quote: evidence.quote.clone(),
                    tone: tone(outcome),
                    title,
                });
            }
        }
    }
    (marks, highlights)
}

fn line(number: usize, turn: &Turn, call: &CallResult, highlights: &[Highlight], w: &'static Words) -> TurnLine {
    let speaker = call.roles.of(turn.channel);
    let seconds = |time: Ms| format!("{:.2}", time.seconds());
    TurnLine {
        number,
        side: side(speaker),
        who: match speaker {
            Speaker::Agent => w.agent,
            Speaker::Customer => w.customer,
            Speaker::Unknown => w.unknown,
        },
        clock: clock(turn.span.start),
        start: seconds(turn.span.start),
        end: seconds(turn.span.end),
        pieces: pieces(turn, speaker, highlights),
    }
}

/// Rubric and reason of a scorecard without a score.
fn not_scored(card: &Scorecard, settings: &Settings<'_>) -> Option<(String, String)> {
    match &card.status {
        CardStatus::Scored => None,
        CardStatus::NotScored(reason) => {
            let reason = shorten(reason.in_language(settings.language.code()), SENTENCE);
            Some((shorten(&card.rubric, 80), reason))
        }
    }
}

fn card(index: usize, card: &Scorecard, settings: &Settings<'_>) -> Card {
    let w = Words::of(settings.language);
    let numbered = || card.criteria.iter().enumerate();
    let in_section = |section: &SectionResult| -> Vec<Criterion> {
        numbered()
            .filter(|(_, result)| result.section == section.id && result.finding.outcome != Outcome::NotApplicable)
            .map(|(at, result)| criterion(anchor(index, at), card, result, settings))
            .collect()
    };
    let sections = card.sections.iter().map(|section| Section {
        title: shorten(if section.title.is_empty() { &section.id } else { &section.title }, NAME),
        score: section.score.map(|score| number(score.as_f64(), 1)).unwrap_or_default(),
        bar: section.score.map(|score| charts::bar(&[("accent", score.as_f64() / 100.0)], None)).unwrap_or_default(),
        criteria: in_section(section),
    });
    let elsewhere = card.criteria.iter().filter(|result| result.finding.outcome == Outcome::NotApplicable);
    let why = |result: &CriterionResult| {
        (shorten(&result.title, NAME), shorten(result.finding.reason.in_language(settings.language.code()), SENTENCE))
    };
    let (score, tone, note) = result(card, w);
    Card {
        score,
        tone,
        note,
        rubric: shorten(&card.rubric, 80),
        version: shorten(&card.rubric_version, 40),
        sections: sections.filter(|section| !section.criteria.is_empty()).collect(),
        elsewhere: elsewhere.map(why).collect(),
    }
}

fn criterion(anchor: String, card: &Scorecard, result: &CriterionResult, settings: &Settings<'_>) -> Criterion {
    let w = Words::of(settings.language);
    let Finding { outcome, reason, evidence, searched } = &result.finding;
    let (sign, name) = match outcome {
        Outcome::Pass => ("✓", w.pass),
        Outcome::Partial(_) => ("◐", w.partial),
        Outcome::Fail => ("✕", w.fail),
        Outcome::NotApplicable => ("–", w.not_applicable),
        Outcome::Unsure => ("?", w.unsure),
    };
    let points = match (outcome, result.max_points.0) {
        (Outcome::Unsure | Outcome::NotApplicable, _) => String::new(),
        (_, 0) if result.points.0 == 0 => String::new(),
        (_, 0) => number(result.points.as_f64(), 2),
        _ => format!("{} / {}", number(result.points.as_f64(), 2), number(result.max_points.as_f64(), 2)),
    };
    let mut why = shorten(reason.in_language(settings.language.code()), SENTENCE);
    if let Some(window) = searched.filter(|_| evidence.is_empty() && *outcome != Outcome::Pass) {
        why = format!("{why} ({})", fill(w.searched, &[&clock(window.start), &clock(window.end)]));
    }
    let shown = evidence.iter().take(EVIDENCE).map(|piece| PieceOfEvidence {
        side: side(piece.speaker),
        start: format!("{:.2}", piece.span.start.seconds()),
        clock: clock(piece.span.start),
        quote: if piece.quote.is_empty() {
            fill(w.seconds, &[&number(piece.span.length().seconds(), 1)])
        } else {
            shorten(&piece.quote, SENTENCE)
        },
    });
    Criterion {
        anchor,
        tone: tone(*outcome),
        sign,
        outcome: name,
        title: shorten(&result.title, NAME),
        fatal: card.fatal.contains(&result.id),
        points,
        reason: why,
        evidence: shown.collect(),
        more: evidence.len().saturating_sub(EVIDENCE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_transcript_is_cut_between_turns() {
        let turns = vec![Turn { text: "字".repeat(9_000), ..Turn::default() }; 5];
        let sizes: Vec<(usize, usize)> = chunks(&turns).iter().map(|(first, turns)| (*first, turns.len())).collect();
        assert_eq!(sizes, [(0, 2), (2, 2), (4, 1)]);
        assert_eq!(chunks(&[]).len(), 1);
    }
}
