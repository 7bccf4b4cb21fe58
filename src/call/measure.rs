//! Makes [`Measures`]: times from the sound, never from recognised text; words are used only for rates.
//!
//! Hold music, tones and the other side heard through are not talk: they are not in the sound map's speech.

use super::stretches::{Floor, Stretch, answers, interruptions, last_speaker, overlaps, parties, stretches};
use super::{
    CallView, HeardCall, Interruption, Measures, Ms, NonSpeechKind, RateUnit, Roles, Silence, SoundMap, Speaker,
    TimeSpan, Transcript,
};

/// Gaps from this long on are listed as silences.
const LISTED_SILENCE: Ms = Ms(1000);
/// Part of a silence that music or tones must fill to count as filled.
const FILLED: f64 = 0.5;
/// A standard deviation of pitch needs this much voice.
const LEAST_VOICE: Ms = Ms(1000);
/// Pitches further than this from the median are octave errors of the tracker, semitones.
const OCTAVE_ERROR: f64 = 10.0;

impl Measures {
    /// Measures `heard` with the speakers that `roles` names.
    pub fn of(heard: &HeardCall, roles: &Roles) -> Measures {
        let (sound, transcript) = (&heard.sound, &heard.transcript);
        let parties = parties(sound, roles);
        let everybody = TimeSpan::union(parties.iter().flat_map(|party| party.talk.iter().copied()).collect(), Ms(0));
        let stretches = stretches(sound, transcript, roles);
        let side = |speaker| parties.iter().find(|party| party.speaker == speaker && roles.are_known());
        let talk_of = |speaker| side(speaker).map(|party| length(&party.talk));
        let (agent_talk, customer_talk) = (talk_of(Speaker::Agent), talk_of(Speaker::Customer));
        let share = |whole: Ms| agent_talk.filter(|_| whole > Ms(0)).map(|talk| talk.0 as f64 / whole.0 as f64);
        let both = agent_talk.zip(customer_talk).map(|(agent, customer)| agent + customer);
        let unit = rate_unit(&transcript.language);
        let rate = |speaker| {
            let talk = talk_of(speaker)? - masked_talk(transcript, roles, speaker);
            if talk <= Ms(0) {
                return None;
            }
            Some(spoken_units(transcript, roles, speaker, None, unit) as f64 * 60_000.0 / talk.0 as f64)
        };
        let gaps: Vec<TimeSpan> = everybody.windows(2).map(|pair| TimeSpan::new(pair[0].end, pair[1].start)).collect();
        Measures {
            agent_talk,
            customer_talk,
            talk: length(&everybody),
            agent_share_of_speech: both.and_then(share),
            agent_share_of_call: share(sound.duration),
            longest_silence: gaps.iter().map(|gap| gap.length()).max().unwrap_or_default(),
            silences: gaps
                .iter()
                .filter(|gap| gap.length() >= LISTED_SILENCE)
                .map(|gap| Silence {
                    span: *gap,
                    before: last_speaker(&parties, gap.start),
                    music: filled(sound, *gap),
                })
                .collect(),
            overlap: length(&overlaps(&parties)),
            interruptions: interruptions(&stretches, Floor::default()),
            agent_first_word: side(Speaker::Agent).and_then(|party| party.talk.first()).map(|span| span.start),
            trailing_silence: everybody.last().map_or(sound.duration, |last| sound.duration - last.end).max(Ms(0)),
            agent_rate: rate(Speaker::Agent),
            customer_rate: rate(Speaker::Customer),
            rate_unit: (!transcript.language.is_empty()).then_some(unit),
            agent_pitch_spread: side(Speaker::Agent).and_then(|_| pitch_spread(sound, roles, Speaker::Agent, None)),
            agent_loudness: side(Speaker::Agent).and_then(|_| loudness(sound, roles, Speaker::Agent, None)),
            customer_loudness: side(Speaker::Customer).and_then(|_| loudness(sound, roles, Speaker::Customer, None)),
            response_delay: median(answers(&stretches, Speaker::Agent).iter().map(|gap| gap.length()).collect()),
        }
    }
}

