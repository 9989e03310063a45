//! What is assumed about the size of errors while the back-test has seen little. Few origins that
//! all look at the same future show small errors by luck as often as large ones, and the intervals
//! of short histories were too narrow; the changes of the series itself say more.

use super::super::number::{mean, size};
use super::smoothing::Fit;
use super::workings::Workings;

/// Independent futures from which on the back-test speaks for itself.
const ENOUGH: f64 = 6.5;

/// Values up to which a history is short.
const FEW: f64 = 40.0;
/// Values from which on it is long.
const MANY: f64 = 100.0;

/// Parts of the variance as in [`super::scale::Scale`], and how much they count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Part that does not grow.
    pub noise: f64,
    /// Part that grows with h.
    pub walk: f64,
    /// Part that grows with h².
    pub drift: f64,
    /// Share against the back-test, 0..=1.
    pub weight: f64,
}

/// Futures of their own at which origins look that are `span` steps apart.
#[must_use]
pub fn independent(origins: &[usize], horizon: usize) -> f64 {
    let span = origins.last().zip(origins.first()).map_or(0, |(last, first)| last - first);
    1.0 + size(span) / size(horizon.max(1))
}

impl Prior {
    /// The assumption at the end of a series; `independent` = futures that the back-test saw.
    #[must_use]
    pub fn of(now: &Workings<'_>, has_periods: bool, independent: f64) -> Self {
        let (noise, walk, drift) =
            if has_periods { smoothed(now) } else { wandering(now.adjusted()) };
        let unseen = ((ENOUGH - independent) / (ENOUGH - 1.0)).clamp(0.0, 1.0);
        let n = size(now.known.len());
        let few = ((MANY - n) / (MANY - FEW)).clamp(0.0, 1.0);
        Prior { noise, walk, drift, weight: few * unseen * unseen }
    }
}

/// The level wanders by what the changes differ from their mean, three times that where the future
/// is unlike the past; the drift is as uncertain as a mean of so many changes.
fn wandering(values: &[f64]) -> (f64, f64, f64) {
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    let drift = mean(&changes).unwrap_or(0.0);
    let squares: f64 = changes.iter().map(|c| (c - drift) * (c - drift)).sum();
    let variance = squares / (size(changes.len()) - 1.0).max(1.0);
    (0.0, 3.0 * variance, variance / size(values.len().max(1)))
}

/// A season hides how the level wanders: the share that smoothing found.
fn smoothed(now: &Workings<'_>) -> (f64, f64, f64) {
    let fits = now.adjusted_fits().iter();
    let Some(fit) = fits.min_by(|a, b| a.criterion().total_cmp(&b.criterion())) else {
        return (0.0, 0.0, 0.0);
    };
    let Fit { least, alpha, n, .. } = *fit;
    let parameters = match fit.phi {
        0.0 => 2.0,
        1.0 => 4.0,
        _ => 5.0,
    };
    let variance = least / (size(n) - parameters).max(1.0);
    let walk = variance * alpha * alpha;
    (variance - walk, walk, 4.0 * walk / size(now.known.len().max(1)))
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Random;
    use super::super::workings::workings;
    use super::*;

    fn prior(values: &[f64], has_periods: bool, independent: f64) -> Prior {
        let known = workings(values, &[values.len()], &[], 6);
        Prior::of(&known[0], has_periods, independent)
    }

    #[test]
    fn the_back_test_alone_counts_once_it_has_seen_enough() {
        assert_eq!((independent(&[7, 13], 6), independent(&[], 6)), (2.0, 1.0));
        let weight = |independent| prior(&[1.0, 2.0, 4.0, 3.0], false, independent).weight;
        assert_eq!((weight(1.0), weight(6.5), weight(50.0)), (1.0, 0.0, 0.0));
        assert!(weight(2.0) > 0.5 && weight(4.0) < 0.3);
        let many: Vec<f64> = (0..120).map(f64::from).collect();
        assert_eq!(prior(&many, false, 1.0).weight, 0.0);
    }

    #[test]
    fn a_walk_is_assumed_to_wander_and_noise_around_a_level_is_not() {
        let mut random = Random::new(8);
        let noise: Vec<f64> = (0..200).map(|_| 100.0 + 3.0 * random.normal()).collect();
        let mut level = 0.0;
        let walk: Vec<f64> = noise
            .iter()
            .map(|v| {
                level += v - 90.0;
                level
            })
            .collect();
        let got = prior(&walk, false, 1.0);
        // The changes have a variance of 9 around their mean of 10.
        assert!((got.walk / 27.0 - 1.0).abs() < 0.2 && got.noise == 0.0, "{got:?}");
        assert!((got.drift / (9.0 / 200.0) - 1.0).abs() < 0.2, "{got:?}");
        let (still, moving) = (prior(&noise, true, 1.0), prior(&walk, true, 1.0));
        assert!(still.noise > 7.0 && still.walk < 1.0, "{still:?}");
        assert!(moving.walk > 7.0 && moving.noise < 2.0, "{moving:?}");
    }
}
