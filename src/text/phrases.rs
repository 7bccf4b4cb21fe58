//! Looks for phrases in a passage.
//!
//! A phrase is compiled once into every way to say it. In a passage, positions of near sounds vote for the places
//! where it could stand at all; only there it is aligned. What was found is then checked for what turns it round: a
//! negation before it, half of a question, half of a number.

use super::Passage;
use super::align::{self, Costs, Ending, Scratch};
use super::element::{Element, elements, wildcard};
use super::lexical::{self, Kind};
use super::pattern::{self, PatternError, Piece};
use super::places::{Sieve, Sounds};
use super::thresholds::{self, Limits, MIDDLING, SHORT};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

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
    /// Whether this match of a harmless phrase explains `hit`: it covers the hit and more, and fits about as well.
    pub fn excuses(&self, hit: &Match) -> bool {
        let covers = self.tokens.start <= hit.tokens.start && hit.tokens.end <= self.tokens.end;
        covers && self.tokens.len() > hit.tokens.len() && self.similarity >= hit.similarity - 0.15
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
    wanted: Arc<Wanted>,
}

/// What a set of phrases is made from; two sets made from the same find the same.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) hash: u64,
    strictness: Strictness,
    purpose: Purpose,
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
        let mut hasher = DefaultHasher::new();
        (&phrases, language, strictness as u8, purpose as u8, threshold.map(f32::to_bits)).hash(&mut hasher);
        Self { hash: hasher.finish(), strictness, purpose, threshold, language: language.to_owned(), phrases }
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
struct Ready {
    phrase: usize,
    elements: Vec<Element>,
    weight: f32,
    limits: Limits,
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
        let wanted = Arc::new(Wanted::new(wanted, language, strictness, purpose, threshold));
        let mut set = Self { ways: Vec::new(), sounds: Sounds::default(), open: Vec::new(), wanted };
        let mut known = HashMap::new();
        for (phrase, written) in phrases.iter().enumerate() {
            for pieces in pattern::variants(written.as_ref()).map_err(|error| (phrase, error))? {
                let mut words = |text: &str| elements(text, language, false, &mut known);
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
                    set.sounds.push(&ready.elements, ready.limits.possible);
                    set.ways.push(ready);
                }
            }
        }
        Ok(set)
    }

    /// Whether what is found depends on the values of slots.
    pub fn has_slots(&self) -> bool {
        !self.open.is_empty()
    }

    /// Every place where one of the phrases was said, in order and apart from each other, with the values of `slots`
    /// filled in. A slot without a value stands for any few words.
    pub fn find(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        if self.has_slots() {
            return self.search(passage, slots);
        }
        passage.memory.recall(&self.wanted, || self.search(passage, slots))
    }

    fn search(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        let mut search = Search::new(self, passage);
        search.look_for(&self.ways, &self.sounds);
        let filled: Vec<Ready> = self.open.iter().flat_map(|open| self.fill(open, slots)).collect();
        if !filled.is_empty() {
            let mut sounds = Sounds::default();
            for ready in &filled {
                sounds.push(&ready.elements, ready.limits.possible);
            }
            search.look_for(&filled, &sounds);
        }
        apart(std::mem::take(&mut search.found))
    }

    fn ready(&self, phrase: usize, mut elements: Vec<Element>) -> Option<Ready> {
        let weight: f32 = elements.iter().map(|element| element.weight).sum();
        if weight <= 0.0 {
            return None;
        }
        if weight < SHORT {
            for element in &mut elements {
                element.rigid = !matches!(element.key.kind, Kind::Content) && !element.wild && !element.name;
            }
        }
        let Wanted { strictness, purpose, threshold, .. } = *self.wanted;
        let limits = thresholds::limits(weight, strictness, purpose, threshold);
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
                    let values: Vec<_> = values
                        .map(|value| elements(value, "", true, &mut HashMap::new()))
                        .filter(|value| !value.is_empty())
                        .collect();
                    if values.is_empty() { vec![wildcard(if mandarin { 4 } else { 3 })] } else { values }
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

/// The search for the phrases of one set in one passage.
struct Search<'a> {
    passage: &'a Passage,
    costs: Costs,
    scratch: Scratch,
    endings: Vec<Ending>,
    found: Vec<(f32, Match)>,
}

