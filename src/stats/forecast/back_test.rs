//! Rolling-origin back-test: what would each method have said at earlier dates, knowing only
//! what was known then? Its errors choose the members of the pool, give the intervals and are
//! printed.

use super::super::number::{mean, size};
use super::answer::Weight;
use super::gate;
use super::methods::{combine, pool};
use super::prior::{Prior, independent};
use super::scale::{Scale, coverage};
use super::workings::workings;

/// Errors (actual − forecast) of one origin for 1, 2, ... steps ahead.
pub type OriginErrors = Vec<f64>;

/// Scores of the pool.
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

/// Greatest number of origins.
const MAX_ORIGINS: usize = 12;
/// Least number of values before an origin.
const MIN_TRAIN: usize = 2;
/// Origins reach back over this many horizons at most: far enough to see good and bad times.
const SPAN: usize = 8;

/// The pool's forecast and its errors at earlier origins.
#[derive(Debug, Clone)]
pub struct Trial {
    /// Forecast from all values.
    pub central: Vec<f64>,
    /// Members and weights.
    pub weights: Vec<Weight>,
    /// Periods in use.
    pub seasons: Vec<usize>,
    /// Numbers of values known at the origins, ascending.
    pub origins: Vec<usize>,
    /// Errors of the pool, origin by origin.
    pub errors: Vec<OriginErrors>,
    /// Size of the errors that is assumed beside them.
    pub prior: Prior,
}

/// Runs every method at every origin and at the end, and keeps those that pass the gate.
#[must_use]
pub fn trial(values: &[f64], periods: &[usize], horizon: usize) -> Option<Trial> {
    let origins = origins(values.len(), horizon);
    let ends: Vec<usize> = origins.iter().copied().chain([values.len()]).collect();
    let mut workings = workings(values, &ends, periods, horizon);
    let now = workings.pop()?;
    let mut tried: Vec<Member> = Vec::new();
    for method in pool(periods, values.len()) {
        let Some(ahead) = method.forecast(&now) else { continue };
        let at_origins: Vec<Vec<f64>> =
            workings.iter().map(|w| method.forecast(w).unwrap_or_default()).collect();
        tried.push(Member { name: method.name(), ahead, at_origins });
    }
    let scores: Vec<gate::Errors> = tried
        .iter()
        .map(|m| origins.iter().zip(&m.at_origins).map(|(o, f)| error(values, *o, f)).collect())
        .collect();
    let longest = values.len() - origins.first().copied().unwrap_or(0).min(values.len());
    let independent = independent(&origins, horizon.min(longest));
    let stays = gate::stay(&scores, independent);
    let members: Vec<&Member> =
        tried.iter().zip(stays).filter_map(|(member, stays)| stays.then_some(member)).collect();
    let central = combine(&members.iter().map(|m| &m.ahead).collect::<Vec<_>>());
    let weight = 1.0 / size(members.len());
    let weights = members.iter().map(|m| Weight { method: m.name.into(), weight }).collect();
    let prior = Prior::of(&now, periods.iter().any(|p| *p > 1), independent);
    let seasons = now.season.map(|s| s.periods).unwrap_or_default();
    let errors = origins
        .iter()
        .enumerate()
        .map(|(at, origin)| {
            let own: Vec<&Vec<f64>> = members
                .iter()
                .filter_map(|m| m.at_origins.get(at))
                .filter(|f| !f.is_empty())
                .collect();
            let future = values.get(*origin..).unwrap_or_default();
            future.iter().zip(combine(&own)).map(|(actual, ahead)| actual - ahead).collect()
        })
        .collect();
    Some(Trial { central, weights, seasons, origins, errors, prior })
}

/// A method's forecasts.
struct Member {
    name: &'static str,
    ahead: Vec<f64>,
    at_origins: Vec<Vec<f64>>,
}

/// Mean absolute error at an origin, weighted by the root of the steps; none where the method
/// did not apply.
fn error(values: &[f64], origin: usize, ahead: &[f64]) -> Option<f64> {
    let future = values.get(origin..).unwrap_or_default();
    let misses: Vec<f64> = future.iter().zip(ahead).map(|(a, f)| (a - f).abs()).collect();
    mean(&misses).map(|m| m * libm::sqrt(size(misses.len())))
}

/// Numbers of values known at the origins, evenly spaced, newest last.
fn origins(n: usize, horizon: usize) -> Vec<usize> {
    let Some(last) = n.checked_sub(1) else { return Vec::new() };
    let first = MIN_TRAIN.max(n / 2).max(n.saturating_sub(SPAN * horizon.max(4)));
    let Some(room) = (last + 1).checked_sub(first) else { return Vec::new() };
    let count = room.min(MAX_ORIGINS);
    (0..count).map(|i| first + i * (room - 1) / (count - 1).max(1)).collect()
}

fn mean_absolute(errors: &[OriginErrors]) -> f64 {
    let all: Vec<f64> = errors.iter().flatten().map(|e| e.abs()).collect();
    mean(&all).unwrap_or(f64::INFINITY)
}

/// Scores of the pool; `raised` = its errors at the height of the last values.
#[must_use]
pub fn score(values: &[f64], trial: &Trial, raised: &[OriginErrors], scale: &Scale) -> BackTest {
    let Trial { origins, errors, .. } = trial;
    let horizon = errors.iter().map(Vec::len).max().unwrap_or(0);
    let mut percentages = Vec::new();
    for (origin, errors) in origins.iter().zip(errors) {
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
        coverage: coverage(scale, raised, 0.95),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spread_and_the_newest_is_one_step_before_the_end() {
        assert_eq!(origins(14, 6), vec![7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(origins(3, 5), vec![2]);
        let many = origins(730, 30);
        assert_eq!((many.len(), many[0], many[11]), (12, 490, 729));
        assert!(origins(0, 1).is_empty() && origins(2, 1).is_empty());
    }

    #[test]
    fn an_origin_sees_nothing_after_itself() {
        let mut values: Vec<f64> = (0..80).map(|i| f64::from(i) + f64::from(i % 4) * 9.0).collect();
        let at = |values: &[f64]| -> Vec<Option<Vec<f64>>> {
            let known = workings(values, &[60, 70, 80], &[4], 10);
            pool(&[4], 80).iter().map(|method| method.forecast(&known[0])).collect()
        };
        let before = at(&values);
        values[70] = 1e6;
        assert_eq!(at(&values), before);
        assert!(before.iter().flatten().count() > 10);
    }

    #[test]
    fn a_straight_line_has_no_error_and_keeps_the_drift() {
        let values: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i)).collect();
        let trial = trial(&values, &[], 12).unwrap();
        assert!(trial.weights.iter().any(|w| w.method == "drift"));
        assert!(trial.weights.iter().all(|w| w.method != "ses"));
        assert!((trial.central[11] - 61.0).abs() < 1e-6, "{:?}", trial.central);
    }
}
