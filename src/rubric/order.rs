//! The order in which checks can be evaluated: each after those that its windows refer to.

/// Indices of `depends`, each after the ones that it lists; equal otherwise to the order given.
///
/// # Errors
/// The indices that wait for each other.
pub(super) fn order(depends: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut done = vec![false; depends.len()];
    let mut sorted = Vec::with_capacity(depends.len());
    while sorted.len() < depends.len() {
        let before = sorted.len();
        for (index, needs) in depends.iter().enumerate() {
            if !done[index] && needs.iter().all(|need| done.get(*need).copied().unwrap_or(true)) {
                done[index] = true;
                sorted.push(index);
            }
        }
        if sorted.len() == before {
            return Err((0..depends.len()).filter(|index| !done[*index]).collect());
        }
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        assert_eq!(order(&[vec![2], vec![], vec![1], vec![9]]), Ok(vec![1, 2, 3, 0]));
        assert_eq!(order(&[vec![1], vec![0], vec![]]), Err(vec![0, 1]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }
}
