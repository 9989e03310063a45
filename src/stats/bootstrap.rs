//! Resampling, where nothing exact exists: BCa for one statistic, the night bootstrap for
//! clustered rates. Always seeded; the seed is printed with the figure. For rates that are
//! almost 1 no resampling covers well, which the method note has to say.

use super::clusters::Night;
use super::number::{count, size};
use super::proportion::Interval;
use super::quantiles::quantile_of_sorted;
use super::random::Random;
use super::special::{normal_cdf, normal_quantile};

/// Resamples behind every interval.
pub const TIMES: usize = 2000;

/// `times` index lists of length `n`, drawn with replacement.
#[must_use]
pub fn resample_indices(n: usize, times: usize, random: &mut Random) -> Vec<Vec<usize>> {
    (0..times).map(|_| (0..n).map(|_| random.below(n)).collect()).collect()
}

/// Interval between the tails of the replicates; none without replicates.
#[must_use]
pub fn percentile_interval(replicates: &[f64], confidence: f64) -> Option<Interval> {
    let mut sorted: Vec<f64> = replicates.iter().copied().filter(|r| r.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    let lo = quantile_of_sorted(&sorted, tail)?;
    Some(Interval { lo, hi: quantile_of_sorted(&sorted, 1.0 - tail)? })
}

/// Bias-corrected and accelerated interval (Efron, 1987) of a statistic, for given resamples
/// (index lists, so that the result can be compared across languages). None below two values,
/// or when the statistic does not vary.
#[must_use]
pub fn bca(
    values: &[f64],
    statistic: impl Fn(&[f64]) -> f64,
    resamples: &[Vec<usize>],
    confidence: f64,
) -> Option<Interval> {
    if values.len() < 2 || resamples.is_empty() {
        return None;
    }
    let observed = statistic(values);
    let replicate = |indices: &Vec<usize>| {
        let drawn: Vec<f64> = indices.iter().filter_map(|&i| values.get(i)).copied().collect();
        statistic(&drawn)
    };
    let mut replicates: Vec<f64> = resamples.iter().map(replicate).collect();
    replicates.sort_by(f64::total_cmp);
    let below = replicates.partition_point(|r| *r < observed);
    let ties = replicates.partition_point(|r| *r <= observed) - below;
    let bias = normal_quantile((size(below) + size(ties) / 2.0) / size(replicates.len()));
    let left_out: Vec<f64> = (0..values.len())
        .map(|out| {
            let kept = values.iter().enumerate().filter(|(i, _)| *i != out);
            statistic(&kept.map(|(_, v)| *v).collect::<Vec<f64>>())
        })
        .collect();
    let centre = left_out.iter().sum::<f64>() / size(left_out.len());
    let sum = |power: fn(f64) -> f64| left_out.iter().map(|l| power(centre - l)).sum::<f64>();
    let (squares, cubes) = (sum(|d| d * d), sum(|d| d * d * d));
    let acceleration = cubes / (6.0 * squares * libm::sqrt(squares));
    let level = |p: f64| {
        let shifted = bias + normal_quantile(p);
        normal_cdf(bias + shifted / (1.0 - acceleration * shifted))
    };
    let tail = (1.0 - confidence) / 2.0;
    let (low, high) = (level(tail), level(1.0 - tail));
    if !low.is_finite() || !high.is_finite() {
        return None;
    }
    let lo = quantile_of_sorted(&replicates, low)?;
    Some(Interval { lo, hi: quantile_of_sorted(&replicates, high)? })
}

/// Percentile interval of a success rate when whole nights are drawn; none below two nights.
#[must_use]
pub fn night_bootstrap(nights: &[Night], confidence: f64, seed: u64) -> Option<Interval> {
    if nights.len() < 2 {
        return None;
    }
    let mut random = Random::new(seed);
    let mut replicate = || {
        let (mut failed, mut n) = (0, 0);
        for _ in 0..nights.len() {
            let night = random.pick(nights)?;
            failed += night.failed;
            n += night.n;
        }
        (n > 0).then(|| 1.0 - count(failed) / count(n))
    };
    let replicates: Vec<f64> = (0..TIMES).filter_map(|_| replicate()).collect();
    percentile_interval(&replicates, confidence)
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close_to, golden, numbers};
    use super::*;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / size(values.len())
    }

    #[test]
    fn bca_agrees_with_the_reference_on_the_same_resamples() {
        let case = golden("bca");
        let values = numbers(&case["values"]);
        let resamples: Vec<Vec<usize>> = case["indices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| numbers(row).into_iter().map(super::super::number::floor).collect())
            .collect();
        let got = bca(&values, mean, &resamples, 0.95).unwrap();
        close_to(got.lo, case["lo"].as_f64().unwrap(), 1e-12, "lo");
        close_to(got.hi, case["hi"].as_f64().unwrap(), 1e-12, "hi");
    }

    #[test]
    fn a_constant_sample_has_no_bca_interval() {
        let resamples = resample_indices(3, 10, &mut Random::new(1));
        assert_eq!(bca(&[2.0; 3], mean, &resamples, 0.95), None);
        assert_eq!(bca(&[2.0], mean, &resamples, 0.95), None);
    }

    #[test]
    fn whole_nights_are_drawn_so_one_bad_night_widens_the_interval() {
        let mut nights = vec![Night { failed: 0, n: 20 }; 9];
        nights.push(Night { failed: 10, n: 20 });
        let got = night_bootstrap(&nights, 0.95, 7).unwrap();
        // With 10 nights the bad one is drawn 0 to 3 times in 95 % of resamples.
        assert_eq!(got.hi, 1.0);
        close_to(got.lo, 1.0 - 30.0 / 200.0, 1e-12, "lo");
        assert_eq!(night_bootstrap(&nights, 0.95, 7), Some(got));
        assert_eq!(night_bootstrap(&nights[..1], 0.95, 7), None);
    }
}