impl CallView<'_> {
    /// Every party's stretches of talk, in order of their start.
    pub fn stretches(&self) -> Vec<Stretch> {
        stretches(self.sound, self.transcript, self.roles)
    }

    /// Talk that begins while another party talks and takes the floor, in order.
    pub fn interruptions(&self, floor: Floor) -> Vec<Interruption> {
        interruptions(&self.stretches(), floor)
    }

    /// The gaps between the end of the other side's talk and the start of `speaker`'s answer, in order; empty where
    /// the answer begins early.
    pub fn answers(&self, speaker: Speaker) -> Vec<TimeSpan> {
        answers(&self.stretches(), speaker)
    }

    /// Words or Chinese characters that `speaker` says within `window`, in the unit of [`Measures::rate_unit`].
    pub fn spoken_units(&self, speaker: Speaker, window: TimeSpan) -> usize {
        spoken_units(self.transcript, self.roles, speaker, Some(window), rate_unit(self.language()))
    }

    /// Median loudness of `speaker`'s speech within `window`, dBFS.
    pub fn loudness(&self, speaker: Speaker, window: TimeSpan) -> Option<f64> {
        loudness(self.sound, self.roles, speaker, Some(window))
    }

    /// Standard deviation of `speaker`'s pitch within `window`, semitones.
    pub fn pitch_spread(&self, speaker: Speaker, window: TimeSpan) -> Option<f64> {
        pitch_spread(self.sound, self.roles, speaker, Some(window))
    }
}

/// Whether music or tones fill `gap` on some channel.
fn filled(sound: &SoundMap, gap: TimeSpan) -> bool {
    let sounding = sound
        .channels
        .iter()
        .flat_map(|channel| &channel.non_speech)
        .filter(|other| matches!(other.kind, NonSpeechKind::Music | NonSpeechKind::Tone))
        .map(|other| other.span.intersection(gap));
    let filled = length(&TimeSpan::union(sounding.collect(), Ms(0)));
    filled.0 as f64 >= gap.length().0 as f64 * FILLED
}

/// Sum of the lengths of `spans`, which lie apart.
fn length(spans: &[TimeSpan]) -> Ms {
    spans.iter().map(|span| span.length()).sum()
}

/// The lower median.
fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// Characters for languages written without blanks, else words.
fn rate_unit(language: &str) -> RateUnit {
    match language {
        "zh" | "yue" | "ja" => RateUnit::CharsPerMin,
        _ => RateUnit::Wpm,
    }
}

/// Time in which `speaker` says numbers that are masked: how many words they were is not known any more.
fn masked_talk(transcript: &Transcript, roles: &Roles, speaker: Speaker) -> Ms {
    let turns = transcript.turns.iter().filter(|turn| roles.of(turn.channel) == speaker);
    let masked = turns.flat_map(|turn| &turn.words).filter(|word| word.mask.is_some());
    length(&TimeSpan::union(masked.map(|word| word.span).collect(), Ms(0)))
}

/// Words or characters that `speaker` says, within `window` or the whole call; masked numbers do not count.
///
/// In characters, a digit counts as one (it is read as one syllable) and a word in Latin letters as one.
fn spoken_units(
    transcript: &Transcript,
    roles: &Roles,
    speaker: Speaker,
    window: Option<TimeSpan>,
    unit: RateUnit,
) -> usize {
    transcript
        .turns
        .iter()
        .filter(|turn| roles.of(turn.channel) == speaker)
        .flat_map(|turn| &turn.words)
        .filter(|word| word.mask.is_none() && window.is_none_or(|window| window.contains(word.span.start)))
        .map(|word| units(&word.text, unit))
        .sum()
}

fn units(text: &str, unit: RateUnit) -> usize {
    if unit == RateUnit::Wpm {
        return text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    }
    let mut count = 0;
    let mut in_word = false;
    for character in text.chars() {
        let latin = character.is_ascii_alphabetic();
        let counts = if latin { !in_word } else { character.is_alphanumeric() };
        count += usize::from(counts);
        in_word = latin;
    }
    count
}

