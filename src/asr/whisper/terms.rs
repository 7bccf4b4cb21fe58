//! Names and words that may well be said: a token that begins one of them, or goes on with it, counts as a little
//! likelier than the recogniser finds it.
//!
//! A text put before the window does the same and finds more names, but with it the decoder leaves out sentences at the
//! begin. `benches/terms.py` counts what is won and whether names appear that nobody said.

use super::library::Network;

/// Added to the score (natural logarithm) of a token that begins a term: little, for any word may begin like one.
const BEGINS: f32 = 1.5;
/// Added to the score of one that goes on with a term whose begin was heard.
const GOES_ON: f32 = 5.0;
/// Most terms: each costs time at every token.
const MOST: usize = 100;

/// Terms as tokens.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms(Vec<Vec<i32>>);

impl Terms {
    /// The first of `terms` in the tokens of `network`, each at the begin of a text and after a blank.
    pub(super) fn new(network: &Network, terms: &[String]) -> Self {
        let forms = terms.iter().take(MOST).flat_map(|term| [term.trim().to_owned(), format!(" {}", term.trim())]);
        Self(forms.map(|form| network.tokens(&form)).filter(|tokens| !tokens.is_empty()).collect())
    }

    /// Tokens that begin a term, or go on with one at the end of `text`, and what is added to their scores.
    pub(super) fn likely(&self, text: &[i32]) -> impl Iterator<Item = (i32, f32)> {
        self.0.iter().flat_map(move |term| {
            let heard = (0..term.len()).filter(move |count| text.ends_with(&term[..*count]));
            heard.map(move |count| (term[count], if count == 0 { BEGINS } else { GOES_ON }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begin_counts_little_and_what_follows_it_more() {
        let terms = Terms(vec![vec![1, 2, 3], vec![1, 2, 9]]);
        let likely = |text: &[i32]| terms.likely(text).collect::<Vec<_>>();
        assert_eq!(likely(&[7]), [(1, BEGINS), (1, BEGINS)]);
        assert_eq!(likely(&[7, 1]), [(1, BEGINS), (2, GOES_ON), (1, BEGINS), (2, GOES_ON)]);
        assert_eq!(likely(&[1, 2]), [(1, BEGINS), (3, GOES_ON), (1, BEGINS), (9, GOES_ON)]);
        // A term that is over helps no further.
        assert_eq!(likely(&[1, 2, 3]), [(1, BEGINS), (1, BEGINS)]);
    }
}
