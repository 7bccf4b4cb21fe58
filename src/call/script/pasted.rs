//! Transcripts as other programs write them and people paste them, rewritten as a script.
//!
//! Takes lines such as `Speaker 1 (00:01): Hello`, `[00:00:01] Agent: Hello`, `客服（小王）：您好`, `【客户】我要投诉` or a name
//! with a time on a line above the words, and gives a script line for line. Who is agent and who is customer is read
//! off the names, else the first of two speakers is taken for the agent.

use super::{NAMES, Speaker, subtitles, time};
use std::borrow::Cow;

/// A transcript as a script, and whose side each speaker was taken for where that had to be guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// The script.
    pub script: String,
    /// Names as written whose side had to be guessed, each with its side.
    pub guessed: Vec<(String, Speaker)>,
    /// Whether one of the names is the agent's that was asked for.
    pub names_agent: bool,
}

/// Most words and characters of a speaker's name.
const NAME: (usize, usize) = (3, 30);

/// Start and end in seconds, as far as they are written.
type Times = (Option<f64>, Option<f64>);

/// One line: who speaks when, and what.
#[derive(Debug, Default)]
struct Line {
    name: Option<String>,
    times: Times,
    words: String,
}

/// `text` as a script; `agent` is the name of the agent in it, where it is known. Nothing, where no line names a
/// speaker.
pub fn pasted(text: &str, agent: Option<&str>) -> Option<Pasted> {
    let text = text.trim_start_matches('\u{FEFF}');
    let text = if subtitles::has_any(text) { Cow::Owned(subtitles::as_lines(text)?) } else { Cow::Borrowed(text) };
    let lines: Vec<Line> = text.lines().map(line).collect();
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().filter_map(|line| line.name.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let known: Vec<Option<Speaker>> = names
        .iter()
        .map(|name| match agent {
            Some(agent) if agent.trim().eq_ignore_ascii_case(name) => Some(Speaker::Agent),
            Some(_) => None,
            None => side(name),
        })
        .collect();
    let has = |speaker| known.contains(&Some(speaker));
    let unnamed = known.iter().filter(|side| side.is_none()).count();
    let sides: Vec<Speaker> = known
        .iter()
        .enumerate()
        .map(|(index, side)| match side {
            Some(side) => *side,
            None if has(Speaker::Agent) && !has(Speaker::Customer) => Speaker::Customer,
            None if has(Speaker::Customer) && !has(Speaker::Agent) => Speaker::Agent,
            None if unnamed == 2 && names.len() == 2 => [Speaker::Agent, Speaker::Customer][index],
            None => Speaker::Unknown,
        })
        .collect();
    if names.is_empty() {
        return None;
    }
    let side_of = |name: &str| names.iter().position(|known| *known == name).map_or(Speaker::Unknown, |at| sides[at]);
    let mut script = String::with_capacity(text.len());
    let (mut speaker, mut waiting) = (Speaker::Unknown, (None, None));
    for line in &lines {
        if let Some(name) = &line.name {
            speaker = side_of(name);
        }
        let times = if line.times.0.is_some() { line.times } else { std::mem::take(&mut waiting) };
        if line.words.is_empty() {
            waiting = times;
        } else if line.words.starts_with(['@', '#']) {
            script.push_str(&line.words);
        } else {
            script.push_str(speaker.as_str());
            match times {
                (Some(start), Some(end)) if end > start => script.push_str(&format!(" {start}s-{end}s")),
                (Some(start), _) => script.push_str(&format!(" {start}s")),
                _ => {}
            }
            script.push_str(": ");
            script.push_str(&line.words);
        }
        script.push('\n');
    }
    let guessed = names.iter().zip(&sides).zip(&known).filter(|(_, known)| known.is_none());
    let guessed = guessed.map(|((name, side), _)| ((*name).to_owned(), *side)).collect();
    Some(Pasted { script, guessed, names_agent: agent.is_some() && has(Speaker::Agent) })
}

/// The side that a speaker's name says: `Agent 2`, `客服（小王）`, `Emily (Agent)`.
fn side(name: &str) -> Option<Speaker> {
    let lower = name.to_lowercase();
    let parts = lower.split(['(', ')', '-', '_', ' ', '/']).map(str::trim).filter(|part| !part.is_empty());
    let named = |part: &str| {
        let part = part.trim_end_matches(|it: char| it.is_ascii_digit());
        let mut sides = NAMES.iter().filter(|(_, side)| *side != Speaker::Unknown);
        sides.find(|(word, _)| part == *word || (!word.is_ascii() && part.starts_with(word)))
    };
    parts.filter_map(named).map(|(_, side)| *side).next()
}

fn line(text: &str) -> Line {
    let text = text.replace("**", "");
    let text = text.trim().trim_start_matches(['-', '*', '>', '•']).trim_start();
    if text.starts_with(['@', '#']) {
        return Line { words: text.to_owned(), ..Line::default() };
    }
    // One sign for another, so that places in both are the same.
    let plain: Vec<char> = text.chars().map(plain).collect();
    let words = |from: usize| text.chars().skip(from).collect::<String>().trim().to_owned();
    let (times, mut at) = leading_times(&plain);
    while plain.get(at).is_some_and(|it| it.is_whitespace() || matches!(it, '-' | '|')) {
        at += 1;
    }
    // `[Agent] words`
    if plain.get(at) == Some(&'[')
        && let Some(length) = plain[at..].iter().position(|it| *it == ']')
    {
        let name: String = plain[at + 1..at + length].iter().collect();
        if let Some(name) = usable(&name, true) {
            let words = words(at + length + 1);
            return Line { name: Some(name), times, words: words.trim_start_matches([':', '：']).trim().to_owned() };
        }
    }
    // `Agent (00:01): words`
    let is_end = |index: &usize| {
        let digit = |at: Option<usize>| at.and_then(|at| plain.get(at)).is_some_and(char::is_ascii_digit);
        plain[*index] == ':' && !(digit(index.checked_sub(1)) && digit(Some(index + 1)))
    };
    if let Some(end) = (at..plain.len()).find(is_end) {
        let head: String = plain[at..end].iter().collect();
        let (name, own) = head_of(&head);
        let times = if times.0.is_some() { times } else { own };
        if let Some(name) = usable(&name, times.0.is_some()) {
            return Line { name: Some(name), times, words: words(end + 1) };
        }
    }
    // `Agent 00:01 words`, or a name and a time above the words.
    let rest: String = plain[at..].iter().collect();
    if let Some((name, times)) = heading(&rest) {
        return Line { name: Some(name), times, ..Line::default() };
    }
    let first: usize = rest.chars().take_while(|it| !it.is_whitespace()).count();
    let (head, length): (String, usize) = match rest.find(|it: char| it.is_ascii_digit()) {
        Some(place) if rest[place..].contains(':') && side(&rest[..place]).is_some() => {
            (rest[..place].trim().to_owned(), rest[..place].chars().count())
        }
        _ => (rest.chars().take(first).collect(), first),
    };
    if side(&head).is_some() && (length < plain.len() - at || times.0.is_some()) {
        let (own, after) = leading_times(&plain[at + length..]);
        let skipped = at + length + after;
        if own.0.is_some() || times.0.is_some() {
            let times = if times.0.is_some() { times } else { own };
            return Line { name: Some(head), times, words: words(skipped) };
        }
    }
    Line { name: None, times, words: words(at) }
}

/// A name with a time after it and nothing more: `Emily Stone  0:01`. Each of its words begins like one of a name.
fn heading(line: &str) -> Option<(String, Times)> {
    let (name, own) = line.trim_end().rsplit_once(char::is_whitespace)?;
    let own: Vec<char> = own.chars().collect();
    let ((Some(start), end), length) = leading_times(&own) else { return None };
    let capital = |word: &str| word.starts_with(|it: char| !it.is_lowercase() && it.is_alphanumeric());
    let is_name = length == own.len() && name.split_whitespace().all(capital);
    is_name.then(|| usable(name, true)).flatten().map(|name| (name, (Some(start), end)))
}

/// The ASCII sign for a full-width one.
fn plain(it: char) -> char {
    match it {
        '【' | '［' => '[',
        '】' | '］' => ']',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(it as u32 - 0xFEE0).unwrap_or(it),
        '\u{3000}' => ' ',
        _ => it,
    }
}

/// A speaker's name, where `name` can be one; `timed` where a time stands beside it.
fn usable(name: &str, timed: bool) -> Option<String> {
    let name = name.trim();
    let short = name.split_whitespace().count() <= if timed { NAME.0 } else { NAME.0 - 1 };
    let known = side(name).is_some();
    let odd = name.contains(['{', '}', '"', '<', '>', '=']);
    let word = !odd && name.chars().any(char::is_alphanumeric) && name.chars().count() <= NAME.1;
    (word && (known || short)).then(|| name.to_owned())
}

/// The name before a colon and the times in it: `Speaker 1 (00:01)`, `SPEAKER_00 [0:01 - 0:03]`, `Emily (Agent) 0:01`.
fn head_of(head: &str) -> (String, Times) {
    let characters: Vec<char> = head.chars().collect();
    for at in 0..characters.len() {
        let begins = at == 0 || characters[at - 1].is_whitespace() || matches!(characters[at], '(' | '[');
        if let ((Some(start), end), length) = leading_times(&characters[at..])
            && begins
        {
            let name: String = characters[..at].iter().chain(&characters[at + length..]).collect();
            return (name.trim().to_owned(), (Some(start), end));
        }
    }
    (head.trim().to_owned(), (None, None))
}

/// A time or two at the beginning, in brackets or not, and how many characters they take.
fn leading_times(text: &[char]) -> (Times, usize) {
    let blanks = |from: usize| from + text[from..].iter().take_while(|it| it.is_whitespace()).count();
    let mut at = blanks(0);
    let bracket = matches!(text.get(at), Some('[' | '('));
    at = blanks(at + usize::from(bracket));
    let Some((start, length)) = clock(&text[at..]) else { return ((None, None), 0) };
    at += length;
    let mut end = None;
    let mut next = blanks(at);
    let dashes = text[next..].iter().take_while(|it| matches!(it, '-' | '–' | '~' | '>')).count();
    if dashes > 0 {
        next = blanks(next + dashes);
        if let Some((time, length)) = clock(&text[next..]) {
            end = Some(time);
            at = next + length;
        }
    }
    if bracket {
        at = blanks(at);
        if !matches!(text.get(at), Some(']' | ')')) {
            return ((None, None), 0);
        }
        at += 1;
    }
    ((Some(start), end), at)
}

/// A time such as `00:01`, `1:02:03.5`, `00:00:01,500` or `1.5s` in seconds, and its length.
fn clock(text: &[char]) -> Option<(f64, usize)> {
    let length = text.iter().take_while(|it| it.is_ascii_digit() || matches!(it, ':' | '.' | ',')).count();
    let written: String = text[..length].iter().collect();
    let ends = |at: usize| !text.get(at).is_some_and(|it| it.is_alphanumeric());
    if text.get(length) == Some(&'s') && ends(length + 1) {
        return Some((written.parse().ok()?, length + 1));
    }
    let written = written.trim_end_matches([':', '.', ',']);
    if !(1..=2).contains(&written.matches(':').count()) {
        return None;
    }
    Some((time::clock(written)?, written.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> String {
        pasted(text, None).map(|pasted| pasted.script).unwrap_or_default()
    }

    #[test]
    fn transcripts_of_many_shapes_become_scripts() {
        for (text, expected) in [
            ("Speaker 1 (00:01): Hello\nSpeaker 2 (00:06): Hi", "agent 1s: Hello\ncustomer 6s: Hi\n"),
            ("[00:00:01] Agent: Hello\n[00:00:06] Customer: Hi", "agent 1s: Hello\ncustomer 6s: Hi\n"),
            (
                "SPEAKER_00 [00:00.5 - 00:03.2]: Hello\nSPEAKER_01 [00:04 - 00:05]: Hi",
                "agent 0.5s-3.2s: Hello\ncustomer 4s-5s: Hi\n",
            ),
            ("客服：您好\n客户：我要投诉", "agent: 您好\ncustomer: 我要投诉\n"),
            ("客服（小王）：您好\n客户（陈先生）：喂", "agent: 您好\ncustomer: 喂\n"),
            ("【客服】您好\n【客户】喂", "agent: 您好\ncustomer: 喂\n"),
            ("［00：01］话务员：您好\n［00：05］来电人：喂", "agent 1s: 您好\ncustomer 5s: 喂\n"),
            ("客服 00:01 您好\n客户 00:05 喂", "agent 1s: 您好\ncustomer 5s: 喂\n"),
            ("00:01 坐席: 您好\n00:05 用户: 喂", "agent 1s: 您好\ncustomer 5s: 喂\n"),
            ("Agent (Emily) 00:01\nHello\n\nCustomer 00:06\nHi", "\nagent 1s: Hello\n\n\ncustomer 6s: Hi\n"),
            ("**Agent:** Hello\n**Customer:** Hi", "agent: Hello\ncustomer: Hi\n"),
            ("- Agent: Hello\n- Customer: Hi", "agent: Hello\ncustomer: Hi\n"),
            ("Agent\t0:01\tHello\nCustomer\t0:05\tHi", "agent 1s: Hello\ncustomer 5s: Hi\n"),
            (
                "A: Hello\nand welcome\nB: Hi, it is 10:30",
                "agent: Hello\nagent: and welcome\ncustomer: Hi, it is 10:30\n",
            ),
            ("Emily (Agent): Hello\nDaniel Carter: Hi", "agent: Hello\ncustomer: Hi\n"),
        ] {
            assert_eq!(script(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_nobody_is_no_transcript() {
        assert_eq!(pasted("Hello there\nHow are you?", None), None);
    }

    #[test]
    fn a_guess_is_told_and_can_be_turned_round() {
        let text = "Speaker 1: Hello?\nSpeaker 2: Lakeview Bank.";
        let guessed = pasted(text, None).unwrap().guessed;
        let names = ["Speaker 1", "Speaker 2"].map(str::to_owned);
        assert_eq!(guessed, [(names[0].clone(), Speaker::Agent), (names[1].clone(), Speaker::Customer)]);
        let turned = pasted(text, Some("speaker 2")).unwrap();
        assert_eq!(turned.script, "customer: Hello?\nagent: Lakeview Bank.\n");
    }
}
