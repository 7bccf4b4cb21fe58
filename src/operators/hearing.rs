//! How well one side was heard, so that an absence can be believed: "did not say it" is a finding only where the words
//! were there to be heard.
//!
//! Takes a call, a speaker and the stretches searched, gives a judgement and the ready finding for an absence.

use super::PhraseHit;
use super::place::{hull, intersect};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan, Track};

/// How well one side's words were heard in some stretch of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// Well enough to say that something was not said.
    Well,
    /// Agent and customer are not told apart, or this side has no channel.
    SideUnknown,
    /// There is speech under which recognition found few words or none.
    WordsLost,
    /// The words are there, but recognition is in doubt about them.
    Doubtful,
}

/// Speech of this length without words is worth a doubt; less is a breath or a cough.
const LOST_SPEECH: Ms = Ms(2_000);

/// The part of the speech that may lie outside any turn. Voice activity is generous at the edges of words.
const LOST_SHARE: f64 = 0.4;

/// Fewer words or characters a second of speech than this is no talk: slow speakers make 1.5 words a second.
const SPARSEST: f64 = 0.5;

/// Only from so much speech on is the number of words a second telling.
const MEASURABLE: Ms = Ms(3_000);

/// Mean word probability below which nothing can be concluded from the words.
const DOUBTFUL: f32 = 0.4;

/// Time that turns are widened by at both ends before speech is compared with them.
const EDGE: Ms = Ms(400);

/// How well `speaker` (anybody, where none is named) was heard in `windows`.
pub fn hearing(call: &CallView<'_>, speaker: Option<Speaker>, windows: &[TimeSpan]) -> Hearing {
    let sides: Vec<Speaker> = match speaker {
        Some(speaker) if call.track(speaker).is_none() => return Hearing::SideUnknown,
        Some(speaker) => vec![speaker],
        None => call.tracks.iter().map(|track| track.speaker).collect(),
    };
    let (mut talk, mut covered, mut tokens, mut probability) = (Ms(0), Ms(0), 0_usize, 0.0_f64);
    for side in sides {
        let speech = intersect(&call.speech(side), windows);
        let turns = call.transcript.turns.iter().filter(|turn| call.roles.of(turn.channel) == side);
        let turns = TimeSpan::union(
            turns.map(|turn| TimeSpan::new(turn.span.start - EDGE, turn.span.end + EDGE)).collect(),
            Ms(0),
        );
        // A masked number is one word in place of many: its time says nothing about how much was recognised.
        let words = call.transcript.turns.iter().filter(|turn| call.roles.of(turn.channel) == side);
        let masked = words.flat_map(|turn| &turn.words).filter(|word| word.mask.is_some()).map(|word| word.span);
        let masked = intersect(&speech, &TimeSpan::union(masked.collect(), EDGE));
        talk = talk + total(&speech) - total(&masked);
        covered = covered + total(&intersect(&speech, &turns)) - total(&intersect(&masked, &turns));
        for token in call.track(side).into_iter().flat_map(|track| &track.tokens) {
            if windows.iter().any(|window| window.contains(token.span.start)) {
                tokens += 1;
                probability += f64::from(token.probability);
            }
        }
    }
    let uncovered = talk - covered;
    let sparse = talk >= MEASURABLE && (tokens as f64) < SPARSEST * talk.seconds();
    if sparse || (uncovered >= LOST_SPEECH && uncovered.seconds() >= LOST_SHARE * talk.seconds()) {
        return Hearing::WordsLost;
    }
    if tokens > 0 && probability < f64::from(DOUBTFUL) * tokens as f64 {
        return Hearing::Doubtful;
    }
    Hearing::Well
}

impl Hearing {
    /// Why nothing can be concluded, in English and Mandarin; empty where it can.
    pub const fn doubt(self) -> (&'static str, &'static str) {
        match self {
            Hearing::Well => ("", ""),
            Hearing::SideUnknown => ("agent and customer are not told apart", "无法区分客服与客户"),
            Hearing::WordsLost => ("speech is there that was not recognised", "有语音未能识别"),
            Hearing::Doubtful => ("the words were hard to recognise", "识别把握不足"),
        }
    }
}

