//! `says`: one side says what it should say.

use super::part::{self, Part};
use super::{Builder, Check, Demand, Operator, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope, Side};
use crate::call::{CallView, Finding, Outcome, Reason};
use crate::diagnostic::{Code, Diagnostic, Node};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// One side says what it should say.
pub(super) static OPERATOR: Operator = Operator {
    name: "says",
    page: include_str!("says.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when the phrases are said.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// Phrases of which one is enough, or as many different ones as `at_least` says.
    #[serde(default)]
    any_of: Option<PhraseList>,
    /// Things that must all be said, or as many of them as `at_least` says; each is a phrase or a list of wordings.
    #[serde(default)]
    all_of: Option<Vec<PhraseList>>,
    /// How many different phrases of `any_of`, or how many things of `all_of`, must be said.
    #[serde(default)]
    #[schemars(range(min = 1))]
    at_least: Option<usize>,
    /// So many are too few to be sure and too many to be none: a person should look.
    #[serde(default)]
    #[schemars(range(min = 1))]
    unsure_from: Option<usize>,
}

#[derive(Debug)]
struct Says {
    place: Place,
    wanted: Wanted,
    unsure_from: Option<usize>,
}

#[derive(Debug)]
enum Wanted {
    /// So many different phrases of one list.
    Any(Box<PhraseMatcher>, usize),
    /// So many of these parts.
    All(Vec<Part>, usize),
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, options, any_of, all_of, at_least, unsure_from } = builder.params(node)?;
    let sound = place.check(node, builder);
    let wanted = match (any_of, all_of) {
        (Some(any_of), None) => {
            let list = node.get("any_of").unwrap_or(node);
            PhraseMatcher::build(&any_of, &options, false, list, builder)
                .map(|matcher| Wanted::Any(Box::new(matcher), at_least.unwrap_or(1)))
        }
        (None, Some(all_of)) => Part::build_all(&all_of, &options, node, "all_of", builder).map(|parts| {
            let need = at_least.unwrap_or(parts.len());
            Wanted::All(parts, need)
        }),
        (any_of, _) => {
            let message =
                if any_of.is_some() { "`any_of` and `all_of` stand together" } else { "no phrases to look for" };
            builder.diagnostics.push(
                Diagnostic::new(Code::MissingKey, node.span.clone(), message)
                    .help("give either `any_of` or `all_of`; two checks can stand under the operator `all_of`"),
            );
            None
        }
    }?;
    let (of, need) = match &wanted {
        Wanted::Any(matcher, need) => (matcher.phrases().len(), *need),
        Wanted::All(parts, need) => (parts.len(), *need),
    };
    if !part::is_reachable(at_least, of, ("at_least", "phrases"), node, builder) {
        return None;
    }
    if let Some(few) = unsure_from.filter(|few| *few >= need) {
        let span = node.get("unsure_from").unwrap_or(node).span.clone();
        let message = format!("`unsure_from: {few}` is not below the {need} that are enough");
        builder.diagnostics.push(Diagnostic::new(Code::ContradictoryLimits, span, message));
        return None;
    }
    sound?;
    Some(Box::new(Says { place, wanted, unsure_from }))
}

impl Check for Says {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (track, told_apart) = self.place.speaker.track(call);
        // How much of what is missing may be a name that is not known.
        let unknown;
        let (evidence, sure, possible, need, of, missing) = match &self.wanted {
            Wanted::Any(matcher, need) => {
                let hits = matcher.find(call, scope, track, &windows);
                let phrases = |sure: bool| {
                    let counted = hits.iter().filter(|hit| hit.sure || !sure);
                    counted.map(|hit| hit.phrase.as_str()).collect::<BTreeSet<_>>().len()
                };
                let (sure, possible) = (phrases(true), phrases(false));
                unknown = usize::from(matcher.is_unknown(scope));
                let shown = hits.iter().filter(|hit| hit.sure || sure < *need).map(|hit| hit.evidence()).collect();
                (shown, sure, possible, *need, matcher.phrases().len(), Vec::new())
            }
            Wanted::All(parts, need) => {
                let said = part::best_of_each(&part::all_said(parts, call, scope, track, &windows));
                let sure = said.iter().filter(|said| said.hit.sure).count();
                unknown = part::unsaid(parts, &said).filter(|part| part.matcher.is_unknown(scope)).count();
                let missing = part::unsaid(parts, &said).map(|part| part.label.as_str()).collect();
                (part::evidence(&said), sure, said.len(), *need, parts.len(), missing)
            }
        };
        // What somebody says who is not told apart is among the evidence, too.
        let all_known = told_apart && evidence.iter().all(|place| track.is_none_or(|side| side == place.speaker));
        let heard = Heard { side: self.place.speaker, need, of, missing };
        let finding = if sure >= need && told_apart {
            return Finding::new(Outcome::Pass, heard.reason(sure)).with_evidence(evidence);
        } else if possible >= need && !all_known {
            let Reason { en, zh } = heard.reason(possible);
            let reason = Reason::new(
                format!("{en}, but agent and customer are not told apart"),
                format!("{zh}，但无法区分客服与客户"),
            );
            Finding::new(Outcome::Unsure, reason).searched(super::hull(&windows, call))
        } else if possible >= need {
            let reason = Reason::new("something like it is heard, but not clearly", "听到相近的说法，但不能确定");
            Finding::new(Outcome::Unsure, reason).searched(super::hull(&windows, call))
        } else if self.unsure_from.is_some_and(|few| possible >= few) {
            Finding::new(Outcome::Unsure, heard.reason(sure)).searched(super::hull(&windows, call))
        } else {
            let doubt = (possible + unknown >= need).then_some(part::UNKNOWN_NAME);
            part::shortfall(call, &self.place, &windows, heard.reason(sure), 0.0, doubt)
        };
        finding.with_evidence(evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        match &self.wanted {
            Wanted::Any(matcher, _) => {
                matcher.phrases().iter().map(|phrase| Demand { phrase, forbidden: false }).collect()
            }
            Wanted::All(parts, _) => parts.iter().flat_map(Part::demands).collect(),
        }
    }
}

