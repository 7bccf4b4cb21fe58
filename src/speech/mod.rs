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
