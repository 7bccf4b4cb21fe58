//! `overlap`: how much of the talk is both sides at once.

use super::scale::{Share, at_most, en, sides_unknown, zh};
use super::{Builder, Check, Operator, Scope};
use crate::call::{CallView, Finding, Outcome, Reason, RoleSource, Speaker, TimeSpan};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "overlap", page: include_str!("overlap.md"), schema: Params::json_schema, build };

/// How much of the talk may be both sides at once.
///
/// # Source
/// In friendly telephone talk about 5 % of the time is overlap, mostly at changes of speaker (Heldner and Edlund 2010).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Full points up to this share of the talk (default 8 %, or `fail` where only that is given).
    warn: Option<Share>,
    /// No points from this share on (default 15 %, or `warn` where only that is given).
    fail: Option<Share>,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    Some(Box::new(builder.params::<Params>(node)?))
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        if call.roles.source == RoleSource::SingleTrack {
            return sides_unknown();
        }
        let (overlap, talk) = (call.measures.overlap, call.measures.talk);
        if talk.0 == 0 {
            let reason = Reason::new("nobody speaks in this recording", "录音中没有人说话");
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        }
        let share: Share = Share(overlap.0 as f64 / talk.0 as f64);
        let (warn, fail) = match (self.warn, self.fail) {
            (None, None) => (Share(0.08), Share(0.15)),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (Some(warn), Some(fail)) => (warn, fail),
        };
        let reason = Reason::new(
            format!("both sides talk at once for {share} of the talk ({}), at most {warn}", en(overlap)),
            format!("双方同时说话占 {share}（{}），不应超过 {warn}", zh(overlap)),
        );
        let stretches = call.stretches();
        let mut shared: Vec<TimeSpan> = Vec::new();
        for (index, one) in stretches.iter().enumerate() {
            let later = stretches[index + 1..].iter().take_while(|other| other.span.start < one.span.end);
            shared.extend(later.map(|other| one.span.intersection(other.span)));
        }
        let shared = TimeSpan::union(shared, crate::call::Ms(0));
        let evidence = shared.into_iter().filter(|span| span.length().0 >= LISTED);
        let evidence = evidence.map(|span| super::waits::silence_evidence(Speaker::Unknown, span, "overlap"));
        Finding::new(at_most(share.0, warn.0, fail.0), reason).with_evidence(evidence.collect()).searched(call.whole())
    }
}

/// Shorter overlaps are measured but not listed, ms.
const LISTED: i64 = 300;
