//! How well phrases survive recognition, and how often they are heard where nobody said them.
//!
//! Takes every phrase of the shipped rubrics and lexicons, corrupts it as recognition does, hides it in unrelated talk
//! and looks for it; then looks for all of them in talk that holds none. Prints the tables of `docs/matching.md`.
//! `cargo bench --bench noise`; `NOISE_LANGUAGE=en` takes one language only, `NOISE_DETAILS=1` also prints what was missed
//! and what was heard wrongly.

#![allow(missing_docs, reason = "a program, not a library")]

mod ceiling;
mod dice;
mod lists;
mod mishear;
mod talk;

use callgrade::text::pattern::{self, Piece};
use callgrade::text::{Passage, PhraseSet, Purpose, Strictness, fold};
use dice::Dice;
use lists::List;
use mishear::Ear;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const ERRORS: [f64; 4] = [0.0, 0.1, 0.2, 0.3];
const STRICTNESS: [(&str, Strictness); 3] =
    [("exact", Strictness::Exact), ("near", Strictness::Near), ("sound", Strictness::Sound)];
/// False hits an hour of one list that do no harm.
const FEW: f64 = 0.2;
/// Turns of background talk a language; `NOISE_TURNS` takes fewer for a quick look.
const TURNS: usize = 12_000;

fn slots(mandarin: bool) -> BTreeMap<String, Vec<String>> {
    let (company, agent, customer) =
        if mandarin { ("远航宽带", "小林", "陈静") } else { ("Lakeview Bank", "Emily", "Daniel Carter") };
    [("company", company), ("agent", agent), ("customer", customer)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
        .collect()
}

/// Every way to say `phrase`, as text: what is measured does not depend on how a list is written.
fn wordings(phrase: &str, mandarin: bool, slots: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let said = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Slot(name) => slots.get(name).and_then(|values| values.first()).cloned().unwrap_or_default(),
    };
    let ways = pattern::variants(phrase).unwrap_or_default();
    let between = if mandarin { "" } else { " " };
    ways.iter().map(|pieces| pieces.iter().map(said).collect::<Vec<_>>().join(between)).collect()
}

/// Classes of length that are counted apart.
const CLASSES: usize = 4;

fn class(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    }
}

struct Matchers {
    wanted: PhraseSet,
    except: Option<PhraseSet>,
}

impl Matchers {
    fn new(list: &List, strictness: Strictness) -> Option<Self> {
        let language = if list.mandarin { "zh" } else { "en" };
        let purpose = if list.forbidding { Purpose::Forbid } else { Purpose::Demand };
        let wanted = PhraseSet::compile(&list.phrases, language, strictness, purpose, None).ok()?;
        let except = if list.except.is_empty() {
            None
        } else {
            PhraseSet::compile(&list.except, language, strictness, Purpose::Demand, None).ok()
        };
        Some(Self { wanted, except })
    }

    /// Hits as the operators would see them.
    fn find(&self, passage: &Passage, slots: &BTreeMap<String, Vec<String>>) -> Vec<callgrade::text::Match> {
        let mut hits = self.wanted.find(passage, slots);
        if let (Some(except), false) = (&self.except, hits.is_empty()) {
            let harmless = except.find(passage, slots);
            hits = hits.into_iter().filter_map(|hit| hit.excused(&harmless)).collect();
        }
        hits
    }
}

/// Some turns of background talk, as they were said and as they were heard.
struct Chunk {
    text: String,
    heard: Passage,
    heard_turns: Vec<usize>,
    said: Passage,
    said_turns: Vec<usize>,
}

impl Chunk {
    fn new(heard: &[String], said: &[String], language: &str) -> Self {
        let prepare = |turns: &[String]| {
            let text = turns.join("\n");
            let tokens = fold(&text, language);
            let of_token = tokens.iter().map(|token| text[..token.bytes.start].matches('\n').count()).collect();
            (Passage::whole(&tokens), of_token, text)
        };
        let (heard, heard_turns, text) = prepare(heard);
        let (said, said_turns, _) = prepare(said);
        Self { text, heard, heard_turns, said, said_turns }
    }
}

