//! One series of a forecast: what is known of it, the question that makes, and the answer.

use super::columns::{Columns, Sample};
use super::{Context, Forecast};
use crate::stats::forecast::grid::{Even, Every};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::{
    Addition, Answer, Limit, Member, Pace, Question, Whole, forecast, forecast_whole,
};
use crate::stats::number::nearest;
use crate::stats::random::seed;
use crate::stats::steps::table::at_rows;

/// What is known of a series.
pub(super) struct Known {
    /// Its first row in the frame.
    pub first_row: usize,
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

/// Logical bytes and their ratio to the used ones.
struct Reduction {
    logical: Even,
    /// Capacity in logical bytes at each value: tells when the pool was full.
    past: Vec<f64>,
    ratio: Even,
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
    /// Reduction ratio at the end, and that at the horizon with one chance in ten to be below.
    pub ratio: Option<(f64, f64)>,
    /// Growth of the logical bytes per day.
    pub logical_growth: Option<f64>,
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
        let capacities = of_samples(&samples, |s| s.capacity);
        let along = |even: &Even| even.along(&capacities);
        let past = even.as_ref().map_or_else(|_| Vec::new(), along);
        let every = even.as_ref().map(|even| even.every).ok();
        Known {
            first_row,
            name: ctx.name(first_row),
            n: samples.len(),
            last: last.map(|s| (s.at, s.value)),
            limit,
            lead_s: at_rows(&columns.lead, rows).last().copied(),
            before_at: at_rows(&columns.before, rows).last().copied(),
            past,
            reduction: every.and_then(|every| Reduction::of(&samples, every)),
            contradiction: last.and_then(|s| columns.contradiction(s)),
            even,
            seed: seed(&[&ctx.step.seed.to_string(), &ctx.key(first_row)]),
        }
    }

    /// Answers the question that a step asks of every series.
    pub fn answer(&self, step: &Forecast, ctx: &Context<'_>) -> Series {
        let mut series = Series {
            first_row: self.first_row,
            n: self.n,
            last: self.last,
            limit: self.limit,
            lead_s: self.lead_s,
            before_at: self.before_at,
            even: None,
            answer: None,
            planned: None,
            refusal: self.contradiction,
            ratio: None,
            logical_growth: None,
        };
        let answer = self.even.clone().and_then(|even| {
            let additions = ctx.additions(&self.name, &even);
            let horizon = step.steps(even.every);
            let given_back = ctx.given_back(&self.name, &even, horizon);
            let answer = self.ask(step, &even, &[], &given_back);
            if let Some(reduction) = &self.reduction {
                (series.ratio, series.logical_growth) = reduction.ahead(step, even.every);
            }
            if !additions.is_empty() {
                series.planned = self.ask(step, &even, &additions, &given_back).ok();
            }
            series.even = Some(even);
            answer
        });
        match answer {
            Ok(answer) => {
                let refusal = answer.refusal();
                series.refusal = series.refusal.or(refusal);
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
        additions: &[Addition],
        given_back: &[f64],
    ) -> Result<Answer, Refusal> {
        let ahead: Vec<f64> = self.limit.into_iter().collect();
        let question = Question {
            values: &even.values,
            periods: &step.periods(even.every),
            horizon: step.steps(even.every),
            limit: self.limit.map(|_| Limit { past: &self.past, ahead: &ahead }),
            additions,
            roll_off: given_back,
            seed: self.seed,
            ..Question::default()
        };
        match self.physical(step, even, Pace::OWN) {
            Some(physical) => {
                let back = given_back.iter().map(|bytes| -bytes).collect();
                let whole = Whole::Sum(vec![physical, Whole::Known(back)]);
                forecast_whole(&whole, &question)
            }
            None => forecast(&question),
        }
    }

    /// The series as part of a total, without what is announced or comes back.
    ///
    /// # Errors
    /// Why it cannot be part of one.
    pub fn part(&self, step: &Forecast, even: &Even, pace: Pace) -> Result<Whole, Refusal> {
        if let Some(refusal) = self.contradiction {
            return Err(refusal);
        }
        if let Some(physical) = self.physical(step, even, pace) {
            return Ok(physical);
        }
        let ahead: Vec<f64> = self.limit.into_iter().collect();
        let question = Question {
            values: &even.values,
            periods: &step.periods(even.every),
            limit: self.limit.map(|_| Limit { past: &self.past, ahead: &ahead }),
            seed: self.seed,
            ..Question::default()
        };
        Member::of(&question, pace).map(Whole::Series)
    }

    /// Logical bytes by their ratio; none where logical bytes are not known well enough.
    fn physical(&self, step: &Forecast, even: &Even, pace: Pace) -> Option<Whole> {
        let Reduction { logical, past, ratio } = self.reduction.as_ref()?;
        let behind = |part: &Even| Some(Pace { lag: pace.lag + even.steps_after(part)?, ..pace });
        let periods = &step.periods(even.every);
        let limit = past.last().map(|last| Limit { past, ahead: std::slice::from_ref(last) });
        let series =
            Question { values: &logical.values, periods, limit, seed: self.seed, ..<_>::default() };
        // Seeds differ, or logical bytes and ratio would rise and fall together.
        let of_ratio =
            Question { values: &ratio.values, periods, seed: !self.seed, ..<_>::default() };
        let logical = Member::of(&series, behind(logical)?).ok()?;
        let ratio = Member::of(&of_ratio, behind(ratio)?).ok()?;
        let series = |member| Box::new(Whole::Series(member));
        Some(Whole::Physical { logical: series(logical), ratio: series(ratio) })
    }
}

impl Reduction {
    /// From the samples that know both.
    fn of(samples: &[Sample], every: Every) -> Option<Self> {
        let ratio = |s: &Sample| s.logical.filter(|_| s.value > 0.0).map(|l| l / s.value);
        let known: Vec<Sample> =
            samples.iter().filter(|s| ratio(s).is_some_and(|r| r > 0.0)).copied().collect();
        let logical = Even::of(&of_samples(&known, |s| s.logical), every).ok()?;
        let ratios = Even::of(&of_samples(&known, ratio), every).ok()?;
        let past = logical.along(&of_samples(&known, |s| Some(s.capacity? * ratio(s)?)));
        Some(Reduction { logical, past, ratio: ratios })
    }

    /// The ratio now and its low quantile at the horizon; growth of the logical bytes per day.
    fn ahead(&self, step: &Forecast, every: Every) -> (Option<(f64, f64)>, Option<f64>) {
        let ask = |values: &[f64]| {
            let (periods, horizon) = (step.periods(every), step.steps(every));
            forecast(&Question { values, periods: &periods, horizon, ..Question::default() }).ok()
        };
        let ratio = || {
            let (low, _) = ask(&self.ratio.values)?.bounds(step.steps(every), 0.8)?;
            Some((self.ratio.values.last().copied()?, low.max(0.0)))
        };
        (ratio(), ask(&self.logical.values).map(|a| a.growth / every.days()))
    }
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
