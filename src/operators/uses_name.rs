//! `uses_name`: once the customer's name is known, the agent uses it: 姓 + 先生/女士, "Mr Carter".

use super::address::addressed;
use super::name::{self, Likeness, Name, TITLES_AFTER, TITLES_BEFORE};
use super::{Builder, Check, Operator, Place, Scope, Side, absence, hull, intersect, scale};
use crate::call::{
    CallView, Evidence, Finding, LEAST_PROBABILITY, Ms, Outcome, Reason, Speaker, TimeSpan, Track, TrackToken,
};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::Range;

/// Once the customer's name is known, the agent uses it.
pub(super) static OPERATOR: Operator = Operator {
    name: "uses_name",
    page: include_str!("uses_name.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when the customer is addressed by name after it is known.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    /// `speaker` is who uses the name (the agent, where it is left out).
    #[serde(flatten)]
    place: Place,
    /// How often the name must be used; 1, where it is left out.
    #[serde(default = "once")]
    #[schemars(range(min = 1))]
    times: usize,
    /// Whether an English first name alone is address enough; only where no surname is known, when this is left out.
    #[serde(default)]
    first_name: bool,
    /// Whether a title without the name (先生, "sir", "madam") is address enough; not, where it is left out.
    #[serde(default)]
    title_alone: bool,
}

const fn once() -> usize {
    1
}

#[derive(Debug)]
struct UsesName {
    place: Place,
    times: usize,
    first_name: bool,
    title_alone: bool,
}

/// After the name is known, fewer words of the agent than this leave no room for it.
const LEAST_WORDS: usize = 5;

/// English forms of address that stand alone.
const ALONE: &[&str] = &["sir", "madam", "maam", "ma'am"];

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { mut place, times, first_name, title_alone } = builder.params(node)?;
    place.check(node, builder)?;
    if place.speaker == Side::Any {
        place.speaker = Side::Agent;
    }
    Some(Box::new(UsesName { place, times, first_name, title_alone }))
}

/// A form of address as it was heard.
struct Address {
    tokens: Range<usize>,
    likeness: Likeness,
    matched: String,
}

impl UsesName {
    /// Every form of address on `track` that may be one of `names`.
    fn addresses(&self, call: &CallView<'_>, track: &Track, names: &[Name]) -> Vec<Evidence> {
        let mut addresses: Vec<(Evidence, bool)> = Vec::new();
        let mut offset = 0;
        for tokens in track.tokens.chunk_by(|a, b| a.turn == b.turn) {
            for at in 0..tokens.len() {
                let known = |name: &&Name| tokens[at].span.start >= name.from || name.said.is_none();
                let best = names
                    .iter()
                    .filter(known)
                    .filter_map(|name| self.address(call, tokens, at, name))
                    .max_by(|a, b| rank(a.likeness).total_cmp(&rank(b.likeness)));
                let Some(address) = best else { continue };
                let range = offset + address.tokens.start..offset + address.tokens.end;
                let (similarity, sure) = match address.likeness {
                    Likeness::Same(similarity) => (similarity, true),
                    Likeness::Other(similarity) => (similarity, false),
                    Likeness::No => continue,
                };
                let evidence = evidence(call, track, range, address.matched, similarity);
                addresses.push((evidence, sure));
            }
            offset += tokens.len();
        }
        // A sure address decides; one with another name is shown only where there is none.
        let decided = addresses.iter().any(|(_, sure)| *sure);
        addresses.into_iter().filter(|(_, sure)| *sure || !decided).map(|(evidence, _)| evidence).collect()
    }

