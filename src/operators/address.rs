//! Addresses by name, whether or not the name is known: 沈先生, "Mr Whitfield". Who says a name knows it, wherever from.
//!
//! Takes the tokens of a track, gives the places where a name stands beside a title. Knows no verdicts.

use super::name::{self, COMMON, COMPOUND};
use crate::call::{CallView, Track, TrackToken};
use crate::text::{is_joined, sound_distance};
use std::ops::Range;

/// Somebody is addressed by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    /// The tokens of the track, name and title.
    pub tokens: Range<usize>,
    /// The surname as folded tokens.
    pub surname: Vec<String>,
}

/// Chinese titles that are said to customers.
const AFTER: &[&str] = &["先生", "女士", "小姐", "太太", "老师"];

/// English ones, folded.
const BEFORE: &[&str] = &["mr", "mrs", "ms", "miss"];

/// Characters before a title that are no names, though some are also surnames: 这位先生, 祝先生生活愉快, 老太太.
const NO_NAMES: &str = "位的个是好啊吗呢吧请问你您那这对嗯了哦喂哎诶我他她它们咱谁某本每各诸该贵老大小男女新旧\
                        和跟与给向对为让把被由叫找请帮都但来时到在有没不就也还才又再只要会能可以行得着过去\
                        说想看听做拿用从比等祝姓名么什怎哪几边";

/// Those that are in no given name either.
const NO_GIVEN_NAMES: &str = "的了吗呢吧是不没我你他她您们位个这那就也很请说";

/// Words before a title whose last character, or whose two, could be a name.
const NO_WORDS: &[&str] = &[
    "明天", "余额", "方案", "周末", "申请", "许多", "时段", "白天", "谢谢", "感谢", "多谢", "麻烦", "方便", "马上",
    "立马", "明白", "这边", "那边", "对方", "地方", "官方", "双方", "提高", "最高", "完成", "变成", "平常", "正常",
    "非常", "经常", "关于", "由于", "对于", "至于", "属于", "等于", "晚安", "平安", "早安", "责任", "主任", "信任",
    "流程", "工程", "过程", "现金", "资金", "押金", "奖金", "历史", "任何", "如何", "剩余", "多余", "也许", "允许",
    "照顾", "规范", "分钟", "上周", "下周", "本周", "紧张", "时候", "平时", "时间", "安排", "高兴", "高中", "成功",
    "容易", "应该", "司机", "顾客", "房东", "房主", "于是", "路上", "单位", "家长", "常客", "万一", "项目", "温馨",
    "江湖", "石头", "金额", "高级", "年轻", "安心", "放心",
];

/// Who is talked about before a name, and not talked to: 我们经理王先生, 我是李老师.
const OTHERS: &[&str] = &["经理", "主管", "同事", "组长", "师傅", "我们", "咱们", "他们", "我是", "我叫", "我姓"];

/// What stands before a name where no mark does.
const LEADS: &[&str] = &[
    "是", "问", "好", "的", "谢", "嗯", "呃", "啊", "哦", "喂", "那", "吗", "呢", "吧", "了", "对", "行", "找", "您",
    "你", "下", "起", "歉", "等", "呀", "哈",
];

/// What stands before a whole name; before others, what looks like one may be a word: 一下余额先生.
const FULL_LEADS: &[&str] = &["是", "问", "找", "谢", "好"];

/// So many of the common surnames are taken for one wherever they stand before a title, and so many for what another
/// character of their sound was.
const FREQUENT: usize = 100;
const HEARD: usize = 200;

/// Words after an English title that are no names.
const NO_ENGLISH: &[&str] = &[
    "you", "your", "yes", "no", "sir", "madam", "maam", "hi", "hello", "thank", "thanks", "okay", "please", "good",
    "is", "was", "are", "and", "or", "but", "for", "to", "in", "on", "it", "we", "he", "she", "they", "what", "how",
    "who", "this", "that", "there", "here", "customer", "can", "could", "would", "do", "did", "let", "my", "if",
    "office", "word", "excel", "windows", "teams", "outlook",
];

