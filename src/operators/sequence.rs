//! `sequence`: things are said, waited for and done one after the other.

use super::part::{self, Part, Said, Tally, item};
use super::{Builder, Check, Demand, Hearing, Length, Operator, PhraseList, PhraseOptions, Place, Scope, Side};
use super::{hearing, replies};
use crate::call::{CallView, Evidence, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;

/// Things are said, waited for and done one after the other.
pub(super) static OPERATOR: Operator = Operator {
    name: "sequence",
    page: include_str!("sequence.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when all steps are taken in their order, or `min_steps` of them; fewer earn a part of the points.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// The steps in their order.
    #[schemars(length(min = 1))]
    steps: Vec<StepParameters>,
    /// Whether the steps must be taken in this order, which they must where it is left out.
    #[serde(default = "yes")]
    ordered: bool,
    /// So many steps are enough for all points; all steps that are not optional, where it is left out.
    #[serde(default)]
    #[schemars(range(min = 1))]
    min_steps: Option<usize>,
    /// Whether fewer steps than needed earn a fraction of the points, which they do where it is left out.
    #[serde(default = "yes")]
    partial: bool,
    /// How much longer or shorter than asked a wait may be; 2 seconds, where it is left out.
    #[serde(default)]
    tolerance: Option<Length>,
    /// The sequence is asked for only where this side says nothing in the whole call.
    #[serde(default)]
    only_if_silent: Option<Side>,
}

const fn yes() -> bool {
    true
}

/// One step: exactly one of `say`, `wait` and `hang_up`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StepParameters {
    /// What the step is called in reasons; its first phrase, where it is left out.
    #[serde(default)]
    title: Option<String>,
    /// One of these is said.
    #[serde(default)]
    say: Option<PhraseList>,
    /// Who says it; the speaker of the sequence, where it is left out.
    #[serde(default)]
    speaker: Option<Side>,
    /// At most so long after the step before it.
    #[serde(default)]
    in_time: Option<Length>,
    /// Nobody talks for so long.
    #[serde(default)]
    wait: Option<Length>,
    /// How much longer or shorter than asked this wait may be.
    #[serde(default)]
    tolerance: Option<Length>,
    /// The call ends: nobody says anything more.
    #[serde(default)]
    hang_up: bool,
    /// The step may be left out and earns nothing.
    #[serde(default)]
    optional: bool,
}

#[derive(Debug)]
struct Sequence {
    place: Place,
    steps: Vec<Step>,
    /// The steps that are said; the `part` of a place is an index in here.
    parts: Vec<Part>,
    ordered: bool,
    tally: Tally,
    only_if_silent: Option<Side>,
}

#[derive(Debug)]
struct Step {
    title: (String, String),
    kind: Kind,
    optional: bool,
}

#[derive(Debug)]
enum Kind {
    Say { part: usize, side: Side, in_time: Option<Length> },
    Wait { length: Length, tolerance: Length },
    HangUp,
}

/// How far a wait may be from what is asked.
///
/// # Source
/// Five seconds between prompts on a silent line, as people count them: two seconds more or less.
const TOLERANCE: Length = Length::seconds(2);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let parameters: Parameters = builder.params(node)?;
    let sound = parameters.place.check(node, builder);
    let list = node.get("steps").unwrap_or(node);
    let (mut steps, mut parts, mut flawless) = (Vec::new(), Vec::new(), true);
    for (index, step) in parameters.steps.iter().enumerate() {
        let place = item(list, index);
        let title = |en: String, zh: String| match &step.title {
            Some(title) => (title.clone(), title.clone()),
            None => (en, zh),
        };
        let kind = match (&step.say, step.wait, step.hang_up) {
            (Some(say), None, false) => {
                let phrases = place.get("say").unwrap_or(place);
                let Some(part) = Part::build(say, &parameters.options, phrases, builder) else {
                    flawless = false;
                    continue;
                };
                let label = part.label.clone();
                parts.push(part);
                let side = step.speaker.unwrap_or(parameters.place.speaker);
                (title(label.clone(), label), Kind::Say { part: parts.len() - 1, side, in_time: step.in_time })
            }
            (None, Some(length), false) => {
                let tolerance = step.tolerance.or(parameters.tolerance).unwrap_or(TOLERANCE);
                (
                    title(format!("wait {length}"), format!("等待 {} 秒", length.ms().seconds())),
                    Kind::Wait { length, tolerance },
                )
            }
            (None, None, true) => (title("hang up".to_owned(), "挂机".to_owned()), Kind::HangUp),
            _ => {
                let message = "a step is one of `say`, `wait` and `hang_up: true`";
                builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, place.span.clone(), message));
                flawless = false;
                continue;
            }
        };
        steps.push(Step { title: kind.0, kind: kind.1, optional: step.optional });
    }
    let in_a_row = if flawless && parameters.ordered { &steps[..] } else { &[] };
    for (index, pair) in in_a_row.windows(2).enumerate() {
        let message = match (&pair[0].kind, &pair[1].kind) {
            (Kind::HangUp, _) => "a step after the call was hung up",
            (Kind::Wait { .. }, Kind::Wait { .. }) => "two waits in a row are the same silence",
            _ => continue,
        };
        builder.diagnostics.push(Diagnostic::new(Code::InvalidValue, item(list, index + 1).span.clone(), message));
        flawless = false;
    }
    if !flawless {
        return None;
    }
    let of = steps.iter().filter(|step| !step.optional).count();
    if !part::is_reachable(parameters.min_steps, of, ("min_steps", "steps"), node, builder) {
        return None;
    }
    sound?;
    let tally = Tally { of, enough: parameters.min_steps.unwrap_or(of), partial: parameters.partial };
    Some(Box::new(Sequence {
        place: parameters.place,
        steps,
        parts,
        ordered: parameters.ordered,
        tally,
        only_if_silent: parameters.only_if_silent,
    }))
}

