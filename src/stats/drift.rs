//! Have two distributions become different? Kolmogorov-Smirnov (exact, with ties) and the
//! population stability index. They say that, not what, differs.

use super::number::{size, wide};

/// Result of Kolmogorov-Smirnov.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Greatest distance of the two distribution functions.
    pub d: f64,
    /// Two-sided p.
    pub p: f64,
    /// False when the samples were too large for the exact p and Smirnov's limit was used.
    pub is_exact: bool,
}

/// Largest product of sample sizes for which p is exact (0.1 s).
const EXACT_PAIRS: i128 = 20_000_000;

/// Two-sample Kolmogorov-Smirnov test. The exact p is that of all assignments of the pooled
/// values to the samples: the distance counts only where a block of ties ends (ignoring ties, as
/// common software does, gives wrong p). None when a sample is empty.
#[must_use]
pub fn ks_exact(x: &[f64], y: &[f64]) -> Option<KolmogorovSmirnov> {
    let (n, m) = (i128::try_from(x.len()).ok()?, i128::try_from(y.len()).ok()?);
    let mut pooled: Vec<(f64, bool)> =
        x.iter().map(|&v| (v, true)).chain(y.iter().map(|&v| (v, false))).collect();
    pooled.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Distances times n·m, so that they are integers and compared exactly.
    let mut ends = Vec::with_capacity(pooled.len());
    let (mut i, mut j, mut greatest) = (0_i128, 0_i128, 0_i128);
    for ties in pooled.chunk_by(|a, b| a.0 == b.0) {
        for (at, (_, is_x)) in ties.iter().enumerate() {
            if *is_x {
                i += 1
            } else {
                j += 1
            }
            ends.push(at + 1 == ties.len());
        }
        greatest = greatest.max((i * m - j * n).abs());
    }
    if n == 0 || m == 0 {
        return None;
    }
    let d = wide(greatest) / wide(n * m);
    let is_exact = n * m <= EXACT_PAIRS;
    let p = if is_exact { exact_p(n, m, greatest, &ends) } else { limit_p(n, m, d) };
    Some(KolmogorovSmirnov { d, p, is_exact })
}

/// Probability that a random path from (0, 0) to (n, m) reaches the distance at an end of ties:
/// mass is taken out where it first does.
fn exact_p(n: i128, m: i128, greatest: i128, ends: &[bool]) -> f64 {
    let columns = usize::try_from(m).unwrap_or(0) + 1;
    let mut row = vec![0.0_f64; columns];
    let mut p = 0.0;
    for i in 0..=n {
        let mut left = 0.0;
        for (j, cell) in (0_i128..).zip(row.iter_mut()) {
            let taken = i + j;
            let rest = wide(n + m - taken + 1);
            let from_above = if i > 0 { *cell * wide(n - i + 1) / rest } else { 0.0 };
            let from_left = if j > 0 { left * wide(m - j + 1) / rest } else { 0.0 };
            let mass = if taken == 0 { 1.0 } else { from_above + from_left };
            let is_end = usize::try_from(taken - 1).is_ok_and(|at| ends.get(at) == Some(&true));
            let is_reached = is_end && (i * m - j * n).abs() >= greatest;
            if is_reached {
                p += mass;
            }
            *cell = if is_reached { 0.0 } else { mass };
            left = *cell;
        }
    }
    p.min(1.0)
}

/// Smirnov's limit 2 Σ (−1)^(k−1) exp(−2 k² λ²).
fn limit_p(n: i128, m: i128, d: f64) -> f64 {
    let lambda = libm::sqrt(wide(n) * wide(m) / wide(n + m)) * d;
    let term = |k: u32| {
        let k_float = f64::from(k);
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * k_float * k_float * lambda * lambda)
    };
    if lambda < 0.2 { 1.0 } else { (1..100).map(term).sum::<f64>().clamp(0.0, 1.0) }
}

/// Population stability index Σ (q − p) ln(q / p) of two lists of counts or shares in the same
/// classes. A share of zero is replaced by half an observation in `1 / floor`; pass 0 to get
/// none instead. None when lengths differ or a side is empty.
#[must_use]
pub fn psi(before: &[f64], after: &[f64], floor: f64) -> Option<f64> {
    let (sum_p, sum_q): (f64, f64) = (before.iter().sum(), after.iter().sum());
    if before.len() != after.len() || sum_p <= 0.0 || sum_q <= 0.0 {
        return None;
    }
    let terms = before.iter().zip(after).map(|(p, q)| {
        let (p, q) = ((p / sum_p).max(floor), (q / sum_q).max(floor));
        (q - p) * libm::log(q / p)
    });
    let sum: f64 = terms.filter(|term| !term.is_nan()).sum();
    sum.is_finite().then_some(sum)
}

/// Shares of a sample in classes bounded by the deciles (or other quantiles) of the base.
#[must_use]
pub fn class_shares(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; edges.len() + 1];
    for value in values {
        let class = edges.partition_point(|edge| edge < value);
        if let Some(slot) = counts.get_mut(class) {
            *slot += 1.0;
        }
    }
    let n = size(values.len()).max(1.0);
    counts.into_iter().map(|c| c / n).collect()
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, close_to, golden, numbers};
    use super::*;

    #[test]
    fn the_golden_pair_of_samples() {
        let x = [3.1, 4.5, 2.8, 6.0, 5.2, 4.9];
        let y = [2.0, 3.0, 2.5, 4.1, 3.6];
        let got = ks_exact(&x, &y).unwrap();
        close(got.d, 2.0 / 3.0, "D");
        close(got.p, 0.108_225_108_225, "p");
    }

    #[test]
    fn p_agrees_with_scipy_without_ties_and_with_all_permutations_with_ties() {
        for case in golden("ks").as_array().unwrap() {
            let got = ks_exact(&numbers(&case["x"]), &numbers(&case["y"])).unwrap();
            close(got.d, case["d"].as_f64().unwrap(), "D");
            close(got.p, case["p"].as_f64().unwrap(), case["how"].as_str().unwrap());
        }
    }

    #[test]
    fn the_limit_is_near_the_exact_p_for_large_samples() {
        let x: Vec<f64> = (0..2000).map(f64::from).collect();
        let y: Vec<f64> = (0..2000).map(|i| f64::from(i) + 60.5).collect();
        let got = ks_exact(&x, &y).unwrap();
        close_to(got.p, limit_p(2000, 2000, got.d), 0.02, "limit");
        assert!(got.is_exact);
    }

    #[test]
    fn equal_samples_have_p_one() {
        let got = ks_exact(&[1.0, 2.0], &[1.0, 2.0]).unwrap();
        assert_eq!(got.d, 0.0);
        close(got.p, 1.0, "p");
        assert_eq!(ks_exact(&[], &[1.0]), None);
    }

    #[test]
    fn the_stability_index_matches_the_golden() {
        let got = psi(&[0.5, 0.3, 0.2], &[0.4, 0.3, 0.3], 0.0).unwrap();
        close(got, 0.062_860_865_942, "psi");
        assert_eq!(psi(&[1.0, 0.0], &[0.5, 0.5], 0.0), None);
        assert!(psi(&[1.0, 0.0], &[0.5, 0.5], 0.0005).is_some());
        assert_eq!(psi(&[1.0], &[0.5, 0.5], 0.0), None);
    }

    #[test]
    fn classes_are_bounded_by_the_edges_from_above() {
        assert_eq!(class_shares(&[1.0, 2.0, 3.0, 9.0], &[2.0, 5.0]), vec![0.5, 0.25, 0.25]);
    }
}
