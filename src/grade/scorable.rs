//! Whether a call can be judged under a rubric at all.

use crate::call::{HeardCall, Measures, Ms, Reason, Status, StatusKind};
use crate::rubric::Rubric;

/// Languages less certain than this are a person's to decide.
const SURE_LANGUAGE: f32 = 0.6;

/// Why `heard` can't be judged, and whether a person should look at that; nothing where it can be.
pub(super) fn obstacle(rubric: &Rubric, heard: &HeardCall, measures: &Measures) -> Option<(Reason, bool)> {
    let status = heard.status;
    if !matches!(status.kind(), StatusKind::Ok | StatusKind::Degraded) {
        let detail = if heard.detail.is_empty() { String::new() } else { format!(": {}", heard.detail) };
        return Some((Reason::new(format!("{status}{detail}"), format!("{status}{detail}")), false));
    }
    if status == Status::OkNoSpeech || measures.talk == Ms(0) {
        return Some((Reason::new("nobody speaks in this recording", "录音中没有人说话"), false));
    }
    if measures.talk < rubric.min_speech {
        let (heard, least) = (measures.talk.seconds(), rubric.min_speech.seconds());
        let reason = Reason::new(
            format!("{heard:.1} s of speech, at least {least:.1} s are needed to judge a call"),
            format!("语音只有 {heard:.1} 秒，至少需要 {least:.1} 秒才能评分"),
        );
        return Some((reason, false));
    }
    let transcript = &heard.transcript;
    let spoken = transcript.language.as_str();
    if rubric.language != "any" && !spoken.is_empty() && primary(spoken) != primary(&rubric.language) {
        let reason = Reason::new(
            format!("the call is in `{spoken}`, the rubric is for `{}`", rubric.language),
            format!("通话语言为 {spoken}，评分表适用于 {}", rubric.language),
        );
        return Some((reason, transcript.language_probability < SURE_LANGUAGE));
    }
    None
}

/// Why a call whose sides are not told apart has no score: too little of the rubric could be decided to mean anything.
pub(super) fn sides_unknown(decided: f64) -> Reason {
    // Whole, for the sum of nothing is a negative zero.
    let percent = (decided * 100.0).round() as i64;
    Reason::new(
        format!("agent and customer are not told apart, so only {percent} % of the rubric could be decided"),
        format!("无法区分客服与客户，评分表中只有 {percent}% 能够判定"),
    )
}

/// Why a call that can be judged has no score all the same.
pub(super) fn nothing_applied(unsure: bool) -> Reason {
    if unsure {
        Reason::new("no criterion could be decided; a person should listen", "没有一项能够确定，需要人工复核")
    } else {
        Reason::new("no criterion applies to this call", "没有一项适用于此通话")
    }
}

/// The language of a tag such as `zh-CN`.
fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}