impl Check for Sequence {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        if let Some(finding) = self.only_if_silent.and_then(|side| does_not_apply(call, side)) {
            return finding;
        }
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (said, told_apart) = self.said(call, scope, &windows);
        let clear: Vec<Said> = said.iter().filter(|said| !said.hit.is_rough()).cloned().collect();
        let certain = self.take(call, &clear);
        let possible = self.take(call, &said);
        let (low, high) = (self.tally.fraction(certain.done), self.tally.fraction(possible.done));
        if low >= 1.0 && told_apart {
            return Finding::new(Outcome::Pass, self.reason(&certain, &clear)).with_evidence(certain.evidence);
        }
        // A step that is heard only roughly, wherever that is, may have been taken where it should.
        let rough = self.tally.fraction(certain.done + self.rough_steps(&certain, &said)) >= 1.0;
        let reason = self.reason(&possible, &said);
        let doubt = match told_apart {
            false => Some(("agent and customer are not told apart", "无法区分客服与客户")),
            true if high >= 1.0 || rough => Some(("some of it is not clear", "部分内容不能确定")),
            true => None,
        };
        part::shortfall(call, &self.place, &windows, reason, high, doubt).with_evidence(possible.evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.parts.iter().flat_map(Part::demands).collect()
    }
}

/// The steps that were taken.
struct Taken {
    done: usize,
    /// For each step whether it was taken.
    steps: Vec<bool>,
    evidence: Vec<Evidence>,
}

impl Sequence {
    /// Every place where a step is said, in order of time, and whether all sides named are told apart.
    fn said(&self, call: &CallView<'_>, scope: &Scope<'_>, windows: &[TimeSpan]) -> (Vec<Said>, bool) {
        let mut told_apart = true;
        let mut said = Vec::new();
        for step in &self.steps {
            let Kind::Say { part, side, .. } = step.kind else { continue };
            let (track, known) = side.track(call);
            told_apart &= known;
            let found = part::all_said(&self.parts[part..=part], call, scope, track, windows);
            said.extend(found.into_iter().map(|said| Said { part, ..said }));
        }
        part::sort(&mut said);
        (said, told_apart)
    }

    /// How many of the steps that were not taken for certain are heard somewhere, but only roughly.
    fn rough_steps(&self, certain: &Taken, said: &[Said]) -> usize {
        let is_rough = |part: usize| {
            let mut places = said.iter().filter(|said| said.part == part).peekable();
            places.peek().is_some() && places.all(|said| said.hit.is_rough())
        };
        self.steps
            .iter()
            .zip(&certain.steps)
            .filter(|(step, taken)| !**taken && !step.optional)
            .filter(|(step, _)| matches!(step.kind, Kind::Say { part, .. } if is_rough(part)))
            .count()
    }

