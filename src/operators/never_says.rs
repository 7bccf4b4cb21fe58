//! `never_says`: one side never says what must not be said.

use super::{
    Builder, Check, Demand, Hearing, Length, Operator, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Place,
    Scope,
};
use super::{Side, hearing, hull};
use crate::call::{CallView, Evidence, Finding, LEAST_PROBABILITY, Ms, Outcome, Reason};
use crate::diagnostic::{Code, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// One side never says what must not be said.
pub(super) static OPERATOR: Operator = Operator {
    name: "never_says",
    page: include_str!("never_says.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Fails when one of the phrases is said; each place is evidence of its own.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// The phrases that must not be said.
    any_of: PhraseList,
    /// A hit does not count when the same side says one of these after it, such as 不过我可以 or "but I can".
    #[serde(default)]
    unless_followed_by: Option<PhraseList>,
    /// Longer phrases in which that makes up for nothing, such as 还有什么可以帮您 or "anything else I can do".
    #[serde(default)]
    followed_except: Option<PhraseList>,
    /// How soon after the hit that must be (8 s, where it is left out).
    #[serde(default)]
    followed_within: Option<Length>,
}

#[derive(Debug)]
struct NeverSays {
    place: Place,
    matcher: PhraseMatcher,
    amends: Option<Amends>,
}

/// What makes up for a hit when it follows soon.
#[derive(Debug)]
struct Amends {
    matcher: PhraseMatcher,
    within: Ms,
}

/// How soon amends must follow where the rubric does not say.
const FOLLOWED_WITHIN: Length = Length::seconds(8);

/// Words that recognition is so sure of were said as they are written: a phrase that only resembles them was not.
const CLEAR: f32 = 0.6;

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, options, any_of, unless_followed_by, followed_except, followed_within } =
        builder.params(node)?;
    let sound = place.check(node, builder);
    let matcher = PhraseMatcher::build(&any_of, &options, true, node.get("any_of").unwrap_or(node), builder);
    let amends = match &unless_followed_by {
        Some(list) => {
            builder.exceptions = node.get("followed_except").cloned();
            let node = node.get("unless_followed_by").unwrap_or(node);
            let options = PhraseOptions { except: followed_except, ..PhraseOptions::default() };
            let matcher = PhraseMatcher::build(list, &options, false, node, builder)?;
            Some(Amends { matcher, within: followed_within.unwrap_or(FOLLOWED_WITHIN).ms() })
        }
        None => {
            for key in ["followed_except", "followed_within"] {
                if let Some(value) = node.get(key) {
                    let message = format!("`{key}` is about `unless_followed_by`, which is not there");
                    builder.mistake(Code::NoEffect, value, message);
                }
            }
            None
        }
    };
    sound?;
    Some(Box::new(NeverSays { place, matcher: matcher?, amends }))
}

impl Amends {
    /// What is left of `hits`: none that are made up for, and only as borderline those for which that is not sure.
    fn left_of(&self, hits: Vec<PhraseHit>, call: &CallView<'_>, scope: &Scope<'_>) -> Vec<PhraseHit> {
        if hits.is_empty() {
            return hits;
        }
        let made = self.matcher.find(call, scope, None, &[call.whole()]);
        let kept = hits.into_iter().filter_map(|hit| {
            let follows = |amends: &&PhraseHit| {
                let after = amends.span.start - hit.span.end;
                amends.speaker == hit.speaker && amends.tokens.start >= hit.tokens.end && after <= self.within
            };
            let mut amends = made.iter().filter(follows).peekable();
            let doubted = amends.peek().is_some();
            let excused = amends.any(|amends| amends.sure);
            (!excused).then_some(PhraseHit { sure: hit.sure && !doubted, ..hit })
        });
        kept.collect()
    }
}

/// The probability of the word that recognition is least sure of.
fn least_probability(call: &CallView<'_>, hit: &PhraseHit) -> f32 {
    let tokens = call.track(hit.speaker).and_then(|track| track.tokens.get(hit.tokens.clone())).unwrap_or_default();
    tokens.iter().map(|token| token.probability).fold(1.0, f32::min)
}

