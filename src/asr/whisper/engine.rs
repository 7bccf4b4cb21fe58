//! A loaded model with its threads: the [`Transcriber`] of real calls.

use super::decode;
use super::library::{Network, State, language_name};
use super::mel::Mel;
use super::recognise::{Recipe, Recognised, Sound, Spoken, effort, positions, recognise};
use super::terms::Terms;
use super::vocabulary::Vocabulary;
use super::weights::{File, Weights, filters};
use super::workers::{Pending, Workers};
use crate::asr::guard::{self, Line};
use crate::asr::pack::{Packing, Window, sample_at, windows};
use crate::asr::turns::{ChannelWords, in_order, turns};
use crate::asr::{AsrError, AsrSettings, ChannelAudio, SoundBlock, Transcriber};
use crate::call::{Dropped, Engine as EngineInfo, Ms, SoundMap, Transcript, Word};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

/// Windows that the language of a call is found from.
const WINDOWS_FOR_LANGUAGE: usize = 3;
/// Tokens of text and marks in a full window of a usual call: about five and a half a second of speech.
const TOKENS_A_WINDOW: usize = 132;
/// Changes with every change of this code that can change the words.
const REVISION: u32 = 6;

/// What a model file is called and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name, such as `base`.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The file's bytes (ggml), already verified.
    pub bytes: Vec<u8>,
}

/// Whether a graphics card is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gpu {
    /// Where the program was built for one and there is one.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// How the recogniser runs; nothing here may change the words but `weights` and `tuning`.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineOptions {
    /// Threads, each with a window of its own.
    pub jobs: usize,
    /// Graphics card.
    pub gpu: Gpu,
    /// Precision of the weights in memory.
    pub weights: Weights,
    /// How windows are made.
    pub tuning: Tuning,
}

impl EngineOptions {
    /// What is fastest with so many `jobs` on this machine.
    pub fn new(jobs: usize, gpu: Gpu) -> Self {
        let on_card = gpu == Gpu::Auto && cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan"));
        let weights = if on_card { Weights::AS_STORED } else { Weights::fastest(&kernels()) };
        Self { jobs, gpu, weights, tuning: Tuning::default() }
    }
}

/// How windows are made and encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuning {
    pub(super) packing: Packing,
    /// Silence that the encoder sees after the window.
    pub(super) margin: Ms,
    /// Fewest positions of the encoder, 20 ms each: with fewer, short windows loop.
    pub(super) fewest_positions: usize,
    /// Fused attention.
    pub(super) flash_attention: bool,
}

impl Default for Tuning {
    fn default() -> Self {
        // Attention takes memory with the square of a window: with 29 s, two jobs take some 60 MiB more.
        let packing = Packing { before: Ms(200), after: Ms(250), gap: Ms(140), window: Ms(24_000) };
        Self { packing, margin: Ms(100), fewest_positions: 448, flash_attention: false }
    }
}

/// whisper.cpp with one model, warm: states are made once and used for every call.
pub struct Engine {
    recipe: Arc<Recipe>,
    decoder: Arc<Network>,
    workers: Workers,
    weights: Weights,
    model: String,
    sha256: String,
}

