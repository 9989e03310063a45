//! The course of a part: what it is forecast to do, how far its sample paths stray from that,
//! and what would have been forecast before.

use super::super::super::number::{floor, size};
use super::super::MIN_N;
use super::super::answer::Weight;
use super::super::cleaned::Cleaned;
use super::super::fitted::Fitted;
use super::super::paths::Paths;
use super::super::question::Question;
use super::super::refusal::Refusal;
use super::{Layout, Pace, points};

/// Steps before the origin whose changes are what "no change" would have missed.
const RECENT: usize = 200;

/// Forecast, sample paths and earlier forecasts of a series or of several together, in steps of
/// the whole.
#[derive(Debug, Clone)]
pub struct Course {
    /// Value at the origin.
    pub(super) last: f64,
    /// Central forecast for 1, 2, ... steps.
    pub(super) centre: Vec<f64>,
    /// How far the paths are from it, at the points of the layout.
    pub(super) strays: Paths,
    /// One per origin of the layout; none where too little was known.
    pub(super) earlier: Vec<Option<Vec<Miss>>>,
    /// Values 0, 1, ... steps before the origin; none where they are not known.
    pub(super) recent: Vec<Option<f64>>,
    /// Least number of values that a part rests on.
    pub(super) n_used: usize,
    /// Values at capacity that were left out of all parts.
    pub(super) n_censored: usize,
    /// Methods; none when there are several series.
    pub(super) weights: Vec<Weight>,
    /// Periods whose seasonal test passed; none when there are several series.
    pub(super) seasons: Vec<usize>,
}

/// An earlier forecast so many steps ahead, and what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Miss {
    pub step: usize,
    pub forecast: f64,
    /// None when a part has no value there.
    pub actual: Option<f64>,
    /// Mean squared stray of today's paths at that step, of the parts that were known then.
    pub variance: f64,
}

impl Course {
    /// The course of one series. Its values, limit (which tells when it was full), periods and
    /// seed count; horizon, levels and additions are those of the whole.
    ///
    /// # Errors
    /// [`Refusal::TooShort`] below [`MIN_N`] values, [`Refusal::NotFinite`]: what cannot be
    /// forecast cannot be part of a whole, and the caller has to say what is left out.
    pub fn of(question: &Question<'_>, pace: Pace, layout: &Layout) -> Result<Self, Refusal> {
        let n = question.values.len();
        let too_short = Refusal::TooShort { n, after_shift: false };
        let cleaned = Cleaned::of(question.values, question.limit)?;
        let last = question.values.last().copied().ok_or(too_short)?;
        if cleaned.values.len() < MIN_N {
            return Err(too_short);
        }
        let past = Past::of(&cleaned, n);
        let known = |values: &[f64]| Cleaned {
            n_censored: cleaned.n_censored,
            ..Cleaned::clean(values.to_vec())
        };
        // A few values after a shift say nothing about growth: the levelled ones before do.
        let is_new = cleaned.since_shift().len() < MIN_N;
        let basis = if is_new { &known(&past.values) } else { &cleaned };
        let horizon = steps_to(pace.place(layout.horizon));
        let fitted = Fitted::of(basis, question.periods, horizon)?;
        let places: Vec<f64> = (1..=layout.horizon).map(|step| pace.place(step)).collect();
        let at_points: Vec<f64> = layout.steps.iter().map(|step| pace.place(*step)).collect();
        let strays = fitted.strays(&points(horizon), question.seed);
        let strays = strays.seen_at(&at_points, &layout.steps);
        let variances = strays.variances();
        let earlier = |back: &usize| {
            let (n, ahead) = past.known_at(pace, *back)?;
            let basis = known(past.values.get(..n)?);
            let last = *basis.values.last()?;
            let now = past.place(n - 1);
            let pace = Pace { lag: ahead, ..pace };
            let steps = layout.steps.iter().copied().filter(|step| step <= back);
            let steps: Vec<usize> = steps.collect();
            let horizon = steps_to(pace.place(*steps.last()?));
            let fitted = Fitted::of(&basis, question.periods, horizon).ok()?;
            let miss = |(step, variance): (usize, &f64)| Miss {
                step,
                forecast: between(last, &fitted.central, pace.place(step)),
                actual: past.at(now + pace.place(step)),
                variance: *variance,
            };
            Some(steps.into_iter().zip(&variances).map(miss).collect())
        };
        let before = |back: usize| past.at(size(n - 1) + pace.lag - pace.rate * size(back));
        Ok(Course {
            last: between(last, &fitted.central, pace.lag),
            centre: places.iter().map(|at| between(last, &fitted.central, *at)).collect(),
            strays,
            earlier: layout.backs.iter().map(earlier).collect(),
            recent: (0..=RECENT).map(before).collect(),
            n_used: fitted.n_used,
            n_censored: cleaned.n_censored,
            weights: fitted.weights,
            seasons: fitted.seasons,
        })
    }

    /// Adds another course of the same layout. An earlier forecast is that of the parts that
    /// were known then.
    pub fn add(&mut self, other: &Course) {
        self.last += other.last;
        self.centre.iter_mut().zip(&other.centre).for_each(|(a, b)| *a += b);
        self.strays.add(&other.strays);
        for (own, other) in self.earlier.iter_mut().zip(&other.earlier) {
            match (own.as_mut(), other) {
                (Some(own), Some(other)) => own.iter_mut().zip(other).for_each(|(a, b)| {
                    a.forecast += b.forecast;
                    a.actual = a.actual.zip(b.actual).map(|(a, b)| a + b);
                    // The parts are drawn apart.
                    a.variance += b.variance;
                }),
                (None, Some(_)) => own.clone_from(other),
                (_, None) => {}
            }
        }
        for (own, other) in self.recent.iter_mut().zip(&other.recent) {
            *own = own.zip(*other).map(|(a, b)| a + b);
        }
        self.n_used = self.n_used.min(other.n_used);
        self.n_censored += other.n_censored;
        self.weights.clear();
        self.seasons.clear();
    }

