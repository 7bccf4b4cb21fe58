//! What a number is about: the nearest word before it that says so.

use super::SpokenTurn;
use super::digits::{Run, Scan};
use crate::text::{Passage, PhraseSet, Purpose, Strictness, characters, fold};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// What a number may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    /// A payment card.
    Card,
    /// The end of a card number, which may be said.
    Tail,
    /// A bank account.
    Account,
    /// Check digits, a one-time code, a password.
    Code,
    /// A telephone.
    Phone,
    /// An identity document.
    Id,
    /// An order, a parcel, a case: nothing personal.
    Order,
    /// A date, an amount.
    Quantity,
}

/// Words that tell; longer ones win over shorter ones that begin at the same place.
const WORDS: &[(Topic, &[&str])] = &[
    (
        Topic::Card,
        &[
            "card number",
            "card",
            "credit card",
            "debit card",
            "visa",
            "mastercard",
            "long number",
            "16 digit",
            "sixteen digit",
            "卡号",
            "信用卡",
            "储蓄卡",
            "银行卡",
            "借记卡",
            "卡片",
            "卡",
        ],
    ),
    (
        Topic::Tail,
        &[
            "last four",
            "last 4",
            "ending in",
            "ends in",
            "ends with",
            "ending with",
            "尾号",
            "后四位",
            "末四位",
            "最后四位",
        ],
    ),
    (Topic::Account, &["account number", "routing number", "iban", "账号", "帐号", "账户", "户头"]),
    (
        Topic::Code,
        &[
            "cvv",
            "cvc",
            "cvv2",
            "cid",
            "security code",
            "security number",
            "three digits",
            "3 digits",
            "three digit",
            "on the back",
            "verification code",
            "one time",
            "one-time",
            "otp",
            "passcode",
            "pass code",
            "pin",
            "pin number",
            "password",
            "access code",
            "code we sent",
            "text message",
            "authorization code",
            "验证码",
            "校验码",
            "安全码",
            "动态码",
            "动态密码",
            "短信码",
            "背面三位",
            "后三位",
            "末三位",
            "三位数",
            "密码",
            "口令",
            "确认码",
            "激活码",
            "code",
        ],
    ),
    (
        Topic::Phone,
        &[
            "phone",
            "phone number",
            "telephone",
            "mobile",
            "cell",
            "cellphone",
            "call me",
            "call you",
            "reach me",
            "reach you",
            "callback number",
            "contact number",
            "call back",
            "电话",
            "手机",
            "手机号",
            "联系方式",
            "联系电话",
            "回电",
            "座机",
            "打给",
            "固话",
        ],
    ),
    (
        Topic::Id,
        &[
            "social security",
            "ssn",
            "passport",
            "driver's license",
            "drivers license",
            "license number",
            "id number",
            "身份证",
            "身份证号",
            "证件号",
            "证件号码",
            "护照",
            "驾驶证",
        ],
    ),
    (
        Topic::Order,
        &[
            "order",
            "tracking",
            "reference",
            "ref",
            "invoice",
            "case",
            "ticket",
            "confirmation",
            "booking",
            "policy",
            "serial",
            "model",
            "part number",
            "zip code",
            "zip",
            "postal code",
            "post code",
            "postcode",
            "dress code",
            "door code",
            "confirmation code",
            "booking code",
            "country code",
            "promo code",
            "area code",
            "error code",
            "product code",
            "sku",
            "parcel",
            "shipment",
            "package",
            "flight",
            "meter",
            "extension",
            "gift code",
            "discount code",
            "coupon",
            "订单",
            "单号",
            "快递",
            "运单",
            "流水",
            "合同",
            "保单",
            "工单",
            "编号",
            "型号",
            "序列号",
            "学号",
            "工号",
            "邮编",
            "会员号",
            "客户号",
            "房号",
            "车牌",
            "表号",
            "户号",
            "航班",
            "优惠码",
            "积分",
            "条形码",
        ],
    ),
    (
        Topic::Quantity,
        &[
            "date",
            "birthday",
            "born",
            "birth",
            "expiry",
            "expires",
            "expiration",
            "expire",
            "valid until",
            "price",
            "total",
            "cost",
            "costs",
            "amount",
            "balance",
            "limit",
            "fee",
            "paid",
            "charged",
            "charge",
            "refund",
            "生日",
            "出生",
            "有效期",
            "日期",
            "到期",
            "金额",
            "余额",
            "价格",
            "一共",
            "总共",
            "费用",
            "额度",
            "扣了",
            "收了",
            "退款",
        ],
    ),
];

/// Turns of speech with a word that tells elsewhere.
const IDLE: &[&str] = &["in case", "in order", "in any case", "in that case"];

/// Turns before a number's own in which its topic is looked for.
const LOOK_BACK: usize = 5;

/// The topics named in a call.
#[derive(Debug)]
pub(super) struct Contexts {
    /// For each turn, where a topic is named.
    named: Vec<Vec<(Range<usize>, Topic)>>,
}