fn main() {
    let details = std::env::var_os("NOISE_DETAILS").is_some();
    let turns = std::env::var("NOISE_TURNS").ok().and_then(|turns| turns.parse().ok()).unwrap_or(TURNS);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rubrics");
    let lists = lists::read(&folder);
    speed(&lists);
    let only = std::env::var("NOISE_LANGUAGE").ok();
    for mandarin in [true, false] {
        if only.as_deref().is_some_and(|only| (only == "zh") != mandarin) {
            continue;
        }
        let lists: Vec<&List> = lists.iter().filter(|list| list.mandarin == mandarin).collect();
        let slots = slots(mandarin);
        let mut dice = Dice::new(20_260_101);
        let background: Vec<String> = (0..turns).map(|_| talk::turn(mandarin, &mut dice)).collect();
        let phrases: Vec<&str> = lists.iter().flat_map(|list| &list.phrases).map(String::as_str).collect();
        let ear = Ear::new(background.iter().map(String::as_str).chain(phrases.iter().copied()));
        println!(
            "\n## {} ({} lists, {} phrases, {} wordings)",
            if mandarin { "Mandarin" } else { "English" },
            lists.len(),
            phrases.len(),
            phrases.iter().map(|phrase| wordings(phrase, mandarin, &slots).len()).sum::<usize>()
        );
        recall(&lists, mandarin, &slots, &background, &ear, details);
        ceiling::print(&lists, mandarin, &slots, &background, &ear);
        false_hits(&lists, mandarin, &slots, &background, &ear, details);
    }
}

fn recall(
    lists: &[&List],
    mandarin: bool,
    slots: &BTreeMap<String, Vec<String>>,
    background: &[String],
    ear: &Ear,
    details: bool,
) {
    let language = if mandarin { "zh" } else { "en" };
    println!(
        "\nRecall | errors | demanded, sure | demanded, sure or borderline | forbidden, sure | forbidden, sure or borderline | by length 1-2 / 3-4 / 5-7 / 8+"
    );
    for (name, strictness) in STRICTNESS {
        let matchers: Vec<Option<Matchers>> = lists.iter().map(|list| Matchers::new(list, strictness)).collect();
        for errors in ERRORS {
            let mut dice = Dice::new(7);
            let mut demanded = (0, 0, 0);
            let mut forbidden = (0, 0, 0);
            let mut lengths = [(0, 0); CLASSES];
            for (list, matchers) in lists.iter().zip(&matchers) {
                let Some(matchers) = matchers else { continue };
                for phrase in &list.phrases {
                    for said in wordings(phrase, mandarin, slots) {
                        let length = fold(&said, language).len();
                        let heard = ear.mishear(&said, errors, &mut dice);
                        let before = ear.mishear(&background[dice.roll(background.len())], errors, &mut dice);
                        let after = ear.mishear(&background[dice.roll(background.len())], errors, &mut dice);
                        let text = format!("{before} {heard} {after}");
                        let place = before.len() + 1..before.len() + 1 + heard.len();
                        let tokens = fold(&text, language);
                        let hits = matchers.find(&Passage::whole(&tokens), slots);
                        let at_place = |sure: bool| {
                            hits.iter().any(|hit| {
                                let bytes = tokens[hit.tokens.start].bytes.start..tokens[hit.tokens.end - 1].bytes.end;
                                (hit.sure || !sure) && bytes.start < place.end && place.start < bytes.end
                            })
                        };
                        let (sure, possible) = (at_place(true), at_place(false));
                        let counted = if list.forbidding { &mut forbidden } else { &mut demanded };
                        *counted = (counted.0 + 1, counted.1 + u32::from(sure), counted.2 + u32::from(possible));
                        let class = class(length);
                        lengths[class].0 += 1;
                        lengths[class].1 += u32::from(possible);
                        if details && strictness == Strictness::Sound && errors == 0.2 && !possible {
                            let purpose = if list.forbidding { "forbidden" } else { "demanded" };
                            println!("  missed: {said} heard {heard} ({purpose}, {})", list.name);
                        }
                        // What was said to the letter is nothing for a person to look at.
                        if details && strictness == Strictness::Sound && errors == 0.0 && !sure {
                            println!("  missed unchanged: {said}  [{phrase}] ({})", list.name);
                        }
                    }
                }
            }
            let share = |part: u32, of: u32| if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) };
            println!(
                "{name} | {:.0} % | {:.3} | {:.3} | {:.3} | {:.3} | {}",
                errors * 100.0,
                share(demanded.1, demanded.0),
                share(demanded.2, demanded.0),
                share(forbidden.1, forbidden.0),
                share(forbidden.2, forbidden.0),
                lengths.map(|(of, part)| format!("{:.3}", share(part, of))).join(" / ")
            );
        }
    }
}

