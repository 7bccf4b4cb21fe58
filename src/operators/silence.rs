//! `silence`: dead air: gaps in which nobody talks.

use super::scale::{at_most, count, en, marks, sides_unknown, worse, zh};
use super::waits::{ANNOUNCED_BEFORE, Announced, Wait, waits};
use super::{Builder, Check, Length, Operator, PhraseList, PhraseMatcher, PhraseOptions, Scope, Side};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "silence", page: include_str!("silence.md"), schema: Params::json_schema, build };

/// How long nobody may talk. Only gaps between the first and the last word of the call count.
///
/// # Source
/// A silence of 5 s as the mark: Google Contact Center AI, Huawei's quality rules (5 s without 请稍候), and the waits
/// of 5 s in the training texts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose silences: `agent`, `customer`, or `any` (the default). A silence is the side's that should have spoken:
    /// the agent's after the customer's words; after the agent's own words the customer's, if the agent asked
    /// something or the customer speaks next, else the agent's.
    by: Side,
    /// Full points while the longest silence is at most this (default 5 s, or `fail` where only that is given).
    warn: Option<Length>,
    /// No points when the longest silence reaches this (default 10 s, or `warn` where only that is given).
    fail: Option<Length>,
    /// Shortest silence that is counted by `max_count` and `max_total` (default `warn`).
    from: Option<Length>,
    /// Most silences of at least `from`; more give no points.
    max_count: Option<u32>,
    /// Most time of all silences of at least `from` together; more gives no points.
    max_total: Option<Length>,
    /// A silence does not count when one of these was said just before it, such as 请稍等 or "one moment".
    unless_announced: Option<PhraseList>,
    /// How long before the silence the announcement may be (default 10 s).
    announced_before: Length,
    /// Whether a silence counts that hold music fills (default no).
    count_music: bool,
    /// Ids of criteria or marks: silences around their hits do not count, such as the waits that a protocol demands.
    except: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            by: Side::Any,
            warn: None,
            fail: None,
            from: None,
            max_count: None,
            max_total: None,
            unless_announced: None,
            announced_before: ANNOUNCED_BEFORE,
            count_music: false,
            except: Vec::new(),
        }
    }
}

/// How far from a hit of an `except` criterion a silence may begin or end.
const NEAR_HIT: Ms = Ms(1500);

#[derive(Debug)]
struct Silence {
    params: Params,
    warn: Ms,
    fail: Ms,
    patience: Option<PhraseMatcher>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let known: Vec<_> = params.except.iter().map(|id| builder.reference(id, "except", node)).collect();
    let sound = known.iter().all(Option::is_some);
    let patience = match &params.unless_announced {
        Some(list) => {
            let node = node.get("unless_announced").unwrap_or(node);
            Some(PhraseMatcher::build(list, &PhraseOptions::default(), false, node, builder)?)
        }
        None => None,
    };
    let (warn, fail) = marks(params.warn, params.fail, (Length::seconds(5), Length::seconds(10)));
    sound.then(|| Box::new(Silence { params, warn, fail, patience }) as Box<dyn Check>)
}

impl Silence {
    fn verdict(&self, counted: &[&Wait]) -> Outcome {
        let longest = counted.iter().map(|wait| wait.span.length()).max().unwrap_or_default();
        let mut outcome = at_most(longest.0 as f64, self.warn.0 as f64, self.fail.0 as f64);
        let from = self.params.from.map_or(self.warn, Length::ms);
        let long = || counted.iter().filter(|wait| wait.span.length() >= from);
        if self.params.max_count.is_some_and(|most| long().count() > most as usize) {
            outcome = Outcome::Fail;
        }
        let total: Ms = long().map(|wait| wait.span.length()).sum();
        if self.params.max_total.is_some_and(|most| total > most.ms()) {
            outcome = Outcome::Fail;
        }
        outcome
    }

    /// The stretches in which silences do not count, where `hits` tells the hits of an exception.
    fn excepted(&self, hits: impl Fn(&str) -> Vec<TimeSpan>) -> Vec<TimeSpan> {
        let hulls = self.params.except.iter().filter_map(|id| hits(id).into_iter().reduce(TimeSpan::hull));
        hulls.map(|hull| TimeSpan::new(hull.start - NEAR_HIT, hull.end + NEAR_HIT)).collect()
    }

    /// Silences from this length on matter for the verdict.
    fn shortest(&self) -> Ms {
        self.params.from.map_or(self.warn, |from| from.ms().min(self.warn))
    }
}

impl Check for Silence {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let whole = call.whole();
        let (excepted, doubtful) = (self.excepted(|id| scope.hits(id)), self.excepted(|id| scope.doubtful(id)));
        let lies_in = |spans: &[TimeSpan], wait: &Wait| spans.iter().any(|span| span.contains(wait.span.start));
        let before = self.params.announced_before.ms();
        let all = waits(call, scope, self.shortest(), self.patience.as_ref(), before);
        let open: Vec<&Wait> = all
            .iter()
            .filter(|wait| self.params.count_music || !wait.music)
            .filter(|wait| wait.announced != Announced::Yes)
            .filter(|wait| !lies_in(&excepted, wait))
            .collect();
        let side = self.params.by.speaker();
        let counted: Vec<&Wait> =
            open.iter().copied().filter(|wait| side.is_none_or(|side| wait.due == side)).collect();
        let outcome = self.verdict(&counted);
        let evidence = |waits: &[&Wait]| waits.iter().map(|wait| wait.evidence("silence")).collect::<Vec<_>>();

        if side.is_some() && !call.roles.are_known() && self.verdict(&open) != Outcome::Pass {
            return Finding { evidence: evidence(&open), ..sides_unknown() };
        }
        let is_certain = |wait: &&Wait| wait.announced == Announced::No && !lies_in(&doubtful, wait);
        let certain: Vec<&Wait> = counted.iter().copied().filter(is_certain).collect();
        if self.verdict(&certain) != outcome && worse(self.verdict(&certain), outcome) == outcome {
            let reason = Reason::new(
                "a long silence may have been announced or called for: the words before it are hard to recognise",
                "较长静默之前可能有说明，或属于规定的等待，但识别把握不足",
            );
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence(&counted));
        }
        let (who_en, who_zh) = match side {
            Some(Speaker::Agent) => (" by the agent", "客服"),
            Some(_) => (" by the customer", "客户"),
            None => ("", ""),
        };
        let found = Finding::new(outcome, Reason::default()).with_evidence(evidence(&counted)).searched(whole);
        let Some(longest) = counted.iter().map(|wait| wait.span.length()).max() else {
            let least = self.shortest();
            return Finding {
                reason: Reason::new(
                    format!("no unannounced silence{who_en} over {}", en(least)),
                    format!("没有{who_zh}超过 {} 且未说明的静默", zh(least)),
                ),
                ..found
            };
        };
        let total: Ms = counted.iter().map(|wait| wait.span.length()).sum();
        Finding {
            reason: Reason::new(
                format!(
                    "longest silence{who_en} {}, at most {} ({}, {} in all)",
                    en(longest),
                    en(self.warn),
                    count(counted.len(), "silence"),
                    en(total)
                ),
                format!(
                    "{who_zh}最长静默 {}，不应超过 {}（共 {} 次，合计 {}）",
                    zh(longest),
                    zh(self.warn),
                    counted.len(),
                    zh(total)
                ),
            ),
            ..found
        }
    }

    fn depends_on(&self) -> Vec<&str> {
        self.params.except.iter().map(String::as_str).collect()
    }
}
