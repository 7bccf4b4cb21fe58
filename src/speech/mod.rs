//! Who makes sound when, heard without understanding a word.
//!
//! Takes the blocks of a recording, in order, 16 kHz a channel; gives a [`SoundMap`] and warnings about the recording
//! itself. Voice activity comes from a small network, and then has to stand three questions: is it a voice or music,
//! a signal, steady noise; is it this channel's own voice or the other side heard through; is the channel a copy of
//! another one. Where all channels carry the same sound the map has one channel, so that it is recognised once.
//! Pure: the same samples give the same map, however they are cut into blocks.

mod channels;
mod cross_talk;
mod frames;
mod pitch;
mod segments;
mod tones;

use crate::call::{ChannelSound, Contour, Ms, SoundMap, TimeSpan, Warning};
use channels::Likeness;
use frames::Ear;

/// Samples a millisecond.
const PER_MS: u64 = 16;

/// Listens to a recording from its start to its end.
pub struct Listener {
    ears: Vec<Ear>,
    likeness: Likeness,
    samples: u64,
}

impl Listener {
    /// Listens to `channels` channels.
    pub fn new(channels: usize) -> Self {
        Self { ears: (0..channels).map(|_| Ear::new()).collect(), likeness: Likeness::new(channels), samples: 0 }
    }

    /// Takes the next samples: one vector a channel, 16 kHz, finite, all of the same length. A channel too many is
    /// left out.
    pub fn push(&mut self, channels: &[Vec<f32>]) {
        self.samples += channels.first().map_or(0, Vec::len) as u64;
        self.likeness.push(channels);
        for (ear, samples) in self.ears.iter_mut().zip(channels) {
            ear.push(samples);
        }
    }

    /// Ends the recording: gives what was heard, and what a person should know about the recording.
    ///
    /// Where every channel is a copy of the first, the map has one channel: transcribe that one alone.
    pub fn finish(mut self) -> (SoundMap, Vec<Warning>) {
        self.ears.iter_mut().for_each(Ear::finish);
        let duration = Ms((self.samples / PER_MS) as i64);
        let copies = self.likeness.copies();
        let one = copies.len() > 1 && copies.iter().skip(1).all(Option::is_some);
        let ears = if one { &self.ears[..1] } else { &self.ears[..] };
        let heard: Vec<_> = ears.iter().map(|ear| segments::classify(&ear.frames)).collect();
        let gated = cross_talk::gate(ears, &heard, &copies);
        let mut sound = SoundMap { duration, channels: Vec::with_capacity(ears.len()) };
        for (index, ear) in ears.iter().enumerate() {
            let copy = !one && copies.get(index).is_some_and(Option::is_some);
            let mut channel =
                if copy { ChannelSound::default() } else { segments::spans(&ear.frames, &gated[index], duration) };
            channel.loudness = Contour { hop: Ms(100), values: ear.loudness.clone() };
            channel.pitch = Contour { hop: Ms(100), values: pitch_of_speech(&ear.pitch, &channel.speech) };
            sound.channels.push(channel);
        }
        let warnings = channels::warnings(&self.ears, &sound, &copies);
        (sound, warnings)
    }
}

