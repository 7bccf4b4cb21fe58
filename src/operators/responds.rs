//! `responds`: when one side says a cue, the other side answers it as it should.

use super::phrases::lies_in;
use super::{
    Builder, Check, Demand, Length, Operator, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope, Side,
};
use super::{Reply, absence, hull, replies};
use crate::call::{CallView, Evidence, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// When one side says a cue, the other side answers it as it should.
pub(super) static OPERATOR: Operator = Operator {
    name: "responds",
    page: include_str!("responds.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when the cue is answered; does not apply without a cue.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    /// `speaker` is who answers; `within` and `turn` say where cues are looked for.
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// What calls for an answer.
    cue: PhraseList,
    /// Who says the cue; the other side of `speaker`, where it is left out.
    #[serde(default)]
    cue_speaker: Option<Side>,
    /// What counts as an answer.
    answer: PhraseList,
    /// The answer comes at most so long after the reply with the cue ends.
    #[serde(default)]
    in_time: Option<Length>,
    /// The answer comes in one of so many replies; 1, where `in_time` is left out too.
    #[serde(default)]
    #[schemars(range(min = 1))]
    in_replies: Option<usize>,
    /// Whether every cue must be answered (and the fraction answered is the fraction of the points) or one is enough,
    /// which it is where this is left out.
    #[serde(default)]
    each: bool,
}

#[derive(Debug)]
struct Responds {
    place: Place,
    cue: PhraseMatcher,
    cue_side: Side,
    answer: PhraseMatcher,
    in_time: Option<Length>,
    in_replies: Option<usize>,
    each: bool,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let parameters: Parameters = builder.params(node)?;
    let sound = parameters.place.check(node, builder);
    let mut matcher = |list: &PhraseList, key: &str| {
        PhraseMatcher::build(list, &parameters.options, false, node.get(key).unwrap_or(node), builder)
    };
    let (cue, answer) = (matcher(&parameters.cue, "cue"), matcher(&parameters.answer, "answer"));
    let (cue, answer) = (cue?, answer?);
    sound?;
    let cue_side = parameters.cue_speaker.unwrap_or(match parameters.place.speaker {
        Side::Agent => Side::Customer,
        Side::Customer => Side::Agent,
        Side::Any => Side::Any,
    });
    let in_replies = parameters.in_replies.or(if parameters.in_time.is_none() { Some(1) } else { None });
    Some(Box::new(Responds {
        place: parameters.place,
        cue,
        cue_side,
        answer,
        in_time: parameters.in_time,
        in_replies,
        each: parameters.each,
    }))
}

/// The cues of one reply; they are answered together.
struct Call {
    first: PhraseHit,
    /// Where an answer counts.
    windows: Vec<TimeSpan>,
}

impl Responds {
    /// The cues by reply, each with the stretches in which an answer to it counts. A cue that leaves the other side no
    /// time for an answer, because the call ends, is left out.
    fn cues(&self, call: &CallView<'_>, cues: Vec<PhraseHit>, replies: &[Reply]) -> Vec<Call> {
        let mut calls: Vec<(usize, Call)> = Vec::new();
        // What only resembles a cue calls for nothing.
        for cue in cues.into_iter().filter(|cue| !cue.is_rough()) {
            let Some(reply) = replies.iter().position(|reply| reply.turns.contains(&cue.turn)) else { continue };
            if calls.iter().all(|(index, _)| *index != reply) {
                let windows = self.answer_windows(call, &cue, &replies[reply], replies);
                calls.push((reply, Call { first: cue, windows }));
            }
        }
        calls.into_iter().map(|(_, call)| call).filter(|call| !call.windows.is_empty()).collect()
    }

    fn answer_windows(
        &self,
        call: &CallView<'_>,
        cue: &PhraseHit,
        cue_reply: &Reply,
        replies: &[Reply],
    ) -> Vec<TimeSpan> {
        let answers = |reply: &&Reply| {
            let same_side = self.place.speaker().is_none_or(|speaker| speaker == reply.speaker);
            // On a track that holds both sides, any reply may be the answer.
            let not_told_apart = reply.speaker == Speaker::Unknown;
            (same_side || not_told_apart) && !reply.back_channel && reply.span.end > cue.span.end
        };
        let following: Vec<&Reply> = replies.iter().filter(answers).collect();
        if following.is_empty() {
            let left = call.whole().end - cue_reply.span.end;
            // Silence after a cue is no answer, the end of the call is no chance to give one.
            return if left < PATIENCE {
                Vec::new()
            } else {
                vec![TimeSpan::new(cue_reply.span.end, call.whole().end)]
            };
        }
        let mut windows = Vec::new();
        if let Some(most) = self.in_time {
            // One who waits until the other has finished must not lose the time for it.
            let from = if self.asks_itself() { cue.span.end } else { cue_reply.span.end };
            windows.push(TimeSpan::new(cue.span.end, from + most.ms()));
        }
        if let Some(most) = self.in_replies {
            windows.extend(
                following
                    .iter()
                    .take(most)
                    .map(|reply| TimeSpan::new(reply.span.start.max(cue.span.end), reply.span.end)),
            );
        }
        TimeSpan::union(windows, Ms(0))
    }

    /// Whether cue and answer are said by the same side.
    fn asks_itself(&self) -> bool {
        self.cue_side == self.place.speaker
    }
}

/// Somebody who has not answered for so long does not answer.
const PATIENCE: Ms = Ms(3_000);

impl Check for Responds {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let place = Place { speaker: self.cue_side, ..self.place.clone() };
        let windows = match place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let searched = hull(&windows, call);
        let (cue_track, cue_side_known) = self.cue_side.track(call);
        let (answer_track, answer_side_known) = self.place.speaker.track(call);
        let told_apart = cue_side_known && answer_side_known;
        let replies = replies(call);
        let found = self.cue.find(call, scope, cue_track, &windows);
        let cues = self.cues(call, found, &replies);
        let Some(first) = cues.first() else {
            let reason = Reason::new("nothing calls for such an answer", "没有需要如此回应的话");
            return Finding::new(Outcome::NotApplicable, reason).searched(searched);
        };
        let mut evidence: Vec<Evidence> = Vec::new();
        let (mut sure, mut possible) = (0, 0);
        let mut unanswered: Option<&Call> = None;
        // Looked for once, however many cues there are.
        let everywhere: Vec<TimeSpan> = cues.iter().flat_map(|cue| cue.windows.iter().copied()).collect();
        let answers = self.answer.find(call, scope, answer_track, &TimeSpan::union(everywhere, Ms(0)));
        for cue in &cues {
            let mut in_time = answers.iter().filter(|hit| cue.windows.iter().any(|window| lies_in(hit.span, *window)));
            let first = in_time.clone().next();
            let answer = in_time.find(|hit| hit.sure).or(first);
            evidence.push(cue.first.evidence());
            evidence.extend(answer.map(|hit| hit.evidence()));
            sure += usize::from(answer.is_some_and(|hit| hit.sure));
            possible += usize::from(answer.is_some());
            if answer.is_none() {
                unanswered = unanswered.or(Some(cue));
            }
        }
        evidence.sort_by_key(|evidence| evidence.span);
        let (need, (en, zh)) = (if self.each { cues.len() } else { 1 }, self.place.speaker.words());
        let at = first.first.span.start;
        let (quote, all) = (&first.first.quote, cues.len());
        let answered = Reason::new(
            format!("{en} answers {sure} of {all} cues, the first \"{quote}\" at {at}"),
            format!("{all} 处需回应，{zh}回应了 {sure} 处，首处为 {at} 的“{quote}”"),
        );
        if !told_apart {
            let reason = Reason::new(
                format!("\"{quote}\" at {at} calls for an answer, but agent and customer are not told apart"),
                format!("{at} 的“{quote}”需要回应，但无法区分客服与客户"),
            );
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        if sure >= need {
            return Finding::new(Outcome::Pass, answered).with_evidence(evidence);
        }
        if possible >= need {
            let reason = Reason::new(
                format!("the answer to the cue \"{quote}\" at {at} is not clear"),
                format!("对 {at} 的“{quote}”的回应不能确定"),
            );
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        let (reason, windows) = match unanswered {
            Some(cue) => {
                let (quote, at) = (&cue.first.quote, cue.first.span.start);
                let reason = Reason::new(
                    format!("\"{quote}\" at {at} is not answered as it should be ({possible} of {all} are)"),
                    format!("{at} 的“{quote}”未得到应有的回应（{all} 处中回应 {possible} 处）"),
                );
                (reason, cue.windows.clone())
            }
            None => (answered, cues.iter().flat_map(|cue| cue.windows.clone()).collect()),
        };
        let missed = absence(call, self.place.speaker(), &windows, reason);
        let outcome = match missed.outcome {
            Outcome::Fail if possible > 0 => Outcome::Partial(possible as f32 / need as f32),
            outcome => outcome,
        };
        Finding { outcome, ..missed }.with_evidence(evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.answer.phrases().iter().map(|phrase| Demand { phrase, forbidden: false }).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::judge;
    use serde_json::{Value, json};

    fn responds(more: Value, call: &str) -> Outcome {
        let mut parameters = json!({ "speaker": "agent", "cue": ["upset"], "answer": ["sorry"] });
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judge("responds", parameters, call)
    }

    #[test]
    fn the_time_starts_when_the_other_has_finished() {
        let call = "customer 0s-20s: I am upset because nobody called me back for a week.\nagent 23s: I am sorry.";
        assert_eq!(responds(json!({ "in_time": "5s" }), call), Outcome::Pass);
        assert_eq!(responds(json!({ "in_time": "2s" }), call), Outcome::Fail);
    }

    #[test]
    fn an_answer_said_meanwhile_counts() {
        let call = "customer 0s-20s: I am upset because nobody called me back for a week.\n\
                    agent 12s-13s: I am sorry.\nagent 21s-23s: What is your number?";
        assert_eq!(responds(json!({ "in_time": "5s" }), call), Outcome::Pass);
    }

    #[test]
    fn no_chance_is_no_failure() {
        assert_eq!(
            responds(json!({}), "agent 0s: Bye.\ncustomer 2s-4s: I am upset.\nend 4.5s"),
            Outcome::NotApplicable
        );
        assert_eq!(responds(json!({}), "agent 0s: Bye.\ncustomer 2s-4s: I am upset.\nend 20s"), Outcome::Fail);
    }

    #[test]
    fn two_cues_in_one_reply_need_one_answer() {
        let call = "customer 0s-6s: I am upset. So upset.\nagent 7s: I am sorry.";
        assert_eq!(responds(json!({ "each": true }), call), Outcome::Pass);
    }
}
