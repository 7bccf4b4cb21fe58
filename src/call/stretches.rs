//! Who holds the floor when: each party's stretches of talk, and what lies between and over them.
//!
//! Times come from the sound; words are used only to know a listener's 嗯 from a speaker's sentence.

use super::{Interruption, Ms, RoleSource, Roles, SoundMap, Speaker, TimeSpan, Transcript};

/// Pauses up to this long belong to a stretch of talk: breaths and commas.
const BREATH: Ms = Ms(500);

/// What a listener says to show that he listens: it takes no floor.
///
/// # Source
/// Yngve 1970, "On getting a word in edgewise", for the notion; the lists are common forms in both languages.
pub const BACK_CHANNELS: &[&str] = &[
    "嗯",
    "嗯嗯",
    "哦",
    "噢",
    "喔",
    "啊",
    "呃",
    "诶",
    "欸",
    "唉",
    "哎",
    "对",
    "对对",
    "对对对",
    "是",
    "是的",
    "是是",
    "好",
    "好的",
    "好好",
    "行",
    "可以",
    "没错",
    "明白",
    "了解",
    "这样",
    "知道了",
    "uh",
    "uhhuh",
    "mhm",
    "mm",
    "mmhmm",
    "hmm",
    "yeah",
    "yes",
    "yep",
    "yup",
    "right",
    "ok",
    "okay",
    "sure",
    "oh",
    "ah",
    "isee",
    "gotit",
    "alright",
    "good",
    "great",
];

/// One party's uninterrupted talk: speech with pauses up to a breath.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Whose talk it is.
    pub speaker: Speaker,
    /// When.
    pub span: TimeSpan,
    /// Whether it only shows that the speaker listens.
    pub back_channel: bool,
}

/// What makes talk over the other side an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Least time that both speak.
    pub min_overlap: Ms,
    /// Overlap from which it counts even though the first speaker goes on.
    pub forced: Ms,
    /// Least time that the first has spoken when the second begins: below it, both just began at once.
    pub head_start: Ms,
    /// Least length of the second speaker's talk.
    pub min_length: Ms,
}

impl Default for Floor {
    /// # Source
    /// Overlaps from 2 s on: Alibaba 智能对话分析, 抢话. Shorter ones count when the first speaker gives way; between
    /// people, overlaps below about 0.4 s are ordinary turn-taking (Heldner and Edlund 2010, "Pauses, gaps and
    /// overlaps in conversations").
    fn default() -> Self {
        Self { min_overlap: Ms(400), forced: Ms(2000), head_start: Ms(1000), min_length: Ms(1000) }
    }
}

/// One voice of the call with its talk: a side where the sides are told apart, else a channel.
pub(super) struct Party {
    pub speaker: Speaker,
    channels: Vec<usize>,
    pub talk: Vec<TimeSpan>,
}

pub(super) fn parties(sound: &SoundMap, roles: &Roles) -> Vec<Party> {
    let mut parties: Vec<Party> = Vec::new();
    for channel in 0..sound.channels.len() {
        let speaker = roles.of(channel);
        // Two channels of unknown speakers are two voices, unless both are copies of one track.
        let joins = speaker != Speaker::Unknown || roles.source == RoleSource::SingleTrack;
        match parties.iter_mut().find(|party| joins && party.speaker == speaker) {
            Some(party) => party.channels.push(channel),
            None => parties.push(Party { speaker, channels: vec![channel], talk: Vec::new() }),
        }
    }
    for party in &mut parties {
        let speech = party.channels.iter().flat_map(|channel| sound.channels[*channel].speech.iter().copied());
        party.talk = TimeSpan::union(speech.collect(), BREATH);
    }
    parties
}

/// Every party's stretches of talk, in order of their start.
pub(super) fn stretches(sound: &SoundMap, transcript: &Transcript, roles: &Roles) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = parties(sound, roles)
        .iter()
        .flat_map(|party| {
            party.talk.iter().map(|span| Stretch {
                speaker: party.speaker,
                span: *span,
                back_channel: is_back_channel(transcript, &party.channels, *span),
            })
        })
        .collect();
    stretches.sort_by_key(|stretch| (stretch.span, stretch.speaker));
    stretches
}

/// Whether all words heard in `span` are back-channels; without words, whether it is too short to be more.
fn is_back_channel(transcript: &Transcript, channels: &[usize], span: TimeSpan) -> bool {
    if span.length() >= Ms(2000) {
        return false;
    }
    let text: String = transcript
        .turns
        .iter()
        .filter(|turn| channels.contains(&turn.channel) && turn.span.overlaps(span))
        .flat_map(|turn| &turn.words)
        .filter(|word| span.contains(Ms((word.span.start.0 + word.span.end.0) / 2)))
        .map(|word| word.text.as_str())
        .collect();
    let mut words = text
        .split(|character: char| !character.is_alphanumeric() && character != '-')
        .map(|word| word.replace('-', "").to_lowercase())
        .filter(|word| !word.is_empty())
        .peekable();
    if words.peek().is_none() {
        return span.length() < Ms(1000);
    }
    words.all(|word| BACK_CHANNELS.contains(&word.as_str()))
}

/// Talk that begins while another party talks and takes the floor, in order.
pub(super) fn interruptions(stretches: &[Stretch], floor: Floor) -> Vec<Interruption> {
    let mut found = Vec::new();
    for (index, second) in stretches.iter().enumerate() {
        // One party's stretches lie apart, so stretches that overlap are two parties'.
        let broken = stretches[..index].iter().rfind(|first| {
            let head_start = second.span.start - first.span.start;
            let overlap = first.span.intersection(second.span).length();
            let gives_way = first.span.end <= second.span.end;
            head_start >= floor.head_start
                && !first.back_channel
                && overlap >= floor.min_overlap
                && (gives_way || overlap >= floor.forced)
        });
        let long_enough = second.span.length() >= floor.min_length && !second.back_channel;
        if let Some(first) = broken.filter(|_| long_enough) {
            let span = first.span.intersection(second.span);
            found.push(Interruption { by: second.speaker, span });
        }
    }
    found
}

/// The gaps between the end of the other side's talk and the start of `speaker`'s answer, in order.
pub(super) fn answers(stretches: &[Stretch], speaker: Speaker) -> Vec<TimeSpan> {
    let talk: Vec<&Stretch> = stretches.iter().filter(|stretch| !stretch.back_channel).collect();
    talk.windows(2)
        .filter(|pair| pair[0].speaker == speaker.other() && pair[1].speaker == speaker && speaker != Speaker::Unknown)
        .filter(|pair| pair[0].span.end <= pair[1].span.end)
        .map(|pair| TimeSpan::new(pair[0].span.end, pair[1].span.start))
        .collect()
}

/// Stretches in which at least two parties talk.
pub(super) fn overlaps(parties: &[Party]) -> Vec<TimeSpan> {
    let mut shared = Vec::new();
    for (index, one) in parties.iter().enumerate() {
        for other in &parties[index + 1..] {
            shared.extend(one.talk.iter().flat_map(|a| other.talk.iter().map(|b| a.intersection(*b))));
        }
    }
    TimeSpan::union(shared, Ms(0))
}

/// Who spoke last up to `time`.
pub(super) fn last_speaker(parties: &[Party], time: Ms) -> Speaker {
    parties
        .iter()
        .flat_map(|party| party.talk.iter().map(move |span| (span.end, party.speaker)))
        .filter(|(end, _)| *end <= time)
        .max_by_key(|(end, _)| *end)
        .map_or(Speaker::Unknown, |(_, speaker)| speaker)
}
