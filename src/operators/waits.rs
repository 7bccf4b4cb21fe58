//! Waits: silences with what makes them a fault or not — who should have spoken, whether somebody asked for patience
//! before, whether music filled them.
//!
//! Takes a call, gives its waits in order. Pure.

use super::{Length, PhraseMatcher, Scope};
use crate::call::{CallView, Evidence, Ms, Speaker, TimeSpan};

/// How long before a silence its announcement may end.
pub const ANNOUNCED_BEFORE: Length = Length::seconds(10);

/// A silence seen as somebody's wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// When.
    pub span: TimeSpan,
    /// Who should have spoken; unknown where the sides are not told apart.
    pub due: Speaker,
    /// Whether music or tones fill it.
    pub music: bool,
    /// Whether somebody asked for patience just before it.
    pub announced: Announced,
}

/// Whether a wait was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// A phrase that asks for patience was said.
    Yes,
    /// Something close to such a phrase was heard.
    Perhaps,
    /// Nothing of the kind was said.
    No,
}

impl Wait {
    /// The wait as evidence for `measure`.
    pub fn evidence(&self, measure: &str) -> Evidence {
        silence_evidence(self.due, self.span, measure)
    }
}

/// A stretch without words as evidence for `measure`.
pub fn silence_evidence(speaker: Speaker, span: TimeSpan, measure: &str) -> Evidence {
    Evidence { speaker, span, quote: String::new(), matched: measure.to_owned(), similarity: 1.0, probability: 1.0 }
}

/// A stretch of talk as evidence for `measure`, with the words heard in it.
pub fn talk_evidence(call: &CallView<'_>, speaker: Speaker, span: TimeSpan, measure: &str) -> Evidence {
    /// Longer quotes are cut: a quote points at a place, the transcript is one click away.
    const LONGEST: usize = 80;
    let turns = call.transcript.turns.iter().filter(|turn| call.roles.of(turn.channel) == speaker);
    let words = || turns.clone().flat_map(|turn| &turn.words).filter(|word| word.span.overlaps(span));
    let mut quote: String = words().map(|word| word.text.as_str()).collect();
    let (count, total) = words().fold((0, 0.0), |(count, total), word| (count + 1, total + word.probability));
    if let Some((end, _)) = quote.char_indices().nth(LONGEST) {
        quote.truncate(end);
        quote.push('…');
    }
    Evidence {
        quote: quote.trim().to_owned(),
        probability: if count == 0 { 1.0 } else { total / count as f32 },
        ..silence_evidence(speaker, span, measure)
    }
}

/// The silences of at least `from` as waits, in order.
pub fn waits(
    call: &CallView<'_>,
    scope: &Scope<'_>,
    from: Ms,
    patience: Option<&PhraseMatcher>,
    before: Ms,
) -> Vec<Wait> {
    let silences = call.measures.silences.iter().filter(|silence| silence.span.length() >= from);
    silences
        .map(|silence| {
            let window = TimeSpan::new(silence.span.start - before, silence.span.start + Ms(500));
            let said = |by: Option<Speaker>| {
                let hits = patience.map(|matcher| matcher.find(call, scope, by, &[window])).unwrap_or_default();
                hits.iter().map(|hit| hit.sure).max()
            };
            // Hold music is the agent's doing, and so is a wait that the agent asked for, also in a question.
            let asked = call.roles.are_known().then(|| said(Some(Speaker::Agent))).flatten();
            let customer_asks = || silence.before == Speaker::Customer && asks_to_wait(call, scope, patience, window);
            let due = match silence.before {
                Speaker::Unknown => Speaker::Unknown,
                _ if silence.music || asked == Some(true) => Speaker::Agent,
                // "One moment, I have to look for it": the agent waits.
                _ if asked.is_none() && customer_asks() => Speaker::Customer,
                before => due(call, silence.span, before),
            };
            // Only the side that keeps the other waiting can announce it: a customer's "can you check" does not.
            let announced = match due {
                Speaker::Agent => asked,
                Speaker::Customer => said(Some(due)),
                Speaker::Unknown => said(None),
            };
            Wait {
                span: silence.span,
                due,
                music: silence.music,
                announced: match announced {
                    Some(true) => Announced::Yes,
                    Some(false) => Announced::Perhaps,
                    None => Announced::No,
                },
            }
        })
        .collect()
}

