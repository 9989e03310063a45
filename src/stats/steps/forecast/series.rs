//! One series of a forecast: what is known of it, the question that makes, and the answer.

use super::columns::{Columns, Sample};
use super::{Context, Forecast};
use crate::model::time::DAY_US;
use crate::stats::forecast::grid::{Even, Every};
use crate::stats::forecast::reduction::{Outlook, Part, Reduction};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::total::GONE_DAYS;
use crate::stats::forecast::{
    Addition, Answer, Course, Layout, Limit, Pace, Question, forecast, forecast_whole,
};
use crate::stats::number::{nearest, signed, size};
use crate::stats::random::seed;
use crate::stats::steps::table::at_rows;

/// What is known of a series.
pub(super) struct Known {
    /// Its first row in the frame.
    pub first_row: usize,
    /// The row of its last sample.
    pub last_row: usize,
    /// Name of its group, as it stands in the results of other queries and in sentences.
    pub name: String,
    pub n: usize,
    pub last: Option<(i64, f64)>,
    pub limit: Option<f64>,
    pub lead_s: Option<i64>,
    pub before_at: Option<i64>,
    pub even: Result<Even, Refusal>,
    /// Capacity at each of the even values; empty when it is not known.
    past: Vec<f64>,
    reduction: Option<Reduction>,
    pub contradiction: Option<Refusal>,
    seed: u64,
}

/// A series, or a total of several, and what was found out about it.
pub(super) struct Series {
    pub first_row: usize,
    pub n: usize,
    pub last: Option<(i64, f64)>,
    pub limit: Option<f64>,
    pub lead_s: Option<i64>,
    pub before_at: Option<i64>,
    pub even: Option<Even>,
    pub answer: Option<Answer>,
    /// The answer with what is announced, where something is.
    pub planned: Option<Answer>,
    pub refusal: Option<Refusal>,
    /// What comes of the reduction of data, where it is known.
    pub outlook: Option<Outlook>,
}

impl Known {
    pub fn of(step: &Forecast, columns: &Columns, rows: &[usize], ctx: &Context<'_>) -> Self {
        let first_row = rows.first().copied().unwrap_or(0);
        let samples = columns.samples(rows, ctx.step.as_of_us);
        let last = samples.last();
        let pairs = of_samples(&samples, |s| Some(s.value));
        let even = match step.every {
            Some(every) => Even::of(&pairs, every),
            None => finest(&pairs),
        };
        let limit = last.and_then(|s| s.capacity);
        let name = ctx.name(first_row);
        // A job that found no room tells that the pool was full, whatever is left on paper.
        let capacity = |s: &Sample| Some(ctx.full.capacity(&name, s.at, s.value, s.capacity?));
        let capacities = of_samples(&samples, capacity);
        let along = |even: &Even| even.along(&capacities);
        let past = even.as_ref().map_or_else(|_| Vec::new(), along);
        let reduction = even.as_ref().ok().and_then(|even| reduction(&samples, even, &capacity));
        Known {
            first_row,
            last_row: last.map_or(first_row, |s| s.row),
            n: samples.len(),
            last: last.map(|s| (s.at, s.value)),
            limit,
            lead_s: at_rows(&columns.lead, rows).last().copied(),
            before_at: at_rows(&columns.before, rows).last().copied(),
            past,
            reduction,
            contradiction: last.and_then(|s| columns.contradiction(s)),
            even,
            seed: seed(&[&ctx.step.seed.to_string(), &ctx.key(first_row)]),
            name,
        }
    }

    /// The newest sample of all series; none without any.
    pub fn newest_at(all: &[Known]) -> Option<i64> {
        all.iter().filter_map(|known| Some(known.last?.0)).max()
    }

    /// Whether it has no samples any more while others go on, up to the newest of all.
    pub fn is_gone(&self, newest_at: Option<i64>) -> bool {
        let (Some((last, _)), Some(newest), Ok(even)) = (self.last, newest_at, &self.even) else {
            return false;
        };
        let days = signed(newest - last) / signed(DAY_US);
        days > GONE_DAYS && days > 2.0 * even.every.days()
    }

    /// What is known of it without an answer; `refusal` = why there is none.
    pub fn unanswered(&self, refusal: Option<Refusal>) -> Series {
        Series {
            first_row: self.first_row,
            n: self.n,
            last: self.last,
            limit: self.limit,
            lead_s: self.lead_s,
            before_at: self.before_at,
            even: None,
            answer: None,
            planned: None,
            refusal,
            outlook: None,
        }
    }

    /// Answers the question that a step asks of every series.
    pub fn answer(&self, step: &Forecast, ctx: &Context<'_>) -> Series {
        let mut series = self.unanswered(self.contradiction);
        let answer = self.even.clone().and_then(|even| {
            let additions = ctx.additions(&self.name, &even);
            let horizon = step.steps(even.every);
            let places = (1..=horizon).map(size);
            let given_back = ctx.given_back(&self.name, &even, places);
            let layout = Layout::of(horizon, even.values.len());
            let mut course = self.reduced(step, &even, Pace::OWN, &layout);
            if let Some(course) = &mut course {
                course.give_back(&given_back);
                let periods = step.periods(even.every);
                let question = Question { periods: &periods, horizon, ..Question::default() };
                series.outlook = self.reduction.as_ref().and_then(|r| r.outlook(&question));
            }
            let ask = |additions| self.ask(step, &even, course.as_ref(), (additions, &given_back));
            let answer = ask(&[]);
            if !additions.is_empty() {
                series.planned = ask(&additions).ok();
            }
            series.even = Some(even);
            answer
        });
        match answer {
            Ok(answer) => {
                let refusal = answer.refusal();
                series.refusal = series.refusal.or(refusal).or(step.without_limit(self.limit));
                // A pool that is too new for a date has no path in a report either.
                let is_too_short = matches!(refusal, Some(Refusal::TooShort { .. }));
                series.answer = (!is_too_short).then_some(answer);
            }
            Err(refusal) => series.refusal = series.refusal.or(Some(refusal)),
        }
        series
    }

