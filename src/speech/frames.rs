//! One channel, listened to as it goes by: what a frame of 16 ms sounds like, in six bytes.
//!
//! Takes samples; gives [`Frames`] and the contours of loudness and pitch. Knows nothing of the other channels and
//! decides nothing: that needs the whole call.

use super::pitch::Yin;
use super::tones::Tones;

/// Samples a frame: what the voice activity network takes, 16 ms.
pub(super) const FRAME: usize = 256;

/// Length of a frame, ms.
pub(super) const FRAME_MS: i64 = 16;

/// Samples a hop of the contours, 100 ms.
pub(super) const HOP: usize = 1600;

/// How much of the sound is folded into the band above it, see [`Ear::voice`].
const FOLD: f32 = 0.1;

/// Amplitude of the noise added for the voice activity network, about -75 dBFS.
const DITHER: f32 = 0.000_6;

/// What every frame of a channel sounds like; all vectors have one entry a frame.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames {
    /// How sure the network is of a voice, 0..=255.
    pub voice: Vec<u8>,
    /// RMS without the constant part, in half decibels below full scale; 255 is silence.
    pub quiet: Vec<u8>,
    /// Part of the energy in tones that hold their pitch, 0..=255.
    pub tonal: Vec<u8>,
    /// Part of the energy around the strongest tone, 0..=255.
    pub focus: Vec<u8>,
    /// The strongest tone as [`Tones::note`] writes it; 0 for none.
    pub note: Vec<u8>,
    /// How much the spectrum changes, in sixteenths of a decibel.
    pub change: Vec<u8>,
}

impl Frames {
    /// Level of frame `index`, dBFS.
    pub fn level(&self, index: usize) -> f32 {
        self.quiet.get(index).map_or(-127.5, |quiet| f32::from(*quiet) * -0.5)
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.quiet.len()
    }
}

/// Sound below this is silence: no voice is looked for and no spectrum made, half decibels below full scale.
const SILENT: f32 = 150.0;

/// Silent frames after which the network has nothing but silence in mind.
const SETTLED: u32 = 8;

/// Totals over a channel, for warnings.
#[derive(Debug, Clone)]
pub(super) struct Totals {
    /// Samples.
    pub samples: u64,
    /// Sum of the samples, for the constant part.
    pub sum: f64,
    /// Samples by magnitude in hundredths of full scale; the last entry holds all above.
    pub magnitudes: [u64; 128],
}

impl Totals {
    fn take(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.sum += f64::from(samples.iter().sum::<f32>());
        for sample in samples {
            let magnitude = ((sample.abs() * 100.0) as usize).min(self.magnitudes.len() - 1);
            self.magnitudes[magnitude] += 1;
        }
    }
}

/// Listens to one channel.
pub(super) struct Ear {
    detector: Box<earshot::Detector>,
    tones: Tones,
    yin: Yin,
    frame: Vec<f32>,
    hop: Vec<f32>,
    /// Frames of the running hop in which the network is sure of a voice.
    voiced: u32,
    noise: u32,
    /// Silent frames in a row.
    silence: u32,
    high_pass: (f32, f32),
    pub frames: Frames,
    /// A hop's loudness in decibels below full scale.
    pub loudness: Vec<u8>,
    /// A hop's pitch in quarter semitones above 50 Hz plus one; 0 for none.
    pub pitch: Vec<u8>,
    pub totals: Totals,
}

impl Ear {
    pub fn new() -> Self {
        Self {
            detector: earshot::Detector::default_boxed(),
            tones: Tones::new(),
            yin: Yin::new(),
            frame: Vec::with_capacity(FRAME),
            hop: Vec::with_capacity(HOP),
            voiced: 0,
            noise: 0x2545_F491,
            silence: 0,
            high_pass: (0.0, 0.0),
            frames: Frames::default(),
            loudness: Vec::new(),
            pitch: Vec::new(),
            totals: Totals { samples: 0, sum: 0.0, magnitudes: [0; 128] },
        }
    }