    fn take(&self, call: &CallView<'_>, said: &[Said]) -> Taken {
        let in_time = |part: usize| {
            self.steps.iter().find_map(|step| match step.kind {
                Kind::Say { part: this, in_time, .. } if this == part => in_time,
                _ => None,
            })
        };
        let chain = if self.ordered {
            let needed = |part: usize| {
                self.steps
                    .iter()
                    .any(|step| !step.optional && matches!(step.kind, Kind::Say { part: this, .. } if this == part))
            };
            part::longest_chain(said, needed, |before, after| {
                in_time(after.part).is_none_or(|most| after.hit.span.start - before.hit.span.end <= most.ms())
            })
        } else {
            part::best_of_each(said)
        };
        let place_of = |wanted: usize| chain.iter().find(|said| said.part == wanted);
        let mut taken = Taken { done: 0, steps: Vec::new(), evidence: Vec::new() };
        for (index, step) in self.steps.iter().enumerate() {
            let evidence = match step.kind {
                Kind::Say { part, .. } => place_of(part).map(|said| said.hit.evidence()),
                Kind::Wait { length, tolerance } => self
                    .before(index, &chain)
                    .and_then(|from| silence(call, from, self.after(index, &chain), length.ms(), tolerance.ms()))
                    .map(|gap| quiet(gap, &step.title.0)),
                Kind::HangUp => self
                    .before(index, &chain)
                    .and_then(|from| end_of_call(call, from))
                    .map(|rest| quiet(rest, &step.title.0)),
            };
            taken.steps.push(evidence.is_some());
            taken.done += usize::from(evidence.is_some() && !step.optional);
            taken.evidence.extend(evidence);
        }
        taken.evidence.sort_by_key(|evidence| evidence.span);
        taken
    }

    /// The end of what is said in the step before step `index`; nothing where that step was not taken.
    fn before(&self, index: usize, chain: &[Said]) -> Option<Ms> {
        for step in self.steps[..index].iter().rev() {
            let Kind::Say { part, .. } = step.kind else { continue };
            match chain.iter().find(|said| said.part == part) {
                Some(said) => return Some(said.hit.span.end),
                None if step.optional => {}
                None => return None,
            }
        }
        Some(Ms(0))
    }

    /// The start of what is said in the next step after step `index` that was taken.
    fn after(&self, index: usize, chain: &[Said]) -> Option<Ms> {
        self.steps[index + 1..].iter().find_map(|step| match step.kind {
            Kind::Say { part, .. } => chain.iter().find(|said| said.part == part).map(|said| said.hit.span.start),
            _ => None,
        })
    }

    fn reason(&self, taken: &Taken, said: &[Said]) -> Reason {
        let missing: Vec<&Step> = self
            .steps
            .iter()
            .zip(&taken.steps)
            .filter(|(step, done)| !**done && !step.optional)
            .map(|(s, _)| s)
            .collect();
        let (done, of) = (taken.done, self.tally.of);
        if missing.is_empty() {
            return match of {
                1 => Reason::new("takes the step", "步骤已完成"),
                _ => Reason::new(format!("takes all {of} steps"), format!("{of} 个步骤都完成")),
            };
        }
        let out_of_order = |step: &&&Step| match step.kind {
            // A place that stands for another step already is no second place.
            Kind::Say { part, .. } => said
                .iter()
                .any(|said| said.part == part && !taken.evidence.iter().any(|known| known.span == said.hit.span)),
            _ => false,
        };
        let late: Vec<&&Step> = missing.iter().filter(out_of_order).collect();
        let names = |steps: &[&Step]| {
            let en: Vec<&str> = steps.iter().map(|step| step.title.0.as_str()).collect();
            let zh: Vec<&str> = steps.iter().map(|step| step.title.1.as_str()).collect();
            (en.join(", "), zh.join("、"))
        };
        let (en, zh) = names(&missing);
        let mut reason = Reason::new(
            format!("takes {done} of {of} steps; missing: {en}"),
            format!("{of} 个步骤中完成 {done} 个；缺少：{zh}"),
        );
        if !late.is_empty() {
            let (en, zh) = names(&late.into_iter().copied().collect::<Vec<_>>());
            reason.en.push_str(&format!("; said, but out of order or too late: {en}"));
            reason.zh.push_str(&format!("；说到但顺序或时间不对：{zh}"));
        }
        reason
    }
}

