//! Where a text operator looks: whose words, in which stretch of the call, in which turn.
//!
//! Takes the parameters `speaker`, `within` and `turn`, gives the stretches to search. Windows are cut in time, on
//! words: a phrase counts as inside where its words are, not where its turn starts.
//!
//! - `first: 15s` counts from the first word of the call, whoever says it, so that ringing before the answer does not
//!   eat the time. Where nothing was recognised it counts from the first speech, else from the start.
//! - `last: 20s` counts back from the end of the last word and runs to the end of the recording.
//! - `after`, `before` and `around` count from a hit of another criterion or mark. Without such a hit the operator
//!   does not apply.

use super::length::Length;
use super::scale::count;
use super::{Builder, Scope};
use crate::call::{CallView, Finding, Ms, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node, NodeKind};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Whose words are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The agent's.
    Agent,
    /// The customer's.
    Customer,
    /// Anybody's; the default.
    #[default]
    Any,
}

impl Side {
    /// The speaker, where one is named.
    pub const fn speaker(self) -> Option<Speaker> {
        match self {
            Side::Agent => Some(Speaker::Agent),
            Side::Customer => Some(Speaker::Customer),
            Side::Any => None,
        }
    }

    /// Which track holds this side's words: the second value is false where the side that is named has no track, and
    /// then the words of speakers who are not told apart stand in for it.
    pub fn track(self, call: &CallView<'_>) -> (Option<Speaker>, bool) {
        match self.speaker() {
            Some(speaker) if call.track(speaker).is_none() => (Some(Speaker::Unknown), false),
            speaker => (speaker, true),
        }
    }

    /// The side in a sentence about what it says, in English and Mandarin.
    pub const fn says(self) -> (&'static str, &'static str) {
        match self {
            Side::Any => ("somebody", "有人"),
            side => side.words(),
        }
    }

    /// The side in a sentence, in English and Mandarin.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Side::Agent => ("the agent", "客服"),
            Side::Customer => ("the customer", "客户"),
            Side::Any => ("either side", "双方"),
        }
    }
}

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Place {
    /// Whose words: `agent`, `customer` or `any` (the default).
    pub speaker: Side,
    /// The stretch of the call to look at; the whole call where it is left out.
    pub within: Option<Within>,
    /// Only the `first` or the `last` turn of that speaker in the stretch.
    pub turn: Option<TurnPlace>,
}

/// A stretch of the call; where several keys stand together, all of them must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Within {
    /// So long from the first word of the call.
    pub first: Option<Length>,
    /// So long before the end of the last word, and up to the end of the recording.
    pub last: Option<Length>,
    /// From the end of a hit of this criterion or mark.
    pub after: Option<String>,
    /// Up to the start of a hit of this criterion or mark.
    pub before: Option<String>,
    /// On both sides of a hit of this criterion or mark.
    pub around: Option<String>,
    /// Which hit counts: its number from 1 (the default), `last`, or `any`.
    pub hit: Hit,
    /// How far `after`, `before` and `around` reach; without it `after` and `before` reach to the end and to the start
    /// of the call, and `around` reaches 10 seconds.
    pub span: Option<Length>,
}

/// A turn of the speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TurnPlace {
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// Which of several hits a window is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The one with this number, from 1.
    Number(usize),
    /// The last one.
    Last,
    /// Each of them.
    Any,
}

impl Default for Hit {
    fn default() -> Self {
        Hit::Number(1)
    }
}

impl<'de> Deserialize<'de> for Hit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HitVisitor;
        impl Visitor<'_> for HitVisitor {
            type Value = Hit;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a hit from 1, `last` or `any`")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Hit, E> {
                match usize::try_from(number) {
                    Ok(number) if number > 0 => Ok(Hit::Number(number)),
                    _ => Err(E::custom("hits are counted from 1")),
                }
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Hit, E> {
                self.visit_u64(u64::try_from(number).unwrap_or(0))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Hit, E> {
                if number.fract() == 0.0 && (1.0..1e6).contains(&number) {
                    return Ok(Hit::Number(number as usize));
                }
                Err(E::custom("hits are counted from 1, in whole numbers"))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Hit, E> {
                match text {
                    "first" => Ok(Hit::Number(1)),
                    "last" => Ok(Hit::Last),
                    "any" => Ok(Hit::Any),
                    _ => Err(E::custom("expected the number of a hit from 1, `last` or `any`")),
                }
            }
        }
        deserializer.deserialize_any(HitVisitor)
    }
}