/// Two words in a row whose mean probability is below this are guesses.
const GUESSED: f32 = 0.4;

/// Whether recognition guessed at words of `speaker` (anybody, where none is named) in `windows` that are no part of
/// `told`: a name that was not found may be among them.
pub fn has_guesses(call: &CallView<'_>, speaker: Option<Speaker>, windows: &[TimeSpan], told: &[&PhraseHit]) -> bool {
    call.tracks.iter().filter(|track| speaker.is_none_or(|speaker| speaker == track.speaker)).any(|track| {
        let is_told = |at: usize| told.iter().any(|hit| hit.speaker == track.speaker && hit.tokens.contains(&at));
        let inside = |at: usize| windows.iter().any(|window| window.contains(track.tokens[at].span.start));
        track.tokens.windows(2).enumerate().any(|(at, pair)| {
            let guessed = pair[0].probability + pair[1].probability < 2.0 * GUESSED;
            guessed && pair[0].turn == pair[1].turn && [at, at + 1].iter().all(|at| inside(*at) && !is_told(*at))
        })
    })
}

/// Whether nothing at all was heard of the agent, who is `speaker`, in the whole call, though others talk: nobody can say
/// whether the agent was silent, or the recording is of one side only.
pub fn is_silent(call: &CallView<'_>, speaker: Option<Speaker>) -> bool {
    let says_nothing = |track: &Track| track.speaker == Speaker::Agent && track.tokens.is_empty();
    speaker == Some(Speaker::Agent)
        && call.tracks.iter().any(says_nothing)
        && call.tracks.iter().any(|track| !track.tokens.is_empty())
}

/// The finding for something that was searched and not found: `Fail` where the words were heard well, else `Unsure`.
pub fn absence(call: &CallView<'_>, speaker: Option<Speaker>, windows: &[TimeSpan], reason: Reason) -> Finding {
    let heard = hearing(call, speaker, windows);
    let silent = ("nothing at all is heard of the agent in this call", "整通电话未听到客服说话");
    let doubt = if heard == Hearing::Well && is_silent(call, speaker) { silent } else { heard.doubt() };
    let finding = match doubt {
        ("", _) => Finding::new(Outcome::Fail, reason),
        (en, zh) => {
            Finding::new(Outcome::Unsure, Reason::new(format!("{}; {en}", reason.en), format!("{}；{zh}", reason.zh)))
        }
    };
    finding.searched(hull(windows, call))
}

fn total(spans: &[TimeSpan]) -> Ms {
    spans.iter().map(|span| span.length()).sum()
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge};
    use serde_json::json;

    fn apologises(call: &str) -> Outcome {
        judge("says", json!({ "speaker": "agent", "any_of": ["对不起"] }), call)
    }

    #[test]
    fn an_absence_counts_only_where_the_words_were_heard() {
        assert_eq!(apologises("agent 0s-3s: 我马上为您查一下订单。"), Outcome::Fail);
        assert_eq!(apologises("agent 0s-12s: 喂。"), Outcome::Unsure, "speech without words");
        assert_eq!(apologises("agent 0s-3s (p=0.2): 我马上为您查一下订单。"), Outcome::Unsure, "doubtful words");
        assert_eq!(apologises("customer 0s-3s: 我想查一下订单。"), Outcome::Unsure, "the agent says nothing at all");
    }

    #[test]
    fn without_sides_even_a_hit_is_no_verdict() {
        let finding = find("says", json!({ "speaker": "agent", "any_of": ["对不起"] }), "unknown 0s: 对不起。");
        assert_eq!((finding.outcome, finding.evidence.len()), (Outcome::Unsure, 1));
        assert_eq!(judge("says", json!({ "any_of": ["对不起"] }), "unknown 0s: 对不起。"), Outcome::Pass);
    }

    #[test]
    fn every_absence_says_what_was_searched() {
        let finding = find("says", json!({ "any_of": ["对不起"] }), "agent 0s-3s: 我马上为您查。\nend 9s");
        assert_eq!(finding.searched.map(|window| window.end.0), Some(9_000));
    }
}
