//! Spearman's rank correlation with a block-bootstrap interval: neighbours in time are alike, so
//! blocks are drawn, not points. Correlation is association; it never says cause.

use super::bootstrap::{TIMES, percentile_interval};
use super::number::{floor, mean, size};
use super::proportion::Interval;
use super::random::Random;
use super::samples::mid_ranks;

/// Spearman's rho (Pearson of mid-ranks); none below two pairs or when a side is constant.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.len() < 2 {
        return None;
    }
    let (x, y) = (mid_ranks(x), mid_ranks(y));
    let (mean_x, mean_y) = (mean(&x)?, mean(&y)?);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(&y) {
        xy += (a - mean_x) * (b - mean_y);
        xx += (a - mean_x) * (a - mean_x);
        yy += (b - mean_y) * (b - mean_y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / libm::sqrt(xx * yy))
}

/// Length of a block: cube root of n, rounded up.
#[must_use]
pub fn block_length(n: usize) -> usize {
    floor(libm::ceil(libm::cbrt(size(n)) - 1e-9)).max(1)
}

/// Percentile interval of rho from circular blocks of pairs in the order of time.
#[must_use]
pub fn spearman_block_bootstrap(
    x: &[f64],
    y: &[f64],
    block: usize,
    confidence: f64,
    seed: u64,
) -> Option<Interval> {
    let n = x.len();
    spearman(x, y)?;
    let pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    let mut random = Random::new(seed);
    let mut replicate = || {
        let mut drawn: Vec<(f64, f64)> = Vec::with_capacity(n + block);
        while drawn.len() < n {
            let start = random.below(n);
            drawn.extend(pairs.iter().cycle().skip(start).take(block.max(1)));
        }
        drawn.truncate(n);
        let (x, y): (Vec<f64>, Vec<f64>) = drawn.into_iter().unzip();
        spearman(&x, &y)
    };
    let replicates: Vec<f64> = (0..TIMES).filter_map(|_| replicate()).collect();
    percentile_interval(&replicates, confidence)
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, golden, numbers};
    use super::*;

    #[test]
    fn rho_agrees_with_scipy_with_ties() {
        for case in golden("spearman").as_array().unwrap() {
            let got = spearman(&numbers(&case["x"]), &numbers(&case["y"])).unwrap();
            close(got, case["rho"].as_f64().unwrap(), "rho");
        }
    }

    #[test]
    fn a_constant_side_has_no_correlation() {
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
        assert_eq!(spearman_block_bootstrap(&[1.0, 1.0], &[1.0, 2.0], 1, 0.95, 1), None);
    }

    #[test]
    fn the_interval_holds_rho_and_repeats_for_the_same_seed() {
        let x: Vec<f64> = (0..64).map(f64::from).collect();
        let y: Vec<f64> = (0..64).map(|i| f64::from(i + 40 * (i % 3))).collect();
        assert_eq!(block_length(64), 4);
        let got = spearman_block_bootstrap(&x, &y, 4, 0.95, 3).unwrap();
        let rho = spearman(&x, &y).unwrap();
        assert!(got.lo < rho && rho < got.hi && got.lo > 0.0, "{got:?} {rho}");
        assert_eq!(spearman_block_bootstrap(&x, &y, 4, 0.95, 3), Some(got));
    }
}
