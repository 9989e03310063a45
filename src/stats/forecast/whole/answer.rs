//! Answer about a whole. The strays of its parts are drawn apart, as if their errors had nothing
//! to do with each other. Whether that is so, the earlier forecasts of the whole tell: where
//! their errors were greater than the spreads of today, these are widened.

use super::super::super::number::{mean, mean_square, size};
use super::super::super::quantiles::quantile_of_sorted;
use super::super::answer::{Answer, Band};
use super::super::back_test::BackTest;
use super::super::cleaned::Cleaned;
use super::super::paths::Paths;
use super::super::prospect::Line;
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
    let shifts = own.as_ref().map(Cleaned::shifts_in_all).unwrap_or_default();
    let grounds = Grounds {
        values: question.values,
        last: course.last,
        has_shift: !shifts.is_empty(),
        n_since_shift: own.as_ref().map_or(course.n_used, |own| own.since_shift().len()),
        back_test: &tested.back_test,
        central: &median,
    };
    let line = Line { last: course.last, central: &course.centre };
    let paths = || course.strays.clone().widened(tested.factor);
    let crossings = question.limit.map(|limit| dates(question, &limit, &grounds, &line, paths));
    Ok(Answer {
        mean: along_means(course, &spread, tested.factor),
        bands: question.levels.iter().map(band).collect(),
        weights: course.weights.clone(),
        seasons: course.seasons.clone(),
        back_test: tested.back_test,
        n_used: course.n_used,
        n_censored: course.n_censored,
        growth: growth(&median, course.last),
        planned: planned(question.additions, course.centre.len()),
        crossings,
        median,
        shifts,
    })
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
        let one = Paths::one(self.steps.clone(), points);
        let steps: Vec<usize> = (1..=self.horizon).collect();
        let at: Vec<f64> = steps.iter().map(|step| size(*step)).collect();
        one.seen_at(&at, &steps).rows().next().unwrap_or_default().to_vec()
    }
}

/// What the earlier forecasts of a whole tell.
struct Tested {
    back_test: BackTest,
    /// How much wider than drawn the spreads have to be; at least 1.
    factor: f64,
}

/// The error of an earlier forecast.
struct Seen {
    /// Number of its point in the layout.
    point: usize,
    /// What came less what was forecast.
    error: f64,
    miss: Miss,
}

impl Tested {
    fn of(course: &Course, spread: &Spread) -> Self {
        let seen = |miss: &Miss| {
            let point = spread.steps.binary_search(&miss.step).ok()?;
            Some(Seen { point, error: miss.actual? - miss.forecast, miss: *miss })
        };
        let origins: Vec<Vec<Seen>> = course
            .earlier
            .iter()
            .flatten()
            .map(|misses| misses.iter().filter_map(seen).collect())
            .filter(|seen: &Vec<Seen>| !seen.is_empty())
            .collect();
        let excesses: Vec<f64> = origins.iter().map(|seen| Spread::excess(seen)).collect();
        let all = || origins.iter().flatten();
        let sizes: Vec<f64> = all().map(|seen| seen.error.abs()).collect();
        let percentages: Vec<f64> = all().filter_map(Seen::percentage).collect();
        let back_test = BackTest {
            origins: origins.len(),
            horizon: all().map(|seen| seen.miss.step).max().unwrap_or(0),
            smape: mean(&percentages),
            mase: mean(&sizes).zip(naive(course)).map(|(m, naive)| m / naive),
            coverage: coverage(&origins, &excesses, spread),
        };
        Tested { back_test, factor: factor(&excesses, None) }
    }
}

impl Seen {
    fn percentage(&self) -> Option<f64> {
        let (forecast, actual) = (self.miss.forecast, self.miss.forecast + self.error);
        let height = actual.abs() + forecast.abs();
        (height > 0.0).then(|| 2.0 * self.error.abs() / height)
    }
}

impl Spread {
    /// Mean squared stray at a point.
    fn variance(&self, point: usize) -> f64 {
        self.columns.get(point).map_or(0.0, |column| mean_square(column)).max(f64::MIN_POSITIVE)
    }

    /// Mean squared error of an origin over that of the paths of today, of the parts that were
    /// known then; 1 = as they promise.
    fn excess(seen: &[Seen]) -> f64 {
        let ratio = |seen: &Seen| {
            let variance = seen.miss.variance;
            (variance > 0.0).then(|| seen.error * seen.error / variance)
        };
        mean(&seen.iter().filter_map(ratio).collect::<Vec<_>>()).unwrap_or(1.0)
    }
}

/// How much wider the spreads have to be for the errors of all origins `but` one.
fn factor(excesses: &[f64], but: Option<usize>) -> f64 {
    let others = excesses.iter().enumerate().filter(|(at, _)| Some(*at) != but);
    let (n, sum) = others.fold((0, 0.0), |(n, sum), (_, own)| (n + 1, sum + own));
    libm::sqrt(((sum + TRUST) / (size(n) + TRUST)).max(1.0))
}

/// Share of what came inside the 95 % interval: each origin is held against the spread that the
/// others ask for.
fn coverage(origins: &[Vec<Seen>], excesses: &[f64], spread: &Spread) -> Option<f64> {
    let (low, high) = (spread.at_points(0.025), spread.at_points(0.975));
    let mut inside: Vec<f64> = Vec::new();
    for (origin, seen) in origins.iter().enumerate() {
        let factor = factor(excesses, Some(origin));
        inside.extend(seen.iter().map(|seen| {
            // Parts that were not known then had no error: the spread is that of the others.
            let factor = factor * libm::sqrt(seen.miss.variance / spread.variance(seen.point));
            let bound = |bounds: &[f64]| factor * bounds.get(seen.point).copied().unwrap_or(0.0);
            let interval = bound(&low)..=bound(&high);
            f64::from(u8::from(interval.contains(&seen.error)))
        }));
    }
    mean(&inside).filter(|_| origins.len() >= FEW)
}

/// Mean change of the whole in one step; none without any.
fn naive(course: &Course) -> Option<f64> {
    let values: Vec<f64> =
        course.recent.iter().skip_while(|v| v.is_none()).map_while(|v| *v).collect();
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
    mean(&changes).filter(|m| *m > 0.0)
}