/// Whether the customer asks to wait in `window`: "check it for me" is a request, though an agent who says so asks for
/// patience.
fn asks_to_wait(call: &CallView<'_>, scope: &Scope<'_>, patience: Option<&PhraseMatcher>, window: TimeSpan) -> bool {
    const WAIT: &[&str] = &["等", "moment", "second", "minute", "hold on", "bear with"];
    let hits =
        patience.map(|matcher| matcher.find(call, scope, Some(Speaker::Customer), &[window])).unwrap_or_default();
    let asks = |hit: &super::PhraseHit| WAIT.iter().any(|word| hit.quote.to_lowercase().contains(word));
    hits.iter().any(|hit| hit.sure && asks(hit))
}

/// Who should have spoken in a silence after `before` spoke.
///
/// After the customer it is the agent's turn. After the agent it is the customer's, if the agent asked something, or
/// if it is the customer who speaks next; an agent who says something and goes on himself later was busy.
fn due(call: &CallView<'_>, silence: TimeSpan, before: Speaker) -> Speaker {
    if before != Speaker::Agent {
        return before.other();
    }
    let next = |speaker| call.speech(speaker).into_iter().map(|span| span.start).find(|start| *start >= silence.end);
    let customer = next(Speaker::Customer);
    if call.speech(Speaker::Customer).is_empty() {
        return Speaker::Customer;
    }
    let customer_first = customer.is_some_and(|customer| next(Speaker::Agent).is_none_or(|agent| customer < agent));
    if customer_first || ends_in_question(call, silence.start) { Speaker::Customer } else { Speaker::Agent }
}

/// Whether the agent's last words before `time` ask something.
fn ends_in_question(call: &CallView<'_>, time: Ms) -> bool {
    let last = call
        .transcript
        .turns
        .iter()
        .filter(|turn| call.roles.of(turn.channel) == Speaker::Agent)
        .flat_map(|turn| turn.words.iter().map(move |word| (word.span.start, turn, word)))
        .filter(|(start, ..)| *start < time)
        .max_by_key(|(start, ..)| *start);
    let Some((_, turn, word)) = last else { return false };
    let said: String =
        turn.words.iter().filter(|other| other.span.start <= word.span.start).map(|w| w.text.as_str()).collect();
    let said = said.trim_end();
    if said.ends_with(['?', '\u{ff1f}']) {
        return true;
    }
    said.trim_end_matches(|c: char| !c.is_alphanumeric()).ends_with(['吗', '呢', '么', '嘛'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Measures, script};

    /// Who should have spoken in the silences of at least 4 s of a call.
    fn due_in(call: &str) -> Vec<Speaker> {
        let (heard, metadata, roles) = script::parse(call).unwrap();
        let view = CallView::new(&heard, &metadata, &roles, Measures::of(&heard, &roles));
        waits(&view, &Scope::default(), Ms(4000), None, Ms(0)).iter().map(|wait| wait.due).collect()
    }

    #[test]
    fn a_silence_belongs_to_the_side_that_should_have_spoken() {
        let after_customer = "customer 0s-2s: 帮我查一下。\nagent 8s-9s: 查到了。";
        assert_eq!(due_in(after_customer), [Speaker::Agent]);
        let busy = "customer 0s-2s: 帮我查一下。\nagent 2.5s-3s: 好的。\nagent 9s-10s: 查到了。";
        assert_eq!(due_in(busy), [Speaker::Agent]);
        let thinking = "customer 0s-1s: 你好。\nagent 1.5s-3s: 您的卡号是多少?\ncustomer 9s-12s: 我找找看,是三五二。";
        assert_eq!(due_in(thinking), [Speaker::Customer]);
        let asked = "customer 0s-1s: 你好。\nagent 1.5s-3s: 您还在吗?\nagent 9s-10s: 您好?\ncustomer 10.5s-11s: 在。";
        assert_eq!(due_in(asked), [Speaker::Customer]);
        let silent_caller = "agent 0s-3s: 您好,请讲。\nagent 9s-11s: 您的电话没有声音。";
        assert_eq!(due_in(silent_caller), [Speaker::Customer]);
        let single = "unknown 0s-2s: Can you check?\nunknown 9s-10s: Yes.";
        assert_eq!(due_in(single), [Speaker::Unknown]);
    }
}
