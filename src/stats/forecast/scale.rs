//! Width of the intervals, from back-test errors only. The mean squared error is taken as
//! noise + walk · h + drift · h² in the steps ahead (all parts >= 0), which lets it go on beyond
//! the tested horizon; the errors divided by its root are the conformal scores, whose quantile
//! sets the width at any level. No normal distribution is assumed for the width.

use super::super::number::{floor, size};
use super::back_test::OriginErrors;

/// Growth of the error with the steps ahead, and the conformal scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Part of the variance that does not grow.
    pub noise: f64,
    /// Part that grows with h: the level wanders.
    pub walk: f64,
    /// Part that grows with h²: the drift itself is uncertain.
    pub drift: f64,
    /// |error| / root of the variance, sorted.
    scores: Vec<f64>,
    origins: usize,
}

impl Scale {
    /// Fits the parts to the errors of all origins.
    #[must_use]
    pub fn of(errors: &[OriginErrors]) -> Self {
        let horizon = errors.iter().map(Vec::len).max().unwrap_or(0);
        let squares: Vec<(f64, f64, f64)> = (0..horizon)
            .filter_map(|step| {
                let at: Vec<f64> = errors.iter().filter_map(|e| e.get(step)).copied().collect();
                let sum: f64 = at.iter().map(|e| e * e).sum();
                (!at.is_empty()).then(|| (size(step + 1), sum / size(at.len()), size(at.len())))
            })
            .collect();
        let [noise, walk, drift] = fit(&squares);
        let mut scale = Scale { noise, walk, drift, scores: Vec::new(), origins: errors.len() };
        let mut scores = Vec::new();
        for errors in errors {
            let of = |(step, error): (usize, &f64)| {
                let deviation = scale.deviation(step + 1);
                (deviation > 0.0).then(|| error.abs() / deviation)
            };
            scores.extend(errors.iter().enumerate().filter_map(of));
        }
        scores.sort_by(f64::total_cmp);
        scale.scores = scores;
        scale
    }

    /// A level that wanders by `walk` a step leaves the drift of `n` steps uncertain by walk / n,
    /// which errors over short horizons cannot show.
    #[must_use]
    pub fn with_drift_of(mut self, n: usize) -> Self {
        self.drift = self.drift.max(self.walk / size(n.max(1)));
        self
    }

    /// Root of the expected squared error `step` ahead.
    #[must_use]
    pub fn deviation(&self, step: usize) -> f64 {
        let h = size(step);
        libm::sqrt(self.noise + self.walk * h + self.drift * h * h)
    }

    /// Half the width of the interval at a level: deviation times the conformal quantile, with
    /// the correction of split conformal prediction for the number of independent origins.
    #[must_use]
    pub fn half_width(&self, step: usize, level: f64) -> f64 {
        self.score(level) * self.deviation(step)
    }

    /// Conformal quantile of the scores; above the largest it goes on as a normal tail would.
    #[must_use]
    pub fn score(&self, level: f64) -> f64 {
        let Some(largest) = self.scores.last().copied() else { return 0.0 };
        // Errors of one origin are alike, so n is the number of origins, not of errors.
        let n = size(self.origins);
        let wanted = level * (n + 1.0) / n;
        if wanted < 1.0 {
            let at = floor(libm::ceil(wanted * size(self.scores.len()))).max(1) - 1;
            return self.scores.get(at).copied().unwrap_or(largest);
        }
        let z = super::super::special::two_sided_z;
        largest * (z(level) / z(n / (n + 1.0))).max(1.0)
    }

    /// How much wider the tails are than normal ones, at 90 %; at least 1. Sample paths use it.
    #[must_use]
    pub fn tail(&self) -> f64 {
        (self.score(0.9) / super::super::special::two_sided_z(0.9)).max(1.0)
    }
}

/// Non-negative least squares of mean squared errors `(h, value, weight)` on 1, h, h², by
/// coordinate descent. Weights come from the fit before, not from the values: small values would
/// otherwise weigh most and the width come out too small.
fn fit(squares: &[(f64, f64, f64)]) -> [f64; 3] {
    let greatest = squares.iter().map(|s| s.1).fold(0.0, f64::max);
    if greatest <= 0.0 {
        return [0.0; 3];
    }
    let powers = |h: f64| [1.0, h, h * h];
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut parts = [0.0, 1.0, 0.0];
    for _ in 0..5 {
        let weights: Vec<f64> = squares
            .iter()
            .map(|&(h, _, times)| {
                let expected = dot(powers(h), parts).max(greatest * 1e-9);
                times / (expected * expected)
            })
            .collect();
        for _ in 0..100 {
            for part in 0..3 {
                let (mut top, mut bottom) = (0.0, 0.0);
                for (&(h, value, _), weight) in squares.iter().zip(&weights) {
                    let power = powers(h).get(part).copied().unwrap_or(0.0);
                    let own = power * parts.get(part).copied().unwrap_or(0.0);
                    top += weight * power * (value - dot(powers(h), parts) + own);
                    bottom += weight * power * power;
                }
                if let Some(slot) = parts.get_mut(part) {
                    *slot = if bottom > 0.0 { (top / bottom).max(0.0) } else { 0.0 };
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_walk_is_recognised_by_its_linear_growth() {
        let squares: Vec<(f64, f64, f64)> =
            (1..=20).map(|h| (f64::from(h), 4.0 * f64::from(h), 9.0)).collect();
        let [noise, walk, drift] = fit(&squares);
        assert!((walk - 4.0).abs() < 0.05 && noise < 0.1 && drift < 0.01, "{noise} {walk} {drift}");
    }

    #[test]
    fn an_uncertain_drift_is_recognised_by_its_quadratic_growth() {
        let squares: Vec<(f64, f64, f64)> =
            (1..=20).map(|h| (f64::from(h), f64::from(h * h) / 4.0, 9.0)).collect();
        let [_, walk, drift] = fit(&squares);
        assert!((drift - 0.25).abs() < 0.01 && walk < 0.05, "{walk} {drift}");
    }

    #[test]
    fn without_errors_the_width_is_zero_and_grows_with_level_and_steps_otherwise() {
        assert_eq!(Scale::of(&[vec![0.0; 3], vec![0.0; 3]]).half_width(3, 0.95), 0.0);
        let errors: Vec<OriginErrors> =
            (1..=12).map(|i| vec![0.1 * f64::from(i), -0.2 * f64::from(i)]).collect();
        let scale = Scale::of(&errors);
        assert!(scale.half_width(1, 0.8) < scale.half_width(1, 0.95));
        assert!(scale.half_width(1, 0.95) < scale.half_width(9, 0.95));
        // 12 origins cannot give a 95 % quantile: the width goes beyond the largest score.
        assert!(scale.score(0.95) > scale.scores[23]);
    }
}