    /// The form of address whose title stands at `at`, where there is one.
    fn address(&self, call: &CallView<'_>, tokens: &[TrackToken], at: usize, name: &Name) -> Option<Address> {
        let text = tokens[at].token.text.as_str();
        let chinese = name.surname.first()?.chars().all(super::reply::is_han);
        if chinese {
            let length = title_at(tokens, at)?;
            let title: String = tokens[at..at + length].iter().map(|token| token.token.text.as_str()).collect();
            let matched = format!("{}{title}", name.surname.concat());
            let likeness =
                if tokens[at].token.opens { Likeness::No } else { name.likeness_before_title(&tokens[..at]) };
            return match likeness {
                Likeness::No if self.title_alone => {
                    Some(Address { tokens: at..at + length, likeness: Likeness::Same(1.0), matched: title })
                }
                Likeness::No => None,
                likeness => Some(Address { tokens: at - name.surname.len()..at + length, likeness, matched }),
            };
        }
        if TITLES_BEFORE.contains(&text)
            && let Some(next) = tokens.get(at + 1)
        {
            let capitalised = name::is_capitalised(call, next);
            let likeness = name.likeness_after_title(&next.token.text, capitalised);
            if likeness != Likeness::No {
                let matched = format!("{text} {}", name.surname.concat());
                return Some(Address { tokens: at..at + 2, likeness, matched });
            }
        }
        if self.title_alone && ALONE.contains(&text) {
            return Some(Address { tokens: at..at + 1, likeness: Likeness::Same(1.0), matched: text.to_owned() });
        }
        let only_first = name.first.as_ref() == name.surname.first();
        if (self.first_name || only_first) && name::is_capitalised(call, &tokens[at]) && name.is_first_name(text) {
            let matched = name.first.clone().unwrap_or_default();
            return Some(Address { tokens: at..at + 1, likeness: Likeness::Same(1.0), matched });
        }
        None
    }
}

impl UsesName {
    /// Where somebody is addressed by a name, whether or not it is known, in the talk of the one who should.
    fn addressed(&self, call: &CallView<'_>, windows: &[TimeSpan]) -> Vec<(Evidence, Vec<String>)> {
        let (user, known) = self.place.speaker.track(call);
        let tracks = call.tracks.iter().filter(|track| known && Some(track.speaker) == user);
        let mut places: Vec<(Evidence, Vec<String>)> = tracks
            .flat_map(|track| {
                addressed(call, track).into_iter().map(|place| {
                    let said = &track.tokens[place.tokens.clone()];
                    let matched = said.iter().map(|token| token.token.text.as_str());
                    let matched = if place.surname.iter().flat_map(|text| text.chars()).all(super::reply::is_han) {
                        matched.collect()
                    } else {
                        matched.collect::<Vec<_>>().join(" ")
                    };
                    (evidence(call, track, place.tokens, matched, 1.0), place.surname)
                })
            })
            .filter(|(place, _)| windows.iter().any(|window| window.contains(place.span.start)))
            .filter(|(place, _)| place.probability >= LEAST_PROBABILITY)
            .collect();
        places.sort_by_key(|(place, _)| place.span);
        places
    }

    /// The verdict where the agent says a name often enough: who says it knows it, wherever from.
    fn by_address(&self, addressed: &[(Evidence, Vec<String>)]) -> Option<Finding> {
        let (first, count) = (addressed.first()?, addressed.len());
        let (quote, at) = (&first.0.quote, first.0.span.start);
        let (en, zh) = self.place.speaker.words();
        let reason = Reason::new(
            format!("{en} says \"{quote}\" at {at}, a name {} in all", scale::count(count, "time")),
            format!("{zh}在 {at} 称呼“{quote}”，共称呼 {count} 次"),
        );
        let evidence = addressed.iter().map(|(place, _)| place.clone()).collect();
        (count >= self.times).then(|| Finding::new(Outcome::Pass, reason).with_evidence(evidence))
    }
}

/// The tokens in `range` of `track` as evidence of `matched`.
fn evidence(call: &CallView<'_>, track: &Track, range: Range<usize>, matched: String, similarity: f32) -> Evidence {
    let said = &track.tokens[range];
    let (first, last) = (&said[0], &said[said.len() - 1]);
    let text = &call.transcript.turns[first.turn].text;
    Evidence {
        speaker: track.speaker,
        span: said.iter().fold(first.span, |span, token| span.hull(token.span)),
        quote: text.get(first.token.bytes.start..last.token.bytes.end).unwrap_or_default().to_owned(),
        matched,
        similarity,
        probability: said.iter().map(|token| token.probability).sum::<f32>() / said.len() as f32,
    }
}

/// So many tokens make a Chinese title at `at`.
fn title_at(tokens: &[TrackToken], at: usize) -> Option<usize> {
    TITLES_AFTER.iter().map(|title| (title, title.chars().count())).find_map(|(title, length)| {
        let heard = tokens.get(at..at + length)?;
        let same = heard.iter().zip(title.chars()).all(|(token, character)| token.token.text.chars().eq([character]));
        same.then_some(length)
    })
}

