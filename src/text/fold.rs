//! Folding: text as it is compared, with the way back to the text as it was heard.
//!
//! Two writings that sound the same to a listener fold to the same tokens: width, case, traditional characters,
//! contractions and the many ways to write a number. The language of the recording is only a hint, since calls mix
//! languages: the script of each character decides.

use super::characters::{self, Class};
use super::{lexical, numbers_en, numbers_zh, words};
use std::ops::Range;

/// One unit of comparison: a Chinese character, a word, a digit of a number, or a placeholder such as `[card]`.
///
/// Every number becomes one token a digit, however it was written or said, so that 一百三十五, 135, 幺三五 and
/// "one hundred thirty five" are the same; only a lone ten stays whole, as `10`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Token {
    /// The folded form.
    pub text: String,
    /// Where it stands in the original, in bytes.
    pub bytes: Range<usize>,
    /// Whether punctuation or the beginning of the text stands before it.
    pub opens: bool,
    /// Whether it is a later digit of the number that the token before belongs to.
    pub joined: bool,
}

impl Token {
    /// Whether it is a digit (or the number ten) of a number.
    pub fn is_number(&self) -> bool {
        self.text.starts_with(|first: char| first.is_ascii_digit())
    }

    /// Whether it stands for personal data that was masked.
    pub fn is_placeholder(&self) -> bool {
        self.text.starts_with('[')
    }
}

/// What masked personal data looks like in a text.
const PLACEHOLDERS: &[&str] = &["[card]", "[code]", "[phone]", "[id]", "[email]"];

/// A piece of text before numbers are read: the characters of one word, one run of digits or one ideograph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) text: String,
    pub(super) bytes: Range<usize>,
    pub(super) opens: bool,
    pub(super) class: Class,
}

/// Splits `text` into folded tokens, in order; their byte ranges never overlap and may leave gaps. `language` is an
/// ISO 639-1 code, or anything else where it is not known.
pub fn fold(text: &str, language: &str) -> Vec<Token> {
    let mut units = units(text);
    join_titles(text, &mut units);
    words::join(&mut units);
    numbers_en::spell_ordinals(&mut units);
    let mandarin = language == "zh" || units.iter().any(|unit| unit.class == Class::Ideograph);
    let mut tokens = Vec::with_capacity(units.len());
    let mut at = 0;
    while at < units.len() {
        let unit = &units[at];
        at += match unit.class {
            Class::Ideograph => numbers_zh::read(&units, at, &mut tokens),
            Class::Digit => numbers_zh::read_digits(text, &units, at, mandarin, &mut tokens),
            _ => numbers_en::read(&units, at, &mut tokens),
        }
        .unwrap_or_else(|| {
            // A sign is said beside a number only.
            if unit.class == Class::Other && !unit.text.starts_with('[') {
                return 1;
            }
            tokens.push(Token { text: unit.text.clone(), bytes: unit.bytes.clone(), opens: unit.opens, joined: false });
            1
        });
    }
    join_decimals(&mut tokens);
    tokens
}

/// Makes one number of what stands before and behind a decimal point.
fn join_decimals(tokens: &mut [Token]) {
    for at in 2..tokens.len() {
        let [before, point, digit] = &tokens[at - 2..=at] else { continue };
        if before.is_number() && lexical::is_point(&point.text) && digit.is_number() && !digit.opens {
            tokens[at].joined = true;
        }
    }
}

