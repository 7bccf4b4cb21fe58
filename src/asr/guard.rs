//! The guard against text that nobody said: in layers, each with its count.
//!
//! A recogniser that hears noise, silence or the other side through the line writes sentences all the same. What is
//! dropped here has no speech under it, goes round in circles, could not be said in its time, is a phrase that the
//! model learned from subtitles, or is the other side's talk heard through. Real talk must pass: where in doubt it stays,
//! with its low probability.

use super::words::is_ideograph;
use crate::call::{ChannelSound, Dropped, Ms, SoundMap, TimeSpan, Word};

/// Words a second that nobody speaks.
const WORDS_A_SECOND: f64 = 8.0;
/// Chinese characters a second that nobody speaks.
const CHARACTERS_A_SECOND: f64 = 12.0;
/// How often the same words in a row are a loop.
const LOOP: usize = 4;
/// Longest run of words that is looked for as a loop.
const LONGEST_LOOP: usize = 12;
/// Mean probability under which a text needs more than its own word.
const DOUBTFUL: f32 = 0.4;
/// Probability of "no speech" from which a doubtful text is dropped.
const NO_SPEECH: f32 = 0.6;
/// How much louder (dB) the other side is where its talk comes through the line.
const HEARD_THROUGH: f32 = 14.0;
/// How like the other side's words its echo is.
const ALIKE: f64 = 0.65;

/// Phrases that subtitles hold and calls do not, without blanks, marks and case.
const GHOSTS: &[&str] = &[
    "thankyouforwatching",
    "thanksforwatching",
    "thankyousomuchforwatching",
    "subtitlesbytheamaraorgcommunity",
    "pleasesubscribetomychannel",
    "likeandsubscribe",
    "dontforgettosubscribe",
    "seeyouinthenextvideo",
    "请不吝点赞",
    "明镜与点点",
    "字幕由",
    "字幕志愿者",
    "中文字幕",
    "字幕制作",
    "感谢观看",
    "谢谢观看",
    "谢谢大家观看",
    "感谢收看",
    "谢谢收看",
    "下期再见",
    "优优独播剧场",
    "yoyotelevision",
    "amaraorg",
];

/// What one channel said between two time marks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// Probability that nobody speaks in its window, as the recogniser sees it.
    pub(super) no_speech: f32,
}

impl Line {
    fn span(&self) -> TimeSpan {
        let spans = self.words.iter().map(|word| word.span);
        spans.reduce(TimeSpan::hull).unwrap_or_default()
    }

    fn probability(&self) -> f32 {
        self.words.iter().map(|word| word.probability).sum::<f32>() / self.words.len().max(1) as f32
    }

    /// Its letters in small ones, without blanks and marks.
    fn letters(&self) -> String {
        let words = self.words.iter().flat_map(|word| word.text.chars());
        words.filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    }
}

/// Drops lines of one channel that nobody said there, and counts their words.
pub(super) fn clean(lines: &mut Vec<Line>, dropped: &mut Dropped) {
    for line in lines.iter_mut() {
        dropped.loops += unloop(&mut line.words);
    }
    lines.retain(|line| {
        let words = line.words.len() as u32;
        if words == 0 {
            return false;
        }
        let reason = if line.no_speech > NO_SPEECH && line.probability() < DOUBTFUL {
            &mut dropped.no_speech
        } else if is_ghost(&line.letters()) {
            &mut dropped.ghost
        } else {
            return true;
        };
        *reason += words;
        false
    });
}

/// Drops lines that are another channel's talk heard through, and counts their words. `channels` holds the lines of
/// each channel of `sound`.
pub(super) fn drop_cross_talk(channels: &mut [Vec<Line>], sound: &SoundMap, dropped: &mut Dropped) {
    for quiet in 0..channels.len() {
        let kept = channels[quiet]
            .iter()
            .map(|line| {
                let through = (0..channels.len())
                    .filter(|loud| *loud != quiet)
                    .any(|loud| is_heard_through(line, &channels[loud], &sound.channels[quiet], &sound.channels[loud]));
                if through {
                    dropped.cross_talk += line.words.len() as u32;
                }
                !through
            })
            .collect::<Vec<bool>>();
        let mut kept = kept.into_iter();
        channels[quiet].retain(|_| kept.next().unwrap_or(true));
    }
}

