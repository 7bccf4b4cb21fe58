//! One recording, from its file to what was heard.

use super::drill;
use crate::asr::{AsrError, AsrSettings, ChannelAudio, Scripted, SoundBlock, Transcriber};
use crate::audio::{AudioFile, Blocks, DecodeError, Hints, Limits};
use crate::call::{
    AudioInfo, Engine, HeardCall, Ms, SoundMap, Status, StatusKind, Transcript, Warning, redact, script, write_in,
};
use crate::speech::Listener;
use crate::text::Characters;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Raised whenever the same recording and settings can give another result: what was heard before is heard again.
pub const VERSION: u32 = 2;

/// Who turns sound into words.
pub enum Recogniser {
    /// The same for every recording.
    Shared(Arc<dyn Transcriber>),
    /// The script beside the recording: `x.script` for `x.wav` gives its sound and its words. For tests and drills of
    /// whole batches without a model.
    Beside,
}

/// Everything that hearing needs beside the recording.
pub struct Ears {
    /// Turns sound into words.
    pub recogniser: Recogniser,
    /// How much of a file is believed.
    pub limits: Limits,
    /// What the user says about files.
    pub hints: Hints,
    /// Leave telephone and identity numbers unmasked; card numbers and codes are always masked.
    pub keep_numbers: bool,
    /// How Mandarin is written.
    pub characters: Characters,
}

/// Samples a millisecond at 16 kHz.
const SAMPLES_A_MS: u64 = 16;

impl Ears {
    /// Hears the recording at `path`. `content_hash` is the BLAKE3 that its bytes must have (empty: any); `settings`
    /// what is known of its words; `progress` is told how much audio was heard, and often.
    pub fn hear(
        &self,
        path: &Path,
        content_hash: &str,
        settings: &AsrSettings,
        progress: &mut dyn FnMut(Ms),
    ) -> HeardCall {
        match self.try_hear(path, content_hash, settings, progress) {
            Ok(heard) => heard,
            Err(failure) => {
                let mut heard = broken(failure.status, failure.detail, content_hash);
                if let Some(info) = failure.audio {
                    heard.audio = AudioInfo { content_hash: content_hash.to_owned(), ..info };
                }
                heard
            }
        }
    }

    fn try_hear(
        &self,
        path: &Path,
        content_hash: &str,
        settings: &AsrSettings,
        progress: &mut dyn FnMut(Ms),
    ) -> Result<HeardCall, Failure> {
        let file = AudioFile::open_with(path, &self.limits, &self.hints).map_err(Failure::decoding)?;
        let mut listener = Listener::new(file.channels());
        let mut blocks = file.blocks().map_err(Failure::decoding)?;
        for block in &mut blocks {
            let block = block.map_err(Failure::decoding)?;
            listener.push(&block.channels);
            // Both passes count half, so that progress never jumps back.
            progress(Ms((block.start / SAMPLES_A_MS / 2) as i64));
        }
        drop(blocks);
        let audio = file.info();
        if !content_hash.is_empty() && audio.content_hash != content_hash {
            return Err(Failure::decoding(DecodeError::ChangedDuringRead { path: path.to_owned() }));
        }
        let (sound, warnings) = listener.finish();
        let scripted;
        let (transcriber, sound): (&dyn Transcriber, SoundMap) = match &self.recogniser {
            Recogniser::Shared(transcriber) => (transcriber.as_ref(), sound),
            Recogniser::Beside => {
                drill::perform(path);
                let (beside, written) = beside(path, &sound).map_err(|error| Failure::recognising(&error, &audio))?;
                scripted = beside;
                (&scripted, written)
            }
        };
        let speaks = sound.channels.iter().any(|channel| !channel.speech.is_empty());
        let mut transcript = if speaks {
            let half = Ms(audio.duration.0 / 2);
            let channels = sound.channels.len();
            let blocks = file.blocks().map_err(Failure::decoding)?;
            let mut pass = SecondPass { blocks, channels, half, progress };
            match transcriber.transcribe(&mut pass, &sound, settings) {
                Ok(transcript) => transcript,
                Err(AsrError::Audio(error)) => {
                    return Err(match error.downcast::<DecodeError>() {
                        Ok(error) => Failure::decoding(*error),
                        Err(error) => Failure::recognising(&AsrError::Audio(error), &audio),
                    });
                }
                Err(error) => return Err(Failure::recognising(&error, &audio)),
            }
        } else {
            Transcript::default()
        };
        write_in(&mut transcript, self.characters);
        // Nothing leaves this function before personal numbers are masked: not to the store, not to a pipe.
        redact(&mut transcript, self.keep_numbers);
        let status = match file.status() {
            Status::Ok if !speaks => Status::OkNoSpeech,
            status => status,
        };
        let engine = transcriber.describe(settings);
        let heard = HeardCall { status, detail: file.detail(), warnings, audio, sound, transcript, engine };
        Ok(heard)
    }
}

/// The script beside `path` as sound and words; nothing lies beyond the end of the recording's own sound.
fn beside(path: &Path, heard: &SoundMap) -> Result<(Scripted, SoundMap), AsrError> {
    let file = path.with_extension("script");
    let text = fs::read_to_string(&file).map_err(|error| AsrError::Audio(error.into()))?;
    let (written, _, _) = script::parse(&text)?;
    let mut sound = SoundMap { duration: heard.duration, channels: heard.channels.clone() };
    for (channel, written) in sound.channels.iter_mut().zip(&written.sound.channels) {
        channel.speech = written.speech.clone();
        channel.speech.retain(|span| span.end <= heard.duration);
        channel.non_speech = written.non_speech.clone();
        channel.non_speech.retain(|other| other.span.end <= heard.duration);
    }
    Ok((Scripted::new(&text)?, sound))
}

/// The recording's sound once more, as recognition wants it.
struct SecondPass<'a> {
    blocks: Blocks<'a>,
    channels: usize,
    half: Ms,
    progress: &'a mut dyn FnMut(Ms),
}

impl ChannelAudio for SecondPass<'_> {
    fn next_block(&mut self) -> Result<Option<SoundBlock>, AsrError> {
        match self.blocks.next() {
            None => Ok(None),
            Some(Err(error)) => Err(AsrError::Audio(Box::new(error))),
            Some(Ok(mut block)) => {
                (self.progress)(self.half + Ms((block.start / SAMPLES_A_MS / 2) as i64));
                block.channels.truncate(self.channels);
                Ok(Some(SoundBlock { start: block.start, channels: block.channels }))
            }
        }
    }
}

struct Failure {
    status: Status,
    detail: String,
    audio: Option<AudioInfo>,
}

impl Failure {
    fn decoding(error: DecodeError) -> Self {
        let detail = format!("failed to {error}; {}", error.remedy());
        Self { status: error.status(), detail, audio: None }
    }

    fn recognising(error: &AsrError, audio: &AudioInfo) -> Self {
        Self { status: Status::FailedAsr, detail: error.to_string(), audio: Some(audio.clone()) }
    }
}

/// The result of a recording that could not be heard.
pub(super) fn broken(status: Status, detail: String, content_hash: &str) -> HeardCall {
    debug_assert_eq!(status.kind(), StatusKind::Failed);
    HeardCall {
        status,
        detail,
        warnings: Vec::<Warning>::new(),
        audio: AudioInfo { content_hash: content_hash.to_owned(), ..AudioInfo::default() },
        sound: SoundMap::default(),
        transcript: Transcript::default(),
        engine: Engine::default(),
    }
}
