//! Which channel is the agent's.
//!
//! The telephone system's list is believed, then the user's setting. With neither, each channel in turn is taken for
//! the agent's: the right one is where the rubric's own agent phrases are heard, where agents' usual phrases fall,
//! and who opens the call. Weak evidence gives unknown speakers: then criteria about one side are unsure, because
//! blaming an agent for the customer's words is the worst mistake here.

use super::evaluate;
use super::vocabulary::AGENT_PHRASES;
use crate::call::{CallView, HeardCall, Measures, Metadata, Ms, Outcome, RoleSource, Roles, Speaker};
use crate::rubric::Rubric;
use crate::text;

/// Certainty from which a guess is used.
const USABLE: f64 = 0.8;
/// Certainty against the list's or the user's word from which that word is doubted.
const CONTRADICTED: f64 = 0.95;
/// Certainty that is left to a doubted word.
const DOUBTED: f32 = 0.5;
/// Code of the warning that both channels hold the same sound.
const COPIED_MONO: &str = "copied_mono";

/// Weight of evidence, in logits, for each of the rubric's criteria answered from a channel.
const PER_CRITERION: f64 = 1.2;
/// The same for each usual phrase.
const PER_PHRASE: f64 = 1.0;
/// The same for speaking first, where nobody knows who called whom: most recordings are of calls that came in.
const SPEAKS_FIRST: f64 = 0.8;
/// The same for speaking first in a call that came in: whoever picks up speaks first.
const PICKS_UP: f64 = 1.8;
/// A shorter first turn is a click or a breath that recognition made a word of.
const LEAST_OPENING: Ms = Ms(400);
/// Most that one kind of evidence can say.
const MOST: f64 = 4.0;

/// The speaker of each channel: from the list, else from `agent_channel`, else from what is heard.
pub fn find_roles(heard: &HeardCall, metadata: &Metadata, agent_channel: Option<usize>, rubrics: &[Rubric]) -> Roles {
    let channels = heard.sound.channels.len();
    let copied = heard.warnings.iter().any(|warning| warning.code == COPIED_MONO);
    if channels < 2 || copied {
        let by_channel = vec![Speaker::Unknown; channels];
        return Roles { by_channel, certainty: 0.0, source: RoleSource::SingleTrack };
    }
    let listed = metadata.get("agent_channel").and_then(channel_named).map(|channel| (channel, RoleSource::Metadata));
    let set = agent_channel.map(|channel| (channel, RoleSource::Setting));
    let told = listed.or(set).filter(|(channel, _)| *channel < channels);
    let guess = guess(heard, metadata, rubrics);
    match (told, guess) {
        (Some((channel, source)), guess) => {
            let contradicted = guess.is_some_and(|(other, certainty)| other != channel && certainty >= CONTRADICTED);
            Roles { certainty: if contradicted { DOUBTED } else { 1.0 }, source, ..with_agent(channels, channel) }
        }
        (None, Some((channel, certainty))) if certainty >= USABLE => {
            Roles { certainty: certainty as f32, source: RoleSource::Vocabulary, ..with_agent(channels, channel) }
        }
        (None, guess) => Roles {
            by_channel: vec![Speaker::Unknown; channels],
            certainty: guess.map_or(0.0, |(_, certainty)| certainty as f32),
            source: RoleSource::Vocabulary,
        },
    }
}

/// The channel that a cell of the list means.
fn channel_named(cell: &str) -> Option<usize> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "left" | "l" | "0" => Some(0),
        "right" | "r" | "1" => Some(1),
        other => other.parse().ok(),
    }
}

/// `channel` is the agent's, all others are the customer's.
fn with_agent(channels: usize, channel: usize) -> Roles {
    let side = |index| if index == channel { Speaker::Agent } else { Speaker::Customer };
    Roles { by_channel: (0..channels).map(side).collect(), certainty: 1.0, source: RoleSource::Vocabulary }
}

/// The channel that is most likely the agent's, and how likely, 0.5..=1; nothing where nothing is said.
fn guess(heard: &HeardCall, metadata: &Metadata, rubrics: &[Rubric]) -> Option<(usize, f64)> {
    let channels = heard.sound.channels.len();
    if heard.transcript.turns.is_empty() {
        return None;
    }
    let mut logits: Vec<(usize, f64)> =
        (0..channels).map(|channel| (channel, logit(heard, metadata, rubrics, channel))).collect();
    logits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let (&(best, first), &(_, second)) = (logits.first()?, logits.get(1)?);
    Some((best, 1.0 / (1.0 + (second - first).exp())))
}