/// Where `track` addresses somebody by a name, in order.
pub fn addressed(call: &CallView<'_>, track: &Track) -> Vec<Addressed> {
    let mut found = Vec::new();
    let mut offset = 0;
    for tokens in track.tokens.chunk_by(|a, b| a.turn == b.turn) {
        let texts: Vec<&str> = tokens.iter().map(|token| token.token.text.as_str()).collect();
        for at in 1..tokens.len() {
            let place = chinese(&texts, tokens, at).or_else(|| english(call, &texts, tokens, at));
            found.extend(place.map(|(range, surname)| Addressed {
                tokens: range.start + offset..range.end + offset,
                surname: surname.iter().map(|text| (*text).to_owned()).collect(),
            }));
        }
        offset += tokens.len();
    }
    found
}

/// Whether the `two` characters are the word `word`.
fn is_pair(two: &[&str], word: &str) -> bool {
    matches!(two, [first, second] if is_joined(word, first, second))
}

/// Characters before 女 with which it is no title: 子女是, 男女是.
const BEFORE_WOMEN: &str = "子男妇儿孙侄美少";

/// The title at `at`, which recognition may have written with another character of its sound: 女是.
fn title_at(texts: &[&str], at: usize) -> Option<&'static str> {
    let two = texts.get(at..at + 2)?;
    let misheard = || two[0] == "女" && sounds_like(two[1], "士") && at > 0 && !BEFORE_WOMEN.contains(texts[at - 1]);
    AFTER.iter().find(|title| is_pair(two, title)).copied().or_else(|| misheard().then_some("女士"))
}

/// The name before the title at `at`, and its surname.
fn chinese<'a>(texts: &[&'a str], tokens: &[TrackToken], at: usize) -> Option<(Range<usize>, Vec<&'a str>)> {
    let title = title_at(texts, at)?;
    let is_han = |index: usize| texts[index].chars().all(super::reply::is_han);
    let is_name = |index: usize| is_han(index) && !NO_NAMES.contains(texts[index]);
    let is_given = |index: usize| is_han(index) && !NO_GIVEN_NAMES.contains(texts[index]);
    let rank = |index: usize| COMMON.find(texts[index]).map(|bytes| bytes / '王'.len_utf8());
    // Nothing but the title may begin after the first character of the name.
    let one_go = |start: usize| tokens[start + 1..=at].iter().all(|token| !token.token.opens);
    let led = |start: usize| start == 0 || tokens[start].token.opens || LEADS.contains(&texts[start - 1]);
    let no_word = |end: usize| {
        let two = end.checked_sub(2).map_or(&[][..], |start| &texts[start..end]);
        // A mark parts what would be a word.
        tokens[end - 1].token.opens || !NO_WORDS.iter().any(|word| is_pair(two, word))
    };
    let of_others = |start: usize| {
        let two = start.checked_sub(2).map_or(&[][..], |first| &texts[first..start]);
        !tokens[start].token.opens && OTHERS.iter().any(|word| is_pair(two, word))
    };
    let fits = |start: usize| {
        one_go(start) && !of_others(start) && is_name(start) && (start + 1..at).all(is_given) && no_word(at)
    };
    if let Some(start) = at.checked_sub(2)
        && COMPOUND.iter().any(|surname| is_pair(&texts[start..at], surname))
        && one_go(start)
        && !of_others(start)
    {
        return Some((start..at + 2, texts[start..at].to_vec()));
    }
    // 张伟先生: a surname that begins a clause, and what follows it. "Teacher" stands after subjects as well.
    for length in [3, 2] {
        if let Some(start) = at.checked_sub(length)
            && title != "老师"
            && fits(start)
            && (start == 0 || tokens[start].token.opens || FULL_LEADS.contains(&texts[start - 1]))
            && rank(start).is_some_and(|rank| rank < HEARD)
            && (start + 2..at).all(no_word)
        {
            return Some((start..at + 2, vec![texts[start]]));
        }
    }
    let start = at - 1;
    if !fits(start) {
        return None;
    }
    let after_number = start > 0 && tokens[start - 1].token.is_number();
    let surname = match rank(start) {
        // 于 and others end many words.
        Some(rank) => led(start) || rank < FREQUENT && !after_number && title != "老师",
        // Nothing but a name stands between a mark and a title.
        None if start == 0 || tokens[start].token.opens => title != "老师",
        None => {
            let alike = |surname: char| sounds_like(texts[start], surname.encode_utf8(&mut [0; 4]));
            led(start) && title != "老师" && COMMON.chars().take(HEARD).any(alike)
        }
    };
    surname.then(|| (start..at + 2, vec![texts[start]]))
}