/// Names of the processor features that the recogniser was built with and finds here.
pub fn kernels() -> Vec<String> {
    // `CPU : SSE3 = 1 | AVX = 1 | ..`, with one such list a backend.
    let mut names: Vec<String> = whisper_rs::print_system_info()
        .split(['|', ':'])
        .filter_map(|part| part.trim().strip_suffix("= 1").map(|name| name.trim().to_owned()))
        .collect();
    names.dedup();
    names
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("model", &self.model)
            .field("jobs", &self.workers.count())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Loads `model` and makes a state for each job.
    ///
    /// # Errors
    /// [`AsrError::Model`] where the bytes are no model that can be used.
    pub fn load(model: Model, options: &EngineOptions) -> Result<Self, AsrError> {
        static SILENT: Once = Once::new();
        // Without this the library prints to standard error, in a debug build even what was said.
        SILENT.call_once(whisper_rs::install_logging_hooks);
        let mel = Mel::new(&filters(&model.bytes)?);
        let (encoder, decoder) = options.weights.files(&model.bytes)?;
        let load = |file: File<'_>| Network::load(file, options.gpu == Gpu::Auto, options.tuning.flash_attention);
        let (encoder, decoder) = rayon::join(|| load(encoder), || decoder.map(load).transpose());
        let encoder = encoder?;
        let decoder = decoder?.unwrap_or_else(|| Arc::clone(&encoder));
        let states = (0..options.jobs.max(1)).map(|_| State::new(&encoder, &decoder));
        let workers = Workers::start(states.collect::<Result<_, _>>()?)?;
        let recipe = Recipe { vocabulary: Vocabulary::of(&decoder)?, mel, tuning: options.tuning };
        Ok(Self {
            recipe: Arc::new(recipe),
            decoder,
            workers,
            weights: options.weights,
            model: model.name,
            sha256: model.sha256,
        })
    }

    /// Seconds of speech that all jobs together recognise in a second: each encodes a full window and decodes as many
    /// tokens as such a window usually holds. What is said makes no difference to the work of a token.
    ///
    /// # Errors
    /// [`AsrError::Recogniser`].
    pub fn speed(&self) -> Result<f64, AsrError> {
        let Recipe { vocabulary, tuning, .. } = &*self.recipe;
        let window = tuning.packing.window;
        let positions = positions(window, tuning, vocabulary.audio_positions);
        let hum: Arc<[f32]> = (0..sample_at(window)).map(|index| (index as f32 * 0.05).sin() * 0.1).collect();
        // The first run of a state allocates; the second is measured. All jobs run at once, as they do in a batch.
        let mut slowest = Duration::ZERO;
        for _ in 0..2 {
            let running: Vec<_> = (0..self.workers.count())
                .map(|_| {
                    let (recipe, hum) = (Arc::clone(&self.recipe), Arc::clone(&hum));
                    self.workers.submit(move |state| {
                        let started = Instant::now();
                        let mut encoded = decode::encode(state, &recipe.mel, &recipe.vocabulary, &hum, positions)?;
                        decode::exercise(&mut encoded, TOKENS_A_WINDOW)?;
                        Ok(started.elapsed())
                    })
                })
                .collect();
            slowest = Duration::ZERO;
            for pending in running {
                slowest = slowest.max(pending.wait()?);
            }
        }
        Ok(self.workers.count() as f64 * window.seconds() / slowest.as_secs_f64().max(1e-9))
    }

    fn submit(&self, sound: Arc<Sound>, terms: Arc<Terms>, spoken: Spoken) -> Pending<Recognised> {
        let recipe = Arc::clone(&self.recipe);
        self.workers.submit(move |state| recognise(state, &recipe, &sound, &terms, spoken))
    }

    /// The language that the settings ask for, as far as the model has languages.
    fn forced(&self, settings: &AsrSettings) -> Result<Option<Spoken>, AsrError> {
        if self.recipe.vocabulary.languages.is_empty() {
            return Ok(Some(Spoken::Known(None)));
        }
        let Some(language) = &settings.language else { return Ok(None) };
        match self.recipe.vocabulary.language(language) {
            Some(token) => Ok(Some(Spoken::Known(Some(token)))),
            None => Err(AsrError::Language { language: language.clone() }),
        }
    }
}

impl Transcriber for Engine {
    fn transcribe(
        &self,
        audio: &mut dyn ChannelAudio,
        sound: &SoundMap,
        settings: &AsrSettings,
    ) -> Result<Transcript, AsrError> {
        let terms = Terms::new(&self.decoder, &settings.terms);
        let mut call = Call::new(self, sound, terms, self.forced(settings)?);
        let Recipe { tuning, vocabulary, .. } = &*self.recipe;
        let effort = |length| effort(length, tuning, vocabulary.audio_positions);
        let mut cutter = Cutter::new(sound, &tuning.packing, effort);
        while let Some(block) = audio.next_block()? {
            for cut in cutter.add(&block) {
                call.take(cut)?;
            }
        }
        for cut in cutter.finish() {
            call.take(cut)?;
        }
        call.finish(settings)
    }