    /// What comes back at known dates leaves the course: the sum up to 1, 2, ... steps ahead;
    /// the last value goes on.
    pub fn give_back(&mut self, up_to: &[f64]) {
        let Some(end) = up_to.last() else { return };
        let back = up_to.iter().chain(std::iter::repeat(end));
        self.centre.iter_mut().zip(back).for_each(|(value, back)| *value -= back);
    }

    /// Logical bytes by their ratio. The ratio is never taken as less than `least`.
    #[must_use]
    pub fn physical(logical: Course, ratio: Course, least: f64) -> Self {
        let by = |logical: f64, ratio: f64| logical / ratio.max(least);
        let pairs = logical.centre.iter().zip(&ratio.centre);
        let centre: Vec<f64> = pairs.map(|(l, r)| by(*l, *r)).collect();
        let at = |course: &Course, point: usize| -> Option<f64> {
            let step = logical.strays.steps.get(point)?;
            course.centre.get(step - 1).copied()
        };
        let mut strays = logical.strays.clone();
        for (row, others) in strays.rows_mut().zip(ratio.strays.rows()) {
            for (point, (stray, other)) in row.iter_mut().zip(others).enumerate() {
                let (Some(l), Some(r)) = (at(&logical, point), at(&ratio, point)) else { continue };
                *stray = by(l + *stray, r + other) - by(l, r);
            }
        }
        let variances = strays.variances();
        let earlier = logical.earlier.iter().zip(&ratio.earlier).map(|(logical, ratio)| {
            let pair = |((l, r), variance): ((&Miss, &Miss), &f64)| Miss {
                step: l.step,
                forecast: by(l.forecast, r.forecast),
                actual: l.actual.zip(r.actual).map(|(l, r)| by(l, r)),
                variance: *variance,
            };
            let pairs = logical.as_ref()?.iter().zip(ratio.as_ref()?);
            Some(pairs.zip(&variances).map(pair).collect())
        });
        let recent = logical.recent.iter().zip(&ratio.recent);
        let mut weights = named("logical", logical.weights);
        weights.extend(named("ratio", ratio.weights));
        Course {
            last: by(logical.last, ratio.last),
            earlier: earlier.collect(),
            recent: recent.map(|(l, r)| l.zip(*r).map(|(l, r)| by(l, r))).collect(),
            n_used: logical.n_used.min(ratio.n_used),
            n_censored: logical.n_censored,
            weights,
            seasons: logical.seasons,
            centre,
            strays,
        }
    }
}

/// Values of a series at the level of today, and where they stood: those at capacity are left out.
struct Past {
    values: Vec<f64>,
    positions: Vec<usize>,
    /// Values with those left out.
    n: usize,
}

impl Past {
    fn of(cleaned: &Cleaned, n: usize) -> Self {
        let values = cleaned.levelled();
        let positions = match cleaned.positions.as_slice() {
            [] => (0..values.len()).collect(),
            positions => positions.to_vec(),
        };
        Past { values, positions, n }
    }

    fn place(&self, at: usize) -> f64 {
        self.positions.get(at).map_or(0.0, |place| size(*place))
    }

    /// Number of values known `back` steps of the whole before its origin, and the series' own
    /// steps from the last of them to there; none below [`MIN_N`].
    fn known_at(&self, pace: Pace, back: usize) -> Option<(usize, f64)> {
        let origin = size(self.n) - 1.0 + pace.lag - pace.rate * size(back);
        let n = self.positions.partition_point(|place| size(*place) <= origin + 1e-9);
        (n >= MIN_N).then(|| (n, (origin - self.place(n - 1)).max(0.0)))
    }

    /// Value at a place; none beyond the values, and where a full pool did not show any.
    fn at(&self, place: f64) -> Option<f64> {
        let after = self.positions.partition_point(|known| size(*known) < place - 1e-9);
        let (next, high) = (self.place(after), *self.values.get(after)?);
        if next <= place + 1e-9 {
            return Some(high);
        }
        let before = after.checked_sub(1)?;
        let (last, low) = (self.place(before), *self.values.get(before)?);
        (next - last < 1.5).then(|| low + (place - last) / (next - last) * (high - low))
    }
}

/// Whole steps up to a place.
fn steps_to(place: f64) -> usize {
    floor(libm::ceil(place)).max(1)
}

/// Central forecast at a place, with fractions, ahead of the last value.
fn between(last: f64, central: &[f64], place: f64) -> f64 {
    let before = floor(place);
    let at = |step: usize| step.checked_sub(1).map_or(Some(&last), |at| central.get(at));
    let from = at(before).or(central.last()).copied().unwrap_or(last);
    let to = at(before + 1).copied().unwrap_or(from);
    from + (place - size(before)) * (to - from)
}

/// Methods of a part.
fn named(part: &str, weights: Vec<Weight>) -> Vec<Weight> {
    let name = |w: Weight| Weight { method: format!("{part} {}", w.method).into(), ..w };
    weights.into_iter().map(name).collect()
}