/// The ready finding, where the sequence is not asked for because `side` talks, or nobody can tell.
fn does_not_apply(call: &CallView<'_>, side: Side) -> Option<Finding> {
    let (track, told_apart) = side.track(call);
    let (en, zh) = side.words();
    if !told_apart {
        let reason = Reason::new(
            format!("whether {en} is silent cannot be told: agent and customer are not told apart"),
            format!("无法判断{zh}是否沉默：无法区分客服与客户"),
        );
        return Some(Finding::new(Outcome::Unsure, reason));
    }
    let tokens: Vec<_> = call
        .tracks
        .iter()
        .filter(|sound| track.is_none_or(|track| track == sound.speaker))
        .flat_map(|track| &track.tokens)
        .collect();
    let mean = tokens.iter().map(|token| token.probability).sum::<f32>() / tokens.len().max(1) as f32;
    // A word or two that recognition itself doubts is noise on the line, not talk.
    if tokens.len() > 2 || (!tokens.is_empty() && mean >= 0.5) {
        let reason = Reason::new(format!("{en} talks"), format!("{zh}有说话"));
        return Some(Finding::new(Outcome::NotApplicable, reason));
    }
    if hearing(call, track, &[call.whole()]) == Hearing::WordsLost {
        let reason = Reason::new(
            format!("{en} may talk: speech is there that was not recognised"),
            format!("{zh}可能有说话：有语音未能识别"),
        );
        return Some(Finding::new(Outcome::Unsure, reason).searched(call.whole()));
    }
    None
}

/// How far the end of a silence may lie from the words beside it: times of words are rough.
const EDGE: Ms = Ms(700);

/// The silence after `from` and before `until` (else the end of the recording), where its length is right.
fn silence(call: &CallView<'_>, from: Ms, until: Option<Ms>, length: Ms, tolerance: Ms) -> Option<TimeSpan> {
    let whole = call.whole();
    let window = TimeSpan::new(from - EDGE, until.unwrap_or(whole.end) + EDGE);
    let fits = |gap: &TimeSpan| (gap.length().0 - length.0).abs() <= tolerance.0;
    // What the sound says comes first; words stand in where noise was taken for talk.
    let sound = TimeSpan::union(call.sound.channels.iter().flat_map(|channel| channel.speech.clone()).collect(), Ms(0));
    let words = TimeSpan::union(call.transcript.turns.iter().map(|turn| turn.span).collect(), Ms(0));
    [sound, words].iter().find_map(|talk| {
        let mut gaps = gaps(talk, whole).into_iter().filter(|gap| gap.start >= window.start && gap.start < window.end);
        match until {
            Some(_) => gaps.filter(|gap| gap.end <= window.end).max_by_key(|gap| gap.length()),
            // Without a next step the wait is the first longer pause.
            None => gaps.find(|gap| gap.length() >= Ms(1000)),
        }
        .filter(fits)
    })
}

/// The time between stretches of `talk`, and after the last one; `talk` is sorted and apart.
fn gaps(talk: &[TimeSpan], whole: TimeSpan) -> Vec<TimeSpan> {
    let ends = talk.iter().map(|span| span.end);
    let starts = talk.iter().skip(1).map(|span| span.start).chain([whole.end]);
    ends.zip(starts).map(|(end, start)| TimeSpan::new(end, start)).collect()
}

/// From the end of the talk to the end of the recording, where nothing is said after the reply that goes on at `from`.
fn end_of_call(call: &CallView<'_>, from: Ms) -> Option<TimeSpan> {
    let replies = replies(call);
    let last = replies.iter().find(|reply| reply.span.end >= from)?;
    let ends = replies.iter().all(|reply| reply.span.start <= last.span.start);
    ends.then(|| TimeSpan::new(last.span.end, call.whole().end))
}

