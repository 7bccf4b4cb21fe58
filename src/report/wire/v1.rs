//! Format 1 of a call as JSON: keys in a fixed order, times in whole milliseconds, the same input the same bytes.

use crate::call::{CallResult, CardStatus, CriterionResult, Evidence, Ms, Outcome, Scorecard, Speaker, TimeSpan};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes `result` as one line of JSON.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_line(out: &mut impl Write, result: &CallResult) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &CallJson::from(result))?;
    out.write_all(b"\n")
}

/// Writes `result` as indented JSON.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_pretty(out: &mut impl Write, result: &CallResult) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &CallJson::from(result))?;
    out.write_all(b"\n")
}

/// Writes one scorecard as indented JSON, as it stands in a call.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_card(out: &mut impl Write, scorecard: &Scorecard) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &card(scorecard))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct CallJson<'a> {
    format: u32,
    call: Call<'a>,
    status: &'a str,
    detail: &'a str,
    warnings: Vec<Warning<'a>>,
    engine: Engine<'a>,
    roles: Roles<'a>,
    measures: Option<Measures<'a>>,
    turns: Vec<Turn<'a>>,
    scorecards: Vec<Card<'a>>,
}

#[derive(Serialize)]
struct Call<'a> {
    id: &'a str,
    path: &'a str,
    content_hash: &'a str,
    duration_ms: i64,
    sample_rate: u32,
    channels: u16,
    codec: &'a str,
    agent: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Warning<'a> {
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Engine<'a> {
    model: &'a str,
    model_sha256: &'a str,
    language: &'a str,
    language_probability: f64,
    settings_hash: &'a str,
}

#[derive(Serialize)]
struct Roles<'a> {
    by_channel: Vec<&'a str>,
    certainty: f64,
    source: crate::call::RoleSource,
}

#[derive(Serialize)]
struct Measures<'a> {
    agent_talk_ms: Option<Ms>,
    customer_talk_ms: Option<Ms>,
    talk_ms: Ms,
    agent_share_of_speech: Option<f64>,
    agent_share_of_call: Option<f64>,
    longest_silence_ms: Ms,
    silences: Vec<Silence<'a>>,
    overlap_ms: Ms,
    interruptions: Vec<Interruption<'a>>,
    agent_first_word_ms: Option<Ms>,
    trailing_silence_ms: Ms,
    agent_rate: Option<f64>,
    customer_rate: Option<f64>,
    rate_unit: Option<crate::call::RateUnit>,
    agent_pitch_spread: Option<f64>,
    agent_loudness: Option<f64>,
    customer_loudness: Option<f64>,
    response_delay_ms: Option<Ms>,
}

#[derive(Serialize)]
struct Silence<'a> {
    start_ms: Ms,
    end_ms: Ms,
    before: &'a str,
    music: bool,
}

#[derive(Serialize)]
struct Interruption<'a> {
    by: &'a str,
    start_ms: Ms,
    end_ms: Ms,
}

#[derive(Serialize)]
struct Turn<'a> {
    speaker: &'a str,
    channel: usize,
    start_ms: Ms,
    end_ms: Ms,
    text: &'a str,
    confidence: f64,
    words: Vec<Word<'a>>,
}

#[derive(Serialize)]
struct Word<'a> {
    text: &'a str,
    start_ms: Ms,
    end_ms: Ms,
    probability: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<crate::call::MaskKind>,
}

#[derive(Serialize)]
struct Card<'a> {
    rubric: &'a str,
    rubric_version: &'a str,
    rubric_hash: &'a str,
    status: &'a str,
    reason: Option<&'a str>,
    reason_zh: Option<&'a str>,
    score: Option<f64>,
    max: u32,
    score_without_fatal: Option<f64>,
    compliance_score: Option<f64>,
    band: Option<&'a str>,
    passed: Option<bool>,
    fatal: &'a [String],
    needs_review: bool,
    sections: Vec<Section<'a>>,
    criteria: Vec<Criterion<'a>>,
}

#[derive(Serialize)]
struct Section<'a> {
    id: &'a str,
    title: &'a str,
    weight: f64,
    score: Option<f64>,
}

#[derive(Serialize)]
struct Criterion<'a> {
    id: &'a str,
    section: &'a str,
    title: &'a str,
    outcome: &'a str,
    fraction: Option<f64>,
    points: f64,
    max_points: f64,
    reason: &'a str,
    reason_zh: &'a str,
    searched: Option<Searched>,
    evidence: Vec<Proof<'a>>,
}

#[derive(Serialize)]
struct Searched {
    start_ms: Ms,
    end_ms: Ms,
}

#[derive(Serialize)]
struct Proof<'a> {
    speaker: &'a str,
    start_ms: Ms,
    end_ms: Ms,
    quote: &'a str,
    matched: &'a str,
    similarity: f64,
    probability: f64,
}

/// Four decimals: what is left of a share or a probability when it is printed.
fn rounded(value: impl Into<f64>) -> f64 {
    let value = (value.into() * 10_000.0).round() / 10_000.0;
    // JSON has no word for what is no number, and a minus before a zero says nothing.
    if value.is_finite() { value + 0.0 } else { 0.0 }
}

