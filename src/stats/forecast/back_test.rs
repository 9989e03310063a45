//! Rolling-origin back-test: what would each method have said at earlier dates, knowing only
//! what was known then? Its errors choose the method, give the intervals and are printed.

use super::super::number::{mean, size};
use super::methods::{Method, POOL};
use super::scale::Scale;

/// Errors (actual − forecast) of one origin for 1, 2, ... steps ahead.
pub type OriginErrors = Vec<f64>;

/// Scores of the chosen method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackTest {
    /// Origins.
    pub origins: usize,
    /// Greatest number of steps tested; beyond it widths are extrapolated.
    pub horizon: usize,
    /// Symmetric mean absolute percentage error, 0..=2 (0.1 = 10 %); none at zero levels.
    pub smape: Option<f64>,
    /// Mean absolute error over that of "tomorrow is as today" one step ahead.
    pub mase: Option<f64>,
    /// Share of actual values inside the 95 % interval made from the other origins.
    pub coverage: Option<f64>,
}

/// A method replaces the naive drift when its error is below this share of it.
const CLEARLY_BETTER: f64 = 0.98;
/// Greatest number of origins.
const MAX_ORIGINS: usize = 24;
/// Least number of values before an origin.
const MIN_TRAIN: usize = 8;

/// The best method and its errors, origin by origin; none when not even 6 origins fit.
#[must_use]
pub fn choose(values: &[f64], horizon: usize) -> Option<(&'static dyn Method, Vec<OriginErrors>)> {
    let origins = origins(values.len())?;
    // A third of the series ahead at most, so that enough origins see each horizon.
    let ahead = horizon.min(values.len() / 3).max(1);
    let mut best: Option<(f64, &'static dyn Method, Vec<OriginErrors>)> = None;
    for method in POOL {
        let errors: Vec<OriginErrors> =
            origins.iter().map(|&origin| errors_at(*method, values, origin, ahead)).collect();
        let score = mean_absolute(&errors);
        let is_better = best.as_ref().is_none_or(|b| score < b.0 * CLEARLY_BETTER);
        if is_better {
            best = Some((score, *method, errors));
        }
    }
    best.map(|(_, method, errors)| (method, errors))
}

/// Positions at which history ends, evenly spaced, newest last.
fn origins(n: usize) -> Option<Vec<usize>> {
    let first = MIN_TRAIN.max(n / 3);
    let last = n.checked_sub(1)?;
    let room = (last + 1).checked_sub(first)?;
    let count = room.min(MAX_ORIGINS);
    (count >= 6).then(|| (0..count).map(|i| first + i * (room - 1) / (count - 1)).collect())
}

fn errors_at(method: &dyn Method, values: &[f64], origin: usize, ahead: usize) -> OriginErrors {
    let (known, future) = values.split_at(origin.min(values.len()));
    let steps = ahead.min(future.len());
    let forecast = method.forecast(known, steps);
    future.iter().zip(forecast).map(|(actual, forecast)| actual - forecast).collect()
}

fn mean_absolute(errors: &[OriginErrors]) -> f64 {
    let all: Vec<f64> = errors.iter().flatten().map(|e| e.abs()).collect();
    mean(&all).unwrap_or(f64::INFINITY)
}

/// Scores of a method's errors.
#[must_use]
pub fn score(values: &[f64], errors: &[OriginErrors]) -> BackTest {
    let horizon = errors.iter().map(Vec::len).max().unwrap_or(0);
    let first = origins(values.len()).unwrap_or_default();
    let mut percentages = Vec::new();
    for (origin, errors) in first.iter().zip(errors) {
        let actuals = values.get(*origin..).unwrap_or_default();
        for (actual, error) in actuals.iter().zip(errors) {
            let size = actual.abs() + (actual - error).abs();
            percentages.extend((size > 0.0).then(|| 2.0 * error.abs() / size));
        }
    }
    let steps: Vec<f64> =
        values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
    let naive = mean(&steps).filter(|m| *m > 0.0);
    BackTest {
        origins: errors.len(),
        horizon,
        smape: mean(&percentages),
        mase: naive.map(|naive| mean_absolute(errors) / naive),
        coverage: coverage(errors),
    }
}

/// Coverage of the 95 % interval, each origin held against the width from all others.
fn coverage(errors: &[OriginErrors]) -> Option<f64> {
    let (mut inside, mut all) = (0_usize, 0_usize);
    for (at, held_out) in errors.iter().enumerate() {
        let others: Vec<OriginErrors> =
            errors.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, e)| e.clone()).collect();
        let scale = Scale::of(&others);
        let is_in = |(step, error): (usize, &f64)| error.abs() <= scale.half_width(step + 1, 0.95);
        inside += held_out.iter().enumerate().filter(|e| is_in(*e)).count();
        all += held_out.len();
    }
    (all > 0).then(|| size(inside) / size(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spread_and_the_newest_is_one_step_before_the_end() {
        assert_eq!(origins(14), Some(vec![8, 9, 10, 11, 12, 13]));
        assert_eq!(origins(13), None);
        let many = origins(730).unwrap();
        assert_eq!((many.len(), many[0], many[23]), (24, 243, 729));
    }

    #[test]
    fn an_origin_sees_nothing_after_itself() {
        let mut values: Vec<f64> = (0..20).map(f64::from).collect();
        let before = errors_at(POOL[0], &values, 10, 3);
        values[15] = 1e9;
        assert_eq!(errors_at(POOL[0], &values, 10, 3), before);
        assert_eq!(before, vec![0.0; 3]);
    }

    #[test]
    fn a_straight_line_is_left_to_the_naive_drift_without_error() {
        let values: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i)).collect();
        let (method, errors) = choose(&values, 12).unwrap();
        assert_eq!(method.name(), "naive_drift");
        let score = score(&values, &errors);
        assert_eq!((score.mase, score.coverage), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn a_slowing_growth_is_given_to_another_method() {
        let values: Vec<f64> =
            (0..60).map(|i| 100.0 * (1.0 - libm::pow(0.9, f64::from(i)))).collect();
        assert_ne!(choose(&values, 12).unwrap().0.name(), "naive_drift");
    }
}
