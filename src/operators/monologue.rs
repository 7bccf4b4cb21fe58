//! `monologue`: the longest talk without the other side's word.

use super::scale::{at_most, en, marks, sides_unknown, zh};
use super::waits::talk_evidence;
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "monologue", page: include_str!("monologue.md"), schema: Params::json_schema, build };

/// How long one side may talk without a word of the other. A listener's 嗯 or "uh-huh" is no word here.
///
/// # Source
/// Published surveys of sales calls warn of monologues over two and a half minutes (Gong Labs); service calls are
/// shorter, so the defaults are one and two minutes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose talk: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// Full points up to here (default 60 s, or `fail` where only that is given).
    warn: Option<Length>,
    /// No points from here on (default 120 s, or `warn` where only that is given).
    fail: Option<Length>,
}

impl Default for Params {
    fn default() -> Self {
        Self { speaker: Speaker::Agent, warn: None, fail: None }
    }
}

/// A pause as long as this ends a monologue: the other side could have spoken.
const PAUSE: Ms = Ms(3000);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    Some(Box::new(builder.params::<Params>(node)?))
}

impl Params {
    fn monologues(&self, call: &CallView<'_>) -> Vec<TimeSpan> {
        let mut found: Vec<TimeSpan> = Vec::new();
        let mut open = false;
        for stretch in call.stretches().iter().filter(|stretch| !stretch.back_channel) {
            if stretch.speaker != self.speaker {
                open = false;
                continue;
            }
            match found.last_mut().filter(|last| open && stretch.span.start - last.end < PAUSE) {
                Some(last) => *last = last.hull(stretch.span),
                None => found.push(stretch.span),
            }
            open = true;
        }
        found
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if !call.roles.are_known() {
            return sides_unknown();
        }
        let (who, who_zh) =
            if self.speaker == Speaker::Customer { ("customer", "客户") } else { ("agent", "客服") };
        let mut found = self.monologues(call);
        let Some(longest) = found.iter().map(|span| span.length()).max() else {
            let reason = Reason::new(format!("the {who} does not speak"), format!("{who_zh}没有说话"));
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let (warn, fail) = marks(self.warn, self.fail, (Length::seconds(60), Length::seconds(120)));
        found.retain(|span| span.length() > warn);
        let reason = Reason::new(
            format!("the {who} talks for {} without a word of the other side, at most {}", en(longest), en(warn)),
            format!("{who_zh}连续讲话 {}，不应超过 {}", zh(longest), zh(warn)),
        );
        let evidence = found.iter().map(|span| talk_evidence(call, self.speaker, *span, "monologue"));
        Finding::new(at_most(longest.0 as f64, warn.0 as f64, fail.0 as f64), reason)
            .with_evidence(evidence.collect())
            .searched(call.whole())
    }
}
