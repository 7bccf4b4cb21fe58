//! Makes a heard call of a script's lines.

use super::{Marks, Script, ScriptTurn};
use crate::call::{
    AudioInfo, ChannelSound, Contour, Dropped, Engine, HeardCall, Metadata, Ms, NonSpeech, RoleSource, Roles, SoundMap,
    Speaker, Status, TimeSpan, Transcript, Turn, Word,
};

/// Pause between two turns that are written without times.
pub(super) const GAP: Ms = Ms(300);
/// Time from one value of a contour to the next.
const HOP: Ms = Ms(20);
/// Time a Chinese character takes: four a second.
const CHARACTER: i64 = 250;
/// Time an English word takes: two and a half a second.
const WORD: i64 = 400;
/// Loudness between turns, dB below full scale.
const BACKGROUND: u8 = 70;

/// The end of a turn: as written, else after the time that its words usually take.
pub(super) fn end_of(turn: &ScriptTurn) -> Ms {
    turn.end.unwrap_or_else(|| {
        let time: i64 = words(&turn.text).iter().map(|word| weight(word)).sum();
        turn.start + Ms(time.max(300))
    })
}

pub(super) fn build(script: Script) -> (HeardCall, Metadata, Roles) {
    let Script { metadata, mut turns, sounds, reach, end, written: _ } = script;
    turns.sort_by_key(|turn| turn.start);
    let sides = |speaker| turns.iter().any(|turn| turn.speaker == speaker);
    let mut by_channel = Vec::new();
    if sides(Speaker::Agent) || sides(Speaker::Customer) || !sides(Speaker::Unknown) {
        by_channel.extend([Speaker::Agent, Speaker::Customer]);
    }
    if sides(Speaker::Unknown) {
        by_channel.push(Speaker::Unknown);
    }
    let source = if by_channel.len() == 1 { RoleSource::SingleTrack } else { RoleSource::Metadata };
    let roles = Roles { certainty: if by_channel.len() == 1 { 0.0 } else { 1.0 }, by_channel, source };
    let channel_of = |speaker| roles.by_channel.iter().position(|it| *it == speaker).unwrap_or(0);

    let spans: Vec<TimeSpan> = (0..turns.len()).map(|index| span_of(&turns, index)).collect();
    let last = spans.iter().map(|span| span.end).max().unwrap_or_default().max(reach);
    let duration = end.unwrap_or(if turns.is_empty() { last } else { last + GAP }).max(last);
    let language = language(&metadata, &turns);

    let hops = (duration.0 / HOP.0) as usize;
    let mut channels = vec![
        ChannelSound {
            loudness: Contour { hop: HOP, values: vec![BACKGROUND; hops] },
            pitch: Contour { hop: HOP, values: vec![0; hops] },
            ..ChannelSound::default()
        };
        roles.by_channel.len()
    ];
    let mut heard = Vec::new();
    for (turn, span) in turns.iter().zip(&spans) {
        let channel = channel_of(turn.speaker);
        voice(&mut channels[channel], *span, &turn.marks);
        heard.push(Turn {
            channel,
            span: *span,
            text: turn.text.clone(),
            confidence: turn.marks.probability,
            words: timed_words(&turn.text, *span, turn.marks.probability),
        });
    }
    for (speaker, kind, start, end) in sounds {
        let span = TimeSpan::new(start, end);
        let channel = &mut channels[channel_of(speaker)];
        channel.non_speech.push(NonSpeech { span, kind });
        fill(&mut channel.loudness, span, |_| 30);
    }
    for channel in &mut channels {
        merge(&mut channel.speech);
        channel.non_speech.sort_by_key(|sound| sound.span);
    }
    heard.sort_by_key(|turn| (turn.span.start, turn.channel));
    let audio = AudioInfo {
        content_hash: String::new(),
        duration,
        sample_rate: 8000,
        channels: channels.len() as u16,
        codec: "script".into(),
    };
    let status = if heard.is_empty() { Status::OkNoSpeech } else { Status::Ok };
    let call = HeardCall {
        status,
        detail: String::new(),
        warnings: Vec::new(),
        audio,
        sound: SoundMap { duration, channels },
        transcript: Transcript { language, language_probability: 1.0, turns: heard, dropped: Dropped::default() },
        engine: Engine { model: "script".into(), ..Engine::default() },
    };
    (call, metadata, roles)
}

