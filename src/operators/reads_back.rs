//! `reads_back`: one side repeats a number that the other side gave.

use super::{Builder, Check, Length, Operator, Place, Scope, Side, absence, hull, replies};
use crate::call::{CallView, Evidence, Finding, MaskKind, Ms, Outcome, Reason, Speaker, TimeSpan, Track, TrackToken};
use crate::diagnostic::Node;
use schemars::JsonSchema;
use serde::Deserialize;

/// One side repeats a number that the other side gave.
pub(super) static OPERATOR: Operator = Operator {
    name: "reads_back",
    page: include_str!("reads_back.md"),
    schema: |generator| generator.subschema_for::<Parameters>(),
    build,
};

/// Passes when every number that the other side gives is read back.
#[derive(Debug, Deserialize, JsonSchema)]
struct Parameters {
    /// `speaker` is who reads back (the agent, where it is left out); `within` and `turn` say where numbers are given.
    #[serde(flatten)]
    place: Place,
    /// Numbers with fewer digits need not be read back; 4, where it is left out.
    #[serde(default = "four")]
    #[schemars(range(min = 2, max = 30))]
    min_digits: usize,
    /// So many last digits are enough; the whole number is needed, where it is left out.
    #[serde(default)]
    #[schemars(range(min = 2, max = 30))]
    last_digits: Option<usize>,
    /// At most so long after the number was given; until the end of the call, where it is left out.
    #[serde(default)]
    in_time: Option<Length>,
    /// Whether one number read back is enough; every number must be, where it is left out.
    #[serde(default)]
    any: bool,
}

const fn four() -> usize {
    4
}

#[derive(Debug)]
struct ReadsBack {
    place: Place,
    min_digits: usize,
    last_digits: Option<usize>,
    in_time: Option<Length>,
    any: bool,
}

/// Numbers so alike are one number that is given again: recognition hears one digit in five wrong on a bad line.
const AGAIN: f64 = 0.8;
/// Digits so alike may have been read back right; only the very same ones surely were.
const PERHAPS: f64 = 0.6;
/// Pieces in which a long number is read back, and the longest pause between them, in which the other side agrees.
const PIECES: usize = 4;
const PIECE_GAP: Ms = Ms(5_000);

/// Words after a number that make it an amount, a date or a time, which nobody reads back digit by digit.
const UNITS: &[&str] = &[
    "年", "月", "日", "号", "点", "分", "秒", "元", "块", "毛", "角", "岁", "个", "天", "次", "小", "兆", "度", "米",
    "公", "斤", "dollars", "dollar", "pounds", "euros", "cents", "percent", "years", "year", "months", "days", "hours",
    "minutes", "am", "pm", "o'clock", "miles", "times", "kilowatt", "units", "people", "千",
];

/// Words before a number that make it a date.
const DATES: &[&str] = &[
    "since",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "year",
];

/// Whether a number written as `quote` with these `digits`, after the sign `lead` and the word `before`, is a date, a time or an amount.
fn is_measure(lead: Option<char>, quote: &str, digits: &str, before: &str) -> bool {
    const CURRENCIES: &[char] = &['$', '€', '£', '¥', '￥'];
    let is_year = digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
    let is_clock =
        digits.len() <= 4 && (quote.contains(':') || quote.contains(' ') && digits.len() == 4 && is_time(digits));
    is_year
        || is_clock
        || quote.contains('/')
        || lead.is_some_and(|sign| CURRENCIES.contains(&sign))
        || DATES.contains(&before)
}

/// Whether four digits can be a time such as "ten thirty", on a quarter of an hour.
fn is_time(digits: &str) -> bool {
    let hour = digits.get(..2).and_then(|hour| hour.parse::<u8>().ok());
    hour.is_some_and(|hour| hour < 24) && matches!(digits.get(2..), Some("00" | "15" | "30" | "45"))
}

fn build(node: &Node, builder: &mut Builder<'_>) -> Option<Box<dyn Check>> {
    let Parameters { mut place, min_digits, last_digits, in_time, any } = builder.params(node)?;
    place.check(node, builder)?;
    if place.speaker == Side::Any {
        place.speaker = Side::Agent;
    }
    Some(Box::new(ReadsBack { place, min_digits, last_digits, in_time, any }))
}

