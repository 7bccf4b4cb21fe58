//! What kinds of words there are, as far as comparing phrases needs it: which may be missing or added without changing
//! what was said, and which turn it into its opposite.

use std::ops::Range;

/// How much a token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word that carries meaning.
    Content,
    /// Grammar: pronouns, prepositions, auxiliaries.
    Function,
    /// A particle or an article.
    Particle,
    /// An intensifier: said or not, the phrase means the same.
    Intensifier,
    /// A sound of hesitation.
    Filler,
    /// Turns the phrase round.
    Negation,
    /// Masked personal data.
    Placeholder,
}

const FILLERS: &[&str] = &[
    "嗯", "呃", "唔", "诶", "欸", "哎", "噢", "喔", "um", "uh", "er", "ah", "hmm", "hm", "mm", "erm", "uhm", "mhm",
    "eh",
];
const PARTICLES: &[&str] = &[
    "啊", "呢", "吧", "哈", "嘛", "啦", "呀", "了", "的", "地", "得", "着", "儿", "哦", "哟", "吗", "么", "之", "a",
    "an", "the",
];
const INTENSIFIERS: &[&str] = &[
    "很",
    "真",
    "太",
    "really",
    "very",
    "so",
    "just",
    "quite",
    "truly",
    "actually",
    "extremely",
    "completely",
    "totally",
    "absolutely",
    "certainly",
    "definitely",
    "please",
    "well",
    "also",
    "both",
    "now",
    "then",
    "okay",
];
const FUNCTION: &[&str] = &[
    "你", "我", "他", "她", "它", "们", "是", "在", "有", "就", "也", "都", "还", "这", "那", "个", "要", "会", "能",
    "可", "以", "来", "去", "把", "给", "跟", "和", "与", "到", "对", "为", "所", "子", "头", "i", "you", "we", "they",
    "he", "she", "it", "me", "us", "them", "my", "your", "our", "their", "his", "her", "its", "this", "that", "these",
    "those", "is", "am", "are", "was", "were", "be", "been", "being", "do", "does", "did", "have", "has", "had",
    "will", "would", "can", "could", "shall", "should", "may", "might", "must", "to", "of", "in", "on", "at", "for",
    "with", "from", "by", "as", "and", "or", "but", "if", "what", "how", "who", "when", "there", "here", "about", "up",
    "out", "get",
];
const NEGATIONS: &[&str] = &[
    "不", "没", "别", "未", "勿", "莫", "甭", "not", "no", "never", "without", "nobody", "nothing", "hardly", "barely",
    "scarcely",
];

/// Words that stand before others and say no more than grammar does, though leaving them out changes something.
const DETERMINERS: &[&str] = &["some", "any", "every", "each", "all", "yours", "mine", "ours", "than", "into", "onto"];

/// Whether a folded token of `kind` is an English word of grammar.
pub(super) fn is_grammar(text: &str, kind: Kind) -> bool {
    let small = matches!(kind, Kind::Function | Kind::Particle | Kind::Filler | Kind::Negation);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && (small || DETERMINERS.contains(&text))
}

/// Whom a pronoun names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// The one who speaks.
    Speaker,
    /// The one who is spoken to.
    Listener,
    /// Anybody else.
    Other,
}

/// Whom a folded token names: whose fault something is decides what was said.
pub(super) fn person(text: &str) -> Option<Person> {
    match text {
        "我" | "咱" | "i" | "me" | "my" | "mine" | "we" | "us" | "our" | "ours" => Some(Person::Speaker),
        "你" | "you" | "your" | "yours" => Some(Person::Listener),
        "他" | "她" | "he" | "him" | "his" | "she" | "her" | "they" | "them" | "their" => Some(Person::Other),
        _ => None,
    }
}

/// The kind of a folded token.
pub(super) fn kind(text: &str) -> Kind {
    let among = |words: &[&str]| words.contains(&text);
    if text.starts_with('[') {
        Kind::Placeholder
    } else if is_negation(text) {
        Kind::Negation
    } else if among(FILLERS) {
        Kind::Filler
    } else if among(PARTICLES) {
        Kind::Particle
    } else if among(INTENSIFIERS) {
        Kind::Intensifier
    } else if among(FUNCTION) {
        Kind::Function
    } else {
        Kind::Content
    }
}

/// Whether a folded token turns a phrase round.
pub(super) fn is_negation(text: &str) -> bool {
    NEGATIONS.contains(&text)
}

