//! What the best matcher could find: of the phrases that recognition corrupted, those whose remains are still more like
//! the phrase than anything in an hour of other talk is.

use crate::dice::Dice;
use crate::lists::List;
use crate::mishear::Ear;
use crate::{CLASSES, class, talk, wordings};
use callgrade::text::{Passage, PhraseSet, Purpose, Strictness, fold};
use std::collections::BTreeMap;

/// Share of the characters or words that are misheard.
const ERRORS: f64 = 0.2;

/// The passages of an hour of talk.
fn hour(background: &[String], mandarin: bool, ear: &Ear, language: &str, dice: &mut Dice) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut hours = 0.0;
    for turns in background.chunks(100) {
        if hours >= 1.0 {
            break;
        }
        hours += talk::hours(turns, mandarin);
        let heard: Vec<String> = turns.iter().map(|turn| ear.mishear(turn, ERRORS, dice)).collect();
        passages.push(Passage::whole(&fold(&heard.join("\n"), language)));
    }
    passages
}

/// Prints the share that can be recovered.
pub fn print(lists: &[&List], mandarin: bool, slots: &BTreeMap<String, Vec<String>>, background: &[String], ear: &Ear) {
    let language = if mandarin { "zh" } else { "en" };
    let mut dice = Dice::new(17);
    let talk = hour(background, mandarin, ear, language, &mut dice);
    let compile = |phrase: &str, strictness, threshold| {
        PhraseSet::compile(&[phrase], language, strictness, Purpose::Demand, threshold).ok()
    };
    let mut all = [(0_u32, 0_u32); 2];
    let mut lengths = [(0_u32, 0_u32); CLASSES];
    for list in lists {
        for phrase in &list.phrases {
            let (Some(loose), Some(exact)) =
                (compile(phrase, Strictness::Sound, Some(0.0)), compile(phrase, Strictness::Exact, None))
            else {
                continue;
            };
            let mut rival = 0.0_f32;
            for passage in &talk {
                let real = exact.find(passage, slots);
                for hit in loose.find(passage, slots) {
                    let said = real
                        .iter()
                        .any(|real| real.tokens.start < hit.tokens.end && hit.tokens.start < real.tokens.end);
                    if !said {
                        rival = rival.max(hit.similarity);
                    }
                }
            }
            for said in wordings(phrase, mandarin, slots) {
                let heard = fold(&ear.mishear(&said, ERRORS, &mut dice), language);
                let hits = loose.find(&Passage::whole(&heard), slots);
                let found = hits.iter().map(|hit| hit.similarity).fold(0.0, f32::max) > rival;
                for (of, part) in
                    [&mut all[usize::from(list.forbidding)], &mut lengths[class(fold(&said, language).len())]]
                {
                    *of += 1;
                    *part += u32::from(found);
                }
            }
        }
    }
    let share = |(of, part): (u32, u32)| if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) };
    println!(
        "\nCan be recovered at {:.0} % errors: demanded {:.3} | forbidden {:.3} | by length {}",
        ERRORS * 100.0,
        share(all[0]),
        share(all[1]),
        lengths.map(|counts| format!("{:.3}", share(counts))).join(" / ")
    );
}
