//! A transcriber that plays back a written call: most tests need no model.

use super::{AsrError, AsrSettings, ChannelAudio, Transcriber};
use crate::call::{Engine, SoundMap, Transcript, script};

/// Gives the words of a script (see [`script`]) instead of listening.
///
/// Turns beyond the end of the recording, or on channels that it does not have, are left out, so that a script never
/// says more than the recording can hold.
#[derive(Debug, Clone)]
pub struct Scripted {
    text: String,
    transcript: Transcript,
}

impl Scripted {
    /// Reads the script `text`.
    ///
    /// # Errors
    /// [`AsrError::Script`].
    pub fn new(text: &str) -> Result<Self, AsrError> {
        let (heard, _, _) = script::parse(text)?;
        Ok(Self { text: text.to_owned(), transcript: heard.transcript })
    }
}

impl Transcriber for Scripted {
    fn transcribe(
        &self,
        audio: &mut dyn ChannelAudio,
        sound: &SoundMap,
        settings: &AsrSettings,
    ) -> Result<Transcript, AsrError> {
        // Read to the end like a recogniser would, so that faults of the sound show.
        while audio.next_block()?.is_some() {}
        let mut transcript = self.transcript.clone();
        transcript.turns.retain(|turn| turn.channel < sound.channels.len() && turn.span.start < sound.duration);
        if let Some(language) = &settings.language {
            transcript.language.clone_from(language);
            transcript.language_probability = 1.0;
        }
        Ok(transcript)
    }

    fn describe(&self, settings: &AsrSettings) -> Engine {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.text.as_bytes());
        hasher.update(settings.language.as_deref().unwrap_or("auto").as_bytes());
        Engine {
            model: "scripted".to_owned(),
            model_sha256: String::new(),
            settings_hash: hasher.finalize().to_hex().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{ChannelSound, Ms};

    struct Silent(u32);

    impl ChannelAudio for Silent {
        fn next_block(&mut self) -> Result<Option<super::super::SoundBlock>, AsrError> {
            self.0 = self.0.saturating_sub(1);
            Ok((self.0 > 0).then(Default::default))
        }
    }

    #[test]
    fn a_script_is_played_back_as_far_as_the_recording_goes() {
        let scripted = Scripted::new("agent 0s-2s: hello\ncustomer 3s-4s: hi\nagent 50s-52s: bye\nend 60s").unwrap();
        let mut sound = SoundMap { duration: Ms(10_000), channels: vec![ChannelSound::default(); 2] };
        let mut audio = Silent(3);
        let heard = scripted.transcribe(&mut audio, &sound, &AsrSettings::default()).unwrap();
        assert_eq!(heard.turns.iter().map(|turn| turn.text.trim()).collect::<Vec<_>>(), ["hello", "hi"]);
        assert_eq!(audio.0, 0);
        sound.channels.pop();
        assert_eq!(scripted.transcribe(&mut audio, &sound, &AsrSettings::default()).unwrap().turns.len(), 1);
    }
}
