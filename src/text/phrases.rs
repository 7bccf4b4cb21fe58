//! Looks for phrases in a passage.
//!
//! A phrase is compiled once into every way to say it. In a passage, positions of near sounds vote for the places
//! where it could stand at all; only there it is aligned. What was found is then checked for what turns it round: a
//! negation before it, half of a question, half of a number.

use super::align::{self, Costs, Element, Scratch};
use super::key::Key;
use super::lexical::{self, Kind};
use super::pattern::{self, PatternError, Piece};
use super::thresholds::{self, Limits, MIDDLING, SHORT};
use super::{Passage, fold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
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
    /// Whether this match of a harmless phrase explains `hit`: it covers the hit and more, and fits about as well.
    pub fn excuses(&self, hit: &Match) -> bool {
        let covers = self.tokens.start <= hit.tokens.start && hit.tokens.end <= self.tokens.end;
        covers && self.tokens.len() > hit.tokens.len() && self.similarity >= hit.similarity - 0.15
    }
}

/// Phrases, ready to be looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseSet {
    ways: Vec<Way>,
    strictness: Strictness,
    purpose: Purpose,
    threshold: Option<f32>,
}

/// One way to say a phrase.
#[derive(Debug, Clone, PartialEq)]
struct Way {
    phrase: usize,
    parts: Vec<Part>,
    /// Ready to be aligned, where no slot is in it.
    whole: Option<Ready>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Words(Vec<Element>),
    Slot(String),
}

/// Elements with what finding them needs.
#[derive(Debug, Clone, PartialEq)]
struct Ready {
    elements: Vec<Element>,
    sounds: Vec<Sounds>,
    weight: f32,
    limits: Limits,
}