/// A number as somebody said it.
#[derive(Debug, Clone)]
struct Number {
    digits: String,
    /// The kind of personal number, where its digits are masked.
    mask: Option<MaskKind>,
    speaker: Speaker,
    span: TimeSpan,
    quote: String,
    probability: f32,
}

impl Number {
    fn evidence(&self, matched: &str, similarity: f64) -> Evidence {
        Evidence {
            speaker: self.speaker,
            span: self.span,
            quote: self.quote.clone(),
            matched: matched.to_owned(),
            similarity: similarity as f32,
            probability: self.probability,
        }
    }
}

/// The numbers that are said on `track`, in order; a number goes on across commas, not across words or turns.
fn numbers(call: &CallView<'_>, track: &Track) -> Vec<Number> {
    let mut numbers = Vec::new();
    let kind = |token: &TrackToken| (token.token.is_number(), token.turn);
    let mut at = 0;
    for run in
        track.tokens.chunk_by(|a, b| kind(a) == kind(b) && !a.token.is_placeholder() && !b.token.is_placeholder())
    {
        at += run.len();
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let text = &call.transcript.turns[first.turn].text;
        let mask = first.token.is_placeholder().then(|| mask_kind(&first.token.text)).flatten();
        let is_amount = track.tokens.get(at).is_some_and(|next| {
            next.turn == last.turn && !next.token.opens && UNITS.contains(&next.token.text.as_str())
        });
        if (!first.token.is_number() && mask.is_none()) || is_amount {
            continue;
        }
        let digits: String =
            run.iter().filter(|token| token.token.is_number()).map(|token| token.token.text.as_str()).collect();
        let quote = text.get(first.token.bytes.start..last.token.bytes.end).unwrap_or_default();
        let lead = text.get(..first.token.bytes.start).and_then(|text| text.chars().next_back());
        let before = (at - run.len()).checked_sub(1).map_or("", |before| track.tokens[before].token.text.as_str());
        if mask.is_none() && is_measure(lead, quote, &digits, before) {
            continue;
        }
        numbers.push(Number {
            digits,
            mask,
            speaker: track.speaker,
            span: run.iter().fold(first.span, |span, token| span.hull(token.span)),
            quote: quote.to_owned(),
            probability: run.iter().map(|token| token.probability).sum::<f32>() / run.len() as f32,
        });
    }
    numbers
}

/// The numbers themselves, and what those that follow each other closely make together.
fn in_pieces(numbers: Vec<Number>) -> Vec<Number> {
    let mut all = numbers.clone();
    for first in 0..numbers.len() {
        let mut whole = numbers[first].clone();
        for next in numbers.iter().skip(first + 1).take(PIECES - 1) {
            if next.mask.is_some() || whole.mask.is_some() || next.span.start - whole.span.end > PIECE_GAP {
                break;
            }
            whole.digits.push_str(&next.digits);
            whole.quote = format!("{} … {}", whole.quote, next.quote);
            whole.span = whole.span.hull(next.span);
            whole.probability = whole.probability.min(next.probability);
            all.push(whole.clone());
        }
    }
    all
}

fn mask_kind(placeholder: &str) -> Option<MaskKind> {
    [MaskKind::Card, MaskKind::Code, MaskKind::Phone, MaskKind::Id, MaskKind::Email]
        .into_iter()
        .find(|kind| kind.placeholder() == placeholder)
}

impl ReadsBack {
    /// Whether this number has to be read back: card numbers and codes must not be said aloud again.
    fn counts(&self, number: &Number) -> bool {
        match number.mask {
            Some(kind) => kind == MaskKind::Phone,
            None => number.digits.len() >= self.min_digits,
        }
    }

