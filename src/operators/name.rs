//! Names of customers: where they become known in a call, and how a surname is told from what was heard.
//!
//! Takes the tokens of a track or a cell of the metadata, gives names. Knows no verdicts.

use crate::call::{CallView, LEAST_PROBABILITY, Ms, TimeSpan, Track, TrackToken};
use crate::text::{fold, sound_distance};

/// A name of the customer that is known from some time on.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The surname as folded tokens: one or two Chinese characters, or one word.
    pub surname: Vec<String>,
    /// The first name, where only it or also it is known; English only.
    pub first: Option<String>,
    /// From when on it is known.
    pub from: Ms,
    /// Where it was said; nothing where it comes from the metadata.
    pub said: Option<(TimeSpan, String)>,
    /// Whether it was heard clearly that this is a name.
    pub sure: bool,
}

/// Chinese forms of address that follow the surname.
pub const TITLES_AFTER: &[&str] = &[
    "先生", "女士", "小姐", "太太", "老师", "阿姨", "大哥", "大姐", "总", "哥", "姐", "医生", "大夫", "经理", "主任",
    "老板", "教授", "律师", "师傅", "夫人", "叔叔", "叔", "姨", "奶奶", "爷爷", "大爷", "大妈", "校长", "院长", "局长",
    "处长", "科长",
];

/// English forms of address that precede the surname, folded.
pub const TITLES_BEFORE: &[&str] = &["mr", "mrs", "ms", "miss", "dr", "madam", "doctor", "professor"];

/// Surnames of two characters.
pub const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "东方", "独孤", "南宫",
    "长孙",
];

/// The surnames that nine in ten people have: what stands before 先生 and is none of these is not taken for a surname
/// that was misheard.
///
/// # Source
/// The most frequent surnames of the Ministry of Public Security's yearly report (二〇二〇年全国姓名报告), common ones first.
pub const COMMON: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由";

/// Words that stand before a title without being a name: 这位先生, 好的先生.
const NO_NAMES: &[&str] =
    &["位", "的", "个", "是", "好", "啊", "吗", "呢", "吧", "请", "问", "你", "您", "那", "这", "对", "嗯", "了"];

/// The sound of a heard name and a known one differs by at most so much when they are surely the same.
const SAME: f32 = 0.3;

/// How sure it is that `heard` is the name `known`: alike, perhaps, or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Likeness {
    /// They sound alike; the similarity, 0..=1.
    Same(f32),
    /// A name, but with another sound: misheard, or another name.
    Other(f32),
    /// No name at all.
    No,
}

impl Name {
    /// The name in a cell of the metadata, such as `陈伟`, `陈先生`, `Daniel Carter` or `Carter, Daniel`.
    pub fn from_metadata(cell: &str) -> Option<Self> {
        if cell.chars().any(|character| character.is_ascii_digit()) {
            return None;
        }
        let tokens: Vec<String> = match cell.split_once(',') {
            Some((last, first)) => fold(&format!("{first} {last}"), ""),
            None => fold(cell, ""),
        }
        .into_iter()
        .map(|token| token.text)
        .collect();
        let chinese = tokens.first()?.chars().next().is_some_and(super::reply::is_han);
        let (surname, first) = if chinese { (chinese_surname(&tokens), None) } else { english_name(&tokens)? };
        Some(Self { surname, first, from: Ms(0), said: None, sure: true })
    }

    /// Whether `surname` may be this one, misheard or not.
    pub fn is_alike(&self, surname: &[String]) -> bool {
        let chinese = surname.iter().flat_map(|text| text.chars()).all(super::reply::is_han);
        let most = if chinese { SAME } else { ENGLISH_SAME };
        let alike = |(heard, known): (&String, &String)| sound_distance(heard, known) <= most;
        surname.len() == self.surname.len() && surname.iter().zip(&self.surname).all(alike)
    }

