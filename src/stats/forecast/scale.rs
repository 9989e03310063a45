//! Width of the intervals, from back-test errors (for short histories see [`super::prior`]). The
//! mean squared error is taken as noise + walk · h + drift · h² in the steps ahead (no part below
//! zero), which lets it go on beyond the tested horizon; the errors divided by its root are the
//! conformal scores, whose quantile sets the width at any level. No normal distribution is
//! assumed for the width.

use super::super::number::{floor, size};
use super::super::special::{normal_cdf, two_sided_z};
use super::back_test::OriginErrors;
use super::prior::Prior;

/// Greatest number of steps whose mean squared errors are fitted.
const STEPS: usize = 48;
/// Origins that a step counts with at least, if there are that many: the growth of the error
/// is learned from all steps together.
const FEW: f64 = 3.0;

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
    /// Origins that saw 1, 2, ... steps ahead: the newest see only the first steps. Between two
    /// numbers of them the change is gradual, or the bands would have steps.
    origins: Vec<f64>,
}

impl Scale {
    /// Fits the parts to the errors of all origins.
    #[must_use]
    pub fn of(errors: &[OriginErrors]) -> Self {
        let horizon = errors.iter().map(Vec::len).max().unwrap_or(0);
        // Few of many steps tell the growth of the error as well as all do.
        let stride = horizon.div_ceil(STEPS).max(1);
        let squares: Vec<(f64, f64, f64)> = (0..horizon)
            .step_by(stride)
            .filter_map(|step| {
                let at: Vec<f64> = errors.iter().filter_map(|e| e.get(step)).copied().collect();
                let sum: f64 = at.iter().map(|e| e * e).sum();
                (!at.is_empty()).then(|| (size(step + 1), sum / size(at.len()), size(at.len())))
            })
            .collect();
        let [noise, walk, drift] = fit(&squares);
        let mut scale = Scale { noise, walk, drift, scores: Vec::new(), origins: seen(errors) };
        let mut scores: Vec<f64> = errors.iter().flat_map(|e| scale.scores_of(e, stride)).collect();
        scores.sort_by(f64::total_cmp);
        scale.scores = scores;
        scale
    }

    fn scores_of(&self, errors: &[f64], stride: usize) -> impl Iterator<Item = f64> {
        errors.iter().enumerate().step_by(stride).map(|(step, error)| {
            let deviation = self.deviation(step + 1);
            if deviation > 0.0 { error.abs() / deviation } else { 0.0 }
        })
    }

    /// A level that wanders by `walk` a step leaves the drift of `n` steps uncertain by walk / n,
    /// and so that of the steps ahead: twice that, which errors over short horizons cannot show.
    #[must_use]
    pub fn with_drift_of(mut self, n: usize) -> Self {
        self.drift = self.drift.max(2.0 * self.walk / size(n.max(1)));
        self
    }

    /// Leans on what is assumed while the back-test has seen little. The conformal scores stay:
    /// they are the shape of the errors, this is their size.
    #[must_use]
    pub fn leaning(mut self, prior: &Prior) -> Self {
        let mix = |own: f64, assumed: f64| own + prior.weight * (assumed - own);
        self.noise = mix(self.noise, prior.noise);
        self.walk = mix(self.walk, prior.walk);
        self.drift = mix(self.drift, prior.drift);
        self
    }

    /// Root of the expected squared error `step` ahead.
    #[must_use]
    pub fn deviation(&self, step: usize) -> f64 {
        let h = size(step);
        libm::sqrt(self.noise + self.walk * h + self.drift * h * h)
    }

    /// Half the width of the interval at a level: deviation times the conformal quantile of the
    /// scores. Errors of one origin are alike, so the quantile is widened as Student's t is
    /// against the normal for the origins that saw that many steps.
    #[must_use]
    pub fn half_width(&self, step: usize, level: f64) -> f64 {
        self.half_widths(std::iter::once(step), level).next().unwrap_or(0.0)
    }

    /// The same for several steps.
    pub fn half_widths(
        &self,
        steps: impl Iterator<Item = usize>,
        level: f64,
    ) -> impl Iterator<Item = f64> {
        let level = level.clamp(0.0, 0.9999);
        let score = conformal(&self.scores, level);
        let tails = self.tails_of(two_sided_z(level));
        steps.map(move |step| score * self.widening(step, &tails) * self.deviation(step))
    }

    /// How much wider than normal the tails at a step are, at 90 %; at least 1. Sample paths
    /// use it.
    pub fn tails(&self, steps: impl Iterator<Item = usize>) -> impl Iterator<Item = f64> {
        let z = two_sided_z(0.9);
        let score = conformal(&self.scores, 0.9);
        let tails = self.tails_of(z);
        steps.map(move |step| (score * self.widening(step, &tails) / z).max(1.0))
    }

    /// Student's quantiles over the normal one `z`, for 0, 1, 2, ... origins.
    fn tails_of(&self, z: f64) -> Vec<f64> {
        let all = floor(self.origins.first().copied().unwrap_or(1.0));
        let over = |n: usize| if z > 0.0 { student(z, size(n.max(1))) / z } else { 0.0 };
        (0..=all + 1).map(over).collect()
    }

    /// Of these the one for the origins that saw `step`.
    fn widening(&self, step: usize, tails: &[f64]) -> f64 {
        let all = self.origins.first().copied().unwrap_or(1.0);
        let saw = self.origins.get(step.saturating_sub(1)).copied().unwrap_or(0.0);
        // The errors are taken around zero: no mean costs a degree of freedom.
        let degrees = saw.max(all.min(FEW)).max(1.0);
        let at = |degrees: usize| tails.get(degrees).or(tails.last()).copied().unwrap_or(0.0);
        let (whole, part) = (floor(degrees), degrees - libm::floor(degrees));
        at(whole) + part * (at(whole + 1) - at(whole))
    }
}