fn quiet(span: TimeSpan, matched: &str) -> Evidence {
    let matched = matched.to_owned();
    Evidence { speaker: Speaker::Unknown, span, quote: String::new(), matched, similarity: 1.0, probability: 1.0 }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge, mistake};
    use serde_json::{Value, json};

    fn protocol() -> Value {
        json!({ "speaker": "agent", "only_if_silent": "customer", "steps": [
            { "say": "有什么可以帮您" }, { "wait": "5s" }, { "say": "有什么可以帮您" }, { "wait": "5s" },
            { "say": "没有声音" }, { "wait": "5s" }, { "hang_up": true },
        ] })
    }

    fn silent(second: f64, third: f64, end: f64) -> String {
        let (a, b) = (second + 2.0, third + 2.0);
        format!(
            "agent 1s-3s: 请问有什么可以帮您?\nagent {second}s-{a}s: 有什么可以帮您?\n\
             agent {third}s-{b}s: 您的电话没有声音。\nend {end}s"
        )
    }

    #[test]
    fn an_optional_step_takes_the_place_of_none_that_is_needed() {
        let steps = json!({ "speaker": "agent", "steps": [
            { "say": ["非常抱歉"] }, { "say": ["请问您满意吗"] }, { "say": ["避免再出现"], "optional": true },
        ] });
        let call = "agent 0s: 非常抱歉,我们会避免再出现。\nagent 5s: 请问您满意吗?";
        assert_eq!(judge("sequence", steps, call), Outcome::Pass);
    }

    #[test]
    fn waits_must_have_their_length() {
        assert_eq!(judge("sequence", protocol(), &silent(8.0, 15.0, 22.0)), Outcome::Pass);
        assert_eq!(judge("sequence", protocol(), &silent(6.2, 15.0, 22.0)), Outcome::Pass, "within the tolerance");
        assert_eq!(judge("sequence", protocol(), &silent(11.0, 18.0, 25.0)), Outcome::Partial(6.0 / 7.0), "8 s");
        assert_eq!(
            judge("sequence", protocol(), &silent(8.0, 15.0, 17.5)),
            Outcome::Partial(6.0 / 7.0),
            "no last wait"
        );
    }

    #[test]
    fn somebody_who_talks_on_has_not_hung_up() {
        let call = format!("{}\nagent 20s-21s: 喂?", silent(8.0, 15.0, 26.0));
        let finding = find("sequence", protocol(), &call);
        assert!(finding.reason.en.contains("missing: hang up"), "{:?}", finding.reason);
    }

    #[test]
    fn a_customer_who_talks_makes_it_not_applicable() {
        let call = "agent 1s-3s: 请问有什么可以帮您?\ncustomer 4s-6s: 我想查一下话费。";
        assert_eq!(judge("sequence", protocol(), call), Outcome::NotApplicable);
        assert_eq!(judge("sequence", protocol(), "unknown 1s-3s: 请问有什么可以帮您?"), Outcome::Unsure);
    }

    #[test]
    fn steps_in_disorder_are_named_and_optional_ones_free() {
        let steps = json!([
            { "title": "sorry", "say": "sorry" }, { "title": "name", "say": "your name", "optional": true },
            { "title": "check", "say": "is that all right" },
        ]);
        let finding =
            find("sequence", json!({ "steps": steps }), "agent 0s: Is that all right? Sorry for the trouble.");
        assert_eq!(finding.outcome, Outcome::Partial(0.5));
        assert!(finding.reason.en.contains("out of order or too late: "), "{:?}", finding.reason);
        let any_order = json!({ "steps": steps, "ordered": false });
        assert_eq!(judge("sequence", any_order, "agent 0s: Is that all right? Sorry for the trouble."), Outcome::Pass);
    }

    #[test]
    fn a_step_heard_roughly_decides_nothing() {
        let steps = json!({ "speaker": "agent", "steps": [
            { "title": "致歉", "say": "非常抱歉" }, { "title": "询问", "say": "请问您的订单号" },
            { "title": "更正", "say": "已处理好了" }, { "title": "确认", "say": "您看可以吗" },
        ] });
        // 您处理好 is roughly 已处理好了 and comes too early; the correction itself is not heard clearly.
        let call = "agent 0s: 非常抱歉,今天给您处理好。请问您的订单号是多少?\nagent 9s: 全都退顶,您看可以吗?";
        let finding = find("sequence", steps.clone(), call);
        assert_eq!(finding.outcome, Outcome::Unsure, "{finding:?}");
        let call = "agent 0s: 非常抱歉,今天给您处理好。请问您的订单号是多少?\nagent 9s: 已处理好了,您看可以吗?";
        assert_eq!(judge("sequence", steps.clone(), call), Outcome::Pass);
        let call = "agent 0s: 非常抱歉。请问您的订单号是多少?\nagent 9s: 您看可以吗?";
        assert_eq!(judge("sequence", steps, call), Outcome::Partial(0.75));
    }

    #[test]
    fn a_step_is_one_thing() {
        assert!(mistake("sequence", json!({ "steps": [{ "say": "a", "wait": 5 }] })).contains("a step is one of"));
        assert!(mistake("sequence", json!({ "steps": [{ "title": "x" }] })).contains("a step is one of"));
    }
}