/// Whether two characters have one sound.
fn sounds_like(heard: &str, known: &str) -> bool {
    sound_distance(heard, known) <= SAME_SOUND
}

/// Two characters of one sound differ by no more than this.
const SAME_SOUND: f32 = 0.1;

/// The name after the English title just before `at`, and its surname.
fn english<'a>(
    call: &CallView<'_>,
    texts: &[&'a str],
    tokens: &[TrackToken],
    at: usize,
) -> Option<(Range<usize>, Vec<&'a str>)> {
    let (title, surname) = (at - 1, texts[at]);
    let before = title.checked_sub(2).map(|first| &texts[first..title]);
    // The agent's own name.
    let own = matches!(before, Some(["this" | "name", "is"] | ["i", "am"]));
    // "Miss" is a verb as well.
    let is_title = texts[title] != "miss" || name::is_capitalised(call, &tokens[title]);
    let is_name = name::is_capitalised(call, &tokens[at])
        && surname.len() > 1
        && !NO_ENGLISH.contains(&surname)
        && !name::NOT_NAMES.contains(&surname);
    (BEFORE.contains(&texts[title]) && is_title && is_name && !own).then(|| (title..at + 1, vec![surname]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Measures, Speaker, script};

    fn quotes(said: &str) -> Vec<String> {
        let (heard, metadata, roles) = script::parse(&format!("agent 0s: {said}")).unwrap();
        let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
        let track = view.track(Speaker::Agent).unwrap();
        let text = |range: Range<usize>| track.tokens[range].iter().map(|token| token.token.text.as_str()).collect();
        addressed(&view, track).into_iter().map(|place| text(place.tokens)).collect()
    }

    #[test]
    fn names_beside_titles_are_addresses() {
        for (said, quote) in [
            ("沈先生，麻烦您报一下卡号。", "沈先生"),
            ("审先生，麻烦您报一下卡号。", "审先生"),
            ("好的审先生我马上查", "审先生"),
            ("英女士，您好。", "英女士"),
            ("好的，莫女是您好。", "莫女是"),
            ("请问是邹先生吗？", "邹先生"),
            ("请您放心张女士", "张女士"),
            ("谢先生，您好。", "谢先生"),
            ("谢谢，谢先生。", "谢先生"),
            ("欧阳小姐，您好。", "欧阳小姐"),
            ("您好，是张伟先生吗？", "张伟先生"),
            ("是李小明先生吗？", "李小明先生"),
            ("王老师，您好。", "王老师"),
            ("于先生，您好。", "于先生"),
            ("Am I speaking with Mr. Whitfield?", "mrwhitfield"),
            ("Is this Mrs Reed?", "mrsreed"),
            ("Good morning, M.S. Moss.", "msmoss"),
            ("Thank you, Miss Lee.", "misslee"),
        ] {
            assert_eq!(quotes(said), [quote], "{said}");
        }
    }

    #[test]
    fn titles_alone_and_others_are_none() {
        for said in [
            "先生，您好。",
            "您好先生",
            "这位先生，您好。",
            "有位女士打过电话。",
            "各位先生女士",
            "请问先生贵姓",
            "好的先生",
            "是的，先生",
            "谢谢先生",
            "麻烦先生报一下卡号",
            "祝先生生活愉快",
            "老太太，您好。",
            "您太太的卡",
            "和先生核实一下",
            "对于先生的问题",
            "请等十分钟先生",
            "我是李老师，您好。",
            "我们经理王先生会联系您",
            "您是数学老师吗",
            "您是高中老师吗",
            "您看一下余额先生",
            "明天先生您在家吗",
            "顾客先生，您好。",
            "子女是可以一起办的",
            "男女是一样的价格",
            "美女是谁",
            "Thank you, sir.",
            "I miss Boston.",
            "This is Mr. Reed from the bank.",
            "Yes, Mr. Thank you.",
            "the miss you had",
        ] {
            assert_eq!(quotes(said), [""; 0], "{said}");
        }
    }
}
