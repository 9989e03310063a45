//! Experiments on systems or streams (never on runs, which are not independent): sample ratio,
//! CUPED, a p that stays valid under weekly looks, and the plan. The effect itself comes from
//! `samples` and `shift`.

use super::counts::chi_square;
use super::number::{count, floor, mean, size};
use super::special::normal_quantile;

/// Below this p of the sample ratio the experiment is void.
pub const VOID_BELOW: f64 = 0.001;

/// Chi-square and p of the assigned counts against the planned shares.
#[must_use]
pub fn srm(assigned: &[u64], planned: &[f64]) -> Option<(f64, f64)> {
    chi_square(assigned, planned)
}

/// Outcomes with the part explained by the pre-period taken out (Deng et al., 2013):
/// y − θ (x − mean x), θ = cov / var over all arms. Unchanged when x does not vary.
#[must_use]
pub fn cuped(outcome: &[f64], pre_period: &[f64]) -> Vec<f64> {
    let (Some(mean_y), Some(mean_x)) = (mean(outcome), mean(pre_period)) else {
        return Vec::new();
    };
    let pairs = || outcome.iter().zip(pre_period);
    let covariance: f64 = pairs().map(|(y, x)| (y - mean_y) * (x - mean_x)).sum();
    let variance: f64 = pre_period.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
    let theta = if variance > 0.0 { covariance / variance } else { 0.0 };
    pairs().map(|(y, x)| y - theta * (x - mean_x)).collect()
}

/// Likelihood ratio and always-valid p of the mixture SPRT.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Msprt {
    /// Λ; above 1/α the null is rejected, at any time.
    pub likelihood_ratio: f64,
    /// min(1, 1/Λ).
    pub p: f64,
}

/// Mixture sequential test (Johari et al., 2017) of a difference of means with known variance
/// `sigma2` and mixing variance `tau2`; none without units or variance.
#[must_use]
pub fn msprt(difference: f64, sigma2: f64, n1: u64, n2: u64, tau2: f64) -> Option<Msprt> {
    if n1 == 0 || n2 == 0 || sigma2 <= 0.0 || tau2 <= 0.0 {
        return None;
    }
    let v = sigma2 * (1.0 / count(n1) + 1.0 / count(n2));
    let exponent = tau2 * difference * difference / (2.0 * v * (v + tau2));
    // The exponent is capped so that the ratio stays finite; p is 0 long before.
    let likelihood_ratio = libm::sqrt(v / (v + tau2)) * libm::exp(exponent.min(700.0));
    Some(Msprt { likelihood_ratio, p: (1.0 / likelihood_ratio).min(1.0) })
}

/// Units per arm to find a relative change `effect` (0.1 = −10 %) of a log outcome with standard
/// deviation `sigma`, two-sided 5 %, power 80 %; none when effect is not in 0..1.
#[must_use]
pub fn units_per_arm(sigma: f64, effect: f64) -> Option<usize> {
    if !(effect > 0.0 && effect < 1.0) {
        return None;
    }
    let z = normal_quantile(0.975) + normal_quantile(0.8);
    let log = libm::log(1.0 - effect);
    Some(floor(libm::ceil(2.0 * z * z * sigma * sigma / (log * log))))
}

/// Share of variance that CUPED removed, for the note.
#[must_use]
pub fn variance_removed(before: &[f64], after: &[f64]) -> Option<f64> {
    let spread = |v: &[f64]| super::number::variance(v).filter(|v| *v > 0.0);
    let is_comparable = before.len() == after.len() && size(before.len()) > 1.0;
    let ratio = spread(after).unwrap_or(0.0) / spread(before)?;
    is_comparable.then_some(1.0 - ratio)
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::super::random::Random;
    use super::*;

    #[test]
    fn the_sample_ratio_golden_is_suspicious_but_not_void() {
        let (statistic, p) = srm(&[5150, 4850], &[1.0, 1.0]).unwrap();
        close(statistic, 9.0, "chi-square");
        close(p, 0.002_699_796_063, "p");
        assert!(p > VOID_BELOW);
    }

    #[test]
    fn the_sequential_golden() {
        let got = msprt(0.25, 1.0, 200, 200, 0.1).unwrap();
        close(got.likelihood_ratio, 5.165_291_065_962, "ratio");
        close(got.p, 0.193_599_932_168, "p");
        assert_eq!(msprt(0.25, 1.0, 0, 200, 0.1), None);
        assert_eq!(msprt(0.0, 1.0, 200, 200, 0.1).unwrap().p, 1.0);
    }

    #[test]
    fn the_plan_golden() {
        assert_eq!(units_per_arm(0.5, 0.1), Some(354));
        assert_eq!(units_per_arm(0.5, 0.2), Some(79));
        assert_eq!(units_per_arm(0.5, 0.0), None);
    }

    #[test]
    fn cuped_takes_out_exactly_what_the_pre_period_explains() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let y: Vec<f64> = x.iter().map(|x| 3.0 * x + 1.0).collect();
        let adjusted = cuped(&y, &x);
        adjusted.iter().for_each(|a| close(*a, 8.5, "all explained"));
        close(variance_removed(&y, &adjusted).unwrap(), 1.0, "removed");
        assert_eq!(cuped(&[1.0, 2.0], &[5.0, 5.0]), vec![1.0, 2.0]);
    }

    #[test]
    #[ignore = "simulation of 1,000 experiments with weekly looks"]
    fn a_a_with_weekly_looks_wins_in_at_most_five_percent() {
        let mut random = Random::new(3);
        let wins = (0..1000).filter(|_| {
            let (mut difference, mut n) = (0.0, 0);
            (0..12).any(|_| {
                for _ in 0..25 {
                    difference += random.normal() - random.normal();
                    n += 1;
                }
                msprt(difference / count(n), 1.0, n, n, 0.1).unwrap().p < 0.05
            })
        });
        let wins = wins.count();
        assert!(wins <= 50, "{wins}");
    }
}
