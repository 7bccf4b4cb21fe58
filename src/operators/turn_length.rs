//! `turn_length`: replies that are too short, such as a bare 嗯, or too long.

use super::{Builder, Check, Length, Operator, PhraseList, PhraseMatcher, PhraseOptions, Place, Reply, Scope};
use super::{absence, hull, intersect, is_silent, replies, spoken_units};
use crate::call::{CallView, Evidence, Finding, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// Replies that are too short or too long.
pub(super) static OPERATOR: Operator = Operator {
    name: "turn_length",
    page: include_str!("turn_length.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Fails when replies are too short or too long; each of them is evidence.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// A reply has at least so many words, or Chinese characters.
    #[serde(default)]
    min: Option<usize>,
    /// A reply has at most so many words, or Chinese characters.
    #[serde(default)]
    max: Option<usize>,
    /// A reply takes at most so long.
    #[serde(default)]
    max_time: Option<Length>,
    /// So many replies outside these limits are allowed.
    #[serde(default)]
    allowed: usize,
    /// Short replies that are in order, beside greetings, farewells and thanks.
    #[serde(default)]
    also_in_order: Option<PhraseList>,
}

#[derive(Debug)]
struct TurnLength {
    place: Place,
    min: Option<usize>,
    max: Option<usize>,
    max_time: Option<Length>,
    allowed: usize,
    in_order: Option<PhraseMatcher>,
}

/// Short replies that nobody takes for curt: greetings, farewells, thanks, and what one says to be heard.
const IN_ORDER: &[&str] = &[
    "你好",
    "您好",
    "喂",
    "喂你好",
    "喂您好",
    "再见",
    "拜拜",
    "谢谢",
    "谢谢您",
    "谢谢你",
    "不客气",
    "早上好",
    "下午好",
    "晚上好",
    "请说",
    "请讲",
    "您说",
    "您请说",
    "您请讲",
    "您讲",
    "稍等",
    "请稍等",
    "hello",
    "hi",
    "bye",
    "goodbye",
    "bye bye",
    "thanks",
    "thank you",
    "welcome",
    "cheers",
    "good morning",
    "good afternoon",
    "good evening",
];

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let parameters: Parameters = builder.params(node)?;
    let sound = parameters.place.check(node, builder);
    let Parameters { place, options, min, max, max_time, allowed, also_in_order } = parameters;
    let refused = match (min, max) {
        (None, None) if max_time.is_none() => Some((Code::MissingKey, "`turn_length` has no limit".to_owned())),
        (Some(min), Some(max)) if min > max => {
            Some((Code::ContradictoryLimits, format!("`min: {min}` is above `max: {max}`, so no reply could be right")))
        }
        _ => None,
    };
    if let Some((code, message)) = refused {
        let mistake = Diagnostic::new(code, node.span.clone(), message);
        builder.diagnostics.push(mistake.help("give `min`, `max` or `max_time`"));
        return None;
    }
    let in_order = match also_in_order {
        Some(list) => {
            let place = node.get("also_in_order").unwrap_or(node);
            Some(PhraseMatcher::build(&list, &options, false, place, builder)?)
        }
        None => None,
    };
    sound?;
    Some(Box::new(TurnLength { place, min, max, max_time, allowed, in_order }))
}

/// A reply outside the limits.
struct Outside {
    span: TimeSpan,
    evidence: Evidence,
    sure: bool,
}

impl TurnLength {
    fn outside(&self, call: &CallView<'_>, speech: &[TimeSpan], reply: &Reply) -> Option<Outside> {
        let turns = || reply.turns.iter().filter_map(|turn| call.transcript.turns.get(*turn));
        let text = turns().map(|turn| turn.text.trim()).collect::<Vec<_>>().join(" ");
        let units = spoken_units(&text);
        let probability = turns().map(|turn| turn.confidence).sum::<f32>() / reply.turns.len().max(1) as f32;
        let too_short = self.min.is_some_and(|min| units.len() < min) && !units.is_empty() && !is_in_order(&text);
        let too_long = self.max.is_some_and(|max| units.len() > max)
            || self.max_time.is_some_and(|most| reply.span.length() > most.ms());
        if !too_short && !too_long {
            return None;
        }
        let matched = match (too_short, self.min, self.max, self.max_time) {
            (true, Some(min), ..) => format!("at least {min}"),
            (_, _, Some(max), _) => format!("at most {max}"),
            (_, _, _, Some(most)) => format!("at most {most}"),
            _ => String::new(),
        };
        // A short word that recognition doubts may be the rest of a longer reply.
        let sure = too_long || (probability >= DOUBT && !words_are_missing(speech, reply));
        let span = reply.span;
        let evidence = Evidence { speaker: reply.speaker, span, quote: text, matched, similarity: 1.0, probability };
        Some(Outside { span, evidence, sure })
    }
}

/// A short reply recognised with less than this probability accuses nobody.
const DOUBT: f32 = 0.35;

/// Whether the sound has much more speech around a short reply than its words account for.
fn words_are_missing(speech: &[TimeSpan], reply: &Reply) -> bool {
    let touching: i64 = speech.iter().filter(|span| span.overlaps(reply.span)).map(|span| span.length().0).sum();
    let covered: i64 = intersect(speech, &[reply.span]).iter().map(|span| span.length().0).sum();
    touching - covered > 1500
}

/// Whether `text` is made of greetings, farewells and the like, such as 喂喂 and 谢谢再见.
fn is_in_order(text: &str) -> bool {
    let units = spoken_units(text);
    let mut rest = units.as_slice();
    while !rest.is_empty() {
        let known = IN_ORDER.iter().map(|phrase| spoken_units(phrase)).filter(|phrase| rest.starts_with(phrase));
        let Some(longest) = known.map(|phrase| phrase.len()).max() else { return false };
        rest = &rest[longest..];
    }
    true
}

impl Check for TurnLength {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (en, zh) = self.place.speaker.words();
        let (track, told_apart) = self.place.speaker.track(call);
        let searched = hull(&windows, call);
        let counted: Vec<Reply> = replies(call)
            .into_iter()
            .filter(|reply| !reply.back_channel && track.is_none_or(|track| track == reply.speaker))
            .filter(|reply| windows.iter().any(|window| window.contains(reply.span.start)))
            .collect();
        if counted.is_empty() {
            let reason = Reason::new(format!("{en} says nothing there"), format!("{zh}在此未说话"));
            let nothing = absence(call, track, &windows, reason);
            // Without replies there are no short ones either.
            let outcome = if nothing.outcome == Outcome::Fail || is_silent(call, track) {
                Outcome::NotApplicable
            } else {
                nothing.outcome
            };
            return Finding { outcome, ..nothing };
        }
        let excused: Vec<TimeSpan> = match &self.in_order {
            Some(matcher) => matcher.find(call, scope, track, &windows).into_iter().map(|hit| hit.span).collect(),
            None => Vec::new(),
        };
        let speech = [Speaker::Agent, Speaker::Customer, Speaker::Unknown].map(|side| (side, call.speech(side)));
        let speech_of =
            |side: Speaker| speech.iter().find(|(this, _)| *this == side).map_or(&[][..], |(_, spans)| spans);
        let outside: Vec<Outside> = counted
            .iter()
            .filter_map(|reply| self.outside(call, speech_of(reply.speaker), reply))
            .filter(|outside| !excused.iter().any(|span| span.overlaps(outside.span)))
            .collect();
        let sure = outside.iter().filter(|outside| outside.sure).count();
        let (count, of) = (outside.len(), counted.len());
        if count <= self.allowed {
            let reason = Reason::new(
                format!("{count} of {of} replies are outside the limits, {} are allowed", self.allowed),
                format!("{of} 次回应中 {count} 次超出限度，允许 {} 次", self.allowed),
            );
            let evidence = outside.into_iter().map(|outside| outside.evidence).collect();
            // Turns of several people would be taken for one long reply.
            let outcome = if told_apart { Outcome::Pass } else { Outcome::Unsure };
            return Finding::new(outcome, reason).with_evidence(evidence).searched(searched);
        }
        let decided = told_apart && sure > self.allowed;
        let shown: Vec<Evidence> =
            outside.into_iter().filter(|outside| outside.sure || !decided).map(|outside| outside.evidence).collect();
        let (quote, at) = (shown[0].quote.trim(), shown[0].span.start);
        let mut reason = Reason::new(
            format!("{} of {of} replies of {en} are outside the limits, first \"{quote}\" at {at}", shown.len()),
            format!("{zh} {of} 次回应中 {} 次超出限度，首次为 {at} 的“{quote}”", shown.len()),
        );
        if decided {
            return Finding::new(Outcome::Fail, reason).with_evidence(shown);
        }
        let (why_en, why_zh) = match told_apart {
            true => ("the words were hard to recognise", "识别把握不足"),
            false => ("agent and customer are not told apart", "无法区分客服与客户"),
        };
        reason = Reason::new(format!("{}; {why_en}", reason.en), format!("{}；{why_zh}", reason.zh));
        Finding::new(Outcome::Unsure, reason).with_evidence(shown).searched(searched)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge, mistake, quotes};
    use serde_json::json;

    #[test]
    fn short_answers_are_found_and_signs_of_listening_are_not() {
        let call = "customer 0s-6s: 我的卡在商场刷不了,试了三次都不行。\nagent 3s-3.4s: 嗯。\nagent 7s-7.4s: 哦。\n\
                    customer 8s-9s: 能恢复吗?\nagent 10s-10.5s: 不行。\ncustomer 11s: 再见。\nagent 12s: 喂,再见。";
        let finding = find("turn_length", json!({ "speaker": "agent", "min": 3 }), call);
        assert_eq!(quotes(&finding), ["哦。", "不行。"]);
        assert_eq!(judge("turn_length", json!({ "speaker": "agent", "min": 3, "allowed": 2 }), call), Outcome::Pass);
        let excused = json!({ "speaker": "agent", "min": 3, "also_in_order": ["哦", "不行"] });
        assert_eq!(judge("turn_length", excused, call), Outcome::Pass);
    }

    #[test]
    fn doubtful_short_answers_accuse_nobody() {
        let judged = |call: &str| judge("turn_length", json!({ "speaker": "agent", "min": 3 }), call);
        assert_eq!(judged("agent 0s-0.5s (p=0.2): 哦。"), Outcome::Unsure);
        assert_eq!(judged("unknown 0s-0.5s: 哦。"), Outcome::Unsure);
        assert_eq!(judged("customer 0s-3s: 有人吗?我等了很久。"), Outcome::NotApplicable);
    }

    #[test]
    fn limits_must_make_sense() {
        assert!(mistake("turn_length", json!({ "speaker": "agent" })).contains("no limit"));
        assert!(mistake("turn_length", json!({ "min": 5, "max": 2 })).contains("above"));
    }
}
