//! Forecast of a whole from the sample paths of its parts. The parts' paths are drawn apart, as
//! if their errors had nothing to do with each other. Whether that is so, a back-test of the
//! whole tells: where its errors were greater than the spreads of today, these are widened.

use super::answer::{Answer, Band};
use super::back_test::BackTest;
use super::paths::{Paths, grid};
use super::question::Question;
use super::refusal::{Grounds, Refusal};
use super::whole::Whole;
use super::{dates, growth, planned};
use crate::stats::number::{mean, size};
use crate::stats::quantiles::quantile_of_sorted;

/// Origins of the back-test.
const ORIGINS: usize = 6;
/// Origins that a spread as good as it claims to be is worth: a few bad ones alone prove little.
const TRUST: f64 = 1.0;
/// Variance over the square of half an 80 % interval, of a normal distribution.
const NORMAL: f64 = 1.642_374;

/// Answers a question about a whole. `question.values` are those of the whole itself: they are
/// held against the limit; its periods are not used, those of the parts are.
///
/// # Errors
/// [`Refusal::TooShort`] when no part is known.
pub fn forecast_whole(whole: &Whole, question: &Question<'_>) -> Result<Answer, Refusal> {
    let too_short = Refusal::TooShort { n: question.values.len(), after_shift: false };
    let horizon = question.horizon.max(1);
    let mut drawn = whole.draw(&grid(horizon)).ok_or(too_short)?;
    let tested = Tested::of(whole, &Spread::of(&drawn.paths, horizon), horizon);
    drawn.paths.widen(tested.factor, &middles(&drawn.paths));
    let paths = &drawn.paths;
    let last = paths.last;
    let columns = paths.columns();
    let along = |q: f64| {
        let points: Vec<f64> =
            columns.iter().map(|c| quantile_of_sorted(c, q).unwrap_or(last)).collect();
        along(paths, &points, horizon)
    };
    let means: Vec<f64> = columns.iter().map(|c| mean(c).unwrap_or(last)).collect();
    let median = along(0.5);
    let band = |&level: &f64| {
        let (lo, hi) = (along((1.0 - level) / 2.0), along((1.0 + level) / 2.0));
        Band { level, lo, hi }
    };
    let grounds = Grounds {
        values: question.values,
        last,
        has_shift: false,
        n_since_shift: drawn.n_used,
        back_test: &tested.back_test,
        central: &median,
    };
    let crossings = question.limit.map(|limit| dates(question, &limit, &grounds, || paths.clone()));
    Ok(Answer {
        mean: self::along(paths, &means, horizon),
        bands: question.levels.iter().map(band).collect(),
        weights: drawn.weights,
        seasons: Vec::new(),
        back_test: tested.back_test,
        shifts: Vec::new(),
        n_used: drawn.n_used,
        n_censored: whole.n_censored(),
        growth: growth(&median, last),
        planned: planned(question.additions, horizon),
        crossings,
        median,
    })
}

/// Values at every step from those at the points of the paths.
fn along(paths: &Paths, points: &[f64], horizon: usize) -> Vec<f64> {
    let one = Paths { last: paths.last, steps: paths.steps.clone(), rows: vec![points.to_vec()] };
    let steps: Vec<usize> = (1..=horizon).collect();
    let at: Vec<f64> = steps.iter().map(|step| size(*step)).collect();
    one.seen_at(&at, &steps).rows.pop().unwrap_or_default()
}

fn middles(paths: &Paths) -> Vec<f64> {
    let middle = |column: &Vec<f64>| quantile_of_sorted(column, 0.5).unwrap_or(paths.last);
    paths.columns().iter().map(middle).collect()
}

/// Distances from the middle of the paths at every step.
struct Spread {
    /// To the lower end of the 95 % interval.
    below: Vec<f64>,
    /// To its upper end.
    above: Vec<f64>,
    /// Half of the 80 % interval.
    half: Vec<f64>,
}

impl Spread {
    fn of(paths: &Paths, horizon: usize) -> Self {
        let columns = paths.columns();
        let distance = |from: f64, to: f64| {
            let between = |column: &Vec<f64>| {
                let at = |q: f64| quantile_of_sorted(column, q).unwrap_or(0.0);
                at(to) - at(from)
            };
            let points: Vec<f64> = columns.iter().map(between).collect();
            along(&Paths { last: 0.0, steps: paths.steps.clone(), rows: vec![] }, &points, horizon)
        };
        let half = distance(0.1, 0.9).into_iter().map(|width| width / 2.0).collect();
        Spread { below: distance(0.025, 0.5), above: distance(0.5, 0.975), half }
    }

