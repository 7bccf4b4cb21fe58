//! A call as the operators see it: sides instead of channels, folded text with the time of every token.

use super::{HeardCall, Measures, Metadata, Ms, Roles, SoundMap, Speaker, TimeSpan, Transcript};
use crate::text::{self, Token};

/// A token of one side's talk with its place in the call.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackToken {
    /// The folded token; its byte range counts in the turn's text.
    pub token: Token,
    /// When it was said.
    pub span: TimeSpan,
    /// How sure the recognition is, 0..=1.
    pub probability: f32,
    /// Index of its turn in the transcript.
    pub turn: usize,
}

/// All that one side says, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Whose talk it is.
    pub speaker: Speaker,
    /// Its tokens in order of time.
    pub tokens: Vec<TrackToken>,
}

/// A call as the operators see it.
#[derive(Debug, Clone)]
pub struct CallView<'a> {
    /// What the telephone system knows.
    pub metadata: &'a Metadata,
    /// Which channel is whose.
    pub roles: &'a Roles,
    /// What the sound says.
    pub sound: &'a SoundMap,
    /// What was said.
    pub transcript: &'a Transcript,
    /// Numbers about the call.
    pub measures: Measures,
    /// One track a side, in the order agent, customer, unknown; sides without a channel have none.
    pub tracks: Vec<Track>,
}

impl<'a> CallView<'a> {
    /// Prepares `heard` for the operators. `measures` must come from the same `heard` and `roles`.
    pub fn new(heard: &'a HeardCall, metadata: &'a Metadata, roles: &'a Roles, measures: Measures) -> Self {
        let mut tracks: Vec<Track> = [Speaker::Agent, Speaker::Customer, Speaker::Unknown]
            .into_iter()
            .filter(|speaker| roles.by_channel.contains(speaker))
            .map(|speaker| Track { speaker, tokens: Vec::new() })
            .collect();
        for (index, turn) in heard.transcript.turns.iter().enumerate() {
            let speaker = roles.of(turn.channel);
            let Some(track) = tracks.iter_mut().find(|track| track.speaker == speaker) else { continue };
            let folded = text::fold(&turn.text, &heard.transcript.language);
            let mut words = turn.words.iter().scan(0, |end, word| {
                let start = *end;
                *end += word.text.len();
                Some((start..*end, word))
            });
            let mut current = words.next();
            for token in folded {
                while let Some((range, _)) = &current {
                    if range.end > token.bytes.start {
                        break;
                    }
                    current = words.next();
                }
                let (span, probability) =
                    current.as_ref().map_or((turn.span, turn.confidence), |(_, word)| (word.span, word.probability));
                track.tokens.push(TrackToken { token, span, probability, turn: index });
            }
        }
        Self { metadata, roles, sound: &heard.sound, transcript: &heard.transcript, measures, tracks }
    }

    /// ISO 639-1 code of the language spoken.
    pub fn language(&self) -> &str {
        &self.transcript.language
    }

    /// The whole recording.
    pub fn whole(&self) -> TimeSpan {
        TimeSpan::new(Ms(0), self.sound.duration)
    }

    /// What `speaker` says; nothing where the side is not told apart or has no channel.
    pub fn track(&self, speaker: Speaker) -> Option<&Track> {
        self.tracks.iter().find(|track| track.speaker == speaker)
    }

    /// Stretches in which `speaker` speaks, merged over that side's channels, in order.
    pub fn speech(&self, speaker: Speaker) -> Vec<TimeSpan> {
        let mut spans: Vec<TimeSpan> = self
            .sound
            .channels
            .iter()
            .enumerate()
            .filter(|(channel, _)| self.roles.of(*channel) == speaker)
            .flat_map(|(_, channel)| channel.speech.iter().copied())
            .collect();
        spans.sort();
        spans.dedup_by(|next, kept| {
            let meets = next.start <= kept.end;
            if meets {
                kept.end = kept.end.max(next.end);
            }
            meets
        });
        spans
    }
}