/// Cuts `text` into units, contractions already taken apart.
fn units(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut word: Option<Unit> = None;
    let mut opens = true;
    let mut rest = text.char_indices().peekable();
    while let Some((start, character)) = rest.next() {
        if character == '['
            && let Some(placeholder) = PLACEHOLDERS.iter().find(|name| text[start..].starts_with(**name))
        {
            words::push(text, word.take(), &mut units);
            let bytes = start..start + placeholder.len();
            while rest.peek().is_some_and(|(at, _)| *at < bytes.end) {
                rest.next();
            }
            units.push(Unit { text: (*placeholder).into(), bytes, opens, class: Class::Other });
            opens = false;
            continue;
        }
        let end = start + character.len_utf8();
        // Most letters need no closer look.
        if let (Some(word), 'a'..='z') = (&mut word, character)
            && word.class == Class::Letter
        {
            word.text.push(character);
            word.bytes.end = end;
            continue;
        }
        let folded = characters::fold(character);
        let class = folded.chars().next().map_or(Class::Mark, characters::class);
        match class {
            Class::Letter | Class::Digit => match &mut word {
                Some(word) if word.class == class => {
                    word.text.push_str(&folded);
                    word.bytes.end = end;
                }
                _ => {
                    words::push(text, word.take(), &mut units);
                    word = Some(Unit { text: folded, bytes: start..end, opens, class });
                    opens = false;
                }
            },
            // Belongs to the letter before, which is folded without it.
            Class::Mark => {
                if let Some(word) = &mut word {
                    word.bytes.end = end;
                }
            }
            Class::Apostrophe if word.as_ref().is_some_and(|word| word.class == Class::Letter) => {
                if let Some(word) = &mut word {
                    word.text.push('\'');
                }
            }
            // A separator inside a number: 1,000 and 3.5.
            Class::Pause if is_inside_number(text, start, end) => {
                if let Some(word) = &mut word
                    && character == '.'
                {
                    word.text.push('.');
                }
            }
            Class::Ideograph | Class::Other => {
                words::push(text, word.take(), &mut units);
                for character in folded.chars() {
                    let class = characters::class(character);
                    if matches!(class, Class::Ideograph | Class::Other | Class::Letter | Class::Digit) {
                        units.push(Unit { text: character.into(), bytes: start..end, opens, class });
                        opens = false;
                    }
                }
            }
            Class::Pause | Class::Apostrophe | Class::Blank => {
                words::push(text, word.take(), &mut units);
                opens |= class == Class::Pause;
            }
        }
    }
    words::push(text, word, &mut units);
    units
}

/// Titles that recognition writes as if they were initials, longest first.
const SPELT_TITLES: &[&str] = &["mrs", "ms", "mr"];

/// Makes "M.S." one word before a name; "an M.S. in physics" and the letters of a spelt word stay as they are.
fn join_titles(text: &str, units: &mut Vec<Unit>) {
    let is_letter = |unit: &Unit| unit.class == Class::Letter && unit.text.len() == 1;
    let dotted = |units: &[Unit], at: usize| match units.get(at..at + 2) {
        Some([this, next]) => text.get(this.bytes.end..next.bytes.start).is_some_and(|gap| gap.trim_end() == "."),
        _ => false,
    };
    let mut at = 0;
    while at + 2 < units.len() {
        let spelt = |title: &&&str| {
            let end = at + title.len();
            let same = units.get(at..end).is_some_and(|letters| {
                letters.iter().zip(title.split("").filter(|letter| !letter.is_empty())).all(|(a, b)| a.text == b)
            });
            let next = units.get(end).filter(|next| next.class == Class::Letter && !is_letter(next));
            same && (at..end - 1).all(|letter| dotted(units, letter))
                && next.is_some_and(|next| {
                    let capital = text[next.bytes.clone()].starts_with(char::is_uppercase);
                    let gap = text.get(units[end - 1].bytes.end..next.bytes.start).map(str::trim);
                    capital && matches!(gap, Some("" | "."))
                })
        };
        // The end of "A. M. S." is no title.
        let initial = at > 0 && is_letter(&units[at - 1]) && dotted(units, at - 1);
        if units[at].text == "m"
            && !initial
            && let Some(title) = SPELT_TITLES.iter().find(spelt)
        {
            let last = at + title.len() - 1;
            let bytes = units[at].bytes.start..units[last].bytes.end;
            units[at] = Unit { text: (*title).into(), bytes, ..units[at].clone() };
            units.drain(at + 1..=last);
        }
        at += 1;
    }
}

