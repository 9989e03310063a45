//! Counts and rates of events: exact Poisson and binomial methods. No normal approximation.

use super::number::{count, size};
use super::proportion::{Interval, clopper_pearson, share};
use super::special::{beta_reg, gamma_quantile, ln_choose};

/// Garwood's exact interval (1936) for the mean of a Poisson count.
#[must_use]
pub fn garwood(events: u64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    let n = count(events);
    let lo = if events == 0 { 0.0 } else { gamma_quantile(tail, n) };
    Interval { lo, hi: gamma_quantile(1.0 - tail, n + 1.0) }
}

/// A ratio of two rates; `hi` and `value` are none where they are open (no control event).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// Ratio of the rates.
    pub value: Option<f64>,
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: Option<f64>,
}

/// `(f1/n1) / (f0/n0)` with the exact conditional interval: Clopper-Pearson on f1 of f1 + f0.
/// None without events or without exposure.
#[must_use]
pub fn rate_ratio_exact(f1: u64, n1: u64, f0: u64, n0: u64, confidence: f64) -> Option<RateRatio> {
    if n1 == 0 || n0 == 0 {
        return None;
    }
    let odds_to_ratio = |theta: f64| theta / (1.0 - theta) * count(n0) / count(n1);
    let theta = clopper_pearson(f1, f1 + f0, confidence)?;
    let value = (f0 > 0).then(|| count(f1) / count(n1) / (count(f0) / count(n0)));
    let hi = (f0 > 0).then(|| odds_to_ratio(theta.hi));
    Some(RateRatio { value, lo: odds_to_ratio(theta.lo), hi })
}

/// Fisher's exact test, two-sided: the sum of all tables at most as likely as this one.
#[must_use]
pub fn fisher(k1: u64, n1: u64, k0: u64, n0: u64) -> Option<f64> {
    share(k1, n1)?;
    share(k0, n0)?;
    let all = k1 + k0;
    let (a, b, total) = (count(n1), count(n0), count(all));
    let ln_all = ln_choose(a + b, total);
    let ln_p = |k: u64| ln_choose(a, count(k)) + ln_choose(b, count(all - k)) - ln_all;
    // As in R: tables whose probability is equal up to rounding count as equal.
    let limit = ln_p(k1) + 1e-7;
    let least = all.saturating_sub(n0);
    let p = (least..=all.min(n1)).map(ln_p).filter(|&p| p <= limit).map(libm::exp).sum::<f64>();
    Some(p.min(1.0))
}

/// P(X >= failed) for `failed` of `n` when each fails with `share`: the one-sided exact test.
#[must_use]
pub fn binomial_test(failed: u64, n: u64, failing_share: f64) -> Option<f64> {
    share(failed, n)?;
    if failed == 0 {
        return Some(1.0);
    }
    Some(beta_reg(count(failed), count(n - failed) + 1.0, failing_share))
}

/// Pearson's chi-square of observed counts against expected shares; the statistic and p.
/// None when a share is not positive or fewer than two classes are given.
#[must_use]
pub fn chi_square(observed: &[u64], shares: &[f64]) -> Option<(f64, f64)> {
    let n = count(observed.iter().sum());
    let sum: f64 = shares.iter().sum();
    let fits = observed.len() == shares.len() && observed.len() > 1 && n > 0.0;
    if !fits || shares.iter().any(|s| *s <= 0.0 || !s.is_finite()) {
        return None;
    }
    let statistic = observed.iter().zip(shares).map(|(&o, s)| {
        let expected = n * s / sum;
        (count(o) - expected) * (count(o) - expected) / expected
    });
    let statistic: f64 = statistic.sum();
    let degrees = size(observed.len()) - 1.0;
    Some((statistic, super::special::chi_square_upper(statistic, degrees)))
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, golden};
    use super::*;

    #[test]
    fn garwood_matches_the_goldens() {
        let table = [
            (0, 0.0, 3.688_879_454_114),
            (3, 0.618_672_122_896, 8.767_273_069_742),
            (10, 4.795_388_696_132, 18.390_356_042_018),
        ];
        for (events, lo, hi) in table {
            let got = garwood(events, 0.95);
            close(got.lo, lo, "lo");
            close(got.hi, hi, "hi");
        }
        // No failure in 2,184 h: the mean time between failures is at least this long.
        assert!((2184.0 / garwood(0, 0.95).hi - 592.049_707).abs() < 1e-6);
    }

    #[test]
    fn rate_ratio_and_fisher_match_the_goldens() {
        let got = rate_ratio_exact(9, 60, 12, 400, 0.95).unwrap();
        close(got.value.unwrap(), 5.0, "ratio");
        close(got.lo, 1.860_629_143_510, "lo");
        close(got.hi.unwrap(), 12.929_285_803_381, "hi");
        close(fisher(9, 60, 12, 400).unwrap(), 0.000_507_349_980, "p");
    }

    #[test]
    fn fisher_agrees_with_scipy() {
        for row in golden("fisher").as_array().unwrap() {
            let c: Vec<u64> =
                row.as_array().unwrap()[..4].iter().map(|c| c.as_u64().unwrap()).collect();
            close(fisher(c[0], c[1], c[2], c[3]).unwrap(), row[4].as_f64().unwrap(), "fisher");
        }
    }

    #[test]
    fn a_control_without_events_leaves_the_ratio_open_above() {
        let got = rate_ratio_exact(3, 10, 0, 10, 0.95).unwrap();
        assert_eq!((got.value, got.hi), (None, None));
        assert!(got.lo > 0.0);
        assert_eq!(rate_ratio_exact(0, 10, 0, 10, 0.95), None);
        assert_eq!(fisher(0, 0, 1, 2), None);
    }

    #[test]
    fn the_binomial_tail_matches_the_golden() {
        close(binomial_test(3, 92, 0.005).unwrap(), 0.011_278_661_403, "3 of 92");
        assert_eq!(binomial_test(0, 92, 0.005), Some(1.0));
    }

    #[test]
    fn chi_square_of_an_uneven_split_matches_the_golden() {
        let (statistic, p) = chi_square(&[5150, 4850], &[0.5, 0.5]).unwrap();
        close(statistic, 9.0, "statistic");
        close(p, 0.002_699_796_063, "p");
        assert_eq!(chi_square(&[1], &[1.0]), None);
    }
}
