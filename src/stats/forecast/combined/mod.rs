//! Forecast of a whole from the sample paths of its parts. The parts' paths are drawn apart, as
//! if their errors had nothing to do with each other. Whether that is so, a back-test of the
//! whole tells: where its errors were greater than such paths explain, all spreads are widened.

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
    let mut drawn = whole.draw(0, &grid(horizon)).ok_or(too_short)?;
    let tested = Tested::of(whole, horizon);
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

/// What the back-test of a whole found.
struct Tested {
    back_test: BackTest,
    /// How much wider than drawn the spreads have to be; at least 1.
    factor: f64,
}

/// One earlier forecast at one step, and what came.
struct Seen {
    actual: f64,
    lo: f64,
    middle: f64,
    hi: f64,
    /// Half the width of the 80 % interval.
    half: f64,
}

impl Seen {
    /// Inside the 95 % interval, made wider.
    fn is_inside(&self, factor: f64) -> bool {
        let (lo, hi) = (factor * (self.middle - self.lo), factor * (self.hi - self.middle));
        (self.middle - lo..=self.middle + hi).contains(&self.actual)
    }
}

/// Mean squared error of an origin over the one that its spreads promise; 1 = as promised.
fn excess(seen: &[Seen]) -> f64 {
    let promised = seen.iter().filter(|s| s.half > 0.0);
    let squares: Vec<f64> =
        promised.map(|s| (s.actual - s.middle) / s.half).map(|z| z * z).collect();
    mean(&squares).map_or(1.0, |m| m * NORMAL)
}

impl Tested {
    fn of(whole: &Whole, horizon: usize) -> Self {
        let (newest, oldest) = whole.span();
        // Half of the history stays to learn from at the earliest origin.
        let farthest = (newest + horizon).min(oldest / 2);
        let room = farthest.saturating_sub(newest);
        let count = room.min(ORIGINS);
        let backs = (1..=count).map(|i| newest + (i * room).div_ceil(count));
        let origins: Vec<Vec<Seen>> = backs
            .map(|back| seen(whole, back, newest, horizon))
            .filter(|seen| !seen.is_empty())
            .collect();
        let excess: Vec<f64> = origins.iter().map(|seen| excess(seen)).collect();
        let factor = |but: Option<usize>| {
            let others = excess.iter().enumerate().filter(|(at, _)| Some(*at) != but);
            let (n, sum) = others.fold((0, 0.0), |(n, sum), (_, own)| (n + 1, sum + own));
            libm::sqrt(((sum + TRUST) / (size(n) + TRUST)).max(1.0))
        };
        let all: Vec<&Seen> = origins.iter().flatten().collect();
        let percentages: Vec<f64> = all
            .iter()
            .filter(|s| s.actual.abs() + s.middle.abs() > 0.0)
            .map(|s| 2.0 * (s.actual - s.middle).abs() / (s.actual.abs() + s.middle.abs()))
            .collect();
        let misses: Vec<f64> = all.iter().map(|s| (s.actual - s.middle).abs()).collect();
        // Each origin is held against the spread that the others ask for.
        let inside: Vec<f64> = origins
            .iter()
            .enumerate()
            .flat_map(|(at, seen)| seen.iter().map(move |s| (at, s)))
            .map(|(at, s)| f64::from(u8::from(s.is_inside(factor(Some(at))))))
            .collect();
        let back_test = BackTest {
            origins: origins.len(),
            horizon: room,
            smape: mean(&percentages),
            mase: mean(&misses).zip(naive(whole, newest, oldest)).map(|(m, naive)| m / naive),
            coverage: mean(&inside),
        };
        Tested { back_test, factor: factor(None) }
    }
}

/// What would have been said `back` steps before the origin, up to the newest value.
fn seen(whole: &Whole, back: usize, newest: usize, horizon: usize) -> Vec<Seen> {
    let steps = grid((back - newest).min(horizon));
    if !whole.is_known(back) {
        return Vec::new();
    }
    let Some(drawn) = whole.draw(back, &steps) else { return Vec::new() };
    let came = |(step, column): (&usize, &Vec<f64>)| {
        let q = |q: f64| quantile_of_sorted(column, q);
        let actual = whole.actual(back - step, back)?;
        let half = (q(0.9)? - q(0.1)?) / 2.0;
        Some(Seen { actual, lo: q(0.025)?, middle: q(0.5)?, hi: q(0.975)?, half })
    };
    steps.iter().zip(&drawn.paths.columns()).filter_map(came).collect()
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