impl JsonSchema for Hit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Hit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The number of a hit from 1, `last`, or `any`",
            "anyOf": [{ "type": "integer", "minimum": 1 }, { "enum": ["first", "last", "any"] }],
        })
    }
}

/// How far `around` reaches where the rubric does not say.
const AROUND: Ms = Ms(10_000);

impl Place {
    /// The speaker, where one is named.
    pub const fn speaker(&self) -> Option<Speaker> {
        self.speaker.speaker()
    }

    /// Reports references to criteria and marks that do not exist. `node` holds the operator's parameters.
    ///
    /// Gives `None` where there was a mistake.
    pub fn check(&self, node: &Node, builder: &mut Builder<'_>) -> Option<()> {
        let within = node.get("within");
        let mut sound = Some(());
        for (key, id) in self.references() {
            sound = sound.and(builder.reference(id, key, within.unwrap_or(node)));
        }
        if let Some(empty) = within.filter(|within| matches!(&within.kind, NodeKind::Map(keys) if keys.is_empty())) {
            builder.diagnostics.push(
                Diagnostic::new(Code::MissingKey, empty.span.clone(), "`within` is empty")
                    .help("give `first`, `last`, `after`, `before` or `around`, or leave `within` out"),
            );
            sound = None;
        }
        // Without a hit there is nothing that they could say more about.
        let idle = within.filter(|_| self.references().is_empty()).into_iter().flat_map(Node::entries);
        for (key, span, _) in idle.filter(|(key, ..)| matches!(key.as_str(), "span" | "hit")) {
            builder.diagnostics.push(
                Diagnostic::new(Code::MissingKey, span.clone(), format!("`{key}` without a hit that it counts from"))
                    .help(
                        "give `after`, `before` or `around`, too; so long from the first word of the call is `first`",
                    ),
            );
            sound = None;
        }
        sound
    }

    /// Ids of the criteria and marks that it counts from.
    pub fn depends_on(&self) -> Vec<&str> {
        self.references().into_iter().map(|(_, id)| id).collect()
    }

    fn references(&self) -> Vec<(&'static str, &str)> {
        let Some(within) = &self.within else { return Vec::new() };
        [("after", &within.after), ("before", &within.before), ("around", &within.around)]
            .into_iter()
            .filter_map(|(key, id)| id.as_deref().map(|id| (key, id)))
            .collect()
    }