    fn describe(&self, settings: &AsrSettings) -> EngineInfo {
        EngineInfo {
            model: self.model.clone(),
            model_sha256: self.sha256.clone(),
            settings_hash: settings_hash(self.weights, &self.recipe.tuning, settings),
        }
    }
}

/// BLAKE3 over everything beside the model that can change the words, in hexadecimal.
fn settings_hash(weights: Weights, tuning: &Tuning, settings: &AsrSettings) -> String {
    let language = settings.language.as_deref().unwrap_or("auto");
    let terms = &settings.terms;
    blake3::hash(format!("{REVISION} {weights:?} {tuning:?} {language} {terms:?}").as_bytes()).to_hex().to_string()
}

impl EngineOptions {
    /// The settings hash of an engine with these options, known before its model is loaded.
    pub fn settings_hash(&self, settings: &AsrSettings) -> String {
        settings_hash(self.weights, &self.tuning, settings)
    }
}

/// Cuts windows out of the sound as it comes.
struct Cutter {
    /// Windows whose sound has not come yet, in the order in which it will be complete.
    waiting: VecDeque<Window>,
    /// Those whose sound has begun.
    open: Vec<Sound>,
}

impl Cutter {
    fn new(sound: &SoundMap, packing: &Packing, effort: impl Fn(Ms) -> f64) -> Self {
        let mut all: Vec<Window> = sound
            .channels
            .iter()
            .enumerate()
            .flat_map(|(channel, lane)| windows(channel, lane, sound.duration, packing, &effort))
            .collect();
        all.sort_by_key(|window| (window.complete_at(), window.channel));
        Self { waiting: all.into(), open: Vec::new() }
    }

    /// Takes the sound of `block`; gives the windows that are complete.
    fn add(&mut self, block: &SoundBlock) -> Vec<Sound> {
        let length = block.channels.first().map_or(0, Vec::len) as u64;
        let end = block.start + length;
        let mut index = 0;
        while index < self.waiting.len() {
            let begins = self.waiting[index].pieces.first().map_or(0, |piece| sample_at(piece.source.start));
            if begins < end {
                if let Some(window) = self.waiting.remove(index) {
                    let samples = vec![0.0; sample_at(window.length()) as usize];
                    self.open.push(Sound { window, samples });
                }
            } else {
                index += 1;
            }
        }
        for sound in &mut self.open {
            let Some(lane) = block.channels.get(sound.window.channel) else { continue };
            for piece in &sound.window.pieces {
                let (from, to) = (sample_at(piece.source.start), sample_at(piece.source.end));
                let (first, last) = (from.max(block.start), to.min(end));
                if first < last {
                    let at = (sample_at(piece.at) + (first - from)) as usize;
                    let count = (last - first) as usize;
                    let source = (first - block.start) as usize;
                    sound.samples[at..at + count].copy_from_slice(&lane[source..source + count]);
                }
            }
        }
        let complete = |sound: &Sound| sample_at(sound.window.complete_at()) <= end;
        let mut done: Vec<Sound> = self.open.extract_if(.., |sound| complete(sound)).collect();
        done.sort_by_key(|sound| (sound.window.complete_at(), sound.window.channel));
        done
    }

    /// What is left when the sound ends before the map says so.
    fn finish(mut self) -> Vec<Sound> {
        self.open.sort_by_key(|sound| (sound.window.complete_at(), sound.window.channel));
        self.open
    }
}

/// One call on its way through the recogniser.
struct Call<'a> {
    engine: &'a Engine,
    sound: &'a SoundMap,
    /// Names and words that may well be said.
    terms: Arc<Terms>,
    spoken: Option<Spoken>,
    /// The first windows, kept until the language is known.
    first: Vec<(Arc<Sound>, Pending<Recognised>)>,
    running: VecDeque<(usize, Pending<Recognised>)>,
    lines: Vec<Vec<Line>>,
    dropped: Dropped,
    language: Option<(usize, f32)>,
}

impl<'a> Call<'a> {
    fn new(engine: &'a Engine, sound: &'a SoundMap, terms: Terms, spoken: Option<Spoken>) -> Self {
        Self {
            engine,
            sound,
            terms: Arc::new(terms),
            spoken,
            first: Vec::new(),
            running: VecDeque::new(),
            lines: vec![Vec::new(); sound.channels.len()],
            dropped: Dropped::default(),
            language: None,
        }
    }

