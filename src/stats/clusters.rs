//! Rates whose failures come in bad nights. A cluster is a backup night; the design effect says
//! how much less a clustered run tells than an independent one. Fewer than ten nights make the
//! correction weak, which callers must say.

use super::number::{count, size};
use super::proportion::{Interval, clopper_pearson_real};
use super::special::student_quantile;

/// One backup night of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// Failures of the night.
    pub failed: u64,
    /// Trials of the night.
    pub n: u64,
}

/// Effective numbers behind a Korn-Graubard interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effective {
    /// Effective trials n*.
    pub n: f64,
    /// Effective failures f*.
    pub failed: f64,
}

/// Design effect `v / (p(1-p)/n)` with the between-night variance
/// `v = m/(m-1) Σ(x_i - p n_i)² / n²`. 1 when nothing or everything failed (unknown there);
/// none below two nights with trials.
#[must_use]
pub fn design_effect(nights: &[Night]) -> Option<f64> {
    let nights: Vec<&Night> = nights.iter().filter(|night| night.n > 0).collect();
    let m = size(nights.len());
    let n = count(nights.iter().map(|night| night.n).sum());
    let p = count(nights.iter().map(|night| night.failed).sum()) / n;
    if nights.len() < 2 {
        return None;
    }
    if p <= 0.0 || p >= 1.0 {
        return Some(1.0);
    }
    let residual = |night: &&Night| count(night.failed) - p * count(night.n);
    let squares: f64 = nights.iter().map(residual).map(|r| r * r).sum();
    let v = m / (m - 1.0) * squares / (n * n);
    Some(v / (p * (1.0 - p) / n))
}

/// Effective trials `n / deff · (t_{n-1} / t_{m-1})²`, at most n (Korn and Graubard, 1998).
#[must_use]
pub fn effective(nights: &[Night], confidence: f64) -> Option<Effective> {
    let deff = design_effect(nights)?;
    let m = size(nights.iter().filter(|night| night.n > 0).count());
    let n = count(nights.iter().map(|night| night.n).sum());
    let failed = count(nights.iter().map(|night| night.failed).sum());
    let p = 0.5 + confidence / 2.0;
    let ratio = student_quantile(p, n - 1.0) / student_quantile(p, m - 1.0);
    let n_effective = (n / deff * ratio * ratio).min(n);
    Some(Effective { n: n_effective, failed: failed / n * n_effective })
}

/// Korn-Graubard interval of the success rate: Clopper-Pearson on the effective numbers.
#[must_use]
pub fn korn_graubard(nights: &[Night], confidence: f64) -> Option<Interval> {
    let e = effective(nights, confidence)?;
    Some(clopper_pearson_real(e.n - e.failed, e.n, confidence))
}

/// Success rate without the `worst` nights (most failures first); none when no trial is left.
#[must_use]
pub fn without_worst(nights: &[Night], worst: usize) -> Option<f64> {
    let mut sorted = nights.to_vec();
    sorted.sort_by_key(|night| (std::cmp::Reverse(night.failed), night.n));
    let rest = sorted.get(worst..)?;
    let n: u64 = rest.iter().map(|night| night.n).sum();
    let failed: u64 = rest.iter().map(|night| night.failed).sum();
    (n > 0 && failed <= n).then(|| count(n - failed) / count(n))
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    fn ten_nights() -> Vec<Night> {
        let failed = [6, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        failed.into_iter().map(|failed| Night { failed, n: 20 }).collect()
    }

    #[test]
    fn ten_nights_with_one_bad_one_match_the_golden() {
        let nights = ten_nights();
        close(design_effect(&nights).unwrap(), 5.280_039_476_931, "deff");
        close(effective(&nights, 0.95).unwrap().n, 28.783_391_062_391, "n*");
        let interval = korn_graubard(&nights, 0.95).unwrap();
        close(interval.lo, 0.820_728_234_943, "lo");
        close(interval.hi, 0.999_093_327_551, "hi");
    }

    #[test]
    fn without_the_worst_night_one_failure_of_180_is_left() {
        close(without_worst(&ten_nights(), 1).unwrap(), 179.0 / 180.0, "1");
        close(without_worst(&ten_nights(), 3).unwrap(), 1.0, "3");
        assert_eq!(without_worst(&ten_nights(), 10), None);
        assert_eq!(without_worst(&ten_nights(), 11), None);
    }

    #[test]
    fn no_failure_has_design_effect_one_and_one_night_has_none() {
        let clean = vec![Night { failed: 0, n: 5 }; 3];
        assert_eq!(design_effect(&clean), Some(1.0));
        assert_eq!(design_effect(&clean[..1]), None);
        // Nights without trials are not clusters.
        assert_eq!(design_effect(&[Night { failed: 1, n: 2 }, Night { failed: 0, n: 0 }]), None);
    }
}
