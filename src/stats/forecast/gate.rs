//! Which methods stay in the pool. A method is out when its back-test error is far above the best
//! one's, or clearly above it with evidence: few origins, or origins that overlap, are none, and
//! then the pool stays whole. Choosing by chance costs more than it gains.

use super::super::number::{mean, size};

/// A method whose error is more than this many times the best one's is out in any case.
const FAR: f64 = 1.5;
/// One whose error is more than this many times the best one's is out with evidence.
const CLEAR: f64 = 1.2;
/// Standard errors that make evidence, for many independent origins.
const EVIDENCE: f64 = 1.5;

/// Errors of a method: one number per origin; none where it did not apply.
pub type Errors = Vec<Option<f64>>;

/// Whether each method stays. `independent` = how many of the origins look at a future of their
/// own. Without any error all stay.
#[must_use]
pub fn stay(methods: &[Errors], independent: f64) -> Vec<bool> {
    let scores: Vec<Option<f64>> = methods.iter().map(score).collect();
    let best = scores.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let Some(leader) = scores.iter().position(|s| *s == Some(best)).and_then(|at| methods.get(at))
    else {
        return vec![true; methods.len()];
    };
    let is_in = |(own, score): (&Errors, &Option<f64>)| {
        score.is_some_and(|score| {
            score <= CLEAR * best || score <= FAR * best && !is_worse(own, leader, independent)
        })
    };
    methods.iter().zip(&scores).map(is_in).collect()
}

/// Mean error; none when the method did not apply at half of the origins.
fn score(errors: &Errors) -> Option<f64> {
    let known: Vec<f64> = errors.iter().flatten().copied().collect();
    mean(&known).filter(|_| 2 * known.len() >= errors.len())
}

/// Whether the errors exceed those of the leader by more than chance, origin by origin.
fn is_worse(own: &Errors, leader: &Errors, independent: f64) -> bool {
    let excess: Vec<f64> =
        own.iter().zip(leader).filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
    let n = size(excess.len());
    let independent = independent.min(n);
    let Some(middle) = mean(&excess).filter(|_| n > 2.0 && independent > 1.5) else { return false };
    let squares: f64 = excess.iter().map(|e| (e - middle) * (e - middle)).sum();
    let error = libm::sqrt(squares / (n - 1.0) / independent);
    // Few origins need more, as with Student's t.
    middle > EVIDENCE * (1.0 + 1.5 / (independent - 1.0)) * error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(of: impl Fn(usize) -> f64) -> Errors {
        (0..12).map(|origin| Some(of(origin))).collect()
    }

    #[test]
    fn a_method_that_is_a_third_worse_leaves_only_with_evidence() {
        let best = errors(|_| 1.0);
        let always = errors(|i| if i % 2 == 0 { 1.3 } else { 1.34 });
        let once = errors(|i| if i == 3 { 5.0 } else { 1.0 });
        let methods = [best, always, once];
        // All the same mean, 1.32 and 1.33; one is worse each time, the other was once.
        assert_eq!(stay(&methods, 12.0), vec![true, false, true]);
        // Origins that all look at the same future show nothing.
        assert_eq!(stay(&methods, 1.0), vec![true, true, true]);
    }

    #[test]
    fn what_is_far_off_or_did_not_apply_is_out_and_without_errors_all_stay() {
        let rare: Errors = (0..12).map(|i| (i < 5).then_some(0.1)).collect();
        let methods = [errors(|_| 1.0), errors(|_| 1.6), errors(|_| 1.1), rare];
        assert_eq!(stay(&methods, 1.0), vec![true, false, true, false]);
        assert_eq!(stay(&[vec![], vec![]], 0.0), vec![true, true]);
    }
}