/// Number of origins that saw 1, 2, ... steps; from the middle of the steps with one number to
/// the middle of those with the next on a straight line.
fn seen(errors: &[OriginErrors]) -> Vec<f64> {
    let longest = errors.iter().map(Vec::len).max().unwrap_or(0);
    let counts: Vec<usize> =
        (0..longest).map(|step| errors.iter().filter(|e| e.len() > step).count()).collect();
    let mut middles: Vec<(f64, f64)> = Vec::new();
    let mut begin = 0;
    for run in counts.chunk_by(|a, b| a == b) {
        let count = run.first().copied().unwrap_or(0);
        middles.push((size(begin) + (size(run.len()) - 1.0) / 2.0, size(count)));
        begin += run.len();
    }
    let at = |step: usize| {
        let next = middles.partition_point(|(middle, _)| *middle < size(step));
        let before = next.checked_sub(1).and_then(|at| middles.get(at));
        match (before, middles.get(next)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (size(step) - x0) / (x1 - x0) * (y1 - y0),
            (None, Some((_, count))) | (Some((_, count)), None) => *count,
            (None, None) => 0.0,
        }
    };
    (0..longest).map(at).collect()
}

/// Quantile with the correction of split conformal prediction; the largest beyond the last.
fn conformal(sorted: &[f64], level: f64) -> f64 {
    let Some(largest) = sorted.last().copied() else { return 0.0 };
    sorted.get(rank(level, sorted.len())).copied().unwrap_or(largest)
}

/// Position of a conformal quantile among `n` sorted scores.
fn rank(level: f64, n: usize) -> usize {
    floor(libm::ceil(level * (size(n) + 1.0))).max(1) - 1
}

/// Quantile of Student's t from the normal one: exact for one and two degrees of freedom, else
/// Abramowitz and Stegun 26.7.5 (within 1 % from three on, at levels up to 0.99).
fn student(z: f64, degrees: f64) -> f64 {
    if degrees < 1.5 {
        return libm::tan(std::f64::consts::PI * (normal_cdf(z) - 0.5));
    }
    if degrees < 2.5 {
        let p = normal_cdf(z);
        return (2.0 * p - 1.0) / libm::sqrt(2.0 * p * (1.0 - p));
    }
    let (z2, n) = (z * z, degrees);
    let first = (z2 + 1.0) / 4.0;
    let second = (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / 96.0;
    let third = (3.0 * z2 * z2 * z2 + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / 384.0;
    z * (1.0 + first / n + second / (n * n) + third / (n * n * n))
}

/// Coverage of an interval of a level: each origin held against the scores of all others.
#[must_use]
pub fn coverage(scale: &Scale, errors: &[OriginErrors], level: f64) -> Option<f64> {
    let horizon = errors.iter().map(Vec::len).max().unwrap_or(0);
    let stride = horizon.div_ceil(STEPS).max(1);
    let tails = scale.tails_of(two_sided_z(level));
    let factors: Vec<f64> =
        (1..=horizon).step_by(stride).map(|step| scale.widening(step, &tails)).collect();
    let scores: Vec<Vec<f64>> =
        errors.iter().map(|e| scale.scores_of(e, stride).collect()).collect();
    let (mut inside, mut all) = (0_usize, 0_usize);
    for (at, own) in scores.iter().enumerate() {
        let others = scores.iter().enumerate().filter(|(i, _)| *i != at);
        let mut others: Vec<f64> = others.flat_map(|(_, s)| s).copied().collect();
        if others.is_empty() {
            continue;
        }
        let rank = rank(level, others.len()).min(others.len() - 1);
        let (_, score, _) = others.select_nth_unstable_by(rank, f64::total_cmp);
        let limit = *score;
        inside += own.iter().zip(&factors).filter(|(s, f)| **s <= limit * **f).count();
        all += own.len();
    }
    (all > 0).then(|| size(inside) / size(all))
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
        for _ in 0..20 {
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
    fn the_quantile_of_student_is_that_of_the_tables() {
        // Two-sided 95 %: 12.706, 4.303, 3.182, 2.571, 2.201 for 1, 2, 3, 5, 11 degrees.
        let table = [(1.0, 12.706), (2.0, 4.303), (3.0, 3.182), (5.0, 2.571), (11.0, 2.201)];
        for (degrees, want) in table {
            let got = student(1.959_964, degrees);
            assert!((got / want - 1.0).abs() < 0.01, "{degrees}: {got}");
        }
    }

    #[test]
    fn far_ahead_the_drift_of_a_walk_is_uncertain_although_no_origin_saw_it() {
        // Squares that grow with h, so no drift in sight: walk 4, 100 values.
        let errors: Vec<OriginErrors> =
            vec![(1..=12).map(|h| 2.0 * libm::sqrt(f64::from(h))).collect(); 8];
        let seen = Scale::of(&errors);
        assert!((seen.walk - 4.0).abs() < 0.1 && seen.drift < 0.01, "{seen:?}");
        let got = seen.with_drift_of(100);
        assert!((got.drift / 0.08 - 1.0).abs() < 0.05, "{}", got.drift);
        // 200 ahead: 800 of the walk and 0.08 · 200² of the drift.
        assert!((got.deviation(200) / libm::sqrt(4000.0) - 1.0).abs() < 0.05);
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
        assert!(scale.half_width(1, 0.95) > scale.scores[23] * scale.deviation(1));
    }
}