fn false_hits(
    lists: &[&List],
    mandarin: bool,
    slots: &BTreeMap<String, Vec<String>>,
    background: &[String],
    ear: &Ear,
    details: bool,
) {
    let language = if mandarin { "zh" } else { "en" };
    println!(
        "\nHits an hour | errors | demanded, truly said | false: demanded, sure | false: demanded, borderline | forbidden, sure | forbidden, borderline | demanding lists with at most {FEW} | a list, demanded / forbidden | phrases concerned, demanded / forbidden"
    );
    let exact: Vec<Option<Matchers>> = lists.iter().map(|list| Matchers::new(list, Strictness::Exact)).collect();
    for errors in [0.0, 0.2] {
        let mut dice = Dice::new(99);
        let heard: Vec<String> = background.iter().map(|turn| ear.mishear(turn, errors, &mut dice)).collect();
        let hours = talk::hours(background, mandarin);
        let passages: Vec<Chunk> = heard
            .chunks(100)
            .zip(background.chunks(100))
            .map(|(heard, said)| Chunk::new(heard, said, language))
            .collect();
        for (name, strictness) in STRICTNESS {
            // Sure and borderline false hits of the demanding and of the forbidding lists.
            let (mut demanded, mut forbidden) = ([0_u32; 2], [0_u32; 2]);
            let mut truly = 0_u32;
            // Sure false hits of each demanding list.
            let mut by_list: Vec<(u32, &str)> = Vec::new();
            let mut wrong: BTreeMap<(&str, String), u32> = BTreeMap::new();
            let mut places: BTreeSet<(bool, bool, &str)> = BTreeSet::new();
            for (list, exact) in lists.iter().zip(&exact) {
                let (Some(matchers), Some(exact)) = (Matchers::new(list, strictness), exact) else { continue };
                let before = demanded[0];
                for chunk in &passages {
                    // What was really said, by chance, is no false hit; what recognition made of it neither.
                    let real = exact.find(&chunk.heard, slots);
                    let said: BTreeSet<usize> =
                        exact.find(&chunk.said, slots).iter().map(|hit| chunk.said_turns[hit.tokens.start]).collect();
                    for hit in matchers.find(&chunk.heard, slots) {
                        let overlaps = |real: &callgrade::text::Match| {
                            real.tokens.start < hit.tokens.end && hit.tokens.start < real.tokens.end
                        };
                        if real.iter().any(overlaps) || said.contains(&chunk.heard_turns[hit.tokens.start]) {
                            truly += u32::from(!list.forbidding);
                            continue;
                        }
                        places.insert((list.forbidding, hit.sure, list.phrases[hit.phrase].as_str()));
                        let counted = if list.forbidding { &mut forbidden } else { &mut demanded };
                        counted[usize::from(!hit.sure)] += 1;
                        if details && strictness == Strictness::Sound {
                            let (text, tokens) = (&chunk.text, fold(&chunk.text, language));
                            let bytes = tokens[hit.tokens.start].bytes.start..tokens[hit.tokens.end - 1].bytes.end;
                            let label = format!(
                                "{} in {} ({}{})",
                                list.phrases[hit.phrase],
                                &text[bytes],
                                list.name,
                                match (hit.sure, list.forbidding) {
                                    (false, _) => ", borderline",
                                    (true, true) => ", forbidden",
                                    (true, false) => "",
                                }
                            );
                            *wrong.entry((name, label)).or_insert(0) += 1;
                        }
                    }
                }
                if !list.forbidding {
                    by_list.push((demanded[0] - before, &list.name));
                }
            }
            let per_hour = |count: u32| f64::from(count) / hours;
            by_list.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            let few = by_list.iter().filter(|(count, _)| per_hour(*count) <= FEW).count();
            let forbidding = lists.iter().filter(|list| list.forbidding).count();
            println!(
                "{name} | {:.0} % | {:.1} | {:.3} | {:.3} | {:.3} | {:.3} | {few} of {} | {:.4} / {:.4} ({hours:.1} h) | {} / {}",
                errors * 100.0,
                per_hour(truly),
                per_hour(demanded[0]),
                per_hour(demanded[1]),
                per_hour(forbidden[0]),
                per_hour(forbidden[1]),
                by_list.len(),
                per_hour(demanded[0]) / (lists.len() - forbidding) as f64,
                per_hour(forbidden[0]) / forbidding as f64,
                places.iter().filter(|(forbidding, sure, _)| !forbidding && *sure).count(),
                places.iter().filter(|(forbidding, sure, _)| *forbidding && *sure).count(),
            );
            if strictness == Strictness::Sound {
                for (count, name) in by_list.iter().filter(|(count, _)| per_hour(*count) > FEW) {
                    println!("  {name}: {:.2}", per_hour(*count));
                }
            }
            let mut wrong: Vec<_> = wrong.into_iter().collect();
            // What accuses somebody comes first, however rare.
            wrong.sort_by_key(|((_, label), count)| (!label.ends_with(", forbidden)"), std::cmp::Reverse(*count)));
            for ((_, label), count) in wrong.iter().take(60) {
                println!("  {count} x {label}");
            }
        }
    }
}

