//! Looks for phrases in a passage.
//!
//! A phrase is compiled once into every way to say it; what was found in a passage is remembered there.

use super::Passage;
use super::align::{Costs, NEVER};
use super::element::{Element, Whole, elements, wildcard};
use super::lexical::{self, Kind};
use super::pattern::{self, PatternError, Piece};
use super::search::Search;
use super::sounds::Sounds;
use super::thresholds::{self, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

/// How alike heard words and a phrase must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// The same words.
    Exact,
    /// Nearly the same spelling.
    Near,
    /// The same sound, more or less.
    #[default]
    Sound,
}

/// What a match is for; a forbidden phrase needs a closer match than a demanded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Saying it is wanted.
    Demand,
    /// Saying it is held against the speaker.
    Forbid,
}

/// A place where a phrase was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Index of the phrase in the set.
    pub phrase: usize,
    /// The tokens of the passage that it covers.
    pub tokens: Range<usize>,
    /// How alike they are, 0..=1.
    pub similarity: f32,
    /// Whether it is close enough to act on; otherwise a person should look.
    pub sure: bool,
    /// Whether a slot without a value stood for some of the words.
    pub wildcard: bool,
}

impl Match {
    /// What is left of this hit where `harmless` phrases were found: nothing where one of them explains it, which covers
    /// the hit and more and fits as well, or just the hit and fits better; a borderline hit where that one fits only nearly
    /// as well, or covers half of the hit and goes on beyond it. A harmless phrase that is itself borderline explains nothing.
    pub fn excused(self, harmless: &[Match]) -> Option<Match> {
        let own = &self.tokens;
        let (mut explained, mut doubted) = (false, false);
        for other in harmless.iter().filter(|other| other.sure) {
            let goes_beyond = other.tokens.start < own.start || own.end < other.tokens.end;
            let common = own.end.min(other.tokens.end).saturating_sub(own.start.max(other.tokens.start));
            let better = other.similarity - self.similarity;
            explained |= common == own.len() && better > if goes_beyond { -0.05 } else { 0.0 };
            doubted |= goes_beyond && 2 * common >= own.len() && better > -0.1;
        }
        let sure = self.sure && !doubted;
        (!explained).then_some(Match { sure, ..self })
    }
}

/// Phrases, ready to be looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseSet {
    /// The ways without slots.
    ways: Vec<Ready>,
    /// The sounds of `ways`.
    sounds: Sounds,
    /// The ways with slots, which each call fills in.
    open: Vec<Open>,
    /// What tells each phrase, and how it is looked for, from every other.
    names: Vec<u64>,
    wanted: Wanted,
}

/// What a set of phrases is made from; two sets made from the same find the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) hash: u64,
    pub(super) strictness: Strictness,
    pub(super) purpose: Purpose,
    threshold: Option<f32>,
    language: String,
    phrases: Vec<String>,
}

impl Wanted {
    fn new(
        phrases: Vec<String>,
        language: &str,
        strictness: Strictness,
        purpose: Purpose,
        threshold: Option<f32>,
    ) -> Self {
        let mut wanted = Self { hash: 0, strictness, purpose, threshold, language: language.to_owned(), phrases };
        wanted.hash = wanted.hash_of(&wanted.phrases);
        wanted
    }

    /// A hash of phrases that are looked for in this way.
    fn hash_of(&self, phrases: &[String]) -> u64 {
        let Self { strictness, purpose, threshold, language, .. } = self;
        let mut hasher = DefaultHasher::new();
        (phrases, language, *strictness as u8, *purpose as u8, threshold.map(f32::to_bits)).hash(&mut hasher);
        hasher.finish()
    }
}

/// One way to say a phrase, with slots in it.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    phrase: usize,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Words(Vec<Element>),
    Slot(String),
}

/// One way to say a phrase, with what finding it needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ready {
    pub(super) phrase: usize,
    pub(super) elements: Vec<Element>,
    pub(super) weight: f32,
    pub(super) limits: Limits,
}

/// Most values of one slot that are tried.
const SLOT_VALUES: usize = 12;

/// Most ways in which a phrase with several slots is filled.
const FILLINGS: usize = 48;