    /// Squared error over the one that is promised for that step; 1 = as promised, on average.
    fn excess(&self, error: &Miss) -> Option<f64> {
        let half = self.half.get(error.step - 1).copied().filter(|half| *half > 0.0)?;
        let z = (error.actual - error.forecast) / half;
        Some(z * z * NORMAL)
    }

    /// Whether what came lies inside the 95 % interval, made wider.
    fn holds(&self, error: &Miss, factor: f64) -> bool {
        let at = |distances: &[f64]| factor * distances.get(error.step - 1).copied().unwrap_or(0.0);
        let (below, above) = (at(&self.below), at(&self.above));
        (error.forecast - below..=error.forecast + above).contains(&error.actual)
    }
}

/// One earlier forecast so many steps ahead, and what came.
struct Miss {
    step: usize,
    actual: f64,
    forecast: f64,
}

impl Miss {
    fn size(&self) -> f64 {
        (self.actual - self.forecast).abs()
    }
    fn percentage(&self) -> Option<f64> {
        let height = self.actual.abs() + self.forecast.abs();
        (height > 0.0).then(|| 2.0 * self.size() / height)
    }
}

/// What the back-test of a whole found.
struct Tested {
    back_test: BackTest,
    /// How much wider than drawn the spreads have to be; at least 1.
    factor: f64,
}

impl Tested {
    fn of(whole: &Whole, spread: &Spread, horizon: usize) -> Self {
        let (newest, oldest) = whole.span();
        // Half of the history stays to learn from at the earliest origin.
        let farthest = (newest + horizon).min(oldest / 2);
        let room = farthest.saturating_sub(newest);
        let count = room.min(ORIGINS);
        let origins: Vec<Vec<Miss>> = (1..=count)
            .map(|i| misses(whole, newest + (i * room).div_ceil(count), newest, horizon))
            .filter(|misses| !misses.is_empty())
            .collect();
        let excess: Vec<f64> = origins
            .iter()
            .map(|misses| misses.iter().filter_map(|m| spread.excess(m)).collect::<Vec<_>>())
            .map(|squares| mean(&squares).unwrap_or(1.0))
            .collect();
        let factor = |but: Option<usize>| {
            let others = excess.iter().enumerate().filter(|(at, _)| Some(*at) != but);
            let (n, sum) = others.fold((0, 0.0), |(n, sum), (_, own)| (n + 1, sum + own));
            libm::sqrt(((sum + TRUST) / (size(n) + TRUST)).max(1.0))
        };
        // Each origin is held against the spread that the others ask for.
        let inside: Vec<f64> = origins
            .iter()
            .enumerate()
            .flat_map(|(at, misses)| misses.iter().map(move |m| (at, m)))
            .map(|(at, m)| f64::from(u8::from(spread.holds(m, factor(Some(at))))))
            .collect();
        let all = || origins.iter().flatten();
        let sizes: Vec<f64> = all().map(Miss::size).collect();
        let percentages: Vec<f64> = all().filter_map(Miss::percentage).collect();
        let back_test = BackTest {
            origins: origins.len(),
            horizon: room,
            smape: mean(&percentages),
            mase: mean(&sizes).zip(naive(whole, newest, oldest)).map(|(m, naive)| m / naive),
            coverage: mean(&inside),
        };
        Tested { back_test, factor: factor(None) }
    }
}

/// What would have been said `back` steps before the origin, up to the newest value.
fn misses(whole: &Whole, back: usize, newest: usize, horizon: usize) -> Vec<Miss> {
    let steps = grid((back - newest).min(horizon));
    if !whole.is_known(back) {
        return Vec::new();
    }
    let Some(central) = whole.central(back, &steps) else { return Vec::new() };
    let miss = |(step, forecast): (&usize, f64)| {
        Some(Miss { step: *step, actual: whole.actual(back - step, back)?, forecast })
    };
    steps.iter().zip(central).filter_map(miss).collect()
}

/// Mean change of the whole in one step; none without any.
fn naive(whole: &Whole, newest: usize, oldest: usize) -> Option<f64> {
    let values: Vec<f64> =
        (newest..=oldest).map_while(|before| whole.actual(before, newest)).collect();
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
    mean(&changes).filter(|m| *m > 0.0)
}

#[cfg(test)]
mod tests;
