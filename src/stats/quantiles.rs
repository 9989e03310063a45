//! Sample quantiles and their order-statistic intervals, which assume nothing about the
//! distribution. Where the sample is too small for an interval there is none.

use super::number::{count, floor, length, size};
use super::special::beta_reg;

/// Ranks (1-based) of the order statistics that enclose a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranks {
    /// Rank of the lower bound.
    pub lo: u64,
    /// Rank of the upper bound.
    pub hi: u64,
    /// Probability that the interval holds the quantile.
    pub coverage: f64,
}

/// The narrowest ranks with at most (1 − confidence)/2 in each tail; none when n is too small
/// (below 6 for a median at 95 %).
#[must_use]
pub fn quantile_ci(n: u64, q: f64, confidence: f64) -> Option<Ranks> {
    let tail = (1.0 - confidence) / 2.0;
    // P(at most k of n lie below the quantile).
    let below = |k: u64| if k >= n { 1.0 } else { beta_reg(count(n - k), count(k) + 1.0, 1.0 - q) };
    let lo = last_true(n, |l| l == 0 || below(l - 1) <= tail);
    let hi = n.checked_sub(last_true(n, |d| d == 0 || 1.0 - below(n - d) <= tail))? + 1;
    (lo >= 1 && hi <= n && lo < hi).then(|| Ranks {
        lo,
        hi,
        coverage: below(hi - 1) - below(lo - 1),
    })
}

/// Greatest i in 0..=n for which a condition that turns once from true to false still holds.
fn last_true(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

/// Quantile of sorted values by linear interpolation (Hyndman and Fan type 7, as in SQL).
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let position = q.clamp(0.0, 1.0) * (size(sorted.len()) - 1.0);
    let below = floor(position);
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    let part = position - size(below);
    // Equal ends first: with two infinite ends the difference would be NaN.
    if low == high || part == 0.0 { Some(low) } else { Some(low + part * (high - low)) }
}

/// A quantile with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile.
    pub value: f64,
    /// Bounds, when the sample is large enough.
    pub bounds: Option<(f64, f64)>,
}

/// Quantile and order-statistic interval of sorted values; none of nothing.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64, confidence: f64) -> Option<Quantile> {
    let value = quantile_of_sorted(sorted, q)?;
    let n = super::number::unsigned(length(sorted.len()))?;
    let rank = |r: u64| usize::try_from(r - 1).ok().and_then(|at| sorted.get(at)).copied();
    let bounds = quantile_ci(n, q, confidence).and_then(|r| Some((rank(r.lo)?, rank(r.hi)?)));
    Some(Quantile { value, bounds })
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    #[test]
    fn ranks_of_the_median_match_the_goldens() {
        let table = [
            (6, 1, 6, 0.96875),
            (10, 2, 9, 0.978_515_625),
            (20, 6, 15, 0.958_610_534_668),
            (50, 18, 33, 0.967_160_862_436),
        ];
        for (n, lo, hi, coverage) in table {
            let got = quantile_ci(n, 0.5, 0.95).unwrap();
            assert_eq!((got.lo, got.hi), (lo, hi), "{n}");
            close(got.coverage, coverage, "coverage");
        }
        assert_eq!(quantile_ci(5, 0.5, 0.95), None);
        assert_eq!(quantile_ci(0, 0.5, 0.95), None);
    }

    #[test]
    fn a_high_quantile_needs_more_cases_than_the_median() {
        // The upper bound of p95 needs 1 - 0.95^n >= 0.975, so n >= 72.
        assert_eq!(quantile_ci(71, 0.95, 0.95), None);
        assert!(quantile_ci(72, 0.95, 0.95).is_some());
    }

    #[test]
    fn the_median_of_an_even_number_is_the_middle_of_the_two() {
        assert_eq!(quantile_of_sorted(&[1.0, 2.0, 3.0, 10.0], 0.5), Some(2.5));
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
        assert_eq!(quantile_of_sorted(&[7.0], 0.9), Some(7.0));
        let open = [1.0, f64::INFINITY, f64::INFINITY];
        assert_eq!(quantile_of_sorted(&open, 0.75), Some(f64::INFINITY));
    }
}