/// Standard deviation of `speaker`'s pitch in semitones, within `window` or the whole call.
fn pitch_spread(sound: &SoundMap, roles: &Roles, speaker: Speaker, window: Option<TimeSpan>) -> Option<f64> {
    let (mut values, hop) = speech_values(sound, roles, speaker, window, |channel| &channel.pitch);
    values.retain(|value| *value > 0);
    let semitone = |value: u8| f64::from(value - 1) / 4.0;
    if values.is_empty() {
        return None;
    }
    let half = values.len() / 2;
    let middle = semitone(*values.select_nth_unstable(half).1);
    let semitones = values.into_iter().map(semitone).filter(|semitone| (semitone - middle).abs() <= OCTAVE_ERROR);
    let semitones: Vec<f64> = semitones.collect();
    let count = semitones.len() as f64;
    if count * (hop.0 as f64) < LEAST_VOICE.0 as f64 {
        return None;
    }
    let mean = semitones.iter().sum::<f64>() / count;
    let variance = semitones.iter().map(|semitone| (semitone - mean).powi(2)).sum::<f64>() / count;
    Some(variance.sqrt())
}

/// Median loudness of `speaker`'s speech in dBFS, within `window` or the whole call.
fn loudness(sound: &SoundMap, roles: &Roles, speaker: Speaker, window: Option<TimeSpan>) -> Option<f64> {
    let (values, _) = speech_values(sound, roles, speaker, window, |channel| &channel.loudness);
    median(values).map(|value| -f64::from(value))
}