/// Small words that sound the same, or so nearly that recognition writes one for the other; their few sounds and letters
/// do not show it. "I" is no "a": "a promise" is something else than "I promise". No negation is among them: "no, that
/// is" is not "I know that is".
const TWINS: &[&[&str]] = &[
    &["are", "our"],
    &["my", "may"],
    &["i", "uh"],
    &["you", "your"],
    &["we", "me"],
    &["to", "too"],
    &["there", "their"],
    &["by", "bye", "buy"],
    &["would", "wood"],
    &["one", "won"],
    // Only what was meant for one is taken for it.
    &["no"],
    &["not"],
    &["be"],
    &["how"],
];

/// Small words that may have been heard for each other, though they mean something else: enough for a person to look.
const NEAR: &[&[&str]] = &[
    &["i", "a", "uh", "ah", "eye"],
    &["me", "be"],
    &["my", "may", "by"],
    &["our", "are", "or", "hour"],
    &["no", "know"],
    &["not", "nor", "knot"],
    &["them", "then"],
    &["they", "the", "day"],
];

/// Whether `heard` is "I" where `next` follows it: it alone goes with "am", and "a" stands before no vowel that is one.
pub(super) fn is_i(heard: &str, next: &str) -> bool {
    match heard {
        "uh" | "ah" => next == "am",
        "a" => {
            next == "am"
                || next.starts_with(['a', 'e', 'i', 'o']) && !["one", "once"].contains(&next) && !next.starts_with("eu")
        }
        _ => false,
    }
}

/// The word that was meant where `heard` stands between `before`, which is empty where a clause begins, and `next`, going
/// by grammar alone: after "is" nobody says "know", after "tell" nobody says "he", and "he" goes with no "do".
pub(super) fn meant(before: &str, heard: &str, next: &str) -> Option<&'static str> {
    const BE: &[&str] = &["is", "are", "was", "were", "am", "be", "been"];
    const HAVE: &[&str] = &["have", "has", "had", "with", "of"];
    /// What asks or exclaims with "how" more often than it follows "now".
    const HOW: &[&str] =
        &["can", "may", "could", "long", "much", "many", "often", "difficult", "frustrating", "annoying"];
    /// Forms of verbs that go with "we", not with "he".
    const NO_HE: &[&str] = &[
        "do",
        "are",
        "have",
        "were",
        "apologise",
        "apologize",
        "regret",
        "appreciate",
        "understand",
        "value",
        "owe",
        "thank",
        "hope",
        "want",
        "need",
    ];
    /// Verbs, and no nouns, that say something to somebody or do it for them.
    const TO_WHOM: &[&str] = &["let", "tell", "give", "send", "allow", "forgive", "remind", "excuse"];
    /// "Know that we care" and "know what", but no "know problem".
    const KNOWN: &[&str] = &[
        "that", "what", "how", "who", "when", "why", "where", "if", "about", "your", "you", "the", "this", "it", "my",
        "i", "exactly", "",
    ];
    let among = |words: &[&str]| words.contains(&before);
    let auxiliary = || is_modal(before) || ["have", "has", "had"].contains(&before);
    match heard {
        "know" if among(BE) || among(HAVE) || before.is_empty() && !KNOWN.contains(&next) => Some("no"),
        "nor" | "knot" if among(BE) || auxiliary() => Some("not"),
        "note" if among(BE) => Some("not"),
        "he" | "be" | "we" if among(TO_WHOM) => Some("me"),
        // "Do me a favour" asks for one.
        "me" if is_modal(before) && !before.starts_with('d') => Some("be"),
        "now" if HOW.contains(&next) => Some("how"),
        "he" if NO_HE.contains(&next)
            && !auxiliary()
            && !among(BE)
            && !["let", "make", "help", "if", "not"].contains(&before) =>
        {
            Some("we")
        }
        _ => None,
    }
}

/// The number of the group of small words that sound like a folded token, from 1; 0 where it is in none.
pub(super) fn twins(text: &str) -> u8 {
    group(TWINS, text)
}

/// The number of the group of small words that sound nearly like a folded token, from 1; 0 where it is in none.
pub(super) fn near(text: &str) -> u8 {
    group(NEAR, text)
}

fn group(groups: &[&[&str]], text: &str) -> u8 {
    groups.iter().position(|words| words.contains(&text)).map_or(0, |group| group as u8 + 1)
}