    fn ask(
        &self,
        step: &Forecast,
        even: &Even,
        course: Option<&Course>,
        (additions, given_back): (&[Addition], &[f64]),
    ) -> Result<Answer, Refusal> {
        let ahead: Vec<f64> = self.limit.into_iter().collect();
        let periods = step.periods(even.every);
        let question = Question {
            horizon: step.steps(even.every),
            additions,
            roll_off: given_back,
            ..self.question(even, &periods, &ahead)
        };
        match course {
            Some(course) => forecast_whole(course, &question),
            None => forecast(&question),
        }
    }

    /// The question about its values and its limit; `ahead` holds the limit.
    fn question<'a>(
        &'a self,
        even: &'a Even,
        periods: &'a [usize],
        ahead: &'a [f64],
    ) -> Question<'a> {
        Question {
            values: &even.values,
            periods,
            limit: self.limit.map(|_| Limit { past: &self.past, ahead }),
            seed: self.seed,
            ..Question::default()
        }
    }

    /// The series as part of a total, without what is announced or comes back.
    ///
    /// # Errors
    /// Why it cannot be part of one.
    pub fn course(
        &self,
        step: &Forecast,
        even: &Even,
        pace: Pace,
        layout: &Layout,
    ) -> Result<Course, Refusal> {
        if let Some(refusal) = self.contradiction {
            return Err(refusal);
        }
        if let Some(course) = self.reduced(step, even, pace, layout) {
            return Ok(course);
        }
        let ahead: Vec<f64> = self.limit.into_iter().collect();
        Course::of(&self.question(even, &step.periods(even.every), &ahead), pace, layout)
    }

    /// Logical bytes by their ratio; none where logical bytes are not known well enough.
    fn reduced(&self, step: &Forecast, even: &Even, pace: Pace, layout: &Layout) -> Option<Course> {
        let (periods, seed) = (&step.periods(even.every), self.seed);
        let question = Question { periods, seed, ..Question::default() };
        self.reduction.as_ref()?.course(&question, pace, layout)
    }
}

/// Data before reduction in the steps of the used bytes, from the samples that know both.
fn reduction(
    samples: &[Sample],
    used: &Even,
    capacity: &dyn Fn(&Sample) -> Option<f64>,
) -> Option<Reduction> {
    let ratio = |s: &Sample| s.logical.filter(|_| s.value > 0.0).map(|l| l / s.value);
    let known: Vec<Sample> =
        samples.iter().filter(|s| ratio(s).is_some_and(|r| r > 0.0)).copied().collect();
    let logical = Even::of(&of_samples(&known, |s| s.logical), used.every).ok()?;
    let ratios = Even::of(&of_samples(&known, ratio), used.every).ok()?;
    let past = logical.along(&of_samples(&known, |s| Some(capacity(s)? * ratio(s)?)));
    let part = |even: Even| Some(Part { behind: used.steps_after(&even)?, values: even.values });
    Reduction::of(used.values.len(), part(logical)?, part(ratios)?, past)
}

/// The finest spacing at which the samples have no great gaps.
fn finest(pairs: &[(i64, f64)]) -> Result<Even, Refusal> {
    let days = Even::of(pairs, Every::Day);
    let coarser = |every: Every| Even::of(pairs, every).ok();
    if days == Err(Refusal::TooManyGaps) {
        return coarser(Every::Week).or_else(|| coarser(Every::Month)).map_or(days, Ok);
    }
    days
}

fn of_samples(samples: &[Sample], part: impl Fn(&Sample) -> Option<f64>) -> Vec<(i64, f64)> {
    samples.iter().filter_map(|s| Some((s.at, part(s)?))).collect()
}

impl Forecast {
    /// Why there is no date where one is asked and no limit is known.
    pub(super) fn without_limit(&self, limit: Option<f64>) -> Option<Refusal> {
        let is_asked = self.available.is_some() || self.limit.is_some();
        (is_asked && limit.is_none()).then_some(Refusal::NoLimit)
    }

    /// Steps ahead at a spacing.
    pub(super) fn steps(&self, every: Every) -> usize {
        let steps = libm::ceil(f64::from(self.horizon_days) / every.days());
        nearest(steps).and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1)
    }

    /// Seasons in steps of a spacing.
    pub(super) fn periods(&self, every: Every) -> Vec<usize> {
        let steps = |days: &u32| nearest(libm::round(f64::from(*days) / every.days()));
        let periods = self.seasons_days.iter().filter_map(steps);
        periods.filter_map(|n| usize::try_from(n).ok()).filter(|n| *n > 1).collect()
    }
}