/// The classes of near sounds of one element.
#[derive(Debug, Clone, PartialEq)]
struct Sounds {
    index: usize,
    /// The least that it costs where the passage has a token of none of its classes.
    weight: f32,
    classes: Vec<u32>,
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
        let mut set = Self { ways: Vec::new(), strictness, purpose, threshold };
        let mut known = HashMap::new();
        for (phrase, written) in phrases.iter().enumerate() {
            for pieces in pattern::variants(written.as_ref()).map_err(|error| (phrase, error))? {
                let parts: Vec<Part> = pieces
                    .into_iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => Part::Words(elements(&text, language, false, &mut known)),
                        Piece::Slot(name) => Part::Slot(name),
                    })
                    .collect();
                let words = parts.iter().filter_map(|part| match part {
                    Part::Words(words) => Some(words.as_slice()),
                    Part::Slot(_) => None,
                });
                let has_slot = parts.iter().any(|part| matches!(part, Part::Slot(_)));
                let whole = if has_slot { None } else { set.ready(words.flatten().cloned().collect()) };
                if has_slot || whole.is_some() {
                    set.ways.push(Way { phrase, parts, whole });
                }
            }
        }
        Ok(set)
    }

    /// Every place where one of the phrases was said, in order and apart from each other, with the values of `slots`
    /// filled in. A slot without a value stands for any few words.
    pub fn find(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<Match> {
        let mut found: Vec<(f32, Match)> = Vec::new();
        let mut scratch = Scratch::default();
        for way in &self.ways {
            match &way.whole {
                Some(ready) => self.search(way.phrase, ready, passage, &mut scratch, &mut found),
                None => {
                    for ready in self.fill(way, slots) {
                        self.search(way.phrase, &ready, passage, &mut scratch, &mut found);
                    }
                }
            }
        }
        apart(found)
    }

    fn ready(&self, mut elements: Vec<Element>) -> Option<Ready> {
        let weight: f32 = elements.iter().map(|element| element.weight).sum();
        if weight <= 0.0 {
            return None;
        }
        if weight < SHORT {
            for element in &mut elements {
                element.rigid = !matches!(element.key.kind, Kind::Content) && !element.wild && !element.name;
            }
        }
        let limits = thresholds::limits(weight, self.strictness, self.purpose, self.threshold);
        let sounds = elements
            .iter()
            .enumerate()
            .filter(|(_, element)| !element.wild)
            .map(|(index, element)| Sounds {
                index,
                weight: element.weight * element.key.least_unlike(),
                classes: element.key.classes().collect(),
            })
            .collect();
        Some(Ready { elements, sounds, weight, limits })
    }

    /// The ways to fill the slots of `way`.
    fn fill(&self, way: &Way, slots: &BTreeMap<String, Vec<String>>) -> Vec<Ready> {
        let mandarin = way.parts.iter().any(|part| match part {
            Part::Words(words) => words.iter().any(|element| element.key.letters == 0 && !element.key.number),
            Part::Slot(_) => false,
        });
        let mut filled: Vec<Vec<Element>> = vec![Vec::new()];
        for part in &way.parts {
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
        filled.into_iter().filter_map(|elements| self.ready(elements)).collect()
    }

    fn search(
        &self,
        phrase: usize,
        ready: &Ready,
        passage: &Passage,
        scratch: &mut Scratch,
        found: &mut Vec<(f32, Match)>,
    ) {
        let costs = Costs { strictness: self.strictness };
        for place in places(ready, passage) {
            for run in passage.runs_within(place) {
                let most = ready.limits.possible;
                for ending in align::endings(&ready.elements, passage, run, costs, most, scratch) {
                    let tokens = ending.start..ending.end;
                    if !stands(ready, passage, &tokens) {
                        continue;
                    }
                    let similarity = (1.0 - ending.cost / ready.weight).clamp(0.0, 1.0);
                    let sure = ending.cost <= ready.limits.sure;
                    let wildcard = ready.elements.iter().any(|element| element.wild);
                    let score = ready.weight - 2.0 * ending.cost;
                    found.push((score, Match { phrase, tokens, similarity, sure, wildcard }));
                }
            }
        }
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

/// The tokens of `text` as elements.
fn elements(text: &str, language: &str, name: bool, known: &mut HashMap<String, Key>) -> Vec<Element> {
    let tokens = fold(text, language);
    let keys = Key::all(&tokens, known);
    tokens
        .into_iter()
        .zip(keys)
        .map(|(token, key)| {
            let english: f32 = match key.letters {
                0 => 1.0,
                1..=3 => 1.2,
                4..=6 => 1.6,
                _ => 2.0,
            };
            let weight = match key.kind {
                Kind::Content => english,
                Kind::Negation => english.min(1.2),
                Kind::Function if key.letters > 0 => 0.7,
                Kind::Function => 0.8,
                Kind::Intensifier if key.letters > 0 => 0.8,
                Kind::Intensifier => 0.6,
                Kind::Particle if key.letters > 0 => 0.35,
                Kind::Particle => 0.4,
                Kind::Filler => 0.6,
                Kind::Placeholder => 1.0,
            };
            let weight = if name { 0.6 * weight } else { weight };
            Element { text: token.text, key, weight, wild: false, optional: false, name, rigid: false }
        })
        .collect()
}

/// Elements that any one to `most` tokens fit.
fn wildcard(most: usize) -> Vec<Element> {
    let key = Key::of("");
    let one = Element { text: String::new(), key, weight: 0.0, wild: true, optional: false, name: true, rigid: false };
    let mut elements = vec![Element { optional: true, ..one.clone() }; most];
    elements[0] = one;
    elements
}

/// Most classes of one element that are looked up.
const CLASSES: usize = 4;

/// Where the sounds of one element stand in a passage.
struct Heard<'a> {
    index: usize,
    weight: f32,
    count: usize,
    places: [&'a [u32]; CLASSES],
}

impl<'a> Heard<'a> {
    fn new(element: &Sounds, passage: &'a Passage) -> Self {
        let mut places: [&[u32]; CLASSES] = [&[]; CLASSES];
        for (place, class) in places.iter_mut().zip(&element.classes) {
            *place = passage.positions(*class);
        }
        let count = places.iter().map(|places| places.len()).sum();
        Self { index: element.index, weight: element.weight, count, places }
    }

    fn positions(&self) -> impl Iterator<Item = &'a u32> {
        self.places.into_iter().flatten()
    }

    fn is_within(&self, range: &Range<usize>) -> bool {
        self.places.iter().any(|places| {
            let first = places.partition_point(|position| (*position as usize) < range.start);
            places.get(first).is_some_and(|position| (*position as usize) < range.end)
        })
    }
}

/// Stretches of the passage where the phrase could stand, in order and apart.
///
/// A phrase that is found shares the class of near sounds with the passage in tokens of at least a certain weight. So
/// at least one of any tokens that together weigh more than the rest is among them; looking at the places of the
/// rarest ones is enough.
fn places(ready: &Ready, passage: &Passage) -> Vec<Range<usize>> {
    let count = ready.elements.len();
    // What must be of one class with the tokens there.
    let whole: f32 = ready.sounds.iter().map(|element| element.weight).sum();
    let need = (whole - ready.limits.possible).max(0.05) - 1e-3;
    let mut available = 0.0;
    let mut sounds: Vec<Heard<'_>> = Vec::with_capacity(ready.sounds.len());
    for element in &ready.sounds {
        let heard = Heard::new(element, passage);
        if heard.count > 0 {
            available += element.weight;
            sounds.push(heard);
        }
    }
    if available < need {
        return Vec::new();
    }
    sounds.sort_unstable_by_key(|heard| (heard.count, heard.index));
    let slack = count / 3 + 1;
    let mut starts: Vec<usize> = Vec::new();
    let mut left = available;
    for heard in &sounds {
        if left < need {
            break;
        }
        left -= heard.weight;
        starts.extend(heard.positions().map(|position| (*position as usize).saturating_sub(heard.index)));
    }
    starts.sort_unstable();
    starts.dedup();
    let mut places: Vec<Range<usize>> = Vec::new();
    for start in starts {
        let place = start.saturating_sub(slack)..start + count + slack;
        if places.last().is_some_and(|last| last.end >= place.end) {
            continue;
        }
        // The rarest first: where it can't be, that is soon clear.
        let mut spare = available - need;
        let fits = sounds.iter().all(|heard| {
            let near = (start + heard.index).saturating_sub(slack)..start + heard.index + slack + 1;
            if !heard.is_within(&near) {
                spare -= heard.weight;
            }
            spare >= 0.0
        });
        if !fits {
            continue;
        }
        match places.last_mut() {
            Some(last) if place.start <= last.end => last.end = place.end,
            _ => places.push(place),
        }
    }
    places
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
            .filter(|element| passage.keys[tokens.clone()].iter().any(|key| key.id == element.key.id))
            .map(|element| element.weight)
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

#[cfg(test)]
mod tests {
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
    fn repeats_are_found_one_by_one() {
        assert_eq!(quotes("对不起", "对不起，实在对不起，真是对不起").len(), 3);
    }
}