    /// The stretches to search: sorted, apart, inside the recording; none where the speaker has no turn there.
    ///
    /// # Errors
    ///
    /// The ready finding "not applicable", where the window counts from a hit that is not in this call, or where its limits
    /// leave nothing of it.
    pub fn windows(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Result<Vec<TimeSpan>, Finding> {
        let mut windows = match &self.within {
            Some(within) => within.windows(call, scope)?,
            None => vec![call.whole()],
        };
        if let Some(turn) = self.turn {
            let turns = super::reply::replies(call)
                .into_iter()
                .filter(|reply| self.speaker().is_none_or(|speaker| speaker == reply.speaker));
            let mut inside = turns.filter(|reply| windows.iter().any(|window| window.overlaps(reply.span)));
            let chosen = match turn {
                TurnPlace::First => inside.next(),
                TurnPlace::Last => inside.next_back(),
            };
            windows = chosen.map_or_else(Vec::new, |reply| intersect(&windows, &[reply.span]));
        }
        Ok(windows)
    }
}

impl Within {
    fn windows(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Result<Vec<TimeSpan>, Finding> {
        let whole = call.whole();
        let talk = extent_of_talk(call);
        let mut windows = vec![whole];
        if let Some(first) = self.first {
            windows = intersect(&windows, &[TimeSpan::new(Ms(0), talk.start + first.ms())]);
        }
        if let Some(last) = self.last {
            windows = intersect(&windows, &[TimeSpan::new(talk.end - last.ms(), whole.end)]);
        }
        if let Some(id) = &self.after {
            let reach = |hit: TimeSpan| TimeSpan::new(hit.end, self.span.map_or(whole.end, |span| hit.end + span.ms()));
            windows = intersect(&windows, &self.counted_from(id, scope, reach)?);
        }
        if let Some(id) = &self.before {
            let reach =
                |hit: TimeSpan| TimeSpan::new(self.span.map_or(whole.start, |span| hit.start - span.ms()), hit.start);
            windows = intersect(&windows, &self.counted_from(id, scope, reach)?);
        }
        if let Some(id) = &self.around {
            let span = self.span.map_or(AROUND, Length::ms);
            let reach = |hit: TimeSpan| TimeSpan::new(hit.start - span, hit.end + span);
            windows = intersect(&windows, &self.counted_from(id, scope, reach)?);
        }
        if windows.is_empty() {
            let reason = Reason::new("that stretch is not in this call", "通话中没有这一段");
            return Err(Finding::new(Outcome::NotApplicable, reason));
        }
        Ok(windows)
    }

    fn counted_from(
        &self,
        id: &str,
        scope: &Scope<'_>,
        reach: impl Fn(TimeSpan) -> TimeSpan,
    ) -> Result<Vec<TimeSpan>, Finding> {
        let hits = scope.hits(id);
        let chosen = match self.hit {
            Hit::Number(number) => hits.get(number - 1).into_iter().collect::<Vec<_>>(),
            Hit::Last => hits.last().into_iter().collect(),
            Hit::Any => hits.iter().collect(),
        };
        if chosen.is_empty() && !scope.doubtful(id).is_empty() {
            let reason = Reason::new(
                format!("it is not clear whether `{id}` is found in this call"),
                format!("不能确定通话中是否出现“{id}”"),
            );
            return Err(Finding::new(Outcome::Unsure, reason));
        }
        if chosen.is_empty() {
            let reason = match self.hit {
                Hit::Number(number) if number > 1 => Reason::new(
                    format!("`{id}` is not found {} in this call", count(number, "time")),
                    format!("通话中“{id}”未出现 {number} 次"),
                ),
                _ => Reason::new(format!("`{id}` is not found in this call"), format!("通话中未出现“{id}”")),
            };
            return Err(Finding::new(Outcome::NotApplicable, reason));
        }
        Ok(TimeSpan::union(chosen.into_iter().map(|hit| reach(*hit)).collect(), Ms(0)))
    }
}

/// From the first word to the end of the last; without words the same of the speech, without speech the whole.
fn extent_of_talk(call: &CallView<'_>) -> TimeSpan {
    call.transcript.extent().unwrap_or_else(|| {
        let speech = || call.sound.channels.iter().flat_map(|channel| &channel.speech);
        let start = speech().map(|span| span.start).min();
        let end = speech().map(|span| span.end).max();
        start.zip(end).map_or(call.whole(), |(start, end)| TimeSpan::new(start, end))
    })
}

/// The time that lies in both lists; both must be sorted and apart.
pub fn intersect(a: &[TimeSpan], b: &[TimeSpan]) -> Vec<TimeSpan> {
    let mut shared = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let both = x.intersection(*y);
        if !both.is_empty() {
            shared.push(both);
        }
        if x.end <= y.end { i += 1 } else { j += 1 }
    }
    shared
}

/// The shortest span that covers all windows; the whole call where there is none.
pub fn hull(windows: &[TimeSpan], call: &CallView<'_>) -> TimeSpan {
    windows.iter().copied().reduce(TimeSpan::hull).unwrap_or_else(|| call.whole())
}

#[cfg(test)]
mod tests {
    use crate::call::{Ms, Outcome, TimeSpan};
    use crate::operators::trial::{find_with, judge, mistake, quotes};
    use serde_json::json;

