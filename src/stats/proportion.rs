//! Intervals for one proportion and for the difference of two, from integer counts. They never
//! see a percentage: `k` of `n` goes in, bounds in 0..=1 come out.

use super::number::count;
use super::special::{beta_quantile, two_sided_z};

/// Lower and upper bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

impl Interval {
    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Interval) -> Interval {
        Interval { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

/// Share `k / n`; none without trials or when `k > n`.
#[must_use]
pub fn share(k: u64, n: u64) -> Option<f64> {
    (n > 0 && k <= n).then(|| count(k) / count(n))
}

/// Wilson's score interval (1927), for display.
#[must_use]
pub fn wilson(k: u64, n: u64, confidence: f64) -> Option<Interval> {
    let p = share(k, n)?;
    let (n_float, z) = (count(n), two_sided_z(confidence));
    let spread = z * libm::sqrt(p * (1.0 - p) / n_float + z * z / (4.0 * n_float * n_float));
    let centre = p + z * z / (2.0 * n_float);
    let scale = 1.0 + z * z / n_float;
    // At the ends the bound is the end itself; the formula would leave 1e-17 of dust.
    let lo = if k == 0 { 0.0 } else { (centre - spread) / scale };
    let hi = if k == n { 1.0 } else { (centre + spread) / scale };
    Some(Interval { lo, hi })
}

/// Clopper-Pearson interval (1934), for verdicts: covers at least `confidence`.
#[must_use]
pub fn clopper_pearson(k: u64, n: u64, confidence: f64) -> Option<Interval> {
    share(k, n)?;
    Some(clopper_pearson_real(count(k), count(n), confidence))
}

/// Clopper-Pearson on real-valued counts, as Korn-Graubard needs them; `0 <= k <= n`, `n > 0`.
#[must_use]
pub fn clopper_pearson_real(k: f64, n: f64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    let lo = if k <= 0.0 { 0.0 } else { beta_quantile(tail, k, n - k + 1.0) };
    let hi = if k >= n { 1.0 } else { 1.0 - beta_quantile(tail, n - k, k + 1.0) };
    Interval { lo, hi }
}

/// Newcombe's hybrid score interval (1998, method 10) for `k1/n1 - k2/n2`.
#[must_use]
pub fn newcombe(k1: u64, n1: u64, k2: u64, n2: u64, confidence: f64) -> Option<Interval> {
    let (p1, p2) = (share(k1, n1)?, share(k2, n2)?);
    let (w1, w2) = (wilson(k1, n1, confidence)?, wilson(k2, n2, confidence)?);
    let difference = p1 - p2;
    Some(Interval {
        lo: difference - libm::hypot(p1 - w1.lo, w2.hi - p2),
        hi: difference + libm::hypot(w1.hi - p1, p2 - w2.lo),
    })
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, golden, numbers};
    use super::*;

    #[test]
    fn intervals_agree_with_scipy_and_statsmodels() {
        for case in golden("proportion").as_array().unwrap() {
            let (k, n) = (case["k"].as_u64().unwrap(), case["n"].as_u64().unwrap());
            let got = wilson(k, n, 0.95).unwrap();
            let want = numbers(&case["wilson"]);
            close(got.lo, want[0], "wilson lo");
            close(got.hi, want[1], "wilson hi");
            let got = clopper_pearson(k, n, 0.95).unwrap();
            let want = numbers(&case["exact"]);
            close(got.lo, want[0], "exact lo");
            close(got.hi, want[1], "exact hi");
        }
        for row in golden("newcombe").as_array().unwrap() {
            let v = numbers(row);
            let c: Vec<u64> =
                row.as_array().unwrap()[..4].iter().map(|c| c.as_u64().unwrap()).collect();
            let got = newcombe(c[0], c[1], c[2], c[3], 0.95).unwrap();
            close(got.lo, v[4], "newcombe lo");
            close(got.hi, v[5], "newcombe hi");
        }
    }

    #[test]
    fn wilson_and_clopper_pearson_match_the_goldens() {
        let cp = |k, n| clopper_pearson(k, n, 0.95).unwrap();
        let w = |k, n| wilson(k, n, 0.95).unwrap();
        let table = [
            (cp(91, 92).lo, 0.940_922_148_850),
            (cp(91, 92).hi, 0.999_724_844_297),
            (w(91, 92).lo, 0.940_972_143_869),
            (w(91, 92).hi, 0.998_078_670_960),
            (cp(92, 92).lo, 0.960_696_712_260),
            (w(92, 92).lo, 0.959_918_610_714),
            (w(24, 30).lo, 0.626_943_035_869),
            (w(24, 30).hi, 0.904_948_928_227),
            (cp(736, 736).lo, 0.995_000_474_961),
            (cp(735, 735).lo, 0.994_993_689_941),
            (clopper_pearson(598, 598, 0.90).unwrap().lo, 0.995_002_941_306),
            (clopper_pearson(597, 597, 0.90).unwrap().lo, 0.994_994_592_007),
            (cp(193, 200).lo, 0.929_219_001_649),
            (cp(193, 200).hi, 0.985_814_474_102),
        ];
        for (at, (got, want)) in table.into_iter().enumerate() {
            close(got, want, &format!("row {at}"));
        }
    }

    #[test]
    fn newcombe_matches_the_golden() {
        let got = newcombe(56, 70, 48, 80, 0.95).unwrap();
        close(got.lo, 0.052_431_472_402, "lo");
        close(got.hi, 0.333_872_654_037, "hi");
    }

    #[test]
    fn without_trials_or_with_more_hits_than_trials_there_is_no_interval() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(3, 2, 0.95), None);
        assert_eq!(newcombe(1, 2, 0, 0, 0.95), None);
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!(wilson(0, 9, 0.95).unwrap().lo, 0.0);
        assert_eq!(wilson(9, 9, 0.95).unwrap().hi, 1.0);
    }
}
