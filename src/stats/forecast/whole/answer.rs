//! Answer about a whole. The strays of its parts are drawn apart, as if their errors had nothing
//! to do with each other. Whether that is so, the earlier forecasts of the whole tell: where
//! their errors were greater than the spreads of today, these are widened.

use super::super::super::number::{mean, size};
use super::super::super::quantiles::quantile_of_sorted;
use super::super::answer::{Answer, Band};
use super::super::back_test::BackTest;
use super::super::cleaned::Cleaned;
use super::super::paths::Paths;
use super::super::question::Question;
use super::super::refusal::{Grounds, Refusal};
use super::super::{dates, growth, planned};
use super::course::{Course, Miss};

/// Origins that a spread as good as it claims to be is worth: a few bad ones alone prove little.
const TRUST: f64 = 1.0;
/// Fewer origins say nothing about coverage.
const FEW: usize = 4;

/// Answers a question about a whole. `question.values` are those of the whole itself where it is
/// one pool (they tell of jumps and are held against the limit), empty for a sum; its periods
/// and roll-off are not used, those of the parts are.
///
/// # Errors
/// [`Refusal::NotFinite`] for such values.
pub fn forecast_whole(course: &Course, question: &Question<'_>) -> Result<Answer, Refusal> {
    let spread = Spread::of(course);
    let tested = Tested::of(course, &spread);
    let shift = |q: f64| spread.at(q).into_iter().map(|stray| tested.factor * stray);
    let along = |q: f64| course.centre.iter().zip(shift(q)).map(|(c, s)| c + s).collect();
    let median: Vec<f64> = along(0.5);
    let band = |&level: &f64| Band {
        level,
        lo: along((1.0 - level) / 2.0),
        hi: along((1.0 + level) / 2.0),
    };
    let own = match question.values {
        [] => None,
        values => Some(Cleaned::of(values, question.limit)?),
    };
    let shifts = own.as_ref().map(|own| own.shifts.clone()).unwrap_or_default();
    let grounds = Grounds {
        values: question.values,
        last: course.last,
        has_shift: !shifts.is_empty(),
        n_since_shift: own.as_ref().map_or(course.n_used, |own| own.since_shift().len()),
        back_test: &tested.back_test,
        central: &median,
    };
    let crossings = question
        .limit
        .map(|limit| dates(question, &limit, &grounds, || paths(course, tested.factor)));
    Ok(Answer {
        mean: along_means(course, &spread, tested.factor),
        bands: question.levels.iter().map(band).collect(),
        weights: course.weights.clone(),
        seasons: course.seasons.clone(),
        back_test: tested.back_test,
        n_used: course.n_used,
        n_censored: own.map_or(0, |own| own.n_censored),
        growth: growth(&median, course.last),
        planned: planned(question.additions, course.centre.len()),
        crossings,
        median,
        shifts,
    })
}

/// Sample paths of the whole.
fn paths(course: &Course, factor: f64) -> Paths {
    let steps = &course.strays.steps;
    let centre: Vec<f64> =
        steps.iter().map(|s| course.centre.get(s - 1).copied().unwrap_or(course.last)).collect();
    let row = |strays: &Vec<f64>| centre.iter().zip(strays).map(|(c, s)| c + factor * s).collect();
    let rows = course.strays.rows.iter().map(row).collect();
    Paths { last: course.last, steps: steps.clone(), rows }
}

fn along_means(course: &Course, spread: &Spread, factor: f64) -> Vec<f64> {
    let means: Vec<f64> = spread.columns.iter().map(|c| mean(c).unwrap_or(0.0)).collect();
    let strays = spread.every_step(means);
    course.centre.iter().zip(strays).map(|(c, s)| c + factor * s).collect()
}

/// How far the paths stray at the points of the layout.
struct Spread {
    steps: Vec<usize>,
    horizon: usize,
    /// Sorted, one per point.
    columns: Vec<Vec<f64>>,
}

impl Spread {
    fn of(course: &Course) -> Self {
        let steps = course.strays.steps.clone();
        Spread { steps, horizon: course.centre.len(), columns: course.strays.columns() }
    }

    /// A quantile at every step.
    fn at(&self, q: f64) -> Vec<f64> {
        self.every_step(self.at_points(q))
    }

