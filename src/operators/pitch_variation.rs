//! `pitch_variation`: whether a voice is lively or flat.

use super::scale::{at_least, sides_unknown};
use super::{Builder, Check, Operator, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "pitch_variation", page: include_str!("pitch_variation.md"), schema: Params::json_schema, build };

/// How much the pitch of one side's voice moves: the standard deviation in semitones over the whole call.
///
/// # Source
/// Hincks 2005, "Measures and perceptions of liveliness in student oral presentation speech": speakers whose pitch
/// deviates by less than about 10 % of its mean (1.7 semitones) sound monotonous, lively ones reach 20 % (3 semitones).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose voice: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// Full points from here on, in semitones (default 2.2).
    #[schemars(range(min = 0.0, max = 12.0))]
    lively: Option<f64>,
    /// No points up to here, in semitones (default 1.4).
    #[schemars(range(min = 0.0, max = 12.0))]
    flat: Option<f64>,
}

impl Default for Params {
    fn default() -> Self {
        Self { speaker: Speaker::Agent, lively: None, flat: None }
    }
}

/// The usual limits, in semitones; where only one is given, the other gives way.
const LIVELY: f64 = 2.2;
const FLAT: f64 = 1.4;

/// Less talk than this says nothing about a voice.
const LEAST_TALK: Ms = Ms(5000);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    Some(Box::new(builder.params::<Params>(node)?))
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if !call.roles.are_known() {
            return sides_unknown();
        }
        let whole = call.whole();
        let talk: Ms = call.speech(self.speaker).into_iter().map(|span| span.length()).sum();
        let (who, who_zh) =
            if self.speaker == Speaker::Customer { ("customer", "客户") } else { ("agent", "客服") };
        let Some(spread) = call.pitch_spread(self.speaker, whole).filter(|_| talk >= LEAST_TALK) else {
            let reason = Reason::new(
                format!("too little of the {who}'s voice to judge its pitch"),
                format!("{who_zh}讲话太少，无法判断语调"),
            );
            return Finding::new(Outcome::NotApplicable, reason).searched(whole);
        };
        let lively = self.lively.unwrap_or(LIVELY.max(self.flat.unwrap_or(FLAT)));
        let flat = self.flat.unwrap_or(FLAT).min(lively);
        let reason = Reason::new(
            format!("the {who}'s pitch varies by {spread:.1} semitones, lively from {lively}, flat up to {flat}"),
            format!("{who_zh}语调起伏 {spread:.1} 个半音，{lively} 以上为生动，{flat} 以下为平淡"),
        );
        Finding::new(at_least(spread, lively, flat), reason).searched(whole)
    }
}
