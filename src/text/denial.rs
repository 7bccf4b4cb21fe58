//! What stands around a phrase and turns it round: what denies it before it, takes it back behind it, or makes it the
//! words of others.

use super::lexical::{is_negation, lacks, negates, person};
use std::ops::Range;

/// Whether what was said before token `start` may turn a phrase there round, or tell what others said: "I would never ask
/// you to calm down", 不会让您自己想办法, 师傅让您自己想办法. `opens` tells where a clause begins; `first` is the first
/// token to look at. Too little to deny that the phrase was said, too much to hold it against somebody.
pub(super) fn is_embedded(texts: &[String], opens: &[bool], first: usize, start: usize) -> bool {
    /// Others, and what makes their words of what follows.
    const OTHERS: &[&str] = &[
        "傅", "事", "方", "家", "他", "她", "客", "台", "员", "友", "谁", "人", "he", "she", "they", "who", "anyone",
        "anybody", "someone", "somebody", "everyone",
    ];
    const SAY: &[&str] = &[
        "说", "讲", "让", "叫", "回", "诺", "said", "say", "says", "told", "tell", "tells", "offer", "offers",
        "promise", "promises",
    ];
    /// Words that ask, tell what the other one thinks, or forbid what follows: 怎么能让您自己查, 您刚才说退不了, "I understand
    /// that you feel we lost it".
    const EMBEDS: &[&[&str]] = &[
        &["你", "是", "说"],
        &["你", "刚", "才"],
        &["你", "认"],
        &["你", "觉"],
        &["怎", "么", "能"],
        &["怎", "么", "会"],
        &["怎", "么", "可"],
        &["禁", "止"],
        &["you", "said"],
        &["you", "say"],
        &["you", "feel"],
        &["you", "think"],
        &["illegal", "to"],
        &["my", "colleague"],
    ];
    const WITHIN: usize = 6;
    if opens[start] {
        return false;
    }
    let clause = (first..start).rev().find(|at| opens[*at]).unwrap_or(first);
    let before = &texts[clause.max(start.saturating_sub(2 * WITHIN))..start];
    let others = before.iter().position(|text| OTHERS.contains(&text.as_str()));
    if others.is_some_and(|at| before[at..].iter().any(|text| SAY.contains(&text.as_str()))) {
        return true;
    }
    let has = |words: &[&str]| {
        before.windows(words.len()).any(|some| some.iter().zip(words).all(|(text, word)| text == word))
    };
    // 是不是退不了 asks; 你是不是傻 does not.
    if EMBEDS.iter().any(|words| has(words)) || has(&["是", "不", "是"]) && !has(&["你", "是", "不"]) {
        return true;
    }
    let english = texts[start].is_ascii();
    // "I don't believe that this is your fault".
    let doubts = |two: &[String]| is_negation(&two[0]) && (MEAN.contains(&two[1].as_str()) || two[1] == "like");
    if english && before.windows(2).any(doubts) {
        return true;
    }
    if english && person(&texts[start]).is_some() && !(start > 0 && MEAN.contains(&texts[start - 1].as_str())) {
        return false;
    }
    let mut reached = (clause..start)
        .rev()
        .take(WITHIN)
        .take_while(|at| english || reaches(texts, *at, start) || addresses(texts, *at));
    // 不好意思 apologises.
    let apologises = |at: usize| texts.get(at + 1..at + 4).is_some_and(|after| after.concat() == "好意思");
    reached.any(|at| is_negation(&texts[at]) && negates(texts, at) && !apologises(at))
}

/// Whether what was said after the phrase at `tokens`, up to `last`, asks whether it is so or calls it false: 肯定能退吗,
/// 保本保息的都是骗子, "guaranteed returns do not exist". `opens` tells where a clause begins.
pub(super) fn is_taken_back(texts: &[String], opens: &[bool], tokens: Range<usize>, last: usize) -> bool {
    /// What is said right behind it.
    const FALSE: &[&[&str]] = &[
        &["do", "not", "exist"],
        &["does", "not", "exist"],
        &["do", "not", "happen"],
        &["is", "not", "possible"],
        &["are", "not", "possible"],
        &["is", "not", "something"],
        &["are", "not", "something"],
        &["is", "not", "allowed"],
        &["are", "not", "allowed"],
        &["is", "not", "true"],
        &["is", "impossible"],
        &["are", "impossible"],
        &["is", "illegal"],
        &["is", "a", "scam"],
        &["are", "scams"],
        &["is", "a", "lie"],
        &["would", "be", "a", "lie"],
        &["would", "be", "wrong"],
        &["是", "不", "可", "能"],
        &["是", "不", "允"],
        &["是", "不", "存", "在"],
        &["是", "违"],
        &["是", "假"],
        &["是", "骗"],
        &["是", "谎"],
        &["是", "谣"],
        &["不", "存", "在"],
        &["不", "可", "信"],
    ];
    /// What may stand between: 保本保息的说法都是骗人的.
    const BRIDGES: &[&str] = &["的", "都", "这", "种", "说", "法", "话", "承", "诺", "行", "为", "产", "品", "些"];
    const WITHIN: usize = 8;
    let after = &texts[tokens.end..last.min(tokens.end + WITHIN)];
    let said = &texts[tokens.clone()];
    // 你听不懂吗 is no question.
    if after.first().is_some_and(|text| text == "吗") && !said.iter().any(|text| text == "你") {
        return true;
    }
    let begins = |words: &[&str], at: usize| {
        after.len() >= at + words.len() && after[at..].iter().zip(words).all(|(text, word)| text == word)
    };
    let clauses = |at: usize| opens[tokens.end..=tokens.end + at].iter().filter(|opens| **opens).count();
    let bridged = after.iter().take_while(|text| BRIDGES.contains(&text.as_str())).count();
    (0..=bridged).any(|at| at < after.len() && clauses(at) == 0 && FALSE.iter().any(|words| begins(words, at)))
}