struct Heard<'a> {
    side: Side,
    need: usize,
    of: usize,
    missing: Vec<&'a str>,
}

impl Heard<'_> {
    fn reason(&self, said: usize) -> Reason {
        let (en, zh) = if said >= self.need { self.side.says() } else { self.side.words() };
        let (need, of) = (self.need, self.of);
        match (said >= need, need) {
            (true, 1) => Reason::new(format!("{en} says it"), format!("{zh}说到了")),
            (false, 1) if self.side == Side::Any => Reason::new("nobody says it", "双方均未说到"),
            (false, 1) => Reason::new(format!("{en} does not say it"), format!("{zh}未说到")),
            (_, _) if self.missing.is_empty() => Reason::new(
                format!("{en} says {said} of {of}, {need} are needed"),
                format!("{of} 项中{zh}说到 {said} 项，需要 {need} 项"),
            ),
            (_, _) => Reason::new(
                format!("{en} says {said} of {of}; missing: {}", self.missing.join(", ")),
                format!("{of} 项中{zh}说到 {said} 项；缺少：{}", self.missing.join("、")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge, mistake};
    use serde_json::json;

    const CALL: &str = "agent 0s: 您好,您好,请问有什么可以帮您?";

    #[test]
    fn a_name_that_is_not_known_may_have_been_said() {
        let named = |call: &str| judge("says", json!({ "any_of": ["{customer}"] }), call);
        assert_eq!(named("agent 0s: Good morning, Mrs Harding."), Outcome::Unsure);
        assert_eq!(named("@customer=Harding\nagent 0s: Good morning, Mrs Harding."), Outcome::Pass);
        assert_eq!(named("@customer=Harding\nagent 0s: Good morning."), Outcome::Fail);
    }

    #[test]
    fn at_least_counts_different_phrases() {
        let say = |need: u32| judge("says", json!({ "any_of": ["您好", "请问", "再见"], "at_least": need }), CALL);
        assert_eq!((say(2), say(3)), (Outcome::Pass, Outcome::Fail));
    }

    #[test]
    fn what_is_missing_is_named() {
        let finding = find("says", json!({ "all_of": ["您好", ["再见", "拜拜"]] }), CALL);
        assert_eq!(finding.outcome, Outcome::Fail);
        assert!(finding.reason.zh.contains("缺少：再见"), "{:?}", finding.reason);
        assert_eq!(finding.evidence.len(), 1);
    }

    #[test]
    fn too_few_may_be_enough_for_a_doubt() {
        let say = |need: u32, few: u32| {
            let parameters =
                json!({ "any_of": ["您好", "再见", "拜拜", "谢谢"], "at_least": need, "unsure_from": few });
            judge("says", parameters, CALL)
        };
        assert_eq!((say(2, 1), say(3, 2)), (Outcome::Unsure, Outcome::Fail));
    }

    #[test]
    fn mistakes_are_reported() {
        let no_doubt = mistake("says", json!({ "any_of": ["您好", "再见"], "at_least": 2, "unsure_from": 2 }));
        assert!(no_doubt.contains("not below the 2"), "{no_doubt}");
        assert!(mistake("says", json!({ "speaker": "agent" })).contains("no phrases"));
        assert!(mistake("says", json!({ "any_of": ["您好"], "at_least": 2 })).contains("never be reached"));
        assert!(mistake("says", json!({ "any_of": ["您好"], "all_of": ["您好"] })).contains("together"));
    }
}