fn is_heard_through(line: &Line, others: &[Line], here: &ChannelSound, there: &ChannelSound) -> bool {
    let span = line.span();
    let (Some(own), Some(other)) = (level(here, span), level(there, span)) else { return false };
    if other - own < HEARD_THROUGH {
        return false;
    }
    // The words said at the same time, whatever lines they are in.
    let around = TimeSpan::new(span.start - Ms(700), span.end + Ms(700));
    let said: String = others
        .iter()
        .flat_map(|line| &line.words)
        .filter(|word| word.span.overlaps(around))
        .flat_map(|word| word.text.chars())
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    contained(&line.letters(), &said) > ALIKE
}

/// Loudness of the loudest tenth of `span`, in dB relative to full scale; `None` where it was not measured.
fn level(sound: &ChannelSound, span: TimeSpan) -> Option<f32> {
    let mut values = sound.loudness.within(span).to_vec();
    values.sort_unstable();
    values.get(values.len() / 10).map(|value| -f32::from(*value))
}

fn is_ghost(letters: &str) -> bool {
    GHOSTS.iter().any(|ghost| {
        // A phrase of Chinese subtitles is told anywhere in the line, an English one only as the whole of it.
        let anywhere = ghost.chars().any(is_ideograph) || ghost.contains("amara") || ghost.contains("yoyo");
        if anywhere { letters.contains(ghost) } else { letters == *ghost }
    })
}

/// Whether nobody can say `words` in `room`.
pub(super) fn is_too_fast<'a>(words: impl Iterator<Item = &'a str>, room: Ms) -> bool {
    let (mut count, mut needed) = (0, 0.0);
    for word in words {
        let characters = word.chars().filter(|one| is_ideograph(*one)).count();
        count += characters.max(1);
        needed += if characters > 0 { characters as f64 / CHARACTERS_A_SECOND } else { 1.0 / WORDS_A_SECOND };
    }
    count > 3 && needed > room.seconds()
}

/// Keeps the first of the same words said over and over; gives the number of words dropped.
fn unloop(words: &mut Vec<Word>) -> u32 {
    let letters: Vec<String> = words
        .iter()
        .map(|word| word.text.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect())
        .collect();
    let mut keep = vec![true; words.len()];
    let mut at = 0;
    while at < letters.len() {
        let found = (1..=LONGEST_LOOP).find_map(|period| {
            let times =
                letters[at..].chunks_exact(period).take_while(|chunk| **chunk == letters[at..at + period]).count();
            // Single words are repeated in earnest: digits, "no no no", 对对对.
            let limit = if period == 1 { 2 * LOOP } else { LOOP };
            (at + period <= letters.len() && times >= limit).then_some((period, times))
        });
        match found {
            Some((period, times)) => {
                keep[at + period..at + period * times].fill(false);
                at += period * times;
            }
            None => at += 1,
        }
    }
    let before = words.len();
    let mut keep = keep.into_iter();
    words.retain(|_| keep.next().unwrap_or(true));
    (before - words.len()) as u32
}

