//! Shrinkage of rates for rankings: small systems are pulled towards the whole, so that neither
//! the best nor the worst places go to those with the fewest runs.

use std::collections::BTreeMap;

use super::number::count;
use super::special::ln_gamma;

/// A beta prior: mean and weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Pooled rate.
    pub mean: f64,
    /// Weight in trials, 1..=10^6; large when systems do not differ beyond chance.
    pub weight: f64,
}

impl Prior {
    /// (k + μM) / (n + M).
    #[must_use]
    pub fn estimate(self, k: u64, n: u64) -> f64 {
        (count(k) + self.mean * self.weight) / (count(n) + self.weight)
    }
}

/// Prior of a set of `(k, n)`: μ pooled, M by maximum likelihood of the beta-binomial. None
/// without trials or when everything or nothing succeeded.
#[must_use]
pub fn shrink_beta_binomial(rates: &[(u64, u64)]) -> Option<Prior> {
    let k: u64 = rates.iter().map(|r| r.0).sum();
    let n: u64 = rates.iter().map(|r| r.1).sum();
    if k == 0 || k >= n {
        return None;
    }
    let mean = count(k) / count(n);
    let mut repeats: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for &(k, n) in rates.iter().filter(|r| r.0 <= r.1) {
        *repeats.entry((k, n)).or_default() += 1;
    }
    let likelihood = |ln_weight: f64| {
        let weight = libm::exp(ln_weight);
        let (a, b) = (mean * weight, (1.0 - mean) * weight);
        let one = |(&(k, n), &times): (&(u64, u64), &u64)| {
            let (k, n) = (count(k), count(n));
            let top = ln_gamma(k + a) + ln_gamma(n - k + b) - ln_gamma(n + a + b);
            count(times) * (top - ln_gamma(a) - ln_gamma(b) + ln_gamma(a + b))
        };
        repeats.iter().map(one).sum::<f64>()
    };
    Some(Prior { mean, weight: libm::exp(maximum(0.0, libm::log(1e6), likelihood)) })
}

/// Place of the greatest value: a coarse grid, then golden-section search around its best point.
fn maximum(low: f64, high: f64, value: impl Fn(f64) -> f64) -> f64 {
    let step = (high - low) / 40.0;
    let grid = (0..=40).map(|i| low + f64::from(i) * step);
    let best = grid.map(|x| (value(x), x)).max_by(|a, b| a.0.total_cmp(&b.0));
    let centre = best.map_or(low, |b| b.1);
    let (mut low, mut high) = ((centre - step).max(low), (centre + step).min(high));
    let ratio = (libm::sqrt(5.0) - 1.0) / 2.0;
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (value(a), value(b));
    for _ in 0..60 {
        if at_a < at_b {
            low = a;
            (a, at_a) = (b, at_b);
            b = low + ratio * (high - low);
            at_b = value(b);
        } else {
            high = b;
            (b, at_b) = (a, at_a);
            a = high - ratio * (high - low);
            at_a = value(a);
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, close_to};
    use super::*;

    #[test]
    fn six_systems_match_the_golden() {
        let rates = [(92, 92), (91, 92), (88, 92), (92, 92), (90, 92), (92, 92)];
        let prior = shrink_beta_binomial(&rates).unwrap();
        close(prior.mean, 0.987_318_840_580, "mu");
        close_to(prior.weight, 68.7248, 1e-4, "M");
        close_to(prior.estimate(88, 92), 0.969_690_369, 1e-6, "88/92");
    }

    #[test]
    fn a_given_prior_matches_the_golden() {
        let prior = Prior { mean: 0.996, weight: 500.0 };
        close(prior.estimate(91, 92), 0.994_932_432_432, "91/92");
    }

    #[test]
    fn systems_that_differ_by_chance_only_are_pulled_almost_completely() {
        let prior = shrink_beta_binomial(&[(90, 100), (90, 100), (90, 100)]).unwrap();
        assert!(prior.weight > 1e5, "{}", prior.weight);
        assert_eq!(shrink_beta_binomial(&[(5, 5)]), None);
        assert_eq!(shrink_beta_binomial(&[]), None);
    }
}
