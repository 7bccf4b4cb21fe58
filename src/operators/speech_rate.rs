//! `speech_rate`: how fast one side speaks.

use super::scale::{Share, at_least, at_most, count, worse};
use super::waits::talk_evidence;
use super::{Builder, Check, Hearing, Operator, Scope, hearing};
use crate::call::{CallView, Finding, Ms, Outcome, RateUnit, Reason, Speaker, Stretch};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) static OPERATOR: Operator =
    Operator { name: "speech_rate", page: include_str!("speech_rate.md"), schema: Params::json_schema, build };

/// How fast one side speaks, over its speech time: characters a minute in Mandarin, words a minute otherwise.
///
/// # Source
/// Mandarin 180 to 260 字/分 is a good pace in the source texts, over 280 hurried, over 320 too fast; English 120 to 160
/// words a minute is good, below 100 or above 180 is not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Params {
    /// Whose speech: `agent` (the default) or `customer`.
    speaker: Speaker,
    /// No points at or below this rate (default 80 in Mandarin, 60 otherwise).
    #[schemars(range(min = 0.0))]
    too_slow: Option<f64>,
    /// Points are lost below this rate (default 120 in Mandarin, 100 otherwise).
    #[schemars(range(min = 0.0))]
    slow: Option<f64>,
    /// Points are lost above this rate (default 280 in Mandarin, 180 otherwise).
    #[schemars(range(min = 0.0))]
    fast: Option<f64>,
    /// No points at or above this rate (default 320 in Mandarin, 220 otherwise).
    #[schemars(range(min = 0.0))]
    too_fast: Option<f64>,
    /// No points when a stretch of talk is faster than this share of the speaker's own middle rate, such as `160%`.
    burst: Option<Share<1000>>,
}

impl Default for Params {
    fn default() -> Self {
        Self { speaker: Speaker::Agent, too_slow: None, slow: None, fast: None, too_fast: None, burst: None }
    }
}

/// Fewer words or characters than this give no rate.
const LEAST_UNITS: usize = 20;
/// The same for one stretch of talk.
const LEAST_BURST: usize = 15;
/// Shortest stretch of talk with a rate of its own.
const LEAST_STRETCH: Ms = Ms(3000);

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let params: Params = builder.params(node)?;
    let unit = if builder.language == "en" { RateUnit::Wpm } else { RateUnit::CharsPerMin };
    let [_, slow, fast, _] = params.limits(unit);
    let given = |limits: [Option<f64>; 2]| limits.iter().any(Option::is_some);
    if given([params.slow, params.too_slow]) != given([params.fast, params.too_fast]) {
        builder.in_order(node, ("slow", slow), ("fast", fast));
    }
    Some(Box::new(params))
}

impl Params {
    /// The rates up to which there are no points, from and up to which there are all, and from which there are none.
    fn limits(&self, unit: RateUnit) -> [f64; 4] {
        let usual = match unit {
            RateUnit::CharsPerMin => [80.0, 120.0, 280.0, 320.0],
            RateUnit::Wpm => [60.0, 100.0, 180.0, 220.0],
        };
        let slow = self.slow.or(self.too_slow).unwrap_or(usual[1]);
        let too_slow = self.too_slow.or(self.slow).unwrap_or(usual[0]).min(slow);
        let fast = self.fast.or(self.too_fast).unwrap_or(usual[2]);
        let too_fast = self.too_fast.or(self.fast).unwrap_or(usual[3]).max(fast);
        [too_slow, slow, fast, too_fast]
    }

    /// Stretches that are faster than the speaker's own middle rate allows.
    fn bursts(&self, call: &CallView<'_>) -> Vec<Stretch> {
        let Some(most) = self.burst else { return Vec::new() };
        let mut rates: Vec<(f64, Stretch)> = call
            .stretches()
            .into_iter()
            .filter(|stretch| stretch.speaker == self.speaker && stretch.span.length() >= LEAST_STRETCH)
            .map(|stretch| (call.spoken_units(self.speaker, stretch.span), stretch))
            .filter(|(units, _)| *units >= LEAST_BURST)
            .map(|(units, stretch)| (units as f64 * 60_000.0 / stretch.span.length().0 as f64, stretch))
            .collect();
        let mut sorted: Vec<f64> = rates.iter().map(|(rate, _)| *rate).collect();
        sorted.sort_by(f64::total_cmp);
        let Some(middle) = sorted.get(sorted.len().saturating_sub(1) / 2).copied() else { return Vec::new() };
        rates.retain(|(rate, _)| *rate > middle * most.0);
        rates.into_iter().map(|(_, stretch)| stretch).collect()
    }
}

impl Check for Params {
    fn evaluate(&self, call: &CallView<'_>, _: &Scope<'_>) -> Finding {
        let whole = call.whole();
        let heard = hearing(call, Some(self.speaker), &[whole]);
        if heard != Hearing::Well {
            let (en, zh) = heard.doubt();
            return Finding::new(Outcome::Unsure, Reason::new(en, zh));
        }
        let (rate, unit) = match self.speaker {
            Speaker::Customer => (call.measures.customer_rate, call.measures.rate_unit),
            _ => (call.measures.agent_rate, call.measures.rate_unit),
        };
        let (who, who_zh) =
            if self.speaker == Speaker::Customer { ("customer", "客户") } else { ("agent", "客服") };
        let (Some(rate), Some(unit)) = (rate.filter(|_| call.spoken_units(self.speaker, whole) >= LEAST_UNITS), unit)
        else {
            let reason =
                Reason::new(format!("the {who} says too little for a rate"), format!("{who_zh}说话太少，无法计算语速"));
            return Finding::new(Outcome::NotApplicable, reason).searched(whole);
        };
        let [too_slow, slow, fast, too_fast] = self.limits(unit);
        let mut outcome = worse(at_most(rate, fast, too_fast), at_least(rate, slow, too_slow));
        let bursts = self.bursts(call);
        if !bursts.is_empty() {
            outcome = Outcome::Fail;
        }
        let (unit_en, unit_zh) = match unit {
            RateUnit::CharsPerMin => ("characters a minute", "字/分"),
            RateUnit::Wpm => ("words a minute", "词/分"),
        };
        let mut reason = Reason::new(
            format!("the {who} speaks {rate:.0} {unit_en}, expected {slow:.0} to {fast:.0}"),
            format!("{who_zh}语速 {rate:.0} {unit_zh}，应在 {slow:.0} 到 {fast:.0} 之间"),
        );
        if let (Some(most), false) = (self.burst, bursts.is_empty()) {
            reason.en.push_str(&format!("; {} above {most} of the usual pace", count(bursts.len(), "piece")));
            reason.zh.push_str(&format!("，其中 {} 段超过平时语速的 {most}", bursts.len()));
        }
        let evidence = bursts.iter().map(|one| talk_evidence(call, one.speaker, one.span, "speech_rate"));
        Finding::new(outcome, reason).with_evidence(evidence.collect()).searched(whole)
    }
}