/// Seconds that this thread has had a processor, so that a busy machine does not count; the clock elsewhere.
fn cpu_time() -> f64 {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = read.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.map_or_else(
        || std::time::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64()),
        |nanoseconds| nanoseconds as f64 / 1e9,
    )
}

/// All lists at once over a call of six minutes.
fn speed(lists: &[List]) {
    println!("\nAll lists of a language over a call of six minutes (both sides), a median of 21 runs:");
    for mandarin in [true, false] {
        let language = if mandarin { "zh" } else { "en" };
        let slots = slots(mandarin);
        let mut dice = Dice::new(3);
        let mut turns = Vec::new();
        while talk::hours(&turns, mandarin) < 0.1 {
            turns.push(talk::turn(mandarin, &mut dice));
        }
        let text = turns.join("\n");
        let mut matchers = Vec::new();
        let (mut lists_, mut phrases) = (0, 0);
        for list in lists.iter().filter(|list| list.mandarin == mandarin) {
            matchers.extend(Matchers::new(list, Strictness::Sound));
            lists_ += 1;
            phrases += list.phrases.len();
        }
        let mut preparing = Vec::new();
        let mut finding = Vec::new();
        for _ in 0..21 {
            let start = cpu_time();
            let passage = Passage::whole(&fold(&text, language));
            preparing.push((cpu_time() - start) * 1e3);
            let start = cpu_time();
            let hits: usize = matchers.iter().map(|matcher| matcher.find(&passage, &slots).len()).sum();
            finding.push((cpu_time() - start) * 1e3);
            std::hint::black_box(hits);
        }
        preparing.sort_by(f64::total_cmp);
        finding.sort_by(f64::total_cmp);
        println!(
            "{language}: {lists_} lists, {phrases} phrases: folding {:.2} ms, finding {:.2} ms",
            preparing[10], finding[10]
        );
    }
}