/// Whether what was said before token `start` denies the phrase there: 我不是来投诉的, "I don't think I can help".
pub(super) fn is_denied(texts: &[String], opens: &[bool], first: usize, start: usize) -> bool {
    const WITHIN: usize = 6;
    /// Words that refuse something or call it doubtful.
    const DECLINES: &[&str] = &["refuse", "refuses", "refused", "doubt", "wish", "unable", "难"];
    let begins = NEW_CLAUSE.contains(&texts[start].as_str());
    let own = begins && (start == first || !MEAN.contains(&texts[start - 1].as_str()));
    if opens[start] || own || matches!(texts[start].as_str(), "let" | "请") {
        return false;
    }
    for at in (first..start).rev().take(WITHIN) {
        if !reaches(texts, at, start) {
            return false;
        }
        let before = |back: usize| at.checked_sub(back).map_or("", |at| texts[at].as_str());
        // "Why don't I check that" offers it.
        let offers = (1..=3).any(|back| before(back) == "why");
        // A bare "no" answers something.
        let denies = is_negation(&texts[at]) && texts[at] != "no" && negates(texts, at) && !offers;
        let declines = DECLINES.contains(&texts[at].as_str()) || texts[at] == "绝" && before(1) == "拒";
        if denies || declines || texts[at] == "非" && before(1) == "并" {
            return true;
        }
        if opens[at] {
            return false;
        }
    }
    false
}

/// Whether the word after the one at `at` says to whom something is said or promised: 不能向客户承诺保证收益.
fn addresses(texts: &[String], at: usize) -> bool {
    const WORDS: &[&str] = &[
        "法", "跟", "向", "对", "和", "客", "户", "人", "从", "过", "答", "应", "承", "诺", "许", "保", "证", "何",
        "任", "存", "在",
    ];
    texts.get(at + 1).is_some_and(|text| WORDS.contains(&text.as_str()))
}

/// After these, what begins with a new subject is no sentence of its own.
const MEAN: &[&str] = &[
    "说", "得", "为", "think", "thinks", "say", "says", "said", "saying", "feel", "sure", "that", "if", "whether",
    "promise", "believe", "mean", "means", "doubt", "wish",
];

/// Words that begin a sentence of their own.
const NEW_CLAUSE: &[&str] = &["你", "我", "他", "她", "请", "这", "i", "you", "we", "they", "let"];

/// Whether a negation at `at` still reaches a phrase at `start`, where all words further on do: what follows it is the
/// phrase, or stands between a negation and what it denies.
fn reaches(texts: &[String], at: usize, start: usize) -> bool {
    const CARRIES: &[&str] = &[
        "会", "用", "是", "能", "要", "必", "需", "让", "叫", "使", "得", "你", "我", "们", "再", "去", "来", "说",
        "想", "给", "可", "有", "办", "法", "就", "应", "该", "上", "1", "定", "见", "打", "算", "敢", "to", "make",
        "making", "calling", "here", "want", "wanting", "think", "say", "saying", "trying", "call", "be", "sure",
        "feel", "that", "if", "i", "we", "am", "are", "is", "a", "an", "the", "any", "my", "no",
    ];
    at + 1 == start || CARRIES.contains(&texts[at + 1].as_str())
}

/// Whether a negation just before token `start` reaches a phrase of `length` tokens there: directly, or over words as
/// in 不是很满意 and "not really happy". `opens` tells where a clause begins; `first` is the first token to look at.
pub(super) fn is_negated(texts: &[String], opens: &[bool], first: usize, start: usize, length: usize) -> bool {
    const BRIDGES: &[&str] = &[
        "是", "太", "够", "能", "会", "用", "有", "很", "怎", "么", "那", "特", "别", "法", "敢", "想", "该", "必",
        "需", "really", "be", "been", "even", "going", "to", "able", "very", "quite", "a", "an", "the", "have", "say",
        "that", "exactly", "longer",
    ];
    if start == first || opens[start] || NEW_CLAUSE.contains(&texts[start].as_str()) {
        return false;
    }
    for (distance, at) in (first..start).rev().take(4).enumerate() {
        let text = texts[at].as_str();
        if is_negation(text) && negates(texts, at) && !is_undone(texts, at) {
            // A bare "no" answers something before a longer phrase: "no thank you for calling".
            return text != "no" || length <= 2 || texts[at + 1] == "longer";
        }
        if text == "无" {
            return distance > 0 || lacks(texts, at);
        }
        if opens[at] || !BRIDGES.contains(&text) {
            return false;
        }
    }
    false
}

/// Whether what the 不 at `at` denies is granted after all: 不是不可以, 不得不.
fn is_undone(texts: &[String], at: usize) -> bool {
    let Some([first, between]) = at.checked_sub(2).and_then(|start| texts.get(start..at)) else { return false };
    first == "不" && texts[at] == "不" && matches!(between.as_str(), "是" | "得" | "能" | "会")
}