impl<'a> From<&'a CallResult> for CallJson<'a> {
    fn from(result: &'a CallResult) -> Self {
        let heard = &result.heard;
        let audio = &heard.audio;
        let has_measures = !heard.sound.channels.is_empty();
        Self {
            format: 1,
            call: Call {
                id: &result.id,
                path: &result.path,
                content_hash: &audio.content_hash,
                duration_ms: audio.duration.0,
                sample_rate: audio.sample_rate,
                channels: audio.channels,
                codec: &audio.codec,
                agent: result.metadata.get("agent"),
                metadata: &result.metadata.0,
            },
            status: heard.status.as_str(),
            detail: &heard.detail,
            warnings: heard.warnings.iter().map(|w| Warning { code: &w.code, message: &w.message }).collect(),
            engine: Engine {
                model: &heard.engine.model,
                model_sha256: &heard.engine.model_sha256,
                language: &heard.transcript.language,
                language_probability: rounded(heard.transcript.language_probability),
                settings_hash: &heard.engine.settings_hash,
            },
            roles: Roles {
                by_channel: result.roles.by_channel.iter().map(|speaker| speaker.as_str()).collect(),
                certainty: rounded(result.roles.certainty),
                source: result.roles.source,
            },
            measures: has_measures.then(|| measures(&result.measures)),
            turns: heard.transcript.turns.iter().map(|turn| turn_json(turn, result.roles.of(turn.channel))).collect(),
            scorecards: result.scorecards.iter().map(card).collect(),
        }
    }
}

fn measures(measures: &crate::call::Measures) -> Measures<'_> {
    Measures {
        agent_talk_ms: measures.agent_talk,
        customer_talk_ms: measures.customer_talk,
        talk_ms: measures.talk,
        agent_share_of_speech: measures.agent_share_of_speech.map(rounded),
        agent_share_of_call: measures.agent_share_of_call.map(rounded),
        longest_silence_ms: measures.longest_silence,
        silences: measures
            .silences
            .iter()
            .map(|silence| Silence {
                start_ms: silence.span.start,
                end_ms: silence.span.end,
                before: match silence.before {
                    Speaker::Unknown => "none",
                    known => known.as_str(),
                },
                music: silence.music,
            })
            .collect(),
        overlap_ms: measures.overlap,
        interruptions: measures
            .interruptions
            .iter()
            .map(|one| Interruption { by: one.by.as_str(), start_ms: one.span.start, end_ms: one.span.end })
            .collect(),
        agent_first_word_ms: measures.agent_first_word,
        trailing_silence_ms: measures.trailing_silence,
        agent_rate: measures.agent_rate.map(rounded),
        customer_rate: measures.customer_rate.map(rounded),
        rate_unit: measures.rate_unit,
        agent_pitch_spread: measures.agent_pitch_spread.map(rounded),
        agent_loudness: measures.agent_loudness.map(rounded),
        customer_loudness: measures.customer_loudness.map(rounded),
        response_delay_ms: measures.response_delay,
    }
}

fn turn_json(turn: &crate::call::Turn, speaker: Speaker) -> Turn<'_> {
    let word = |word: &'_ crate::call::Word| -> (Ms, Ms) { (word.span.start, word.span.end) };
    Turn {
        speaker: speaker.as_str(),
        channel: turn.channel,
        start_ms: turn.span.start,
        end_ms: turn.span.end,
        text: turn.text.trim(),
        confidence: rounded(turn.confidence),
        words: turn
            .words
            .iter()
            .map(|one| {
                let (start_ms, end_ms) = word(one);
                let probability = rounded(one.probability);
                Word { text: one.text.trim(), start_ms, end_ms, probability, mask: one.mask }
            })
            .collect(),
    }
}

fn card(card: &Scorecard) -> Card<'_> {
    let (status, reason, reason_zh) = match &card.status {
        CardStatus::Scored => ("scored", None, None),
        CardStatus::NotScored(reason) => ("not_scored", Some(reason.en.as_str()), Some(reason.zh.as_str())),
    };
    Card {
        rubric: &card.rubric,
        rubric_version: &card.rubric_version,
        rubric_hash: &card.rubric_hash,
        status,
        reason,
        reason_zh,
        score: card.score.map(|score| score.as_f64()),
        max: 100,
        score_without_fatal: card.score_without_fatal.map(|score| score.as_f64()),
        compliance_score: card.compliance_score.map(|score| score.as_f64()),
        band: card.band.as_deref(),
        passed: card.passed,
        fatal: &card.fatal,
        needs_review: card.needs_review,
        sections: card
            .sections
            .iter()
            .map(|section| Section {
                id: &section.id,
                title: &section.title,
                weight: rounded(section.weight),
                score: section.score.map(|score| score.as_f64()),
            })
            .collect(),
        criteria: card.criteria.iter().map(criterion).collect(),
    }
}

fn criterion(one: &CriterionResult) -> Criterion<'_> {
    let outcome: Outcome = one.finding.outcome;
    Criterion {
        id: &one.id,
        section: &one.section,
        title: &one.title,
        outcome: outcome.as_str(),
        fraction: outcome.fraction().map(rounded),
        points: one.points.as_f64(),
        max_points: one.max_points.as_f64(),
        reason: &one.finding.reason.en,
        reason_zh: &one.finding.reason.zh,
        searched: one.finding.searched.map(|TimeSpan { start, end }| Searched { start_ms: start, end_ms: end }),
        evidence: one.finding.evidence.iter().map(proof).collect(),
    }
}

fn proof(evidence: &Evidence) -> Proof<'_> {
    Proof {
        speaker: evidence.speaker.as_str(),
        start_ms: evidence.span.start,
        end_ms: evidence.span.end,
        quote: &evidence.quote,
        matched: &evidence.matched,
        similarity: rounded(evidence.similarity),
        probability: rounded(evidence.probability),
    }
}
