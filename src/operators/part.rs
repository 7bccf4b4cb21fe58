//! Parts: phrases of which several must be said, each by itself, and the longest way through them in order.
//!
//! Takes lists of phrases from a rubric and a call, gives for every part where it was said, and the finding where that
//! falls short.

use super::{Builder, Demand, PhraseHit, PhraseList, PhraseMatcher, PhraseOptions, Place, Scope, absence, hull};
use crate::call::{CallView, Evidence, Finding, Outcome, Reason, Speaker, TimeSpan};
use crate::diagnostic::{Code, Diagnostic, Node, NodeKind};

/// One thing to say, in any of its wordings.
#[derive(Debug)]
pub struct Part {
    /// The first wording as its author wrote it: how the part is called in reasons.
    pub label: String,
    /// Finds it.
    pub matcher: PhraseMatcher,
}

impl Part {
    /// Prepares a part; `node` is where its phrases stand.
    pub fn build(list: &PhraseList, options: &PhraseOptions, node: &Node, builder: &mut Builder<'_>) -> Option<Self> {
        let label = list.0.first().cloned().unwrap_or_default();
        PhraseMatcher::build(list, options, false, node, builder).map(|matcher| Self { label, matcher })
    }

    /// Prepares every part of the list under `key` of `node`; `None` where one of them has a mistake.
    pub fn build_all(
        lists: &[PhraseList],
        options: &PhraseOptions,
        node: &Node,
        key: &str,
        builder: &mut Builder<'_>,
    ) -> Option<Vec<Self>> {
        let place = node.get(key).unwrap_or(node);
        let built: Vec<Option<Self>> = lists
            .iter()
            .enumerate()
            .map(|(index, list)| Self::build(list, options, item(place, index), builder))
            .collect();
        built.into_iter().collect()
    }

    /// The phrases as demands, for checks over a whole rubric.
    pub fn demands(&self) -> impl Iterator<Item = Demand<'_>> {
        self.matcher.phrases().iter().map(|phrase| Demand { phrase, forbidden: false })
    }
}

/// Whether so many as `key` of `node` says can be reached with `of` things; a mistake where they can't.
pub fn is_reachable(
    enough: Option<usize>,
    of: usize,
    (key, things): (&str, &str),
    node: &Node,
    builder: &mut Builder<'_>,
) -> bool {
    let Some(enough) = enough.filter(|enough| *enough > of) else { return true };
    let span = node.get(key).unwrap_or(node).span.clone();
    let message = format!("`{key}: {enough}` can never be reached with {of} {things}");
    builder.diagnostics.push(Diagnostic::new(Code::ContradictoryLimits, span, message));
    false
}

/// The item with this index, where `node` is a list that has it; else `node` itself.
pub fn item(node: &Node, index: usize) -> &Node {
    match &node.kind {
        NodeKind::List(items) => items.get(index).unwrap_or(node),
        _ => node,
    }
}

/// A place where a part was said.
#[derive(Debug, Clone)]
pub struct Said {
    /// Index of the part.
    pub part: usize,
    /// Where.
    pub hit: PhraseHit,
}

/// Most places of one part that are looked at; a phrase said more often than this is filler.
const MOST_HITS: usize = 64;

/// Every place where one of `parts` was said, in order of time.
pub fn all_said(
    parts: &[Part],
    call: &CallView<'_>,
    scope: &Scope<'_>,
    speaker: Option<Speaker>,
    windows: &[TimeSpan],
) -> Vec<Said> {
    let mut said: Vec<Said> = parts
        .iter()
        .enumerate()
        .flat_map(|(part, wanted)| {
            let hits = wanted.matcher.find(call, scope, speaker, windows);
            hits.into_iter().take(MOST_HITS).map(move |hit| Said { part, hit })
        })
        .collect();
    sort(&mut said);
    said
}

/// Those of `parts` that are not among `said`.
pub fn unsaid<'p>(parts: &'p [Part], said: &[Said]) -> impl Iterator<Item = &'p Part> {
    let is_unsaid = |index: usize| !said.iter().any(|said| said.part == index);
    parts.iter().enumerate().filter(move |(index, _)| is_unsaid(*index)).map(|(_, part)| part)
}

/// Sorts places by time.
pub fn sort(said: &mut [Said]) {
    said.sort_by_key(|said| (said.hit.span, said.hit.tokens.start, said.part));
}