/// Whether the comma or dot at `start..end` stands between digits and before what its meaning needs: three digits
/// after a comma, any digit after a dot.
fn is_inside_number(text: &str, start: usize, end: usize) -> bool {
    let digit_before = text[..start].ends_with(|c: char| c.is_ascii_digit());
    let after = text[end..].chars().take_while(char::is_ascii_digit).count();
    digit_before
        && match &text[start..end] {
            "," => after == 3,
            "." => after > 0,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str, language: &str) -> String {
        fold(text, language).iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn writings_of_one_thing_fold_alike() {
        for (a, b) in [
            ("歡迎致電，請問有什麼可以幫助您？", "欢迎致电请问有什么可以帮助你"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("幺零零八六", "10086"),
            ("一百三十五元", "135元"),
            ("两千零五年", "2005年"),
            ("三万五", "35000"),
            ("等十分钟", "等10分钟"),
            ("百分之百", "100%"),
            ("百分之二十", "20%"),
            ("三点五公里", "3.5公里"),
            ("一千两百块", "1,200块"),
        ] {
            assert_eq!(folded(a, "zh"), folded(b, "zh"), "{a} / {b}");
            if !b.ends_with('%') {
                assert_eq!(folded(a, "en"), folded(b, "en"), "{a} / {b} whatever the language");
            }
        }
        for (a, b) in [
            ("I'm sorry, it's gone", "i am sorry it is gone"),
            ("I can’t do that", "I cannot do that"),
            ("won't", "will not"),
            ("one hundred and thirty-five", "135"),
            ("one thirty five", "135"),
            ("forty-one eleven", "4111"),
            ("five five five, oh one double two", "555, 0122"),
            ("triple seven oh", "7770"),
            ("two thousand twenty four", "2024"),
            ("nineteen eighty four", "1984"),
            ("fifteen hundred dollars", "$1,500"),
            ("twenty percent", "20%"),
            ("Café", "cafe"),
            ("a hundred", "100"),
            ("on the 1st of May", "on the first of may"),
            ("the 22nd, the 30th and the 13th", "the twenty-second, the thirtieth and the thirteenth"),
            ("the Wi-Fi and my e-mail", "the wifi and my email"),
        ] {
            assert_eq!(folded(a, "en"), folded(b, "en"), "{a} / {b}");
        }
    }

    #[test]
    fn words_that_only_look_like_numbers_stay() {
        assert_eq!(folded("千万不要，万一", "zh"), "千 万 不 要 万 1");
        assert_eq!(folded("oh no", "en"), "oh no");
        assert_eq!(folded("a moment and a half", "en"), "a moment and a half");
        assert_eq!(folded("我的VIP会员，办理5G套餐ok吗", "zh"), "我 的 vip 会 员 办 理 5 g 套 餐 okay 吗");
    }

    #[test]
    fn titles_written_as_initials_are_titles() {
        for (title, usual) in [("M.S.", "ms"), ("M. S.", "ms"), ("MS", "ms"), ("M.S", "ms"), ("Ms .", "ms")]
            .into_iter()
            .chain([("M.R.", "mr"), ("M. R.", "mr"), ("Mr .", "mr"), ("M.R.S.", "mrs")])
        {
            assert_eq!(folded(&format!("Good morning {title} Moss."), "en"), format!("good morning {usual} moss"));
        }
        let text = "Thank you, M. S. Moss";
        let tokens = fold(text, "en");
        assert_eq!(&text[tokens[2].bytes.clone()], "M. S");
        for (other, tokens) in [
            ("I have an M.S. in physics", "i have an m s in physics"),
            ("R. M. S. Titanic", "r m s titanic"),
            ("M, S, Moss", "m s moss"),
            ("the M.S. 150", "the m s 1 5 0"),
        ] {
            assert_eq!(folded(other, "en"), tokens, "{other}");
        }
    }

    #[test]
    fn placeholders_are_one_token() {
        let tokens = fold("my card is [card], thanks", "en");
        assert_eq!(tokens[3].text, "[card]");
        assert!(tokens[3].is_placeholder());
        assert_eq!(&"my card is [card], thanks"[tokens[3].bytes.clone()], "[card]");
    }

    #[test]
    fn tokens_know_what_stands_before() {
        let tokens = fold("不，可以 1234", "zh");
        assert_eq!(tokens.iter().map(|token| token.opens).collect::<Vec<_>>()[..3], [true, true, false]);
        assert_eq!(tokens.iter().map(|token| token.joined).collect::<Vec<_>>()[3..], [false, true, true, true]);
    }

    proptest::proptest! {
        #[test]
        fn offsets_lead_back_in_order(text in "[您一十百万零两a-c'’ ,.%$\\[\\]cardé１0-9点之分，é]{0,40}") {
            let mut end = 0;
            for token in fold(&text, "zh") {
                proptest::prop_assert!(token.bytes.start >= end, "{token:?} before {end}");
                proptest::prop_assert!(text.get(token.bytes.clone()).is_some_and(|heard| !heard.is_empty()) || token.bytes.is_empty());
                proptest::prop_assert!(!token.text.is_empty());
                end = token.bytes.start;
            }
        }
    }
}
