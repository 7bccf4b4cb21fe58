//! `says_script`: one side says the parts of a script; the fraction said is the fraction of the points.

use super::part::{self, Part, Said, Tally};
use super::{Builder, Check, Demand, Operator, PhraseHit, PhraseList, PhraseOptions, Place, Scope, has_guesses};
use crate::call::{CallView, Finding, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// One side says the parts of a script.
pub(super) static OPERATOR: Operator = Operator {
    name: "says_script",
    page: include_str!("says_script.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when all parts of the script are said, or `min_parts` of them; fewer earn a part of the points.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    options: PhraseOptions,
    /// The parts of the script; each is a phrase or a list of wordings.
    #[schemars(length(min = 1))]
    parts: Vec<PhraseList>,
    /// Whether the parts must be said in this order; parts out of order do not count. Not, where it is left out.
    #[serde(default)]
    ordered: bool,
    /// So many parts are enough for all points; all parts, where it is left out.
    #[serde(default)]
    #[schemars(range(min = 1))]
    min_parts: Option<usize>,
    /// Whether fewer parts than needed earn a fraction of the points: by default yes without `min_parts`, no with it.
    #[serde(default)]
    partial: Option<bool>,
}

#[derive(Debug)]
struct SaysScript {
    place: Place,
    parts: Vec<Part>,
    ordered: bool,
    tally: Tally,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { place, options, parts, ordered, min_parts, partial } = builder.params(node)?;
    let sound = place.check(node, builder);
    let of = parts.len();
    if !part::is_reachable(min_parts, of, ("min_parts", "parts"), node, builder) {
        return None;
    }
    let parts = Part::build_all(&parts, &options, node, "parts", builder)?;
    sound?;
    let tally = Tally { of, enough: min_parts.unwrap_or(of), partial: partial.unwrap_or(min_parts.is_none()) };
    Some(Box::new(SaysScript { place, parts, ordered, tally }))
}

impl SaysScript {
    /// How many parts with a name are not among `said`, where the name may be among words that recognition guessed at.
    fn guessed_names(&self, call: &CallView<'_>, track: Option<Speaker>, windows: &[TimeSpan], said: &[Said]) -> usize {
        let missing = part::unsaid(&self.parts, said).filter(|part| part.matcher.has_slots());
        let told: Vec<&PhraseHit> = said.iter().map(|said| &said.hit).collect();
        if has_guesses(call, track, windows, &told) { missing.count() } else { 0 }
    }

    fn reason(&self, said: &[Said], out_of_order: bool) -> Reason {
        let missing: Vec<&str> = part::unsaid(&self.parts, said).map(|part| part.label.as_str()).collect();
        let (done, of) = (said.len(), self.tally.of);
        let order = if out_of_order { (" in order", "按顺序") } else { ("", "") };
        if missing.is_empty() {
            return match of {
                1 => Reason::new("says it", "已说到"),
                _ => Reason::new(format!("says all {of} parts"), format!("{of} 个部分都说到了")),
            };
        }
        Reason::new(
            format!("says {done} of {of} parts{}; missing: {}", order.0, missing.join(", ")),
            format!("{of} 个部分中{}说到 {done} 个；缺少：{}", order.1, missing.join("、")),
        )
    }
}

impl Check for SaysScript {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let (track, told_apart) = self.place.speaker.track(call);
        let said = part::all_said(&self.parts, call, scope, track, &windows);
        let choose = |said: &[Said]| {
            if self.ordered { part::longest_chain(said, |_| true, |_, _| true) } else { part::best_of_each(said) }
        };
        // What is said for sure, and what may be said when every borderline place is taken as said.
        let certain = choose(&said.iter().filter(|said| said.hit.sure).cloned().collect::<Vec<_>>());
        let possible = choose(&said);
        let (low, high) = (self.tally.fraction(certain.len()), self.tally.fraction(possible.len()));
        if low >= 1.0 && told_apart {
            return Finding::new(Outcome::Pass, self.reason(&certain, false)).with_evidence(part::evidence(&certain));
        }
        let out_of_order = self.ordered && part::best_of_each(&said).len() > possible.len();
        let reason = self.reason(&possible, out_of_order);
        // Whether it would be complete with so many more.
        let completes = |more: usize| more > 0 && self.tally.fraction(possible.len() + more) >= 1.0;
        let guessed = completes(self.guessed_names(call, track, &windows, &possible));
        let is_unknown = |part: &&Part| part.matcher.is_unknown(scope);
        let unknown = completes(part::unsaid(&self.parts, &possible).filter(is_unknown).count());
        let doubt = match told_apart {
            _ if high < 1.0 && !guessed && !unknown => None,
            false => Some(("agent and customer are not told apart", "无法区分客服与客户")),
            true if high >= 1.0 => Some(("some of it is not clear", "部分内容不能确定")),
            true if unknown => Some(part::UNKNOWN_NAME),
            true => {
                Some(("the name may be among words that were hard to recognise", "姓名或公司名可能在识别不清的字词里"))
            }
        };
        part::shortfall(call, &self.place, &windows, reason, high, doubt).with_evidence(part::evidence(&possible))
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }

    fn phrases(&self) -> Vec<Demand<'_>> {
        self.parts.iter().flat_map(Part::demands).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge, mistake};
    use serde_json::{Value, json};

    const PARTS: [&str; 4] = ["thank you for calling", "my name is", "how can I help", "recorded line"];

    fn script(more: Value, call: &str) -> Outcome {
        let mut parameters = json!({ "parts": PARTS });
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judge("says_script", parameters, call)
    }

    #[test]
    fn the_fraction_said_is_the_fraction_of_the_points() {
        let call = "agent 0s: My name is Kim. Thank you for calling.";
        assert_eq!(script(json!({}), call), Outcome::Partial(0.5));
        assert_eq!(script(json!({ "ordered": true }), call), Outcome::Partial(0.25));
        assert_eq!(script(json!({ "partial": false }), call), Outcome::Fail);
        assert_eq!(script(json!({ "min_parts": 2 }), call), Outcome::Pass);
        assert_eq!(script(json!({ "min_parts": 3 }), call), Outcome::Fail);
        assert_eq!(script(json!({ "min_parts": 4, "partial": true }), call), Outcome::Partial(0.5));
        assert_eq!(script(json!({}), "agent 0s: What do you want from us today?"), Outcome::Fail);
    }

    #[test]
    fn a_name_among_guessed_words_is_no_missing_name() {
        let parameters = json!({ "parts": ["您好", "客服{agent}"], "min_parts": 2, "partial": true });
        let greets = |call: &str| judge("says_script", parameters.clone(), &format!("@agent=小郑\n{call}"));
        assert_eq!(greets("agent 0s: 您好。\nagent 1s (p=0.3): 特部者。\nagent 2s: 请讲。"), Outcome::Unsure);
        assert_eq!(greets("agent 0s: 您好。\nagent 1s (p=0.9): 特部者。\nagent 2s: 请讲。"), Outcome::Partial(0.5));
        assert_eq!(
            greets("agent 1s (p=0.3): 特部者。\nagent 2s: 请讲。"),
            Outcome::Fail,
            "the greeting is missing, too"
        );
    }

    #[test]
    fn a_misspelt_name_is_no_missing_name() {
        let parameters = json!({ "parts": ["{company}", "good morning"] });
        let greets =
            |call: &str| find("says_script", parameters.clone(), &format!("@company=\"Bluebird Insurance\"\n{call}"));
        let misspelt = greets("agent 0s: Lubird insurance, good morning.");
        assert_eq!((misspelt.outcome, misspelt.evidence.len()), (Outcome::Unsure, 2));
        assert_eq!(greets("agent 0s: Acme insurance, good morning.").outcome, Outcome::Partial(0.5));
        assert_eq!(
            greets("agent 0s: Lubird insurance.").outcome,
            Outcome::Partial(0.5),
            "the greeting is missing, too"
        );
    }

    #[test]
    fn nobody_can_tell_whether_a_name_was_said_that_is_not_known() {
        let parameters = json!({ "parts": ["{company}", "good morning"], "min_parts": 2, "partial": true });
        let greets = |call: &str| judge("says_script", parameters.clone(), call);
        assert_eq!(greets("agent 0s: Acme insurance, good morning."), Outcome::Unsure);
        assert_eq!(greets("agent 0s: What is it?"), Outcome::Fail, "the greeting is missing, too");
        assert_eq!(greets("@company=Bluebird\nagent 0s: Good morning."), Outcome::Partial(0.5));
    }

    #[test]
    fn a_part_in_disorder_is_named() {
        let parameters = json!({ "parts": PARTS[..2], "ordered": true });
        let finding = find("says_script", parameters, "agent 0s: My name is Kim. Thank you for calling.");
        assert!(finding.reason.en.starts_with("says 1 of 2 parts in order"), "{}", finding.reason.en);
    }

    #[test]
    fn too_many_parts_cannot_be_asked_for() {
        assert!(mistake("says_script", json!({ "parts": ["您好"], "min_parts": 2 })).contains("never be reached"));
    }
}
