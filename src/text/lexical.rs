//! What kinds of words there are, as far as comparing phrases needs it: which may be missing or added without changing
//! what was said, and which turn it into its opposite.

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
