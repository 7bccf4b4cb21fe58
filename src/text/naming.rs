//! Which words may stand in a slot without a value: what could be a name, as far as single words tell.
//!
//! Takes folded tokens, gives the part each may have in a name. It knows no names, since there is no end of them, only
//! words of grammar and everyday talk with which none begins.

use super::align::is_joined;
use super::lexical::{self, Kind};

/// What part a token may have in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// A name may begin with it.
    Begins,
    /// It may stand in a name, but none begins with it.
    Within,
    /// It is part of a word that is said before the name of a company: 我们, 这边, "the".
    Leads,
    /// It is in no name.
    Never,
}

/// Grammar that is also written in names: 王子涵, 孙太, "Bank of America".
const WITHIN: &[&str] = &[
    "之", "儿", "莫", "未", "真", "太", "在", "有", "会", "能", "可", "以", "来", "去", "和", "与", "到", "对", "为",
    "子", "and", "of", "the", "may", "will",
];

/// Grammar with which names begin all the same: 莫先生, 太平洋保险, 可口可乐, 子涵.
const BEGINS: &[&str] = &["莫", "未", "太", "可", "与", "子"];

/// No grammar, and yet no beginning of a name: what else follows "我是", 客服, "I am" and "this is".
const NO_BEGINNING: &[&str] = &[
    "您",
    "咱",
    "谁",
    "啥",
    "哪",
    "什",
    "怎",
    "请",
    "问",
    "说",
    "想",
    "看",
    "帮",
    "打",
    "找",
    "让",
    "被",
    "从",
    "因",
    "刚",
    "已",
    "但",
    "该",
    "此",
    "每",
    "某",
    "另",
    "sorry",
    "happy",
    "glad",
    "afraid",
    "sure",
    "unable",
    "able",
    "calling",
    "speaking",
    "going",
    "trying",
    "looking",
    "checking",
    "asking",
    "talking",
    "getting",
    "having",
    "doing",
    "right",
    "yes",
    "thank",
    "thanks",
    "hello",
    "hi",
    "which",
    "where",
    "why",
    "because",
    "into",
    "over",
    "than",
    "more",
    "much",
    "too",
    "only",
    "still",
    "always",
    "some",
    "any",
    "all",
    "every",
    "each",
    "another",
    "something",
    "anything",
    "nothing",
    "yours",
    "mine",
    "sir",
    "madam",
    "maam",
    "not",
    "let",
    "go",
    "good",
    "fine",
    "your",
];

/// Words of two characters with which no name begins, though it may with the first of them.
const NO_WORDS: &[&str] = &[
    "先生", "女士", "小姐", "太太", "老师", "可以", "可能", "以为", "以后", "以前", "未必", "没有", "时候", "关系",
    "所以", "如果", "现在", "好的", "好了", "好吗", "今天", "明天", "昨天", "处理", "查询", "查一", "觉得", "知道",
    "专门", "负责", "最近", "一直", "经理", "人员", "热线", "中心", "电话", "部门",
];

/// Words said before the name of a company.
const LEADS: &[&str] = &["我们", "咱们", "这边", "这里", "这个", "那个"];

/// The part of each token of `texts` in a name; `joined` marks later digits of a number.
pub(super) fn namings(texts: &[String], joined: &[bool]) -> Vec<Naming> {
    let mut namings: Vec<Naming> = (0..texts.len()).map(|at| naming(texts, joined, at)).collect();
    for at in 1..texts.len() {
        if LEADS.iter().any(|word| is_word(texts, at - 1, word)) {
            namings[at - 1..=at].fill(Naming::Leads);
        }
    }
    namings
}

fn naming(texts: &[String], joined: &[bool], at: usize) -> Naming {
    let text = texts[at].as_str();
    if text == "the" {
        return Naming::Leads;
    }
    // 一 is a number, but 一个 and 一下 count nothing.
    let alone = !joined[at] && joined.get(at + 1) != Some(&true);
    let grammar = lexical::kind(text) != Kind::Content || text == "1" && alone;
    match (grammar, WITHIN.contains(&text), BEGINS.contains(&text)) {
        _ if NO_WORDS.iter().any(|word| is_word(texts, at, word)) => Naming::Within,
        (true, _, true) => Naming::Begins,
        (true, true, _) => Naming::Within,
        (true, false, false) => Naming::Never,
        _ if NO_BEGINNING.contains(&text) => Naming::Within,
        _ => Naming::Begins,
    }
}

/// Whether `word`, which has two characters, begins at `at`.
fn is_word(texts: &[String], at: usize, word: &str) -> bool {
    texts.get(at..at + 2).is_some_and(|heard| is_joined(word, &heard[0], &heard[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn begins(text: &str) -> bool {
        let tokens = fold(text, "");
        let texts: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
        let joined: Vec<bool> = tokens.iter().map(|token| token.joined).collect();
        namings(&texts, &joined)[0] == Naming::Begins
    }

    #[test]
    fn names_begin_a_slot_and_everyday_words_do_not() {
        for name in
            ["小李", "张伟", "莫小雨", "子涵", "太平洋保险", "可口可乐", "1023", "8号", "Anna Lee", "Tom", "Mr Reed"]
        {
            assert!(begins(name), "{name}");
        }
        for other in [
            "没关系",
            "不行",
            "是",
            "的",
            "了",
            "吗",
            "呢",
            "吧",
            "请",
            "您",
            "你们",
            "我们",
            "他",
            "谁",
            "什么",
            "怎么",
            "有",
            "在",
            "为",
            "和",
            "跟",
            "说",
            "一个",
            "先生",
            "小姐",
            "a",
            "the",
            "not",
            "is",
            "are",
            "to",
            "of",
            "and",
            "you",
            "i",
            "we",
            "it",
            "what",
            "how",
            "who",
            "here",
            "so",
            "can",
            "may",
            "sorry",
        ] {
            assert!(!begins(other), "{other}");
        }
    }
}
