//! From which words a phrase is looked for.
//!
//! Takes what the words of a phrase cost where they are missing, gives pairs of them of which a passage has at least one
//! wherever it has the phrase. Pairs are rare where words are not, so most phrases are never looked for any further.
//!
//! # Source
//! Navarro 2001, "A guided tour to approximate string matching", section 8: a pattern with few errors has a part without.

/// What must at least be said between two words beyond what the phrase has there for them to stand apart, as a cost.
const APART: f32 = 0.65;

/// The furthest that the words of a pair stand apart in their phrase.
pub(super) const STEP: usize = 3;

/// Pairs of words of a phrase, as few as will do, such that having none of them costs more than `most`; none where no pairs
/// will do. None of the words may be heard as two. `words` tell what it costs that one is missing and how common it is, and
/// `step` how far one stands behind another, where that is known.
pub(super) fn pairs(
    words: &[(f32, u32)],
    step: impl Fn(usize, usize) -> Option<usize>,
    most: f32,
) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|a, b| words[*b].0.total_cmp(&words[*a].0));
    // The weightiest words and those like them, then ever more.
    for count in 2..=order.len() {
        if order.get(count).is_some_and(|next| words[*next].0 == words[order[count - 1]].0) {
            continue;
        }
        let mut among = order[..count].to_vec();
        among.sort_unstable();
        let weights: Vec<f32> = among.iter().map(|at| words[*at].0).collect();
        let near = |pair: &[usize]| step(pair[0], pair[1]).is_some_and(|step| step <= STEP);
        let mut pairs: Vec<bool> = among.windows(2).map(near).collect();
        if loss(&weights, &pairs) <= most {
            continue;
        }
        // As few as will do: the most common ones go first, of two alike the one that says less.
        let mut superfluous: Vec<usize> = (0..pairs.len()).filter(|at| pairs[*at]).collect();
        superfluous.sort_by(|a, b| {
            let common = |at: usize| words[among[at]].1.min(words[among[at + 1]].1);
            let weight = |at: usize| weights[at] + weights[at + 1];
            common(*b).cmp(&common(*a)).then(weight(*a).total_cmp(&weight(*b)))
        });
        for at in superfluous {
            pairs[at] = false;
            pairs[at] = loss(&weights, &pairs) <= most;
        }
        let kept = among.windows(2).zip(pairs).filter(|(_, kept)| *kept);
        return kept.map(|(pair, _)| (pair[0], pair[1])).collect();
    }
    Vec::new()
}

/// The least that it costs to have none of the `pairs` of neighbours together: one of both missing, or more said in between.
fn loss(weights: &[f32], pairs: &[bool]) -> f32 {
    let Some((first, rest)) = weights.split_first() else { return 0.0 };
    let (mut there, mut missing) = (0.0, *first);
    for (weight, pair) in rest.iter().zip(pairs) {
        let apart = if *pair { APART } else { 0.0 };
        (there, missing) = (missing.min(there + apart), missing.min(there) + weight);
    }
    there.min(missing)
}

/// How far from each token of a passage another one may stand so that two words of a phrase do not stand apart.
#[derive(Debug)]
pub(super) struct Reach {
    ahead: Vec<u8>,
    back: Vec<u8>,
}

/// The furthest that is looked: as many tokens as one number has bits for.
const FURTHEST: usize = 56;

impl Reach {
    /// Where tokens cost `insertions` between two of a phrase, and any `free` of them cost nothing.
    pub(super) fn new(insertions: &[f32], free: usize) -> Self {
        let mut ahead = Vec::with_capacity(insertions.len());
        for at in 0..insertions.len() {
            let between = &insertions[at + 1..];
            let mut dearest = [0.0_f32; STEP];
            let mut sum = 0.0;
            let near = |cost: &&f32| {
                // The dearest ones so far are free.
                let mut cost = **cost;
                for dear in &mut dearest[..free] {
                    if cost > *dear {
                        std::mem::swap(&mut cost, dear);
                    }
                }
                sum += cost;
                sum < APART
            };
            ahead.push(between.iter().take(FURTHEST - 1).take_while(near).count() as u8 + 1);
        }
        let mut first = 0;
        let back = (0..insertions.len()).map(|at| {
            while first + usize::from(ahead[first]) < at {
                first += 1;
            }
            (at - first) as u8
        });
        Self { back: back.collect(), ahead }
    }

    /// The tokens that reach from `at`, itself included, as bits from `at` on.
    pub(super) fn ahead(&self, at: usize) -> u64 {
        !0 >> (63 - self.ahead[at])
    }

    /// The tokens from which `at` is reached, itself included, as bits up to the highest, which is its own.
    pub(super) fn back(&self, at: usize) -> u64 {
        !0 << (63 - self.back[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(weights: &[f32], most: f32) -> Vec<(usize, usize)> {
        let words: Vec<_> = weights.iter().map(|weight| (*weight, 0)).collect();
        pairs(&words, |first, second| Some(second - first), most)
    }

    #[test]
    fn a_phrase_keeps_one_of_its_pairs_whatever_it_loses() {
        // Of three characters none can be missing, of four one.
        assert_eq!(chosen(&[1.0; 3], 0.62).len(), 1);
        assert_eq!(chosen(&[1.0; 4], 1.02).len(), 2);
        // A word that says little is passed over.
        assert_eq!(chosen(&[1.0, 0.3, 1.0], 0.6), [(0, 2)]);
        // Where nearly all may be missing no pair will do.
        assert!(chosen(&[1.0, 0.3], 0.7).is_empty());
        for (weights, most) in [(&[1.0; 5][..], 1.42), (&[1.0, 0.5, 1.0, 1.0, 0.3, 1.0], 1.5), (&[1.0; 8], 2.4)] {
            let chosen = chosen(weights, most);
            assert!(!chosen.is_empty());
            // Whichever words are missing within what may be, a pair is left.
            for missing in 0_u32..1 << weights.len() {
                let is_missing = |at: usize| missing >> at & 1 == 1;
                let cost: f32 = (0..weights.len()).filter(|at| is_missing(*at)).map(|at| weights[at]).sum();
                let left = chosen.iter().any(|(first, second)| !is_missing(*first) && !is_missing(*second));
                assert!(left || cost > most, "{missing:b} of {weights:?}");
            }
        }
    }

    #[test]
    fn little_may_stand_between_two_words() {
        let insertions = [0.65, 0.02, 0.35, 0.65, 0.65];
        let near = Reach::new(&insertions, 0);
        assert_eq!(near.ahead(0), 0b1111, "a filler and a small word");
        assert_eq!(near.ahead(2), 0b11, "no other word");
        assert_eq!(near.back(3).leading_ones(), 4);
        let one_free = Reach::new(&insertions, 1);
        assert_eq!(one_free.ahead(2), 0b111, "one word that the phrase has there");
    }
}