/// The values of a contour under `speaker`'s speech, and its hop.
fn speech_values(
    sound: &SoundMap,
    roles: &Roles,
    speaker: Speaker,
    window: Option<TimeSpan>,
    contour: impl Fn(&super::ChannelSound) -> &super::Contour,
) -> (Vec<u8>, Ms) {
    let mut values = Vec::new();
    let mut hop = Ms(0);
    for (_, channel) in sound.channels.iter().enumerate().filter(|(index, _)| roles.of(*index) == speaker) {
        let contour = contour(channel);
        hop = contour.hop;
        for span in &channel.speech {
            let span = window.map_or(*span, |window| span.intersection(window));
            if !span.is_empty() {
                values.extend_from_slice(contour.within(span));
            }
        }
    }
    (values, hop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{AudioInfo, ChannelSound, Engine, NonSpeech, RoleSource, Status, Turn, Word};
    use proptest::prelude::*;

    /// A two-channel call, agent first: turns as (channel, start, end, text), music as (start, end) on channel 0.
    fn call(end: i64, turns: &[(usize, i64, i64, &str)], music: &[(i64, i64)]) -> (HeardCall, Roles) {
        let mut sound = SoundMap { duration: Ms(end), channels: vec![ChannelSound::default(); 2] };
        let mut transcript = Transcript { language: "zh".to_owned(), ..Transcript::default() };
        for &(channel, start, end, text) in turns {
            let span = TimeSpan::new(Ms(start), Ms(end));
            sound.channels[channel].speech.push(span);
            let words = vec![Word { text: text.to_owned(), span, probability: 1.0, mask: None }];
            transcript.turns.push(Turn { channel, span, text: text.to_owned(), confidence: 1.0, words });
        }
        for &(start, end) in music {
            let span = TimeSpan::new(Ms(start), Ms(end));
            sound.channels[0].non_speech.push(NonSpeech { span, kind: NonSpeechKind::Music });
        }
        let heard = HeardCall {
            status: Status::Ok,
            detail: String::new(),
            warnings: Vec::new(),
            audio: AudioInfo::default(),
            sound,
            transcript,
            engine: Engine::default(),
        };
        let by_channel = vec![Speaker::Agent, Speaker::Customer];
        (heard, Roles { by_channel, certainty: 1.0, source: RoleSource::Metadata })
    }

    fn measured(end: i64, turns: &[(usize, i64, i64, &str)], music: &[(i64, i64)]) -> Measures {
        let (heard, roles) = call(end, turns, music);
        Measures::of(&heard, &roles)
    }

    #[test]
    fn shares_silences_and_delays_are_those_of_the_turns() {
        let measures = measured(
            20_000,
            &[
                (0, 600, 3600, "您好请问有什么可以帮您"),
                (1, 4100, 5100, "查一下话费"),
                (0, 12_100, 15_100, "您的话费是三十元"),
            ],
            &[(5500, 11_500)],
        );
        assert_eq!(measures.agent_share_of_speech, Some(6.0 / 7.0));
        assert_eq!(measures.longest_silence, Ms(7000));
        let filled = Silence { span: TimeSpan::new(Ms(5100), Ms(12_100)), before: Speaker::Customer, music: true };
        assert_eq!(measures.silences, [filled]);
        assert_eq!(measures.trailing_silence, Ms(4900));
        assert_eq!(measures.agent_first_word, Some(Ms(600)));
        assert_eq!(measures.response_delay, Some(Ms(7000)));
        assert_eq!(measures.agent_rate, Some(19.0 / 6.0 * 60.0));
    }

    #[test]
    fn an_interruption_takes_the_floor() {
        let broken_off = measured(
            20_000,
            &[(1, 8000, 10_900, "就是那个每个月"), (0, 10_000, 20_000, "您是说流量套餐对吧我们现在有三种")],
            &[],
        );
        let span = TimeSpan::new(Ms(10_000), Ms(10_900));
        assert_eq!(broken_off.interruptions, [Interruption { by: Speaker::Agent, span }]);
        assert_eq!(broken_off.overlap, Ms(900));
    }

    #[test]
    fn a_listener_does_not_interrupt() {
        let listening = measured(20_000, &[(1, 1000, 9000, "我想问一下流量套餐"), (0, 4000, 5200, "嗯,是的")], &[]);
        assert_eq!(listening.interruptions, []);
        let ordinary = measured(20_000, &[(1, 1000, 4000, "我想问一下流量套餐"), (0, 3750, 7000, "好的我帮您查")], &[]);
        assert_eq!(ordinary.interruptions, []);
    }

    #[test]
    fn a_masked_number_does_not_slow_the_speech() {
        let (mut heard, roles) = call(20_000, &[(1, 0, 3000, "我的卡号是"), (1, 3000, 9000, "[card]")], &[]);
        heard.transcript.turns[1].words[0].mask = Some(crate::call::MaskKind::Card);
        assert_eq!(Measures::of(&heard, &roles).customer_rate, Some(100.0));
    }

    #[test]
    fn sides_that_are_not_told_apart_have_no_share_but_silences() {
        let (heard, mut roles) = call(20_000, &[(0, 0, 2000, "您好"), (1, 9000, 11_000, "你好")], &[]);
        roles.by_channel = vec![Speaker::Unknown; 2];
        let measures = Measures::of(&heard, &roles);
        assert_eq!(measures.agent_share_of_speech, None);
        assert_eq!(measures.agent_talk, None);
        assert_eq!(measures.longest_silence, Ms(7000));
    }

    fn any_turns() -> impl Strategy<Value = Vec<(usize, i64, i64, &'static str)>> {
        let turn = (0_usize..2, 0_i64..60_000, 1_i64..8_000, prop_oneof![Just("嗯"), Just("好的我帮您查一下")]);
        prop::collection::vec(
            turn.prop_map(|(channel, start, length, text)| (channel, start, start + length, text)),
            0..12,
        )
    }

    proptest! {
        #[test]
        fn spans_are_sorted_inside_the_call_and_shares_are_parts(turns in any_turns()) {
            let end = 70_000;
            let measures = measured(end, &turns, &[(10_000, 20_000)]);
            let silences: Vec<TimeSpan> = measures.silences.iter().map(|silence| silence.span).collect();
            let interruptions: Vec<TimeSpan> = measures.interruptions.iter().map(|one| one.span).collect();
            for spans in [&silences, &interruptions] {
                prop_assert!(spans.is_sorted_by_key(|span| span.start));
                prop_assert!(spans.iter().all(|span| span.start >= Ms(0) && span.end <= Ms(end) && !span.is_empty()));
            }
            prop_assert!(silences.iter().all(|span| span.length() <= measures.longest_silence));
            for share in [measures.agent_share_of_speech, measures.agent_share_of_call].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
            }
            prop_assert!(measures.overlap <= measures.talk && measures.trailing_silence >= Ms(0));
        }
    }
}