    /// Takes the next samples, 16 kHz.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let count = samples.len().min(FRAME - self.frame.len()).min(HOP - self.hop.len());
            let (now, later) = samples.split_at(count);
            samples = later;
            self.totals.take(now);
            let start = self.frame.len();
            // One pole at 10 Hz takes the constant part out and leaves every voice as it is.
            let (mut before, mut out) = self.high_pass;
            self.frame.extend(now.iter().map(|sample| {
                out = sample - before + 0.996 * out;
                before = *sample;
                out
            }));
            self.high_pass = (before, out);
            self.hop.extend_from_slice(&self.frame[start..]);
            if self.frame.len() == FRAME {
                self.end_frame();
            }
            if self.hop.len() == HOP {
                self.end_hop();
            }
        }
    }

    /// Ends the channel: what is left counts as a whole frame and hop.
    pub fn finish(&mut self) {
        if !self.frame.is_empty() {
            self.end_frame();
        }
        if !self.hop.is_empty() {
            self.end_hop();
        }
        // The network's window ends with the frame that it was asked for, so its answer is about the frame before.
        if !self.frames.voice.is_empty() {
            self.frames.voice.remove(0);
            self.frames.voice.push(0);
        }
    }

    fn end_frame(&mut self) {
        let filled = self.frame.len().max(1);
        let energy = self.frame.iter().map(|sample| sample * sample).sum::<f32>() / filled as f32;
        self.frame.resize(FRAME, 0.0);
        let quiet = decibels_below(energy) * 2.0;
        let silent = quiet >= SILENT;
        let spectrum = if silent { self.tones.skip() } else { self.tones.push(&self.frame) };
        self.silence = if silent { self.silence + 1 } else { 0 };
        // After some frames of silence the network knows of nothing else, and another one tells it nothing new.
        let voice = if self.silence > SETTLED { 0.0 } else { self.voice() };
        self.voiced += u32::from(voice > 0.4 && !silent);
        self.frames.voice.push((voice.clamp(0.0, 1.0) * 255.0) as u8);
        self.frames.quiet.push(quiet.clamp(0.0, 255.0) as u8);
        self.frames.tonal.push((spectrum.held * 255.0) as u8);
        self.frames.focus.push((spectrum.focus * 255.0) as u8);
        self.frames.note.push(spectrum.note);
        self.frames.change.push((spectrum.change * 16.0).min(255.0) as u8);
        self.frame.clear();
    }

    /// How sure the network is of a voice in the running frame, 0..=1.
    ///
    /// The network knows sound up to 8 kHz. Telephone sound ends below 4 kHz, and with nothing at all above, it takes
    /// any noise for a voice: on made telephone calls it tells voice from noise with an area under the curve of 0.79.
    /// A faint mirror image of the sound in the empty band and a trace of noise bring that to 0.97, and change
    /// nothing for wide-band sound.
    fn voice(&mut self) -> f32 {
        for (index, sample) in self.frame.iter_mut().enumerate() {
            // xorshift32: the same noise for the same recording.
            self.noise ^= self.noise << 13;
            self.noise ^= self.noise >> 17;
            self.noise ^= self.noise << 5;
            let noise = (self.noise >> 8) as f32 / 16_777_216.0 - 0.5;
            // Every other sample negated is the spectrum turned around 4 kHz.
            let image = if index % 2 == 0 { *sample } else { -*sample };
            *sample = (*sample + FOLD * image + DITHER * noise).clamp(-1.0, 1.0);
        }
        self.detector.predict_f32(&self.frame)
    }

    fn end_hop(&mut self) {
        let energy = self.hop.iter().map(|sample| sample * sample).sum::<f32>() / self.hop.len() as f32;
        let below = decibels_below(energy);
        self.loudness.push(if below > 120.0 { 255 } else { below.round().clamp(0.0, 254.0) as u8 });
        // Half of the hop's six frames.
        let pitch = if self.voiced >= 3 { self.yin.of_hop(&self.hop) } else { None };
        self.pitch.push(pitch.map_or(0, quarter_semitones));
        self.voiced = 0;
        self.hop.clear();
    }
}

/// Mean square `energy` as decibels below full scale, where a square wave of full scale has 0 dB.
fn decibels_below(energy: f32) -> f32 {
    if energy > 1e-13 { -10.0 * energy.log10() } else { 130.0 }
}

/// `pitch` in Hz as a value of the contour.
fn quarter_semitones(pitch: f32) -> u8 {
    ((pitch / 50.0).log2() * 48.0 + 1.0).round().clamp(1.0, 255.0) as u8
}