/// A guessed end gives way to the next turn: a rough time in a script is not meant as an interruption. Only a turn
/// that begins in the first half of a guess is.
fn span_of(turns: &[ScriptTurn], index: usize) -> TimeSpan {
    let turn = &turns[index];
    let guessed = end_of(turn);
    let half = turn.start + Ms((guessed - turn.start).0 / 2);
    let end = match (turn.end, turns.get(index + 1)) {
        (None, Some(next)) if next.start >= half && next.start < guessed => next.start,
        (None, Some(next)) if next.speaker == turn.speaker && next.start > turn.start => guessed.min(next.start),
        _ => guessed,
    };
    TimeSpan::new(turn.start, end)
}

/// Given by the metadata, else by the script: a Chinese character anywhere makes it Mandarin.
fn language(metadata: &Metadata, turns: &[ScriptTurn]) -> String {
    match metadata.get("language") {
        Some(language) => language.to_owned(),
        None if turns.is_empty() => String::new(),
        None if turns.iter().any(|turn| turn.text.chars().any(is_han)) => "zh".into(),
        None => "en".into(),
    }
}

/// Speech on `channel` over `span`: loudness as marked, and a pitch that swings around its median by its spread.
fn voice(channel: &mut ChannelSound, span: TimeSpan, marks: &Marks) {
    channel.speech.push(span);
    fill(&mut channel.loudness, span, |_| (-marks.level).round() as u8);
    // Quarter semitones above 50 Hz, plus one. A sine has its standard deviation at 1/sqrt(2) of its height.
    let middle = f64::from(marks.pitch / 50.0).log2() * 48.0 + 1.0;
    let height = f64::from(marks.spread) * 4.0 * std::f64::consts::SQRT_2;
    fill(&mut channel.pitch, span, |hop| {
        let phase = hop as f64 * std::f64::consts::TAU / 25.0;
        (middle + height * phase.sin()).round().clamp(1.0, 255.0) as u8
    });
}

fn fill(contour: &mut Contour, span: TimeSpan, value: impl Fn(usize) -> u8) {
    let index = |time: Ms| (time.0.max(0) as usize).div_ceil(HOP.0 as usize).min(contour.values.len());
    for hop in index(span.start)..index(span.end) {
        contour.values[hop] = value(hop);
    }
}

fn merge(spans: &mut Vec<TimeSpan>) {
    spans.sort();
    spans.dedup_by(|next, kept| {
        let meets = next.start <= kept.end;
        if meets {
            kept.end = kept.end.max(next.end);
        }
        meets
    });
}

fn timed_words(text: &str, span: TimeSpan, probability: f32) -> Vec<Word> {
    let words = words(text);
    let total: i64 = words.iter().map(|word| weight(word)).sum::<i64>().max(1);
    let mut past = 0;
    words
        .into_iter()
        .map(|word| {
            let at = |share: i64| span.start + Ms(span.length().0 * share / total);
            let start = at(past);
            past += weight(&word);
            Word { span: TimeSpan::new(start, at(past)), text: word, probability, mask: None }
        })
        .collect()
}

fn weight(word: &str) -> i64 {
    if word.chars().any(is_han) { CHARACTER } else { WORD }
}

/// A word is a Chinese character or a run without blanks, with the blank before and the punctuation after it.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut blank = String::new();
    let mut previous = None;
    for it in text.chars() {
        if it.is_whitespace() {
            blank.push(it);
            previous = None;
            continue;
        }
        let after_han = words.last().is_some_and(|word| word.chars().any(is_han));
        let begins = match previous {
            None => true,
            Some(previous) => it.is_alphanumeric() && (is_han(it) || after_han || is_mark(previous)),
        };
        match words.last_mut() {
            Some(word) if !begins || (!it.is_alphanumeric() && blank.is_empty()) => word.push(it),
            _ => words.push(std::mem::take(&mut blank) + it.encode_utf8(&mut [0; 4])),
        }
        previous = Some(it);
    }
    if let Some(word) = words.last_mut() {
        word.push_str(&blank);
    }
    words
}

/// Punctuation of Mandarin, after which a new word begins without a blank.
fn is_mark(it: char) -> bool {
    !it.is_alphanumeric() && !it.is_ascii()
}

fn is_han(it: char) -> bool {
    matches!(it, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
