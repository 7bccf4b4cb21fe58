//! What customers feel and what they complain of, by short lists of cues: a hint for charts over many calls, never a
//! verdict on one. Verdicts come from rubrics.
//!
//! Pure. Takes what customers said, gives counts.

use crate::call::{CallResult, Speaker};
use crate::text::fold;

/// Where the trouble lies, in the order of the charts.
pub const CLASSES: usize = 4;

/// Cues of good feeling, English and Mandarin.
const PLEASED: &[&str] = &[
    "thank",
    "thanks",
    "great",
    "perfect",
    "wonderful",
    "excellent",
    "appreciate",
    "very helpful",
    "good to hear",
    "awesome",
    "lovely",
    "谢谢",
    "感谢",
    "太好了",
    "挺好",
    "很好",
    "满意",
    "放心",
    "辛苦了",
    "麻烦你了",
    "麻烦您了",
    "真不错",
    "没问题了",
];

/// Cues of bad feeling, English and Mandarin.
const DISPLEASED: &[&str] = &[
    "not working",
    "doesn't work",
    "does not work",
    "broken",
    "terrible",
    "awful",
    "unacceptable",
    "ridiculous",
    "upset",
    "angry",
    "frustrated",
    "frustrating",
    "disappointed",
    "complain",
    "complaint",
    "worst",
    "fed up",
    "waste of time",
    "still waiting",
    "nobody",
    "no one",
    "too long",
    "wrong",
    "refund",
    "useless",
    "rude",
    "annoyed",
    "annoying",
    "生气",
    "投诉",
    "差评",
    "太差",
    "气死",
    "受不了",
    "不满意",
    "失望",
    "骗人",
    "骗子",
    "离谱",
    "过分",
    "烦死",
    "没人管",
    "没有人管",
    "到底",
    "凭什么",
    "怎么回事",
    "坏了",
    "太慢",
    "等了",
    "退款",
    "退货",
    "解决不了",
    "还没",
    "着急",
    "垃圾",
    "态度差",
];

/// Cues of each class of complaint: product, service process, communication, individual need.
const COMPLAINTS: [&[&str]; CLASSES] = [
    &[
        "broken",
        "not working",
        "doesn't work",
        "does not work",
        "stopped working",
        "defective",
        "damaged",
        "poor quality",
        "leaks",
        "leaking",
        "crash",
        "crashes",
        "坏了",
        "质量",
        "故障",
        "用不了",
        "不能用",
        "断网",
        "漏水",
        "掉线",
        "卡顿",
        "破损",
        "有问题",
        "没信号",
    ],
    &[
        "still waiting",
        "how long",
        "waited",
        "been waiting",
        "too long",
        "on hold",
        "transferred",
        "delivery",
        "late",
        "delayed",
        "never arrived",
        "refund",
        "paperwork",
        "流程",
        "手续",
        "等了",
        "太慢",
        "还没到",
        "还没收到",
        "没发货",
        "没收到",
        "转来转去",
        "排队",
        "迟迟",
        "拖了",
        "超时",
        "退款",
    ],
    &[
        "rude",
        "nobody told",
        "no one told",
        "never told",
        "told me",
        "attitude",
        "didn't explain",
        "did not explain",
        "misunderstood",
        "hung up",
        "ignored",
        "not listening",
        "态度",
        "没说清",
        "没告诉",
        "没人告诉",
        "说法不一",
        "听不懂",
        "挂了我",
        "不理",
        "敷衍",
        "没解释",
        "误导",
        "骗我",
    ],
    &[
        "exception",
        "special request",
        "special case",
        "customise",
        "customize",
        "personalised",
        "personalized",
        "my situation",
        "specifically for",
        "allergic",
        "wheelchair",
        "能不能单独",
        "特殊情况",
        "个别",
        "破例",
        "通融",
        "定制",
        "特殊要求",
        "我的情况",
        "能不能换个",
        "专门给我",
    ],
];

/// How the customer of one call feels: -1 all bad, 1 all good, by cues; absent where no cue was heard.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Feeling {
    /// In the first third of the customer's turns.
    pub start: Option<f64>,
    /// In the last third.
    pub end: Option<f64>,
}

/// What the cues say about one call.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mood {
    /// The customer's feeling at both ends.
    pub feeling: Feeling,
    /// The classes of complaint that the customer's words touch; none unless something bad was said at all.
    pub complaints: [bool; CLASSES],
}

/// Reads the cues of one call.
pub fn mood(call: &CallResult) -> Mood {
    let said: Vec<String> = call
        .heard
        .transcript
        .turns
        .iter()
        .filter(|turn| call.roles.of(turn.channel) == Speaker::Customer)
        .map(|turn| plain(&turn.text, &call.heard.transcript.language))
        .collect();
    let third = said.len().div_ceil(3);
    let feeling = Feeling { start: lean(&said[..third]), end: lean(&said[said.len() - third..]) };
    let complains = said.iter().any(|turn| count(turn, DISPLEASED) > 0);
    let complaints = COMPLAINTS.map(|cues| complains && said.iter().any(|turn| count(turn, cues) > 0));
    Mood { feeling, complaints }
}

/// (good - bad) / (good + bad) over `turns`.
fn lean(turns: &[String]) -> Option<f64> {
    let good: usize = turns.iter().map(|turn| count(turn, PLEASED)).sum();
    let bad: usize = turns.iter().map(|turn| count(turn, DISPLEASED)).sum();
    (good + bad > 0).then(|| (good as f64 - bad as f64) / (good + bad) as f64)
}

/// How many of `cues` stand in `turn`, negated ones left out.
fn count(turn: &str, cues: &[&str]) -> usize {
    cues.iter().filter(|cue| stands(turn, cue)).count()
}

/// Whether `cue` stands in the plain text `turn` as whole words, and no negation stands right before it.
fn stands(turn: &str, cue: &str) -> bool {
    const NEGATIONS: &[&str] =
        &["不", "没", "没有", "不太", "不是很", " not", " not very", " isn't", " wasn't", " no", " don't", " not a"];
    let latin = cue.is_ascii();
    turn.match_indices(cue).any(|(start, _)| {
        let (before, after) = (&turn[..start], &turn[start + cue.len()..]);
        let whole = !latin || (before.ends_with(' ') && after.starts_with(' '));
        let bare = before.trim_end();
        whole && !NEGATIONS.iter().any(|negation| bare.ends_with(negation))
    })
}

/// Lower case, one blank for anything that is neither letter, digit nor apostrophe, blanks at both ends; Mandarin in
/// simplified characters without blanks.
fn plain(text: &str, language: &str) -> String {
    if language == "zh" {
        return fold(text, language).into_iter().map(|token| token.text).collect();
    }
    let mut plain = String::from(" ");
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            '\'' | '’' => plain.push('\''),
            other if other.is_alphanumeric() => plain.push(other),
            _ if !plain.ends_with(' ') => plain.push(' '),
            _ => {}
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_count_and_negated_ones_do_not() {
        assert_eq!(count(&plain("It's broken, and I'm ANGRY.", "en"), DISPLEASED), 2);
        assert_eq!(count(&plain("I am not angry", "en"), DISPLEASED), 0);
        assert_eq!(count(&plain("The heartbroken song", "en"), DISPLEASED), 0);
        assert_eq!(count(&plain("我很满意,谢谢", "zh"), PLEASED), 2);
        assert_eq!(count(&plain("我很不满意", "zh"), PLEASED), 0);
        assert_eq!(count(&plain("我很不满意", "zh"), DISPLEASED), 1);
        assert_eq!(count(&plain("你們的態度差", "zh"), DISPLEASED), 1);
    }
}