    /// How alike the tokens just before a Chinese title are to the surname.
    pub fn likeness_before_title(&self, before: &[TrackToken]) -> Likeness {
        let count = self.surname.len();
        let Some(heard) = before.len().checked_sub(count).map(|start| &before[start..]) else { return Likeness::No };
        let distance = heard
            .iter()
            .zip(&self.surname)
            .map(|(heard, known)| sound_distance(&heard.token.text, known))
            .fold(0.0_f32, f32::max);
        let last = heard.last().map_or("", |token| token.token.text.as_str());
        if distance <= SAME {
            Likeness::Same(1.0 - distance)
        } else if COMMON.contains(last) && !NO_NAMES.contains(&last) && !last.is_empty() {
            Likeness::Other(1.0 - distance)
        } else {
            Likeness::No
        }
    }

    /// How alike the word after an English title is to the surname; after `Mr` any capitalised word is a name.
    pub fn likeness_after_title(&self, heard: &str, capitalised: bool) -> Likeness {
        let distance = self.surname.first().map_or(1.0, |known| sound_distance(heard, known));
        match distance {
            distance if distance <= ENGLISH_SAME => Likeness::Same(1.0 - distance),
            distance if capitalised => Likeness::Other(1.0 - distance),
            _ => Likeness::No,
        }
    }

    /// Whether `heard` sounds like the first name.
    pub fn is_first_name(&self, heard: &str) -> bool {
        self.first.as_deref().is_some_and(|first| sound_distance(heard, first) <= ENGLISH_SAME)
    }
}

/// English names vary more in spelling than Chinese ones in sound.
const ENGLISH_SAME: f32 = 0.4;

fn chinese_surname(tokens: &[String]) -> Vec<String> {
    let two: String = tokens.iter().take(2).map(String::as_str).collect();
    let count = if COMPOUND.contains(&two.as_str()) { 2 } else { 1 };
    tokens[..count.min(tokens.len())].to_vec()
}

/// Surname and first name of words; a single word is both.
fn english_name(words: &[String]) -> Option<(Vec<String>, Option<String>)> {
    let titled = words.first().is_some_and(|first| TITLES_BEFORE.contains(&first.as_str()));
    let words: Vec<&String> = words.iter().filter(|word| !TITLES_BEFORE.contains(&word.as_str())).collect();
    let last = (*words.last()?).clone();
    let first = if words.len() > 1 || !titled { words.first().map(|word| (*word).clone()) } else { None };
    Some((vec![last], first))
}

/// The names that are stated on `track`, in order: 我姓陈, 我叫陈伟, "my name is Daniel Carter", "this is Peter Hughes".
pub fn stated(call: &CallView<'_>, track: &Track) -> Vec<Name> {
    let mut names = Vec::new();
    for tokens in track.tokens.chunk_by(|a, b| a.turn == b.turn) {
        let texts: Vec<&str> = tokens.iter().map(|token| token.token.text.as_str()).collect();
        for at in 1..tokens.len() {
            let found = chinese(&texts, tokens, at).or_else(|| english(call, &texts, tokens, at));
            let Some(Found { range, surname, first, sure }) = found else { continue };
            let (start, end) = (&tokens[range.start], &tokens[range.end - 1]);
            let text = &call.transcript.turns[start.turn].text;
            let quote = text.get(start.token.bytes.start..end.token.bytes.end).unwrap_or_default().to_owned();
            let span = start.span.hull(end.span);
            let said = &tokens[range.clone()];
            let clear =
                said.iter().map(|token| token.probability).sum::<f32>() >= LEAST_PROBABILITY * said.len() as f32;
            let sure = sure && clear;
            names.push(Name { surname, first, from: span.end, said: Some((span, quote)), sure });
        }
    }
    names
}

/// A name among the tokens of a turn.
struct Found {
    range: std::ops::Range<usize>,
    surname: Vec<String>,
    first: Option<String>,
    sure: bool,
}

/// Characters after 姓 and 叫 with which no name begins.
const NOT_AFTER: &[&str] =
    &["什", "啥", "名", "氏", "甚", "你", "我", "他", "她", "它", "了", "过", "的", "不", "没", "来", "做", "人", "车"];