impl<'a> Search<'a> {
    fn new(set: &PhraseSet, passage: &'a Passage) -> Self {
        Self {
            passage,
            costs: Costs { strictness: set.wanted.strictness, forbids: set.wanted.purpose == Purpose::Forbid },
            scratch: passage.memory.scratch(),
            endings: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Looks for `ways`, whose sounds are `sounds`.
    fn look_for(&mut self, ways: &[Ready], sounds: &Sounds) {
        let Self { passage, costs, scratch, endings, found } = self;
        let by_sound = costs.strictness == Strictness::Sound;
        Sieve::new(sounds, passage, by_sound, &mut scratch.distances).sift(|way, places| {
            let ready = &ways[way];
            let most = ready.limits.possible;
            for run in places.iter().flat_map(|place| passage.runs_within(place.clone())) {
                align::endings(&ready.elements, passage, run, *costs, most, scratch, endings);
                for ending in endings.iter() {
                    let tokens = ending.start..ending.end;
                    if !stands(ready, passage, &tokens) {
                        continue;
                    }
                    let similarity = (1.0 - ending.cost / ready.weight).clamp(0.0, 1.0);
                    let sure = ending.cost <= ready.limits.sure;
                    let wildcard = ready.elements.iter().any(|element| element.wild);
                    let score = ready.weight - 2.0 * ending.cost;
                    found.push((score, Match { phrase: ready.phrase, tokens, similarity, sure, wildcard }));
                }
            }
        });
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        self.passage.memory.keep(std::mem::take(&mut self.scratch));
    }
}

/// The best of overlapping matches, in order.
fn apart(mut found: Vec<(f32, Match)>) -> Vec<Match> {
    found.sort_by(|(score_a, a), (score_b, b)| {
        b.sure.cmp(&a.sure).then(score_b.total_cmp(score_a)).then((a.tokens.start, a.tokens.end, a.phrase).cmp(&(
            b.tokens.start,
            b.tokens.end,
            b.phrase,
        )))
    });
    let mut kept: BTreeMap<usize, Match> = BTreeMap::new();
    for (_, candidate) in found {
        let before = kept.range(..candidate.tokens.end).next_back();
        if before.is_none_or(|(_, other)| other.tokens.end <= candidate.tokens.start) {
            kept.insert(candidate.tokens.start, candidate);
        }
    }
    kept.into_values().collect()
}

/// Whether nothing around `tokens` makes them something else than the phrase.
fn stands(ready: &Ready, passage: &Passage, tokens: &Range<usize>) -> bool {
    let elements = &ready.elements;
    let (Some(first), Some(last)) = (elements.first(), elements.last()) else { return false };
    // Part of a longer number.
    if (first.key.number && passage.joined[tokens.start])
        || (last.key.number && passage.joined.get(tokens.end).copied().unwrap_or(false))
    {
        return false;
    }
    if ready.weight < MIDDLING {
        let share = if ready.weight < SHORT { 0.5 } else { 0.25 };
        let same: f32 = elements
            .iter()
            .enumerate()
            .filter(|(index, _)| is_there(elements, *index, passage, tokens))
            .map(|(_, element)| element.weight)
            .sum();
        if same < share * ready.weight {
            return false;
        }
    }
    if lexical::is_half_of_question(&passage.texts, tokens.start) {
        return false;
    }
    let run = passage.runs.partition_point(|run| run.end <= tokens.start);
    let from = passage.runs.get(run).map_or(tokens.start, |run| run.start.min(tokens.start));
    !lexical::is_negated(&passage.texts, &passage.opens, from, tokens.start, elements.len())
}

/// Whether the very word of an element is among `tokens`, be it parted or written together with its neighbour.
fn is_there(elements: &[Element], index: usize, passage: &Passage, tokens: &Range<usize>) -> bool {
    let element = &elements[index];
    if passage.keys[tokens.clone()].iter().any(|key| key.id == element.key.id) {
        return true;
    }
    if element.key.letters == 0 {
        return false;
    }
    let texts = &passage.texts[tokens.clone()];
    let parted = || texts.windows(2).any(|pair| align::is_joined(&element.text, &pair[0], &pair[1]));
    let together = || {
        let pairs = elements[index.saturating_sub(1)..elements.len().min(index + 2)].windows(2);
        pairs.into_iter().any(|pair| texts.iter().any(|text| align::is_joined(text, &pair[0].text, &pair[1].text)))
    };
    parted() || together()
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
            ("客服代表{agent}", "克服代表小黄很高兴", "克服代表小黄"),
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
            (
                "I am sorry for the inconvenience",
                "I'm really sorry for the inconveniance",
                "I'm really sorry for the inconveniance",
            ),
            ("how may I help you", "uh how may I um help you", "how may I um help you"),
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
    fn repeats_are_found_one_by_one() {
        assert_eq!(quotes("对不起", "对不起，实在对不起，真是对不起").len(), 3);
    }
}