    const LATE: &str =
        "agent 20s-22s: 您好,请问有什么可以帮您?\ncustomer 30s-32s: 查话费。\nagent 60s-62s: 再见。\nend 70s";

    fn hello(within: serde_json::Value, call: &str) -> Outcome {
        judge("says", json!({ "speaker": "agent", "within": within, "any_of": ["您好"] }), call)
    }

    #[test]
    fn a_stretch_that_the_call_lacks_is_judged_by_nobody() {
        let check = json!({ "speaker": "agent", "any_of": ["thank you"], "within": { "after": "b", "before": "a" } });
        let span = |start, end| TimeSpan::new(Ms(start), Ms(end));
        let hits: &[(&str, &[TimeSpan])] = &[("a", &[span(0, 1_000)]), ("b", &[span(4_000, 5_000)])];
        let finding = find_with("says", check, "agent 0s-6s: Hello and welcome.", hits);
        assert_eq!(finding.outcome, Outcome::NotApplicable);
    }

    #[test]
    fn the_first_seconds_count_from_the_first_word() {
        assert_eq!(hello(json!({ "first": "5s" }), LATE), Outcome::Pass);
        assert_eq!(hello(json!({ "first": "15s" }), "customer 1s: 喂?\nagent 20s: 您好。"), Outcome::Fail);
    }

    #[test]
    fn the_last_seconds_count_back_from_the_last_word() {
        let bye = |last: &str| {
            judge("says", json!({ "speaker": "agent", "within": { "last": last }, "any_of": ["再见"] }), LATE)
        };
        assert_eq!((bye("3s"), hello(json!({ "last": "20s" }), LATE)), (Outcome::Pass, Outcome::Fail));
    }

    #[test]
    fn windows_count_from_hits() {
        let hits = [TimeSpan::new(Ms(10_000), Ms(11_000)), TimeSpan::new(Ms(40_000), Ms(41_000))];
        let said = |within: serde_json::Value| {
            let parameters = json!({ "within": within, "any_of": ["您好", "查话费", "再见"] });
            let finding = find_with("says", parameters, LATE, &[("cue", &hits)]);
            quotes(&finding).join(" ")
        };
        assert_eq!(said(json!({ "after": "cue", "span": "25s" })), "您好 查话费");
        assert_eq!(said(json!({ "after": "cue", "hit": 2 })), "再见");
        assert_eq!(said(json!({ "before": "cue", "hit": "last", "span": "12s" })), "查话费");
        assert_eq!(said(json!({ "around": "cue", "hit": "any", "span": "15s" })), "您好 查话费");
        assert_eq!(said(json!({ "after": "cue", "last": "20s" })), "再见");
    }

    #[test]
    fn a_window_without_its_hit_does_not_apply() {
        let parameters = json!({ "within": { "after": "cue", "hit": 3 }, "any_of": ["您好"] });
        let hits = [TimeSpan::new(Ms(0), Ms(10))];
        assert_eq!(find_with("says", parameters, LATE, &[("cue", &hits)]).outcome, Outcome::NotApplicable);
    }

    #[test]
    fn the_last_turn_is_a_whole_reply() {
        let call = "customer 1s-2s: 喂。\nagent 3s-4s: 您好,\nagent 5s-6s: 请讲。\ncustomer 7s-8s: 再见。";
        let said =
            |turn: &str| judge("says", json!({ "speaker": "agent", "turn": turn, "all_of": ["您好", "请讲"] }), call);
        assert_eq!((said("first"), said("last")), (Outcome::Pass, Outcome::Pass));
    }

    #[test]
    fn references_must_exist() {
        let unknown = mistake("says", json!({ "within": { "after": "nowhere" }, "any_of": ["您好"] }));
        assert!(unknown.contains("`nowhere`"), "{unknown}");
    }
}
