//! A call as the operators see it: sides instead of channels, folded text with the time of every token.

use super::{HeardCall, Measures, Metadata, Ms, Roles, SoundMap, Speaker, TimeSpan, Transcript};
use crate::text::{self, Passage, Token};
use std::ops::Range;

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
    /// The same tokens, prepared for phrases: these run through turns that follow each other closely.
    pub passage: Passage,
}

/// Longest gap between two turns of one side that a phrase may run through.
const PHRASE_GAP: Ms = Ms(2000);

/// Most tokens of the other side's turn between them that leave it one phrase: a back-channel such as "uh-huh".
const BACK_CHANNEL: usize = 3;

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
            .map(|speaker| Track { speaker, tokens: Vec::new(), passage: Passage::default() })
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
        let runs: Vec<_> = (0..tracks.len()).map(|index| runs(&tracks, index, &heard.transcript)).collect();
        for (track, runs) in tracks.iter_mut().zip(runs) {
            track.passage = Passage::new(track.tokens.iter().map(|token| &token.token), &runs);
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
        self.sound.speech_of(self.roles, speaker)
    }
}

/// Ranges of tokens of one track that were said in one go: turns with less than [`PHRASE_GAP`] and no more than one
/// back-channel of the others between them.
fn runs(tracks: &[Track], index: usize, transcript: &Transcript) -> Vec<Range<usize>> {
    let tokens = &tracks[index].tokens;
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in 0..tokens.len() {
        let continues = at.checked_sub(1).is_some_and(|before| {
            let (before, turn) = (tokens[before].turn, tokens[at].turn);
            let gap = transcript.turns[turn].span.start - transcript.turns[before].span.end;
            before == turn || (gap < PHRASE_GAP && between(tracks, index, before..turn) <= BACK_CHANNEL)
        });
        match runs.last_mut() {
            Some(run) if continues => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// How many tokens the other sides say in the turns strictly inside `turns`; more than one turn counts as too many.
fn between(tracks: &[Track], index: usize, turns: Range<usize>) -> usize {
    let others = tracks.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, track)| track);
    let inside: Vec<usize> = others
        .flat_map(|track| {
            let from = track.tokens.partition_point(|token| token.turn <= turns.start);
            let to = track.tokens.partition_point(|token| token.turn < turns.end);
            track.tokens[from..to.max(from)].iter().map(|token| token.turn)
        })
        .collect();
    if inside.windows(2).any(|pair| pair[0] != pair[1]) { usize::MAX } else { inside.len() }
}
