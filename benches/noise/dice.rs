//! Pseudo-random numbers that are the same on every machine.

/// A generator with 64 bits of state.
///
/// # Source
/// Marsaglia 2003, "Xorshift RNGs".
pub struct Dice(u64);

impl Dice {
    /// Starts at `seed`, which must not be 0.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    /// Whether something of probability `share` happens.
    pub fn happens(&mut self, share: f64) -> bool {
        (self.roll(1_000_000) as f64) < share * 1e6
    }

    /// One of `items`.
    pub fn one<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.roll(items.len())]
    }
}