fn rank(likeness: Likeness) -> f32 {
    match likeness {
        Likeness::Same(similarity) => 1.0 + similarity,
        Likeness::Other(similarity) => similarity,
        Likeness::No => -1.0,
    }
}

impl Check for UsesName {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let windows = match self.place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let customer = if self.place.speaker == Side::Agent { Side::Customer } else { Side::Agent };
        let ((teller, teller_known), (user, user_known)) = (customer.track(call), self.place.speaker.track(call));
        let told_apart = teller_known && user_known;
        let tracks = |side: Option<Speaker>| {
            call.tracks.iter().filter(move |track| side.is_none_or(|side| side == track.speaker))
        };
        let mut names: Vec<Name> = tracks(teller).flat_map(|track| name::stated(call, track)).collect();
        if customer == Side::Customer {
            names.extend(call.metadata.get("customer").and_then(Name::from_metadata));
        }
        let addressed = self.addressed(call, &windows);
        let from = names.iter().map(|name| name.from).min();
        let doubted = !names.iter().any(|name| name.sure) && (told_apart || from.is_none());
        if let Some(finding) = self.by_address(&addressed).filter(|_| doubted) {
            return finding;
        }
        let Some(from) = from else {
            let reason = Reason::new("the customer's name is not known", "未获知客户姓名");
            return Finding::new(Outcome::NotApplicable, reason).searched(call.whole());
        };
        let windows = intersect(&windows, &[TimeSpan::new(from, call.whole().end)]);
        let mut evidence: Vec<Evidence> = tracks(user).flat_map(|track| self.addresses(call, track, &names)).collect();
        evidence.retain(|place| windows.iter().any(|window| window.contains(place.span.start)));
        // Who asks "Mr Whitfield?" before the customer has said so knows the name too.
        let mut other = Vec::new();
        for (place, surname) in addressed {
            let apart = |known: &Evidence| known.span.end <= place.span.start || place.span.end <= known.span.start;
            if !evidence.iter().all(apart) {
                continue;
            }
            if names.iter().any(|name| name.is_alike(&surname)) { evidence.push(place) } else { other.push(place) }
        }
        let is_sure = |place: &&Evidence| f64::from(place.similarity) >= 0.6;
        if !evidence.iter().any(|place| is_sure(&place)) {
            evidence.extend(other.into_iter().map(|place| Evidence { similarity: 0.5, ..place }));
        }
        evidence.sort_by_key(|place| place.span);
        let sure = evidence.iter().filter(is_sure).count();
        let possible = evidence.len();
        let known = names.iter().find_map(|name| name.said.clone());
        let name = names.first().map(|name| name.surname.concat()).unwrap_or_default();
        let (en, zh) = self.place.speaker.words();
        let mut reason = Reason::new(
            format!("{en} uses the name {}, {} needed", scale::count(sure, "time"), self.times),
            format!("{zh}称呼客户姓氏 {sure} 次，需要 {} 次", self.times),
        );
        match &known {
            Some((span, quote)) => {
                reason.en.push_str(&format!("; known from \"{quote}\" at {}", span.start));
                reason.zh.push_str(&format!("；{} 客户说“{quote}”", span.start));
            }
            None => {
                reason.en.push_str(&format!("; known from the call's metadata: {name}"));
                reason.zh.push_str(&format!("；来自通话资料：{name}"));
            }
        }
        if !told_apart {
            reason.en.push_str("; agent and customer are not told apart");
            reason.zh.push_str("；无法区分客服与客户");
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(hull(&windows, call));
        }
        if sure >= self.times {
            return Finding::new(Outcome::Pass, reason).with_evidence(evidence);
        }
        if possible >= self.times {
            reason.en.push_str("; another name is heard, which may be the recognition");
            reason.zh.push_str("；听到的姓氏不同，可能是识别误差");
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(hull(&windows, call));
        }
        if !names.iter().any(|name| name.sure) {
            reason.en.push_str("; whether that is a name is not clear");
            reason.zh.push_str("；不能确定是否为姓名");
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(hull(&windows, call));
        }
        let after = |token: &&TrackToken| token.span.start >= from;
        let words: usize = tracks(user).map(|track| track.tokens.iter().filter(after).count()).sum();
        let missed = absence(call, self.place.speaker(), &windows, reason);
        if missed.outcome == Outcome::Fail && words < LEAST_WORDS && possible == 0 {
            let reason = Reason::new(
                format!("{en} says next to nothing after the name is known"),
                format!("获知姓名后{zh}几乎没有说话"),
            );
            let window = TimeSpan::new(from, call.whole().end.max(from + Ms(1)));
            return Finding::new(Outcome::NotApplicable, reason).searched(window);
        }
        missed.with_evidence(evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::judge;
    use serde_json::{Value, json};

    fn uses(more: Value, call: &str) -> Outcome {
        let mut parameters = json!({ "speaker": "agent" });
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judge("uses_name", parameters, call)
    }

    #[test]
    fn surnames_are_compared_by_sound() {
        let call = |heard: &str| format!("customer 0s: 我姓陈。\nagent 3s: {heard},我马上帮您查一下。");
        assert_eq!(uses(json!({}), &call("陈女士")), Outcome::Pass);
        assert_eq!(uses(json!({}), &call("成先生")), Outcome::Pass);
        assert_eq!(uses(json!({}), &call("王先生")), Outcome::Unsure, "another name may be misheard");
        assert_eq!(uses(json!({}), &call("这位先生")), Outcome::Fail);
        assert_eq!(uses(json!({ "title_alone": true }), &call("这位先生")), Outcome::Pass);
    }

    #[test]
    fn asking_for_somebody_by_name_is_using_it() {
        let call = "agent 0s: 陈先生吗?\ncustomer 3s: 我姓陈。\nagent 5s: 我马上帮您查一下订单。";
        assert_eq!(uses(json!({}), call), Outcome::Pass);
        assert_eq!(uses(json!({}), &call.replace("陈先生吗", "先生您好")), Outcome::Fail);
        assert_eq!(uses(json!({}), &call.replace("陈先生吗", "王先生吗")), Outcome::Unsure);
        let asked = "agent 0s: Am I speaking with Mr. Whitfield?\ncustomer 3s: Yes, my name is John Whitfield.\n\
                     agent 5s: I am calling about your order.";
        assert_eq!(uses(json!({}), asked), Outcome::Pass);
        assert_eq!(uses(json!({}), &asked.replace("Mr. Whitfield", "the owner")), Outcome::Fail);
        let unheard = asked.replace("my name is John Whitfield", "that is me");
        assert_eq!(uses(json!({}), &unheard), Outcome::Pass);
        assert_eq!(uses(json!({}), &unheard.replace("Mr.", "M.R.")), Outcome::Pass);
        let known = format!("@customer=陈伟\n{call}");
        assert_eq!(uses(json!({}), &known), Outcome::Pass);
        assert_eq!(uses(json!({ "times": 2 }), &known), Outcome::Fail);
    }

    #[test]
    fn a_name_that_is_used_is_known() {
        let call = "customer 0s: 一毫五星城,我家的网很慢。\nagent 3s: 陈先生,我马上帮您查一下。";
        assert_eq!(uses(json!({}), call), Outcome::Pass);
        assert_eq!(uses(json!({}), &call.replace("陈先生", "这位先生")), Outcome::NotApplicable);
        let perhaps = "customer 0s: 我信马帮我看看吧。\nagent 3s: 卡号报一下,我马上查。";
        assert_eq!(uses(json!({}), perhaps), Outcome::Unsure);
        let lost = "agent 0s: 请问您贵信?\ncustomer 2s: 我信神。\nagent 4s: 审先生,麻烦您报一下卡号。";
        assert_eq!(uses(json!({}), lost), Outcome::Pass);
        assert_eq!(uses(json!({}), &lost.replace("审先生", "先生")), Outcome::NotApplicable);
        let doubted = "customer 0s: 我信马帮我看看吧。\nagent 3s: 陈先生,卡号报一下,我马上查。";
        assert_eq!(uses(json!({}), doubted), Outcome::Pass);
    }

    #[test]
    fn first_names() {
        let call = "customer 0s: My name is Daniel Carter.\nagent 3s: Thank you, Daniel, let me check that for you.";
        assert_eq!(uses(json!({}), call), Outcome::Fail);
        assert_eq!(uses(json!({ "first_name": true }), call), Outcome::Pass);
        let only = "customer 0s: My name is Daniel.\nagent 3s: Thank you, Daniel, let me check that for you.";
        assert_eq!(uses(json!({}), only), Outcome::Pass);
    }
}
