//! The order in which checks can be evaluated: each after those that its windows refer to.

/// Indices of `depends`, each after the ones that it lists; equal otherwise to the order given.
///
/// # Errors
/// Each group of indices that wait for each other.
pub(super) fn order(depends: &[Vec<usize>]) -> Result<Vec<usize>, Vec<Vec<usize>>> {
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
            return Err(circles(depends, done));
        }
    }
    Ok(sorted)
}

/// The circles among those that are not `done`, each of which needs another one that is not.
fn circles(depends: &[Vec<usize>], mut done: Vec<bool>) -> Vec<Vec<usize>> {
    let waiting = done.clone();
    let mut circles = Vec::new();
    for first in 0..depends.len() {
        let (mut way, mut next) = (Vec::new(), Some(first));
        while let Some(at) = next.filter(|at| !done[*at]) {
            done[at] = true;
            way.push(at);
            next = depends[at].iter().copied().find(|need| waiting.get(*need) == Some(&false));
        }
        if let Some(begin) = way.iter().position(|at| Some(*at) == next) {
            let mut circle = way.split_off(begin);
            circle.sort_unstable();
            circles.push(circle);
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        assert_eq!(order(&[vec![2], vec![], vec![1], vec![9]]), Ok(vec![1, 2, 3, 0]));
        assert_eq!(order(&[vec![1], vec![0], vec![]]), Err(vec![vec![0, 1]]));
        assert_eq!(order(&[vec![0]]), Err(vec![vec![0]]));
        // Who merely waits for a circle is none of it.
        assert_eq!(order(&[vec![3], vec![2], vec![1], vec![3], vec![1]]), Err(vec![vec![3], vec![1, 2]]));
    }
}