/// A Chinese name that begins at `at`.
fn chinese(texts: &[&str], tokens: &[TrackToken], at: usize) -> Option<Found> {
    let is_han = |text: &str| text.chars().all(super::reply::is_han);
    let before = |back: usize| at.checked_sub(back).map_or("", |index| texts[index]);
    let name = texts[at];
    if !is_han(name) || NOT_AFTER.contains(&name) || tokens[at].token.opens {
        return None;
    }
    let surname = || {
        let rest: Vec<String> = texts[at..].iter().take(2).map(|text| (*text).to_owned()).collect();
        chinese_surname(&rest)
    };
    // 我姓陈, 免贵姓陈, 本人姓陈, 我的姓是.. is too rare to matter.
    if before(1) == "姓" && matches!(before(2), "我" | "贵" | "人" | "") {
        let surname = surname();
        return Some(Found { range: at.saturating_sub(2)..at + surname.len(), surname, first: None, sure: true });
    }
    // 我信马, where recognition lost the 姓: a name perhaps.
    let like = |heard: &str| sound_distance(heard, "姓") <= SAME;
    if matches!(before(2), "我" | "贵") && like(before(1)) && COMMON.contains(name) && !NO_NAMES.contains(&name) {
        let surname = surname();
        return Some(Found { range: at - 2..at + surname.len(), surname, first: None, sure: false });
    }
    // 我叫陈伟: two to four characters up to the next mark or the end, beginning with a surname.
    if before(1) == "叫" && before(2) == "我" && COMMON.contains(name) {
        let end = (at + 1..tokens.len()).find(|index| tokens[*index].token.opens).unwrap_or(tokens.len());
        let length = end - at;
        if (2..=4).contains(&length) && texts[at..end].iter().all(|text| is_han(text)) {
            return Some(Found { range: at - 2..end, surname: surname(), first: None, sure: true });
        }
    }
    // 我是陈先生.
    if before(1) == "是" && before(2) == "我" {
        let surname = surname();
        let title: String = texts[at + surname.len()..].iter().take(2).copied().collect();
        if TITLES_AFTER.contains(&title.as_str()) {
            return Some(Found { range: at - 2..at + surname.len(), surname, first: None, sure: true });
        }
    }
    None
}

/// Capitalised words that are no names.
pub const NOT_NAMES: &[&str] = &[
    "i",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
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
    "english",
    "god",
    "not",
    "the",
    "a",
    "so",
];

/// An English name that begins at `at`, as capitals show it.
fn english(call: &CallView<'_>, texts: &[&str], tokens: &[TrackToken], at: usize) -> Option<Found> {
    let before = |back: usize| at.checked_sub(back).map_or("", |index| texts[index]);
    let is_name = |index: usize| {
        is_capitalised(call, &tokens[index])
            && !NOT_NAMES.contains(&texts[index])
            && (index == at || !tokens[index].token.opens)
    };
    let names = match (before(2), before(1)) {
        ("name" | "surname", "is" | "s") => Some(3),
        (_, "name's" | "names") => Some(2),
        _ => None,
    };
    // "Her name is", "my wife's name is", "the street name is": somebody or something else.
    let own = |back: usize| match before(back) {
        "my" | "the" | "" => true,
        "last" | "first" | "full" | "family" | "sur" => matches!(before(back + 1), "my" | "the" | ""),
        _ => at.checked_sub(back - 1).is_some_and(|start| tokens[start].token.opens),
    };
    let strong = names.is_some_and(own) || (before(1) == "me" && before(2) == "call");
    let weak = matches!((before(2), before(1)), ("this", "is") | ("i", "am"));
    // "It's Helen Prosser" says who calls, as "it's Maple Street" does not: a name perhaps.
    let perhaps = (before(2), before(1)) == ("it", "is") && (at == 2 || tokens[at - 2].token.opens);
    if !(strong || weak || perhaps) || tokens[at].token.opens {
        return None;
    }
    let end = (at..tokens.len().min(at + 3)).find(|index| !is_name(*index)).unwrap_or(tokens.len().min(at + 3));
    let count = end - at;
    let speaking = texts.get(end).is_some_and(|next| matches!(*next, "speaking" | "here" | "calling"));
    // "This is Friday" is no name; "this is Peter Hughes" and "this is Peter speaking" are.
    if count == 0 || (!strong && count == 1 && !speaking) {
        return None;
    }
    let words: Vec<String> = texts[at..end].iter().map(|text| (*text).to_owned()).collect();
    let (surname, first) = english_name(&words)?;
    Some(Found { range: at.saturating_sub(2)..end, surname, first, sure: !perhaps || speaking })
}