impl Check for NeverSays {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let searched = hull(&windows, call);
        let (en, zh) = self.place.speaker.says();
        let (track, told_apart) = self.place.speaker.track(call);
        let mut hits = self.matcher.find(call, scope, track, &windows);
        let theirs = |hit: &PhraseHit| told_apart && track.is_none_or(|speaker| hit.speaker == speaker);
        hits.retain(|hit| hit.sure || !theirs(hit) || least_probability(call, hit) < CLEAR);
        if let Some(amends) = &self.amends {
            hits = amends.left_of(hits, call, scope);
        }
        let evidence = |hits: &[&PhraseHit]| -> Vec<Evidence> { hits.iter().map(|hit| hit.evidence()).collect() };
        let (sure, borderline): (Vec<&PhraseHit>, Vec<&PhraseHit>) =
            hits.iter().partition(|hit| hit.sure && hit.probability >= LEAST_PROBABILITY);
        if let Some(first) = sure.first().filter(|_| told_apart) {
            let (count, at, quote) = (sure.len(), first.span.start, &first.quote);
            let reason = match count {
                1 => Reason::new(format!("{en} says \"{quote}\" at {at}"), format!("{zh}在 {at} 说了“{quote}”")),
                _ => Reason::new(
                    format!("{en} says such things {count} times, first \"{quote}\" at {at}"),
                    format!("{zh}说了 {count} 次禁语，首次为 {at} 的“{quote}”"),
                ),
            };
            return Finding::new(Outcome::Fail, reason).with_evidence(evidence(&sure));
        }
        if let Some(first) = hits.first() {
            let (at, quote) = (first.span.start, &first.quote);
            let reason = if theirs(first) {
                Reason::new(
                    format!("\"{quote}\" at {at} may be \"{}\", but it is not clear", first.phrase),
                    format!("{at} 的“{quote}”可能是“{}”，但不能确定", first.phrase),
                )
            } else {
                Reason::new(
                    format!("\"{quote}\" is said at {at}, but agent and customer are not told apart"),
                    format!("{at} 有人说“{quote}”，但无法区分客服与客户"),
                )
            };
            let shown: Vec<&PhraseHit> = sure.iter().chain(&borderline).copied().collect();
            let mut evidence = evidence(&shown);
            evidence.sort_by_key(|place| place.span);
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        // Nobody at all said it, so it does not matter here whether the sides are told apart.
        if hearing(call, track, &windows) == Hearing::WordsLost {
            let reason = Reason::new(
                "nothing of the kind is heard, but speech is there that was not recognised",
                "未听到禁语，但有语音未能识别",
            );
            return Finding::new(Outcome::Unsure, reason).searched(searched);
        }
        let reason = match self.place.speaker {
            Side::Any => Reason::new("nobody says anything of the kind", "双方均未说禁语"),
            _ => Reason::new(format!("{en} says nothing of the kind"), format!("{zh}未说禁语")),
        };
        Finding::new(Outcome::Pass, reason).searched(searched)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.matcher.phrases().iter().map(|phrase| Demand { phrase, forbidden: true }).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge};
    use serde_json::json;

    #[test]
    fn every_place_is_evidence() {
        let call = "agent 0s: 没办法。\ncustomer 2s: 什么?\nagent 4s: 我说了没办法。";
        let finding = find("never_says", json!({ "speaker": "agent", "any_of": ["没办法"] }), call);
        assert_eq!((finding.outcome, finding.evidence.len()), (Outcome::Fail, 2));
    }

    #[test]
    fn doubtful_words_accuse_nobody() {
        let say = |call: &str| judge("never_says", json!({ "speaker": "agent", "any_of": ["没办法"] }), call);
        assert_eq!(say("agent 0s (p=0.2): 没办法。"), Outcome::Unsure);
        assert_eq!(say("unknown 0s: 没办法。"), Outcome::Unsure);
        assert_eq!(say("unknown 0s: 我马上为您查。"), Outcome::Pass, "nobody said it");
        assert_eq!(say("agent 0s-20s: 喂。"), Outcome::Unsure, "speech without words");
        assert_eq!(say("agent 0s: 您好。\nunknown 2s: 没办法。"), Outcome::Unsure, "the agent may have said it");
    }

    #[test]
    fn a_refusal_with_a_way_out_is_none() {
        let check = json!({ "speaker": "agent", "any_of": ["办不了"], "unless_followed_by": ["我可以"] });
        let say = |call: &str| judge("never_says", check.clone(), call);
        assert_eq!(say("agent 0s: 今天办不了，不过我可以帮您约明天。"), Outcome::Pass);
        assert_eq!(say("agent 0s: 办不了，再见。"), Outcome::Fail);
        assert_eq!(say("agent 0s: 办不了。\ncustomer 2s: 我可以等吗?"), Outcome::Fail, "the other side says it");
        assert_eq!(say("agent 0s: 我可以告诉您,办不了。"), Outcome::Fail, "it comes before");
        assert_eq!(say("agent 0s: 办不了。\nagent 30s: 我可以帮您约明天。"), Outcome::Fail, "it comes too late");
    }

    #[test]
    fn the_usual_last_question_is_no_way_out() {
        let mut check =
            json!({ "speaker": "agent", "any_of": ["no refunds"], "unless_followed_by": ["I can (do|offer)"] });
        let closes = "agent 0s: No refunds. Is there anything else I can do for you?";
        assert_eq!(judge("never_says", check.clone(), closes), Outcome::Pass);
        check["followed_except"] = json!(["anything else I can do"]);
        assert_eq!(judge("never_says", check.clone(), closes), Outcome::Fail);
        let offers = "agent 0s: No refunds, but here is what I can do. Anything else I can do?";
        assert_eq!(judge("never_says", check, offers), Outcome::Pass);
    }
}