/// How like `part` is to the stretch of `whole` that is likest to it, 0..=1: one minus the edits for each character
/// (the stretch may begin and end anywhere).
///
/// # Source
/// P. H. Sellers, The theory and computation of evolutionary distances, Journal of Algorithms 1 (1980).
fn contained(part: &str, whole: &str) -> f64 {
    let whole: Vec<char> = whole.chars().collect();
    let mut row = vec![0_usize; whole.len() + 1];
    let mut length = 0;
    for character in part.chars() {
        length += 1;
        let mut diagonal = row[0];
        row[0] = length;
        for (index, other) in whole.iter().enumerate() {
            let above = row[index + 1];
            let changed = diagonal + usize::from(*other != character);
            row[index + 1] = changed.min(above + 1).min(row[index] + 1);
            diagonal = above;
        }
    }
    let edits = row.iter().min().copied().unwrap_or(length);
    1.0 - edits as f64 / length.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Contour;

    fn line(text: &[&str], start: i64, end: i64) -> Line {
        let step = (end - start) / text.len() as i64;
        let words = text.iter().enumerate().map(|(index, text)| {
            let from = start + step * index as i64;
            let span = TimeSpan::new(Ms(from), Ms(from + step));
            Word { text: (*text).to_owned(), span, probability: 0.9, mask: None }
        });
        Line { words: words.collect(), no_speech: 0.0 }
    }

    fn channel(level: u8) -> ChannelSound {
        let loudness = Contour { hop: Ms(10), values: vec![level; 2000] };
        ChannelSound { speech: vec![TimeSpan::new(Ms(0), Ms(20_000))], loudness, ..ChannelSound::default() }
    }

    fn cleaned(line: Line) -> (usize, Dropped) {
        let mut lines = vec![line];
        let mut dropped = Dropped::default();
        clean(&mut lines, &mut dropped);
        (lines.iter().map(|line| line.words.len()).sum(), dropped)
    }

    #[test]
    fn each_layer_drops_its_kind_and_counts_it() {
        let ghost = line(&["请不吝点赞", "订阅", "转发"], 0, 3000);
        assert_eq!(cleaned(ghost), (0, Dropped { ghost: 3, ..Dropped::default() }));
        let mut doubtful = line(&["hello", "there"], 0, 1000);
        doubtful.no_speech = 0.9;
        assert_eq!(cleaned(doubtful.clone()), (2, Dropped::default()));
        doubtful.words.iter_mut().for_each(|word| word.probability = 0.2);
        assert_eq!(cleaned(doubtful).1.no_speech, 2);
        let looped = line(&["I", "am", "here", "I", "am", "here", "I", "am", "here", "I", "am", "here", "ok"], 0, 9000);
        assert_eq!(cleaned(looped), (4, Dropped { loops: 9, ..Dropped::default() }));
    }

    #[test]
    fn nobody_says_ten_words_in_a_second() {
        let ten = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        assert!(is_too_fast(ten.into_iter(), Ms(1000)) && !is_too_fast(ten.into_iter(), Ms(1300)));
        assert!(is_too_fast("请问有什么可以帮您的吗".split_inclusive(|_| true), Ms(900)));
        assert!(!is_too_fast("请问有什么可以帮您的吗".split_inclusive(|_| true), Ms(1000)));
        assert!(!is_too_fast(["thank", "you"].into_iter(), Ms(20)));
    }

    #[test]
    fn real_talk_stays() {
        for text in
            [vec!["thank", "you"], vec!["no", "no", "no", "no"], vec!["5", "5", "5", "1", "2", "3", "4"], vec!["嗯"]]
        {
            let words = text.len();
            assert_eq!(cleaned(line(&text, 0, 2000)), (words, Dropped::default()), "{text:?}");
        }
    }

    #[test]
    fn the_other_side_heard_through_is_dropped_and_talk_at_once_is_not() {
        let said = line(&["could", "you", "hold", "the", "line"], 1000, 3000);
        let heard = line(&["could", "hold", "the", "lime"], 1000, 3000);
        let answer = line(&["yes", "I", "can", "do"], 1000, 3000);
        let run = |line: Line, quiet: u8| {
            let sound = SoundMap { duration: Ms(20_000), channels: vec![channel(20), channel(quiet)] };
            let mut channels = vec![vec![said.clone()], vec![line]];
            let mut dropped = Dropped::default();
            drop_cross_talk(&mut channels, &sound, &mut dropped);
            (channels[0].len(), channels[1].len(), dropped.cross_talk)
        };
        assert_eq!(run(heard.clone(), 40), (1, 0, 4));
        assert_eq!(run(heard, 25), (1, 1, 0));
        assert_eq!(run(answer, 40), (1, 1, 0));
    }
}