    /// Takes the next window; blocks while too many are under way.
    fn take(&mut self, sound: Sound) -> Result<(), AsrError> {
        let channel = sound.window.channel;
        let sound = Arc::new(sound);
        match self.spoken {
            Some(spoken) => {
                self.running.push_back((channel, self.submit(sound, spoken)));
                while self.running.len() > 2 * self.engine.workers.count() + 1 {
                    self.collect()?;
                }
            }
            None => {
                let pending = self.submit(Arc::clone(&sound), Spoken::Likeliest);
                self.first.push((sound, pending));
                if self.first.len() >= WINDOWS_FOR_LANGUAGE {
                    self.find_language()?;
                }
            }
        }
        Ok(())
    }

    /// Waits for the first windows, and recognises those again that were taken for another language than the call's.
    fn find_language(&mut self) -> Result<(), AsrError> {
        let mut heard = Vec::new();
        for (sound, pending) in self.first.drain(..) {
            heard.push((sound, pending.wait()?));
        }
        let count = self.engine.recipe.vocabulary.languages.len();
        let mut votes = vec![0.0_f64; count];
        let mut total = 0.0;
        for (sound, recognised) in &heard {
            let weight = sound.window.length().seconds();
            total += weight;
            for (vote, probability) in votes.iter_mut().zip(&recognised.languages) {
                *vote += weight * f64::from(*probability);
            }
        }
        let winner = (0..count).max_by(|one, other| votes[*one].total_cmp(&votes[*other]));
        let Some(winner) = winner.filter(|_| !heard.is_empty()) else { return Ok(()) };
        self.language = Some((winner, (votes[winner] / f64::max(total, 1e-9)) as f32));
        let token = self.engine.recipe.vocabulary.languages.start + winner as i32;
        let spoken = Spoken::Known(Some(token));
        self.spoken = Some(spoken);
        for (sound, recognised) in heard {
            let channel = sound.window.channel;
            if recognised.language == Some(winner) {
                self.add(channel, recognised);
            } else {
                self.running.push_back((channel, self.submit(sound, spoken)));
            }
        }
        Ok(())
    }

    fn submit(&self, sound: Arc<Sound>, spoken: Spoken) -> Pending<Recognised> {
        self.engine.submit(sound, Arc::clone(&self.terms), spoken)
    }

    fn collect(&mut self) -> Result<(), AsrError> {
        if let Some((channel, pending)) = self.running.pop_front() {
            let recognised = pending.wait()?;
            self.add(channel, recognised);
        }
        Ok(())
    }

    fn add(&mut self, channel: usize, recognised: Recognised) {
        if let Some(lines) = self.lines.get_mut(channel) {
            lines.extend(recognised.lines);
            self.dropped.rate += recognised.dropped.rate;
        }
    }

    fn finish(mut self, settings: &AsrSettings) -> Result<Transcript, AsrError> {
        if self.spoken.is_none() {
            self.find_language()?;
        }
        while !self.running.is_empty() {
            self.collect()?;
        }
        for lines in &mut self.lines {
            lines.sort_by_key(|line| line.words.first().map(|word| word.span.start));
            guard::clean(lines, &mut self.dropped);
        }
        guard::drop_cross_talk(&mut self.lines, self.sound, &mut self.dropped);
        let channels = self.lines.into_iter().enumerate().map(|(channel, lines)| {
            let mut words: Vec<Word> = lines.into_iter().flat_map(|line| line.words).collect();
            words.sort_by_key(|word| word.span.start);
            in_order(&mut words);
            ChannelWords { channel, words }
        });
        let turns = turns(channels.collect());
        let (language, language_probability) = match (&settings.language, self.language) {
            _ if turns.is_empty() => (String::new(), 0.0),
            (Some(language), _) => (language.clone(), 1.0),
            (None, Some((index, probability))) => (language_name(index).unwrap_or_default().to_owned(), probability),
            // A model of one language.
            (None, None) => ("en".to_owned(), 1.0),
        };
        Ok(Transcript { language, language_probability, turns, dropped: self.dropped })
    }
}