/// The best place of each part: a sure one before a borderline one, an earlier one before a later one.
pub fn best_of_each(said: &[Said]) -> Vec<Said> {
    let mut best: Vec<Said> = Vec::new();
    for candidate in said {
        match best.iter_mut().find(|kept| kept.part == candidate.part) {
            Some(kept) if candidate.hit.sure && !kept.hit.sure => *kept = candidate.clone(),
            Some(_) => {}
            None => best.push(candidate.clone()),
        }
    }
    sort(&mut best);
    best
}

/// The longest way through `said` in which later parts are said later: most parts that are `needed` first, then most parts,
/// then most sure and clear ones, then the earliest. `allowed` may forbid a step from one place to the next.
pub fn longest_chain(
    said: &[Said],
    needed: impl Fn(usize) -> bool,
    allowed: impl Fn(&Said, &Said) -> bool,
) -> Vec<Said> {
    // The ranks of the best chain that ends at each place, and the place before it.
    let mut best: Vec<([usize; 4], Option<usize>)> = Vec::with_capacity(said.len());
    for (index, this) in said.iter().enumerate() {
        let ranks = [needed(this.part), true, this.hit.sure, !this.hit.is_rough()];
        let own = ranks.map(usize::from);
        let mut found = (own, None);
        for (earlier, previous) in said[..index].iter().enumerate() {
            let before = best[earlier].0;
            let longer = [0, 1, 2, 3].map(|rank| before[rank] + own[rank]);
            if previous.part < this.part
                && follows(&previous.hit, &this.hit)
                && longer > found.0
                && allowed(previous, this)
            {
                found = (longer, Some(earlier));
            }
        }
        best.push(found);
    }
    let mut chain = Vec::new();
    let mut end = (0..best.len()).max_by_key(|index| (best[*index].0, std::cmp::Reverse(*index)));
    while let Some(index) = end {
        chain.push(said[index].clone());
        end = best[index].1;
    }
    chain.reverse();
    chain
}

/// Whether `later` is said after `earlier`: by words on one side's track, by time across sides. The last words of one
/// may be the first of the next, as far as the middle of both: a match by sound reaches over the edge of its phrase.
fn follows(earlier: &PhraseHit, later: &PhraseHit) -> bool {
    if earlier.speaker == later.speaker {
        let shared = earlier.tokens.end.saturating_sub(later.tokens.start);
        later.tokens.start > earlier.tokens.start
            && later.tokens.end > earlier.tokens.end
            && 2 * shared <= earlier.tokens.len().min(later.tokens.len())
    } else {
        later.span.start >= earlier.span.start
    }
}

/// The places as evidence, each under the label of its part.
pub fn evidence(said: &[Said]) -> Vec<Evidence> {
    said.iter().map(|said| said.hit.evidence()).collect()
}

/// The finding where what is said earns only the fraction `high`: unsure, where `doubt` names why nobody can tell, else
/// a part of the points or none.
pub fn shortfall(
    call: &CallView<'_>,
    place: &Place,
    windows: &[TimeSpan],
    reason: Reason,
    high: f32,
    doubt: Option<(&str, &str)>,
) -> Finding {
    if let Some((en, zh)) = doubt {
        let reason = Reason::new(format!("{}; {en}", reason.en), format!("{}；{zh}", reason.zh));
        return Finding::new(Outcome::Unsure, reason).searched(hull(windows, call));
    }
    let missed = absence(call, place.speaker(), windows, reason);
    // What may have been said counts as said: the doubt is not held against the speaker.
    match missed.outcome {
        Outcome::Fail if high > 0.0 => Finding { outcome: Outcome::Partial(high), ..missed },
        _ => missed,
    }
}

/// Why nobody can tell whether a name was said.
pub const UNKNOWN_NAME: (&str, &str) =
    ("the name is not known here: give it in the list of calls", "这里不知道该名称：请在通话清单中给出");

/// How much of what was demanded is fulfilled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// Demanded in all.
    pub of: usize,
    /// So many are enough.
    pub enough: usize,
    /// Whether fewer earn a part of the points.
    pub partial: bool,
}

impl Tally {
    /// The part of the points that `done` earn, 0..=1; without partial credit it is 0 or 1.
    pub fn fraction(self, done: usize) -> f32 {
        if done >= self.enough {
            1.0
        } else if self.partial {
            done as f32 / self.enough.max(1) as f32
        } else {
            0.0
        }
    }
}