/// The contour with every hop emptied that is not mostly speech of this channel.
fn pitch_of_speech(pitch: &[u8], speech: &[TimeSpan]) -> Vec<u8> {
    let mut spans = speech.iter().peekable();
    let of_hop = |(index, value): (usize, &u8)| {
        let hop = TimeSpan::new(Ms(index as i64 * 100), Ms(index as i64 * 100 + 100));
        while spans.next_if(|span| span.end <= hop.start).is_some() {}
        let inside = spans.peek().is_some_and(|span| span.intersection(hop).length() >= Ms(50));
        if inside { *value } else { 0 }
    };
    pitch.iter().enumerate().map(of_hop).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::NonSpeechKind;
    use std::f32::consts::TAU;

    const RATE: f32 = 16_000.0;

    /// Noise between -1 and 1 that is the same every time.
    fn noise(seed: u32) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / u32::MAX as f32 * 2.0 - 1.0
        }
    }

    /// Something like a voice: pulses of a gliding pitch through formants that move from syllable to syllable.
    fn voice(seconds: f32, pitch: f32, seed: u32) -> Vec<f32> {
        let mut random = noise(seed);
        let mut formants = [(600.0f32, 0.0f32, 0.0f32), (1_200.0, 0.0, 0.0), (2_500.0, 0.0, 0.0)];
        let mut targets = [600.0, 1_200.0, 2_500.0];
        let (mut phase, mut syllable) = (0.0, 1.0);
        (0..(seconds * RATE) as usize)
            .map(|index| {
                let time = index as f32 / RATE;
                let place = (time * 4.5).fract();
                if place < syllable {
                    targets = [500.0 + 250.0 * random(), 1_500.0 + 600.0 * random(), 2_600.0 + 300.0 * random()];
                }
                syllable = place;
                phase += pitch * (1.0 + 0.12 * (time * 5.0).sin() + 0.05 * (time * 17.0).sin()) / RATE;
                let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
                phase -= pulse;
                let mut sound = pulse + 0.02 * random();
                for ((frequency, one, two), target) in formants.iter_mut().zip(targets) {
                    *frequency += 0.002 * (target - *frequency);
                    let radius = 0.97;
                    let out = sound + 2.0 * radius * (TAU * *frequency / RATE).cos() * *one - radius * radius * *two;
                    (*one, *two) = (out, *one);
                    sound = 0.3 * out;
                }
                (place * TAU / 2.0).sin().powf(0.5) * sound * 0.25
            })
            .collect()
    }

    fn tones(seconds: f32, of: impl Fn(f32) -> f32) -> Vec<f32> {
        (0..(seconds * RATE) as usize).map(|index| of(index as f32 / RATE)).collect()
    }

    /// `parts` one after another, on a line with faint noise.
    fn line(parts: &[&[f32]], seed: u32) -> Vec<f32> {
        let mut random = noise(seed);
        parts.concat().iter().map(|sample| sample + 0.001 * random()).collect()
    }

    fn silence(seconds: f32) -> Vec<f32> {
        vec![0.0; (seconds * RATE) as usize]
    }

    fn hear(channels: &[Vec<f32>]) -> (SoundMap, Vec<String>) {
        let mut listener = Listener::new(channels.len());
        listener.push(channels);
        let (sound, warnings) = listener.finish();
        (sound, warnings.into_iter().map(|warning| warning.code).collect())
    }

    fn speech_ms(sound: &SoundMap, channel: usize) -> i64 {
        sound.channels[channel].speech.iter().map(|span| span.length().0).sum()
    }

    /// Two people in turn: 2 s and 2 s, with 1 s between.
    fn call() -> (Vec<f32>, Vec<f32>) {
        let (low, high) = (voice(2.0, 110.0, 7), voice(2.0, 190.0, 9));
        (
            line(&[&silence(1.0), &low, &silence(4.0), &low, &silence(1.0)], 3),
            line(&[&silence(4.0), &high, &silence(4.0)], 5),
        )
    }

    #[test]
    fn each_side_is_heard_when_it_speaks_and_leakage_is_not_speech() {
        let (first, second) = call();
        let mixed: Vec<f32> = second.iter().zip(&first).map(|(own, other)| own + 0.02 * other).collect();
        let (sound, _) = hear(&[first, mixed]);
        let near =
            |span: TimeSpan, start: i64, end: i64| (span.start.0 - start).abs() < 150 && (span.end.0 - end).abs() < 250;
        let hull = |channel: usize, from: i64, to: i64| {
            let inside = sound.channels[channel].speech.iter().filter(|span| span.start.0 >= from && span.end.0 <= to);
            inside.copied().reduce(TimeSpan::hull).unwrap()
        };
        assert!(near(hull(0, 0, 4_000), 1_000, 3_000), "{:?}", sound.channels[0].speech);
        assert!(near(hull(0, 5_000, 10_000), 7_000, 9_000), "{:?}", sound.channels[0].speech);
        assert!(near(hull(1, 0, 10_000), 4_000, 6_000), "{:?}", sound.channels[1].speech);
        assert_eq!(sound.duration, Ms(10_000));
        // The voices' own pitch, where they speak and nowhere else.
        let pitch = |channel: usize, span: (i64, i64)| {
            let values = sound.channels[channel].pitch.within(TimeSpan::new(Ms(span.0), Ms(span.1)));
            let mut voiced: Vec<f32> = values
                .iter()
                .filter(|value| **value > 0)
                .map(|value| 50.0 * ((f32::from(*value) - 1.0) / 48.0).exp2())
                .collect();
            voiced.sort_by(f32::total_cmp);
            voiced.get(voiced.len() / 2).copied().unwrap_or(0.0)
        };
        assert!((pitch(0, (1_000, 3_000)) / 110.0 - 1.0).abs() < 0.12, "{}", pitch(0, (1_000, 3_000)));
        assert!((pitch(1, (4_000, 6_000)) / 190.0 - 1.0).abs() < 0.12, "{}", pitch(1, (4_000, 6_000)));
        assert_eq!((pitch(1, (1_000, 3_000)), pitch(0, (4_000, 6_000))), (0.0, 0.0));
    }

    #[test]
    fn however_the_sound_is_cut_into_blocks_the_map_is_the_same() {
        let (first, second) = call();
        let whole = hear(&[first.clone(), second.clone()]);
        let mut listener = Listener::new(2);
        for (a, b) in first.chunks(777).zip(second.chunks(777)) {
            listener.push(&[a.to_vec(), b.to_vec()]);
        }
        assert_eq!(listener.finish().0, whole.0);
    }

    #[test]
    fn noise_tones_and_music_are_no_speech() {
        let scale = [262.0, 330.0, 392.0, 523.0, 440.0, 349.0, 294.0];
        let arpeggio = |time: f32| (TAU * scale[(time * 4.0) as usize % scale.len()] * time).sin();
        let mut dull = 0.0;
        let mut random = noise(1);
        let mut sounds: Vec<(&str, Vec<f32>, Option<NonSpeechKind>)> = vec![
            ("silence", silence(8.0), None),
            ("hum", tones(8.0, |t| 0.1 * (TAU * 50.0 * t).sin() + 0.03 * (TAU * 150.0 * t).sin()), None),
            (
                "ring-back",
                tones(
                    8.0,
                    |t| if t % 4.0 < 2.0 { 0.1 * ((TAU * 440.0 * t).sin() + (TAU * 480.0 * t).sin()) } else { 0.0 },
                ),
                Some(NonSpeechKind::Tone),
            ),
            (
                "ring-back of Europe",
                tones(8.0, |t| if t % 4.0 < 1.0 { 0.2 * (TAU * 425.0 * t).sin() } else { 0.0 }),
                Some(NonSpeechKind::Tone),
            ),
            (
                "fax",
                tones(8.0, |t| if t % 3.5 < 0.5 { 0.2 * (TAU * 1_100.0 * t).sin() } else { 0.0 }),
                Some(NonSpeechKind::Tone),
            ),
            (
                "keys",
                tones(8.0, |t| {
                    if t % 0.3 < 0.15 { 0.15 * ((TAU * 770.0 * t).sin() + (TAU * 1_336.0 * t).sin()) } else { 0.0 }
                }),
                Some(NonSpeechKind::Tone),
            ),
            ("hold music", tones(8.0, |t| 0.2 * arpeggio(t)), Some(NonSpeechKind::Music)),
        ];
        for level in [0.3, 0.05, 0.01] {
            let white = (0..128_000).map(|_| level * random()).collect();
            sounds.push(("white noise", white, None));
            let brown = (0..128_000).map(|_| {
                dull = 0.97 * dull + 0.25 * level * random();
                dull
            });
            sounds.push(("dull noise", brown.collect(), None));
        }
        for (name, samples, kind) in sounds {
            let (sound, _) = hear(&[samples]);
            assert!(speech_ms(&sound, 0) <= 200, "{name}: {:?}", sound.channels[0].speech);
            if let Some(kind) = kind {
                assert!(
                    sound.channels[0].non_speech.iter().any(|other| other.kind == kind),
                    "{name}: {:?}",
                    sound.channels[0].non_speech
                );
            }
        }
    }

    #[test]
    fn a_copied_channel_is_heard_once_whatever_its_sign_and_level() {
        let (first, _) = call();
        let expected = speech_ms(&hear(std::slice::from_ref(&first)).0, 0);
        assert!(expected > 3_000);
        for (factor, codes) in
            [(1.0, vec!["copied_mono"]), (0.5, vec!["copied_mono"]), (-1.0, vec!["copied_mono", "inverted_channel"])]
        {
            let copy = first.iter().map(|sample| sample * factor).collect();
            let (sound, warnings) = hear(&[first.clone(), copy]);
            assert_eq!((sound.channels.len(), warnings), (1, codes.into_iter().map(str::to_owned).collect()));
            assert_eq!(speech_ms(&sound, 0), expected);
        }
    }

    #[test]
    fn faults_of_the_recording_are_named() {
        let (first, second) = call();
        let codes = |channels: &[Vec<f32>]| hear(channels).1;
        assert_eq!(codes(&[first.clone(), second.clone()]), [""; 0]);
        assert_eq!(codes(&[first.clone(), silence(10.0)]), ["one_way_audio", "silent_channel"]);
        let shifted = second.iter().map(|sample| sample + 0.05).collect();
        assert_eq!(codes(&[first.clone(), shifted]), ["dc_offset"]);
        let clipped = first.iter().map(|sample| (sample * 40.0).clamp(-0.9, 0.9)).collect();
        assert!(codes(&[second, clipped]).contains(&"clipping".to_owned()));
    }
}