    fn at_points(&self, q: f64) -> Vec<f64> {
        self.columns.iter().map(|c| quantile_of_sorted(c, q).unwrap_or(0.0)).collect()
    }

    /// Values at every step from those at the points.
    fn every_step(&self, points: Vec<f64>) -> Vec<f64> {
        let one = Paths { last: 0.0, steps: self.steps.clone(), rows: vec![points] };
        let steps: Vec<usize> = (1..=self.horizon).collect();
        let at: Vec<f64> = steps.iter().map(|step| size(*step)).collect();
        one.seen_at(&at, &steps).rows.pop().unwrap_or_default()
    }
}

/// What the earlier forecasts of a whole tell.
struct Tested {
    back_test: BackTest,
    /// How much wider than drawn the spreads have to be; at least 1.
    factor: f64,
}

impl Tested {
    fn of(course: &Course, spread: &Spread) -> Self {
        let variances: Vec<f64> = spread.columns.iter().map(|c| mean_square(c)).collect();
        let (low, high) = (spread.at_points(0.025), spread.at_points(0.975));
        let point = |miss: &Miss| spread.steps.binary_search(&miss.step).ok();
        let seen: Vec<Vec<(usize, f64, &Miss)>> = course
            .earlier
            .iter()
            .flatten()
            .map(|misses| {
                misses.iter().filter_map(|m| Some((point(m)?, m.actual? - m.forecast, m))).collect()
            })
            .filter(|seen: &Vec<_>| !seen.is_empty())
            .collect();
        // Mean squared error of an origin over the one that is promised; 1 = as promised.
        let excess = |seen: &Vec<(usize, f64, &Miss)>| {
            let squares: Vec<f64> = seen
                .iter()
                .filter_map(|(at, error, _)| {
                    let variance = variances.get(*at).copied().filter(|v| *v > 0.0)?;
                    Some(error * error / variance)
                })
                .collect();
            mean(&squares).unwrap_or(1.0)
        };
        let excesses: Vec<f64> = seen.iter().map(excess).collect();
        let factor = |but: Option<usize>| {
            let others = excesses.iter().enumerate().filter(|(at, _)| Some(*at) != but);
            let (n, sum) = others.fold((0, 0.0), |(n, sum), (_, own)| (n + 1, sum + own));
            libm::sqrt(((sum + TRUST) / (size(n) + TRUST)).max(1.0))
        };
        // Each origin is held against the spread that the others ask for.
        let is_inside = |origin: usize, at: usize, error: f64| {
            let bound =
                |bounds: &[f64]| factor(Some(origin)) * bounds.get(at).copied().unwrap_or(0.0);
            f64::from(u8::from((bound(&low)..=bound(&high)).contains(&error)))
        };
        let inside: Vec<f64> = seen
            .iter()
            .enumerate()
            .flat_map(|(origin, seen)| seen.iter().map(move |(at, error, _)| (origin, *at, *error)))
            .map(|(origin, at, error)| is_inside(origin, at, error))
            .collect();
        let sizes: Vec<f64> = seen.iter().flatten().map(|(_, error, _)| error.abs()).collect();
        let percentages: Vec<f64> = seen
            .iter()
            .flatten()
            .filter_map(|(_, error, miss)| {
                let height = (miss.forecast + error).abs() + miss.forecast.abs();
                (height > 0.0).then(|| 2.0 * error.abs() / height)
            })
            .collect();
        let furthest = seen.iter().flatten().map(|(_, _, miss)| miss.step).max().unwrap_or(0);
        let back_test = BackTest {
            origins: seen.len(),
            horizon: furthest,
            smape: mean(&percentages),
            mase: mean(&sizes).zip(naive(course)).map(|(m, naive)| m / naive),
            coverage: mean(&inside).filter(|_| seen.len() >= FEW),
        };
        Tested { back_test, factor: factor(None) }
    }
}

fn mean_square(values: &[f64]) -> f64 {
    let squares: Vec<f64> = values.iter().map(|v| v * v).collect();
    mean(&squares).unwrap_or(0.0)
}

/// Mean change of the whole in one step; none without any.
fn naive(course: &Course) -> Option<f64> {
    let values: Vec<f64> =
        course.recent.iter().skip_while(|v| v.is_none()).map_while(|v| *v).collect();
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
    mean(&changes).filter(|m| *m > 0.0)
}
