//! When is a limit reached? Sample paths around the central forecast: each has its own drift
//! error (the drift may be wrong) and its own walk (the level wanders), with the sizes that the
//! back-test showed. The first crossing of each path is a date; their quantiles are the answer.

use super::super::number::size;
use super::super::quantiles::quantile_of_sorted;
use super::super::random::Random;
use super::scale::Scale;

/// Sample paths of a forecast.
pub const PATHS: usize = 1000;
/// Greatest number of points on a path; crossings between two are interpolated.
const POINTS: usize = 96;

/// The forecast that paths are drawn around.
#[derive(Debug, Clone, Copy)]
pub struct Ahead<'a> {
    /// Last known value.
    pub last: f64,
    /// Central forecast for 1, 2, ... steps.
    pub central: &'a [f64],
    /// Sizes of the errors.
    pub scale: &'a Scale,
    /// Seed of the paths.
    pub seed: u64,
}

/// When the limit is reached: steps after the last value, with fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// Share of the limit that is reached; 1 = full.
    pub share: f64,
    /// One path in ten is over the limit by then; none = not within the horizon.
    pub p10: Option<f64>,
    /// Half of the paths are.
    pub p50: Option<f64>,
    /// Nine of ten are.
    pub p90: Option<f64>,
    /// Share of paths over the limit within the horizon.
    pub within_horizon: f64,
    /// First crossing of every path, sorted; infinite where it does not cross.
    pub(super) times: Vec<f64>,
}

impl Crossing {
    /// P(limit reached within `steps`).
    #[must_use]
    pub fn probability(&self, steps: f64) -> f64 {
        size(self.times.partition_point(|t| *t <= steps)) / size(self.times.len()).max(1.0)
    }
    /// First step at which P(limit reached within `lead` more steps) exceeds `risk`: when to
    /// order, if delivery takes `lead`. None when it never does within the horizon.
    #[must_use]
    pub fn order_by(&self, lead: f64, risk: f64) -> Option<f64> {
        let at = quantile_of_sorted(&self.times, risk).filter(|t| t.is_finite())?;
        Some((at - lead).max(0.0))
    }
}

/// First crossings of `limit` by [`PATHS`] sample paths.
#[must_use]
pub fn crossing(limit: f64, ahead: &Ahead<'_>) -> Crossing {
    let mut random = Random::new(ahead.seed);
    let grid = grid(ahead.central);
    let mut times: Vec<f64> =
        (0..PATHS).map(|_| first_crossing(limit, ahead, &grid, &mut random)).collect();
    times.sort_by(f64::total_cmp);
    let at = |q: f64| quantile_of_sorted(&times, q).filter(|t| t.is_finite());
    let crossed = times.iter().filter(|t| t.is_finite()).count();
    let within_horizon = size(crossed) / size(times.len());
    Crossing { share: 1.0, p10: at(0.1), p50: at(0.5), p90: at(0.9), within_horizon, times }
}

/// Steps and central values at which paths are evaluated.
fn grid(central: &[f64]) -> Vec<(f64, f64)> {
    let n = central.len();
    let points = n.min(POINTS);
    let position = |i: usize| (i * n).div_ceil(points.max(1));
    let at = |i: usize| {
        let step = position(i);
        Some((size(step), *central.get(step.checked_sub(1)?)?))
    };
    (1..=points).filter_map(at).collect()
}

fn first_crossing(limit: f64, ahead: &Ahead<'_>, grid: &[(f64, f64)], random: &mut Random) -> f64 {
    if ahead.last >= limit {
        return 0.0;
    }
    let tail = ahead.scale.tail();
    let tilt = tail * libm::sqrt(ahead.scale.drift) * random.normal();
    let mut walk = 0.0;
    let (mut step_before, mut value_before) = (0.0, ahead.last);
    for &(step, central) in grid {
        walk += tail * libm::sqrt(ahead.scale.walk * (step - step_before)) * random.normal();
        let value = central + tilt * step + walk;
        if value >= limit {
            let part = (limit - value_before) / (value - value_before);
            return step_before + part.clamp(0.0, 1.0) * (step - step_before);
        }
        (step_before, value_before) = (step, value);
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(of: impl Fn(u32, u32) -> f64) -> Scale {
        let origins: Vec<Vec<f64>> =
            (0..20).map(|o| (1..=10).map(|h| of(o, h)).collect()).collect();
        Scale::of(&origins)
    }

    #[test]
    fn a_certain_line_crosses_where_it_crosses() {
        let central: Vec<f64> = (1..=300).map(|h| 50.0 + f64::from(h)).collect();
        let scale = errors(|_, _| 0.0);
        let ahead = Ahead { last: 50.0, central: &central, scale: &scale, seed: 1 };
        let got = crossing(170.5, &ahead);
        for at in [got.p10, got.p50, got.p90] {
            assert!((at.unwrap() - 120.5).abs() < 1e-9, "{at:?}");
        }
        assert_eq!(got.within_horizon, 1.0);
        assert_eq!(crossing(1000.0, &ahead).p10, None);
        assert_eq!(crossing(50.0, &ahead).p90, Some(0.0));
        assert!((got.order_by(30.0, 0.05).unwrap() - 90.5).abs() < 1e-9);
        assert_eq!((got.probability(120.0), got.probability(121.0)), (0.0, 1.0));
    }

    #[test]
    fn an_uncertain_drift_makes_the_late_dates_later_than_the_early_ones_are_early() {
        let central: Vec<f64> = (1..=1000).map(f64::from).collect();
        let scale = errors(|o, h| f64::from(h) * 0.3 * if o % 2 == 0 { 1.0 } else { -1.0 });
        let ahead = Ahead { last: 0.0, central: &central, scale: &scale, seed: 2 };
        let got = crossing(100.0, &ahead);
        let (p10, p50, p90) = (got.p10.unwrap(), got.p50.unwrap(), got.p90.unwrap());
        // 100 / (1 ± 1.2816 · 0.3): 72 and 162 days around 100.
        assert!((p10 - 72.0).abs() < 5.0 && (p50 - 100.0).abs() < 5.0, "{p10} {p50}");
        assert!((p90 - 162.0).abs() < 20.0, "{p90}");
    }

    #[test]
    fn the_same_seed_gives_the_same_dates() {
        let central: Vec<f64> = (1..=100).map(f64::from).collect();
        let scale = errors(|o, h| f64::from(h % 3) * (f64::from(o) - 9.5));
        let ahead = Ahead { last: 0.0, central: &central, scale: &scale, seed: 5 };
        assert_eq!(crossing(60.0, &ahead), crossing(60.0, &ahead));
    }
}