    /// How alike what was read back is to the number given, 0..=1.
    fn similarity(&self, given: &Number, said: &Number) -> f64 {
        if given.mask.is_some() || said.mask.is_some() {
            return if given.mask == said.mask { 1.0 } else { 0.0 };
        }
        // Somebody who gave a number in pieces hears it as one.
        if said.digits.contains(&given.digits) {
            return 1.0;
        }
        let whole = strsim::normalized_damerau_levenshtein(&given.digits, &said.digits);
        let ending = self.last_digits.map_or(0.0, |count| {
            let tail = |digits: &str| digits[digits.len().saturating_sub(count)..].to_owned();
            if said.digits.len() < count {
                0.0
            } else {
                strsim::normalized_damerau_levenshtein(&tail(&given.digits), &tail(&said.digits))
            }
        });
        whole.max(ending)
    }
}

impl Check for ReadsBack {
    fn evaluate(&self, call: &CallView<'_>, scope: &Scope<'_>) -> Finding {
        let giver = if self.place.speaker == Side::Agent { Side::Customer } else { Side::Agent };
        let place = Place { speaker: giver, ..self.place.clone() };
        let windows = match place.windows(call, scope) {
            Ok(windows) => windows,
            Err(finding) => return finding,
        };
        let searched = hull(&windows, call);
        let ((giver, known), (reader, reader_known)) = (giver.track(call), self.place.speaker.track(call));
        let told_apart = known && reader_known;
        let said_by = |side: Option<Speaker>| {
            let tracks = call.tracks.iter().filter(move |track| side.is_none_or(|side| side == track.speaker));
            tracks.flat_map(|track| numbers(call, track)).collect::<Vec<_>>()
        };
        let mut given = said_by(giver);
        given.retain(|number| self.counts(number) && windows.iter().any(|window| window.contains(number.span.start)));
        // A number that is given again is one number.
        let mut distinct: Vec<Number> = Vec::new();
        for number in given {
            if !distinct.iter().any(|known| self.similarity(known, &number) >= AGAIN) {
                distinct.push(number);
            }
        }
        // What is given last may be followed by nothing but the end of the call.
        let replies = replies(call);
        distinct.retain(|number| {
            replies.iter().any(|reply| reply.span.end > number.span.end && reader.is_none_or(|r| r == reply.speaker))
        });
        if distinct.is_empty() {
            let reason = Reason::new("no number is given that could be read back", "没有需要复述的号码");
            return Finding::new(Outcome::NotApplicable, reason).searched(searched);
        }
        let back = in_pieces(said_by(reader));
        let mut evidence = Vec::new();
        let (mut sure, mut possible) = (0, 0);
        let mut missing: Option<&Number> = None;
        for number in &distinct {
            let until = self.in_time.map_or(call.whole().end, |time| number.span.end + time.ms());
            let best = back
                .iter()
                .filter(|said| said.span.start >= number.span.end && said.span.start <= until)
                .map(|said| (self.similarity(number, said), said))
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.span.cmp(&a.1.span)));
            evidence.push(number.evidence("number given", 1.0));
            match best {
                Some((similarity, said)) if similarity >= PERHAPS => {
                    evidence.push(said.evidence("read back", similarity));
                    possible += 1;
                    sure += usize::from(similarity >= 1.0);
                }
                _ => missing = missing.or(Some(number)),
            }
        }
        evidence.sort_by_key(|place| place.span);
        let need = if self.any { 1 } else { distinct.len() };
        let (en, zh) = self.place.speaker.words();
        let mut reason = Reason::new(
            format!("{en} reads back {sure} of {} numbers", distinct.len()),
            format!("{} 个号码中{zh}复述了 {sure} 个", distinct.len()),
        );
        if let Some(number) = missing {
            let (quote, at) = (&number.quote, number.span.start);
            reason.en.push_str(&format!("; not \"{quote}\" given at {at}"));
            reason.zh.push_str(&format!("；未复述 {at} 的“{quote}”"));
        }
        if !told_apart {
            reason.en.push_str("; agent and customer are not told apart");
            reason.zh.push_str("；无法区分客服与客户");
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        if sure >= need {
            return Finding::new(Outcome::Pass, reason).with_evidence(evidence);
        }
        if possible >= need {
            reason.en.push_str("; the digits differ, which may be the recognition");
            reason.zh.push_str("；数字有出入，可能是识别误差");
            return Finding::new(Outcome::Unsure, reason).with_evidence(evidence).searched(searched);
        }
        let after = TimeSpan::new(distinct[0].span.end, call.whole().end.max(distinct[0].span.end + Ms(1)));
        let missed = absence(call, self.place.speaker(), &[after], reason);
        let outcome = match missed.outcome {
            Outcome::Fail if possible > 0 => Outcome::Partial(possible as f32 / need as f32),
            outcome => outcome,
        };
        Finding { outcome, ..missed }.with_evidence(evidence)
    }

    fn depends_on(&self) -> Vec<&str> {
        self.place.depends_on()
    }
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::operators::trial::{find, judge};
    use serde_json::json;

    #[test]
    fn dates_times_and_amounts_ask_for_nothing() {
        let after = |said: &str| {
            judge("reads_back", json!({}), &format!("customer 0s: {said}\nagent 5s: I see. Go on.\nagent 9s: Well."))
        };
        for said in [
            "I was born on 04/05/1987.",
            "It was in 2023.",
            "I have banked here since 1998.",
            "We said 10:30.",
            "Come at ten thirty.",
            "It costs $1,234.56.",
            "I used 2500 kilowatt hours.",
            "That was on May 2024.",
        ] {
            assert_eq!(after(said), Outcome::NotApplicable, "{said}");
        }
        assert_eq!(after("My reference is 48213."), Outcome::Fail);
        let swapped = "customer 0s: It is 8831.\nagent 5s: So 8813.";
        assert_eq!(judge("reads_back", json!({}), swapped), Outcome::Unsure);
    }

    #[test]
    fn digits_are_compared_however_they_are_spoken() {
        let judged = |call: &str| judge("reads_back", json!({}), call);
        assert_eq!(judged("customer 0s: 单号是六六零二五八。\nagent 4s: 660258,对吗?"), Outcome::Pass);
        assert_eq!(judged("customer 0s: 单号是六六零二五八。\nagent 4s: 六六零三五七,对吗?"), Outcome::Unsure);
        assert_eq!(judged("customer 0s: 单号是六六零二五八。\nagent 4s: 好的,一共一百三十五块。"), Outcome::Fail);
        assert_eq!(judged("customer 0s: 我二零二五年买的。\nagent 4s: 好的,请您稍等。"), Outcome::NotApplicable);
    }

    #[test]
    fn a_long_number_is_read_back_in_pieces_and_another_one_is_not_it() {
        let judged = |call: &str| judge("reads_back", json!({}), call);
        let pieces = "customer 0s: It is 5 5 2 8 8 3 1 7.\nagent 4s: 5 5 2 8.\ncustomer 6s: Yes.\nagent 7s: 8 3 1 7.";
        assert_eq!(judged(pieces), Outcome::Pass);
        assert_eq!(judged("customer 0s: 552, 88317.\nagent 6s: So 55288317."), Outcome::Pass);
        assert_eq!(judged("customer 0s: It is 88317.\nagent 4s: So 88313."), Outcome::Unsure);
    }

    #[test]
    fn card_numbers_are_never_asked_for_and_telephone_numbers_are() {
        let judged = |call: &str| judge("reads_back", json!({}), call);
        assert_eq!(judged("customer 0s: My card is [card].\nagent 4s: Thank you very much."), Outcome::NotApplicable);
        assert_eq!(judged("customer 0s: It is [phone].\nagent 4s: That was [phone], right?"), Outcome::Pass);
        assert_eq!(judged("customer 0s: It is [phone].\nagent 4s: Thank you very much."), Outcome::Fail);
    }

    #[test]
    fn the_last_digits_may_be_enough() {
        let call = "customer 0s: It is 4 7 2 9 1 8 8.\nagent 4s: Ending in 9 1 8 8, right?";
        assert_eq!(judge("reads_back", json!({ "last_digits": 4 }), call), Outcome::Pass);
        assert_eq!(find("reads_back", json!({}), call).outcome, Outcome::Fail);
    }
}