impl PhraseSet {
    /// Prepares `phrases` (see [`super::pattern`] for their syntax); `language` is an ISO 639-1 code or `any`.
    /// `threshold` replaces the usual least similarity.
    ///
    /// # Errors
    /// The index of the first phrase that can't be read, and why.
    pub fn compile<S: AsRef<str>>(
        phrases: &[S],
        language: &str,
        strictness: Strictness,
        purpose: Purpose,
        threshold: Option<f32>,
    ) -> Result<Self, (usize, PatternError)> {
        let wanted: Vec<String> = phrases.iter().map(|phrase| phrase.as_ref().to_owned()).collect();
        let wanted = Wanted::new(wanted, language, strictness, purpose, threshold);
        let names = wanted.phrases.iter().map(|phrase| wanted.hash_of(std::slice::from_ref(phrase))).collect();
        let mut set = Self { ways: Vec::new(), sounds: Sounds::default(), open: Vec::new(), names, wanted };
        for (phrase, written) in phrases.iter().enumerate() {
            for pieces in pattern::variants(written.as_ref()).map_err(|error| (phrase, error))? {
                let mut words = |text: &str| elements(text, language, false);
                if pieces.iter().any(|piece| matches!(piece, Piece::Slot(_))) {
                    let parts = pieces.into_iter().map(|piece| match piece {
                        Piece::Text(text) => Part::Words(words(&text)),
                        Piece::Slot(name) => Part::Slot(name),
                    });
                    set.open.push(Open { phrase, parts: parts.collect() });
                    continue;
                }
                let texts = pieces.iter().filter_map(|piece| match piece {
                    Piece::Text(text) => Some(text.as_str()),
                    Piece::Slot(_) => None,
                });
                let elements = texts.flat_map(&mut words).collect();
                if let Some(ready) = set.ready(phrase, elements) {
                    set.ways.push(ready);
                }
            }
        }
        set.sounds = Sounds::new(&set.ways, set.by_sound());
        Ok(set)
    }

    /// Whether what is found depends on the values of slots.
    pub fn has_slots(&self) -> bool {
        !self.open.is_empty()
    }

    /// Every place where one of the phrases was said, in order and apart from each other, with the values of `slots`
    /// filled in. A slot without a value stands for any few words that could be a name.
    pub fn find(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        if self.has_slots() {
            return self.search(passage, slots);
        }
        passage.memory.recall(self.wanted.hash, || self.search(passage, slots))
    }

    fn search(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        let mut search = Search::new(&self.wanted, passage);
        if !self.has_slots() {
            // What other lists have in common with this one was already looked for.
            let (known, new) = passage.memory.known(&self.names);
            if new.contains(&true) {
                search.look_for(&self.ways, &self.sounds, |phrase| new[phrase]);
                passage.memory.learn(&self.names, &new, &search.found);
            }
            search.found.extend(known);
            return search.apart();
        }
        search.look_for(&self.ways, &self.sounds, |_| true);
        let filled: Vec<Ready> = self.open.iter().flat_map(|open| self.fill(open, slots)).collect();
        if !filled.is_empty() {
            let sounds = Sounds::new(&filled, self.by_sound());
            search.look_for(&filled, &sounds, |_| true);
        }
        search.apart()
    }

    /// Whether only what sounds alike counts.
    fn by_sound(&self) -> bool {
        self.wanted.strictness == Strictness::Sound
    }

    fn ready(&self, phrase: usize, mut elements: Vec<Element>) -> Option<Ready> {
        let weight: f32 = elements.iter().map(|element| element.weight).sum();
        if weight <= 0.0 {
            return None;
        }
        let Wanted { strictness, purpose, threshold, .. } = self.wanted;
        let english = elements.iter().any(|element| element.key.letters > 0 && !element.name);
        let limits = thresholds::limits(weight, english, strictness, purpose, threshold);
        // All digits of a number are one word.
        let digits = elements.windows(2).filter(|pair| pair.iter().all(|element| element.key.number)).count();
        let costs = Costs { strictness, forbids: purpose == Purpose::Forbid };
        let of_two = elements.len() - digits == 2;
        let telling = elements.iter().filter(|element| element.key.kind == Kind::Content).count();
        let whole = Whole { weight, limits, costs, of_two, telling };
        let takes_up = elements.windows(2).next().is_some_and(|pair| pair[0].takes_up(&pair[1]));
        let texts: Vec<String> = elements.iter().map(|element| element.text.clone()).collect();
        let numbers: Vec<bool> = elements.iter().map(|element| element.key.number).collect();
        let is_point = |at: usize| {
            lexical::is_point(&texts[at]) && at > 0 && numbers[at - 1] && numbers.get(at + 1) == Some(&true)
        };
        for (index, element) in elements.iter_mut().enumerate() {
            element.join(&whole, index == 0 && takes_up);
            element.asks = lexical::asks_whether(&texts, index);
            // 有什么可以帮您 greets, 还有什么可以帮您 asks for more.
            let adds = element.text == "还" && texts.get(index + 1).is_some_and(|next| next == "有");
            element.decisive = adds || is_point(index) || lexical::lacks(&texts, index);
            if element.decisive {
                element.deletion = NEVER;
            }
        }
        Some(Ready { phrase, elements, weight, limits })
    }