/// Whether `text` is an English article, auxiliary or preposition: no pronoun, no negation.
pub(super) fn is_small(text: &str) -> bool {
    const PRONOUNS: &[&str] = &[
        "i", "you", "we", "they", "he", "she", "it", "me", "us", "them", "my", "your", "our", "their", "his", "her",
        "its", "who", "what", "how", "when",
    ];
    text.is_ascii() && matches!(kind(text), Kind::Function | Kind::Particle) && !PRONOUNS.contains(&text)
}

/// Whether `text` is an English word that asks, or leads a clause that tells what was asked.
pub(super) fn asks(text: &str) -> bool {
    ["what", "how", "who", "when", "where", "why", "which"].contains(&text)
}

/// Whether `text` is an English word that says whether something may, must or will be done.
pub(super) fn is_modal(text: &str) -> bool {
    ["can", "could", "may", "might", "must", "shall", "should", "will", "would", "do", "does", "did"].contains(&text)
}

/// Whether the negation at `at` is one: 特别, 区别, 未来, 不过, 要不 are words of their own, 是不是 is a question and
/// 不不不 an interjection.
pub(super) fn negates(texts: &[String], at: usize) -> bool {
    let text = |index: Option<usize>| index.and_then(|index| texts.get(index)).map_or("", String::as_str);
    let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
    if !before.is_empty() && (before == after || before == texts[at]) || after == texts[at] {
        return false;
    }
    match texts[at].as_str() {
        "别" => {
            !["特", "区", "级", "分", "个", "性", "类", "鉴", "识", "差", "派", "离", "告"].contains(&before)
                && !["的", "人", "处"].contains(&after)
        }
        "未" => after != "来",
        "不" => {
            before != "要"
                && !["过", "断", "仅", "管", "光", "便"].contains(&after)
                && !(before == "对" && after == "起")
        }
        _ => true,
    }
}

/// Whether a folded token is the point of a decimal number, where digits stand on both sides of it.
pub(super) fn is_point(text: &str) -> bool {
    matches!(text, "点" | "point")
}

/// Whether the token at `at` says that something is not there or not so, and is no part of another word: 无风险, 非存款.
pub(super) fn lacks<S: AsRef<str>>(texts: &[S], at: usize) -> bool {
    let after = texts.get(at + 1).map_or("", S::as_ref);
    match texts[at].as_ref() {
        "无" => !["论", "线", "忧", "比", "锡", "人", "聊", "数", "意"].contains(&after),
        "非" => !["常", "要", "得", "洲"].contains(&after),
        _ => false,
    }
}

/// Whether the token at `at` sounds like a negation and is part of a word of its own: the 部 of 全部 is no way to hear 不.
pub(super) fn is_part_of_word(texts: &[String], at: usize) -> bool {
    let text = |index: Option<usize>| index.and_then(|index| texts.get(index)).map_or("", String::as_str);
    let (befores, afters) = match texts[at].as_str() {
        "部" => ("全内外总局干大支中北南东西俱", "分门件长署队位落委"),
        "步" => ("初进逐同一下上地让脚跑散徒退三两几每", "骤行入步伐数"),
        "布" => ("公发宣分颁", "置局料"),
        "补" => ("弥候", "偿贴充办发货交差卡寄"),
        "每" => ("", "个天次月年位周日回种样人当逢"),
        "美" => ("完优", "的国团元好容食丽"),
        _ => return false,
    };
    let among = |words: &str, text: &str| !text.is_empty() && words.contains(text);
    among(befores, text(at.checked_sub(1))) || among(afters, text(Some(at + 1)))
}

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

/// Whether the negation at `at` makes a question of the word on either side: 是不是, 能不能.
pub(super) fn asks_whether<S: AsRef<str>>(texts: &[S], at: usize) -> bool {
    let text = |index: Option<usize>| index.and_then(|index| texts.get(index)).map_or("", S::as_ref);
    let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
    before == after && !before.is_empty() && is_negation(texts[at].as_ref()) && !is_negation(before)
}

/// Whether a phrase that begins with a negation at `start` is the second half of a question such as 行不行.
pub(super) fn is_half_of_question(texts: &[String], start: usize) -> bool {
    start > 0
        && matches!(texts[start].as_str(), "不" | "没")
        && texts.get(start + 1).is_some_and(|after| *after == texts[start - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_negation_sounds_like_another_word() {
        for word in TWINS.iter().filter(|words| words.len() > 1).copied().flatten() {
            assert_ne!(kind(word), Kind::Negation, "{word}");
        }
    }
}