/// Evidence that `channel` is the agent's, in logits.
fn logit(heard: &HeardCall, metadata: &Metadata, rubrics: &[Rubric], channel: usize) -> f64 {
    let answered: f64 = rubrics.iter().map(|rubric| answered(rubric, heard, metadata, channel)).sum();
    let usual = usual_phrases(heard, channel) as f64;
    let first = heard.transcript.turns.iter().min_by_key(|turn| (turn.span.start, turn.channel));
    let opens = first.is_some_and(|turn| turn.channel == channel && turn.span.length() >= LEAST_OPENING);
    let opening = match metadata.get("direction") {
        _ if !opens => 0.0,
        Some("inbound") => PICKS_UP,
        // Who is called says hello first, but often too softly or too briefly to be heard.
        Some("outbound") => 0.0,
        _ => SPEAKS_FIRST,
    };
    (answered * PER_CRITERION).min(MOST) + (usual * PER_PHRASE).min(MOST) + opening
}

/// How many of the rubric's criteria with wanted phrases are fulfilled from `channel` if it is the agent's.
fn answered(rubric: &Rubric, heard: &HeardCall, metadata: &Metadata, channel: usize) -> f64 {
    let spoken = heard.transcript.language.as_str();
    if rubric.language != "any" && rubric.language != spoken {
        return 0.0;
    }
    let roles = with_agent(heard.sound.channels.len(), channel);
    let view = CallView::new(heard, metadata, &roles, Measures::of(heard, &roles));
    let findings = evaluate::criteria(rubric, &view);
    rubric
        .sections
        .iter()
        .zip(&findings)
        .flat_map(|(section, findings)| section.criteria.iter().zip(findings))
        .filter(|(criterion, _)| criterion.check.phrases().iter().any(|demand| !demand.forbidden))
        .filter(|(_, finding)| finding.evidence.iter().any(|evidence| evidence.speaker == Speaker::Agent))
        .map(|(_, finding)| match finding.outcome {
            Outcome::Pass => 1.0,
            Outcome::Partial(fraction) => f64::from(fraction),
            _ => 0.0,
        })
        .sum()
}

/// How many of the usual agents' phrases are heard on `channel`.
fn usual_phrases(heard: &HeardCall, channel: usize) -> usize {
    let language = heard.transcript.language.as_str();
    let folded =
        |text: &str| -> Vec<String> { text::fold(text, language).into_iter().map(|token| token.text).collect() };
    let turns: Vec<Vec<String>> =
        heard.transcript.turns.iter().filter(|turn| turn.channel == channel).map(|turn| folded(&turn.text)).collect();
    AGENT_PHRASES
        .iter()
        .filter(|(of, _)| *of == language)
        .flat_map(|(_, phrases)| phrases.iter())
        .map(|phrase| folded(phrase))
        .filter(|phrase| !phrase.is_empty())
        .filter(|phrase| turns.iter().any(|turn| turn.windows(phrase.len()).any(|window| window == phrase.as_slice())))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::script;

    const CALL: &str = "customer 0.5s-3s: 喂,我想查一下话费。\n\
                        agent 3.5s-9s: 您好,感谢您的来电,请稍等,我帮您查一下,请问还有什么可以帮您?";

    fn found(script: &str, metadata: &[(&str, &str)], setting: Option<usize>) -> Roles {
        let (heard, ..) = script::parse(script).unwrap();
        let cell = |(column, cell): &(&str, &str)| ((*column).to_owned(), (*cell).to_owned());
        find_roles(&heard, &Metadata(metadata.iter().map(cell).collect()), setting, &[])
    }

    #[test]
    fn the_list_beats_the_setting_beats_what_is_heard() {
        let listed = found(CALL, &[("agent_channel", "left")], Some(1));
        assert_eq!((listed.of(0), listed.source), (Speaker::Agent, RoleSource::Metadata));
        let set = found(CALL, &[], Some(1));
        assert_eq!((set.of(1), set.source), (Speaker::Agent, RoleSource::Setting));
        let heard = found(CALL, &[], None);
        assert_eq!((heard.of(0), heard.of(1)), (Speaker::Agent, Speaker::Customer));
        assert!(heard.certainty >= 0.8 && heard.source == RoleSource::Vocabulary);
    }

    #[test]
    fn what_is_heard_can_throw_doubt_on_the_list() {
        assert_eq!(found(CALL, &[("agent_channel", "right")], None).certainty, DOUBTED);
        assert_eq!(found(CALL, &[("agent_channel", "left")], None).certainty, 1.0);
    }

    #[test]
    fn weak_evidence_and_single_tracks_give_unknown_speakers() {
        let weak = found("customer 0.5s-1s: 喂?\nagent 2s-4s: 嗯,说吧。", &[], None);
        assert_eq!(weak.by_channel, [Speaker::Unknown; 2]);
        let single = found("unknown 0.5s-3s: 您好,感谢您的来电。", &[("agent_channel", "left")], None);
        assert_eq!((single.are_known(), single.source), (false, RoleSource::SingleTrack));
    }
}
