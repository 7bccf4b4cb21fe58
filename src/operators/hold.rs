//! `hold`: waits that the customer is asked to bear: announced, and not too long.

use super::scale::{at_most, count, en, sides_unknown, worse, zh};
use super::waits::{ANNOUNCED_BEFORE, Announced, Wait, waits};
use super::{Builder, Check, Length, Operator, PhraseList, PhraseMatcher, PhraseOptions, Scope};
use crate::call::{CallView, Finding, Outcome, Reason, Speaker};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "hold", page: include_str!("hold.md"), schema: Params::json_schema, build };

/// Whether waits were announced, and how long they were. Does not apply to a call without a wait.
///
/// # Source
/// 5 s from which a wait needs words: Huawei's quality rules (5 s without 请稍候) and the training texts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// What must be said just before a wait, such as 请稍等 or "one moment, please". Without it only length counts.
    #[serde(default)]
    announced: Option<PhraseList>,
    /// How long before the wait that may be (default 10 s).
    #[serde(default = "announced_before")]
    announced_before: Length,
    /// Shortest silence that is a wait (default 5 s). One filled with music counts from half of it on.
    #[serde(default = "from")]
    from: Length,
    /// Full points while the longest wait is at most this; without it, and without `fail`, any length will do.
    #[serde(default)]
    warn: Option<Length>,
    /// No points when the longest wait reaches this.
    #[serde(default)]
    fail: Option<Length>,
}

const fn announced_before() -> Length {
    ANNOUNCED_BEFORE
}

const fn from() -> Length {
    Length::seconds(5)
}

#[derive(Debug)]
struct Hold {
    params: Params,
    announced: Option<PhraseMatcher>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let announced = match &params.announced {
        Some(list) => {
            let node = node.get("announced").unwrap_or(node);
            Some(PhraseMatcher::build(list, &PhraseOptions::default(), false, node, builder)?)
        }
        None => None,
    };
    Some(Box::new(Hold { params, announced }))
}

impl Check for Hold {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let from = self.params.from.ms();
        let before = self.params.announced_before.ms();
        let half = crate::call::Ms(from.0 / 2);
        let mut holds = waits(call, scope, half, self.announced.as_ref(), before);
        holds.retain(|wait| wait.music || (wait.span.length() >= from && wait.due != Speaker::Customer));
        let evidence = |holds: &[&Wait]| holds.iter().map(|wait| wait.evidence("hold")).collect::<Vec<_>>();
        let all: Vec<&Wait> = holds.iter().collect();
        let Some(longest) = all.iter().map(|wait| wait.span.length()).max() else {
            let reason =
                Reason::new(format!("no wait of {} or more", en(from)), format!("没有 {} 以上的等待", zh(from)));
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let length = match (self.params.warn, self.params.fail) {
            (None, None) => Outcome::Pass,
            (warn, fail) => {
                let (warn, fail) = super::scale::marks(warn, fail, (self.params.from, self.params.from));
                at_most(longest.0 as f64, warn.0 as f64, fail.0 as f64)
            }
        };
        let missing = |least| -> Vec<&Wait> {
            let wanted = self.announced.is_some();
            all.iter()
                .copied()
                .filter(|wait| wanted && least != wait.announced && wait.announced != Announced::Yes)
                .collect()
        };
        let (certain, possible) = (missing(Announced::Perhaps), missing(Announced::Yes));
        let known = call.roles.are_known();
        let said = match (certain.len(), possible.len()) {
            (0, 0) => Outcome::Pass,
            (0, _) => Outcome::Unsure,
            // Without sides it may have been the customer who kept silent.
            (_, _) if !known && certain.iter().all(|wait| !wait.music) => {
                return Finding { evidence: evidence(&certain), ..sides_unknown() };
            }
            _ => Outcome::Fail,
        };
        let shown = if possible.is_empty() { all.clone() } else { possible.clone() };
        let mut reason = Reason::new(
            format!("{}, the longest {}", count(all.len(), "wait"), en(longest)),
            format!("等待 {} 次，最长 {}", all.len(), zh(longest)),
        );
        if self.announced.is_some() {
            match (certain.len(), possible.len()) {
                (0, 0) => {
                    reason.en.push_str("; all were announced");
                    reason.zh.push_str("，均已事先说明");
                }
                (0, unclear) => {
                    reason.en.push_str(&format!("; for {unclear} the announcement is hard to recognise"));
                    reason.zh.push_str(&format!("，其中 {unclear} 次之前的说明识别把握不足"));
                }
                (missing, _) => {
                    reason.en.push_str(&format!("; {missing} without a word of announcement"));
                    reason.zh.push_str(&format!("，其中 {missing} 次没有事先说明"));
                }
            }
        }
        Finding::new(worse(said, length), reason).with_evidence(evidence(&shown)).searched(call.whole())
    }

    fn phrases(&self) -> Vec<super::Demand<'_>> {
        let wanted = self.announced.iter().flat_map(PhraseMatcher::phrases);
        wanted.map(|phrase| super::Demand { phrase, forbidden: false }).collect()
    }
}
