//! Plain statistics of small lists.

/// The mean; absent for no values.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Mean and standard deviation of a sample (divided by n - 1); absent for fewer than two values.
pub fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let middle = mean(values.iter().copied())?;
    if values.len() < 2 {
        return None;
    }
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    Some((middle, (squares / (values.len() - 1) as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(mean([1.0, 2.0, 6.0].into_iter()), Some(3.0));
        assert_eq!(mean([].into_iter()), None);
        assert_eq!(
            spread(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).map(|(m, s)| (m, (s * 1e4).round())),
            Some((5.0, 21381.0))
        );
        assert_eq!(spread(&[1.0]), None);
    }
}