impl Contexts {
    pub(super) fn new(turns: &[SpokenTurn<'_>]) -> Self {
        static FINDER: LazyLock<(Option<AhoCorasick>, Vec<Option<Topic>>)> = LazyLock::new(|| {
            let telling = WORDS.iter().flat_map(|(topic, words)| words.iter().map(|word| (*word, Some(*topic))));
            let words: Vec<(&str, Option<Topic>)> = telling.chain(IDLE.iter().map(|words| (*words, None))).collect();
            let finder = AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .ascii_case_insensitive(true)
                .build(words.iter().map(|(word, _)| *word));
            (finder.ok(), words.into_iter().map(|(_, topic)| topic).collect())
        });
        let (Some(finder), topics) = &*FINDER else { return Self { named: vec![Vec::new(); turns.len()] } };
        let named = turns
            .iter()
            .map(|turn| {
                let text = characters::simplified(turn.text);
                let mut named: Vec<(Range<usize>, Topic)> = finder
                    .find_iter(&text)
                    .filter(|found| is_word(&text, found.range()))
                    .filter_map(|found| Some((found.range(), topics[found.pattern().as_usize()]?)))
                    .collect();
                named.extend(misheard_codes(turn.text).map(|range| (range, Topic::Code)));
                named.sort_by_key(|(range, _)| (range.end, range.start));
                named
            })
            .collect();
        Self { named }
    }

    /// What `run` is about: named before it in its turn, else just after it, else in the turns before.
    pub(super) fn before(&self, turns: &[SpokenTurn<'_>], run: &Run) -> Option<Topic> {
        let first = run.digits.first()?;
        let own = self.named.get(first.turn)?;
        if let Some((_, topic)) = own.iter().rev().find(|(at, _)| at.end <= first.bytes.start) {
            return Some(*topic);
        }
        let last = run.digits.last()?;
        let after = self.named.get(last.turn)?.iter().find(|(at, _)| at.start >= last.bytes.end);
        if let Some((at, topic)) = after
            && *topic != Topic::Code
            && turns[last.turn].text[last.bytes.end..at.start].chars().count() <= 14
        {
            return Some(*topic);
        }
        (first.turn.saturating_sub(LOOK_BACK)..first.turn)
            .rev()
            .find_map(|turn| self.asked(turn).map(|topic| (turn, topic)))
            // A code is given at once or not at all.
            .filter(|(turn, topic)| *topic != Topic::Code || first.turn - turn <= 3)
            .map(|(_, topic)| topic)
    }

    /// What a number is about that follows `turn` as an answer: the last thing named there. What is said about an order or
    /// an amount after "your phone number" is why it is asked for: "so that we can tell you about your order".
    fn asked(&self, turn: usize) -> Option<Topic> {
        let named = || self.named[turn].iter().map(|(_, topic)| *topic);
        let last = named().next_back()?;
        let harmless = matches!(last, Topic::Order | Topic::Quantity);
        let personal =
            || named().rfind(|topic| matches!(topic, Topic::Card | Topic::Account | Topic::Phone | Topic::Id));
        Some(if harmless { personal().unwrap_or(last) } else { last })
    }

    /// Whether a number may go on after the turns strictly inside `between`: they echo it or say next to nothing.
    pub(super) fn lets_through(&self, turns: &[SpokenTurn<'_>], scans: &[Scan], between: Range<usize>) -> bool {
        let speaker = turns[between.end].speaker;
        between.len() <= 4
            && (between.start + 1..between.end)
                .filter(|turn| turns[*turn].speaker != speaker)
                .all(|turn| self.named[turn].is_empty() && scans[turn].spoken_words() <= 6)
    }
}

/// Where `text` names check digits by their sound: recognition writes 安全马 for 安全码, and a code that is taken for
/// something else would be kept.
fn misheard_codes(text: &str) -> impl Iterator<Item = Range<usize>> {
    static CODES: LazyLock<Option<PhraseSet>> = LazyLock::new(|| {
        let words = ["安全码", "验证码", "校验码", "动态密码", "短信码", "确认码", "激活码", "背面三位", "后三位数"];
        PhraseSet::compile(&words, "zh", Strictness::Sound, Purpose::Demand, Some(0.9)).ok()
    });
    let tokens = fold(text, "zh");
    let passage = Passage::whole(&tokens);
    let found = CODES.as_ref().map(|codes| codes.find(&passage, &BTreeMap::new())).unwrap_or_default();
    found.into_iter().filter_map(move |hit| {
        let (first, last) = (tokens.get(hit.tokens.start)?, tokens.get(hit.tokens.end.checked_sub(1)?)?);
        Some(first.bytes.start..last.bytes.end)
    })
}

/// Whether the match at `range` is no piece of a longer English word; an `s` may follow.
fn is_word(text: &str, range: Range<usize>) -> bool {
    if !text[range.clone()].is_ascii() {
        return true;
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let after = text[range.end..].strip_prefix(['s', 'S']).unwrap_or(&text[range.end..]);
    !letter(text[..range.start].chars().next_back()) && !letter(after.chars().next())
}
