//! Replies: what a person calls a turn. Recognition cuts a turn at every longer breath, and a listener's 嗯 or "uh-huh"
//! falls in between; a reply joins the pieces until the other side takes the floor.
//!
//! Takes a call, gives its replies in order of time. Pure.

use crate::call::{CallView, Ms, Speaker, TimeSpan};

/// All that one side says until the other side takes the floor.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Who speaks.
    pub speaker: Speaker,
    /// From its first word to the end of its last.
    pub span: TimeSpan,
    /// Indices of its turns in the transcript, in order.
    pub turns: Vec<usize>,
    /// Whether it is a mere sign of listening while the other side holds the floor.
    pub back_channel: bool,
}

/// A pause after which even the same speaker starts a new reply: by then the floor was free for anybody.
const NEW_REPLY: Ms = Ms(3_000);

/// A sign of listening is at most so long.
const BACK_CHANNEL: Ms = Ms(1_200);

/// The other side goes on so soon after a sign of listening.
const RESUMES: Ms = Ms(800);

/// Words with which one shows that one listens.
const LISTENING: &[&str] = &[
    "嗯", "哦", "噢", "喔", "啊", "哎", "对", "是", "好", "行", "的", "呃", "唔", "哼", "诶", "欸", "yeah", "yes",
    "yep", "mm", "mmm", "hmm", "mhm", "mhmm", "uh", "huh", "uhhuh", "um", "hm", "ok", "okay", "right", "sure", "oh",
    "ah", "i", "see",
];

/// Those of them that say nothing by themselves, and so answer nothing but a question.
const HUMS: &[&str] =
    &["嗯", "哦", "噢", "喔", "呃", "唔", "mm", "mmm", "hmm", "mhm", "mhmm", "uh", "huh", "uhhuh", "hm"];

/// Signs that end a question.
const ASKS: &[char] = &['?', '？', '吗', '么', '呢'];

/// The replies of the call, in order of their start.
pub fn replies(call: &CallView<'_>) -> Vec<Reply> {
    let turns = &call.transcript.turns;
    let mut order: Vec<usize> = (0..turns.len()).collect();
    order.sort_by_key(|index| (turns[*index].span.start, turns[*index].channel));
    let mut replies: Vec<Reply> = Vec::new();
    // The reply that holds the floor: the last one that is no mere sign of listening.
    let mut floor: Option<usize> = None;
    for (place, index) in order.iter().copied().enumerate() {
        let turn = &turns[index];
        let speaker = call.roles.of(turn.channel);
        if let Some(held) = floor.and_then(|floor| replies.get_mut(floor))
            && held.speaker == speaker
            && turn.span.start - held.span.end < NEW_REPLY
        {
            held.span = held.span.hull(turn.span);
            held.turns.push(index);
            continue;
        }
        let back_channel = is_back_channel(call, &order, place);
        if !back_channel {
            floor = Some(replies.len());
        }
        replies.push(Reply { speaker, span: turn.span, turns: vec![index], back_channel });
    }
    replies
}

/// How many neighbours in time are looked at around a sign of listening; more never overlap it in a call of two.
const NEIGHBOURS: usize = 8;

/// Whether the turn at `place` in `order` only shows that one listens: a word or two of listening, begun while the
/// other side talks and followed by more of the other side's talk. A hum may also fall in the pause between.
fn is_back_channel(call: &CallView<'_>, order: &[usize], place: usize) -> bool {
    let turns = &call.transcript.turns;
    let this = &turns[order[place]];
    let speaker = call.roles.of(this.channel);
    if this.span.length() > BACK_CHANNEL {
        return false;
    }
    let units = spoken_units(&this.text);
    if units.is_empty() || units.len() > 3 || !units.iter().all(|unit| LISTENING.contains(&unit.as_str())) {
        return false;
    }
    let near = &order[place.saturating_sub(NEIGHBOURS)..(place + NEIGHBOURS + 1).min(order.len())];
    let others = || near.iter().map(|index| &turns[*index]).filter(|other| call.roles.of(other.channel) != speaker);
    let hums = units.iter().all(|unit| HUMS.contains(&unit.as_str()));
    let pauses = |span: TimeSpan| span.end <= this.span.start && this.span.start - span.end < RESUMES;
    let asks = |text: &str| text.trim_end_matches(['。', '.', ' ']).ends_with(ASKS);
    let begun_under =
        others().any(|other| other.span.contains(this.span.start) || hums && pauses(other.span) && !asks(&other.text));
    let goes_on = others().any(|other| other.span.start < this.span.end + RESUMES && other.span.end > this.span.end);
    begun_under && goes_on
}

/// The words of `text` as a person counts them: each Chinese character, each run of other letters and digits in lower
/// case. Unlike folded text it keeps fillers, because here the fillers are what counts.
pub fn spoken_units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut open = false;
    for character in text.chars() {
        let apostrophe = open && matches!(character, '\'' | '’');
        if !character.is_alphanumeric() && !apostrophe {
            open = false;
            continue;
        }
        if is_han(character) {
            units.push(character.to_string());
            open = false;
        } else if open && let Some(last) = units.last_mut() {
            last.extend(character.to_lowercase());
        } else {
            units.push(character.to_lowercase().collect());
            open = true;
        }
    }
    units
}

/// Whether `character` is a Chinese character.
pub const fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Measures, script};

    fn heard(text: &str) -> Vec<(Speaker, usize, bool)> {
        let (heard, metadata, roles) = script::parse(text).unwrap();
        let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
        replies(&view).into_iter().map(|reply| (reply.speaker, reply.turns.len(), reply.back_channel)).collect()
    }

    #[test]
    fn a_sign_of_listening_does_not_end_a_reply() {
        let call = "customer 0s-4s: 我的网从昨天开始就特别慢\nagent 2s-2.4s: 嗯。\ncustomer 4.5s-7s: 打不开网页。";
        assert_eq!(heard(call), [(Speaker::Customer, 2, false), (Speaker::Agent, 1, true)]);
    }

    #[test]
    fn the_same_word_after_the_other_has_finished_is_a_reply() {
        let call = "customer 0s-4s: 卡号是多少?\nagent 4.3s-4.7s: 嗯。\ncustomer 5s-7s: 你听到了吗?";
        assert_eq!(heard(call).len(), 3);
        assert!(heard(call).iter().all(|(.., back_channel)| !back_channel));
    }

    #[test]
    fn a_hum_in_a_pause_does_not_end_a_reply() {
        let call = "customer 0s-3s: 我的订单号是二零二四,\nagent 3.1s-3.4s: 嗯。\ncustomer 3.5s-6s: 零七一五。";
        assert_eq!(heard(call), [(Speaker::Customer, 2, false), (Speaker::Agent, 1, true)]);
    }

    #[test]
    fn a_long_pause_frees_the_floor() {
        let call = "agent 0s-2s: 请问有什么可以帮您?\nagent 7s-9s: 请问有什么可以帮您?\nagent 10s-11s: 喂?";
        assert_eq!(heard(call), [(Speaker::Agent, 1, false), (Speaker::Agent, 2, false)]);
    }

    #[test]
    fn units_are_characters_and_words() {
        assert_eq!(spoken_units("嗯,OK, I'm 好的。"), ["嗯", "ok", "i'm", "好", "的"]);
    }
}