/// Whether `token` is written with a capital letter.
pub fn is_capitalised(call: &CallView<'_>, token: &TrackToken) -> bool {
    call.transcript
        .turns
        .get(token.turn)
        .and_then(|turn| turn.text.get(token.token.bytes.clone()))
        .and_then(|text| text.chars().next())
        .is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Measures, Speaker, script};

    fn names(text: &str) -> Vec<String> {
        let (heard, metadata, roles) = script::parse(text).unwrap();
        let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
        view.track(Speaker::Customer)
            .map_or_else(Vec::new, |track| stated(&view, track).into_iter().map(|name| name.surname.concat()).collect())
    }

    #[test]
    fn names_are_heard_where_they_are_given() {
        for (said, name) in [
            ("我要投诉!我姓周,上周订了房间。", "周"),
            ("我是,我姓刘,什么事?", "刘"),
            ("我叫欧阳娜娜,想查订单。", "欧阳"),
            ("我是陈先生,昨天打过电话。", "陈"),
            ("Hi Emily, my name is Daniel Carter. I was charged twice.", "carter"),
            ("This is Peter Hughes. I'm really upset.", "hughes"),
            ("My last name is O'Brien.", "obrien"),
            ("Um, it's Helen Prosser. I was stuck for three hours.", "prosser"),
            ("It's Mrs Lim. I'd like to book.", "lim"),
        ] {
            assert_eq!(names(&format!("customer 0s: {said}")), [name], "{said}");
        }
    }

    #[test]
    fn a_surname_after_a_misheard_word_is_a_name_perhaps() {
        let (heard, metadata, roles) = script::parse("customer 0s: 我的卡刷不了,我信马帮我看看吧。").unwrap();
        let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
        let names = stated(&view, view.track(Speaker::Customer).unwrap());
        assert_eq!(
            names.iter().map(|name| (name.surname.concat(), name.sure)).collect::<Vec<_>>(),
            [("马".into(), false)]
        );
    }

    #[test]
    fn other_talk_gives_no_name() {
        for said in [
            "你叫什么名字?我要投诉你!",
            "我姓什么你不知道?",
            "我叫你们经理来。",
            "This is Friday.",
            "My wife's name is Laura Bennett.",
            "Her name is Laura Bennett.",
            "The company name is Green Fields.",
            "My street name is Baker Street.",
            "This is the third time.",
            "I am upset.",
            "It's Friday.",
            "I think it's Maple Street.",
            "我叫人来修的。",
        ] {
            assert_eq!(names(&format!("customer 0s: {said}")), [""; 0], "{said}");
        }
    }

    #[test]
    fn metadata_gives_names_too() {
        let surname = |cell: &str| Name::from_metadata(cell).map(|name| name.surname.concat());
        assert_eq!(surname("陈伟").as_deref(), Some("陈"));
        assert_eq!(surname("司马女士").as_deref(), Some("司马"));
        assert_eq!(surname("Mr Daniel Carter").as_deref(), Some("carter"));
        assert_eq!(surname("Carter, Daniel").as_deref(), Some("carter"));
        assert_eq!(surname("C10293"), None);
        assert_eq!(surname(" "), None);
    }
}
