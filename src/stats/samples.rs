//! Two samples against each other: Mann-Whitney, Cliff's delta, Welch, Brunner-Munzel. The size
//! of the shift is in `shift`; whole distributions are in `drift`. A test whose variance is zero
//! does not exist.

use super::number::{mean, size, variance};
use super::special::{normal_cdf, student_upper};

/// Mid-ranks (1-based) in the order of the input.
#[must_use]
pub fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranked: Vec<(usize, f64)> = Vec::with_capacity(order.len());
    for ties in order.chunk_by(|a, b| a.1 == b.1) {
        let rank = size(ranked.len()) + (size(ties.len()) + 1.0) / 2.0;
        ranked.extend(ties.iter().map(|&(at, _)| (at, rank)));
    }
    ranked.sort_unstable_by_key(|&(at, _)| at);
    ranked.into_iter().map(|(_, rank)| rank).collect()
}

/// Result of Mann-Whitney.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which x is greater, ties counted half.
    pub u: f64,
    /// Two-sided p: normal, with continuity and tie correction; none when all values tie.
    pub p: Option<f64>,
}

/// Mann-Whitney U of x over y; none when a sample is empty.
#[must_use]
pub fn mann_whitney(x: &[f64], y: &[f64]) -> Option<MannWhitney> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let (n, m) = (size(x.len()), size(y.len()));
    let both: Vec<f64> = x.iter().chain(y).copied().collect();
    let ranks = mid_ranks(&both);
    let u = ranks.iter().take(x.len()).sum::<f64>() - n * (n + 1.0) / 2.0;
    let all = n + m;
    let ties = tie_sum(&both) / (all * (all - 1.0));
    let deviation = libm::sqrt(n * m / 12.0 * (all + 1.0 - ties));
    let excess = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
    let p = (deviation > 0.0).then(|| (2.0 * normal_cdf(-excess / deviation)).min(1.0));
    Some(MannWhitney { u, p })
}

/// Σ (t³ − t) over groups of ties.
fn tie_sum(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cube = |ties: &[f64]| size(ties.len()) * size(ties.len()) * size(ties.len());
    sorted.chunk_by(|a, b| a == b).map(|ties| cube(ties) - size(ties.len())).sum()
}

/// Cliff's delta: P(x > y) − P(x < y), in −1..=1.
#[must_use]
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> Option<f64> {
    let u = mann_whitney(x, y)?.u;
    Some(2.0 * u / (size(x.len()) * size(y.len())) - 1.0)
}

/// A t statistic with its degrees of freedom and two-sided p.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// Statistic; positive when x is greater.
    pub t: f64,
    /// Degrees of freedom.
    pub degrees: f64,
    /// Two-sided p.
    pub p: f64,
}

fn t_test(t: f64, degrees: f64) -> Option<TTest> {
    let is_real = t.is_finite() && degrees.is_finite();
    is_real.then(|| TTest { t, degrees, p: (2.0 * student_upper(t.abs(), degrees)).min(1.0) })
}

/// Welch's t test (1947); none below two values a sample or without any variance.
#[must_use]
pub fn welch(x: &[f64], y: &[f64]) -> Option<TTest> {
    let (n, m) = (size(x.len()), size(y.len()));
    let (a, b) = (variance(x)? / n, variance(y)? / m);
    let t = (mean(x)? - mean(y)?) / libm::sqrt(a + b);
    t_test(t, (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0)))
}

/// Brunner-Munzel test (2000) with the t approximation; none when the samples are separated
/// completely (its variance is zero there) or below two values a sample.
#[must_use]
pub fn brunner_munzel(x: &[f64], y: &[f64]) -> Option<TTest> {
    let (n, m) = (size(x.len()), size(y.len()));
    let both: Vec<f64> = x.iter().chain(y).copied().collect();
    let ranks = mid_ranks(&both);
    let (of_x, of_y) = ranks.split_at_checked(x.len())?;
    let placed = |joint: &[f64], own: Vec<f64>| -> Vec<f64> {
        joint.iter().zip(own).map(|(j, o)| j - o).collect()
    };
    let a = n * variance(&placed(of_x, mid_ranks(x)))?;
    let b = m * variance(&placed(of_y, mid_ranks(y)))?;
    let t = n * m * (mean(of_x)? - mean(of_y)?) / ((n + m) * libm::sqrt(a + b));
    t_test(t, (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, close_to, golden, numbers};
    use super::*;

    const X: [f64; 6] = [3.1, 4.5, 2.8, 6.0, 5.2, 4.9];
    const Y: [f64; 5] = [2.0, 3.0, 2.5, 4.1, 3.6];

    #[test]
    fn the_golden_pair_of_samples() {
        let got = mann_whitney(&X, &Y).unwrap();
        close(got.u, 25.0, "U");
        close(got.p.unwrap(), 0.082_837_425_159, "p");
        close(cliffs_delta(&X, &Y).unwrap(), 2.0 / 3.0, "delta");
        let got = welch(&X, &Y).unwrap();
        close(got.t, 2.183_413_305_785, "t");
        close(got.degrees, 8.709_358_642_401, "df");
        close(got.p, 0.057_837_599_213, "p");
    }

    #[test]
    fn ties_count_half() {
        let (x, y) = ([1.0, 1.0, 2.0, 2.0, 3.0], [1.0, 2.0, 2.0, 3.0, 3.0]);
        close(mann_whitney(&x, &y).unwrap().u, 9.0, "U");
        close(cliffs_delta(&x, &y).unwrap(), -0.28, "delta");
    }

    #[test]
    fn tests_agree_with_scipy_on_samples_with_and_without_ties() {
        for case in golden("samples").as_array().unwrap() {
            let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
            let want = |key: &str| case[key].as_f64().unwrap();
            let got = mann_whitney(&x, &y).unwrap();
            close(got.u, want("u"), "U");
            close(got.p.unwrap(), want("u_p"), "U p");
            let got = welch(&x, &y).unwrap();
            close(got.t, want("welch_t"), "welch t");
            close(got.p, want("welch_p"), "welch p");
            let got = brunner_munzel(&x, &y).unwrap();
            // SciPy's statistic has the opposite sign.
            close_to(-got.t, want("bm_w"), 1e-8, "bm");
            close(got.p, want("bm_p"), "bm p");
        }
    }

    #[test]
    fn samples_without_variance_have_no_test() {
        assert_eq!(welch(&[1.0, 1.0], &[1.0, 1.0]), None);
        assert_eq!(brunner_munzel(&[1.0, 2.0], &[5.0, 6.0]), None);
        assert_eq!(mann_whitney(&[1.0, 1.0], &[1.0]).unwrap().p, None);
        assert_eq!(mann_whitney(&[], &[1.0]), None);
    }
}