    /// The ways to fill the slots of `open`.
    fn fill(&self, open: &Open, slots: &BTreeMap<String, Vec<String>>) -> Vec<Ready> {
        let mandarin = open.parts.iter().any(|part| match part {
            Part::Words(words) => words.iter().any(|element| element.key.letters == 0 && !element.key.number),
            Part::Slot(_) => false,
        });
        let mut filled: Vec<Vec<Element>> = vec![Vec::new()];
        for part in &open.parts {
            let choices: Vec<Vec<Element>> = match part {
                Part::Words(words) => vec![words.clone()],
                Part::Slot(name) => {
                    let values = slots.get(name).map_or(&[][..], Vec::as_slice).iter().take(SLOT_VALUES);
                    let values: Vec<_> =
                        values.map(|value| elements(value, "", true)).filter(|value| !value.is_empty()).collect();
                    let most = if mandarin { 4 } else { 3 };
                    if values.is_empty() { vec![wildcard(most, name == "company")] } else { values }
                }
            };
            filled = filled
                .iter()
                .flat_map(|head| choices.iter().map(move |tail| [head.as_slice(), tail.as_slice()].concat()))
                .take(FILLINGS)
                .collect();
        }
        filled.into_iter().filter_map(|elements| self.ready(open.phrase, elements)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold;
    use super::*;

    fn find(phrases: &[&str], purpose: Purpose, heard: &str) -> Vec<(usize, String, bool)> {
        let slots = BTreeMap::from([
            ("company".to_owned(), vec!["招商银行".to_owned(), "Lakeview Bank".to_owned()]),
            ("agent".to_owned(), vec!["小王".to_owned(), "Emily".to_owned()]),
        ]);
        let language = if heard.is_ascii() { "en" } else { "zh" };
        let tokens = fold(heard, language);
        let passage = Passage::whole(&tokens);
        let set = PhraseSet::compile(phrases, language, Strictness::Sound, purpose, None).unwrap();
        set.find(&passage, &slots)
            .into_iter()
            .map(|hit| {
                let bytes = tokens[hit.tokens.start].bytes.start..tokens[hit.tokens.end - 1].bytes.end;
                (hit.phrase, heard[bytes].to_owned(), hit.sure)
            })
            .collect()
    }

    fn quotes(phrase: &str, heard: &str) -> Vec<String> {
        find(&[phrase], Purpose::Demand, heard).into_iter().filter(|hit| hit.2).map(|hit| hit.1).collect()
    }

    #[test]
    fn misheard_phrases_are_found() {
        for (phrase, heard, quote) in [
            ("欢迎致电{company}", "您好欢迎制电招商因行请问", "欢迎制电招商因行"),
            ("客服代表{agent}", "克服代表小汪很高兴", "克服代表小汪"),
            ("请问有什么可以帮助您", "请问有什么可以帮你吗", "请问有什么可以帮你"),
            ("请稍等", "嗯请您稍等一下", "请您稍等"),
            ("稍等", "请烧等一下", "烧等"),
            ("非常抱歉给您带来不便", "飞常抱欠给你带来不变", "飞常抱欠给你带来不变"),
            ("一百三十五元", "一共135元对吧", "135元"),
            (
                "thank you for calling {company}",
                "Thank you for calling Lake View bank",
                "Thank you for calling Lake View bank",
            ),
            ("this is {agent} speaking", "hello this is Emilee speaking", "this is Emilee speaking"),
            ("this is {agent}", "this is amely", "this is amely"),
            (
                "I am sorry for the inconvenience",
                "I'm really sorry for the inconveniance",
                "I'm really sorry for the inconveniance",
            ),
            ("how may I help you", "uh how may I um help you", "how may I um help you"),
            ("that was our mistake", "that was are mistake", "that was are mistake"),
            ("my pleasure", "may pleasure", "may pleasure"),
            ("I apologise for that", "uh apologise for that", "uh apologise for that"),
            ("frustrated", "I am frusdrated now", "frusdrated"),
        ] {
            assert_eq!(quotes(phrase, heard), [quote], "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_turns_a_phrase_round_is_seen() {
        for (phrase, heard) in [
            ("可以", "这个不可以"),
            ("满意", "我不是很满意"),
            ("a problem", "that's not a problem"),
            ("I can help you", "I can't help you"),
            ("不行", "您看行不行"),
            ("不可以", "可不可以"),
            ("没有问题", "还有没有问题"),
            ("不是", "他似不似"),
            ("24小时", "124小时"),
            ("card", "[card]"),
            ("稍等", "烧灯"),
            ("我们可以退款", "我们不可以退款"),
            ("you are wrong", "you are not wrong"),
        ] {
            assert_eq!(quotes(phrase, heard), [""; 0], "{phrase} in {heard}");
        }
        for (phrase, heard) in
            [("不可以", "不可以"), ("可以", "不，可以的"), ("不行", "不不行"), ("有什么可以帮您", "要不有什么可以帮您")]
        {
            assert_eq!(quotes(phrase, heard).len(), 1, "{phrase} in {heard}");
        }
        // Granted after all, if not in so many words.
        assert_eq!(find(&["可以"], Purpose::Demand, "也不是不可以").first().map(|hit| hit.2), Some(false));
    }

    #[test]
    fn forbidding_is_stricter_and_says_when_it_is_not_sure() {
        let sure = |heard: &str| find(&["这不是我们的问题"], Purpose::Forbid, heard).first().map(|hit| hit.2);
        assert_eq!(sure("这不是我们的问题"), Some(true));
        assert_eq!(sure("这不似我们的问提"), Some(true));
        assert_eq!(sure("这不是我们的位置"), Some(false));
        assert_eq!(sure("这不是我的手机"), None);
    }

    #[test]
    fn an_empty_slot_stands_for_any_few_words() {
        let tokens = fold("客服代表张小龙为您服务", "zh");
        let passage = Passage::whole(&tokens);
        let set =
            PhraseSet::compile(&["客服代表{agent}为您服务"], "zh", Strictness::Sound, Purpose::Demand, None).unwrap();
        let hits = set.find(&passage, &BTreeMap::new());
        assert_eq!(hits.len(), 1);
        assert!(hits[0].wildcard && hits[0].tokens == (0..11), "{hits:?}");
    }

    #[test]
    fn an_empty_slot_takes_no_words_that_are_no_name() {
        let found = |phrase: &str, heard: &str| {
            let language = if heard.is_ascii() { "en" } else { "zh" };
            let set = PhraseSet::compile(&[phrase], language, Strictness::Sound, Purpose::Demand, None).unwrap();
            !set.find(&Passage::whole(&fold(heard, language)), &BTreeMap::new()).is_empty()
        };
        let (served, is) = ("(客服|客服代表|客户经理){agent}", "我(是|叫){agent}");
        let english = "(this is|my name is|I am) {agent}";
        for (phrase, heard) in [
            (served, "跟我们客服没关系"),
            (served, "客服的系统"),
            (served, "您可以联系客服吗"),
            (served, "客服小姐你好"),
            (is, "我是说这个不行"),
            (is, "我是来办退款的"),
            (is, "我是一个老客户"),
            (english, "I am sorry about that"),
            (english, "I am very sorry"),
            (english, "this is the manager"),
            (english, "this is not what I want"),
            (english, "I am here to help"),
            ("请问是{customer}吗", "请问是先生吗"),
            ("欢迎致电{company}", "欢迎致电，请问您有什么问题"),
            ("welcome to {company}", "welcome to the"),
        ] {
            assert!(!found(phrase, heard), "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            (served, "客服小李"),
            (served, "客户经理，呃，小李"),
            (is, "我叫张伟"),
            (is, "我是1023号"),
            (english, "my name is Anna Lee"),
            (english, "this is Tom"),
            (english, "my name is um Anna"),
            ("请问是{customer}吗", "请问是李先生吗"),
            ("欢迎致电{company}", "欢迎致电美的客服"),
            ("(这里|这边)是{company}", "这边是我们安居客的"),
            ("我是{company}", "我是那个安居客的小李"),
            ("welcome to {company}", "welcome to the Lakeview Bank"),
            ("{company} speaking", "Bank of America speaking"),
        ] {
            assert!(found(phrase, heard), "{phrase} in {heard}");
        }
    }

    #[test]
    fn names_are_found_however_their_words_are_parted() {
        for (name, phrase, heard, quote) in [
            ("Northstar Travel", "{company}", "welcome to North Star Travel, my name is", "North Star Travel"),
            ("Northstar", "{company}", "welcome to North Star", "North Star"),
            ("North Star", "calling {company}", "thanks for calling Northstar today", "calling Northstar"),
            ("WiFi Plus", "{company}", "this is Wi Fi Plus, hello", "Wi Fi Plus"),
        ] {
            let slots = BTreeMap::from([("company".to_owned(), vec![name.to_owned()])]);
            let set = PhraseSet::compile(&[phrase], "en", Strictness::Sound, Purpose::Demand, None).unwrap();
            let tokens = fold(heard, "en");
            let hits = set.find(&Passage::whole(&tokens), &slots);
            let quotes = hits
                .iter()
                .map(|hit| &heard[tokens[hit.tokens.start].bytes.start..tokens[hit.tokens.end - 1].bytes.end]);
            assert_eq!(quotes.collect::<Vec<_>>(), [quote], "{phrase} with {name} in {heard}");
        }
        assert_eq!(quotes("somebody else", "is some body else there"), ["some body else"]);
    }

    #[test]
    fn a_passage_remembers_what_was_looked_for_and_no_other_list() {
        let tokens = fold("对不起，请您稍等一下，没办法", "zh");
        let passage = Passage::whole(&tokens);
        let find = |phrase: &str, purpose| {
            let set = PhraseSet::compile(&[phrase], "zh", Strictness::Sound, purpose, None).unwrap();
            set.find(&passage, &BTreeMap::new())
        };
        let first = find("对不起", Purpose::Demand);
        assert_eq!(first.len(), 1);
        assert_eq!(find("对不起", Purpose::Demand), first);
        assert_eq!(find("稍等", Purpose::Demand).len(), 1);
        assert_eq!(find("没办发", Purpose::Demand).len(), 1);
        assert_eq!(find("没办发", Purpose::Forbid).len(), 1);
    }

    #[test]
    fn small_words_of_one_sound_are_the_same_and_others_are_not() {
        assert!(quotes("I promise", "that is a promise").is_empty());
        assert!(quotes("that was our error", "that was your error").is_empty());
    }

    #[test]
    fn what_is_left_of_a_phrase_or_resembles_it_is_not_that_phrase() {
        for (phrase, heard) in [
            ("so you want", "do you want that one"),
            ("so you want", "you want that one"),
            ("I know how", "yes I know that"),
            ("I will call", "I will"),
            ("I will send", "I can send"),
            ("by twelve", "up to twelve"),
            ("step away for a", "two stops away. From the park"),
            ("nobody told me", "my neighbour told me"),
            ("上午", "地上五只"),
            ("月底", "这个月的书"),
        ] {
            assert_eq!(quotes(phrase, heard), [""; 0], "{phrase} in {heard}");
        }
    }

    #[test]
    fn grammar_and_near_sounds_tell_what_was_demanded() {
        for (phrase, heard) in [
            ("not what you expected", "knot what you expected"),
            ("must be hard", "must me hard"),
            ("how can I help", "now can I help"),
            ("we apologise", "he apologise"),
            ("can I confirm your name", "can a confirm your name"),
            ("I cannot hear you", "I cannod hear you"),
        ] {
            assert_eq!(quotes(phrase, heard), [heard], "{phrase} in {heard}");
        }
    }

    #[test]
    fn a_negation_stands_for_no_other_word() {
        for (phrase, heard) in [
            ("I know (how|this|that) (frustrating|is|must|can)", "No, that's not going to happen"),
            ("I know how you feel", "no how do you feel"),
            ("you may not call", "you may note calls"),
            ("this is noted", "this is not it"),
            ("I do know", "I do not"),
        ] {
            assert_eq!(find(&[phrase], Purpose::Demand, heard), [], "{phrase} in {heard}");
            assert_eq!(find(&[phrase], Purpose::Forbid, heard), [], "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_decides_and_is_only_heard_by_its_sound_leaves_it_to_a_person() {
        let sure = |phrase: &str, heard: &str| find(&[phrase], Purpose::Forbid, heard).first().map(|hit| hit.2);
        for (phrase, heard) in [
            ("that is not my problem", "that is note my problem"),
            ("there is no solution", "there is know solution"),
            ("I can't change the system", "I kind change the system"),
            ("I don't make the rules", "I done make the rules"),
            ("I have no idea", "uh have no idea"),
            ("be quiet", "me quiet"),
            ("not our problem", "not or problem"),
        ] {
            assert_eq!(sure(phrase, heard), Some(false), "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("I will never do that", "I will nefer do that"),
            ("that cannot be done", "that kannot be done"),
            ("are you deaf", "are your deaf"),
            ("we cannot do that", "me cannot do that"),
            ("I am hanging up", "a am hanging up"),
            ("I apologise", "a apologise"),
        ] {
            assert_eq!(sure(phrase, heard), Some(true), "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("I can't change the system", "I can change the system"),
            ("that is not going to happen", "that is now going to happen"),
            ("we cannot help you", "you cannot help us"),
            ("I guarantee", "with a guarantee"),
        ] {
            assert_eq!(sure(phrase, heard), None, "{phrase} in {heard}");
        }
    }

    #[test]
    fn a_harmless_phrase_that_fits_worse_than_the_hit_leaves_it_to_a_person() {
        let hit = |likeness, tokens: Range<usize>| Match {
            phrase: 0,
            tokens,
            similarity: likeness,
            sure: true,
            wildcard: false,
        };
        let left = |likeness| hit(1.0, 3..6).excused(&[hit(likeness, 3..7)]).map(|hit| hit.sure);
        assert_eq!([left(1.0), left(0.92), left(0.85)], [None, Some(false), Some(true)]);
        let beside = |tokens| hit(1.0, 3..6).excused(&[hit(1.0, tokens)]).map(|hit| hit.sure);
        assert_eq!(
            [beside(3..6), beside(3..5), beside(5..8), beside(4..8)],
            [Some(true), Some(true), Some(true), Some(false)]
        );
        let harmless = Match { sure: false, ..hit(1.0, 3..7) };
        assert_eq!(hit(1.0, 3..6).excused(&[harmless]), Some(hit(1.0, 3..6)));
    }

    #[test]
    fn what_is_left_of_a_demanded_english_phrase_may_have_been_it() {
        let sure = |phrase: &str, heard: &str| find(&[phrase], Purpose::Demand, heard).first().map(|hit| hit.2);
        assert_eq!(sure("what would you like", "would you like"), Some(false));
        assert_eq!(sure("what would you like", "What wood you like?"), Some(true));
        assert_eq!(sure("what would you like", "you like"), None);
        let named = PhraseSet::compile(&["what would you like"], "en", Strictness::Sound, Purpose::Demand, Some(0.7));
        let heard = fold("would you like", "en");
        assert_eq!(named.unwrap().find(&Passage::whole(&heard), &BTreeMap::new()), []);
    }

    #[test]
    fn what_is_said_elsewhere_in_the_sentence_accuses_nobody() {
        let sure = |phrase: &str, heard: &str| find(&[phrase], Purpose::Forbid, heard).iter().any(|hit| hit.2);
        for (phrase, heard) in [
            ("不是我们的责任", "全部是我们的责任"),
            ("不是我们的责任", "初步看是我们的责任"),
            ("不是我们的责任", "这个用不了，是我们的责任"),
            ("没办法", "没，办法是有的"),
            ("自己想办法", "不会让您自己想办法的"),
            ("自己想办法", "师傅让您自己想办法确实不对"),
            ("no refund", "No, refund it"),
            ("you people", "Thank you. People love it"),
            ("shut up", "Is it shut? Up to you"),
            ("calm down", "I would never ask you to calm down"),
            ("calm down", "he said calm down to you"),
            ("get lost", "your parcel got lost"),
            ("three hundred dollars", "three thousand dollars"),
            ("三百二十元", "3200元"),
            ("登记不了", "登记不会很久"),
        ] {
            assert!(!sure(phrase, heard), "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("不是我们的责任", "这部是我们的责任吧"),
            ("自己想办法", "不行你自己想办法"),
            ("自己想办法", "我说了你自己想办法"),
            ("calm down", "I told you to calm down"),
            ("get lost", "oh get lost"),
            ("打呗随便", "打呗，随便"),
        ] {
            assert!(sure(phrase, heard), "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_is_denied_is_left_to_a_person() {
        let sure = |phrase: &str, heard: &str| find(&[phrase], Purpose::Demand, heard).first().map(|hit| hit.2);
        for (phrase, heard, is_sure) in [
            ("投诉", "我不是来投诉的", false),
            ("满意", "谈不上满意", false),
            ("我很满意", "不能说我很满意", false),
            ("投诉", "不行我就投诉", true),
            ("投诉", "不是，我要投诉", true),
            ("我帮您查", "没有我帮您查", true),
            ("请稍等", "不会请稍等", true),
            ("I can help", "I don't think I can help", false),
            ("make a complaint", "I'm not calling to make a complaint", false),
            ("let me check", "I'm not sure let me check", true),
            ("check that", "why don't I check that", true),
            ("thank you for calling", "no thank you for calling", true),
        ] {
            assert_eq!(sure(phrase, heard), Some(is_sure), "{phrase} in {heard}");
        }
    }

    #[test]
    fn other_numbers_and_names_are_others() {
        for (phrase, heard) in [("十二分钟", "十五分钟"), ("两个工作日", "三个工作日"), ("twenty five", "twenty six")]
        {
            assert_eq!(quotes(phrase, heard), [""; 0], "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("我是{agent}", "我是小李"),
            ("欢迎致电{company}", "欢迎致电工行"),
            ("thank you for calling {company}", "thank you for calling Globex"),
        ] {
            assert_eq!(quotes(phrase, heard), [""; 0], "{phrase} in {heard}");
        }
    }

    #[test]
    fn punctuation_makes_no_difference() {
        let set =
            PhraseSet::compile(&["thank you for calling"], "en", Strictness::Exact, Purpose::Demand, None).unwrap();
        for heard in ["thank you for calling", "Thank you, for calling", "Thank you. For, um, calling"] {
            assert_eq!(set.find(&Passage::whole(&fold(heard, "en")), &BTreeMap::new()).len(), 1, "{heard}");
        }
        assert_eq!(quotes("是不是有病史", "您是不是有病，史先生"), ["是不是有病，史"]);
        assert_eq!(quotes("是不是有病史", "您是不是有病，是吧"), ["是不是有病"], "是 only sounds like 史");
    }

    #[test]
    fn grammar_tells_what_was_meant() {
        for (phrase, heard) in [
            ("no problem", "Know problem, goodbye"),
            ("this is not what you deserve", "this is nor what you deserve"),
            ("let me read", "let be read"),
            ("we do not do refunds", "he don't do refunds"),
        ] {
            assert_eq!(quotes(phrase, heard).len(), 1, "{phrase} in {heard}");
            let sure: Vec<bool> = find(&[phrase], Purpose::Forbid, heard).into_iter().map(|hit| hit.2).collect();
            assert_eq!(sure, [false], "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("no problem", "you know problems happen"),
            ("we do not care", "does he do not care"),
            ("let me read", "he can read"),
        ] {
            assert_eq!(find(&[phrase], Purpose::Forbid, heard), [], "{phrase} in {heard}");
        }
        assert_eq!(quotes("you know", "Right, you know").len(), 1);
        assert_eq!(quotes("certainly not", "cirtainly not").len(), 1);
        assert_eq!(quotes("it's done", "its done").len(), 1);
    }

    #[test]
    fn what_may_be_done_is_no_order() {
        for (phrase, heard, hits) in [
            ("you must wait", "you can wait here", 0),
            ("you must wait", "you should wait here", 0),
            ("you must wait", "you must wait here", 1),
            ("we are not going to refund", "we are not going to refund that", 1),
        ] {
            assert_eq!(find(&[phrase], Purpose::Forbid, heard).len(), hits, "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_lacks_its_meaning_is_left_to_a_person() {
        for (phrase, heard) in
            [("we are not going to refund", "we are not going to charge you"), ("你去问银行", "您去银行")]
        {
            let sure = find(&[phrase], Purpose::Forbid, heard).iter().any(|hit| hit.2);
            assert!(!sure, "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_is_denied_asked_or_reported_accuses_nobody() {
        for (phrase, heard, accuses) in [
            ("保证收益", "这个产品我跟你保证收益的", true),
            ("保证收益", "我们不能向您保证收益", false),
            ("零风险", "不好意思零风险", true),
            ("保证收益", "我从来没有跟您说过保证收益", false),
            ("保证收益", "监管禁止我们承诺保证收益", false),
            ("保证收益", "不存在保证收益这种说法", false),
            ("肯定能退", "不一定肯定能退", false),
            ("你自己去查", "怎么能让你自己去查呢", false),
            ("投诉也没用", "谁跟您说投诉也没用的", false),
            ("退不了", "您刚才说退不了是吗", false),
            ("肯定能退", "肯定能退吗", false),
            ("你听不懂", "你听不懂吗", true),
            ("保本保息", "网上保本保息的都是骗子", false),
            ("保本保息", "保本保息的产品都是很好的", true),
            ("保证收益", "保证收益是不可能的", false),
            ("guaranteed returns", "guaranteed returns do not exist", false),
            ("guaranteed returns", "guaranteed returns is a lie", false),
            ("you will get a refund", "you will get a refund", true),
            ("you will get a refund", "I can't promise you will get a refund", false),
            ("you will get a refund", "I don't know whether you will get a refund", false),
            ("your fault", "I don't believe that this is your fault", false),
            ("guaranteed returns", "it is illegal to promise guaranteed returns", false),
            ("that's not my problem", "I told you that's not my problem", true),
            ("that's not my problem", "who told you that's not my problem", false),
            ("you should have been more careful", "you've been more careful", false),
        ] {
            let sure = find(&[phrase], Purpose::Forbid, heard).iter().any(|hit| hit.2);
            assert_eq!(sure, accuses, "{phrase} in {heard}");
        }
    }

    #[test]
    fn opposites_and_other_numbers_and_names_are_not_said() {
        for (phrase, heard, said) in [
            ("投资有风险", "投资有风险", true),
            ("投资有风险", "投资无风险", false),
            ("理财非存款", "理财非存款", true),
            ("理财非存款", "理财是存款", false),
            ("非常抱歉", "飞常抱歉", true),
            ("有犹豫期", "无犹豫期", false),
            ("为您退款", "没有办法为您退款", false),
            ("为您退款", "我拒绝为您退款", false),
            ("为您退款", "我马上为您退款", true),
            ("还有什么可以帮您", "请问有什么可以帮您", false),
            ("还有什么可以帮您", "请问还有什么可以帮您", true),
            ("3.5折", "打三点五折", true),
            ("3.5折", "打三十五折", false),
            ("百分之三十五", "利率是3.5%", false),
            ("99", "it costs $19.99 a month", false),
            ("the fee is refundable", "the fee is non-refundable", false),
            ("non refundable", "this ticket is nonrefundable", true),
            ("your capital is at risk", "your capital is hardly at risk", false),
            ("it is covered by the warranty", "it is no longer covered by the warranty", false),
            ("I can help you with that", "I doubt I can help you with that", false),
            ("欢迎致电{company}", "欢迎致电招商因行", true),
            ("欢迎致电{company}", "欢迎致电工商银行", false),
            ("welcome to {company}", "welcome to Lake View bank", true),
            ("welcome to {company}", "welcome to Riverside Bank", false),
        ] {
            assert_eq!(quotes(phrase, heard).len(), usize::from(said), "{phrase} in {heard}");
        }
    }

    #[test]
    fn few_characters_accuse_nobody_by_a_near_sound() {
        let sure = |phrase: &str, heard: &str| find(&[phrase], Purpose::Forbid, heard).first().map(|hit| hit.2);
        for (phrase, heard, is_sure) in [
            ("核销", "先核销再说", true),
            ("核销", "先核小再说", false),
            ("你真烦", "你真烦", true),
            ("你真烦", "你真凡", true),
            ("你真烦", "你真放", false),
            ("不归我管", "不归我馆", true),
            ("别来烦我", "别来放我", true),
        ] {
            assert_eq!(sure(phrase, heard), Some(is_sure), "{phrase} in {heard}");
        }
    }

    #[test]
    fn what_is_forbidden_says_whom_it_is_about() {
        let sure = |heard: &str| find(&["you do not understand"], Purpose::Forbid, heard).iter().any(|hit| hit.2);
        assert!(sure("you don't understand") && sure("ya do not understand") && sure("you uh do not understand"));
        for heard in ["uh do not understand", "I don't understand", "people do not understand", "do not understand"] {
            assert!(!sure(heard), "{heard}");
        }
    }

    #[test]
    fn a_word_of_grammar_stands_for_no_word_that_it_begins() {
        for (phrase, heard) in [
            ("you need to do it yourself", "there's nothing you need to do on your side"),
            ("you can do it yourself", "you can do it on your phone"),
            ("I can't do anything for you", "I can't do any of that for you"),
            ("do something about it", "do some of it"),
        ] {
            assert!(find(&[phrase], Purpose::Forbid, heard).iter().all(|hit| !hit.2), "{phrase} in {heard}");
        }
        for (phrase, heard) in [
            ("you need to do it yourself", "well you need to do it your self"),
            ("you need to do it yourself", "sorry, you need to do it yourself"),
            ("is there anything else", "is there any thing else"),
        ] {
            assert!(find(&[phrase], Purpose::Forbid, heard).iter().any(|hit| hit.2), "{phrase} in {heard}");
        }
        assert_eq!(find(&["do it yourself"], Purpose::Forbid, "do it on your side"), []);
    }

    #[test]
    fn words_in_disorder_are_no_phrase() {
        assert!(quotes("you need to call the courier", "the courier said you need it, call").is_empty());
        assert_eq!(quotes("goodbye", "well good bye"), ["good bye"]);
    }

    #[test]
    fn repeats_are_found_one_by_one() {
        assert_eq!(quotes("对不起", "对不起，实在对不起，真是对不起").len(), 3);
    }
}
