//! `interruption`: one side breaks into the other's talk and takes the floor.

use super::scale::{at_most, count, sides_unknown};
use super::waits::talk_evidence;
use super::{Builder, Check, Length, Operator, Place, Scope, Side, Within};
use crate::call::{CallView, Evidence, Finding, Floor, Interruption, Ms, Reason, Speaker};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "interruption", page: include_str!("interruption.md"), schema: Params::json_schema, build };

/// How often one side may break into the other's talk. A listener's 嗯 or "uh-huh" never counts.
///
/// It is an interruption when the second speaker begins after the first has talked for a second, both talk for at least
/// `min_overlap`, and the first gives way; or when both talk for `forced`, whoever gives way.
///
/// # Source
/// Overlap of 2 s and at least 4 characters: Alibaba 智能对话分析 (抢话). Shorter overlaps count only where the floor
/// was taken.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Who breaks in: `agent` (the default), `customer` or `any`.
    by: Side,
    /// Most interruptions with full points (default 0).
    allowed: u32,
    /// No points from so many on (default one more than allowed).
    fail: Option<u32>,
    /// Least time that both talk (default 0.4 s).
    min_overlap: Option<Length>,
    /// Overlap that counts even where the first speaker goes on (default 2 s).
    forced: Option<Length>,
    /// Least length of the talk that breaks in (default 1 s).
    min_length: Option<Length>,
    /// Only in this stretch of the call.
    within: Option<Within>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            by: Side::Agent,
            allowed: 0,
            fail: None,
            min_overlap: None,
            forced: None,
            min_length: None,
            within: None,
        }
    }
}

#[derive(Debug)]
struct Interrupting {
    params: Params,
    place: Place,
    floor: Floor,
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let place = Place { within: params.within.clone(), ..Place::default() };
    place.check(node, builder)?;
    let usual = Floor::default();
    let floor = Floor {
        min_overlap: params.min_overlap.map_or(usual.min_overlap, Length::ms),
        forced: params.forced.map_or(usual.forced, Length::ms),
        min_length: params.min_length.map_or(usual.min_length, Length::ms),
        ..usual
    };
    Some(Box::new(Interrupting { params, place, floor }))
}

impl Check for Interrupting {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let mut found = call.interruptions(self.floor);
        found.retain(|one| windows.iter().any(|window| window.contains(one.span.start)));
        let evidence = |found: &[Interruption]| -> Vec<Evidence> {
            found.iter().map(|one| talk_evidence(call, one.by, one.span, "interruption")).collect()
        };
        let side = self.params.by.speaker();
        if call.sound.channels.len() < 2 || (side.is_some() && !call.roles.are_known() && !found.is_empty()) {
            return Finding { evidence: evidence(&found), ..sides_unknown() };
        }
        found.retain(|one| side.is_none_or(|side| one.by == side));
        let allowed = f64::from(self.params.allowed);
        let fail = self.params.fail.map_or(allowed + 1.0, f64::from);
        let outcome = at_most(found.len() as f64, allowed, fail);
        let longest = found.iter().map(|one| one.span.length()).max().unwrap_or(Ms(0));
        let (who, who_zh) = match side {
            Some(Speaker::Agent) => ("the agent breaks in", "客服打断对方"),
            Some(_) => ("the customer breaks in", "客户打断对方"),
            None => ("somebody breaks in", "打断对方"),
        };
        if found.is_empty() {
            let reason = Reason::new(format!("{who} at no time"), format!("没有{who_zh}"));
            return Finding::new(outcome, reason).searched(super::hull(&windows, call));
        }
        let mut reason = Reason::new(
            format!("{who} {}, at most {}", count(found.len(), "time"), self.params.allowed),
            format!("{who_zh} {} 次，不应超过 {} 次", found.len(), self.params.allowed),
        );
        if longest > Ms(0) {
            reason.en.push_str(&format!("; longest overlap {}", super::scale::en(longest)));
            reason.zh.push_str(&format!("，最长重叠 {}", super::scale::zh(longest)));
        }
        let window = super::hull(&windows, call);
        Finding::new(outcome, reason).with_evidence(evidence(&found)).searched(window)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}
