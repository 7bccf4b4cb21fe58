//! `pickup_delay`: how long until the agent's first word.

use super::scale::{at_most, en, marks, sides_unknown, zh};
use super::waits::silence_evidence;
use super::{Builder, Check, Length, Operator, Scope};
use crate::call::{CallView, Finding, Ms, NonSpeechKind, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "pickup_delay", page: include_str!("pickup_delay.md"), schema: Params::json_schema, build };

/// How soon the agent speaks: from the start of the recording, or from the end of the ringing before the first word.
///
/// # Source
/// 3 s: Alibaba 智能对话分析 and the training texts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Full points up to here (default 3 s, or `fail` where only that is given).
    warn: Option<Length>,
    /// No points from here on (default 6 s, or `warn` where only that is given).
    fail: Option<Length>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    Some(Box::new(builder.params::<Params>(node)?))
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if !call.roles.are_known() {
            return sides_unknown();
        }
        let Some(first) = call.measures.agent_first_word else {
            let reason = Reason::new("the agent does not speak", "客服没有说话");
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let ringing = call.sound.channels.iter().flat_map(|channel| &channel.non_speech);
        let picked_up = ringing
            .filter(|other| matches!(other.kind, NonSpeechKind::Tone | NonSpeechKind::Music) && other.span.end <= first)
            .map(|other| other.span.end)
            .max()
            .unwrap_or(Ms(0));
        let waited = TimeSpan::new(picked_up, first);
        let (warn, fail) = marks(self.warn, self.fail, (Length::seconds(3), Length::seconds(6)));
        let reason = Reason::new(
            format!("the agent speaks after {}, at most {}", en(waited.length()), en(warn)),
            format!("客服在 {}后开口，不应超过 {}", zh(waited.length()), zh(warn)),
        );
        let outcome = at_most(waited.length().0 as f64, warn.0 as f64, fail.0 as f64);
        Finding::new(outcome, reason).with_evidence(vec![silence_evidence(Speaker::Agent, waited, "pickup_delay")])
    }
}
